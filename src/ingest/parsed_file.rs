//! A file that was read: its figures, the rows that were excluded on purpose, and those that were
//! refused.

use super::figure_check::{FigureColumn, check, today, too_early, too_late};
use super::figures::{Figure, FigureBatch, FigureKind, FigureRow};
use super::invalid_rows::{InvalidRows, MOST_LISTED, TOO_MANY, too_many};
use super::mapping::StatedParts;
use super::notation::NumberMarks;
use super::refusal::{IngestError, Refusal};
use crate::trade::SeriesKey;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use time::Date;

/// Rows that a format excludes on purpose, because other rows of the file hold them already or they
/// are no values of trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcludedRows {
    /// The number of rows.
    pub rows: u64,
    /// The first of them.
    pub first_row: u64,
}

/// The content of a file that was read.
#[derive(Debug, Clone)]
pub struct ParsedFile {
    file: PathBuf,
    /// The sheet that is being read, where a workbook names it.
    sheet: Option<String>,
    stated: StatedParts,
    /// How numbers are written, as far as the caller states it.
    marks: NumberMarks,
    invalid_rows: InvalidRows,
    /// The most figures that are accepted, and whether there were more.
    max_figures: usize,
    full: bool,
    /// The figures, as they were delivered.
    pub figures: FigureBatch,
    /// The rows that were excluded on purpose, by the reason.
    pub excluded: BTreeMap<&'static str, ExcludedRows>,
    /// The columns of a mapped table that nothing was read of, by name.
    pub columns_left_out: BTreeSet<String>,
    /// The refused rows, in their order; empty where one of them refuses the file.
    pub refusals: Vec<Refusal>,
    /// The number of further refused rows, where only the first are listed.
    pub refusals_left_out: u64,
}

/// An error in a cell, before file and row are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellError {
    pub(crate) column: String,
    pub(crate) value: Option<String>,
    pub(crate) expected: String,
}

impl CellError {
    pub(crate) fn new(column: &str, value: &str, expected: impl Into<String>) -> Self {
        Self {
            column: column.to_owned(),
            value: Some(value.to_owned()),
            expected: expected.into(),
        }
    }

    /// Return an error that no single cell is to blame for.
    pub(super) fn of_row(expected: impl Into<String>) -> Self {
        Self {
            column: String::new(),
            value: None,
            expected: expected.into(),
        }
    }
}

impl ParsedFile {
    /// Return a file of which nothing has been read yet.
    pub fn new(file: &Path, invalid_rows: InvalidRows) -> Self {
        Self {
            file: file.to_owned(),
            sheet: None,
            stated: StatedParts::default(),
            marks: NumberMarks::default(),
            invalid_rows,
            max_figures: invalid_rows.max_figures(),
            full: false,
            figures: FigureBatch::new(file),
            excluded: BTreeMap::new(),
            columns_left_out: BTreeSet::new(),
            refusals: Vec::new(),
            refusals_left_out: 0,
        }
    }

    /// Return a file that holds nothing but `figures`, such as exchange rates.
    pub fn of_figures(figures: FigureBatch) -> Self {
        Self {
            figures,
            ..Self::new(Path::new(""), InvalidRows::Refuse)
        }
    }

    /// Return an empty file of the same name, with the same limits and stated parts.
    pub(super) fn emptied(&self) -> Self {
        Self {
            stated: self.stated.clone(),
            marks: self.marks,
            ..Self::new(&self.file, self.invalid_rows)
        }
    }

    /// Set what the caller states.
    pub(super) fn state(&mut self, stated: &StatedParts, marks: NumberMarks) {
        self.stated = stated.clone();
        self.marks = marks;
    }

    /// Return how numbers are written, as far as the caller states it.
    pub(super) fn marks(&self) -> NumberMarks {
        self.marks
    }

    /// Return what the caller states, for parts that the file lacks.
    pub(super) fn stated(&self) -> &StatedParts {
        &self.stated
    }

    /// Set the sheet that refusals name.
    pub(super) fn set_sheet(&mut self, sheet: Option<&str>) {
        self.sheet = sheet.map(ToOwned::to_owned);
    }

    /// Add the content of a member of an archive.
    ///
    /// # Errors
    /// A refusal of the file where it has too many figures.
    pub(super) fn append(&mut self, member: Self) -> Result<(), IngestError> {
        if self.figures.len() + member.figures.len() > self.max_figures {
            return Err(too_many(&self.file));
        }
        self.figures.append(member.figures);
        for (reason, rows) in member.excluded {
            let entry = self.excluded.entry(reason).or_insert(ExcludedRows {
                rows: 0,
                first_row: rows.first_row,
            });
            entry.rows += rows.rows;
        }
        self.columns_left_out.extend(member.columns_left_out);
        self.refusals_left_out += member.refusals_left_out;
        member
            .refusals
            .into_iter()
            .for_each(|refusal| self.list(refusal));
        Ok(())
    }

