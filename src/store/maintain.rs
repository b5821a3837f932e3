//! Upkeep: many small files become few, the log is summed up in checkpoints, and all of it can be checked.

use super::backend::{ASIDE, StorageBackend};
use super::columns::{encode, is_ours, now_micros};
use super::table::StoreChange;
use super::{Store, StoreError, runtime};
use deltalake_core::DeltaTable;
use deltalake_core::arrow::array::RecordBatch;
use deltalake_core::arrow::compute::{
    SortColumn, SortOptions, concat_batches, lexsort_to_indices, take_record_batch,
};
use deltalake_core::parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use deltalake_core::parquet::file::reader::ChunkReader;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

/// A file that counts at a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataFile {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) rows: u64,
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Compaction {
    /// How many files were merged.
    pub merged: usize,
    /// Into how many.
    pub into: usize,
    /// How many figures they hold.
    pub figures: u64,
    /// The latest version after it.
    pub version: u64,
}

/// What a check found. A store is sound where the lists but the last are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StoreCheck {
    /// The version that was checked.
    pub version: u64,
    /// How many files count.
    pub files: usize,
    /// How many figures they hold.
    pub figures: u64,
    /// Versions without an entry in the log.
    pub missing_versions: Vec<u64>,
    /// Files that count and are not there or cannot be read, with the reason.
    pub broken: Vec<String>,
    /// Files that no version names: left by a writer that was killed, harmless.
    pub unclaimed: Vec<String>,
}

impl StoreCheck {
    /// Whether all that was accepted can be read.
    pub fn is_sound(&self) -> bool {
        self.missing_versions.is_empty() && self.broken.is_empty()
    }
}

/// As many files of about the same size are merged.
const MANY: usize = 16;
/// Files with more rows than this are left as they are.
const LARGE: u64 = 2_000_000;
/// The most rows of one merged file.
const MOST_ROWS: u64 = 4_000_000;
/// The order in which merged rows lie: each series whole, in the order of time.
const ORDER: [&str; 12] = [
    "bucket",
    "reporter",
    "partner",
    "flow",
    "product",
    "currency",
    "kind",
    "measure",
    "first_month",
    "months",
    "released_on",
    "ingested_at",
];

impl Store {
    /// What keeps a store fast that takes in little by little: merges files of about the same size once there are many, and writes a checkpoint.
    pub(super) fn maintain(&self) -> Result<(), StoreError> {
        // Merged files may fill the next size up.
        loop {
            let (version, parts) = self.parts(None)?;
            let mut merged = false;
            for group in crowded(parts) {
                // Of a group of other programs' files nothing is merged.
                merged |= self.merge(&group, version)?.is_some();
            }
            if !merged {
                break;
            }
        }
        self.checkpoint()
    }

    /// Merges all small files into few, as a commit of its own that changes no figure, and writes a checkpoint. Earlier versions keep their files.
    ///
    /// # Errors
    /// A file or the log cannot be read or written.
    pub fn compact(&self) -> Result<Compaction, StoreError> {
        let mut done = Compaction::default();
        let (version, mut parts) = self.parts(None)?;
        parts.retain(|part| part.rows <= LARGE);
        let mut group: Vec<DataFile> = Vec::new();
        let mut groups = Vec::new();
        for part in parts {
            if group.iter().map(|p| p.rows).sum::<u64>() + part.rows > MOST_ROWS {
                groups.push(std::mem::take(&mut group));
            }
            group.push(part);
        }
        groups.push(group);
        for group in groups.iter().filter(|group| group.len() > 1) {
            if let Some(merged) = self.merge(group, version)? {
                done.merged += merged.len();
                done.into += 1;
                done.figures += merged.iter().map(|part| part.rows).sum::<u64>();
            }
        }
        self.checkpoint()?;
        done.version = self.version();
        Ok(done)
    }

    /// The files that count at a version (the latest where none is given), and the version.
    pub(super) fn parts(&self, version: Option<u64>) -> Result<(u64, Vec<DataFile>), StoreError> {
        let table = self.load(version)?;
        let files = table.snapshot()?.log_data();
        let part = |file: deltalake_core::kernel::LogicalFileView| DataFile {
            name: file.object_store_path().to_string(),
            size: u64::try_from(file.size()).unwrap_or(0),
            rows: file.num_records().unwrap_or(0) as u64,
        };
        let mut parts: Vec<DataFile> = files.iter().map(part).collect();
        parts.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((table.version().unwrap_or(0), parts))
    }

