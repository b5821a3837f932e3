//! The error of the store.

use crate::ingest::IngestError;

/// The reason why a call to the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The location cannot hold a store.
    #[error("{location}: cannot hold a store: {reason}")]
    Location {
        /// The location as given.
        location: String,
        /// The error in it.
        reason: String,
    },
    /// There is no table at the location.
    #[error("{location}: expected a store, found no Delta table")]
    Missing {
        /// The location as given.
        location: String,
    },
    /// There is a Delta table, but of something else.
    #[error("{location}: a Delta table, but not one of trade figures: {reason}")]
    Foreign {
        /// The location.
        location: String,
        /// What is missing, or differs from what was expected.
        reason: String,
    },
    /// The table has no such version.
    #[error("the store has no version {requested}; the latest is {latest}")]
    NoVersion {
        /// The requested version.
        requested: u64,
        /// The latest version.
        latest: u64,
    },
    /// A file could not be read or written.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: String,
        /// What the system or the reader of the format reported.
        reason: String,
    },
    /// The table's log could not be read or written.
    #[error("the log of the store failed: {0}")]
    Log(#[from] Box<deltalake_core::DeltaTableError>),
    /// A request id was used before, for other figures.
    #[error(
        "the request id `{request}` was used before, for the other figures of version {version}; \
         give each delivery an id of its own"
    )]
    RequestReused {
        /// The request id.
        request: String,
        /// The version that it made.
        version: u64,
    },
    /// A figure is refused.
    #[error(transparent)]
    Refused(#[from] IngestError),
}

impl From<deltalake_core::DeltaTableError> for StoreError {
    fn from(error: deltalake_core::DeltaTableError) -> Self {
        Self::Log(Box::new(error))
    }
}
