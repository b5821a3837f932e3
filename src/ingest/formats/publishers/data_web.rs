//! Reads workbooks of the USITC's DataWeb: the query on the first sheet, a sheet of values with the
//! products or countries in rows and years in columns, or a sheet a year with months in columns.
//!
//! General imports at customs value and total exports are read. Domestic exports and imports for
//! consumption are other figures, and are refused.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{area, harmonized, known};
use super::period::{month_number, period};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::mapping::{command_for, quoted};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::sheet::SheetCells;
use crate::trade::{Code, Currency, Flow, SeriesKey, Span, areas};
use std::path::Path;

const MARKS: Marks = Marks { nil: &[], gap: &[] };

/// Whether a header is that of a sheet of values.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let first = header.names.first().map(String::as_str);
    let names = || header.names.iter();
    let has_years = names().any(|name| period(name).is_some());
    let has_months = names().filter(|name| month_number(name).is_some()).count() > 1;
    first == Some("Data Type") && (has_years || has_months)
}

/// Read the sheet of values of number `at`; `sheets` are the first rows of all sheets of the
/// workbook.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    sheets: &[SheetCells],
    at: usize,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let query = DataWebQuery::of(sheets, parsed.file());
    let mut query = query.map_err(|expected| parsed.refuse_file(expected))?;
    query.product = parsed.stated().product.clone();
    let name = sheets.get(at).and_then(|sheet| sheet.name.as_deref());
    let year = name.and_then(|name| name.split(',').next());
    let columns = table.columns(parsed, |header| DataWeb::new(header, &query, year))?;
    table.for_each(parsed, &mut |parsed, record| {
        let is_total = record.at(0).starts_with("Total");
        if !is_total && record.at(0) != query.measure {
            parsed.exclude(record.row, "another kind of data than the query's first");
            return Ok(());
        }
        let (partner, product) = match columns.row(record, &query, is_total) {
            Ok(Some(row)) => row,
            Ok(None) => {
                parsed.exclude(record.row, "totals of several countries or products");
                return Ok(());
            }
            Err(wrong) => return parsed.refuse(record.row, wrong),
        };
        for (column, span) in &columns.spans {
            let figure = CellFigure {
                column: *column,
                key: SeriesKey {
                    reporter: known("USA"),
                    partner: partner.clone(),
                    flow: query.flow,
                    product: product.clone(),
                    unit: Currency::USD,
                },
                span: *span,
                exponent: 0,
                status: "published",
                source: query.source,
            };
            add_cell(parsed, record, MARKS, figure)?;
        }
        Ok(())
    })
}

/// What the first sheet says of the values.
struct DataWebQuery {
    flow: Flow,
    measure: &'static str,
    source: &'static str,
    /// The country of all rows; `None` where countries are broken out.
    partner: Option<Code>,
    /// Whether all commodities were asked for.
    whole: bool,
    /// The product of all rows, as the caller states it.
    product: Option<Code>,
}

