//! A file is imported once, unless its source revised it since.

use super::*;
use crate::ingest::ParsedFile;
use crate::store::{CommitOutcome, FileImport, FileImports};

/// A file `figures.csv` with the imports of January 2024 in millions of dollars.
fn file(folder: &Path, value: &str) -> FileImport {
    let file = folder.join("figures.csv");
    std::fs::write(&file, format!("{HEADER}{}", row("2024-01", value))).unwrap();
    FileImport::of(&file, "figures.csv", None).unwrap()
}

fn row(month: &str, value: &str) -> String {
    format!("observation,USA,CHN,M,TOTAL,level,{month},{value},USD mn,published,,Census\n")
}

/// Parse the file that [`file`] wrote.
fn parsed(folder: &Path) -> ParsedFile {
    let file = folder.join("figures.csv");
    formats::read(&file, None, InvalidRows::Report).unwrap().1
}

/// Return the version, the number of figures, and whether they were written before.
fn outcome(committed: CommitOutcome) -> (u64, u64, bool) {
    (committed.version, committed.figures, committed.repeated)
}

#[test]
fn a_file_is_written_again_only_after_a_revision() {
    let (folder, store) = store();
    let aside = tempfile::tempdir().unwrap();
    for (value, found, expected) in [
        ("1", None, (1, 1, false)),
        ("1", Some(1), (1, 0, true)),
        ("2", None, (2, 1, false)),
        // The source takes its revision back, and repeats it.
        ("1", None, (3, 1, false)),
        ("1", Some(3), (3, 0, true)),
        ("2", None, (4, 1, false)),
    ] {
        let file = file(aside.path(), value);
        // A handle that has just been opened knows earlier imports from the log.
        let store = Store::open(folder.path().to_str().unwrap()).unwrap();
        let mut imports = FileImports::new(&store);
        let known = imports.find(&file).unwrap();
        assert_eq!(known.map(|known| known.version), found, "{value}");
        let committed = imports.append(&file, parsed(aside.path())).unwrap();
        assert_eq!(outcome(committed), expected, "{value}");
    }
    assert_eq!(view(&snapshot(&store, None), None), [2.0]);
}

#[test]
fn the_same_content_of_another_day_is_another_import() {
    let (_folder, store) = store();
    let aside = tempfile::tempdir().unwrap();
    let undated = file(aside.path(), "1");
    let day = parse_date("2024-02-20").unwrap();
    let path = aside.path().join("figures.csv");
    let dated = FileImport::of(&path, "figures.csv", Some(day)).unwrap();
    let mut imports = FileImports::new(&store);
    let first = imports.append(&undated, parsed(aside.path())).unwrap();
    assert_eq!(outcome(first), (1, 1, false));
    assert!(imports.find(&dated).unwrap().is_none());
    let figures = parsed(aside.path()).with_release_date(day).unwrap();
    let second = imports.append(&dated, figures).unwrap();
    assert_eq!(outcome(second), (2, 1, false));
    // Another day of the same content is no revision of it.
    assert_eq!(imports.find(&undated).unwrap().unwrap().version, 1);
}

#[test]
fn a_part_is_written_once_and_the_whole_file_once_all_its_rows_can_be_read() {
    let (_folder, store) = store();
    let aside = tempfile::tempdir().unwrap();
    let path = aside.path().join("figures.csv");
    let text = format!("{HEADER}{}{}", row("2024-01", "1"), row("2024-02", "x"));
    std::fs::write(&path, text).unwrap();
    let file = FileImport::of(&path, "figures.csv", None).unwrap();
    let mut imports = FileImports::new(&store);
    for expected in [(1, 1, false), (1, 0, true)] {
        let part = parsed(aside.path());
        assert_eq!(part.refusals.len(), 1);
        assert!(imports.find(&file).unwrap().is_none());
        assert_eq!(outcome(imports.append(&file, part).unwrap()), expected);
    }
    let whole = ParsedFile::of_figures(figures(&[("2024-01", "1", ""), ("2024-02", "2", "")]));
    assert_eq!(
        outcome(imports.append(&file, whole).unwrap()),
        (2, 2, false)
    );
}

/// The hashes were computed by a program of some lines of Python, after the definition of FNV-1a.
#[test]
fn the_names_of_imports_are_the_same_for_ever() {
    let (_folder, store) = store();
    let aside = tempfile::tempdir().unwrap();
    let file = file(aside.path(), "1");
    let mut imports = FileImports::new(&store);
    imports.append(&file, parsed(aside.path())).unwrap();
    let change = store.change(1).unwrap().unwrap();
    assert_eq!(change.file.as_deref(), Some("figures.csv"));
    assert_eq!(
        change.request.as_deref(),
        Some("content:dae6494209171d094c4368e8c4861113")
    );
}
