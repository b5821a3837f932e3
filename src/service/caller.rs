//! The caller of a request: a credential, else an address. Limits, logs and the audit log name it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use tonic::Extensions;

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The name of a credential: of an API key, a token's subject or a client certificate.
    Credential(Arc<str>),
    /// The address of a caller without a credential.
    Address(IpAddr),
    /// A caller without a credential on this machine: by a loopback address or a Unix socket.
    Local,
}

impl Caller {
    /// Return the caller of a request from its extensions; where nothing set it, it is local.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or(Self::Local)
    }

    /// Return the caller at an address, which a Unix socket does not have.
    pub fn at(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(address) if !address.is_loopback() => Self::Address(address),
            _ => Self::Local,
        }
    }

    /// Return whether the caller is on this machine and has no credential.
    pub fn is_local(&self) -> bool {
        *self == Self::Local
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
            Self::Local => f.write_str("local"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_unix_sockets_are_local() {
        for address in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
            assert!(Caller::at(Some(address.parse().unwrap())).is_local());
        }
        assert!(Caller::at(None).is_local());
        let remote = Caller::at(Some("192.0.2.7".parse().unwrap()));
        assert_eq!(remote.to_string(), "192.0.2.7");
        assert!(!remote.is_local());
    }
}
