//! When each answer in a folder was asked for, and whether nothing more can come: the time of a file does not tell it, a copy renews that.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use time::Date;

/// The record's name, one that no import takes for figures.
pub(super) const RECORD: &str = ".tradecast-asked";

/// What is known of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Note {
    /// The day, by UTC, on which it was asked for.
    pub(super) on: Date,
    /// Whether all that was asked for is in it.
    pub(super) whole: bool,
}

/// The record of a folder: a line an answer, `2024-03-01 whole NAME` or `2024-03-01 part NAME`; the last one of a file counts.
#[derive(Debug)]
pub(super) struct Asked {
    record: PathBuf,
    notes: HashMap<String, Note>,
}

impl Asked {
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
        let notes = text.lines().filter_map(note).collect();
        Ok(Self { record, notes })
    }

    /// What is noted of the file `name`.
    pub(super) fn of(&self, name: &str) -> Option<Note> {
        self.notes.get(name).copied()
    }

    /// Notes the answer in the file `name`, behind what other pulls into the folder note meanwhile.
    ///
    /// # Errors
    /// What the system says where the record cannot be written.
    pub(super) fn note(&mut self, name: String, note: Note) -> io::Result<()> {
        let word = if note.whole { "whole" } else { "part" };
        let line = format!("{} {word} {name}\n", note.on);
        let mut record = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.record)?;
        record.write_all(line.as_bytes())?;
        record.sync_all()?;
        self.notes.insert(name, note);
        Ok(())
    }
}

/// A line of the record.
fn note(line: &str) -> Option<(String, Note)> {
    let (on, rest) = line.split_once(' ')?;
    let (word, name) = rest.split_once(' ')?;
    let on = crate::trade::month::parse_date(on).ok()?;
    let whole = match word {
        "whole" => true,
        "part" => false,
        _ => return None,
    };
    Some((name.to_owned(), Note { on, whole }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let day = |text: &str| crate::trade::month::parse_date(text).unwrap();
        let mut asked = Asked::read(folder.path()).unwrap();
        assert_eq!(asked.of("a.json"), None);
        let early = Note {
            on: day("2024-03-01"),
            whole: false,
        };
        let late = Note {
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
        let asked = Asked::read(folder.path()).unwrap();
        assert_eq!(asked.of("a.json"), Some(late));
        assert_eq!(asked.of("b.json"), Some(early));
        assert_eq!(asked.of("c.json"), None);
    }
}
