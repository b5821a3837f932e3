//! A check of the whole store: every entry of the log, every file that belongs to the latest
//! version.

use super::error::StoreError;
use super::table::Store;
use deltalake_core::arrow::array::RecordBatch;
use serde::Serialize;
use std::collections::BTreeSet;

/// The findings of a check. A store is sound where no version is missing and no file broken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StoreCheck {
    /// The version that was checked.
    pub version: u64,
    /// The number of files that belong to it.
    pub files: usize,
    /// The number of figures in them.
    pub figures: u64,
    /// Versions without an entry in the log.
    pub missing_versions: Vec<u64>,
    /// Files that belong to it but are missing or cannot be read, with the reason.
    pub broken: Vec<String>,
    /// Files that no version names: a writer that was killed left them, and they do no harm.
    pub unclaimed: Vec<String>,
}

impl StoreCheck {
    /// Return whether everything that was accepted can be read.
    pub fn is_sound(&self) -> bool {
        self.missing_versions.is_empty() && self.broken.is_empty()
    }
}

impl Store {
    /// Read every entry of the log and every file that belongs to the latest version.
    ///
    /// # Errors
    /// The table does not open at all.
    pub fn check(&self) -> Result<StoreCheck, StoreError> {
        self.catch_up()?;
        let (version, files) = self.data_files(None)?;
        let mut check = StoreCheck {
            version,
            files: files.len(),
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
        for file in &files {
            match self.record_batches(file) {
                Err(error) => check.broken.push(error.to_string()),
                Ok((_, batches)) => {
                    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
                    check.figures += rows as u64;
                    if rows as u64 != file.rows {
                        let reason = format!("{rows} rows where the log says {}", file.rows);
                        check.broken.push(format!("{}: {reason}", file.name));
                    }
                }
            }
        }
        let all = self.backend.list()?;
        check.unclaimed = all
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !claimed.contains(name))
            .collect();
        Ok(check)
    }
}
