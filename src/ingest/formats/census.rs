//! Reads answers of the US Census Bureau's international trade API: an array of arrays of strings,
//! the header first, or the same as a table.
//!
//! Columns that end in `_MO` hold the value of the month, those in `_YR` the value from January to
//! that month: a release over that span, never a month.

use super::draft::{DraftFigure, RecordOutcome, add_figure, add_outcome, product};
use super::json::{self, cell_text};
use super::record::{TableHeader, TableRecord};
use super::table::TextTable;
use crate::ingest::figures::FigureKind;
use crate::ingest::grid::LONGEST_GAP;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::SourceText;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span, areas};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The columns of values by their stem, with the valuation: general imports at customs value, total
/// exports f.a.s.
const VALUES: [(&str, Flow, &str); 2] = [
    ("GEN_VAL", Flow::Imports, "general imports, customs value"),
    ("ALL_VAL", Flow::Exports, "total exports, f.a.s."),
];

/// Columns that break a total down; `-` is the total.
const BREAKDOWNS: [&str; 6] = ["DISTRICT", "PORT", "STATE", "DF", "RP", "CTY_SUBCODE"];

const PART: &str = "parts by district, port or kind, which the total holds";

/// Columns that repeat others or the query: the year and month beside `time`, and the levels of
/// countries and products (a group of countries or a chapter has its own code).
const PASSED_OVER: [&str; 10] = [
    "YEAR",
    "MONTH",
    "time",
    "LAST_UPDATE",
    "SUMMARY_LVL",
    "SUMMARY_LVL2",
    "COMM_LVL",
    "UNIT_QY1",
    "UNIT_QY2",
    "GEO_ID",
];

/// Whether a column holds values or quantities (`GEN_CIF_MO`, `CON_QY1_YR`), their flags, or names.
fn is_known(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["_MO", "_YR", "_FLAG", "_NAME", "_LDESC", "_SDESC", "_DESC"]
        .iter()
        .any(|end| name.ends_with(end))
        || PASSED_OVER
            .iter()
            .any(|known| known.eq_ignore_ascii_case(&name))
}

/// Whether a header is that of an answer as a table.
pub(super) fn is_header(header: &TableHeader) -> bool {
    header.find("CTY_CODE").is_some()
        && VALUES.iter().any(|(stem, ..)| {
            let columns = ["_MO", "_YR"].map(|end| header.find(&format!("{stem}{end}")));
            columns.iter().any(Option::is_some)
        })
}

/// Read an answer as a table.
pub(super) fn read_table(table: TextTable<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let columns = table.columns(parsed, CensusColumns::new)?;
    let mut lines = ProductLines::default();
    table.for_each(parsed, &mut |parsed, record| {
        for value in &columns.values {
            let found = columns.read(record, value);
            lines.note(&columns, record, &found);
            add_outcome(parsed, record, found, columns.time, value.column)?;
        }
        Ok(())
    })?;
    lines.finish(parsed)
}

/// Read an answer of the API.
pub(super) fn read(text: SourceText<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let name = text.name;
    let text = text.document()?;
    let answer: Value = json::parse(&text, name)?;
    let Some(rows) = answer.as_array().filter(|rows| !rows.is_empty()) else {
        return Err(parsed.refuse_file("expected an array of rows, the header first"));
    };
    let cells = |row: &Value| {
        row.as_array()
            .map(|row| row.iter().map(cell_text).collect::<Vec<_>>())
    };
    let Some(names) = cells(&rows[0]) else {
        return Err(parsed.refuse_file("expected the header as an array of names"));
    };
    let header = TableHeader::new(names);
    let columns = match CensusColumns::new(&header) {
        Ok(columns) => columns,
        Err(wrong) => {
            return Err(parsed.refusal(1, wrong).into());
        }
    };
    let mut lines = ProductLines::default();
    for (row, record) in (2..).zip(&rows[1..]) {
        let cells = cells(record).filter(|cells| cells.len() == header.names.len());
        let Some(cells) = cells else {
            let wrong = CellError {
                column: String::new(),
                value: None,
                expected: format!("expected an array of {} cells", header.names.len()),
            };
            parsed.refuse(row, wrong)?;
            continue;
        };
        let record = TableRecord {
            row,
            header: &header,
            cells: &cells,
        };
        for value in &columns.values {
            let found = columns.read(&record, value);
            lines.note(&columns, &record, &found);
            add_outcome(parsed, &record, found, columns.time, value.column)?;
        }
    }
    lines.finish(parsed)
}

