//! The figures of a tidy file, each row checked.

use crate::ingest::figure_check::{FigureColumn, NO_CURRENCY, check, too_early};
use crate::ingest::figures::{
    Figure, FigureBatch, FigureKind, TIDY_COLUMNS as COLUMNS, half_of_last_digit, power_of_ten,
    scaled,
};
use crate::ingest::invalid_rows::{InvalidRows, too_many};
use crate::ingest::refusal::{IngestError, Refusal};
use crate::ingest::scan::{ColumnScan, text_columns};
use crate::ingest::source::NamedFile;
use crate::ingest::truncated_rows::TruncatedRows;
use crate::trade::{Code, Currency, FigureMeasure, Flow, LARGEST, Month, SeriesKey, Span, Unit};
use polars::prelude::*;
use rayon::prelude::*;
use std::path::Path;
use time::Date;

/// Stream the figures of a tidy file, CSV or Parquet, batch by batch and in their order, into
/// `sink`. Each row is checked by itself: a figure that is there twice is not found here. Where
/// `mode` reports invalid rows, `sink` gets their refusals beside the figures of their batch.
///
/// # Errors
/// A file that cannot be read or lacks a column; the first refusal where `mode` refuses the file
/// for one invalid row; the error that `sink` returns.
pub(in crate::ingest) fn stream<F>(
    file: NamedFile<'_>,
    mode: InvalidRows,
    mut sink: F,
) -> Result<(), IngestError>
where
    F: FnMut(FigureBatch, Vec<Refusal>) -> Result<(), IngestError> + Send + 'static,
{
    let scan = ColumnScan::open(file)?;
    let names = scan.require(&COLUMNS)?;
    check_unique(&scan, &names)?;
    let truncated = TruncatedRows::new(&scan, &names);
    let (path, columns) = (file.name.to_owned(), names.clone());
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut taken = 0;
    scan.stream(&wanted, move |batch, first_row| {
        let cells = text_columns(batch, &path, &columns)?;
        // Rows are independent of each other, so that parts of a batch are read in parallel.
        let parts = rayon::current_num_threads().max(1);
        let step = batch.height().div_ceil(parts).max(1);
        let starts: Vec<usize> = (0..batch.height()).step_by(step).collect();
        let read = |start: &usize| {
            let mut figures = FigureBatch::new(&path);
            let mut refusals = Vec::new();
            let mut last_key = None;
            for k in *start..(*start + step).min(batch.height()) {
                let row = TidyRow {
                    cells: &cells,
                    k,
                    row: first_row + k as u64,
                    file: &path,
                    columns: &columns,
                };
                let added = row
                    .check_cells(&truncated)
                    .and_then(|()| row.add_to(&mut figures, &mut last_key));
                match (added, mode) {
                    (Ok(()), _) => {}
                    (
                        Err(IngestError::Refused(refusal)),
                        InvalidRows::Report | InvalidRows::ReportFirst,
                    ) => {
                        refusals.push(*refusal);
                    }
                    (Err(error), _) => return Err(error),
                }
            }
            Ok((figures, refusals))
        };
        let read: Vec<Result<_, IngestError>> = starts.par_iter().map(read).collect();
        for part in read {
            let (figures, refusals) = part?;
            taken += figures.len();
            if taken > mode.max_figures() {
                return Err(too_many(&path));
            }
            sink(figures, refusals)?;
        }
        Ok(())
    })
}

/// Refuse a header that has a required column twice, in whatever case.
fn check_unique(scan: &ColumnScan, columns: &[String]) -> Result<(), IngestError> {
    scan.check_unique(columns)?;
    let twice = |column: &&String| {
        let same = |name: &&String| name.eq_ignore_ascii_case(column);
        scan.columns().iter().filter(same).count() > 1
    };
    let found = columns.iter().find(twice);
    found.map_or(Ok(()), |column| Err(scan.twice(column)))
}

