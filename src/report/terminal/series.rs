//! A list of series, and one series with its latest observations and published figures.

use super::wrap::fit;
use crate::pipeline::{SeriesDetail, SeriesSummary};
use crate::report::measures::release_measure;
use crate::report::table::{cut, or_dash, table};
use crate::report::{number, words};
use crate::trade;
use crate::trade::Month;
use std::fmt::Write as _;

/// Observations that the table shows; JSON and CSV have all.
const RECENT: usize = 24;
/// Published figures that the table shows.
const RECENT_RELEASES: usize = 40;

/// Render a list of series for a terminal.
pub fn series_list(series: &[SeriesSummary]) -> String {
    let rows = series.iter().map(|series| {
        let (first, last) = series.months.unzip();
        vec![
            series.key.to_string(),
            month(first),
            month(last),
            series.observed.to_string(),
            series.gaps.to_string(),
            cut(&series.source, 38),
        ]
    });
    table(
        &["Series", "First", "Last", "Months", "Gaps", "Source"],
        &[3, 4],
        rows,
    )
}

/// Write a month; nothing where there is none.
fn month(month: Option<Month>) -> String {
    month.map_or_else(String::new, |month| month.to_string())
}

/// Render a series with its latest figures for a terminal.
pub fn series_detail(detail: &SeriesDetail) -> String {
    let mut text = heading(&detail.summary);
    // Writing to a string cannot fail.
    text.push_str(&observations(detail));
    if !detail.releases.is_empty() {
        text.push_str(&releases(detail));
    }
    fit(&text)
}

fn heading(series: &SeriesSummary) -> String {
    let key = series.key.to_string();
    let (first, last) = series.months.unzip();
    let mut text = format!("{key}: {}\n", words::series(&key));
    let _ = writeln!(
        text,
        "{} month{} with a figure, {} to {}, {} gap{}, shown in {}",
        series.observed,
        if series.observed == 1 { "" } else { "s" },
        month(first),
        month(last),
        series.gaps,
        if series.gaps == 1 { "" } else { "s" },
        series.unit
    );
    let _ = writeln!(text, "source: {}", series.source);
    text
}

fn observations(detail: &SeriesDetail) -> String {
    let earlier = detail.observations.len().saturating_sub(RECENT);
    let rows = detail.observations[earlier..].iter().map(|observed| {
        vec![
            observed.month.to_string(),
            or_dash(observed.value.map(number::short)),
            or_dash(observed.growth.map(number::growth)),
            or_dash(observed.growth_year_to_date.map(number::growth)),
        ]
    });
    let value = format!("Value, {}", detail.summary.unit);
    let header = ["Month", &value, "On year", "Jan to month"];
    let mut text = format!("{}\n", table(&header, &[1, 2, 3], rows));
    if earlier > 0 {
        let _ = writeln!(text, "{earlier} earlier months: --csv or --json");
    }
    text
}

fn releases(detail: &SeriesDetail) -> String {
    let earlier = detail.releases.len().saturating_sub(RECENT_RELEASES);
    let rows = detail.releases[earlier..].iter().map(|release| {
        let value = match release.measure {
            trade::FigureMeasure::Level | trade::FigureMeasure::Change => {
                number::short(release.value)
            }
            trade::FigureMeasure::Growth
            | trade::FigureMeasure::ShareOfProduct
            | trade::FigureMeasure::ShareOfPartner
            | trade::FigureMeasure::ShareOfReporter => number::growth(release.value),
        };
        vec![
            release.span.words(),
            release_measure(release.measure).to_owned(),
            value,
            release
                .released_on
                .map_or_else(String::new, |day| day.to_string()),
            release.status.clone(),
            cut(&release.source, 34),
        ]
    });
    let header = ["Published", "Measure", "Value", "On", "Status", "Source"];
    let mut text = format!("{}\n", table(&header, &[2], rows));
    if earlier > 0 {
        let _ = writeln!(text, "{earlier} earlier published figures: --csv or --json");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn series_are_tables() {
        let detail = example::series();
        let list = series_list(std::slice::from_ref(&detail.summary));
        insta::assert_snapshot!(format!("{list}\n\n{}", series_detail(&detail)));
    }
}
