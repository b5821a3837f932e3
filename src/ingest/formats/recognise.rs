//! Recognises the format of a source, and the place of its table, by the content.

use super::china;
use super::format::Format;
use super::mapped::unknown_table;
use super::record::TableHeader;
use super::sdmx::{data_browser, imf_table, layout::has_roles, tsv};
use super::{census, comtrade, publishers};
use crate::ingest::container::Container;
use crate::ingest::invalid_rows::{InvalidRows, check_row_count};
use crate::ingest::refusal::{IngestError, Refusal};
use crate::ingest::sheet::SheetCells;
use crate::ingest::source::{FileSource, TablePlace};

/// The format of a source, and where its tables are: one, or one in each of several sheets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recognised {
    pub(super) format: Format,
    pub(super) places: Vec<TablePlace>,
}

impl Recognised {
    /// Return a format whose content is no table, or a table that begins with its first row.
    fn whole(format: Format) -> Self {
        Self {
            format,
            places: vec![TablePlace::default()],
        }
    }
}

/// Recognise the format of `source`; only the format `stated` and the sheet named `sheet` count
/// where they are given.
///
/// # Errors
/// A refusal that lists the signs of the formats; content that cannot be read.
pub(super) fn recognise(
    source: &mut FileSource<'_>,
    stated: Option<Format>,
    sheet: Option<&str>,
) -> Result<Recognised, IngestError> {
    match source.container() {
        Container::Parquet => {
            let found = of_parquet(&source.foot()?);
            if let Some(format) = stated.filter(|f| matches!(f, Format::Tidy | Format::Long)) {
                return Ok(Recognised::whole(format));
            }
            if let (Some(format), None) = (found, stated) {
                return Ok(Recognised::whole(format));
            }
            source.with_file(TablePlace::default(), |file| {
                check_row_count(file, InvalidRows::ReportFirst)
            })?;
        }
        Container::Plain
        | Container::Gzip
        | Container::SevenZip
        | Container::Excel
        | Container::Zip => {}
    }
    let refuse = |source: &FileSource<'_>, expected: String| {
        IngestError::from(Refusal::of_file(source.name(), expected))
    };
    let is_table = |format: Format| {
        !matches!(
            format,
            Format::SdmxMl
                | Format::SdmxJson
                | Format::JsonStat
                | Format::ComtradeJson
                | Format::Census
        )
    };
    if let Some(format) = stated.filter(|format| !is_table(*format)) {
        return Ok(Recognised::whole(format));
    }
    if !matches!(source.container(), Container::Excel | Container::Parquet) {
        let head = source.head();
        let found = match head.chars().next() {
            None if stated.is_none() => Err(EMPTY.to_owned()),
            Some('<') => of_xml(head),
            Some('{') if stated.is_none() && !source.has_records() => of_object(head).map(Some),
            Some('[') if stated.is_none() && head.contains("CTY_CODE") => Ok(Some(Format::Census)),
            Some('[') if stated.is_none() && is_comtrade(head) => Ok(Some(Format::ComtradeJson)),
            _ => Ok(None),
        };
        match (found, stated) {
            (Ok(Some(format)), None) => return Ok(Recognised::whole(format)),
            (Ok(_), _) => {}
            (Err(expected), _) => return Err(refuse(source, expected)),
        }
    }
    let sheets = source.first_rows()?;
    let found = of_sheets(&sheets, stated, sheet);
    match (found, stated) {
        (Some(found), _) => Ok(found),
        (None, Some(format)) => Ok(Recognised::whole(format)),
        (None, None) => match unknown_table(&sheets, source.name()) {
            Some((expected, suggestion)) => {
                Err(Refusal::of_file(source.name(), expected).suggesting(suggestion))
            }
            None => Err(refuse(source, unknown())),
        },
    }
}

/// The rows among which the header of a table is looked for.
const HEADER_ROWS: usize = 40;

