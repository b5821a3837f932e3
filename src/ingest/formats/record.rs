//! Records of a text table or of a JSON answer, cells by the name of their column.

use super::super::figures::{Figure, FigureKind, half_of_last_digit};
use super::super::parsed_file::{CellError, FigureColumn, ParsedFile, check};
use super::super::{IngestError, listed};
use super::container::decode;
use crate::trade::{Code, Measure, SeriesKey, Span};
use std::cell::Cell;
use std::collections::HashMap;
use std::io::{BufRead, Read};
use std::path::Path;

/// The names of the columns. The first of two columns of one name counts, as where the Census Bureau repeats a column that was
/// also a condition.
#[derive(Debug, Clone, Default)]
pub(super) struct Header {
    pub(super) names: Vec<String>,
    index: HashMap<String, usize>,
}

impl Header {
    pub(super) fn new(names: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<String> = names.into_iter().collect();
        let mut index = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            index.entry(name.to_ascii_lowercase()).or_insert(at);
        }
        Self { names, index }
    }

    /// Where a column is, whatever the case of its name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(&name.to_ascii_lowercase()).copied()
    }

    /// Where the first of several columns is.
    pub(super) fn any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.find(name))
    }

    /// Where the first of several columns is.
    ///
    /// # Errors
    /// The names that were looked for, and those that are there.
    pub(super) fn require(&self, names: &[&str]) -> Result<usize, CellError> {
        self.any(names).ok_or_else(|| CellError {
            column: names.first().copied().unwrap_or_default().to_owned(),
            value: None,
            expected: format!(
                "expected a column {}; the file has {}",
                names.join(" or "),
                listed(&self.names)
            ),
        })
    }
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) row: u64,
    pub(super) header: &'a Header,
    pub(super) cells: &'a [String],
}

impl<'a> Record<'a> {
    /// The cell of a column, without blanks around it; empty where there is none.
    pub(super) fn at(&self, column: usize) -> &'a str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }

    pub(super) fn opt(&self, column: Option<usize>) -> &'a str {
        column.map_or("", |column| self.at(column))
    }

    pub(super) fn wrong(&self, column: usize, expected: impl Into<String>) -> CellError {
        let name = self.header.names.get(column).map_or("", String::as_str);
        CellError::new(name, self.at(column), expected)
    }

    /// A finite number.
    pub(super) fn number(&self, column: usize) -> Result<f64, CellError> {
        let number = self
            .at(column)
            .parse::<f64>()
            .ok()
            .filter(|v| v.is_finite());
        number.ok_or_else(|| self.wrong(column, "expected a number"))
    }

    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// What a record comes to.
#[derive(Debug)]
pub(super) enum Found {
    /// A figure.
    Figure(Box<Draft>),
    /// Nothing that is not in other rows already, or no value of trade.
    LeftOut(&'static str),
}

/// A figure before its texts are shared.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) kind: FigureKind,
    pub(super) key: SeriesKey,
    pub(super) measure: Measure,
    pub(super) span: Span,
    pub(super) value: f64,
    pub(super) rounding: f64,
    pub(super) unit: String,
    pub(super) status: &'static str,
    pub(super) source: String,
}

impl Draft {
    /// A level; a month is an observation, a longer span a release. `text` is the number as delivered, in units of `scale`; empty
    /// for a gap.
    pub(super) fn level(key: SeriesKey, span: Span, value: f64, text: &str, scale: f64) -> Self {
        let kind = if span.len() == 1 {
            FigureKind::Observation
        } else {
            FigureKind::Release
        };
        Self {
            kind,
            unit: key.unit.to_string(),
            key,
            measure: Measure::Level,
            span,
            value: value * scale,
            rounding: rounding(text) * scale,
            status: "published",
            source: String::new(),
        }
    }
}

impl Draft {
    fn figure(&self) -> Figure<'_> {
        Figure {
            kind: self.kind,
            measure: self.measure,
            span: self.span,
            value: self.value,
            rounding: self.rounding,
            unit: &self.unit,
            status: self.status,
            released_on: None,
            source: &self.source,
        }
    }

    /// What would be wrong with it as a figure of its own.
    pub(super) fn check(&self) -> Result<(), (FigureColumn, String)> {
        check(&self.key, &self.figure())
    }
}

/// Half of the last digit of a number; programs write whole numbers with `.0` behind them, which says nothing.
pub(super) fn rounding(text: &str) -> f64 {
    half_of_last_digit(text.strip_suffix(".0").unwrap_or(text))
}

/// The product of a code; `TOTAL` for all goods.
pub(super) fn product(text: &str) -> Option<Code> {
    match text.to_ascii_uppercase().as_str() {
        "" | "TOTAL" | "ALL" | "_T" | "-" | "TOT" => Code::parse("TOTAL").ok(),
        other => Code::parse(other).ok(),
    }
}

/// Settles what a record came to; `period` and `value` are the columns that are wrong where the figure as a whole is.
pub(super) fn settle(
    reading: &mut ParsedFile,
    record: &Record<'_>,
    found: Result<Found, CellError>,
    period: usize,
    value: usize,
) -> Result<(), IngestError> {
    match found {
        Ok(Found::LeftOut(reason)) => {
            reading.leave_out(record.row, reason);
            Ok(())
        }
        Ok(Found::Figure(draft)) => {
            let names = &record.header.names;
            reading.name_period(names.get(period).map_or("period", String::as_str));
            let taken = take(reading, *draft, record.row);
            taken.or_else(|(part, expected)| {
                let column = if part == FigureColumn::Period {
                    period
                } else {
                    value
                };
                reading.refuse(record.row, record.wrong(column, expected))
            })
        }
        Err(wrong) => reading.refuse(record.row, wrong),
    }
}

