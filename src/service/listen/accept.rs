//! Connections accepted within limits: how many there are, how old they get, how fast a client must
//! begin to talk. A process that is out of descriptors waits and goes on.

use super::address::BoundSocket;
use super::connection::{Connection, Peer, Transport};
use crate::service::tls::TlsAcceptor;
use futures_util::Stream;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

/// Accepted connections that wait to be served.
const WAITING: usize = 64;
/// The first and the longest pause after a failed accept.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// The limits of the connections of a server.
#[derive(Debug, Clone)]
pub(in crate::service) struct ConnectionLimits {
    /// One permit for each connection of all listeners.
    pub(in crate::service) permits: Arc<Semaphore>,
    /// The time for a TLS handshake and for the first bytes of HTTP.
    pub(in crate::service) preface_timeout: Duration,
    /// How old a connection gets before it is cut, if it is.
    pub(in crate::service) end_of_life: Option<Duration>,
    /// Cancelled when every connection must end.
    pub(in crate::service) abort: CancellationToken,
}

/// Accept connections of `socket` until the stream is dropped; with `tls`, after its handshake.
pub(in crate::service) fn accept(
    socket: BoundSocket,
    tls: Option<TlsAcceptor>,
    limits: ConnectionLimits,
) -> impl Stream<Item = io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let mut pause = PAUSES[0];
        loop {
            let accepted = tokio::select! {
                () = sender.closed() => return,
                accepted = next(&socket) => accepted,
            };
            let (transport, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    metrics::counter!("tradecast_accept_errors_total").increment(1);
                    tracing::warn!(%error, ?pause, "cannot accept connections, waiting");
                    tokio::time::sleep(pause).await;
                    pause = (2 * pause).min(PAUSES[1]);
                    continue;
                }
            };
            pause = PAUSES[0];
            let Ok(permit) = Arc::clone(&limits.permits).try_acquire_owned() else {
                // Dropped: the client sees at once that it is refused.
                metrics::counter!("tradecast_connections_refused_total").increment(1);
                tracing::debug!("as many connections as allowed are open, one is refused");
                continue;
            };
            match (&tls, transport) {
                (Some(tls), Transport::Tcp(stream)) => {
                    let (tls, limits, sender) = (tls.clone(), limits.clone(), sender.clone());
                    tokio::spawn(async move {
                        let ready = secured(stream, peer, &tls, &limits, permit).await;
                        if let Some(connection) = ready {
                            // The server may have stopped meanwhile.
                            let _ = sender.send(Ok(connection)).await;
                        }
                    });
                }
                (_, transport) => {
                    let preface = Instant::now() + limits.preface_timeout;
                    let connection = limits.connection(transport, peer, preface, permit);
                    if sender.send(Ok(connection)).await.is_err() {
                        return;
                    }
                }
            }
        }
    });
    ReceiverStream::new(receiver)
}

impl ConnectionLimits {
    fn connection(
        &self,
        transport: Transport,
        peer: Peer,
        preface: Instant,
        permit: OwnedSemaphorePermit,
    ) -> Connection {
        let (abort, age) = (self.abort.clone(), self.end_of_life);
        let end = async move {
            match age {
                Some(age) => {
                    tokio::select! {
                        () = tokio::time::sleep(age) => {}
                        () = abort.cancelled_owned() => {}
                    }
                }
                None => abort.cancelled_owned().await,
            }
        };
        Connection::new(transport, peer, preface, end, permit)
    }
}

/// Do the TLS handshake; none if it fails or takes too long.
async fn secured(
    stream: TcpStream,
    peer: Peer,
    tls: &TlsAcceptor,
    limits: &ConnectionLimits,
    permit: OwnedSemaphorePermit,
) -> Option<Connection> {
    let preface = Instant::now() + limits.preface_timeout;
    let refused = |reason: &dyn std::fmt::Display| {
        metrics::counter!("tradecast_tls_handshake_errors_total").increment(1);
        tracing::debug!(%reason, "a TLS handshake failed");
        None
    };
    match tokio::time::timeout_at(preface, tls.accept(stream)).await {
        Ok(Ok((stream, certificate))) => {
            let peer = Peer {
                certificate,
                ..peer
            };
            let transport = Transport::Tls(Box::new(stream));
            Some(limits.connection(transport, peer, preface, permit))
        }
        Ok(Err(error)) => refused(&error),
        Err(late) => refused(&late),
    }
}

/// Accept the next connection.
async fn next(socket: &BoundSocket) -> io::Result<(Transport, Peer)> {
    let (transport, address) = match socket {
        BoundSocket::Tcp(listener) => {
            let (stream, address) = listener.accept().await?;
            stream.set_nodelay(true)?;
            (Transport::Tcp(stream), Some(address))
        }
        #[cfg(unix)]
        BoundSocket::Unix(listener, _) => {
            let (stream, _) = listener.accept().await?;
            (Transport::Unix(stream), None)
        }
    };
    let peer = Peer {
        address,
        certificate: None,
    };
    Ok((transport, peer))
}

/// Return whether an error concerns a connection that was closed before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, InvalidInput};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | InvalidInput
    )
}
