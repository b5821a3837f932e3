//! The figures as of a version: the one that is shown, or an earlier one out of the store.

use super::follow::blocking;
use super::{ServiceError, Shared};
use crate::catalog::{Catalog, Snapshot};
use crate::pipeline::{Engine, ForecastRequest, Planned};
use crate::trade::Regressors;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// Earlier versions that are kept for the next one who asks, each as large in memory as the one that is shown.
const MOST_KEPT: usize = 2;
/// Earlier versions in memory at all, those among them that slow streams still read.
const MOST_ALIVE: usize = 4;
/// How long a version that was committed a moment ago is waited for: it is loaded anyway.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(5);

/// An engine at one snapshot: what is committed meanwhile changes nothing for whoever holds it.
#[derive(Debug, Clone)]
pub(super) struct PinnedEngine {
    engine: Arc<Engine>,
    snapshot: Arc<Snapshot>,
}

impl PinnedEngine {
    fn new(engine: &Arc<Engine>) -> Self {
        Self {
            snapshot: engine.snapshot(),
            engine: Arc::clone(engine),
        }
    }

    /// The figures.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// The version of the store, as the wire says it.
    pub(super) fn version(&self) -> u64 {
        self.snapshot.version().unwrap_or(0)
    }

    /// Plans `request`.
    pub(super) fn plan(&self, request: ForecastRequest) -> Planned {
        self.engine.plan_on(self.snapshot(), request)
    }

    /// Plans `request` with the user's own regressors.
    pub(super) fn plan_with(
        &self,
        request: ForecastRequest,
        regressors: Arc<Regressors>,
    ) -> Planned {
        let snapshot = self.snapshot();
        self.engine.plan_with_on(snapshot, request, regressors)
    }
}

/// Earlier versions.
#[derive(Debug, Default)]
pub(super) struct VersionCache {
    memory: Mutex<CachedVersions>,
    /// PinnedEngine by the one load that runs: a version fills memory while it is read, and callers who ask for many could ask for all of it.
    loading: Arc<tokio::sync::Mutex<()>>,
}

/// What of them is in memory.
#[derive(Debug, Default)]
struct CachedVersions {
    /// The engines that are kept, the one that was asked for last at the end.
    kept: Vec<(u64, Arc<Engine>)>,
    /// All that were loaded and are not yet let go of by everybody.
    alive: Vec<Weak<Snapshot>>,
}

impl VersionCache {
    fn memory(&self) -> MutexGuard<'_, CachedVersions> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, version: u64) -> Option<PinnedEngine> {
        let kept = &mut self.memory().kept;
        let at = kept.iter().position(|(of, _)| *of == version)?;
        kept[at..].rotate_left(1);
        kept.last().map(|(_, engine)| PinnedEngine::new(engine))
    }

    /// Lets go of what makes room for one more.
    fn make_room(&self) -> Result<(), ServiceError> {
        let memory = &mut *self.memory();
        if memory.kept.len() >= MOST_KEPT {
            memory.kept.remove(0);
        }
        memory.alive.retain(|snapshot| snapshot.strong_count() > 0);
        if memory.alive.len() >= MOST_ALIVE {
            return Err(ServiceError::ManyVersions { limit: MOST_ALIVE });
        }
        Ok(())
    }

    fn keep(&self, version: u64, snapshot: Snapshot) -> PinnedEngine {
        let pinned = PinnedEngine::new(&Arc::new(Engine::new(Catalog::new(snapshot))));
        let memory = &mut *self.memory();
        memory.kept.push((version, Arc::clone(&pinned.engine)));
        memory.alive.push(Arc::downgrade(&pinned.snapshot));
        pinned
    }
}

impl Shared {
    /// The engine that runs, where no version is asked for or the one that it shows; else one of that version, read from the store unless it was lately.
    pub(super) async fn engine_at(
        &self,
        version: Option<u64>,
    ) -> Result<PinnedEngine, ServiceError> {
        let shown = PinnedEngine::new(self.engine()?);
        let Some(version) = version else {
            return Ok(shown);
        };
        let store = self.store()?;
        let shown = if shown.version() < version {
            self.followed_to(version).await?
        } else {
            shown
        };
        if shown.version() == version {
            return Ok(shown);
        }
        if let Some(pinned) = self.version_cache.find(version) {
            return Ok(pinned);
        }
        // The turn goes with the work, so that a caller who leaves does not let the next one in before the work is done.
        let turn = Arc::clone(&self.version_cache.loading).lock_owned().await;
        let past = Arc::clone(&self.version_cache);
        let load = move || {
            let _turn = turn;
            if let Some(pinned) = past.find(version) {
                return Ok(pinned);
            }
            past.make_room()?;
            let snapshot = Snapshot::of_store(store.read(Some(version))?)?;
            tracing::info!(version, "the figures of an earlier version are loaded");
            Ok(past.keep(version, snapshot))
        };
        blocking(load).await
    }

    /// Looks whether the store has come as far as `version`.
    pub(super) async fn reached(&self, version: u64) -> Result<(), ServiceError> {
        let store = self.store()?;
        let latest = blocking(move || {
            store.catch_up()?;
            Ok(store.version())
        });
        let latest = latest.await?;
        if latest < version {
            return Err(ServiceError::NoVersion {
                field: "version",
                asked: version,
                latest,
            });
        }
        Ok(())
    }

    /// What is shown once it is as late as `version`, which was not shown before; where that takes too long, what is shown then.
    async fn followed_to(&self, version: u64) -> Result<PinnedEngine, ServiceError> {
        self.reached(version).await?;
        let mut versions = self.current_version.subscribe();
        let followed = versions.wait_for(|shown| *shown >= version);
        // Whether it came in time shows in what is shown.
        let _ = tokio::time::timeout(FOLLOWED_WITHIN, followed).await;
        Ok(PinnedEngine::new(self.engine()?))
    }
}

