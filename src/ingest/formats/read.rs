//! Reads a file, or bytes, of any known format.

use super::format::Format;
use super::long_figures::LongFigures;
use super::recognise::recognise;
use super::{census, china, comext, comtrade, sdmx};
use crate::ingest::container::Input;
use crate::ingest::invalid_rows::{InvalidRows, check_row_count};
use crate::ingest::long::{self, LongColumns};
use crate::ingest::parsed_file::ParsedFile;
use crate::ingest::refusal::IngestError;
use crate::ingest::source::{FileSource, NamedFile};
use crate::ingest::tidy;
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Read a file of any known format, or of `format` where one is named.
///
/// # Errors
/// A refusal with file, row, column, value and what was expected; with [`InvalidRows::Report`] only
/// where the file as a whole is wrong.
pub fn read(
    file: &Path,
    format: Option<Format>,
    invalid_rows: InvalidRows,
) -> Result<(Format, ParsedFile), IngestError> {
    read_as(file, file, format, invalid_rows)
}

/// Read a file as [`read`] does; errors call it `name`.
///
/// # Errors
/// As [`read`].
pub fn read_as(
    file: &Path,
    name: &Path,
    format: Option<Format>,
    invalid_rows: InvalidRows,
) -> Result<(Format, ParsedFile), IngestError> {
    let opened = File::open(file).map_err(|source| IngestError::io(name, source))?;
    let mut input = BufReader::new(opened);
    read_source(&mut input, name, Some(file), format, invalid_rows)
}

/// Read bytes as [`read`] reads a file; errors call them `name`.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(
    name: &Path,
    bytes: &[u8],
    format: Option<Format>,
    invalid_rows: InvalidRows,
) -> Result<(Format, ParsedFile), IngestError> {
    read_source(&mut Cursor::new(bytes), name, None, format, invalid_rows)
}

fn read_source(
    input: &mut dyn Input,
    name: &Path,
    path: Option<&Path>,
    format: Option<Format>,
    invalid_rows: InvalidRows,
) -> Result<(Format, ParsedFile), IngestError> {
    let mut source = FileSource::open(input, name, path)?;
    let format = match format {
        Some(format) => format,
        None => recognise(&mut source)?,
    };
    let mut parsed = ParsedFile::new(name, invalid_rows);
    let out = &mut parsed;
    match format {
        Format::Tidy => source.with_file(|file| read_tidy(file, invalid_rows, out))?,
        Format::Long => source.with_file(|file| read_long(file, invalid_rows, out))?,
        Format::SdmxCsv => source.with_text(&mut |text| sdmx::csv::read(text, out))?,
        Format::SdmxMl => source.with_text(&mut |text| sdmx::ml::read(text, out))?,
        Format::SdmxJson => source.with_text(&mut |text| sdmx::json::read(text, out))?,
        Format::ComtradeCsv => source.with_text(&mut |text| comtrade::read_csv(text, out))?,
        Format::ComtradeJson => source.with_text(&mut |text| comtrade::read_json(text, out))?,
        Format::Comext => source.with_text(&mut |text| comext::read(text, out))?,
        Format::Census => source.with_text(&mut |text| census::read(text, out))?,
        Format::ChinaCustoms => china::read(&mut source, out)?,
    }
    Ok((format, parsed.finish()?))
}

fn read_tidy(
    file: NamedFile<'_>,
    invalid_rows: InvalidRows,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    check_row_count(file, invalid_rows)?;
    let empty = ParsedFile::new(file.name, invalid_rows);
    let shared = Arc::new(Mutex::new(std::mem::replace(parsed, empty)));
    let sink = Arc::clone(&shared);
    tidy::stream(file, invalid_rows, move |figures, refusals| {
        let mut parsed = lock(&sink);
        parsed.figures.append(figures);
        refusals
            .into_iter()
            .for_each(|refusal| parsed.list(refusal));
        Ok(())
    })?;
    std::mem::swap(parsed, &mut *lock(&shared));
    Ok(())
}

fn read_long(
    file: NamedFile<'_>,
    invalid_rows: InvalidRows,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    check_row_count(file, invalid_rows)?;
    let empty = ParsedFile::new(file.name, invalid_rows);
    let shared = Arc::new(Mutex::new(std::mem::replace(parsed, empty)));
    let sink = Arc::clone(&shared);
    let mut rows = LongFigures::default();
    long::stream(file, &LongColumns::default(), move |row| {
        rows.add(row, &mut lock(&sink))
    })?;
    std::mem::swap(parsed, &mut *lock(&shared));
    Ok(())
}

fn lock(parsed: &Mutex<ParsedFile>) -> MutexGuard<'_, ParsedFile> {
    parsed.lock().unwrap_or_else(PoisonError::into_inner)
}
