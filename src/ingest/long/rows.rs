//! The rows of a long file, each checked.

use super::layout::{LongColumns, LongLayout};
use crate::ingest::refusal::{IngestError, Refusal};
use crate::ingest::scan::ColumnScan;
use crate::ingest::source::NamedFile;
use crate::ingest::truncated_rows::TruncatedRows;
use crate::trade::day::day_of;
use crate::trade::{LARGEST, Month, Notation, YEARS};
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
                if dates && found.1.len() < DATES_SEEN && cell(ids, k) == found.0 {
                    let text = cell(times, k);
                    found.1.extend(Notation::date(&text));
                } else if !dates && first_row + k as u64 == row {
                    found.0 = cell(ids, k);
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
        let months = self.months(time)?;
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
                    let shown = cell(time, k);
                    Err(self.refuse(Some(1), row, Some(&shown), &expected_month(time, &shown)))
                }
                (.., None) => Err(self.refuse(Some(2), row, Some(&cell(value, k)), EXPECTED_VALUE)),
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
            let texts: Vec<String> = (0..first.len()).map(|k| cell(&first, k)).collect();
            // A timestamp is written as its date where the results are text.
            let moments = matches!(time.dtype(), DataType::Datetime(..));
            let date = |text: &'_ String| text[..text.len().min(10)].to_owned();
            let texts: Vec<String> = match moments {
                true => texts.iter().map(date).collect(),
                false => texts,
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

    /// Return the month of each row, `None` for a cell that is no month.
    fn months(&self, column: &Column) -> Result<Vec<Option<Month>>, IngestError> {
        let wrong = |wanted: &str| self.type_refusal(1, column.dtype(), wanted);
        let of_day = |day: i32| {
            let date = day_of(day)?;
            YEARS.contains(&date.year()).then(|| Month::of(date))
        };
        match column.dtype() {
            DataType::Date => {
                let dates = column.date().map_err(|_| wrong("a date"))?;
                let month = |day: Option<i32>| of_day(day?);
                Ok(dates.physical().iter().map(month).collect())
            }
            DataType::Datetime(_, zone) => {
                let (moments, a_day) = moments_of(column).ok_or_else(|| wrong("a date"))?;
                let month = |moment: Option<i64>| {
                    let moment = moment?;
                    let day = i32::try_from(moment.div_euclid(a_day)).ok()?;
                    let month = of_day(day)?;
                    let near = [day - 1, day + 1].map(of_day) != [Some(month); 2];
                    let doubtful = zone.is_some() && near && moment.rem_euclid(a_day) != 0;
                    (!doubtful).then_some(month)
                };
                Ok(moments.into_iter().map(month).collect())
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

/// Return a cell as a refusal shows it.
fn cell(column: &Column, k: usize) -> String {
    match column.get(k) {
        Ok(AnyValue::Null) | Err(_) => String::new(),
        // Polars writes no moment of a time zone without its tables of zones.
        Ok(AnyValue::Datetime(moment, unit, zone)) => {
            let a_day = in_a_day(unit);
            let day = i32::try_from(moment.div_euclid(a_day))
                .ok()
                .and_then(day_of);
            let minutes = moment.rem_euclid(a_day) / (a_day / 1440);
            let date = day.map_or_else(|| moment.to_string(), |day| day.to_string());
            let zone = zone.map_or("", |_| " UTC");
            format!("{date} {:02}:{:02}{zone}", minutes / 60, minutes % 60)
        }
        Ok(value) => value.str_value().into_owned(),
    }
}

/// Return the moments of a column of timestamps and how many of its units make a day.
fn moments_of(column: &Column) -> Option<(Vec<Option<i64>>, i64)> {
    let DataType::Datetime(unit, _) = column.dtype() else {
        return None;
    };
    let moments = column.datetime().ok()?;
    Some((moments.physical().iter().collect(), in_a_day(*unit)))
}

/// Return how many of a unit make a day.
pub fn in_a_day(unit: TimeUnit) -> i64 {
    const SECONDS: i64 = 86_400;
    match unit {
        TimeUnit::Milliseconds => SECONDS * 1_000,
        TimeUnit::Microseconds => SECONDS * 1_000_000,
        TimeUnit::Nanoseconds => SECONDS * 1_000_000_000,
    }
}

/// Return what was expected instead of `shown`, a cell of `column` that is no month.
fn expected_month(column: &Column, shown: &str) -> String {
    if matches!(column.dtype(), DataType::Datetime(_, Some(_))) && !shown.is_empty() {
        return "expected midnight UTC, since at another hour this is another month in some time \
            zones: write dates instead"
            .to_owned();
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let upper = shown.trim().to_ascii_uppercase();
    let parts: Vec<&str> = upper.split(['/', '-', '.']).collect();
    let after = |letter: char| {
        upper
            .split_once(letter)
            .is_some_and(|(_, rest)| digits(rest))
    };
    let looks = match parts.as_slice() {
        [year] if year.len() == 4 && digits(year) => "; the data look annual",
        _ if after('Q') => "; the data look quarterly",
        _ if after('W') => "; the data look weekly",
        [day, month, year]
            if [day, month, year].iter().all(|part| digits(part)) && day.len() < 3 =>
        {
            "; write the year first, since day and month are not told apart here"
        }
        _ => "",
    };
    format!("{EXPECTED_MONTH}{looks}")
}

/// Refusal of a cell that is no month.
const EXPECTED_MONTH: &str = "expected a month of the years 1000 to 2999, \
    for example 2025-05, 2025-M05, 2025M05, 202505 or 2025-05-01";
/// Refusal of a cell that is no value.
const EXPECTED_VALUE: &str = "expected a finite number of at most 1e100 with one decimal mark \
    and no separators of thousands, or nothing for a gap";

/// Whether a text stands for a gap.
fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NaN" | "nan" | "NA" | "N/A" | "null")
}
