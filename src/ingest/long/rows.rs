//! The rows of a long file, each checked.

use super::layout::{LongColumns, LongLayout};
use crate::ingest::refusal::{IngestError, Refusal};
use crate::ingest::scan::ColumnScan;
use crate::ingest::source::NamedFile;
use crate::ingest::truncated_rows::TruncatedRows;
use crate::trade::month::Notation;
use crate::trade::{LARGEST, Month, YEARS};
use polars::prelude::*;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A row of a long file.
#[derive(Debug, Clone, Copy)]
pub(in crate::ingest) struct LongRow<'a> {
    /// Name of the series.
    pub(in crate::ingest) id: &'a str,
    /// Month.
    pub(in crate::ingest) month: Month,
    /// Value; NaN for a gap that the row states.
    pub(in crate::ingest) value: f64,
    /// Value as the file writes it, where its column is text.
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
    let layout: Arc<Mutex<Option<LongLayout>>> = Arc::default();
    let reader = LongReader {
        file: file.name.to_owned(),
        names: names.clone(),
        layout: Arc::clone(&layout),
        truncated: TruncatedRows::new(&scan, &names),
    };
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    scan.stream(&wanted, move |batch, first_row| {
        reader.rows(batch, first_row, &mut sink)
    })?;
    let layout = layout.lock().ok().and_then(|mut layout| layout.take());
    Ok(layout.unwrap_or_default())
}

/// Reader of the batches of a long file.
struct LongReader {
    file: PathBuf,
    /// Names of the columns of series, months and values.
    names: Vec<String>,
    /// Layout of the first row, once it is read.
    layout: Arc<Mutex<Option<LongLayout>>>,
    truncated: TruncatedRows,
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
        let months = self.months(time)?;
        let values = self.values(value)?;
        let value_texts = value.str().ok();
        // Cells that can be blank are text.
        let time_texts = time.str().ok().filter(|_| value_texts.is_some());
        for (k, (id, (month, number))) in ids.iter().zip(months.into_iter().zip(values)).enumerate()
        {
            let row = first_row + k as u64;
            let text = value_texts.and_then(|texts| texts.get(k)).map(str::trim);
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
                    Err(self.refuse(Some(1), row, Some(&cell(time, k)), EXPECTED_MONTH))
                }
                (.., None) => Err(self.refuse(Some(2), row, Some(&cell(value, k)), EXPECTED_VALUE)),
                (Some(id), Some(month), Some(value)) => Ok(LongRow {
                    id,
                    month,
                    value,
                    text,
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
        if layout.is_none() {
            let [id, time] = [0, 1].map(|at| &batch.columns()[at]);
            let first = time.head(Some(1)).cast(&DataType::String);
            let notation = first.ok().and_then(|first| {
                first
                    .str()
                    .ok()
                    .and_then(|text| text.get(0).map(Notation::of))
            });
            let (id, time) = (id.dtype().clone(), time.dtype().clone());
            *layout = notation.map(|notation| LongLayout { notation, id, time });
        }
    }

    /// Return the month of each row, `None` for a cell that is no month.
    fn months(&self, column: &Column) -> Result<Vec<Option<Month>>, IngestError> {
        let wrong = |wanted: &str| self.type_refusal(1, column.dtype(), wanted);
        match column.dtype() {
            DataType::Datetime(_, Some(_)) => Err(wrong(
                "months without a time zone: in another zone the first of a month is the last of \
                 the one before",
            )),
            DataType::Date | DataType::Datetime(..) => {
                let dates = column.cast(&DataType::Date).map_err(|_| wrong("a date"))?;
                let dates = dates.date().map_err(|_| wrong("a date"))?;
                let epoch = time::macros::date!(1970 - 01 - 01);
                let month = |days: Option<i32>| {
                    let date = epoch.checked_add(time::Duration::days(i64::from(days?)))?;
                    YEARS.contains(&date.year()).then(|| Month::of(date))
                };
                Ok(dates.physical().iter().map(month).collect())
            }
            _ => {
                let texts = column
                    .cast(&DataType::String)
                    .map_err(|_| wrong("a month"))?;
                let texts = texts.str().map_err(|_| wrong("a month"))?;
                let month = |text: Option<&str>| {
                    let month = Month::parse(text?).ok()?;
                    YEARS.contains(&month.year()).then_some(month)
                };
                Ok(texts.iter().map(month).collect())
            }
        }
    }

    /// Return the value of each row, NaN for a gap, `None` for a cell that is neither.
    fn values(&self, column: &Column) -> Result<Vec<Option<f64>>, IngestError> {
        let wrong = || self.type_refusal(2, column.dtype(), "a number");
        let bounded = |value: f64| (value.is_nan() || value.abs() <= LARGEST).then_some(value);
        if column.dtype() == &DataType::String {
            let texts = column.str().map_err(|_| wrong())?;
            let value = |text: Option<&str>| match text.map(str::trim) {
                Some(text) if !is_missing(text) => text.parse().ok().and_then(bounded),
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

    fn refuse(
        &self,
        column: Option<usize>,
        row: u64,
        value: Option<&str>,
        expected: &str,
    ) -> Refusal {
        Refusal {
            file: self.file.clone(),
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
            row: None,
            column: Some(self.names[column].clone()),
            value: None,
            expected: format!("expected a column that holds {wanted}, not {found}"),
        }
        .into()
    }
}

/// Return a cell as a refusal shows it.
fn cell(column: &Column, k: usize) -> String {
    match column.get(k) {
        Ok(AnyValue::Null) | Err(_) => String::new(),
        Ok(value) => value.str_value().into_owned(),
    }
}

/// Refusal of a cell that is no month.
const EXPECTED_MONTH: &str = "expected a month of the years 1000 to 2999, \
    for example 2025-05, 2025-M05, 2025M05, 202505 or 2025-05-01";
/// Refusal of a cell that is no value.
const EXPECTED_VALUE: &str = "expected a finite number of at most 1e100, or nothing for a gap";

/// Whether a text stands for a gap.
fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NaN" | "nan" | "NA" | "N/A" | "null")
}
