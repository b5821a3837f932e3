//! `ForecastService.StreamScenario`: every series in the baseline and in the scenario.

use super::convert::fields::refuse;
use super::convert::scenario::{ScenarioUpdate, message};
use super::lanes::Job;
use super::run::prepare;
use super::shared::Shared;
use super::status::series_failure;
use super::updates::{Disconnected, UpdateSender};
use super::{ServiceError, pb};
use crate::pipeline::{
    Plan, Scenario, ScenarioResult, ScenarioRunError, SeriesFailure, run_scenario,
};
use std::sync::Arc;

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

/// Return about how many bytes a scenario holds until its last series is sent: both sides, and one
/// more while shocks are applied, each of so many months before the first month ahead.
pub(super) fn bytes(plan: &Plan, scenario: &Scenario) -> u64 {
    const MONTHS_BEFORE: usize = 36;
    let request = plan.request();
    let months = request.horizon() + MONTHS_BEFORE;
    let numbers = scenario.series().len() * months * request.paths();
    (3 * numbers * size_of::<f64>()) as u64
}

/// Fit the panel model, run the scenario, then read each series and send it.
pub(super) async fn stream(
    shared: &Shared,
    job: Job,
    plan: Plan,
    scenario: Scenario,
    sender: &UpdateSender<pb::StreamScenarioResponse>,
) -> Result<(), Disconnected> {
    let busy = job.busy();
    let plan = match prepare(shared, &job, plan).await {
        Ok(plan) => plan,
        Err(error) => {
            sender.fail(error).await;
            return Ok(());
        }
    };
    let version = plan.snapshot().version().unwrap_or(0);
    let run = move || run_scenario(&plan, &scenario);
    let run = job.run(run).await;
    let result = match run.map_err(ServiceError::from).and_then(|run| Ok(run?)) {
        Ok(result) => Arc::new(result),
        Err(error) => {
            sender.fail(error).await;
            return Ok(());
        }
    };
    drop(busy);
    for failure in failures(&result) {
        let update = ScenarioUpdate::Failure(failure);
        sender.send(message(update, version)).await?;
    }
    let series = result.series().len();
    for k in 0..series {
        let of = Arc::clone(&result);
        match job.run(move || of.series_outcome(k)).await {
            Ok(None) => {}
            Ok(Some(outcome)) => {
                let update = ScenarioUpdate::Series(outcome);
                sender.send(message(update, version)).await?;
            }
            Err(error) => {
                sender.fail(error.into()).await;
                return Ok(());
            }
        }
    }
    match job.run(move || result.summary()).await {
        Ok(summary) => {
            let update = ScenarioUpdate::Summary(summary);
            sender.send(message(update, version)).await?;
        }
        Err(error) => sender.fail(error.into()).await,
    }
    job.finish();
    Ok(())
}

/// Return why series of a scenario have no forecast.
pub fn failures(result: &ScenarioResult) -> impl Iterator<Item = SeriesFailure> {
    let failures = result.failures().iter();
    failures.map(|(key, error)| series_failure(key, error))
}
