//! The cells of a workbook's first sheet.

use crate::ingest::formats::workbook;
use crate::ingest::formats::workbook_limits::{WorkbookFault, expected_size};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::FileSource;

/// The largest workbook, in bytes; those of the customs have some hundred kilobytes.
const LARGEST_WORKBOOK: u64 = 16 << 20;

/// Read the first sheet of a workbook.
///
/// # Errors
/// A workbook that is damaged, or beyond the limits.
pub(super) fn read_sheet(
    source: &mut FileSource<'_>,
    parsed: &ParsedFile,
) -> Result<SheetCells, IngestError> {
    let name = source.name();
    let broken = |reason: String| IngestError::format(name, "Excel", reason);
    let bytes = source.bytes(LARGEST_WORKBOOK)?;
    if bytes.len() as u64 > LARGEST_WORKBOOK {
        return Err(broken(format!("expected at most {LARGEST_WORKBOOK} bytes")));
    }
    match workbook::rows(bytes) {
        Ok(rows) => Ok(SheetCells { rows }),
        Err(WorkbookFault::Broken(reason)) => Err(broken(reason)),
        Err(WorkbookFault::Beyond { row, column }) => {
            let wrong = CellError {
                column: column_name(column as usize),
                value: None,
                expected: expected_size(),
            };
            Err(parsed.refusal(u64::from(row) + 1, wrong).into())
        }
    }
}

/// Return the name of a column of a sheet: A, B, …, Z, AA.
pub(super) fn column_name(at: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    match at / 26 {
        0 => letter(at).to_string(),
        more => format!("{}{}", column_name(more - 1), letter(at)),
    }
}

/// The cells of a sheet as texts, row by row.
pub(super) struct SheetCells {
    pub(super) rows: Vec<Vec<String>>,
}

impl SheetCells {
    /// Return the text of a cell; empty where there is none.
    pub(super) fn text(&self, row: usize, column: usize) -> &str {
        self.rows
            .get(row)
            .and_then(|row| row.get(column))
            .map_or("", String::as_str)
    }

    /// Return the number of a row as the sheet shows it.
    pub(super) fn number_of(&self, row: usize) -> u64 {
        row as u64 + 1
    }
}
