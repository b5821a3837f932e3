//! The storage of a table: a folder, or a bucket by its URL. It creates a file that does not exist
//! yet, whole or not at all.

use super::error::StoreError;
use super::runtime::runtime;
use deltalake_core::logstore::{LogStoreRef, StorageConfig, logstore_for};
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use url::Url;
use uuid::Uuid;

/// The storage of a table.
#[derive(Debug, Clone)]
pub(super) struct StorageBackend {
    text: String,
    folder: Option<PathBuf>,
    log: LogStoreRef,
}

/// The outcome of creating a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CreateOutcome {
    /// The file is created, and a power cut does not undo it.
    Created,
    /// Another writer created it before.
    Existed,
}

impl StorageBackend {
    /// Open the location `text`: a URL with `://` in it, or a folder that holds a table.
    pub(super) fn open(text: &str) -> Result<Self, StoreError> {
        Self::at(text, |folder| {
            if folder.join("_delta_log").is_dir() {
                return folder.canonicalize().map(Some);
            }
            must_be_empty(folder).map(|()| None)
        })
    }

    /// Open the location `text`; create the folder where it is missing.
    pub(super) fn make(text: &str) -> Result<Self, StoreError> {
        Self::at(text, |folder| make(folder).map(Some))
    }

    /// Open the location `text`; `enter` returns the whole path of its folder, or `None` where
    /// there is no such folder.
    fn at(
        text: &str,
        enter: impl Fn(&Path) -> std::io::Result<Option<PathBuf>>,
    ) -> Result<Self, StoreError> {
        let refuse = |reason: String| StoreError::Location {
            location: text.to_owned(),
            reason,
        };
        let url = text.contains("://").then(|| Url::parse(text)).transpose();
        let url = url.map_err(|error| refuse(error.to_string()))?;
        let folder = match &url {
            None => Some(PathBuf::from(text)),
            Some(url) if url.scheme() == "file" => Some(
                url.to_file_path()
                    .map_err(|()| refuse("expected an absolute path after file://".to_owned()))?,
            ),
            Some(_) => None,
        };
        let (folder, log) = match (folder, url) {
            (Some(folder), _) => {
                let entered = enter(&folder).map_err(|error| refuse(error.to_string()))?;
                let none = || StoreError::Missing {
                    location: text.to_owned(),
                };
                let folder = entered.ok_or_else(none)?;
                let url = Url::from_directory_path(&folder)
                    .map_err(|()| refuse("expected a folder".to_owned()))?;
                (Some(folder), logstore_for(&url, StorageConfig::default())?)
            }
            (None, Some(url)) => (None, bucket(&url).map_err(refuse)?),
            (None, None) => return Err(refuse("expected a folder or a URL".to_owned())),
        };
        Ok(Self {
            text: text.to_owned(),
            folder,
            log,
        })
    }

    /// Return the location as given.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Return the table's log.
    pub(super) fn log(&self) -> &LogStoreRef {
        &self.log
    }

    /// Return the folder, where the location is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Return the files of the location.
    pub(super) fn objects(&self) -> Arc<dyn ObjectStore> {
        self.log.object_store(None)
    }

    /// Create the file `name` (parts separated by `/`) with `bytes`, unless it exists. When this
    /// returns, a power cut does not undo it.
    pub(super) fn create(&self, name: &str, bytes: Vec<u8>) -> Result<CreateOutcome, StoreError> {
        let failed = |reason: String| StoreError::File {
            file: format!("{}/{name}", self.text.trim_end_matches('/')),
            reason,
        };
        if let Some(folder) = &self.folder {
            return create_in(folder, name, &bytes).map_err(|error| failed(error.to_string()));
        }
        let put = self.objects();
        let path = ObjectPath::from(name);
        let done = runtime()?.block_on(async move {
            put.put_opts(&path, bytes.into(), PutMode::Create.into())
                .await
        });
        match done {
            Ok(_) => Ok(CreateOutcome::Created),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(CreateOutcome::Existed),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// Replace the content of the file `name` of a folder by `bytes`. At any time, also after a
    /// power cut, the file has either the old or the new content.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let replaced = match &self.folder {
            Some(folder) => replace_in(folder, name, bytes),
            None => Err(ErrorKind::Unsupported.into()),
        };
        replaced.map_err(|error| StoreError::File {
            file: format!("{}/{name}", self.text.trim_end_matches('/')),
            reason: error.to_string(),
        })
    }

