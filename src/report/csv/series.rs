//! A list of series, and one series with its observations and published figures.

use crate::pipeline::{SeriesDetail, SeriesSummary};
use crate::report::measures::release_measure;
use crate::trade::Month;

/// The header of a list of series.
pub const LIST_HEADER: [&str; 7] = [
    "series",
    "unit",
    "first_month",
    "last_month",
    "months",
    "gaps",
    "source",
];

/// The header of one series: observations and published figures, distinguished by `kind`.
pub const DETAIL_HEADER: [&str; 11] = [
    "series",
    "kind",
    "span",
    "measure",
    "value",
    "growth",
    "growth_year_to_date",
    "rounding",
    "released_on",
    "status",
    "source",
];

/// Return the row of a series in a list.
pub fn list_row(series: &SeriesSummary) -> [String; 7] {
    let (first, last) = series.months.unzip();
    let month = |month: Option<Month>| month.map_or_else(String::new, |month| month.to_string());
    [
        series.key.to_string(),
        series.unit.to_string(),
        month(first),
        month(last),
        series.observed.to_string(),
        series.gaps.to_string(),
        series.source.clone(),
    ]
}

/// Return a row for each observation, then one for each published figure.
pub fn detail_rows(detail: &SeriesDetail) -> impl Iterator<Item = [String; 11]> {
    let key = detail.summary.key.to_string();
    let name = key.clone();
    let text = |number: Option<f64>| number.map_or_else(String::new, |n| n.to_string());
    let none = String::new;
    let observations = detail.observations.iter().map(move |observed| {
        [
            key.clone(),
            "observation".to_owned(),
            observed.month.to_string(),
            "level".to_owned(),
            text(observed.value),
            text(observed.growth),
            text(observed.growth_year_to_date),
            none(),
            none(),
            none(),
            detail.summary.source.clone(),
        ]
    });
    let releases = detail.releases.iter().map(move |release| {
        let released_on = release.released_on;
        [
            name.clone(),
            "release".to_owned(),
            release.span.to_string(),
            release_measure(release.measure).to_owned(),
            release.value.to_string(),
            none(),
            none(),
            release.rounding.to_string(),
            released_on.map_or_else(String::new, |day| day.to_string()),
            release.status.clone(),
            release.source.clone(),
        ]
    });
    observations.chain(releases)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_series_is_a_row_in_a_list_and_rows_of_its_own() {
        let detail = example::series();
        let mut lines = vec![
            LIST_HEADER.join(","),
            list_row(&detail.summary).join(","),
            DETAIL_HEADER.join(","),
        ];
        lines.extend(detail_rows(&detail).map(|row| row.join(",")));
        insta::assert_snapshot!(lines.join("\n"));
    }
}
