//! Limits of a workbook, and the faults for which one is not read.

/// The most rows of a sheet, as spreadsheet programs allow.
const ROWS: usize = 1 << 20;
/// The most columns of a sheet, as spreadsheet programs allow.
const COLUMNS: usize = 1 << 14;
/// The most cells of all sheets, empty ones before the last of a row included.
pub(in crate::ingest) const CELLS: usize = 1 << 22;
/// The most text of all cells, in bytes.
pub(super) const TEXT: usize = 512 << 20;

/// The reason why a workbook is not read.
#[derive(Debug, PartialEq)]
pub(in crate::ingest) enum WorkbookFault {
    /// The workbook as a whole is damaged.
    Broken(String),
    /// A cell lies beyond the limits; both are counted from 0.
    Beyond { row: u32, column: u32 },
}

/// Return what is expected of the size of a table.
pub(in crate::ingest) fn expected_size() -> String {
    format!("expected a table of at most {ROWS} rows and {COLUMNS} columns")
}

/// Check that a cell lies within the limits; both are counted from 0.
///
/// # Errors
/// [`WorkbookFault::Beyond`].
pub(super) fn within(row: u32, column: u32) -> Result<(), WorkbookFault> {
    if row as usize >= ROWS || column as usize >= COLUMNS {
        return Err(WorkbookFault::Beyond { row, column });
    }
    Ok(())
}

pub(super) fn broken(reason: impl ToString) -> WorkbookFault {
    WorkbookFault::Broken(reason.to_string())
}
