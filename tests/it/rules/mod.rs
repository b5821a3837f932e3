//! Rules of the source tree that the compiler does not check: rooms, circles, columns, names, and
//! what documents say of files.
//!
//! The tests read `src/` and `proto/` as text. Comments, literals and test code are blanked first,
//! so that only paths in code count as imports. A path is followed through re-exports to the file
//! that defines its item; the edge goes to that file. A `mod.rs` file counts as a file like any
//! other, but its re-exports of its own children (`pub use child::Item`) are no imports.

mod circles;
mod code;
mod tree;

use circles::circles;
use code::blanked;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use tree::Tree;

#[test]
fn rooms_stand_in_one_order_everywhere() {
    let tree = Tree::read();
    assert_eq!(
        tree.rooms,
        rooms_of_the_architecture(),
        "lib.rs, ARCHITECTURE.md"
    );
    let listed: Vec<String> = read("src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! - [`")?.split_once("`]"))
        .map(|(room, _)| room.to_owned())
        .collect();
    assert_eq!(tree.rooms, listed, "the modules and the list of src/lib.rs");
}

#[test]
fn a_room_imports_only_rooms_above_it() {
    let tree = Tree::read();
    let place = |file: &str| {
        let room = file.split('/').next()?;
        tree.rooms.iter().position(|r| r == room)
    };
    let mut broken = String::new();
    for (from, targets) in tree.imports() {
        for to in targets {
            if let (Some(user), Some(used)) = (place(&from), place(&to))
                && used > user
            {
                let _ = writeln!(broken, "src/{from} imports src/{to}, which stands below it");
            }
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = circles(&Tree::read().imports());
    let lines: Vec<String> = circles.iter().map(|files| files.join(" → ")).collect();
    assert!(
        lines.is_empty(),
        "{} circles:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

#[test]
fn lines_end_at_column_100() {
    let mut broken = String::new();
    for folder in ["src", "tests", "benches", "fuzz", "proto"] {
        for file in files_under(&root().join(folder), &["rs", "proto"]) {
            let text = std::fs::read_to_string(&file).unwrap();
            let name = file.strip_prefix(root()).unwrap().display();
            for (number, line) in (1..).zip(text.lines()) {
                let columns = line.chars().count();
                if columns > 100 {
                    let _ = writeln!(broken, "{name}:{number}: {columns} columns");
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

#[test]
fn a_type_name_stands_for_one_type() {
    let mut broken = String::new();
    for (name, places) in Tree::read().types() {
        if places.len() > 1 {
            let _ = writeln!(broken, "{name}: {}", places.join(", "));
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

#[test]
fn the_glossary_names_what_exists() {
    let tree = Tree::read();
    let types = tree.types();
    let mut broken = String::new();
    let mut terms = 0;
    for line in read("docs/glossary.md").lines() {
        // | term | meaning | `Type` in `trade/month.rs` |
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, term, _, place, _] = cells[..] else {
            continue;
        };
        let mut names = Vec::new();
        for text in place.split('`').skip(1).step_by(2) {
            if !text.ends_with(".rs") {
                names.push(text);
                continue;
            }
            for name in names.drain(..) {
                terms += 1;
                let file = format!("src/{text}");
                let found = match name.starts_with(char::is_uppercase) {
                    true => types.get(name).is_some_and(|places| {
                        matches!(&places[..], [place] if place.starts_with(&format!("{file}:")))
                    }),
                    false => tree
                        .code
                        .get(text)
                        .is_some_and(|code| code.contains(&format!("fn {name}"))),
                };
                if !found {
                    let elsewhere = types.get(name).cloned().unwrap_or_default().join(", ");
                    let _ = writeln!(broken, "{term}: no `{name}` in {file} {elsewhere}");
                }
            }
        }
        if !names.is_empty() {
            let _ = writeln!(broken, "{term}: {names:?} without a file");
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
    assert!(
        terms >= 60,
        "only {terms} terms of the glossary name a type"
    );
}

#[test]
fn the_documents_name_files_that_exist() {
    let mut documents = vec![root().join("README.md"), root().join("ARCHITECTURE.md")];
    documents.extend(files_under(&root().join("docs"), &["md"]));
    let mut broken = String::new();
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        let name = document.strip_prefix(root()).unwrap().display();
        // `src/room/file.rs` in code, and (file.md#part) as the target of a link.
        let quoted = text
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|path| root().join(path));
        let below_root = ["src/", "proto/", "tests/", "benches/", "docs/"];
        let quoted = quoted.filter(|path| {
            let path = path.strip_prefix(root()).unwrap().to_string_lossy();
            below_root.iter().any(|folder| path.starts_with(folder)) && !path.contains(['*', ' '])
        });
        let linked = text.split("](").skip(1).filter_map(|rest| {
            let target = rest.split([')', '#']).next()?;
            let local = !target.is_empty() && !target.contains("://");
            local.then(|| document.parent().unwrap().join(target))
        });
        for path in quoted.chain(linked).filter(|path| !path.exists()) {
            let _ = writeln!(broken, "{name}: no {}", path.display());
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

#[test]
fn imports_and_circles_are_found() {
    let imports = Tree::read().imports();
    // `use super::Month` through the re-export of trade/mod.rs, and an inline `crate::` path.
    assert!(imports["trade/series.rs"].contains("trade/month.rs"));
    assert!(
        imports["service/status.rs"]
            .iter()
            .any(|file| file.starts_with("pipeline/"))
    );
    let edge = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let ring = BTreeMap::from([
        edge("a", "b"),
        edge("b", "c"),
        edge("c", "a"),
        edge("d", "a"),
    ]);
    assert_eq!(circles(&ring), [["a", "b", "c", "a"]]);
    let code = "use x; // crate::y\n/* crate::z */ \"crate::w\" r#\"crate::v\"# '\"' crate::u";
    let kept: String = blanked(code).split_whitespace().collect();
    assert_eq!(kept, "usex;crate::u");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// Return the files below `folder` with one of these extensions, sorted.
fn files_under(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    folders.push(path);
                }
            } else if path
                .extension()
                .is_some_and(|e| extensions.iter().any(|wanted| e == *wanted))
            {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Return the rooms of the first table of ARCHITECTURE.md, from the top.
fn rooms_of_the_architecture() -> Vec<String> {
    read("ARCHITECTURE.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("/` |"))
        .map(|(room, _)| room.to_owned())
        .collect()
}
