//! Plans of forecasts: a request on one snapshot, before and after the panel model is fitted.

use super::failure::ForecastError;
use super::forecast::{SeriesForecast, draw, read};
use super::kept_draws::PlacedDraws;
use super::request::ForecastRequest;
use crate::catalog::Snapshot;
use crate::projection::{DrawnForecast, PanelModel};
use crate::trade::basis::describe_changes;
use crate::trade::{Regressors, Series};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A place for the panel model that plans share: it is filled by the first that is prepared.
#[derive(Debug, Default)]
pub(super) struct ModelPlace {
    model: OnceLock<Arc<PanelModel>>,
    /// The model of earlier figures, until this one is fitted: what stayed the same is taken from
    /// it.
    before: Mutex<Option<Arc<PanelModel>>>,
    /// Whether somebody has begun to fit the model ahead of requests.
    is_claimed: AtomicBool,
}

impl ModelPlace {
    /// Return an empty place, where `before` is that of the same model on earlier figures.
    pub(super) fn after(before: Option<&Self>) -> Self {
        let before = before.and_then(|place| place.model.get().cloned());
        Self {
            before: Mutex::new(before),
            ..Self::default()
        }
    }

    /// Return the model of earlier figures.
    fn before(&self) -> Option<Arc<PanelModel>> {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        before.clone()
    }

    /// Return about how many bytes the model takes; 0 before it is fitted.
    pub(super) fn bytes(&self) -> usize {
        self.model.get().map_or(0, |model| model.bytes())
    }

    /// Return whether the model is fitted.
    pub(super) fn is_fitted(&self) -> bool {
        self.model.get().is_some()
    }
}

/// A request planned on one snapshot: later snapshots change nothing for it. Nothing is computed
/// yet, and nothing can be run before [`Plan::prepare`].
#[derive(Debug, Clone)]
pub struct Plan {
    snapshot: Arc<Snapshot>,
    model: Arc<ModelPlace>,
    request: ForecastRequest,
    regressors: Arc<Regressors>,
    kept: Option<PlacedDraws>,
}

/// A plan whose panel model is fitted: it runs forecasts, explanations and scenarios.
#[derive(Debug, Clone)]
pub struct PreparedPlan {
    snapshot: Arc<Snapshot>,
    model: Arc<PanelModel>,
    request: ForecastRequest,
    kept: Option<PlacedDraws>,
}

impl Plan {
    pub(super) fn new(
        snapshot: Arc<Snapshot>,
        request: ForecastRequest,
        regressors: Arc<Regressors>,
        model: Arc<ModelPlace>,
    ) -> Self {
        Self {
            snapshot,
            model,
            request,
            regressors,
            kept: None,
        }
    }

    /// Keep the draws of forecasts where a place is given.
    pub(super) fn keeping(self, kept: Option<PlacedDraws>) -> Self {
        Self { kept, ..self }
    }

    /// Return the request.
    pub fn request(&self) -> &ForecastRequest {
        &self.request
    }

    /// Return the snapshot that the plan runs on.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether the panel model is fitted already, so that [`Plan::prepare`] returns at once.
    pub fn is_prepared(&self) -> bool {
        self.model.is_fitted()
    }

    /// Return about how many bytes are in use at most while the panel model is fitted.
    pub fn bytes_to_fit(&self) -> usize {
        let panel = self.snapshot.panel(self.request.vintage);
        PanelModel::bytes_to_fit(&panel, self.request.method, self.request.horizon)
    }

    /// Return about how many bytes are in use at most while one series is forecast: those of its
    /// draws and of what is read from them.
    pub fn bytes_of_series(&self) -> usize {
        const COPIES: usize = 4;
        COPIES * self.request.paths() * self.request.horizon() * size_of::<f64>()
    }

    /// Return about how many bytes are in use while the total of so many series is forecast:
    /// the draws of each, and the paths of the sum.
    pub fn bytes_of_total(&self, series: usize) -> usize {
        (series + 3) * self.request.paths() * self.request.horizon() * size_of::<f64>()
    }

    /// Let others fit the panel model ahead of requests: the caller who claimed it has failed.
    pub fn release_claim(&self) {
        self.model.is_claimed.store(false, Ordering::Relaxed);
    }

