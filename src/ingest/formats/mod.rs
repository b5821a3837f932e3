//! The formats that trade statistics come in: one file a format, each turning bytes into [`ParsedFile`].
//!
//! A format is recognised from the content, never from the name. Containers are unwrapped first (gzip, 7z); what a format leaves out on
//! purpose is counted with the reason. Rows of refusals are lines of a text, records of a JSON answer (counted from 1; the header of the
//! Census Bureau's is row 1) and rows of a sheet.

pub(crate) mod areas;
mod biff;
mod census;
mod china;
mod comext;
mod comtrade;
mod container;
mod record;
mod sdmx;
mod sdmx_csv;
mod sdmx_json;
mod sdmx_ml;
mod workbook;

use super::parsed_file::{CellError, FigureColumn, InvalidRows, ParsedFile};
use super::{Figure, FigureKind, IngestError, LongColumns, Refusal, long, tidy};
use crate::trade::{Measure, SeriesKey, Span};
pub(crate) use container::LARGEST_DOCUMENT;
use container::{Input, Wrapping, with_head, with_text, wrapping};
use record::Header;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A format on the way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The project's own layout, CSV or Parquet.
    Tidy,
    /// `unique_id, ds, y`, CSV or Parquet; the names must be series keys.
    Long,
    /// SDMX-CSV 1.0 and 2.x, the IMF's IMTS and Eurostat's API among them.
    SdmxCsv,
    /// SDMX-ML, structure-specific.
    SdmxMl,
    /// SDMX-JSON data messages 1.0 and 2.0.
    SdmxJson,
    /// UN Comtrade version 1 as CSV.
    ComtradeCsv,
    /// UN Comtrade version 1 as JSON.
    ComtradeJson,
    /// Eurostat Comext in bulk.
    Comext,
    /// The US Census Bureau's API.
    Census,
    /// The country table of China's customs, xls or xlsx.
    ChinaCustoms,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 10] = [
        Self::Tidy,
        Self::Long,
        Self::SdmxCsv,
        Self::SdmxMl,
        Self::SdmxJson,
        Self::ComtradeCsv,
        Self::ComtradeJson,
        Self::Comext,
        Self::Census,
        Self::ChinaCustoms,
    ];

    /// The word that people use for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tidy => "tidy",
            Self::Long => "long",
            Self::SdmxCsv => "sdmx-csv",
            Self::SdmxMl => "sdmx-ml",
            Self::SdmxJson => "sdmx-json",
            Self::ComtradeCsv => "comtrade-csv",
            Self::ComtradeJson => "comtrade-json",
            Self::Comext => "comext",
            Self::Census => "census",
            Self::ChinaCustoms => "china-customs",
        }
    }

    /// The format of a word; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.word() == text.trim())
    }

    /// What tells the format, in words.
    fn sign(self) -> &'static str {
        match self {
            Self::Tidy => {
                "the columns kind, reporter, partner, measure, period, value (CSV or Parquet)"
            }
            Self::Long => "the columns unique_id, ds, y (CSV or Parquet)",
            Self::SdmxCsv => "a first column DATAFLOW or STRUCTURE",
            Self::SdmxMl => "the XML element StructureSpecificData",
            Self::SdmxJson => "a JSON object with dataSets",
            Self::ComtradeCsv => "the columns reporterCode, flowCode, primaryValue",
            Self::ComtradeJson => "a JSON object with count and data",
            Self::Comext => "the columns PRODUCT_NC, FLOW, PERIOD and VALUE_EUR",
            Self::Census => "a JSON array of arrays with CTY_CODE",
            Self::ChinaCustoms => "an Excel workbook",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// Reads a file of any known format, or of `format` where one is named.
///
/// # Errors
/// A refusal with file, row, column, value and what was expected; with [`InvalidRows::Report`] only where the file as a whole is wrong.
pub fn read(
    file: &Path,
    format: Option<Format>,
    mode: InvalidRows,
) -> Result<(Format, ParsedFile), IngestError> {
    read_as(file, file, format, mode)
}

/// Reads a file as [`read`] does; refusals call it `name`.
///
/// # Errors
/// As [`read`].
pub fn read_as(
    file: &Path,
    name: &Path,
    format: Option<Format>,
    mode: InvalidRows,
) -> Result<(Format, ParsedFile), IngestError> {
    let io = |source| IngestError::Io {
        file: name.to_owned(),
        source,
    };
    let mut input = BufReader::new(File::open(file).map_err(io)?);
    read_from(&mut input, name, Some(file), format, mode)
}

/// Reads bytes as [`read`] reads a file; `name` is what refusals call them.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(
    name: &Path,
    bytes: &[u8],
    format: Option<Format>,
    mode: InvalidRows,
) -> Result<(Format, ParsedFile), IngestError> {
    read_from(&mut Cursor::new(bytes), name, None, format, mode)
}

