//! What sheets of text say of the tables of the same workbook: `Notes`, `README`, `Cover`.

use super::cells::SheetCells;
use super::header::header_row;

/// The most rows of a sheet of text that are looked at.
const ROWS: usize = 200;
/// The most statements of a workbook that are kept, since each of its tables has them.
const STATEMENTS: usize = 50;
/// The most characters of a statement.
const LONGEST: usize = 200;

/// Give each sheet with a table what the sheets without one state of all figures.
pub(super) fn add_statements(sheets: &mut [SheetCells]) {
    let is_text = |sheet: &SheetCells| !sheet.rows.is_empty() && header_row(sheet).is_none();
    let texts: Vec<bool> = sheets.iter().map(is_text).collect();
    let stated: Vec<String> = sheets
        .iter()
        .zip(&texts)
        .filter(|(_, is_text)| **is_text)
        .flat_map(|(sheet, _)| statements(sheet))
        .take(STATEMENTS)
        .collect();
    if stated.is_empty() {
        return;
    }
    let tables = sheets.iter_mut().zip(&texts).filter(|(_, text)| !**text);
    tables.for_each(|(sheet, _)| sheet.statements.clone_from(&stated));
}

/// Return what a sheet of text states of all figures, its rows as sentences: `Unit: thousand USD`.
fn statements(sheet: &SheetCells) -> Vec<String> {
    let sentence = |row: &Vec<String>| {
        let cells = row.iter().map(|cell| cell.trim()).filter(|c| !c.is_empty());
        let cells: Vec<&str> = cells.collect();
        match cells[..] {
            [key, value] => format!("{}: {value}", key.trim_end_matches(':')),
            _ => cells.join(" "),
        }
    };
    let rows = sheet.rows.iter().take(ROWS).map(sentence);
    rows.filter(|text| text.chars().count() <= LONGEST && is_about_all(text))
        .collect()
}

/// Whether a sentence is about all figures.
fn is_about_all(text: &str) -> bool {
    const STARTS: [&str; 14] = [
        "unit",
        "units",
        "all values",
        "all figures",
        "values",
        "figures",
        "data are in",
        "data in",
        "title",
        "currency",
        "scale",
        "multiplier",
        "einheit",
        "единица",
    ];
    let lower = text.to_lowercase();
    STARTS.iter().any(|start| {
        let rest = lower.strip_prefix(start);
        rest.is_some_and(|rest| rest.starts_with([':', ' ']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_of_text_speak_of_the_tables_beside_them() {
        let mut sheets = [
            SheetCells::of(&[&["Month", "China"], &["2024-01", "5"], &["2024-02", "6"]]),
            SheetCells::of(&[&["Unit", "Thousand USD"], &["Published by an office"]]),
        ];
        add_statements(&mut sheets);
        assert_eq!(sheets[0].statements, ["Unit: Thousand USD"]);
        assert!(sheets[1].statements.is_empty());
    }
}
