//! `OutlookService`: where the year of a pair of partners ends, how certain that is, and why.

use super::convert::outlook::outlook_response;
use super::pb::outlook_service_server::OutlookService;
use super::run::prepare;
use super::shared::Shared;
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
        let work = self.shared.compute.run(move || response(&plan.prepare()));
        Ok(Response::new(work.await.map_err(ServiceError::from)??))
    }
}

/// Run a prepared outlook.
fn response(plan: &PreparedOutlook) -> Result<pb::GetOutlookResponse, ServiceError> {
    let version = plan.inputs().snapshot().version();
    Ok(outlook_response(&plan.run()?, version))
}
