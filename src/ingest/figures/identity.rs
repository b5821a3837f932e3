//! What makes two delivered figures of a series the same one.

use super::figure::FigureKind;
use crate::trade::{FigureMeasure, Span};
use time::Date;

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
