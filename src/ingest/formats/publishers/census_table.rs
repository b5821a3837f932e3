//! Reads the Census Bureau's table of trade by country, `country.xlsx`: a row a country and year, a
//! column for each month of imports (`IJAN` …) and exports (`EJAN` …), in millions of dollars.

use super::cell::CellFigure;
use super::label::known;
use super::period::month_number;
use super::year_rows::{self, MonthColumn};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, SeriesKey, Span, areas};

/// The group that is the world; that of seasonally adjusted figures.
const WORLD: &str = "0015";
const ADJUSTED: &str = "0004";

/// Whether a header is that of the table.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let any = header.any(&["IJAN", "EJAN"]).is_some();
    any && header.find("CTY_CODE").is_some() && header.find("year").is_some()
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let columns = table.columns(parsed, CensusTable::new)?;
    year_rows::read(
        table,
        parsed,
        (columns.year, &columns.months),
        |record| {
            let adjusted = columns.group(record) == ADJUSTED;
            adjusted.then_some("seasonally adjusted or otherwise made from other rows")
        },
        |record, column, span| columns.figure(record, column, span),
    )
}

/// The positions of the columns.
struct CensusTable {
    year: usize,
    country: usize,
    months: Vec<MonthColumn>,
}

impl CensusTable {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let month = |(column, name): (usize, &String)| {
            let flow = match name.chars().next()?.to_ascii_uppercase() {
                'I' => Flow::Imports,
                'E' => Flow::Exports,
                _ => return None,
            };
            Some(MonthColumn {
                column,
                flow: Some(flow),
                month: month_number(name.get(1..)?)?,
            })
        };
        Ok(Self {
            year: header.require(&["year"])?,
            country: header.require(&["CTY_CODE"])?,
            months: header.names.iter().enumerate().filter_map(month).collect(),
        })
    }

    fn figure(
        &self,
        record: &TableRecord<'_>,
        column: &MonthColumn,
        span: Span,
    ) -> Result<CellFigure<'static>, CellError> {
        Ok(CellFigure {
            column: column.column,
            key: SeriesKey {
                reporter: known("USA"),
                partner: self.partner(record)?,
                flow: column.flow.unwrap_or(Flow::Total),
                product: known("TOTAL"),
                unit: Currency::USD,
            },
            span,
            exponent: 6,
            status: "published",
            source: "US Census Bureau, trade by country",
        })
    }

    /// Return the code of a country or group, with the zeros that spreadsheets take away.
    fn group(&self, record: &TableRecord<'_>) -> String {
        format!("{:0>4}", record.at(self.country).trim_start_matches('\''))
    }

    fn partner(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let found = match self.group(record).as_str() {
            WORLD => Some(known("WLD")),
            other => areas::of_schedule_c(other),
        };
        let expected = "expected a code of Schedule C, for example 5700";
        found.ok_or_else(|| record.error(self.country, expected))
    }
}
