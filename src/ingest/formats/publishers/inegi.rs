//! Reads exports of INEGI's bank of information (Mexico): an indicator a row, its name in words, a
//! month a column (`2009/m01`), values in millions of dollars.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{code, known};
use super::period::period;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Currency, Flow, SeriesKey, Span};

const MARKS: Marks = Marks {
    nil: &[],
    gap: &["ND", "NA", "N/E", "-"],
};
/// The name of the statistic, before the parts of an indicator's name.
const STATISTIC: &str = "International Merchandise Trade Statistics of Mexico";
/// The entity that is the country.
const COUNTRY: &str = "Estados Unidos Mexicanos";

/// Whether a header is that of such a table.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let all = |names: &[&str]| names.iter().all(|name| header.find(name).is_some());
    all(&["id_indicator", "indicator", "desc_entity"])
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let columns = table.columns(parsed, Inegi::new)?;
    table.for_each(parsed, &mut |parsed, record| {
        if record.at(columns.entity) != COUNTRY {
            parsed.exclude(record.row, "parts of the country");
            return Ok(());
        }
        let name = record.at(columns.indicator);
        if name.contains("ercentage") || name.contains("ndex") || name.contains("easonally") {
            parsed.exclude(record.row, "growth, indices or adjusted values");
            return Ok(());
        }
        let key = match columns.key(record) {
            Ok(key) => key,
            Err(wrong) => return parsed.refuse(record.row, wrong),
        };
        for (column, span) in &columns.periods {
            let figure = CellFigure {
                column: *column,
                key: key.clone(),
                span: *span,
                exponent: 6,
                status: "published",
                source: "INEGI",
            };
            add_cell(parsed, record, MARKS, figure)?;
        }
        Ok(())
    })
}

/// The positions of the columns.
struct Inegi {
    entity: usize,
    id: usize,
    indicator: usize,
    periods: Vec<(usize, Span)>,
}

impl Inegi {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let span = |(at, name): (usize, &String)| Some((at, period(name)?));
        Ok(Self {
            entity: header.require(&["desc_entity"])?,
            id: header.require(&["id_indicator"])?,
            indicator: header.require(&["indicator"])?,
            periods: header.names.iter().enumerate().filter_map(span).collect(),
        })
    }

    fn key(&self, record: &TableRecord<'_>) -> Result<SeriesKey, CellError> {
        let name = record.at(self.indicator);
        let refuse = || {
            let expected = "expected an indicator of the merchandise trade of Mexico: exports, \
                imports or the trade balance in absolute values";
            record.error(self.indicator, expected)
        };
        let mut parts = name
            .split(". ")
            .map(str::trim)
            .filter(|part| !part.is_empty());
        if parts.next() != Some(STATISTIC) {
            return Err(refuse());
        }
        let flow = match parts.next().map(str::to_ascii_lowercase).as_deref() {
            Some("exports") => Flow::Exports,
            Some("imports") => Flow::Imports,
            Some("trade balance" | "balance") => Flow::Balance,
            _ => return Err(refuse()),
        };
        let rest: Vec<&str> = parts.filter(|part| !part.starts_with("Absolute")).collect();
        let is_total = matches!(rest.as_slice(), [] | ["Total"]);
        let product = if is_total {
            Some(known("TOTAL"))
        } else {
            code(&format!("INEGI-{}", record.at(self.id)))
        };
        let wrong_id = || record.error(self.id, "expected the number of an indicator");
        Ok(SeriesKey {
            reporter: known("MEX"),
            partner: known("WLD"),
            flow,
            product: product.ok_or_else(wrong_id)?,
            unit: Currency::USD,
        })
    }
}
