//! Reads tables of India's TradeStat (EIDB and MEIDB): the query in titles above the header, fiscal
//! years (`2023 - 2024`, April to March), months (`Mar-2024(R)`) or both in columns, shares and
//! growth between them, the total of India in the last row.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{area, harmonized, known};
use super::period::{fiscal_year, month_number, period};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span, areas};

const MARKS: Marks = Marks {
    nil: &["-"],
    gap: &[],
};

/// Whether a header is that of such a table.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let serial = header.any(&["S.No.", "S.No", "Sl.No."]).is_some();
    serial && header.names.iter().any(|name| span(name).is_some())
}

/// Return the months of a column.
fn span(name: &str) -> Option<Span> {
    let bare = name.split('(').next().unwrap_or(name).trim();
    fiscal_year(bare).or_else(|| cumulative(bare)).or_else(|| {
        let single = period(bare)?;
        (single.len() == 1).then_some(single)
    })
}

/// Return the months of `Apr-Mar2024` or `Apr-Dec 2024`, from April to the month named.
fn cumulative(name: &str) -> Option<Span> {
    let rest = name.strip_prefix("Apr-")?;
    let at = rest.find(|c: char| c.is_ascii_digit())?;
    let (month, year) = rest.split_at(at);
    let last = Month::new(year.trim().parse().ok()?, month_number(month)?)?;
    let before = i32::from(last.of_year() < 4);
    let first = Month::new(last.year() - before, 4)?;
    Span::between(first, last)
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let titles: Vec<&String> = table.titles.iter().flatten().collect();
    let title = titles
        .iter()
        .map(|t| t.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let titles = Titles::of(&title).map_err(|expected| parsed.refuse_file(expected))?;
    let columns = table.columns(parsed, TradeStat::new)?;
    table.for_each(parsed, &mut |parsed, record| {
        let (partner, product) = match columns.row(record, &titles) {
            Ok(Some(row)) => row,
            Ok(None) => {
                parsed.exclude(record.row, "totals and shares of the rows above");
                return Ok(());
            }
            Err(wrong) => return parsed.refuse(record.row, wrong),
        };
        for (column, span) in &columns.spans {
            let figure = CellFigure {
                column: *column,
                key: SeriesKey {
                    reporter: known("IND"),
                    partner: partner.clone(),
                    flow: titles.flow,
                    product: product.clone(),
                    unit: titles.currency,
                },
                span: *span,
                exponent: titles.exponent,
                status: "published",
                source: "India, Department of Commerce, TradeStat",
            };
            add_cell(parsed, record, MARKS, figure)?;
        }
        Ok(())
    })
}

/// What the titles state.
struct Titles {
    flow: Flow,
    currency: Currency,
    exponent: i32,
    /// The country that the query was for.
    partner: Option<Code>,
}

impl Titles {
    fn of(title: &str) -> Result<Self, String> {
        let lower = title.to_ascii_lowercase();
        // The name of the service has both words.
        let lower = lower.replace("export import data bank", "");
        let flow = match (lower.contains("export"), lower.contains("import")) {
            (true, false) => Flow::Exports,
            (false, true) => Flow::Imports,
            _ => {
                return Err("expected a title that names Export or Import".to_owned());
            }
        };
        let (currency, exponent) = if lower.contains("us $ million")
            || lower.contains("us$ million")
        {
            ("USD", 6)
        } else if ["lakh", "lacs", "lac"]
            .iter()
            .any(|word| lower.contains(word))
        {
            ("INR", 5)
        } else if lower.contains("crore") {
            ("INR", 7)
        } else {
            return Err(
                "expected a title with the unit: Values in US $ Million or in Rs. Lakhs".to_owned(),
            );
        };
        let country = title
            .split_once("Country:")
            .or_else(|| title.split_once("Country :"));
        let partner = match country {
            None => None,
            Some((_, rest)) => {
                let name = rest.split("  ").next().unwrap_or(rest).trim();
                let bare = name.split(['-', ',']).next().unwrap_or(name).trim();
                // The list of countries has `CHINA P RP` and `BOSNIA-HRZGOVIN`.
                let found = areas::of_text(name).map_or_else(|| areas::area(bare), Ok);
                Some(found.map_err(|unknown| unknown.to_string())?)
            }
        };
        Ok(Self {
            flow,
            currency: Currency::parse(currency).map_err(|error| error.to_string())?,
            exponent,
            partner,
        })
    }
}

/// The positions of the columns.
struct TradeStat {
    product: Option<usize>,
    country: Option<usize>,
    label: usize,
    spans: Vec<(usize, Span)>,
}

impl TradeStat {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let product = header.any(&["HSCode", "HS Code"]);
        let country = header.any(&["Country", "Country / Region", "Country/Region"]);
        if product.is_none() && country.is_none() {
            header.require(&["HSCode", "Country"])?;
        }
        let of_column = |(at, name): (usize, &String)| Some((at, span(name)?));
        Ok(Self {
            product,
            country,
            label: country.or(product).unwrap_or(0),
            spans: header
                .names
                .iter()
                .enumerate()
                .filter_map(of_column)
                .collect(),
        })
    }

    /// Return partner and product of a row; `None` of totals of the rows alone.
    fn row(
        &self,
        record: &TableRecord<'_>,
        titles: &Titles,
    ) -> Result<Option<(Code, Code)>, CellError> {
        let label = record.at(self.label).to_ascii_lowercase();
        let partner = || titles.partner.clone().unwrap_or_else(|| known("WLD"));
        if record.at(0).parse::<u64>().is_err() {
            // `India's Total Export` is the total of all goods and countries.
            let first = record.at(0).to_ascii_lowercase();
            let is_total = first.starts_with("india's total") || label.starts_with("india's total");
            return Ok(is_total.then(|| (known("WLD"), known("TOTAL"))));
        }
        let product = match self.product {
            None => known("TOTAL"),
            Some(column) => harmonized(record.at(column))
                .ok_or_else(|| record.error(column, "expected a code of the Harmonized System"))?,
        };
        let partner = match self.country {
            None => partner(),
            Some(column) => area(record, column)?,
        };
        Ok(Some((partner, product)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_fiscal_years_months_and_cumulatives_are_told_apart() {
        for (name, expected) in [
            ("2023 - 2024", Some("2023-04-01/P12M")),
            ("2023-2024", Some("2023-04-01/P12M")),
            ("Mar-2024(R)", Some("2024-03")),
            ("Apr-Mar2024(F)", Some("2023-04-01/P12M")),
            ("Apr-Dec2024(F)", Some("2024-04-01/P9M")),
            ("%Share", None),
            ("%Growth", None),
        ] {
            let found = span(name).map(|span| span.to_string());
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }
}
