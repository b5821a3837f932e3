//! The records of a JSON list as rows of texts.

use super::cells::SheetCells;
use super::workbook_limits::CELLS;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;

/// The most columns of a list of records.
const COLUMNS: usize = 1024;

/// Names and values of a record, in their order.
struct Record(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Record;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Record(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Whether the beginning of a text is that of a list of records, or of records line by line.
pub(in crate::ingest) fn begins_records(head: &str) -> bool {
    let text = head.trim_start();
    let inside = text.strip_prefix('[');
    inside.is_some_and(|rest| rest.trim_start().starts_with('{')) || begins_lines(text)
}

fn begins_lines(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let is_record = |line: Option<&str>| line.is_some_and(|line| line.trim().starts_with('{'));
    let first = lines.next();
    let is_whole = first.is_some_and(|line| line.trim_end().ends_with('}'));
    is_whole && is_record(first) && is_record(lines.next())
}

/// Return the records of a list, or line by line; `None` for any other text.
fn records_of(text: &str) -> Option<Vec<Record>> {
    match begins_lines(text.trim_start()) {
        true => {
            let records = serde_json::Deserializer::from_str(text).into_iter();
            records.collect::<Result<_, _>>().ok()
        }
        false => serde_json::from_str(text).ok(),
    }
}

/// Return a JSON list of flat records, or records line by line, as a table: the names of their
/// values in the first row, and a row for each record. `None` for any other text, and for more
/// columns or cells than a sheet may have.
pub(in crate::ingest) fn sheet_of_records(text: &str) -> Option<SheetCells> {
    let records = records_of(text)?;
    let mut columns: HashMap<&str, usize> = HashMap::new();
    let mut header: Vec<String> = Vec::new();
    for (name, value) in records.iter().flat_map(|Record(pairs)| pairs) {
        if value.is_array() || value.is_object() {
            return None;
        }
        if !columns.contains_key(name.as_str()) {
            columns.insert(name, header.len());
            header.push(name.clone());
        }
        if header.len() > COLUMNS {
            return None;
        }
    }
    if records.len().saturating_mul(header.len()) > CELLS {
        return None;
    }
    let width = header.len();
    let row = |Record(pairs): &Record| {
        let mut cells = vec![String::new(); width];
        for (name, value) in pairs {
            if let Some(at) = columns.get(name.as_str()) {
                cells[*at] = match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
            }
        }
        cells
    };
    let rows = records.iter().map(row);
    Some(SheetCells {
        rows: std::iter::once(header).chain(rows).collect(),
        ..SheetCells::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_flat_records_is_a_table() {
        let text = r#"[{"month": "2024-01", "area": 1.5}, {"month": "2024-02", "note": null}]"#;
        let sheet = sheet_of_records(text).unwrap();
        let rows: Vec<Vec<&str>> = sheet
            .rows
            .iter()
            .map(|row| row.iter().map(String::as_str).collect())
            .collect();
        assert_eq!(rows[0], ["month", "area", "note"]);
        assert_eq!(rows[1], ["2024-01", "1.5", ""]);
        assert_eq!(rows[2], ["2024-02", "", ""]);
        let lines = "{\"a\": 1, \"b\": 2}\n{\"b\": 3}\n";
        assert!(begins_records(lines) && !begins_records("{\"a\": 1}"));
        assert_eq!(
            sheet_of_records(lines).unwrap().rows,
            [["a", "b"], ["1", "2"], ["", "3"]]
        );
        for text in ["[[1, 2]]", r#"[{"a": [1]}]"#, r#"{"a": 1}"#, "[{", ""] {
            assert_eq!(sheet_of_records(text), None, "{text}");
        }
        assert!(begins_records(" [\n {\"a\"") && !begins_records("[[1"));
    }

    #[test]
    fn a_list_of_more_cells_than_a_sheet_may_have_is_none() {
        let names: Vec<String> = (0..1000).map(|at| format!("\"n{at}\": 1")).collect();
        let first = format!("{{{}}}", names.join(","));
        let count = CELLS / 1000 + 1;
        let text = format!("[{first}{}]", ",{\"n1\": 2}".repeat(count));
        assert_eq!(sheet_of_records(&text), None);
        assert!(sheet_of_records(&format!("[{first}]")).is_some());
    }
}
