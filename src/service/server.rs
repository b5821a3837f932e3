//! The server: it binds, reports its health, serves reflection, and stops in time.

use super::access::{AccessControl, AccessError};
use super::admin::{self, AdminState, Operations};
use super::lanes::Lanes;
use super::listen::accept::{ConnectionLimits, accept};
use super::listen::address::{BoundSocket, ListenAddress};
use super::readiness::{NAMES, Readiness};
use super::router::{self, ServedServices};
use super::settings::ServerSettings;
use super::shared::Shared;
use super::telemetry::CallLayer;
use super::telemetry::audit::AuditLog;
use super::tls::{TlsAcceptor, TlsError};
use super::web::WebFront;
use super::{Compute, follow, reload, systemd};
use crate::catalog::{Catalog, CatalogError, Snapshot};
use crate::ingest::{self, IngestError};
use crate::pipeline::Engine;
use crate::store::{Store, StoreError};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::Layer;

/// How long streams may take to end once the grace is over, before their connections are cut.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The connections of operators at a time.
const ADMIN_CONNECTIONS: usize = 64;

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
    /// Others than this machine could read or call without a credential.
    #[error(
        "{address} can be reached from other machines, but it is {missing}; listen on a loopback \
         address or a Unix socket, or say {option} if something else protects it"
    )]
    Insecure {
        /// The address.
        address: String,
        /// What is missing.
        missing: String,
        /// The option that allows it.
        option: &'static str,
    },
    /// Credentials cannot be checked.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The audit log cannot be opened.
    #[error("cannot open {} for the audit log", path.display())]
    AuditLog {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
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

/// The addresses of a server, with the ports that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedAddresses {
    /// The listener of every RPC.
    pub listen: ListenAddress,
    /// The further listener for browsers.
    pub web: Option<ListenAddress>,
    /// The listener of `IngestService`.
    pub ingest: Option<ListenAddress>,
    /// The listener of operators.
    pub admin: Option<ListenAddress>,
}

/// A server that is bound to its addresses but does not serve yet.
#[derive(Debug)]
pub struct Server {
    settings: ServerSettings,
    addresses: ServedAddresses,
    listeners: Vec<(BoundSocket, ServedServices)>,
    admin: Option<BoundSocket>,
    tls: Option<TlsAcceptor>,
    calls: CallLayer,
    operations: Operations,
    shared: Shared,
}

impl Server {
    /// Bind the addresses of `settings` and start the compute threads.
    ///
    /// # Errors
    /// An address cannot be bound or may not be served as set, the certificate cannot be read, or
    /// threads cannot be started.
    pub async fn bind(settings: ServerSettings) -> Result<Self, ServerError> {
        let tls = settings.tls.clone().map(TlsAcceptor::new).transpose()?;
        let access = AccessControl::new(settings.access.clone())?;
        let audit = AuditLog::open(settings.audit_log.as_deref()).map_err(|source| {
            let path = settings.audit_log.clone().unwrap_or_default();
            ServerError::AuditLog { path, source }
        })?;
        let calls = CallLayer {
            access: Arc::new(access),
            audit: Arc::new(audit),
            logs: settings.access_log,
            traces: settings.traces,
        };
        let mut listeners = Vec::new();
        let mut bind = async |address: &ListenAddress, served, passed: Option<BoundSocket>| {
            let socket = match passed {
                Some(socket) => socket,
                None => bind(address).await?,
            };
            let bound = socket.address().map_err(|source| ServerError::Bind {
                address: address.to_string(),
                source,
            })?;
            let is_plain = tls.is_none() || matches!(bound, ListenAddress::Unix(_));
            if !settings.insecure && !socket.is_local() {
                calls.refuse_openness(&bound, is_plain)?;
            }
            listeners.push((socket, served));
            Ok::<_, ServerError>(bound)
        };
        let general = match settings.ingest {
            Some(_) => ServedServices::Reading,
            None => ServedServices::All,
        };
        let passed = systemd::socket().map_err(|source| ServerError::Bind {
            address: "the socket of systemd".to_owned(),
            source,
        })?;
        let listen = bind(&settings.listen, general, passed).await?;
        let web = match &settings.web {
            Some(address) => Some(bind(address, general, None).await?),
            None => None,
        };
        let ingest = match &settings.ingest {
            Some(address) => Some(bind(address, ServedServices::Ingest, None).await?),
            None => None,
        };
        let admin = match &settings.admin {
            Some(address) => Some(self::bind(address).await?),
            None => None,
        };
        if let (Some(socket), Some(address)) = (&admin, &settings.admin)
            && !(socket.is_local() || settings.insecure_admin || settings.insecure)
        {
            return Err(ServerError::Insecure {
                address: address.to_string(),
                missing: "plaintext and open to all".to_owned(),
                option: "--insecure-admin",
            });
        }
        let mut shared = Shared::new(Lanes::start(settings.threads)?);
        if let Some(bytes) = settings.memory {
            shared.hold_to(bytes);
        }
        shared.write_timeout = settings.write_timeout;
        Ok(Self {
            addresses: ServedAddresses {
                listen,
                web,
                ingest,
                admin: admin.as_ref().and_then(|socket| socket.address().ok()),
            },
            listeners,
            admin,
            tls,
            calls,
            operations: Operations::default(),
            shared,
            settings,
        })
    }

