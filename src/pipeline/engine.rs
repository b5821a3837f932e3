//! The engine: a catalog, and the panel models fitted on it, kept for the next request.

use super::kept::KeptResults;
use super::kept_draws::{KeptDraws, PlacedDraws};
use super::model_key::ModelKey;
use super::outlook::{
    Outlook, OutlookChange, OutlookDraws, OutlookError, OutlookRequest, TrackRecordRow,
};
use super::plan::{ModelPlace, Plan};
use super::request::ForecastRequest;
use crate::catalog::{Catalog, Snapshot};
use crate::trade::Regressors;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::Date;

/// Number of panel models that are kept.
const MAX_MODELS: usize = 64;

/// Bytes of panel models that are kept, unless stated otherwise.
const MODEL_BYTES: usize = 1 << 30;

/// Number of outlooks, and of comparisons of outlooks, that are kept.
const MAX_OUTLOOKS: usize = 64;

/// Number of draws of outlooks that are kept, each of about 10 kB a path, and the most paths.
const MAX_DRAWS: usize = 4;
const MOST_KEPT_PATHS: usize = 2000;

/// Number of rows of track records that are kept.
const MAX_RECORD_ROWS: usize = 2048;

/// The most earlier snapshots, each as large as the figures, that panel models are kept of.
const MOST_SNAPSHOTS_BEFORE: usize = 2;

/// A panel of so many series takes seconds to fit: the model of the snapshot before answers until
/// that is done.
const LARGE_PANEL: usize = 1000;

/// A panel model that is kept, once it is fitted.
#[derive(Debug)]
struct CachedModel {
    /// When it was last requested: a number that rises.
    used: u64,
    /// The snapshot that it is fitted to, which is as large as the figures.
    snapshot: Arc<Snapshot>,
    place: Arc<ModelPlace>,
}

/// Plans requests on the current snapshot. Cheap to share; every call is pure but for the kept
/// panel models.
#[derive(Debug)]
pub struct Engine {
    catalog: Catalog,
    /// The most bytes of panel models that are kept.
    model_bytes: usize,
    models: Mutex<HashMap<ModelKey, CachedModel>>,
    outlooks: KeptResults<OutlookKey, Arc<Outlook>>,
    draws: KeptResults<OutlookKey, Arc<OutlookDraws>>,
    /// Draws of forecasts, where they are kept.
    forecast_draws: Option<Arc<KeptDraws>>,
    /// Changes since a day.
    changes: KeptResults<(OutlookKey, Date), Arc<OutlookChange>>,
    /// Rows of track records by day; `None` of days without an outlook.
    record_rows: KeptResults<(OutlookKey, Date), Option<TrackRecordRow>>,
}

/// What an outlook depends on: the number of the snapshot, and the request.
type OutlookKey = (u64, OutlookRequest);

impl Engine {
    /// Return an engine over `catalog`.
    pub fn new(catalog: Catalog) -> Self {
        Self {
            catalog,
            model_bytes: MODEL_BYTES,
            models: Mutex::default(),
            outlooks: KeptResults::new(MAX_OUTLOOKS),
            draws: KeptResults::new(MAX_DRAWS),
            forecast_draws: None,
            changes: KeptResults::new(MAX_OUTLOOKS),
            record_rows: KeptResults::new(MAX_RECORD_ROWS),
        }
    }

    /// Keep panel models of at most `models` bytes, beside the one that is in use, and draws of
    /// forecasts of at most `draws` bytes for requests of other measures and levels.
    #[must_use]
    pub fn with_memory(self, models: usize, draws: u64) -> Self {
        Self {
            model_bytes: models,
            forecast_draws: (draws > 0).then(|| Arc::new(KeptDraws::new(draws))),
            ..self
        }
    }

    /// Return the number of forecasts whose draws are kept.
    #[cfg(test)]
    pub(super) fn kept_forecasts(&self) -> usize {
        self.forecast_draws.as_ref().map_or(0, |draws| draws.len())
    }

