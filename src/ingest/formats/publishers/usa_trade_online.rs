//! Reads tables of USA Trade Online: titles above the header, a month in words, a column for each
//! measure with its unit (`Total Exports Value ($US)`).
//!
//! Total exports (f.a.s.) and general imports at customs value are read; other measures are parts
//! of them or have another valuation. A state is a reporter of its own (`US-IL`), since its figures
//! are a part of those of the country.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{area, code, known};
use super::period::period;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, SeriesKey};

const MARKS: Marks = Marks { nil: &[], gap: &[] };
/// The beginnings of the names of the columns that are read.
const MEASURES: [(&str, Flow, &str); 5] = [
    (
        "Total Exports Value",
        Flow::Exports,
        "total exports, f.a.s.",
    ),
    ("Total Value", Flow::Exports, "total exports, f.a.s."),
    (
        "Customs Import Value (Gen)",
        Flow::Imports,
        "general imports, customs value",
    ),
    (
        "Customs Value (Gen)",
        Flow::Imports,
        "general imports, customs value",
    ),
    (
        "General Imports Value",
        Flow::Imports,
        "general imports, customs value",
    ),
];
/// Columns that break a total down, and their totals.
const PARTS: [(&str, &str); 4] = [
    ("District", "All Districts"),
    ("Port", "All Ports"),
    ("Method of Transportation", "All Methods"),
    ("Rate Provision", "All Rate Provisions"),
];

/// Whether a header is that of such a table. `Value ($US)` alone states no flow: a mapping does.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let all = |names: &[&str]| names.iter().all(|name| header.find(name).is_some());
    all(&["Country", "Time"])
        && header
            .names
            .iter()
            .any(|name| name.contains("($US)") && name != "Value ($US)")
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let columns = table.columns(parsed, UsaTradeOnline::new)?;
    table.for_each(parsed, &mut |parsed, record| {
        if columns
            .parts
            .iter()
            .any(|(at, total)| record.at(*at) != *total)
        {
            parsed.exclude(record.row, "parts by district, port or kind");
            return Ok(());
        }
        for measure in &columns.measures {
            match columns.figure(record, measure) {
                Ok(figure) => add_cell(parsed, record, MARKS, figure)?,
                Err(wrong) => return parsed.refuse(record.row, wrong),
            }
        }
        Ok(())
    })
}

/// The positions of the columns.
struct UsaTradeOnline {
    country: usize,
    time: usize,
    state: Option<usize>,
    commodity: Option<usize>,
    parts: Vec<(usize, &'static str)>,
    measures: Vec<(usize, Flow, String)>,
}

impl UsaTradeOnline {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let measure = |(at, name): (usize, &String)| {
            let known = |(start, ..): &&(&str, Flow, &str)| name.starts_with(start);
            let (_, flow, valuation) = MEASURES.iter().find(known)?;
            let is_dollars = name.contains("($US)");
            is_dollars.then(|| (at, *flow, format!("US Census Bureau; {valuation}")))
        };
        let measures: Vec<_> = header
            .names
            .iter()
            .enumerate()
            .filter_map(measure)
            .collect();
        if measures.is_empty() {
            let wanted = MEASURES.map(|(name, ..)| name);
            header.require(&[wanted[0], wanted[2]])?;
        }
        Ok(Self {
            country: header.require(&["Country"])?,
            time: header.require(&["Time"])?,
            state: header.find("State"),
            commodity: header.any(&["Commodity", "HS", "NAICS", "End-use"]),
            parts: PARTS
                .iter()
                .filter_map(|(name, total)| Some((header.find(name)?, *total)))
                .collect(),
            measures,
        })
    }

    fn figure<'a>(
        &self,
        record: &TableRecord<'_>,
        (column, flow, source): &'a (usize, Flow, String),
    ) -> Result<CellFigure<'a>, CellError> {
        let expected = "expected a month (January 2024, Jan-24), a year, or 2024 through March";
        Ok(CellFigure {
            column: *column,
            key: SeriesKey {
                reporter: self.reporter(record)?,
                partner: area(record, self.country)?,
                flow: *flow,
                product: self.product(record)?,
                unit: Currency::USD,
            },
            span: period(record.at(self.time)).ok_or_else(|| record.error(self.time, expected))?,
            exponent: 0,
            status: "published",
            source,
        })
    }

    /// Return the country, or a state of it.
    fn reporter(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let column = self.state.unwrap_or(self.country);
        let found = match record.opt(self.state) {
            "" | "All States" => Some(known("USA")),
            state => state_of(state),
        };
        found.ok_or_else(|| record.error(column, "expected the name of a state, or All States"))
    }

    /// Return the code before the name of a commodity, `01 Live Animals`.
    fn product(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let text = record.opt(self.commodity);
        let column = self.commodity.unwrap_or(self.country);
        let found =
            if text.is_empty() || text.starts_with("All ") || text == "Total All Commodities" {
                Some(known("TOTAL"))
            } else {
                let number = text.split(' ').next().unwrap_or_default();
                let is_code = matches!(number.len(), 2 | 4 | 6 | 10)
                    && number.bytes().all(|b| b.is_ascii_digit())
                    && record.header.names[column].eq_ignore_ascii_case("Commodity");
                is_code.then(|| code(&format!("HS-{number}"))).flatten()
            };
        found.ok_or_else(|| {
            let expected = "expected All Commodities, or a commodity of the Harmonized System with \
                its code before the name";
            record.error(column, expected)
        })
    }
}

/// Return the code of a state in ISO 3166-2 by its English name.
fn state_of(name: &str) -> Option<Code> {
    let country = rust_iso3166::from_alpha2("US")?;
    let states = country.subdivisions()?;
    let state = states.iter().find(|state| state.name == name)?;
    code(state.code)
}

#[cfg(test)]
mod tests {
    use crate::ingest::InvalidRows;
    use crate::ingest::formats::{Format, read_bytes};
    use std::path::Path;

    /// Headings as the site writes them since 2024; the figures are invented.
    #[test]
    fn a_measure_may_leave_the_flow_to_its_kind_of_imports() {
        let table = |measure: &str| {
            format!(
                "Commodity,Country,Time,{measure}\nAll Commodities,Kazakhstan,January 2024,12\n"
            )
        };
        let read = |text: &str| {
            let path = Path::new("f.csv");
            read_bytes(path, text.as_bytes(), None, InvalidRows::Refuse)
        };
        let (format, parsed) = read(&table("Customs Value (Gen) ($US)")).unwrap();
        let key = parsed.figures.key(parsed.figures.rows()[0].key).to_string();
        assert_eq!(
            (format, key.as_str()),
            (Format::UsaTradeOnline, "USA.KAZ.M.TOTAL.USD")
        );
        let refused = read(&table("Value ($US)")).unwrap_err().to_string();
        assert!(refused.contains("--flow FLOW"), "{refused}");
        let refused = read(&table("CIF Value (Gen) ($US)")).unwrap_err();
        assert!(refused.to_string().contains("Customs Import Value"));
    }
}
