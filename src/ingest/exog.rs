//! Files of regressors that are known ahead: one row a series and month, or one row a month for all
//! series; one column a regressor.

use super::month_column::{expected_month, months, shown_cell};
use super::refusal::{IngestError, Refusal};
use super::scan::{ColumnScan, text_columns};
use super::source::{NamedFile, with_table};
use crate::trade::{Month, Regressors};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of a file by series and month; the series is `None` where the file names none.
type RegressorRows = BTreeMap<Option<String>, BTreeMap<Month, Vec<f64>>>;

/// Read a CSV or Parquet file with a column `time`, and a column `id` unless its rows apply to all
/// series; every other column is a regressor. Rows must cover the history and the horizon of each
/// series that is to be forecast.
///
/// # Errors
/// A refusal with row and column for an invalid month, a number that is not finite and a month
/// given twice; a refusal of a file without a regressor.
pub fn read(file: &Path, id: &str, time: &str) -> Result<Regressors, IngestError> {
    with_table(file, &[time], |table| read_table(table, id, time))
}

fn read_table(table: NamedFile<'_>, id: &str, time: &str) -> Result<Regressors, IngestError> {
    let file = table.name;
    let scan = ColumnScan::open(table)?;
    let time = scan.require(&[time])?.remove(0);
    let id = scan.column(id);
    let is_regressor = |name: &&String| **name != time && Some(*name) != id.as_ref();
    let names: Vec<String> = scan
        .columns()
        .iter()
        .filter(is_regressor)
        .cloned()
        .collect();
    if names.is_empty() {
        let expected = format!(
            "expected at least one regressor beside {}; the file has {}",
            time,
            scan.columns().join(", ")
        );
        return Err(Refusal::of_file(file, expected).into());
    }
    // First the month, then the regressors, then the series where there is a column of names.
    let columns: Vec<String> = [time]
        .into_iter()
        .chain(names.clone())
        .chain(id.clone())
        .collect();
    scan.check_unique(&columns)?;
    let found: Arc<Mutex<RegressorRows>> = Arc::default();
    let (sink, path, width, names_of) = (
        Arc::clone(&found),
        file.to_owned(),
        names.len(),
        columns.clone(),
    );
    let wanted: Vec<&str> = columns.iter().map(String::as_str).collect();
    scan.stream(&wanted, move |batch, first_row| {
        let type_refusal = || {
            let expected = format!(
                "expected a column that holds a month, not {}",
                batch.columns()[0].dtype()
            );
            Refusal {
                column: Some(names_of[0].clone()),
                ..Refusal::of_file(&path, expected)
            }
        };
        let (times, others) = (&batch.columns()[0], &batch.columns()[1..]);
        let months = months(times).ok_or_else(type_refusal)?;
        let cells = text_columns(others, &path, &names_of[1..])?;
        let mut rows = sink.lock().unwrap_or_else(PoisonError::into_inner);
        for (k, month) in months.into_iter().enumerate() {
            let time = shown_cell(times, k);
            let cell = |c: usize| match c.checked_sub(1) {
                None => time.trim(),
                Some(at) => cells[at].get(k).unwrap_or("").trim(),
            };
            let refuse = |c: usize, expected: String| {
                let (column, value) = (Some(names_of[c].clone()), Some(cell(c).to_owned()));
                IngestError::from(Refusal {
                    file: path.clone(),
                    sheet: None,
                    row: Some(first_row + k as u64),
                    column,
                    value,
                    expected,
                })
            };
            if (0..names_of.len()).all(|c| cell(c).is_empty()) {
                continue;
            }
            let month = month.ok_or_else(|| refuse(0, expected_month(times, &time)))?;
            let number = |c: usize| {
                let number = cell(c).parse::<f64>().ok().filter(|v| v.is_finite());
                number.ok_or_else(|| {
                    refuse(
                        c,
                        "expected a finite number: a regressor has no gaps".to_owned(),
                    )
                })
            };
            let numbers = (1..=width).map(number).collect::<Result<Vec<f64>, _>>()?;
            // Blanks are part of a name, as they are in the file of values.
            let series = cells
                .get(width)
                .map(|names| names.get(k).unwrap_or("").to_owned());
            if series.as_ref().is_some_and(String::is_empty) {
                return Err(refuse(
                    width + 1,
                    "expected the name of a series".to_owned(),
                ));
            }
            if rows
                .entry(series)
                .or_default()
                .insert(month, numbers)
                .is_some()
            {
                return Err(refuse(
                    0,
                    "expected a month that is not given yet".to_owned(),
                ));
            }
        }
        Ok(())
    })?;
    let mut regressors = Regressors::new(names).from_file(file.display().to_string());
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    for (series, rows) in found {
        regressors.insert(series.as_deref(), &rows.into_iter().collect::<Vec<_>>());
    }
    Ok(regressors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::*;
    use std::io::Write;

    fn read_text(text: &str) -> Result<Regressors, IngestError> {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read(file.path(), "unique_id", "ds")
    }

    #[test]
    fn regressors_apply_to_one_series_or_to_all() {
        let of_one = read_text("unique_id,ds,rate,oil\na,2020-02,2,20\na,2020-01,1,10\n").unwrap();
        assert_eq!(
            of_one.columns("a", Month::january(2020), 2),
            Ok(vec![vec![1.0, 2.0], vec![10.0, 20.0]])
        );
        let of_all = read_text("ds,rate\n2020-01,1\n\n2020-02,2\n\n").unwrap();
        assert_eq!(
            of_all.columns("b", Month::january(2020), 2),
            Ok(vec![vec![1.0, 2.0]])
        );
    }

    /// The first of January and of February 2020.
    const DAYS: [i64; 2] = [18_262, 18_293];

    #[test]
    fn timestamps_and_whole_numbers_are_months_as_in_files_of_figures() {
        let january = Month::january(2020);
        let numbers = Column::new("rate".into(), [1.0, 2.0]);
        let days = Column::new("ds".into(), DAYS);
        let moments = |hours: i64| {
            let of_day = |day| (day * 24 + hours) * 3_600_000_000_000;
            let moments = Int64Chunked::from_iter_values("ds".into(), DAYS.into_iter().map(of_day));
            let (unit, zone) = (TimeUnit::Nanoseconds, Some(TimeZone::UTC));
            moments.into_datetime(unit, zone).into_column()
        };
        let read_column = |times: Column| {
            let mut builder = tempfile::Builder::new();
            let file = builder.suffix(".parquet").tempfile().unwrap();
            let mut frame = DataFrame::new(2, vec![times, numbers.clone()]).unwrap();
            ParquetWriter::new(file.reopen().unwrap())
                .finish(&mut frame)
                .unwrap();
            read(file.path(), "unique_id", "ds")
        };
        let floats = Column::new("ds".into(), [20_200_101.0, 20_200_201.0]);
        let dates = days
            .cast(&DataType::Int32)
            .and_then(|d| d.cast(&DataType::Date));
        for times in [moments(0), floats, dates.unwrap()] {
            let kind = times.dtype().clone();
            let found = read_column(times).unwrap();
            let rates = found.columns("a", january, 2);
            assert_eq!(rates, Ok(vec![vec![1.0, 2.0]]), "{kind}");
        }
        // Midnight in Tashkent.
        let refused = [
            read_column(moments(-5)),
            read_text("ds,rate\n2019-12-31T19:00:00Z,1\n"),
        ];
        for refused in refused {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains(": expected midnight UTC, since"), "{error}");
        }
        let error = read_column(Column::new("ds".into(), [true, false])).unwrap_err();
        assert!(error.to_string().contains("expected a month"), "{error}");
    }

    #[test]
    fn a_refusal_names_what_is_wrong() {
        for (text, expected) in [
            (
                "unique_id,ds,rate\na,2020-01,x\n",
                ", row 2, column `rate`, value `x`: expected a finite number",
            ),
            (
                "unique_id,ds,rate\na,2020-01,\n",
                ", row 2, column `rate`, value ``: expected a finite number",
            ),
            (
                "unique_id,ds,rate\na,2020-01,1\na,202001,1\n",
                ", row 3, column `ds`, value `202001`: expected a month that is not given yet",
            ),
            (
                "unique_id,ds\na,2020-01\n",
                ": expected at least one regressor beside ds; the file has unique_id, ds",
            ),
        ] {
            let error = read_text(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
