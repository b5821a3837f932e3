//! `ForecastService.StreamScenario`: every series in the baseline and in the scenario.

use super::convert::{check_series, count, currency, or, refuse, vintage};
use super::pb::stream_scenario_response::Update;
use super::run::prepare;
use super::shared::Shared;
use super::updates::{Disconnected, UpdateSender};
use super::{ServiceError, pb};
use crate::growth::DistributionSummary;
use crate::growth::comparison::Comparison;
use crate::pipeline::scenario::{Shock, ShockSize, ShockTarget};
use crate::pipeline::{
    ForecastRequest, Plan, Scenario, ScenarioResult, ScenarioRunError, run_scenario,
};
use crate::projection::Method;
use crate::trade::{Code, Currency, Flow, Month, Regressors, SeriesKey, Span};
use std::sync::Arc;

/// Series of a scenario at most.
const MAX_SERIES: usize = 1000;
/// Shocks at most.
const MAX_SHOCKS: usize = 100;
/// Regressors at most.
const MAX_REGRESSORS: usize = 20;
/// Numbers of a regressor at most: two hundred years of months.
const MAX_NUMBERS: usize = 2400;

/// A scenario, checked.
#[derive(Debug, Clone)]
pub struct Scenarios {
    /// What is asked.
    pub scenario: Scenario,
    /// How each series is forecast.
    pub request: ForecastRequest,
    /// The user's own regressors.
    pub regressors: Arc<Regressors>,
}

impl TryFrom<pb::StreamScenarioRequest> for Scenarios {
    type Error = ServiceError;

    fn try_from(wire: pb::StreamScenarioRequest) -> Result<Self, ServiceError> {
        if wire.series.is_empty() || wire.series.len() > MAX_SERIES {
            let reason = format!("expected 1 to {MAX_SERIES} keys, not {}", wire.series.len());
            return Err(refuse("series", reason));
        }
        check_series(&wire.series)?;
        if wire.shocks.is_empty() || wire.shocks.len() > MAX_SHOCKS {
            let reason = format!(
                "expected 1 to {MAX_SHOCKS} shocks, not {}",
                wire.shocks.len()
            );
            return Err(refuse("shocks", reason));
        }
        let shocks = wire.shocks.into_iter().enumerate();
        let shocks = shocks.map(|(k, wire)| {
            shock(wire).map_err(|reason| refuse("shocks", format!("at position {k}: {reason}")))
        });
        let shocks: Vec<Shock> = shocks.collect::<Result<_, _>>()?;
        let currency = currency(&wire.currency)?;
        let method = wire.method.parse::<Method>();
        let method = method.map_err(|e| refuse("method", e.to_string()))?;
        let paths = i64::try_from(ForecastRequest::PATHS).unwrap_or(i64::MAX);
        let request = ForecastRequest::new(
            or(wire.horizon, 12),
            &wire.levels,
            vintage("as_of", &wire.as_of)?,
            wire.seed,
            method,
            or(wire.paths, paths),
        )?;
        Ok(Self {
            scenario: Scenario {
                series: wire.series,
                shocks,
                currency,
            },
            request,
            regressors: Arc::new(regressors(&wire.regressors)?),
        })
    }
}

/// A shock, or what is wrong with it.
fn shock(wire: pb::Shock) -> Result<Shock, String> {
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
        Some(Wire::Flow(flow)) => ShockTarget::Flow(match pb::Flow::try_from(flow) {
            Ok(pb::Flow::Exports) => Flow::Exports,
            Ok(pb::Flow::Imports) => Flow::Imports,
            Ok(pb::Flow::Total) => Flow::Total,
            Ok(pb::Flow::Balance) => Flow::Balance,
            Ok(pb::Flow::Unspecified) | Err(_) => return Err("expected a flow".to_owned()),
        }),
        Some(Wire::Series(key)) => {
            ShockTarget::Series(SeriesKey::parse(&within(key)?).map_err(|e| e.to_string())?)
        }
        Some(Wire::Rate(code)) => {
            ShockTarget::Rate(Currency::parse(&within(code)?).map_err(|e| e.to_string())?)
        }
        Some(Wire::Regressor(name)) => ShockTarget::Regressor(within(name)?),
    };
    let months = Span::parse(&within(wire.months)?).map_err(|e| e.to_string())?;
    let sizes = [
        (!wire.percent.is_empty()).then_some(ShockSize::Percent(wire.percent)),
        (!wire.amounts.is_empty()).then_some(ShockSize::Amount(wire.amounts)),
        (!wire.values.is_empty()).then_some(ShockSize::Value(wire.values)),
    ];
    let mut sizes = sizes.into_iter().flatten();
    let (Some(size), None) = (sizes.next(), sizes.next()) else {
        return Err("expected exactly one of percent, amounts and values".to_owned());
    };
    Shock::new(target, size, months).map_err(|e| e.to_string())
}

