//! A file on its way in: the figures taken so far, the rows that were left out on purpose, and those that were refused.

use super::figures::{Figure, FigureBatch, FigureKind};
use super::parquet::ParquetHead;
use super::refusal::{IngestError, Refusal};
use super::source::NamedFile;
use crate::trade::{FigureMeasure, LARGEST, SeriesKey, YEARS};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// What becomes of a file with a wrong row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvalidRows {
    /// The first wrong row refuses the file.
    #[default]
    Refuse,
    /// Invalid rows are listed, the others are taken.
    Report,
    /// Invalid rows are listed up to [`MOST_LISTED`] and counted beyond, the others are taken, of a file with at most [`MOST_FIGURES`]: for who reads
    /// what a stranger sends.
    ReportFirst,
}

/// How many wrong rows [`InvalidRows::ReportFirst`] lists.
pub const MOST_LISTED: usize = 1000;
/// How many figures [`InvalidRows::ReportFirst`] takes of a file: all are in memory at once.
pub const MOST_FIGURES: usize = 5_000_000;
/// What a file with more figures is refused with.
pub(crate) const TOO_MANY: &str = "expected at most 5000000 figures";

impl InvalidRows {
    /// How many figures of a file are taken.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Refuse | Self::Report => usize::MAX,
            Self::ReportFirst => MOST_FIGURES,
        }
    }
}

/// The refusal of a file with more figures than are taken.
pub(super) fn too_many(file: &Path) -> IngestError {
    Refusal {
        file: file.to_owned(),
        row: None,
        column: None,
        value: None,
        expected: TOO_MANY.to_owned(),
    }
    .into()
}

/// Refuse a Parquet file that states more rows than are read of it. Its reader reserves memory for a
/// group of rows before any of them can be counted, and a few megabytes may state thousands of
/// millions. What is no Parquet file passes.
///
/// # Errors
/// The refusal of the file.
pub(super) fn check_row_count(
    file: NamedFile<'_>,
    invalid_rows: InvalidRows,
) -> Result<(), IngestError> {
    if invalid_rows.most() == usize::MAX {
        return Ok(());
    }
    match ParquetHead::read(file.path) {
        Ok(head) if head.rows() > invalid_rows.most() as u64 => Err(too_many(file.name)),
        _ => Ok(()),
    }
}

/// Rows that a format leaves out on purpose, because other rows of the file hold them already or they are no values of trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcludedRows {
    /// How many rows.
    pub rows: u64,
    /// The first of them.
    pub first_row: u64,
}

/// What was read of a file.
#[derive(Debug, Clone)]
pub struct ParsedFile {
    file: PathBuf,
    mode: InvalidRows,
    /// How many figures are taken, and whether there were more.
    most: usize,
    full: bool,
    /// The figures, as they were delivered.
    pub figures: FigureBatch,
    /// Rows left out on purpose, by the reason.
    pub left_out: BTreeMap<&'static str, ExcludedRows>,
    /// Rows refused, in their order; none where one of them refuses the file.
    pub refusals: Vec<Refusal>,
    /// How many more rows were refused, where only the first are listed.
    pub refusals_left_out: u64,
}

/// What is wrong with a cell, before the file is known.
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
}

/// Which column of a row is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FigureColumn {
    /// The period.
    Period,
    /// The value.
    Value,
}

/// What a unit is refused with that is none.
pub(crate) const NO_CURRENCY: &str = "expected a currency of ISO 4217";

/// How many days before the end of its period a figure may have become public: forecasts of a year are not figures.
const EARLIEST: i64 = 366;

/// Why `released_on` cannot be the day on which a figure of `span` became public. What states no day is public by today, and a year mistyped as one far ahead
/// is found out: the months before a gap that long would be hidden.
pub(super) fn too_early(
    span: crate::trade::Span,
    released_on: Option<time::Date>,
) -> Option<String> {
    /// The day on which this process met its first figure: the clock need not be looked at for what is not far ahead of it.
    static FIRST: LazyLock<time::Date> = LazyLock::new(today);
    let end = span.last().last_day();
    let day = match released_on {
        Some(day) => day,
        None if (end - *FIRST).whole_days() <= EARLIEST => return None,
        None => today(),
    };
    let early = (end - day).whole_days() > EARLIEST;
    early.then(|| match released_on {
        Some(_) => format!(
            "expected a day of release at most {EARLIEST} days before the period ends, on {end}"
        ),
        None => format!(
            "expected a period that ends at most {EARLIEST} days from today where no day of release is stated"
        ),
    })
}

fn today() -> time::Date {
    time::OffsetDateTime::now_utc().date()
}