/// The months of each product, with the row of each. The Census Bureau lists only rows with trade:
/// a month between others that has no row had none.
#[derive(Default)]
struct ProductLines {
    months: HashMap<SeriesKey, BTreeMap<Month, u64>>,
    /// Whether a total was read.
    total: bool,
    /// The first part of a total: its row, the column that breaks the total down, and the part.
    part: Option<(u64, String, String)>,
}

impl ProductLines {
    /// Note the observation of a product, or a part of a total.
    fn note(
        &mut self,
        columns: &CensusColumns,
        record: &TableRecord<'_>,
        found: &Result<RecordOutcome, CellError>,
    ) {
        let row = record.row;
        match found {
            Ok(RecordOutcome::Figure(_)) => self.total = true,
            Ok(RecordOutcome::Excluded(PART)) if self.part.is_none() => {
                let part = |column: &&usize| !matches!(record.at(**column), "-" | "");
                self.part = columns.breakdowns.iter().find(part).map(|column| {
                    let name = record.header.names[*column].clone();
                    (row, name, record.at(*column).to_owned())
                });
            }
            _ => {}
        }
        if let Ok(RecordOutcome::Figure(draft)) = found
            && draft.kind == FigureKind::Observation
            && draft.key.product.as_str() != "TOTAL"
        {
            let months = self.months.entry(draft.key.clone()).or_default();
            months.insert(draft.span.first(), row);
        }
    }

    /// Add a zero for each month without a row, at the row of the month after it.
    ///
    /// # Errors
    /// The refusal of parts without any total, where one invalid row refuses the file.
    fn finish(self, parsed: &mut ParsedFile) -> Result<(), IngestError> {
        if let (false, Some((row, column, value))) = (self.total, &self.part) {
            let expected = "expected the total, `-`, beside its parts: ask the service without \
                this column";
            return parsed.refuse(*row, CellError::new(column, value, expected));
        }
        let mut zeros = Vec::new();
        for (key, months) in self.months {
            let mut before: Option<Month> = None;
            for (month, row) in months {
                let absent = before.map_or(0, |before| month.since(before) - 1);
                for at in (1..=absent).filter(|_| absent < LONGEST_GAP) {
                    zeros.push((row, month.plus(-at), key.clone()));
                }
                before = Some(month);
            }
        }
        zeros.sort();
        for (row, month, key) in zeros {
            let draft = DraftFigure {
                source: "US Census Bureau; no row, no trade".to_owned(),
                ..DraftFigure::level(key, Span::month(month), 0.0, "0", 1.0)
            };
            // A zero of a month between two that were read is never refused.
            let _ = add_figure(parsed, draft, row);
        }
        Ok(())
    }
}

/// The positions of the columns.
struct CensusColumns {
    partner: usize,
    product: Option<usize>,
    time: usize,
    /// The month, where it has a column beside that of the year.
    month: Option<usize>,
    values: Vec<CensusValue>,
    breakdowns: Vec<usize>,
    /// Unknown columns and products of other classifications (`NAICS`, `SITC`, `ENDUSE`): each must
    /// state the total.
    others: Vec<usize>,
}

/// A column of values.
struct CensusValue {
    column: usize,
    flow: Flow,
    valuation: &'static str,
    /// Whether it holds the value from January on.
    to_date: bool,
}