/// The regressors of a request, for all series alike; none where there are none.
fn regressors(wire: &[pb::Regressor]) -> Result<Regressors, ServiceError> {
    let wrong = |reason: String| Err(refuse("regressors", reason));
    if wire.len() > MAX_REGRESSORS {
        return wrong(format!(
            "expected at most {MAX_REGRESSORS}, not {}",
            wire.len()
        ));
    }
    let mut firsts = Vec::with_capacity(wire.len());
    for (k, regressor) in wire.iter().enumerate() {
        let name = regressor.name.trim();
        if name.is_empty() || name.len() > 100 {
            return wrong(format!(
                "at position {k}: expected a name of 1 to 100 bytes"
            ));
        }
        if wire[..k].iter().any(|other| other.name.trim() == name) {
            return wrong(format!("expected every name once, `{name}` is repeated"));
        }
        let first = Month::parse(&regressor.first_month);
        match first {
            Ok(first) => firsts.push(first),
            Err(error) => return wrong(format!("{name}: first_month: {error}")),
        }
        let numbers = regressor.values.len();
        if numbers == 0 || numbers > MAX_NUMBERS {
            return wrong(format!(
                "{name}: expected 1 to {MAX_NUMBERS} values, not {numbers}"
            ));
        }
        if let Some(value) = regressor.values.iter().find(|v| !v.is_finite()) {
            return wrong(format!("{name}: expected numbers, not {value}"));
        }
    }
    let names = wire
        .iter()
        .map(|regressor| regressor.name.trim().to_owned());
    let mut all = Regressors::new(names.collect());
    let ends = firsts.iter().zip(wire);
    let ends = ends.map(|(first, r)| first.forward(r.values.len()));
    if let (Some(first), Some(end)) = (firsts.iter().min(), ends.max()) {
        let number = |month: Month, (begin, r): (&Month, &pb::Regressor)| {
            let at = month.index_from(*begin);
            at.and_then(|at| r.values.get(at))
                .copied()
                .unwrap_or(f64::NAN)
        };
        let row = |k: i32| {
            let month = first.plus(k);
            let numbers = firsts.iter().zip(wire).map(|of| number(month, of));
            (month, numbers.collect())
        };
        let rows: Vec<(Month, Vec<f64>)> = (0..end.since(*first)).map(row).collect();
        all.insert(None, &rows);
    }
    Ok(all)
}

impl From<ScenarioRunError> for ServiceError {
    fn from(error: ScenarioRunError) -> Self {
        match error {
            ScenarioRunError::Shock(error) => refuse("shocks", error.to_string()),
            ScenarioRunError::TooLarge { .. } => refuse("paths", error.to_string()),
            ScenarioRunError::NoRate { from, to } => Self::NoRate { from, to },
            ScenarioRunError::Projection(error) => Self::Forecast(error.into()),
            ScenarioRunError::Contradiction { .. } => Self::Contradiction {
                reason: error.to_string(),
            },
        }
    }
}

/// Learns from the panel, runs the scenario, then reads each series and sends it.
pub(super) async fn stream(
    shared: &Shared,
    plan: Arc<Plan>,
    scenario: Scenario,
    sender: &UpdateSender<pb::StreamScenarioResponse>,
) -> Result<(), Disconnected> {
    if let Err(error) = prepare(shared, &plan).await {
        sender.fail(error).await;
        return Ok(());
    }
    let version = plan.snapshot().version().unwrap_or(0);
    let run = shared
        .compute
        .run(move || run_scenario(&plan, &scenario))
        .await;
    let found = match run.map_err(ServiceError::from).and_then(|run| Ok(run?)) {
        Ok(found) => Arc::new(found),
        Err(error) => {
            sender.fail(error).await;
            return Ok(());
        }
    };
    for failure in failures(&found) {
        sender.send(failure).await?;
    }
    let series = found.series().len();
    for k in 0..series {
        let of = Arc::clone(&found);
        match shared.compute.run(move || outcome(&of, k)).await {
            Ok(outcome) => sender.send(outcome).await?,
            Err(error) => {
                sender.fail(error.into()).await;
                return Ok(());
            }
        }
    }
    let last = shared.compute.run(move || summary(&found, version)).await;
    match last {
        Ok(summary) => sender.send(summary).await?,
        Err(error) => sender.fail(error.into()).await,
    }
    Ok(())
}

