//! The figures of a tidy file, each row checked.

use super::columns::{
    FLOW, KIND, MEASURE, PARTNER, PERIOD, PRODUCT, RELEASED_ON, REPORTER, SOURCE, STATUS,
    TidyColumns, UNIT, VALUE,
};
use crate::ingest::figure_check::{FigureColumn, NO_CURRENCY, check_span, check_value, too_early};
use crate::ingest::figures::{
    Figure, FigureBatch, FigureKind, ValueStatus, half_of_last_digit, power_of_ten, scaled,
};
use crate::ingest::invalid_rows::{InvalidRows, too_many};
use crate::ingest::notation::{CellNotation, PeriodNotation, begins_note, number_text, period};
use crate::ingest::read_options::ReadOptions;
use crate::ingest::refusal::{IngestError, Refusal};
use crate::ingest::scan::{ColumnScan, text_columns};
use crate::ingest::source::NamedFile;
use crate::ingest::truncated_rows::TruncatedRows;
use crate::trade::areas::{area, of_text};
use crate::trade::{Code, Currency, FigureMeasure, Flow, LARGEST, Month, SeriesKey, Span, Unit};
use polars::prelude::*;
use rayon::prelude::*;
use std::path::Path;
use time::Date;

/// A part of a tidy file that was read.
pub(in crate::ingest) struct TidyPart {
    /// The figures.
    pub(in crate::ingest) figures: FigureBatch,
    /// The refused rows, where they do not refuse the file.
    pub(in crate::ingest) refusals: Vec<Refusal>,
    /// The rows that were left out on purpose, with the reason.
    pub(in crate::ingest) excluded: Vec<(u64, &'static str)>,
}

/// Stream the figures of a tidy file, CSV or Parquet, batch by batch and in their order, into
/// `sink`. Each row is checked by itself: a figure that is there twice is not found here. Where
/// `options` report invalid rows, `sink` gets their refusals beside the figures of their batch.
///
/// # Errors
/// A file that cannot be read or lacks a column; the first refusal where `options` refuse the file
/// for one invalid row; the error that `sink` returns.
pub(in crate::ingest) fn stream<F>(
    file: NamedFile<'_>,
    options: &ReadOptions,
    mut sink: F,
) -> Result<(), IngestError>
where
    F: FnMut(TidyPart) -> Result<(), IngestError> + Send + 'static,
{
    let mode = options.invalid_rows;
    let scan = ColumnScan::open(file)?;
    let columns = TidyColumns::find(&scan, &options.mapping.stated)?;
    let truncated = TruncatedRows::new(&scan, &columns.names);
    let notation = CellNotation {
        marks: options
            .mapping
            .notation
            .marks
            .separated_by(scan.separator()),
        ..options.mapping.notation
    };
    let path = file.name.to_owned();
    let names = columns.names.clone();
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut taken = 0;
    scan.stream(&wanted, move |batch, first_row| {
        let cells = text_columns(batch.columns(), &path, &columns.names)?;
        // Rows are independent of each other, so that parts of a batch are read in parallel.
        let parts = rayon::current_num_threads().max(1);
        let step = batch.height().div_ceil(parts).max(1);
        let starts: Vec<usize> = (0..batch.height()).step_by(step).collect();
        let read = |start: &usize| {
            let mut part = TidyPart {
                figures: FigureBatch::new(&path),
                refusals: Vec::new(),
                excluded: Vec::new(),
            };
            let mut last_key = None;
            for k in *start..(*start + step).min(batch.height()) {
                let row = TidyRow {
                    cells: &cells,
                    k,
                    row: first_row + k as u64,
                    file: &path,
                    columns: &columns,
                    notation,
                };
                let added = row
                    .check_cells(&truncated)
                    .and_then(|()| row.add_to(&mut part.figures, &mut last_key));
                match (added, mode) {
                    (Ok(()), _) => {}
                    (Err(_), _) if row.beside_table().is_some() => {
                        part.excluded
                            .extend(row.beside_table().map(|reason| (row.row, reason)));
                    }
                    (
                        Err(IngestError::Refused(refusal)),
                        InvalidRows::Report | InvalidRows::ReportFirst,
                    ) => {
                        part.refusals.push(*refusal);
                    }
                    (Err(error), _) => return Err(error),
                }
            }
            Ok(part)
        };
        let read: Vec<Result<_, IngestError>> = starts.par_iter().map(read).collect();
        for part in read {
            let part = part?;
            taken += part.figures.len();
            if taken > mode.max_figures() {
                return Err(too_many(&path));
            }
            sink(part)?;
        }
        Ok(())
    })
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

/// One row of a tidy file.
struct TidyRow<'a> {
    cells: &'a [StringChunked],
    k: usize,
    row: u64,
    file: &'a Path,
    columns: &'a TidyColumns,
    notation: CellNotation,
}

impl<'a> TidyRow<'a> {
    fn text(&self, column: usize) -> &'a str {
        match self.columns.places[column] {
            Some(place) => self.cell(place),
            None => &self.columns.defaults[column],
        }
    }

