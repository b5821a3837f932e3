//! The long format that panel forecasters share: one row a series and month, `unique_id, ds, y`.

use super::{
    GridBuilder, IngestError, MonthGrid, Refusal, scan::ColumnScan, source::NamedFile,
    truncated_rows::TruncatedRows,
};
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
pub struct LongPanel {
    /// The series, by name.
    pub grid: MonthGrid,
    /// How the file writes names and months.
    pub writing: LongLayout,
}

/// How a file writes the names of series and months, so that results can be written alike.
#[derive(Debug, Clone)]
pub struct LongLayout {
    /// How its first row writes the month.
    pub notation: Notation,
    /// The type of the column of names.
    pub id: DataType,
    /// The type of the column of months.
    pub time: DataType,
}

impl Default for LongLayout {
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
pub fn read(file: &Path, columns: &LongColumns) -> Result<LongPanel, IngestError> {
    let lock = |runs: &Mutex<GridBuilder>| {
        std::mem::take(&mut *runs.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let runs = Arc::new(Mutex::new(GridBuilder::default()));
    let sink = Arc::clone(&runs);
    let mut started = false;
    let mut last: Option<(String, u32)> = None;
    let path = file.to_owned();
    let writing = stream(NamedFile::at(file), columns, move |row| {
        let LongRow {
            id,
            month,
            value,
            row,
            ..
        } = row?;
        let mut runs = sink.lock().unwrap_or_else(PoisonError::into_inner);
        if !started {
            runs.start_file(&path);
            started = true;
        }
        let series = match &last {
            Some((known, series)) if known == id => *series,
            _ => {
                let series = runs.series(id);
                last = Some((id.to_owned(), series));
                series
            }
        };
        runs.push(series, month, value, row);
        Ok(())
    })?;
    Ok(LongPanel {
        grid: lock(&runs).finish(&columns.time)?,
        writing,
    })
}

/// What a row says.
#[derive(Debug, Clone, Copy)]
pub(super) struct LongRow<'a> {
    /// The series.
    pub(super) id: &'a str,
    /// The month.
    pub(super) month: Month,
    /// The value; NaN for a gap that the row states.
    pub(super) value: f64,
    /// The value as the file writes it, where its column is text.
    pub(super) text: Option<&'a str>,
    /// The row of the file.
    pub(super) row: u64,
}

/// Hands the rows of a long file to `take` one by one, or what is wrong with them; blank ones are passed over. How the file writes names and months.
///
/// # Errors
/// A refusal of a column that is missing or of a wrong type; what `take` gives.
pub(super) fn stream(
    file: NamedFile<'_>,
    columns: &LongColumns,
    mut take: impl FnMut(Result<LongRow<'_>, Refusal>) -> Result<(), IngestError> + Send + 'static,
) -> Result<LongLayout, IngestError> {
    let scan = ColumnScan::open(file)?;
    let names = scan.require(&[&columns.id, &columns.time, &columns.value])?;
    if names[0] == names[1] || names[1] == names[2] || names[0] == names[2] {
        let expected = format!("three different columns, not {}", names.join(", "));
        return Err(Refusal::of_file(file.name, expected).into());
    }
    let writing: Arc<Mutex<Option<LongLayout>>> = Arc::default();
    let reader = LongReader {
        file: file.name.to_owned(),
        names: names.clone(),
        writing: Arc::clone(&writing),
        short: TruncatedRows::new(&scan, &names),
    };
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    scan.stream(&wanted, move |batch, first_row| {
        reader.rows(batch, first_row, &mut take)
    })?;
    let writing = writing.lock().ok().and_then(|mut writing| writing.take());
    Ok(writing.unwrap_or_default())
}

struct LongReader {
    file: PathBuf,
    names: Vec<String>,
    writing: Arc<Mutex<Option<LongLayout>>>,
    short: TruncatedRows,
}

impl LongReader {
    fn rows(
        &self,
        batch: &DataFrame,
        first_row: u64,
        take: &mut impl FnMut(Result<LongRow<'_>, Refusal>) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let [id, time, value] = [0, 1, 2].map(|at| &batch.columns()[at]);
        let ids = id
            .cast(&DataType::String)
            .map_err(|_| self.type_refusal(0, id.dtype(), "text"))?;
        let ids = ids
            .str()
            .map_err(|_| self.type_refusal(0, ids.dtype(), "text"))?;
        self.note_writing(batch);
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
                // What is cut off is no gap.
                if cells[self.short.last()].is_empty()
                    && let Some(expected) = self.short.of(row).map_err(|kind| self.io(kind))?
                {
                    take(Err(self.refuse(None, row, None, &expected)))?;
                    continue;
                }
            }
            let found = match (id.filter(|id| !id.is_empty()), month, number) {
                (None, ..) => Err(self.refuse(Some(0), row, Some(""), "the name of a series")),
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
            take(found)?;
        }
        Ok(())
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
            *writing = notation.map(|notation| LongLayout { notation, id, time });
        }
    }

    /// The month of each row; `None` where a cell is none.
    fn months(&self, column: &Column) -> Result<Vec<Option<Month>>, IngestError> {
        let wrong = |wanted: &str| self.type_refusal(1, column.dtype(), wanted);
        match column.dtype() {
            DataType::Datetime(_, Some(_)) => Err(wrong(
                "months without a time zone: in another zone the first of a month is the last of the one before",
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

    /// The value of each row, NaN for a gap; `None` where a cell is neither.
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
            expected: format!("a column that holds {wanted}, not {found}"),
        }
        .into()
    }
}

/// A cell as a refusal shows it.
fn cell(column: &Column, k: usize) -> String {
    match column.get(k) {
        Ok(AnyValue::Null) | Err(_) => String::new(),
        Ok(value) => value.str_value().into_owned(),
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
    use crate::ingest::{InvalidRows, ParsedFile, formats};
    use std::io::Write;

    fn read_text(text: &str) -> Result<MonthGrid, IngestError> {
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

    fn figures(text: &str, mode: InvalidRows) -> Result<ParsedFile, IngestError> {
        let name = Path::new("f");
        formats::read_bytes(name, text.as_bytes(), None, mode).map(|(_, reading)| reading)
    }

    /// The months between two rows are not said to be without a figure: a store may know them.
    #[test]
    fn a_month_that_no_row_states_is_none() {
        let text = "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2024-01,1\nUSA.MEX.M.TOTAL.USD,2024-12,2\nUSA.MEX.M.TOTAL.USD,2024-03,\n";
        let figures = figures(text, InvalidRows::Refuse).unwrap().figures;
        let told: Vec<_> = figures
            .rows()
            .iter()
            .map(|row| (row.span.to_string(), row.value.is_nan(), row.row))
            .collect();
        let month = |text: &str| text.to_owned();
        assert_eq!(
            told,
            [
                (month("2024-01"), false, 2),
                (month("2024-12"), false, 3),
                (month("2024-03"), true, 4)
            ]
        );
    }

    #[test]
    fn each_wrong_row_of_figures_is_refused_and_the_others_are_taken() {
        let text = "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2024-01,1\nM1,2024-01,1\nUSA.MEX.M.TOTAL.USD,2024-13,1\n\
            USA.MEX.M.TOTAL.USD,2024-02,x\nUSA.MEX.M.TOTAL.USD,2024-02,-1\nUSA.MEX.M.TOTAL.USD,2024-01,2\nUSA.MEX.M.TOTAL.USD,2024-03\n,2024-03,1\n";
        let reading = figures(text, InvalidRows::Report).unwrap();
        assert_eq!(reading.figures.len(), 1);
        let refused: Vec<String> = reading.refusals.iter().map(ToString::to_string).collect();
        let expected = [
            "f, row 3, column `unique_id`, value `M1`: `M1` is no series key",
            "f, row 4, column `ds`, value `2024-13`: expected a month",
            "f, row 5, column `y`, value `x`: expected a finite number",
            "f, row 6, column `y`, value `-1`: expected a value of zero or more",
            "f, row 7, column `ds`, value `2024-01`: a figure for 2024-01 that series",
            "f, row 8: expected 3 cells, not 2",
            "f, row 9, column `unique_id`, value ``: the name of a series",
        ];
        assert_eq!(refused.len(), expected.len(), "{refused:#?}");
        for (refused, expected) in refused.iter().zip(expected) {
            assert!(refused.starts_with(expected), "{refused}");
        }
        let first = figures(text, InvalidRows::Refuse).unwrap_err().to_string();
        assert_eq!(first, refused[0]);
    }

    #[test]
    fn blank_lines_say_nothing() {
        let grid = read_text("unique_id,ds,y\na,2020-01,1\n,,\na,2020-02,2\n\n").unwrap();
        assert_eq!(grid.values, [1.0, 2.0]);
    }

    /// The first two bytes are those of a zlib stream.
    #[test]
    fn a_packed_file_is_refused() {
        let error = read_text("x\u{1}\0u").unwrap_err().to_string();
        let expected = "not readable as CSV: it is damaged, or packed in a way that is not known";
        assert!(error.ends_with(expected), "{error}");
    }

    #[test]
    fn a_missing_file_is_said_to_be_missing() {
        let error = read(Path::new("no/such.csv"), &LongColumns::default())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("cannot read no/such.csv"), "{error}");
    }
}