/// The whole answer, for a caller in this process.
///
/// # Errors
/// A shock that cannot be, no exchange rate, or too many draws.
pub fn answer(
    plan: &Plan,
    scenario: &Scenario,
) -> Result<Vec<pb::StreamScenarioResponse>, ServiceError> {
    let found = run_scenario(plan, scenario)?;
    let mut messages = failures(&found);
    messages.extend((0..found.series().len()).map(|k| outcome(&found, k)));
    messages.push(summary(&found, plan.snapshot().version().unwrap_or(0)));
    Ok(messages)
}

fn message(series: &str, update: Update) -> pb::StreamScenarioResponse {
    pb::StreamScenarioResponse {
        series: series.to_owned(),
        update: Some(update),
    }
}

fn failures(found: &ScenarioResult) -> Vec<pb::StreamScenarioResponse> {
    let failures = found.failures().iter();
    failures
        .map(|(key, error)| message(key, Update::Failure(error.into())))
        .collect()
}

fn outcome(found: &ScenarioResult, k: usize) -> pb::StreamScenarioResponse {
    let Some((key, told)) = found.series().nth(k) else {
        return pb::StreamScenarioResponse::default();
    };
    let readings = found.comparisons(k);
    let outcome = pb::ScenarioSeries {
        key: key.to_string(),
        last_month: told.last.to_string(),
        derived: told.derived,
        moved: found.moved(k),
        readings: readings.iter().map(Into::into).collect(),
    };
    message(&told.asked, Update::Outcome(outcome))
}

fn summary(found: &ScenarioResult, version: u64) -> pb::StreamScenarioResponse {
    let keys = |moved: bool| {
        let series = found.series().enumerate();
        let those = series.filter(move |(k, _)| found.moved(*k) == moved);
        those.map(|(_, (key, _))| key.to_string()).collect()
    };
    let summary = pb::ScenarioSummary {
        moved: keys(true),
        unmoved: keys(false),
        failures: count(found.failures().len()),
        version,
    };
    message("", Update::Summary(summary))
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

impl From<&DistributionSummary> for pb::Distribution {
    fn from(middle: &DistributionSummary) -> Self {
        Self {
            median: middle.median,
            intervals: middle.bands.iter().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_cannot_be_used_names_its_field() {
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
        };
        let good = pb::StreamScenarioRequest {
            series: vec!["USA.MEX.M.TOTAL.USD".to_owned()],
            shocks: vec![shock],
            regressors: vec![regressor],
            ..Default::default()
        };
        let checked = Scenarios::try_from(good.clone()).unwrap();
        assert_eq!(checked.request.horizon, 12);
        assert_eq!(checked.regressors.names(), ["oil"]);
        type Spoil = fn(&mut pb::StreamScenarioRequest);
        let cases: [(Spoil, &str); 19] = [
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
            (|r| r.as_of = "soon".to_owned(), "as_of"),
            (|r| r.currency = "DOLLARS".to_owned(), "currency"),
            (|r| r.regressors[0].name.clear(), "regressors"),
            (|r| r.regressors.push(r.regressors[0].clone()), "regressors"),
            (|r| r.regressors[0].first_month.clear(), "regressors"),
            (|r| r.regressors[0].values[0] = f64::NAN, "regressors"),
        ];
        for (spoil, expected) in cases {
            let mut bad = good.clone();
            spoil(&mut bad);
            let field = match Scenarios::try_from(bad).unwrap_err() {
                ServiceError::Field { field, .. } => field,
                ServiceError::Request(error) => error.field,
                other => panic!("{other} names no field"),
            };
            assert_eq!(field, expected);
        }
    }

    #[test]
    fn regressors_of_different_months_lie_side_by_side() {
        let regressor = |name: &str, first: &str, values: &[f64]| pb::Regressor {
            name: name.to_owned(),
            first_month: first.to_owned(),
            values: values.to_vec(),
        };
        let all = regressors(&[
            regressor("a", "2020-02", &[2.0, 3.0]),
            regressor("b", "2020-01", &[1.0, 2.0]),
        ]);
        let all = all.unwrap();
        let february = Month::parse("2020-02").unwrap();
        assert_eq!(
            all.columns("any", february, 1),
            Ok(vec![vec![2.0], vec![2.0]])
        );
        assert_eq!(all.columns("any", february, 2).unwrap_err().column, "b");
    }
}
