//! A source of figures: the name that errors show for it, and the container, encoding and delimiter
//! of its content, each recognised once.
//!
//! An upload lies in a temporary file and the content of an archive in a copy. Errors are built
//! with the name that the user knows, from the start.

use super::container::{Container, Extent, Input, with_content};
use super::parquet_table::sheet_of_parquet;
use super::refusal::{IngestError, Refusal};
use super::sheet::{
    SheetCells, WorkbookFault, begins_records, column_name, delimiter_of, expected_size, page_rows,
    sheet_of_records, sheet_of_text, sheets_of_workbook,
};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{BufRead, BufReader, Read, SeekFrom};
use std::path::Path;
use tempfile::NamedTempFile;

/// The largest document of a format that is read as a whole, in bytes; in memory it takes several
/// times as much.
pub(crate) const LARGEST_DOCUMENT: u64 = 128 << 20;
/// The bytes at the beginning of a text, or at the end of a Parquet file, that show its format: a
/// row of monthly columns may take ten thousand.
const HEAD: u64 = 1 << 18;
/// The largest workbook, in bytes.
const LARGEST_BOOK: u64 = 64 << 20;
/// The largest web page, in bytes.
const LARGEST_PAGE: u64 = 16 << 20;
/// The rows of a sheet that show its format.
const FIRST_ROWS: usize = 60;

/// A file on disk and the name that errors show for it.
#[derive(Debug, Clone, Copy)]
pub struct NamedFile<'a> {
    /// The path of the file.
    pub path: &'a Path,
    /// The name that the user knows it by.
    pub name: &'a Path,
    /// What separates the cells of a text.
    pub delimiter: u8,
    /// The number of rows that stand above the header in the file that the user knows.
    pub rows_above: u64,
}

impl<'a> NamedFile<'a> {
    /// Return a file with commas that errors call by its own path.
    pub fn at(path: &'a Path) -> Self {
        Self {
            path,
            name: path,
            delimiter: b',',
            rows_above: 0,
        }
    }
}

/// The content of one file, or bytes in memory, with what its beginning shows about it.
pub(super) struct FileSource<'a> {
    name: &'a Path,
    path: Option<&'a Path>,
    input: &'a mut dyn Input,
    container: Container,
    /// The encoding of a text that must be decoded; none where its bytes are read as they are.
    encoding: Option<&'static Encoding>,
    head: String,
    delimiter: u8,
    /// Whether lines end with nothing but a carriage return.
    has_returns: bool,
    sheets: Option<Vec<SheetCells>>,
}

impl<'a> FileSource<'a> {
    /// Recognise container, encoding and delimiter of `input`. Errors call it `name`; `path` is
    /// where it lies on disk, if it does.
    ///
    /// # Errors
    /// Content that cannot be read or unpacked.
    pub(super) fn open(
        input: &'a mut dyn Input,
        name: &'a Path,
        path: Option<&'a Path>,
    ) -> Result<Self, IngestError> {
        let container = Container::of(input, name)?;
        let bytes = match container {
            Container::Plain | Container::Gzip | Container::SevenZip => {
                with_content(input, container, name, Extent::Head, &mut |text| {
                    let mut head = Vec::new();
                    text.take(HEAD)
                        .read_to_end(&mut head)
                        .map_err(|source| IngestError::io(name, source))?;
                    Ok(head)
                })?
            }
            Container::Parquet | Container::Excel | Container::Zip => Vec::new(),
        };
        if bytes.starts_with(b"PAR1") {
            let reason = "it is a Parquet file, packed again: unpack it first";
            return Err(IngestError::format(name, "table", reason));
        }
        let is_whole = (bytes.len() as u64) < HEAD;
        let encoding = encoding_of(&bytes);
        let mut head = match encoding {
            Some(encoding) => encoding.decode(&whole_characters(bytes)).0.into_owned(),
            None => utf8_or_windows_1252(whole_characters(bytes)),
        };
        let has_returns = head.contains('\r') && !head.contains('\n');
        if has_returns {
            head = head.replace('\r', "\n");
        }
        if !is_whole && let Some(end) = head.rfind('\n') {
            head.truncate(end + 1);
        }
        Ok(Self {
            name,
            path,
            input,
            container,
            encoding,
            delimiter: delimiter_of(head.trim_start_matches('\u{feff}')),
            head,
            has_returns,
            sheets: None,
        })
    }

