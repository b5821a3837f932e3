//! The merge of many small files into few, so that a store that grows in small steps stays fast.

use super::columns::{encode, now_micros};
use super::data_files::DataFile;
use super::error::StoreError;
use super::log::StoreChange;
use super::table::Store;
use deltalake_core::arrow::array::RecordBatch;
use deltalake_core::arrow::compute::{
    SortColumn, SortOptions, concat_batches, lexsort_to_indices, take_record_batch,
};
use deltalake_core::arrow::error::ArrowError;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The outcome of a compaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Compaction {
    /// The number of files that were merged.
    pub merged: usize,
    /// The number of files that replace them.
    pub into: usize,
    /// The number of figures in them.
    pub figures: u64,
    /// The latest version after it.
    pub version: u64,
}

/// Files of about the same size are merged where there are as many as this.
const MANY: usize = 16;
/// Files with more rows than this are not merged.
const LARGE: u64 = 2_000_000;
/// The most rows of a merged file.
const MOST_ROWS: u64 = 4_000_000;
/// The order of merged rows: each series whole, in the order of time.
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
    /// Merge files of about the same size where there are many, and write a checkpoint.
    pub(super) fn maintain(&self) -> Result<(), StoreError> {
        // Merged files may be many of the next size.
        loop {
            let (version, files) = self.data_files(None)?;
            let mut merged = false;
            for group in crowded(files) {
                // Files of other programs are not merged.
                merged |= self.merge(&group, version)?.is_some();
            }
            if !merged {
                break;
            }
        }
        self.checkpoint()
    }

    /// Merge all small files into few, as commits of their own that change no figure, and write a
    /// checkpoint. Earlier versions keep their files.
    ///
    /// # Errors
    /// A file or the log cannot be read or written.
    pub fn compact(&self) -> Result<Compaction, StoreError> {
        let mut compaction = Compaction::default();
        let (version, mut files) = self.data_files(None)?;
        files.retain(|file| file.rows <= LARGE);
        let mut group: Vec<DataFile> = Vec::new();
        let mut groups = Vec::new();
        for file in files {
            if group.iter().map(|p| p.rows).sum::<u64>() + file.rows > MOST_ROWS {
                groups.push(std::mem::take(&mut group));
            }
            group.push(file);
        }
        groups.push(group);
        for group in groups.iter().filter(|group| group.len() > 1) {
            if let Some(merged) = self.merge(group, version)? {
                compaction.merged += merged.len();
                compaction.into += 1;
                compaction.figures += merged.iter().map(|file| file.rows).sum::<u64>();
            }
        }
        self.checkpoint()?;
        compaction.version = self.version();
        Ok(compaction)
    }

    /// Merge `group`, files of the version `read_at`, into one file, and return what was merged;
    /// `None` where another process has merged some of it meanwhile, or where fewer than two files
    /// can be merged. Files of other programs stay as they are: merged, they would pass for ours.
    pub(super) fn merge(
        &self,
        group: &[DataFile],
        read_at: u64,
    ) -> Result<Option<Vec<DataFile>>, StoreError> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut merged: Vec<DataFile> = Vec::new();
        for file in group {
            let (ours, of_file) = self.record_batches(file)?;
            if ours {
                batches.extend(of_file);
                merged.push(file.clone());
            }
        }
        if merged.len() < 2 {
            return Ok(None);
        }
        let sorted = sorted(batches).map_err(|error| StoreError::File {
            file: self.location().to_owned(),
            reason: error.to_string(),
        })?;
        let Some(sorted) = sorted else {
            return Ok(None);
        };
        let rows = sorted.num_rows();
        let bytes = encode(&[sorted])?;
        let name = format!("part-{}.zstd.parquet", uuid::Uuid::new_v4());
        let now = now_micros() / 1000;
        let add = json!({"add": {
            "path": name,
            "partitionValues": {},
            "size": bytes.len(),
            "modificationTime": now,
            "dataChange": false,
            "stats": json!({"numRecords": rows}).to_string(),
        }});
        self.backend.create(&name, bytes)?;
        let removes: Vec<Value> = merged
            .iter()
            .map(|file| {
                json!({"remove": {
                    "path": file.name,
                    "deletionTimestamp": now,
                    "dataChange": false,
                    "extendedFileMetadata": true,
                    "partitionValues": {},
                    "size": file.size,
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
        let names: BTreeSet<&str> = merged.iter().map(|file| file.name.as_str()).collect();
        let taken = |_: &StoreChange, entry: &[Value]| {
            let removed =
                |action: &Value| Some(action.get("remove")?.get("path")?.as_str()?.to_owned());
            entry
                .iter()
                .filter_map(removed)
                .any(|name| names.contains(name.as_str()))
        };
        if self.commit(actions, Some(read_at), None, taken)?.is_err() {
            self.backend.discard(&name);
            return Ok(None);
        }
        Ok(Some(merged))
    }
}

/// Return the rows of all batches as one, each series whole, in the order of time; `None` where
/// there are none.
fn sorted(batches: Vec<RecordBatch>) -> Result<Option<RecordBatch>, ArrowError> {
    let Some(schema) = batches.first().map(RecordBatch::schema) else {
        return Ok(None);
    };
    let all = concat_batches(&schema, &batches)?;
    drop(batches);
    let by: Vec<SortColumn> = ORDER
        .iter()
        .filter_map(|name| all.column_by_name(name))
        .map(|column| SortColumn {
            values: column.clone(),
            options: Some(SortOptions::default()),
        })
        .collect();
    let order = lexsort_to_indices(&by, None)?;
    take_record_batch(&all, &order).map(Some)
}

/// Return groups of files of about the same size, where there are many, the smallest first.
fn crowded(files: Vec<DataFile>) -> Vec<Vec<DataFile>> {
    let mut sizes: BTreeMap<u32, Vec<DataFile>> = BTreeMap::new();
    for file in files.into_iter().filter(|file| file.rows <= LARGE) {
        sizes
            .entry(file.rows.max(1).ilog10())
            .or_default()
            .push(file);
    }
    let groups = sizes.into_values().filter(|group| group.len() >= MANY);
    let bounded = groups.map(|mut group| {
        let mut rows = 0;
        group.retain(|file| {
            rows += file.rows;
            rows <= MOST_ROWS.max(file.rows)
        });
        group
    });
    bounded.filter(|group| group.len() > 1).collect()
}
