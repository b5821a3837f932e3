//! The table: opened, or made; its versions and what each brought.

use super::backend::{CreateOutcome, StorageBackend};
use super::columns::{COLUMNS, schema_string};
use super::{StoreError, runtime};
use deltalake_core::DeltaTable;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// A store. Cheap calls and dear ones alike block; it may be shared by threads, and by processes: each commit is made by one of them.
#[derive(Debug)]
pub struct Store {
    pub(super) place: StorageBackend,
    /// The table when the handle was opened.
    pub(super) opened: DeltaTable,
    pub(super) seen: Mutex<TableState>,
}

/// What this handle knows of the log.
#[derive(Debug, Default)]
pub(super) struct TableState {
    /// The latest version that was met.
    pub(super) latest: u64,
    /// The requests of the versions since the handle was opened, and which version each made.
    pub(super) requests: HashMap<String, u64>,
    /// The latest moment of ingestion, in microseconds since 1970-01-01, that a commit gave its figures.
    pub(super) ingested_at: i64,
}

impl TableState {
    /// Takes note of the version behind the latest.
    pub(super) fn meet(&mut self, version: u64, actions: &[Value]) -> StoreChange {
        let changed = commit_summary(version, actions);
        self.latest = version;
        if let Some(request) = &changed.request {
            self.requests.insert(request.clone(), version);
        }
        let ingested_at = commit_note(actions).map_or(0, |note| note.ingested_at);
        self.ingested_at = self.ingested_at.max(ingested_at);
        changed
    }
}

/// What a version brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StoreChange {
    /// The version.
    pub version: u64,
    /// When it was made, in milliseconds since 1970-01-01, UTC.
    pub timestamp_ms: i64,
    /// What was done: `WRITE`, `OPTIMIZE`, `CREATE TABLE`.
    pub operation: String,
    /// How many figures it brought.
    pub figures: u64,
    /// How many series they are about.
    pub series: u64,
    /// The first of these series by their keys, at most [`StoreChange::MOST_KEYS`].
    pub keys: Vec<String>,
    /// Who asked for it, where a request said so.
    pub request: Option<String>,
    /// The file that it was read from, where it was one.
    pub file: Option<String>,
    /// Whether it changed no figure: it only rearranged files, or cleaned up.
    #[serde(skip)]
    pub changes_nothing: bool,
}

impl StoreChange {
    /// How many keys a commit names.
    pub const MOST_KEYS: usize = 256;
}

/// Our own words in a commit.
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
    /// The buckets of all its series, where they are few and no exchange rate is among the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) buckets: Option<BTreeSet<i32>>,
    /// The moment of ingestion of its figures, in microseconds since 1970-01-01.
    #[serde(default)]
    pub(super) ingested_at: i64,
}

/// The name of the commit that makes `version`.
pub(super) fn commit_name(version: u64) -> String {
    format!("_delta_log/{version:020}.json")
}

/// Lines of JSON, as a commit is written.
pub(super) fn lines(actions: &[Value]) -> Vec<u8> {
    let lines: Vec<String> = actions.iter().map(Value::to_string).collect();
    lines.join("\n").into_bytes()
}

impl Store {
    /// Opens the store at `place`, a folder or a URL such as `s3://bucket/folder`.
    ///
    /// # Errors
    /// The place cannot be used, holds another table, or none ([`StoreError::Missing`]): nothing is made there.
    pub fn open(place: &str) -> Result<Self, StoreError> {
        let place = StorageBackend::open(place)?;
        if !holds_table(&place)? {
            return Err(StoreError::Missing {
                place: place.text().to_owned(),
            });
        }
        Self::of(place)
    }

    /// Opens the store at `place` as [`Store::open`] does; makes it where there is none.
    ///
    /// # Errors
    /// The place cannot be used, or holds another table or other files.
    pub fn open_or_create(place: &str) -> Result<Self, StoreError> {
        let place = StorageBackend::make(place)?;
        if !holds_table(&place)? {
            create(&place)?;
        }
        Self::of(place)
    }

