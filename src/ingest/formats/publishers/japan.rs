//! Reads the tables of Japan Customs, in thousands of yen: a row a product (and country) and year
//! with a column a month (`Value-Jan`), and time series of a country or region by month
//! (`Years/Months`, `Exp-Total`, `Imp-Total`).

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{code, known};
use super::period::month_number;
use super::year_rows::{self, MonthColumn};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span, areas};

const SOURCE: &str = "Japan Customs";
const MARKS: Marks = Marks {
    nil: &["-"],
    gap: &[],
};

/// Numbers of the list of countries of Japan Customs. Others keep their number behind `JPC`.
const COUNTRIES: [(&str, &str); 80] = [
    ("103", "KOR"),
    ("105", "CHN"),
    ("106", "TWN"),
    ("107", "MNG"),
    ("108", "HKG"),
    ("110", "VNM"),
    ("111", "THA"),
    ("112", "SGP"),
    ("113", "MYS"),
    ("116", "BRN"),
    ("117", "PHL"),
    ("118", "IDN"),
    ("120", "KHM"),
    ("121", "LAO"),
    ("122", "MMR"),
    ("123", "IND"),
    ("124", "PAK"),
    ("125", "LKA"),
    ("127", "BGD"),
    ("129", "MAC"),
    ("133", "IRN"),
    ("134", "IRQ"),
    ("137", "SAU"),
    ("138", "KWT"),
    ("140", "QAT"),
    ("141", "OMN"),
    ("143", "ISR"),
    ("147", "ARE"),
    ("153", "KAZ"),
    ("201", "ISL"),
    ("202", "NOR"),
    ("203", "SWE"),
    ("204", "DNK"),
    ("205", "GBR"),
    ("206", "IRL"),
    ("207", "NLD"),
    ("208", "BEL"),
    ("209", "LUX"),
    ("210", "FRA"),
    ("213", "DEU"),
    ("215", "CHE"),
    ("217", "PRT"),
    ("218", "ESP"),
    ("220", "ITA"),
    ("221", "MLT"),
    ("222", "FIN"),
    ("223", "POL"),
    ("224", "RUS"),
    ("225", "AUT"),
    ("227", "HUN"),
    ("230", "GRC"),
    ("231", "ROU"),
    ("232", "BGR"),
    ("233", "CYP"),
    ("234", "TUR"),
    ("235", "EST"),
    ("236", "LVA"),
    ("237", "LTU"),
    ("238", "UKR"),
    ("241", "HRV"),
    ("242", "SVN"),
    ("245", "CZE"),
    ("246", "SVK"),
    ("302", "CAN"),
    ("304", "USA"),
    ("305", "MEX"),
    ("312", "PAN"),
    ("324", "PRI"),
    ("401", "COL"),
    ("407", "PER"),
    ("409", "CHL"),
    ("410", "BRA"),
    ("413", "ARG"),
    ("501", "MAR"),
    ("506", "EGY"),
    ("524", "NGA"),
    ("541", "KEN"),
    ("551", "ZAF"),
    ("601", "AUS"),
    ("606", "NZL"),
];

/// Whether a header is that of a table of Japan Customs.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let first = header.names.first().map(String::as_str);
    let rows = first == Some("Exp or Imp") && header.find("Value-Jan").is_some();
    rows || first == Some("Years/Months") && header.any(&["Exp-Total", "Imp-Total"]).is_some()
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    if table.header.find("Exp or Imp").is_none() {
        return read_series(table, parsed);
    }
    let columns = table.columns(parsed, ProductColumns::new)?;
    year_rows::read(
        table,
        parsed,
        (columns.year, &columns.months),
        |_| None,
        |record, column, span| columns.figure(record, column, span),
    )
}

/// Return the key of a series of Japan.
fn key(partner: Code, flow: Flow, product: Code) -> Result<SeriesKey, crate::trade::TradeError> {
    Ok(SeriesKey {
        reporter: known("JPN"),
        partner,
        flow,
        product,
        unit: Currency::parse("JPY")?,
    })
}

/// Return the country of a number; `None` for a text that is none.
fn country(text: &str) -> Option<Code> {
    let text = text.trim_matches('\'');
    if text.len() != 3 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let listed = COUNTRIES.iter().find(|(number, _)| *number == text);
    match listed {
        Some((_, country)) => code(country),
        None => code(&format!("JPC{text}")),
    }
}

/// The positions of the columns of products.
struct ProductColumns {
    flow: usize,
    year: usize,
    product: usize,
    country: Option<usize>,
    months: Vec<MonthColumn>,
}

