//! Reads tables of Brazil's Comex Stat, Portuguese or English: years in columns (`Exportação - 2024
//! - Valor US$ FOB`) or in a column of their own, with or without months.
//!
//! Rows by state, mode of transport or customs office are summed, if the sheet of details says that
//! none was chosen. The newest year of a table without months may not be over, and is left out.
//! The files of whole years are read by [`comex_files`].

use super::comex_files;
use super::label::{area, code, known};
use super::part_sums::PartSums;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::sheet::SheetCells;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span};

/// The columns of countries.
const COUNTRY: [&str; 4] = ["Países", "País", "Countries", "Country"];
/// The columns of product codes, with their classification.
const PRODUCTS: [(&str, &str); 10] = [
    ("Código NCM", "NCM"),
    ("NCM Code", "NCM"),
    ("Código SH6", "HS"),
    ("Código SH4", "HS"),
    ("Código SH2", "HS"),
    ("HS6 Code", "HS"),
    ("HS4 Code", "HS"),
    ("HS2 Code", "HS"),
    ("Código Subposição", "HS"),
    ("Código Posição", "HS"),
];
/// Columns that break a figure down into parts, which are summed.
const PARTS: [&str; 9] = [
    "UF do Produto",
    "UF do Município",
    "UF do Exportador",
    "Via",
    "URF",
    "State",
    "Product State",
    "Mode of transport",
    "Customs Unit",
];
const YEAR: [&str; 2] = ["Ano", "Year"];
const MONTH: [&str; 2] = ["Mês", "Month"];
const FLOW: [&str; 2] = ["Fluxo", "Flow"];

/// Whether a column holds values in dollars f.o.b.
fn is_value(name: &str) -> bool {
    name.contains("US$ FOB") || name.contains("FOB (US$)")
}

/// Return flow and year of a column of values, `Exportação - 2024 - Valor US$ FOB`.
fn heading(name: &str) -> Option<(Option<Flow>, Option<i32>)> {
    if !is_value(name) {
        return None;
    }
    let (mut flow, mut year) = (None, None);
    for part in name.split(" - ").map(str::trim) {
        match (Flow::parse(part), part.parse()) {
            (Ok(found), _) => flow = Some(found),
            (_, Ok(found)) => year = Some(found),
            _ => {}
        }
    }
    Some((flow, year))
}

/// Whether a header is that of such a table.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let years = header.names.iter().any(|name| heading(name).is_some());
    comex_files::is_header(header)
        || years
            && header
                .any(&[COUNTRY.as_slice(), &YEAR, &FLOW].concat())
                .is_some()
}

/// Read a table; `sheets` are the first rows of all sheets of its workbook.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    sheets: &[SheetCells],
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    if comex_files::is_header(&table.header) {
        return comex_files::read(table, parsed);
    }
    let columns = table.columns(parsed, |header| ComexStat::new(header, sheets))?;
    let header = table.header.clone();
    let mut sums = PartSums::default();
    table.for_each(parsed, &mut |parsed, record| {
        let stated = parsed.stated().flow;
        columns
            .add(record, stated, &mut sums)
            .or_else(|wrong| parsed.refuse(record.row, wrong))
    })?;
    sums.finish(columns.month.is_some(), &header, parsed)
}

/// The positions of the columns.
struct ComexStat {
    country: Option<usize>,
    product: Option<(usize, &'static str)>,
    year: Option<usize>,
    month: Option<usize>,
    flow: Option<usize>,
    values: Vec<(usize, Option<Flow>, Option<i32>)>,
}

impl ComexStat {
    fn new(header: &TableHeader, sheets: &[SheetCells]) -> Result<Self, CellError> {
        let values = header.names.iter().enumerate();
        let values: Vec<_> = values
            .filter_map(|(at, name)| heading(name).map(|(flow, year)| (at, flow, year)))
            .collect();
        for part in header
            .names
            .iter()
            .filter(|name| PARTS.contains(&name.as_str()))
        {
            if is_filtered(part, sheets) != Some(false) {
                return Err(CellError {
                    column: part.clone(),
                    value: None,
                    expected: "expected a table without this column, or a workbook whose sheet of \
                        details says that no part was chosen: its rows may be a part of the total"
                        .to_owned(),
                });
            }
        }
        let mut products = PRODUCTS.iter();
        Ok(Self {
            country: header.any(&COUNTRY),
            product: products.find_map(|(name, of)| Some((header.find(name)?, *of))),
            year: header.any(&YEAR),
            month: header.any(&MONTH),
            flow: header.any(&FLOW),
            values,
        })
    }

    /// Add the values of a row.
    ///
    /// # Errors
    /// The cell that is wrong.
    fn add(
        &self,
        record: &TableRecord<'_>,
        stated: Option<Flow>,
        sums: &mut PartSums,
    ) -> Result<(), CellError> {
        let partner = match self.country {
            Some(column) => area(record, column)?,
            None => known("WLD"),
        };
        let product = self.product(record)?;
        for (column, flow, year) in &self.values {
            let text = record.at(*column);
            if text.is_empty() {
                continue;
            }
            let own = Flow::parse(record.opt(self.flow)).ok();
            let flow = flow.or(own).or(stated).ok_or_else(|| {
                record.error(
                    *column,
                    "expected a flow: state it with --flow X or --flow M",
                )
            })?;
            let span = self.span(record, *year)?;
            let value = record.number(*column)?;
            let key = SeriesKey {
                reporter: known("BRA"),
                partner: partner.clone(),
                flow,
                product: product.clone(),
                unit: Currency::USD,
            };
            sums.add((key, span), record.row, *column, value);
        }
        Ok(())
    }

    fn product(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let Some((column, classification)) = self.product else {
            return Ok(known("TOTAL"));
        };
        let text = record.at(column);
        let is_code = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_digit());
        let found = is_code
            .then(|| code(&format!("{classification}-{text}")))
            .flatten();
        found.ok_or_else(|| record.error(column, "expected the code of a product"))
    }

    fn span(&self, record: &TableRecord<'_>, year: Option<i32>) -> Result<Span, CellError> {
        let column = self.year.or(self.country).unwrap_or(0);
        let year = year.or_else(|| record.opt(self.year).parse().ok());
        let year = year.filter(|year| (1900..2200).contains(year));
        let year = year.ok_or_else(|| record.error(column, "expected a year"))?;
        let Some(column) = self.month else {
            return Ok(Span::year(year));
        };
        // `05. Maio`, or the number alone.
        let number = record.at(column).split('.').next().unwrap_or_default();
        let month = number
            .trim()
            .parse()
            .ok()
            .and_then(|month| Month::new(year, month));
        month
            .map(Span::month)
            .ok_or_else(|| record.error(column, "expected a month, `05. Maio`"))
    }
}

/// Whether a part was chosen in the query of a workbook, by the column of its name in the sheet of
/// details; `None` where no sheet says so.
fn is_filtered(part: &str, sheets: &[SheetCells]) -> Option<bool> {
    let details = sheets.iter().find(|sheet| {
        let first = sheet.text(0, 0);
        first == "Ano inicial" || first == "Initial year"
    })?;
    let names = details.rows.first()?;
    let column = names.iter().position(|name| name == part)?;
    let chosen = |row: &Vec<String>| row.get(column).is_some_and(|cell| !cell.trim().is_empty());
    Some(details.rows.iter().skip(1).any(chosen))
}
