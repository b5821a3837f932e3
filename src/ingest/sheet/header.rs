//! The row of a sheet that names its columns.

use super::cells::SheetCells;
use crate::ingest::notation::{WrittenAmount, is_period, stripped};

/// The rows among which a header is looked for.
const HEADER_ROWS: usize = 40;

/// Return the row of the header of a sheet: the first with two texts or periods or more, as wide as
/// most rows below it, which have numbers.
pub(in crate::ingest) fn header_row(sheet: &SheetCells) -> Option<usize> {
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let has_number = |cell: &str| stripped(cell).is_some() || WrittenAmount::of(cell).is_some();
    let is_number = |cell: &str| has_number(cell) && !is_period(cell);
    (0..sheet.rows.len().min(HEADER_ROWS)).find(|at| {
        let row = &sheet.rows[*at];
        let below = sheet.rows.iter().skip(at + 1).filter(|row| filled(row) > 0);
        let mut widths: Vec<usize> = below.clone().take(30).map(filled).collect();
        widths.sort_unstable();
        let Some(usual) = widths.get(widths.len() / 2) else {
            return false;
        };
        let cells = row
            .iter()
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty());
        let numbers = cells.clone().filter(|cell| is_number(cell)).count();
        let width = cells.count();
        let has_numbers = below
            .take(30)
            .any(|row| row.iter().any(|cell| has_number(cell)));
        // The first column often has no name.
        width >= 2 && width + 1 >= *usual && numbers * 3 <= width && has_numbers
    })
}
