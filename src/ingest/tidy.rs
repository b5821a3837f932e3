//! The project's own layout: one row a figure, observations and releases alike (see `data/README.md`).

use super::figures::{TIDY_COLUMNS as COLUMNS, half_of_last_digit, power_of_ten, scaled};
use super::parsed_file::{FigureColumn, NO_CURRENCY, check, too_early, too_many};
use super::scan::{ColumnScan, text_columns};
use super::source::NamedFile;
use super::truncated_rows::TruncatedRows;
use super::{
    ExchangeRates, Figure, FigureBatch, FigureKind, GridBuilder, IngestError, InvalidRows,
    MonthGrid, Refusal, rates,
};
use crate::trade::{
    Code, Currency, FigureMeasure, Flow, LARGEST, Month, Release, SeriesKey, Span, Unit,
};
use polars::prelude::*;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::Date;

/// Everything that a folder of tidy files holds.
#[derive(Debug, Default)]
pub struct TidyFigures {
    /// The monthly observations in base units, one entry a series key.
    pub grid: MonthGrid,
    /// Stated release dates of observations, where a file gives them.
    pub released_on: BTreeMap<(Box<str>, Month), Date>,
    /// The source of each series, as its first row names it.
    pub sources: BTreeMap<Box<str>, String>,
    /// The published figures, in base units and fractions.
    pub releases: Vec<Release>,
    /// The exchange rates.
    pub rates: ExchangeRates,
}

/// Reads every CSV and Parquet file below `folder`: files under `rates/` are exchange rates, files under `calendar/` belong to the
/// program itself and are passed over, all others are tidy figures. A `folder` that is a file is read as tidy figures.
///
/// # Errors
/// The first refusal, in the order of file names; nothing is kept then.
pub fn read_folder(folder: &Path) -> Result<TidyFigures, IngestError> {
    let files = files_below(folder, &["csv", "parquet", "pq"])?;
    if files.is_empty() {
        let expected = "expected at least one CSV or Parquet file in this folder".to_owned();
        return Err(Refusal {
            file: folder.to_owned(),
            row: None,
            column: None,
            value: None,
            expected,
        }
        .into());
    }
    let mut exchange = ExchangeRates::default();
    let rows = Arc::new(Mutex::new(TidyReader::default()));
    for (file, is_rates) in &files {
        if *is_rates {
            rates::read(file, &mut exchange)?;
            continue;
        }
        lock(&rows).start_file(file);
        let sink = Arc::clone(&rows);
        stream(
            NamedFile::at(file),
            InvalidRows::Refuse,
            move |figures, _| lock(&sink).take(&figures),
        )?;
    }
    let rows = std::mem::take(&mut *lock(&rows));
    Ok(TidyFigures {
        rates: exchange,
        ..rows.finish()?
    })
}

/// Every file of figures or rates below `path` whose name ends in one of `endings`, in the order of names; `path` itself where it is a file,
/// whatever its name. Whether a file holds rates stands beside it; what lies in a folder `calendar` belongs to the program itself.
///
/// # Errors
/// A folder that cannot be listed.
pub fn files_below(path: &Path, endings: &[&str]) -> Result<Vec<(PathBuf, bool)>, IngestError> {
    let mut files = Vec::new();
    collect_files(path, endings, &mut files)?;
    files.sort();
    let place = |file: PathBuf| {
        let inside = file.strip_prefix(path).unwrap_or(&file);
        let lies_in = |name: &str| inside.components().any(|c| c.as_os_str() == name);
        let (rates, calendar) = (lies_in("rates"), lies_in("calendar"));
        (!calendar).then_some((file, rates))
    };
    Ok(files.into_iter().filter_map(place).collect())
}

