//! The engine: a catalog, and what its panel has taught, kept for the next request.

use super::forecast::forecast;
use super::{ForecastError, ForecastRequest, SeriesForecast};
use crate::catalog::{Catalog, Snapshot, Vintage};
use crate::projection::{Method, PanelModel};
use crate::trade::Regressors;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many pools are kept.
const MOST_KEPT: usize = 16;

/// When a pool was last asked for, and the pool once it is made.
type CachedModel = (u64, Arc<OnceLock<PanelModel>>);

/// What a pool depends on: the snapshot (by its number), its vintage, the method and the horizon.
type ModelKey = (u64, Vintage, Method, usize);

/// Runs requests against the current snapshot. Cheap to share; every call is pure but for the kept pools.
#[derive(Debug)]
pub struct Engine {
    catalog: Catalog,
    pools: Mutex<HashMap<ModelKey, CachedModel>>,
}

/// A request planned on one snapshot: what comes later changes nothing for it.
#[derive(Debug, Clone)]
pub struct Plan {
    snapshot: Arc<Snapshot>,
    pool: Arc<OnceLock<PanelModel>>,
    request: ForecastRequest,
    regressors: Arc<Regressors>,
}

impl Engine {
    /// An engine over `catalog`.
    pub fn new(catalog: Catalog) -> Self {
        Self {
            catalog,
            pools: Mutex::default(),
        }
    }

    /// The snapshot as it stands now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.catalog.snapshot()
    }

    /// Puts `snapshot` in the place of the current one; what is planned already stays with its own.
    pub fn replace(&self, snapshot: Snapshot) {
        self.catalog.replace(snapshot);
    }

    /// Plans `request` on the current snapshot. Nothing is computed yet.
    pub fn plan(&self, request: ForecastRequest) -> Plan {
        self.plan_on(self.catalog.snapshot(), request)
    }

    /// Plans `request` on a snapshot that was taken before.
    pub fn plan_on(&self, snapshot: Arc<Snapshot>, request: ForecastRequest) -> Plan {
        let key = (
            snapshot.number(),
            request.vintage,
            request.method,
            request.horizon,
        );
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let now = pools.values().map(|(used, _)| *used).max().unwrap_or(0) + 1;
        if pools.len() >= MOST_KEPT && !pools.contains_key(&key) {
            let oldest = pools
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(key, _)| *key);
            oldest.and_then(|key| pools.remove(&key));
        }
        let (used, pool) = pools.entry(key).or_default();
        *used = now;
        Plan {
            pool: Arc::clone(pool),
            snapshot,
            request,
            regressors: Arc::default(),
        }
    }

    /// Plans `request` with the user's own regressors. What is learnt with them serves this plan alone.
    pub fn plan_with(&self, request: ForecastRequest, regressors: Arc<Regressors>) -> Plan {
        self.plan_with_on(self.catalog.snapshot(), request, regressors)
    }

    /// Plans `request` with the user's own regressors on a snapshot that was taken before.
    pub fn plan_with_on(
        &self,
        snapshot: Arc<Snapshot>,
        request: ForecastRequest,
        regressors: Arc<Regressors>,
    ) -> Plan {
        if regressors.names().is_empty() {
            return self.plan_on(snapshot, request);
        }
        Plan {
            snapshot,
            pool: Arc::default(),
            request,
            regressors,
        }
    }
}

impl Plan {
    /// The request.
    pub fn request(&self) -> &ForecastRequest {
        &self.request
    }

    /// The snapshot that it runs on.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether the panel has been learnt from already, so that [`Plan::prepare`] returns at once.
    pub fn is_prepared(&self) -> bool {
        self.pool.get().is_some()
    }

    /// Learns from the panel, unless an earlier request has; the first call takes time in proportion to the panel.
    ///
    /// On rayon threads at most one call may be learning at a time: a thread that waits for its share of the work takes up other
    /// work, and if that were a second call for the same pool, it would wait for itself for ever.
    pub fn prepare(&self) -> &PanelModel {
        self.pool.get_or_init(|| {
            let panel = self.snapshot.panel(self.request.vintage);
            let regressors = Arc::clone(&self.regressors);
            PanelModel::fit_with(
                &panel,
                self.request.method,
                self.request.horizon,
                regressors,
            )
        })
    }

    /// Runs one series.
    ///
    /// # Errors
    /// Why this series has no forecast.
    pub fn run(&self, key: &str) -> Result<SeriesForecast, ForecastError> {
        let (_, series) = self.snapshot.series(key, self.request.vintage)?;
        forecast(&series, self.prepare(), &self.request)
    }
}
