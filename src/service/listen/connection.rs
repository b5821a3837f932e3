//! A connection with its limits: it must begin to talk in time, and it ends when it is old or when
//! the server ends.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

/// The bytes that a client must send in time: the length of HTTP/2's preface.
const PREFACE: usize = 24;

/// The other end of a connection; each request's extensions have it.
#[derive(Debug, Clone)]
pub(in crate::service) struct Peer {
    /// The address; a Unix socket has none.
    pub(in crate::service) address: Option<SocketAddr>,
    /// The SHA-256 of the client's certificate, which was verified, in hexadecimal digits.
    pub(in crate::service) certificate: Option<Arc<str>>,
}

/// The transport of a connection.
pub(super) enum Transport {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

/// A connection that was accepted, in plaintext or after its TLS handshake.
pub(in crate::service) struct Connection {
    transport: Transport,
    peer: Peer,
    /// Done when the connection must end.
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// The time for the first bytes, and how many have come; none once they are there.
    preface: Option<(Pin<Box<Sleep>>, usize)>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// Return a connection that counts against `permit` until it ends, at `end` at the latest; its
    /// client must begin to talk before `preface`.
    pub(super) fn new(
        transport: Transport,
        peer: Peer,
        preface: Instant,
        end: impl Future<Output = ()> + Send + 'static,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            transport,
            peer,
            end: Box::pin(end),
            preface: Some((Box::pin(tokio::time::sleep_until(preface)), 0)),
            _permit: permit,
        }
    }

    /// Return `polled`, or an error if it waits and the connection must end.
    fn unless_ended<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_pending() && self.end.as_mut().poll(context).is_ready() {
            let error = io::Error::new(io::ErrorKind::ConnectionAborted, "the connection is ended");
            return Poll::Ready(Err(error));
        }
        polled
    }

    /// Count `read` bytes of the preface, or fail if its time is over.
    fn preface(&mut self, context: &mut Context<'_>, read: usize) -> io::Result<()> {
        let Some((time, bytes)) = &mut self.preface else {
            return Ok(());
        };
        *bytes += read;
        if *bytes >= PREFACE {
            self.preface = None;
        } else if time.as_mut().poll(context).is_ready() {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client sent no request in time",
            ));
        }
        Ok(())
    }
}

/// Do something with the transport, whichever it is.
macro_rules! transport {
    ($connection:ident, $io:ident => $do:expr) => {
        match &mut $connection.transport {
            Transport::Tcp($io) => $do,
            Transport::Tls($io) => $do,
            #[cfg(unix)]
            Transport::Unix($io) => $do,
        }
    };
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = transport!(self, io => Pin::new(io).poll_read(context, buffer));
        self.preface(context, buffer.filled().len() - before)?;
        self.unless_ended(context, polled)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = transport!(self, io => Pin::new(io).poll_write(context, bytes));
        self.unless_ended(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = transport!(self, io => Pin::new(io).poll_write_vectored(context, slices));
        self.unless_ended(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Tcp(io) => io.is_write_vectored(),
            Transport::Tls(io) => io.is_write_vectored(),
            #[cfg(unix)]
            Transport::Unix(io) => io.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = transport!(self, io => Pin::new(io).poll_flush(context));
        self.unless_ended(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = transport!(self, io => Pin::new(io).poll_shutdown(context));
        self.unless_ended(context, polled)
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}
