//! Deadlines of calls, as clients state them.

use super::ServiceError;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;
use tonic::metadata::MetadataMap;

/// How long before the client's own deadline a call ends at most, so that the answer with its
/// details is there before the transport cuts the call without a word.
const AHEAD: Duration = Duration::from_millis(20);

/// When a call is to end; `None` where its client waits for any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deadline(pub(super) Option<Instant>);

impl Deadline {
    /// Read the deadline of a call from its metadata.
    pub(super) fn of(metadata: &MetadataMap) -> Self {
        let timeout = metadata.get("grpc-timeout").and_then(|t| t.to_str().ok());
        let timeout = timeout.and_then(parse_timeout);
        // A timeout beyond the range of the clock is no limit.
        Self(timeout.and_then(|timeout| {
            let ahead = AHEAD.min(timeout / 20);
            Instant::now().checked_add(timeout - ahead)
        }))
    }

    /// Wait until the deadline.
    pub(super) async fn passed(self) {
        match self.0 {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    }

    /// Do `work` unless the deadline passes; it is dropped then, which cancels what it computes.
    ///
    /// # Errors
    /// Those of `work`, or that the deadline has passed.
    pub(super) async fn bound<T>(
        self,
        work: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<T, ServiceError> {
        tokio::select! {
            // Work that is done counts, even at the deadline.
            biased;
            done = work => done,
            () = self.passed() => Err(ServiceError::Deadline),
        }
    }
}

/// Parse the value of `grpc-timeout`: at most eight digits and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(3600 * count)),
        "M" => Some(Duration::from_secs(60 * count)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_parsed_as_the_protocol_writes_them() {
        for (text, expected) in [
            ("1S", Some(Duration::from_secs(1))),
            ("250m", Some(Duration::from_millis(250))),
            ("99999999H", Some(Duration::from_secs(359_999_996_400))),
            ("", None),
            ("S", None),
            ("123456789S", None),
            ("-1S", None),
            ("5é", None),
        ] {
            assert_eq!(parse_timeout(text), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn work_that_is_not_done_in_time_is_dropped() {
        let deadline = Deadline(Some(Instant::now() + Duration::from_millis(10)));
        let late = deadline.bound::<()>(std::future::pending()).await;
        assert!(matches!(late, Err(ServiceError::Deadline)));
        let done = deadline.bound(async { Ok(7) }).await;
        assert_eq!(done.unwrap(), 7);
    }
}