/// Reads `input`, which lies in `file` where that is given.
fn read_from(
    input: &mut dyn Input,
    name: &Path,
    file: Option<&Path>,
    format: Option<Format>,
    mode: InvalidRows,
) -> Result<(Format, ParsedFile), IngestError> {
    let format = match format {
        Some(format) => format,
        None => recognise(input, name)?,
    };
    let reading = match format {
        Format::Tidy | Format::Long => columnar(input, name, file, format, mode)?,
        other => read_input(input, name, other, mode)?,
    };
    Ok((format, reading))
}

fn read_input(
    input: &mut dyn Input,
    file: &Path,
    format: Format,
    mode: InvalidRows,
) -> Result<ParsedFile, IngestError> {
    let mut reading = ParsedFile::new(file, mode);
    if format == Format::ChinaCustoms {
        china::read(input, file, &mut reading)?;
        return reading.finish();
    }
    let out = &mut reading;
    with_text(input, file, &mut |text: &mut dyn BufRead| match format {
        Format::SdmxCsv => sdmx_csv::read(text, file, out),
        Format::SdmxMl => sdmx_ml::read(text, file, out),
        Format::SdmxJson => sdmx_json::read(text, file, out),
        Format::ComtradeCsv => comtrade::read_csv(text, file, out),
        Format::ComtradeJson => comtrade::read_json(text, file, out),
        Format::Comext => comext::read(text, file, out),
        Format::Census => census::read(text, file, out),
        Format::Tidy | Format::Long | Format::ChinaCustoms => Ok(()),
    })?;
    reading.finish()
}

/// Reads what Polars reads: from the file itself where it is plain, else from a copy of what is within.
fn columnar(
    input: &mut dyn Input,
    name: &Path,
    file: Option<&Path>,
    format: Format,
    mode: InvalidRows,
) -> Result<ParsedFile, IngestError> {
    let io = |source| IngestError::Io {
        file: name.to_owned(),
        source,
    };
    let wrapping = wrapping(input, name)?;
    let parquet = wrapping == Wrapping::Parquet;
    let fits = |file: &Path| {
        let says = file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("parquet") || e.eq_ignore_ascii_case("pq"));
        says == parquet && matches!(wrapping, Wrapping::Plain | Wrapping::Parquet)
    };
    if let Some(file) = file.filter(|file| fits(file)) {
        return scan(file, name, format, mode).map_err(|error| renamed(error, file, name));
    }
    let suffix = if parquet { ".parquet" } else { ".csv" };
    let mut copy = tempfile::Builder::new()
        .suffix(suffix)
        .tempfile()
        .map_err(io)?;
    with_text(input, name, &mut |text: &mut dyn BufRead| {
        std::io::copy(text, copy.as_file_mut()).map_err(io)?;
        copy.as_file_mut().flush().map_err(io)
    })?;
    scan(copy.path(), name, format, mode).map_err(|error| renamed(error, copy.path(), name))
}

fn lock(reading: &Mutex<ParsedFile>) -> MutexGuard<'_, ParsedFile> {
    reading.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads what lies in `file` and is called `name`.
