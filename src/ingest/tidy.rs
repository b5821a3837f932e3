//! The project's own layout: one row a figure, observations and releases alike (see `data/README.md`).

use super::scan::{Scan, text_columns};
use super::{Figure, Figures, Grid, IngestError, Kind, Rates, Refusal, Runs, rates};
use crate::trade::{
    Code, Currency, Flow, LARGEST, Measure, Month, Release, SeriesKey, Span, Unit, YEARS,
};
use polars::prelude::*;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use time::Date;

/// The columns of the layout, in order.
const COLUMNS: [&str; 12] = [
    "kind",
    "reporter",
    "partner",
    "flow",
    "product",
    "measure",
    "period",
    "value",
    "unit",
    "status",
    "released_on",
    "source",
];

/// Everything that a folder of tidy files holds.
#[derive(Debug, Default)]
pub struct Tidy {
    /// The monthly observations in base units, one entry a series key.
    pub grid: Grid,
    /// Stated release dates of observations, where a file gives them.
    pub released_on: BTreeMap<(Box<str>, Month), Date>,
    /// The source of each series, as its first row names it.
    pub sources: BTreeMap<Box<str>, String>,
    /// The published figures, in base units and fractions.
    pub releases: Vec<Release>,
    /// The exchange rates.
    pub rates: Rates,
}

