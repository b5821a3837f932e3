//! The cells of a table: a workbook's first sheet, or the table of a web page.

use super::page::page_rows;
use crate::ingest::formats::workbook;
use crate::ingest::formats::workbook_limits::{WorkbookFault, expected_size};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::FileSource;

/// The largest workbook or page, in bytes; those of the customs have some hundred kilobytes.
const LARGEST: u64 = 16 << 20;

/// Read the first sheet of a workbook, or the table of a web page.
///
/// # Errors
/// A workbook that is damaged, or beyond the limits.
pub(super) fn read_sheet(
    source: &mut FileSource<'_>,
    parsed: &ParsedFile,
) -> Result<SheetCells, IngestError> {
    let name = source.name();
    let is_page = source.head().starts_with('<');
    let kind = if is_page { "HTML" } else { "Excel" };
    let broken = |reason: String| IngestError::format(name, kind, reason);
    let too_large = || broken(format!("expected at most {LARGEST} bytes"));
    if is_page {
        let text = source.with_text(&mut |text| text.document())?;
        if text.len() as u64 > LARGEST {
            return Err(too_large());
        }
        let rows = page_rows(&text).map_err(broken)?;
        return Ok(SheetCells { rows });
    }
    let bytes = source.bytes(LARGEST)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
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

/// The cells of a sheet or page as texts, row by row.
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