/// Takes a draft.
pub(super) fn take(
    reading: &mut ParsedFile,
    draft: Draft,
    row: u64,
) -> Result<(), (FigureColumn, String)> {
    reading.take(&draft.key, &draft.figure(), row)
}

/// The separator of a header line.
pub(super) fn separator(header: &str) -> u8 {
    // `STRUCTURE[;]` names the separator within cells.
    let rest = header.split_once(']').map_or(header, |(_, rest)| rest);
    let count = |c: char| rest.matches(c).count();
    [('\t', b'\t'), (';', b';'), (',', b',')]
        .into_iter()
        .max_by_key(|(c, _)| count(*c))
        .map_or(b',', |(_, byte)| byte)
}

/// The longest record of a table, in bytes.
const RECORD: u64 = 1 << 20;

fn too_long() -> CellError {
    CellError {
        column: String::new(),
        value: None,
        expected: format!(
            "expected a record of at most {RECORD} bytes; is there a quotation mark that is never closed?"
        ),
    }
}

/// A text of which no more is lent than one record may have: the reader of records keeps one whole, however long.
struct Bounded<'a> {
    text: &'a mut dyn BufRead,
    read: u64,
    /// Where the record began that is being read; the largest number once it was too long.
    begun: &'a Cell<u64>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.read.saturating_sub(self.begun.get()) > RECORD {
            self.begun.set(u64::MAX);
            return Err(std::io::Error::other("a record that is too long"));
        }
        let count = self.text.read(buffer)?;
        self.read += count as u64;
        Ok(count)
    }
}

/// Reads a table of text with a header, record by record. `each` gets the header once before the first record.
///
/// # Errors
/// A refusal of a record with another number of cells than the header, and what `each` gives.
pub(super) fn table(
    text: &mut dyn BufRead,
    file: &Path,
    reading: &mut ParsedFile,
    each: &mut dyn FnMut(&mut ParsedFile, &Record<'_>) -> Result<(), IngestError>,
    head: &mut dyn FnMut(&mut ParsedFile, &Header) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let io = |source| IngestError::Io {
        file: file.to_owned(),
        source,
    };
    // The header line is read first, since it tells the separator.
    let mut first = Vec::new();
    let mut limited = Read::take(&mut *text, RECORD + 1);
    limited.read_until(b'\n', &mut first).map_err(io)?;
    if first.len() as u64 > RECORD {
        return Err(reading.refusal(1, too_long()).into());
    }
    let line = decode(first);
    let line = line.trim_start_matches('\u{feff}').trim_end();
    if line.is_empty() {
        return Err(reading.whole("expected a header line with the names of the columns"));
    }
    let delimiter = separator(line);
    let names = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(line.as_bytes())
        .records()
        .next()
        .and_then(Result::ok)
        .map(|record| {
            record
                .iter()
                .map(|name| name.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .unwrap_or_default();
    let header = Header::new(names);
    head(reading, &header)?;
    let begun = Cell::new(0);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(Bounded {
            text,
            read: 0,
            begun: &begun,
        });
    let mut bytes = csv::ByteRecord::new();
    let mut cells: Vec<String> = Vec::new();
    loop {
        let line = reader.position().line() + 1;
        begun.set(reader.position().byte());
        let more =
            reader
                .read_byte_record(&mut bytes)
                .map_err(|error| match error.into_kind() {
                    csv::ErrorKind::Io(_) if begun.get() == u64::MAX => {
                        reading.refusal(line, too_long()).into()
                    }
                    csv::ErrorKind::Io(source) => io(source),
                    other => IngestError::Format {
                        file: file.to_owned(),
                        format: "CSV",
                        reason: format!("{other:?}"),
                    },
                })?;
        if !more {
            return Ok(());
        }
        // The header is line 1.
        let row = bytes.position().map_or(0, csv::Position::line) + 1;
        cells.truncate(bytes.len());
        cells.resize(bytes.len(), String::new());
        for (cell, bytes) in cells.iter_mut().zip(bytes.iter()) {
            cell.clear();
            match std::str::from_utf8(bytes) {
                Ok(text) => cell.push_str(text),
                Err(_) => cell.push_str(&encoding_rs::WINDOWS_1252.decode(bytes).0),
            }
        }
        let record = Record {
            row,
            header: &header,
            cells: &cells,
        };
        if record.is_blank() {
            continue;
        }
        // A comma behind the last cell is harmless, a missing cell is not.
        let surplus = cells
            .iter()
            .skip(header.names.len())
            .any(|cell| !cell.is_empty());
        if cells.len() < header.names.len() || surplus {
            let expected = format!("expected {} cells, not {}", header.names.len(), cells.len());
            let wrong = CellError {
                column: String::new(),
                value: None,
                expected,
            };
            reading.refuse(row, wrong)?;
            continue;
        }
        each(reading, &record)?;
    }
}
