//! The entries of the table's log: what each commit states, and what it changed.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The changes that one version brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StoreChange {
    /// The version.
    pub version: u64,
    /// When it was made, in milliseconds since 1970-01-01, UTC.
    pub timestamp_ms: i64,
    /// The operation as Delta names it: `WRITE`, `OPTIMIZE`, `CREATE TABLE`.
    pub operation: String,
    /// The number of figures that it added.
    pub figures: u64,
    /// The number of series that they are about.
    pub series: u64,
    /// The first of these series by their keys, at most [`StoreChange::MOST_KEYS`].
    pub keys: Vec<String>,
    /// The id of the request that made it, where there was one.
    pub request: Option<String>,
    /// The file that the figures were read from, where there was one.
    pub file: Option<String>,
    /// Whether it changed no figure: it only rearranged files, or cleaned up.
    #[serde(skip)]
    pub changes_nothing: bool,
}

impl StoreChange {
    /// The most keys that a commit names.
    pub const MOST_KEYS: usize = 256;
}

/// What this program notes in its commits, beside what Delta requires.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct CommitNote {
    #[serde(default)]
    pub(super) figures: u64,
    #[serde(default)]
    pub(super) series: u64,
    #[serde(default)]
    pub(super) keys: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    /// The buckets of all its series, where there are few and no figure is an exchange rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) buckets: Option<BTreeSet<i32>>,
    /// A digest of its figures, where a request that the caller named brought them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
    /// The moment at which its figures were ingested, in microseconds since 1970-01-01.
    #[serde(default)]
    pub(super) ingested_at: i64,
}

/// How the request ids of files begin that are named by their content.
pub(super) const CONTENT: &str = "content:";

/// The most buckets that a commit names. Where more were touched, reading the whole table is as
/// fast.
pub(super) const MOST_BUCKETS: usize = 128;

/// Return the name of the commit that makes `version`.
pub(super) fn commit_name(version: u64) -> String {
    format!("_delta_log/{version:020}.json")
}

/// Return actions as a commit is written: as lines of JSON.
pub(super) fn lines(actions: &[Value]) -> Vec<u8> {
    let lines: Vec<String> = actions.iter().map(Value::to_string).collect();
    lines.join("\n").into_bytes()
}

/// Return this program's note in a commit; `None` where another program made it.
pub(super) fn commit_note(actions: &[Value]) -> Option<CommitNote> {
    let info = actions.iter().find_map(|action| action.get("commitInfo"))?;
    serde_json::from_value(info.get("tradecast")?.clone()).ok()
}

/// Return what a commit states about its changes.
pub(super) fn commit_summary(version: u64, actions: &[Value]) -> StoreChange {
    let info = actions.iter().find_map(|action| action.get("commitInfo"));
    let CommitNote {
        figures,
        series,
        keys,
        request,
        file,
        ..
    } = commit_note(actions).unwrap_or_default();
    let text = |name: &str| info.and_then(|i| i.get(name)).and_then(Value::as_str);
    let number = |name: &str| info.and_then(|i| i.get(name)).and_then(Value::as_i64);
    StoreChange {
        version,
        timestamp_ms: number("timestamp").unwrap_or(0),
        operation: text("operation").unwrap_or_default().to_owned(),
        figures,
        series,
        keys,
        request,
        file,
        changes_nothing: changes_nothing(actions),
    }
}

/// Return whether a commit changes no figure, as far as the log says: it neither adds nor removes
/// data (a merge of files states that its files hold no new data), nor changes what the table is.
/// Other programs may append without saying how many figures.
fn changes_nothing(actions: &[Value]) -> bool {
    let changes = |action: &Value| {
        let file = action.get("add").or_else(|| action.get("remove"));
        file.is_some_and(|file| file.get("dataChange") != Some(&Value::Bool(false)))
            || action.get("metaData").is_some()
            || action.get("protocol").is_some()
    };
    !actions.iter().any(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_commit_changes_nothing_where_no_action_changes_data() {
        let info = |operation: &str| json!({"commitInfo": {"operation": operation}});
        let file = |action: &str, changes: Option<bool>| {
            let mut file = json!({"path": "a.parquet"});
            if let Some(changes) = changes {
                file["dataChange"] = changes.into();
            }
            json!({ action: file })
        };
        let cases = [
            // Merged files, and files cleaned away.
            (
                vec![
                    info("OPTIMIZE"),
                    file("add", Some(false)),
                    file("remove", Some(false)),
                ],
                true,
            ),
            (vec![info("VACUUM START")], true),
            (vec![info("VACUUM END")], true),
            (vec![info("WRITE")], true),
            (vec![json!({"txn": {"appId": "a", "version": 1}})], true),
            // The operation is only a name.
            (vec![info("OPTIMIZE"), file("add", Some(true))], false),
            (vec![info("WRITE"), file("add", Some(true))], false),
            (vec![info("DELETE"), file("remove", Some(true))], false),
            // A file that does not say so may hold new data.
            (vec![info("WRITE"), file("add", None)], false),
            (
                vec![
                    info("CREATE TABLE"),
                    json!({"protocol": {}}),
                    json!({"metaData": {}}),
                ],
                false,
            ),
            (
                vec![info("SET TBLPROPERTIES"), json!({"metaData": {}})],
                false,
            ),
        ];
        for (actions, expected) in cases {
            let summary = commit_summary(3, &actions);
            assert_eq!(summary.changes_nothing, expected, "{actions:?}");
        }
    }
}
