//! A series in a list, and one with its observations and published figures.

use super::line;
use crate::pipeline::{ObservedMonth, SeriesDetail, SeriesSummary};
use crate::report::measures::release_measure;
use crate::trade::{Month, Release};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct SummaryJson<'a> {
    series: String,
    unit: String,
    first_month: String,
    last_month: String,
    months: usize,
    gaps: usize,
    source: &'a str,
}

#[derive(Debug, Serialize)]
struct DetailJson<'a> {
    #[serde(flatten)]
    summary: SummaryJson<'a>,
    observations: Vec<ObservationJson>,
    releases: Vec<ReleaseJson<'a>>,
}

#[derive(Debug, Serialize)]
struct ObservationJson {
    month: String,
    value: Option<f64>,
    growth: Option<f64>,
    growth_year_to_date: Option<f64>,
}

/// A published figure.
#[derive(Debug, Serialize)]
pub(super) struct ReleaseJson<'a> {
    span: String,
    measure: &'static str,
    value: f64,
    rounding: f64,
    released_on: String,
    status: &'a str,
    source: &'a str,
}

/// Render a series without its figures.
pub fn series_summary(series: &SeriesSummary) -> String {
    line(&SummaryJson::from(series))
}

/// Render a series with its figures.
pub fn series_detail(detail: &SeriesDetail) -> String {
    let observation = |observed: &ObservedMonth| ObservationJson {
        month: observed.month.to_string(),
        value: observed.value,
        growth: observed.growth,
        growth_year_to_date: observed.growth_year_to_date,
    };
    line(&DetailJson {
        summary: (&detail.summary).into(),
        observations: detail.observations.iter().map(observation).collect(),
        releases: detail.releases.iter().map(Into::into).collect(),
    })
}

impl<'a> From<&'a SeriesSummary> for SummaryJson<'a> {
    fn from(series: &'a SeriesSummary) -> Self {
        let (first, last) = series.months.unzip();
        let month =
            |month: Option<Month>| month.map_or_else(String::new, |month| month.to_string());
        Self {
            series: series.key.to_string(),
            unit: series.unit.to_string(),
            first_month: month(first),
            last_month: month(last),
            months: series.observed,
            gaps: series.gaps,
            source: &series.source,
        }
    }
}

impl<'a> From<&'a Release> for ReleaseJson<'a> {
    fn from(release: &'a Release) -> Self {
        let released_on = release.released_on;
        Self {
            span: release.span.to_string(),
            measure: release_measure(release.measure),
            value: release.value,
            rounding: release.rounding,
            released_on: released_on.map_or_else(String::new, |day| day.to_string()),
            status: &release.status,
            source: &release.source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_series_is_one_object_with_or_without_its_figures() {
        let detail = example::series();
        let summary = series_summary(&detail.summary);
        insta::assert_snapshot!(format!("{summary}\n{}", series_detail(&detail)));
    }
}
