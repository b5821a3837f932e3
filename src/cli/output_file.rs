//! The first and the last step of writing a file: it can be written, no input is replaced, and no
//! partial file stays.

use super::usage_error::UsageError;
use crate::feeds::temporary_file_in;
use crate::ingest::ENDINGS;
use anyhow::{Context, bail};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Refuse the file of an output option that cannot be written, for its folder does not exist or it
/// is a folder itself, or that would replace one of `inputs`, or a file in a folder of them that is
/// read with it.
///
/// # Errors
/// The option, and what was expected.
pub(super) fn check_output<'a>(
    out: &Path,
    option: &str,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> anyhow::Result<()> {
    let shown = out.display();
    if out.is_dir() {
        bail!(UsageError(format!(
            "{option} {shown}: expected a file, not a folder"
        )));
    }
    let folder = folder_of(out);
    if !folder.is_dir() {
        bail!(UsageError(format!(
            "{option} {shown}: there is no folder {0}; `mkdir -p {0}` makes it",
            folder.display()
        )));
    }
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

/// Refuse two output options that name one file.
///
/// # Errors
/// Both options, and the file.
pub(super) fn check_outputs_differ(outputs: &[(&str, Option<&Path>)]) -> anyhow::Result<()> {
    let place = |file: &Path| {
        let folder = folder_of(file).canonicalize();
        folder.map_or_else(
            |_| file.to_owned(),
            |of| of.join(file.file_name().unwrap_or_default()),
        )
    };
    let mut named: Vec<(&str, PathBuf)> = Vec::new();
    for (option, file) in outputs
        .iter()
        .filter_map(|(option, file)| Some((*option, (*file)?)))
    {
        let here = place(file);
        if let Some((other, _)) = named.iter().find(|(_, there)| *there == here) {
            bail!(UsageError(format!(
                "{other} and {option} are both {}: expected two files",
                file.display()
            )));
        }
        named.push((option, here));
    }
    Ok(())
}

/// Return the folder of a file.
pub(super) fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|of| !of.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Begin a file: a temporary one in its folder, for [`put_in_place`]; for a device or a pipe in the
/// folder of temporary files.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn begin(file: &Path) -> anyhow::Result<NamedTempFile> {
    let elsewhere = std::env::temp_dir();
    let folder = match file.exists() && !file.is_file() {
        true => elsewhere.as_path(),
        false => folder_of(file),
    };
    let part = temporary_file_in(folder);
    // The name of the temporary file says nothing to anybody.
    let part = part.map_err(|error| std::io::Error::from(error.kind()));
    part.with_context(|| format!("cannot write into {}", folder.display()))
}

/// Write a file as a whole.
///
/// # Errors
/// The folder or the file cannot be written.
pub(super) fn write_whole(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut part = begin(file)?;
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
            check_output(out, "--out", inputs.iter().copied()).map_err(|e| e.to_string())
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
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |out: &Path| check_output(out, "--out", []).unwrap_err().to_string();
        let error = refused(&folder.path().join("none/a.csv"));
        assert!(error.contains("none; `mkdir -p "), "{error}");
        let error = refused(folder.path());
        assert!(error.ends_with("expected a file, not a folder"), "{error}");
        check_output(Path::new("new.csv"), "--out", []).unwrap();
        let error = write_whole(&folder.path().join("none/a"), b"").unwrap_err();
        let error = format!("{error:#}");
        assert!(error.starts_with("cannot write into "), "{error}");
        // The name of a temporary file would stand behind it.
        assert!(error.ends_with("/none: entity not found"), "{error}");
    }

    #[test]
    fn two_outputs_are_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let (a, around) = (folder.path().join("a"), folder.path().join("./a"));
        let differ = |one: &Path, other: Option<&Path>| {
            check_outputs_differ(&[("--one", Some(one)), ("--other", other)])
        };
        let error = differ(&a, Some(&around)).unwrap_err().to_string();
        assert!(error.starts_with("--one and --other are both"), "{error}");
        differ(&a, None).unwrap();
        differ(&a, Some(&folder.path().join("b"))).unwrap();
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(put_in_place(part(folder.path()), folder.path()).is_err());
    }
}
