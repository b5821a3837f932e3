//! The server: it binds, reports its health, serves reflection, and stops in time.

use super::lanes::Lanes;
use super::limits::{MAX_REQUEST, MAX_RESPONSE};
use super::pb_server::backtest_service_server::{self, BacktestServiceServer};
use super::pb_server::catalog_service_server::{self, CatalogServiceServer};
use super::pb_server::forecast_service_server::{self, ForecastServiceServer};
use super::pb_server::growth_service_server::{self, GrowthServiceServer};
use super::pb_server::ingest_service_server::{self, IngestServiceServer};
use super::pb_server::outlook_service_server::{self, OutlookServiceServer};
use super::shared::Shared;
use super::{
    Compute, backtest, catalog, follow, forecast, growth, ingest as ingestion, outlook, pb,
};
use crate::catalog::{Catalog, CatalogError, Snapshot};
use crate::ingest::{self, IngestError};
use crate::pipeline::Engine;
use crate::store::{Store, StoreError};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tonic::codec::CompressionEncoding::Gzip;
use tonic::transport::server::{Router, TcpIncoming};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The time that a stopping server waits for connections. tonic itself would wait for ever for one
/// that never closes.
const GRACE: Duration = Duration::from_secs(2);
/// After how long without traffic a connection is pinged.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// How long an answer to the ping may take before the connection is closed, with its streams.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// The most streams of one connection at a time.
const STREAMS_A_CONNECTION: u32 = 256;
/// The most unread bytes of one stream. A connection allows as many for each of its streams, so
/// that a stream that waits does not block the others.
const STREAM_WINDOW: u32 = 256 << 10;
/// The names that health is reported for: the server as a whole, and each service.
const NAMES: [&str; 7] = [
    "",
    catalog_service_server::SERVICE_NAME,
    forecast_service_server::SERVICE_NAME,
    growth_service_server::SERVICE_NAME,
    backtest_service_server::SERVICE_NAME,
    outlook_service_server::SERVICE_NAME,
    ingest_service_server::SERVICE_NAME,
];

/// The source of a server's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataSource {
    /// Tidy files in a folder, read once.
    Files(PathBuf),
    /// A store, a folder or a URL; it is followed and can be written to.
    Store(String),
}