    /// Bring every name in the log to the disk, also those that other writers linked. A bucket
    /// shows a file only once it is durable.
    pub(super) fn sync_log(&self) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let log = folder.join("_delta_log");
        let synced = File::open(&log).and_then(|log| log.sync_all());
        synced.map_err(|error| StoreError::File {
            file: log.display().to_string(),
            reason: error.to_string(),
        })
    }

    /// Delete a file that no commit names. A failure does no harm.
    pub(super) fn discard(&self, name: &str) {
        let (objects, path) = (self.objects(), ObjectPath::from(name));
        if let Ok(runtime) = runtime() {
            let _ = runtime.block_on(async move { objects.delete(&path).await });
        }
    }

    /// Return the names and sizes of the files, without those of the log.
    pub(super) fn list(&self) -> Result<Vec<(String, u64)>, StoreError> {
        use futures_util::TryStreamExt;
        let objects = self.objects();
        let all = runtime()?.block_on(async move {
            objects
                .list(None)
                .map_ok(|meta| (meta.location.to_string(), meta.size))
                .try_collect::<Vec<_>>()
                .await
        });
        let mut all = all.map_err(|error| StoreError::File {
            file: self.text.clone(),
            reason: error.to_string(),
        })?;
        all.retain(|(name, _)| !name.starts_with("_delta_log/"));
        Ok(all)
    }
}

/// The prefix of files that are not ready yet. Delta's readers skip names with an underscore in
/// front.
pub(super) const ASIDE: &str = "_incoming-";

/// Refuse a folder that holds anything but hidden files and what an interrupted writer left aside:
/// a table among other files would be a mistake.
fn must_be_empty(folder: &Path) -> std::io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        // The root folder of a disk has a `lost+found`.
        let passed = name.starts_with('.') || name.starts_with(ASIDE) || name == "lost+found";
        // Another process may have created the store meanwhile.
        if !passed && !folder.join("_delta_log").is_dir() {
            return Err(std::io::Error::other(format!(
                "expected an empty folder or a store; it holds `{name}`"
            )));
        }
    }
    Ok(())
}

/// Return the folder as a whole path; where it is created, bring its name and those of the folders
/// above it to the disk.
fn make(folder: &Path) -> std::io::Result<PathBuf> {
    let log = folder.join("_delta_log");
    let is_new = !log.is_dir();
    if is_new {
        must_be_empty(folder)?;
    }
    fs::create_dir_all(&log)?;
    let folder = folder.canonicalize()?;
    if is_new {
        File::open(&folder)?.sync_all()?;
        for above in folder.ancestors().skip(1) {
            // A folder that may not be opened existed before.
            let _ = File::open(above).and_then(|above| above.sync_all());
        }
    }
    Ok(folder)
}

