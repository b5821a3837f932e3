//! The store from outside: what is acknowledged survives, whatever happens to the process, and
//! every reader sees it once.
//!
//! `TRADECAST_KILLS=50 TRADECAST_COMMITS=1000 cargo test --release --test it store -- --nocapture`
//! runs the long forms.

mod calls;
mod command_line;
mod durability;
#[cfg(target_os = "linux")]
mod failing_disk;
mod files;
mod followers;
#[cfg(target_os = "linux")]
mod full_disk;
mod old_store;
mod refusals;

use crate::server::{Server, TRADECAST, command};
use futures_util::{Stream, StreamExt};
use polars::prelude::{Column, DataFrame, ParquetWriter};
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tradecast::catalog::{Catalog, Snapshot, Vintage};
use tradecast::ingest::{InvalidRows, formats};
use tradecast::pipeline::Engine;
use tradecast::service::backtest::score_series;
use tradecast::service::convert::backtest::ScoringRequest;
use tradecast::service::convert::forecast::ForecastsRequest;
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;
use tradecast::service::run::messages;
use tradecast::store::Store;

/// Longer than anything of these tests takes on any machine.
const LONG: Duration = Duration::from_secs(120);

/// How large a test is: as the environment says, or small.
fn size(name: &str, small: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(small)
}

fn figure(key: &str, period: &str, value: f64) -> pb::DeliveredFigure {
    pb::DeliveredFigure {
        kind: pb::FigureKind::Observation.into(),
        key: key.to_owned(),
        period: period.to_owned(),
        value: Some(value),
        unit: key.rsplit('.').next().unwrap().to_owned(),
        source: "test".to_owned(),
        ..Default::default()
    }
}

async fn write(
    client: &mut IngestServiceClient<Channel>,
    request_id: &str,
    accept_valid: bool,
    figures: Vec<pb::DeliveredFigure>,
) -> Result<pb::WriteObservationsResponse, Status> {
    let message = pb::WriteObservationsRequest {
        request_id: request_id.to_owned(),
        accept_valid,
        figures,
        ..Default::default()
    };
    let answer = client
        .write_observations(futures_util::stream::iter([message]))
        .await;
    answer.map(tonic::Response::into_inner)
}

fn open(folder: &Path) -> Store {
    Store::open_or_create(folder.to_str().unwrap()).unwrap()
}

/// The figures of a series that are there.
fn known(snapshot: &Snapshot, key: &str) -> usize {
    snapshot
        .series(key, Vintage::Latest)
        .map_or(0, |(_, series)| series.len())
}

/// Rows of one commit: months of a series of its own.
const ROWS: usize = 5;

fn batch(series: &str) -> Vec<pb::DeliveredFigure> {
    (1..=ROWS)
        .map(|m| figure(series, &format!("2024-{m:02}"), m as f64))
        .collect()
}
