//! A wide table read as one panel: months down and a series a column, or a series a row and months
//! across.

use super::layout::LongLayout;
use super::panel::LongPanel;
use crate::ingest::grid::GridBuilder;
use crate::ingest::month_column::{EXPECTED_MIDNIGHT, is_doubtful, without_fraction};
use crate::ingest::notation::{
    NumberMarks, PeriodNotation, is_gap, is_period, marks_of, notation_of, number_text, period,
};
use crate::ingest::refusal::{IngestError, Refusal, listed};
use crate::ingest::sheet::{SheetCells, header_row};
use crate::ingest::source::FileSource;
use crate::trade::{Month, Notation};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

/// Read a wide table, CSV, Parquet or a workbook, into one grid. Months stand in the column `time`,
/// else in the first that has nothing else, and every other column with numbers is a series; or the
/// names of columns are months, and the first column names the series.
///
/// # Errors
/// A refusal with row and column for a table without months, a cell that is no number, and a month
/// that a series has twice.
pub fn read_wide(file: &Path, time: &str) -> Result<LongPanel, IngestError> {
    let mut input = File::open(file).map_err(|source| IngestError::io(file, source))?;
    let mut source = FileSource::open(&mut input, file, Some(file))?;
    let marks = NumberMarks::default().separated_by(source.delimiter());
    let sheets = source.sheets()?;
    let table = sheets.iter().filter(|sheet| !sheet.is_hidden);
    let table = table.filter_map(|sheet| Some((sheet, header_row(sheet)?)));
    let (sheet, header) = table.clone().next().ok_or_else(|| {
        let expected = "expected a table with a header row and numbers below it";
        Refusal::of_file(file, expected)
    })?;
    let wide = WideTable {
        file,
        sheet,
        header,
        marks,
    };
    let names = sheet.rows.get(header).map_or(&[][..], Vec::as_slice);
    let months = names.iter().filter(|name| is_period(name)).count();
    if months >= 2 {
        return wide.across();
    }
    wide.down(time)
}

/// The table of a sheet.
struct WideTable<'a> {
    file: &'a Path,
    sheet: &'a SheetCells,
    /// The index of the row of the header.
    header: usize,
    marks: NumberMarks,
}

