//! The rows of a long file, each checked.

use super::layout::{LongColumns, LongLayout};
use crate::ingest::month_column::{
    expected_month, moments_of, months, shown_cell, without_fraction,
};
use crate::ingest::refusal::{IngestError, Refusal};
use crate::ingest::scan::ColumnScan;
use crate::ingest::source::NamedFile;
use crate::ingest::truncated_rows::TruncatedRows;
use crate::trade::{LARGEST, Month, Notation};
use polars::prelude::*;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use time::Date;

/// A row of a long file.
#[derive(Debug, Clone, Copy)]
pub(in crate::ingest) struct LongRow<'a> {
    /// Name of the series.
    pub(in crate::ingest) id: &'a str,
    /// Month.
    pub(in crate::ingest) month: Month,
    /// Value; NaN for a gap that the row states.
    pub(in crate::ingest) value: f64,
    /// Value as the file writes it, where its column is text with decimal points.
    pub(in crate::ingest) text: Option<&'a str>,
    /// Row of the file.
    pub(in crate::ingest) row: u64,
}

/// Stream the rows of a long file, or their refusals, one by one into `sink`, and return how the
/// file writes names and months. Blank rows are skipped.
///
/// # Errors
/// A refusal of a column that is missing or of a wrong type; the error that `sink` returns.
pub(in crate::ingest) fn stream(
    file: NamedFile<'_>,
    columns: &LongColumns,
    mut sink: impl FnMut(Result<LongRow<'_>, Refusal>) -> Result<(), IngestError> + Send + 'static,
) -> Result<LongLayout, IngestError> {
    let scan = ColumnScan::open(file)?;
    let names = scan.require(&[&columns.id, &columns.time, &columns.value])?;
    if names[0] == names[1] || names[1] == names[2] || names[0] == names[2] {
        let expected = format!("expected three different columns, not {}", names.join(", "));
        return Err(Refusal::of_file(file.name, expected).into());
    }
    scan.check_unique(&names)?;
    let layout: Arc<Mutex<Option<LongLayout>>> = Arc::default();
    let reader = LongReader {
        file: file.name.to_owned(),
        names: names.clone(),
        layout: Arc::clone(&layout),
        truncated: TruncatedRows::new(&scan, &names),
        comma_cells: scan.separator() == b',',
        decimal_mark: OnceLock::new(),
    };
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    scan.stream(&wanted, move |batch, first_row| {
        reader.rows(batch, first_row, &mut sink)
    })?;
    let layout = layout.lock().ok().and_then(|mut layout| layout.take());
    Ok(layout.unwrap_or_default())
}

/// Return the first dates of the series that a row belongs to, in the order of the file.
///
/// # Errors
/// A file that cannot be read again.
pub(super) fn days_of_row(
    file: NamedFile<'_>,
    columns: &LongColumns,
    row: u64,
) -> Result<Vec<Date>, IngestError> {
    let found: Arc<Mutex<(String, Vec<Date>)>> = Arc::default();
    // The first time the series is found, the second time its dates.
    for dates in [false, true] {
        let scan = ColumnScan::open(file)?;
        let names = scan.require(&[&columns.id, &columns.time])?;
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let sink = Arc::clone(&found);
        scan.stream(&wanted, move |batch, first_row| {
            let [ids, times] = [0, 1].map(|at| &batch.columns()[at]);
            let mut found = sink.lock().unwrap_or_else(PoisonError::into_inner);
            for k in 0..batch.height() {
                if dates && found.1.len() < DATES_SEEN && shown_cell(ids, k) == found.0 {
                    let text = shown_cell(times, k);
                    found.1.extend(Notation::date(without_fraction(&text)));
                } else if !dates && first_row + k as u64 == row {
                    found.0 = shown_cell(ids, k);
                }
            }
            Ok(())
        })?;
    }
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(found.1)
}

/// The dates of a series that show its frequency.
const DATES_SEEN: usize = 64;

/// Reader of the batches of a long file.
struct LongReader {
    file: PathBuf,
    /// Names of the columns of series, months and values.
    names: Vec<String>,
    /// Layout of the first row, once it is read.
    layout: Arc<Mutex<Option<LongLayout>>>,
    truncated: TruncatedRows,
    /// Whether commas separate cells, so that they are no decimal marks.
    comma_cells: bool,
    /// The decimal mark of the first value that has one.
    decimal_mark: OnceLock<char>,
}

impl LongReader {
    /// Stream the rows of a batch whose first row is `first_row` of the file.
    fn rows(
        &self,
        batch: &DataFrame,
        first_row: u64,
        sink: &mut impl FnMut(Result<LongRow<'_>, Refusal>) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let [id, time, value] = [0, 1, 2].map(|at| &batch.columns()[at]);
        let ids = id
            .cast(&DataType::String)
            .map_err(|_| self.type_refusal(0, id.dtype(), "text"))?;
        let ids = ids
            .str()
            .map_err(|_| self.type_refusal(0, ids.dtype(), "text"))?;
        self.note_layout(batch);
        let months = months(time).ok_or_else(|| self.type_refusal(1, time.dtype(), "a month"))?;
        let values = self.values(value)?;
        let value_texts = value.str().ok();
        // Cells that can be blank are text.
        let time_texts = time.str().ok().filter(|_| value_texts.is_some());
        for (k, (id, (month, number))) in ids.iter().zip(months.into_iter().zip(values)).enumerate()
        {
            let row = first_row + k as u64;
            let text = value_texts.and_then(|texts| texts.get(k)).map(str::trim);
            let decimal = text.filter(|text| !text.contains(','));
            if let Some(times) = time_texts {
                let cells = [id, times.get(k), text].map(|c| c.unwrap_or("").trim());
                if cells.iter().all(|cell| cell.is_empty()) {
                    continue;
                }
                // A cell that was cut off is no gap.
                if cells[self.truncated.last()].is_empty()
                    && let Some(expected) = self.truncated.of(row).map_err(|kind| self.io(kind))?
                {
                    sink(Err(self.refuse(None, row, None, &expected)))?;
                    continue;
                }
            }
            let found = match (id.filter(|id| !id.is_empty()), month, number) {
                (None, ..) => {
                    Err(self.refuse(Some(0), row, Some(""), "expected the name of a series"))
                }
                (_, None, _) => {
                    let shown = shown_cell(time, k);
                    Err(self.refuse(Some(1), row, Some(&shown), &expected_month(time, &shown)))
                }
                (.., None) => {
                    Err(self.refuse(Some(2), row, Some(&shown_cell(value, k)), EXPECTED_VALUE))
                }
                (Some(id), Some(month), Some(value)) => Ok(LongRow {
                    id,
                    month,
                    value,
                    text: decimal,
                    row,
                }),
            };
            sink(found)?;
        }
        Ok(())
    }

    /// Note the layout of the first batch.
    fn note_layout(&self, batch: &DataFrame) {
        let mut layout = self.layout.lock().unwrap_or_else(PoisonError::into_inner);
        if layout.is_none() && batch.height() > 0 {
            let [id, time] = [0, 1].map(|at| &batch.columns()[at]);
            let first = time.head(Some(LAYOUT_ROWS));
            let texts: Vec<String> = (0..first.len()).map(|k| shown_cell(&first, k)).collect();
            // A timestamp is written as its date where the results are text.
            let moments = matches!(time.dtype(), DataType::Datetime(..));
            let date = |text: &'_ String| text[..text.len().min(10)].to_owned();
            let texts: Vec<String> = match moments {
                true => texts.iter().map(date).collect(),
                false => texts
                    .iter()
                    .map(|text| without_fraction(text).to_owned())
                    .collect(),
            };
            *layout = Some(LongLayout {
                notation: Notation::of(texts.iter().map(String::as_str)),
                id: id.dtype().clone(),
                time: time.dtype().clone(),
                time_of_day: moments_of(&first)
                    .and_then(|(moments, a_day)| Some((*moments.first()?)?.rem_euclid(a_day)))
                    .unwrap_or(0),
            });
        }
    }

    /// Return the value of each row, NaN for a gap, `None` for a cell that is neither.
    fn values(&self, column: &Column) -> Result<Vec<Option<f64>>, IngestError> {
        let wrong = || self.type_refusal(2, column.dtype(), "a number");
        let bounded = |value: f64| (value.is_nan() || value.abs() <= LARGEST).then_some(value);
        if column.dtype() == &DataType::String {
            let texts = column.str().map_err(|_| wrong())?;
            let value = |text: Option<&str>| match text.map(str::trim) {
                Some(text) if !is_missing(text) => self.number(text).and_then(bounded),
                _ => Some(f64::NAN),
            };
            return Ok(texts.iter().map(value).collect());
        }
        if !column.dtype().is_numeric() && !column.dtype().is_null() {
            return Err(wrong());
        }
        let numbers = column.cast(&DataType::Float64).map_err(|_| wrong())?;
        let numbers = numbers.f64().map_err(|_| wrong())?;
        let value = |value: Option<f64>| bounded(value.unwrap_or(f64::NAN));
        Ok(numbers.iter().map(value).collect())
    }

    /// Parse a number. Where commas do not separate cells, one may be its decimal mark; all values
    /// of a file have the same.
    fn number(&self, text: &str) -> Option<f64> {
        let Some(mark) = text.chars().find(|c| matches!(c, '.' | ',')) else {
            return text.parse().ok();
        };
        let allowed = !(self.comma_cells && mark == ',');
        if !allowed || *self.decimal_mark.get_or_init(|| mark) != mark {
            return None;
        }
        match mark {
            ',' if text.contains('.') => None,
            ',' => text.replacen(',', ".", 1).parse().ok(),
            _ => text.parse().ok(),
        }
    }

    fn refuse(
        &self,
        column: Option<usize>,
        row: u64,
        value: Option<&str>,
        expected: &str,
    ) -> Refusal {
        Refusal {
            file: self.file.clone(),
            sheet: None,
            row: Some(row),
            column: column.map(|column| self.names[column].clone()),
            value: value.map(ToOwned::to_owned),
            expected: expected.to_owned(),
        }
    }

    fn io(&self, kind: std::io::ErrorKind) -> IngestError {
        IngestError::Io {
            file: self.file.clone(),
            source: kind.into(),
        }
    }

    fn type_refusal(&self, column: usize, found: &DataType, wanted: &str) -> IngestError {
        Refusal {
            file: self.file.clone(),
            sheet: None,
            row: None,
            column: Some(self.names[column].clone()),
            value: None,
            expected: format!("expected a column that holds {wanted}, not {found}"),
        }
        .into()
    }
}

/// The rows at the beginning of a file that show how it writes months.
const LAYOUT_ROWS: usize = 4096;

/// Refusal of a cell that is no value.
const EXPECTED_VALUE: &str = "expected a finite number of at most 1e100 with one decimal mark \
    and no separators of thousands, or nothing for a gap";

/// Whether a text stands for a gap.
fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NaN" | "nan" | "NA" | "N/A" | "null")
}
