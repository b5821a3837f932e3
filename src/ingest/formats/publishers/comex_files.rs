//! Reads the files of a year of Brazil's Comex Stat (`EXP_2024.csv`, `IMP_2024.csv`): a row a
//! month, tariff line, country, state, mode of transport and customs office. Rows of a month,
//! tariff line and country are summed.

use super::label::{code, known};
use super::part_sums::PartSums;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span};
use std::collections::HashMap;
use std::path::Path;

/// The numbers of countries of Brazil's ministry, with the codes of ISO 3166 that it gives them.
/// Others keep their number behind `BRC`.
const COUNTRIES: &str = include_str!("brazil_countries.csv");

/// Whether a header is that of such a file.
pub(super) fn is_header(header: &TableHeader) -> bool {
    let columns = ["CO_ANO", "CO_MES", "CO_PAIS", "VL_FOB"];
    columns.iter().all(|column| header.find(column).is_some())
}

/// Read a file.
pub(super) fn read(table: TextTable<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let flow = flow(&table.header, parsed)?;
    let columns = table.columns(parsed, ComexFileColumns::new)?;
    let header = table.header.clone();
    let rows = COUNTRIES.lines().skip(1);
    let countries: HashMap<&str, &str> = rows.filter_map(|row| row.split_once(',')).collect();
    let mut sums = PartSums::default();
    table.for_each(parsed, &mut |parsed, record| {
        columns
            .add(record, flow, &countries, &mut sums)
            .or_else(|wrong| parsed.refuse(record.row, wrong))
    })?;
    sums.finish(true, &header, parsed)
}

/// Return the flow of a file: only imports have columns of freight. Else its name states it, or the
/// caller.
///
/// # Errors
/// A file that does not state it.
fn flow(header: &TableHeader, parsed: &ParsedFile) -> Result<Flow, IngestError> {
    let name = parsed.file().file_name().map(Path::new);
    let name = name.map_or(String::new(), |name| name.display().to_string());
    let named = match name.get(..4).map(str::to_ascii_uppercase).as_deref() {
        Some("EXP_") => Some(Flow::Exports),
        Some("IMP_") => Some(Flow::Imports),
        _ => None,
    };
    let freight = header.any(&["VL_FRETE", "VL_SEGURO"]);
    let found = freight.map(|_| Flow::Imports).or(named);
    found.or(parsed.stated().flow).ok_or_else(|| {
        parsed.refuse_file(
            "expected a name that states the flow, EXP_2024.csv or IMP_2024.csv; state it with \
             --flow X or --flow M",
        )
    })
}

/// The positions of the columns.
struct ComexFileColumns {
    year: usize,
    month: usize,
    country: usize,
    product: usize,
    value: usize,
}

impl ComexFileColumns {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        if let Some(place) = header.any(&["CO_MUN", "SG_UF_MUN"]) {
            return Err(CellError {
                column: header.names[place].clone(),
                value: None,
                expected: "expected the file by tariff line (CO_NCM): that by municipality counts \
                    by the seat of firms"
                    .to_owned(),
            });
        }
        Ok(Self {
            year: header.require(&["CO_ANO"])?,
            month: header.require(&["CO_MES"])?,
            country: header.require(&["CO_PAIS"])?,
            product: header.require(&["CO_NCM"])?,
            value: header.require(&["VL_FOB"])?,
        })
    }

    /// Add the value of a row.
    ///
    /// # Errors
    /// The cell that is wrong.
    fn add(
        &self,
        record: &TableRecord<'_>,
        flow: Flow,
        countries: &HashMap<&str, &str>,
        sums: &mut PartSums,
    ) -> Result<(), CellError> {
        let year = record.at(self.year).parse().ok();
        let year = year.filter(|year| (1900..2200).contains(year));
        let year = year.ok_or_else(|| record.error(self.year, "expected a year"))?;
        let month = record.at(self.month).parse().ok();
        let month = month.and_then(|month| Month::new(year, month));
        let month = month.ok_or_else(|| record.error(self.month, "expected a month, 01 to 12"))?;
        let key = SeriesKey {
            reporter: known("BRA"),
            partner: partner(record, self.country, countries)?,
            flow,
            product: product(record, self.product)?,
            unit: Currency::USD,
        };
        let value = record.number(self.value)?;
        sums.add((key, Span::month(month)), record.row, self.value, value);
        Ok(())
    }
}

/// Return the country of a number, which a spreadsheet may have taken zeros from.
fn partner(
    record: &TableRecord<'_>,
    column: usize,
    countries: &HashMap<&str, &str>,
) -> Result<Code, CellError> {
    let number = format!("{:0>3}", record.at(column));
    let is_number = number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit());
    let found = match countries.get(number.as_str()) {
        Some(alpha3) => code(alpha3),
        None => code(&format!("BRC{number}")),
    };
    found
        .filter(|_| is_number)
        .ok_or_else(|| record.error(column, "expected a country's number, three digits"))
}

/// Return a tariff line of eight digits, which a spreadsheet may have taken a zero from.
fn product(record: &TableRecord<'_>, column: usize) -> Result<Code, CellError> {
    let digits = format!("{:0>8}", record.at(column));
    let is_line = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
    let found = is_line.then(|| code(&format!("NCM-{digits}"))).flatten();
    found.ok_or_else(|| record.error(column, "expected a tariff line (NCM), eight digits"))
}