/// What no figure may be: in no currency, of a year out of range, public long before its period ends, without a finite value, a level below
/// zero of a flow that cannot be.
///
/// # Errors
/// Which column is wrong, and what was expected.
pub(crate) fn check(key: &SeriesKey, figure: &Figure<'_>) -> Result<(), (FigureColumn, String)> {
    let within = |month: crate::trade::Month| YEARS.contains(&month.year());
    if figure.kind == FigureKind::Observation && figure.span.len() != 1 {
        return Err((FigureColumn::Period, "expected a month".to_owned()));
    }
    if !within(figure.span.first()) || !within(figure.span.last()) {
        let expected = "expected a period within the years 1000 to 2999";
        return Err((FigureColumn::Period, expected.to_owned()));
    }
    if let Some(expected) = too_early(figure.span, figure.released_on) {
        let stated = figure.released_on.map(|day| format!(", not {day}"));
        return Err((FigureColumn::Period, expected + &stated.unwrap_or_default()));
    }
    if !key.unit.is_iso() {
        return Err((
            FigureColumn::Value,
            format!("{NO_CURRENCY}, not `{}`", key.unit),
        ));
    }
    if figure.kind == FigureKind::Observation && figure.value.is_nan() {
        return Ok(());
    }
    if figure.value.is_nan() || figure.value.abs() > LARGEST {
        let expected = "expected a finite number, in base units at most 1e100";
        return Err((FigureColumn::Value, expected.to_owned()));
    }
    if figure.measure == FigureMeasure::Level && figure.value < 0.0 && !key.flow.may_be_negative() {
        let word = key.flow.word();
        let expected = format!("expected a value of zero or more: {word} are never negative");
        return Err((FigureColumn::Value, expected));
    }
    Ok(())
}

impl ParsedFile {
    /// Nothing read yet of `file`.
    pub fn new(file: &Path, mode: InvalidRows) -> Self {
        Self {
            file: file.to_owned(),
            mode,
            most: mode.most(),
            full: false,
            figures: FigureBatch::new(file),
            left_out: BTreeMap::new(),
            refusals: Vec::new(),
            refusals_left_out: 0,
        }
    }

    /// The figures of a file that holds nothing else, such as exchange rates.
    pub fn of(figures: FigureBatch) -> Self {
        Self {
            figures,
            ..Self::new(Path::new(""), InvalidRows::Refuse)
        }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Takes a figure, or says what is wrong with it. A second figure for the same is found in the end.
    ///
    /// # Errors
    /// What was expected, and which of the two columns is wrong. Where it is one figure too many, refusing it refuses the file.
    pub(crate) fn take(
        &mut self,
        key: &SeriesKey,
        figure: &Figure<'_>,
        row: u64,
    ) -> Result<(), (FigureColumn, String)> {
        check(key, figure)?;
        if self.figures.len() >= self.most {
            self.full = true;
            return Err((FigureColumn::Value, TOO_MANY.to_owned()));
        }
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
        let entry = self.left_out.entry(reason).or_insert(ExcludedRows {
            rows: 0,
            first_row: row,
        });
        entry.rows += 1;
    }

    /// Refuses a row.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub(crate) fn refuse(&mut self, row: u64, wrong: CellError) -> Result<(), IngestError> {
        self.list(self.refusal(row, wrong))
    }

