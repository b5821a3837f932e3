//! `GrowthService`: growth that has happened, and contradictions of published figures.

use super::convert::growth::{GrowthRequest, review_response};
use super::lanes::JobKind;
use super::pb_server::growth_service_server::GrowthService;
use super::run::read;
use super::shared::Shared;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::pipeline::growth_review;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Handler of calls for growth that has happened.
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
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let request = GrowthRequest::try_from(wire)?;
        let found = read(
            &self.shared,
            JobKind::Growth,
            &metadata,
            request.version,
            move |snapshot| review(snapshot, &request),
        );
        Ok(Response::new(found.await?))
    }
}

/// Return growth that has happened.
fn review(
    snapshot: &Snapshot,
    request: &GrowthRequest,
) -> Result<pb::GetGrowthResponse, ServiceError> {
    let GrowthRequest {
        subject,
        vintage,
        currency,
        ..
    } = request;
    let review = growth_review(snapshot, subject, *vintage, *currency)?;
    Ok(review_response(&review, snapshot.version()))
}