fn scan(
    file: &Path,
    name: &Path,
    format: Format,
    mode: InvalidRows,
) -> Result<ParsedFile, IngestError> {
    let reading = Arc::new(Mutex::new(ParsedFile::new(name, mode)));
    let sink = Arc::clone(&reading);
    if format == Format::Long {
        let mut rows = LongRows::default();
        long::stream(file, &LongColumns::default(), move |row| {
            rows.take(row, &mut lock(&sink))
        })?;
    } else {
        tidy::stream(file, name, mode, move |figures, refusals| {
            let mut reading = lock(&sink);
            reading.figures.append(figures);
            refusals
                .into_iter()
                .for_each(|refusal| reading.note(refusal));
            Ok(())
        })?;
    }
    let reading = std::mem::replace(&mut *lock(&reading), ParsedFile::new(name, mode));
    reading.finish()
}

/// The rows of the long format, which names series freely where a store needs keys. What no row states is no gap: the store may know better.
#[derive(Default)]
struct LongRows {
    /// The name of the row before, and what it says.
    last: Option<(String, Result<SeriesKey, String>)>,
}

impl LongRows {
    fn take(
        &mut self,
        row: Result<long::LongRow<'_>, Refusal>,
        reading: &mut ParsedFile,
    ) -> Result<(), IngestError> {
        let row = match row {
            Ok(row) => row,
            Err(refusal) => {
                let file = reading.file().to_owned();
                return reading.list(Refusal { file, ..refusal });
            }
        };
        if self.last.as_ref().is_none_or(|(id, _)| id != row.id) {
            let key = SeriesKey::parse(row.id).map_err(|error| error.to_string());
            self.last = Some((row.id.to_owned(), key));
        }
        let columns = LongColumns::default();
        let key = match &self.last {
            Some((_, Ok(key))) => key,
            Some((_, Err(expected))) => {
                let wrong = CellError::new(&columns.id, row.id, expected);
                return reading.refuse(row.row, wrong);
            }
            None => return Ok(()),
        };
        reading.name_period(&columns.time);
        let text = row.value.to_string();
        let figure = Figure {
            kind: FigureKind::Observation,
            measure: Measure::Level,
            span: Span::month(row.month),
            value: row.value,
            rounding: record::rounding(&text),
            unit: key.unit.as_str(),
            status: "published",
            released_on: None,
            source: "long format",
        };
        match reading.take(key, &figure, row.row) {
            Ok(()) => Ok(()),
            Err((part, expected)) => {
                let month = row.month.to_string();
                let (column, value) = match part {
                    FigureColumn::Period => (&columns.time, &month),
                    FigureColumn::Value => (&columns.value, &text),
                };
                reading.refuse(row.row, CellError::new(column, value, expected))
            }
        }
    }
}

/// A refusal of a copy is one of the file that was copied.
fn renamed(error: IngestError, copy: &Path, name: &Path) -> IngestError {
    match error {
        IngestError::Refused(mut refusal) => {
            refusal.file = name.to_owned();
            let copy = copy.display().to_string();
            refusal.expected = refusal.expected.replace(&copy, &name.display().to_string());
            IngestError::Refused(refusal)
        }
        IngestError::Io { source, .. } => IngestError::Io {
            file: name.to_owned(),
            source,
        },
        IngestError::Format { format, reason, .. } => IngestError::Format {
            file: name.to_owned(),
            format,
            reason,
        },
    }
}

/// How much of a text tells its format.
const HEAD: u64 = 1 << 16;

/// Tells the format from the content.
///
/// # Errors
/// A refusal that says what was looked for.
fn recognise(input: &mut dyn Input, file: &Path) -> Result<Format, IngestError> {
    match wrapping(input, file)? {
        Wrapping::Excel => return Ok(Format::ChinaCustoms),
        Wrapping::Parquet => return of_parquet(input, file),
        Wrapping::Plain | Wrapping::Gzip | Wrapping::SevenZip => {}
    }
    let head = with_head(input, file, &mut |text: &mut dyn BufRead| {
        let mut head = Vec::new();
        text.take(HEAD)
            .read_to_end(&mut head)
            .map_err(|source| IngestError::Io {
                file: file.to_owned(),
                source,
            })?;
        Ok(container::decode(head))
    })?;
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let refuse = |expected: String| {
        IngestError::from(Refusal {
            file: file.to_owned(),
            row: None,
            column: None,
            value: None,
            expected,
        })
    };
    match head.chars().next() {
        None => Err(refuse("expected a file with something in it; this one is empty, as services answer where they have no figures".to_owned())),
        Some('<') => of_xml(head).map_err(refuse),
        Some('{') => of_object(head).map_err(refuse),
        Some('[') if head.contains("CTY_CODE") => Ok(Format::Census),
        _ => of_header(head).ok_or_else(|| refuse(unknown())),
    }
}