    /// Check that the files of `settings` can be used.
    ///
    /// # Errors
    /// The certificate or the credentials cannot be read.
    pub fn check(settings: &ServerSettings) -> Result<(), ServerError> {
        settings.tls.clone().map(TlsAcceptor::new).transpose()?;
        AccessControl::new(settings.access.clone())?;
        Ok(())
    }

    /// Let operators see and change `operations`, too.
    #[must_use]
    pub fn operated_by(mut self, operations: Operations) -> Self {
        self.operations = operations;
        self
    }

    /// Load the figures of `data`, call `ready`, and serve until `stop` is done. Health is reported
    /// from the beginning: not serving until the figures are loaded.
    ///
    /// A draining server reports that it does not serve, accepts no new calls and ends its watches.
    /// Other streams may go on for the grace; then they end with `UNAVAILABLE`, and two seconds
    /// later their connections are cut.
    ///
    /// # Errors
    /// The figures cannot be loaded, or the transport fails.
    pub async fn run(
        self,
        data: DataSource,
        ready: impl FnOnce(ServedAddresses),
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServerError> {
        let Self {
            settings,
            addresses,
            listeners,
            admin,
            tls,
            calls,
            operations,
            shared,
        } = self;
        let shared = Arc::new(shared);
        let (mut health, health_server) = tonic_health::server::health_reporter();
        set_health(&health, ServingStatus::NotServing).await;
        let limits = ConnectionLimits {
            permits: Arc::new(Semaphore::new(settings.max_connections)),
            preface_timeout: settings.preface_timeout,
            end_of_life: settings.max_connection_age.map(|age| age + settings.grace),
            abort: CancellationToken::new(),
        };
        let connections = (Arc::clone(&limits.permits), settings.max_connections);
        let readiness = Readiness::new(Arc::clone(&shared), health.clone(), connections);
        let readiness = Arc::new(readiness);
        let drain = Arc::new(Notify::new());
        let mut serving = JoinSet::new();
        for (socket, served) in listeners {
            let routes = router::routes(&shared, served, settings.reflection)?;
            let routes = routes.add_service(health_server.clone()).prepare();
            let front = WebFront::new(
                calls.layer(routes),
                &settings.cors_origins,
                &settings.page_servers,
            );
            let tls = match socket {
                BoundSocket::Tcp(_) => tls.clone(),
                #[cfg(unix)]
                BoundSocket::Unix(..) => None,
            };
            let incoming = accept(socket, tls, limits.clone());
            let draining = shared.draining.clone().cancelled_owned();
            let transport = router::transport(settings.max_connection_age);
            serving.spawn(transport.serve_with_incoming_shutdown(front, incoming, draining));
        }
        // Operators are served until the end, whatever the others do.
        let mut for_operators = JoinSet::new();
        if let Some(socket) = admin {
            let state = AdminState {
                operations: operations.clone(),
                readiness: Arc::clone(&readiness),
                access: Arc::clone(&calls.access),
                drain: Arc::clone(&drain),
            };
            let routes = Routes::from(admin::router(state)).add_service(health_server);
            let limits = ConnectionLimits {
                permits: Arc::new(Semaphore::new(ADMIN_CONNECTIONS)),
                end_of_life: None,
                ..limits.clone()
            };
            let incoming = accept(socket, None, limits);
            for_operators.spawn(router::transport(None).serve_with_incoming(routes, incoming));
        }
        if let Some(metrics) = operations.metrics {
            for_operators.spawn(async {
                metrics.upkeep().await;
                Ok(())
            });
        }
        let files = calls
            .access
            .files()
            .chain(tls.iter().flat_map(TlsAcceptor::files));
        let reloaded = reload::follow(files.collect(), || {
            calls.access.reload();
            if let Some(tls) = &tls {
                tls.reload();
            }
        });
        let well = Arc::clone(&readiness);
        let watchdog = systemd::watchdog(move || well.computes());
        let mut background = JoinSet::new();
        let serve = async {
            let (engine, store) = load(&shared.lanes.cold.compute, data).await?;
            let memory = &shared.memory;
            let engine = engine.with_memory(memory.model_bytes(), memory.draw_bytes());
            // Nothing else sets these.
            if let Some(store) = &store {
                let _ = shared.store.set(Arc::clone(store));
                let shown = engine.snapshot().version().unwrap_or(0);
                shared.current_version.send_replace(shown);
            }
            let _ = shared.engine.set(Arc::new(engine));
            readiness.probe().await;
            ready(addresses);
            systemd::notify(systemd::UnitState::Ready);
            // A draining server follows its store and watches its memory until the end: deliveries
            // in hand wait for what others commit.
            if let Some(store) = store {
                background.spawn(follow::follow(Arc::clone(&shared), store));
            }
            let watched = Arc::clone(&shared);
            background.spawn(async move { watched.watch_memory().await });
            let watch = async {
                readiness.watch().await;
                std::future::pending().await
            };
            // Without these the figures would never change again: a panic of one ends the server.
            tokio::select! {
                ended = watch => ended,
                Some(ended) = background.join_next() => Ok(ended?),
            }
        };
        let ended: Result<(), ServerError> = tokio::select! {
            ended = serve => ended,
            () = stop => Ok(()),
            () = drain.notified() => Ok(()),
            Some(ended) = serving.join_next() => return Ok(ended??),
            () = reloaded => Ok(()),
            () = watchdog => Ok(()),
        };
        systemd::notify(systemd::UnitState::Stopping);
        tracing::info!(grace = ?settings.grace, "draining");
        // Health watchers see the change; their streams end once the status is cleared.
        set_health(&health, ServingStatus::NotServing).await;
        for name in NAMES {
            health.clear_service_status(name).await;
        }
        // Who still checks is told the same.
        set_health(&health, ServingStatus::NotServing).await;
        shared.draining.cancel();
        let mut all_closed = async |limit| {
            let all = async {
                while let Some(served) = serving.join_next().await {
                    served??;
                }
                Ok::<_, ServerError>(())
            };
            tokio::time::timeout(limit, all).await
        };
        let grace = if ended.is_ok() {
            settings.grace
        } else {
            Duration::ZERO
        };
        if let Ok(closed) = all_closed(grace).await {
            return closed.and(ended);
        }
        tracing::info!("the grace is over, streams end");
        shared.stopping.cancel();
        if let Ok(closed) = all_closed(LAST_WORDS).await {
            return closed.and(ended);
        }
        tracing::warn!("connections are still open and are cut");
        limits.abort.cancel();
        // A connection ends as soon as its task runs.
        let _ = all_closed(LAST_WORDS).await;
        ended
    }
}

/// Bind an address.
async fn bind(address: &ListenAddress) -> Result<BoundSocket, ServerError> {
    let failed = |source| ServerError::Bind {
        address: address.to_string(),
        source,
    };
    BoundSocket::bind(address).await.map_err(failed)
}

impl CallLayer {
    /// Check that calls at an address that others reach need a credential and are encrypted.
    ///
    /// # Errors
    /// They are not.
    fn refuse_openness(&self, address: &ListenAddress, is_plain: bool) -> Result<(), ServerError> {
        let missing = match (is_plain, self.access.is_required()) {
            (false, true) => return Ok(()),
            (true, true) => "plaintext: expected --tls-cert and --tls-key",
            (false, false) => "open to all: expected --api-keys, --token-key or --tls-client-ca",
            (true, false) => {
                "plaintext and open to all: expected --tls-cert and --tls-key, and --api-keys, \
                 --token-key or --tls-client-ca"
            }
        };
        Err(ServerError::Insecure {
            address: address.to_string(),
            missing: missing.to_owned(),
            option: "--insecure",
        })
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
