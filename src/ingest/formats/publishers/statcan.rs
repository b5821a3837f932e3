//! Reads tables of Statistics Canada as CSV: `REF_DATE`, `GEO`, dimensions in words, `UOM`,
//! `SCALAR_FACTOR`, `VALUE`.
//!
//! A date is a month, the first month of a quarter, or a year; only the distance of the dates of a
//! vector tells which. Seasonally adjusted figures, those on the basis of the balance of payments
//! beside others on the basis of customs, domestic exports and re-exports, and provinces are left
//! out.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{area, code, known};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span};
use std::collections::HashMap;

/// Marks of no figure, in the cell of the value or of its status: not available, not applicable,
/// confidential, too unreliable to be published.
const MARKS: Marks = Marks {
    nil: &[],
    gap: &["..", "...", "x", "F"],
};

/// Whether a header is that of such a table.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let all = |names: &[&str]| names.iter().all(|name| header.find(name).is_some());
    all(&["REF_DATE", "GEO", "UOM", "VALUE", "VECTOR"])
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let header = table.header.clone();
    let columns = table.columns(parsed, StatCan::new)?;
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    let mut dates: HashMap<String, Vec<Month>> = HashMap::new();
    let mut customs = false;
    table.for_each(parsed, &mut |parsed, record| {
        if let Some(reason) = columns.left_out(record) {
            parsed.exclude(record.row, reason);
            return Ok(());
        }
        customs |= record.opt(columns.basis).eq_ignore_ascii_case("customs");
        if let Ok(month) = columns.date(record) {
            let vector = record.at(columns.vector).to_owned();
            dates.entry(vector).or_default().push(month);
        }
        rows.push((record.row, record.cells.to_vec()));
        Ok(())
    })?;
    let distance = distance(dates);
    for (row, cells) in &mut rows {
        // A zero or nothing may stand in the place of a figure that its status withholds.
        let status = columns.status.and_then(|status| cells.get(status));
        let status = status.map_or("", |status| status.trim()).to_owned();
        if MARKS.gap.contains(&status.as_str())
            && let Some(value) = cells.get_mut(columns.value)
        {
            *value = status;
        }
        let record = TableRecord {
            row: *row,
            header: &header,
            cells,
        };
        if customs && !record.opt(columns.basis).eq_ignore_ascii_case("customs") {
            parsed.exclude(*row, "on another basis than that of customs");
            continue;
        }
        match columns.figure(&record, distance) {
            Ok(figure) => add_cell(parsed, &record, MARKS, figure)?,
            Err(wrong) => parsed.refuse(*row, wrong)?,
        }
    }
    Ok(())
}

/// Return the least distance in months of two dates of a vector; `None` where each has one date.
fn distance(dates: HashMap<String, Vec<Month>>) -> Option<i32> {
    let of_vector = |mut months: Vec<Month>| {
        months.sort_unstable();
        let pairs = months.windows(2).map(|pair| pair[1].since(pair[0]));
        pairs.filter(|distance| *distance > 0).min()
    };
    dates.into_values().filter_map(of_vector).min()
}

/// The columns that are no dimensions.
const NO_DIMENSIONS: [&str; 15] = [
    "REF_DATE",
    "GEO",
    "DGUID",
    "UOM",
    "UOM_ID",
    "SCALAR_FACTOR",
    "SCALAR_ID",
    "VECTOR",
    "COORDINATE",
    "VALUE",
    "STATUS",
    "SYMBOL",
    "TERMINATED",
    "DECIMALS",
    "",
];

/// The positions of the columns.
struct StatCan {
    date: usize,
    place: usize,
    unit: usize,
    scale: Option<usize>,
    vector: usize,
    value: usize,
    status: Option<usize>,
    flow: usize,
    basis: Option<usize>,
    adjustment: Option<usize>,
    partner: Option<usize>,
    product: Option<usize>,
    /// Dimensions that are not known: each must state a total.
    others: Vec<usize>,
}

