//! The table: opened or created; its versions and what each of them changed.

use super::backend::{CreateOutcome, StorageBackend};
use super::columns::{COLUMNS, now_micros, schema_string};
use super::error::StoreError;
use super::log::{StoreChange, commit_name, commit_note, commit_summary, lines};
use super::runtime::runtime;
use deltalake_core::DeltaTable;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A handle of a store. All calls block. Threads may share it, and processes may open the same
/// store: each commit is made by one of them.
#[derive(Debug)]
pub struct Store {
    pub(super) backend: StorageBackend,
    /// The table when the handle was opened.
    pub(super) opened: DeltaTable,
    state: Mutex<TableState>,
}

/// The part of the log that a handle has read.
#[derive(Debug, Default)]
pub(super) struct TableState {
    /// The latest known version.
    pub(super) latest: u64,
    /// The request ids of the versions since the handle was opened, and the version of each.
    pub(super) requests: HashMap<String, u64>,
    /// The latest moment at which figures of a commit were ingested, in microseconds since
    /// 1970-01-01.
    pub(super) ingested_at: i64,
}

impl TableState {
    /// Advance to `version`, the one after the latest known.
    pub(super) fn advance(&mut self, version: u64, actions: &[Value]) -> StoreChange {
        let change = commit_summary(version, actions);
        self.latest = version;
        if let Some(request) = &change.request {
            self.requests.insert(request.clone(), version);
        }
        let ingested_at = commit_note(actions).map_or(0, |note| note.ingested_at);
        self.ingested_at = self.ingested_at.max(ingested_at);
        change
    }
}

impl Store {
    /// Open the store at `location`, a folder or a URL such as `s3://bucket/folder`.
    ///
    /// # Errors
    /// The location cannot be used, holds another table, or none ([`StoreError::Missing`]): nothing
    /// is created there.
    pub fn open(location: &str) -> Result<Self, StoreError> {
        let backend = StorageBackend::open(location)?;
        if !holds_table(&backend)? {
            return Err(StoreError::Missing {
                location: backend.text().to_owned(),
            });
        }
        Self::of(backend)
    }

    /// Open the store at `location` as [`Store::open`] does; create it where there is none.
    ///
    /// # Errors
    /// The location cannot be used, or holds another table or other files.
    pub fn open_or_create(location: &str) -> Result<Self, StoreError> {
        let backend = StorageBackend::make(location)?;
        if !holds_table(&backend)? {
            create(&backend)?;
        }
        Self::of(backend)
    }

    fn of(backend: StorageBackend) -> Result<Self, StoreError> {
        let opened = load(&backend, None)?;
        check_table(&backend, &opened)?;
        let latest = opened.version().unwrap_or(0);
        let store = Self {
            backend,
            opened,
            state: Mutex::default(),
        };
        let ingested_at = store.last_ingested(latest)?;
        *store.lock() = TableState {
            latest,
            ingested_at,
            ..TableState::default()
        };
        Ok(store)
    }

    /// Return the latest moment at which figures of the last commits up to `version` were ingested.
    fn last_ingested(&self, version: u64) -> Result<i64, StoreError> {
        /// With writers at work at once the last commit need not have the latest moment; merges and
        /// commits of other programs have none.
        const BACK: usize = 8;
        let mut last = 0;
        for version in (0..=version).rev().take(BACK) {
            let note = self.entry(version)?.as_deref().and_then(commit_note);
            last = last.max(note.map_or(0, |note| note.ingested_at));
        }
        Ok(last)
    }

    /// Return the location as given.
    pub fn location(&self) -> &str {
        self.backend.text()
    }

    /// Return the latest version that this handle knows; [`Store::catch_up`] looks for later ones.
    pub fn version(&self) -> u64 {
        self.lock().latest
    }

