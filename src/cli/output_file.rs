//! The last step of writing a file.

use anyhow::Context;
use std::fs::{File, OpenOptions};
use std::path::Path;
use tempfile::NamedTempFile;

/// Move a complete temporary file to `file`, so that no partial file stays there.
///
/// A device or a pipe (`/dev/null`, `/dev/stdout`) is written to, never replaced.
pub(super) fn put_in_place(part: NamedTempFile, file: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", file.display());
    if file.exists() && !file.is_file() {
        let mut from = File::open(part.path()).with_context(failed)?;
        let mut to = OpenOptions::new()
            .write(true)
            .open(file)
            .with_context(failed)?;
        std::io::copy(&mut from, &mut to).with_context(failed)?;
        return Ok(());
    }
    part.persist(file).with_context(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn part(folder: &Path) -> NamedTempFile {
        let mut part = NamedTempFile::new_in(folder).unwrap();
        part.write_all(b"text").unwrap();
        part
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        for _ in 0..2 {
            put_in_place(part(folder.path()), &file).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), "text");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_device_stays_a_device() {
        use std::os::unix::fs::{FileTypeExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        // A link stands for the device, so that a failure replaces the link alone.
        let link = folder.path().join("null");
        symlink("/dev/null", &link).unwrap();
        put_in_place(part(folder.path()), &link).unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(
            std::fs::metadata(&link)
                .unwrap()
                .file_type()
                .is_char_device()
        );
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(put_in_place(part(folder.path()), folder.path()).is_err());
    }
}
