//! Files in, tidy figures out. One file per format; every refusal names the file, the row and the column.
//!
//! Polars scans lazily and streams batches, so that a file larger than memory passes through; what is kept is a
//! [`runs::Runs`]: the values themselves, each series in order. Nothing below this room touches a file.

pub mod exog;
pub mod figures;
pub mod formats;
pub mod long;
pub mod quality;
pub mod rates;
pub mod reading;
pub mod runs;
pub mod scan;
pub mod tidy;

pub use figures::{Figure, Figures, Kind};
pub use formats::Format;
pub use long::{Long, LongColumns, Writing};
pub use rates::Rates;
pub use reading::{Mode, Reading};
pub use runs::{Entry, Grid, Runs};
pub use tidy::{Tidy, files_below, read_folder};

use std::fmt;
use std::path::PathBuf;

/// Where something is wrong in a file, what was met there and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file.
    pub file: PathBuf,
    /// The row, counted as an editor does: the header is row 1. Rows of Parquet files are counted from 1.
    pub row: Option<u64>,
    /// The column by its name in the file.
    pub column: Option<String>,
    /// The value as met.
    pub value: Option<String>,
    /// What was expected instead.
    pub expected: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        if let Some(value) = &self.value {
            write!(f, ", value `{value}`")?;
        }
        write!(f, ": {}", self.expected)
    }
}

/// Why a file could not be taken in. Nothing of a refused file is kept.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Something in the file is wrong.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The file could not be opened or read.
    #[error("cannot read {}", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Polars could not make sense of the file.
    #[error("{}: not readable as {format}: {reason}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// The format that was tried.
        format: &'static str,
        /// Polars' own words.
        reason: String,
    },
}

impl From<Refusal> for IngestError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}
