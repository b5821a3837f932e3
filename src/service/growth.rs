//! `GrowthService`: growth that has happened, and what published figures say of it.

use super::convert::growth::GrowthRequest;
use super::pb::growth_service_server::GrowthService;
use super::shared::Shared;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::pipeline::growth_review::growth_review;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Answers calls about growth.
#[derive(Debug)]
pub(super) struct GrowthHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl GrowthService for GrowthHandler {
    async fn get_growth(
        &self,
        request: Request<pb::GetGrowthRequest>,
    ) -> Result<Response<pb::GetGrowthResponse>, Status> {
        let request = GrowthRequest::try_from(request.into_inner())?;
        let snapshot = self.shared.engine_at(request.version).await?.snapshot();
        let found = self.shared.compute.run(move || get(&snapshot, &request));
        Ok(Response::new(found.await.map_err(ServiceError::from)??))
    }
}

/// The account of a subject.
///
/// # Errors
/// There is no figure of it, or no exchange rate to the currency asked for.
pub fn get(
    snapshot: &Snapshot,
    request: &GrowthRequest,
) -> Result<pb::GetGrowthResponse, ServiceError> {
    let found = growth_review(
        snapshot,
        &request.subject,
        request.vintage,
        request.currency,
    )?;
    Ok(pb::GetGrowthResponse {
        subject: request.subject.to_string(),
        monthly: found.monthly.iter().map(Into::into).collect(),
        published: found.published.iter().map(Into::into).collect(),
        contributions: found.contributions.into_iter().map(Into::into).collect(),
        contradictions: found.contradictions.iter().map(Into::into).collect(),
        version: snapshot.version().unwrap_or(0),
    })
}
