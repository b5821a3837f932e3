//! Limits of messages and of one caller, beside those of the service: nobody shuts others out.

use super::ServiceError;
use super::caller::Caller;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tonic::Extensions;

/// The largest request: 10,000 keys and more.
pub(super) const MAX_REQUEST: usize = 4 << 20;
/// The largest message of an answer: a page of 1,000 series, a century of months and more.
pub(super) const MAX_RESPONSE: usize = 16 << 20;
/// Calls at a time of a caller with an address or a credential: streams, and calls that compute.
pub(super) const CALLS: usize = 128;
/// Calls at a time of callers on this machine, whom nothing tells apart.
const LOCAL_CALLS: usize = 768;
/// Requests a second of a caller who is not on this machine, and how many at once.
const REQUESTS_A_SECOND: NonZeroU32 = NonZeroU32::new(500).unwrap();
const REQUESTS_AT_ONCE: NonZeroU32 = NonZeroU32::new(2000).unwrap();
/// The callers whose requests are counted before those who have been quiet are forgotten.
const MOST_CALLERS: usize = 10_000;

/// The calls of each caller, and how many it may have.
pub(super) struct CallerLimits {
    calls: Arc<Mutex<HashMap<Caller, usize>>>,
    requests: DefaultKeyedRateLimiter<Caller>,
    clock: DefaultClock,
}

/// A call that counts as its caller's until it is dropped.
#[derive(Debug)]
pub(super) struct CallPermit {
    caller: Caller,
    calls: Arc<Mutex<HashMap<Caller, usize>>>,
}

impl Default for CallerLimits {
    fn default() -> Self {
        let quota = Quota::per_second(REQUESTS_A_SECOND).allow_burst(REQUESTS_AT_ONCE);
        Self {
            calls: Arc::default(),
            requests: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
        }
    }
}

impl CallerLimits {
    /// Admit a call; `extensions` are those of its request.
    ///
    /// # Errors
    /// Its caller has as many calls as it may have, or sends too many a second.
    pub(super) fn admit(&self, extensions: &Extensions) -> Result<CallPermit, ServiceError> {
        let caller = Caller::of(extensions);
        if !caller.is_local() {
            if self.requests.len() > MOST_CALLERS {
                self.requests.retain_recent();
            }
            if let Err(early) = self.requests.check_key(&caller) {
                return Err(ServiceError::CallerLimit {
                    caller: caller.to_string(),
                    limit: format!("{REQUESTS_A_SECOND} requests a second"),
                    retry: early.wait_time_from(self.clock.now()),
                });
            }
        }
        let most = if caller.is_local() {
            LOCAL_CALLS
        } else {
            CALLS
        };
        let mut calls = lock(&self.calls);
        let count = calls.entry(caller.clone()).or_default();
        if *count >= most {
            return Err(ServiceError::CallerLimit {
                caller: caller.to_string(),
                limit: format!("{most} calls at a time"),
                retry: Duration::from_secs(1),
            });
        }
        *count += 1;
        drop(calls);
        Ok(CallPermit {
            caller,
            calls: Arc::clone(&self.calls),
        })
    }
}

impl Drop for CallPermit {
    fn drop(&mut self) {
        let mut calls = lock(&self.calls);
        if let Some(count) = calls.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                calls.remove(&self.caller);
            }
        }
    }
}

impl fmt::Debug for CallerLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let callers = lock(&self.calls).len();
        let mut debug = f.debug_struct("CallerLimits");
        debug.field("callers", &callers).finish_non_exhaustive()
    }
}

fn lock(calls: &Mutex<HashMap<Caller, usize>>) -> MutexGuard<'_, HashMap<Caller, usize>> {
    // Every change of it is whole, so that a panic leaves it usable.
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(caller: Caller) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(caller);
        extensions
    }

    #[test]
    fn the_calls_of_one_caller_leave_those_of_others() {
        let limits = CallerLimits::default();
        let one = of(Caller::Address("192.0.2.1".parse().unwrap()));
        let other = of(Caller::Credential("desk".into()));
        let mut held: Vec<CallPermit> = (0..CALLS).map(|_| limits.admit(&one).unwrap()).collect();
        let refused = limits.admit(&one).unwrap_err();
        assert!(matches!(refused, ServiceError::CallerLimit { .. }));
        assert!(limits.admit(&other).is_ok() && limits.admit(&Extensions::new()).is_ok());
        held.pop();
        assert!(limits.admit(&one).is_ok());
        drop(held);
        assert!(lock(&limits.calls).is_empty());
    }

    #[test]
    fn a_caller_has_so_many_requests_a_second() {
        let limits = CallerLimits::default();
        let one = of(Caller::Address("192.0.2.1".parse().unwrap()));
        let admitted = (0..3 * REQUESTS_AT_ONCE.get()).filter(|_| limits.admit(&one).is_ok());
        let admitted = admitted.count();
        assert!((2000..4000).contains(&admitted), "{admitted}");
        let other = of(Caller::Address("192.0.2.2".parse().unwrap()));
        assert!(limits.admit(&other).is_ok());
        let local = (0..3 * REQUESTS_AT_ONCE.get()).filter(|_| {
            let local = limits.admit(&Extensions::new());
            local.is_err()
        });
        assert_eq!(local.count(), 0, "nobody on this machine is slowed down");
    }
}
