//! Limits of a workbook, and the faults for which one is not read.

/// The most rows of a sheet; those of the customs have some three hundred.
const ROWS: usize = 4096;
/// The most columns of a sheet; those of the customs have ten.
const COLUMNS: usize = 256;
/// The most cells of all sheets of an xls.
pub(super) const CELLS: usize = ROWS * COLUMNS;
/// The most text of all cells, in bytes.
pub(super) const TEXT: usize = 512 << 20;
/// The reason why a workbook is not read.
#[derive(Debug, PartialEq)]
pub(super) enum WorkbookFault {
    /// The workbook as a whole is damaged.
    Broken(String),
    /// A cell lies beyond the limits; both are counted from 0.
    Beyond { row: u32, column: u32 },
}

/// Return what is expected of the size of a table.
pub(super) fn expected_size() -> String {
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
