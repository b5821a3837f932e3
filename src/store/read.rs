//! A version of the table, read into what a catalog is made of.

use super::assembly::GridAssembly;
use super::columns::bucket_of;
use super::data_files::DataFile;
use super::error::StoreError;
use super::log::{MOST_BUCKETS, commit_note, commit_summary};
use super::rows::{ParquetRows, ReadFault};
use super::table::Store;
use super::vintages::Vintages;
use crate::ingest::{IngestError, Refusal, TidyFigures};
use deltalake_core::parquet::errors::ParquetError;
use serde_json::Value;
use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;

/// The figures of a version, or those of the series that were touched since an earlier one.
#[derive(Debug)]
pub struct LoadedVersion {
    /// The version.
    pub version: u64,
    /// The figures that stand, and all published ones. Exchange rates are there only with the
    /// whole: a part is read only where no rate was touched.
    pub tidy: TidyFigures,
    /// When figures became public, and those that were replaced.
    pub vintages: Vintages,
    /// The buckets whose series are here, all others being unchanged; `None` for the whole.
    buckets: Option<HashSet<i32>>,
}

impl LoadedVersion {
    /// Return whether this is all that the version holds.
    pub fn is_whole(&self) -> bool {
        self.buckets.is_none()
    }

    /// Return whether this holds all that the version holds of the series with the key `id`.
    pub fn covers(&self, id: &str) -> bool {
        self.buckets
            .as_ref()
            .is_none_or(|buckets| buckets.contains(&bucket_of(id)))
    }
}

impl Store {
    /// Read what the store held at `version`, or holds now. The result does not depend on which
    /// files hold a figure, nor on their order.
    ///
    /// # Errors
    /// There is no such version, or a file of it cannot be read.
    pub fn read(&self, version: Option<u64>) -> Result<LoadedVersion, StoreError> {
        self.catch_up()?;
        let latest = self.version();
        if let Some(requested) = version.filter(|version| *version > latest) {
            return Err(StoreError::NoVersion { requested, latest });
        }
        self.read_buckets(version, None)
    }

    /// Read what the store holds now of the series that were touched after the version `since`; the
    /// whole where that is as fast, or where `since` is `None`.
    ///
    /// # Errors
    /// A file or the log cannot be read.
    pub fn read_since(&self, since: Option<u64>) -> Result<LoadedVersion, StoreError> {
        self.catch_up()?;
        let latest = self.version();
        let touched = since.map(|since| self.touched(since, latest)).transpose()?;
        self.read_buckets(Some(latest), touched.flatten())
    }

    /// Return the buckets that the versions after `since` touched, up to `latest`; `None` where
    /// they are unknown, or many.
    fn touched(&self, since: u64, latest: u64) -> Result<Option<HashSet<i32>>, StoreError> {
        if since > latest {
            return Ok(None);
        }
        let mut touched = HashSet::new();
        for version in since + 1..=latest {
            let Some(actions) = self.entry(version)? else {
                return Ok(None);
            };
            if commit_summary(version, &actions).changes_nothing {
                continue;
            }
            let note = commit_note(&actions).unwrap_or_default();
            let (true, Some(buckets)) = (is_append(&actions), note.buckets) else {
                return Ok(None);
            };
            touched.extend(buckets);
            if touched.len() > MOST_BUCKETS {
                return Ok(None);
            }
        }
        Ok(Some(touched))
    }

    /// Read a version, only the series in `buckets` where some are given.
    fn read_buckets(
        &self,
        version: Option<u64>,
        buckets: Option<HashSet<i32>>,
    ) -> Result<LoadedVersion, StoreError> {
        let (version, files) = self.data_files(version)?;
        let rows = if buckets.is_some() {
            0
        } else {
            files.iter().map(|file| file.rows).sum()
        };
        let mut assembly = GridAssembly::with_capacity(usize::try_from(rows).unwrap_or(0));
        for file in &files {
            self.read_file(file, buckets.as_ref(), &mut assembly)?;
        }
        let (tidy, vintages) = assembly.finish();
        Ok(LoadedVersion {
            version,
            tidy,
            vintages,
            buckets,
        })
    }

    /// Add the rows of a file, those in `buckets` only where some are given.
    fn read_file(
        &self,
        file: &DataFile,
        buckets: Option<&HashSet<i32>>,
        assembly: &mut GridAssembly,
    ) -> Result<(), StoreError> {
        let read = match self.backend.folder() {
            Some(folder) => {
                let open = || File::open(folder.join(&file.name)).map_err(ParquetError::from);
                ParquetRows::of(open).and_then(|rows| rows.add_to(assembly, buckets))
            }
            None => {
                let bytes = self.fetch(file)?;
                let rows = ParquetRows::of(|| Ok(bytes.clone()));
                rows.and_then(|rows| rows.add_to(assembly, buckets))
            }
        };
        read.map_err(|fault| match fault {
            ReadFault::Row(row, expected) => IngestError::from(Refusal {
                file: PathBuf::from(self.full_name(&file.name)),
                sheet: None,
                row: Some(row),
                column: None,
                value: None,
                expected,
            })
            .into(),
            ReadFault::File(reason) => StoreError::File {
                file: self.full_name(&file.name),
                reason,
            },
        })
    }
}

/// Return whether a commit appends and does nothing else.
fn is_append(actions: &[Value]) -> bool {
    let adds = |action: &Value| {
        ["add", "commitInfo", "txn"]
            .iter()
            .any(|name| action.get(name).is_some())
    };
    actions.iter().all(adds)
}
