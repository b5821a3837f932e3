//! Published figures that contradict each other, as a table.

use crate::growth::{ConsistencyRule, Contradiction, ValueRange};
use crate::report::measures::{growth_range, level_range};
use crate::report::number;
use crate::report::table::table;
use crate::trade::{FigureMeasure, SeriesKey};
use std::fmt::Write as _;

/// Contradictions that the table shows; JSON has all.
const SHOWN: usize = 20;

/// Render contradictions, or that there are none.
pub(super) fn contradictions(all: &[Contradiction]) -> String {
    if all.is_empty() {
        return "no published figure contradicts another beyond rounding\n".to_owned();
    }
    let rows = all.iter().take(SHOWN).map(|found| {
        let of_growth = found.measure == FigureMeasure::Growth;
        let (range, gap): (fn(ValueRange) -> String, String) =
            if of_growth && found.rule != ConsistencyRule::Bases {
                (growth_range, format!("{:+.2} points", 100.0 * found.gap))
            } else {
                (level_range, number::short(found.gap))
            };
        vec![
            found.rule.name().replace('_', " "),
            flow_and_unit(&found.key),
            found.span.words(),
            range(found.stated),
            range(found.implied),
            gap,
        ]
    });
    let header = ["Contradiction", "Flow", "Span", "Stated", "Implied", "Gap"];
    let mut text = format!("\n{}\n", table(&header, &[3, 4, 5], rows));
    let more = all.len().saturating_sub(SHOWN);
    if more > 0 {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{more} more contradictions: --json");
    }
    text
}

/// Write what a key says beyond the subject: `X CNY`.
pub(super) fn flow_and_unit(key: &SeriesKey) -> String {
    format!("{} {}", key.flow, key.unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_shows_the_digits_that_matter() {
        let range = ValueRange {
            lower: 259.315_527e9,
            upper: 259.518_222e9,
        };
        assert_eq!(level_range(range), "259.316 to 259.518 bn");
        let open = ValueRange {
            lower: 49.5e9,
            upper: f64::INFINITY,
        };
        assert_eq!(level_range(open), "over 49.5 bn");
    }

    #[test]
    fn consistent_figures_are_reported_as_such() {
        assert!(contradictions(&[]).contains("no published figure contradicts"));
    }
}
