//! The status of an answer, before its figures are read.

use serde_json::Value;

/// Number of records of an answer, and whether it is empty.
#[derive(Debug, Default)]
pub(super) struct ServiceMessage {
    /// Whether it is a Comtrade answer without records that names no error, or a table without
    /// rows.
    pub(super) is_empty: bool,
    /// Number of records of a Comtrade answer.
    pub(super) records: usize,
    /// Number of records that a Comtrade answer says that it has.
    pub(super) count: Option<u64>,
}

impl ServiceMessage {
    /// Read a JSON answer; nothing is known of a text that is no JSON, which the import refuses.
    pub(super) fn of_document(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let Ok(answer) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let Some(data) = answer.get("data").and_then(Value::as_array) else {
            return Self {
                is_empty: answer.as_array().is_some_and(|rows| rows.len() <= 1),
                ..Self::default()
            };
        };
        let error = answer.get("error").and_then(Value::as_str).unwrap_or("");
        Self {
            is_empty: data.is_empty() && error.is_empty(),
            records: data.len(),
            // The count next to an error means nothing.
            count: answer
                .get("count")
                .and_then(Value::as_u64)
                .filter(|_| error.is_empty()),
        }
    }

    /// Read a CSV answer.
    pub(super) fn of_table(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let mut lines = text.lines();
        let header = lines.next().unwrap_or("").to_ascii_uppercase();
        let is_known = header.starts_with("DATAFLOW,") || header.starts_with("STRUCTURE");
        Self {
            is_empty: is_known && lines.all(|line| line.trim().is_empty()),
            ..Self::default()
        }
    }
}
