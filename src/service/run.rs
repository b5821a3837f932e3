//! A prepared plan run series by series: what the calls for forecasts, watches and scenarios share.

use super::compute::ComputeError;
use super::convert::forecast::updates;
use super::deadline::Deadline;
use super::encoded::Encoded;
use super::lanes::{Job, JobKind};
use super::pb::stream_forecasts_response::Update;
use super::results::{ResultKey, SeriesMessages};
use super::shared::Shared;
use super::versions::PinnedEngine;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::pipeline::{
    ForecastError, ForecastRequest, Plan, PreparedPlan, SeriesFailure, SeriesSummary, TotalError,
    total,
};
use crate::trade::SeriesKey;
use std::sync::Arc;
use tonic::metadata::MetadataMap;

/// The name of a total that cannot be computed.
const TOTAL: &str = "total";

/// Read the figures of a version in the lane of reads.
pub(super) async fn read<T: Send + 'static>(
    shared: &Shared,
    kind: JobKind,
    metadata: &MetadataMap,
    version: Option<u64>,
    read: impl FnOnce(&Snapshot) -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    let deadline = Deadline::of(metadata);
    let work = async {
        let snapshot = shared.engine_at(version).await?.snapshot();
        let job = shared.lanes.reads.admit(kind, 1, 1, deadline)?;
        let _busy = job.busy();
        let found = job.run(move || read(&snapshot)).await?;
        job.finish();
        found
    };
    deadline.bound(work).await
}

/// Plan `request` on the latest figures, or on those before while the panel model of many series is
/// being fitted to the latest.
pub(super) fn ready_plan(
    shared: &Arc<Shared>,
    pinned: &PinnedEngine,
    request: ForecastRequest,
) -> Plan {
    let plan = pinned.plan(request);
    if plan.is_prepared() {
        return plan;
    }
    let Some(before) = pinned.plan_before(&plan) else {
        return plan;
    };
    if plan.claim() {
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let size = plan.snapshot().keys().len();
            let job = shared.lanes.cold.enter(JobKind::PanelModel, size, 1);
            match prepare(&shared, &job, plan.clone()).await {
                Ok(_) => job.finish(),
                Err(error) => {
                    plan.release_claim();
                    tracing::warn!(cause = %error, "a panel model was not fitted ahead");
                }
            }
        });
    }
    before
}

/// Return `job`, whose parts forecast one series of `plan` each.
///
/// # Errors
/// One series takes more memory than a part of a call may.
pub(super) fn with_series_of(shared: &Shared, job: Job, plan: &Plan) -> Result<Job, ServiceError> {
    let bytes = plan.bytes_of_series() as u64;
    shared.memory.check_share(bytes)?;
    Ok(job.with_parts_of(bytes, shared.memory.lane_bytes()))
}

/// Fit the panel model of `plan` as a part of `job`, one request at a time. The turn goes with the
/// work: a caller who leaves does not let the next one in before the work has ended.
pub(super) async fn prepare(
    shared: &Shared,
    job: &Job,
    plan: Plan,
) -> Result<Arc<PreparedPlan>, ServiceError> {
    if plan.is_prepared() {
        return Ok(Arc::new(plan.prepare()));
    }
    let turn = Arc::clone(&shared.preparing).lock_owned().await;
    let room = if plan.is_prepared() {
        None
    } else {
        Some(shared.make_room(plan.bytes_to_fit() as u64).await?)
    };
    let work = job.timed(move || {
        let prepared = plan.prepare();
        drop((turn, room));
        Arc::new(prepared)
    });
    Ok(shared.lanes.cold.compute.run(work).await?)
}

/// Return the messages of each of `series` of `plan`: those of an earlier request for the same, or
/// else computed as one part of `job`.
pub(super) async fn series_messages(
    shared: &Shared,
    job: &Job,
    plan: Arc<PreparedPlan>,
    key: &ResultKey,
    series: &[String],
) -> Vec<SeriesMessages> {
    let found = part_messages(shared, job, &plan, key, series).await;
    let mut all = Vec::with_capacity(series.len());
    for (one, mut found) in series.iter().zip(found) {
        // The panic that ended the part may have been another's.
        if found.is_none() && series.len() > 1 {
            let alone = std::slice::from_ref(one);
            let alone = part_messages(shared, job, &plan, key, alone).await;
            found = alone.into_iter().next().flatten();
        }
        let failed = || {
            let failure = Update::Failure(ComputeError.into());
            Arc::from([Encoded::of(&message(one, failure))])
        };
        all.push(found.unwrap_or_else(failed));
    }
    all
}

/// Return the messages of each of `series`, or `None` where the part that computed them panicked.
async fn part_messages(
    shared: &Shared,
    job: &Job,
    plan: &Arc<PreparedPlan>,
    key: &ResultKey,
    series: &[String],
) -> Vec<Option<SeriesMessages>> {
    let found = shared.results.find_or_compute(key, series, |missing| {
        let plan = Arc::clone(plan);
        let (compute, permits) = (job.lane().compute.clone(), job.permits());
        let of_one = move |key: &String| messages(&plan, key).iter().map(Encoded::of).collect();
        let work = job.timed(move || missing.iter().map(of_one).collect());
        async move { compute.run_with(permits, work).await.ok() }
    });
    found.await
}

/// Forecast one series of a prepared plan as a part of `job`.
pub(super) async fn run_series(
    job: &Job,
    plan: Arc<PreparedPlan>,
    key: String,
) -> Vec<pb::StreamForecastsResponse> {
    let requested = key.clone();
    let messages = job.run(move || messages(&plan, &requested)).await;
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

/// Forecast the total over series of a prepared plan as a part of `job`.
pub(super) async fn run_total(
    job: &Job,
    plan: Arc<PreparedPlan>,
    keys: Vec<String>,
) -> Vec<pb::StreamForecastsResponse> {
    let messages = job.run(move || total_messages(&plan, &keys)).await;
    messages.unwrap_or_else(|error| vec![message(TOTAL, Update::Failure(error.into()))])
}

/// Forecast the total over series of a prepared plan: its header, points and summary, or its
/// failure.
fn total_messages(plan: &PreparedPlan, keys: &[String]) -> Vec<pb::StreamForecastsResponse> {
    let found = total(plan, keys).map(|forecast| {
        let key = SeriesKey::parse(&forecast.id).ok()?;
        let summary = SeriesSummary {
            unit: key.unit,
            key,
            months: Some((forecast.first, forecast.last)),
            observed: forecast.last.count_from(forecast.first) - forecast.gaps,
            gaps: forecast.gaps,
            source: String::new(),
        };
        let version = plan.snapshot().version().unwrap_or(0);
        let updates = updates(summary, &forecast, version).into_iter();
        Some(
            updates
                .map(|update| message(&forecast.id, update))
                .collect(),
        )
    });
    match found {
        Ok(Some(messages)) => messages,
        // The key of a total is a key by its making.
        Ok(None) => Vec::new(),
        Err(error) => {
            let failure = total_failure(&error).into();
            vec![message(TOTAL, Update::Failure(failure))]
        }
    }
}

/// Return why series have no total.
pub fn total_failure(error: &TotalError) -> SeriesFailure {
    SeriesFailure {
        series: TOTAL.to_owned(),
        code: tonic::Code::FailedPrecondition.into(),
        reason: "NO_TOTAL".to_owned(),
        message: error.to_string(),
    }
}

fn message(key: &str, update: Update) -> pb::StreamForecastsResponse {
    pb::StreamForecastsResponse {
        series: key.to_owned(),
        update: Some(update),
    }
}