/// Recognise the tables of sheets: all that have the format of the first.
fn of_sheets(
    sheets: &[SheetCells],
    stated: Option<Format>,
    wanted: Option<&str>,
) -> Option<Recognised> {
    let mut found: Option<Recognised> = None;
    for (at, sheet) in sheets.iter().enumerate() {
        let named = sheet.name.as_deref().unwrap_or_default();
        let is_wanted = match wanted {
            Some(wanted) => named.eq_ignore_ascii_case(wanted.trim()),
            None => !sheet.is_hidden || sheets.iter().all(|sheet| sheet.is_hidden),
        };
        if !is_wanted {
            continue;
        }
        let Some((format, row, column)) = of_sheet(sheet, stated) else {
            continue;
        };
        let place = TablePlace {
            column,
            ..TablePlace::of(sheets, at, row)
        };
        match &mut found {
            None => {
                found = Some(Recognised {
                    format,
                    places: vec![place],
                });
            }
            Some(found) if found.format == format => found.places.push(place),
            Some(_) => {}
        }
    }
    found
}

/// Return the format of a sheet, the row of its header and its first column: an index of the rows
/// before the table has no name.
fn of_sheet(sheet: &SheetCells, stated: Option<Format>) -> Option<(Format, usize, usize)> {
    let wanted = |format: &Format| stated.is_none_or(|stated| stated == *format);
    let rows = sheet.rows.iter().take(HEADER_ROWS).enumerate();
    let by_header = |(row, names): (usize, &Vec<String>)| {
        let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
        let filled = |name: &&str| !name.is_empty();
        let last = names.iter().rposition(filled)?;
        let of = |first: usize| {
            let names = names[first..=last].iter().map(|name| (*name).to_owned());
            let header = TableHeader::new(names);
            let found = of_header(&header).or_else(|| {
                // What a table of that format lacks is named, where it is stated or empty.
                let record = sheet.rows.get(row + 1).and_then(|row| row.get(first..));
                let has_value = header
                    .names
                    .iter()
                    .any(|name| name.starts_with("OBS_VALUE"));
                let is_open = stated.is_some() || record.is_none() && has_value;
                let is_open = is_open && declares_flow(&header);
                let has_roles = || has_roles(&header, record?).then_some(Format::SdmxCsv);
                is_open.then_some(Format::SdmxCsv).or_else(has_roles)
            });
            Some((found.filter(wanted)?, row, first))
        };
        let first = names.iter().position(filled)?;
        of(0).or_else(|| (first > 0).then(|| of(first))?)
    };
    if let Some(found) = rows.clone().find_map(by_header) {
        return Some(found);
    }
    let whole = if data_browser::recognises(sheet) {
        Some(Format::DataBrowser)
    } else {
        Some(Format::ChinaCustoms).filter(|_| china::recognises(sheet))
    };
    whole.filter(wanted).map(|format| (format, 0, 0))
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

/// Return the format of an XML document; `None` for a web page with a table.
fn of_xml(head: &str) -> Result<Option<Format>, String> {
    let lower = head.to_ascii_lowercase();
    let is_page = lower.starts_with("<html") || lower.starts_with("<!doctype html");
    // Some services name a web page with a table .xls.
    if lower.contains("<table") {
        return Ok(None);
    }
    if is_page {
        return Err(
            "expected data; this is a web page without a table, as services send where something \
             went wrong"
                .to_owned(),
        );
    }
    let signs = [
        "StructureSpecific",
        ":Error",
        "<Error",
        "GenericData",
        "GenericTimeSeriesData",
        "CompactData",
    ];
    if signs.iter().any(|sign| head.contains(sign)) {
        return Ok(Some(Format::SdmxMl));
    }
    Err(unknown())
}

/// Whether a list of records is of UN Comtrade: as R and Python write its tables.
fn is_comtrade(head: &str) -> bool {
    let has = |names: [&str; 3]| names.iter().any(|name| head.contains(name));
    has(["\"reporterCode\"", "\"reporter_code\"", "\"rtCode\""])
        && has(["\"primaryValue\"", "\"primary_value\"", "\"TradeValue\""])
}

fn of_object(head: &str) -> Result<Format, String> {
    if head.contains("\"dataSets\"") || head.contains("sdmx-json") {
        Ok(Format::SdmxJson)
    } else if head.contains("\"dimension\"") && head.contains("\"category\"")
        || head.contains("\"class\"") && head.contains("\"dataset\"")
    {
        Ok(Format::JsonStat)
    } else if head.contains("\"dataset\"") && is_comtrade(head)
        || head.contains("\"data\"")
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

/// Whether a header is that of a publisher's table.
type IsHeader = fn(&TableHeader) -> bool;

/// The tables of single publishers, by their header.
const PUBLISHERS: [(Format, IsHeader); 15] = [
    (Format::EurostatTsv, tsv::is_header),
    (Format::ImfTable, imf_table::is_header),
    (
        Format::UsaTradeOnline,
        publishers::usa_trade_online::is_header,
    ),
    (Format::CensusTable, publishers::census_table::is_header),
    (Format::EasyComext, publishers::easy_comext::is_header),
    (Format::Wits, publishers::wits::is_header),
    (Format::Baci, publishers::baci::is_header),
    (Format::StatCan, publishers::statcan::is_header),
    (Format::SingStat, publishers::singstat::is_header),
    (Format::Inegi, publishers::inegi::is_header),
    (Format::TradeStat, publishers::trade_stat::is_header),
    (Format::Japan, publishers::japan::is_header),
    (Format::ComexStat, publishers::comex_stat::is_header),
    (Format::DataWeb, publishers::data_web::is_header),
    (Format::UnData, publishers::un_data::is_header),
];

/// Whether a header begins as one of SDMX-CSV.
fn declares_flow(header: &TableHeader) -> bool {
    let first = header.names.first().map_or("", String::as_str);
    let first = first.to_ascii_uppercase();
    let is_first =
        first == "STRUCTURE" || first.starts_with("STRUCTURE[") || first.starts_with("DATAFLOW");
    is_first && header.names.len() > 2
}

/// Return the format of a table, by its header alone.
fn of_header(header: &TableHeader) -> Option<Format> {
    let publisher = PUBLISHERS.iter().find(|(_, is_header)| is_header(header));
    if let Some((format, _)) = publisher {
        return Some(*format);
    }
    let all = |names: &[&str]| names.iter().all(|name| header.find(name).is_some());
    if declares_flow(header) {
        return None;
    }
    if all(&["kind", "reporter", "partner", "measure", "period", "value"]) {
        return Some(Format::Tidy);
    }
    if census::is_header(header) {
        return Some(Format::Census);
    }
    if comtrade::is_header(header) {
        return Some(Format::ComtradeCsv);
    }
    let value = header.any(&["VALUE_EUR", "VALUE_IN_EUROS"]);
    if all(&["PRODUCT_NC", "FLOW", "PERIOD"]) && value.is_some() {
        return Some(Format::Comext);
    }
    if all(&[china::MONTH_COLUMN]) {
        return Some(Format::ChinaCustoms);
    }
    if all(&["unique_id", "ds", "y"]) {
        return Some(Format::Long);
    }
    // What a tidy file lacks is named when it is read.
    let tidy = [
        "kind", "reporter", "partner", "flow", "measure", "period", "value",
    ];
    let has = |name: &&str| header.find(name).is_some();
    let is_tidy = tidy.iter().filter(|name| has(name)).count() >= 4;
    (is_tidy && all(&["period", "value"])).then_some(Format::Tidy)
}

/// Return whether a Parquet file is long or tidy, by its last part, which names the columns.
fn of_parquet(foot: &[u8]) -> Option<Format> {
    let has = |name: &str| foot.windows(name.len()).any(|w| w == name.as_bytes());
    if has("unique_id") && !has("released_on") {
        Some(Format::Long)
    } else if ["kind", "reporter", "measure", "period", "value"]
        .iter()
        .all(|name| has(name))
    {
        Some(Format::Tidy)
    } else {
        None
    }
}
