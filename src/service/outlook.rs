//! `OutlookService`: where a pair's year ends, how sure, and why.

use super::pb::outlook_service_server::OutlookService;
use super::run::prepare;
use super::shared::Shared;
use super::{ServiceError, pb};
use crate::pipeline::outlook::PreparedOutlook;
use crate::pipeline::{Engine, OutlookPlan, OutlookRequest};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Answers calls for outlooks.
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
        let wire = request.into_inner();
        let version = wire.version;
        let request = OutlookRequest::try_from(wire)?;
        let pinned = self.shared.engine_at(version).await?;
        let plan = self
            .shared
            .compute
            .run(move || pinned.plan_outlook(request));
        let plan = plan.await.map_err(ServiceError::from)?;
        let plan = plan.map_err(ServiceError::from)?;
        // Panel models are fitted in turn; the plan finds the model that is fitted here.
        if let Some(forecasts) = plan.forecasts() {
            prepare(&self.shared, forecasts.clone()).await?;
        }
        let work = self.shared.compute.run(move || answer(&plan.prepare()));
        Ok(Response::new(work.await.map_err(ServiceError::from)??))
    }
}

fn answer(plan: &PreparedOutlook) -> Result<pb::GetOutlookResponse, ServiceError> {
    Ok(pb::GetOutlookResponse {
        version: plan.inputs().snapshot().version().unwrap_or(0),
        ..(&plan.run()?).into()
    })
}

/// The answer, computed on the threads of the caller.
///
/// # Errors
/// Too little is known of the pair, or the request does not fit what is known.
pub fn get(
    engine: &Engine,
    request: &OutlookRequest,
) -> Result<pb::GetOutlookResponse, ServiceError> {
    let plan = OutlookPlan::new(engine, engine.snapshot(), request.clone())?;
    answer(&plan.prepare())
}
