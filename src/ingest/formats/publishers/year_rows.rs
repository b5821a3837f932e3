//! Rows of a year with a column a month. Months that have not been published yet are zero in every
//! row of their year; they are left out.

use super::cell::{CellFigure, Marks, add_cell};
use crate::ingest::formats::record::TableRecord;
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Flow, Month, Span};
use std::collections::BTreeMap;

const MARKS: Marks = Marks { nil: &[], gap: &[] };

/// A column of values of a month.
#[derive(Debug, Clone, Copy)]
pub(super) struct MonthColumn {
    pub(super) column: usize,
    /// The flow, where the column states it.
    pub(super) flow: Option<Flow>,
    pub(super) month: u8,
}

/// Read the rows of a table. `left_out` says why a row is not read, `figure` describes the figure
/// of a column in a month.
///
/// # Errors
/// The refusal, where one invalid row refuses the file.
pub(super) fn read<'s>(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
    (year, months): (usize, &[MonthColumn]),
    left_out: impl Fn(&TableRecord<'_>) -> Option<&'static str>,
    figure: impl Fn(&TableRecord<'_>, &MonthColumn, Span) -> Result<CellFigure<'s>, CellError>,
) -> Result<(), IngestError> {
    let header = table.header.clone();
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    // The last month with trade in any row, by year.
    let mut known: BTreeMap<String, u8> = BTreeMap::new();
    table.for_each(parsed, &mut |parsed, record| {
        if let Some(reason) = left_out(record) {
            parsed.exclude(record.row, reason);
            return Ok(());
        }
        let last = known.entry(record.at(year).to_owned()).or_insert(0);
        for month in months {
            let text = record.at(month.column);
            let is_zero = text.parse::<f64>().is_ok_and(|value| value == 0.0);
            if month.month > *last && !is_zero && !text.is_empty() {
                *last = month.month;
            }
        }
        rows.push((record.row, record.cells.to_vec()));
        Ok(())
    })?;
    for (row, cells) in &rows {
        let record = TableRecord {
            row: *row,
            header: &header,
            cells,
        };
        let last = known.get(record.at(year)).copied().unwrap_or(0);
        for column in months.iter().filter(|column| column.month <= last) {
            let of = record.at(year).parse().ok();
            let span = of
                .and_then(|of| Month::new(of, column.month))
                .map(Span::month);
            let described = match span {
                Some(span) => figure(&record, column, span),
                None => Err(record.error(year, "expected a year")),
            };
            match described {
                Ok(figure) => add_cell(parsed, &record, MARKS, figure)?,
                Err(wrong) => {
                    parsed.refuse(*row, wrong)?;
                    break;
                }
            }
        }
    }
    Ok(())
}
