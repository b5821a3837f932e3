//! Checkpoints: the log summed up, so that opening a store does not read every entry.

use super::backend::{ASIDE, StorageBackend};
use super::error::StoreError;
use super::runtime::runtime;
use super::table::{Store, load};
use deltalake_core::DeltaTable;
use std::fs;
use std::path::Path;

impl Store {
    /// Write a checkpoint of the latest version.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        let make = |table: &DeltaTable| {
            runtime()?.block_on(deltalake_core::checkpoints::create_checkpoint(table, None))?;
            Ok::<_, StoreError>(())
        };
        let Some(folder) = self.backend.folder() else {
            // A bucket shows a file only when it is whole and durable.
            return make(&self.load(None)?);
        };
        // In a folder the crate shows a file before it has reached the disk, and a checkpoint that
        // a power cut leaves empty keeps the table from opening. It is therefore made aside, over
        // links to the entries that it sums up.
        let failed = |error: std::io::Error| StoreError::File {
            file: self.full_name("_delta_log"),
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
        make(&load(&copy, None)?)?;
        let mut made = names(&to).map_err(failed)?;
        made.retain(|name| name.contains(".checkpoint") && !linked.contains(name));
        if made.is_empty() {
            // The latest version has one already.
            return Ok(());
        }
        for name in &made {
            let bytes = fs::read(to.join(name)).map_err(failed)?;
            self.backend.create(&format!("_delta_log/{name}"), bytes)?;
        }
        // The hint goes last: it names a checkpoint that must exist.
        let hint = fs::read(to.join("_last_checkpoint")).map_err(failed)?;
        self.backend.replace("_delta_log/_last_checkpoint", &hint)
    }
}

/// Return the names in a folder.
fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Return the files of the latest checkpoint of a log, and of all versions from there on.
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