    /// Return where the draws of a model's forecasts are kept.
    fn kept(&self, model: ModelKey) -> Option<PlacedDraws> {
        let draws = self.forecast_draws.clone()?;
        Some(PlacedDraws { model, draws })
    }

    /// Return the current snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.catalog.snapshot()
    }

    /// Replace the current snapshot by `snapshot`. Plans keep the snapshot that they were made
    /// on; outlooks on it are forgotten.
    pub fn replace(&self, snapshot: Snapshot) {
        self.catalog.replace(snapshot);
        self.outlooks.clear();
        self.draws.clear();
        if let Some(draws) = &self.forecast_draws {
            draws.clear();
        }
        self.changes.clear();
        self.record_rows.clear();
    }

    /// Return the numbers of the current snapshot and of those that panel models are kept of: no
    /// other is planned on again.
    pub fn snapshot_numbers(&self) -> Vec<u64> {
        let models = self.lock();
        let of_models = models.keys().map(|(number, ..)| *number);
        of_models.chain([self.snapshot().number()]).collect()
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
            request.news,
        );
        let model = self.model(key, &snapshot);
        Plan::new(snapshot, request, Arc::default(), model).keeping(self.kept(key))
    }

    /// Return the plan of `request` on the latest snapshot before the current one whose panel model
    /// is fitted: where the panel is large, it answers while that of the current one is fitted.
    pub fn plan_before(&self, request: &ForecastRequest) -> Option<Plan> {
        let current = self.catalog.snapshot();
        if current.keys().len() < LARGE_PANEL {
            return None;
        }
        let models = self.lock();
        let same = models
            .iter()
            .filter(|((number, vintage, method, horizon, news), model)| {
                *number < current.number()
                    && (*vintage, *method, *horizon, *news)
                        == (
                            request.vintage,
                            request.method,
                            request.horizon,
                            request.news,
                        )
                    && model.place.is_fitted()
            });
        let (key, model) = same.max_by_key(|((number, ..), _)| *number)?;
        let (snapshot, place) = (Arc::clone(&model.snapshot), Arc::clone(&model.place));
        let plan = Plan::new(snapshot, request.clone(), Arc::default(), place);
        Some(plan.keeping(self.kept(*key)))
    }

    /// Forget the draws of forecasts, or without any the panel model that was requested longest
    /// ago, or without one the draws of outlooks; say whether there was anything to forget.
    pub fn forget(&self) -> bool {
        let draws = self.forecast_draws.as_ref();
        draws.is_some_and(|draws| draws.clear())
            || forget_oldest(&mut self.lock())
            || self.draws.clear()
            || self.outlooks.clear()
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

    /// Return the outlook that was kept for `request` on `snapshot`.
    pub fn kept_outlook(
        &self,
        snapshot: &Snapshot,
        request: &OutlookRequest,
    ) -> Option<Arc<Outlook>> {
        self.outlooks.get(&(snapshot.number(), request.clone()))
    }

    /// Keep an outlook for the next request. Where there are too many, the oldest goes.
    pub fn keep_outlook(&self, snapshot: &Snapshot, request: OutlookRequest, found: Arc<Outlook>) {
        self.outlooks.keep((snapshot.number(), request), found);
    }

    /// Return the draws that are kept for `request` on `snapshot`, else those of `draw`.
    pub(super) fn kept_draws(
        &self,
        snapshot: &Snapshot,
        request: OutlookRequest,
        draw: impl FnOnce() -> Result<OutlookDraws, OutlookError>,
    ) -> Result<Arc<OutlookDraws>, OutlookError> {
        let paths = request.paths();
        let key = (snapshot.number(), request);
        if let Some(kept) = self.draws.get(&key) {
            return Ok(kept);
        }
        let drawn = Arc::new(draw()?);
        if paths <= MOST_KEPT_PATHS {
            self.draws.keep(key, Arc::clone(&drawn));
        }
        Ok(drawn)
    }

    /// Return the change since a day that was kept for `request` on `snapshot`.
    pub fn kept_change(
        &self,
        snapshot: &Snapshot,
        request: &OutlookRequest,
        since: Date,
    ) -> Option<Arc<OutlookChange>> {
        let key = (snapshot.number(), request.clone());
        self.changes.get(&(key, since))
    }

    /// Keep the change since a day for the next request.
    pub fn keep_change(
        &self,
        snapshot: &Snapshot,
        request: OutlookRequest,
        found: Arc<OutlookChange>,
    ) {
        let key = (snapshot.number(), request);
        self.changes.keep((key, found.since), found);
    }

    /// Return the row of a track record that was kept for `request` on `snapshot`: `Some(None)` of
    /// a day that has no outlook.
    pub fn kept_record_row(
        &self,
        snapshot: &Snapshot,
        request: &OutlookRequest,
        day: Date,
    ) -> Option<Option<TrackRecordRow>> {
        let key = (snapshot.number(), request.clone());
        self.record_rows.get(&(key, day))
    }

    /// Keep the row of a track record for the next request.
    pub fn keep_record_row(
        &self,
        snapshot: &Snapshot,
        request: OutlookRequest,
        day: Date,
        row: Option<TrackRecordRow>,
    ) {
        let key = (snapshot.number(), request);
        self.record_rows.keep((key, day), row);
    }

    /// Return the place of a panel model. Where there are too many, or too many bytes, those that
    /// were requested longest ago go. Of those of earlier snapshots only the latest that is fitted
    /// is kept, and that only where its snapshot is one of the two latest with a model.
    fn model(&self, key: ModelKey, snapshot: &Arc<Snapshot>) -> Arc<ModelPlace> {
        let mut models = self.lock();
        let now = models.values().map(|model| model.used).max().unwrap_or(0) + 1;
        let mut before = None;
        if !models.contains_key(&key) {
            let of = |(number, vintage, method, horizon, news): ModelKey| {
                (number < key.0).then_some((vintage, method, horizon, news))
            };
            let same = |other: &ModelKey| of(*other) == Some((key.1, key.2, key.3, key.4));
            let fitted = models.iter().filter(|(_, model)| model.place.is_fitted());
            let latest = fitted.map(|(other, _)| *other).filter(same);
            let latest = latest.max_by_key(|(number, ..)| *number);
            before = latest.and_then(|key| models.get(&key).map(|m| Arc::clone(&m.place)));
            models.retain(|other, _| !same(other) || Some(*other) == latest);
            let mut earlier: Vec<u64> = models
                .iter()
                .filter(|((number, ..), model)| *number < key.0 && model.place.is_fitted())
                .map(|((number, ..), _)| *number)
                .collect();
            earlier.sort_unstable_by(|a, b| b.cmp(a));
            earlier.dedup();
            if let Some(oldest) = earlier.get(MOST_SNAPSHOTS_BEFORE - 1) {
                models.retain(|(number, ..), _| number >= oldest);
            }
            let bytes = |models: &HashMap<ModelKey, CachedModel>| -> usize {
                models.values().map(|model| model.place.bytes()).sum()
            };
            while models.len() >= MAX_MODELS || bytes(&models) > self.model_bytes {
                forget_oldest(&mut models);
            }
        }
        let model = models.entry(key).or_insert_with(|| CachedModel {
            used: now,
            snapshot: Arc::clone(snapshot),
            place: Arc::new(ModelPlace::after(before.as_deref())),
        });
        model.used = now;
        Arc::clone(&model.place)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ModelKey, CachedModel>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forget the panel model that was requested longest ago, and say whether there was one.
fn forget_oldest(models: &mut HashMap<ModelKey, CachedModel>) -> bool {
    let oldest = models.iter().min_by_key(|(_, model)| model.used);
    let oldest = oldest.map(|(key, _)| *key);
    oldest.and_then(|key| models.remove(&key)).is_some()
}
