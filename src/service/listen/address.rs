//! Addresses that a server listens on.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tokio::net::TcpListener;

/// An address to listen on: `HOST:PORT` or `unix:PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// A host and a port; port 0 for any free port.
    Tcp(String),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// The text is no address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected HOST:PORT, for example 127.0.0.1:50051, or unix:PATH, not `{0}`")]
pub struct AddressError(String);

impl FromStr for ListenAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || !cfg!(unix) {
                return Err(AddressError(text.to_owned()));
            }
            return Ok(Self::Unix(path.into()));
        }
        let port = text.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        match port {
            Some(Ok(_)) => Ok(Self::Tcp(text.to_owned())),
            _ => Err(AddressError(text.to_owned())),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A bound socket.
#[derive(Debug)]
pub(in crate::service) enum BoundSocket {
    /// A TCP socket.
    Tcp(TcpListener),
    /// A Unix socket; its file, if it is this process's, is removed with it.
    #[cfg(unix)]
    Unix(tokio::net::UnixListener, Option<PathBuf>),
}

impl BoundSocket {
    /// Bind `address`. A Unix socket that nobody listens on any more is replaced.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub(in crate::service) async fn bind(address: &ListenAddress) -> io::Result<Self> {
        match address {
            ListenAddress::Tcp(address) => TcpListener::bind(address).await.map(Self::Tcp),
            #[cfg(unix)]
            ListenAddress::Unix(path) => {
                use tokio::net::{UnixListener, UnixStream};
                let is_stale = match UnixStream::connect(path).await {
                    Err(error) => error.kind() == io::ErrorKind::ConnectionRefused,
                    Ok(_) => false,
                };
                if is_stale {
                    std::fs::remove_file(path)?;
                }
                Ok(Self::Unix(UnixListener::bind(path)?, Some(path.clone())))
            }
            #[cfg(not(unix))]
            ListenAddress::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Return the address, with the port that was found.
    ///
    /// # Errors
    /// The system does not know it.
    pub(in crate::service) fn address(&self) -> io::Result<ListenAddress> {
        Ok(match self {
            Self::Tcp(listener) => ListenAddress::Tcp(listener.local_addr()?.to_string()),
            #[cfg(unix)]
            Self::Unix(listener, path) => {
                let bound = listener.local_addr()?.as_pathname().map(Path::to_owned);
                ListenAddress::Unix(path.clone().or(bound).unwrap_or_default())
            }
        })
    }

    /// Return whether only this machine can reach it.
    pub(in crate::service) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(listener) => listener.local_addr().is_ok_and(is_loopback),
            #[cfg(unix)]
            Self::Unix(..) => true,
        }
    }
}

impl Drop for BoundSocket {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Self::Unix(_, Some(path)) = self {
            // The file may be gone already.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn is_loopback(address: SocketAddr) -> bool {
    IpAddr::to_canonical(&address.ip()).is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_port_of_a_host_or_a_path() {
        let parse = |text: &str| text.parse::<ListenAddress>();
        for text in [
            "127.0.0.1:50051",
            "[::1]:0",
            "localhost:80",
            "unix:/run/t.sock",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        let path = ListenAddress::Unix("/run/t.sock".into());
        assert_eq!(parse("unix:///run/t.sock").unwrap(), path);
        for text in ["", "50051", "localhost", "host:port", "host:70000", "unix:"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains("HOST:PORT"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_socket_that_nobody_listens_on_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let address = ListenAddress::Unix(path.clone());
        let bound = BoundSocket::bind(&address).await.unwrap();
        assert!(bound.is_local());
        BoundSocket::bind(&address).await.unwrap_err();
        drop(bound);
        assert!(!path.exists());
    }
}
