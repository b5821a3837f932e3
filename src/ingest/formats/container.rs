//! What a file is wrapped in: plain text, gzip or 7z. The bytes tell, not the name.

use super::super::{IngestError, Refusal};
use flate2::read::MultiGzDecoder;
use sevenz_rust2::{ArchiveReader, Password};
use std::cell::Cell;
use std::io::{BufRead, BufReader, Read as _, Seek, SeekFrom};
use std::path::Path;

/// How many bytes a decoder of 7z may ask for.
const DECODER_MEMORY: usize = 512 << 20;
/// The largest document, in bytes, of a format that is read as a whole; in memory it is several times that.
pub(crate) const LARGEST_DOCUMENT: u64 = 128 << 20;
/// The most bytes that any container may hold.
const LARGEST_UNPACKED: u64 = 4 << 30;
/// How many bytes a container may hold whatever its own size.
const UNPACKED_AT_LEAST: u64 = 64 << 20;
/// How many times its own size a container may hold beyond that; tables of trade pack to a tenth.
const UNPACKED_TIMES: u64 = 200;

/// Bytes that can be read twice.
pub(super) trait Input: std::io::Read + Seek {}
impl<T: std::io::Read + Seek> Input for T {}

/// The first bytes of a file tell what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    Plain,
    Gzip,
    SevenZip,
    Parquet,
    Excel,
}

pub(super) fn wrapping(input: &mut dyn Input, file: &Path) -> Result<Wrapping, IngestError> {
    let io = |source| IngestError::Io {
        file: file.to_owned(),
        source,
    };
    input.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut head = Vec::with_capacity(8);
    input.take(8).read_to_end(&mut head).map_err(io)?;
    input.seek(SeekFrom::Start(0)).map_err(io)?;
    Ok(match head.as_slice() {
        [0x1f, 0x8b, ..] => Wrapping::Gzip,
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Wrapping::SevenZip,
        [b'P', b'A', b'R', b'1', ..] => Wrapping::Parquet,
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => Wrapping::Excel,
        _ => Wrapping::Plain,
    })
}

/// What is done with the text of a file.
type Read<'a, T> = &'a mut dyn FnMut(&mut dyn BufRead) -> Result<T, IngestError>;

/// Lends the text within `input` to `read`, unwrapped as it is read. Of a 7z archive that is its one file.
///
/// # Errors
/// What `read` gives; [`IngestError::Format`] where the archive is broken or holds another number of files.
pub(super) fn with_text<T>(
    input: &mut dyn Input,
    file: &Path,
    read: Read<'_, T>,
) -> Result<T, IngestError> {
    lend(input, file, read, true)
}

/// As [`with_text`], but only the beginning is read: whether the rest is whole is not known.
pub(super) fn with_head<T>(
    input: &mut dyn Input,
    file: &Path,
    read: Read<'_, T>,
) -> Result<T, IngestError> {
    lend(input, file, read, false)
}

fn lend<T>(
    input: &mut dyn Input,
    file: &Path,
    read: Read<'_, T>,
    whole: bool,
) -> Result<T, IngestError> {
    let wrapping = wrapping(input, file)?;
    if !matches!(wrapping, Wrapping::Gzip | Wrapping::SevenZip) {
        return read(&mut BufReader::with_capacity(1 << 16, input));
    }
    let packed = input.seek(SeekFrom::End(0)).and_then(|size| {
        input.seek(SeekFrom::Start(0))?;
        Ok(size)
    });
    let packed = packed.map_err(|source| IngestError::Io {
        file: file.to_owned(),
        source,
    })?;
    let left = Cell::new(Some(most_unpacked(packed)));
    let lent = match wrapping {
        Wrapping::SevenZip => unpack(input, file, read, whole, &left),
        _ => read(&mut bounded(&mut MultiGzDecoder::new(input), &left)),
    };
    // Whatever the reader made of being cut short.
    if left.get().is_none() {
        let most = most_unpacked(packed);
        return Err(IngestError::from(Refusal {
            file: file.to_owned(),
            row: None,
            column: None,
            value: None,
            expected: format!("expected at most {most} bytes unpacked, since it has {packed}"),
        }));
    }
    lent
}