    /// Return the cell in a place among the columns of the file.
    fn cell(&self, place: usize) -> &'a str {
        let text = self.cells[place].get(self.k).unwrap_or("");
        // This runs for every cell: few have blanks around them.
        let is_plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
        match is_plain(text.as_bytes().first()) && is_plain(text.as_bytes().last()) {
            true => text,
            false => text.trim(),
        }
    }

    /// Return why a row is none of the table: the header again, or a note.
    fn beside_table(&self) -> Option<&'static str> {
        let names = self.columns.names.iter().enumerate();
        if names
            .clone()
            .all(|(place, name)| self.cell(place).eq_ignore_ascii_case(name))
        {
            return Some("the header, repeated");
        }
        let mut filled = names.filter(|(place, _)| !self.cell(*place).is_empty());
        let (place, _) = filled.next()?;
        let more = filled.count();
        let is_note = more == 0 && self.cell(place).contains(char::is_whitespace)
            || begins_note(self.cell(place)) && 2 * (1 + more) <= self.columns.names.len();
        is_note.then_some("notes beside the table")
    }

    /// Check that the row has as many cells as the header.
    ///
    /// # Errors
    /// A refusal of a truncated row, with the number of its cells.
    fn check_cells(&self, truncated: &TruncatedRows) -> Result<(), IngestError> {
        if !self.cell(truncated.last()).is_empty() {
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
            column: Some(self.columns.name(column).to_owned()),
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
        // A name or another code of a country is its code; a code of one's own stays.
        let area_of = |column: usize| {
            let text = self.text(column);
            let found = of_text(text).map_or_else(|| Code::parse(text), Ok);
            found
                .or_else(|_| area(text))
                .map_err(|unknown| self.refuse(column, unknown.to_string()))
        };
        Ok(SeriesKey {
            reporter: area_of(REPORTER)?,
            partner: area_of(PARTNER)?,
            flow: Flow::parse(self.text(FLOW)).map_err(|e| self.refuse(FLOW, e.to_string()))?,
            product: code(PRODUCT)?,
            unit: unit.currency,
        })
    }

    /// Parse the value, in base units, and the digits that it was written with.
    fn number(&self, unit: Unit, exponent: Option<i32>) -> Result<(f64, f64), IngestError> {
        let of = |text: &str| {
            let number = match exponent {
                Some(exponent) => scaled(text, exponent),
                None => text.parse::<f64>().ok().map(|v| v * unit.scale),
            };
            let rounding = half_of_last_digit(text) * unit.scale;
            number
                .filter(|v| v.abs() <= LARGEST)
                .map(|number| (number, rounding))
        };
        let text = self.text(VALUE);
        // A percentage may be written as one.
        let is_fraction = unit.scale == 0.01;
        let bare = text.strip_suffix('%').filter(|_| is_fraction);
        let text = bare.map_or(text, str::trim_end);
        // This runs once a row: most numbers need no second look.
        let plain = self.notation.marks.has_points().then(|| of(text));
        if let Some(found) = plain.flatten() {
            return Ok(found);
        }
        let text = number_text(text, self.notation.marks);
        let text = text.map_err(|expected| self.refuse(VALUE, expected))?;
        of(&text).ok_or_else(|| {
            self.refuse(
                VALUE,
                "expected a finite number, in base units at most 1e100",
            )
        })
    }

    /// Parse the kind of the figure and its span. A file without a column of kinds has
    /// observations of months, and releases.
    fn kind_and_span(&self, measure: FigureMeasure) -> Result<(FigureKind, Span), IngestError> {
        let text = self.text(PERIOD);
        let written = || {
            let notation = PeriodNotation {
                dates: self.notation.dates,
                ..PeriodNotation::default()
            };
            period(text, notation).map_err(|expected| self.refuse(PERIOD, expected))
        };
        let kind = match self.text(KIND) {
            "observation" => FigureKind::Observation,
            "release" => FigureKind::Release,
            "" if self.columns.places[KIND].is_none() => {
                let span = written()?;
                let is_observation = span.len() == 1 && measure == FigureMeasure::Level;
                return Ok(match is_observation {
                    true => (FigureKind::Observation, span),
                    false => (FigureKind::Release, span),
                });
            }
            _ => return Err(self.refuse(KIND, "expected `observation` or `release`")),
        };
        if kind == FigureKind::Observation {
            if measure != FigureMeasure::Level {
                return Err(self.refuse(
                    MEASURE,
                    "expected `level`: an observation is the value of a month",
                ));
            }
            // `2025.1` is read below.
            if let Ok(month) = Month::parse(text)
                && !text.contains('.')
            {
                return Ok((kind, Span::month(month)));
            }
            let span = written().map_err(|error| match Month::parse(text) {
                Err(wrong) if Span::parse(text).is_ok() => self.refuse(PERIOD, wrong.to_string()),
                _ => error,
            })?;
            if span.len() != 1 {
                let wrong = Month::parse(text).err().map(|wrong| wrong.to_string());
                return Err(self.refuse(PERIOD, wrong.unwrap_or_default()));
            }
            return Ok((kind, span));
        }
        Ok((kind, written()?))
    }

    /// Whether every cell is empty, as in a blank line.
    fn is_blank(&self) -> bool {
        (0..self.cells.len()).all(|place| self.cell(place).is_empty())
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
        let measure = self.measure()?;
        let (kind, span) = self.kind_and_span(measure)?;
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
        // An empty value is a gap that the file states.
        let (value, rounding) = if kind == FigureKind::Observation && self.text(VALUE).is_empty() {
            (f64::NAN, half_of_last_digit("") * unit.scale)
        } else {
            self.number(*unit, *exponent)?
        };
        // A zero stands in the place of a value that is confidential or missing.
        let hidden = value == 0.0 && ValueStatus::of(self.text(STATUS)).hides(value);
        if hidden && kind == FigureKind::Release {
            let expected = "expected no row for a figure that is confidential or missing";
            return Err(self.refuse(VALUE, expected));
        }
        let value = if hidden { f64::NAN } else { value };
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
            rounding,
            unit: self.text(UNIT),
            status: self.text(STATUS),
            released_on,
            source: self.text(SOURCE),
        };
        // The currency was checked with the unit.
        let checked = check_span(&figure).and_then(|()| check_value(key.flow, &figure));
        checked.map_err(|(part, expected)| {
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
