//! Reads exports of SingStat's Table Builder (Singapore): titles above the header `Data Series`, a
//! row a market, a month a column (`2025 Jan`), footnotes below.
//!
//! The title states the flow. The file does not state whether values are in millions or thousands
//! of Singapore dollars; the trade of all markets in a month does, since it was never below a
//! thousand million nor above a million million dollars.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{area, known};
use super::period::period;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, SeriesKey, Span};

const MARKS: Marks = Marks {
    nil: &["-"],
    gap: &["na", "n.a."],
};
/// The name of the column of markets.
const SERIES: &str = "Data Series";
/// The row of all markets.
const ALL: &str = "Total All Markets";
/// The regions, above their markets.
const REGIONS: [(&str, &str); 7] = [
    ("America", "AMERICA"),
    ("Americas", "AMERICA"),
    ("Asia", "ASIA"),
    ("Europe", "EUROPE"),
    ("Oceania", "OCEANIA"),
    ("Africa", "AFRICA"),
    ("European Union", "EU"),
];

/// Whether a header is that of such a table.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let first = header.names.first().map(String::as_str);
    first == Some(SERIES)
        && header
            .names
            .get(1)
            .is_some_and(|name| period(name).is_some())
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let Some(flow) = flow(&table.titles) else {
        return Err(parsed.refuse_file(
            "expected a title that names one flow, for example `… Selected Market (Exports)`",
        ));
    };
    let header = table.header.clone();
    let spans = table.header.names.iter().enumerate();
    let spans: Vec<_> = spans
        .filter_map(|(at, name)| Some((at, period(name)?)))
        .collect();
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    table.for_each(parsed, &mut |_, record| {
        rows.push((record.row, record.cells.to_vec()));
        Ok(())
    })?;
    let record = |(row, cells): &'_ (u64, Vec<String>)| (*row, cells.clone());
    let Some(exponent) = rows.iter().find_map(|row| exponent(row, &spans)) else {
        return Err(parsed.refuse_file(format!(
            "expected a row `{ALL}` with the trade of all markets, which tells millions from \
             thousands"
        )));
    };
    for (row, cells) in rows.iter().map(record) {
        let record = TableRecord {
            row,
            header: &header,
            cells: &cells,
        };
        // Footnotes stand alone in the first column.
        if spans
            .iter()
            .all(|(column, _)| record.at(*column).is_empty())
        {
            parsed.exclude(row, "footnotes");
            continue;
        }
        let partner = match market(&record) {
            Ok(partner) => partner,
            Err(wrong) => {
                parsed.refuse(row, wrong)?;
                continue;
            }
        };
        let key = SeriesKey {
            reporter: known("SGP"),
            partner,
            flow,
            product: known("TOTAL"),
            unit: Currency::parse("SGD").map_err(|e| parsed.refuse_file(e.to_string()))?,
        };
        for (column, span) in &spans {
            let figure = CellFigure {
                column: *column,
                key: key.clone(),
                span: *span,
                exponent,
                status: "published",
                source: "Enterprise Singapore, SingStat",
            };
            add_cell(parsed, &record, MARKS, figure)?;
        }
    }
    Ok(())
}

/// Return the flow that the titles name; `None` of domestic exports and re-exports, parts of
/// exports, and of titles that name several.
fn flow(titles: &[Vec<String>]) -> Option<Flow> {
    let text = titles
        .iter()
        .flatten()
        .find(|text| text.starts_with("Table Title:"))?;
    let text = text.to_ascii_lowercase();
    if text.contains("re-export") || text.contains("domestic") {
        return None;
    }
    match (text.contains("export"), text.contains("import")) {
        (true, false) => Some(Flow::Exports),
        (false, true) => Some(Flow::Imports),
        (false, false) if text.contains("total trade") => Some(Flow::Total),
        _ => None,
    }
}

/// Return the power of ten that the row of all markets tells.
fn exponent((_, cells): &(u64, Vec<String>), spans: &[(usize, Span)]) -> Option<i32> {
    if cells.first()?.trim() != ALL {
        return None;
    }
    let months = spans.iter().filter(|(_, span)| span.len() == 1);
    let values = months.filter_map(|(column, _)| cells.get(*column)?.trim().parse::<f64>().ok());
    let largest = values.fold(f64::NAN, f64::max);
    if largest.is_nan() {
        return None;
    }
    Some(if largest < 1e6 { 6 } else { 3 })
}

/// Return the market of a row: a country, a region, or the rest of a region.
fn market(record: &TableRecord<'_>) -> Result<Code, CellError> {
    let text = record.at(0);
    let region = |name: &str| REGIONS.iter().find(|(known, _)| *known == name);
    if text == ALL {
        return Ok(known("WLD"));
    }
    if let Some((_, region)) = region(text) {
        return Ok(known(region));
    }
    let rest = text.strip_prefix("Other Markets ");
    match rest.and_then(|of| region(of.trim())) {
        Some((_, region)) => Ok(known(&format!("{region}_OTHER"))),
        None => area(record, 0),
    }
}
