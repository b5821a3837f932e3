//! A file on its way in: the figures taken so far, the rows that were left out on purpose, and those that were refused.

use super::{Figure, Figures, IngestError, Kind, Refusal};
use crate::trade::{LARGEST, Measure, SeriesKey, YEARS};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What becomes of a file with a wrong row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The first wrong row refuses the file.
    #[default]
    AllOrNothing,
    /// Wrong rows are listed, the others are taken.
    AcceptValid,
    /// Wrong rows are listed up to [`MOST_LISTED`] and counted beyond, the others are taken: for who reads what a stranger sends.
    AcceptCounted,
}

/// How many wrong rows [`Mode::AcceptCounted`] lists.
pub const MOST_LISTED: usize = 1000;

/// Rows that a format leaves out on purpose, because other rows of the file hold them already or they are no values of trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// How many rows.
    pub rows: u64,
    /// The first of them.
    pub first_row: u64,
}

/// What was read of a file.
#[derive(Debug, Clone)]
pub struct Reading {
    file: PathBuf,
    mode: Mode,
    /// The figures, as they were delivered.
    pub figures: Figures,
    /// Rows left out on purpose, by the reason.
    pub left_out: BTreeMap<&'static str, LeftOut>,
    /// Rows refused, in their order; none where one of them refuses the file.
    pub refusals: Vec<Refusal>,
    /// How many more rows were refused, where only the first are listed.
    pub refusals_left_out: u64,
}

/// What is wrong with a cell, before the file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) column: String,
    pub(crate) value: Option<String>,
    pub(crate) expected: String,
}

impl Wrong {
    pub(crate) fn new(column: &str, value: &str, expected: impl Into<String>) -> Self {
        Self {
            column: column.to_owned(),
            value: Some(value.to_owned()),
            expected: expected.into(),
        }
    }
}

/// Which column of a row is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The period.
    Period,
    /// The value.
    Value,
}

/// What a unit is refused with that is none.
pub(crate) const NO_CURRENCY: &str = "expected a currency of ISO 4217";

/// How many days before the end of its period a figure may be stated to have become public: forecasts of a year are not figures.
const EARLIEST: i64 = 366;

/// Why `released_on` cannot be the day on which a figure of `span` became public.
pub(super) fn too_early(
    span: crate::trade::Span,
    released_on: Option<time::Date>,
) -> Option<String> {
    let end = span.last().last_day();
    let early = released_on.is_some_and(|day| (end - day).whole_days() > EARLIEST);
    early.then(|| {
        format!(
            "expected a day of release at most {EARLIEST} days before the period ends, on {end}"
        )
    })
}

/// What no figure may be: in no currency, of a year out of range, public long before its period ends, without a finite value, a level below
/// zero of a flow that cannot be.
///
/// # Errors
/// Which column is wrong, and what was expected.
pub(crate) fn check(key: &SeriesKey, figure: &Figure<'_>) -> Result<(), (Part, String)> {
    let within = |month: crate::trade::Month| YEARS.contains(&month.year());
    if figure.kind == Kind::Observation && figure.span.len() != 1 {
        return Err((Part::Period, "expected a month".to_owned()));
    }
    if !within(figure.span.first()) || !within(figure.span.last()) {
        let expected = "expected a period within the years 1000 to 2999";
        return Err((Part::Period, expected.to_owned()));
    }
    if let Some(expected) = too_early(figure.span, figure.released_on) {
        let stated = figure.released_on.map(|day| format!(", not {day}"));
        return Err((Part::Period, expected + &stated.unwrap_or_default()));
    }
    if !key.unit.is_iso() {
        return Err((Part::Value, format!("{NO_CURRENCY}, not `{}`", key.unit)));
    }
    if figure.kind == Kind::Observation && figure.value.is_nan() {
        return Ok(());
    }
    if figure.value.is_nan() || figure.value.abs() > LARGEST {
        let expected = "expected a finite number, in base units at most 1e100";
        return Err((Part::Value, expected.to_owned()));
    }
    if figure.measure == Measure::Level && figure.value < 0.0 && !key.flow.may_be_negative() {
        let word = key.flow.word();
        let expected = format!("expected a value of zero or more: {word} are never negative");
        return Err((Part::Value, expected));
    }
    Ok(())
}

