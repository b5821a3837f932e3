//! Reads BACI of the CEPII: exporter `i`, importer `j`, product `k`, a year `t`, the value `v` in
//! thousands of dollars. Its figures are made of both sides' reports, and are read as exports of
//! the exporter over a year.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{harmonized, known};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Currency, Flow, SeriesKey, Span, areas};

/// The columns, in their order.
const COLUMNS: [&str; 6] = ["t", "i", "j", "k", "v", "q"];
const MARKS: Marks = Marks {
    nil: &[],
    gap: &["NA", "           NA"],
};

/// Whether a header is that of BACI.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let same = |(name, known): (&String, &str)| name.eq_ignore_ascii_case(known);
    header.names.len() == COLUMNS.len() && header.names.iter().zip(COLUMNS).all(same)
}

/// Read a file.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    table.for_each(parsed, &mut |parsed, record| match figure(record) {
        Ok(figure) => add_cell(parsed, record, MARKS, figure),
        Err(wrong) => parsed.refuse(record.row, wrong),
    })
}

fn figure(record: &TableRecord<'_>) -> Result<CellFigure<'static>, CellError> {
    let area = |column: usize| {
        let expected = "expected a country's number of M49 or Comtrade's own";
        areas::of_m49(record.at(column)).ok_or_else(|| record.error(column, expected))
    };
    // Codes have six digits.
    let product = record.at(3);
    let product = if product.eq_ignore_ascii_case("TOTAL") {
        Some(known("TOTAL"))
    } else {
        harmonized(&format!("{product:0>6}"))
    };
    let span = Span::parse(record.at(0)).ok().filter(|s| s.len() == 12);
    Ok(CellFigure {
        column: 4,
        key: SeriesKey {
            reporter: area(1)?,
            partner: area(2)?,
            flow: Flow::Exports,
            product: product.ok_or_else(|| {
                record.error(3, "expected a code of the Harmonized System, six digits")
            })?,
            unit: Currency::USD,
        },
        span: span.ok_or_else(|| record.error(0, "expected a year"))?,
        exponent: 3,
        status: "published",
        source: "CEPII BACI",
    })
}
