//! JSON documents and the text of their values.

use crate::ingest::refusal::IngestError;
use serde_json::Value;
use std::path::Path;

/// Parse a JSON document.
///
/// # Errors
/// [`IngestError::Format`] with line and column where it is malformed.
pub(super) fn parse(text: &str, name: &Path) -> Result<Value, IngestError> {
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| IngestError::format(name, "JSON", error.to_string()))
}

/// Return a value as the text of a cell: nothing for null, a string without its quotation marks.
pub(super) fn cell_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
