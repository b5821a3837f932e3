//! `OutlookService`: where the year of a pair of partners ends, how certain that is, and why.

use super::convert::outlook::outlook_response;
use super::deadline::Deadline;
use super::lanes::JobKind;
use super::pb_server::outlook_service_server::OutlookService;
use super::run::prepare;
use super::shared::Shared;
use super::{ServiceError, pb};
use crate::pipeline::OutlookRequest;
use crate::pipeline::outlook::PreparedOutlook;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// About how many bytes a path of an outlook takes: six partners, their flows and sums, five years.
const BYTES_A_PATH: u64 = 24 << 10;

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
}

/// Plan an outlook, fit its panel model and run it.
async fn outlook(
    shared: &Shared,
    version: Option<u64>,
    request: OutlookRequest,
    deadline: Deadline,
) -> Result<pb::GetOutlookResponse, ServiceError> {
    let pinned = shared.engine_at(version).await?;
    let lane = &shared.lanes.heavy;
    let job = lane.admit(JobKind::Outlook, request.paths(), 1, deadline)?;
    let _memory = shared
        .memory
        .reserve(BYTES_A_PATH * request.paths() as u64)?;
    let _busy = job.busy();
    let plan = job.run(move || pinned.plan_outlook(request)).await??;
    // Panel models are fitted in turn; the plan finds the model that is fitted here.
    if let Some(forecasts) = plan.forecasts() {
        prepare(shared, &job, forecasts.clone()).await?;
    }
    let response = job.run(move || response(&plan.prepare())).await??;
    job.finish();
    Ok(response)
}

/// Run a prepared outlook.
fn response(plan: &PreparedOutlook) -> Result<pb::GetOutlookResponse, ServiceError> {
    let version = plan.inputs().snapshot().version();
    Ok(outlook_response(&plan.run()?, version))
}
