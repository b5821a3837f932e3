//! What the caller states about a file before it is read.

use super::formats::Format;
use super::invalid_rows::InvalidRows;
use super::mapping::Mapping;

/// What the caller states about a file before it is read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The format; recognised by the content where none is stated.
    pub format: Option<Format>,
    /// The effect of invalid rows.
    pub invalid_rows: InvalidRows,
    /// The parts of figures that the file lacks, and the meaning of its columns and cells.
    pub mapping: Mapping,
}
