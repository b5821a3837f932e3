//! A series in the baseline and in the scenario, and the summary of a scenario.

use super::estimates::{DistributionJson, GrowthJson};
use super::line;
use crate::growth::comparison::Comparison;
use crate::pipeline::{ScenarioSeries, ScenarioSummary};
use crate::trade::SeriesKey;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct ScenarioSeriesJson<'a> {
    series: String,
    last_month: String,
    derived: bool,
    moved: bool,
    notes: &'a [String],
    readings: Vec<ComparisonJson>,
}

#[derive(Debug, Serialize)]
struct ComparisonJson {
    measure: &'static str,
    span: String,
    value_baseline: DistributionJson,
    value_scenario: DistributionJson,
    value_change: DistributionJson,
    growth_baseline: Option<GrowthJson>,
    growth_scenario: Option<GrowthJson>,
    growth_points: Option<DistributionJson>,
}

#[derive(Debug, Serialize)]
struct SummaryLineJson {
    summary: ScenarioSummaryJson,
}

#[derive(Debug, Serialize)]
struct ScenarioSummaryJson {
    moved: Vec<String>,
    unmoved: Vec<String>,
    failures: usize,
}

/// Render a series in the baseline and in the scenario.
pub fn scenario_series(series: &ScenarioSeries) -> String {
    line(&ScenarioSeriesJson {
        series: series.key.to_string(),
        last_month: series.last.to_string(),
        derived: series.derived,
        moved: series.moved,
        notes: &series.notes,
        readings: series.comparisons.iter().map(Into::into).collect(),
    })
}

/// Render the summary of a scenario.
pub fn scenario_summary(summary: &ScenarioSummary) -> String {
    let keys = |keys: &[SeriesKey]| keys.iter().map(ToString::to_string).collect();
    line(&SummaryLineJson {
        summary: ScenarioSummaryJson {
            moved: keys(&summary.moved),
            unmoved: keys(&summary.unmoved),
            failures: summary.failures,
        },
    })
}

impl From<&Comparison> for ComparisonJson {
    fn from(of: &Comparison) -> Self {
        let growth = of.growth.as_ref();
        Self {
            measure: of.measure.name(),
            span: of.span.to_string(),
            value_baseline: (&of.value.baseline).into(),
            value_scenario: (&of.value.scenario).into(),
            value_change: (&of.value.change).into(),
            growth_baseline: growth.map(|growth| (&growth.baseline).into()),
            growth_scenario: growth.map(|growth| (&growth.scenario).into()),
            growth_points: growth.map(|growth| (&growth.points).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_series_and_a_summary_are_lines() {
        let (series, summary) = example::scenario();
        let (series, summary) = (scenario_series(&series), scenario_summary(&summary));
        insta::assert_snapshot!(format!("{series}\n{summary}"));
    }
}
