//! `ForecastService`: many series, each sent whole as soon as it is done.

use super::compute::ComputeError;
use super::convert::explain::{EarlierForecast, ExplanationRequest, response};
use super::convert::fields::refuse;
use super::convert::forecast::ForecastsRequest;
use super::convert::scenario::ScenarioRequest;
use super::deadline::Deadline;
use super::encoded::Encoded;
use super::explain::explain;
use super::forecast_data::{self, SentData};
use super::lanes::{Job, JobKind};
use super::pb::stream_forecasts_response::Update;
use super::pb_server::forecast_service_server::ForecastService;
use super::results::{ResultKey, SeriesMessages};
use super::resume::ResumeToken;
use super::run::{prepare, ready_plan, run_total, series_messages, with_series_of};
use super::scenario;
use super::shared::Shared;
use super::status::failure_status;
use super::updates::{Disconnected, UpdateSender, UpdateStream, update_stream};
use super::watch_forecasts::{WatchRequest, watch};
use super::{ServiceError, pb};
use crate::pipeline::{ForecastRequest, Plan, PreparedPlan, SeriesSummary};
use futures_util::StreamExt;
use futures_util::future::Either;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status, Streaming};

/// Parts of one stream that are computed or wait to be sent, beyond one for each thread.
const AHEAD: usize = 2;

/// The most series of one part: threads wake each other once for each part.
const SERIES_A_PART: usize = 4;

/// The largest part of more than one series, in months of paths: some milliseconds.
const PART_SIZE: usize = SERIES_A_PART * 12 * ForecastRequest::PATHS;

/// Messages that are sent without work: they fit into what a client takes of a stream at once.
const READY_BYTES: usize = 64 << 10;

/// The largest request, in months of paths, that counts as light work once the panel model is
/// fitted: 16 series with the usual paths a year ahead.
const WARM_SIZE: usize = 16 * 12 * ForecastRequest::PATHS;

/// The header of a response that says whether its forecasts were computed before.
const RESULTS_HEADER: &str = "tradecast-results";

/// Messages that were computed before.
type ReadyMessages = futures_util::stream::Iter<std::vec::IntoIter<Result<Encoded, Status>>>;

/// Handler of calls for forecasts.
#[derive(Debug)]
pub(super) struct ForecastHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl ForecastService for ForecastHandler {
    type StreamForecastsStream = Either<ReadyMessages, UpdateStream>;

