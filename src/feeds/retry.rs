//! The policy of waits and tries.

use backon::ExponentialBuilder;
use std::time::Duration;

/// Pauses, waits and number of tries.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Pause between two queries.
    pub pause: Duration,
    /// Wait before the second try; each later wait is twice as long as the one before. A random
    /// jitter of up to the same length is added to each.
    pub first_wait: Duration,
    /// Longest wait, also where the service asks for one.
    pub longest_wait: Duration,
    /// Number of tries after the first.
    pub retries: usize,
    /// Longest silence before a connection, or the next part of an answer, counts as failed.
    pub silence: Duration,
}

impl Default for RetryPolicy {
    /// A second between queries, up to six tries within some minutes.
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(1),
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(120),
            retries: 5,
            silence: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Return the waits between tries. Half of the longest wait is left for the jitter.
    pub(super) fn waits(&self) -> ExponentialBuilder {
        let most = self.longest_wait / 2;
        ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.first_wait.min(most))
            .with_max_delay(most)
            .with_max_times(self.retries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backon::BackoffBuilder;

    /// The fixed half of each wait doubles up to half of the longest; the other half is the
    /// jitter's.
    #[test]
    fn waits_differ_and_stay_within_their_bounds() {
        let seconds = Duration::from_secs;
        let policy = RetryPolicy {
            retries: 8,
            ..RetryPolicy::default()
        };
        let draw = |policy: &RetryPolicy| policy.waits().build().collect::<Vec<_>>();
        let (one, other) = (draw(&policy), draw(&policy));
        for waits in [&one, &other] {
            assert_eq!(waits.len(), 8);
            for (wait, fixed) in waits.iter().zip([2, 4, 8, 16, 32, 60, 60, 60]) {
                let bounds = seconds(fixed)..=seconds(2 * fixed);
                assert!(bounds.contains(wait), "{wait:?} is not within {bounds:?}");
            }
        }
        assert!(one[0] != other[0] && one[6] != one[7], "{one:?} {other:?}");
        // A longest wait that is shorter than the first one bounds it, too.
        let short = RetryPolicy {
            longest_wait: seconds(1),
            ..policy
        };
        assert!(draw(&short).iter().all(|wait| *wait <= seconds(1)));
    }
}
