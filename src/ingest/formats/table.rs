//! Text tables with a header line, read record by record.

use super::record::{TableHeader, TableRecord};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::{SourceText, windows_1252};
use std::cell::Cell;
use std::io::{BufRead, Read};
use std::path::Path;

/// The longest record of a table, in bytes.
const LONGEST_RECORD: u64 = 1 << 20;

/// A text table whose header line has been read.
pub(super) struct TextTable<'a> {
    /// The columns.
    pub(super) header: TableHeader,
    name: &'a Path,
    delimiter: u8,
    reader: &'a mut dyn BufRead,
}

impl<'a> TextTable<'a> {
    /// Read the header line.
    ///
    /// # Errors
    /// A refusal of a text that has none; [`IngestError::Io`].
    pub(super) fn open(text: SourceText<'a>, parsed: &ParsedFile) -> Result<Self, IngestError> {
        let mut first = Vec::new();
        let mut limited = Read::take(&mut *text.reader, LONGEST_RECORD + 1);
        limited
            .read_until(b'\n', &mut first)
            .map_err(|source| IngestError::io(text.name, source))?;
        if first.len() as u64 > LONGEST_RECORD {
            return Err(parsed.refusal(1, too_long()).into());
        }
        let line = text.decode(first);
        let line = line.trim_start_matches('\u{feff}').trim_end();
        if line.is_empty() {
            return Err(parsed.refuse_file("expected a header line with the names of the columns"));
        }
        Ok(Self {
            header: TableHeader::of_line(line, text.delimiter).unwrap_or_default(),
            name: text.name,
            delimiter: text.delimiter,
            reader: text.reader,
        })
    }

    /// Find the columns of a format by the header.
    ///
    /// # Errors
    /// The refusal of row 1 where `find` misses a column.
    pub(super) fn columns<T>(
        &self,
        parsed: &ParsedFile,
        find: impl FnOnce(&TableHeader) -> Result<T, CellError>,
    ) -> Result<T, IngestError> {
        find(&self.header).map_err(|error| parsed.refusal(1, error).into())
    }

    /// Call `each` with every record that is not blank; a record with another number of cells than
    /// the header is refused.
    ///
    /// # Errors
    /// The errors of `each` and of refusals, [`IngestError::Io`].
    pub(super) fn for_each(
        self,
        parsed: &mut ParsedFile,
        each: &mut dyn FnMut(&mut ParsedFile, &TableRecord<'_>) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let Self {
            header,
            name,
            delimiter,
            reader,
        } = self;
        let start = Cell::new(0);
        let mut records = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(RecordLimit {
                text: reader,
                read: 0,
                start: &start,
            });
        let mut bytes = csv::ByteRecord::new();
        let mut cells: Vec<String> = Vec::new();
        loop {
            let line = records.position().line() + 1;
            start.set(records.position().byte());
            let more =
                records
                    .read_byte_record(&mut bytes)
                    .map_err(|error| match error.into_kind() {
                        csv::ErrorKind::Io(_) if start.get() == TOO_LONG => {
                            parsed.refusal(line, too_long()).into()
                        }
                        csv::ErrorKind::Io(source) => IngestError::io(name, source),
                        other => IngestError::format(name, "CSV", format!("{other:?}")),
                    })?;
            if !more {
                return Ok(());
            }
            // The header is line 1.
            let row = bytes.position().map_or(0, csv::Position::line) + 1;
            decode(&bytes, &mut cells);
            let record = TableRecord {
                row,
                header: &header,
                cells: &cells,
            };
            if record.is_blank() {
                continue;
            }
            match cell_count(&record) {
                Ok(()) => each(parsed, &record)?,
                Err(error) => parsed.refuse(row, error)?,
            }
        }
    }
}

/// Decode the cells of a record, reusing the memory of the record before.
fn decode(bytes: &csv::ByteRecord, cells: &mut Vec<String>) {
    cells.truncate(bytes.len());
    cells.resize(bytes.len(), String::new());
    for (cell, bytes) in cells.iter_mut().zip(bytes.iter()) {
        cell.clear();
        match std::str::from_utf8(bytes) {
            Ok(text) => cell.push_str(text),
            Err(_) => cell.push_str(&windows_1252(bytes)),
        }
    }
}

/// Check the number of cells. A delimiter behind the last cell is harmless, a missing cell is not.
fn cell_count(record: &TableRecord<'_>) -> Result<(), CellError> {
    let (width, found) = (record.header.names.len(), record.cells.len());
    let surplus = record.cells.iter().skip(width).any(|cell| !cell.is_empty());
    if found >= width && !surplus {
        return Ok(());
    }
    Err(CellError {
        column: String::new(),
        value: None,
        expected: format!("expected {width} cells, not {found}"),
    })
}

fn too_long() -> CellError {
    CellError {
        column: String::new(),
        value: None,
        expected: format!(
            "expected a record of at most {LONGEST_RECORD} bytes; is there a quotation mark that \
             is never closed?"
        ),
    }
}

/// The start of a record that was too long.
const TOO_LONG: u64 = u64::MAX;

/// A text that ends with an error within a record that is too long, since the CSV reader keeps a
/// record whole in memory.
struct RecordLimit<'a> {
    text: &'a mut dyn BufRead,
    read: u64,
    /// The byte at which the record that is being read starts, or [`TOO_LONG`].
    start: &'a Cell<u64>,
}

impl Read for RecordLimit<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.read.saturating_sub(self.start.get()) > LONGEST_RECORD {
            self.start.set(TOO_LONG);
            return Err(std::io::Error::other("a record that is too long"));
        }
        let count = self.text.read(buffer)?;
        self.read += count as u64;
        Ok(count)
    }
}
