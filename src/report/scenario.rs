//! A scenario beside its baseline: JSON objects, or a table a series.

use super::forecast::{Failure, Growth, Interval, shown};
use super::table::table;
use super::{number, words};
use serde::Serialize;

/// A part of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ScenarioPart {
    /// One series.
    Series(ScenarioSeries),
    /// Why a series has none.
    Failure {
        /// The series as asked for.
        series: String,
        /// The reason.
        failure: Failure,
    },
    /// What it came to.
    Summary {
        /// What it came to.
        summary: Summary,
    },
}

/// A series in both worlds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioSeries {
    /// The key.
    pub series: String,
    /// The last month of the history.
    pub last_month: String,
    /// Whether it is a sum of what was asked for.
    pub derived: bool,
    /// Whether the scenario moves it.
    pub moved: bool,
    /// Every reading.
    pub readings: Vec<ScenarioReading>,
}

/// A span in both worlds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioReading {
    /// What is compared.
    pub measure: String,
    /// The span.
    pub span: String,
    /// The value in the baseline, base units.
    pub value_baseline: Distribution,
    /// The value in the scenario.
    pub value_scenario: Distribution,
    /// The scenario less the baseline.
    pub value_change: Distribution,
    /// Growth in the baseline, as fractions; none of deficits.
    pub growth_baseline: Option<Growth>,
    /// Growth in the scenario.
    pub growth_scenario: Option<Growth>,
    /// The change of growth in percentage points.
    pub growth_points: Option<Distribution>,
}

/// The middle of simulated numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Distribution {
    /// The median.
    pub median: f64,
    /// Central intervals.
    pub intervals: Vec<Interval>,
}

/// What a scenario came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Series that it moves.
    pub moved: Vec<String>,
    /// Series that it leaves where they are.
    pub unmoved: Vec<String>,
    /// How many series failed.
    pub failures: i32,
}

impl ScenarioSeries {
    /// Months and years in both worlds; of a series that is not moved, only that. At most 100 columns wide.
    pub fn text(&self) -> String {
        let mut text = format!("{}: {}\n", self.series, words::series(&self.series));
        if self.derived {
            text.push_str("a sum of the series asked for\n");
        }
        if !self.moved {
            text.push_str("not moved by the scenario\n");
            return text;
        }
        let rows = self.readings.iter().filter(|reading| {
            matches!(reading.measure.as_str(), "month" | "year")
                && reading.value_change.median.is_finite()
        });
        let level = self
            .readings
            .first()
            .and_then(|r| shown(&r.value_change.intervals));
        let interval = level.map_or_else(String::new, |i| format!("{} % interval", i.level));
        let header = [
            "Span", "Baseline", "Scenario", "On year", "Scenario", "Points", &interval,
        ];
        let rows = rows.map(|reading| {
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let growth = |growth: &Option<Growth>| {
                or_dash(growth.as_ref().map(|g| number::growth(g.median)))
            };
            let points = reading.growth_points.as_ref();
            vec![
                reading.span.clone(),
                number::short(reading.value_baseline.median),
                number::short(reading.value_scenario.median),
                growth(&reading.growth_baseline),
                growth(&reading.growth_scenario),
                or_dash(points.map(|points| format!("{:+.2}", points.median))),
                or_dash(
                    points
                        .and_then(|points| shown(&points.intervals))
                        .map(|i| format!("{:+.2} to {:+.2}", i.lower, i.upper)),
                ),
            ]
        });
        text.push_str(&table(&header, &[1, 2, 3, 4, 5, 6], rows));
        text.push('\n');
        text
    }
}

impl Summary {
    /// One line.
    pub fn text(&self) -> String {
        let (moved, unmoved) = (self.moved.len(), self.unmoved.len());
        format!(
            "{moved} series moved, {unmoved} not, {} failed\n",
            self.failures
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(median: f64) -> Distribution {
        Distribution {
            median,
            intervals: vec![Interval {
                level: 80.0,
                lower: median - 1.0,
                upper: median + 1.0,
            }],
        }
    }

    #[test]
    fn a_table_fits_a_hundred_columns_and_a_deficit_has_values_only() {
        let growth = Growth {
            measure: "year".to_owned(),
            span: "2026".to_owned(),
            median: -0.123,
            intervals: Vec::new(),
            share_observed: 0.5,
            naive: 0.0,
        };
        let reading = |growth: Option<Growth>| ScenarioReading {
            measure: "year".to_owned(),
            span: "2026".to_owned(),
            value_baseline: distribution(-312.3e9),
            value_scenario: distribution(-281.1e9),
            value_change: distribution(31.2e9),
            growth_points: growth.as_ref().map(|_| distribution(-10.25)),
            growth_baseline: growth.clone(),
            growth_scenario: growth,
        };
        let series = ScenarioSeries {
            series: "USA.CHN.M.TOTAL.USD".to_owned(),
            last_month: "2026-01".to_owned(),
            derived: false,
            moved: true,
            readings: vec![reading(Some(growth)), reading(None)],
        };
        let text = series.text();
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}\n{text}");
        for expected in ["-10.25", "-11.25 to -9.25", "-312 bn", "-281 bn"] {
            assert!(text.contains(expected), "{expected} is missing:\n{text}");
        }
    }
}