impl ProductColumns {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        if let Some(office) = header.any(&["Custom", "Customs", "Port"]) {
            return Err(CellError {
                column: header.names[office].clone(),
                value: None,
                expected: "expected the table of all customs offices: this one breaks totals down"
                    .to_owned(),
            });
        }
        let month = |(column, name): (usize, &String)| {
            let name = name.strip_prefix("Value-")?;
            // April is `Apl` in older files.
            let month = if name == "Apl" {
                Some(4)
            } else {
                month_number(name)
            };
            Some(MonthColumn {
                column,
                flow: None,
                month: month?,
            })
        };
        Ok(Self {
            flow: header.require(&["Exp or Imp"])?,
            year: header.require(&["Year"])?,
            product: header.require(&["HS"])?,
            country: header.find("Country"),
            months: header.names.iter().enumerate().filter_map(month).collect(),
        })
    }

    fn figure(
        &self,
        record: &TableRecord<'_>,
        column: &MonthColumn,
        span: Span,
    ) -> Result<CellFigure<'static>, CellError> {
        let flow = match record.at(self.flow) {
            "1" => Flow::Exports,
            "2" => Flow::Imports,
            _ => return Err(record.error(self.flow, "expected 1 (exports) or 2 (imports)")),
        };
        let partner = match self.country {
            None => Some(known("WLD")),
            Some(column) => country(record.at(column)),
        };
        let partner = partner.ok_or_else(|| {
            let column = self.country.unwrap_or(self.product);
            record.error(
                column,
                "expected a country's number of Japan Customs, three digits",
            )
        })?;
        // Codes have six or nine digits; a spreadsheet takes a leading zero away.
        let text = record.at(self.product).trim_matches('\'');
        let digits = match text.len() {
            1 | 3 | 5 | 8 => format!("0{text}"),
            _ => text.to_owned(),
        };
        let is_line = matches!(digits.len(), 2 | 4 | 6 | 9);
        let is_code = is_line && digits.bytes().all(|b| b.is_ascii_digit());
        let product = is_code.then(|| code(&format!("HS-{digits}"))).flatten();
        let product = product.ok_or_else(|| {
            record.error(
                self.product,
                "expected a code of the Harmonized System, 6 or 9 digits",
            )
        })?;
        Ok(CellFigure {
            column: column.column,
            key: key(partner, flow, product)
                .map_err(|error| record.error(self.product, error.to_string()))?,
            span,
            exponent: 3,
            status: "published",
            source: SOURCE,
        })
    }
}

/// Read a time series. Months that have not been published are zero or `-` in every column.
fn read_series(table: TextTable<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let titles = table.titles.iter().flatten();
    let unit = titles.clone().any(|title| title.contains("a thousand yen"));
    if !unit {
        return Err(parsed.refuse_file("expected a title with the unit, (a thousand yen)"));
    }
    let name = titles
        .filter_map(|title| title.split_once("Monthly Data"))
        .next();
    let partner = name.and_then(|(name, _)| areas::of_text(name));
    let mut columns = Vec::new();
    for (column, name) in table.header.names.iter().enumerate() {
        let (flow, of) = match name.split_once('-') {
            Some(("Exp", of)) => (Flow::Exports, of),
            Some(("Imp", of)) => (Flow::Imports, of),
            _ => continue,
        };
        let of = if of == "Total" {
            partner.clone()
        } else {
            country(of)
        };
        let Some(of) = of else {
            return Err(parsed.refuse_file(format!(
                "expected a title that names a country or region, or a country's number, for \
                 column `{name}`"
            )));
        };
        let key = key(of, flow, known("TOTAL"));
        let key = key.map_err(|error| parsed.refuse_file(error.to_string()))?;
        columns.push((column, key));
    }
    table.for_each(parsed, &mut |parsed, record| {
        let Ok(month) = Month::parse(record.at(0)) else {
            let wrong = record.error(0, "expected a month, for example 2024/05");
            return parsed.refuse(record.row, wrong);
        };
        let nothing = |(column, _): &(usize, SeriesKey)| {
            let text = record.at(*column);
            text.is_empty() || text == "-" || text.parse::<f64>().is_ok_and(|v| v == 0.0)
        };
        if columns.iter().all(nothing) {
            parsed.exclude(record.row, "months without any trade, not published yet");
            return Ok(());
        }
        for (column, key) in &columns {
            let figure = CellFigure {
                column: *column,
                key: key.clone(),
                span: Span::month(month),
                exponent: 3,
                status: "published",
                source: SOURCE,
            };
            add_cell(parsed, record, MARKS, figure)?;
        }
        Ok(())
    })
}
