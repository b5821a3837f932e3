//! The row of a sheet that names its columns.

use super::cells::SheetCells;
use crate::ingest::notation::{WrittenAmount, is_gap, is_period, stripped, without_flag};

/// The rows among which a header is looked for.
const HEADER_ROWS: usize = 40;

/// The rows above a row of names that may name the same columns, where cells are merged.
const LEVELS: usize = 3;

/// Return the row of the header of a sheet: the first with two texts or periods or more, which
/// names, with the rows right above it, as many columns as most rows below it have, which have
/// numbers.
pub(in crate::ingest) fn header_row(sheet: &SheetCells) -> Option<usize> {
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let has_number = |cell: &str| {
        let bare = cell.strip_suffix('%').unwrap_or(cell);
        let is_marked = || without_flag(cell).is_some();
        stripped(bare).is_some() || WrittenAmount::of(cell).is_some() || is_marked()
    };
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
        let is_wide = |names: usize| names + 1 >= *usual;
        // The first column often has no name.
        let is_named = is_wide(width) || is_wide(named_columns(sheet, *at));
        let is_header = numbers * 3 <= width || names_codes(sheet, *at);
        width >= 2 && is_named && is_header && has_numbers && !is_split_title(sheet, *at, is_number)
    })
}

/// Whether a row is a title that a separator within it splits, `Exports to China, USD mn`: the row
/// below names as many columns or more.
fn is_split_title(sheet: &SheetCells, row: usize, is_number: impl Fn(&str) -> bool) -> bool {
    let filled = |row: usize| {
        let cells = sheet.rows.get(row).into_iter().flatten();
        cells
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty())
    };
    let names_all = filled(row + 1).count() >= filled(row).count();
    let is_sentence = sheet.text(row, 0).split_whitespace().count() >= 3;
    // A record of gaps names no columns: `Kosovo,:,:`.
    let is_gap = |cell: &str| !cell.chars().any(char::is_alphanumeric) || is_gap(cell);
    let is_name = |cell: &str| !is_number(cell) && !is_period(cell) && !is_gap(cell);
    let has_first = !sheet.text(row + 1, 0).trim().is_empty();
    is_sentence && has_first && names_all && filled(row + 1).all(is_name)
}

/// Return the number of columns that a row and the rows right above it name.
fn named_columns(sheet: &SheetCells, row: usize) -> usize {
    let filled = |row: &usize| {
        sheet.rows[*row]
            .iter()
            .filter(|cell| !cell.trim().is_empty())
    };
    let above = (row.saturating_sub(LEVELS)..row).rev();
    // A row of one text is a title.
    let levels: Vec<usize> = above.take_while(|row| filled(row).count() > 1).collect();
    let is_named = |at: &usize| {
        let rows = levels.iter().chain([&row]);
        rows.into_iter()
            .any(|row| !sheet.text(*row, *at).trim().is_empty())
    };
    let width = levels
        .iter()
        .chain([&row])
        .map(|row| sheet.rows[*row].len());
    (0..width.max().unwrap_or(0)).filter(is_named).count()
}

/// Whether a row names a column of periods and, by different codes of digits, columns of products.
fn names_codes(sheet: &SheetCells, row: usize) -> bool {
    let cells = sheet.rows[row].iter().map(|cell| cell.trim());
    let mut cells = cells.filter(|cell| !cell.is_empty());
    let first = cells.next().unwrap_or_default();
    let mut codes: Vec<&str> = cells.collect();
    let is_code = |text: &&str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        digits && matches!(text.len(), 2 | 4 | 6 | 8 | 10)
    };
    let all = codes.iter().all(is_code);
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    let below = sheet.text(row + 1, 0).trim();
    first.chars().any(char::is_alphabetic) && all && codes.len() == count && is_period(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(rows: &[&[&str]]) -> Option<usize> {
        header_row(&SheetCells::of(rows))
    }

    #[test]
    fn a_title_with_a_separator_is_no_header() {
        let rows: [&[&str]; 4] = [
            &["Exports of Utopia to China", " USD mn"],
            &["Month", "Value"],
            &["2024-01", "10"],
            &["2024-02", "11"],
        ];
        assert_eq!(header_of(&rows), Some(1));
        let gaps: [&[&str]; 3] = [
            &["Country of destination", "Exports", "Imports"],
            &["Kosovo", ":", "n/a"],
            &["Mongolia", "11", "12"],
        ];
        assert_eq!(header_of(&gaps), Some(0));
        let names: [&[&str]; 3] = [
            &["Name of the country", "Value"],
            &["China", "10"],
            &["Mongolia", "11"],
        ];
        assert_eq!(header_of(&names), Some(0));
    }

    #[test]
    fn a_header_names_its_columns_in_one_row_or_several() {
        let merged: &[&[&str]] = &[
            &["Trade by country"],
            &["No.", "Country", "2024", "", "", "2025", "", ""],
            &[
                "", "", "Export", "Import", "Balance", "Export", "Import", "Balance",
            ],
            &["1", "China", "5", "6", "-1", "7", "8", "-1"],
            &["2", "Japan", "5", "6", "-1", "7", "8", "-1"],
        ];
        assert_eq!(header_of(merged), Some(2));
        let codes: &[&[&str]] = &[
            &["Month", "8703", "8542", "2709"],
            &["2024-01", "10", "20", "30"],
            &["2024-02", "11", "21", "31"],
        ];
        assert_eq!(header_of(codes), Some(0));
        let none: &[&[&str]] = &[&["5", "6", "7"], &["8", "9", "10"]];
        assert_eq!(header_of(none), None);
    }
}
