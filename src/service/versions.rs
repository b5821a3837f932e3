//! The figures as of a version: the one that is shown, or an earlier one out of the store.

use super::follow::blocking;
use super::{ServiceError, Shared};
use crate::catalog::{Catalog, Snapshot};
use crate::pipeline::{Engine, ForecastRequest, Planned};
use crate::store::StoreError;
use crate::trade::Regressors;
use std::sync::{Arc, Mutex, PoisonError};

/// Earlier versions that are kept in memory, each as large as the one that is shown.
const MOST_KEPT: usize = 2;

/// An engine at one snapshot: what is committed meanwhile changes nothing for whoever holds it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    engine: Arc<Engine>,
    snapshot: Arc<Snapshot>,
}

impl Held {
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

/// Engines of earlier versions, the one that was asked for last at the end.
#[derive(Debug, Default)]
pub(super) struct Past {
    kept: Mutex<Vec<(u64, Arc<Engine>)>>,
    /// Held by the one load that runs: a version fills memory while it is read, and callers who ask for many could ask for all of it.
    loading: Arc<tokio::sync::Mutex<()>>,
}

impl Past {
    fn find(&self, version: u64) -> Option<Arc<Engine>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(of, _)| *of == version)?;
        let found = kept.remove(at);
        let engine = Arc::clone(&found.1);
        kept.push(found);
        Some(engine)
    }

    fn keep(&self, version: u64, engine: &Arc<Engine>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, _)| *of != version);
        if kept.len() >= MOST_KEPT {
            kept.remove(0);
        }
        kept.push((version, Arc::clone(engine)));
    }
}

impl Shared {
    /// The engine that runs, where no version is asked for or the one that it shows; else one of that version, read from the store unless it was lately.
    pub(super) async fn engine_at(&self, version: Option<u64>) -> Result<Held, ServiceError> {
        let shown = Held::new(self.engine()?);
        let Some(version) = version else {
            return Ok(shown);
        };
        let store = self.store()?;
        if shown.snapshot.version() == Some(version) {
            return Ok(shown);
        }
        if let Some(engine) = self.past.find(version) {
            return Ok(Held::new(&engine));
        }
        // The turn goes with the work, so that a caller who leaves does not let the next one in before the work is done.
        let turn = Arc::clone(&self.past.loading).lock_owned().await;
        let past = Arc::clone(&self.past);
        let load = move || {
            let _turn = turn;
            if let Some(engine) = past.find(version) {
                return Ok(engine);
            }
            let loaded = store.read(Some(version)).map_err(|error| match error {
                StoreError::NoVersion { asked, latest } => ServiceError::NoVersion {
                    field: "version",
                    asked,
                    latest,
                },
                other => other.into(),
            });
            let engine = Arc::new(Engine::new(Catalog::new(Snapshot::of_store(loaded?)?)));
            past.keep(version, &engine);
            tracing::info!(version, "the figures of an earlier version are loaded");
            Ok(engine)
        };
        Ok(Held::new(&blocking(load).await?))
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
    use crate::service::Compute;
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
        let store = Store::open(folder.join("store").to_str().unwrap()).unwrap();
        for month in 1..=versions {
            let file = csv(folder, month);
            let taken = crate::ingest::take_in(&file, &file, crate::ingest::Taking::AllOrNothing);
            store.append(taken.unwrap().0, None, None).unwrap();
        }
        let shared = Shared::new(Compute::start(1).unwrap(), Compute::start(1).unwrap());
        let snapshot = Snapshot::of_store(store.read(None).unwrap()).unwrap();
        let engine = Arc::new(Engine::new(Catalog::new(snapshot)));
        shared.engine.set(engine).unwrap();
        shared.store.set(Arc::new(store)).unwrap();
        shared
    }

    #[test]
    fn few_earlier_versions_are_kept_and_the_least_recently_used_goes() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path(), 5);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let at = |version: Option<u64>| runtime.block_on(shared.engine_at(version));
        let kept = || {
            let kept = shared.past.kept.lock().unwrap();
            kept.iter().map(|(version, _)| *version).collect::<Vec<_>>()
        };
        let months = |held: &Held| {
            let key = "USA.CHN.M.TOTAL.USD";
            let snapshot = held.snapshot();
            let found = snapshot.series(key, crate::catalog::Vintage::Latest);
            found.map_or(0, |(_, series)| series.len())
        };
        for version in [None, Some(5)] {
            let held = at(version).unwrap();
            assert_eq!((held.version(), months(&held)), (5, 5));
        }
        assert!(kept().is_empty(), "what is shown is not read again");
        for (version, expected) in [
            (1, vec![1]),
            (2, vec![1, 2]),
            (1, vec![2, 1]),
            (0, vec![1, 0]),
            (3, vec![0, 3]),
        ] {
            let held = at(Some(version)).unwrap();
            assert_eq!((held.version(), months(&held) as u64), (version, version));
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
    fn many_who_ask_at_once_share_one_load() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path(), 2);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let held = runtime.block_on(futures_util::future::join_all(
            (0..8).map(|_| shared.engine_at(Some(1))),
        ));
        let held: Vec<Held> = held.into_iter().map(Result::unwrap).collect();
        assert!(
            held.iter()
                .all(|other| Arc::ptr_eq(&other.engine, &held[0].engine))
        );
    }
}
