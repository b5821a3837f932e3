//! Lanes: work of different weight runs on threads of its own, so that reads and forecasts of a
//! fitted model never wait behind heavy work. A lane refuses at once what it cannot do in time.

use super::ServiceError;
use super::compute::{Compute, ComputeError};
use super::deadline::Deadline;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much of a new duration a lane takes into what it expects.
const LEARNED: f64 = 0.3;
/// What a job may take beyond what is expected of it.
const MARGIN: f64 = 1.25;
/// By how much what is expected falls with each refusal of an idle lane.
const DOUBT: f64 = 0.05;
/// The shortest time after which a refused caller is told to try again.
const SHORTEST_RETRY: Duration = Duration::from_millis(100);

/// What a job is. How long it takes is expected from earlier jobs of its kind and about its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum JobKind {
    Read,
    Growth,
    WarmForecasts,
    ColdForecasts,
    PanelModel,
    SentData,
    WatchedForecasts,
    Scenario,
    Outlook,
    Explanation,
    Backtest,
}

/// The lanes, from the lightest to the heaviest.
#[derive(Debug)]
pub(super) struct Lanes {
    /// Series, lists, and growth that has happened.
    pub(super) reads: Lane,
    /// Forecasts of few series by a panel model that is fitted already.
    pub(super) warm: Lane,
    /// Panel models, and forecasts of many series.
    pub(super) cold: Lane,
    /// Outlooks, scenarios, explanations.
    pub(super) heavy: Lane,
    /// Backtests. On shared threads, a forecast that waits for its share of the work could pick up
    /// a whole backtest meanwhile.
    pub(super) backtests: Lane,
}

/// Threads for work of one weight, and what they have to do.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    name: &'static str,
    pub(super) compute: Compute,
    /// The longest time that work may have to wait for its turn.
    longest_wait: Duration,
    queue: Arc<LaneQueue>,
}

/// What a lane has to do, and how long such work took before.
#[derive(Debug, Default)]
struct LaneQueue {
    /// Microseconds of threads that the work in hand takes.
    pending: AtomicU64,
    /// Microseconds of a job by its kind and the logarithm of its size.
    durations: Mutex<HashMap<(JobKind, u32), f64>>,
}

/// A call that a lane has admitted.
#[derive(Debug)]
pub(super) struct Job {
    lane: Lane,
    class: (JobKind, u32),
    /// The number of threads that it keeps busy.
    width: u64,
    /// Permits of each of its parts.
    permits: usize,
    /// Microseconds that it is expected to take.
    expected: u64,
    /// Counted as pending from its admission until it begins.
    reserved: Mutex<Option<Busy>>,
    /// Microseconds of threads that it has taken.
    spent: Arc<AtomicU64>,
}

/// The part of a lane's pending work that is a job's, while it computes.
#[derive(Debug)]
pub(super) struct Busy {
    queue: Arc<LaneQueue>,
    micros: u64,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.queue.pending.fetch_sub(self.micros, Ordering::Relaxed);
    }
}

impl Lanes {
    /// Report the work in hand of every lane.
    pub(super) fn report(&self) {
        let lanes = [
            &self.reads,
            &self.warm,
            &self.cold,
            &self.heavy,
            &self.backtests,
        ];
        lanes.into_iter().for_each(Lane::report);
    }

    /// Start the threads of every lane, `threads` of each; 0 for one per core.
    pub(super) fn start(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let lane =
            |name, longest_wait| Lane::start(name, threads, Duration::from_secs(longest_wait));
        Ok(Self {
            reads: lane("reads", 5)?,
            warm: lane("warm", 10)?,
            cold: lane("cold", 60)?,
            heavy: lane("heavy", 60)?,
            backtests: lane("backtests", 600)?,
        })
    }
}

impl Lane {
    /// Start the threads of a lane.
    pub(super) fn start(
        name: &'static str,
        threads: usize,
        longest_wait: Duration,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        Ok(Self {
            name,
            compute: Compute::start(name, threads)?,
            longest_wait,
            queue: Arc::default(),
        })
    }

