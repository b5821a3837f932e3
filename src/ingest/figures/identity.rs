//! What makes two delivered figures of a series the same one.

use super::figure::FigureKind;
use crate::trade::{FigureMeasure, Span};
use time::Date;

/// Whether two values are one figure: they differ by no more than the rounding of floating-point
/// numbers, as 10.4 bn and 10,400 mn do. Two gaps are one.
pub fn is_same_value(a: f64, b: f64) -> bool {
    /// A few units in the last place of a double.
    const ROUNDING: f64 = 1e-15;
    a == b || (a - b).abs() <= ROUNDING * a.abs().max(b.abs()) || a.is_nan() && b.is_nan()
}

/// Identity of a delivered figure within its series: two figures with one identity state the same
/// thing, and the second repeats or contradicts the first.
///
/// Releases may be published of one span in several units, by several sources and with several
/// statuses, so that these belong to their identity. The value of a month and an exchange rate are
/// one figure, whoever delivers them: their texts are empty here.
///
/// The order of the fields is the order in which a batch sorts the figures of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FigureIdentity<T> {
    /// Kind.
    pub kind: FigureKind,
    /// Measure.
    pub measure: FigureMeasure,
    /// Months that the figure covers.
    pub span: Span,
    /// Day of release, where it is stated.
    pub released_on: Option<Date>,
    /// Status of a release.
    pub status: T,
    /// Source of a release.
    pub source: T,
    /// Unit of a release as delivered.
    pub unit: T,
}

impl<T> FigureIdentity<T> {
    /// Return the same identity with other representations of its texts.
    pub fn map<U>(&self, text: impl Fn(&T) -> U) -> FigureIdentity<U> {
        FigureIdentity {
            kind: self.kind,
            measure: self.measure,
            span: self.span,
            released_on: self.released_on,
            status: text(&self.status),
            source: text(&self.source),
            unit: text(&self.unit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_makes_no_other_figure() {
        assert!(is_same_value(10.4 * 1e9, 10_400.0 * 1e6));
        assert!(is_same_value(0.1 + 0.2, 0.3) && is_same_value(f64::NAN, f64::NAN));
        assert!(!is_same_value(286.42e9, 286.43e9) && !is_same_value(0.0, f64::NAN));
        assert!(!is_same_value(
            9_007_199_254_740_992.0,
            9_007_199_254_741_012.0
        ));
    }
}