    async fn stream_forecasts(
        &self,
        request: Request<pb::StreamForecastsRequest>,
    ) -> Result<Response<Self::StreamForecastsStream>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let call = self.shared.limits.admit(&extensions)?;
        let resumed = (!wire.resume_token.is_empty())
            .then(|| ResumeToken::begin(&wire, 0))
            .transpose()?;
        // A token knows the version that was read.
        let known = resumed.as_ref().and_then(ResumeToken::version);
        let tokens = wire.resume_tokens.then(|| wire.clone());
        let ForecastsRequest {
            series,
            request,
            regressors,
            total,
            version,
        } = ForecastsRequest::try_from(wire)?;
        let version = known.or(version);
        let pinned = self.shared.engine_at(version).await?;
        let plan = match version {
            None if regressors.is_empty() => ready_plan(&self.shared, &pinned, request),
            _ => pinned.plan_with(request, Arc::clone(&regressors)),
        };
        let key = ResultKey::new(plan.snapshot(), plan.request(), &regressors);
        // A total is computed from the series' draws, which are not kept.
        let found = match total || resumed.is_some() || tokens.is_some() {
            true => None,
            false => self.shared.results.find_all(&key, &series),
        };
        let begin = |wire| ResumeToken::begin(&wire, plan.snapshot().version().unwrap_or(0));
        let sent = match resumed {
            Some(token) => Some(token),
            None => tokens.clone().map(begin).transpose()?,
        };
        let progress = StreamProgress {
            sent,
            is_told: tokens.is_some(),
        };
        let is_found = found.is_some();
        let messages = found.as_deref().and_then(ready);
        let updates = if let Some(messages) = messages {
            Either::Left(futures_util::stream::iter(messages))
        } else {
            let (sender, updates) = update_stream(&self.shared, call, &metadata)?;
            let deadline = Deadline::of(&metadata);
            let job = forecasts_job(&self.shared, &plan, series.len(), deadline)?;
            tracing::debug!(series = series.len(), "a stream of forecasts begins");
            let shared = Arc::clone(&self.shared);
            tokio::spawn(async move {
                let work = stream(&shared, job, plan, &key, series, total, progress, &sender);
                sender.drive(work).await;
            });
            Either::Right(updates)
        };
        let mut response = Response::new(updates);
        let origin = if is_found { "cached" } else { "computed" };
        metrics::counter!("tradecast_results_total", "origin" => origin).increment(1);
        let origin = MetadataValue::from_static(origin);
        response.metadata_mut().insert(RESULTS_HEADER, origin);
        Ok(response)
    }

    async fn get_forecast(
        &self,
        request: Request<pb::GetForecastRequest>,
    ) -> Result<Response<pb::GetForecastResponse>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let deadline = Deadline::of(&metadata);
        let Some(wire) = wire.forecast else {
            let reason = "expected what is forecast, as in StreamForecasts, of one series";
            return Err(refuse("forecast", reason).into());
        };
        let request = ForecastsRequest::try_from(wire)?;
        let messages = one_forecast(&self.shared, request, deadline);
        let messages = deadline.bound(messages).await?;
        Ok(Response::new(whole_forecast(&messages)?))
    }

    type ForecastDataStream = UpdateStream;

    async fn forecast_data(
        &self,
        request: Request<Streaming<pb::ForecastDataRequest>>,
    ) -> Result<Response<Self::ForecastDataStream>, Status> {
        let (metadata, extensions, mut messages) = request.into_parts();
        let call = self.shared.limits.admit(&extensions)?;
        self.shared.memory.check()?;
        let deadline = Deadline::of(&metadata);
        let mut data = SentData::default();
        while let Some(message) = next_within(&mut messages, deadline).await? {
            data.add(message)?;
        }
        let memory = self.shared.memory.reserve(data.bytes())?;
        let (plan, keys) = data.plan()?;
        let (sender, updates) = update_stream(&self.shared, call, &metadata)?;
        let size = plan.request().paths() * plan.request().horizon() * keys.len();
        let lane = &self.shared.lanes.cold;
        let job = lane.admit(JobKind::SentData, size, keys.len(), deadline)?;
        let job = with_series_of(&self.shared, job, &plan)?;
        tracing::debug!(series = keys.len(), "forecasts of sent data begin");
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let work = forecast_data::stream(&shared, &job, plan, keys, &sender);
            sender.drive(work).await;
            drop(memory);
        });
        Ok(Response::new(updates))
    }

    async fn explain_forecast(
        &self,
        request: Request<pb::ExplainForecastRequest>,
    ) -> Result<Response<pb::ExplainForecastResponse>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let deadline = Deadline::of(&metadata);
        let request = ExplanationRequest::try_from(wire)?;
        let explanation = explanation(&self.shared, request, deadline);
        Ok(Response::new(deadline.bound(explanation).await?))
    }

    type WatchForecastsStream = UpdateStream;

    async fn watch_forecasts(
        &self,
        request: Request<pb::WatchForecastsRequest>,
    ) -> Result<Response<Self::WatchForecastsStream>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let call = self.shared.limits.admit(&extensions)?;
        let watched = WatchRequest::try_from(wire)?;
        let store = self.shared.store()?;
        let (sender, updates) = update_stream(&self.shared, call, &metadata)?;
        tracing::debug!(series = watched.series.len(), "a watch of forecasts begins");
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            sender
                .drive(watch(&shared, &store, &watched, &sender))
                .await;
        });
        Ok(Response::new(updates))
    }

    type StreamScenarioStream = UpdateStream;

    async fn stream_scenario(
        &self,
        request: Request<pb::StreamScenarioRequest>,
    ) -> Result<Response<Self::StreamScenarioStream>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let call = self.shared.limits.admit(&extensions)?;
        let ScenarioRequest {
            scenario,
            request,
            regressors,
            version,
        } = ScenarioRequest::try_from(wire)?;
        let pinned = self.shared.engine_at(version).await?;
        let plan = pinned.plan_with(request, regressors);
        let (sender, updates) = update_stream(&self.shared, call, &metadata)?;
        let size = plan.request().paths() * plan.request().horizon() * scenario.series().len();
        let (lane, deadline) = (&self.shared.lanes.heavy, Deadline::of(&metadata));
        let memory = self
            .shared
            .memory
            .reserve(scenario::bytes(&plan, &scenario))?;
        let job = lane.admit(JobKind::Scenario, size, 1, deadline)?;
        tracing::debug!(series = scenario.series().len(), "a scenario begins");
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            sender
                .drive(scenario::stream(&shared, job, plan, scenario, &sender))
                .await;
            drop(memory);
        });
        Ok(Response::new(updates))
    }
}