impl Reading {
    /// Nothing read yet of `file`.
    pub fn new(file: &Path, mode: Mode) -> Self {
        Self {
            file: file.to_owned(),
            mode,
            figures: Figures::new(file),
            left_out: BTreeMap::new(),
            refusals: Vec::new(),
            refusals_left_out: 0,
        }
    }

    /// The figures of a file that holds nothing else, such as exchange rates.
    pub fn of(figures: Figures) -> Self {
        Self {
            figures,
            ..Self::new(Path::new(""), Mode::AllOrNothing)
        }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Takes a figure, or says what is wrong with it. A second figure for the same is found in the end.
    ///
    /// # Errors
    /// What was expected, and which of the two columns is wrong.
    pub(crate) fn take(
        &mut self,
        key: &SeriesKey,
        figure: &Figure<'_>,
        row: u64,
    ) -> Result<(), (Part, String)> {
        check(key, figure)?;
        let number = self.figures.series(key);
        self.figures.push(number, figure, row);
        Ok(())
    }

    /// How the file calls the column of periods, for refusals of figures that are there twice.
    pub(super) fn name_period(&mut self, column: &str) {
        self.figures.name_period(column);
    }

    /// Notes a row that is left out on purpose.
    pub(super) fn leave_out(&mut self, row: u64, reason: &'static str) {
        let entry = self.left_out.entry(reason).or_insert(LeftOut {
            rows: 0,
            first_row: row,
        });
        entry.rows += 1;
    }

    /// Refuses a row.
    ///
    /// # Errors
    /// The refusal, where one wrong row refuses the file.
    pub(crate) fn refuse(&mut self, row: u64, wrong: Wrong) -> Result<(), IngestError> {
        self.list(self.refusal(row, wrong))
    }

    /// What is wrong with a row, with its place.
    pub(super) fn refusal(&self, row: u64, wrong: Wrong) -> Refusal {
        Refusal {
            file: self.file.clone(),
            row: Some(row),
            column: (!wrong.column.is_empty()).then_some(wrong.column),
            value: wrong.value,
            expected: wrong.expected,
        }
    }

    /// Takes note of a refusal that is met here, as the mode wants it.
    ///
    /// # Errors
    /// The refusal itself, where one wrong row refuses the file.
    pub(super) fn list(&mut self, refusal: Refusal) -> Result<(), IngestError> {
        if self.mode == Mode::AllOrNothing {
            return Err(refusal.into());
        }
        self.note(refusal);
        Ok(())
    }

    /// Lists a refusal, or counts it beyond what the mode lists; unlike [`Self::list`] never refuses the file: for refusals of a reader
    /// that has looked at the mode itself.
    pub(super) fn note(&mut self, mut refusal: Refusal) {
        if self.mode == Mode::AcceptCounted {
            if self.refusals.len() >= MOST_LISTED {
                self.refusals_left_out += 1;
                return;
            }
            // A stranger's values may be megabytes each.
            refusal.shorten();
        }
        self.refusals.push(refusal);
    }

    /// Refuses the file as a whole.
    pub(super) fn whole(&self, expected: impl Into<String>) -> IngestError {
        Refusal {
            file: self.file.clone(),
            row: None,
            column: None,
            value: None,
            expected: expected.into(),
        }
        .into()
    }

    /// States `day` as the day of release of every figure that states none, but exchange rates, which have no other day than their own.
    ///
    /// # Errors
    /// The row of a figure that cannot have been public then; two figures that are then the same.
    pub fn released_on(mut self, day: time::Date) -> Result<Self, IngestError> {
        for row in self.figures.rows_mut() {
            if row.kind == Kind::Rate || row.released_on.is_some() {
                continue;
            }
            if let Some(expected) = too_early(row.span, Some(day)) {
                return Err(Refusal {
                    file: self.file,
                    row: Some(row.row),
                    column: None,
                    value: Some(day.to_string()),
                    expected,
                }
                .into());
            }
            row.released_on = Some(day);
        }
        self.finish()
    }

    /// Ends the reading: of two figures for the same, the first stays and the later row is refused.
    ///
    /// # Errors
    /// The first such row, where one wrong row refuses the file; a file that has nothing to take and nothing refused: an empty success
    /// says nothing.
    pub(crate) fn finish(mut self) -> Result<Self, IngestError> {
        let mut figures = std::mem::take(&mut self.figures);
        figures.take_out_repeated(|refusal| self.list(refusal))?;
        self.figures = figures;
        self.refusals.sort_by_key(|refusal| refusal.row);
        if !self.figures.is_empty() || !self.refusals.is_empty() {
            return Ok(self);
        }
        let reasons: Vec<_> = self
            .left_out
            .iter()
            .map(|(reason, left)| format!("{} rows left out as {reason}", left.rows))
            .collect();
        let found = if reasons.is_empty() {
            "it has none".to_owned()
        } else {
            reasons.join(", ")
        };
        Err(self.whole(format!("expected at least one figure; {found}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::formats;
    use crate::trade::month::parse_date;

    #[test]
    fn a_day_of_release_is_for_figures_that_state_none() {
        let text = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n\
            observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,,2025-03-06,s\n\
            observation,USA,MEX,M,TOTAL,level,2025-02,1,USD,,,s\n\
            release,USA,MEX,M,TOTAL,level,2025-01-01/P2M,1,USD,,,s\n";
        let read = || {
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, Mode::AllOrNothing)
                .unwrap()
                .1
        };
        let stated = read().released_on(parse_date("2025-04-03").unwrap());
        let days = stated.unwrap().figures;
        let days = days.rows().iter().map(|row| row.released_on);
        let days: Vec<_> = days.map(|day| day.map(|day| day.to_string())).collect();
        let (own, given) = (Some("2025-03-06".to_owned()), Some("2025-04-03".to_owned()));
        assert_eq!(days, [own, given.clone(), given]);
        let early = read().released_on(parse_date("2024-02-01").unwrap());
        assert_eq!(
            early.unwrap_err().to_string(),
            "f, row 3, value `2024-02-01`: expected a day of release at most 366 days before the period ends, on 2025-02-28"
        );
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let mut reading = Reading::new(Path::new("f"), Mode::AcceptCounted);
        for row in 1..=MOST_LISTED as u64 + 7 {
            reading
                .refuse(row, Wrong::new("value", "x", "expected a number"))
                .unwrap();
        }
        let reading = reading.finish().unwrap();
        assert_eq!(
            (reading.refusals.len(), reading.refusals_left_out),
            (MOST_LISTED, 7)
        );
        assert_eq!(reading.refusals[0].row, Some(1));
    }

    #[test]
    fn repeated_figures_beyond_those_listed_are_counted() {
        let key = SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap();
        let figure = Figure {
            kind: Kind::Observation,
            measure: Measure::Level,
            span: crate::trade::Span::parse("2025-01").unwrap(),
            value: 1.0,
            rounding: 0.5,
            unit: "USD",
            status: "",
            released_on: None,
            source: "",
        };
        let of = |mode: Mode| {
            let mut reading = Reading::new(Path::new("f"), mode);
            for row in 1..=MOST_LISTED as u64 + 8 {
                reading.take(&key, &figure, row).unwrap();
            }
            reading.finish()
        };
        let told = |mode: Mode| {
            let reading = of(mode).unwrap();
            let rows = reading.refusals.iter().filter_map(|refusal| refusal.row);
            let first_and_last = (rows.clone().min(), rows.max());
            (
                reading.figures.len(),
                reading.refusals.len(),
                reading.refusals_left_out,
                first_and_last,
            )
        };
        let last = MOST_LISTED as u64;
        assert_eq!(
            told(Mode::AcceptCounted),
            (1, MOST_LISTED, 7, (Some(2), Some(last + 1)))
        );
        assert_eq!(
            told(Mode::AcceptValid),
            (1, MOST_LISTED + 7, 0, (Some(2), Some(last + 8)))
        );
        let refused = of(Mode::AllOrNothing).unwrap_err().to_string();
        assert!(refused.starts_with("f, row 2, "), "{refused}");
    }
}