    /// Return the name that errors show.
    pub(super) fn name(&self) -> &'a Path {
        self.name
    }

    /// Return the container.
    pub(super) fn container(&self) -> Container {
        self.container
    }

    /// Return the beginning of a text, without byte order mark and blanks before it; nothing of a
    /// Parquet file, a workbook or an archive.
    pub(super) fn head(&self) -> &str {
        self.head.trim_start_matches('\u{feff}').trim_start()
    }

    /// Return what separates the cells of a text table; a comma for any other content.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Return the first rows of every sheet: those that show a format.
    ///
    /// # Errors
    /// As [`Self::sheets`].
    pub(super) fn first_rows(&mut self) -> Result<Vec<SheetCells>, IngestError> {
        let is_book = matches!(self.container, Container::Excel | Container::Parquet);
        if !is_book && !self.head().starts_with('<') && !self.has_records() {
            let head = self.head.trim_start_matches('\u{feff}');
            return Ok(vec![sheet_of_text(head, self.delimiter)]);
        }
        let first = |sheet: &SheetCells| SheetCells {
            name: sheet.name.clone(),
            is_hidden: sheet.is_hidden,
            is_1904: sheet.is_1904,
            statements: sheet.statements.clone(),
            rows: sheet.rows.iter().take(FIRST_ROWS).cloned().collect(),
            ..SheetCells::default()
        };
        Ok(self.sheets()?.iter().map(first).collect())
    }

    /// Whether the text begins as a JSON list of records.
    pub(super) fn has_records(&self) -> bool {
        let is_text = !matches!(self.container, Container::Excel | Container::Parquet);
        is_text && begins_records(self.head())
    }

    /// Return all sheets of a workbook, or the one of a Parquet file, a web page or a text. They
    /// are read once.
    ///
    /// # Errors
    /// A workbook that is damaged or beyond the limits; a page or text that is too large.
    pub(super) fn sheets(&mut self) -> Result<&[SheetCells], IngestError> {
        if self.sheets.is_none() {
            self.sheets = Some(self.read_sheets()?);
        }
        Ok(self.sheets.as_deref().unwrap_or_default())
    }

    fn read_sheets(&mut self) -> Result<Vec<SheetCells>, IngestError> {
        let (name, delimiter) = (self.name, self.delimiter);
        if self.container == Container::Parquet {
            let sheet = self.with_file(TablePlace::default(), |file| {
                let broken = |reason| IngestError::format(name, "Parquet", reason);
                sheet_of_parquet(file.path).map_err(broken)
            })?;
            return Ok(vec![sheet]);
        }
        if self.container != Container::Excel {
            let text = self.with_text(&mut |text| text.document())?;
            if !self.head().starts_with('<') {
                let text = text.trim_start_matches('\u{feff}');
                let records = self.has_records().then(|| sheet_of_records(text));
                if let Some(sheet) = records.flatten() {
                    return Ok(vec![sheet]);
                }
                return Ok(vec![sheet_of_text(text, delimiter)]);
            }
            if text.len() as u64 > LARGEST_PAGE {
                let reason = format!("expected at most {LARGEST_PAGE} bytes");
                return Err(IngestError::format(name, "HTML", reason));
            }
            let rows =
                page_rows(&text).map_err(|reason| IngestError::format(name, "HTML", reason))?;
            return Ok(vec![SheetCells {
                rows,
                ..SheetCells::default()
            }]);
        }
        let broken = |reason: String| IngestError::format(name, "Excel", reason);
        let bytes = self.bytes(LARGEST_BOOK)?;
        if bytes.len() as u64 > LARGEST_BOOK {
            return Err(broken(format!("expected at most {LARGEST_BOOK} bytes")));
        }
        sheets_of_workbook(bytes).map_err(|fault| match fault {
            WorkbookFault::Broken(reason) => broken(reason),
            WorkbookFault::Beyond { row, column } => Refusal {
                row: Some(u64::from(row) + 1),
                column: Some(column_name(column as usize)),
                ..Refusal::of_file(name, expected_size())
            }
            .into(),
        })
    }

    /// Return the last 256 KiB, where a Parquet file names its columns.
    ///
    /// # Errors
    /// [`IngestError::Io`].
    pub(super) fn foot(&mut self) -> Result<Vec<u8>, IngestError> {
        let io = |source| IngestError::io(self.name, source);
        let length = self.input.seek(SeekFrom::End(0)).map_err(io)?;
        let start = SeekFrom::Start(length.saturating_sub(HEAD));
        self.input.seek(start).map_err(io)?;
        let mut foot = Vec::new();
        Read::take(&mut *self.input, HEAD)
            .read_to_end(&mut foot)
            .map_err(io)?;
        Ok(foot)
    }

    /// Return the bytes as they lie in the file, at most `most` of them and one more where there
    /// are more.
    ///
    /// # Errors
    /// [`IngestError::Io`].
    pub(super) fn bytes(&mut self, most: u64) -> Result<Vec<u8>, IngestError> {
        let io = |source| IngestError::io(self.name, source);
        self.input.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut bytes = Vec::new();
        Read::take(&mut *self.input, most + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        Ok(bytes)
    }

    /// Call `read` with the text, unpacked and decoded as it is read.
    ///
    /// # Errors
    /// The errors of `read`, and those of a container that is damaged or holds too much.
    pub(super) fn with_text<T>(
        &mut self,
        read: &mut dyn FnMut(SourceText<'_>) -> Result<T, IngestError>,
    ) -> Result<T, IngestError> {
        let (name, delimiter, has_returns) = (self.name, self.delimiter, self.has_returns);
        let encoding = self.encoding.or(has_returns.then_some(UTF_8));
        with_content(
            self.input,
            self.container,
            name,
            Extent::Whole,
            &mut |reader| {
                let Some(encoding) = encoding else {
                    return read(SourceText {
                        name,
                        delimiter,
                        reader,
                    });
                };
                let decoded = DecodedReader::new(reader, encoding, has_returns);
                read(SourceText {
                    name,
                    delimiter,
                    reader: &mut BufReader::with_capacity(1 << 16, decoded),
                })
            },
        )
    }

    /// Call `read` with a file of which Polars reads the table whose header is in row `place`: the
    /// file on disk where it is a plain UTF-8 text or Parquet and its name says which, else a copy.
    ///
    /// # Errors
    /// The errors of `read`, and those of a container or a copy that cannot be read or written.
    pub(super) fn with_file<T>(
        &mut self,
        place: TablePlace,
        read: impl FnOnce(NamedFile<'_>) -> Result<T, IngestError>,
    ) -> Result<T, IngestError> {
        let (name, delimiter) = (self.name, self.delimiter);
        let parquet = self.container == Container::Parquet;
        let is_text = self.encoding.is_none() && !self.has_returns;
        let is_first = place.records_above == 0 && !self.head().starts_with('<');
        let fits = |path: &&Path| {
            let plain = matches!(self.container, Container::Plain | Container::Parquet);
            plain && is_text && is_first && is_named_parquet(path) == parquet
        };
        if let Some(path) = self.path.filter(fits) {
            return read(NamedFile {
                path,
                name,
                delimiter,
                rows_above: 0,
            });
        }
        if self.container == Container::Zip {
            let expected = "expected a table, not an archive of files: unpack it first";
            return Err(Refusal::of_file(name, expected).into());
        }
        let copy = tempfile::Builder::new()
            .suffix(if parquet { ".parquet" } else { ".csv" })
            .tempfile()
            .map_err(|source| IngestError::io(name, source))?;
        let as_is = self.container != Container::Excel && is_first;
        if as_is {
            self.copy_bytes(&copy)?;
        } else {
            self.copy_rows(place, &copy)?;
        }
        read(NamedFile {
            path: copy.path(),
            name,
            delimiter: if as_is { delimiter } else { b',' },
            rows_above: if as_is { 0 } else { place.row as u64 },
        })
    }

    fn copy_bytes(&mut self, copy: &NamedTempFile) -> Result<(), IngestError> {
        let name = self.name;
        self.with_text(&mut |text| {
            let copied = std::io::copy(text.reader, &mut copy.as_file());
            copied
                .map(drop)
                .map_err(|source| IngestError::io(name, source))
        })
    }

    /// Write the rows of a sheet from its header on, each row of a workbook filled up to the width
    /// of the header, as a workbook states no empty cells.
    fn copy_rows(&mut self, place: TablePlace, copy: &NamedTempFile) -> Result<(), IngestError> {
        let name = self.name;
        let fills = self.container == Container::Excel;
        let sheets = self.sheets()?;
        let rows = sheets.get(place.sheet).map_or(&[][..], |sheet| &sheet.rows);
        let rows = rows.get(place.row..).unwrap_or_default();
        let width = rows.first().map_or(0, Vec::len);
        let failed = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(source) => IngestError::io(name, source),
            other => IngestError::format(name, "CSV", format!("{other:?}")),
        };
        let mut out = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(copy.as_file());
        for row in rows {
            let missing = if fills || row.is_empty() {
                width.saturating_sub(row.len())
            } else {
                0
            };
            let cells = row.iter().map(String::as_str);
            let cells = cells.chain(std::iter::repeat_n("", missing));
            // Cells of a workbook behind the last column are notes at the side.
            let most = if fills { width } else { usize::MAX };
            out.write_record(cells.take(most)).map_err(failed)?;
        }
        out.flush().map_err(|source| IngestError::io(name, source))
    }
}

/// The place of a table: its sheet and the row of its header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TablePlace {
    /// The index of the sheet.
    pub(super) sheet: usize,
    /// The index of the row.
    pub(super) row: usize,
    /// The first column; those before it have no name.
    pub(super) column: usize,
    /// The number of rows above that are not blank.
    pub(super) records_above: usize,
}