/// Forecast one series, or find its forecast.
async fn one_forecast(
    shared: &Arc<Shared>,
    request: ForecastsRequest,
    deadline: Deadline,
) -> Result<SeriesMessages, ServiceError> {
    let ForecastsRequest {
        series,
        request,
        regressors,
        total,
        version,
    } = request;
    if total {
        let reason = "expected none: one series has no total";
        return Err(refuse("forecast.total", reason));
    }
    let [series] = <[String; 1]>::try_from(series).map_err(|all| {
        let reason = format!("expected one key, not {}", all.len());
        refuse("forecast.series", reason)
    })?;
    let pinned = shared.engine_at(version).await?;
    let plan = match version {
        None if regressors.is_empty() => ready_plan(shared, &pinned, request),
        _ => pinned.plan_with(request, Arc::clone(&regressors)),
    };
    let key = ResultKey::new(plan.snapshot(), plan.request(), &regressors);
    if let Some(found) = shared.results.find(&key, &series) {
        return Ok(found);
    }
    let job = forecasts_job(shared, &plan, 1, deadline)?;
    let _busy = job.busy();
    let plan = prepare(shared, &job, plan).await?;
    let messages = series_messages(shared, &job, plan, &key, &[series]).await;
    job.finish();
    // One series has one result.
    messages.into_iter().next().ok_or(ComputeError.into())
}

/// Put the messages of one series together.
///
/// # Errors
/// The series has no forecast.
fn whole_forecast(messages: &[Encoded]) -> Result<pb::GetForecastResponse, Status> {
    let mut whole = pb::GetForecastResponse::default();
    for message in messages {
        let message = message.decode::<pb::StreamForecastsResponse>();
        // They were encoded by this program.
        let message = message.map_err(|_| ServiceError::from(ComputeError))?;
        match message.update {
            Some(Update::Header(header)) => whole.header = Some(header),
            Some(Update::Point(point)) => whole.points.push(point),
            Some(Update::Summary(summary)) => whole.summary = Some(summary),
            Some(Update::Failure(failure)) => return Err(failure_status(failure)),
            Some(Update::Resume(_)) | None => {}
        }
    }
    Ok(whole)
}

/// Return the next message of a client, unless it takes too long.
async fn next_within<T>(
    messages: &mut Streaming<T>,
    deadline: Deadline,
) -> Result<Option<T>, Status> {
    /// The longest pause between two messages.
    const PAUSE: Duration = Duration::from_secs(60);
    let late = || refuse("series", "expected a message within 60 s");
    tokio::select! {
        message = messages.message() => message,
        () = deadline.passed() => Err(ServiceError::Deadline.into()),
        () = tokio::time::sleep(PAUSE) => Err(late().into()),
    }
}

/// Fit the panel models of a forecast and of the earlier one, and explain it.
async fn explanation(
    shared: &Shared,
    request: ExplanationRequest,
    deadline: Deadline,
) -> Result<pb::ExplainForecastResponse, ServiceError> {
    let ExplanationRequest {
        key,
        request,
        regressors,
        version,
        since,
    } = request;
    let pinned = shared.engine_at(version).await?;
    let since = match since {
        None => None,
        Some(EarlierForecast { request, version }) => {
            // Two days are compared within one version, whatever is committed meanwhile.
            let earlier = match version {
                None => pinned.clone(),
                version => {
                    let earlier = shared.engine_at(version).await;
                    earlier.map_err(|error| error.of_version("since_version"))?
                }
            };
            Some(earlier.plan_with(request, Arc::clone(&regressors)))
        }
    };
    // One that is compared takes many times as long.
    let size = if since.is_some() { 2 } else { 1 };
    let lane = &shared.lanes.heavy;
    let job = lane.admit(JobKind::Explanation, size, 1, deadline)?;
    let _busy = job.busy();
    let plan = prepare(shared, &job, pinned.plan_with(request, regressors)).await?;
    let since = match since {
        Some(since) => Some(prepare(shared, &job, since).await?),
        None => None,
    };
    let explain = move || explain_response(&plan, since.as_deref(), &key);
    let response = job.run(explain).await??;
    job.finish();
    Ok(response)
}

/// Return the messages of series that were computed before, where they are few.
fn ready(found: &[SeriesMessages]) -> Option<Vec<Result<Encoded, Status>>> {
    let all = || found.iter().flat_map(|messages| messages.iter());
    let bytes: usize = all().map(Encoded::len).sum();
    (bytes <= READY_BYTES).then(|| all().cloned().map(Ok).collect())
}

