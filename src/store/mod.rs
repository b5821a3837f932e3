//! A store that forgets nothing: a Delta Lake table of observations and releases that is only ever appended to.
//!
//! A batch is one commit, and a commit is there whole or not at all. What is accepted has reached the disk before the call returns. Other tools (DuckDB,
//! Polars, Spark) open the table as it is. Three clocks are kept apart: the span that a figure is about, the day on which it became public, and the version
//! of the table that brought it here.
//!
//! The table's own crate is asynchronous; that stays inside this room, whose calls block and so belong on threads for computing.

mod assemble;
mod backend;
mod columns;
mod commit;
mod import;
mod maintain;
mod read;
mod table;

pub use assemble::{Revision, Vintages};
pub use commit::CommitOutcome;
pub use import::{FileImport, FileImports};
pub use maintain::{Compaction, StoreCheck};
pub use read::LoadedVersion;
pub use table::{Store, StoreChange};

use crate::ingest::IngestError;
use std::sync::OnceLock;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The place cannot hold a store.
    #[error("{place}: no place for a store: {reason}")]
    Place {
        /// The place as it was given.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No table lies at the place.
    #[error("{place}: expected a store: no Delta table lies there")]
    Missing {
        /// The place as it was given.
        place: String,
    },
    /// There is a Delta table, but of something else.
    #[error("{place}: a Delta table, but not one of trade figures: {reason}")]
    Foreign {
        /// The place.
        place: String,
        /// What is missing, or other than it should be.
        reason: String,
    },
    /// The table has no such version.
    #[error("the store has no version {asked}; the latest is {latest}")]
    NoVersion {
        /// What was asked for.
        asked: u64,
        /// The latest there is.
        latest: u64,
    },
    /// A file could not be read or written.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: String,
        /// What the system or the format's reader said.
        reason: String,
    },
    /// The table's log could not be read or written.
    #[error("the log of the store failed: {0}")]
    Log(#[from] Box<deltalake_core::DeltaTableError>),
    /// A figure is refused.
    #[error(transparent)]
    Refused(#[from] IngestError),
}

impl From<deltalake_core::DeltaTableError> for StoreError {
    fn from(error: deltalake_core::DeltaTableError) -> Self {
        Self::Log(Box::new(error))
    }
}

/// The threads on which the table's own crate waits for disks and networks. They live as long as the process, so that a store can be dropped anywhere.
fn runtime() -> Result<&'static tokio::runtime::Runtime, StoreError> {
    static RUNTIME: OnceLock<std::io::Result<tokio::runtime::Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("store")
            .enable_all()
            .build()
    });
    made.as_ref().map_err(|error| StoreError::Place {
        place: "store".to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
