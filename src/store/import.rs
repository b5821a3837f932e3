//! The import of files, each once: a file that was imported before and not revised since is not
//! written again.
//!
//! A file is recognised by its content, whatever its name. The request id of its commit names the
//! content, the day of release that the caller stated, and the rows that were refused:
//! `content:<hash>[:<day>][:<refused rows>:<hash of their numbers>][:after:<version>]`.

use super::append::CommitOutcome;
use super::error::StoreError;
use super::log::CONTENT;
use super::table::Store;
use crate::ingest::ParsedFile;
use crate::trade::hash::ContentHash;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use time::Date;

/// A file to import: its name and what identifies its figures.
#[derive(Debug, Clone)]
pub struct FileImport {
    name: String,
    /// The name of the content alone, the same for every stated day.
    content: String,
    /// The name of the content and of the day of release that the caller stated.
    stated: String,
}

impl FileImport {
    /// Identify the file at `path`, which people know as `name`, by its content. `released_on` is
    /// the day of release that the caller states for its figures: stated to be of another day, the
    /// same content says something else.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(path: &Path, name: &str, released_on: Option<Date>) -> std::io::Result<Self> {
        let content = format!("{CONTENT}{}", content_hash(path)?);
        Ok(Self {
            name: name.to_owned(),
            stated: match released_on {
                Some(day) => format!("{content}:{day}"),
                None => content.clone(),
            },
            content,
        })
    }

    /// Return the file as read by a mapping, which makes other figures of the same content; an
    /// empty text is none.
    #[must_use]
    pub fn read_by(mut self, mapping: &str) -> Self {
        if mapping.is_empty() {
            return self;
        }
        let mut hash = ContentHash::new();
        hash.update(mapping.as_bytes());
        for text in [&mut self.stated, &mut self.content] {
            *text = format!("{text}:mapped:{hash}");
        }
        self
    }

    /// Return the request id for the rows of `parsed`. It names the refused rows: the same part of
    /// a file is written once, and the whole file once all its rows can be read.
    fn request(&self, parsed: &ParsedFile) -> String {
        if parsed.refusals.is_empty() {
            return self.stated.clone();
        }
        let mut rows = ContentHash::new();
        for refusal in &parsed.refusals {
            rows.update(&refusal.row.unwrap_or(0).to_le_bytes());
        }
        let count = parsed.refusals.len() as u64 + parsed.refusals_left_out;
        format!("{}:{count}:{rows}", self.stated)
    }
}

/// Imports into one store, none of whose log entries is read twice.
#[derive(Debug)]
pub struct FileImports<'a> {
    store: &'a Store,
    /// The file and the request id of each version, empty where it has none.
    origins: HashMap<u64, (String, String)>,
}

impl<'a> FileImports<'a> {
    /// Begin imports into `store`.
    pub fn new(store: &'a Store) -> Self {
        Self {
            store,
            origins: HashMap::new(),
        }
    }

    /// Return the commit of a file that was imported whole before and not revised since, so that it
    /// need not be read; `None` where it has to be imported.
    ///
    /// # Errors
    /// The log cannot be read or brought to the disk.
    pub fn find(&mut self, file: &FileImport) -> Result<Option<CommitOutcome>, StoreError> {
        let (_, version) = self.resolve(file, file.stated.clone())?;
        version
            .map(|version| self.store.repeated(version))
            .transpose()
    }

    /// Append the figures of a file as one commit, unless the same rows of it were imported before
    /// and not revised since.
    ///
    /// # Errors
    /// Those of [`Store::append`].
    pub fn append(
        &mut self,
        file: &FileImport,
        parsed: ParsedFile,
    ) -> Result<CommitOutcome, StoreError> {
        let (request, _) = self.resolve(file, file.request(&parsed))?;
        self.store
            .append(parsed.figures, Some(&request), Some(&file.name))
    }

    /// Return the request id under which a file is imported, and the version that it made before.
    /// That is `request`, unless it was imported before and the file brought other content since:
    /// a revision that the source took back would stand if the figures that it revised were not
    /// written again.
    fn resolve(
        &mut self,
        file: &FileImport,
        request: String,
    ) -> Result<(String, Option<u64>), StoreError> {
        let Some(before) = self.store.applied(&request)? else {
            return Ok((request, None));
        };
        match self.revision(file, before)? {
            None => Ok((request, Some(before))),
            Some(version) => {
                let again = format!("{request}:after:{version}");
                let made = self.store.applied(&again)?;
                Ok((again, made))
            }
        }
    }

    /// Return the last version after `before` that came from a file of this name with other
    /// content. Where paths are relative, files of other folders may have the same name: they are
    /// about other series.
    fn revision(&mut self, file: &FileImport, before: u64) -> Result<Option<u64>, StoreError> {
        for version in (before + 1..=self.store.version()).rev() {
            let (name, request) = self.origin(version)?;
            if *name != file.name || request.starts_with(&file.content) {
                continue;
            }
            if self.share_series(before, version)? {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// Return the file and the request id of a version.
    fn origin(&mut self, version: u64) -> Result<&(String, String), StoreError> {
        Ok(match self.origins.entry(version) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let change = self.store.change(version)?.unwrap_or_default();
                let (file, request) = (change.file, change.request);
                unknown.insert((file.unwrap_or_default(), request.unwrap_or_default()))
            }
        })
    }

    /// Return whether both versions name a series in common.
    fn share_series(&self, one: u64, other: u64) -> Result<bool, StoreError> {
        let keys = |version| -> Result<Vec<String>, StoreError> {
            Ok(self.store.change(version)?.unwrap_or_default().keys)
        };
        let (one, other) = (keys(one)?, keys(other)?);
        Ok(one.iter().any(|key| other.contains(key)))
    }
}

/// Return the hash of a file's bytes.
fn content_hash(file: &Path) -> std::io::Result<ContentHash> {
    let mut reader = File::open(file)?;
    let mut hash = ContentHash::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        let count = reader.read(&mut bytes)?;
        if count == 0 {
            return Ok(hash);
        }
        hash.update(&bytes[..count]);
    }
}
