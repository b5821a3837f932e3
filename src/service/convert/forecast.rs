//! `StreamForecasts` (and the forecasts of `WatchForecasts`): many series, each a header, points
//! and a summary, or a failure.

use super::decode::{self, DecodeError};
use super::estimates::{bands, requested_measures};
use super::events::{events, wire_events};
use super::fields::{check_series, count, or_default, refuse, vintage, vintage_text};
use super::regressors::{regressors, wire_regressors};
use crate::pipeline::{
    ForecastPoint, ForecastRequest, SeriesFailure, SeriesForecast, SeriesSummary, percent,
};
use crate::projection::{Evaluation, Member, Method, NewsOfOthers};
use crate::service::pb;
use crate::service::pb::stream_forecasts_response::Update;
use crate::service::status::ServiceError;
use crate::trade::Regressors;
use std::sync::Arc;

/// A checked request for forecasts of many series.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastsRequest {
    /// The keys, as written.
    pub series: Vec<String>,
    /// The request for the forecasts.
    pub request: ForecastRequest,
    /// The user's own regressors.
    pub regressors: Arc<Regressors>,
    /// Whether the total over the series is added.
    pub total: bool,
    /// The version of the store; the latest where there is none.
    pub version: Option<u64>,
}

impl ForecastsRequest {
    /// Check a request.
    ///
    /// # Errors
    /// No key, too many keys, or one that is empty, too long or repeated.
    pub fn new(
        series: Vec<String>,
        request: ForecastRequest,
        regressors: Arc<Regressors>,
        version: Option<u64>,
    ) -> Result<Self, ServiceError> {
        if series.is_empty() {
            return Err(refuse("series", "expected at least one key"));
        }
        check_series(&series)?;
        Ok(Self {
            series,
            request,
            regressors,
            total: false,
            version,
        })
    }

    /// Add the total over the series, or not.
    #[must_use]
    pub fn with_total(self, total: bool) -> Self {
        Self { total, ..self }
    }
}

impl TryFrom<pb::StreamForecastsRequest> for ForecastsRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::StreamForecastsRequest) -> Result<Self, ServiceError> {
        let request = ForecastRequest::new(
            or_default(wire.horizon, DEFAULT_HORIZON),
            &wire.levels,
            vintage("as_of", &wire.as_of)?,
            wire.seed,
            method(&wire.method)?,
            or_default(wire.paths, default_paths()),
        )?
        .with_measures(&requested_measures(&wire.measures)?)?
        .with_news(NewsOfOthers::unless_alone(wire.alone))
        .with_events(events(wire.events, &wire.series)?);
        let regressors = Arc::new(regressors(wire.regressors)?);
        let checked = Self::new(wire.series, request, regressors, wire.version)?;
        Ok(checked.with_total(wire.total))
    }
}

/// Months ahead where a request does not say.
pub(super) const DEFAULT_HORIZON: i64 = 12;

/// Return the number of paths where a request does not say.
pub(super) fn default_paths() -> i64 {
    i64::try_from(ForecastRequest::PATHS).unwrap_or(i64::MAX)
}

/// Read the name of a method.
pub(super) fn method(name: &str) -> Result<Method, ServiceError> {
    name.parse::<Method>()
        .map_err(|e| refuse("method", e.to_string()))
}

/// Write levels as percentages.
pub(super) fn percentages(levels: &[f64]) -> Vec<f64> {
    levels.iter().map(|level| percent(*level)).collect()
}

impl From<&ForecastsRequest> for pb::StreamForecastsRequest {
    fn from(of: &ForecastsRequest) -> Self {
        let request = &of.request;
        let measures = request.measures().iter();
        Self {
            series: of.series.clone(),
            horizon: count(request.horizon()),
            levels: percentages(request.levels()),
            as_of: vintage_text(request.vintage()),
            seed: request.seed(),
            method: request.method().to_string(),
            paths: count(request.paths()),
            measures: measures
                .map(|measure| pb::GrowthMeasure::from(*measure).into())
                .collect(),
            version: of.version,
            events: wire_events(request.events()),
            regressors: wire_regressors(&of.regressors),
            total: of.total,
            alone: request.news() == NewsOfOthers::Ignored,
            resume_tokens: false,
            resume_token: String::new(),
        }
    }
}

/// Write a forecast as its header, points and summary; `series` is what it is a forecast of,
/// from the figures of `version`.
pub(in crate::service) fn updates(
    series: SeriesSummary,
    forecast: &SeriesForecast,
    version: u64,
) -> Vec<Update> {
    let mut updates = Vec::with_capacity(forecast.points.len() + 2);
    updates.push(Update::Header(pb::ForecastHeader {
        series: Some(series.into()),
        method: forecast.method.clone(),
        weights: weights(&forecast.weights),
        notes: forecast.notes.clone(),
        horizon: count(forecast.points.len()),
        version,
    }));
    let points = forecast.points.iter().zip(1..);
    updates.extend(points.map(|(of, step)| Update::Point(point(step, of))));
    updates.push(Update::Summary(forecast.into()));
    updates
}

