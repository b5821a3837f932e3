//! The threads that handlers compute on: the service's own rayon threads, with a bounded number of
//! permits. A permit is held by work that runs or is handed to the threads, never by a future: one
//! that nobody polls, because its stream waits for a slow client, would keep it from all others.

use crate::work::{Cancellation, Cancelled};
use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Jobs handed to the threads, for each thread: one that runs and one that waits.
const PERMITS_PER_THREAD: usize = 2;

/// A job that returned no result, because of an error in this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a computation failed")]
pub struct ComputeError;

/// Compute threads. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Compute {
    threads: Arc<rayon::ThreadPool>,
    permits: Arc<Semaphore>,
}

impl Compute {
    /// Start `threads` threads; 0 for one per core. Their names begin with `name`.
    ///
    /// # Errors
    /// The system cannot start threads.
    pub fn start(name: &'static str, threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |n| format!("{name}-{n}"))
            .build()?;
        let permits = PERMITS_PER_THREAD * threads.current_num_threads();
        Ok(Self {
            threads: Arc::new(threads),
            permits: Arc::new(Semaphore::new(permits)),
        })
    }

    /// Return the number of threads.
    pub fn threads(&self) -> usize {
        self.threads.current_num_threads()
    }

    /// Run `work` on the threads. Permits are given in the order of requests. Work whose caller
    /// leaves (drops the future) is not begun, or ends at its next checkpoint.
    ///
    /// # Errors
    /// The work panicked; the log has the cause.
    pub async fn run<T, F>(&self, work: F) -> Result<T, ComputeError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.run_with(1, work).await
    }

    /// Return the number of permits for work that takes so many bytes, where all work together may
    /// take `most`.
    pub fn permits_of(&self, bytes: u64, most: u64) -> usize {
        let all = PERMITS_PER_THREAD * self.threads();
        let share = bytes.saturating_mul(all as u64).div_ceil(most.max(1));
        usize::try_from(share).unwrap_or(all).clamp(1, all)
    }

    /// Run `work` as [`Compute::run`] does, with so many permits: less runs beside it.
    ///
    /// # Errors
    /// The work panicked; the log has the cause.
    pub async fn run_with<T, F>(&self, permits: usize, work: F) -> Result<T, ComputeError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (mut sender, receiver) = oneshot::channel();
        let left = CancelOnDrop::default();
        let cancellation = left.0.clone();
        let work = move || cancellation.run(work);
        let permits = u32::try_from(permits).unwrap_or(1);
        let mut permit = Box::pin(Arc::clone(&self.permits).acquire_many_owned(permits));
        // The first poll takes a place in the queue for permits. A task of its own waits there: it
        // is polled whatever the caller does meanwhile. The semaphore is never closed.
        match poll_fn(|context| Poll::Ready(permit.as_mut().poll(context))).await {
            Poll::Ready(permit) => self.begin(permit.map_err(|_| ComputeError)?, work, sender),
            Poll::Pending => {
                let compute = self.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        permit = permit => {
                            if let Ok(permit) = permit {
                                compute.begin(permit, work, sender);
                            }
                        }
                        () = sender.closed() => {}
                    }
                });
            }
        }
        receiver.await.unwrap_or(Err(ComputeError))
    }

    /// Hand `work` to the threads, with its permit; `sender` takes the result.
    fn begin<T, F>(
        &self,
        permit: OwnedSemaphorePermit,
        work: F,
        sender: oneshot::Sender<Result<T, ComputeError>>,
    ) where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Cancelled> + Send + 'static,
    {
        self.threads.spawn(move || {
            let _permit = permit;
            if sender.is_closed() {
                return;
            }
            // Unfinished state is dropped with the work; shared state is behind locks that survive
            // a panic.
            let result = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(result)) => Ok(result),
                // Nobody waits for it.
                Ok(Err(Cancelled)) => return,
                Err(cause) => Err(failure(&*cause)),
            };
            // The caller may have left meanwhile.
            let _ = sender.send(result);
        });
    }
}

/// Log why a computation panicked.
fn failure(cause: &(dyn Any + Send)) -> ComputeError {
    let message = cause.downcast_ref::<&str>().copied();
    let message = message.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!(
        cause = message.unwrap_or("unknown"),
        "a computation panicked"
    );
    ComputeError
}

/// Cancels a computation when its caller leaves; one that is done does not notice.
#[derive(Debug, Default)]
struct CancelOnDrop(Cancellation);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::checkpoint;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::RecvTimeoutError;
    use std::time::Duration;

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_threads_live_on() {
        let compute = Compute::start("test", 1).unwrap();
        assert_eq!(
            compute.run(|| panic!("a bug")).await,
            Err::<(), _>(ComputeError)
        );
        assert_eq!(compute.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_future_that_nobody_polls_keeps_no_permit() {
        let compute = Compute::start("test", 1).unwrap();
        let mut idle: Vec<_> = (0..32).map(|k| Box::pin(compute.run(move || k))).collect();
        for work in &mut idle {
            // Polled once, then left alone.
            let _ = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
        }
        let other = tokio::time::timeout(Duration::from_secs(30), compute.run(|| 7));
        assert_eq!(other.await.unwrap(), Ok(7));
        for (k, work) in idle.into_iter().enumerate() {
            assert_eq!(work.await, Ok(k));
        }
    }

    #[tokio::test]
    async fn work_of_many_bytes_runs_alone() {
        let compute = Compute::start("test", 2).unwrap();
        let permits = [1, 25, 26, 100, 1000].map(|bytes| compute.permits_of(bytes, 100));
        assert_eq!(permits, [1, 1, 2, 4, 4]);
        let running = Arc::new(AtomicUsize::new(0));
        let alone = (0..8).map(|_| {
            let running = Arc::clone(&running);
            compute.run_with(4, move || {
                let others = running.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(2));
                running.fetch_sub(1, Ordering::SeqCst);
                others
            })
        });
        let others = futures_util::future::join_all(alone).await;
        assert_eq!(others, [Ok(0); 8]);
    }

    #[tokio::test]
    async fn work_whose_caller_leaves_ends() {
        let compute = Compute::start("test", 1).unwrap();
        let (sender, ended) = std::sync::mpsc::channel::<()>();
        let work = compute.run(move || {
            let _sender = sender;
            loop {
                checkpoint();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let soon = tokio::time::timeout(Duration::from_millis(50), work);
        let outcome: Result<Result<(), ComputeError>, _> = soon.await;
        assert!(outcome.is_err());
        let ended = ended.recv_timeout(Duration::from_secs(10));
        assert_eq!(ended, Err(RecvTimeoutError::Disconnected));
        assert_eq!(compute.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn work_whose_caller_has_left_is_not_begun() {
        let compute = Compute::start("test", 1).unwrap();
        let (free, blocked) = std::sync::mpsc::channel::<()>();
        let first = tokio::spawn({
            let compute = compute.clone();
            async move { compute.run(move || blocked.recv().is_ok()).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        let begun = Arc::new(AtomicUsize::new(0));
        for _ in 0..8 {
            let begun = Arc::clone(&begun);
            let work = compute.run(move || begun.fetch_add(1, Ordering::SeqCst));
            assert!(
                tokio::time::timeout(Duration::from_millis(2), work)
                    .await
                    .is_err()
            );
        }
        free.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(true));
        assert_eq!(compute.run(|| ()).await, Ok(()));
        assert_eq!(begun.load(Ordering::SeqCst), 0);
    }
}
