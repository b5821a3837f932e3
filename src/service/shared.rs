//! The state that all handlers share: the engine, the store, limits and shutdown.

use super::ServiceError;
use super::blocking::blocking;
use super::deliveries::DeliveryPermits;
use super::encoded::Encoded;
use super::lanes::Lanes;
use super::limits::CallerLimits;
use super::memory::{MemoryBudget, Room};
use super::results::ResultCache;
use super::versions::{PinnedEngine, VersionCache};
use crate::catalog::Snapshot;
use crate::pipeline::Engine;
use crate::store::Store;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch::Sender;
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio_util::sync::CancellationToken;

/// Streams at a time; further calls get RESOURCE_EXHAUSTED.
pub(super) const MAX_STREAMS: usize = 1024;
/// How long a message of a stream waits for its client, unless stated otherwise.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of forecasts that are kept for callers who request the same again.
const RESULT_BYTES: u64 = 64 << 20;
/// Time between two looks at the process's memory.
const EVERY: Duration = Duration::from_millis(100);
/// Looks until the memory of what was dropped may show as free.
const SETTLED: u32 = 3;
/// How long to wait for a version that was just committed: the service loads it anyway.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(5);

/// The versions before and after a change, and its message: none where nothing changed.
pub(super) type CatalogChange = ((u64, u64), Option<Encoded>);

/// The state that all handlers share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Absent until the figures are loaded.
    pub(super) engine: OnceLock<Arc<Engine>>,
    /// Absent where the figures come from files.
    pub(super) store: OnceLock<Arc<Store>>,
    /// The version of the store that the engine shows.
    pub(super) current_version: Sender<u64>,
    /// What watchers of the catalog were sent last, by the versions before and after it.
    pub(super) latest_changes: Mutex<Option<CatalogChange>>,
    /// Notified when somebody waits for a version that the engine does not show yet.
    pub(super) version_wanted: Notify,
    pub(super) version_cache: Arc<VersionCache>,
    pub(super) lanes: Lanes,
    pub(super) results: ResultCache,
    pub(super) memory: MemoryBudget,
    pub(super) limits: CallerLimits,
    pub(super) streams: Arc<Semaphore>,
    /// How long a message of a stream waits for its client before the stream ends.
    pub(super) write_timeout: Duration,
    pub(super) deliveries: DeliveryPermits,
    /// Held while a delivery is checked against the newest figures and committed.
    pub(super) committing: Arc<Mutex<()>>,
    /// Held by the one request that fits a panel model, see
    /// [`crate::pipeline::Plan::prepare`].
    pub(super) preparing: Arc<Mutex<()>>,
    /// Cancelled when the server drains: new calls are refused, watches end.
    pub(super) draining: CancellationToken,
    /// Cancelled when the server stops: all streams end.
    pub(super) stopping: CancellationToken,
}

