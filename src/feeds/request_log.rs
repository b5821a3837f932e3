//! When each answer of a folder was requested, and whether it is complete. The time of a file does
//! not say it, since copying a file renews its time.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use time::Date;

/// Name of the log, one that no import takes for figures.
pub(super) const LOG: &str = ".tradecast-asked";

/// Request of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestEntry {
    /// Day of the request, in UTC.
    pub(super) day: Date,
    /// Whether the answer has all that was requested.
    pub(super) is_complete: bool,
}

/// Log of the answers of a folder, a line each: `2024-03-01 whole NAME` or `2024-03-01 part NAME`.
/// The last line of a file counts.
#[derive(Debug)]
pub(super) struct RequestLog {
    path: PathBuf,
    /// Number of the line and entry of each file.
    entries: HashMap<String, (usize, RequestEntry)>,
    lines: usize,
}

impl RequestLog {
    /// Read the log of `folder`, which is empty where there is none. An invalid line is skipped:
    /// its file is requested again.
    ///
    /// # Errors
    /// The error of the system for a log that cannot be read.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let path = folder.join(LOG);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut log = Self {
            path,
            entries: HashMap::new(),
            lines: 0,
        };
        let text = String::from_utf8_lossy(&text);
        for (name, entry) in text.lines().filter_map(parse_line) {
            log.insert(name, entry);
        }
        Ok(log)
    }

    fn insert(&mut self, name: String, entry: RequestEntry) {
        self.entries.insert(name, (self.lines, entry));
        self.lines += 1;
    }

    /// Return the entry of the file `name`.
    pub(super) fn entry(&self, name: &str) -> Option<RequestEntry> {
        self.entries.get(name).map(|(_, entry)| *entry)
    }

    /// Return when the file `name` was requested: the day and the line of the log.
    fn position(&self, name: &str) -> Option<(Date, usize)> {
        let entry = self.entries.get(name);
        entry.map(|(line, entry)| (entry.day, *line))
    }

    /// Append the entry of the file `name`; other pulls may append to the same log meanwhile.
    ///
    /// # Errors
    /// The error of the system for a log that cannot be written.
    pub(super) fn append(&mut self, name: String, entry: RequestEntry) -> io::Result<()> {
        let word = if entry.is_complete { "whole" } else { "part" };
        let line = format!("{} {word} {name}\n", entry.day);
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        self.insert(name, entry);
        Ok(())
    }
}

/// Sort the files of some folders by the time of their request. Files that no log mentions come
/// first, in the order that they have.
///
/// # Errors
/// The error of the system for a log that cannot be read.
pub(crate) fn sort_by_request_date<T>(files: &mut [(PathBuf, T)]) -> io::Result<()> {
    let mut logs = BTreeMap::new();
    for (file, _) in &*files {
        let Some(folder) = file.parent() else {
            continue;
        };
        if !logs.contains_key(folder) {
            logs.insert(folder.to_owned(), RequestLog::read(folder)?);
        }
    }
    let position = |file: &Path| {
        let log = logs.get(file.parent()?)?;
        log.position(file.file_name()?.to_str()?)
    };
    files.sort_by_key(|(file, _)| position(file));
    Ok(())
}

/// Parse a line of the log.
fn parse_line(line: &str) -> Option<(String, RequestEntry)> {
    let (day, rest) = line.split_once(' ')?;
    let (word, name) = rest.split_once(' ')?;
    let day = crate::trade::month::parse_date(day).ok()?;
    let is_complete = match word {
        "whole" => true,
        "part" => false,
        _ => return None,
    };
    Some((name.to_owned(), RequestEntry { day, is_complete }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let day = |text: &str| crate::trade::month::parse_date(text).unwrap();
        let mut log = RequestLog::read(folder.path()).unwrap();
        assert_eq!(log.entry("a.json"), None);
        let early = RequestEntry {
            day: day("2024-03-01"),
            is_complete: false,
        };
        let late = RequestEntry {
            day: day("2024-09-01"),
            is_complete: true,
        };
        log.append("a.json".to_owned(), early).unwrap();
        log.append("b.json".to_owned(), early).unwrap();
        // The line after one that was broken off is lost with it.
        let torn = folder.path().join(LOG);
        let text = fs::read_to_string(&torn).unwrap();
        fs::write(&torn, text + "2024-0").unwrap();
        log.append("b.json".to_owned(), late).unwrap();
        log.append("a.json".to_owned(), late).unwrap();
        assert_eq!(log.entry("a.json"), Some(late));
        let log = RequestLog::read(folder.path()).unwrap();
        assert_eq!(log.entry("a.json"), Some(late));
        assert_eq!(log.entry("b.json"), Some(early));
        assert_eq!(log.entry("c.json"), None);
    }

    /// The names of files hold check sums, so that their order means nothing.
    #[test]
    fn files_are_sorted_as_they_were_requested() {
        let folder = tempfile::tempdir().unwrap();
        let day = |text: &str| crate::trade::month::parse_date(text).unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let note = |folder: &Path, name: &str, on: &str| {
            fs::create_dir_all(folder).unwrap();
            let (day, is_complete) = (day(on), true);
            let mut log = RequestLog::read(folder).unwrap();
            log.append(name.to_owned(), RequestEntry { day, is_complete })
                .unwrap();
        };
        note(&one, "b.json", "2024-01-10");
        note(&one, "c.json", "2024-01-10");
        note(&two, "a.json", "2024-03-01");
        note(&one, "d.json", "2024-07-10");
        // Requested again, after the other of its day.
        note(&one, "b.json", "2024-01-10");
        let file = |name: &&str| (folder.path().join(name), ());
        let files = |names: [&str; 6]| names.iter().map(file).collect::<Vec<_>>();
        let mut found = files([
            "one/b.json",
            "one/by-hand.json",
            "one/c.json",
            "one/d.json",
            "other/z.csv",
            "two/a.json",
        ]);
        sort_by_request_date(&mut found).unwrap();
        let expected = files([
            "one/by-hand.json",
            "other/z.csv",
            "one/c.json",
            "one/b.json",
            "two/a.json",
            "one/d.json",
        ]);
        assert_eq!(found, expected);
    }
}