impl TablePlace {
    /// Return the place of a row of a sheet.
    pub(super) fn of(sheets: &[SheetCells], sheet: usize, row: usize) -> Self {
        let rows = sheets.get(sheet).map_or(&[][..], |sheet| &sheet.rows);
        let above = rows.iter().take(row).filter(|row| !row.is_empty());
        Self {
            sheet,
            row,
            column: 0,
            records_above: above.count(),
        }
    }
}

/// Call `read` with the table at `path` that has the columns `names`, or with a copy of its content
/// where it is packed, is no UTF-8 text, or has other rows above its header.
///
/// # Errors
/// The errors of `read`, and a file that cannot be opened, unpacked or copied.
pub(super) fn with_table<T>(
    path: &Path,
    names: &[&str],
    read: impl FnOnce(NamedFile<'_>) -> Result<T, IngestError>,
) -> Result<T, IngestError> {
    let io = |source| IngestError::io(path, source);
    // A pipe must not be opened twice.
    if !std::fs::metadata(path).map_err(io)?.is_file() {
        return read(NamedFile::at(path));
    }
    let mut input = std::fs::File::open(path).map_err(io)?;
    let mut source = FileSource::open(&mut input, path, Some(path))?;
    let place = match source.container() {
        Container::Parquet | Container::Zip => TablePlace::default(),
        _ => place_of(&source.first_rows()?, names),
    };
    source.with_file(place, read)
}

/// Return the place of the first row that has all of `names`; the first row where none has.
fn place_of(sheets: &[SheetCells], names: &[&str]) -> TablePlace {
    for (at, sheet) in sheets.iter().enumerate() {
        let has = |row: &Vec<String>, name: &str| {
            row.iter()
                .any(|cell| cell.trim().eq_ignore_ascii_case(name))
        };
        let all = |row: &Vec<String>| names.iter().all(|name| has(row, name));
        if let Some(row) = sheet.rows.iter().position(all) {
            return TablePlace::of(sheets, at, row);
        }
    }
    let filled = |sheet: &SheetCells| sheet.rows.iter().any(|row| !row.is_empty());
    let sheet = sheets.iter().position(filled).unwrap_or(0);
    let rows = sheets.get(sheet).map_or(&[][..], |sheet| &sheet.rows);
    let row = rows.iter().position(|row| !row.is_empty()).unwrap_or(0);
    TablePlace::of(sheets, sheet, row)
}

/// Whether a file is Parquet by its name.
pub(super) fn is_named_parquet(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|e| e.eq_ignore_ascii_case("parquet") || e.eq_ignore_ascii_case("pq"))
}

