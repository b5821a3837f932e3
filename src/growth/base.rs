//! The base of a published growth rate: a range, since rounding leaves it open and the publisher
//! may have revised it.

use super::value_range::ValueRange;
use crate::trade::{SeriesKey, Span};

/// The base of a published growth rate, or the base that the other flows leave for one.
#[derive(Debug, Clone, PartialEq)]
pub struct RevisedBase {
    /// The series.
    pub key: SeriesKey,
    /// The span that grew; the base is that of the same span one year before.
    pub span: Span,
    /// The base that the series' own level and growth imply; `None` if one of them was not
    /// published.
    pub own: Option<ValueRange>,
    /// The base that all flows together leave, as exports and imports add up to the total; `None`
    /// if they contradict each other.
    pub combined: Option<ValueRange>,
}

/// Return the base that a published level and growth (a fraction) imply: `[(C − r)/(1 + g + s), (C
/// + r)/(1 + g − s)]`, with `r` and `s` their roundings. `None` if growth could be −100 % or less.
pub fn base(level: impl Into<ValueRange>, growth: impl Into<ValueRange>) -> Option<ValueRange> {
    level
        .into()
        .over(ValueRange::exactly(1.0).plus(growth.into()))
}

#[cfg(test)]
mod tests {
    use super::super::value_range::Rounded;
    use super::*;

    fn published(level: f64, growth_percent: f64) -> ValueRange {
        // Levels to 0.01 bn, growth to 0.1 percent: half of the last digits are 0.005 bn and 0.05
        // points.
        let (level, growth) = (
            Rounded {
                value: level,
                rounding: 0.005,
            },
            growth_percent / 100.0,
        );
        base(
            level,
            Rounded {
                value: growth,
                rounding: 0.0005,
            },
        )
        .unwrap()
    }

    #[test]
    fn the_base_of_january_to_may_2024() {
        // January–May 2025, China with the five Central Asian countries, bn CNY: total 286.42
        // (+10.4 %), exports 188.18 (+5.6 %), imports 98.24 (+21.0 %). Total: 286.415/1.1045 =
        // 259.316, 286.425/1.1035 = 259.560. Flows: 188.175/1.0565 + 98.235/1.2105 = 259.264,
        // 188.185/1.0555 + 98.245/1.2095 = 259.518. Both together leave [259.316, 259.518].
        let total = published(286.42, 10.4);
        let flows = published(188.18, 5.6).plus(published(98.24, 21.0));
        let round = |interval: ValueRange| {
            [interval.lower, interval.upper].map(|v| (v * 1000.0).round() / 1000.0)
        };
        assert_eq!(round(total), [259.316, 259.56]);
        assert_eq!(round(flows), [259.264, 259.518]);
        assert_eq!(
            round(total.intersection(flows).unwrap()),
            [259.316, 259.518]
        );
    }

    #[test]
    fn contradictions_and_impossible_growth_have_no_base() {
        let (a, b) = (
            ValueRange {
                lower: 1.0,
                upper: 2.0,
            },
            ValueRange {
                lower: 2.1,
                upper: 3.0,
            },
        );
        assert_eq!(a.intersection(b), None);
        assert_eq!(
            base(
                Rounded {
                    value: 1.0,
                    rounding: 0.0
                },
                Rounded {
                    value: -1.0,
                    rounding: 0.0005
                }
            ),
            None
        );
    }
}
