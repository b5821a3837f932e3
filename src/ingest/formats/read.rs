//! Reads a file, or bytes, of any known format.

use super::format::Format;
use super::long_figures::LongFigures;
use super::recognise::recognise;
use super::table::with_text_table;
use super::{census, china, comext, comtrade, mapped, publishers, sdmx};
use crate::ingest::archive::for_each_member;
use crate::ingest::container::{Container, Extent, Input, with_content};
use crate::ingest::figures::FigureBatch;
use crate::ingest::invalid_rows::{InvalidRows, check_row_count};
use crate::ingest::long::{self, LongColumns};
use crate::ingest::mapping::Mapping;
use crate::ingest::parsed_file::ParsedFile;
use crate::ingest::read_options::ReadOptions;
use crate::ingest::refusal::{IngestError, Refusal};
use crate::ingest::sheet::SheetCells;
use crate::ingest::source::{FileSource, LARGEST_DOCUMENT, NamedFile, TablePlace};
use crate::ingest::tidy::{self, TidyPart};
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
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
    let options = ReadOptions {
        format,
        invalid_rows,
        ..ReadOptions::default()
    };
    read_with(file, name, &options)
}

/// Read a file as [`read`] does, with all options; errors call it `name`.
///
/// # Errors
/// As [`read`]; a file that states another part of a key than the caller.
pub fn read_with(
    file: &Path,
    name: &Path,
    options: &ReadOptions,
) -> Result<(Format, ParsedFile), IngestError> {
    let opened = File::open(file).map_err(|source| IngestError::io(name, source))?;
    let mut input = BufReader::new(opened);
    read_source(&mut input, name, Some(file), options)
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
    let options = ReadOptions {
        format,
        invalid_rows,
        ..ReadOptions::default()
    };
    read_bytes_with(name, bytes, &options)
}

