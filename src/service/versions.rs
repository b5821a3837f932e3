//! Engines pinned to a version of the store, and the cache of earlier versions.

use super::ServiceError;
use crate::catalog::{Catalog, Snapshot};
use crate::pipeline::outlook::{OutlookChange, PreparedOutlook, TrackRecordRow};
use crate::pipeline::{
    Engine, ForecastRequest, Outlook, OutlookError, OutlookPlan, OutlookRequest, Plan,
};
use crate::trade::Regressors;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use time::Date;
use tokio::sync::OwnedMutexGuard;

/// Earlier versions kept for later requests, each as large in memory as the current one.
const MOST_KEPT: usize = 2;
/// Earlier versions in memory at all, including those that slow streams still read.
const MOST_ALIVE: usize = 4;

/// An engine at one snapshot: later commits change nothing for its holder.
#[derive(Debug, Clone)]
pub(super) struct PinnedEngine {
    engine: Arc<Engine>,
    snapshot: Arc<Snapshot>,
}

impl PinnedEngine {
    /// Pin `engine` to the snapshot that it shows now.
    pub(super) fn new(engine: &Arc<Engine>) -> Self {
        Self {
            snapshot: engine.snapshot(),
            engine: Arc::clone(engine),
        }
    }

    /// Return the figures.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// Return the version of the store as the wire says it: 0 where there is none.
    pub(super) fn version(&self) -> u64 {
        self.snapshot.version().unwrap_or(0)
    }

    /// Plan `request`.
    pub(super) fn plan(&self, request: ForecastRequest) -> Plan {
        self.engine.plan_on(self.snapshot(), request)
    }

    /// Return the plan that answers while the panel model of `plan` is fitted.
    pub(super) fn plan_before(&self, plan: &Plan) -> Option<Plan> {
        self.engine.plan_before(plan.request())
    }

    /// Plan `request` with the user's own regressors.
    pub(super) fn plan_with(&self, request: ForecastRequest, regressors: Arc<Regressors>) -> Plan {
        let snapshot = self.snapshot();
        self.engine.plan_with_on(snapshot, request, regressors)
    }

    /// Return the outlook that was kept for `request`.
    pub(super) fn kept_outlook(&self, request: &OutlookRequest) -> Option<Arc<Outlook>> {
        self.engine.kept_outlook(&self.snapshot, request)
    }

    /// Keep an outlook for the next request.
    pub(super) fn keep_outlook(&self, request: OutlookRequest, found: &Arc<Outlook>) {
        self.engine
            .keep_outlook(&self.snapshot, request, Arc::clone(found));
    }

    /// Run a prepared outlook, from draws that are kept where there are such.
    pub(super) fn run_outlook(&self, plan: &PreparedOutlook) -> Result<Outlook, OutlookError> {
        plan.run_on(&self.engine)
    }

    /// Return the change since a day that was kept for `request`.
    pub(super) fn kept_change(
        &self,
        request: &OutlookRequest,
        since: Date,
    ) -> Option<Arc<OutlookChange>> {
        self.engine.kept_change(&self.snapshot, request, since)
    }

    /// Keep the change since a day for the next request.
    pub(super) fn keep_change(&self, request: OutlookRequest, found: &Arc<OutlookChange>) {
        self.engine
            .keep_change(&self.snapshot, request, Arc::clone(found));
    }

    /// Return the row of a track record that was kept for `request`: `Some(None)` of a day that has
    /// no outlook.
    pub(super) fn kept_record_row(
        &self,
        request: &OutlookRequest,
        day: Date,
    ) -> Option<Option<TrackRecordRow>> {
        self.engine.kept_record_row(&self.snapshot, request, day)
    }

    /// Keep the row of a track record for the next request.
    pub(super) fn keep_record_row(
        &self,
        request: OutlookRequest,
        day: Date,
        row: Option<TrackRecordRow>,
    ) {
        self.engine
            .keep_record_row(&self.snapshot, request, day, row);
    }

    /// Plan an outlook.
    pub(super) fn plan_outlook(
        &self,
        request: OutlookRequest,
    ) -> Result<OutlookPlan, OutlookError> {
        OutlookPlan::new(&self.engine, self.snapshot(), request)
    }

    /// Return whether both share one engine.
    #[cfg(test)]
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.engine, &other.engine)
    }
}

/// A cache of earlier versions, bounded in number.
#[derive(Debug, Default)]
pub(super) struct VersionCache {
    cached: Mutex<CachedVersions>,
    /// Held by the one load that runs: reading a version fills memory, and callers who request
    /// many versions at once could fill all of it.
    loading: Arc<tokio::sync::Mutex<()>>,
}

/// The earlier versions in memory.
#[derive(Debug, Default)]
struct CachedVersions {
    /// The engines kept for later requests, the most recently used last.
    kept: Vec<(u64, Arc<Engine>)>,
    /// Every version that was loaded and that somebody still holds.
    alive: Vec<Weak<Snapshot>>,
}

impl VersionCache {
    fn lock(&self) -> MutexGuard<'_, CachedVersions> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wait for the turn to load a version.
    pub(super) async fn loading_turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.loading).lock_owned().await
    }

    /// Return `version` where it is kept, and mark it as the most recently used.
    pub(super) fn find(&self, version: u64) -> Option<PinnedEngine> {
        let kept = &mut self.lock().kept;
        let at = kept.iter().position(|(of, _)| *of == version)?;
        kept[at..].rotate_left(1);
        kept.last().map(|(_, engine)| PinnedEngine::new(engine))
    }

    /// Drop the least recently used version where the cache is full.
    ///
    /// # Errors
    /// Callers hold as many versions as memory is planned for.
    pub(super) fn make_room(&self) -> Result<(), ServiceError> {
        let cached = &mut *self.lock();
        if cached.kept.len() >= MOST_KEPT {
            cached.kept.remove(0);
        }
        cached.alive.retain(|snapshot| snapshot.strong_count() > 0);
        if cached.alive.len() >= MOST_ALIVE {
            return Err(ServiceError::ManyVersions { limit: MOST_ALIVE });
        }
        Ok(())
    }

    /// Drop the least recently used version, and say whether there was one.
    pub(super) fn forget(&self) -> bool {
        let kept = &mut self.lock().kept;
        let is_any = !kept.is_empty();
        kept.drain(..usize::from(is_any));
        is_any
    }

    /// Keep `snapshot` as `version` and return its engine, which keeps panel models of at most so
    /// many bytes, and no draws.
    pub(super) fn keep(
        &self,
        version: u64,
        snapshot: Snapshot,
        model_bytes: usize,
    ) -> PinnedEngine {
        let engine = Engine::new(Catalog::new(snapshot)).with_memory(model_bytes, 0);
        let pinned = PinnedEngine::new(&Arc::new(engine));
        let cached = &mut *self.lock();
        cached.kept.push((version, Arc::clone(&pinned.engine)));
        cached.alive.push(Arc::downgrade(&pinned.snapshot));
        pinned
    }

    /// Return the numbers of the snapshots that are kept.
    pub(super) fn snapshot_numbers(&self) -> Vec<u64> {
        let kept = &self.lock().kept;
        let number = |(_, engine): &(u64, Arc<Engine>)| engine.snapshot().number();
        kept.iter().map(number).collect()
    }

    /// Return the kept versions, the most recently used last.
    #[cfg(test)]
    pub(super) fn kept(&self) -> Vec<u64> {
        self.lock().kept.iter().map(|(of, _)| *of).collect()
    }
}
