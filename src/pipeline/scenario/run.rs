//! A scenario run: joint draws of its series, and the same draws with the shocks applied.

use super::apply::apply_shocks;
use super::draw::draw;
use super::frame::ScenarioFrame;
use super::members::{FittedSeries, check_regressor_shock, check_size, window, with_common_months};
use super::reconciled_with::reconciled_with;
use super::request::{Scenario, ScenarioRunError};
use super::result::{ScenarioResult, SeriesInfo};
use super::shock::Shock;
use crate::pipeline::failure::ForecastError;
use crate::pipeline::plan::PreparedPlan;
use crate::projection::Assumption;
use crate::trade::SeriesKey;
use crate::work::Work;
use rayon::prelude::*;

/// Number of months before the first month ahead that every comparison needs.
const MIN_MONTHS_BEFORE: usize = 23;

/// Run a scenario. A series that cannot be forecast fails alone; exports and imports that were both
/// requested bring their total and balance with them.
///
/// Series are drawn jointly ([`crate::projection::joint_forecast`]), so that errors that occurred
/// together occur together, to the last month that the forecasts of all reach. Where totals,
/// balances or groups were requested beside all that they are made of, draws and point paths are
/// reconciled ([`crate::reconcile::reconcile`]); where nothing must hold, each series' draws are
/// those of its own forecast.
///
/// # Errors
/// A shock that does not fit the series, no rate to the currency requested, too many draws, or
/// figures that contradict each other.
pub fn run_scenario(
    plan: &PreparedPlan,
    scenario: &Scenario,
) -> Result<ScenarioResult, ScenarioRunError> {
    let request = plan.request();
    let horizon = request.horizon;
    // Before anything is fitted, by the least that will be drawn; again when months and sums are
    // known.
    let least = horizon + MIN_MONTHS_BEFORE;
    check_size(scenario.series.len(), least, request.paths)?;
    let (members, failures) = fit(plan, scenario);
    for shock in &scenario.shocks {
        check_regressor_shock(shock, plan.model(), &members, horizon)?;
    }
    let Some(window) = window(&members, horizon) else {
        return Ok(ScenarioResult::empty(failures));
    };
    let (currency, vintage) = (scenario.currency, request.vintage);
    let frame = ScenarioFrame::new(plan.snapshot(), window, &members, currency, vintage)?;
    check_size(frame.len(), window.1, request.paths)?;
    let (drawn, conditional) = draw(&members, request)?;
    let baseline = frame.joint(&drawn);
    let conditional = conditional.map(|drawn| frame.joint(&drawn));
    let before_shocks = conditional.as_ref().unwrap_or(&baseline);
    Ok(ScenarioResult {
        scenario: apply_shocks(before_shocks, &frame.fixed_in(), &scenario.shocks)?,
        baseline,
        info: info(&members, &frame),
        failures,
        horizon,
        measures: request.measures().to_vec(),
        levels: request.levels.clone(),
    })
}

/// Fit every requested series, and return those that can be drawn jointly and the failures.
fn fit<'a>(
    plan: &'a PreparedPlan,
    scenario: &'a Scenario,
) -> (Vec<FittedSeries<'a>>, Vec<(String, ForecastError)>) {
    let assumed = scenario.shocks.iter().flat_map(Shock::assumptions);
    let assumed: Vec<Assumption> = assumed.collect();
    let work = Work::current();
    let fitted: Vec<Result<FittedSeries<'_>, ForecastError>> = scenario
        .series
        .par_iter()
        .map(|requested| work.part(|| FittedSeries::fit(plan, requested, &assumed)))
        .collect();
    let (mut members, mut failures) = (Vec::new(), Vec::new());
    for (requested, fitted) in scenario.series.iter().zip(fitted) {
        match fitted {
            Ok(member) => members.push(member),
            Err(error) => failures.push((requested.clone(), error)),
        }
    }
    let (members, apart) = with_common_months(members, plan.request().horizon);
    failures.extend(apart);
    (members, failures)
}

/// Return what each series is, in the order of the frame.
fn info(members: &[FittedSeries<'_>], frame: &ScenarioFrame<'_>) -> Vec<SeriesInfo> {
    let keys: Vec<SeriesKey> = members.iter().map(|member| member.key.clone()).collect();
    let requested = members.iter().zip(reconciled_with(&keys));
    let requested = requested.map(|(member, reconciled_with)| {
        let notes = member.baseline.notes().iter().map(ToString::to_string);
        SeriesInfo {
            requested: member.requested.to_owned(),
            last: member.series.last(),
            derived: false,
            notes: notes.chain(reconciled_with).collect(),
        }
    });
    let derived = frame.derived().map(|(key, last)| SeriesInfo {
        requested: key.to_string(),
        last,
        derived: true,
        notes: Vec::new(),
    });
    requested.chain(derived).collect()
}

#[cfg(test)]
mod tests;
