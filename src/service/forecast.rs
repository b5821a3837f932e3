//! `ForecastService`: many series, each sent whole as soon as it is done.

use super::convert::Forecasts;
use super::explain::{self, Explain, Since};
use super::pb::forecast_service_server::ForecastService;
use super::run::{prepare, run_series};
use super::scenario::{self, Scenarios};
use super::shared::Shared;
use super::updates::{Disconnected, UpdateSender, UpdateStream, update_stream};
use super::watch_forecasts::{WatchRequest, watch};
use super::{ServiceError, pb};
use crate::pipeline::Plan;
use futures_util::StreamExt;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Series of one stream that are computed or wait to be sent, beyond one a thread.
const AHEAD: usize = 2;

/// Answers calls for forecasts.
#[derive(Debug)]
pub(super) struct ForecastHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl ForecastService for ForecastHandler {
    type StreamForecastsStream = UpdateStream<pb::StreamForecastsResponse>;

    async fn stream_forecasts(
        &self,
        request: Request<pb::StreamForecastsRequest>,
    ) -> Result<Response<Self::StreamForecastsStream>, Status> {
        let (metadata, _, wire) = request.into_parts();
        let version = wire.version;
        let Forecasts { series, request } = Forecasts::try_from(wire)?;
        let plan = Arc::new(self.shared.engine_at(version).await?.plan(request));
        let (sender, updates) = update_stream(&self.shared, &metadata)?;
        tracing::debug!(series = series.len(), "a stream of forecasts begins");
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            sender.drive(stream(&shared, plan, series, &sender)).await;
        });
        Ok(Response::new(updates))
    }

    async fn explain_forecast(
        &self,
        request: Request<pb::ExplainForecastRequest>,
    ) -> Result<Response<pb::ExplainForecastResponse>, Status> {
        let Explain {
            key,
            request,
            version,
            since,
        } = Explain::try_from(request.into_inner())?;
        let pinned = self.shared.engine_at(version).await?;
        let since = match since {
            None => None,
            Some(Since { request, version }) => {
                // Days alone are compared within one version, whatever is committed meanwhile.
                let earlier = match version {
                    None => pinned.clone(),
                    version => {
                        let earlier = self.shared.engine_at(version).await;
                        earlier.map_err(|error| error.of_version("since_version"))?
                    }
                };
                Some(Arc::new(earlier.plan(request)))
            }
        };
        let plan = Arc::new(pinned.plan(request));
        for plan in std::iter::once(&plan).chain(&since) {
            prepare(&self.shared, plan).await?;
        }
        let work = move || explain::answer(&plan, since.as_deref(), &key);
        let answer = self.shared.compute.run(work).await;
        let answer = answer.map_err(ServiceError::from)?;
        Ok(Response::new(answer?))
    }

    type WatchForecastsStream = UpdateStream<pb::WatchForecastsResponse>;

    async fn watch_forecasts(
        &self,
        request: Request<pb::WatchForecastsRequest>,
    ) -> Result<Response<Self::WatchForecastsStream>, Status> {
        let (metadata, _, wire) = request.into_parts();
        let watched = WatchRequest::try_from(wire)?;
        let store = self.shared.store()?;
        let (sender, updates) = update_stream(&self.shared, &metadata)?;
        tracing::debug!(series = watched.series.len(), "a watch of forecasts begins");
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            sender
                .drive(watch(&shared, &store, &watched, &sender))
                .await;
        });
        Ok(Response::new(updates))
    }

    type StreamScenarioStream = UpdateStream<pb::StreamScenarioResponse>;

    async fn stream_scenario(
        &self,
        request: Request<pb::StreamScenarioRequest>,
    ) -> Result<Response<Self::StreamScenarioStream>, Status> {
        let (metadata, _, wire) = request.into_parts();
        let version = wire.version;
        let Scenarios {
            scenario,
            request,
            regressors,
        } = Scenarios::try_from(wire)?;
        let pinned = self.shared.engine_at(version).await?;
        let plan = Arc::new(pinned.plan_with(request, regressors));
        let (sender, updates) = update_stream(&self.shared, &metadata)?;
        tracing::debug!(series = scenario.series.len(), "a scenario begins");
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            sender
                .drive(scenario::stream(&shared, plan, scenario, &sender))
                .await;
        });
        Ok(Response::new(updates))
    }
}

/// Learns from the panel, then forecasts each series and sends its messages together.
async fn stream(
    shared: &Shared,
    plan: Arc<Plan>,
    keys: Vec<String>,
    sender: &UpdateSender<pb::StreamForecastsResponse>,
) -> Result<(), Disconnected> {
    if let Err(error) = prepare(shared, &plan).await {
        sender.fail(error).await;
        return Ok(());
    }
    let run = |key| run_series(shared, Arc::clone(&plan), key);
    let in_flight = shared.compute.threads() + AHEAD;
    let mut done = futures_util::stream::iter(keys)
        .map(run)
        .buffer_unordered(in_flight);
    while let Some(messages) = done.next().await {
        for message in messages {
            sender.send(message).await?;
        }
    }
    Ok(())
}
