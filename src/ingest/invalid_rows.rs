//! The effect of invalid rows on their file, and the limits of what is read of an untrusted one.

use super::parquet::ParquetHead;
use super::refusal::{IngestError, Refusal};
use super::source::NamedFile;
use std::path::Path;

/// The effect of an invalid row on its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvalidRows {
    /// The first invalid row refuses the file.
    #[default]
    Refuse,
    /// Invalid rows are listed, valid ones accepted.
    Report,
    /// Invalid rows are listed up to [`MOST_LISTED`] and counted beyond, valid ones accepted, of a
    /// file with at most [`MOST_FIGURES`]: for a service that reads untrusted files.
    ReportFirst,
}

/// The most invalid rows that [`InvalidRows::ReportFirst`] lists.
pub const MOST_LISTED: usize = 1000;
/// The most figures of a file with [`InvalidRows::ReportFirst`]: all are in memory at once.
pub const MOST_FIGURES: usize = 5_000_000;
/// The expectation that a file with more figures is refused with.
pub(crate) const TOO_MANY: &str = "expected at most 5000000 figures";

impl InvalidRows {
    /// Return the most figures of a file that are accepted.
    pub(super) fn max_figures(self) -> usize {
        match self {
            Self::Refuse | Self::Report => usize::MAX,
            Self::ReportFirst => MOST_FIGURES,
        }
    }
}

/// Return the refusal of a file with too many figures.
pub(super) fn too_many(file: &Path) -> IngestError {
    Refusal::of_file(file, TOO_MANY).into()
}

/// Refuse a Parquet file that states more rows than are accepted. Its reader reserves memory for a
/// group of rows before any of them can be counted, and a few megabytes may state thousands of
/// millions. Any other file passes.
///
/// # Errors
/// The refusal of the file.
pub(super) fn check_row_count(
    file: NamedFile<'_>,
    invalid_rows: InvalidRows,
) -> Result<(), IngestError> {
    let most = invalid_rows.max_figures();
    if most == usize::MAX {
        return Ok(());
    }
    match ParquetHead::read(file.path) {
        Ok(head) if head.rows() > most as u64 => Err(too_many(file.name)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column, DataFrame, ParquetWriter};
    use std::fs::File;

    #[test]
    fn a_parquet_file_that_states_too_many_rows_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let name = Path::new("f");
        let check = |rows: usize| {
            let file = folder.path().join("f.parquet");
            let column = Column::new("y".into(), vec![1.0; rows]);
            let mut frame = DataFrame::new(rows, vec![column]).unwrap();
            let written = ParquetWriter::new(File::create(&file).unwrap());
            written.finish(&mut frame).unwrap();
            let file = NamedFile {
                name,
                ..NamedFile::at(&file)
            };
            check_row_count(file, InvalidRows::ReportFirst).map_err(|error| error.to_string())
        };
        assert_eq!(check(MOST_FIGURES), Ok(()));
        assert_eq!(check(MOST_FIGURES + 1), Err(format!("f: {TOO_MANY}")));
        let other = folder.path().join("f.csv");
        std::fs::write(&other, "unique_id,ds,y\n").unwrap();
        let other = NamedFile {
            name,
            ..NamedFile::at(&other)
        };
        assert!(check_row_count(other, InvalidRows::ReportFirst).is_ok());
    }
}