/// How far a stream has come.
struct StreamProgress {
    /// The series that were sent, here or by an earlier stream; `None` where nobody wants to know.
    sent: Option<ResumeToken>,
    /// Whether the client wants tokens.
    is_told: bool,
}

impl StreamProgress {
    /// Note that the series at this place was sent, and return a token for the client.
    fn note(&mut self, place: usize) -> Option<pb::StreamForecastsResponse> {
        let sent = self.sent.as_mut()?;
        sent.sent(place);
        let token = sent.to_string();
        self.is_told.then(|| pb::StreamForecastsResponse {
            series: String::new(),
            update: Some(Update::Resume(pb::ForecastResume { token })),
        })
    }
}

/// Forecast each series that was not sent before and send its messages together. The panel model is
/// fitted for the first series that was not computed before.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one stream, named at its one call"
)]
async fn stream(
    shared: &Shared,
    job: Job,
    plan: Plan,
    key: &ResultKey,
    series: Vec<String>,
    total: bool,
    mut progress: StreamProgress,
    sender: &UpdateSender<pb::StreamForecastsResponse>,
) -> Result<(), Disconnected> {
    let of_total = total.then(|| series.clone());
    let prepared = OnceCell::new();
    let run = async |series: Vec<String>| -> Result<Vec<SeriesMessages>, ServiceError> {
        let found = shared.results.find_all(key, &series);
        if let Some(found) = found {
            return Ok(found);
        }
        let plan = prepared.get_or_try_init(|| prepare(shared, &job, plan.clone()));
        let plan = Arc::clone(plan.await?);
        Ok(series_messages(shared, &job, plan, key, &series).await)
    };
    let is_sent = |place: &usize| {
        progress
            .sent
            .as_ref()
            .is_some_and(|sent| sent.is_sent(*place))
    };
    let left = series.into_iter().enumerate();
    let left: Vec<(usize, String)> = left.filter(|(place, _)| !is_sent(place)).collect();
    let in_flight = job.lane().compute.threads() + AHEAD;
    let size = plan.request().paths() * plan.request().horizon();
    let part = (PART_SIZE / size).min(left.len() / in_flight);
    let part = part.clamp(1, SERIES_A_PART);
    let parts = left.chunks(part).map(|part| part.iter().cloned().unzip());
    let parts: Vec<(Vec<usize>, Vec<String>)> = parts.collect();
    let mut done = std::pin::pin!(
        futures_util::stream::iter(parts)
            .map(async |(places, series)| (places, run(series).await))
            .buffer_unordered(in_flight)
    );
    loop {
        let busy = job.busy();
        let Some((places, messages)) = done.next().await else {
            break;
        };
        drop(busy);
        match messages {
            Ok(messages) => {
                for (place, messages) in places.iter().zip(&messages) {
                    sender.send_all(messages).await?;
                    if let Some(token) = progress.note(*place) {
                        sender.send(token).await?;
                    }
                }
            }
            Err(error) => {
                sender.fail(error).await;
                return Ok(());
            }
        }
    }
    if let Some(keys) = of_total {
        let busy = job.busy();
        let _memory = match shared
            .memory
            .reserve(plan.bytes_of_total(keys.len()) as u64)
        {
            Ok(memory) => memory,
            Err(error) => {
                sender.fail(error).await;
                return Ok(());
            }
        };
        let plan = prepared.get_or_try_init(|| prepare(shared, &job, plan.clone()));
        let plan = match plan.await {
            Ok(plan) => Arc::clone(plan),
            Err(error) => {
                sender.fail(error).await;
                return Ok(());
            }
        };
        let messages = run_total(&job, plan, keys).await;
        drop(busy);
        for message in messages {
            sender.send(message).await?;
        }
    }
    job.finish();
    Ok(())
}

/// Admit forecasts of so many series to their lane.
fn forecasts_job(
    shared: &Shared,
    plan: &Plan,
    series: usize,
    deadline: Deadline,
) -> Result<Job, ServiceError> {
    let lanes = &shared.lanes;
    let size = plan.request().paths() * plan.request().horizon() * series;
    let job = if plan.is_prepared() && size <= WARM_SIZE {
        lanes
            .warm
            .admit(JobKind::WarmForecasts, size, series, deadline)
    } else {
        lanes
            .cold
            .admit(JobKind::ColdForecasts, size, series, deadline)
    };
    with_series_of(shared, job?, plan)
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