fn most_unpacked(packed: u64) -> u64 {
    let most = packed.saturating_mul(UNPACKED_TIMES);
    most.saturating_add(UNPACKED_AT_LEAST).min(LARGEST_UNPACKED)
}

/// What is unpacked, up to a bound: a small file can hold any number of blanks.
struct Bounded<'a> {
    unpacked: &'a mut dyn std::io::Read,
    /// How many more bytes there may be; none once there were more.
    left: &'a Cell<Option<u64>>,
}

fn bounded<'a>(
    unpacked: &'a mut dyn std::io::Read,
    left: &'a Cell<Option<u64>>,
) -> BufReader<Bounded<'a>> {
    BufReader::with_capacity(1 << 16, Bounded { unpacked, left })
}

impl std::io::Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.unpacked.read(buffer)?;
        let left = self
            .left
            .get()
            .and_then(|left| left.checked_sub(count as u64));
        self.left.set(left);
        left.map(|_| count)
            .ok_or_else(|| std::io::Error::other("too much is within"))
    }
}

fn unpack<T>(
    input: &mut dyn Input,
    file: &Path,
    read: Read<'_, T>,
    whole: bool,
    left: &Cell<Option<u64>>,
) -> Result<T, IngestError> {
    let broken = |reason: String| IngestError::Format {
        file: file.to_owned(),
        format: "7z",
        reason,
    };
    let mut archive =
        ArchiveReader::new_with_memory_limit(input, Password::empty(), DECODER_MEMORY)
            .map_err(|error| broken(error.to_string()))?;
    let files = archive.archive().files.iter();
    let count = files.filter(|entry| !entry.is_directory()).count();
    if count != 1 {
        return Err(broken(format!("expected one file within, not {count}")));
    }
    let mut done = None;
    let walked = archive.for_each_entries(
        &mut |entry: &sevenz_rust2::ArchiveEntry, bytes: &mut dyn std::io::Read| {
            if entry.is_directory() {
                return Ok(true);
            }
            done = Some(read(&mut bounded(bytes, left)));
            if whole {
                // The archive's own check sum is compared when all was read.
                std::io::copy(&mut bounded(bytes, left), &mut std::io::sink())?;
            }
            Ok(whole)
        },
    );
    match (done, walked) {
        (Some(Err(error)), _) => Err(error),
        (_, Err(error)) => Err(broken(error.to_string())),
        (Some(done), Ok(_)) => done,
        (None, Ok(_)) => Err(broken("expected one file within, not 0".to_owned())),
    }
}

/// A whole document as text. A byte order mark tells UTF-16; what is no UTF-8 is taken as Windows-1252, as older services send it:
/// only descriptions are not ASCII there.
pub(super) fn whole(text: &mut dyn BufRead, file: &Path) -> Result<String, IngestError> {
    let mut bytes = Vec::new();
    text.take(LARGEST_DOCUMENT + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| IngestError::Io {
            file: file.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > LARGEST_DOCUMENT {
        return Err(IngestError::Format {
            file: file.to_owned(),
            format: "document",
            reason: format!(
                "expected at most {LARGEST_DOCUMENT} bytes: ask for fewer years at once"
            ),
        });
    }
    Ok(decode(bytes))
}

pub(super) fn decode(bytes: Vec<u8>) -> String {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(&bytes) {
        return encoding.decode(&bytes).0.into_owned();
    }
    String::from_utf8(bytes).unwrap_or_else(|error| {
        encoding_rs::WINDOWS_1252
            .decode(error.as_bytes())
            .0
            .into_owned()
    })
}
