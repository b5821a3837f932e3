//! `BacktestService`: progress, then scores.

use super::pb::backtest_service_server::BacktestService;
use super::updates::Updates;
use super::{ServiceError, pb};
use tonic::{Request, Response, Status};

/// Answers calls for backtests.
#[derive(Debug)]
pub(super) struct Handler;

#[tonic::async_trait]
impl BacktestService for Handler {
    type StreamBacktestStream = Updates<pb::StreamBacktestResponse>;

    async fn stream_backtest(
        &self,
        _request: Request<pb::StreamBacktestRequest>,
    ) -> Result<Response<Self::StreamBacktestStream>, Status> {
        Err(ServiceError::Unavailable {
            what: "StreamBacktest",
        }
        .into())
    }
}