    /// Merges `group`, which counted at the version `read_at`, into one file, and gives what was merged; `None` where another has merged some of it meanwhile, or
    /// there are not two to merge. Files that other programs wrote stay as they are: what of theirs is not as here would be taken for ours.
    pub(super) fn merge(
        &self,
        group: &[DataFile],
        read_at: u64,
    ) -> Result<Option<Vec<DataFile>>, StoreError> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut merged: Vec<DataFile> = Vec::new();
        for part in group {
            let (ours, of_part) = self.batches(part)?;
            if ours {
                batches.extend(of_part);
                merged.push(part.clone());
            }
        }
        if merged.len() < 2 {
            return Ok(None);
        }
        let Some(schema) = batches.first().map(RecordBatch::schema) else {
            return Ok(None);
        };
        let failed = |error: deltalake_core::arrow::error::ArrowError| StoreError::File {
            file: self.place().to_owned(),
            reason: error.to_string(),
        };
        let all = concat_batches(&schema, &batches).map_err(failed)?;
        drop(batches);
        let by: Vec<SortColumn> = ORDER
            .iter()
            .filter_map(|name| all.column_by_name(name))
            .map(|column| SortColumn {
                values: column.clone(),
                options: Some(SortOptions::default()),
            })
            .collect();
        let order = lexsort_to_indices(&by, None).map_err(failed)?;
        let sorted = take_record_batch(&all, &order).map_err(failed)?;
        let bytes = encode(&[sorted])?;
        let name = format!("part-{}.zstd.parquet", uuid::Uuid::new_v4());
        let now = now_micros() / 1000;
        let add = json!({"add": {
            "path": name,
            "partitionValues": {},
            "size": bytes.len(),
            "modificationTime": now,
            "dataChange": false,
            "stats": json!({"numRecords": all.num_rows()}).to_string(),
        }});
        self.place.create(&name, bytes)?;
        let removes: Vec<Value> = merged
            .iter()
            .map(|part| {
                json!({"remove": {
                    "path": part.name,
                    "deletionTimestamp": now,
                    "dataChange": false,
                    "extendedFileMetadata": true,
                    "partitionValues": {},
                    "size": part.size,
                }})
            })
            .collect();
        let actions = |version: u64| {
            let info = json!({"commitInfo": {
                "timestamp": now,
                "operation": "OPTIMIZE",
                "readVersion": version - 1,
                "isBlindAppend": false,
                "engineInfo": concat!("tradecast/", env!("CARGO_PKG_VERSION")),
            }});
            let mut actions = vec![info, add.clone()];
            actions.extend(removes.iter().cloned());
            actions
        };
        let names: BTreeSet<&str> = merged.iter().map(|part| part.name.as_str()).collect();
        let taken = |_: &StoreChange, entry: &[Value]| {
            let removed =
                |action: &Value| Some(action.get("remove")?.get("path")?.as_str()?.to_owned());
            entry
                .iter()
                .filter_map(removed)
                .any(|name| names.contains(name.as_str()))
        };
        let done = self.commit(actions, Some(read_at), None, taken)?;
        if done.is_err() {
            self.place.discard(&name);
            return Ok(None);
        }
        Ok(Some(merged))
    }

    /// Whether this program wrote a file, and its rows.
    fn batches(&self, part: &DataFile) -> Result<(bool, Vec<RecordBatch>), StoreError> {
        let failed = |reason: String| StoreError::File {
            file: format!("{}/{}", self.place(), part.name),
            reason,
        };
        fn read<R: ChunkReader + 'static>(
            from: R,
        ) -> Result<(bool, Vec<RecordBatch>), Box<dyn std::error::Error>> {
            // How another program's arrow held a column in memory is nobody else's business.
            let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
            let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(from, options)?;
            let ours = is_ours(builder.metadata().file_metadata().created_by());
            Ok((ours, builder.build()?.collect::<Result<_, _>>()?))
        }
        let read = match self.place.folder() {
            Some(folder) => {
                let file = File::open(folder.join(&part.name));
                read(file.map_err(|e| failed(e.to_string()))?)
            }
            None => read(self.fetch(part)?),
        };
        read.map_err(|e| failed(e.to_string()))
    }

    /// Sums the log up, so that opening does not read every entry.
    fn checkpoint(&self) -> Result<(), StoreError> {
        let make = |table: &DeltaTable| {
            runtime()?.block_on(deltalake_core::checkpoints::create_checkpoint(table, None))?;
            Ok::<_, StoreError>(())
        };
        let Some(folder) = self.place.folder() else {
            // A bucket shows a file when it is whole and there for good.
            return make(&self.load(None)?);
        };
        // In a folder the crate shows a file before it has reached the disk, and a checkpoint that a power cut leaves empty keeps the table from opening. So it
        // is made aside, over links to what it sums up.
        let failed = |error: std::io::Error| StoreError::File {
            file: format!("{}/_delta_log", self.place().trim_end_matches('/')),
            reason: error.to_string(),
        };
        let aside = tempfile::Builder::new()
            .prefix(ASIDE)
            .tempdir_in(folder)
            .map_err(failed)?;
        let copy = StorageBackend::make(&aside.path().to_string_lossy())?;
        let (from, to) = (folder.join("_delta_log"), aside.path().join("_delta_log"));
        let linked = since_checkpoint(names(&from).map_err(failed)?);
        for name in &linked {
            fs::hard_link(from.join(name), to.join(name)).map_err(failed)?;
        }
        make(&super::table::load(&copy, None)?)?;
        let mut made = names(&to).map_err(failed)?;
        made.retain(|name| name.contains(".checkpoint") && !linked.contains(name));
        if made.is_empty() {
            // The latest version has one.
            return Ok(());
        }
        for name in &made {
            let bytes = fs::read(to.join(name)).map_err(failed)?;
            self.place.create(&format!("_delta_log/{name}"), bytes)?;
        }
        // The hint goes last: it names what is there.
        let hint = fs::read(to.join("_last_checkpoint")).map_err(failed)?;
        self.place.replace("_delta_log/_last_checkpoint", &hint)
    }

    /// Reads every entry of the log and every file that counts.
    ///
    /// # Errors
    /// The table does not open at all.
    pub fn check(&self) -> Result<StoreCheck, StoreError> {
        self.catch_up()?;
        let (version, parts) = self.parts(None)?;
        let mut check = StoreCheck {
            version,
            files: parts.len(),
            ..StoreCheck::default()
        };
        let mut claimed: BTreeSet<String> = BTreeSet::new();
        for version in 0..=version {
            match self.entry(version)? {
                None => check.missing_versions.push(version),
                Some(actions) => claimed.extend(actions.iter().filter_map(|action| {
                    Some(action.get("add")?.get("path")?.as_str()?.to_owned())
                })),
            }
        }
        for part in &parts {
            match self.batches(part) {
                Err(error) => check.broken.push(error.to_string()),
                Ok((_, batches)) => {
                    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
                    check.figures += rows as u64;
                    if rows as u64 != part.rows {
                        let reason = format!("{rows} rows where the log says {}", part.rows);
                        check.broken.push(format!("{}: {reason}", part.name));
                    }
                }
            }
        }
        let all = self.place.list()?;
        check.unclaimed = all
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !claimed.contains(name))
            .collect();
        Ok(check)
    }
}

