//! Recognises the format of a source by its content.

use super::china::MONTH_COLUMN;
use super::format::Format;
use super::record::TableHeader;
use crate::ingest::container::Container;
use crate::ingest::refusal::{IngestError, Refusal};
use crate::ingest::source::FileSource;

/// Recognise the format of `source`.
///
/// # Errors
/// A refusal that lists the signs of the formats; content that cannot be read.
pub(super) fn recognise(source: &mut FileSource<'_>) -> Result<Format, IngestError> {
    match source.container() {
        Container::Excel => return Ok(Format::ChinaCustoms),
        Container::Parquet => return Ok(of_parquet(&source.foot()?)),
        Container::Plain | Container::Gzip | Container::SevenZip => {}
    }
    let head = source.head();
    let found = match head.chars().next() {
        None => Err(EMPTY.to_owned()),
        Some('<') => of_xml(head),
        Some('{') => of_object(head),
        Some('[') if head.contains("CTY_CODE") => Ok(Format::Census),
        _ => of_header(head, source.delimiter()).ok_or_else(unknown),
    };
    found.map_err(|expected| Refusal::of_file(source.name(), expected).into())
}

const EMPTY: &str = "expected a file with something in it; this one is empty, as services answer \
                     where they have no figures";

fn unknown() -> String {
    let signs = Format::ALL.map(|format| format!("{} ({format})", format.sign()));
    format!(
        "expected a known format, that is one of: {}",
        signs.join("; ")
    )
}

fn of_xml(head: &str) -> Result<Format, String> {
    let lower = head.to_ascii_lowercase();
    let is_page = lower.starts_with("<html") || lower.starts_with("<!doctype html");
    // Some services name a web page with a table .xls.
    if (is_page || lower.starts_with("<table")) && lower.contains("<table") && is_customs(&lower) {
        return Ok(Format::ChinaCustoms);
    }
    if is_page {
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

/// Whether a page in lower case is one of China's customs with a table by country.
fn is_customs(page: &str) -> bool {
    let english = page.contains("by country") && page.contains("export");
    page.contains("总值表") || page.contains("国别") || english
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

/// Return the format of a text table, by its header line.
fn of_header(head: &str, delimiter: u8) -> Option<Format> {
    let line = head.lines().next()?;
    let header = TableHeader::of_line(line, delimiter)?;
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
    if all(&[MONTH_COLUMN]) {
        return Some(Format::ChinaCustoms);
    }
    all(&["unique_id", "ds", "y"]).then_some(Format::Long)
}

/// Return the format of a Parquet file, whose last part names the columns.
fn of_parquet(foot: &[u8]) -> Format {
    let has = |name: &str| foot.windows(name.len()).any(|w| w == name.as_bytes());
    if has("unique_id") && !has("released_on") {
        Format::Long
    } else {
        Format::Tidy
    }
}
