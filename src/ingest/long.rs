//! The long format that panel forecasters share: one row a series and month, `unique_id, ds, y`.

use super::{Grid, IngestError, Refusal, Runs, scan::Scan};
use crate::trade::month::Notation;
use crate::trade::{LARGEST, Month, YEARS};
use polars::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The names of the three columns in the file.
#[derive(Debug, Clone)]
pub struct LongColumns {
    /// The series.
    pub id: String,
    /// The month.
    pub time: String,
    /// The value.
    pub value: String,
}

impl Default for LongColumns {
    /// `unique_id`, `ds`, `y`.
    fn default() -> Self {
        Self {
            id: "unique_id".into(),
            time: "ds".into(),
            value: "y".into(),
        }
    }
}

/// A panel as a long file gives it.
#[derive(Debug)]
pub struct Long {
    /// The series, by name.
    pub grid: Grid,
    /// How the file writes names and months.
    pub writing: Writing,
}

/// How a file writes the names of series and months, so that results can be written alike.
#[derive(Debug, Clone)]
pub struct Writing {
    /// How its first row writes the month.
    pub notation: Notation,
    /// The type of the column of names.
    pub id: DataType,
    /// The type of the column of months.
    pub time: DataType,
}

impl Default for Writing {
    /// Text.
    fn default() -> Self {
        Self {
            notation: Notation::Iso,
            id: DataType::String,
            time: DataType::String,
        }
    }
}

/// Reads a long file, CSV or Parquet, into one grid.
///
/// Months may stand in any notation of [`Month::parse`], or be dates. An empty value or `NaN` is a gap. Values may be negative.
///
/// # Errors
/// A refusal with row and column for a missing column, an empty name, a bad month, a value that is no finite number, and a
/// month given twice.
pub fn read(file: &Path, columns: &LongColumns) -> Result<Long, IngestError> {
    let scan = Scan::open(file)?;
    let names = scan.require(&[&columns.id, &columns.time, &columns.value])?;
    if names[0] == names[1] || names[1] == names[2] || names[0] == names[2] {
        let expected = format!("three different columns, not {}", names.join(", "));
        return Err(Refusal {
            file: file.to_owned(),
            row: None,
            column: None,
            value: None,
            expected,
        }
        .into());
    }
    let runs = Arc::new(Mutex::new(Runs::default()));
    let sink = Arc::clone(&runs);
    sink.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .start_file(file);
    let writing: Arc<Mutex<Option<Writing>>> = Arc::default();
    let reader = Reader {
        file: file.to_owned(),
        names: names.clone(),
        writing: Arc::clone(&writing),
        is_text: scan.is_text(),
    };
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    scan.stream(&wanted, move |batch, first_row| {
        reader.take(
            batch,
            first_row,
            &mut sink.lock().unwrap_or_else(PoisonError::into_inner),
        )
    })?;
    let runs = std::mem::take(&mut *runs.lock().unwrap_or_else(PoisonError::into_inner));
    let writing = writing
        .lock()
        .ok()
        .and_then(|mut writing| writing.take())
        .unwrap_or_default();
    Ok(Long {
        grid: runs.finish(&columns.time)?,
        writing,
    })
}

struct Reader {
    file: PathBuf,
    names: Vec<String>,
    writing: Arc<Mutex<Option<Writing>>>,
    /// Whether the file is text, whose cells are never null but where a row is short.
    is_text: bool,
}

impl Reader {
    fn take(&self, batch: &DataFrame, first_row: u64, runs: &mut Runs) -> Result<(), IngestError> {
        let text = |at: usize| -> Result<Column, IngestError> {
            let column = &batch.columns()[at];
            column
                .cast(&DataType::String)
                .map_err(|_| self.type_refusal(at, column.dtype(), "text"))
        };
        let ids = text(0)?;
        let ids = ids
            .str()
            .map_err(|_| self.type_refusal(0, ids.dtype(), "text"))?;
        let blank = self.blank(batch, ids, first_row)?;
        self.note_writing(batch);
        let months = self.months(&batch.columns()[1], first_row, &blank)?;
        let values = self.values(&batch.columns()[2], first_row)?;
        let mut last: Option<(&str, u32)> = None;
        for (k, (id, (month, value))) in ids.iter().zip(months.into_iter().zip(values)).enumerate()
        {
            let Some(month) = month else { continue };
            let row = first_row + k as u64;
            let id = id
                .filter(|id| !id.is_empty())
                .ok_or_else(|| self.refuse(0, row, "", "the name of a series"))?;
            let series = match last {
                Some((known, series)) if known == id => series,
                _ => runs.series(id),
            };
            last = Some((id, series));
            runs.push(series, month, value, row);
        }
        Ok(())
    }

