//! The source tree: modules, imports and types.

use super::code::{blanked, without_tests, words};
use super::{files_under, root};
use std::collections::{BTreeMap, BTreeSet};

/// The source files of the library, without comments, literals and test code.
pub(super) struct Tree {
    /// Rooms in the order of lib.rs.
    pub(super) rooms: Vec<String>,
    /// Code by file, relative to `src/`.
    pub(super) code: BTreeMap<String, String>,
    /// File by module path; the root is the empty path.
    modules: BTreeMap<Vec<String>, String>,
    /// Re-exports by module: exported name → path from the root.
    exports: BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>,
}

impl Tree {
    pub(super) fn read() -> Self {
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
    pub(super) fn imports(&self) -> BTreeMap<String, BTreeSet<String>> {
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
    pub(super) fn types(&self) -> BTreeMap<String, Vec<String>> {
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
