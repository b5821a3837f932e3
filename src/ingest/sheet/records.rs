//! The records of a JSON list as rows of texts.

use super::cells::SheetCells;
use serde_json::{Map, Value};

/// The most columns of a list of records.
const COLUMNS: usize = 1024;

/// Whether the beginning of a text is that of a list of records.
pub(in crate::ingest) fn begins_records(head: &str) -> bool {
    let inside = head.trim_start().strip_prefix('[');
    inside.is_some_and(|rest| rest.trim_start().starts_with('{'))
}

/// Return a JSON list of flat records as a table: the names of their values in the first row, and
/// a row for each record. `None` for any other text.
pub(in crate::ingest) fn sheet_of_records(text: &str) -> Option<SheetCells> {
    let records: Vec<Map<String, Value>> = serde_json::from_str(text).ok()?;
    let mut names: Vec<&String> = Vec::new();
    for record in &records {
        for (name, value) in record {
            if value.is_array() || value.is_object() {
                return None;
            }
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.len() > COLUMNS {
            return None;
        }
    }
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |record: &Map<String, Value>| {
        let cells = names.iter().map(|name| record.get(*name).map(cell));
        cells.map(Option::unwrap_or_default).collect()
    };
    let header: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
    let rows = std::iter::once(header).chain(records.iter().map(row));
    Some(SheetCells {
        rows: rows.collect(),
        ..SheetCells::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_flat_records_is_a_table() {
        let text = r#"[{"month": "2024-01", "value": 1.5}, {"month": "2024-02", "note": null}]"#;
        let sheet = sheet_of_records(text).unwrap();
        let rows: Vec<Vec<&str>> = sheet
            .rows
            .iter()
            .map(|row| row.iter().map(String::as_str).collect())
            .collect();
        assert_eq!(rows[0], ["month", "value", "note"]);
        assert_eq!(rows[1], ["2024-01", "1.5", ""]);
        assert_eq!(rows[2], ["2024-02", "", ""]);
        for text in ["[[1, 2]]", r#"[{"a": [1]}]"#, r#"{"a": 1}"#, "[{", ""] {
            assert_eq!(sheet_of_records(text), None, "{text}");
        }
        assert!(begins_records(" [\n {\"a\"") && !begins_records("[[1"));
    }
}
