//! The files of a folder that hold figures or exchange rates.

use crate::ingest::IngestError;
use std::path::{Path, PathBuf};

/// List every file below `path` whose extension is one of `extensions`, in the order of names, each
/// with whether it holds exchange rates, which it does in a folder `rates`. Files in a folder
/// `calendar` belong to the program itself and are left out, as are those of a folder `panels`,
/// which repeat series of other files: `path` must name it or lie in it. A `path` that is a file is
/// listed whatever its name.
///
/// # Errors
/// [`IngestError::Io`] for a folder that cannot be listed.
pub fn files_below(path: &Path, extensions: &[&str]) -> Result<Vec<(PathBuf, bool)>, IngestError> {
    let mut files = Vec::new();
    collect_files(path, extensions, &mut files)?;
    files.sort();
    let classify = |file: PathBuf| {
        let inside = file.strip_prefix(path).unwrap_or(&file);
        let lies_in = |name: &str| inside.components().any(|c| c.as_os_str() == name);
        let left_out = lies_in("calendar") || lies_in("panels");
        let rates = lies_in("rates");
        (!left_out).then_some((file, rates))
    };
    Ok(files.into_iter().filter_map(classify).collect())
}

fn collect_files(
    folder: &Path,
    extensions: &[&str],
    files: &mut Vec<PathBuf>,
) -> Result<(), IngestError> {
    let io = |source| IngestError::Io {
        file: folder.to_owned(),
        source,
    };
    if folder.is_file() {
        files.push(folder.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let is_data = path.extension().is_some_and(|extension| {
            let mut known = extensions.iter();
            known.any(|known| extension.eq_ignore_ascii_case(known))
        });
        if path.is_dir() {
            collect_files(&path, extensions, files)?;
        } else if is_data {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_is_read_only_where_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["rates/a.csv", "calendar/b.csv", "panels/c.csv", "d.csv"] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let names = |path: &Path| -> Vec<String> {
            let found = files_below(path, &["csv"]).unwrap();
            let name = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().into_owned();
            found.iter().map(|(file, _)| name(file)).collect()
        };
        assert_eq!(names(folder.path()), ["d.csv", "a.csv"]);
        assert_eq!(names(&folder.path().join("panels")), ["c.csv"]);
        assert_eq!(names(&folder.path().join("panels/c.csv")), ["c.csv"]);
    }
}
