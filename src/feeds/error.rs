//! Why a query failed.

use crate::ingest::IngestError;
use std::path::PathBuf;
use std::time::Duration;
use time::OffsetDateTime;

/// Failure of a query, or of a pull as a whole.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The folder of answers cannot be written.
    #[error("cannot write into {}", folder.display())]
    Folder {
        /// Folder.
        folder: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// The service did not answer, or its answer was cut off.
    #[error("the service did not answer to the end: {reason}")]
    Transport {
        /// Reason.
        reason: String,
    },
    /// The service answered with a status other than success.
    #[error("the service answered {status}: {message}")]
    Status {
        /// HTTP status.
        status: u16,
        /// Beginning of the answer's text.
        message: String,
        /// How long to wait before the next query, where the service says so.
        retry_after: Option<Duration>,
    },
    /// The service asks for a longer wait than the policy allows: the pull stops.
    #[error(
        "the service asks to wait {} s, longer than the {} s allowed: the pull stops here and \
         keeps what it has; the same pull goes on after {} {:02}:{:02}:{:02}Z",
        wait.as_secs(), allowed.as_secs(), until.date(), until.hour(), until.minute(),
        until.second()
    )]
    TooLong {
        /// Wait that the service asks for.
        wait: Duration,
        /// Longest wait that the policy allows.
        allowed: Duration,
        /// When the service may be queried again, in UTC.
        until: OffsetDateTime,
    },
    /// The answer is larger than an import can read.
    #[error("the answer is larger than {most} bytes: ask for less at once")]
    TooLarge {
        /// Largest size in bytes.
        most: u64,
    },
    /// The service answered with success, but sent no record.
    #[error("{message}")]
    Empty {
        /// The reason.
        message: String,
    },
    /// The answer is not in the format that the service documents.
    #[error(transparent)]
    Malformed(IngestError),
    /// A value of the answer is refused.
    #[error(transparent)]
    Refused(IngestError),
    /// The answer has as many records as the service sends at most, so that records may be missing,
    /// and the query cannot be divided further.
    #[error(
        "the answer has {records} records, as many as the service sends at most: ask for fewer \
         partners or products"
    )]
    Limit {
        /// Number of records.
        records: usize,
    },
    /// The address is invalid, or leads to another host.
    #[error("{reason}")]
    Address {
        /// Reason.
        reason: String,
    },
}

impl FeedError {
    /// Make the error of an answer that was cut off.
    pub(super) fn truncated(reason: &str) -> Self {
        Self::Transport {
            reason: reason.to_owned(),
        }
    }

    /// Whether the same query may succeed when it is repeated.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::Malformed(_) => true,
            Self::Status { status, .. } => *status == 408 || *status == 429 || *status >= 500,
            _ => false,
        }
    }
}
