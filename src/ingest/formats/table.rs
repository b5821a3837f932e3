//! Text tables with a header line, read record by record.

use super::record::{TableHeader, TableRecord};
use crate::ingest::container::Container;
use crate::ingest::notation::{NumberMarks, is_ambiguous, marks_of, number_text};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::sheet::SheetCells;
use crate::ingest::source::{FileSource, SourceText, TablePlace, windows_1252};
use std::cell::Cell;
use std::io::{BufRead, Read};
use std::path::Path;

/// The longest record of a table, in bytes.
const LONGEST_RECORD: u64 = 1 << 20;

/// A table of text cells whose header has been read, whatever its container.
pub(super) struct TextTable<'a> {
    /// The columns.
    pub(super) header: TableHeader,
    /// The rows above the header.
    #[allow(dead_code, reason = "formats with titles read them")]
    pub(super) titles: Vec<Vec<String>>,
    header_row: u64,
    /// The columns before the first, which are left out.
    before: usize,
    name: &'a Path,
    /// How its numbers are written.
    marks: NumberMarks,
    records: TableRecords<'a>,
}

/// The records of a table below its header.
enum TableRecords<'a> {
    Text(Box<csv::Reader<RecordLimit<'a>>>),
    Sheet(&'a SheetCells, usize),
}

/// Call `read` with the table of `source` whose header is at `place`.
///
/// # Errors
/// The errors of `read`; a source that cannot be read; a place without a header.
pub(super) fn with_text_table(
    source: &mut FileSource<'_>,
    place: TablePlace,
    parsed: &mut ParsedFile,
    read: impl Fn(TextTable<'_>, &mut ParsedFile) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let name = source.name();
    let is_book = matches!(source.container(), Container::Excel | Container::Parquet);
    let is_text = !is_book && !source.head().starts_with('<');
    if is_text {
        let marks = parsed
            .marks()
            .or(marks_in(source.head(), source.delimiter()));
        return source.with_text(&mut |text| {
            let table = TextTable::open(text, place, marks, parsed)?;
            read(table, parsed)
        });
    }
    let sheet = source.sheets()?.get(place.sheet);
    let sheet = sheet.ok_or_else(|| parsed.refuse_file(HEADER))?;
    parsed.set_sheet(sheet.name.as_deref());
    let names = sheet
        .rows
        .get(place.row)
        .ok_or_else(|| parsed.refuse_file(HEADER))?;
    let table = TextTable {
        header: header_of(names, place.column),
        titles: sheet.rows[..place.row].to_vec(),
        header_row: sheet.number_of(place.row),
        before: place.column,
        name,
        // The numbers of a workbook are numbers, not texts.
        marks: NumberMarks::default().separated_by(b','),
        records: TableRecords::Sheet(sheet, place.row + 1),
    };
    read(table, parsed)
}

/// Return the header of a row of names, from column `first` on.
fn header_of(names: &[String], first: usize) -> TableHeader {
    let names = names.iter().skip(first);
    TableHeader::new(names.map(|name| name.trim().to_owned()))
}

const HEADER: &str = "expected a header line with the names of the columns";

impl<'a> TextTable<'a> {
    /// Read the rows down to the header at `place`.
    ///
    /// # Errors
    /// A refusal of a text that has none; [`IngestError::Io`].
    fn open(
        text: SourceText<'a>,
        place: TablePlace,
        marks: NumberMarks,
        parsed: &ParsedFile,
    ) -> Result<Self, IngestError> {
        let name = text.name;
        let marks = marks.separated_by(text.delimiter);
        let reader = csv::ReaderBuilder::new()
            .delimiter(text.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(RecordLimit {
                text: text.reader,
                read: 0,
                start: Cell::new(0),
            });
        let mut records = TableRecords::Text(Box::new(reader));
        let (mut titles, mut cells) = (Vec::new(), Vec::new());
        loop {
            let Some(row) = records.next(name, parsed, &mut cells)? else {
                return Err(parsed.refuse_file(HEADER));
            };
            if let Some(first) = cells.first_mut().filter(|_| titles.is_empty()) {
                *first = first.trim_start_matches('\u{feff}').to_owned();
            }
            let trimmed: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            if titles.len() == place.records_above {
                return Ok(Self {
                    header: header_of(&trimmed, place.column),
                    titles,
                    header_row: row,
                    before: place.column,
                    name,
                    marks,
                    records,
                });
            }
            titles.push(trimmed);
        }
    }

    /// Find the columns of a format by the header.
    ///
    /// # Errors
    /// The refusal of the header's row where `find` misses a column.
    pub(super) fn columns<T>(
        &self,
        parsed: &ParsedFile,
        find: impl FnOnce(&TableHeader) -> Result<T, CellError>,
    ) -> Result<T, IngestError> {
        find(&self.header).map_err(|error| parsed.refusal(self.header_row, error).into())
    }

    /// Call `each` with every record that is not blank. The header repeated and notes below the
    /// table are left out with their reason; a record with another number of cells than the header
    /// is refused.
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
            before,
            marks,
            mut records,
            ..
        } = self;
        let fills = matches!(records, TableRecords::Sheet(..));
        let mut cells: Vec<String> = Vec::new();
        while let Some(row) = records.next(name, parsed, &mut cells)? {
            let record = TableRecord {
                row,
                header: &header,
                cells: cells.get(before..).unwrap_or_default(),
            };
            if record.is_blank() {
                continue;
            }
            let numbers = match marks.has_points() {
                true => Ok(None),
                false => with_points(&record, marks),
            };
            let cells = match numbers {
                Ok(cells) => cells,
                Err(error) => {
                    parsed.refuse(row, error)?;
                    continue;
                }
            };
            let record = TableRecord {
                cells: cells.as_deref().unwrap_or(record.cells),
                ..record
            };
            if record.repeats_header() {
                parsed.exclude(row, "the header, repeated");
            } else if record.is_note() {
                parsed.exclude(row, "notes beside the table");
            } else if fills {
                // A workbook states no empty cells at the end of a row.
                each(parsed, &record)?;
            } else {
                match cell_count(&record) {
                    Ok(()) => each(parsed, &record)?,
                    Err(error) => parsed.refuse(row, error)?,
                }
            }
        }
        Ok(())
    }
}

/// Whether a text consists of digits and the marks of a number.
fn is_written_number(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-');
    text.contains(['.', ',']) && text.bytes().all(is_part)
}

/// Return the marks that the numbers of a text with semicolons have, as far as its beginning shows
/// them: those that can be read in one way settle the others.
fn marks_in(head: &str, delimiter: u8) -> NumberMarks {
    if delimiter != b';' {
        return NumberMarks::default();
    }
    // `2024.05` is a month.
    let is_month = |cell: &str| {
        let parts = cell.split_once('.');
        let parts = parts.map(|(year, month)| (year.parse::<u16>(), month.parse::<u8>()));
        matches!(parts, Some((Ok(1900..=2099), Ok(1..=12))))
    };
    // The last line may be cut within a number.
    let whole = head.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let cells = whole.split([';', '\n', '\r']);
    let cells = cells.map(|cell| cell.trim().trim_matches('"'));
    let numbers = cells.filter(|cell| {
        let is_read = || number_text(cell, NumberMarks::default()).is_ok();
        is_written_number(cell) && !is_month(cell) && is_read()
    });
    marks_of(numbers).unwrap_or_default()
}

/// Return the cells of a record, its numbers with decimal points and without separators of
/// thousands; `None` where they are written so.
///
/// # Errors
/// A number that can be read in two ways.
fn with_points(
    record: &TableRecord<'_>,
    marks: NumberMarks,
) -> Result<Option<Vec<String>>, CellError> {
    let mut written: Option<Vec<String>> = None;
    for column in 0..record.cells.len() {
        let text = record.at(column);
        if !is_written_number(text) {
            continue;
        }
        match number_text(text, marks) {
            Ok(number) if number != text => {
                let cells = written.get_or_insert_with(|| record.cells.to_vec());
                cells[column] = number.into_owned();
            }
            Err(expected) if is_ambiguous(text, marks) => {
                return Err(record.error(column, expected));
            }
            _ => {}
        }
    }
    Ok(written)
}

impl TableRecords<'_> {
    /// Read the cells of the next record; return the number of its row, `None` at the end.
    fn next(
        &mut self,
        name: &Path,
        parsed: &ParsedFile,
        cells: &mut Vec<String>,
    ) -> Result<Option<u64>, IngestError> {
        let records = match self {
            Self::Text(records) => records,
            Self::Sheet(sheet, at) => {
                let Some(row) = sheet.rows.get(*at) else {
                    return Ok(None);
                };
                cells.clone_from(row);
                *at += 1;
                return Ok(Some(sheet.number_of(*at - 1)));
            }
        };
        let line = records.position().line();
        let byte = records.position().byte();
        records.get_ref().start.set(byte);
        let mut bytes = csv::ByteRecord::new();
        let more =
            records
                .read_byte_record(&mut bytes)
                .map_err(|error| match error.into_kind() {
                    csv::ErrorKind::Io(_) if records.get_ref().start.get() == TOO_LONG => {
                        parsed.refusal(line, too_long()).into()
                    }
                    csv::ErrorKind::Io(source) => IngestError::io(name, source),
                    other => IngestError::format(name, "CSV", format!("{other:?}")),
                })?;
        decode(&bytes, cells);
        Ok(more.then(|| bytes.position().map_or(0, csv::Position::line)))
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
    // A delimiter behind the last name names no column.
    let mut names = record.header.names.iter();
    let width = names
        .rposition(|name| !name.is_empty())
        .map_or(0, |last| last + 1);
    let found = record.cells.len();
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
    start: Cell<u64>,
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
