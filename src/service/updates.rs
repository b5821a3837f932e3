//! Streams of updates that end in time: at their deadline, and when the server stops.

use super::ServiceError;
use super::shared::{MAX_STREAMS, Shared};
use futures_util::Stream;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::metadata::MetadataMap;

/// Messages that wait for a slow client before the work waits as well.
const CHANNEL: usize = 64;

/// The stream that a client receives.
pub(super) struct UpdateStream<T> {
    messages: Option<mpsc::Receiver<Result<T, Status>>>,
    end: Pin<Box<dyn Future<Output = ServiceError> + Send>>,
    /// Returned when the stream is dropped, not when its headers are sent.
    _permit: OwnedSemaphorePermit,
}

/// The end of a stream that work sends messages to.
pub(super) struct UpdateSender<T> {
    messages: mpsc::Sender<Result<T, Status>>,
    limits: StreamLimits,
}

/// The error of work whose client has left.
#[derive(Debug)]
pub(super) struct Disconnected;

/// The reason why a stream ends before its work is done.
#[derive(Clone)]
struct StreamLimits {
    stopping: CancellationToken,
    deadline: Option<Instant>,
}

impl StreamLimits {
    /// Wait until a limit is reached, and return which.
    async fn reached(self) -> ServiceError {
        let deadline = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.stopping.cancelled() => ServiceError::Stopping,
            () = deadline => ServiceError::Deadline,
        }
    }
}

/// Open a stream; `metadata` is that of the request.
///
/// # Errors
/// As many streams as allowed are running already, or the server is stopping.
pub(super) fn update_stream<T>(
    shared: &Shared,
    metadata: &MetadataMap,
) -> Result<(UpdateSender<T>, UpdateStream<T>), ServiceError> {
    if shared.stopping.is_cancelled() {
        return Err(ServiceError::Stopping);
    }
    let permit = Arc::clone(&shared.streams).try_acquire_owned();
    let permit = permit.map_err(|_| ServiceError::Overloaded { limit: MAX_STREAMS })?;
    let timeout = metadata.get("grpc-timeout").and_then(|t| t.to_str().ok());
    let limits = StreamLimits {
        stopping: shared.stopping.clone(),
        // A timeout beyond the range of the clock is no limit.
        deadline: timeout
            .and_then(parse_timeout)
            .and_then(|timeout| Instant::now().checked_add(timeout)),
    };
    let (sender, receiver) = mpsc::channel(CHANNEL);
    let updates = UpdateStream {
        messages: Some(receiver),
        end: Box::pin(limits.clone().reached()),
        _permit: permit,
    };
    let sender = UpdateSender {
        messages: sender,
        limits,
    };
    Ok((sender, updates))
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

impl<T> UpdateSender<T> {
    /// Send a message; wait while the client is slow.
    ///
    /// # Errors
    /// The client has left.
    pub(super) async fn send(&self, message: T) -> Result<(), Disconnected> {
        self.messages
            .send(Ok(message))
            .await
            .map_err(|_| Disconnected)
    }

    /// Wait until the client has taken every message.
    ///
    /// # Errors
    /// The client has left.
    pub(super) async fn taken(&self) -> Result<(), Disconnected> {
        let all = self.messages.max_capacity();
        let free = self.messages.reserve_many(all).await;
        free.map(drop).map_err(|_| Disconnected)
    }

    /// End the stream with an error.
    pub(super) async fn fail(&self, error: ServiceError) {
        // A client that has left needs no error.
        let _ = self.messages.send(Err(error.into())).await;
    }

    /// Do `work` until it is done, the client leaves, the deadline passes or the server stops.
    pub(super) async fn drive(&self, work: impl Future<Output = Result<(), Disconnected>>) {
        tokio::select! {
            done = work => match done {
                Ok(()) => tracing::debug!("a stream is done"),
                Err(Disconnected) => tracing::debug!("a client has left"),
            },
            () = self.messages.closed() => tracing::debug!("a client has left"),
            reason = self.limits.clone().reached() => tracing::debug!(%reason, "a stream was cut"),
        }
    }
}

impl<T> Stream for UpdateStream<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.messages.is_none() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(reason) = self.end.as_mut().poll(context) {
            // Dropping the receiver stops the work.
            self.messages = None;
            return Poll::Ready(Some(Err(reason.into())));
        }
        let message = self
            .messages
            .as_mut()
            .map_or(Poll::Ready(None), |messages| messages.poll_recv(context));
        if !matches!(message, Poll::Pending | Poll::Ready(Some(Ok(_)))) {
            self.messages = None;
        }
        message
    }
}

impl<T> fmt::Debug for UpdateStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateStream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Compute;
    use futures_util::StreamExt;
    use tonic::Code;

    fn shared() -> Shared {
        Shared::new(Compute::start(1).unwrap(), Compute::start(1).unwrap())
    }

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
    async fn a_deadline_ends_a_stream() {
        let shared = shared();
        let mut metadata = MetadataMap::new();
        metadata.insert("grpc-timeout", "20m".parse().unwrap());
        let (sender, mut stream) = update_stream::<u8>(&shared, &metadata).unwrap();
        let work = tokio::spawn(async move {
            sender
                .drive(async {
                    sender.send(1).await?;
                    std::future::pending().await
                })
                .await;
        });
        assert_eq!(stream.next().await.unwrap().unwrap(), 1);
        let status = stream.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert!(stream.next().await.is_none());
        work.await.unwrap();
    }

    #[tokio::test]
    async fn messages_that_a_slow_client_has_not_taken_are_waited_for() {
        let (sender, mut stream) = update_stream::<u8>(&shared(), &MetadataMap::new()).unwrap();
        sender.taken().await.unwrap();
        sender.send(1).await.unwrap();
        sender.send(2).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), 1);
        let waiting = tokio::time::timeout(Duration::from_millis(20), sender.taken());
        assert!(waiting.await.is_err());
        assert_eq!(stream.next().await.unwrap().unwrap(), 2);
        sender.taken().await.unwrap();
        sender.send(3).await.unwrap();
        drop(stream);
        assert!(sender.taken().await.is_err());
    }

    #[tokio::test]
    async fn a_stopping_server_ends_its_streams() {
        let shared = shared();
        let (_outlet, mut stream) = update_stream::<u8>(&shared, &MetadataMap::new()).unwrap();
        shared.stopping.cancel();
        let status = stream.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert!(update_stream::<u8>(&shared, &MetadataMap::new()).is_err());
    }
}