    /// Which rows of a batch say nothing at all, as blank lines do.
    ///
    /// # Errors
    /// A refusal of a row of text that ends before its last column: what is cut off is no gap.
    fn blank(
        &self,
        batch: &DataFrame,
        ids: &StringChunked,
        first_row: u64,
    ) -> Result<Vec<bool>, IngestError> {
        let [time, value] = [1, 2].map(|at| batch.columns()[at].str().ok());
        let (Some(time), Some(value)) = (time, value) else {
            return Ok(vec![false; batch.height()]);
        };
        (0..batch.height())
            .map(|k| {
                let cells = [ids.get(k), time.get(k), value.get(k)];
                let blank = cells
                    .iter()
                    .all(|cell| cell.is_none_or(|cell| cell.trim().is_empty()));
                match cells
                    .iter()
                    .position(Option::is_none)
                    .filter(|_| self.is_text && !blank)
                {
                    Some(missing) => {
                        let expected = "a cell in this column: the row ends before it";
                        Err(self.refuse(missing, first_row + k as u64, "", expected))
                    }
                    None => Ok(blank),
                }
            })
            .collect()
    }

    fn note_writing(&self, batch: &DataFrame) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if writing.is_none() {
            let [id, time] = [0, 1].map(|at| &batch.columns()[at]);
            let first = time.head(Some(1)).cast(&DataType::String);
            let notation = first.ok().and_then(|first| {
                first
                    .str()
                    .ok()
                    .and_then(|text| text.get(0).map(Notation::of))
            });
            let (id, time) = (id.dtype().clone(), time.dtype().clone());
            *writing = notation.map(|notation| Writing { notation, id, time });
        }
    }

    fn months(
        &self,
        column: &Column,
        first_row: u64,
        blank: &[bool],
    ) -> Result<Vec<Option<Month>>, IngestError> {
        let wrong =
            |k: usize, value: &str| self.refuse(1, first_row + k as u64, value, EXPECTED_MONTH);
        match column.dtype() {
            DataType::Datetime(_, Some(_)) => Err(self.type_refusal(
                1,
                column.dtype(),
                "months without a time zone: in another zone the first of a month is the last of the one before",
            )),
            DataType::Date | DataType::Datetime(..) => {
                let dates = column
                    .cast(&DataType::Date)
                    .map_err(|_| self.type_refusal(1, column.dtype(), "a date"))?;
                let dates = dates
                    .date()
                    .map_err(|_| self.type_refusal(1, column.dtype(), "a date"))?;
                let epoch = time::macros::date!(1970 - 01 - 01);
                dates
                    .physical()
                    .iter()
                    .enumerate()
                    .map(|(k, days)| {
                        let date = days
                            .and_then(|d| epoch.checked_add(time::Duration::days(i64::from(d))));
                        date.filter(|d| YEARS.contains(&d.year()))
                            .map(|date| Some(Month::of(date)))
                            .ok_or_else(|| wrong(k, ""))
                    })
                    .collect()
            }
            _ => {
                let column = column
                    .cast(&DataType::String)
                    .map_err(|_| self.type_refusal(1, column.dtype(), "a month"))?;
                let texts = column
                    .str()
                    .map_err(|_| self.type_refusal(1, column.dtype(), "a month"))?;
                texts
                    .iter()
                    .enumerate()
                    .map(|(k, text)| {
                        if blank[k] {
                            return Ok(None);
                        }
                        let text = text.unwrap_or("");
                        let month = Month::parse(text).ok().filter(|month| YEARS.contains(&month.year()));
                        month.map(Some).ok_or_else(|| wrong(k, text))
                    })
                    .collect()
            }
        }
    }

    fn values(&self, column: &Column, first_row: u64) -> Result<Vec<f64>, IngestError> {
        let wrong =
            |k: usize, value: &str| self.refuse(2, first_row + k as u64, value, EXPECTED_VALUE);
        let finite = |k: usize, value: Option<f64>| match value {
            Some(v) if v.abs() > LARGEST => Err(wrong(k, &v.to_string())),
            other => Ok(other.unwrap_or(f64::NAN)),
        };
        if column.dtype() == &DataType::String {
            let texts = column
                .str()
                .map_err(|_| self.type_refusal(2, column.dtype(), "a number"))?;
            return texts
                .iter()
                .enumerate()
                .map(
                    |(k, text)| match text.map(str::trim).filter(|t| !is_missing(t)) {
                        None => Ok(f64::NAN),
                        Some(text) => finite(k, Some(text.parse().map_err(|_| wrong(k, text))?)),
                    },
                )
                .collect();
        }
        if !column.dtype().is_numeric() && !column.dtype().is_null() {
            return Err(self.type_refusal(2, column.dtype(), "a number"));
        }
        let column = column
            .cast(&DataType::Float64)
            .map_err(|_| self.type_refusal(2, column.dtype(), "a number"))?;
        let numbers = column
            .f64()
            .map_err(|_| self.type_refusal(2, column.dtype(), "a number"))?;
        numbers
            .iter()
            .enumerate()
            .map(|(k, value)| finite(k, value))
            .collect()
    }

    fn refuse(&self, column: usize, row: u64, value: &str, expected: &str) -> IngestError {
        Refusal {
            file: self.file.clone(),
            row: Some(row),
            column: Some(self.names[column].clone()),
            value: Some(value.to_owned()),
            expected: expected.to_owned(),
        }
        .into()
    }

    fn type_refusal(&self, column: usize, found: &DataType, wanted: &str) -> IngestError {
        Refusal {
            file: self.file.clone(),
            row: None,
            column: Some(self.names[column].clone()),
            value: None,
            expected: format!("a column that holds {wanted}, not {found}"),
        }
        .into()
    }
}