impl ServiceError {
    /// The same error, where the version that is missing was named by another field.
    pub(super) fn of_version(self, field: &'static str) -> Self {
        match self {
            Self::NoVersion { asked, latest, .. } => Self::NoVersion {
                field,
                asked,
                latest,
            },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{InvalidRows, formats};
    use crate::service::Compute;
    use crate::service::follow::follow;
    use crate::store::Store;

    fn csv(folder: &std::path::Path, month: u32) -> std::path::PathBuf {
        let file = folder.join(format!("{month}.csv"));
        let header = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source";
        let row = format!("observation,USA,CHN,M,TOTAL,level,2024-{month:02},1,USD,p,,s");
        std::fs::write(&file, format!("{header}\n{row}\n")).unwrap();
        file
    }

    /// A service on a store of so many versions, each of which brings a month.
    fn shared(folder: &std::path::Path, versions: u32) -> Shared {
        let store = Store::open_or_create(folder.join("store").to_str().unwrap()).unwrap();
        for month in 1..=versions {
            let file = csv(folder, month);
            let taken = formats::read(&file, None, InvalidRows::Refuse);
            store.append(taken.unwrap().1.figures, None, None).unwrap();
        }
        let shared = Shared::new(Compute::start(1).unwrap(), Compute::start(1).unwrap());
        let snapshot = Snapshot::of_store(store.read(None).unwrap()).unwrap();
        let engine = Arc::new(Engine::new(Catalog::new(snapshot)));
        shared.engine.set(engine).unwrap();
        shared.store.set(Arc::new(store)).unwrap();
        shared.current_version.send_replace(u64::from(versions));
        shared
    }

    #[test]
    fn few_earlier_versions_are_kept_and_the_least_recently_used_goes() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path(), 5);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let at = |version: Option<u64>| runtime.block_on(shared.engine_at(version));
        let kept = || {
            let memory = shared.version_cache.memory();
            let versions = memory.kept.iter().map(|(version, _)| *version);
            versions.collect::<Vec<_>>()
        };
        let months = |pinned: &PinnedEngine| {
            let key = "USA.CHN.M.TOTAL.USD";
            let snapshot = pinned.snapshot();
            let found = snapshot.series(key, crate::catalog::Vintage::Latest);
            found.map_or(0, |(_, series)| series.len())
        };
        for version in [None, Some(5)] {
            let pinned = at(version).unwrap();
            assert_eq!((pinned.version(), months(&pinned)), (5, 5));
        }
        assert!(kept().is_empty(), "what is shown is not read again");
        for (version, expected) in [
            (1, vec![1]),
            (2, vec![1, 2]),
            (1, vec![2, 1]),
            (0, vec![1, 0]),
            (3, vec![0, 3]),
        ] {
            let pinned = at(Some(version)).unwrap();
            assert_eq!(
                (pinned.version(), months(&pinned) as u64),
                (version, version)
            );
            assert_eq!(kept(), expected);
        }
        // The same version is the same engine, so that what its panel taught is learnt once.
        assert!(Arc::ptr_eq(
            &at(Some(3)).unwrap().engine,
            &at(Some(3)).unwrap().engine
        ));
        let missing = at(Some(6)).unwrap_err();
        assert!(matches!(
            missing,
            ServiceError::NoVersion {
                field: "version",
                asked: 6,
                latest: 5
            }
        ));
        assert_eq!(kept(), [0, 3]);
    }

    #[test]
    fn only_so_many_earlier_versions_are_in_memory_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path(), 6);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let at = |version: u64| runtime.block_on(shared.engine_at(Some(version)));
        let mut reading: Vec<PinnedEngine> = (0..4).map(|version| at(version).unwrap()).collect();
        let full = at(4).unwrap_err();
        assert!(matches!(full, ServiceError::ManyVersions { limit: 4 }));
        assert_eq!(
            tonic::Status::from(full).code(),
            tonic::Code::ResourceExhausted
        );
        assert_eq!(
            at(6).unwrap().version(),
            6,
            "what is shown is there for all"
        );
        assert_eq!(at(3).unwrap().version(), 3, "and what is kept");
        reading.remove(0);
        assert_eq!(at(4).unwrap().version(), 4);
    }

    #[test]
    fn a_version_that_was_committed_a_moment_ago_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Arc::new(shared(folder.path(), 2));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let file = csv(folder.path(), 3);
        let taken = formats::read(&file, None, InvalidRows::Refuse);
        let store = shared.store().unwrap();
        store.append(taken.unwrap().1.figures, None, None).unwrap();
        let following = runtime.spawn(follow(Arc::clone(&shared), store));
        let pinned = runtime.block_on(shared.engine_at(Some(3))).unwrap();
        assert_eq!(pinned.version(), 3);
        assert!(Arc::ptr_eq(&pinned.engine, shared.engine().unwrap()));
        assert!(shared.version_cache.memory().kept.is_empty());
        following.abort();
    }

    #[test]
    fn many_who_ask_at_once_share_one_load() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path(), 2);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let pinned = runtime.block_on(futures_util::future::join_all(
            (0..8).map(|_| shared.engine_at(Some(1))),
        ));
        let pinned: Vec<PinnedEngine> = pinned.into_iter().map(Result::unwrap).collect();
        assert!(
            pinned
                .iter()
                .all(|other| Arc::ptr_eq(&other.engine, &pinned[0].engine))
        );
    }
}
