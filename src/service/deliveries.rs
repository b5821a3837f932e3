//! Permits of calls that deliver figures: so many are received at a time, and one whose client
//! pauses gives way to others.

use super::ServiceError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tonic::{Status, Streaming};

/// Calls that deliver figures at a time: the figures of each are in memory.
const MOST: usize = 16;
/// How long a caller waits for a permit; callers who still have none then get RESOURCE_EXHAUSTED.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest pause between two messages of a caller with a permit.
const PAUSE: Duration = Duration::from_secs(60);
/// The longest such pause while others wait for a permit.
const PAUSE_BESIDE_OTHERS: Duration = Duration::from_secs(5);
/// How often a caller who waits for a permit claims that of one who pauses.
const CLAIM_EVERY: Duration = Duration::from_millis(200);

/// How long callers may wait, and let others wait.
#[derive(Debug, Clone, Copy)]
struct DeliveryLimits {
    permit: Duration,
    pause: Duration,
    pause_beside_others: Duration,
}

/// Permits to deliver figures.
#[derive(Debug)]
pub(super) struct DeliveryPermits {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    limits: DeliveryLimits,
    /// Notified for those who wait; the one who pauses for the longest time hears it first.
    claimed: Notify,
}

/// Counts a caller who waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for DeliveryPermits {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(MOST)),
            waiting: AtomicUsize::new(0),
            limits: DeliveryLimits {
                permit: PERMIT_TIMEOUT,
                pause: PAUSE,
                pause_beside_others: PAUSE_BESIDE_OTHERS,
            },
            claimed: Notify::new(),
        }
    }
}

impl DeliveryPermits {
    /// Wait until another delivery may be received.
    ///
    /// # Errors
    /// Others are being received for too long.
    pub(super) async fn acquire(&self) -> Result<OwnedSemaphorePermit, ServiceError> {
        let many = || ServiceError::ManyIngests { limit: MOST };
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = Waiting::new(&self.waiting);
        let claims = async {
            loop {
                self.claimed.notify_one();
                tokio::time::sleep(CLAIM_EVERY).await;
            }
        };
        tokio::select! {
            permit = Arc::clone(&self.free).acquire_owned() => permit.map_err(|_| many()),
            () = tokio::time::sleep(self.limits.permit) => Err(many()),
            () = claims => Err(many()),
        }
    }

    /// Return the next message of a caller with a permit.
    ///
    /// # Errors
    /// The stream failed, or the caller pauses for too long.
    pub(super) async fn next<T>(&self, stream: &mut Streaming<T>) -> Result<Option<T>, Status> {
        tokio::select! {
            biased;
            message = stream.message() => message,
            error = self.pause() => Err(error.into()),
        }
    }

    /// Wait until a pause that begins now is too long.
    async fn pause(&self) -> ServiceError {
        let DeliveryLimits {
            pause,
            pause_beside_others,
            ..
        } = self.limits;
        let gives_way = async {
            tokio::time::sleep(pause_beside_others).await;
            loop {
                self.claimed.notified().await;
                // One who has a permit by now may have claimed another's before.
                if self.waiting.load(Ordering::Relaxed) > 0 {
                    break;
                }
            }
        };
        let limit = tokio::select! {
            () = tokio::time::sleep(pause) => pause,
            () = gives_way => pause_beside_others,
        };
        ServiceError::PausedDelivery { limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);
    const SHORT: Duration = Duration::from_millis(10);

    fn permits(permit: Duration) -> Arc<DeliveryPermits> {
        Arc::new(DeliveryPermits {
            limits: DeliveryLimits {
                permit,
                pause: LONG,
                pause_beside_others: SHORT,
            },
            ..DeliveryPermits::default()
        })
    }

    #[tokio::test]
    async fn of_those_who_pause_one_gives_way_to_each_who_waits() {
        let permits = permits(LONG);
        let mut paused = tokio::task::JoinSet::new();
        for _ in 0..MOST {
            let permit = permits.acquire().await.unwrap();
            let permits = Arc::clone(&permits);
            paused.spawn(async move {
                let error = permits.pause().await;
                drop(permit);
                error
            });
        }
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(permits.acquire().await.unwrap());
            let error = paused.join_next().await.unwrap().unwrap();
            let limit = matches!(error, ServiceError::PausedDelivery { limit: SHORT });
            assert!(limit, "{error}");
        }
        assert!(permits.free.available_permits() == 0, "the others go on");
    }

    #[tokio::test]
    async fn where_nobody_pauses_others_are_refused() {
        let permits = permits(SHORT);
        let mut busy = Vec::new();
        for _ in 0..MOST {
            busy.push(permits.acquire().await.unwrap());
        }
        let refused = permits.acquire().await.unwrap_err();
        assert!(matches!(refused, ServiceError::ManyIngests { limit: MOST }));
        busy.pop();
        assert!(permits.acquire().await.is_ok());
    }
}
