//! When each answer in a folder was asked for, and whether nothing more can come: the time of a file does not tell it, a copy renews that.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use time::Date;

/// The record's name, one that no import takes for figures.
pub(super) const RECORD: &str = ".tradecast-asked";

/// What is known of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestEntry {
    /// The day, by UTC, on which it was asked for.
    pub(super) on: Date,
    /// Whether all that was asked for is in it.
    pub(super) whole: bool,
}

/// The record of a folder: a line an answer, `2024-03-01 whole NAME` or `2024-03-01 part NAME`; the last one of a file counts.
#[derive(Debug)]
pub(super) struct RequestLog {
    record: PathBuf,
    /// What is noted of each file, and in which line.
    notes: HashMap<String, (usize, RequestEntry)>,
    lines: usize,
}

impl RequestLog {
    /// Reads the record of `folder`, empty where there is none. A line that makes no sense is passed over: its file is asked for again.
    ///
    /// # Errors
    /// What the system says where there is one that cannot be read.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let record = folder.join(RECORD);
        let text = match fs::read(&record) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let text = String::from_utf8_lossy(&text);
        let mut asked = Self {
            record,
            notes: HashMap::new(),
            lines: 0,
        };
        text.lines()
            .filter_map(note)
            .for_each(|(name, note)| asked.insert(name, note));
        Ok(asked)
    }

    fn insert(&mut self, name: String, note: RequestEntry) {
        self.notes.insert(name, (self.lines, note));
        self.lines += 1;
    }

    /// What is noted of the file `name`.
    pub(super) fn of(&self, name: &str) -> Option<RequestEntry> {
        self.notes.get(name).map(|(_, note)| *note)
    }

    /// When the answer in the file `name` was asked for: the day, and which answer of the record it was.
    fn when(&self, name: &str) -> Option<(Date, usize)> {
        self.notes.get(name).map(|(line, note)| (note.on, *line))
    }

    /// Notes the answer in the file `name`, behind what other pulls into the folder note meanwhile.
    ///
    /// # Errors
    /// What the system says where the record cannot be written.
    pub(super) fn note(&mut self, name: String, note: RequestEntry) -> io::Result<()> {
        let word = if note.whole { "whole" } else { "part" };
        let line = format!("{} {word} {name}\n", note.on);
        let mut record = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.record)?;
        record.write_all(line.as_bytes())?;
        record.sync_all()?;
        self.insert(name, note);
        Ok(())
    }
}

/// Puts files that were found below a folder in the order in which they were asked for, and before them, in the order that they have, those
/// that nothing is noted of: whatever has no record stays as it is.
///
/// # Errors
/// What the system says where there is a record that cannot be read.
pub(crate) fn in_order_of_asking<T>(files: &mut [(PathBuf, T)]) -> io::Result<()> {
    let mut records = BTreeMap::new();
    for (file, _) in &*files {
        let Some(folder) = file.parent() else {
            continue;
        };
        if !records.contains_key(folder) {
            records.insert(folder.to_owned(), RequestLog::read(folder)?);
        }
    }
    let when = |file: &Path| {
        let record = records.get(file.parent()?)?;
        record.when(file.file_name()?.to_str()?)
    };
    files.sort_by_key(|(file, _)| when(file));
    Ok(())
}

/// A line of the record.
fn note(line: &str) -> Option<(String, RequestEntry)> {
    let (on, rest) = line.split_once(' ')?;
    let (word, name) = rest.split_once(' ')?;
    let on = crate::trade::month::parse_date(on).ok()?;
    let whole = match word {
        "whole" => true,
        "part" => false,
        _ => return None,
    };
    Some((name.to_owned(), RequestEntry { on, whole }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let day = |text: &str| crate::trade::month::parse_date(text).unwrap();
        let mut asked = RequestLog::read(folder.path()).unwrap();
        assert_eq!(asked.of("a.json"), None);
        let early = RequestEntry {
            on: day("2024-03-01"),
            whole: false,
        };
        let late = RequestEntry {
            on: day("2024-09-01"),
            whole: true,
        };
        asked.note("a.json".to_owned(), early).unwrap();
        asked.note("b.json".to_owned(), early).unwrap();
        // A line that was broken off takes the next one with it.
        let torn = folder.path().join(RECORD);
        let text = fs::read_to_string(&torn).unwrap();
        fs::write(&torn, text + "2024-0").unwrap();
        asked.note("b.json".to_owned(), late).unwrap();
        asked.note("a.json".to_owned(), late).unwrap();
        assert_eq!(asked.of("a.json"), Some(late));
        let asked = RequestLog::read(folder.path()).unwrap();
        assert_eq!(asked.of("a.json"), Some(late));
        assert_eq!(asked.of("b.json"), Some(early));
        assert_eq!(asked.of("c.json"), None);
    }

    /// Names hold check sums, which tell nothing of what is later.
    #[test]
    fn files_follow_each_other_as_they_were_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let day = |text: &str| crate::trade::month::parse_date(text).unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let note = |folder: &Path, name: &str, on: &str| {
            fs::create_dir_all(folder).unwrap();
            let (on, whole) = (day(on), true);
            let mut asked = RequestLog::read(folder).unwrap();
            asked
                .note(name.to_owned(), RequestEntry { on, whole })
                .unwrap();
        };
        note(&one, "b.json", "2024-01-10");
        note(&one, "c.json", "2024-01-10");
        note(&two, "a.json", "2024-03-01");
        note(&one, "d.json", "2024-07-10");
        // Asked for again, after the other of its day.
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
        in_order_of_asking(&mut found).unwrap();
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
