//! The wire: requests in, checked once; streams out, bounded; nothing above this room knows gRPC.
//!
//! A handler is five sentences: convert, take one snapshot, plan, run, stream. Fits run on [`compute`]'s threads, tokio's only move
//! bytes. What a call may be told about an error is decided in [`status`] alone.

pub mod backtest;
pub mod catalog;
pub mod compute;
pub mod convert;
pub mod explain;
mod follow;
pub mod forecast;
pub mod growth;
mod ingest;
pub mod outlook;
pub mod scenario;
pub mod server;
pub mod status;
mod updates;
mod versions;
mod watch;

pub use compute::Compute;
pub use server::{DataSource, Server, ServerError};
pub use status::ServiceError;

/// The types of the wire, made from `proto/`. They stop in this room and in `cli/`, its client.
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    reason = "generated code, documented in proto/"
)]
pub mod pb {
    tonic::include_proto!("tradecast.v1");

    /// The compiled descriptors of `proto/`, which reflection answers from.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tradecast.bin"));
}

use crate::pipeline::Engine;
use crate::store::Store;
use std::sync::{Arc, OnceLock};
use tokio::sync::watch::Sender;
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use versions::VersionCache;

/// How many streams run at a time; what comes on top is told to come back.
const MAX_STREAMS: usize = 256;
/// How many batches and files are taken in at a time: the figures of each are in memory.
const MAX_INGESTS: usize = 16;

/// What all handlers share.
#[derive(Debug)]
struct Shared {
    /// Absent until the figures are loaded.
    engine: OnceLock<Arc<Engine>>,
    /// Absent where the figures come from files.
    store: OnceLock<Arc<Store>>,
    /// The version of the store that is answered from.
    current_version: Sender<u64>,
    version_cache: Arc<VersionCache>,
    compute: Compute,
    /// Threads of their own for backtests: on shared ones, a forecast that waits for its share of the work could take up a
    /// whole backtest meanwhile.
    backtests: Compute,
    streams: Arc<Semaphore>,
    ingests: Arc<Semaphore>,
    /// PinnedEngine by the one request that is learning from a panel, see [`crate::pipeline::Planned::prepare`].
    preparing: Arc<Mutex<()>>,
    /// Cancelled when the server stops.
    stopping: CancellationToken,
}

impl Shared {
    fn new(compute: Compute, backtests: Compute) -> Self {
        Self {
            engine: OnceLock::new(),
            store: OnceLock::new(),
            current_version: Sender::new(0),
            version_cache: Arc::default(),
            compute,
            backtests,
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            ingests: Arc::new(Semaphore::new(MAX_INGESTS)),
            preparing: Arc::default(),
            stopping: CancellationToken::new(),
        }
    }

    fn engine(&self) -> Result<&Arc<Engine>, ServiceError> {
        self.engine.get().ok_or(ServiceError::Loading)
    }

    fn store(&self) -> Result<Arc<Store>, ServiceError> {
        self.engine()?;
        self.store.get().cloned().ok_or(ServiceError::NoStore)
    }
}
