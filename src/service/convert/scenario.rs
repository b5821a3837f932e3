//! `StreamScenario`: every series in the baseline and in the scenario.

use super::decode::{self, DecodeError};
use super::estimates::{measure, requested_measures};
use super::events::{events, wire_events};
use super::fields::{
    check_series, count, currency, currency_text, or_default, refuse, vintage, vintage_text,
};
use super::forecast::{DEFAULT_HORIZON, default_paths, failure, method, percentages};
use super::regressors::{regressors, wire_regressors};
use super::series::flow;
use crate::growth::DistributionSummary;
use crate::growth::comparison::{Comparison, GrowthShift, Shift};
use crate::pipeline::scenario::{Shock, ShockSize, ShockTarget};
use crate::pipeline::{ForecastRequest, Scenario, ScenarioSeries, ScenarioSummary, SeriesFailure};
use crate::projection::NewsOfOthers;
use crate::service::pb;
use crate::service::pb::stream_scenario_response::Update;
use crate::service::status::ServiceError;
use crate::trade::{Code, Currency, Regressors, SeriesKey, Span};
use std::sync::Arc;

/// A checked request for a scenario.
#[derive(Debug, Clone)]
pub struct ScenarioRequest {
    /// The series, the shocks and the currency.
    pub scenario: Scenario,
    /// The request for the baseline forecasts.
    pub request: ForecastRequest,
    /// The user's own regressors.
    pub regressors: Arc<Regressors>,
    /// The version of the store; the latest where there is none.
    pub version: Option<u64>,
}

/// A part of a scenario's result, as it is streamed.
#[derive(Debug, Clone, PartialEq)]
pub enum ScenarioUpdate {
    /// One series in the baseline and in the scenario.
    Series(ScenarioSeries),
    /// The reason why one series has no forecast.
    Failure(SeriesFailure),
    /// The summary; the last part.
    Summary(ScenarioSummary),
}

impl ScenarioRequest {
    /// Check a request; `shocks` are texts or messages that `parse` makes shocks of.
    ///
    /// # Errors
    /// The first field that cannot be used, with the reason.
    pub fn new<S>(
        series: Vec<String>,
        shocks: Vec<S>,
        parse: impl Fn(S) -> Result<Shock, String>,
        currency: Option<Currency>,
        request: ForecastRequest,
        regressors: Arc<Regressors>,
        version: Option<u64>,
    ) -> Result<Self, ServiceError> {
        let shocks = shocks.into_iter().enumerate().map(|(k, shock)| {
            parse(shock).map_err(|reason| refuse("shocks", format!("at position {k}: {reason}")))
        });
        let scenario = Scenario::new(series, shocks.collect::<Result<_, _>>()?, currency)?;
        check_series(scenario.series())?;
        Ok(Self {
            scenario,
            request,
            regressors,
            version,
        })
    }
}

impl TryFrom<pb::StreamScenarioRequest> for ScenarioRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::StreamScenarioRequest) -> Result<Self, ServiceError> {
        let currency = currency(&wire.currency)?;
        let request = ForecastRequest::new(
            or_default(wire.horizon, DEFAULT_HORIZON),
            &wire.levels,
            vintage("as_of", &wire.as_of)?,
            wire.seed,
            method(&wire.method)?,
            or_default(wire.paths, default_paths()),
        )?
        .with_news(NewsOfOthers::unless_alone(wire.alone))
        .with_measures(&requested_measures(&wire.measures)?)?
        .with_events(events(wire.events, &wire.series)?);
        let regressors = regressors(wire.regressors)?;
        Self::new(
            wire.series,
            wire.shocks,
            shock,
            currency,
            request,
            Arc::new(regressors),
            wire.version,
        )
    }
}

impl From<&ScenarioRequest> for pb::StreamScenarioRequest {
    fn from(of: &ScenarioRequest) -> Self {
        let (scenario, request) = (&of.scenario, &of.request);
        Self {
            series: scenario.series().to_vec(),
            shocks: scenario.shocks().iter().map(Into::into).collect(),
            horizon: count(request.horizon()),
            levels: percentages(request.levels()),
            as_of: vintage_text(request.vintage()),
            seed: request.seed(),
            method: request.method().to_string(),
            paths: count(request.paths()),
            currency: currency_text(scenario.currency()),
            regressors: wire_regressors(&of.regressors),
            version: of.version,
            measures: request
                .measures()
                .iter()
                .map(|measure| pb::GrowthMeasure::from(*measure).into())
                .collect(),
            events: wire_events(request.events()),
            alone: request.news() == NewsOfOthers::Ignored,
        }
    }
}