impl CensusColumns {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let mut values = Vec::new();
        for (stem, flow, valuation) in VALUES {
            for (suffix, to_date) in [("_MO", false), ("_YR", true)] {
                if let Some(column) = header.find(&format!("{stem}{suffix}")) {
                    values.push(CensusValue {
                        column,
                        flow,
                        valuation,
                        to_date,
                    });
                }
            }
        }
        if values.is_empty() {
            header.require(&["GEN_VAL_MO", "GEN_VAL_YR", "ALL_VAL_MO", "ALL_VAL_YR"])?;
        }
        let time = header.find("time");
        let partner = header.require(&["CTY_CODE"])?;
        let product = header.any(&["I_COMMODITY", "E_COMMODITY"]);
        let read = |name: &str| {
            let of = header.find(name);
            of == Some(partner) || (of.is_some() && of == product)
        };
        let other = |(_, name): &(usize, &String)| {
            let part = BREAKDOWNS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name));
            !part && !read(name) && !is_known(name)
        };
        Ok(Self {
            partner,
            product,
            month: if time.is_none() {
                Some(header.require(&["MONTH"])?)
            } else {
                None
            },
            time: match time {
                Some(time) => time,
                None => header.require(&["time", "YEAR"])?,
            },
            values,
            breakdowns: BREAKDOWNS
                .iter()
                .filter_map(|name| header.find(name))
                .collect(),
            others: header
                .names
                .iter()
                .enumerate()
                .filter(other)
                .map(|(column, _)| column)
                .collect(),
        })
    }

    fn read(
        &self,
        record: &TableRecord<'_>,
        value: &CensusValue,
    ) -> Result<RecordOutcome, CellError> {
        if self
            .breakdowns
            .iter()
            .any(|c| !matches!(record.at(*c), "-" | ""))
        {
            return Ok(RecordOutcome::Excluded(PART));
        }
        let total = |column: &&usize| matches!(record.at(**column), "-" | "" | "TOTAL" | "ALL");
        if let Some(column) = self.others.iter().find(|column| !total(column)) {
            let expected = "expected a total, `-`: of products the Harmonized System is read \
                (I_COMMODITY, E_COMMODITY), and no other column \
                            that breaks totals down";
            return Err(record.error(*column, expected));
        }
        let expected = "expected a code of Schedule C, for example 5700, or `-` for all countries";
        let partner = areas::of_schedule_c(record.at(self.partner))
            .ok_or_else(|| record.error(self.partner, expected))?;
        let code = |text: &str| match product(text) {
            Some(total) if total.as_str() == "TOTAL" => Some(total),
            Some(code) => Code::parse(&format!("HS-{code}")).ok(),
            None => None,
        };
        let key = SeriesKey {
            reporter: Code::parse("USA").map_err(|e| record.error(self.partner, e.to_string()))?,
            partner,
            flow: value.flow,
            product: code(record.opt(self.product)).ok_or_else(|| {
                record.error(
                    self.product.unwrap_or(self.partner),
                    "expected a code of the Harmonized System",
                )
            })?,
            unit: Currency::USD,
        };
        let month = self.month(record)?;
        let span = if value.to_date {
            Span::year_to_date(month)
        } else {
            Span::month(month)
        };
        let text = record.at(value.column);
        if text.is_empty() && value.to_date {
            return Ok(RecordOutcome::Excluded("no figure given"));
        }
        let number = if text.is_empty() {
            f64::NAN
        } else {
            record.number(value.column)?
        };
        Ok(RecordOutcome::Figure(Box::new(DraftFigure {
            // The value to date of January is a release too, beside the month.
            kind: if value.to_date {
                FigureKind::Release
            } else {
                FigureKind::Observation
            },
            source: format!("US Census Bureau; {}", value.valuation),
            ..DraftFigure::level(key, span, number, text, 1.0)
        })))
    }

    fn month(&self, record: &TableRecord<'_>) -> Result<Month, CellError> {
        let text = match self.month {
            Some(month) => format!("{}-{}", record.at(self.time), record.at(month)),
            None => record.at(self.time).to_owned(),
        };
        // The API gives months: a day would be read as its month, and a year alone is refused.
        Month::parse(&text).map_err(|error| record.error(self.time, error.to_string()))
    }
}
