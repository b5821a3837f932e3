//! The first and the last step of writing a file: no input is replaced, and no partial file stays.

use super::usage_error::UsageError;
use crate::feeds::temporary_file_in;
use crate::ingest::ENDINGS;
use anyhow::{Context, bail};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;

/// Refuse the file of an output option that would replace one of `inputs`, or a file in a folder
/// of them that is read with it.
///
/// # Errors
/// The output is an input.
pub(super) fn refuse_input<'a>(
    out: &Path,
    option: &str,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> anyhow::Result<()> {
    // What does not exist yet replaces nothing.
    let Ok(file) = out.canonicalize() else {
        return Ok(());
    };
    for input in inputs {
        let Ok(input) = input.canonicalize() else {
            continue;
        };
        let in_folder = input.is_dir()
            && file.starts_with(&input)
            && ENDINGS.iter().any(|ending| {
                let name = file.file_name().unwrap_or_default();
                let name = name.to_string_lossy().to_ascii_lowercase();
                name.ends_with(&format!(".{ending}"))
            });
        if file == input || in_folder {
            bail!(UsageError(format!(
                "the results would replace {}, which is read: expected another {option}",
                out.display()
            )));
        }
    }
    Ok(())
}

/// Write a file as a whole.
///
/// # Errors
/// The folder or the file cannot be written.
pub(super) fn write_whole(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = file.parent().filter(|of| !of.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let part = temporary_file_in(folder);
    let mut part = part.with_context(|| format!("cannot write into {}", folder.display()))?;
    part.write_all(bytes)
        .with_context(|| format!("cannot write {}", file.display()))?;
    put_in_place(part, file)
}

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
    fn an_input_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (input, other) = (folder.path().join("a.csv"), folder.path().join("a.txt"));
        std::fs::write(&input, "x").unwrap();
        std::fs::write(&other, "x").unwrap();
        let refused = |out: &Path, inputs: &[&Path]| {
            refuse_input(out, "--out", inputs.iter().copied()).map_err(|e| e.to_string())
        };
        let error = refused(&input, &[&other, &input]).unwrap_err();
        assert!(
            error.ends_with("a.csv, which is read: expected another --out"),
            "{error}"
        );
        // Another path to it is the same file, and a figure in a folder that is read is read.
        let around = folder
            .path()
            .join("..")
            .join(folder.path().file_name().unwrap());
        refused(&around.join("a.csv"), &[&input]).unwrap_err();
        refused(&input, &[folder.path()]).unwrap_err();
        refused(&other, &[folder.path()]).unwrap();
        refused(&other, &[&input]).unwrap();
        refused(&folder.path().join("new.csv"), &[&input]).unwrap();
        write_whole(&other, b"new").unwrap();
        assert_eq!(std::fs::read(&other).unwrap(), b"new");
        assert!(write_whole(&folder.path().join("none/a"), b"").is_err());
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(put_in_place(part(folder.path()), folder.path()).is_err());
    }
}
