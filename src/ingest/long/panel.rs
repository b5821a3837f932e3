//! A long file read as one panel.

use super::layout::{LongColumns, LongLayout};
use super::rows::{LongRow, days_of_row, stream};
use crate::ingest::grid::{GridBuilder, MonthGrid};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::{NamedFile, with_table};
use crate::trade::Frequency;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Panel of series that a long file holds.
#[derive(Debug)]
pub struct LongPanel {
    /// Series by name.
    pub grid: MonthGrid,
    /// How the file writes names and months.
    pub layout: LongLayout,
}

/// Read a long file, CSV, Parquet or a workbook, into one grid. A CSV file may be packed, in
/// another encoding than UTF-8, and have semicolons or tabs between its cells; titles may stand
/// above the header.
///
/// Months may be written in any notation of [`Month::parse`](crate::trade::Month::parse), or be
/// dates. An empty value or `NaN` is a gap. Values may be negative.
///
/// # Errors
/// A refusal with row and column for a missing column, an empty name, an invalid month, a value
/// that is no finite number, and a month that a series has twice.
pub fn read(file: &Path, columns: &LongColumns) -> Result<LongPanel, IngestError> {
    let names = [&columns.id, &columns.time, &columns.value].map(String::as_str);
    with_table(file, &names, |table| read_table(table, columns))
}

fn read_table(table: NamedFile<'_>, columns: &LongColumns) -> Result<LongPanel, IngestError> {
    let shared = Arc::new(Mutex::new(GridBuilder::default()));
    let sink = Arc::clone(&shared);
    let mut started = false;
    let mut last: Option<(String, u32)> = None;
    let path = table.name.to_owned();
    let layout = stream(table, columns, move |row| {
        let LongRow {
            id,
            month,
            value,
            row,
            ..
        } = row?;
        let mut grid = sink.lock().unwrap_or_else(PoisonError::into_inner);
        if !started {
            grid.start_file(&path);
            started = true;
        }
        let series = match &last {
            Some((known, series)) if known == id => *series,
            _ => {
                let series = grid.series(id);
                last = Some((id.to_owned(), series));
                series
            }
        };
        grid.push(series, month, value, row);
        Ok(())
    })?;
    let grid = std::mem::take(&mut *shared.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(LongPanel {
        grid: grid
            .finish(&columns.time)
            .map_err(|error| with_frequency(error, table, columns))?,
        layout,
    })
}

/// Add to a refusal what the dates of the series look like, where they are not monthly: then a
/// month that a series has twice is no mistake in one row.
fn with_frequency(
    mut error: IngestError,
    table: NamedFile<'_>,
    columns: &LongColumns,
) -> IngestError {
    if let IngestError::Refused(refusal) = &mut error
        && let Some(row) = refusal.row
        && let Ok(days) = days_of_row(table, columns, row)
        && let Some(frequency) = Frequency::of_days(&days)
    {
        let seen: Vec<String> = days.iter().take(3).map(ToString::to_string).collect();
        let told = format!("; its dates {} look {frequency}", seen.join(", "));
        refusal.expected.push_str(&told);
        refusal
            .expected
            .push_str(", and monthly figures are needed");
    }
    error
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
                ", row 2, column `unique_id`, value ``: expected the name of a series",
            ),
            (
                "unique_id,ds,y\na,2020-01,1\na,202001,1\n",
                ", row 3, column `ds`, value `2020-01`: expected a month that series `a`",
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
        let text = "unique_id,ds,y\n\
            USA.MEX.M.TOTAL.USD,2024-01,1\n\
            USA.MEX.M.TOTAL.USD,2024-12,2\n\
            USA.MEX.M.TOTAL.USD,2024-03,\n";
        let figures = figures(text, InvalidRows::Refuse).unwrap().figures;
        let rows: Vec<_> = figures
            .rows()
            .iter()
            .map(|row| (row.span.to_string(), row.value.is_nan(), row.row))
            .collect();
        let month = |text: &str| text.to_owned();
        assert_eq!(
            rows,
            [
                (month("2024-01"), false, 2),
                (month("2024-12"), false, 3),
                (month("2024-03"), true, 4)
            ]
        );
    }

    #[test]
    fn each_invalid_row_is_refused_and_the_others_are_accepted() {
        let text = "unique_id,ds,y\n\
            USA.MEX.M.TOTAL.USD,2024-01,1\n\
            M1,2024-01,1\n\
            USA.MEX.M.TOTAL.USD,2024-13,1\n\
            USA.MEX.M.TOTAL.USD,2024-02,x\n\
            USA.MEX.M.TOTAL.USD,2024-02,-1\n\
            USA.MEX.M.TOTAL.USD,2024-01,2\n\
            USA.MEX.M.TOTAL.USD,2024-03\n\
            ,2024-03,1\n";
        let reading = figures(text, InvalidRows::Report).unwrap();
        assert_eq!(reading.figures.len(), 1);
        let refused: Vec<String> = reading.refusals.iter().map(ToString::to_string).collect();
        let expected = [
            "f, row 3, column `unique_id`, value `M1`: `M1` is no series key",
            "f, row 4, column `ds`, value `2024-13`: expected a month",
            "f, row 5, column `y`, value `x`: expected a finite number",
            "f, row 6, column `y`, value `-1`: expected a value of zero or more",
            "f, row 7, column `ds`, value `2024-01`: expected a figure for 2024-01 that series",
            "f, row 8: expected 3 cells, not 2",
            "f, row 9, column `unique_id`, value ``: expected the name of a series",
        ];
        assert_eq!(refused.len(), expected.len(), "{refused:#?}");
        for (refused, expected) in refused.iter().zip(expected) {
            assert!(refused.starts_with(expected), "{refused}");
        }
        let first = figures(text, InvalidRows::Refuse).unwrap_err().to_string();
        assert_eq!(first, refused[0]);
    }

    #[test]
    fn blank_lines_are_skipped() {
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
    fn a_missing_file_is_reported_as_missing() {
        let error = read(Path::new("no/such.csv"), &LongColumns::default())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("cannot read no/such.csv"), "{error}");
    }
}