/// What a month should look like, for refusals.
pub(super) const EXPECTED_MONTH: &str = "expected a month of the years 1000 to 2999, for example 2025-05, 2025-M05, 2025M05, 202505 or 2025-05-01";
/// What a value should look like, for refusals.
pub(super) const EXPECTED_VALUE: &str =
    "expected a finite number of at most 1e100, or nothing for a gap";

/// Whether a text stands for "no figure".
fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NaN" | "nan" | "NA" | "N/A" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read_text(text: &str) -> Result<Grid, IngestError> {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read(file.path(), &LongColumns::default()).map(|long| long.grid)
    }

    #[test]
    fn an_empty_value_is_a_gap_and_a_zero_is_not() {
        let grid = read_text(
            "unique_id,ds,y\nM1,1990-01-31,1\nM1,1990-02-28,\nM1,1990-03-31,0\nM1,1990-04-30,NaN\n",
        )
        .unwrap();
        assert_eq!(grid.entries.len(), 1);
        assert_eq!(grid.values[0], 1.0);
        assert!(grid.values[1].is_nan());
        assert_eq!(grid.values[2], 0.0);
    }

    #[test]
    fn a_refusal_names_row_and_column() {
        for (text, expected) in [
            (
                "unique_id,ds,y\na,2020-01,1\na,2020-13,2\n",
                ", row 3, column `ds`, value `2020-13`: expected a month",
            ),
            (
                "unique_id,ds,y\na,2020-01,1\na,2020-02,two\n",
                ", row 3, column `y`, value `two`: expected a finite number",
            ),
            (
                "unique_id,ds,y\na,2020-01,inf\n",
                ", row 2, column `y`, value `inf`: expected a finite number",
            ),
            (
                "unique_id,ds,y\n,2020-01,1\n",
                ", row 2, column `unique_id`, value ``: the name of a series",
            ),
            (
                "unique_id,ds,y\na,2020-01,1\na,202001,1\n",
                ", row 3, column `ds`, value `2020-01`: a month that series `a`",
            ),
            (
                "id,ds,y\na,2020-01,1\n",
                ", row 1, column `unique_id`: this column is needed; the file has id, ds, y",
            ),
        ] {
            let error = read_text(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn blank_lines_say_nothing() {
        let grid = read_text("unique_id,ds,y\na,2020-01,1\n,,\na,2020-02,2\n\n").unwrap();
        assert_eq!(grid.values, [1.0, 2.0]);
    }

    #[test]
    fn a_missing_file_is_said_to_be_missing() {
        let error = read(Path::new("no/such.csv"), &LongColumns::default())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("cannot read no/such.csv"), "{error}");
    }
}