/// Write the point that lies `step` months ahead.
fn point(step: usize, point: &ForecastPoint) -> pb::ForecastPoint {
    pb::ForecastPoint {
        step: count(step),
        month: point.month.to_string(),
        value: point.value,
        intervals: point.bands.iter().map(Into::into).collect(),
        naive: point.naive,
        readings: point.readings.iter().map(Into::into).collect(),
    }
}

impl TryFrom<pb::ForecastPoint> for ForecastPoint {
    type Error = DecodeError;

    fn try_from(wire: pb::ForecastPoint) -> Result<Self, DecodeError> {
        Ok(Self {
            month: decode::month("month", &wire.month)?,
            value: wire.value,
            bands: bands(wire.intervals),
            naive: wire.naive,
            readings: decode::all(wire.readings)?,
        })
    }
}

impl From<&SeriesForecast> for pb::ForecastSummary {
    fn from(forecast: &SeriesForecast) -> Self {
        let evaluation = &forecast.evaluation;
        let coverage = forecast.coverage.iter();
        let accuracy = (evaluation.months > 0).then(|| pb::Accuracy {
            months: count(evaluation.months),
            smape: evaluation.smape,
            mase: evaluation.mase,
            naive_smape: evaluation.naive_smape,
            naive_mase: evaluation.naive_mase,
            coverage: coverage
                .map(|(level, share)| pb::Coverage {
                    level: percent(*level),
                    share: *share,
                })
                .collect(),
        });
        Self {
            years: forecast.years.iter().map(Into::into).collect(),
            accuracy,
        }
    }
}

/// Read the accuracy of a forecast, and the coverage of its intervals by level.
fn accuracy(wire: Option<pb::Accuracy>) -> Result<(Evaluation, Vec<(f64, f64)>), DecodeError> {
    let Some(wire) = wire else {
        return Ok(Default::default());
    };
    let coverage = wire.coverage.into_iter();
    let evaluation = Evaluation {
        months: decode::count("accuracy.months", wire.months)?,
        smape: wire.smape,
        mase: wire.mase,
        naive_smape: wire.naive_smape,
        naive_mase: wire.naive_mase,
    };
    Ok((
        evaluation,
        coverage.map(|of| (of.level / 100.0, of.share)).collect(),
    ))
}

/// A forecast that is read from the messages of one series, which come one after another.
#[derive(Debug, Default)]
pub(in crate::service) struct ForecastReader {
    header: Option<pb::ForecastHeader>,
    points: Vec<ForecastPoint>,
}

impl ForecastReader {
    /// Add a message; return the outcome where it is the last message of its series.
    ///
    /// # Errors
    /// A field cannot be read.
    pub(in crate::service) fn add(
        &mut self,
        message: pb::StreamForecastsResponse,
    ) -> Result<Option<Result<SeriesForecast, SeriesFailure>>, DecodeError> {
        match message.update {
            Some(Update::Header(header)) => {
                *self = Self::default();
                self.header = Some(header);
                Ok(None)
            }
            Some(Update::Point(point)) => {
                self.points.push(point.try_into()?);
                Ok(None)
            }
            Some(Update::Summary(summary)) => {
                let Self { header, points } = std::mem::take(self);
                let header = header.ok_or_else(|| DecodeError::missing("header"))?;
                forecast(header, points, summary).map(|forecast| Some(Ok(forecast)))
            }
            Some(Update::Failure(wire)) => Ok(Some(Err(failure(message.series, wire)))),
            Some(Update::Resume(_)) | None => Ok(None),
        }
    }
}

fn forecast(
    header: pb::ForecastHeader,
    points: Vec<ForecastPoint>,
    summary: pb::ForecastSummary,
) -> Result<SeriesForecast, DecodeError> {
    let series: SeriesSummary = decode::required("header.series", header.series)?;
    let (first, last) = series
        .months
        .ok_or_else(|| DecodeError::missing("series.last_month"))?;
    let (evaluation, coverage) = accuracy(summary.accuracy)?;
    Ok(SeriesForecast {
        id: series.key.to_string(),
        first,
        last,
        gaps: series.gaps,
        method: header.method,
        weights: read_weights(header.weights)?,
        notes: header.notes,
        points,
        years: decode::all(summary.years)?,
        evaluation,
        coverage,
    })
}

