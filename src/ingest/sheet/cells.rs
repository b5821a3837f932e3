//! The cells of a sheet.

use super::number_format::NumberFormat;
use std::collections::{BTreeMap, BTreeSet};

/// The cells of a sheet, of a web page or of a text table as texts, row by row.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::ingest) struct SheetCells {
    /// The name of the sheet, where a workbook has it.
    pub(in crate::ingest) name: Option<String>,
    /// Whether the workbook hides the sheet.
    pub(in crate::ingest) is_hidden: bool,
    /// Whether the workbook counts the days of dates from 1904 on.
    pub(in crate::ingest) is_1904: bool,
    /// The number formats of each column that show a text beside the numbers.
    pub(in crate::ingest) formats: BTreeMap<usize, BTreeSet<NumberFormat>>,
    /// The row and column of the first cell that has a formula and no result of it, as programs
    /// leave it that write formulas without calculating them.
    pub(in crate::ingest) unsolved: Option<(usize, usize)>,
    /// What sheets of text beside this one state of all figures.
    pub(in crate::ingest) statements: Vec<String>,
    /// The texts, row by row; rows may differ in length.
    pub(in crate::ingest) rows: Vec<Vec<String>>,
}

impl SheetCells {
    /// Return a sheet of these texts.
    #[cfg(test)]
    pub(in crate::ingest) fn of(rows: &[&[&str]]) -> Self {
        let texts = |row: &&[&str]| row.iter().map(|text| (*text).to_owned()).collect();
        Self {
            rows: rows.iter().map(texts).collect(),
            ..Self::default()
        }
    }

    /// Return the text of a cell; empty where there is none.
    pub(in crate::ingest) fn text(&self, row: usize, column: usize) -> &str {
        self.rows
            .get(row)
            .and_then(|row| row.get(column))
            .map_or("", String::as_str)
    }

    /// Return the number of a row as the sheet shows it.
    pub(in crate::ingest) fn number_of(&self, row: usize) -> u64 {
        row as u64 + 1
    }
}

/// Return the name of a column of a sheet: A, B, …, Z, AA.
pub(in crate::ingest) fn column_name(at: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    match at / 26 {
        0 => letter(at).to_string(),
        more => format!("{}{}", column_name(more - 1), letter(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_sheets_name_them() {
        for (at, name) in [(0, "A"), (9, "J"), (25, "Z"), (26, "AA"), (52, "BA")] {
            assert_eq!(column_name(at), name);
        }
    }
}
