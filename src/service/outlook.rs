//! `OutlookService`: where a pair's year ends, how sure, and why.

use super::pb::outlook_service_server::OutlookService;
use super::run::prepare;
use super::shared::Shared;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::pipeline::{Engine, ForecastRequest, OutlookRequest, outlook};
use crate::projection::{Method, PanelModel};
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
        let asked = OutlookRequest::try_from(wire)?;
        let pinned = self.shared.engine_at(version).await?;
        let snapshot = pinned.snapshot();
        let horizon = {
            let (asked, snapshot) = (asked.clone(), Arc::clone(&snapshot));
            self.shared.compute.run(move || asked.horizon(&snapshot))
        };
        let horizon = horizon.await.map_err(ServiceError::from)?;
        let request = learning(&asked, horizon.map_err(ServiceError::from)?);
        let plan = request.map(|request| Arc::new(pinned.plan(request)));
        if let Some(plan) = &plan {
            prepare(&self.shared, plan).await?;
        }
        let work = self.shared.compute.run(move || match plan {
            Some(plan) => answer(plan.snapshot(), &asked, Some(plan.prepare())),
            None => answer(&snapshot, &asked, None),
        });
        Ok(Response::new(work.await.map_err(ServiceError::from)??))
    }
}

/// What must be learnt from the panel first; nothing where there are only figures over spans.
fn learning(asked: &OutlookRequest, horizon: Option<usize>) -> Option<ForecastRequest> {
    Some(ForecastRequest {
        horizon: horizon?,
        levels: asked.levels.clone(),
        vintage: asked.vintage,
        seed: asked.seed,
        method: Method::Auto,
        paths: asked.paths,
        measures: Vec::new(),
    })
}

fn answer(
    snapshot: &Snapshot,
    asked: &OutlookRequest,
    pool: Option<&PanelModel>,
) -> Result<pb::GetOutlookResponse, ServiceError> {
    Ok(pb::GetOutlookResponse {
        version: snapshot.version().unwrap_or(0),
        ..(&outlook(snapshot, asked, pool)?).into()
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
    let snapshot = engine.snapshot();
    match learning(request, request.horizon(&snapshot)?) {
        Some(learning) => {
            let plan = engine.plan_on(snapshot, learning);
            answer(plan.snapshot(), request, Some(plan.prepare()))
        }
        None => answer(&snapshot, request, None),
    }
}
