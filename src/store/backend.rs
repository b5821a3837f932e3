//! Where a table lies: a folder, or a bucket by its URL. The one thing that is asked of it is to create a file that is not there yet, whole or not at all.

use super::{StoreError, runtime};
use deltalake_core::logstore::{LogStoreRef, StorageConfig, logstore_for};
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use url::Url;
use uuid::Uuid;

/// A place for a table.
#[derive(Debug, Clone)]
pub(super) struct StorageBackend {
    text: String,
    folder: Option<PathBuf>,
    log: LogStoreRef,
}

/// What came of creating a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CreateOutcome {
    /// It is there now, and will be after a power cut.
    Now,
    /// Somebody else has created it before.
    Before,
}

impl StorageBackend {
    /// The place that `text` names: a URL with `://` in it, or a folder that holds a table.
    pub(super) fn open(text: &str) -> Result<Self, StoreError> {
        Self::at(text, |folder| {
            if folder.join("_delta_log").is_dir() {
                return folder.canonicalize().map(Some);
            }
            must_be_empty(folder).map(|()| None)
        })
    }

    /// The place that `text` names; a folder is made where it is missing.
    pub(super) fn make(text: &str) -> Result<Self, StoreError> {
        Self::at(text, |folder| make(folder).map(Some))
    }

    /// The place that `text` names; `enter` gives the whole path of its folder, or nothing where there is none.
    fn at(
        text: &str,
        enter: impl Fn(&Path) -> std::io::Result<Option<PathBuf>>,
    ) -> Result<Self, StoreError> {
        let refuse = |reason: String| StoreError::Place {
            place: text.to_owned(),
            reason,
        };
        let url = text.contains("://").then(|| Url::parse(text)).transpose();
        let url = url.map_err(|error| refuse(error.to_string()))?;
        let folder = match &url {
            None => Some(PathBuf::from(text)),
            Some(url) if url.scheme() == "file" => Some(
                url.to_file_path()
                    .map_err(|()| refuse("expected a whole path behind file://".to_owned()))?,
            ),
            Some(_) => None,
        };
        let (folder, log) = match (folder, url) {
            (Some(folder), _) => {
                let entered = enter(&folder).map_err(|error| refuse(error.to_string()))?;
                let none = || StoreError::Missing {
                    place: text.to_owned(),
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

    /// The place as it was given.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The table's log.
    pub(super) fn log(&self) -> &LogStoreRef {
        &self.log
    }

    /// The folder, where the place is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The files of the place.
    pub(super) fn objects(&self) -> Arc<dyn ObjectStore> {
        self.log.object_store(None)
    }

    /// Creates the file `name` (parts separated by `/`) with `bytes`, unless there is one. When this returns, a power cut does not undo it.
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
            Ok(_) => Ok(CreateOutcome::Now),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(CreateOutcome::Before),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// Puts `bytes` in the place of the file `name` of a folder. It is the old one or the new one at any time, after a power cut, too.
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

    /// Sees to it that every name in the log has reached the disk, also those that others have linked. A bucket shows a file when it is there for good.
    pub(super) fn settle_log(&self) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let log = folder.join("_delta_log");
        let settled = File::open(&log).and_then(|log| log.sync_all());
        settled.map_err(|error| StoreError::File {
            file: log.display().to_string(),
            reason: error.to_string(),
        })
    }

    /// Takes back a file that no commit names. That it stays is no harm.
    pub(super) fn discard(&self, name: &str) {
        let (objects, path) = (self.objects(), ObjectPath::from(name));
        if let Ok(runtime) = runtime() {
            let _ = runtime.block_on(async move { objects.delete(&path).await });
        }
    }

    /// The files of the place, without those of the log.
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

/// How names begin of what is not ready yet. Delta's readers pass over names that begin with an underscore.
pub(super) const ASIDE: &str = "_incoming-";

/// Refuses a folder that holds anything but hidden files and what a broken-off writer left aside: a table among other files would be a slip.
fn must_be_empty(folder: &Path) -> std::io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        // A disk of its own has a `lost+found`.
        let passed = name.starts_with('.') || name.starts_with(ASIDE) || name == "lost+found";
        // Of two who make a store the other may have been faster.
        if !passed && !folder.join("_delta_log").is_dir() {
            return Err(std::io::Error::other(format!(
                "expected an empty folder or a store; it holds `{name}`"
            )));
        }
    }
    Ok(())
}

/// The folder as a whole path; where it is made, its name and those of the folders above it reach the disk.
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
            // A folder that is not ours to open was there before.
            let _ = File::open(above).and_then(|above| above.sync_all());
        }
    }
    Ok(folder)
}

/// Writes a file aside and brings it to the disk.
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

/// A name is an entry of its folder, which has to reach the disk, too.
fn sync_name(target: &Path) -> std::io::Result<()> {
    target
        .parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Written aside, brought to the disk, then linked under its name: the system lets only one of several writers link, and the name never shows a part.
fn create_in(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<CreateOutcome> {
    let target = folder.join(name);
    let aside = write_aside(folder, bytes)?;
    let linked = match fs::hard_link(&aside, &target) {
        Ok(()) => Ok(CreateOutcome::Now),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(CreateOutcome::Before),
        Err(error) => Err(error),
    };
    let _ = fs::remove_file(&aside);
    if let Ok(CreateOutcome::Now) = linked {
        sync_name(&target)?;
    }
    linked
}

/// Written aside, brought to the disk, then renamed over what is there.
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

/// A bucket of S3 or of what speaks like it. Credentials, region and endpoint come from the environment (`AWS_…`).
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
        // Of two who create the same commit, the bucket lets one.
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
        let place = StorageBackend::make(folder.path().to_str().unwrap()).unwrap();
        assert_eq!(
            place.create("a.txt", b"one".to_vec()).unwrap(),
            CreateOutcome::Now
        );
        assert_eq!(
            place.create("a.txt", b"two".to_vec()).unwrap(),
            CreateOutcome::Before
        );
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"one");
        // Nothing lies aside.
        assert_eq!(place.list().unwrap(), [("a.txt".to_owned(), 3)]);
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = StorageBackend::make(folder.path().to_str().unwrap()).unwrap();
        for text in ["first", "2nd"] {
            place.replace("_delta_log/hint", text.as_bytes()).unwrap();
            let hint = fs::read_to_string(folder.path().join("_delta_log/hint"));
            assert_eq!(hint.unwrap(), text);
        }
        assert!(place.list().unwrap().is_empty());
    }

    #[cfg(not(feature = "s3"))]
    #[test]
    fn without_its_feature_a_bucket_is_refused() {
        let error = StorageBackend::open("s3://bucket/folder")
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "s3://bucket/folder: no place for a store: expected a folder: this build has no feature `s3` for s3://"
        );
    }

    #[test]
    fn a_place_that_cannot_be_is_refused_with_its_name() {
        let error = StorageBackend::open("ftp://example.org/x")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("ftp://example.org/x: no place for a store: expected a folder"));
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
                "no place for a store: expected an empty folder or a store; it holds `a.csv`";
            assert!(error.ends_with(expected), "{error}");
        }
        assert!(!folder.path().join("_delta_log").exists());
    }
}