    /// Admit a job of `size` (any measure that its duration grows with) in so many parts, unless it
    /// would end after its deadline or wait for too long.
    ///
    /// # Errors
    /// It would; the error says when to try again.
    pub(super) fn admit(
        &self,
        kind: JobKind,
        size: usize,
        parts: usize,
        deadline: Deadline,
    ) -> Result<Job, ServiceError> {
        let class = (kind, size.max(1).ilog2());
        let threads = self.compute.threads() as u64;
        let expected = self.queue.expected(class);
        let pending = self.queue.pending.load(Ordering::Relaxed);
        let wait = Duration::from_micros(pending / threads);
        // What runs beside it slows it down.
        let margin = if pending == 0 { 1.0 } else { MARGIN };
        let whole = wait + Duration::from_micros(expected).mul_f64(margin);
        let is_late = deadline.0.is_some_and(|deadline| {
            deadline.saturating_duration_since(tokio::time::Instant::now()) < whole
        });
        if is_late || wait > self.longest_wait {
            if pending == 0 {
                self.queue.doubt(class);
            }
            let retry = wait.max(SHORTEST_RETRY);
            metrics::counter!("tradecast_lane_refused_total", "lane" => self.name).increment(1);
            return Err(ServiceError::Busy { whole, wait, retry });
        }
        Ok(self.enter(kind, size, parts))
    }

    /// Report the work in hand, in seconds of one thread.
    pub(super) fn report(&self) {
        let seconds = self.queue.pending.load(Ordering::Relaxed) as f64 / 1e6;
        metrics::gauge!("tradecast_lane_pending_seconds", "lane" => self.name).set(seconds);
    }

    /// Admit a job that waits as long as it takes.
    pub(super) fn enter(&self, kind: JobKind, size: usize, parts: usize) -> Job {
        let class = (kind, size.max(1).ilog2());
        let job = Job {
            lane: self.clone(),
            class,
            width: self.compute.threads().min(parts.max(1)) as u64,
            permits: 1,
            expected: self.queue.expected(class),
            reserved: Mutex::default(),
            spent: Arc::default(),
        };
        let reserved = job.count();
        *lock(&job.reserved) = Some(reserved);
        job
    }
}

impl LaneQueue {
    /// Return how many microseconds a job is expected to take at least: as those of about its size
    /// took, or as much as the nearest smaller one, or in proportion to the nearest larger one; 0
    /// before the first.
    fn expected(&self, (kind, size): (JobKind, u32)) -> u64 {
        let durations = lock(&self.durations);
        let of_kind = durations.iter().filter(|((of, _), _)| *of == kind);
        let nearest = of_kind.min_by_key(|((_, other), _)| other.abs_diff(size));
        nearest.map_or(0, |((_, other), micros)| {
            (micros * 2f64.powi((size as i32 - *other as i32).min(0))) as u64
        })
    }

    /// Expect a little less of a job that an idle lane has refused: what is expected may be out of
    /// date, and is tried again after some refusals.
    fn doubt(&self, (kind, size): (JobKind, u32)) {
        let mut durations = lock(&self.durations);
        let of_kind = durations.iter_mut().filter(|((of, _), _)| *of == kind);
        let nearest = of_kind.min_by_key(|((_, other), _)| other.abs_diff(size));
        if let Some((_, micros)) = nearest {
            *micros *= 1.0 - DOUBT;
        }
    }

    /// Learn that a job took `micros`; one that was cut only says that it takes longer than that.
    fn learn(&self, class: (JobKind, u32), micros: f64, is_whole: bool) {
        let mut durations = lock(&self.durations);
        let known = durations.get(&class).copied();
        let learned = match known {
            Some(known) if is_whole => known + LEARNED * (micros - known),
            Some(known) => known.max(micros),
            None if is_whole => micros,
            None => return,
        };
        durations.insert(class, learned);
    }
}

impl Job {
    /// Return the job where each part takes so many bytes, of `most` that those of all jobs of the
    /// lane may take at once.
    pub(super) fn with_parts_of(mut self, bytes: u64, most: u64) -> Self {
        self.permits = self.lane.compute.permits_of(bytes, most);
        self
    }

    /// Return the number of permits of each part.
    pub(super) fn permits(&self) -> usize {
        self.permits
    }

