//! The engine: a catalog, and the panel models fitted on it, kept for the next request.

use super::plan::{Plan, SharedModel};
use super::request::ForecastRequest;
use crate::catalog::{Catalog, Snapshot, Vintage};
use crate::projection::Method;
use crate::trade::Regressors;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Number of panel models that are kept.
const MAX_MODELS: usize = 16;

/// When a panel model was last requested, and the model once it is fitted.
type CachedModel = (u64, SharedModel);

/// What a panel model depends on: the snapshot (by its number), its vintage, the method and the
/// horizon.
type ModelKey = (u64, Vintage, Method, usize);

/// Plans requests on the current snapshot. Cheap to share; every call is pure but for the kept
/// panel models.
#[derive(Debug)]
pub struct Engine {
    catalog: Catalog,
    models: Mutex<HashMap<ModelKey, CachedModel>>,
}

impl Engine {
    /// Return an engine over `catalog`.
    pub fn new(catalog: Catalog) -> Self {
        Self {
            catalog,
            models: Mutex::default(),
        }
    }

    /// Return the current snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.catalog.snapshot()
    }

    /// Replace the current snapshot by `snapshot`. Plans keep the snapshot that they were made
    /// on.
    pub fn replace(&self, snapshot: Snapshot) {
        self.catalog.replace(snapshot);
    }

    /// Plan `request` on the current snapshot. Nothing is computed yet.
    pub fn plan(&self, request: ForecastRequest) -> Plan {
        self.plan_on(self.catalog.snapshot(), request)
    }

    /// Plan `request` on a snapshot that was taken before.
    pub fn plan_on(&self, snapshot: Arc<Snapshot>, request: ForecastRequest) -> Plan {
        let key = (
            snapshot.number(),
            request.vintage,
            request.method,
            request.horizon,
        );
        let model = self.model(key);
        Plan::new(snapshot, request, Arc::default(), model)
    }

    /// Plan `request` with `regressors` of its own. The model fitted with them serves this plan
    /// alone.
    pub fn plan_with(&self, request: ForecastRequest, regressors: Arc<Regressors>) -> Plan {
        self.plan_with_on(self.catalog.snapshot(), request, regressors)
    }

    /// Plan `request` with `regressors` of its own on a snapshot that was taken before.
    pub fn plan_with_on(
        &self,
        snapshot: Arc<Snapshot>,
        request: ForecastRequest,
        regressors: Arc<Regressors>,
    ) -> Plan {
        if regressors.names().is_empty() {
            return self.plan_on(snapshot, request);
        }
        Plan::new(snapshot, request, regressors, Arc::default())
    }

    /// Return the place of a panel model. Where there are too many, the one that was requested
    /// longest ago goes.
    fn model(&self, key: ModelKey) -> SharedModel {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let now = models.values().map(|(used, _)| *used).max().unwrap_or(0) + 1;
        if models.len() >= MAX_MODELS && !models.contains_key(&key) {
            let oldest = models
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(key, _)| *key);
            oldest.and_then(|key| models.remove(&key));
        }
        let (used, model) = models.entry(key).or_default();
        *used = now;
        Arc::clone(model)
    }
}
