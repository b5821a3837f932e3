//! What the columns and words of tables mean, a few lines below them.

use super::wrap::paragraph;
use crate::growth::GrowthMeasure;

/// Return what the columns of forecasts mean.
pub fn forecast_legend() -> String {
    let text = paragraph(
        "Naive: the same month of the year before. On year: growth on that month. Jan to month: \
         growth of January to the month on the same months of the year before. -: not known.",
    );
    text.trim_end().to_owned()
}

/// What the columns of drivers mean.
pub(super) const DRIVERS: &str = "\
Known: months of the span that are observed. Level: where the series stands against the year \
before. Trend: slopes and drifts. Lags: echoes of earlier months. Season, Calendar: changes of the \
season, of New Year and of working days. Given: regressors and newer figures of others. Base: \
unusual months a year before. Shift: a level shift in the last months. Adjust: limits and steps of \
the method. Together: the growth.";

/// Why there is no growth by driver.
pub(super) const NO_GROWTH: &str = "\
There is no growth to explain: a year before the months ahead no month has a figure above \
zero.";

/// What the columns of members mean.
pub(super) const MEMBERS: &str = "\
Weight: share of the member in the combination. Points: what it adds to the growth.";

/// What the columns of a scenario mean.
pub(super) const SCENARIO: &str = "\
Baseline, Scenario: level without and with the shocks. On year, Scenario: growth on the year \
before of both. Points: the difference, in percentage points, with its interval. -: not known.";

/// What the columns of published spans mean.
pub(super) const PUBLISHED: &str = "\
Growth: as published. By levels: growth by the levels printed now and one year before; under: the \
level before is stated as a lower bound alone. Base one year before: what published level and \
growth imply; where it differs from what was printed, the year before was revised. -: not \
published.";

/// Explain those of `measures` whose names do not say what they are.
pub(super) fn measures(measures: impl Iterator<Item = GrowthMeasure>) -> String {
    let mut found: Vec<GrowthMeasure> = Vec::new();
    for measure in measures {
        if !found.contains(&measure) {
            found.push(measure);
        }
    }
    let lines = found.into_iter().filter_map(|measure| {
        let words = match measure {
            GrowthMeasure::Month | GrowthMeasure::Year => return None,
            GrowthMeasure::YearToDate => {
                "January to the month on the same months of the year before"
            }
            GrowthMeasure::TrailingYear => "twelve months on the twelve before",
            GrowthMeasure::Quarter => "a calendar quarter on that of the year before",
            GrowthMeasure::CarryOver => {
                "the year's growth if every later month stayed at this one's level"
            }
            GrowthMeasure::Momentum => {
                "the month on the month before, seasonally adjusted, as if it went on for a year: \
                 +6 % in one month is +101 %"
            }
            GrowthMeasure::MomentumThreeMonths => {
                "three months on the three before, seasonally adjusted, at an annual rate"
            }
        };
        let name = measure.name().replace('_', " ");
        Some(paragraph(&format!("{name}: {words}.")))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_is_explained_once_and_lines_fit() {
        let twice = GrowthMeasure::ALL.into_iter().chain(GrowthMeasure::ALL);
        let text = measures(twice);
        assert_eq!(text.matches("momentum: ").count(), 1, "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        // (1 + 6 %)^12 − 1 = 101.2 %.
        assert!((1.06_f64.powi(12) - 2.012_196).abs() < 1e-5);
    }
}
