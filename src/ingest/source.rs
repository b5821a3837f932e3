//! A source of figures: the name that errors show for it, and the container, encoding and delimiter
//! of its content, each recognised once.
//!
//! An upload lies in a temporary file and the content of an archive in a copy. Errors are built
//! with the name that the user knows, from the start.

use super::container::{Container, Extent, Input, with_content};
use super::refusal::IngestError;
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, WINDOWS_1252};
use std::io::{BufRead, Read, SeekFrom, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// The largest document of a format that is read as a whole, in bytes; in memory it takes several
/// times as much.
pub(crate) const LARGEST_DOCUMENT: u64 = 128 << 20;
/// The bytes at the beginning of a text, or at the end of a Parquet file, that show its format.
const HEAD: u64 = 1 << 16;

/// A file on disk and the name that errors show for it.
#[derive(Debug, Clone, Copy)]
pub struct NamedFile<'a> {
    /// The path of the file.
    pub path: &'a Path,
    /// The name that the user knows it by.
    pub name: &'a Path,
}

impl<'a> NamedFile<'a> {
    /// Return a file that errors call by its own path.
    pub fn at(path: &'a Path) -> Self {
        Self { path, name: path }
    }
}

/// The content of one file, or bytes in memory, with what its beginning shows about it.
pub(super) struct FileSource<'a> {
    name: &'a Path,
    path: Option<&'a Path>,
    input: &'a mut dyn Input,
    container: Container,
    encoding: Option<&'static Encoding>,
    head: String,
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
            Container::Parquet | Container::Excel => Vec::new(),
        };
        let marked = Encoding::for_bom(&bytes).map(|(encoding, _)| encoding);
        let bytes = whole_characters(bytes);
        let encoding = marked.or_else(|| chinese(&bytes));
        Ok(Self {
            name,
            path,
            input,
            container,
            encoding,
            head: decode(encoding, bytes),
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

    /// Return the first 64 KiB of a text, without byte order mark and blanks before it; nothing of
    /// a Parquet file or a workbook.
    pub(super) fn head(&self) -> &str {
        self.head.trim_start_matches('\u{feff}').trim_start()
    }

    /// Return the delimiter of a text table, by its header line.
    pub(super) fn delimiter(&self) -> u8 {
        let mut lines = self.head.trim_start_matches('\u{feff}').lines();
        delimiter_of(
            lines
                .find(|line| !line.trim().is_empty())
                .unwrap_or_default(),
        )
    }

    /// Return the last 64 KiB, where a Parquet file names its columns.
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

    /// Call `read` with the text, unpacked as it is read.
    ///
    /// # Errors
    /// The errors of `read`, and those of a container that is damaged or holds too much.
    pub(super) fn with_text<T>(
        &mut self,
        read: &mut dyn FnMut(SourceText<'_>) -> Result<T, IngestError>,
    ) -> Result<T, IngestError> {
        let (name, encoding, delimiter) = (self.name, self.encoding, self.delimiter());
        with_content(
            self.input,
            self.container,
            name,
            Extent::Whole,
            &mut |reader| {
                read(SourceText {
                    name,
                    delimiter,
                    encoding,
                    reader,
                })
            },
        )
    }

    /// Call `read` with the file on disk where the ending of its name fits its content, else with a
    /// copy of the unpacked content: readers of columns accept only files, and distinguish CSV from
    /// Parquet by the name.
    ///
    /// # Errors
    /// The errors of `read`, and those of a container or a copy that cannot be read or written.
    pub(super) fn with_file<T>(
        &mut self,
        read: impl FnOnce(NamedFile<'_>) -> Result<T, IngestError>,
    ) -> Result<T, IngestError> {
        let name = self.name;
        let parquet = self.container == Container::Parquet;
        let fits = |path: &&Path| {
            let plain = matches!(self.container, Container::Plain | Container::Parquet);
            let utf8 = self.encoding.is_none_or(|encoding| encoding == UTF_8);
            plain && utf8 && is_named_parquet(path) == parquet
        };
        if let Some(path) = self.path.filter(fits) {
            return read(NamedFile { path, name });
        }
        let copy = self.copy(if parquet { ".parquet" } else { ".csv" })?;
        read(NamedFile {
            path: copy.path(),
            name,
        })
    }

    fn copy(&mut self, suffix: &str) -> Result<NamedTempFile, IngestError> {
        let name = self.name;
        let io = |source| IngestError::io(name, source);
        let mut copy = tempfile::Builder::new()
            .suffix(suffix)
            .tempfile()
            .map_err(io)?;
        self.with_text(&mut |text| {
            if text.encoding.is_none_or(|encoding| encoding == UTF_8) {
                std::io::copy(text.reader, copy.as_file_mut()).map_err(io)?;
            } else {
                let text = text.document()?;
                copy.as_file_mut().write_all(text.as_bytes()).map_err(io)?;
            }
            copy.as_file_mut().flush().map_err(io)
        })?;
        Ok(copy)
    }
}

/// Call `read` with the table at `path`, or with a copy of its content where it is packed or is no
/// UTF-8 text.
///
/// # Errors
/// The errors of `read`, and a file that cannot be opened, unpacked or copied.
pub(super) fn with_table<T>(
    path: &Path,
    read: impl FnOnce(NamedFile<'_>) -> Result<T, IngestError>,
) -> Result<T, IngestError> {
    let io = |source| IngestError::io(path, source);
    // A pipe must not be opened twice.
    if !std::fs::metadata(path).map_err(io)?.is_file() {
        return read(NamedFile::at(path));
    }
    let mut input = std::fs::File::open(path).map_err(io)?;
    let mut source = FileSource::open(&mut input, path, Some(path))?;
    match source.container() {
        Container::Excel => read(NamedFile::at(path)),
        _ => source.with_file(read),
    }
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
    encoding: Option<&'static Encoding>,
    /// The bytes, not decoded.
    pub(super) reader: &'a mut dyn BufRead,
}

impl SourceText<'_> {
    /// Decode bytes that were read of the text.
    pub(super) fn decode(&self, bytes: Vec<u8>) -> String {
        decode(self.encoding, bytes)
    }

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
        Ok(decode(self.encoding, bytes))
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

/// Return GB18030, which contains GBK, for the beginning of a text that says so or that has words
/// of China's customs in it. In Windows-1252 these words are rows of accented letters.
fn chinese(head: &[u8]) -> Option<&'static Encoding> {
    const WORDS: [&str; 4] = ["贸易伙伴", "总值表", "数据年月", "国别"];
    if std::str::from_utf8(head).is_ok() {
        return None;
    }
    let has = |word: &[u8]| head.windows(word.len()).any(|bytes| bytes == word);
    let stated = [b"charset=gb".as_slice(), b"charset=\"gb"];
    let found = stated.into_iter().any(has) || WORDS.iter().any(|word| has(&GBK.encode(word).0));
    found.then_some(GB18030)
}

/// Decode bytes in the encoding of the byte order mark. Without one they are UTF-8 or, where they
/// are not valid, Windows-1252, as older services send it: only descriptions are not ASCII there.
fn decode(encoding: Option<&'static Encoding>, bytes: Vec<u8>) -> String {
    match encoding {
        Some(encoding) => encoding.decode(&bytes).0.into_owned(),
        None => String::from_utf8(bytes).unwrap_or_else(|error| windows_1252(error.as_bytes())),
    }
}

/// Decode Windows-1252, in which every byte is a character.
pub(super) fn windows_1252(bytes: &[u8]) -> String {
    WINDOWS_1252.decode(bytes).0.into_owned()
}

/// Return the delimiter of a header line: tab, semicolon or comma.
fn delimiter_of(header: &str) -> u8 {
    // `STRUCTURE[;]` names the separator within cells.
    let rest = header.split_once(']').map_or(header, |(_, rest)| rest);
    let count = |c: char| rest.matches(c).count();
    [('\t', b'\t'), (';', b';'), (',', b',')]
        .into_iter()
        .max_by_key(|(c, _)| count(*c))
        .map_or(b',', |(_, byte)| byte)
}
