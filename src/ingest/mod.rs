//! Files in, tidy figures out. One file per format; every refusal names the file, the row and the column.
//!
//! Polars scans lazily and streams batches, so that a file larger than memory passes through; what is kept is a
//! [`runs::GridBuilder`]: the values themselves, each series in order. What a service or a person wrote is parsed here and in no other room: `feeds` puts answers down
//! to be read here, `store` reads its own table.

pub mod exog;
pub mod figures;
pub mod formats;
pub mod long;
mod parquet;
pub mod parsed_file;
pub mod quality;
pub mod rates;
pub mod runs;
pub mod scan;
pub mod tidy;
mod truncated_rows;

pub use figures::{Figure, FigureBatch, FigureKind};
pub use formats::Format;
pub use long::{LongColumns, LongLayout, LongPanel};
pub use parsed_file::{InvalidRows, ParsedFile};
pub use rates::ExchangeRates;
pub use runs::{GridBuilder, GridSeries, LONGEST_GAP, MonthGrid};
pub use tidy::{TidyFigures, files_below, read_folder};

use std::fmt;
use std::path::PathBuf;

/// Where something is wrong in a file, what was met there and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file.
    pub file: PathBuf,
    /// The row, counted as an editor does: the header is row 1. Rows of Parquet files are counted from 1.
    pub row: Option<u64>,
    /// The column by its name in the file.
    pub column: Option<String>,
    /// The value as met.
    pub value: Option<String>,
    /// What was expected instead.
    pub expected: String,
}

/// The most letters of a value or a name of a column that a refusal shows.
const SHOWN: usize = 80;
/// The most letters of what was expected, which may list what a file has.
const EXPLAINED: usize = 2000;

/// A text from a file as people may see it: cut, and without characters that would steer a terminal.
struct Shown<'a>(&'a str, usize);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        let mut letters = self.0.chars();
        for letter in letters.by_ref().take(self.1) {
            // Controls, and the marks that turn the direction of what follows.
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

/// A value or a name from a file as people may see it: at most 80 letters, controls escaped.
pub fn shown(text: &str) -> impl fmt::Display {
    Shown(text, SHOWN)
}

/// What was expected or found, in words that may hold names and values of a file, as people may see it: at most 2000 letters, controls
/// escaped.
pub fn explained(text: &str) -> impl fmt::Display {
    Shown(text, EXPLAINED)
}

/// The names that a file has, in words; of many only the first.
pub(crate) fn listed<T: AsRef<str>>(names: &[T]) -> String {
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

impl Refusal {
    /// Drops what is never shown of its texts: a letter more stays, which tells that there was more.
    fn shorten(&mut self) {
        let shorten = |text: &mut String, most: usize| {
            if let Some((end, _)) = text.char_indices().nth(most + 1) {
                text.truncate(end);
                text.shrink_to_fit();
            }
        };
        for text in [&mut self.column, &mut self.value].into_iter().flatten() {
            shorten(text, SHOWN);
        }
        shorten(&mut self.expected, EXPLAINED);
    }
}

impl fmt::Display for Refusal {
    /// A value is cut after 80 letters, and control characters are escaped: a cell may hold megabytes, or what steers a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(&self.file.to_string_lossy(), usize::MAX))?;
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

/// Why a file could not be taken in. Nothing of a refused file is kept.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Something in the file is wrong.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The file could not be opened or read.
    #[error("cannot read {}", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Polars could not make sense of the file.
    #[error("{}: not readable as {format}: {}", file.display(), explained(reason))]
    Format {
        /// The file.
        file: PathBuf,
        /// The format that was tried.
        format: &'static str,
        /// Polars' own words.
        reason: String,
    },
}

impl From<Refusal> for IngestError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_values_cut_and_escaped() {
        let refusal = Refusal {
            file: PathBuf::from("f.csv"),
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
