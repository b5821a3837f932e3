//! `BacktestService`: progress, then scores.

use super::convert::backtest::ScoringRequest;
use super::deadline::Deadline;
use super::lanes::{Job, JobKind};
use super::pb;
use super::pb::stream_backtest_response::Update;
use super::pb_server::backtest_service_server::BacktestService;
use super::shared::Shared;
use super::status::series_failure;
use super::updates::{Disconnected, UpdateSender, UpdateStream, update_stream};
use crate::backtest::{
    BacktestForecast, BacktestProgress, BacktestReport, Score, backtest, backtest_as_known,
};
use crate::catalog::{Snapshot, Vintage};
use crate::pipeline::{ForecastError, SeriesFailure};
use crate::projection::PanelModel;
use crate::trade::Month;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tonic::{Request, Response, Status};

/// The most progress messages that wait for a slow client. Those beyond are skipped: the next one
/// says how far the backtest is.
const WAITING: usize = 256;

/// The time from the end of an origin's month to its as-of date in pseudo-real time: as long
/// as the slowest usual reporter takes, see
/// [`presumed_release`](crate::trade::release::presumed_release).
const REAL_TIME_DELAY: time::Duration = time::Duration::days(45);

/// Handler of calls for backtests.
#[derive(Debug)]
pub(super) struct BacktestHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl BacktestService for BacktestHandler {
    type StreamBacktestStream = UpdateStream;

    async fn stream_backtest(
        &self,
        request: Request<pb::StreamBacktestRequest>,
    ) -> Result<Response<Self::StreamBacktestStream>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let call = self.shared.limits.admit(&extensions)?;
        let request = ScoringRequest::try_from(wire)?;
        let snapshot = self.shared.engine_at(request.version).await?.snapshot();
        let (sender, updates) = update_stream(&self.shared, call, &metadata)?;
        let lane = &self.shared.lanes.backtests;
        let size =
            snapshot.keys().len() * request.request.origins() * request.request.methods().len();
        let bytes = bytes(&snapshot, &request) as u64;
        let memory = self.shared.memory.reserve(bytes)?;
        let job = lane.admit(JobKind::Backtest, size, 1, Deadline::of(&metadata))?;
        tracing::debug!("a backtest begins");
        tokio::spawn(async move {
            sender.drive(stream(job, snapshot, request, &sender)).await;
            drop(memory);
        });
        Ok(Response::new(updates))
    }
}

/// Return about how many bytes a backtest takes: the panel model of an origin, and what is kept of
/// earlier origins.
fn bytes(snapshot: &Snapshot, request: &ScoringRequest) -> usize {
    let panel = snapshot.panel(request.vintage);
    let request = &request.request;
    let methods = request.methods().iter();
    let bytes = methods.map(|method| PanelModel::bytes_to_fit(&panel, *method, request.horizon()));
    2 * bytes.sum::<usize>()
}

async fn stream(
    job: Job,
    snapshot: Arc<Snapshot>,
    request: ScoringRequest,
    sender: &UpdateSender<pb::StreamBacktestResponse>,
) -> Result<(), Disconnected> {
    let version = snapshot.version().unwrap_or(0);
    let message = |update, fingerprint: &str| message(update, version, fingerprint);
    let (progress_sender, mut progress) = mpsc::channel(WAITING);
    let busy = job.busy();
    let work = job.run(move || {
        score_series(&snapshot, &request, |progress| {
            match progress_sender.try_send(progress) {
                Ok(()) | Err(TrySendError::Full(_)) => ControlFlow::Continue(()),
                Err(TrySendError::Closed(_)) => ControlFlow::Break(()),
            }
        })
    });
    let forward = async move {
        while let Some(progress) = progress.recv().await {
            sender
                .send(message(Update::Progress(progress.into()), ""))
                .await?;
        }
        Ok::<(), Disconnected>(())
    };
    let (scored, forwarded) = tokio::join!(work, forward);
    forwarded?;
    drop(busy);
    job.finish();
    match scored {
        Ok(BacktestScores {
            failures,
            forecasts,
            scores,
            fingerprint,
        }) => {
            let message = |update| message(update, &fingerprint);
            for forecast in forecasts {
                sender
                    .send(message(Update::Forecast(forecast.into())))
                    .await?;
            }
            for failure in failures {
                sender
                    .send(message(Update::Failure(failure.into())))
                    .await?;
            }
            for score in scores {
                measure_coverage(&score);
                sender.send(message(Update::Score(score.into()))).await?;
            }
        }
        Err(error) => sender.fail(error.into()).await,
    }
    Ok(())
}

/// Record the share of outcomes inside their intervals, of scores over all series.
fn measure_coverage(score: &Score) {
    if score.series.is_some() {
        return;
    }
    for (name, value) in &score.values {
        if let Some(level) = name.strip_prefix("coverage_") {
            let labels = [
                ("method", score.method.to_string()),
                ("level", level.to_owned()),
            ];
            metrics::gauge!("tradecast_backtest_coverage_ratio", &labels).set(*value);
        }
    }
}

fn message(update: Update, version: u64, fingerprint: &str) -> pb::StreamBacktestResponse {
    pb::StreamBacktestResponse {
        update: Some(update),
        version,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        data_fingerprint: fingerprint.to_owned(),
    }
}

/// The result of a backtest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BacktestScores {
    /// Why requested series could not be scored.
    pub failures: Vec<SeriesFailure>,
    /// The forecasts that the scores are of, where the request keeps them.
    pub forecasts: Vec<BacktestForecast>,
    /// The scores, series by series, then over pairs of partners, then over all.
    pub scores: Vec<Score>,
    /// The fingerprint of the figures that were read.
    pub fingerprint: String,
}

/// Run a backtest on the rayon threads of the caller; nothing is returned where `progress` ends it.
pub fn score_series(
    snapshot: &Snapshot,
    request: &ScoringRequest,
    progress: impl FnMut(BacktestProgress) -> ControlFlow<()>,
) -> BacktestScores {
    let mut failures = Vec::new();
    let mut wanted: HashSet<&str> = HashSet::new();
    for key in &request.series {
        match snapshot.series(key, request.vintage) {
            Ok((_, series)) => drop(wanted.insert(series.id())),
            Err(error) => failures.push(series_failure(key, &ForecastError::Catalog(error))),
        }
    }
    let scored = |id: &str| request.series.is_empty() || wanted.contains(id);
    let panel = snapshot.panel(request.vintage);
    // By then the slowest usual reporter has published the month.
    let as_known = |origin: Month| {
        let day = origin.last_day().saturating_add(REAL_TIME_DELAY);
        snapshot.panel(Vintage::AsOf(match request.vintage {
            Vintage::Latest => day,
            Vintage::AsOf(latest) => day.min(latest),
        }))
    };
    let run = &request.request;
    let report = if request.real_time {
        backtest_as_known(&panel, &as_known, scored, run, progress)
    } else {
        backtest(&panel, scored, run, progress)
    };
    let Some(report) = report else {
        return BacktestScores::default();
    };
    let BacktestReport {
        scores,
        failures: unscored,
        forecasts,
    } = report;
    failures.extend(
        unscored
            .into_iter()
            .map(|(series, error)| series_failure(&series, &ForecastError::Projection(error))),
    );
    BacktestScores {
        failures,
        forecasts,
        scores,
        fingerprint: snapshot.fingerprint(request.vintage),
    }
}
