//! The forecast of one series: what it is, tables of months and growth, the years in words.

use super::legend;
use super::wrap::fit;
use crate::growth::{GrowthEstimate, GrowthMeasure};
use crate::pipeline::SeriesForecast;
use crate::report::measures::{growth_at, interval_heading, shown, unit_of};
use crate::report::table::{or_dash, table};
use crate::report::{number, words};
use std::collections::HashSet;
use std::fmt::Write as _;

/// Render a forecast for a terminal.
pub fn forecast(forecast: &SeriesForecast) -> String {
    let mut text = heading(forecast);
    text.push_str(&months(forecast));
    text.push('\n');
    if let Some(readings) = other_measures(forecast) {
        text.push_str(&readings);
        text.push('\n');
    }
    for year in &forecast.years {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", words::year(&forecast.id, year));
    }
    fit(&text)
}

/// Write what is forecast, how, and how accurate the method was before.
fn heading(forecast: &SeriesForecast) -> String {
    let SeriesForecast {
        id, last, method, ..
    } = forecast;
    let mut text = format!("{id}: {}\n", words::series(id));
    let _ = write!(text, "last figure {last}, method {method}");
    let accuracy = &forecast.evaluation;
    if accuracy.months > 0 {
        let _ = write!(
            text,
            ", sMAPE {:.1} (seasonal naive {:.1}) over {} past months",
            accuracy.smape, accuracy.naive_smape, accuracy.months
        );
    }
    text.push('\n');
    for note in &forecast.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// Write one row a month ahead.
fn months(forecast: &SeriesForecast) -> String {
    let first = forecast.points.first();
    let interval = interval_heading(first.and_then(|point| shown(&point.bands)));
    let value = format!("Forecast, {}", unit_of(&forecast.id));
    let header = [
        "Month",
        &value,
        &interval,
        "Naive",
        "On year",
        &interval,
        "Jan to month",
    ];
    let growth = |of: Option<&GrowthEstimate>| or_dash(of.map(|of| number::growth(of.median)));
    let rows = forecast.points.iter().map(|point| {
        let month = growth_at(point, GrowthMeasure::Month);
        let range = month.and_then(|month| shown(&month.bands));
        vec![
            point.month.to_string(),
            number::short(point.value),
            or_dash(shown(&point.bands).map(|i| number::short_range(i.lower, i.upper))),
            number::short(point.naive),
            growth(month),
            or_dash(range.map(|i| number::growth_range(i.lower, i.upper))),
            growth(growth_at(point, GrowthMeasure::YearToDate)),
        ]
    });
    table(&header, &[1, 2, 3, 4, 5, 6], rows)
}

/// Write one row for each growth measure and span that the table of months does not have; `None`
/// where there is none.
fn other_measures(forecast: &SeriesForecast) -> Option<String> {
    let readings = forecast.points.iter().flat_map(|point| &point.readings);
    let mut others = readings
        .filter(|of| !GrowthMeasure::USUAL.contains(&of.measure))
        .peekable();
    let interval = interval_heading(shown(&others.peek()?.bands));
    let mut seen = HashSet::new();
    // A quarter is read at each of its months.
    let rows = others.filter(|of| seen.insert((of.measure, of.span)));
    let rows = rows.map(|of| {
        let range = shown(&of.bands);
        vec![
            of.measure.name().replace('_', " "),
            of.span.words(),
            number::growth(of.median),
            range.map_or_else(String::new, |i| number::growth_range(i.lower, i.upper)),
            format!("{:.0} %", 100.0 * of.share_observed),
            number::growth(of.naive),
        ]
    });
    let header = ["Reading", "Span", "Growth", &interval, "Observed", "Naive"];
    let readings = table(&header, &[2, 3, 4, 5], rows);
    let measures = forecast.points.iter().flat_map(|point| &point.readings);
    let others = measures.map(|of| of.measure);
    let others = others.filter(|of| !GrowthMeasure::USUAL.contains(of));
    Some(format!(
        "{readings}\n{}",
        legend::measures(others).trim_end()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_forecast_is_a_table_within_a_hundred_columns() {
        let text = forecast(&example::forecast());
        insta::assert_snapshot!(text);
        // Tables fit; the sentence of a year may be longer.
        let rows = text
            .lines()
            .filter(|line| line.starts_with([' ', '─', '═']));
        let widest = rows.map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}\n{text}");
    }
}
