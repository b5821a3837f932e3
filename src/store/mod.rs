//! The store: a Delta Lake table of observations, releases and exchange rates that is only appended
//! to.
//!
//! A batch is one commit, and a commit is visible whole or not at all. What is accepted has reached
//! the disk before the call returns. Other tools (DuckDB, Polars, Spark) open the table as it is.
//! Three clocks are kept apart: the span that a figure is about, the day on which it became public,
//! and the version of the table that brought it.
//!
//! The table's own crate is asynchronous. That stays inside this room: its calls block, and so
//! belong on threads that may block.
//!
//! - `backend`: files created on a disk or in a bucket, whole or not at all
//! - `columns`: the columns, and a batch encoded as Parquet
//! - `log`: what a commit states, and whether it changes anything
//! - `table`: the handle of a store; `data_files`: the files of a version
//! - `commit`, `append`, `import`: figures in; a request, and a file, is written once
//! - `merge`, `checkpoint`, `check`: upkeep
//! - `rows`, `assembly`, `published`, `vintages`, `read`: a version out, as a grid with its
//!   vintages

mod append;
mod assembly;
mod backend;
mod check;
mod checkpoint;
mod columns;
mod commit;
mod data_files;
mod error;
mod import;
mod ingest_horizon;
mod log;
mod merge;
mod published;
mod read;
mod rows;
mod runtime;
mod table;
mod vintages;

pub use append::CommitOutcome;
pub use check::StoreCheck;
pub use error::StoreError;
pub use import::{FileImport, FileImports};
pub use log::StoreChange;
pub use merge::Compaction;
pub use read::LoadedVersion;
pub use table::Store;
pub use vintages::{Revision, Vintages};

#[cfg(test)]
mod tests;
