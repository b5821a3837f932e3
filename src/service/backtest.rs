//! `BacktestService`: progress, then scores.

use super::convert::Backtest;
use super::pb;
use super::pb::backtest_service_server::BacktestService;
use super::pb::stream_backtest_response::Update;
use super::shared::Shared;
use super::status::unscored;
use super::updates::{Disconnected, UpdateSender, UpdateStream, update_stream};
use crate::backtest::{BacktestProgress, BacktestReport, backtest, backtest_as_known};
use crate::catalog::{Snapshot, Vintage};
use crate::pipeline::ForecastError;
use crate::trade::Month;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tonic::{Request, Response, Status};

/// Progress that waits for a slow client. What does not fit is skipped: the next one tells how far the backtest is.
const WAITING: usize = 256;

/// How long after an origin's month a run in pseudo-real time stands: as long as the slowest usual reporter takes, see
/// [`presumed_release`](crate::trade::release::presumed_release).
const REAL_TIME_DELAY: time::Duration = time::Duration::days(45);

/// Answers calls for backtests.
#[derive(Debug)]
pub(super) struct BacktestHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl BacktestService for BacktestHandler {
    type StreamBacktestStream = UpdateStream<pb::StreamBacktestResponse>;

    async fn stream_backtest(
        &self,
        request: Request<pb::StreamBacktestRequest>,
    ) -> Result<Response<Self::StreamBacktestStream>, Status> {
        let (metadata, _, wire) = request.into_parts();
        let version = wire.version;
        let asked = Backtest::try_from(wire)?;
        let snapshot = self.shared.engine_at(version).await?.snapshot();
        let (sender, updates) = update_stream(&self.shared, &metadata)?;
        tracing::debug!("a backtest begins");
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            sender
                .drive(stream(&shared, snapshot, asked, &sender))
                .await;
        });
        Ok(Response::new(updates))
    }
}

async fn stream(
    shared: &Shared,
    snapshot: Arc<Snapshot>,
    asked: Backtest,
    sender: &UpdateSender<pb::StreamBacktestResponse>,
) -> Result<(), Disconnected> {
    let version = snapshot.version().unwrap_or(0);
    let message = |update| message(update, version);
    let (tell, mut told) = mpsc::channel(WAITING);
    let work = shared.backtests.run(move || {
        answer(&snapshot, &asked, |progress| {
            match tell.try_send(progress) {
                Ok(()) | Err(TrySendError::Full(_)) => ControlFlow::Continue(()),
                Err(TrySendError::Closed(_)) => ControlFlow::Break(()),
            }
        })
    });
    let forward = async move {
        while let Some(progress) = told.recv().await {
            sender
                .send(message(Update::Progress(progress.into())))
                .await?;
        }
        Ok::<(), Disconnected>(())
    };
    let (updates, forwarded) = tokio::join!(work, forward);
    forwarded?;
    match updates {
        Ok(updates) => {
            for update in updates {
                sender.send(message(update)).await?;
            }
        }
        Err(error) => sender.fail(error.into()).await,
    }
    Ok(())
}

fn message(update: Update, version: u64) -> pb::StreamBacktestResponse {
    pb::StreamBacktestResponse {
        update: Some(update),
        version,
    }
}

/// Runs a backtest on the rayon threads of the caller and gives its failures and scores; nothing where `progress` ended it.
pub fn answer(
    snapshot: &Snapshot,
    asked: &Backtest,
    progress: impl FnMut(BacktestProgress) -> ControlFlow<()>,
) -> Vec<Update> {
    let mut updates = Vec::new();
    let mut wanted: HashSet<&str> = HashSet::new();
    for key in &asked.series {
        match snapshot.series(key, asked.vintage) {
            Ok((_, series)) => drop(wanted.insert(series.id())),
            Err(error) => {
                let error = ForecastError::Catalog(error);
                updates.push(Update::Failure(unscored(key.clone(), &error)));
            }
        }
    }
    let scored = |id: &str| asked.series.is_empty() || wanted.contains(id);
    let panel = snapshot.panel(asked.vintage);
    // By then the slowest usual reporter has published the month.
    let as_known = |origin: Month| {
        let day = origin.last_day().saturating_add(REAL_TIME_DELAY);
        snapshot.panel(Vintage::AsOf(match asked.vintage {
            Vintage::Latest => day,
            Vintage::AsOf(latest) => day.min(latest),
        }))
    };
    let report = if asked.real_time {
        backtest_as_known(&panel, &as_known, scored, &asked.request, progress)
    } else {
        backtest(&panel, scored, &asked.request, progress)
    };
    let Some(BacktestReport { scores, failures }) = report else {
        return Vec::new();
    };
    updates.extend(failures.into_iter().map(|(series, error)| {
        Update::Failure(unscored(series, &ForecastError::Projection(error)))
    }));
    updates.extend(scores.into_iter().map(|score| Update::Score(score.into())));
    updates
}