/// Write a file aside and bring it to the disk.
fn write_aside(folder: &Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let aside = folder.join(format!("{ASIDE}{}", Uuid::new_v4().simple()));
    let written = File::create_new(&aside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written.map(|()| aside)
}

/// Bring the name of a file to the disk: it is an entry of its folder.
fn sync_name(target: &Path) -> std::io::Result<()> {
    target
        .parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Write a file aside, bring it to the disk, then link it under its name: the system lets only one
/// of several writers link, and the name never shows a part of the file.
fn create_in(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<CreateOutcome> {
    let target = folder.join(name);
    let aside = write_aside(folder, bytes)?;
    let linked = match fs::hard_link(&aside, &target) {
        Ok(()) => Ok(CreateOutcome::Created),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(CreateOutcome::Existed),
        Err(error) => Err(error),
    };
    let _ = fs::remove_file(&aside);
    if let Ok(CreateOutcome::Created) = linked {
        sync_name(&target)?;
    }
    linked
}

/// Write a file aside, bring it to the disk, then rename it over the existing one.
fn replace_in(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let target = folder.join(name);
    let aside = write_aside(folder, bytes)?;
    let renamed = fs::rename(&aside, &target);
    if renamed.is_err() {
        let _ = fs::remove_file(&aside);
    }
    renamed?;
    sync_name(&target)
}

/// Open a bucket of S3, or of a service with the same interface. Credentials, region and endpoint
/// come from the environment (`AWS_…`).
#[cfg(feature = "s3")]
fn bucket(url: &Url) -> Result<LogStoreRef, String> {
    use deltalake_core::logstore::default_logstore;
    use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
    use object_store::prefix::PrefixStore;
    if !matches!(url.scheme(), "s3" | "s3a") {
        return Err(format!(
            "expected a folder, file:// or s3://, not {}://",
            url.scheme()
        ));
    }
    let root = AmazonS3Builder::from_env()
        .with_url(url.as_str())
        // Of two writers of the same commit, the bucket lets one.
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .build()
        .map_err(|error| error.to_string())?;
    let root: Arc<dyn ObjectStore> = Arc::new(root);
    let prefix = ObjectPath::from_url_path(url.path()).map_err(|error| error.to_string())?;
    let inside = Arc::new(PrefixStore::new(Arc::clone(&root), prefix));
    Ok(default_logstore(
        inside,
        root,
        url,
        &StorageConfig::default(),
    ))
}

#[cfg(not(feature = "s3"))]
fn bucket(url: &Url) -> Result<LogStoreRef, String> {
    Err(format!(
        "expected a folder: this build has no feature `s3` for {}://",
        url.scheme()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_created_once() {
        let folder = tempfile::tempdir().unwrap();
        let backend = StorageBackend::make(folder.path().to_str().unwrap()).unwrap();
        assert_eq!(
            backend.create("a.txt", b"one".to_vec()).unwrap(),
            CreateOutcome::Created
        );
        assert_eq!(
            backend.create("a.txt", b"two".to_vec()).unwrap(),
            CreateOutcome::Existed
        );
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"one");
        // No file is left aside.
        assert_eq!(backend.list().unwrap(), [("a.txt".to_owned(), 3)]);
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let backend = StorageBackend::make(folder.path().to_str().unwrap()).unwrap();
        for text in ["first", "2nd"] {
            backend.replace("_delta_log/hint", text.as_bytes()).unwrap();
            let hint = fs::read_to_string(folder.path().join("_delta_log/hint"));
            assert_eq!(hint.unwrap(), text);
        }
        assert!(backend.list().unwrap().is_empty());
    }

    #[cfg(not(feature = "s3"))]
    #[test]
    fn without_its_feature_a_bucket_is_refused() {
        let error = StorageBackend::open("s3://bucket/folder")
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "s3://bucket/folder: cannot hold a store: expected a folder: \
             this build has no feature `s3` for s3://"
        );
    }

    #[test]
    fn a_location_that_cannot_be_used_is_refused_with_its_name() {
        let error = StorageBackend::open("ftp://example.org/x")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("ftp://example.org/x: cannot hold a store: expected a folder"));
    }

    #[test]
    fn a_folder_of_other_things_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().to_str().unwrap();
        fs::write(folder.path().join(".hidden"), "").unwrap();
        assert!(matches!(
            StorageBackend::open(text).unwrap_err(),
            StoreError::Missing { .. }
        ));
        fs::write(folder.path().join("a.csv"), "").unwrap();
        for refused in [StorageBackend::open(text), StorageBackend::make(text)] {
            let error = refused.unwrap_err().to_string();
            let expected =
                "cannot hold a store: expected an empty folder or a store; it holds `a.csv`";
            assert!(error.ends_with(expected), "{error}");
        }
        assert!(!folder.path().join("_delta_log").exists());
    }
}
