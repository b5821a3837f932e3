//! The limits of a workbook that is read, and the faults of one that is not.

/// The most rows of a sheet; the customs' own have some three hundred.
const ROWS: usize = 4096;
/// The most columns of a sheet; the customs' own have ten.
const COLUMNS: usize = 256;
/// The most cells of all sheets of an xls.
pub(super) const CELLS: usize = ROWS * COLUMNS;
/// The most text of all cells, in bytes.
pub(super) const TEXT: usize = 512 << 20;
/// Why a workbook is not read.
#[derive(Debug, PartialEq)]
pub(super) enum WorkbookFault {
    /// As a whole.
    Broken(String),
    /// For a cell beyond the bounds; both counted from 0.
    Beyond { row: u32, column: u32 },
}

/// What is expected of the place of a cell.
pub(super) fn expected_size() -> String {
    format!("expected a table of at most {ROWS} rows and {COLUMNS} columns")
}

/// Whether a cell may stand there; both are counted from 0.
pub(super) fn within(row: u32, column: u32) -> Result<(), WorkbookFault> {
    if row as usize >= ROWS || column as usize >= COLUMNS {
        return Err(WorkbookFault::Beyond { row, column });
    }
    Ok(())
}

pub(super) fn broken(reason: impl ToString) -> WorkbookFault {
    WorkbookFault::Broken(reason.to_string())
}