/// The reason why a server did not start or did not continue. The system's error is the source.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be used.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The system cannot start compute threads.
    #[error("cannot start threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The figures cannot be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The figures form no catalog.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The store cannot be opened or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A computation failed because of an error in this program.
    #[error(transparent)]
    Compute(#[from] super::compute::ComputeError),
    /// The descriptors of `proto/` cannot be served.
    #[error("reflection failed")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the transport failed")]
    Transport(#[from] tonic::transport::Error),
    /// The task that serves connections failed because of an error in this program.
    #[error("the server failed")]
    Task(#[from] tokio::task::JoinError),
}

/// A server that is bound to its address but does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Shared,
}

impl Server {
    /// Bind `address` (port 0 for any free port) and start `threads` compute threads (0 for one per
    /// core).
    ///
    /// # Errors
    /// The address cannot be bound, or threads cannot be started.
    pub async fn bind(address: &str, threads: usize) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Bind {
            address: address.to_owned(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        Ok(Self {
            address: listener.local_addr().map_err(failed)?,
            listener,
            shared: Shared::new(Lanes::start(threads)?),
        })
    }

    /// End a stream whose client leaves a message unread for `limit` (30 s unless set).
    #[must_use]
    pub fn write_timeout(mut self, limit: Duration) -> Self {
        self.shared.write_timeout = limit;
        self
    }

    /// Hold the process to so many bytes of memory (four fifths of the machine unless set): caches
    /// give way, and work that does not fit is refused.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.shared.hold_to(bytes);
        self
    }

    /// Return the address, with the port that was found.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Load the figures of `data`, call `ready`, and serve until `stop` is done. Health is reported
    /// from the beginning: not serving until the figures are loaded.
    ///
    /// A stopping server accepts no new calls, ends its streams with `UNAVAILABLE`, waits two
    /// seconds for its connections, then aborts them.
    ///
    /// # Errors
    /// The figures cannot be loaded, or the transport fails.
    pub async fn run(
        self,
        data: DataSource,
        ready: impl FnOnce(SocketAddr),
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServerError> {
        let Self {
            listener,
            address,
            shared,
        } = self;
        let shared = Arc::new(shared);
        let (mut health, health_server) = tonic_health::server::health_reporter();
        set_health(&health, ServingStatus::NotServing).await;
        let router = router(&shared)?.add_service(health_server);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let stopping = shared.stopping.clone().cancelled_owned();
        let mut serving = tokio::spawn(router.serve_with_incoming_shutdown(incoming, stopping));

        let serve = async {
            let (engine, store) = load(&shared.lanes.cold.compute, data).await?;
            // Nothing else sets these.
            if let Some(store) = &store {
                let _ = shared.store.set(Arc::clone(store));
                let shown = engine.snapshot().version().unwrap_or(0);
                shared.current_version.send_replace(shown);
            }
            let _ = shared.engine.set(Arc::new(engine));
            set_health(&health, ServingStatus::Serving).await;
            ready(address);
            let watched = Arc::clone(&shared);
            tokio::spawn(async move {
                let stopped = watched.stopping.cancelled();
                tokio::select! {
                    () = watched.watch_memory() => {}
                    () = stopped => {}
                }
            });
            if let Some(store) = store {
                follow::follow(Arc::clone(&shared), store).await;
            }
            std::future::pending().await
        };
        let ended: Result<(), ServerError> = tokio::select! {
            ended = serve => ended,
            () = stop => Ok(()),
            ended = &mut serving => return Ok(ended??),
        };
        tracing::info!("stopping");
        // Health watchers see the change; their streams end once the status is cleared.
        set_health(&health, ServingStatus::NotServing).await;
        for name in NAMES {
            health.clear_service_status(name).await;
        }
        shared.stopping.cancel();
        match tokio::time::timeout(GRACE, &mut serving).await {
            Ok(served) => served??,
            Err(_) => {
                tracing::warn!("connections are still open and are aborted");
                serving.abort();
            }
        }
        ended
    }
}

async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for name in NAMES {
        health.set_service_status(name, status).await;
    }
}

/// Read the figures on the compute threads.
async fn load(
    compute: &Compute,
    data: DataSource,
) -> Result<(Engine, Option<Arc<Store>>), ServerError> {
    let read = move || -> Result<(Snapshot, Option<Arc<Store>>), ServerError> {
        Ok(match data {
            DataSource::Files(data) => (Snapshot::new(ingest::read_folder(&data)?)?, None),
            DataSource::Store(place) => {
                let store = Store::open_or_create(&place)?;
                let snapshot = Snapshot::of_store(store.read(None)?)?;
                if store.version() == 0 {
                    tracing::warn!("the store has no figures yet");
                }
                (snapshot, Some(Arc::new(store)))
            }
        })
    };
    let (snapshot, store) = compute.run(read).await??;
    tracing::info!(
        series = snapshot.keys().len(),
        releases = snapshot.all_releases().len(),
        version = snapshot.version(),
        "the figures are loaded"
    );
    Ok((Engine::new(Catalog::new(snapshot)), store))
}

/// Return the services, with the limits of their messages.
fn router(shared: &Arc<Shared>) -> Result<Router, ServerError> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(pb::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    macro_rules! service {
        ($server:ident, $file:ident :: $handler:ident) => {
            $server::new($file::$handler {
                shared: Arc::clone(shared),
            })
            .max_decoding_message_size(MAX_REQUEST)
            .max_encoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip)
            .send_compressed(Gzip)
        };
    }
    Ok(tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_concurrent_streams(STREAMS_A_CONNECTION)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(STREAM_WINDOW * STREAMS_A_CONNECTION)
        .add_service(service!(CatalogServiceServer, catalog::CatalogHandler))
        .add_service(service!(ForecastServiceServer, forecast::ForecastHandler))
        .add_service(service!(GrowthServiceServer, growth::GrowthHandler))
        .add_service(service!(BacktestServiceServer, backtest::BacktestHandler))
        .add_service(service!(OutlookServiceServer, outlook::OutlookHandler))
        .add_service(service!(IngestServiceServer, ingestion::IngestHandler))
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?))
}
