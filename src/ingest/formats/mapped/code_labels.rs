//! Tables of SDMX whose cells hold a code and its label: `REF_AREA: Reference area` above
//! `DE: Germany`.

use crate::ingest::sheet::SheetCells;
use std::borrow::Cow;

/// The rows among which the header is looked for.
const HEADER_ROWS: usize = 40;
/// The sign between a code and its label.
const BETWEEN: &str = ": ";

/// Return sheets with the columns of codes and labels split in two, so that each is read as in a
/// table that gives them a column each.
pub(super) fn with_split_labels(sheets: &[SheetCells]) -> Cow<'_, [SheetCells]> {
    match sheets.iter().any(|sheet| labelled_columns(sheet).is_some()) {
        true => Cow::Owned(sheets.iter().map(split).collect()),
        false => Cow::Borrowed(sheets),
    }
}

/// Split the columns of a sheet; a sheet without such columns stays as it is.
fn split(sheet: &SheetCells) -> SheetCells {
    let mut split = sheet.clone();
    let Some((header, columns)) = labelled_columns(sheet) else {
        return split;
    };
    // From the last on, so that the positions before stay.
    for row in &mut split.rows[header..] {
        for at in columns.iter().rev() {
            let Some(cell) = row.get_mut(*at) else {
                continue;
            };
            let (code, label) = cell.split_once(BETWEEN).unwrap_or((cell, ""));
            let (code, label) = (code.trim().to_owned(), label.trim().to_owned());
            *cell = code;
            row.insert(at + 1, label);
        }
    }
    split
}

/// Return the row of the header and the columns whose names are an identifier with its label. One
/// of the period or the value shows that the table is one of SDMX.
fn labelled_columns(sheet: &SheetCells) -> Option<(usize, Vec<usize>)> {
    let rows = sheet.rows.iter().take(HEADER_ROWS).enumerate();
    rows.into_iter().find_map(|(at, row)| {
        let named = row.iter().enumerate();
        let labelled = named.filter(|(_, name)| identifier(name).is_some_and(|(_, label)| label));
        let columns: Vec<usize> = labelled.map(|(at, _)| at).collect();
        let is_one = |name: &String, wanted: &str| {
            identifier(name).is_some_and(|(id, _)| id.eq_ignore_ascii_case(wanted))
        };
        let has = |wanted: &str| row.iter().any(|name| is_one(name, wanted));
        (columns.len() > 1 && has("TIME_PERIOD") && has("OBS_VALUE")).then_some((at, columns))
    })
}

/// Return the identifier of a concept, and whether a label stands behind it; `None` of another
/// text.
fn identifier(name: &str) -> Option<(&str, bool)> {
    let (id, has_label) = match name.split_once(BETWEEN) {
        Some((id, label)) => (id.trim(), !label.trim().is_empty()),
        None => (name.trim(), false),
    };
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (!id.is_empty() && id.bytes().all(is_plain)).then_some((id, has_label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_labels_of_sdmx_become_two_columns() {
        let table = SheetCells::of(&[
            &[
                "DATAFLOW",
                "COUNTRY_DEST: Country",
                "TIME_PERIOD: Time",
                "OBS_VALUE",
            ],
            &["ABS:M(1.0)", "CHIN: China", "2024-01", "7"],
        ]);
        let split = with_split_labels(std::slice::from_ref(&table));
        let names = [
            "DATAFLOW",
            "COUNTRY_DEST",
            "Country",
            "TIME_PERIOD",
            "Time",
            "OBS_VALUE",
        ];
        assert_eq!(split[0].rows[0], names);
        assert_eq!(
            split[0].rows[1],
            ["ABS:M(1.0)", "CHIN", "China", "2024-01", "", "7"]
        );
        // No identifiers of SDMX.
        let other = SheetCells::of(&[
            &["Exports: total", "Imports: total", "Month"],
            &["1", "2", "3"],
        ]);
        assert_eq!(
            *with_split_labels(std::slice::from_ref(&other)),
            *std::slice::from_ref(&other)
        );
    }
}