fn unknown() -> String {
    let signs = Format::ALL.map(|format| format!("{} ({format})", format.sign()));
    format!(
        "expected a known format, that is one of: {}",
        signs.join("; ")
    )
}

fn of_xml(head: &str) -> Result<Format, String> {
    let lower = head.to_ascii_lowercase();
    if lower.starts_with("<html") || lower.starts_with("<!doctype html") {
        return Err(
            "expected data; this is a web page, as services send where something went wrong"
                .to_owned(),
        );
    }
    if [
        "StructureSpecific",
        ":Error",
        "<Error",
        "GenericData",
        "GenericTimeSeriesData",
        "CompactData",
    ]
    .iter()
    .any(|sign| head.contains(sign))
    {
        return Ok(Format::SdmxMl);
    }
    Err(unknown())
}

fn of_object(head: &str) -> Result<Format, String> {
    if head.contains("\"dataSets\"") || head.contains("sdmx-json") {
        Ok(Format::SdmxJson)
    } else if head.contains("\"data\"")
        && (head.contains("\"count\"") || head.contains("\"elapsedTime\""))
    {
        Ok(Format::ComtradeJson)
    } else if head.contains("\"message\"") || head.contains("\"error\"") {
        let words: String = head.chars().take(200).collect();
        Err(format!("expected data, not an error: {words}"))
    } else {
        Err(unknown())
    }
}

fn of_header(head: &str) -> Option<Format> {
    let line = head.lines().next()?;
    let delimiter = record::separator(line);
    let names = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(line.as_bytes())
        .records()
        .next()?
        .ok()?;
    let header = Header::new(names.iter().map(|name| name.trim().to_owned()));
    let first = header.names.first()?.to_ascii_uppercase();
    let all = |names: &[&str]| names.iter().all(|name| header.find(name).is_some());
    if first == "STRUCTURE" || first.starts_with("STRUCTURE[") || first.starts_with("DATAFLOW") {
        return Some(Format::SdmxCsv);
    }
    if all(&["kind", "reporter", "partner", "measure", "period", "value"]) {
        return Some(Format::Tidy);
    }
    if all(&["reporterCode", "flowCode", "primaryValue"]) {
        return Some(Format::ComtradeCsv);
    }
    let value = header.any(&["VALUE_EUR", "VALUE_IN_EUROS"]);
    if all(&["PRODUCT_NC", "FLOW", "PERIOD"]) && value.is_some() {
        return Some(Format::Comext);
    }
    all(&["unique_id", "ds", "y"]).then_some(Format::Long)
}

/// The names of the columns stand in the last part of a Parquet file.
fn of_parquet(input: &mut dyn Input, file: &Path) -> Result<Format, IngestError> {
    let io = |source| IngestError::Io {
        file: file.to_owned(),
        source,
    };
    let length = input.seek(SeekFrom::End(0)).map_err(io)?;
    input
        .seek(SeekFrom::Start(length.saturating_sub(HEAD)))
        .map_err(io)?;
    let mut foot = Vec::new();
    Read::take(&mut *input, HEAD)
        .read_to_end(&mut foot)
        .map_err(io)?;
    let has = |name: &str| foot.windows(name.len()).any(|w| w == name.as_bytes());
    Ok(if has("unique_id") && !has("released_on") {
        Format::Long
    } else {
        Format::Tidy
    })
}

/// Parses JSON, and says where it is broken.
fn json(text: &str, file: &Path) -> Result<serde_json::Value, IngestError> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| IngestError::Format {
        file: file.to_owned(),
        format: "JSON",
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod bounds_test;
#[cfg(test)]
mod refusals_test;
#[cfg(test)]
mod test;
