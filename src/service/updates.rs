//! Streams of updates that end in time: at their deadline, when their client stops reading, and
//! when the server stops. Each holds a bounded number of bytes.

use super::ServiceError;
use super::deadline::Deadline;
use super::encoded::Encoded;
use super::limits::CallPermit;
use super::shared::{MAX_STREAMS, Shared};
use futures_util::Stream;
use prost::Message;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::metadata::MetadataMap;

/// Batches of messages that wait for a slow client before the work waits as well.
const CHANNEL: usize = 64;
/// Bytes of such messages. A longer message waits alone.
const CHANNEL_BYTES: u32 = 256 << 10;
/// Bytes from which on messages that are there together are sent in batches.
const BATCH_BYTES: usize = 32 << 10;

/// Messages that wait, with the bytes that they take; an error takes one.
type Batch = (Result<Vec<Encoded>, Status>, OwnedSemaphorePermit);

/// The messages that wait. They are gone with the stream's work, even where the transport keeps a
/// stream that its client neither reads nor closes.
type Messages = Arc<Mutex<Option<WaitingMessages>>>;

/// Messages that the client has not taken yet.
struct WaitingMessages {
    batches: mpsc::Receiver<Batch>,
    /// The batch that is being taken, and its bytes.
    batch: std::vec::IntoIter<Encoded>,
    bytes: Option<OwnedSemaphorePermit>,
}

impl WaitingMessages {
    /// Take the next message of the batch.
    fn next(&mut self) -> Option<Encoded> {
        let message = self.batch.next()?;
        if self.batch.len() == 0 {
            self.bytes = None;
        } else if let Some(bytes) = &mut self.bytes {
            drop(bytes.split(message.len()));
        }
        Some(message)
    }

    /// Take the first message of the next batch.
    fn poll_batch(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Encoded, Status>>> {
        let Some((batch, bytes)) = ready!(self.batches.poll_recv(context)) else {
            return Poll::Ready(None);
        };
        match batch {
            Ok(batch) => {
                (self.batch, self.bytes) = (batch.into_iter(), Some(bytes));
                Poll::Ready(self.next().map(Ok))
            }
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    }
}

/// The stream that a client receives.
pub(super) struct UpdateStream {
    messages: Messages,
    is_done: bool,
    end: Pin<Box<dyn Future<Output = ServiceError> + Send>>,
}

/// The end of a stream that work sends messages to.
pub(super) struct UpdateSender<T> {
    /// Returned once the client has taken everything or the stream is cut, not when its headers are
    /// sent. The first field, since fields are dropped in order: who sees the end finds a permit.
    _permits: (OwnedSemaphorePermit, CallPermit),
    messages: mpsc::Sender<Batch>,
    waiting: Messages,
    bytes: Arc<Semaphore>,
    limits: StreamLimits,
    of: PhantomData<fn(T)>,
}

/// The error of work whose client has left, or does not read.
#[derive(Debug)]
pub(super) struct Disconnected;

/// The reason why a stream ends before its work is done.
#[derive(Clone)]
struct StreamLimits {
    stopping: CancellationToken,
    deadline: Deadline,
    /// How long a message may wait for the client.
    write_timeout: Duration,
    /// Cancelled when a message has waited that long.
    slow: CancellationToken,
}

impl StreamLimits {
    /// Wait until a limit is reached, and return which.
    async fn reached(self) -> ServiceError {
        tokio::select! {
            () = self.stopping.cancelled() => ServiceError::Stopping,
            () = self.deadline.passed() => ServiceError::Deadline,
            () = self.slow.cancelled() => ServiceError::SlowReader { limit: self.write_timeout },
        }
    }
}

/// Open a stream of a call that is admitted; `metadata` is that of its request.
///
/// # Errors
/// As many streams as allowed are running already, or the server is stopping.
pub(super) fn update_stream<T>(
    shared: &Shared,
    call: CallPermit,
    metadata: &MetadataMap,
) -> Result<(UpdateSender<T>, UpdateStream), ServiceError> {
    if shared.draining.is_cancelled() || shared.stopping.is_cancelled() {
        return Err(ServiceError::Stopping);
    }
    let permit = Arc::clone(&shared.streams).try_acquire_owned();
    let permit = permit.map_err(|_| ServiceError::Overloaded { limit: MAX_STREAMS })?;
    let limits = StreamLimits {
        stopping: shared.stopping.clone(),
        deadline: Deadline::of(metadata),
        write_timeout: shared.write_timeout,
        slow: CancellationToken::new(),
    };
    let (sender, receiver) = mpsc::channel(CHANNEL);
    let waiting = Arc::new(Mutex::new(Some(WaitingMessages {
        batches: receiver,
        batch: Vec::new().into_iter(),
        bytes: None,
    })));
    let updates = UpdateStream {
        messages: Arc::clone(&waiting),
        is_done: false,
        end: Box::pin(limits.clone().reached()),
    };
    let sender = UpdateSender {
        messages: sender,
        waiting,
        bytes: Arc::new(Semaphore::new(CHANNEL_BYTES as usize)),
        limits,
        of: PhantomData,
        _permits: (permit, call),
    };
    Ok((sender, updates))
}

impl<T> UpdateSender<T> {
    /// Send a message; wait while the client is slow.
    ///
    /// # Errors
    /// The client has left, or does not read.
    pub(super) async fn send(&self, message: T) -> Result<(), Disconnected>
    where
        T: Message,
    {
        self.send_encoded(Encoded::of(&message)).await
    }

    /// Send a message that is encoded already, as [`UpdateSender::send`] does.
    ///
    /// # Errors
    /// The client has left, or does not read.
    pub(super) async fn send_encoded(&self, message: Encoded) -> Result<(), Disconnected> {
        let bytes = message.len();
        self.send_batch(vec![message], bytes).await
    }

    /// Send messages that are there together, as [`UpdateSender::send_encoded`] sends each.
    ///
    /// # Errors
    /// The client has left, or does not read.
    pub(super) async fn send_all(&self, messages: &[Encoded]) -> Result<(), Disconnected> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for message in messages {
            bytes += message.len();
            batch.push(message.clone());
            if bytes >= BATCH_BYTES {
                let batch = std::mem::take(&mut batch);
                self.send_batch(batch, std::mem::take(&mut bytes)).await?;
            }
        }
        match batch.is_empty() {
            true => Ok(()),
            false => self.send_batch(batch, bytes).await,
        }
    }

    async fn send_batch(&self, batch: Vec<Encoded>, bytes: usize) -> Result<(), Disconnected> {
        self.in_time(self.queue(Ok(batch), bytes)).await
    }

    /// Wait for room for so many bytes, and let the messages wait.
    async fn queue(
        &self,
        batch: Result<Vec<Encoded>, Status>,
        bytes: usize,
    ) -> Result<(), Disconnected> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let bytes = bytes.clamp(1, CHANNEL_BYTES);
        let room = Arc::clone(&self.bytes).acquire_many_owned(bytes).await;
        let room = room.map_err(|_| Disconnected)?;
        let sent = self.messages.send((batch, room)).await;
        sent.map_err(|_| Disconnected)
    }

