//! The forecast of one series, or why there is none.

use super::estimates::{GrowthJson, IntervalJson, WeightJson, intervals, weights};
use super::line;
use crate::pipeline::{ForecastPoint, SeriesFailure, SeriesForecast, percent};
use crate::report::measures::unit_of;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct ForecastJson<'a> {
    series: &'a str,
    unit: String,
    method: &'a str,
    last_month: String,
    notes: &'a [String],
    weights: Vec<WeightJson>,
    points: Vec<PointJson>,
    years: Vec<GrowthJson>,
    accuracy: Option<AccuracyJson>,
}

#[derive(Debug, Serialize)]
struct PointJson {
    month: String,
    value: f64,
    naive: f64,
    intervals: Vec<IntervalJson>,
    growth: Vec<GrowthJson>,
}

#[derive(Debug, Serialize)]
struct AccuracyJson {
    months: usize,
    smape: f64,
    mase: f64,
    naive_smape: f64,
    naive_mase: f64,
    coverage: Vec<CoverageJson>,
}

#[derive(Debug, Serialize)]
struct CoverageJson {
    level: f64,
    share: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct FailureJson<'a> {
    series: &'a str,
    failure: ReasonJson<'a>,
}

#[derive(Debug, Serialize)]
struct ReasonJson<'a> {
    code: i32,
    reason: &'a str,
    message: &'a str,
}

/// Render a forecast.
pub fn forecast(forecast: &SeriesForecast) -> String {
    let point = |point: &ForecastPoint| PointJson {
        month: point.month.to_string(),
        value: point.value,
        naive: point.naive,
        intervals: intervals(&point.bands),
        growth: point.readings.iter().map(Into::into).collect(),
    };
    line(&ForecastJson {
        series: &forecast.id,
        unit: unit_of(&forecast.id),
        method: &forecast.method,
        last_month: forecast.last.to_string(),
        notes: &forecast.notes,
        weights: weights(&forecast.weights),
        points: forecast.points.iter().map(point).collect(),
        years: forecast.years.iter().map(Into::into).collect(),
        accuracy: accuracy(forecast),
    })
}

/// View how accurate the method was at the series' own origins; `None` without origins.
fn accuracy(forecast: &SeriesForecast) -> Option<AccuracyJson> {
    let evaluation = &forecast.evaluation;
    let coverage = forecast.coverage.iter();
    (evaluation.months > 0).then(|| AccuracyJson {
        months: evaluation.months,
        smape: evaluation.smape,
        mase: evaluation.mase,
        naive_smape: evaluation.naive_smape,
        naive_mase: evaluation.naive_mase,
        coverage: coverage
            .map(|(level, share)| CoverageJson {
                level: percent(*level),
                share: *share,
            })
            .collect(),
    })
}

/// Render why a series has no result.
pub fn failure(failure: &SeriesFailure) -> String {
    line(&failure_json(failure))
}

/// View why a series has no result.
pub(super) fn failure_json(failure: &SeriesFailure) -> FailureJson<'_> {
    FailureJson {
        series: &failure.series,
        failure: ReasonJson {
            code: failure.code,
            reason: &failure.reason,
            message: &failure.message,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_forecast_is_one_object() {
        insta::assert_snapshot!(forecast(&example::forecast()));
    }

    #[test]
    fn a_failure_is_an_object_of_its_own() {
        let expected = concat!(
            r#"{"series":"USA.CHN.N.TOTAL.USD","failure":{"code":5,"#,
            r#""reason":"UNKNOWN_SERIES","message":"there is no such series"}}"#
        );
        assert_eq!(failure(&example::failure()), expected);
    }
}