/// Reads every CSV and Parquet file below `folder`: files under `rates/` are exchange rates, files under `calendar/` belong to the
/// program itself and are passed over, all others are tidy figures. A `folder` that is a file is read as tidy figures.
///
/// # Errors
/// The first refusal, in the order of file names; nothing is kept then.
pub fn read_folder(folder: &Path) -> Result<Tidy, IngestError> {
    let mut files = Vec::new();
    collect_files(folder, &mut files)?;
    files.sort();
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
    let mut tidy = Tidy::default();
    let rows = Arc::new(Mutex::new(Rows::default()));
    for file in &files {
        let inside = file.strip_prefix(folder).unwrap_or(file);
        let lies_in = |name: &str| inside.components().any(|c| c.as_os_str() == name);
        if lies_in("rates") {
            rates::read(file, &mut tidy.rates)?;
        } else if !lies_in("calendar") {
            read_figures(file, &rows)?;
        }
    }
    let rows = std::mem::take(&mut *rows.lock().unwrap_or_else(PoisonError::into_inner));
    tidy.grid = rows.runs.finish("period")?;
    tidy.released_on = rows.released_on;
    tidy.sources = rows.sources;
    tidy.releases = rows.releases;
    tidy.releases.sort_by(|a, b| {
        (&a.key, a.span, a.measure, &a.source).cmp(&(&b.key, b.span, b.measure, &b.source))
    });
    Ok(tidy)
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), IngestError> {
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
        let data = path.extension().is_some_and(|e| {
            ["csv", "parquet", "pq"]
                .iter()
                .any(|known| e.eq_ignore_ascii_case(known))
        });
        if path.is_dir() {
            collect_files(&path, files)?;
        } else if data {
            files.push(path);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Rows {
    runs: Runs,
    released_on: BTreeMap<(Box<str>, Month), Date>,
    sources: BTreeMap<Box<str>, String>,
    releases: Vec<Release>,
    seen: std::collections::HashMap<ReleaseId, (usize, u64)>,
    files: Vec<PathBuf>,
}

/// What makes a release another one: the same figure may come in several units and from several sources.
type ReleaseId = (
    SeriesKey,
    Span,
    Measure,
    String,
    String,
    String,
    Option<Date>,
);

fn read_figures(file: &Path, rows: &Arc<Mutex<Rows>>) -> Result<(), IngestError> {
    let scan = Scan::open(file)?;
    let names = scan.require(&COLUMNS)?;
    {
        let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.runs.start_file(file);
        rows.files.push(file.to_owned());
    }
    let (sink, path, columns) = (Arc::clone(rows), file.to_owned(), names.clone());
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    scan.stream(&wanted, move |batch, first_row| {
        let cells = text_columns(batch, &path, &columns)?;
        let mut rows = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known: Option<([&str; 5], SeriesKey, Unit, u32)> = None;
        for k in 0..batch.height() {
            let row = Row {
                cells: &cells,
                k,
                row: first_row + k as u64,
                file: &path,
                columns: &columns,
            };
            take(&row, &mut rows, &mut known)?;
        }
        Ok(())
    })
}

/// One row of a tidy file, its cells by the position of their column in [`COLUMNS`].
struct Row<'a> {
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

impl<'a> Row<'a> {
    fn text(&self, column: usize) -> &'a str {
        self.cells[column].get(self.k).unwrap_or("").trim()
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

    fn measure(&self) -> Result<Measure, IngestError> {
        Measure::parse(self.text(MEASURE)).ok_or_else(|| {
            let words: Vec<_> = Measure::ALL.iter().map(|m| m.word()).collect();
            self.refuse(MEASURE, format!("expected one of {}", words.join(", ")))
        })
    }

    /// The unit: a currency and scale for amounts, `%` with or without a currency for fractions (scale 0.01).
    fn unit(&self, measure: Measure) -> Result<Unit, IngestError> {
        let text = self.text(UNIT);
        if !measure.is_percentage() {
            return Unit::parse(text).map_err(|e| self.refuse(UNIT, e.to_string()));
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
            Currency::parse(currency).map_err(|_| refuse())?
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
    fn number(&self, unit: Unit) -> Result<f64, IngestError> {
        let number = self.text(VALUE).parse::<f64>().ok().map(|v| v * unit.scale);
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
}

fn take<'a>(
    row: &Row<'a>,
    rows: &mut Rows,
    known: &mut Option<([&'a str; 5], SeriesKey, Unit, u32)>,
) -> Result<(), IngestError> {
    if row.is_blank() {
        return Ok(());
    }
    match row.text(KIND) {
        "observation" => take_observation(row, rows, known),
        "release" => take_release(row, rows),
        _ => Err(row.refuse(KIND, "expected `observation` or `release`")),
    }
}

fn take_observation<'a>(
    row: &Row<'a>,
    rows: &mut Rows,
    known: &mut Option<([&'a str; 5], SeriesKey, Unit, u32)>,
) -> Result<(), IngestError> {
    if row.measure()? != Measure::Level {
        return Err(row.refuse(
            MEASURE,
            "expected `level`: an observation is the value of a month",
        ));
    }
    // Rows of one series usually follow each other: its key is parsed once.
    let texts = [REPORTER, PARTNER, FLOW, PRODUCT, UNIT].map(|column| row.text(column));
    if known.as_ref().is_none_or(|(seen, ..)| *seen != texts) {
        let unit = row.unit(Measure::Level)?;
        let key = row.key(unit)?;
        let id = key.to_string();
        let series = rows.runs.series(&id);
        rows.sources
            .entry(id.into())
            .or_insert_with(|| row.text(SOURCE).to_owned());
        *known = Some((texts, key, unit, series));
    }
    let Some((_, key, unit, series)) = known.as_ref() else {
        return Ok(());
    };
    let month = Month::parse(row.text(PERIOD)).map_err(|e| row.refuse(PERIOD, e.to_string()))?;
    if !YEARS.contains(&month.year()) {
        return Err(row.refuse(PERIOD, "expected a month of the years 1000 to 2999"));
    }
    // An empty value is a gap that the file states.
    let value = if row.text(VALUE).is_empty() {
        f64::NAN
    } else {
        row.number(*unit)?
    };
    if value < 0.0 && !key.flow.may_be_negative() {
        return Err(row.refuse(
            VALUE,
            format!(
                "expected a value of zero or more: {} are never negative",
                key.flow.word()
            ),
        ));
    }
    if let Some(date) = row.released_on()? {
        rows.released_on
            .insert((key.to_string().into(), month), date);
    }
    rows.runs.push(*series, month, value, row.row);
    Ok(())
}

/// What becomes of a batch with a row that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Taking {
    /// Nothing of it is taken.
    #[default]
    AllOrNothing,
    /// The other rows are taken, and the refusals are told.
    Valid,
}

/// Every CSV and Parquet file of figures or rates below `path` in the order of names; `path` itself where it is a file. Whether a file holds rates stands beside it.
///
/// # Errors
/// A folder that cannot be listed.
pub fn files_below(path: &Path) -> Result<Vec<(PathBuf, bool)>, IngestError> {
    let mut files = Vec::new();
    collect_files(path, &mut files)?;
    files.sort();
    let place = |file: PathBuf| {
        let inside = file.strip_prefix(path).unwrap_or(&file);
        let lies_in = |name: &str| inside.components().any(|c| c.as_os_str() == name);
        let (rates, calendar) = (lies_in("rates"), lies_in("calendar"));
        (!calendar).then_some((file, rates))
    };
    Ok(files.into_iter().filter_map(place).collect())
}

/// Reads a tidy file as it was delivered, each row checked as [`read_folder`] checks it, and calls its file `name`. With [`Taking::Valid`] the refused rows stand beside the
/// figures, in their order.
///
/// # Errors
/// A file that cannot be read, or has not the columns, or the first refusal where all rows or none are taken.
pub fn take_in(
    file: &Path,
    name: &Path,
    taking: Taking,
) -> Result<(Figures, Vec<Refusal>), IngestError> {
    let scan = Scan::open(file)?;
    let names = scan.require(&COLUMNS)?;
    let taken = Arc::new(Mutex::new((Figures::new(name), Vec::new())));
    let (sink, path, columns) = (Arc::clone(&taken), name.to_owned(), names.clone());
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    scan.stream(&wanted, move |batch, first_row| {
        let cells = text_columns(batch, &path, &columns)?;
        // Rows know nothing of each other, so that parts of a batch are read side by side.
        let parts = rayon::current_num_threads().max(1);
        let step = batch.height().div_ceil(parts).max(1);
        let starts: Vec<usize> = (0..batch.height()).step_by(step).collect();
        let read = |start: &usize| {
            let mut figures = Figures::default();
            let mut refusals = Vec::new();
            let mut known = None;
            for k in *start..(*start + step).min(batch.height()) {
                let row = Row {
                    cells: &cells,
                    k,
                    row: first_row + k as u64,
                    file: &path,
                    columns: &columns,
                };
                match (deliver(&row, &mut figures, &mut known), taking) {
                    (Ok(()), _) => {}
                    (Err(IngestError::Refused(refusal)), Taking::Valid) => refusals.push(*refusal),
                    (Err(error), _) => return Err(error),
                }
            }
            Ok((figures, refusals))
        };
        let read: Vec<Result<_, IngestError>> = starts.par_iter().map(read).collect();
        let mut taken = sink.lock().unwrap_or_else(PoisonError::into_inner);
        for part in read {
            let (figures, refusals) = part?;
            taken.0.append(figures);
            taken.1.extend(refusals);
        }
        Ok(())
    })?;
    Ok(std::mem::take(
        &mut *taken.lock().unwrap_or_else(PoisonError::into_inner),
    ))
}

/// Adds one row to `figures`, checked.
fn deliver<'a>(
    row: &Row<'a>,
    figures: &mut Figures,
    known: &mut Option<([&'a str; 6], SeriesKey, Unit, u32)>,
) -> Result<(), IngestError> {
    if row.is_blank() {
        return Ok(());
    }
    let (kind, measure) = match row.text(KIND) {
        "observation" => (Kind::Observation, row.measure()?),
        "release" => (Kind::Release, row.measure()?),
        _ => return Err(row.refuse(KIND, "expected `observation` or `release`")),
    };
    if kind == Kind::Observation && measure != Measure::Level {
        return Err(row.refuse(
            MEASURE,
            "expected `level`: an observation is the value of a month",
        ));
    }
    let texts = [REPORTER, PARTNER, FLOW, PRODUCT, UNIT, MEASURE].map(|column| row.text(column));
    if known.as_ref().is_none_or(|(seen, ..)| *seen != texts) {
        let unit = row.unit(measure)?;
        let key = row.key(unit)?;
        let number = figures.series(&key);
        *known = Some((texts, key, unit, number));
    }
    let Some((_, key, unit, number)) = known.as_ref() else {
        return Ok(());
    };
    let span = match kind {
        Kind::Observation => {
            let month =
                Month::parse(row.text(PERIOD)).map_err(|e| row.refuse(PERIOD, e.to_string()))?;
            Span::month(month)
        }
        _ => Span::parse(row.text(PERIOD)).map_err(|e| row.refuse(PERIOD, e.to_string()))?,
    };
    if !YEARS.contains(&span.first().year()) {
        return Err(row.refuse(PERIOD, "expected a month of the years 1000 to 2999"));
    }
    let value = if kind == Kind::Observation && row.text(VALUE).is_empty() {
        f64::NAN
    } else {
        row.number(*unit)?
    };
    if measure == Measure::Level && value < 0.0 && !key.flow.may_be_negative() {
        return Err(row.refuse(
            VALUE,
            format!(
                "expected a value of zero or more: {} are never negative",
                key.flow.word()
            ),
        ));
    }
    let figure = Figure {
        kind,
        measure,
        span,
        value,
        rounding: half_of_last_digit(row.text(VALUE)) * unit.scale,
        unit: texts[4],
        status: row.text(STATUS),
        released_on: row.released_on()?,
        source: row.text(SOURCE),
    };
    figures.push(*number, &figure, row.row);
    Ok(())
}

fn take_release(row: &Row<'_>, rows: &mut Rows) -> Result<(), IngestError> {
    let measure = row.measure()?;
    let unit = row.unit(measure)?;
    let key = row.key(unit)?;
    let span = Span::parse(row.text(PERIOD)).map_err(|e| row.refuse(PERIOD, e.to_string()))?;
    let value = row.number(unit)?;
    if measure == Measure::Level && value < 0.0 && !key.flow.may_be_negative() {
        return Err(row.refuse(
            VALUE,
            format!(
                "expected a value of zero or more: {} are never negative",
                key.flow.word()
            ),
        ));
    }
    let released_on = row.released_on()?;
    let [status, source, unit_text] =
        [STATUS, SOURCE, UNIT].map(|column| row.text(column).to_owned());
    let place = (rows.files.len().saturating_sub(1), row.row);
    let id: ReleaseId = (
        key.clone(),
        span,
        measure,
        status.clone(),
        source.clone(),
        unit_text,
        released_on,
    );
    if let Some((file, earlier)) = rows.seen.insert(id, place) {
        let file = rows
            .files
            .get(file)
            .map(|f| f.display().to_string())
            .unwrap_or_default();
        return Err(row.refuse(
            PERIOD,
            format!("a figure that is not there yet; {file}, row {earlier} gives it already"),
        ));
    }
    let rounding = half_of_last_digit(row.text(VALUE)) * unit.scale;
    rows.releases.push(Release {
        key,
        span,
        measure,
        value,
        rounding,
        released_on,
        status,
        source,
    });
    Ok(())
}

/// Half a unit of the last digit that a number was written with: `286.42` was rounded by at most 0.005.
fn half_of_last_digit(text: &str) -> f64 {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| {
        decimals.bytes().take_while(u8::is_ascii_digit).count()
    });
    0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

    fn read_text(rows: &str) -> Result<Tidy, IngestError> {
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
                "row 3, column `period`, value `2020-A1`: a figure that is not there yet",
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

    #[test]
    fn the_last_digit_carries_the_rounding() {
        for (text, half) in [
            ("286.42", 0.005),
            ("28.0", 0.05),
            ("28", 0.5),
            ("-38", 0.5),
            ("0.104", 0.0005),
        ] {
            assert!((half_of_last_digit(text) - half).abs() < 1e-12, "{text}");
        }
    }
}
