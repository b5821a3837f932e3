//! Reads UN Comtrade's yearly commodity trade as data.un.org gives it: `Country or Area`, `Year`,
//! `Comm. Code`, `Flow`, `Trade (USD)`. The partner of every row is the world.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{area, harmonized, known};
use super::period::period;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Currency, Flow, SeriesKey};

const MARKS: Marks = Marks { nil: &[], gap: &[] };
const AREA: [&str; 2] = ["Country or Area", "country_or_area"];
const PRODUCT: [&str; 3] = ["Comm. Code", "Commodity Code", "comm_code"];
const VALUE: [&str; 2] = ["Trade (USD)", "trade_usd"];

/// Whether a header is that of such a table.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    [AREA.as_slice(), &PRODUCT, &VALUE]
        .iter()
        .all(|names| header.any(names).is_some())
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let columns = table.columns(parsed, UnData::new)?;
    table.for_each(parsed, &mut |parsed, record| {
        if record
            .at(columns.flow)
            .to_ascii_lowercase()
            .starts_with("re-")
        {
            parsed.exclude(
                record.row,
                "re-exports, re-imports or domestic exports, parts of others",
            );
            return Ok(());
        }
        match columns.figure(record) {
            Ok(figure) => add_cell(parsed, record, MARKS, figure),
            Err(wrong) => parsed.refuse(record.row, wrong),
        }
    })
}

/// The positions of the columns.
struct UnData {
    area: usize,
    year: usize,
    product: usize,
    flow: usize,
    value: usize,
}

impl UnData {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        Ok(Self {
            area: header.require(&AREA)?,
            year: header.require(&["Year"])?,
            product: header.require(&PRODUCT)?,
            flow: header.require(&["Flow"])?,
            value: header.require(&VALUE)?,
        })
    }

    fn figure(&self, record: &TableRecord<'_>) -> Result<CellFigure<'static>, CellError> {
        let flow = Flow::parse(record.at(self.flow))
            .map_err(|error| record.error(self.flow, error.to_string()))?;
        let text = record.at(self.product);
        let product = if matches!(text, "TOTAL" | "Total") {
            Some(known("TOTAL"))
        } else {
            harmonized(text)
        };
        let span = period(record.at(self.year)).filter(|span| span.len() == 12);
        Ok(CellFigure {
            column: self.value,
            key: SeriesKey {
                reporter: area(record, self.area)?,
                partner: known("WLD"),
                flow,
                product: product.ok_or_else(|| {
                    record.error(
                        self.product,
                        "expected TOTAL or a code of the Harmonized System",
                    )
                })?,
                unit: Currency::USD,
            },
            span: span.ok_or_else(|| record.error(self.year, "expected a year"))?,
            exponent: 0,
            status: "published",
            source: "UN Comtrade, data.un.org",
        })
    }
}