    /// Wait until the client has taken every message.
    ///
    /// # Errors
    /// The client has left, or does not read.
    pub(super) async fn taken(&self) -> Result<(), Disconnected> {
        loop {
            let before = self.bytes.available_permits();
            let all = self.bytes.acquire_many(CHANNEL_BYTES);
            match tokio::time::timeout(self.limits.write_timeout, all).await {
                // Messages that nobody takes any more have left as well.
                Ok(_) if self.messages.is_closed() => return Err(Disconnected),
                Ok(_) => return Ok(()),
                // It reads, if slowly.
                Err(_) if self.bytes.available_permits() > before => {}
                Err(_) => return Err(self.give_up()),
            }
        }
    }

    /// End the stream with an error.
    pub(super) async fn fail(&self, error: ServiceError) {
        // A client that has left or does not read needs no error.
        let _ = self.in_time(self.queue(Err(error.into()), 1)).await;
    }

    /// Do `write` unless it waits for the client for too long.
    async fn in_time(
        &self,
        write: impl Future<Output = Result<(), Disconnected>>,
    ) -> Result<(), Disconnected> {
        let written = tokio::time::timeout(self.limits.write_timeout, write).await;
        written.unwrap_or_else(|_| Err(self.give_up()))
    }

    /// End the stream because its client does not read.
    fn give_up(&self) -> Disconnected {
        let limit = self.limits.write_timeout;
        tracing::info!(?limit, "a stream was ended: its client does not read");
        self.limits.slow.cancel();
        Disconnected
    }

    /// Do `work` until it is done and its messages are taken, the client leaves or does not read,
    /// the deadline passes or the server stops.
    pub(super) async fn drive(&self, work: impl Future<Output = Result<(), Disconnected>>) {
        let all = async {
            work.await?;
            self.taken().await
        };
        tokio::select! {
            done = all => match done {
                Ok(()) => {
                    tracing::debug!("a stream is done");
                    return;
                }
                Err(Disconnected) => tracing::debug!("a client has left"),
            },
            () = self.messages.closed() => tracing::debug!("a client has left"),
            reason = self.limits.clone().reached() => tracing::debug!(%reason, "a stream was cut"),
        }
        // Nobody takes them any more.
        *lock(&self.waiting) = None;
    }
}

