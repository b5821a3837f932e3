//! `OutlookService`: where the year of a pair of partners ends, how certain that is, and why.

use super::convert::outlook::outlook_response;
use super::convert::outlook_history::{change_request, record_request};
use super::deadline::Deadline;
use super::lanes::JobKind;
use super::outlook_history::{BYTES_A_PATH, ChangeInProgress, InProgress, RecordInProgress};
use super::pb_server::outlook_service_server::OutlookService;
use super::run::prepare;
use super::shared::Shared;
use super::updates::{UpdateSender, UpdateStream, update_stream};
use super::versions::PinnedEngine;
use super::{ServiceError, pb};
use crate::pipeline::OutlookRequest;
use crate::pipeline::outlook::PreparedOutlook;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Handler of calls for outlooks.
#[derive(Debug)]
pub(super) struct OutlookHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl OutlookService for OutlookHandler {
    async fn get_outlook(
        &self,
        request: Request<pb::GetOutlookRequest>,
    ) -> Result<Response<pb::GetOutlookResponse>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let deadline = Deadline::of(&metadata);
        let version = wire.version;
        let request = OutlookRequest::try_from(wire)?;
        let outlook = outlook(&self.shared, version, request, deadline);
        Ok(Response::new(deadline.bound(outlook).await?))
    }

    async fn get_outlook_change(
        &self,
        request: Request<pb::GetOutlookChangeRequest>,
    ) -> Result<Response<pb::GetOutlookChangeResponse>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let deadline = Deadline::of(&metadata);
        let request = change_request(wire.outlook, &wire.since)?;
        let begun = ChangeInProgress::new(&self.shared, request, deadline);
        let change = whole(begun, deadline).await?;
        Ok(Response::new(change.as_ref().into()))
    }

    async fn get_outlook_record(
        &self,
        request: Request<pb::GetOutlookRecordRequest>,
    ) -> Result<Response<pb::GetOutlookRecordResponse>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let deadline = Deadline::of(&metadata);
        let request = record_request(wire.outlook, &wire.from)?;
        let begun = RecordInProgress::new(&self.shared, request, deadline);
        let record = whole(begun, deadline).await?;
        Ok(Response::new((&record).into()))
    }

    type StreamOutlookChangeStream = UpdateStream;

    async fn stream_outlook_change(
        &self,
        request: Request<pb::StreamOutlookChangeRequest>,
    ) -> Result<Response<Self::StreamOutlookChangeStream>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let call = self.shared.limits.admit(&extensions)?;
        let deadline = Deadline::of(&metadata);
        let request = change_request(wire.outlook, &wire.since)?;
        let stream = update_stream(&self.shared, call, &metadata)?;
        let begun = ChangeInProgress::new(&self.shared, request, deadline);
        Ok(Response::new(streamed(begun, deadline, stream).await?))
    }

    type StreamOutlookRecordStream = UpdateStream;

    async fn stream_outlook_record(
        &self,
        request: Request<pb::StreamOutlookRecordRequest>,
    ) -> Result<Response<Self::StreamOutlookRecordStream>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let call = self.shared.limits.admit(&extensions)?;
        let deadline = Deadline::of(&metadata);
        let request = record_request(wire.outlook, &wire.from)?;
        let stream = update_stream(&self.shared, call, &metadata)?;
        let begun = RecordInProgress::new(&self.shared, request, deadline);
        Ok(Response::new(streamed(begun, deadline, stream).await?))
    }
}

/// Admit and compute outlooks of several days.
async fn whole<P: InProgress>(
    begun: impl Future<Output = Result<P, ServiceError>>,
    deadline: Deadline,
) -> Result<P::Whole, ServiceError> {
    let work = async { begun.await?.whole().await };
    deadline.bound(work).await
}

/// Admit outlooks of several days, then send each part as it is ready.
async fn streamed<P: InProgress + 'static>(
    begun: impl Future<Output = Result<P, ServiceError>>,
    deadline: Deadline,
    (sender, updates): (UpdateSender<P::Message>, UpdateStream),
) -> Result<UpdateStream, ServiceError> {
    let begun = deadline.bound(begun).await?;
    tokio::spawn(async move { sender.drive(begun.stream(&sender)).await });
    Ok(updates)
}

/// Plan an outlook, fit its panel model and run it.
async fn outlook(
    shared: &Shared,
    version: Option<u64>,
    request: OutlookRequest,
    deadline: Deadline,
) -> Result<pb::GetOutlookResponse, ServiceError> {
    let pinned = shared.engine_at(version).await?;
    // Targets of one outlook are read from the same draws: a slider draws nothing anew.
    let kept = pinned.kept_outlook(&request.clone().without_target());
    if let Some(found) = kept.and_then(|kept| kept.with_target(request.target())) {
        return Ok(outlook_response(&found, pinned.snapshot().version()));
    }
    let lane = &shared.lanes.heavy;
    let job = lane.admit(JobKind::Outlook, request.paths(), 1, deadline)?;
    let _memory = shared
        .memory
        .reserve(BYTES_A_PATH * request.paths() as u64)?;
    let _busy = job.busy();
    let planning = pinned.clone();
    let plan = job.run(move || planning.plan_outlook(request)).await??;
    // Panel models are fitted in turn; the plan finds the model that is fitted here.
    if let Some(forecasts) = plan.forecasts() {
        prepare(shared, &job, forecasts.clone()).await?;
    }
    let response = job
        .run(move || response(&pinned, &plan.prepare()))
        .await??;
    job.finish();
    Ok(response)
}

/// Run a prepared outlook, and keep it where no panel model has a part in it.
fn response(
    pinned: &PinnedEngine,
    plan: &PreparedOutlook,
) -> Result<pb::GetOutlookResponse, ServiceError> {
    let outlook = pinned.run_outlook(plan)?;
    if let PreparedOutlook::FromReleases { inputs } = plan
        && let Some(plain) = outlook.with_target(None)
    {
        pinned.keep_outlook(inputs.request().clone().without_target(), &Arc::new(plain));
    }
    Ok(outlook_response(
        &outlook,
        plan.inputs().snapshot().version(),
    ))
}
