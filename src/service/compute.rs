//! Where handlers compute: rayon threads of the service's own, reached through a bounded number of seats.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

/// Jobs that are handed to the threads, for each thread: one that runs and one that waits at hand.
const SEATS_PER_THREAD: usize = 2;

/// A job that gave no result, by a fault of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a computation failed")]
pub struct ComputeError;

/// Threads for computing. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Compute {
    threads: Arc<rayon::ThreadPool>,
    seats: Arc<Semaphore>,
}

impl Compute {
    /// Starts `threads` threads; 0 for one a core.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|n| format!("compute-{n}"))
            .build()?;
        let seats = SEATS_PER_THREAD * threads.current_num_threads();
        Ok(Self {
            threads: Arc::new(threads),
            seats: Arc::new(Semaphore::new(seats)),
        })
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.threads.current_num_threads()
    }

    /// Runs `work` on the threads. Waiting for a seat is fair: who came first is seated first. Work whose caller has left
    /// before it began is not begun.
    ///
    /// # Errors
    /// The work panicked; the log has the cause.
    pub async fn run<T, F>(&self, work: F) -> Result<T, ComputeError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        // The seats are never closed, so that this cannot fail; if it did, no work would be done.
        let seat = Arc::clone(&self.seats).acquire_owned().await;
        let seat = seat.map_err(|_| ComputeError)?;
        let (tell, told) = oneshot::channel();
        self.threads.spawn(move || {
            let _seat = seat;
            if tell.is_closed() {
                return;
            }
            // What the work has half done is dropped with it; what it shares is behind locks that survive a panic.
            let result = catch_unwind(AssertUnwindSafe(work)).map_err(|cause| {
                let words = cause.downcast_ref::<&str>().copied();
                let words = words.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
                tracing::error!(cause = words.unwrap_or("unknown"), "a computation panicked");
                ComputeError
            });
            // A caller that has left meanwhile misses nothing.
            let _ = tell.send(result);
        });
        told.await.unwrap_or(Err(ComputeError))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_threads_live_on() {
        let compute = Compute::start(1).unwrap();
        assert_eq!(
            compute.run(|| panic!("a bug")).await,
            Err::<(), _>(ComputeError)
        );
        assert_eq!(compute.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn work_whose_caller_has_left_is_not_begun() {
        let compute = Compute::start(1).unwrap();
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