fn collect_files(
    folder: &Path,
    endings: &[&str],
    files: &mut Vec<PathBuf>,
) -> Result<(), IngestError> {
    let io = |source| IngestError::Io {
        file: folder.to_owned(),
        source,
    };
    if folder.is_file() {
        files.push(folder.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let data = path
            .extension()
            .is_some_and(|e| endings.iter().any(|known| e.eq_ignore_ascii_case(known)));
        if path.is_dir() {
            collect_files(&path, endings, files)?;
        } else if data {
            files.push(path);
        }
    }
    Ok(())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Figures on their way into a [`TidyFigures`]: observations into one grid, releases beside them.
#[derive(Debug, Default)]
struct TidyReader {
    runs: GridBuilder,
    released_on: BTreeMap<(Box<str>, Month), Date>,
    sources: BTreeMap<Box<str>, String>,
    releases: Vec<Release>,
    seen: HashMap<ReleaseId, (usize, u64)>,
    files: Vec<PathBuf>,
}

/// What makes a release another one: the same figure may come in several units and from several sources.
type ReleaseId = (
    SeriesKey,
    Span,
    FigureMeasure,
    String,
    String,
    String,
    Option<Date>,
);

impl TidyReader {
    /// Starts the rows of another file.
    fn start_file(&mut self, file: &Path) {
        self.runs.start_file(file);
        self.files.push(file.to_owned());
    }

    /// Takes figures.
    ///
    /// # Errors
    /// A refusal of a release that is there already. A month given twice is found at the end.
    fn take(&mut self, figures: &FigureBatch) -> Result<(), IngestError> {
        // The number of each series of this batch among all.
        let mut numbers: Vec<Option<u32>> = vec![None; figures.keys().len()];
        for row in figures.rows() {
            let key = figures.key(row.key);
            if row.kind == FigureKind::Release {
                self.take_release(figures, row)?;
                continue;
            }
            let series = *numbers[row.key as usize].get_or_insert_with(|| {
                let id = key.to_string();
                let series = self.runs.series(&id);
                let source = || figures.text(row.source).to_owned();
                self.sources.entry(id.into()).or_insert_with(source);
                series
            });
            let month = row.span.first();
            if let Some(date) = row.released_on {
                self.released_on
                    .insert((key.to_string().into(), month), date);
            }
            self.runs.push(series, month, row.value, row.row);
        }
        Ok(())
    }

    fn take_release(
        &mut self,
        figures: &FigureBatch,
        row: &super::figures::FigureRow,
    ) -> Result<(), IngestError> {
        let [status, source, unit] =
            [row.status, row.source, row.unit].map(|text| figures.text(text).to_owned());
        let key = figures.key(row.key).clone();
        let (span, measure, released_on) = (row.span, row.measure, row.released_on);
        let file = self.files.len().saturating_sub(1);
        let id: ReleaseId = (
            key.clone(),
            span,
            measure,
            status.clone(),
            source.clone(),
            unit,
            released_on,
        );
        if let Some((earlier_file, earlier)) = self.seen.insert(id, (file, row.row)) {
            let earlier_file = self.files[earlier_file].display();
            return Err(Refusal {
                file: self.files[file].clone(),
                row: Some(row.row),
                column: Some("period".to_owned()),
                value: Some(span.to_string()),
                expected: format!(
                    "a figure that is not there yet; {earlier_file}, row {earlier} gives it already"
                ),
            }
            .into());
        }
        self.releases.push(Release {
            key,
            span,
            measure,
            value: row.value,
            rounding: row.rounding,
            released_on,
            known_since: None,
            status,
            source,
        });
        Ok(())
    }

    /// Puts the rows in order.
    ///
    /// # Errors
    /// A refusal of a month that a series has twice.
    fn finish(self) -> Result<TidyFigures, IngestError> {
        let mut releases = self.releases;
        releases.sort_by(|a, b| {
            (&a.key, a.span, a.measure, &a.source).cmp(&(&b.key, b.span, b.measure, &b.source))
        });
        Ok(TidyFigures {
            grid: self.runs.finish("period")?,
            released_on: self.released_on,
            sources: self.sources,
            releases,
            rates: ExchangeRates::default(),
        })
    }
}

/// Streams the figures of a tidy file, CSV or Parquet, batch by batch in its order, each row checked. With
/// [`InvalidRows::Report`] refused rows stand beside the figures of their batch. That a figure is there twice is not looked at.
///
/// # Errors
/// A file that cannot be read, or has not the columns; the first refusal where all rows or none are taken; what `sink` gives.
pub(super) fn stream<F>(
    file: NamedFile<'_>,
    mode: InvalidRows,
    mut sink: F,
) -> Result<(), IngestError>
where
    F: FnMut(FigureBatch, Vec<Refusal>) -> Result<(), IngestError> + Send + 'static,
{
    let scan = ColumnScan::open(file)?;
    let names = scan.require(&COLUMNS)?;
    once(&scan, &names)?;
    let short = TruncatedRows::new(&scan, &names);
    let (path, columns) = (file.name.to_owned(), names.clone());
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut taken = 0;
    scan.stream(&wanted, move |batch, first_row| {
        let cells = text_columns(batch, &path, &columns)?;
        // Rows know nothing of each other, so that parts of a batch are read side by side.
        let parts = rayon::current_num_threads().max(1);
        let step = batch.height().div_ceil(parts).max(1);
        let starts: Vec<usize> = (0..batch.height()).step_by(step).collect();
        let read = |start: &usize| {
            let mut figures = FigureBatch::new(&path);
            let mut refusals = Vec::new();
            let mut known = None;
            for k in *start..(*start + step).min(batch.height()) {
                let row = TidyRow {
                    cells: &cells,
                    k,
                    row: first_row + k as u64,
                    file: &path,
                    columns: &columns,
                };
                let delivered = row
                    .check_cells(&short)
                    .and_then(|()| row.deliver(&mut figures, &mut known));
                match (delivered, mode) {
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
            if taken > mode.most() {
                return Err(too_many(&path));
            }
            sink(figures, refusals)?;
        }
        Ok(())
    })
}

/// Refuses a header that has one of the columns that are read twice: Polars renames the second.
fn once(scan: &ColumnScan, columns: &[String]) -> Result<(), IngestError> {
    for column in columns {
        let again = format!("{column}_duplicated_0");
        let twice = |name: &&String| {
            *name != column && (name.eq_ignore_ascii_case(column) || **name == again)
        };
        if scan.columns().iter().any(|name| twice(&name)) {
            return Err(Refusal {
                file: scan.name().to_owned(),
                row: scan.is_text().then_some(1),
                column: Some(column.clone()),
                value: None,
                expected: "expected this column once: two may say two things".to_owned(),
            }
            .into());
        }
    }
    Ok(())
}

/// The texts that make a key, the key, its unit, the power of ten that the unit's scale is and the key's number in a batch: rows of one series usually follow each other, and its key is
/// parsed once.
type LastKey<'a> = Option<([&'a str; 6], SeriesKey, Unit, Option<i32>, u32)>;

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

    /// # Errors
    /// A refusal of a short row, with the number of its cells.
    fn check_cells(&self, short: &TruncatedRows) -> Result<(), IngestError> {
        if !self.text(short.last()).is_empty() {
            return Ok(());
        }
        let expected = short.of(self.row).map_err(|kind| IngestError::Io {
            file: self.file.to_owned(),
            source: kind.into(),
        })?;
        expected.map_or(Ok(()), |expected| {
            Err(Refusal {
                file: self.file.to_owned(),
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

    /// The unit: a currency and scale for amounts, `%` with or without a currency for fractions (scale 0.01).
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

    /// The number in base units.
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

    /// Whether no cell says anything, as in a blank line.
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

    /// Adds the figure of the row, checked; nothing for a blank line.
    fn deliver(
        &self,
        figures: &mut FigureBatch,
        known: &mut LastKey<'a>,
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
        if known.as_ref().is_none_or(|(seen, ..)| *seen != texts) {
            let unit = self.unit(measure)?;
            let key = self.key(unit)?;
            let number = figures.series(&key);
            *known = Some((texts, key, unit, power_of_ten(unit.scale), number));
        }
        let Some((_, key, unit, exponent, number)) = known.as_ref() else {
            return Ok(());
        };
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
        // Of what states no day the period is wrong.
        if let Some(expected) = released_on.and_then(|day| too_early(span, Some(day))) {
            return Err(self.refuse(RELEASED_ON, expected));
        }
        let figure = Figure {
            kind,
            measure,
            span,
            value,
            rounding: half_of_last_digit(self.text(VALUE)) * unit.scale,
            unit: texts[4],
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

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

    fn read_text(rows: &str) -> Result<TidyFigures, IngestError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("figures.csv"), format!("{HEADER}{rows}")).unwrap();
        read_folder(folder.path())
    }

    #[test]
    fn values_come_in_base_units() {
        let tidy = read_text(
            "observation,USA,CHN,M,TOTAL,level,2020-01,33.5,USD bn,published,,Census\n\
             observation,USA,CHN,M,TOTAL,level,2020-03,20,USD bn,published,,Census\n\
             release,CHN,CA5,T,TOTAL,level,2025-01-01/P5M,286.42,CNY bn,published,2025-06-14,GACC\n\
             release,CHN,CA5,T,TOTAL,growth,2025-01-01/P5M,10.4,% CNY,published,,GACC\n",
        )
        .unwrap();
        assert_eq!(&*tidy.grid.entries[0].id, "USA.CHN.M.TOTAL.USD");
        assert_eq!(tidy.grid.values[0], 33.5e9);
        assert!(tidy.grid.values[1].is_nan(), "February is a gap");
        let [level, growth] = &tidy.releases[..] else {
            panic!("two releases")
        };
        assert_eq!((level.value, level.rounding.round()), (286.42e9, 5e6));
        assert!((growth.value - 0.104).abs() < 1e-12 && (growth.rounding - 0.0005).abs() < 1e-12);
        assert_eq!(growth.span.to_string(), "2025-01-01/P5M");
    }

    #[test]
    fn each_wrong_cell_is_refused_by_row_and_column() {
        for (row, expected) in [
            (
                "observation,USA,CHN,M,TOTAL,level,2020-13,1,USD,p,,s",
                "row 2, column `period`, value `2020-13`",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,-1,USD,p,,s",
                "row 2, column `value`, value `-1`: expected a value of zero or more",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,NaN,USD,p,,s",
                "row 2, column `value`, value `NaN`: expected a finite number",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,1e999,USD,p,,s",
                "row 2, column `value`, value `1e999`: expected a finite number",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,1,dollars,p,,s",
                "row 2, column `unit`, value `dollars`",
            ),
            (
                "observation,USA,C H,M,TOTAL,level,2020-01,1,USD,p,,s",
                "row 2, column `partner`, value `C H`",
            ),
            (
                "observation,USA,CHN,Z,TOTAL,level,2020-01,1,USD,p,,s",
                "row 2, column `flow`, value `Z`",
            ),
            (
                "observation,USA,CHN,M,TOTAL,growth,2020-01,1,%,p,,s",
                "row 2, column `measure`, value `growth`",
            ),
            (
                "forecast,USA,CHN,M,TOTAL,level,2020-01,1,USD,p,,s",
                "row 2, column `kind`, value `forecast`",
            ),
            (
                "release,USA,CHN,M,TOTAL,level,2020-01,1,USD,p,soon,s",
                "row 2, column `released_on`, value `soon`",
            ),
            (
                "release,USA,CHN,M,TOTAL,growth,2020-01,1,USD,p,,s",
                "row 2, column `unit`, value `USD`: expected `%`",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,1,USD,p,,s\nobservation,USA,CHN,M,TOTAL,level,2020M01,1,USD,p,,s",
                "row 3, column `period`, value `2020-01`: a month that series `USA.CHN.M.TOTAL.USD` does not have yet",
            ),
            (
                "release,USA,CHN,M,TOTAL,level,2020,1,USD,p,,s\nrelease,USA,CHN,M,TOTAL,level,2020-A1,2,USD,p,,s",
                "row 3, column `period`, value `2020`: a figure that is not there yet",
            ),
        ] {
            let error = read_text(&format!("{row}\n")).unwrap_err().to_string();
            assert!(error.contains(expected), "{row}\n gives {error}");
        }
    }

    #[test]
    fn a_balance_may_be_negative() {
        let tidy = read_text("observation,USA,CHN,B,TOTAL,level,2020-01,-5,USD mn,p,,s\n").unwrap();
        assert_eq!(tidy.grid.values, [-5e6]);
    }
}