/// Read bytes as [`read_with`] reads a file; errors call them `name`.
///
/// # Errors
/// As [`read_with`].
pub fn read_bytes_with(
    name: &Path,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<(Format, ParsedFile), IngestError> {
    read_source(&mut Cursor::new(bytes), name, None, options)
}

/// Call `sink` with the figures of a file of any known format: of a tidy file batch by batch, so
/// that it need not fit in memory, else at once.
///
/// # Errors
/// As [`read`], and the error that `sink` returns.
pub(in crate::ingest) fn for_each_batch(
    file: &Path,
    mut sink: impl FnMut(&FigureBatch) -> Result<(), IngestError> + Send + 'static,
) -> Result<(), IngestError> {
    let io = |source| IngestError::io(file, source);
    if !std::fs::metadata(file).map_err(io)?.is_file() {
        let sink = move |part: TidyPart| sink(&part.figures);
        return tidy::stream(NamedFile::at(file), &ReadOptions::default(), sink);
    }
    let mut input = BufReader::new(File::open(file).map_err(io)?);
    let mut source = FileSource::open(&mut input, file, Some(file))?;
    if source.container() != Container::Zip {
        let found = recognise(&mut source, None, None)?;
        if let (Format::Tidy, [place]) = (found.format, &found.places[..]) {
            let sink = move |part: TidyPart| sink(&part.figures);
            return source.with_file(*place, |file| {
                tidy::stream(file, &ReadOptions::default(), sink)
            });
        }
    }
    let (_, parsed) = read(file, None, InvalidRows::Refuse)?;
    sink(&parsed.figures)
}

fn read_source(
    input: &mut dyn Input,
    name: &Path,
    path: Option<&Path>,
    options: &ReadOptions,
) -> Result<(Format, ParsedFile), IngestError> {
    if let Some(bytes) = packed_workbook(input, name)? {
        return read_source(&mut Cursor::new(bytes), name, None, options);
    }
    let mut source = FileSource::open(input, name, path)?;
    let (format, parsed) = if source.container() == Container::Zip {
        read_archive(input, name, options)?
    } else {
        read_content(&mut source, options)?
    };
    let parsed = parsed.finish()?;
    if let Some((part, stated, found)) = options.mapping.stated.contradiction(&parsed.figures) {
        let expected = format!("expected the {part} {stated}, as stated; the file has {found}");
        return Err(parsed.refuse_file(expected));
    }
    Ok((format, parsed))
}

/// Return the bytes of a workbook that is packed with gzip; `None` for any other file.
fn packed_workbook(input: &mut dyn Input, name: &Path) -> Result<Option<Vec<u8>>, IngestError> {
    if Container::of(input, name)? != Container::Gzip {
        return Ok(None);
    }
    with_content(input, Container::Gzip, name, Extent::Whole, &mut |text| {
        let io = |source| IngestError::io(name, source);
        let head = text.fill_buf().map_err(io)?;
        if !head.starts_with(b"PK\x03\x04") && !head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        text.take(LARGEST_DOCUMENT)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        Ok(Some(bytes))
    })
}

/// Read the files of an archive, all of one format. Files of no known format, such as
/// descriptions of the columns, are left out where another is read.
fn read_archive(
    input: &mut dyn Input,
    name: &Path,
    options: &ReadOptions,
) -> Result<(Format, ParsedFile), IngestError> {
    let mut all = parsed_file(name, options);
    let mut format = None;
    let mut unknown = None;
    for_each_member(input, name, |member| {
        let mut file = File::open(member.path).map_err(|e| IngestError::io(member.name, e))?;
        let mut source = FileSource::open(&mut file, member.name, Some(member.path))?;
        if source.container() == Container::Zip {
            let expected = "expected files within, not another archive";
            return Err(Refusal::of_file(member.name, expected).into());
        }
        // Whether a format is known, not whether its rows are right.
        let known = match options.format {
            Some(_) => Ok(()),
            None if options.mapping != Mapping::default() => {
                match mapped::has_table(&mut source, &options.mapping) {
                    Ok(true) => Ok(()),
                    Ok(false) | Err(_) => recognise(&mut source, None, None).map(drop),
                }
            }
            None => recognise(&mut source, None, None).map(drop),
        };
        if let Err(error) = known {
            all.exclude(1, "files of the archive that are no known table");
            unknown.get_or_insert(error);
            return Ok(());
        }
        let (found, parsed) = read_content(&mut source, options)?;
        format.get_or_insert(found);
        all.append(parsed)
    })?;
    match (format, unknown) {
        (Some(format), _) => Ok((format, all)),
        (None, Some(error)) => Err(error),
        (None, None) => Err(all.refuse_file("expected a file within")),
    }
}

fn parsed_file(name: &Path, options: &ReadOptions) -> ParsedFile {
    let mut parsed = ParsedFile::new(name, options.invalid_rows);
    parsed.state(&options.mapping.stated, options.mapping.notation.marks);
    parsed
}

fn read_content(
    source: &mut FileSource<'_>,
    options: &ReadOptions,
) -> Result<(Format, ParsedFile), IngestError> {
    let mut parsed = parsed_file(source.name(), options);
    let mapping = &options.mapping;
    let wanted = mapping.sheet.as_deref();
    let is_mapped =
        options.format == Some(Format::Mapped) || options.format.is_none() && mapping.is_table();
    let found = match is_mapped {
        true => None,
        false => match recognise(source, options.format, wanted) {
            Ok(found) => Some(found),
            // What the caller states may be all that a table lacks.
            Err(_) if mapping != &Mapping::default() && is_table(source) => None,
            Err(error) => return Err(error),
        },
    };
    let Some(found) = found else {
        mapped::read(source, mapping, &mut parsed)?;
        return Ok((Format::Mapped, parsed));
    };
    check_cells(found.format, mapping, &parsed)?;
    for place in found.places {
        read_place(source, found.format, place, options, &mut parsed)?;
    }
    Ok((found.format, parsed))
}

/// Refuse words for gaps and nil where a format has its own.
fn check_cells(format: Format, mapping: &Mapping, parsed: &ParsedFile) -> Result<(), IngestError> {
    let given = [("--gap", &mapping.gaps), ("--nil", &mapping.nil)];
    let given = given.into_iter().find(|(_, texts)| !texts.is_empty());
    let Some((option, _)) = given.filter(|_| format != Format::Mapped) else {
        return Ok(());
    };
    Err(parsed.refuse_file(format!(
        "expected no {option}, which is for tables that are read by a mapping; this file has the \
         format {format}, where an empty value is a gap and 0 is nil: write them so, or name the \
         columns with --map to read it as a table"
    )))
}

/// Whether a source may hold a table of cells: no XML, and no JSON but a list of records.
fn is_table(source: &FileSource<'_>) -> bool {
    let head = source.head();
    matches!(source.container(), Container::Excel | Container::Parquet)
        || source.has_records()
        || !head.is_empty() && !head.starts_with(['{', '[']) && !head.starts_with("<?xml")
}

/// Read the table at `place`, or the document, of a format.
fn read_place(
    source: &mut FileSource<'_>,
    format: Format,
    place: TablePlace,
    options: &ReadOptions,
    out: &mut ParsedFile,
) -> Result<(), IngestError> {
    let rows = options.invalid_rows;
    match format {
        Format::Tidy => source.with_file(place, |file| read_tidy(file, options, out)),
        Format::Long => source.with_file(place, |file| read_long(file, rows, out)),
        Format::SdmxCsv => with_text_table(source, place, out, sdmx::csv::read),
        Format::SdmxMl => source.with_text(&mut |text| sdmx::ml::read(text, out)),
        Format::SdmxJson => source.with_text(&mut |text| sdmx::json::read(text, out)),
        Format::EurostatTsv => with_text_table(source, place, out, sdmx::tsv::read),
        Format::JsonStat => source.with_text(&mut |text| sdmx::json_stat::read(text, out)),
        Format::ImfTable => with_text_table(source, place, out, sdmx::imf_table::read),
        Format::ComtradeCsv => with_text_table(source, place, out, comtrade::read_csv),
        Format::ComtradeJson => source.with_text(&mut |text| comtrade::read_json(text, out)),
        Format::Comext => with_text_table(source, place, out, comext::read),
        Format::Census if source.head().starts_with(['[', '{']) => {
            source.with_text(&mut |text| census::read(text, out))
        }
        Format::Census => with_text_table(source, place, out, census::read_table),
        Format::UsaTradeOnline => {
            with_text_table(source, place, out, publishers::usa_trade_online::read)
        }
        Format::CensusTable => with_text_table(source, place, out, publishers::census_table::read),
        Format::EasyComext => with_text_table(source, place, out, publishers::easy_comext::read),
        Format::Wits => with_text_table(source, place, out, publishers::wits::read),
        Format::Baci => with_text_table(source, place, out, publishers::baci::read),
        Format::StatCan => with_text_table(source, place, out, publishers::statcan::read),
        Format::SingStat => with_text_table(source, place, out, publishers::singstat::read),
        Format::Inegi => with_text_table(source, place, out, publishers::inegi::read),
        Format::TradeStat => with_text_table(source, place, out, publishers::trade_stat::read),
        Format::Japan => with_text_table(source, place, out, publishers::japan::read),
        Format::DataBrowser => with_sheet(source, place, out, sdmx::data_browser::read),
        Format::UnData => with_text_table(source, place, out, publishers::un_data::read),
        Format::DataWeb => {
            let sheets = source.first_rows()?;
            with_text_table(source, place, out, |table, out| {
                publishers::data_web::read(table, &sheets, place.sheet, out)
            })
        }
        Format::ComexStat => {
            let sheets = source.first_rows()?;
            with_text_table(source, place, out, |table, out| {
                publishers::comex_stat::read(table, &sheets, out)
            })
        }
        Format::ChinaCustoms if is_query(source, place)? => {
            with_text_table(source, place, out, china::read_query)
        }
        Format::ChinaCustoms => with_sheet(source, place, out, china::read),
        Format::Mapped => mapped::read(source, &options.mapping, out),
    }
}

/// Whether the table at `place` is one of the query platform of China's customs.
fn is_query(source: &mut FileSource<'_>, place: TablePlace) -> Result<bool, IngestError> {
    let sheets = source.first_rows()?;
    let row = sheets
        .get(place.sheet)
        .and_then(|sheet| sheet.rows.get(place.row));
    Ok(row.is_some_and(|row| row.iter().any(|cell| cell == china::MONTH_COLUMN)))
}

/// Call `read` with the whole sheet at `place`.
fn with_sheet(
    source: &mut FileSource<'_>,
    place: TablePlace,
    parsed: &mut ParsedFile,
    read: impl Fn(&SheetCells, &mut ParsedFile) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let sheet = source.sheets()?.get(place.sheet);
    let sheet = sheet.ok_or_else(|| parsed.refuse_file("expected a sheet"))?;
    parsed.set_sheet(sheet.name.as_deref());
    read(sheet, parsed)
}

fn read_tidy(
    file: NamedFile<'_>,
    options: &ReadOptions,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    check_row_count(file, options.invalid_rows)?;
    let empty = parsed.emptied();
    let shared = Arc::new(Mutex::new(std::mem::replace(parsed, empty)));
    let sink = Arc::clone(&shared);
    tidy::stream(file, options, move |part: TidyPart| {
        let mut parsed = lock(&sink);
        parsed.figures.append(part.figures);
        let refusals = part.refusals.into_iter();
        refusals.for_each(|refusal| parsed.list(refusal));
        let excluded = part.excluded.into_iter();
        excluded.for_each(|(row, reason)| parsed.exclude(row, reason));
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
    let empty = parsed.emptied();
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
