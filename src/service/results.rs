//! Forecasts that were computed before, kept as the messages that are sent.

use super::convert::forecast::ForecastsRequest;
use super::encoded::Encoded;
use super::pb;
use crate::catalog::Snapshot;
use crate::pipeline::ForecastRequest;
use crate::trade::Regressors;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use prost::Message;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that an entry takes beside its messages and its key.
const OVERHEAD: usize = 256;
/// Bytes that a message takes beside its contents.
const OVERHEAD_A_MESSAGE: usize = 64;
/// About how many bytes the messages of a forecast are: a year ahead with the usual measures.
const USUAL_BYTES: u64 = 8 << 10;

/// The messages of one series of a request.
pub(super) type SeriesMessages = Arc<[Encoded]>;

/// The snapshot and the request that results belong to: all that they depend on but the series.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ResultKey {
    snapshot: u64,
    /// The request as the wire writes it, without its series.
    request: Arc<[u8]>,
}

impl ResultKey {
    /// Return the key of the results of `request` with `regressors` on `snapshot`.
    pub(super) fn new(
        snapshot: &Snapshot,
        request: &ForecastRequest,
        regressors: &Arc<Regressors>,
    ) -> Self {
        let request = pb::StreamForecastsRequest::from(&ForecastsRequest {
            series: Vec::new(),
            request: request.clone(),
            regressors: Arc::clone(regressors),
            total: false,
            version: None,
        });
        Self {
            snapshot: snapshot.number(),
            request: request.encode_to_vec().into(),
        }
    }
}

/// The key of one series of a request, as the request writes it.
type SeriesResultKey = (ResultKey, Box<str>);

/// What computes a result.
type ResultFuture = BoxFuture<'static, Option<SeriesMessages>>;

/// The computation of a result that several callers wait for.
type Computation = Shared<ResultFuture>;

/// The computations that run, and some that have ended.
type Computations = HashMap<SeriesResultKey, WeakShared<ResultFuture>>;

/// Results that were computed before, bounded in bytes, and those that are being computed.
pub(super) struct ResultCache {
    done: Arc<Cache<SeriesResultKey, SeriesMessages, Bytes>>,
    running: Mutex<Computations>,
}

/// The weight of a result: the bytes that it takes.
#[derive(Debug, Clone)]
struct Bytes;

impl Weighter<SeriesResultKey, SeriesMessages> for Bytes {
    fn weight(&self, (key, series): &SeriesResultKey, messages: &SeriesMessages) -> u64 {
        let contents: usize = messages.iter().map(|m| m.len() + OVERHEAD_A_MESSAGE).sum();
        (OVERHEAD + key.request.len() + series.len() + contents) as u64
    }
}

