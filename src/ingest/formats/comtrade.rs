//! Reads UN Comtrade as CSV or JSON: API version 1, as it answers and as R and Python write its
//! tables (`reporter_code`, a list of records), and the files and API before 2023 (`Reporter Code`,
//! `rtCode`, flows as numbers).
//!
//! An answer may hold a flow several times: in total and broken down by a second partner, by
//! customs procedure, by mode of transport and of supply. Only the totals are read. `refMonth` is
//! 52 on annual rows, so that the period is that of `period` and `freqCode`.

use super::draft::{DraftFigure, RecordOutcome, add_outcome, product};
use super::json::{self, cell_text};
use super::record::{TableHeader, TableRecord};
use super::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::SourceText;
use crate::trade::basis::classification_of;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span, areas};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Dimensions that break a total down, with the codes of the total.
const BREAKDOWNS: [(&str, &[&str]); 4] = [
    ("partner2Code", &["0", ""]),
    ("customsCode", &["C00", ""]),
    ("motCode", &["0", ""]),
    ("mosCode", &["0", ""]),
];

/// Whether a column identifies a figure or holds its value.
fn is_read(name: &str) -> bool {
    let breakdowns = BREAKDOWNS.iter().map(|(name, _)| *name);
    READ.into_iter()
        .chain(breakdowns)
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Names of columns before 2023, in lower case without blanks and signs, and those of today.
const FORMER_NAMES: [(&str, &str); 16] = [
    ("classification", "classificationCode"),
    ("pfcode", "classificationCode"),
    ("tradeflowcode", "flowCode"),
    ("rgcode", "flowCode"),
    ("rtcode", "reporterCode"),
    ("ptcode", "partnerCode"),
    ("ptcode2", "partner2Code"),
    ("2ndpartnercode", "partner2Code"),
    ("cstcode", "customsCode"),
    ("customsproccode", "customsCode"),
    ("modeoftransportcode", "motCode"),
    ("commoditycode", "cmdCode"),
    ("tradevalueus", "primaryValue"),
    ("tradevalue", "primaryValue"),
    ("tradevalueusd", "primaryValue"),
    ("frequencycode", "freqCode"),
];

/// Return the names that the API uses today, whatever the case and the signs of those of a file.
fn todays_names(header: &TableHeader) -> TableHeader {
    TableHeader::new(header.names.iter().map(|name| {
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let former = FORMER_NAMES.iter().find(|(former, _)| *former == plain);
        let breakdowns = BREAKDOWNS.iter().map(|(name, _)| *name);
        let mut read = READ.into_iter().chain(breakdowns);
        let today = former.map(|(_, today)| *today);
        let today = today.or_else(|| read.find(|known| known.eq_ignore_ascii_case(&plain)));
        today.map_or_else(|| name.clone(), str::to_owned)
    }))
}

/// Whether a header is that of a file of UN Comtrade.
pub(super) fn is_header(header: &TableHeader) -> bool {
    let header = todays_names(header);
    let all = ["reporterCode", "flowCode", "cmdCode", "primaryValue"];
    all.iter().all(|name| header.find(name).is_some())
}

/// The columns that are read beside those that break a total down.
const READ: [&str; 11] = [
    "typeCode",
    "freqCode",
    "period",
    "reporterCode",
    "partnerCode",
    "flowCode",
    "cmdCode",
    "classificationCode",
    "primaryValue",
    "isReported",
    "isAggregate",
];

/// The expectation of an answer that has no record and names no error.
const EMPTY: &str = "expected at least one record; the answer has none and names no error: whether \
    a parameter is wrong or there are no figures \
cannot be known from it";

/// Read a CSV file.
pub(super) fn read_csv(table: TextTable<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let columns = table.columns(parsed, ComtradeColumns::new)?;
    let mut parts = BreakdownRows::default();
    let mut any = false;
    table.for_each(parsed, &mut |parsed, record| {
        any = true;
        add_record(&columns, record, parsed, &mut parts)
    })?;
    if !any {
        return Err(parsed.refuse_file(EMPTY));
    }
    parts.finish(parsed)
}

/// Read an answer of the API.
pub(super) fn read_json(text: SourceText<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let name = text.name;
    let text = text.document()?;
    let answer: Value = json::parse(&text, name)?;
    let error = match answer.get("error") {
        Some(Value::String(error)) => error.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    if !error.trim().is_empty() {
        return Err(parsed.refuse_file(format!("expected data, not an error: {error}")));
    }
    let data = answer.as_array().or_else(|| {
        let list = ["data", "dataset"]
            .into_iter()
            .find_map(|name| answer.get(name));
        list.and_then(Value::as_array)
    });
    let Some(data) = data else {
        return Err(parsed.refuse_file("expected `data`, a list of records"));
    };
    if data.is_empty() {
        return Err(parsed.refuse_file(EMPTY));
    }
    if let Some(count) = answer.get("count").and_then(Value::as_u64)
        && count != data.len() as u64
    {
        let expected = format!(
            "expected {count} records, as `count` says, not {}: the answer is cut",
            data.len()
        );
        return Err(parsed.refuse_file(expected));
    }
    let mut known: Option<(TableHeader, ComtradeColumns)> = None;
    let mut parts = BreakdownRows::default();
    for (row, record) in (1..).zip(data) {
        let Some(object) = record.as_object() else {
            parsed.refuse(
                row,
                CellError::new("data", &record.to_string(), "expected an object"),
            )?;
            continue;
        };
        let cells: Vec<String> = object.values().map(cell_text).collect();
        let same = |header: &TableHeader| {
            header.names.len() == object.len() && header.names.iter().eq(object.keys())
        };
        if known.as_ref().is_none_or(|(header, _)| !same(header)) {
            let header = TableHeader::new(object.keys().cloned());
            match ComtradeColumns::new(&header) {
                Ok(columns) => known = Some((header, columns)),
                Err(wrong) => {
                    parsed.refuse(row, wrong)?;
                    continue;
                }
            }
        }
        if let Some((header, columns)) = known.as_ref() {
            let record = TableRecord {
                row,
                header,
                cells: &cells,
            };
            add_record(columns, &record, parsed, &mut parts)?;
        }
    }
    parts.finish(parsed)
}

/// Add the figure of a record, and note whether it is a total or a part.
fn add_record(
    columns: &ComtradeColumns,
    record: &TableRecord<'_>,
    parsed: &mut ParsedFile,
    parts: &mut BreakdownRows,
) -> Result<(), IngestError> {
    let found = columns.read(record);
    match &found {
        Ok(RecordOutcome::Excluded(PART)) => parts.part(columns, record),
        Ok(RecordOutcome::Figure(draft)) => parts.total(draft),
        _ => {}
    }
    add_outcome(parsed, record, found, columns.period, columns.value)
}

const PART: &str =
    "parts by second partner, customs procedure or mode of transport, which the total holds";

/// The positions of the columns.
struct ComtradeColumns {
    frequency: Option<usize>,
    period: usize,
    reporter: usize,
    partner: usize,
    flow: usize,
    product: usize,
    classification: Option<usize>,
    value: usize,
    reported: Option<usize>,
    aggregate: Option<usize>,
    type_code: Option<usize>,
    breakdowns: Vec<(usize, &'static [&'static str])>,
}

impl ComtradeColumns {
    /// Find the columns.
    ///
    /// # Errors
    /// A column that is missing, or given twice, since two may differ.
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let header = &todays_names(header);
        let again = |(at, name): &(usize, &String)| header.find(name) != Some(*at) && is_read(name);
        if let Some((_, name)) = header.names.iter().enumerate().find(again) {
            return Err(CellError {
                column: name.clone(),
                value: None,
                expected: "expected this column once: two may say two things".to_owned(),
            });
        }
        Ok(Self {
            frequency: header.find("freqCode"),
            // Yearly tables before 2023 may have no other column of time.
            period: match header.any(&["refMonth", "month", "freqCode"]) {
                Some(_) => header.require(&["period"])?,
                None => header.require(&["period", "Year"])?,
            },
            reporter: header.require(&["reporterCode"])?,
            partner: header.require(&["partnerCode"])?,
            flow: header.require(&["flowCode"])?,
            product: header.require(&["cmdCode"])?,
            classification: header.find("classificationCode"),
            value: header.require(&["primaryValue"])?,
            reported: header.find("isReported"),
            aggregate: header.find("isAggregate"),
            type_code: header.find("typeCode"),
            breakdowns: BREAKDOWNS
                .iter()
                .filter_map(|(name, totals)| Some((header.find(name)?, *totals)))
                .collect(),
        })
    }

    fn read(&self, record: &TableRecord<'_>) -> Result<RecordOutcome, CellError> {
        if self
            .type_code
            .is_some_and(|c| !matches!(record.at(c), "C" | "c" | ""))
        {
            return Ok(RecordOutcome::Excluded("services, no goods"));
        }
        if self.is_part(record) {
            return Ok(RecordOutcome::Excluded(PART));
        }
        let flow = match record.at(self.flow).to_ascii_uppercase().as_str() {
            // Before 2023, flows were numbers.
            "X" | "2" => Flow::Exports,
            "M" | "1" => Flow::Imports,
            "RX" | "RM" | "3" | "4" | "DX" | "FM" | "MIP" | "MOP" | "XIP" | "XOP" => {
                return Ok(RecordOutcome::Excluded(
                    "re-exports, re-imports or other parts of exports and imports",
                ));
            }
            _ => {
                let expected = "expected a flow: X or M (RX, RM, DX, FM, MIP, MOP, XIP and XOP are \
                    parts of them)";
                return Err(record.error(self.flow, expected));
            }
        };
        let area = |column: usize| {
            let expected = "expected a country's number of M49 or Comtrade's own";
            areas::of_m49(record.at(column)).ok_or_else(|| record.error(column, expected))
        };
        let key = SeriesKey {
            reporter: area(self.reporter)?,
            partner: area(self.partner)?,
            flow,
            product: self.product(record)?,
            unit: Currency::USD,
        };
        let span = self.span(record)?;
        let text = record.at(self.value);
        if text.is_empty() {
            return Ok(RecordOutcome::Excluded("no figure given"));
        }
        let value = record.number(self.value)?;
        let is_true = |column: Option<usize>| {
            record.opt(column).eq_ignore_ascii_case("true") || record.opt(column) == "1"
        };
        let estimated =
            self.reported.is_some() && !is_true(self.reported) && !is_true(self.aggregate);
        let valuation = if flow == Flow::Imports { "CIF" } else { "FOB" };
        Ok(RecordOutcome::Figure(Box::new(DraftFigure {
            status: if estimated { "estimated" } else { "published" },
            source: match record.opt(self.classification) {
                "" => format!("UN Comtrade; {valuation}, primaryValue"),
                edition => format!("UN Comtrade; {valuation}, primaryValue; {edition}"),
            },
            ..DraftFigure::level(key, span, value, text, 1.0)
        })))
    }

    fn is_part(&self, record: &TableRecord<'_>) -> bool {
        self.breakdowns
            .iter()
            .any(|(column, totals)| !totals.contains(&record.at(*column)))
    }

    /// Return the code for all goods, or a product behind its classification. A series runs through
    /// the editions of a classification; the source of each figure states its edition.
    fn product(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let text = record.at(self.product);
        let refuse = || record.error(self.product, "expected TOTAL or the code of a product");
        let code = product(text).ok_or_else(refuse)?;
        let edition = record.opt(self.classification);
        if edition.starts_with("EB") {
            let expected = "expected a classification of goods: those that begin with EB are of \
                            services";
            return Err(record.error(self.classification.unwrap_or(self.product), expected));
        }
        if code.as_str() == "TOTAL" || edition.is_empty() {
            return Ok(code);
        }
        let classification = classification_of(edition).unwrap_or(edition);
        // A spreadsheet takes the leading zero away: `1` are live animals, of `01`.
        let digits = code.as_str();
        let is_cut = classification == "HS"
            && matches!(digits.len(), 1 | 3 | 5)
            && digits.bytes().all(|b| b.is_ascii_digit());
        if is_cut {
            return Code::parse(&format!("HS-0{digits}")).map_err(|_| refuse());
        }
        Code::parse(&format!("{classification}-{code}")).map_err(|_| refuse())
    }

    /// Parse the period by the frequency: `refMonth` is 52 on annual rows.
    fn span(&self, record: &TableRecord<'_>) -> Result<Span, CellError> {
        let text = record.at(self.period);
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let by_length = if text.len() == 4 { "A" } else { "M" };
        match self.frequency.map_or(by_length, |column| record.at(column)) {
            "A" if digits && text.len() == 4 => {
                Span::parse(text).map_err(|e| record.error(self.period, e.to_string()))
            }
            "A" => Err(record.error(self.period, "expected a year, as freqCode A says")),
            "M" if digits && text.len() == 6 => Month::parse(text)
                .map(Span::month)
                .map_err(|e| record.error(self.period, e.to_string())),
            "M" => Err(record.error(
                self.period,
                "expected a month, for example 202405, as freqCode M says",
            )),
            _ => {
                let column = self.frequency.unwrap_or(self.period);
                Err(record.error(column, "expected A or M"))
            }
        }
    }
}

