//! `ForecastService`: many series, each sent whole as soon as it is done.

use super::convert::explain::{EarlierForecast, ExplanationRequest, response};
use super::convert::forecast::ForecastsRequest;
use super::convert::scenario::ScenarioRequest;
use super::explain::explain;
use super::pb::forecast_service_server::ForecastService;
use super::run::{prepare, run_series};
use super::scenario;
use super::shared::Shared;
use super::updates::{Disconnected, UpdateSender, UpdateStream, update_stream};
use super::watch_forecasts::{WatchRequest, watch};
use super::{ServiceError, pb};
use crate::pipeline::{Plan, PreparedPlan, SeriesSummary};
use futures_util::StreamExt;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Series of one stream that are computed or wait to be sent, beyond one for each thread.
const AHEAD: usize = 2;

/// Handler of calls for forecasts.
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
        let ForecastsRequest {
            series,
            request,
            version,
        } = ForecastsRequest::try_from(wire)?;
        let plan = self.shared.engine_at(version).await?.plan(request);
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
        let ExplanationRequest {
            key,
            request,
            version,
            since,
        } = ExplanationRequest::try_from(request.into_inner())?;
        let pinned = self.shared.engine_at(version).await?;
        let since = match since {
            None => None,
            Some(EarlierForecast { request, version }) => {
                // Two days are compared within one version, whatever is committed meanwhile.
                let earlier = match version {
                    None => pinned.clone(),
                    version => {
                        let earlier = self.shared.engine_at(version).await;
                        earlier.map_err(|error| error.of_version("since_version"))?
                    }
                };
                Some(earlier.plan(request))
            }
        };
        let plan = prepare(&self.shared, pinned.plan(request)).await?;
        let since = match since {
            Some(since) => Some(prepare(&self.shared, since).await?),
            None => None,
        };
        let work = move || explain_response(&plan, since.as_deref(), &key);
        let answer = self.shared.compute.run(work).await;
        Ok(Response::new(answer.map_err(ServiceError::from)??))
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
        let ScenarioRequest {
            scenario,
            request,
            regressors,
            version,
        } = ScenarioRequest::try_from(wire)?;
        let pinned = self.shared.engine_at(version).await?;
        let plan = pinned.plan_with(request, regressors);
        let (sender, updates) = update_stream(&self.shared, &metadata)?;
        tracing::debug!(series = scenario.series().len(), "a scenario begins");
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            sender
                .drive(scenario::stream(&shared, plan, scenario, &sender))
                .await;
        });
        Ok(Response::new(updates))
    }
}

/// Fit the panel model, then forecast each series and send its messages together.
async fn stream(
    shared: &Shared,
    plan: Plan,
    keys: Vec<String>,
    sender: &UpdateSender<pb::StreamForecastsResponse>,
) -> Result<(), Disconnected> {
    let plan = match prepare(shared, plan).await {
        Ok(plan) => plan,
        Err(error) => {
            sender.fail(error).await;
            return Ok(());
        }
    };
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

/// Explain one series of prepared plans, `since` that of the earlier forecast.
fn explain_response(
    plan: &PreparedPlan,
    since: Option<&PreparedPlan>,
    key: &str,
) -> Result<pb::ExplainForecastResponse, ServiceError> {
    let explained = explain(plan, since, key)?;
    let snapshot = plan.snapshot();
    let (name, series) = snapshot.series(key, plan.request().vintage())?;
    let summary = SeriesSummary::of(snapshot, name, &series, name.unit);
    let version = |plan: &PreparedPlan| plan.snapshot().version().unwrap_or(0);
    let since_version = since.map_or(0, version);
    Ok(response(summary, &explained, version(plan), since_version))
}
