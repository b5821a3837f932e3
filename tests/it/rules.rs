//! Rules of the source tree that the compiler does not check: rooms, circles, columns, names, and
//! what documents say of files.
//!
//! The tests read `src/` and `proto/` as text. Comments, literals and test code are blanked first,
//! so that only paths in code count as imports. A path is followed through re-exports to the file
//! that defines its item; the edge goes to that file. A `mod.rs` file counts as a file like any
//! other, but its re-exports of its own children (`pub use child::Item`) are no imports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::path::{Path, PathBuf};

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
#[ignore = "until the rooms are rebuilt"]
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
#[ignore = "until the rooms are rebuilt"]
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
#[ignore = "until the rooms are rebuilt"]
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
#[ignore = "until the rooms are rebuilt"]
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
#[ignore = "until the rooms are rebuilt"]
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

/// The source files of the library, without comments, literals and test code.
struct Tree {
    /// Rooms in the order of lib.rs.
    rooms: Vec<String>,
    /// Code by file, relative to `src/`.
    code: BTreeMap<String, String>,
    /// File by module path; the root is the empty path.
    modules: BTreeMap<Vec<String>, String>,
    /// Re-exports by module: exported name → path from the root.
    exports: BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>,
}

impl Tree {
    fn read() -> Self {
        let source = root().join("src");
        let mut code = BTreeMap::new();
        let mut modules = BTreeMap::new();
        for path in files_under(&source, &["rs"]) {
            let name = path
                .strip_prefix(&source)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if name == "main.rs" {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            modules.insert(module_of(&name), name.clone());
            code.insert(name, without_tests(&blanked(&text)));
        }
        // Files that are modules of tests alone.
        let tests: Vec<Vec<String>> = modules
            .iter()
            .filter(|(module, _)| {
                module.split_last().is_some_and(|(last, parent)| {
                    let declared = format!("mod {last};");
                    !code[&modules[parent]].contains(&declared)
                })
            })
            .map(|(module, _)| module.clone())
            .collect();
        modules.retain(|module, file| {
            let kept = !tests.iter().any(|test| module.starts_with(test));
            if !kept {
                code.remove(file);
            }
            kept
        });
        let rooms = words(&code["lib.rs"])
            .windows(3)
            .filter(|w| w[0] == "mod" && w[2] == ";")
            .map(|w| w[1].clone())
            .collect();
        let mut tree = Self {
            rooms,
            code,
            modules,
            exports: BTreeMap::new(),
        };
        for (module, file) in &tree.modules {
            let exported = tree
                .paths(module, &tree.code[file], &BTreeMap::new())
                .into_iter()
                .filter(|path| path.exported)
                .map(|path| (path.name, path.parts))
                .collect();
            tree.exports.insert(module.clone(), exported);
        }
        tree
    }

    /// Return for each file the files that it imports from.
    fn imports(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.modules
            .iter()
            .map(|(module, file)| {
                let code = &self.code[file];
                let names = self.paths(module, code, &BTreeMap::new()).into_iter();
                let names = names
                    .map(|path| (path.name, path.parts))
                    .filter(|(_, parts)| self.modules.contains_key(parts))
                    .collect();
                let targets = self
                    .paths(module, code, &names)
                    .into_iter()
                    .filter(|path| !(path.exported && path.parts.starts_with(module)))
                    .filter_map(|path| self.file_of(&path.parts, 0))
                    .filter(|target| target != file)
                    .collect();
                (file.clone(), targets)
            })
            .collect()
    }

    /// Return the file that defines the item of a path from the root.
    fn file_of(&self, path: &[String], depth: usize) -> Option<String> {
        let length = (0..=path.len())
            .rev()
            .find(|n| self.modules.contains_key(&path[..*n]))?;
        let (module, rest) = path.split_at(length);
        if let (Some(item), true) = (rest.first(), depth < 8)
            && let Some(target) = self.exports[module].get(item)
        {
            return self.file_of(&[target, &rest[1..]].concat(), depth + 1);
        }
        // `use crate::room;` alone takes nothing from the file of the room.
        (!rest.is_empty()).then(|| self.modules[module].clone())
    }

    /// Return the paths in the code of a module that lead to other modules of this crate. `names`
    /// holds the modules that the code has imported by name.
    fn paths(
        &self,
        module: &[String],
        code: &str,
        names: &BTreeMap<String, Vec<String>>,
    ) -> Vec<CodePath> {
        let words = words(code);
        let mut found = Vec::new();
        let mut k = 0;
        while k < words.len() {
            let after = words.get(k + 1).map(String::as_str);
            let before = k.checked_sub(1).map(|b| words[b].as_str());
            let child = || {
                let child = [module, &words[k..=k]].concat();
                self.modules.contains_key(&child)
            };
            let starts = after == Some("::")
                && before != Some("::")
                && (["crate", "super", "self"].contains(&words[k].as_str())
                    || names.contains_key(&words[k])
                    || child());
            if !starts {
                k += 1;
                continue;
            }
            let exported = is_exported(&words[..k]);
            let mut base = module.to_vec();
            let mut start = k;
            if let Some(parts) = names.get(&words[k]) {
                base.clone_from(parts);
                start += 2;
            }
            while let (word, Some("::")) = (
                words[start].as_str(),
                words.get(start + 1).map(String::as_str),
            ) {
                match word {
                    "crate" => base.clear(),
                    "super" => drop(base.pop()),
                    "self" => {}
                    _ => break,
                }
                start += 2;
            }
            k = branches(&words, start, &base, exported, &mut found);
        }
        found
    }

    /// Return where each type is defined: `src/file.rs:line`, associated types left out.
    fn types(&self) -> BTreeMap<String, Vec<String>> {
        let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (file, code) in &self.code {
            let mut blocks: Vec<bool> = Vec::new();
            let mut opens_impl = false;
            for (number, line) in (1..).zip(code.lines()) {
                let words = words(line);
                for (k, word) in words.iter().enumerate() {
                    match word.as_str() {
                        "{" => blocks.push(std::mem::take(&mut opens_impl)),
                        "}" => drop(blocks.pop()),
                        ";" => opens_impl = false,
                        "impl" if k == 0 || words[k - 1] == "unsafe" => opens_impl = true,
                        "struct" | "enum" | "trait" | "type" | "union" => {
                            let associated = word == "type" && blocks.last() == Some(&true);
                            opens_impl |= word == "trait";
                            if let Some(name) = words.get(k + 1)
                                && name.starts_with(char::is_uppercase)
                                && !associated
                            {
                                let place = format!("src/{file}:{number}");
                                types.entry(name.clone()).or_default().push(place);
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        types
    }
}

/// A path that leads into another module.
struct CodePath {
    /// The name that it has here.
    name: String,
    /// Its parts from the root.
    parts: Vec<String>,
    /// Whether it stands in a re-export.
    exported: bool,
}

/// Add the paths of a use tree whose first word is `words[k]`; return the word after it.
fn branches(
    words: &[String],
    mut k: usize,
    base: &[String],
    exported: bool,
    found: &mut Vec<CodePath>,
) -> usize {
    let mut parts = base.to_vec();
    loop {
        match words.get(k).map(String::as_str) {
            Some("{") => {
                k += 1;
                while words.get(k).is_some_and(|word| word != "}") {
                    k = branches(words, k, &parts, exported, found);
                    if words.get(k).is_some_and(|word| word == ",") {
                        k += 1;
                    }
                }
                return k + 1;
            }
            Some("self") if words.get(k + 1).is_none_or(|word| word != "::") => k += 1,
            Some(word) if word == "*" || is_name(word) => {
                parts.push(word.to_owned());
                k += 1;
            }
            _ => return k,
        }
        let name = match (words.get(k).map(String::as_str), words.get(k + 1)) {
            (Some("::"), Some(next)) if next != "<" => {
                k += 1;
                continue;
            }
            (Some("as"), Some(other)) => {
                k += 2;
                other.clone()
            }
            _ => parts.last().cloned().unwrap_or_default(),
        };
        found.push(CodePath {
            name,
            parts,
            exported,
        });
        return k;
    }
}

/// Return whether the words before a path are those of a re-export: `pub use`, `pub(crate) use`.
fn is_exported(before: &[String]) -> bool {
    let [.., last, used] = before else {
        return false;
    };
    used == "use" && (last == "pub" || last == ")")
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Return the module path of a file of `src/`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    match path {
        "lib" => Vec::new(),
        _ => path.split('/').map(str::to_owned).collect(),
    }
}

/// Split code into names, `::` and single signs.
fn words(code: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = code.chars().peekable();
    while let Some(c) = letters.next() {
        let mut word = String::from(c);
        if c.is_alphanumeric() || c == '_' {
            while let Some(more) = letters.next_if(|c| c.is_alphanumeric() || *c == '_') {
                word.push(more);
            }
        } else if c == ':' && letters.next_if_eq(&':').is_some() {
            word.push(':');
        } else if c.is_whitespace() {
            continue;
        }
        words.push(word);
    }
    words
}

/// Replace comments, strings and character literals by blanks; lines stay where they are.
fn blanked(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut k = 0;
    while k < letters.len() {
        let rest = &letters[k..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => end_of_block_comment(rest),
            ['r', '#' | '"', ..] if !follows_name(&letters[..k]) => end_of_raw_string(rest),
            ['"', ..] => end_of_quoted(rest, '"'),
            ['\'', '\\', ..] => end_of_quoted(rest, '\''),
            ['\'', _, '\'', ..] => 3,
            _ => 0,
        };
        if length == 0 {
            code.push(letters[k]);
            k += 1;
            continue;
        }
        code.extend(
            rest[..length]
                .iter()
                .map(|c| if *c == '\n' { '\n' } else { ' ' }),
        );
        k += length;
    }
    code
}

fn follows_name(before: &[char]) -> bool {
    before
        .last()
        .is_some_and(|c| c.is_alphanumeric() || *c == '_')
        && !matches!(before, [.., 'b'] | [.., 'c'])
}

fn end_of_block_comment(text: &[char]) -> usize {
    let (mut depth, mut k) = (0, 0);
    while k + 1 < text.len() {
        match text[k..k + 2] {
            ['/', '*'] => (depth, k) = (depth + 1, k + 2),
            ['*', '/'] => (depth, k) = (depth - 1, k + 2),
            _ => k += 1,
        }
        if depth == 0 {
            return k;
        }
    }
    text.len()
}

/// Return the length of a raw string; 0 for a raw name such as `r#type`.
fn end_of_raw_string(text: &[char]) -> usize {
    let hashes = text[1..].iter().take_while(|c| **c == '#').count();
    if text.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let body = 2 + hashes;
    let found = text[body..].windows(end.len()).position(|w| w == end);
    found.map_or(text.len(), |at| body + at + end.len())
}

fn end_of_quoted(text: &[char], quote: char) -> usize {
    let mut k = 1;
    while k < text.len() {
        match text[k] {
            '\\' => k += 2,
            c if c == quote => return k + 1,
            _ => k += 1,
        }
    }
    text.len()
}

/// Blank the item after each `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(&rest[..at]);
        let item = &rest[at..];
        let mut depth = 0;
        let end = item.char_indices().skip(MARK.len()).find_map(|(k, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0 && (c == '}' || c == ';')).then_some(k + 1)
        });
        let end = end.unwrap_or(item.len());
        kept.extend(
            item[..end]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' }),
        );
        rest = &item[end..];
    }
    kept + rest
}

/// Return a shortest circle of every group of files that import each other.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let mut circles = Vec::new();
    let mut seen = BTreeSet::new();
    for start in imports.keys() {
        if seen.contains(start) {
            continue;
        }
        if let Some(circle) = shortest_way(imports, start, start) {
            // Further circles of the same files are found from files that this one does not hold.
            seen.extend(circle.iter().cloned());
            circles.push(circle);
        }
    }
    circles
}

/// Return the files on a shortest way of at least one step, both ends included.
fn shortest_way(
    imports: &BTreeMap<String, BTreeSet<String>>,
    from: &str,
    to: &str,
) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([from]);
    while let Some(file) = next.pop_front() {
        for target in imports.get(file).into_iter().flatten() {
            if target == to {
                let mut way = vec![to.to_owned(), file.to_owned()];
                while let Some(earlier) = before.get(way[way.len() - 1].as_str()) {
                    way.push((*earlier).to_owned());
                }
                way.reverse();
                return Some(way);
            }
            if target != from && !before.contains_key(target.as_str()) {
                before.insert(target, file);
                next.push_back(target);
            }
        }
    }
    None
}