/// The series of the row before. Rows of one series usually follow each other, so that its key is
/// parsed once.
struct LastKey<'a> {
    /// Texts of the cells that make the key.
    texts: [&'a str; 6],
    key: SeriesKey,
    unit: Unit,
    /// The exponent of the unit's scale, where it is a power of ten.
    exponent: Option<i32>,
    /// The number of the series in the batch.
    number: u32,
}

/// One row of a tidy file, its cells by the position of their column in [`COLUMNS`].
struct TidyRow<'a> {
    cells: &'a [StringChunked],
    k: usize,
    row: u64,
    file: &'a Path,
    columns: &'a [String],
}

const KIND: usize = 0;
const REPORTER: usize = 1;
const PARTNER: usize = 2;
const FLOW: usize = 3;
const PRODUCT: usize = 4;
const MEASURE: usize = 5;
const PERIOD: usize = 6;
const VALUE: usize = 7;
const UNIT: usize = 8;
const STATUS: usize = 9;
const RELEASED_ON: usize = 10;
const SOURCE: usize = 11;

impl<'a> TidyRow<'a> {
    fn text(&self, column: usize) -> &'a str {
        self.cells[column].get(self.k).unwrap_or("").trim()
    }

    /// Check that the row has as many cells as the header.
    ///
    /// # Errors
    /// A refusal of a truncated row, with the number of its cells.
    fn check_cells(&self, truncated: &TruncatedRows) -> Result<(), IngestError> {
        if !self.text(truncated.last()).is_empty() {
            return Ok(());
        }
        let expected = truncated.of(self.row).map_err(|kind| IngestError::Io {
            file: self.file.to_owned(),
            source: kind.into(),
        })?;
        expected.map_or(Ok(()), |expected| {
            Err(Refusal {
                file: self.file.to_owned(),
                sheet: None,
                row: Some(self.row),
                column: None,
                value: None,
                expected,
            }
            .into())
        })
    }

    fn refuse(&self, column: usize, expected: impl Into<String>) -> IngestError {
        Refusal {
            file: self.file.to_owned(),
            sheet: None,
            row: Some(self.row),
            column: Some(self.columns[column].clone()),
            value: Some(self.text(column).to_owned()),
            expected: expected.into(),
        }
        .into()
    }

    fn measure(&self) -> Result<FigureMeasure, IngestError> {
        FigureMeasure::parse(self.text(MEASURE)).ok_or_else(|| {
            let words: Vec<_> = FigureMeasure::ALL.iter().map(|m| m.word()).collect();
            self.refuse(MEASURE, format!("expected one of {}", words.join(", ")))
        })
    }

    /// Parse the unit: a currency and scale for amounts, `%` with or without a currency for
    /// fractions (scale 0.01).
    fn unit(&self, measure: FigureMeasure) -> Result<Unit, IngestError> {
        let text = self.text(UNIT);
        if !measure.is_percentage() {
            let unit = Unit::parse(text).map_err(|e| self.refuse(UNIT, e.to_string()))?;
            return if unit.currency.is_iso() {
                Ok(unit)
            } else {
                Err(self.refuse(UNIT, NO_CURRENCY))
            };
        }
        let refuse = || {
            self.refuse(
                UNIT,
                "expected `%`, with the currency behind it where it is known: `% CNY`",
            )
        };
        let currency = text.strip_prefix('%').ok_or_else(refuse)?.trim();
        let currency = if currency.is_empty() {
            Currency::UNSTATED
        } else {
            let currency = Currency::parse(currency).map_err(|_| refuse())?;
            Some(currency)
                .filter(Currency::is_iso)
                .ok_or_else(|| self.refuse(UNIT, NO_CURRENCY))?
        };
        Ok(Unit {
            currency,
            scale: 0.01,
        })
    }

    fn key(&self, unit: Unit) -> Result<SeriesKey, IngestError> {
        let code = |column: usize| {
            Code::parse(self.text(column)).map_err(|e| self.refuse(column, e.to_string()))
        };
        Ok(SeriesKey {
            reporter: code(REPORTER)?,
            partner: code(PARTNER)?,
            flow: Flow::parse(self.text(FLOW)).map_err(|e| self.refuse(FLOW, e.to_string()))?,
            product: code(PRODUCT)?,
            unit: unit.currency,
        })
    }

    /// Parse the value, in base units.
    fn number(&self, unit: Unit, exponent: Option<i32>) -> Result<f64, IngestError> {
        let text = self.text(VALUE);
        let number = match exponent {
            Some(exponent) => scaled(text, exponent),
            None => text.parse::<f64>().ok().map(|v| v * unit.scale),
        };
        let number = number.filter(|v| v.abs() <= LARGEST);
        number.ok_or_else(|| {
            self.refuse(
                VALUE,
                "expected a finite number, in base units at most 1e100",
            )
        })
    }

    /// Whether every cell is empty, as in a blank line.
    fn is_blank(&self) -> bool {
        (0..self.cells.len()).all(|column| self.text(column).is_empty())
    }

    fn released_on(&self) -> Result<Option<Date>, IngestError> {
        let text = self.text(RELEASED_ON);
        let date = (!text.is_empty())
            .then(|| crate::trade::month::parse_date(text))
            .transpose();
        date.map_err(|e| self.refuse(RELEASED_ON, e.to_string()))
    }

    /// Add the figure of the row to `figures`, checked; a blank line adds none.
    ///
    /// # Errors
    /// A refusal of the first cell that is wrong.
    fn add_to(
        &self,
        figures: &mut FigureBatch,
        last_key: &mut Option<LastKey<'a>>,
    ) -> Result<(), IngestError> {
        if self.is_blank() {
            return Ok(());
        }
        let (kind, measure) = match self.text(KIND) {
            "observation" => (FigureKind::Observation, self.measure()?),
            "release" => (FigureKind::Release, self.measure()?),
            _ => return Err(self.refuse(KIND, "expected `observation` or `release`")),
        };
        if kind == FigureKind::Observation && measure != FigureMeasure::Level {
            return Err(self.refuse(
                MEASURE,
                "expected `level`: an observation is the value of a month",
            ));
        }
        let texts = [REPORTER, PARTNER, FLOW, PRODUCT, UNIT, MEASURE].map(|c| self.text(c));
        let last = match last_key.take() {
            Some(last) if last.texts == texts => last,
            _ => {
                let unit = self.unit(measure)?;
                let key = self.key(unit)?;
                LastKey {
                    texts,
                    number: figures.series(&key),
                    key,
                    exponent: power_of_ten(unit.scale),
                    unit,
                }
            }
        };
        let LastKey {
            key,
            unit,
            exponent,
            number,
            ..
        } = last_key.insert(last);
        let period = self.text(PERIOD);
        let span = match kind {
            FigureKind::Observation => Month::parse(period).map(Span::month),
            FigureKind::Release | FigureKind::Rate => Span::parse(period),
        };
        let span = span.map_err(|e| self.refuse(PERIOD, e.to_string()))?;
        // An empty value is a gap that the file states.
        let value = if kind == FigureKind::Observation && self.text(VALUE).is_empty() {
            f64::NAN
        } else {
            self.number(*unit, *exponent)?
        };
        let released_on = self.released_on()?;
        // Where no day is stated, the check below refuses the period instead.
        if let Some(expected) = released_on.and_then(|day| too_early(span, Some(day))) {
            return Err(self.refuse(RELEASED_ON, expected));
        }
        let figure = Figure {
            kind,
            measure,
            span,
            value,
            rounding: half_of_last_digit(self.text(VALUE)) * unit.scale,
            unit: self.text(UNIT),
            status: self.text(STATUS),
            released_on,
            source: self.text(SOURCE),
        };
        check(key, &figure).map_err(|(part, expected)| {
            let column = if part == FigureColumn::Period {
                PERIOD
            } else {
                VALUE
            };
            self.refuse(column, expected)
        })?;
        figures.push(*number, &figure, self.row);
        Ok(())
    }
}