/// Write the weight of each member.
pub(super) fn weights(weights: &[(Member, f64)]) -> Vec<pb::MemberWeight> {
    let weight = |(member, weight): &(Member, f64)| pb::MemberWeight {
        member: member.name().to_owned(),
        weight: *weight,
    };
    weights.iter().map(weight).collect()
}

/// Read the weight of each member.
pub(super) fn read_weights(wire: Vec<pb::MemberWeight>) -> Result<Vec<(Member, f64)>, DecodeError> {
    wire.into_iter()
        .map(|of| Ok((member(&of.member)?, of.weight)))
        .collect()
}

/// Read the name of a member.
pub(super) fn member(name: &str) -> Result<Member, DecodeError> {
    Member::ALL
        .into_iter()
        .find(|member| member.name() == name)
        .ok_or_else(|| DecodeError {
            field: "member",
            reason: format!("there is no member `{name}`"),
        })
}

impl From<SeriesFailure> for pb::ForecastFailure {
    fn from(failure: SeriesFailure) -> Self {
        Self {
            code: failure.code,
            reason: failure.reason,
            message: failure.message,
        }
    }
}

/// Read the failure of `series`.
pub(super) fn failure(series: String, wire: pb::ForecastFailure) -> SeriesFailure {
    SeriesFailure {
        series,
        code: wire.code,
        reason: wire.reason,
        message: wire.message,
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_fields::field;
    use super::*;

    #[test]
    fn a_forecast_request_that_cannot_be_used_names_its_field() {
        let good = pb::StreamForecastsRequest {
            series: vec!["USA.CHN.M.TOTAL.USD".to_owned()],
            ..Default::default()
        };
        let checked = ForecastsRequest::try_from(good.clone()).unwrap();
        assert_eq!(
            (checked.request.horizon(), checked.request.paths()),
            (12, 1000)
        );
        type Spoil = fn(&mut pb::StreamForecastsRequest);
        let event = |event| pb::StatedEvent {
            series: String::new(),
            event,
        };
        let no_event = event(None);
        let mut bad = good.clone();
        bad.events.push(no_event);
        assert_eq!(
            field(ForecastsRequest::try_from(bad).unwrap_err()),
            "events"
        );
        let mut other = event(Some(pb::stated_event::Event::Outlier("2020".to_owned())));
        other.series = "USA.CAN.M.TOTAL.USD".to_owned();
        let mut bad = good.clone();
        bad.events.push(other);
        assert_eq!(
            field(ForecastsRequest::try_from(bad).unwrap_err()),
            "events"
        );
        let cases: [(Spoil, &str); 12] = [
            (|r| r.series.clear(), "series"),
            (
                |r| r.series.push(" usa.chn.m.total.usd".to_owned()),
                "series",
            ),
            (|r| r.series.push(String::new()), "series"),
            (
                |r| r.series = (0..10_001).map(|k| k.to_string()).collect(),
                "series",
            ),
            (|r| r.horizon = -1, "horizon"),
            (|r| r.levels = vec![100.0], "levels"),
            (|r| r.as_of = "2024-02-30".to_owned(), "as_of"),
            (|r| r.method = "arima".to_owned(), "method"),
            (|r| r.paths = 99, "paths"),
            (|r| r.measures = vec![0], "measures"),
            (|r| r.measures = vec![9], "measures"),
            (|r| r.measures = vec![6, 6], "measures"),
        ];
        for (spoil, expected) in cases {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert_eq!(
                field(ForecastsRequest::try_from(bad).unwrap_err()),
                expected
            );
        }
    }

    #[test]
    fn a_request_survives_the_wire() {
        let wire = pb::StreamForecastsRequest {
            series: vec!["USA.CHN.M.TOTAL.USD".to_owned()],
            horizon: 18,
            levels: vec![50.0, 97.5],
            as_of: "2024-06-30".to_owned(),
            seed: 7,
            method: "theta".to_owned(),
            paths: 200,
            measures: vec![pb::GrowthMeasure::Quarter.into()],
            version: Some(3),
            events: vec![
                pb::StatedEvent {
                    series: "USA.CHN.M.TOTAL.USD".to_owned(),
                    event: Some(pb::stated_event::Event::LevelShift("2024-02".to_owned())),
                },
                pb::StatedEvent {
                    series: String::new(),
                    event: Some(pb::stated_event::Event::Outlier("2020-Q2".to_owned())),
                },
            ],
            regressors: vec![pb::Regressor {
                name: "oil".to_owned(),
                first_month: "1980-01".to_owned(),
                values: vec![70.0, 71.0],
                series: "USA.CHN.M.TOTAL.USD".to_owned(),
            }],
            total: true,
            alone: true,
            ..Default::default()
        };
        let request = ForecastsRequest::try_from(wire.clone()).unwrap();
        assert_eq!(pb::StreamForecastsRequest::from(&request), wire);
    }
}
