//! `StreamBacktest`: progress, then failures and scores.

use super::decode::{self, DecodeError};
use super::estimates::bands;
use super::events::{events, wire_events};
use super::fields::{check_series, count, or_default, refuse, vintage, vintage_text};
use super::forecast::{DEFAULT_HORIZON, percentages};
use super::regressors::{regressors, wire_regressors};
use crate::backtest::{BacktestForecast, BacktestProgress, BacktestRequest, ForecastMonth, Score};
use crate::catalog::Vintage;
use crate::pipeline::SeriesFailure;
use crate::projection::{Method, NewsOfOthers, UnknownMethod};
use crate::service::pb;
use crate::service::status::ServiceError;
use std::sync::Arc;

/// A checked request for a backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoringRequest {
    /// The keys of the series that are scored, as written; none for all.
    pub series: Vec<String>,
    /// The data vintage (as-of date).
    pub vintage: Vintage,
    /// Whether each origin learns only from what was public then.
    pub real_time: bool,
    /// The settings of the backtest.
    pub request: BacktestRequest,
    /// The version of the store; the latest where there is none.
    pub version: Option<u64>,
}

impl ScoringRequest {
    /// Check a request.
    ///
    /// # Errors
    /// Too many keys, or one that is empty, too long or repeated.
    pub fn new(
        series: Vec<String>,
        vintage: Vintage,
        real_time: bool,
        request: BacktestRequest,
        version: Option<u64>,
    ) -> Result<Self, ServiceError> {
        check_series(&series)?;
        Ok(Self {
            series,
            vintage,
            real_time,
            request,
            version,
        })
    }
}

impl TryFrom<pb::StreamBacktestRequest> for ScoringRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::StreamBacktestRequest) -> Result<Self, ServiceError> {
        check_series(&wire.series)?;
        let methods = wire.methods.iter().map(|name| name.parse::<Method>());
        let methods: Vec<Method> = methods
            .collect::<Result<_, _>>()
            .map_err(|e| refuse("methods", e.to_string()))?;
        let request = BacktestRequest::new(
            or_default(wire.horizon, DEFAULT_HORIZON),
            or_default(wire.origins, 6),
            or_default(wire.step, 3),
            &methods,
            baseline(&wire.baseline)?,
            &wire.levels,
            wire.seed,
        )?
        .with_news(NewsOfOthers::unless_alone(wire.alone))
        .with_events(events(wire.events, &wire.series)?)
        .with_regressors(Arc::new(regressors(wire.regressors)?))
        .keeping_forecasts(wire.forecasts);
        let vintage = vintage("as_of", &wire.as_of)?;
        Self::new(wire.series, vintage, wire.real_time, request, wire.version)
    }
}

/// Read the baseline; the seasonal naive where none is named.
fn baseline(name: &str) -> Result<Method, ServiceError> {
    match name.trim() {
        "" => Ok(BacktestRequest::NAIVE),
        name => name
            .parse()
            .map_err(|e: UnknownMethod| refuse("baseline", e.to_string())),
    }
}

impl From<&ScoringRequest> for pb::StreamBacktestRequest {
    fn from(of: &ScoringRequest) -> Self {
        let request = &of.request;
        Self {
            series: of.series.clone(),
            horizon: count(request.horizon()),
            origins: count(request.origins()),
            step: count(request.step()),
            methods: request.methods().iter().map(ToString::to_string).collect(),
            levels: percentages(request.levels()),
            as_of: vintage_text(of.vintage),
            seed: request.seed(),
            baseline: request.baseline().to_string(),
            real_time: of.real_time,
            version: of.version,
            events: wire_events(request.events()),
            regressors: wire_regressors(request.regressors()),
            forecasts: request.keeps_forecasts(),
            alone: request.news() == NewsOfOthers::Ignored,
        }
    }
}

impl From<BacktestProgress> for pb::BacktestProgress {
    fn from(progress: BacktestProgress) -> Self {
        Self {
            done: count(progress.done),
            total: count(progress.total),
            origin: progress.origin.to_string(),
        }
    }
}

impl TryFrom<pb::BacktestProgress> for BacktestProgress {
    type Error = DecodeError;

    fn try_from(wire: pb::BacktestProgress) -> Result<Self, DecodeError> {
        Ok(Self {
            done: decode::count("done", wire.done)?,
            total: decode::count("total", wire.total)?,
            origin: decode::month("origin", &wire.origin)?,
        })
    }
}

impl From<Score> for pb::BacktestScore {
    fn from(score: Score) -> Self {
        let values = score.values.into_iter();
        Self {
            series: score.series.unwrap_or_default(),
            method: score.method.name().to_owned(),
            origins: count(score.origins),
            months: count(score.months),
            scores: values
                .map(|(name, value)| pb::Score { name, value })
                .collect(),
        }
    }
}

impl TryFrom<pb::BacktestScore> for Score {
    type Error = DecodeError;

    fn try_from(wire: pb::BacktestScore) -> Result<Self, DecodeError> {
        let scores = wire.scores.into_iter();
        Ok(Self {
            series: Some(wire.series).filter(|series| !series.is_empty()),
            method: wire.method.parse().map_err(decode::unreadable("method"))?,
            origins: decode::count("origins", wire.origins)?,
            months: decode::count("months", wire.months)?,
            values: scores.map(|score| (score.name, score.value)).collect(),
        })
    }
}

impl From<BacktestForecast> for pb::BacktestForecast {
    fn from(forecast: BacktestForecast) -> Self {
        let month = |month: ForecastMonth| pb::BacktestMonth {
            month: month.month.to_string(),
            value: month.value,
            intervals: month.bands.iter().map(Into::into).collect(),
            actual: month.actual,
        };
        Self {
            series: forecast.series,
            method: forecast.method.name().to_owned(),
            cutoff: forecast.cutoff.to_string(),
            months: forecast.months.into_iter().map(month).collect(),
        }
    }
}

impl TryFrom<pb::BacktestForecast> for BacktestForecast {
    type Error = DecodeError;

    fn try_from(wire: pb::BacktestForecast) -> Result<Self, DecodeError> {
        let month = |wire: pb::BacktestMonth| {
            Ok(ForecastMonth {
                month: decode::month("month", &wire.month)?,
                value: wire.value,
                bands: bands(wire.intervals),
                actual: wire.actual,
            })
        };
        Ok(Self {
            series: wire.series,
            method: wire.method.parse().map_err(decode::unreadable("method"))?,
            cutoff: decode::month("cutoff", &wire.cutoff)?,
            months: wire
                .months
                .into_iter()
                .map(month)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl From<SeriesFailure> for pb::BacktestFailure {
    fn from(failure: SeriesFailure) -> Self {
        Self {
            series: failure.series,
            code: failure.code,
            reason: failure.reason,
            message: failure.message,
        }
    }
}

impl From<pb::BacktestFailure> for SeriesFailure {
    fn from(wire: pb::BacktestFailure) -> Self {
        Self {
            series: wire.series,
            code: wire.code,
            reason: wire.reason,
            message: wire.message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_the_wire() {
        let wire = pb::StreamBacktestRequest {
            origins: 2,
            methods: vec!["theta".to_owned()],
            real_time: true,
            ..Default::default()
        };
        let request = ScoringRequest::try_from(wire).unwrap();
        let again = pb::StreamBacktestRequest::from(&request);
        assert_eq!(again.methods, ["theta", "seasonal-naive"]);
        assert_eq!(ScoringRequest::try_from(again).unwrap(), request);
    }
}