impl WideTable<'_> {
    fn name(&self, at: usize) -> &str {
        self.sheet.text(self.header, at).trim()
    }

    fn width(&self) -> usize {
        self.sheet.rows.get(self.header).map_or(0, Vec::len)
    }

    /// Iterate over the indices of the rows below the header that have more than one cell.
    fn rows(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        let filled = |row: &usize| {
            let cells = self.sheet.rows[*row].iter();
            cells.filter(|cell| !cell.trim().is_empty()).count() > 1
        };
        (self.header + 1..self.sheet.rows.len()).filter(filled)
    }

    fn cell(&self, row: usize, at: usize) -> &str {
        self.sheet.text(row, at).trim()
    }

    fn refuse(&self, row: usize, at: usize, expected: impl Into<String>) -> IngestError {
        Refusal {
            sheet: self.sheet.name.clone(),
            row: Some(self.sheet.number_of(row)),
            column: Some(self.name(at).to_owned()),
            value: Some(self.cell(row, at).to_owned()),
            ..Refusal::of_file(self.file, expected)
        }
        .into()
    }

    fn refuse_table(&self, expected: impl Into<String>) -> IngestError {
        Refusal {
            sheet: self.sheet.name.clone(),
            row: Some(self.sheet.number_of(self.header)),
            ..Refusal::of_file(self.file, expected)
        }
        .into()
    }

    /// Read months down, a series a column.
    fn down(&self, time: &str) -> Result<LongPanel, IngestError> {
        let mostly = |at: usize, fits: &dyn Fn(&str) -> bool| {
            let cells = self.rows().map(|row| self.cell(row, at));
            let filled: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
            let fitting = filled.iter().filter(|cell| fits(cell)).count();
            !filled.is_empty() && 10 * fitting >= 8 * filled.len()
        };
        let named = (0..self.width()).find(|at| self.name(*at).eq_ignore_ascii_case(time));
        let found = named.or_else(|| (0..self.width()).find(|at| mostly(*at, &is_period)));
        let time = found.ok_or_else(|| {
            let names: Vec<&str> = (0..self.width()).map(|at| self.name(at)).collect();
            let expected = "expected a column of months, or months as the names of columns";
            self.refuse_table(format!("{expected}; the table has {}", listed(&names)))
        })?;
        let text = |row: usize| without_fraction(self.cell(row, time));
        let texts = self.rows().map(text);
        let notation = self.notation(texts.clone())?;
        let months: Vec<(usize, Month)> = self
            .rows()
            .map(|row| Ok((row, self.month(row, time, text(row), notation)?)))
            .collect::<Result<_, IngestError>>()?;
        let is_number = |cell: &str| number_text(cell, self.marks).is_ok() || is_gap(cell);
        let mut grid = self.grid();
        for at in (0..self.width()).filter(|at| *at != time && !self.name(*at).is_empty()) {
            // A column of texts is no series.
            if !mostly(at, &is_number) {
                continue;
            }
            let marks = self.marks_of(months.iter().map(|(row, _)| self.cell(*row, at)))?;
            let series = grid.series(self.name(at));
            for (row, month) in &months {
                let value = self.value(*row, at, marks)?;
                grid.push(series, *month, value, self.sheet.number_of(*row));
            }
        }
        self.finish(grid, time, texts)
    }

    /// Read a series a row, months across.
    fn across(&self) -> Result<LongPanel, IngestError> {
        let columns: Vec<usize> = (0..self.width())
            .filter(|at| is_period(self.name(*at)))
            .collect();
        let names = columns.iter().map(|at| self.name(*at));
        let notation = self.notation(names.clone())?;
        let id = (0..self.width())
            .find(|at| !columns.contains(at))
            .ok_or_else(|| self.refuse_table("expected a column with the names of the series"))?;
        let mut months = Vec::with_capacity(columns.len());
        for at in &columns {
            months.push((*at, self.month(self.header, *at, self.name(*at), notation)?));
        }
        let mut grid = self.grid();
        let mut seen = BTreeSet::new();
        for row in self.rows() {
            let name = self.cell(row, id);
            if name.is_empty() || !seen.insert(name.to_owned()) {
                return Err(self.refuse(row, id, "expected the name of a series, once"));
            }
            let marks = self.marks_of(columns.iter().map(|at| self.cell(row, *at)))?;
            let series = grid.series(name);
            for (at, month) in &months {
                let value = self.value(row, *at, marks)?;
                grid.push(series, *month, value, self.sheet.number_of(row));
            }
        }
        self.finish(grid, id, names)
    }

    fn grid(&self) -> GridBuilder {
        let mut grid = GridBuilder::default();
        grid.start_file(self.file);
        grid
    }

    fn finish<'t>(
        &self,
        grid: GridBuilder,
        time: usize,
        texts: impl Iterator<Item = &'t str>,
    ) -> Result<LongPanel, IngestError> {
        Ok(LongPanel {
            grid: grid.finish(self.name(time))?,
            layout: LongLayout {
                notation: Notation::of(texts),
                ..LongLayout::default()
            },
        })
    }

    fn notation<'t>(
        &self,
        texts: impl Iterator<Item = &'t str> + Clone,
    ) -> Result<PeriodNotation, IngestError> {
        let stated = PeriodNotation {
            has_serials: true,
            ..PeriodNotation::default()
        };
        notation_of(texts, stated).map_err(|pair| self.contradiction(pair))
    }

    fn marks_of<'t>(
        &self,
        cells: impl Iterator<Item = &'t str>,
    ) -> Result<NumberMarks, IngestError> {
        let found = marks_of(cells).map_err(|pair| self.contradiction(pair))?;
        Ok(found.or(self.marks))
    }

    fn contradiction(&self, (one, other): (String, String)) -> IngestError {
        self.refuse_table(format!(
            "expected one way to write numbers and dates, not both `{one}` and `{other}`"
        ))
    }

    fn month(
        &self,
        row: usize,
        at: usize,
        text: &str,
        notation: PeriodNotation,
    ) -> Result<Month, IngestError> {
        if is_doubtful(text) {
            return Err(self.refuse(row, at, EXPECTED_MIDNIGHT));
        }
        let span = period(text, notation).map_err(|expected| self.refuse(row, at, expected))?;
        if span.len() != 1 {
            let expected = "expected a month: the forecasts of `batch` are monthly";
            return Err(self.refuse(row, at, expected));
        }
        Ok(span.first())
    }

    fn value(&self, row: usize, at: usize, marks: NumberMarks) -> Result<f64, IngestError> {
        let text = self.cell(row, at);
        if is_gap(text) {
            return Ok(f64::NAN);
        }
        let number = number_text(text, marks).map_err(|expected| self.refuse(row, at, expected))?;
        let number = number.parse::<f64>().ok();
        number.ok_or_else(|| self.refuse(row, at, "expected a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read_text(text: &str) -> Result<Vec<(String, String, Vec<f64>)>, String> {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let panel = read_wide(file.path(), "ds").map_err(|error| error.to_string())?;
        let grid = panel.grid;
        let of = |entry: &crate::ingest::GridSeries| {
            let values = grid.values[entry.start..entry.start + entry.len].to_vec();
            (entry.id.to_string(), entry.first.to_string(), values)
        };
        Ok(grid.entries.iter().map(of).collect())
    }

    #[test]
    fn months_stand_in_rows_or_in_columns() {
        let expected = vec![
            ("China".to_owned(), "2024-01".to_owned(), vec![3.5, 4.0]),
            (
                "Kazakhstan".to_owned(),
                "2024-01".to_owned(),
                vec![1.0, 2.0],
            ),
        ];
        let down = "Exports\n\nMonth,Kazakhstan,China,Note\nJan 2024,1,3.5,a\nFeb 2024,2,4,b\n";
        assert_eq!(read_text(down), Ok(expected.clone()));
        let across = "Partner;01/2024;02/2024\nKazakhstan;1;2\nChina;3,5;4\n";
        assert_eq!(read_text(across), Ok(expected));
    }

    #[test]
    fn months_of_a_wide_table_are_read_as_those_of_a_long_one() {
        let table = |months: [&str; 2]| format!("ds,A\n{},1\n{},2\n", months[0], months[1]);
        let expected = vec![("A".to_owned(), "2024-01".to_owned(), vec![1.0, 2.0])];
        for read in [
            ["20240101.0", "20240201.0"],
            ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"],
        ] {
            assert_eq!(read_text(&table(read)), Ok(expected.clone()), "{read:?}");
        }
        let refused = read_text(&table(["2023-12-31T19:00:00Z", "2024-01-31T19:00:00Z"]));
        let refused = refused.unwrap_err();
        assert!(refused.contains("row 2, column `ds`"), "{refused}");
        assert!(refused.contains("expected midnight UTC"), "{refused}");
    }

    #[test]
    fn a_cell_that_is_no_number_is_named() {
        let text = "Month,A,B\n2024-01,1,2\n2024-02,x,3\n2024-03,4,5\n2024-04,4,5\n2024-05,4,5\n";
        let refused = read_text(text).unwrap_err();
        assert!(
            refused.contains("row 3, column `A`, value `x`"),
            "{refused}"
        );
        let twice = read_text("Month,A\n2024-01,1\n2024-01,2\n").unwrap_err();
        assert!(twice.contains("row 3"), "{twice}");
        let years = read_text("Year,A\n2023,1\n2024,2\n").unwrap_err();
        assert!(years.contains("expected a month"), "{years}");
    }
}