/// Read a shock, or say what is wrong with it.
pub(super) fn shock(wire: pb::Shock) -> Result<Shock, String> {
    use pb::shock::Target as Wire;
    let within = |text: String| match text.len() {
        0..=1000 => Ok(text),
        long => Err(format!(
            "expected a target of at most 1000 bytes, not {long}"
        )),
    };
    let target = match wire.target {
        None => return Err("expected a target".to_owned()),
        Some(Wire::Partner(code)) => {
            ShockTarget::Partner(Code::parse(&within(code)?).map_err(|e| e.to_string())?)
        }
        Some(Wire::Flow(number)) => ShockTarget::Flow(flow(number).ok_or("expected a flow")?),
        Some(Wire::Series(key)) => {
            ShockTarget::Series(SeriesKey::parse(&within(key)?).map_err(|e| e.to_string())?)
        }
        Some(Wire::Rate(code)) => {
            ShockTarget::Rate(Currency::parse(&within(code)?).map_err(|e| e.to_string())?)
        }
        Some(Wire::Regressor(name)) => ShockTarget::Regressor(within(name)?),
    };
    let months = Span::parse(&within(wire.months)?).map_err(|e| e.to_string())?;
    let changes: Vec<f64> = wire.changes.iter().map(|change| 100.0 * change).collect();
    let sizes = [
        (!changes.is_empty()).then_some(ShockSize::Percent(changes)),
        (!wire.percent.is_empty()).then_some(ShockSize::Percent(wire.percent)),
        (!wire.amounts.is_empty()).then_some(ShockSize::Amount(wire.amounts)),
        (!wire.values.is_empty()).then_some(ShockSize::Value(wire.values)),
    ];
    let mut sizes = sizes.into_iter().flatten();
    let (Some(size), None) = (sizes.next(), sizes.next()) else {
        return Err("expected exactly one of changes, amounts, values and percent".to_owned());
    };
    Shock::new(target, size, months).map_err(|e| e.to_string())
}

impl From<&Shock> for pb::Shock {
    fn from(shock: &Shock) -> Self {
        use pb::shock::Target as Wire;
        let target = match shock.target() {
            ShockTarget::Partner(code) => Wire::Partner(code.to_string()),
            ShockTarget::Flow(flow) => Wire::Flow(pb::Flow::from(*flow).into()),
            ShockTarget::Series(key) => Wire::Series(key.to_string()),
            ShockTarget::Rate(currency) => Wire::Rate(currency.to_string()),
            ShockTarget::Regressor(name) => Wire::Regressor(name.clone()),
        };
        let mut wire = Self {
            target: Some(target),
            months: shock.months().to_string(),
            ..Self::default()
        };
        match shock.size().clone() {
            ShockSize::Percent(numbers) => wire.percent = numbers,
            ShockSize::Amount(numbers) => wire.amounts = numbers,
            ShockSize::Value(numbers) => wire.values = numbers,
        }
        wire
    }
}

/// Write a part of the result from the figures of `version`.
pub(in crate::service) fn message(
    update: ScenarioUpdate,
    version: u64,
) -> pb::StreamScenarioResponse {
    let (series, update) = match update {
        ScenarioUpdate::Series(series) => {
            let requested = series.requested.clone();
            (requested, Update::Outcome(series.into()))
        }
        ScenarioUpdate::Failure(failure) => {
            (failure.series.clone(), Update::Failure(failure.into()))
        }
        ScenarioUpdate::Summary(summary) => {
            let keys = |keys: Vec<SeriesKey>| keys.iter().map(ToString::to_string).collect();
            let summary = pb::ScenarioSummary {
                moved: keys(summary.moved),
                unmoved: keys(summary.unmoved),
                failures: count(summary.failures),
                version,
            };
            (String::new(), Update::Summary(summary))
        }
    };
    pb::StreamScenarioResponse {
        series,
        update: Some(update),
    }
}

/// Read a part of the result; `None` for a message without one.
pub(in crate::service) fn read_message(
    message: pb::StreamScenarioResponse,
) -> Result<Option<ScenarioUpdate>, DecodeError> {
    let Some(update) = message.update else {
        return Ok(None);
    };
    Ok(Some(match update {
        Update::Outcome(outcome) => ScenarioUpdate::Series(ScenarioSeries {
            requested: message.series,
            key: decode::key("key", &outcome.key)?,
            last: decode::month("last_month", &outcome.last_month)?,
            derived: outcome.derived,
            moved: outcome.moved,
            notes: Vec::new(),
            comparisons: decode::all(outcome.readings)?,
        }),
        Update::Failure(wire) => ScenarioUpdate::Failure(failure(message.series, wire)),
        Update::Summary(summary) => {
            let keys = |keys: Vec<String>| -> Result<Vec<SeriesKey>, DecodeError> {
                keys.iter().map(|key| decode::key("moved", key)).collect()
            };
            ScenarioUpdate::Summary(ScenarioSummary {
                moved: keys(summary.moved)?,
                unmoved: keys(summary.unmoved)?,
                failures: decode::count("failures", summary.failures)?,
            })
        }
    }))
}

