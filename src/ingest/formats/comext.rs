//! Eurostat Comext in bulk: one row a reporter, partner, product of the Combined Nomenclature, flow and statistical procedure.
//!
//! Statistical procedures (normal, inward and outward processing) are parts: a figure is their sum. The period ends in 52 where it is a year.

use super::super::IngestError;
use super::super::reading::{Part, Reading, Wrong};
use super::areas;
use super::record::{Draft, Header, Record, product, table, take};
use crate::trade::{Currency, Flow, Month, SeriesKey, Span};
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

pub(super) fn read(
    text: &mut dyn BufRead,
    file: &Path,
    reading: &mut Reading,
) -> Result<(), IngestError> {
    let columns = std::cell::RefCell::new(None::<Columns>);
    let mut sums = Sums::default();
    table(
        text,
        file,
        reading,
        &mut |reading, record| {
            let columns = columns.borrow();
            let Some(columns) = columns.as_ref() else {
                return Ok(());
            };
            match columns
                .read(record)
                .and_then(|part| sums.add(part, columns, record))
            {
                Ok(()) => Ok(()),
                Err(wrong) => reading.refuse(record.row, wrong),
            }
        },
        &mut |reading, header| match Columns::new(header) {
            Ok(found) => {
                columns.replace(Some(found));
                Ok(())
            }
            Err(wrong) => Err(reading.refusal(1, wrong).into()),
        },
    )?;
    sums.finish(reading)
}

struct Columns {
    reporter: usize,
    partner: usize,
    product: usize,
    flow: usize,
    procedure: Option<usize>,
    period: usize,
    value: usize,
}

impl Columns {
    /// The columns of today's files and of those before 2022.
    fn new(header: &Header) -> Result<Self, Wrong> {
        Ok(Self {
            reporter: header.require(&["DECLARANT_ISO", "REPORTER"])?,
            partner: header.require(&["PARTNER_ISO", "PARTNER"])?,
            product: header.require(&["PRODUCT_NC"])?,
            flow: header.require(&["FLOW"])?,
            procedure: header.any(&["STAT_PROCEDURE", "STAT_REGIME"]),
            period: header.require(&["PERIOD"])?,
            value: header.require(&["VALUE_EUR", "VALUE_IN_EUROS"])?,
        })
    }

    fn read(&self, record: &Record<'_>) -> Result<Draft, Wrong> {
        let flow = match record.at(self.flow) {
            "1" => Flow::Imports,
            "2" => Flow::Exports,
            _ => return Err(record.wrong(self.flow, "expected 1 (imports) or 2 (exports)")),
        };
        let area = |column: usize| {
            let text = record.at(column);
            let known = areas::of_sdmx(text).filter(|_| !text.is_empty());
            known.ok_or_else(|| record.wrong(column, "expected a code of GEONOM, two letters"))
        };
        let unit = Currency::parse("EUR").map_err(|e| record.wrong(self.value, e.to_string()))?;
        let key = SeriesKey {
            reporter: area(self.reporter)?,
            partner: area(self.partner)?,
            flow,
            product: product(record.at(self.product)).ok_or_else(|| {
                record.wrong(self.product, "expected a code of the Combined Nomenclature")
            })?,
            unit,
        };
        let text = record.at(self.value);
        let value = record.number(self.value)?;
        Ok(Draft {
            source: "Eurostat Comext".to_owned(),
            ..Draft::level(key, self.span(record)?, value, text, 1.0)
        })
    }

    /// `202405` is a month, `202452` the year.
    fn span(&self, record: &Record<'_>) -> Result<Span, Wrong> {
        let text = record.at(self.period);
        let refuse = || record.wrong(self.period, "expected a month (202405) or a year (202452)");
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refuse());
        }
        match text.strip_suffix("52") {
            Some(year) => Span::parse(year).map_err(|_| refuse()),
            None => Month::parse(text).map(Span::month).map_err(|_| refuse()),
        }
    }
}

/// Parts by statistical procedure on their way to their sums.
#[derive(Default)]
struct Sums {
    at: HashMap<(SeriesKey, Span), usize>,
    sums: Vec<Sum>,
}

struct Sum {
    draft: Draft,
    row: u64,
    /// The procedures seen, with the row of each.
    procedures: Vec<(String, u64)>,
    column: String,
    period: String,
}

impl Sums {
    fn add(&mut self, part: Draft, columns: &Columns, record: &Record<'_>) -> Result<(), Wrong> {
        let procedure = record.opt(columns.procedure).to_owned();
        let id = (part.key.clone(), part.span);
        if let Some(at) = self.at.get(&id) {
            let sum = &mut self.sums[*at];
            if let Some((_, row)) = sum.procedures.iter().find(|(known, _)| *known == procedure) {
                let expected = format!(
                    "a period that series `{}` does not have yet under this procedure; row {row} gives it already",
                    part.key
                );
                return Err(record.wrong(columns.period, expected));
            }
            sum.draft.value += part.value;
            sum.draft.rounding += part.rounding;
            sum.procedures.push((procedure, record.row));
            return Ok(());
        }
        self.at.insert(id, self.sums.len());
        self.sums.push(Sum {
            draft: part,
            row: record.row,
            procedures: vec![(procedure, record.row)],
            column: record.header.names[columns.value].clone(),
            period: record.header.names[columns.period].clone(),
        });
        Ok(())
    }

    fn finish(self, reading: &mut Reading) -> Result<(), IngestError> {
        for sum in self.sums {
            let value = sum.draft.value.to_string();
            let span = sum.draft.span.to_string();
            if let Err((part, expected)) = take(reading, sum.draft, sum.row) {
                let wrong = match part {
                    Part::Period => Wrong::new(&sum.period, &span, expected),
                    Part::Value => Wrong::new(&sum.column, &value, expected),
                };
                reading.refuse(sum.row, wrong)?;
            }
        }
        Ok(())
    }
}