    /// What is wrong with a row, with its place.
    pub(super) fn refusal(&self, row: u64, wrong: CellError) -> Refusal {
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
    /// The refusal itself, where one wrong row refuses the file; one of the whole file where it has too many figures.
    pub(super) fn list(&mut self, refusal: Refusal) -> Result<(), IngestError> {
        if self.full {
            return Err(too_many(&self.file));
        }
        if self.mode == InvalidRows::Refuse {
            return Err(refusal.into());
        }
        self.note(refusal);
        Ok(())
    }

    /// Lists a refusal, or counts it beyond what the mode lists; unlike [`Self::list`] never refuses the file: for refusals of a reader
    /// that has looked at the mode itself.
    pub(super) fn note(&mut self, mut refusal: Refusal) {
        if self.mode == InvalidRows::ReportFirst {
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

    /// States `day` as the day of release of every figure that states none, but exchange rates, which have no other day than their own. A figure that cannot have
    /// been public then is refused, and taken out.
    ///
    /// # Errors
    /// The first row of such a figure, or of one that is then the same as another, where one wrong row refuses the file.
    pub fn released_on(mut self, day: time::Date) -> Result<Self, IngestError> {
        let mut figures = std::mem::take(&mut self.figures);
        for row in figures.rows_mut() {
            if row.kind == FigureKind::Rate || row.released_on.is_some() {
                continue;
            }
            let Some(expected) = too_early(row.span, Some(day)) else {
                row.released_on = Some(day);
                continue;
            };
            let wrong = CellError {
                column: String::new(),
                value: Some(day.to_string()),
                expected,
            };
            self.refuse(row.row, wrong)?;
        }
        // Those that still state none were refused.
        figures.retain(|row| row.kind == FigureKind::Rate || row.released_on.is_some());
        self.figures = figures;
        self.finish()
    }

    /// Ends the reading: of two figures for the same, the first stays and the later row is refused.
    ///
    /// # Errors
    /// The first such row, where one wrong row refuses the file; a file that has nothing to take and nothing refused: an empty success
    /// says nothing.
    pub(crate) fn finish(mut self) -> Result<Self, IngestError> {
        let mut figures = std::mem::take(&mut self.figures);
        figures.remove_repeated(|refusal| self.list(refusal))?;
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
    use crate::trade::{Month, Span};
    use polars::prelude::{Column, DataFrame, ParquetWriter};
    use std::fs::File;

    #[test]
    fn a_day_of_release_is_for_figures_that_state_none() {
        let text = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n\
            observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,,2025-03-06,s\n\
            observation,USA,MEX,M,TOTAL,level,2025-02,1,USD,,,s\n\
            release,USA,MEX,M,TOTAL,level,2025-01-01/P2M,1,USD,,,s\n";
        let read = || {
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
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
    fn of_figures_too_far_ahead_of_a_stated_day_the_others_are_taken() {
        let text = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n\
            observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,,,s\n\
            observation,USA,MEX,M,TOTAL,level,2025-02,2,USD,,,s\n\
            observation,USA,MEX,M,TOTAL,level,2025-13,3,USD,,,s\n\
            observation,USA,CAN,M,TOTAL,level,2025-03,4,USD mn,p,2025-05-06,t\n\
            release,USA,CAN,M,TOTAL,level,2025-01-01/P3M,5,USD,,,s\n";
        let of = |mode: InvalidRows, day: &str| {
            let read = formats::read_bytes(Path::new("f"), text.as_bytes(), None, mode);
            read.unwrap().1.released_on(parse_date(day).unwrap())
        };
        for mode in [InvalidRows::Report, InvalidRows::ReportFirst] {
            let reading = of(mode, "2024-02-20").unwrap();
            let figures = &reading.figures;
            let taken: Vec<_> = figures.rows().iter().map(|r| figures.tidy_row(r)).collect();
            let taken: Vec<_> = taken.iter().map(|cells| cells.join(",")).collect();
            assert_eq!(
                taken,
                [
                    "observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,,2024-02-20,s",
                    "observation,USA,CAN,M,TOTAL,level,2025-03,4,USD mn,p,2025-05-06,t"
                ]
            );
            let refused: Vec<_> = reading.refusals.iter().map(ToString::to_string).collect();
            let early = |row: u64, end: &str| {
                format!(
                    "f, row {row}, value `2024-02-20`: expected a day of release at most 366 days before the period ends, on {end}"
                )
            };
            assert_eq!(refused.len(), 3);
            assert_eq!(refused[0], early(3, "2025-02-28"));
            assert!(refused[1].starts_with("f, row 4, column `period`"));
            assert_eq!(refused[2], early(6, "2025-03-31"));
            // All of what states no day.
            let reading = of(mode, "2024-01-01").unwrap();
            assert_eq!((reading.figures.len(), reading.refusals.len()), (1, 4));
        }
    }

    /// 2205 for 2025.
    #[test]
    fn a_period_far_ahead_is_refused_unless_it_says_when_it_was_public() {
        let of = |row: &str| {
            let text = format!(
                "{}\n{row}\n",
                crate::ingest::figures::TIDY_COLUMNS.join(",")
            );
            let read = formats::read_bytes(
                Path::new("f"),
                text.as_bytes(),
                Some(formats::Format::Tidy),
                InvalidRows::Refuse,
            );
            read.map_err(|error| error.to_string())
        };
        let ahead = "expected a period that ends at most 366 days from today where no day of release is stated";
        for (kind, period) in [("observation", "2205-06"), ("release", "2205-Q2")] {
            let row = format!("{kind},USA,MEX,M,TOTAL,level,{period},1,USD,,,s");
            let refused = format!("f, row 2, column `period`, value `{period}`: {ahead}");
            assert_eq!(of(&row).unwrap_err(), refused);
        }
        let stated = of("observation,USA,MEX,M,TOTAL,level,2205-06,1,USD,,2025-07-01,s");
        assert_eq!(
            stated.unwrap_err(),
            "f, row 2, column `released_on`, value `2025-07-01`: expected a day of release at most 366 days before the period ends, on 2205-06-30"
        );
        let long = "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2205-06,1\n";
        let read = formats::read_bytes(Path::new("f"), long.as_bytes(), None, InvalidRows::Refuse);
        assert_eq!(
            read.unwrap_err().to_string(),
            format!("f, row 2, column `ds`, value `2205-06`: {ahead}")
        );
        // A month and all others of a year may be told ahead.
        let this = Month::of(time::OffsetDateTime::now_utc().date());
        for (months, fits) in [(0, true), (11, true), (13, false)] {
            let month = this.plus(months);
            let told = too_early(Span::month(month), None);
            assert_eq!(told.is_none(), fits, "{month}");
        }
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let mut reading = ParsedFile::new(Path::new("f"), InvalidRows::ReportFirst);
        for row in 1..=MOST_LISTED as u64 + 7 {
            reading
                .refuse(row, CellError::new("value", "x", "expected a number"))
                .unwrap();
        }
        let reading = reading.finish().unwrap();
        assert_eq!(
            (reading.refusals.len(), reading.refusals_left_out),
            (MOST_LISTED, 7)
        );
        assert_eq!(reading.refusals[0].row, Some(1));
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
    fn one_figure_too_many_refuses_the_file_of_a_stranger() {
        assert_eq!(TOO_MANY, format!("expected at most {MOST_FIGURES} figures"));
        let key = SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap();
        let of = |month: i32| figure(Month::january(2020).plus(month));
        let mut reading = ParsedFile::new(Path::new("f"), InvalidRows::ReportFirst);
        assert_eq!(reading.most, MOST_FIGURES);
        reading.most = 3;
        for month in 0..3 {
            reading.take(&key, &of(month), 1).unwrap();
        }
        let wrong = || CellError::new("value", "x", "expected a number");
        reading.refuse(5, wrong()).unwrap();
        let (_, expected) = reading.take(&key, &of(3), 6).unwrap_err();
        let refused = reading.refuse(6, CellError::new("value", "1", expected));
        assert_eq!(refused.unwrap_err().to_string(), format!("f: {TOO_MANY}"));
        for mode in [InvalidRows::Refuse, InvalidRows::Report] {
            assert_eq!(ParsedFile::new(Path::new("f"), mode).most, usize::MAX);
        }
    }

    #[test]
    fn a_parquet_file_that_says_it_has_too_many_rows_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let name = Path::new("f");
        let check = |rows: usize| {
            let file = folder.path().join("f.parquet");
            let column = Column::new("y".into(), vec![1.0; rows]);
            let mut frame = DataFrame::new(rows, vec![column]).unwrap();
            let written = ParquetWriter::new(File::create(&file).unwrap());
            written.finish(&mut frame).unwrap();
            let file = NamedFile { path: &file, name };
            check_row_count(file, InvalidRows::ReportFirst).map_err(|error| error.to_string())
        };
        assert_eq!(check(MOST_FIGURES), Ok(()));
        assert_eq!(check(MOST_FIGURES + 1), Err(format!("f: {TOO_MANY}")));
        let other = folder.path().join("f.csv");
        std::fs::write(&other, "unique_id,ds,y\n").unwrap();
        let other = NamedFile { path: &other, name };
        assert!(check_row_count(other, InvalidRows::ReportFirst).is_ok());
        let none = folder.path().join("none");
        assert!(formats::read_as(&none, name, None, InvalidRows::ReportFirst).is_err());
    }

    #[test]
    fn repeated_figures_beyond_those_listed_are_counted() {
        let key = SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap();
        let figure = figure(Month::january(2025));
        let of = |mode: InvalidRows| {
            let mut reading = ParsedFile::new(Path::new("f"), mode);
            for row in 1..=MOST_LISTED as u64 + 8 {
                reading.take(&key, &figure, row).unwrap();
            }
            reading.finish()
        };
        let told = |mode: InvalidRows| {
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
            told(InvalidRows::ReportFirst),
            (1, MOST_LISTED, 7, (Some(2), Some(last + 1)))
        );
        assert_eq!(
            told(InvalidRows::Report),
            (1, MOST_LISTED + 7, 0, (Some(2), Some(last + 8)))
        );
        let refused = of(InvalidRows::Refuse).unwrap_err().to_string();
        assert!(refused.starts_with("f, row 2, "), "{refused}");
    }
}