/// The text of a source, unpacked as it is read.
pub(super) struct SourceText<'a> {
    /// The name that errors show.
    pub(super) name: &'a Path,
    /// The delimiter, should the text be a table.
    pub(super) delimiter: u8,
    /// UTF-8, or bytes of an encoding that the beginning did not show.
    pub(super) reader: &'a mut dyn BufRead,
}

impl SourceText<'_> {
    /// Read a whole document.
    ///
    /// # Errors
    /// [`IngestError::Io`], and a document of more than [`LARGEST_DOCUMENT`] bytes.
    pub(super) fn document(self) -> Result<String, IngestError> {
        let mut bytes = Vec::new();
        self.reader
            .take(LARGEST_DOCUMENT + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| IngestError::io(self.name, source))?;
        if bytes.len() as u64 > LARGEST_DOCUMENT {
            let reason =
                format!("expected at most {LARGEST_DOCUMENT} bytes: ask for fewer years at once");
            return Err(IngestError::format(self.name, "document", reason));
        }
        Ok(utf8_or_windows_1252(bytes))
    }
}

/// Return bytes without the part of a UTF-8 character at their end, where they were cut.
fn whole_characters(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    bytes
}

/// Return the encoding that a text must be decoded from, by its beginning: that of its byte order
/// mark, UTF-16 without one, what the words of China's customs show, else the most likely one.
/// `None` for UTF-8 and ASCII.
fn encoding_of(head: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding).filter(|encoding| *encoding != UTF_8);
    }
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    if head.len() >= 4 && zeros(1) > head.len() / 4 {
        return Some(UTF_16LE);
    }
    if head.len() >= 4 && zeros(0) > head.len() / 4 {
        return Some(UTF_16BE);
    }
    match std::str::from_utf8(head) {
        Ok(_) => None,
        Err(error) if error.error_len().is_none() => None,
        Err(_) => Some(chinese(head).unwrap_or_else(|| likely(head))),
    }
}

