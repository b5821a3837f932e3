//! Errors of the client.

use super::convert::DecodeError;
use tonic::Status;

/// The reason why a call to a server failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none of a server.
    #[error("`{url}` is no address of a server")]
    Address {
        /// The address.
        url: String,
        /// The error in it.
        source: tonic::codegen::http::uri::InvalidUri,
    },
    /// There is no connection to the server.
    #[error("cannot reach {url}")]
    Unreachable {
        /// The address.
        url: String,
        /// The error of the transport.
        source: tonic::transport::Error,
    },
    /// A certificate or a key cannot be used.
    #[error("cannot use {}: {reason}", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it, and what was expected.
        reason: String,
    },
    /// The credential cannot be sent.
    #[error("the credential has characters that no header can carry")]
    Credential,
    /// The server refused the call, in its own words.
    #[error("{0}")]
    Refused(String),
    /// An answer cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The stream ended too early.
    #[error("the stream ended with {missing} series missing")]
    Incomplete {
        /// The number of missing series.
        missing: usize,
    },
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        Self::Refused(match status.message() {
            "" => format!("the server answers {}", status.code()),
            message => message.to_owned(),
        })
    }
}