    /// Return the changes that this and other processes committed since this handle last looked,
    /// oldest first. Where there are none this costs one look for a file.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn catch_up(&self) -> Result<Vec<StoreChange>, StoreError> {
        let mut changes = Vec::new();
        let mut state = self.lock();
        loop {
            let next = state.latest + 1;
            let Some(actions) = self.entry(next)? else {
                break;
            };
            changes.push(state.advance(next, &actions));
        }
        Ok(changes)
    }

    /// Return the changes of `version`; `None` where there is no such version (yet).
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn change(&self, version: u64) -> Result<Option<StoreChange>, StoreError> {
        let entry = self.entry(version)?;
        Ok(entry.map(|actions| commit_summary(version, &actions)))
    }

    /// Return the changes of each version, the latest first, at most `most`.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn history(&self, most: usize) -> Result<Vec<StoreChange>, StoreError> {
        self.catch_up()?;
        let latest = self.version();
        let versions = (0..=latest).rev().take(most);
        // Versions whose entry another program cleaned away are skipped.
        versions
            .filter_map(|version| self.change(version).transpose())
            .collect()
    }

    /// Return the actions of a version; `None` where there is none.
    pub(super) fn entry(&self, version: u64) -> Result<Option<Vec<Value>>, StoreError> {
        let failed = |reason: String| StoreError::File {
            file: format!("{}/{}", self.backend.text(), commit_name(version)),
            reason,
        };
        let bytes = match self.backend.folder() {
            Some(folder) => match std::fs::read(folder.join(commit_name(version))) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(failed(error.to_string())),
            },
            None => match runtime()?.block_on(self.backend.log().read_commit_entry(version))? {
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

    /// Load the table at a version, or at the latest.
    pub(super) fn load(&self, version: Option<u64>) -> Result<DeltaTable, StoreError> {
        load(&self.backend, version)
    }

    /// Lock what this handle knows of the log.
    pub(super) fn lock(&self) -> MutexGuard<'_, TableState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn holds_table(backend: &StorageBackend) -> Result<bool, StoreError> {
    Ok(runtime()?.block_on(backend.log().is_delta_table_location())?)
}

/// Load the table of `backend` at a version, or at the latest.
pub(super) fn load(
    backend: &StorageBackend,
    version: Option<u64>,
) -> Result<DeltaTable, StoreError> {
    let mut table = DeltaTable::new(backend.log().clone());
    runtime()?.block_on(async {
        match version {
            Some(version) => table.load_version(version).await,
            None => table.load().await,
        }
    })?;
    Ok(table)
}

/// Check that a table is one of trade figures that this program can read and append to.
fn check_table(backend: &StorageBackend, table: &DeltaTable) -> Result<(), StoreError> {
    let snapshot = table.snapshot()?;
    let foreign = |reason: String| StoreError::Foreign {
        location: backend.text().to_owned(),
        reason,
    };
    // The actions as the log holds them.
    let json = |action: serde_json::Result<Value>| action.map_err(|e| foreign(e.to_string()));
    let protocol = json(serde_json::to_value(snapshot.protocol()))?;
    let metadata = json(serde_json::to_value(snapshot.metadata()))?;
    difference(&protocol, &metadata).map_or(Ok(()), |reason| Err(foreign(reason)))
}

/// The features of Delta that do not change how figures are read and appended here.
const SUPPORTED: [&str; 3] = ["appendOnly", "invariants", "vacuumProtocolCheck"];

/// Return how a table with these two actions differs from one of ours; `None` where it does not.
fn difference(protocol: &Value, metadata: &Value) -> Option<String> {
    for (version, features, plain, listed) in [
        ("minReaderVersion", "readerFeatures", 1, 3),
        ("minWriterVersion", "writerFeatures", 2, 7),
    ] {
        let needed = &protocol[version];
        let supported = |needed| needed <= plain || needed == listed;
        if !needed.as_i64().is_some_and(supported) {
            let expected = format!("expected at most {plain}, or {listed} with its features");
            return Some(format!("its {version} is {needed}, {expected}"));
        }
        let names = protocol[features].as_array().into_iter().flatten();
        let mut names = names.map(|name| name.as_str().unwrap_or_default());
        if let Some(unknown) = names.find(|name| !SUPPORTED.contains(name)) {
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
        let text = found
            .as_str()
            .map_or_else(|| found.to_string(), ToOwned::to_owned);
        (found != kind).then(|| format!("its column `{name}` is of type {text}, expected {kind}"))
    })
}

/// Create the first version. Where two processes do so at once, the first creates it for both.
fn create(backend: &StorageBackend) -> Result<CreateOutcome, StoreError> {
    let now = now_micros() / 1000;
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
            // No row is ever removed, no version cleaned away.
            "configuration": {
                "delta.appendOnly": "true",
                "delta.enableExpiredLogCleanup": "false",
                "delta.logRetentionDuration": for_ever,
                "delta.deletedFileRetentionDuration": for_ever,
            },
            "createdTime": now,
        }}),
    ];
    backend.create(&commit_name(0), lines(&actions))
}