impl Shared {
    /// Return the state of a service whose figures are not loaded yet.
    pub(super) fn new(lanes: Lanes) -> Self {
        Self {
            engine: OnceLock::new(),
            store: OnceLock::new(),
            current_version: Sender::new(0),
            latest_changes: Mutex::default(),
            version_wanted: Notify::new(),
            version_cache: Arc::default(),
            lanes,
            results: ResultCache::new(RESULT_BYTES),
            memory: MemoryBudget::of_machine(),
            limits: CallerLimits::default(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            write_timeout: WRITE_TIMEOUT,
            deliveries: DeliveryPermits::default(),
            committing: Arc::default(),
            preparing: Arc::default(),
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
        }
    }

    /// Return the running engine.
    ///
    /// # Errors
    /// The figures are not loaded yet.
    pub(super) fn engine(&self) -> Result<&Arc<Engine>, ServiceError> {
        self.engine.get().ok_or(ServiceError::Loading)
    }

    /// Return the store.
    ///
    /// # Errors
    /// The figures are not loaded yet, or come from files.
    pub(super) fn store(&self) -> Result<Arc<Store>, ServiceError> {
        self.engine()?;
        self.store.get().cloned().ok_or(ServiceError::NoStore)
    }

    /// Hold the process to `bytes` of memory.
    pub(super) fn hold_to(&mut self, bytes: u64) {
        self.memory = MemoryBudget::new(bytes);
        self.results = ResultCache::new(RESULT_BYTES.min(bytes / 16));
    }

    /// Return room for work that takes `bytes`, and empty the caches where there is none. It may be
    /// seconds until the system has their memory back.
    ///
    /// # Errors
    /// There is none for too long.
    pub(super) async fn make_room(&self, bytes: u64) -> Result<Room, ServiceError> {
        const LOOKS: u32 = 120;
        let mut room = self.memory.room_for(bytes);
        for look in 0..LOOKS {
            if room.is_ok() {
                break;
            }
            if look % SETTLED == 0 {
                self.forget();
            }
            tokio::time::sleep(EVERY).await;
            room = self.memory.room_for(bytes);
        }
        room
    }

    /// Forget the panel model, earlier version or results that are needed least.
    fn forget(&self) {
        let engine = self.engine.get();
        if !engine.is_some_and(|engine| engine.forget()) && !self.version_cache.forget() {
            self.results.clear();
        }
    }

    /// Watch the process's memory without end, and report what the lanes do. Caches give way before
    /// it reaches its limit: panel models one by one, then earlier versions, then results.
    pub(super) async fn watch_memory(&self) {
        let mut settling = 0;
        loop {
            tokio::time::sleep(EVERY).await;
            let is_full = self.memory.look();
            self.lanes.report();
            self.results.report();
            settling = u32::saturating_sub(settling, 1);
            if !is_full || settling > 0 && self.memory.check().is_ok() {
                continue;
            }
            settling = SETTLED;
            self.forget();
        }
    }

    /// Show `snapshot`, and drop what was computed from snapshots that nobody plans on any more.
    pub(super) fn show(&self, engine: &Engine, snapshot: Snapshot) {
        engine.replace(snapshot);
        let mut numbers = engine.snapshot_numbers();
        numbers.extend(self.version_cache.snapshot_numbers());
        self.results.keep_only(&numbers);
    }

    /// Return the running engine, or one of `version` where that is another one: from the cache,
    /// or read from the store.
    ///
    /// # Errors
    /// There is no such version, too many earlier versions are in use, or the store failed.
    pub(super) async fn engine_at(
        &self,
        version: Option<u64>,
    ) -> Result<PinnedEngine, ServiceError> {
        let current = PinnedEngine::new(self.engine()?);
        let Some(version) = version else {
            return Ok(current);
        };
        let current = if current.version() < version {
            self.check_version(version).await?;
            self.wait_for_version(version).await?
        } else {
            current
        };
        if current.version() == version {
            return Ok(current);
        }
        self.load_version(version).await
    }

    /// Return the figures of the newest version, whichever process committed it.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn newest(&self) -> Result<Arc<Snapshot>, ServiceError> {
        let store = self.store()?;
        let latest = blocking(move || {
            store.catch_up()?;
            Ok(store.version())
        });
        let latest = latest.await?;
        let current = self.wait_for_version(latest).await?;
        if current.version() >= latest {
            return Ok(current.snapshot());
        }
        Ok(self.load_version(latest).await?.snapshot())
    }

    /// Return an engine of `version`: from the cache, or read from the store.
    async fn load_version(&self, version: u64) -> Result<PinnedEngine, ServiceError> {
        let store = self.store()?;
        if let Some(pinned) = self.version_cache.find(version) {
            return Ok(pinned);
        }
        // The turn goes with the work: a caller who leaves does not let the next one in before
        // the work is done.
        let turn = self.version_cache.loading_turn().await;
        let cache = Arc::clone(&self.version_cache);
        // What is read becomes the snapshot.
        let bytes = 2 * self.engine()?.snapshot().frame().estimated_size() as u64;
        let room = self.make_room(bytes).await?;
        let model_bytes = self.memory.model_bytes() / 4;
        let load = move || {
            let _held = (turn, room);
            if let Some(pinned) = cache.find(version) {
                return Ok(pinned);
            }
            cache.make_room()?;
            let snapshot = Snapshot::of_store(store.read(Some(version))?)?;
            tracing::info!(version, "the figures of an earlier version are loaded");
            Ok(cache.keep(version, snapshot, model_bytes))
        };
        blocking(load).await
    }

