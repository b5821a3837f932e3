//! Permits of calls that deliver figures: so many are received at a time, and one whose client
//! pauses gives way to others.

use super::ServiceError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tonic::{Status, Streaming};

/// Calls that deliver figures at a time: the figures of each are in memory.
const MOST: usize = 16;
/// How long a caller waits for a permit; callers who still have none then get RESOURCE_EXHAUSTED.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest pause between two whole messages with content of a caller with a permit.
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
    queue: Mutex<DeliveryQueue>,
    limits: DeliveryLimits,
    /// Notified for those who wait; the one who pauses for the longest time hears it first.
    claimed: Notify,
}

/// Those who wait for a permit, and what was done for them: each ends one delivery at most.
#[derive(Debug, Default)]
struct DeliveryQueue {
    /// Callers who wait.
    waiting: usize,
    /// Deliveries that were ended for them, whose permits they do not have yet: no more than wait.
    giving_way: usize,
}

impl DeliveryQueue {
    /// Whether one waits for whom no delivery was ended.
    fn wants_another(&self) -> bool {
        self.giving_way < self.waiting
    }
}

/// A caller who waits.
struct Waiting<'a> {
    permits: &'a DeliveryPermits,
    is_served: bool,
}

impl<'a> Waiting<'a> {
    fn new(permits: &'a DeliveryPermits) -> Self {
        permits.queue().waiting += 1;
        Self {
            permits,
            is_served: false,
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut queue = self.permits.queue();
        queue.waiting -= 1;
        queue.giving_way = if self.is_served {
            queue.giving_way.saturating_sub(1)
        } else {
            // A delivery that was ended for one who has left is for the others.
            queue.giving_way.min(queue.waiting)
        };
    }
}

impl Default for DeliveryPermits {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(MOST)),
            queue: Mutex::default(),
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
        let mut waiting = Waiting::new(self);
        let claims = async {
            loop {
                // Heard in vain, it would cost one who pauses their place.
                if self.queue().wants_another() {
                    self.claimed.notify_one();
                }
                tokio::time::sleep(CLAIM_EVERY).await;
            }
        };
        tokio::select! {
            biased;
            permit = Arc::clone(&self.free).acquire_owned() => {
                waiting.is_served = true;
                permit.map_err(|_| many())
            }
            () = tokio::time::sleep(self.limits.permit) => Err(many()),
            () = claims => Err(many()),
        }
    }

    fn queue(&self) -> MutexGuard<'_, DeliveryQueue> {
        // Nothing that may panic runs while it is locked.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Return the next message with content of a caller with a permit. Others are left out and do
    /// not end a pause.
    ///
    /// # Errors
    /// The stream failed, or the caller pauses for too long.
    pub(super) async fn next<T>(
        &self,
        stream: &mut Streaming<T>,
        has_content: fn(&T) -> bool,
    ) -> Result<Option<T>, Status> {
        let next = async {
            loop {
                let message = stream.message().await?;
                if message.as_ref().is_none_or(has_content) {
                    return Ok(message);
                }
                // A client that sends many of these does not delay the end of the pause.
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            message = next => message,
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
                let mut queue = self.queue();
                if queue.wants_another() {
                    queue.giving_way += 1;
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
    async fn one_who_waits_ends_one_delivery_however_long_its_permit_takes() {
        let permits = permits(LONG);
        let mut held = Vec::new();
        for _ in 0..MOST {
            held.push(permits.acquire().await.unwrap());
        }
        let mut first = std::pin::pin!(permits.acquire());
        let mut second = std::pin::pin!(permits.acquire());
        // Each claims at once, and again while the ended deliveries keep their permits.
        for waiter in [&mut first, &mut second] {
            let ended = tokio::select! {
                _ = waiter => None,
                ended = permits.pause() => Some(ended),
            };
            assert!(matches!(ended, Some(ServiceError::PausedDelivery { .. })));
        }
        let third = tokio::select! {
            _ = &mut first => true,
            _ = &mut second => true,
            _ = permits.pause() => true,
            () = tokio::time::sleep(3 * CLAIM_EVERY) => false,
        };
        assert!(!third, "two wait, for whom two were ended");
        held.truncate(MOST - 2);
        let served = tokio::join!(first, second);
        assert!(served.0.is_ok() && served.1.is_ok());
        assert_eq!(permits.queue().giving_way, 0);
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