    /// Return the name of the file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Add a figure. That it repeats an earlier one is found by [`Self::finish`].
    ///
    /// # Errors
    /// The column that is wrong, and what was expected. After one figure too many, refusing it
    /// refuses the file.
    pub(crate) fn add(
        &mut self,
        key: &SeriesKey,
        figure: &Figure<'_>,
        row: u64,
    ) -> Result<(), (FigureColumn, String)> {
        check(key, figure)?;
        if self.figures.len() >= self.max_figures {
            self.full = true;
            return Err((FigureColumn::Value, TOO_MANY.to_owned()));
        }
        let number = self.figures.series(key);
        self.figures.push(number, figure, row);
        Ok(())
    }

    /// Set the file's name of the column of periods, for refusals of repeated figures.
    pub(super) fn set_period_column(&mut self, column: &str) {
        self.figures.name_period(column);
    }

    /// Count a row that is excluded on purpose.
    pub(super) fn exclude(&mut self, row: u64, reason: &'static str) {
        let entry = self.excluded.entry(reason).or_insert(ExcludedRows {
            rows: 0,
            first_row: row,
        });
        entry.rows += 1;
    }

    /// Note a column that nothing is read of.
    pub(super) fn leave_column_out(&mut self, name: &str) {
        self.columns_left_out.insert(name.to_owned());
    }