/// Return the most likely encoding of a text that is not UTF-8.
fn likely(head: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Return GB18030, which contains GBK, for the beginning of a text that says so or that has words
/// of China's customs in it. In Windows-1252 these words are rows of accented letters.
fn chinese(head: &[u8]) -> Option<&'static Encoding> {
    const WORDS: [&str; 4] = ["贸易伙伴", "总值表", "数据年月", "国别"];
    let has = |word: &[u8]| head.windows(word.len()).any(|bytes| bytes == word);
    let stated = [b"charset=gb".as_slice(), b"charset=\"gb"];
    let found = stated.into_iter().any(has) || WORDS.iter().any(|word| has(&GBK.encode(word).0));
    found.then_some(GB18030)
}

/// Decode bytes that are UTF-8 or, where they are not valid, Windows-1252, as older services send
/// it: only descriptions are not ASCII there.
fn utf8_or_windows_1252(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| windows_1252(error.as_bytes()))
}

/// Decode Windows-1252, in which every byte is a character.
pub(super) fn windows_1252(bytes: &[u8]) -> String {
    WINDOWS_1252.decode(bytes).0.into_owned()
}

/// UTF-8 decoded as it is read.
struct DecodedReader<'a> {
    bytes: &'a mut dyn BufRead,
    decoder: Decoder,
    /// Whether carriage returns become line feeds.
    has_returns: bool,
    text: Vec<u8>,
    read: usize,
    ended: bool,
}

impl<'a> DecodedReader<'a> {
    fn new(bytes: &'a mut dyn BufRead, encoding: &'static Encoding, has_returns: bool) -> Self {
        Self {
            bytes,
            decoder: encoding.new_decoder(),
            has_returns,
            text: Vec::new(),
            read: 0,
            ended: false,
        }
    }
}

impl Read for DecodedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.read == self.text.len() && !self.ended {
            let chunk = self.bytes.fill_buf()?;
            self.ended = chunk.is_empty();
            let most = self.decoder.max_utf8_buffer_length(chunk.len());
            let most = most.ok_or_else(|| std::io::Error::other("a chunk that is too long"))?;
            self.text.resize(most, 0);
            let (_, taken, written, _) =
                self.decoder
                    .decode_to_utf8(chunk, &mut self.text, self.ended);
            self.bytes.consume(taken);
            self.text.truncate(written);
            if self.has_returns {
                let returns = self.text.iter_mut().filter(|byte| **byte == b'\r');
                returns.for_each(|byte| *byte = b'\n');
            }
            self.read = 0;
        }
        let count = buffer.len().min(self.text.len() - self.read);
        buffer[..count].copy_from_slice(&self.text[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}