    /// Return whether the caller is the first who wants to fit the panel model ahead of requests.
    pub fn claim(&self) -> bool {
        !self.model.is_claimed.swap(true, Ordering::Relaxed)
    }

    /// Fit the panel model, unless that of the same snapshot, vintage, method and horizon is
    /// fitted; else the time is in proportion to the panel, or to the groups of the panel that have
    /// changed since the model of an earlier snapshot was fitted.
    ///
    /// No lock is held meanwhile: the fit runs on rayon threads, and a thread that waits for its
    /// share may take up a job that prepares the same plan. Two calls at once fit the same model
    /// twice and keep the first, so a caller with many requests lets one of them prepare first.
    pub fn prepare(&self) -> PreparedPlan {
        let place = &self.model.model;
        let model = match place.get() {
            Some(model) => Arc::clone(model),
            None => {
                let fitted = Arc::new(self.fit(self.model.before().as_deref()));
                let model = Arc::clone(place.get_or_init(|| fitted));
                *self
                    .model
                    .before
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = None;
                model
            }
        };
        PreparedPlan {
            snapshot: Arc::clone(&self.snapshot),
            model,
            request: self.request.clone(),
            kept: self.kept.clone(),
        }
    }

    fn fit(&self, before: Option<&PanelModel>) -> PanelModel {
        let panel = self.snapshot.panel(self.request.vintage);
        if let Some(before) = before {
            let ForecastRequest {
                method,
                horizon,
                news,
                ..
            } = self.request;
            return PanelModel::fit_after(before, &panel, method, horizon, news);
        }
        PanelModel::fit_with_news(
            &panel,
            self.request.method,
            self.request.horizon,
            Arc::clone(&self.regressors),
            self.request.news,
        )
    }
}

impl PreparedPlan {
    /// Return the request.
    pub fn request(&self) -> &ForecastRequest {
        &self.request
    }

    /// Return the snapshot that the plan runs on.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Return the model fitted to the panel.
    pub fn model(&self) -> &PanelModel {
        &self.model
    }

    /// Return the forecast of a series with its draws. Those of stated events are not kept.
    fn drawn(&self, series: &Series<'_>) -> Result<Arc<DrawnForecast>, ForecastError> {
        let request = &self.request;
        let draw = || draw(series, &self.model, request);
        match &self.kept {
            Some(kept) if request.events.all().is_empty() => {
                kept.find_or_draw(series.id(), (request.seed, request.paths), draw)
            }
            _ => draw().map(Arc::new),
        }
    }

    /// Forecast one series.
    ///
    /// # Errors
    /// Why this series has no forecast.
    pub fn run(&self, key: &str) -> Result<SeriesForecast, ForecastError> {
        let (_, series) = self.snapshot.series(key, self.request.vintage)?;
        let drawn = self.drawn(&series)?;
        let mut forecast = read(&drawn, &series, &self.model, &self.request);
        let changes = self.snapshot.bases(series.id());
        let changes = describe_changes(changes, series.last()).into_iter();
        let note = |change: String| format!("figures of one series counted by two bases: {change}");
        forecast.notes.extend(changes.map(note));
        Ok(forecast)
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, Snapshot, Vintage};
    use crate::pipeline::{Engine, ForecastRequest};
    use crate::projection::Method;
    use rayon::prelude::*;
    use std::path::Path;

    #[test]
    fn a_plan_may_be_prepared_by_many_rayon_threads_at_once() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let snapshot = Snapshot::new(crate::ingest::read_folder(&data).unwrap()).unwrap();
        let engine = Engine::new(Catalog::new(snapshot));
        let request = ForecastRequest::new(3, &[], Vintage::Latest, 0, Method::Auto, 100).unwrap();
        let plan = engine.plan(request);
        let key = "USA.CHN.M.TOTAL.USD";
        let all: Vec<_> = (0..4)
            .into_par_iter()
            .map(|_| plan.prepare().run(key))
            .collect();
        assert!(plan.is_prepared());
        assert!(all.iter().all(|forecast| forecast == &all[0]));
    }
}