    /// Refuse a row.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub(crate) fn refuse(&mut self, row: u64, error: CellError) -> Result<(), IngestError> {
        self.report(self.refusal(row, error))
    }

    /// Return the refusal of a row.
    pub(super) fn refusal(&self, row: u64, error: CellError) -> Refusal {
        Refusal {
            file: self.file.clone(),
            sheet: self.sheet.clone(),
            row: Some(row),
            column: (!error.column.is_empty()).then_some(error.column),
            value: error.value,
            expected: error.expected,
        }
    }

    /// Report a refusal as [`InvalidRows`] demands.
    ///
    /// # Errors
    /// The refusal itself, where one invalid row refuses the file; a refusal of the file where it
    /// has too many figures.
    pub(super) fn report(&mut self, refusal: Refusal) -> Result<(), IngestError> {
        if self.full {
            return Err(too_many(&self.file));
        }
        if self.invalid_rows == InvalidRows::Refuse {
            return Err(refusal.into());
        }
        self.list(refusal);
        Ok(())
    }

    /// List a refusal, or count it beyond the limit. Unlike [`Self::report`] it never refuses the
    /// file: for readers that have done so themselves.
    pub(super) fn list(&mut self, mut refusal: Refusal) {
        if self.invalid_rows == InvalidRows::ReportFirst {
            if self.refusals.len() >= MOST_LISTED {
                self.refusals_left_out += 1;
                return;
            }
            // Values in an untrusted file may be megabytes long.
            refusal.shorten();
        }
        self.refusals.push(refusal);
    }

    /// Return the refusal of the file as a whole.
    pub(super) fn refuse_file(&self, expected: impl Into<String>) -> IngestError {
        Refusal {
            sheet: self.sheet.clone(),
            ..Refusal::of_file(&self.file, expected)
        }
        .into()
    }

    /// Set `day` as the day of release of every figure that states none. Exchange rates have no day
    /// but their own. A figure that cannot have been released on that day is refused and removed.
    ///
    /// # Errors
    /// The first row of such a figure, or of one that then repeats another, where one invalid row
    /// refuses the file.
    pub fn with_release_date(mut self, day: Date) -> Result<Self, IngestError> {
        let mut figures = std::mem::take(&mut self.figures);
        for row in figures.rows_mut() {
            if row.kind == FigureKind::Rate || row.released_on.is_some() {
                continue;
            }
            let Some(expected) = too_early(row.span, Some(day)) else {
                row.released_on = Some(day);
                continue;
            };
            let error = CellError {
                value: Some(day.to_string()),
                ..CellError::of_row(expected)
            };
            self.refuse(row.row, error)?;
        }
        // Figures that still state no day were refused.
        figures.retain(|row| row.kind == FigureKind::Rate || row.released_on.is_some());
        self.figures = figures;
        self.finish()
    }

    /// Refuse and remove figures that cannot be true yet: observations whose period ends after
    /// today and the reporter's usual delay, and figures released after it. Most are misdated.
    ///
    /// # Errors
    /// The first row of such a figure, where one invalid row refuses the file.
    pub fn without_future(mut self) -> Result<Self, IngestError> {
        let today = today();
        let mut figures = std::mem::take(&mut self.figures);
        let late = |figures: &FigureBatch, row: &FigureRow| {
            too_late(figures.key(row.key).reporter.as_str(), row, today)
        };
        let mut refused = false;
        for row in figures.rows() {
            if let Some((column, value, expected)) = late(&figures, row) {
                self.refuse(row.row, CellError::new(column, &value, expected))?;
                refused = true;
            }
        }
        if !refused {
            self.figures = figures;
            return Ok(self);
        }
        let kept: Vec<bool> = figures
            .rows()
            .iter()
            .map(|row| late(&figures, row).is_none())
            .collect();
        let mut kept = kept.into_iter();
        figures.retain(|_| kept.next().unwrap_or(true));
        self.figures = figures;
        self.finish()
    }

    /// Finish the file: where two rows give the same figure, the first stays and the later one is
    /// refused.
    ///
    /// # Errors
    /// The first repeated row, where one invalid row refuses the file; a file with no figure and no
    /// refusal, since an empty success would hide a mistake.
    pub(crate) fn finish(mut self) -> Result<Self, IngestError> {
        let mut figures = std::mem::take(&mut self.figures);
        figures.remove_repeated(|refusal| self.report(refusal))?;
        self.figures = figures;
        self.refusals.sort_by_key(|refusal| refusal.row);
        if !self.figures.is_empty() || !self.refusals.is_empty() {
            return Ok(self);
        }
        let reasons: Vec<_> = self
            .excluded
            .iter()
            .map(|(reason, excluded)| format!("{} rows left out as {reason}", excluded.rows))
            .collect();
        let found = if reasons.is_empty() {
            "it has none".to_owned()
        } else {
            reasons.join(", ")
        };
        Err(self.refuse_file(format!("expected at least one figure; {found}")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::invalid_rows::MOST_FIGURES;
    use super::*;
    use crate::trade::{FigureMeasure, Month, Span};

    #[test]
    fn refusals_beyond_the_limit_are_counted() {
        let mut parsed = ParsedFile::new(Path::new("f"), InvalidRows::ReportFirst);
        for row in 1..=MOST_LISTED as u64 + 7 {
            parsed
                .refuse(row, CellError::new("value", "x", "expected a number"))
                .unwrap();
        }
        let parsed = parsed.finish().unwrap();
        assert_eq!(
            (parsed.refusals.len(), parsed.refusals_left_out),
            (MOST_LISTED, 7)
        );
        assert_eq!(parsed.refusals[0].row, Some(1));
    }

    /// A figure of a month.
    fn figure(month: Month) -> Figure<'static> {
        Figure {
            kind: FigureKind::Observation,
            measure: FigureMeasure::Level,
            span: Span::month(month),
            value: 1.0,
            rounding: 0.5,
            unit: "USD",
            status: "",
            released_on: None,
            source: "",
        }
    }

    #[test]
    fn one_figure_too_many_refuses_an_untrusted_file() {
        assert_eq!(TOO_MANY, format!("expected at most {MOST_FIGURES} figures"));
        let key = SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap();
        let of = |month: i32| figure(Month::january(2020).plus(month));
        let mut parsed = ParsedFile::new(Path::new("f"), InvalidRows::ReportFirst);
        assert_eq!(parsed.max_figures, MOST_FIGURES);
        parsed.max_figures = 3;
        for month in 0..3 {
            parsed.add(&key, &of(month), 1).unwrap();
        }
        let wrong = || CellError::new("value", "x", "expected a number");
        parsed.refuse(5, wrong()).unwrap();
        let (_, expected) = parsed.add(&key, &of(3), 6).unwrap_err();
        let refused = parsed.refuse(6, CellError::new("value", "1", expected));
        assert_eq!(refused.unwrap_err().to_string(), format!("f: {TOO_MANY}"));
        for invalid_rows in [InvalidRows::Refuse, InvalidRows::Report] {
            assert_eq!(
                ParsedFile::new(Path::new("f"), invalid_rows).max_figures,
                usize::MAX
            );
        }
    }

    #[test]
    fn repeated_figures_beyond_those_listed_are_counted() {
        let key = SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap();
        let figure = figure(Month::january(2025));
        let of = |invalid_rows: InvalidRows| {
            let mut parsed = ParsedFile::new(Path::new("f"), invalid_rows);
            for row in 1..=MOST_LISTED as u64 + 8 {
                parsed.add(&key, &figure, row).unwrap();
            }
            parsed.finish()
        };
        let counts = |invalid_rows: InvalidRows| {
            let parsed = of(invalid_rows).unwrap();
            let rows = parsed.refusals.iter().filter_map(|refusal| refusal.row);
            let first_and_last = (rows.clone().min(), rows.max());
            (
                parsed.figures.len(),
                parsed.refusals.len(),
                parsed.refusals_left_out,
                first_and_last,
            )
        };
        let last = MOST_LISTED as u64;
        assert_eq!(
            counts(InvalidRows::ReportFirst),
            (1, MOST_LISTED, 7, (Some(2), Some(last + 1)))
        );
        assert_eq!(
            counts(InvalidRows::Report),
            (1, MOST_LISTED + 7, 0, (Some(2), Some(last + 8)))
        );
        let refused = of(InvalidRows::Refuse).unwrap_err().to_string();
        assert!(refused.starts_with("f, row 2, "), "{refused}");
    }
}