impl StatCan {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let dimensions = |words: &[&str]| {
            let has = |name: &String| {
                let name = name.to_ascii_lowercase();
                words.iter().any(|word| name.contains(word))
            };
            let no = |name: &str| NO_DIMENSIONS.iter().any(|n| n.eq_ignore_ascii_case(name));
            let mut at = header.names.iter().enumerate();
            at.find(|(_, name)| !no(name) && has(name))
                .map(|(at, _)| at)
        };
        let flow = header.any(&["Trade", "Trade flow", "Trade type"]);
        let basis = dimensions(&["basis"]);
        let adjustment = dimensions(&["seasonal"]);
        let partner = dimensions(&["partner", "countr"]);
        let product = dimensions(&[
            "product classification",
            "commodit",
            "section",
            "harmonized",
        ]);
        let roles = [flow, basis, adjustment, partner, product];
        let is_other = |(at, name): &(usize, &String)| {
            let no = NO_DIMENSIONS.iter().any(|n| n.eq_ignore_ascii_case(name));
            !no && !roles.contains(&Some(*at))
        };
        let others = header.names.iter().enumerate().filter(is_other);
        Ok(Self {
            date: header.require(&["REF_DATE"])?,
            place: header.require(&["GEO"])?,
            unit: header.require(&["UOM"])?,
            scale: header.find("SCALAR_FACTOR"),
            vector: header.require(&["VECTOR"])?,
            value: header.require(&["VALUE"])?,
            status: header.find("STATUS"),
            flow: header.require(&["Trade", "Trade flow", "Trade type"])?,
            basis,
            adjustment,
            partner,
            product,
            others: others.map(|(at, _)| at).collect(),
        })
    }

    /// Return why a row is no figure of the trade of Canada as it was reported.
    fn left_out(&self, record: &TableRecord<'_>) -> Option<&'static str> {
        let adjustment = record.opt(self.adjustment).to_ascii_lowercase();
        let unit = record.at(self.unit).to_ascii_lowercase();
        let flow = record.at(self.flow).to_ascii_lowercase();
        if adjustment.starts_with("seasonally") {
            Some("seasonally adjusted or otherwise made from other rows")
        } else if record.at(self.place) != "Canada" {
            Some("parts of the country")
        } else if !unit.ends_with("dollars")
            || unit.contains("constant")
            || unit.contains("chained")
        {
            Some("quantities, shares or indices, no values of trade")
        } else if flow.contains("domestic") || flow.contains("re-export") {
            Some("re-exports, re-imports or domestic exports, parts of others")
        } else if record.at(self.value).is_empty() && record.opt(self.status).is_empty() {
            Some("no figure given")
        } else {
            None
        }
    }

    fn date(&self, record: &TableRecord<'_>) -> Result<Month, CellError> {
        let text = record.at(self.date);
        let month = match text.len() {
            4 => text.parse().ok().and_then(|year| Month::new(year, 1)),
            _ => Month::parse(text).ok(),
        };
        month.ok_or_else(|| record.error(self.date, "expected a month or a year"))
    }

    fn figure(
        &self,
        record: &TableRecord<'_>,
        distance: Option<i32>,
    ) -> Result<CellFigure<'static>, CellError> {
        let flow = match record.at(self.flow).to_ascii_lowercase().as_str() {
            "import" | "imports" => Flow::Imports,
            "export" | "exports" | "total export" | "total exports" => Flow::Exports,
            "trade balance" | "balance" => Flow::Balance,
            _ => {
                let expected = "expected Import, Export or Trade Balance";
                return Err(record.error(self.flow, expected));
            }
        };
        for column in &self.others {
            let text = record.at(*column).to_ascii_lowercase();
            if !text.starts_with("total") && !text.starts_with("all ") {
                let expected = "expected a total: this column is not known and may break totals \
                    down";
                return Err(record.error(*column, expected));
            }
        }
        let currency = match record.at(self.unit).to_ascii_lowercase().as_str() {
            "dollars" | "canadian dollars" => "CAD",
            "u.s. dollars" | "us dollars" | "united states dollars" => "USD",
            _ => return Err(record.error(self.unit, "expected Dollars")),
        };
        let exponent = match record.opt(self.scale).trim() {
            "" | "units" => 0,
            "thousands" => 3,
            "millions" => 6,
            "billions" => 9,
            _ => {
                let column = self.scale.unwrap_or(self.unit);
                return Err(record.error(column, "expected units, thousands, millions or billions"));
            }
        };
        Ok(CellFigure {
            column: self.value,
            key: SeriesKey {
                reporter: known("CAN"),
                partner: self.partner(record)?,
                flow,
                product: self.product(record)?,
                unit: Currency::parse(currency)
                    .map_err(|error| record.error(self.unit, error.to_string()))?,
            },
            span: self.span(record, distance)?,
            exponent,
            status: match record.opt(self.status) {
                "p" => "preliminary",
                _ => "published",
            },
            source: "Statistics Canada",
        })
    }

    fn partner(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let Some(column) = self.partner else {
            return Ok(known("WLD"));
        };
        match record.at(column) {
            "All trading partners" => Ok(known("WLD")),
            _ => area(record, column),
        }
    }

    /// Return the code in brackets behind the name of a product, `… [C11]`.
    fn product(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let Some(column) = self.product else {
            return Ok(known("TOTAL"));
        };
        let text = record.at(column);
        if text.starts_with("Total of all") || text.starts_with("Total, all") {
            return Ok(known("TOTAL"));
        }
        let name = record.header.names[column].to_ascii_lowercase();
        let prefix = if name.contains("napcs") {
            "NAPCS"
        } else {
            "HS"
        };
        let bracketed = text
            .strip_suffix(']')
            .and_then(|text| text.rsplit_once('['));
        let found = bracketed.and_then(|(_, of)| {
            let of = of.trim();
            code(&format!("{prefix}-{of}"))
        });
        found.ok_or_else(|| {
            record.error(
                column,
                "expected a product with its code in brackets behind the name",
            )
        })
    }

    fn span(&self, record: &TableRecord<'_>, distance: Option<i32>) -> Result<Span, CellError> {
        let first = self.date(record)?;
        let months = match (record.at(self.date).len(), distance) {
            (4, _) => 12,
            (_, Some(distance @ (1 | 3 | 12))) => distance,
            (_, None) => {
                let expected = "expected two dates of a vector or more: a single one may be a \
                    month, a quarter or a year";
                return Err(record.error(self.date, expected));
            }
            _ => 1,
        };
        let span = Span::new(first, months);
        span.ok_or_else(|| record.error(self.date, "expected a month or a year"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_dates_tells_quarters_from_months() {
        let months = |texts: &[&str]| texts.iter().map(|t| Month::parse(t).unwrap()).collect();
        let of = |texts: &[&str]| distance(HashMap::from([("v1".to_owned(), months(texts))]));
        assert_eq!(of(&["1997-01", "1997-07", "1997-04"]), Some(3));
        assert_eq!(of(&["1997-01", "1997-02"]), Some(1));
        assert_eq!(of(&["1997-01"]), None);
    }
}