    /// Run a part of the job. A caller who leaves cancels it.
    ///
    /// # Errors
    /// The work panicked.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, ComputeError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let timed = self.timed(work);
        self.lane.compute.run_with(self.permits, timed).await
    }

    /// Return `work` such that its time counts as the job's.
    pub(super) fn timed<T, F>(&self, work: F) -> impl FnOnce() -> T + use<T, F>
    where
        F: FnOnce() -> T,
    {
        /// Counts also the time of work that ends early.
        struct Timer(Instant, Arc<AtomicU64>);
        impl Drop for Timer {
            fn drop(&mut self) {
                let micros = u64::try_from(self.0.elapsed().as_micros());
                self.1.fetch_add(micros.unwrap_or(0), Ordering::Relaxed);
            }
        }
        let spent = Arc::clone(&self.spent);
        move || {
            let _timer = Timer(Instant::now(), spent);
            work()
        }
    }

    /// Count the job as pending work of its lane until the value is dropped: while it computes, not
    /// while it waits for its client.
    pub(super) fn busy(&self) -> Busy {
        let reserved = lock(&self.reserved).take();
        reserved.unwrap_or_else(|| self.count())
    }

    fn count(&self) -> Busy {
        let micros = self.expected * self.width;
        let queue = Arc::clone(&self.lane.queue);
        queue.pending.fetch_add(micros, Ordering::Relaxed);
        Busy { queue, micros }
    }

    /// Return the lane.
    pub(super) fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Learn from the whole job how long such jobs take.
    pub(super) fn finish(&self) {
        self.learn(true);
    }

    fn learn(&self, is_whole: bool) {
        let spent = self.spent.swap(0, Ordering::Relaxed);
        if spent > 0 {
            let seconds = metrics::histogram!("tradecast_job_seconds", "lane" => self.lane.name);
            seconds.record(spent as f64 / 1e6);
            let micros = spent as f64 / self.width as f64;
            self.lane.queue.learn(self.class, micros, is_whole);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.learn(false);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change behind these locks is a single assignment, so that a panic leaves it whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline(millis: u64) -> Deadline {
        let after = Duration::from_millis(millis);
        Deadline(Some(tokio::time::Instant::now() + after))
    }

    #[tokio::test]
    async fn what_cannot_be_done_in_time_is_refused_at_once() {
        let lane = Lane::start("test", 1, Duration::from_secs(1)).unwrap();
        let admit = |millis| lane.admit(JobKind::Outlook, 1000, 1, deadline(millis));
        // Nothing is known yet; half a second is learned.
        let first = admit(1).unwrap();
        first.spent.store(500_000, Ordering::Relaxed);
        first.finish();
        let one = admit(1500).unwrap();
        let two = admit(1500).unwrap();
        let Err(ServiceError::Busy { whole, wait, retry }) = admit(1500) else {
            panic!("two before it, and its own take longer");
        };
        assert_eq!((wait.as_millis(), retry.as_millis()), (1000, 1000));
        assert!(whole > Duration::from_millis(1500), "{whole:?}");
        // Without a deadline it waits a second at most.
        let any = Deadline(None);
        let three = lane.admit(JobKind::Outlook, 1000, 1, any).unwrap();
        assert!(lane.admit(JobKind::Outlook, 1000, 1, any).is_err());
        drop((two, three));
        let small = lane.admit(JobKind::Outlook, 100, 1, deadline(700));
        assert!(small.is_ok(), "an eighth of the duration");
        drop((one, small));
        assert_eq!(lane.queue.pending.load(Ordering::Relaxed), 0);
        // An idle lane refuses it, too, and tries it again at some time.
        let tries = (0..100).position(|_| admit(400).is_ok()).unwrap();
        assert!((2..50).contains(&tries), "{tries} refusals");
    }

    #[tokio::test]
    async fn a_job_counts_while_it_computes() {
        let lane = Lane::start("test", 1, Duration::from_secs(1)).unwrap();
        let pending = || lane.queue.pending.load(Ordering::Relaxed);
        lane.queue.learn((JobKind::ColdForecasts, 0), 2000.0, true);
        let any = Deadline(None);
        let job = lane.admit(JobKind::ColdForecasts, 1, 4, any).unwrap();
        assert_eq!(pending(), 2000, "from its admission on");
        drop(job.busy());
        assert_eq!(pending(), 0, "its client does not read");
        let busy = job.busy();
        assert_eq!(pending(), 2000);
        let wait = || std::thread::sleep(Duration::from_millis(10));
        assert_eq!(job.run(wait).await, Ok(()));
        drop(busy);
        job.finish();
        let learned = lane.queue.expected((JobKind::ColdForecasts, 0));
        assert!(learned >= 4000, "{learned}");
        assert_eq!(pending(), 0);
    }
}