    /// Check that the store has reached `version`.
    ///
    /// # Errors
    /// It has not, or the store failed.
    pub(super) async fn check_version(&self, version: u64) -> Result<(), ServiceError> {
        let store = self.store()?;
        let latest = blocking(move || {
            store.catch_up()?;
            Ok(store.version())
        });
        let latest = latest.await?;
        if latest < version {
            return Err(ServiceError::NoVersion {
                field: "version",
                requested: version,
                latest,
            });
        }
        Ok(())
    }

    /// Wait until the running engine shows `version` or a later one, then return it; where that
    /// takes too long, return it as it is.
    async fn wait_for_version(&self, version: u64) -> Result<PinnedEngine, ServiceError> {
        let mut versions = self.current_version.subscribe();
        if *versions.borrow() < version {
            self.version_wanted.notify_one();
        }
        let followed = versions.wait_for(|current| *current >= version);
        // The version of the returned engine says whether it came in time.
        let _ = tokio::time::timeout(FOLLOWED_WITHIN, followed).await;
        Ok(PinnedEngine::new(self.engine()?))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::{Catalog, Vintage};
    use crate::ingest::{InvalidRows, formats};
    use std::path::{Path, PathBuf};

    fn csv(folder: &Path, month: u32) -> PathBuf {
        let file = folder.join(format!("{month}.csv"));
        let header = "kind,reporter,partner,flow,product,measure,period,value,unit,status,\
                      released_on,source";
        let row = format!("observation,USA,CHN,M,TOTAL,level,2024-{month:02},1,USD,p,,s");
        std::fs::write(&file, format!("{header}\n{row}\n")).unwrap();
        file
    }

    /// Append the figure of `month` to `store`.
    pub(in crate::service) fn append(store: &Store, folder: &Path, month: u32) {
        let parsed = formats::read(&csv(folder, month), None, InvalidRows::Refuse);
        store.append(parsed.unwrap().1.figures, None, None).unwrap();
    }

    /// Return the state of a service on a store of `versions` versions, each of which adds a month.
    pub(in crate::service) fn shared(folder: &Path, versions: u32) -> Shared {
        let store = Store::open_or_create(folder.join("store").to_str().unwrap()).unwrap();
        for month in 1..=versions {
            append(&store, folder, month);
        }
        let shared = Shared::new(Lanes::start(1).unwrap());
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
        let kept = || shared.version_cache.kept();
        let months = |pinned: &PinnedEngine| {
            let key = "USA.CHN.M.TOTAL.USD";
            let snapshot = pinned.snapshot();
            let found = snapshot.series(key, Vintage::Latest);
            found.map_or(0, |(_, series)| series.len())
        };
        for version in [None, Some(5)] {
            let pinned = at(version).unwrap();
            assert_eq!((pinned.version(), months(&pinned)), (5, 5));
        }
        assert!(kept().is_empty(), "the current version is not read again");
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
        // The same version is the same engine, so that its panel model is fitted once.
        assert!(at(Some(3)).unwrap().is_same(&at(Some(3)).unwrap()));
        let missing = at(Some(6)).unwrap_err();
        assert!(matches!(
            missing,
            ServiceError::NoVersion {
                field: "version",
                requested: 6,
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
        let mut in_use: Vec<PinnedEngine> = (0..4).map(|version| at(version).unwrap()).collect();
        let full = at(4).unwrap_err();
        assert!(matches!(full, ServiceError::ManyVersions { limit: 4 }));
        assert_eq!(
            tonic::Status::from(full).code(),
            tonic::Code::ResourceExhausted
        );
        assert_eq!(
            at(6).unwrap().version(),
            6,
            "the current version is there for everybody"
        );
        assert_eq!(at(3).unwrap().version(), 3, "and so is a cached one");
        in_use.remove(0);
        assert_eq!(at(4).unwrap().version(), 4);
    }

    #[test]
    fn simultaneous_requests_for_a_version_share_one_load() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path(), 2);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let pinned = runtime.block_on(futures_util::future::join_all(
            (0..8).map(|_| shared.engine_at(Some(1))),
        ));
        let pinned: Vec<PinnedEngine> = pinned.into_iter().map(Result::unwrap).collect();
        assert!(pinned.iter().all(|other| other.is_same(&pinned[0])));
    }
}
