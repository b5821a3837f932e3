//! Containers: gzip and 7z, unpacked as they are read and bounded in size, and the signs of others.

use super::refusal::{IngestError, Refusal};
use flate2::read::MultiGzDecoder;
use sevenz_rust2::{ArchiveEntry, ArchiveReader, Password};
use std::cell::Cell;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use zip::ZipArchive;

/// The memory that a decoder of 7z may use, in bytes.
const DECODER_MEMORY: usize = 512 << 20;
/// The most bytes that any container may hold, unpacked.
const LARGEST_UNPACKED: u64 = 4 << 30;
/// The bytes that a container may hold whatever its own size.
const UNPACKED_AT_LEAST: u64 = 64 << 20;
/// The ratio of unpacked to packed size that is allowed beyond that; trade tables pack to a tenth.
const UNPACKED_TIMES: u64 = 200;

/// Content that can be read more than once.
pub(super) trait Input: Read + Seek {}
impl<T: Read + Seek> Input for T {}

/// The container of a file, recognised by its first bytes and never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// None: the file is the content.
    Plain,
    Gzip,
    SevenZip,
    /// A Parquet file.
    Parquet,
    /// A workbook, xls or xlsx.
    Excel,
    /// A zip archive of other files.
    Zip,
}

impl Container {
    /// Recognise the container of `input`, which errors call `name`.
    ///
    /// # Errors
    /// [`IngestError::Io`] where the content cannot be read.
    pub(super) fn of(input: &mut dyn Input, name: &Path) -> Result<Self, IngestError> {
        let io = |source| IngestError::io(name, source);
        input.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut head = Vec::with_capacity(8);
        Read::take(&mut *input, 8)
            .read_to_end(&mut head)
            .map_err(io)?;
        input.seek(SeekFrom::Start(0)).map_err(io)?;
        Ok(match head.as_slice() {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::SevenZip,
            [b'P', b'A', b'R', b'1', ..] => Self::Parquet,
            [b'P', b'K', 3, 4, ..] => of_zip(input, name)?,
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Self::Excel,
            _ => Self::Plain,
        })
    }
}

/// Return whether a zip archive is a workbook or holds other files. One whose directory cannot be
/// read is left to the reader of workbooks, which says why.
fn of_zip(input: &mut dyn Input, name: &Path) -> Result<Container, IngestError> {
    let is_workbook = match ZipArchive::new(&mut *input) {
        Ok(archive) => archive.file_names().flatten().any(|name| {
            let name = name.to_ascii_lowercase();
            name == "[content_types].xml" || name.starts_with("xl/")
        }),
        Err(_) => true,
    };
    let start = input.seek(SeekFrom::Start(0));
    start.map_err(|source| IngestError::io(name, source))?;
    Ok(if is_workbook {
        Container::Excel
    } else {
        Container::Zip
    })
}

/// The part of the content that a reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The beginning; whether the rest is undamaged is not checked.
    Head,
    /// All of it; check sums are compared.
    Whole,
}

/// Reads unpacked content.
pub(super) type ContentReader<'a, T> =
    &'a mut dyn FnMut(&mut dyn BufRead) -> Result<T, IngestError>;

/// Call `read` with the content of `input`, unpacked as it is read. Of a 7z archive that is its one
/// file.
///
/// # Errors
/// The errors of `read`; a refusal of a container that holds far more than its size;
/// [`IngestError::Format`] for an archive that is damaged or holds another number of files.
pub(super) fn with_content<T>(
    input: &mut dyn Input,
    container: Container,
    name: &Path,
    extent: Extent,
    read: ContentReader<'_, T>,
) -> Result<T, IngestError> {
    let io = |source| IngestError::io(name, source);
    let packed = input.seek(SeekFrom::End(0)).map_err(io)?;
    input.seek(SeekFrom::Start(0)).map_err(io)?;
    let most = most_unpacked(packed);
    let left = Cell::new(Some(most));
    let done = match container {
        Container::Gzip => read(&mut limited(&mut MultiGzDecoder::new(input), &left)),
        Container::SevenZip => of_archive(input, name, extent, &left, read),
        Container::Plain | Container::Parquet | Container::Excel | Container::Zip => {
            read(&mut BufReader::with_capacity(1 << 16, input))
        }
    };
    // The limit is the cause, whatever the reader reported of content that was cut.
    if left.get().is_none() {
        let expected = format!("expected at most {most} bytes unpacked, since it has {packed}");
        return Err(Refusal::of_file(name, expected).into());
    }
    done
}

/// Return the most bytes that a container of `packed` bytes may hold, unpacked.
pub(super) fn most_unpacked(packed: u64) -> u64 {
    let most = packed.saturating_mul(UNPACKED_TIMES);
    most.saturating_add(UNPACKED_AT_LEAST).min(LARGEST_UNPACKED)
}

/// Unpacked content up to a limit, since a small file can unpack to any size.
struct UnpackedLimit<'a> {
    unpacked: &'a mut dyn Read,
    /// The bytes that may still come; none once there were more.
    left: &'a Cell<Option<u64>>,
}

fn limited<'a>(
    unpacked: &'a mut dyn Read,
    left: &'a Cell<Option<u64>>,
) -> BufReader<UnpackedLimit<'a>> {
    BufReader::with_capacity(1 << 16, UnpackedLimit { unpacked, left })
}

impl Read for UnpackedLimit<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.unpacked.read(buffer)?;
        let left = self
            .left
            .get()
            .and_then(|left| left.checked_sub(count as u64));
        self.left.set(left);
        left.map(|_| count)
            .ok_or_else(|| std::io::Error::other("the container holds too much"))
    }
}

fn of_archive<T>(
    input: &mut dyn Input,
    name: &Path,
    extent: Extent,
    left: &Cell<Option<u64>>,
    read: ContentReader<'_, T>,
) -> Result<T, IngestError> {
    let broken = |reason: String| IngestError::format(name, "7z", reason);
    let mut archive =
        ArchiveReader::new_with_memory_limit(input, Password::empty(), DECODER_MEMORY)
            .map_err(|error| broken(error.to_string()))?;
    let files = archive.archive().files.iter();
    let count = files.filter(|entry| !entry.is_directory()).count();
    if count != 1 {
        return Err(broken(format!("expected one file within, not {count}")));
    }
    let mut done = None;
    let walked = archive.for_each_entries(&mut |entry: &ArchiveEntry, bytes: &mut dyn Read| {
        if entry.is_directory() {
            return Ok(true);
        }
        done = Some(read(&mut limited(bytes, left)));
        if extent == Extent::Whole {
            // The archive compares its check sum when all was read.
            std::io::copy(&mut limited(bytes, left), &mut std::io::sink())?;
        }
        Ok(extent == Extent::Whole)
    });
    match (done, walked) {
        (Some(Err(error)), _) => Err(error),
        (_, Err(error)) => Err(broken(error.to_string())),
        (Some(done), Ok(_)) => done,
        (None, Ok(_)) => Err(broken("expected one file within, not 0".to_owned())),
    }
}