impl ResultCache {
    /// Return an empty cache of at most `bytes`.
    pub(super) fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        // A commit makes every result new: those that were requested often do not come again.
        let options = OptionsBuilder::new()
            .estimated_items_capacity(entries.max(16))
            .weight_capacity(bytes)
            .hot_allocation(0.5)
            .build()
            .unwrap_or_else(|error| unreachable!("every option is given: {error}"));
        Self {
            done: Arc::new(Cache::with_options(
                options,
                Bytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            )),
            running: Mutex::default(),
        }
    }

    /// Return the bytes that the results take.
    pub(super) fn bytes(&self) -> u64 {
        self.done.weight()
    }

    /// Report the bytes that the results take.
    pub(super) fn report(&self) {
        metrics::gauge!("tradecast_result_bytes").set(self.bytes() as f64);
    }

    /// Drop every result.
    pub(super) fn clear(&self) {
        self.done.clear();
    }

    /// Drop the results of all snapshots but those with these numbers.
    pub(super) fn keep_only(&self, snapshots: &[u64]) {
        self.done
            .retain(|(key, _), _| snapshots.contains(&key.snapshot));
    }

    /// Return the result of one series, where it was computed before.
    pub(super) fn find(&self, key: &ResultKey, series: &str) -> Option<SeriesMessages> {
        self.done.get(&(key.clone(), series.into()))
    }

    /// Return the results of all `series`, where each was computed before.
    pub(super) fn find_all(
        &self,
        key: &ResultKey,
        series: &[String],
    ) -> Option<Vec<SeriesMessages>> {
        series.iter().map(|series| self.find(key, series)).collect()
    }

    /// Return the results of `series` in their order: those that were computed before, those that
    /// are being computed for other callers, and what `compute` returns for the rest. `None` where
    /// that failed, which is not kept.
    ///
    /// The computation ends when every caller who waits for one of its results has left.
    pub(super) async fn find_or_compute<F>(
        &self,
        key: &ResultKey,
        series: &[String],
        compute: impl FnOnce(Vec<String>) -> F,
    ) -> Vec<Option<SeriesMessages>>
    where
        F: Future<Output = Option<Vec<SeriesMessages>>> + Send + 'static,
    {
        futures_util::future::join_all(self.join(key, series, compute)).await
    }

    /// Return the computations of `series`: those that run, those that have a result, and one of
    /// all the rest.
    fn join<F>(
        &self,
        key: &ResultKey,
        series: &[String],
        compute: impl FnOnce(Vec<String>) -> F,
    ) -> Vec<Computation>
    where
        F: Future<Output = Option<Vec<SeriesMessages>>> + Send + 'static,
    {
        let mut running = self.lock();
        let keys = series
            .iter()
            .map(|series| (key.clone(), series.as_str().into()));
        let known = keys.map(|key: SeriesResultKey| {
            let computation = running.get(&key).and_then(WeakShared::upgrade);
            // One that failed lives as long as another caller holds it.
            let computation = computation.filter(|of| !matches!(of.peek(), Some(None)));
            let done = || self.done.get(&key);
            let known = computation
                .or_else(|| done().map(|done| std::future::ready(Some(done)).boxed().shared()));
            known.ok_or(key)
        });
        let known: Vec<Result<Computation, SeriesResultKey>> = known.collect();
        let missing = known.iter().filter_map(|known| known.as_ref().err());
        let missing: Vec<String> = missing.map(|(_, series)| series.to_string()).collect();
        if missing.is_empty() {
            return known.into_iter().flatten().collect();
        }
        // Those that ended, or whose callers have left.
        if running.len() + missing.len() > running.capacity() {
            running.retain(|_, of| of.upgrade().is_some_and(|of| of.peek().is_none()));
        }
        let all = compute(missing).map(|all| all.map(Arc::<[_]>::from));
        let all = all.boxed().shared();
        let mut places = 0_usize..;
        let mut begin = |key: SeriesResultKey| {
            let (all, place) = (all.clone(), places.next());
            let (done, of) = (Arc::clone(&self.done), key.clone());
            let computation = async move {
                let messages = Arc::clone(all.await?.get(place?)?);
                done.insert(of, Arc::clone(&messages));
                Some(messages)
            };
            let computation = computation.boxed().shared();
            if let Some(weak) = computation.downgrade() {
                running.insert(key, weak);
            }
            computation
        };
        let known = known.into_iter();
        known
            .map(|known| known.unwrap_or_else(&mut begin))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Computations> {
        // Every change of it is whole, so that a panic leaves it usable.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ResultCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ResultCache");
        debug.field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn key(number: u64) -> ResultKey {
        ResultKey {
            snapshot: number,
            request: Arc::from([1, 2, 3]),
        }
    }

    #[test]
    fn results_of_snapshots_that_are_gone_are_dropped() {
        let cache = ResultCache::new(1 << 20);
        for number in 1..=3 {
            cache.done.insert((key(number), "a".into()), messages(100));
        }
        cache.keep_only(&[1, 3]);
        let found = [1, 2, 3].map(|number| cache.find(&key(number), "a").is_some());
        assert_eq!(found, [true, false, true]);
    }

    fn messages(bytes: usize) -> SeriesMessages {
        Arc::from([Encoded::of(&"x".repeat(bytes))])
    }

    /// Find or compute the result of one series.
    async fn one<F>(
        cache: &ResultCache,
        key: &ResultKey,
        compute: impl FnOnce(Vec<String>) -> F,
    ) -> Option<SeriesMessages>
    where
        F: Future<Output = Option<Vec<SeriesMessages>>> + Send + 'static,
    {
        let series = ["s".to_owned()];
        let mut found = cache.find_or_compute(key, &series, compute).await;
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    #[tokio::test]
    async fn callers_at_once_share_one_computation() {
        let cache = ResultCache::new(1 << 20);
        let (of, count) = (key(1), AtomicUsize::new(0));
        let (free, blocked) = tokio::sync::watch::channel(false);
        let call = || {
            let mut blocked = blocked.clone();
            let compute = |_| {
                count.fetch_add(1, Ordering::SeqCst);
                async move {
                    blocked.wait_for(|free| *free).await.ok()?;
                    Some(vec![messages(10)])
                }
            };
            one(&cache, &of, compute)
        };
        let all = futures_util::future::join_all((0..8).map(|_| call()));
        let (all, ()) = tokio::join!(all, async {
            tokio::task::yield_now().await;
            free.send_replace(true);
        });
        assert!(
            all.iter()
                .all(|found| found.as_ref() == Some(&messages(10)))
        );
        assert_eq!(call().await, Some(messages(10)));
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert!(cache.find(&key(2), "s").is_none());
    }

    #[tokio::test]
    async fn a_computation_that_nobody_waits_for_ends_and_a_failed_one_is_not_kept() {
        let cache = ResultCache::new(1 << 20);
        let (sender, mut left) = tokio::sync::oneshot::channel::<()>();
        let key = key(1);
        let call = one(&cache, &key, |_| async move {
            let _sender = sender;
            std::future::pending().await
        });
        let soon = std::time::Duration::from_millis(5);
        assert!(tokio::time::timeout(soon, call).await.is_err());
        assert!(
            left.try_recv()
                .is_err_and(|e| e == tokio::sync::oneshot::error::TryRecvError::Closed)
        );
        assert_eq!(one(&cache, &key, |_| async { None }).await, None);
        let again = one(&cache, &key, |_| async { Some(vec![messages(1)]) });
        assert_eq!(again.await, Some(messages(1)));
    }

    #[tokio::test]
    async fn a_failed_computation_that_another_holds_is_not_joined() {
        let cache = ResultCache::new(1 << 20);
        let (key, series) = (key(1), ["s".to_owned()]);
        let failed = cache.join(&key, &series, |_| async { None });
        let ended = futures_util::future::join_all(failed.clone()).await;
        assert_eq!(ended, [None]);
        let again = one(&cache, &key, |_| async { Some(vec![messages(1)]) });
        assert_eq!(again.await, Some(messages(1)));
        drop(failed);
    }

    #[tokio::test]
    async fn of_many_series_those_that_nobody_computes_are_computed_together() {
        let cache = ResultCache::new(1 << 20);
        let of = key(1);
        let names = |all: &[&str]| -> Vec<String> { all.iter().map(|s| s.to_string()).collect() };
        let (free, mut blocked) = tokio::sync::watch::channel(false);
        let wanted = names(&["a", "b"]);
        let first = cache.find_or_compute(&of, &wanted, |missing| async move {
            assert_eq!(missing, ["a", "b"]);
            blocked.wait_for(|free| *free).await.ok()?;
            Some(vec![messages(1), messages(2)])
        });
        let wanted = names(&["c", "b", "d"]);
        let second = cache.find_or_compute(&of, &wanted, |missing| async move {
            assert_eq!(missing, ["c", "d"]);
            Some(vec![messages(3), messages(4)])
        });
        let (first, second, ()) = tokio::join!(first, second, async {
            tokio::task::yield_now().await;
            free.send_replace(true);
        });
        assert_eq!(first, [1, 2].map(|n| Some(messages(n))));
        assert_eq!(second, [3, 2, 4].map(|n| Some(messages(n))));
        assert_eq!(cache.find(&of, "d"), Some(messages(4)));
        let wanted = names(&["d", "a"]);
        let none = async |_| unreachable!("all were computed before");
        let third = cache.find_or_compute(&of, &wanted, none).await;
        assert_eq!(third, [4, 1].map(|n| Some(messages(n))));
    }

    #[tokio::test]
    async fn results_take_a_bounded_number_of_bytes() {
        let cache = ResultCache::new(1 << 20);
        for number in 0..1000 {
            let (key, result) = (key(number), messages(10_000));
            let found = one(&cache, &key, |_| async { Some(vec![result]) });
            assert!(found.await.is_some());
        }
        assert!((1 << 19..=1 << 20).contains(&cache.bytes()));
        assert!(cache.find(&key(999), "s").is_some(), "the latest is there");
    }
}