/// The breakdowns that came without their total. Without the total nothing is read of the flow:
/// excluding its parts would hide it, and one part would be too little.
#[derive(Default)]
struct BreakdownRows {
    /// The first row of each flow of which parts came, with name and value of the column that names
    /// the part.
    parts: BTreeMap<[String; 5], (u64, String, String)>,
    totals: BTreeSet<[String; 5]>,
}

impl BreakdownRows {
    /// Note a part.
    fn part(&mut self, columns: &ComtradeColumns, record: &TableRecord<'_>) {
        let flow = record.at(columns.flow).to_ascii_uppercase();
        let flow = match flow.as_str() {
            "X" | "2" => "X".to_owned(),
            "M" | "1" => "M".to_owned(),
            _ => return,
        };
        let area = |column: usize| {
            areas::of_m49(record.at(column))
                .map(|c| c.to_string())
                .unwrap_or_default()
        };
        let (Ok(product), Ok(span)) = (columns.product(record), columns.span(record)) else {
            return;
        };
        let id = [
            area(columns.reporter),
            area(columns.partner),
            flow,
            product.to_string(),
            span.to_string(),
        ];
        let telling = columns
            .breakdowns
            .iter()
            .find(|(c, totals)| !totals.contains(&record.at(*c)));
        let Some((column, _)) = telling else { return };
        let name = record.header.names[*column].clone();
        let value = record.at(*column).to_owned();
        self.parts.entry(id).or_insert((record.row, name, value));
    }

    /// Note a total.
    fn total(&mut self, draft: &DraftFigure) {
        let key = &draft.key;
        self.totals.insert([
            key.reporter.to_string(),
            key.partner.to_string(),
            key.flow.to_string(),
            key.product.to_string(),
            draft.span.to_string(),
        ]);
    }

    /// Refuse the parts without a total.
    ///
    /// # Errors
    /// The first refusal, where one invalid row refuses the file.
    fn finish(self, parsed: &mut ParsedFile) -> Result<(), IngestError> {
        let alone = self
            .parts
            .iter()
            .filter(|(id, _)| !self.totals.contains(*id));
        let mut alone: Vec<_> = alone.map(|(_, place)| place).collect();
        alone.sort();
        for (row, column, value) in alone {
            let expected = "expected the total beside its parts: partner2Code 0, customsCode C00, \
                motCode 0, mosCode 0";
            parsed.refuse(*row, CellError::new(column, value, expected))?;
        }
        Ok(())
    }
}
