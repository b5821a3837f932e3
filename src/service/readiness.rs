//! Whether the service can do its work: its figures are loaded, its threads take work, its store
//! answers. Health checks and the admin listener report it.

use super::blocking::blocking;
use super::pb_server::{self, ingest_service_server};
use super::shared::{MAX_STREAMS, Shared};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The time between probes.
const EVERY: Duration = Duration::from_secs(5);
/// How long a probe may take.
const WITHIN: Duration = Duration::from_secs(10);
/// The names that health is reported for: the server as a whole, and each service.
pub(super) const NAMES: [&str; 7] = [
    "",
    pb_server::catalog_service_server::SERVICE_NAME,
    pb_server::forecast_service_server::SERVICE_NAME,
    pb_server::growth_service_server::SERVICE_NAME,
    pb_server::backtest_service_server::SERVICE_NAME,
    pb_server::outlook_service_server::SERVICE_NAME,
    ingest_service_server::SERVICE_NAME,
];

/// What the last probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct ReadinessReport {
    /// Whether the figures are loaded.
    figures: bool,
    /// Whether the compute threads take work.
    compute: bool,
    /// Whether the store answers; absent where figures come from files.
    store: Option<bool>,
    /// Whether the server is draining.
    draining: bool,
}

impl ReadinessReport {
    /// Return whether new calls will be served.
    pub(super) fn is_ready(&self) -> bool {
        self.answers() && self.store != Some(false)
    }

    /// Return whether calls that only read will be served: from memory, without the store.
    fn answers(&self) -> bool {
        self.figures && self.compute && !self.draining
    }

    /// Return what health checks of the service `name` say.
    fn status(&self, name: &str) -> ServingStatus {
        let serves = match name {
            "" | ingest_service_server::SERVICE_NAME => self.is_ready(),
            _ => self.answers(),
        };
        match serves {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        }
    }
}

/// Probes the service.
#[derive(Debug)]
pub(super) struct Readiness {
    shared: Arc<Shared>,
    health: HealthReporter,
    connections: (Arc<Semaphore>, usize),
    last: Mutex<ReadinessReport>,
    /// The version that is shown, and since when.
    shown: Mutex<(Option<u64>, Instant)>,
}

impl Readiness {
    /// Return a probe of a server that has not loaded its figures; `connections` are the permits of
    /// its connections, and how many there are.
    pub(super) fn new(
        shared: Arc<Shared>,
        health: HealthReporter,
        connections: (Arc<Semaphore>, usize),
    ) -> Self {
        let last = ReadinessReport {
            figures: false,
            compute: true,
            store: None,
            draining: false,
        };
        Self {
            shared,
            health,
            connections,
            last: Mutex::new(last),
            shown: Mutex::new((None, Instant::now())),
        }
    }

    /// Return what the last probe found.
    pub(super) fn report(&self) -> ReadinessReport {
        let mut report = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        report.draining = self.shared.draining.is_cancelled();
        report
    }

    /// Return whether the compute threads took work in time when they were probed last.
    pub(super) fn computes(&self) -> bool {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .compute
    }

    /// Probe again and again, and report it to health checks.
    pub(super) async fn watch(&self) {
        loop {
            self.probe().await;
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Probe once, and report it to health checks.
    pub(super) async fn probe(&self) {
        let shared = &self.shared;
        // The lanes that calls of people wait for; the others may be busy for long.
        let [reads, warm] = [&shared.lanes.reads, &shared.lanes.warm];
        let compute = tokio::time::timeout(WITHIN, async {
            tokio::try_join!(reads.compute.run(|| ()), warm.compute.run(|| ()))
        });
        let store = async {
            let store = Arc::clone(shared.store.get()?);
            // The entry of its latest version is there, unless the store is gone.
            let look = blocking(move || Ok(store.change(store.version())?.is_some()));
            let found = tokio::time::timeout(WITHIN, look).await;
            Some(matches!(found, Ok(Ok(true))))
        };
        let (compute, store) = tokio::join!(compute, store);
        let report = ReadinessReport {
            figures: shared.engine.get().is_some(),
            compute: matches!(compute, Ok(Ok(_))),
            store,
            draining: shared.draining.is_cancelled(),
        };
        let before = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *last, report)
        };
        if before.is_ready() != report.is_ready() {
            tracing::warn!(?report, ready = report.is_ready(), "readiness has changed");
        }
        if report.draining {
            // The server says that itself, once.
            return;
        }
        for name in NAMES {
            // Watchers are notified of changes only.
            let status = report.status(name);
            if status != before.status(name) {
                self.health.set_service_status(name, status).await;
            }
        }
    }

    /// Record what metrics say of the present state.
    pub(super) fn measure(&self) {
        let (permits, all) = &self.connections;
        let open = all.saturating_sub(permits.available_permits());
        metrics::gauge!("tradecast_connections").set(open as f64);
        metrics::gauge!("tradecast_ready").set(f64::from(u8::from(self.report().is_ready())));
        let streams = MAX_STREAMS.saturating_sub(self.shared.streams.available_permits());
        metrics::gauge!("tradecast_streams").set(streams as f64);
        let Some(engine) = self.shared.engine.get() else {
            return;
        };
        let snapshot = engine.snapshot();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.0 != Some(snapshot.version().unwrap_or(0)) {
            *shown = (Some(snapshot.version().unwrap_or(0)), Instant::now());
        }
        metrics::gauge!("tradecast_store_version").set(snapshot.version().unwrap_or(0) as f64);
        metrics::gauge!("tradecast_snapshot_age_seconds").set(shown.1.elapsed().as_secs_f64());
        metrics::gauge!("tradecast_series").set(snapshot.keys().len() as f64);
    }
}