impl From<ScenarioSeries> for pb::ScenarioSeries {
    fn from(series: ScenarioSeries) -> Self {
        Self {
            key: series.key.to_string(),
            last_month: series.last.to_string(),
            derived: series.derived,
            moved: series.moved,
            readings: series.comparisons.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Comparison> for pb::ScenarioEstimate {
    fn from(comparison: &Comparison) -> Self {
        let (value, growth) = (&comparison.value, comparison.growth.as_ref());
        Self {
            measure: pb::GrowthMeasure::from(comparison.measure).into(),
            span: comparison.span.to_string(),
            value_baseline: Some((&value.baseline).into()),
            value_scenario: Some((&value.scenario).into()),
            value_change: Some((&value.change).into()),
            growth_baseline: growth.map(|growth| (&growth.baseline).into()),
            growth_scenario: growth.map(|growth| (&growth.scenario).into()),
            growth_points: growth.map(|growth| (&growth.points).into()),
        }
    }
}

impl TryFrom<pb::ScenarioEstimate> for Comparison {
    type Error = DecodeError;

    fn try_from(wire: pb::ScenarioEstimate) -> Result<Self, DecodeError> {
        let summary =
            |field, wire: Option<pb::Distribution>| -> Result<DistributionSummary, DecodeError> {
                wire.map(Into::into)
                    .ok_or_else(|| DecodeError::missing(field))
            };
        let growth = match wire.growth_baseline {
            None => None,
            Some(baseline) => Some(GrowthShift {
                baseline: baseline.try_into()?,
                scenario: decode::required("growth_scenario", wire.growth_scenario)?,
                points: summary("growth_points", wire.growth_points)?,
            }),
        };
        Ok(Self {
            measure: measure(wire.measure)?,
            span: decode::span("span", &wire.span)?,
            value: Shift {
                baseline: summary("value_baseline", wire.value_baseline)?,
                scenario: summary("value_scenario", wire.value_scenario)?,
                change: summary("value_change", wire.value_change)?,
            },
            growth,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_fields::field;
    use super::*;

    fn request() -> pb::StreamScenarioRequest {
        let shock = pb::Shock {
            target: Some(pb::shock::Target::Partner("MEX".to_owned())),
            months: "2026".to_owned(),
            percent: vec![-10.0],
            ..Default::default()
        };
        let regressor = pb::Regressor {
            name: "oil".to_owned(),
            first_month: "2020-01".to_owned(),
            values: vec![1.0],
            series: String::new(),
        };
        pb::StreamScenarioRequest {
            series: vec!["USA.MEX.M.TOTAL.USD".to_owned()],
            shocks: vec![shock],
            regressors: vec![regressor],
            ..Default::default()
        }
    }

    #[test]
    fn a_request_that_cannot_be_used_names_its_field() {
        let checked = ScenarioRequest::try_from(request()).unwrap();
        assert_eq!(checked.request.horizon(), 12);
        assert_eq!(checked.regressors.names(), ["oil"]);
        type Spoil = fn(&mut pb::StreamScenarioRequest);
        let cases: [(Spoil, &str); 20] = [
            (|r| r.series.clear(), "series"),
            (
                |r| r.series = (0..1001).map(|k| k.to_string()).collect(),
                "series",
            ),
            (
                |r| r.series.push("usa.mex.m.total.usd".to_owned()),
                "series",
            ),
            (|r| r.shocks.clear(), "shocks"),
            (|r| r.shocks[0].target = None, "shocks"),
            (
                |r| r.shocks[0].target = Some(pb::shock::Target::Flow(0)),
                "shocks",
            ),
            (|r| r.shocks[0].months = "soon".to_owned(), "shocks"),
            (|r| r.shocks[0].percent.clear(), "shocks"),
            (|r| r.shocks[0].percent = vec![1.0; 5], "shocks"),
            (|r| r.shocks[0].percent = vec![-100.5], "shocks"),
            (|r| r.shocks[0].values = vec![1.0], "shocks"),
            (|r| r.horizon = 121, "horizon"),
            (|r| r.levels = vec![0.8], "levels"),
            (|r| r.measures = vec![9], "measures"),
            (|r| r.as_of = "soon".to_owned(), "as_of"),
            (|r| r.currency = "DOLLARS".to_owned(), "currency"),
            (|r| r.regressors[0].name.clear(), "regressors"),
            (|r| r.regressors.push(r.regressors[0].clone()), "regressors"),
            (|r| r.regressors[0].first_month.clear(), "regressors"),
            (|r| r.regressors[0].values[0] = f64::NAN, "regressors"),
        ];
        for (spoil, expected) in cases {
            let mut bad = request();
            spoil(&mut bad);
            assert_eq!(field(ScenarioRequest::try_from(bad).unwrap_err()), expected);
        }
    }

    #[test]
    fn a_request_survives_the_wire() {
        let mut wire = request();
        wire.regressors.push(pb::Regressor {
            name: "rate".to_owned(),
            first_month: "2019-11".to_owned(),
            values: vec![1.0, 2.0],
            series: String::new(),
        });
        wire.measures = vec![pb::GrowthMeasure::Quarter.into()];
        let again =
            pb::StreamScenarioRequest::from(&ScenarioRequest::try_from(wire.clone()).unwrap());
        assert_eq!(
            (again.shocks, again.regressors, again.measures),
            (wire.shocks, wire.regressors, wire.measures)
        );
    }
}