/// Lock the messages that wait.
fn lock(messages: &Messages) -> MutexGuard<'_, Option<WaitingMessages>> {
    // Nothing behind the lock calls what could panic halfway.
    messages.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stream for UpdateStream {
    type Item = Result<Encoded, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_done {
            return Poll::Ready(None);
        }
        let next = lock(&self.messages)
            .as_mut()
            .and_then(WaitingMessages::next);
        if let Some(message) = next {
            return Poll::Ready(Some(Ok(message)));
        }
        if let Poll::Ready(reason) = self.end.as_mut().poll(context) {
            self.close();
            return Poll::Ready(Some(Err(reason.into())));
        }
        let message = match lock(&self.messages).as_mut() {
            Some(waiting) => waiting.poll_batch(context),
            // The stream is being cut; its end says why.
            None => return Poll::Pending,
        };
        if !matches!(message, Poll::Pending | Poll::Ready(Some(Ok(_)))) {
            self.close();
        }
        message
    }
}

impl UpdateStream {
    /// Take no more messages, which stops the work.
    fn close(&mut self) {
        self.is_done = true;
        *lock(&self.messages) = None;
    }
}

impl Drop for UpdateStream {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for UpdateStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateStream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::lanes::Lanes;
    use futures_util::StreamExt;
    use tonic::Code;

    fn shared() -> Shared {
        Shared::new(Lanes::start(1).unwrap())
    }

    fn call(shared: &Shared) -> CallPermit {
        shared.limits.admit(&tonic::Extensions::new()).unwrap()
    }

    fn open(shared: &Shared) -> (UpdateSender<u32>, UpdateStream) {
        update_stream(shared, call(shared), &MetadataMap::new()).unwrap()
    }

    async fn number(stream: &mut UpdateStream) -> u32 {
        stream.next().await.unwrap().unwrap().decode().unwrap()
    }

    #[tokio::test]
    async fn a_deadline_ends_a_stream() {
        let shared = shared();
        let mut metadata = MetadataMap::new();
        metadata.insert("grpc-timeout", "20m".parse().unwrap());
        let (sender, mut stream) = update_stream::<u32>(&shared, call(&shared), &metadata).unwrap();
        let work = tokio::spawn(async move {
            sender
                .drive(async {
                    sender.send(1).await?;
                    std::future::pending().await
                })
                .await;
        });
        assert_eq!(number(&mut stream).await, 1);
        let status = stream.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert!(stream.next().await.is_none());
        work.await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_loses_its_stream_and_its_permit() {
        let mut shared = shared();
        shared.write_timeout = Duration::from_millis(50);
        let permits = shared.streams.available_permits();
        let (sender, mut stream) =
            update_stream::<String>(&shared, call(&shared), &MetadataMap::new()).unwrap();
        let sent = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let count = Arc::clone(&sent);
        let work = tokio::spawn(async move {
            sender
                .drive(async {
                    loop {
                        sender.send("x".repeat(100_000)).await?;
                        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    }
                })
                .await;
        });
        // The stream lives on, unread: its work, its messages and its permit are gone.
        work.await.unwrap();
        assert_eq!(sent.load(std::sync::atomic::Ordering::SeqCst), 2);
        assert!(lock(&stream.messages).is_none());
        assert_eq!(shared.streams.available_permits(), permits);
        let status = stream.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn the_last_messages_are_waited_for_as_well() {
        let mut shared = shared();
        shared.write_timeout = Duration::from_millis(50);
        let (sender, mut stream) =
            update_stream::<u32>(&shared, call(&shared), &MetadataMap::new()).unwrap();
        sender.drive(async { sender.send(1).await }).await;
        let status = stream.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
    }

    #[tokio::test]
    async fn messages_that_a_slow_client_has_not_taken_are_waited_for() {
        let (sender, mut stream) = open(&shared());
        sender.taken().await.unwrap();
        sender.send(1).await.unwrap();
        sender.send(2).await.unwrap();
        assert_eq!(number(&mut stream).await, 1);
        let waiting = tokio::time::timeout(Duration::from_millis(20), sender.taken());
        assert!(waiting.await.is_err());
        assert_eq!(number(&mut stream).await, 2);
        sender.taken().await.unwrap();
        sender.send(3).await.unwrap();
        drop(stream);
        assert!(sender.taken().await.is_err());
    }

    #[tokio::test]
    async fn a_stopping_server_ends_its_streams() {
        let shared = shared();
        let (_outlet, mut stream) =
            update_stream::<u32>(&shared, call(&shared), &MetadataMap::new()).unwrap();
        shared.stopping.cancel();
        let status = stream.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert!(update_stream::<u32>(&shared, call(&shared), &MetadataMap::new()).is_err());
    }
}
