//! A prepared plan run series by series: what the calls for forecasts, watches and scenarios share.

use super::convert::forecast::updates;
use super::pb::stream_forecasts_response::Update;
use super::shared::Shared;
use super::{ServiceError, pb};
use crate::pipeline::{ForecastError, Plan, PreparedPlan, SeriesSummary};
use std::sync::Arc;

/// Fit the panel model of `plan`, one request at a time. The turn goes with the work: a caller who
/// leaves does not let the next one in before the work is done.
pub(super) async fn prepare(
    shared: &Shared,
    plan: Plan,
) -> Result<Arc<PreparedPlan>, ServiceError> {
    if plan.is_prepared() {
        return Ok(Arc::new(plan.prepare()));
    }
    let turn = Arc::clone(&shared.preparing).lock_owned().await;
    let work = shared.compute.run(move || {
        let prepared = plan.prepare();
        drop(turn);
        Arc::new(prepared)
    });
    Ok(work.await?)
}

/// Forecast one series of a prepared plan on the compute threads.
pub(super) async fn run_series(
    shared: &Shared,
    plan: Arc<PreparedPlan>,
    key: String,
) -> Vec<pb::StreamForecastsResponse> {
    let requested = key.clone();
    let messages = shared
        .compute
        .run(move || messages(&plan, &requested))
        .await;
    messages.unwrap_or_else(|error| vec![message(&key, Update::Failure(error.into()))])
}

/// Forecast one series of a prepared plan: its header, points and summary, or its failure.
pub fn messages(plan: &PreparedPlan, key: &str) -> Vec<pb::StreamForecastsResponse> {
    match updates_of(plan, key) {
        Ok(updates) => updates.into_iter().map(|u| message(key, u)).collect(),
        Err(error) => vec![message(key, Update::Failure((&error).into()))],
    }
}

fn updates_of(plan: &PreparedPlan, key: &str) -> Result<Vec<Update>, ForecastError> {
    let forecast = plan.run(key)?;
    let snapshot = plan.snapshot();
    let (name, series) = snapshot.series(key, plan.request().vintage())?;
    let summary = SeriesSummary::of(snapshot, name, &series, name.unit);
    Ok(updates(summary, &forecast, snapshot.version().unwrap_or(0)))
}

fn message(key: &str, update: Update) -> pb::StreamForecastsResponse {
    pb::StreamForecastsResponse {
        series: key.to_owned(),
        update: Some(update),
    }
}