/// The names in a folder.
fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Of the files of a log those of the latest checkpoint and of all versions from there on.
fn since_checkpoint(mut names: Vec<String>) -> Vec<String> {
    let version = |name: &str| name.get(..20)?.parse::<u64>().ok();
    let is_checkpoint = |name: &String| name.contains(".checkpoint");
    let summed_up = names.iter().filter(|name| is_checkpoint(name));
    let begin = summed_up
        .filter_map(|name| version(name))
        .max()
        .unwrap_or(0);
    names.retain(|name| version(name).is_some_and(|version| version >= begin));
    names
}

/// The files of about the same size, where there are many of them, the smallest first.
fn crowded(parts: Vec<DataFile>) -> Vec<Vec<DataFile>> {
    let mut sizes: std::collections::BTreeMap<u32, Vec<DataFile>> =
        std::collections::BTreeMap::new();
    for part in parts.into_iter().filter(|part| part.rows <= LARGE) {
        sizes
            .entry(part.rows.max(1).ilog10())
            .or_default()
            .push(part);
    }
    let groups = sizes.into_values().filter(|group| group.len() >= MANY);
    let bounded = groups.map(|mut group| {
        let mut rows = 0;
        group.retain(|part| {
            rows += part.rows;
            rows <= MOST_ROWS.max(part.rows)
        });
        group
    });
    bounded.filter(|group| group.len() > 1).collect()
}
