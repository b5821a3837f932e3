//! A scenario beside its baseline: a table for each series, and a summary of one line.

use super::legend::SCENARIO;
use super::wrap::paragraph;
use crate::growth::{DistributionSummary, GrowthEstimate, GrowthMeasure};
use crate::pipeline::{ScenarioSeries, ScenarioSummary};
use crate::report::measures::{interval_heading, shown};
use crate::report::table::{or_dash, table};
use crate::report::{number, words};
use std::fmt::Write as _;

/// Render a series in the baseline and in the scenario by `measures`, or months and years where
/// none is given; of a series that is not moved, only that.
pub fn scenario_series(series: &ScenarioSeries, measures: &[GrowthMeasure]) -> String {
    let key = series.key.to_string();
    let mut text = format!("{key}: {}\n", words::series(&key));
    if series.derived {
        text.push_str("a sum of the requested series\n");
    }
    for note in &series.notes {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "note: {note}");
    }
    if !series.moved {
        text.push_str("not moved by the scenario\n");
        return text;
    }
    let first = series.comparisons.first();
    let interval = interval_heading(first.and_then(|of| shown(&of.value.change.bands)));
    let header = [
        "Span", "Baseline", "Scenario", "On year", "Scenario", "Points", &interval,
    ];
    let rows = series.comparisons.iter().filter(|of| {
        let shown = match measures {
            [] => matches!(of.measure, GrowthMeasure::Month | GrowthMeasure::Year),
            measures => measures.contains(&of.measure),
        };
        shown && of.value.change.median.is_finite()
    });
    let rows = rows.map(|of| {
        let of_growth = of.growth.as_ref();
        let growth = |of: Option<&GrowthEstimate>| or_dash(of.map(|of| number::growth(of.median)));
        let points: Option<&DistributionSummary> = of_growth.map(|growth| &growth.points);
        vec![
            of.span.words(),
            number::short(of.value.baseline.median),
            number::short(of.value.scenario.median),
            growth(of_growth.map(|growth| &growth.baseline)),
            growth(of_growth.map(|growth| &growth.scenario)),
            or_dash(points.map(|points| format!("{:+.2}", points.median))),
            or_dash(
                points
                    .and_then(|points| shown(&points.bands))
                    .map(|i| format!("{:+.2} to {:+.2}", i.lower, i.upper)),
            ),
        ]
    });
    text.push_str(&table(&header, &[1, 2, 3, 4, 5, 6], rows));
    text.push('\n');
    text
}

/// Render the summary of a scenario in one line.
pub fn scenario_summary(summary: &ScenarioSummary) -> String {
    let (moved, unmoved) = (summary.moved.len(), summary.unmoved.len());
    let legend = match moved {
        0 => String::new(),
        _ => paragraph(SCENARIO),
    };
    format!(
        "{legend}{moved} series moved, {unmoved} not, {} failed\n",
        summary.failures
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_table_fits_a_hundred_columns_and_a_deficit_has_values_only() {
        let (series, summary) = example::scenario();
        let text = scenario_series(&series, &[]);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}\n{text}");
        for expected in ["-10.25", "-11.25 to -9.25", "-312 bn", "-281 bn"] {
            assert!(text.contains(expected), "{expected} is missing:\n{text}");
        }
        insta::assert_snapshot!(format!("{text}{}", scenario_summary(&summary)));
    }

    #[test]
    fn notes_stand_above_the_table_and_of_a_series_that_is_not_moved() {
        let (mut series, _) = example::scenario();
        series.notes = vec!["less than two years of history".to_owned()];
        let note = "\nnote: less than two years of history\n";
        let text = scenario_series(&series, &[]);
        assert!(text.contains(note), "{text}");
        assert!(text.find(note) < text.find("Baseline"), "{text}");
        series.moved = false;
        let text = scenario_series(&series, &[]);
        assert!(text.contains(&format!("{note}not moved")), "{text}");
    }
}