    fn of(place: StorageBackend) -> Result<Self, StoreError> {
        let opened = load(&place, None)?;
        must_be_ours(&place, &opened)?;
        let latest = opened.version().unwrap_or(0);
        let store = Self {
            place,
            opened,
            seen: Mutex::default(),
        };
        let ingested_at = store.last_ingested(latest)?;
        *store.lock() = TableState {
            latest,
            ingested_at,
            ..TableState::default()
        };
        Ok(store)
    }

    /// The latest moment of ingestion that the last commits up to a version gave their figures.
    fn last_ingested(&self, version: u64) -> Result<i64, StoreError> {
        /// Of writers at work at once the last need not have the latest moment; merges and commits of others have none.
        const BACK: usize = 8;
        let mut last = 0;
        for version in (0..=version).rev().take(BACK) {
            let note = self.entry(version)?.as_deref().and_then(commit_note);
            last = last.max(note.map_or(0, |note| note.ingested_at));
        }
        Ok(last)
    }

    /// The place, as it was given.
    pub fn place(&self) -> &str {
        self.place.text()
    }

    /// The latest version that this handle knows; [`Store::catch_up`] looks for later ones.
    pub fn version(&self) -> u64 {
        self.lock().latest
    }

    /// What was committed since this handle last looked, by this process and others, oldest first. Asks for one file where there is nothing new.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn catch_up(&self) -> Result<Vec<StoreChange>, StoreError> {
        let mut changes = Vec::new();
        let mut seen = self.lock();
        loop {
            let next = seen.latest + 1;
            let Some(actions) = self.entry(next)? else {
                break;
            };
            changes.push(seen.meet(next, &actions));
        }
        Ok(changes)
    }

    /// What `version` brought; `None` where there is no such version (yet).
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn change(&self, version: u64) -> Result<Option<StoreChange>, StoreError> {
        Ok(self
            .entry(version)?
            .map(|actions| commit_summary(version, &actions)))
    }

    /// What each version brought, the latest first, at most `most`.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn history(&self, most: usize) -> Result<Vec<StoreChange>, StoreError> {
        self.catch_up()?;
        let latest = self.version();
        let versions = (0..=latest).rev().take(most);
        // Versions whose entry another program has cleaned away are passed over.
        versions
            .filter_map(|version| self.change(version).transpose())
            .collect()
    }

    /// The actions of a version; `None` where there is none.
    pub(super) fn entry(&self, version: u64) -> Result<Option<Vec<Value>>, StoreError> {
        let failed = |reason: String| StoreError::File {
            file: format!("{}/{}", self.place.text(), commit_name(version)),
            reason,
        };
        let bytes = match self.place.folder() {
            Some(folder) => match std::fs::read(folder.join(commit_name(version))) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(failed(error.to_string())),
            },
            None => match runtime()?.block_on(self.place.log().read_commit_entry(version))? {
                Some(bytes) => bytes.to_vec(),
                None => return Ok(None),
            },
        };
        let lines = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let actions: Result<Vec<Value>, _> = lines.map(serde_json::from_slice).collect();
        actions.map(Some).map_err(|error| failed(error.to_string()))
    }

    /// The table as the crate sees it at a version, or at the latest.
    pub(super) fn load(&self, version: Option<u64>) -> Result<DeltaTable, StoreError> {
        load(&self.place, version)
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, TableState> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn holds_table(place: &StorageBackend) -> Result<bool, StoreError> {
    Ok(runtime()?.block_on(place.log().is_delta_table_location())?)
}

/// The table at a place as the crate sees it at a version, or at the latest.
pub(super) fn load(place: &StorageBackend, version: Option<u64>) -> Result<DeltaTable, StoreError> {
    let mut table = DeltaTable::new(place.log().clone());
    runtime()?.block_on(async {
        match version {
            Some(version) => table.load_version(version).await,
            None => table.load().await,
        }
    })?;
    Ok(table)
}

fn must_be_ours(place: &StorageBackend, table: &DeltaTable) -> Result<(), StoreError> {
    let snapshot = table.snapshot()?;
    let foreign = |reason: String| StoreError::Foreign {
        place: place.text().to_owned(),
        reason,
    };
    // What the log says of the table, in the log's own words.
    let said = |action: serde_json::Result<Value>| action.map_err(|e| foreign(e.to_string()));
    let protocol = said(serde_json::to_value(snapshot.protocol()))?;
    let metadata = said(serde_json::to_value(snapshot.metadata()))?;
    other_than_ours(&protocol, &metadata).map_or(Ok(()), |reason| Err(foreign(reason)))
}

/// The features of Delta that change nothing about how figures are read and appended here.
const UNDERSTOOD: [&str; 3] = ["appendOnly", "invariants", "vacuumProtocolCheck"];

/// What makes a table with these two actions another one than ours.
fn other_than_ours(protocol: &Value, metadata: &Value) -> Option<String> {
    for (version, features, plain, listed) in [
        ("minReaderVersion", "readerFeatures", 1, 3),
        ("minWriterVersion", "writerFeatures", 2, 7),
    ] {
        let asked = protocol[version].as_i64();
        if !asked.is_some_and(|asked| asked <= plain || asked == listed) {
            let asked = &protocol[version];
            let expected = format!("expected at most {plain}, or {listed} with its features");
            return Some(format!("its {version} is {asked}, {expected}"));
        }
        let names = protocol[features].as_array().into_iter().flatten();
        let mut names = names.map(|name| name.as_str().unwrap_or_default());
        if let Some(unknown) = names.find(|name| !UNDERSTOOD.contains(name)) {
            return Some(format!(
                "it needs the feature `{unknown}`, which is not understood here"
            ));
        }
    }
    if let Some(column) = metadata["partitionColumns"].get(0) {
        return Some(format!(
            "it is partitioned by {column}, expected no partitions"
        ));
    }
    let schema = metadata["schemaString"].as_str().unwrap_or_default();
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    let fields = schema["fields"].as_array().map_or(&[][..], Vec::as_slice);
    COLUMNS.iter().find_map(|(name, kind)| {
        let Some(field) = fields.iter().find(|field| field["name"] == *name) else {
            return Some(format!("it has no column `{name}`"));
        };
        let found = &field["type"];
        let told = found
            .as_str()
            .map_or_else(|| found.to_string(), ToOwned::to_owned);
        (found != kind).then(|| format!("its column `{name}` is of type {told}, expected {kind}"))
    })
}

/// The first version. Of two who make it, the first makes it for both.
fn create(place: &StorageBackend) -> Result<CreateOutcome, StoreError> {
    let now = super::columns::now_micros() / 1000;
    let for_ever = "interval 36500 days";
    let actions = [
        json!({"commitInfo": {
            "timestamp": now,
            "operation": "CREATE TABLE",
            "engineInfo": concat!("tradecast/", env!("CARGO_PKG_VERSION")),
        }}),
        json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}),
        json!({"metaData": {
            "id": uuid::Uuid::new_v4().to_string(),
            "name": "tradecast",
            "format": {"provider": "parquet", "options": {}},
            "schemaString": schema_string(),
            "partitionColumns": [],
            // Nothing is forgotten: no row is taken back, no version cleaned away.
            "configuration": {
                "delta.appendOnly": "true",
                "delta.enableExpiredLogCleanup": "false",
                "delta.logRetentionDuration": for_ever,
                "delta.deletedFileRetentionDuration": for_ever,
            },
            "createdTime": now,
        }}),
    ];
    place.create(&commit_name(0), lines(&actions))
}

/// Our own words in a commit; `None` where another program made it.
pub(super) fn commit_note(actions: &[Value]) -> Option<CommitNote> {
    let info = actions.iter().find_map(|action| action.get("commitInfo"))?;
    serde_json::from_value(info.get("tradecast")?.clone()).ok()
}

/// What a commit tells of itself.
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