impl DataWebQuery {
    /// Read the query.
    ///
    /// # Errors
    /// What was expected.
    fn of(sheets: &[SheetCells], file: &Path) -> Result<Self, String> {
        let stated = |name: &str| {
            let rows = sheets.iter().flat_map(|sheet| &sheet.rows);
            let mut found = rows.filter(|row| row.first().is_some_and(|cell| cell.trim() == name));
            found
                .next()
                .and_then(|row| row.get(1))
                .map(|cell| cell.trim())
        };
        let flow = stated("Trade Flow").unwrap_or_default();
        let (flow, measure, source) = match flow {
            "General Imports" => (
                Flow::Imports,
                "General Customs Value",
                "USITC DataWeb; general imports, customs value",
            ),
            "Total Exports" => (
                Flow::Exports,
                "FAS Value",
                "USITC DataWeb; total exports, f.a.s.",
            ),
            other => {
                let country = stated("Country List").unwrap_or_default();
                let partner = match areas::area(country) {
                    Ok(area) => area.to_string(),
                    Err(_) => "col:Country".to_owned(),
                };
                let year = stated("Years").unwrap_or("YEAR");
                let flow = if other.contains("Imports") { "M" } else { "X" };
                let key = format!("reporter=USA,partner={partner},flow={flow}");
                let is_monthly = stated("Timeframe Aggregation") == Some("Monthly");
                let options = match is_monthly {
                    true => {
                        let measure = stated("Data To Report").unwrap_or_default();
                        let rows = quoted(&format!("Data Type={measure}"));
                        let map = quoted(&format!("{key},unit=USD"));
                        format!("--wide --map {map} --where {rows} --product CODE")
                    }
                    false => {
                        let map = quoted(&format!(
                            "{key},product=col:HTS Number,period={year},value=col:{year},unit=USD"
                        ));
                        format!("--map {map}")
                    }
                };
                return Err(format!(
                    "expected General Imports or Total Exports on the sheet `Query Parameters`, \
                     not `{other}`, which are a part of them or valued otherwise. If you want \
                     them under this key all the same, state what the columns are and pass the \
                     title over: {} {options} --skip {}",
                    command_for(file),
                    quoted(other)
                ));
            }
        };
        let countries = stated("Country List").unwrap_or_default();
        let partner = match (countries, stated("Country Aggregation")) {
            (_, Some("Break Out Countries")) => None,
            ("" | "All Countries", _) => Some(known("WLD")),
            (one, _) => Some(areas::area(one).map_err(|unknown| {
                format!("expected one country as Country List, not `{one}`: {unknown}")
            })?),
        };
        let whole = stated("Commodity List").unwrap_or_default().is_empty();
        Ok(Self {
            flow,
            measure,
            source,
            partner,
            whole,
            product: None,
        })
    }
}

/// The positions of the columns.
struct DataWeb {
    product: Option<usize>,
    country: Option<usize>,
    spans: Vec<(usize, Span)>,
}

impl DataWeb {
    /// Find the columns; `year` is that of months without one.
    fn new(
        header: &TableHeader,
        query: &DataWebQuery,
        year: Option<&str>,
    ) -> Result<Self, CellError> {
        let country = header.any(&["Country"]);
        if query.partner.is_none() && country.is_none() {
            header.require(&["Country"])?;
        }
        let product = header.any(&["HTS Number", "Schedule B Number"]);
        if product.is_none() && !query.whole && query.product.is_none() {
            return Err(CellError::of_row(
                "expected a column of products, as the query chose some: state with --product \
                 which they are, or TOTAL if they are all",
            ));
        }
        let span = |name: &str| {
            let of_year = |year: &str| period(&format!("{name} {}", year.trim()));
            period(name).or_else(|| of_year(year?))
        };
        let names = header.names.iter().enumerate();
        Ok(Self {
            product,
            country,
            spans: names
                .filter_map(|(at, name)| Some((at, span(name)?)))
                .collect(),
        })
    }

    /// Return partner and product of a row; `None` of a total that is none of one country and all
    /// goods.
    fn row(
        &self,
        record: &TableRecord<'_>,
        query: &DataWebQuery,
        is_total: bool,
    ) -> Result<Option<(Code, Code)>, CellError> {
        if is_total {
            let partner = query.partner.clone().filter(|_| query.whole);
            return Ok(partner.map(|partner| (partner, known("TOTAL"))));
        }
        let whole = || query.product.clone().unwrap_or_else(|| known("TOTAL"));
        let partner = match (&query.partner, self.country) {
            (Some(partner), _) => partner.clone(),
            (None, Some(column)) => area(record, column)?,
            (None, None) => known("WLD"),
        };
        let product = match self.product {
            None => whole(),
            Some(column) => harmonized(record.at(column)).ok_or_else(|| {
                record.error(column, "expected a code of the Harmonized Tariff Schedule")
            })?,
        };
        Ok(Some((partner, product)))
    }
}
