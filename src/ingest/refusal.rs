//! Refusals of what is wrong in a file, and errors of files that cannot be read.

use super::mapping::MappingSuggestion;
use std::fmt;
use std::path::{Path, PathBuf};

/// A place in a file that is wrong: the value found there and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The name of the file as the user knows it.
    pub file: PathBuf,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The row, counted as an editor does: the header is row 1. Rows of Parquet files are counted
    /// from 1.
    pub row: Option<u64>,
    /// The column by its name in the file.
    pub column: Option<String>,
    /// The value found.
    pub value: Option<String>,
    /// What was expected instead.
    pub expected: String,
}

/// An error that keeps a file from being read. No figure of a refused file is kept.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Something in the file is wrong.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The file holds a table that lacks parts of its figures.
    #[error("{refusal}")]
    Unmapped {
        /// The place, and what was expected.
        refusal: Box<Refusal>,
        /// The mapping that would fit.
        suggestion: Box<MappingSuggestion>,
    },
    /// The file could not be opened or read.
    #[error("cannot read {}", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The content is damaged, or of another format.
    #[error("{}: not readable as {format}: {}", file.display(), explained(reason))]
    Format {
        /// The file.
        file: PathBuf,
        /// The format that was tried.
        format: &'static str,
        /// The reason that the format's reader gave.
        reason: String,
    },
}

impl Refusal {
    /// Refuse a file as a whole: no row or column is to blame.
    pub(super) fn of_file(file: &Path, expected: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            sheet: None,
            row: None,
            column: None,
            value: None,
            expected: expected.into(),
        }
    }

    /// Return the error of a table that lacks parts of its figures.
    pub(super) fn suggesting(self, suggestion: MappingSuggestion) -> IngestError {
        IngestError::Unmapped {
            refusal: Box::new(self),
            suggestion: Box::new(suggestion),
        }
    }

    /// Drop the part of each text that is never shown. One character more stays, so that
    /// [`shown`] still marks the text as cut.
    pub(super) fn shorten(&mut self) {
        let shorten = |text: &mut String, most: usize| {
            if let Some((end, _)) = text.char_indices().nth(most + 1) {
                text.truncate(end);
                text.shrink_to_fit();
            }
        };
        for text in [&mut self.sheet, &mut self.column, &mut self.value]
            .into_iter()
            .flatten()
        {
            shorten(text, SHOWN);
        }
        shorten(&mut self.expected, EXPLAINED);
    }
}

impl fmt::Display for Refusal {
    /// Write file, sheet, row, column and value before what was expected. A value is cut after 80
    /// characters and control characters are escaped, since a cell may hold megabytes, or
    /// sequences that steer a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(&self.file.to_string_lossy(), usize::MAX))?;
        if let Some(sheet) = &self.sheet {
            write!(f, ", sheet `{}`", shown(sheet))?;
        }
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{}`", shown(column))?;
        }
        if let Some(value) = &self.value {
            write!(f, ", value `{}`", shown(value))?;
        }
        write!(f, ": {}", explained(&self.expected))
    }
}

impl IngestError {
    /// Return an error of the operating system about `file`.
    pub(super) fn io(file: &Path, source: std::io::Error) -> Self {
        Self::Io {
            file: file.to_owned(),
            source,
        }
    }

    /// Return the error of a file that cannot be read as `format`.
    pub(super) fn format(file: &Path, format: &'static str, reason: impl Into<String>) -> Self {
        Self::Format {
            file: file.to_owned(),
            format,
            reason: reason.into(),
        }
    }
}

impl From<Refusal> for IngestError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// The most characters of a value or a column's name that a refusal shows.
const SHOWN: usize = 80;
/// The most characters of what was expected, which may list the columns of a file.
const EXPLAINED: usize = 2000;

/// Show a value or a name from a file: at most 80 characters, control characters escaped.
pub fn shown(text: &str) -> impl fmt::Display {
    Shown(text, SHOWN)
}

/// Show an explanation that may hold names and values of a file: at most 2000 characters, control
/// characters escaped.
pub fn explained(text: &str) -> impl fmt::Display {
    Shown(text, EXPLAINED)
}

/// List names of a file, at most 40 of them, and the count of the others.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const MOST: usize = 40;
    let mut text = String::new();
    for (at, name) in names.iter().take(MOST).enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        text += &format!("{comma}{}", shown(name.as_ref()));
    }
    match names.len().checked_sub(MOST) {
        Some(more) if more > 0 => text + &format!(" and {more} more"),
        _ => text,
    }
}

/// A text from a file and the number of its characters that are shown.
struct Shown<'a>(&'a str, usize);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        let mut letters = self.0.chars();
        for letter in letters.by_ref().take(self.1) {
            // Control characters, and marks that turn the direction of the text after them.
            if letter.is_control()
                || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            {
                write!(f, "{}", letter.escape_default())?;
            } else {
                f.write_char(letter)?;
            }
        }
        if letters.next().is_some() {
            f.write_char('…')?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_values_cut_and_escaped() {
        let refusal = Refusal {
            file: PathBuf::from("f.csv"),
            sheet: None,
            row: Some(2),
            column: Some("y".to_owned()),
            value: Some(format!("\u{1b}[2J\n{}", "语".repeat(5_000_000))),
            expected: "expected a number".to_owned(),
        };
        // ESC [ 2 J and the line break are five letters.
        let cut = "语".repeat(75);
        assert_eq!(
            refusal.to_string(),
            format!("f.csv, row 2, column `y`, value `\\u{{1b}}[2J\\n{cut}…`: expected a number")
        );
        let value = "x".repeat(SHOWN);
        assert_eq!(shown(&value).to_string(), value);
        assert_eq!(shown("\u{202e}a\u{7}é").to_string(), "\\u{202e}a\\u{7}é");
        let error = IngestError::Format {
            file: PathBuf::from("f.json"),
            format: "JSON",
            reason: format!("\u{1b}{}", "x".repeat(EXPLAINED)),
        };
        let cut = "x".repeat(EXPLAINED - 1);
        assert_eq!(
            error.to_string(),
            format!("f.json: not readable as JSON: \\u{{1b}}{cut}…")
        );
    }

    #[test]
    fn a_shortened_refusal_is_shown_as_the_whole_one() {
        for letters in [79, 80, 81, 5_000] {
            let whole = Refusal {
                file: PathBuf::from("f.csv"),
                sheet: None,
                row: Some(2),
                column: Some("语".repeat(letters)),
                value: Some("\u{7}".repeat(letters)),
                expected: "é".repeat(letters),
            };
            let mut short = whole.clone();
            short.shorten();
            assert_eq!(short.to_string(), whole.to_string());
            let value = short.value.unwrap();
            assert!(value.len() <= SHOWN + 1 && short.expected.len() <= 2 * (EXPLAINED + 1));
        }
    }

    #[test]
    fn many_names_are_not_all_listed() {
        assert_eq!(listed(&["a", "b\u{1b}"]), "a, b\\u{1b}");
        let names: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
        let text = listed(&names);
        assert!(
            text.starts_with("0, 1, 2") && text.ends_with(", 39 and 99960 more"),
            "{text}"
        );
    }
}
