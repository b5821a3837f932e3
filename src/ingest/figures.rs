//! What every format comes to: one figure a row, in base units, with the place where it was read.

use super::tidy::Rows;
use super::{IngestError, Refusal, Tidy};
use crate::trade::{LARGEST, Measure, SeriesKey, Span, YEARS};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::Date;

/// Whether a figure belongs to a continuous monthly series, or stands for itself as it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A month of a monthly series.
    Observation,
    /// A figure as published, over any span.
    Release,
}

impl Kind {
    /// The word that files use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Release => "release",
        }
    }
}

/// One figure of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it belongs to.
    pub kind: Kind,
    /// Which series.
    pub key: Arc<SeriesKey>,
    /// What it says; always [`Measure::Level`] of an observation.
    pub measure: Measure,
    /// The months that it covers; one month for an observation.
    pub span: Span,
    /// Base units for a level or change, a fraction for growth and shares. NaN of an observation is a gap that the file states.
    pub value: f64,
    /// Half of the last digit delivered, in the unit of `value`.
    pub rounding: f64,
    /// The unit as delivered, as the tidy layout writes it: `USD mn`, `CNY 10000`, `% CNY`.
    pub unit: Arc<str>,
    /// `published`, `preliminary`, `estimated`, `derived`, `lower_bound`, `withdrawn`.
    pub status: Arc<str>,
    /// When it became public, where the file says so of this figure.
    pub released_on: Option<Date>,
    /// Where it was read.
    pub source: Arc<str>,
    /// The row: the line of a text, the record of a JSON answer, the row of a sheet.
    pub row: u64,
}

/// What becomes of a file with a wrong row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The first wrong row refuses the file.
    #[default]
    AllOrNothing,
    /// Wrong rows are listed, the others are taken.
    AcceptValid,
}

/// Rows that a format leaves out on purpose, because other rows of the file hold them already or they are no values of trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// How many rows.
    pub rows: u64,
    /// The first of them.
    pub first_row: u64,
}

/// What makes a release another one: the series by number, the span, what it says; unit, status, source; and the day.
type ReleaseId = (u32, Span, Measure, [Arc<str>; 3], Option<Date>);

/// The figures of one file, in its order.
#[derive(Debug)]
pub struct Figures {
    file: PathBuf,
    mode: Mode,
    /// The figures.
    pub rows: Vec<Figure>,
    /// Rows left out, by the reason.
    pub left_out: BTreeMap<&'static str, LeftOut>,
    /// Rows refused, where the others were taken.
    pub refusals: Vec<Refusal>,
    keys: HashMap<Arc<SeriesKey>, u32>,
    texts: HashMap<Box<str>, Arc<str>>,
    months: HashMap<(u32, Span), u64>,
    releases: HashMap<ReleaseId, u64>,
}

/// What is wrong with a cell, before the file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) column: String,
    pub(super) value: Option<String>,
    pub(super) expected: String,
}

impl Wrong {
    pub(super) fn new(column: &str, value: &str, expected: impl Into<String>) -> Self {
        Self {
            column: column.to_owned(),
            value: Some(value.to_owned()),
            expected: expected.into(),
        }
    }
}

impl Figures {
    /// No figures yet of `file`.
    pub fn new(file: &Path, mode: Mode) -> Self {
        Self {
            file: file.to_owned(),
            mode,
            rows: Vec::new(),
            left_out: BTreeMap::new(),
            refusals: Vec::new(),
            keys: HashMap::new(),
            texts: HashMap::new(),
            months: HashMap::new(),
            releases: HashMap::new(),
        }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The same figures as those of another file, of which the first was a copy.
    pub(super) fn of_file(self, file: &Path) -> Self {
        let named = |refusal: Refusal| Refusal {
            file: file.to_owned(),
            ..refusal
        };
        Self {
            file: file.to_owned(),
            refusals: self.refusals.into_iter().map(named).collect(),
            ..self
        }
    }

    /// The series that the figures belong to, in the order of their keys.
    pub fn keys(&self) -> Vec<Arc<SeriesKey>> {
        let mut keys: Vec<_> = self.keys.keys().cloned().collect();
        keys.sort();
        keys
    }

    /// A text shared by all figures that carry it.
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(text.into(), Arc::clone(&shared));
        shared
    }

    /// A key shared by all its figures.
    pub(super) fn key(&mut self, key: SeriesKey) -> Arc<SeriesKey> {
        if let Some((known, _)) = self.keys.get_key_value(&key) {
            return Arc::clone(known);
        }
        let shared = Arc::new(key);
        let number = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.insert(Arc::clone(&shared), number);
        shared
    }

    /// Takes a figure, or says what is wrong with it: a value beyond all bounds or below zero, a year out of range, a second
    /// figure for the same.
    ///
    /// # Errors
    /// What was expected, and which of the two columns is wrong.
    pub(super) fn take(&mut self, figure: Figure) -> Result<(), (Part, String)> {
        check(&figure)?;
        let key = self.key((*figure.key).clone());
        let number = self.keys[&key];
        // The first figure stays: a refused one does not stand in the way of others.
        let row = figure.row;
        let earlier = match figure.kind {
            Kind::Observation => earlier(self.months.entry((number, figure.span)), row),
            Kind::Release => {
                let texts = [&figure.unit, &figure.status, &figure.source].map(Arc::clone);
                let id = (
                    number,
                    figure.span,
                    figure.measure,
                    texts,
                    figure.released_on,
                );
                earlier(self.releases.entry(id), row)
            }
        };
        if let Some(earlier) = earlier {
            return Err((
                Part::Period,
                format!(
                    "a figure for {} that series `{key}` does not have yet; row {earlier} gives it already",
                    figure.span
                ),
            ));
        }
        self.rows.push(Figure { key, ..figure });
        Ok(())
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
    pub(super) fn refuse(&mut self, row: u64, wrong: Wrong) -> Result<(), IngestError> {
        let refusal = Refusal {
            file: self.file.clone(),
            row: Some(row),
            column: (!wrong.column.is_empty()).then_some(wrong.column),
            value: wrong.value,
            expected: wrong.expected,
        };
        if self.mode == Mode::AllOrNothing {
            return Err(refusal.into());
        }
        self.refusals.push(refusal);
        Ok(())
    }

    /// Lists a refusal of a row.
    ///
    /// # Errors
    /// The error itself, where one wrong row refuses the file, and where it is about no row.
    pub(super) fn list(&mut self, error: IngestError) -> Result<(), IngestError> {
        match error {
            IngestError::Refused(refusal)
                if self.mode == Mode::AcceptValid && refusal.row.is_some() =>
            {
                self.refusals.push(*refusal);
                Ok(())
            }
            other => Err(other),
        }
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

    /// Ends the reading of a file.
    ///
    /// # Errors
    /// A refusal of a file that has nothing to take and nothing refused: an empty success says nothing.
    pub(super) fn finish(self) -> Result<Self, IngestError> {
        if !self.rows.is_empty() || !self.refusals.is_empty() {
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

    /// The figures as a catalogue reads them.
    ///
    /// # Errors
    /// A refusal of a month that a series has twice.
    pub fn into_tidy(self) -> Result<Tidy, IngestError> {
        let mut rows = Rows::default();
        rows.start_file(&self.file);
        for figure in self.rows {
            let row = figure.row;
            rows.take(figure).map_err(|expected| {
                IngestError::from(Refusal {
                    file: self.file.clone(),
                    row: Some(row),
                    column: Some("period".to_owned()),
                    value: None,
                    expected,
                })
            })?;
        }
        rows.finish()
    }
}

/// Which column of a row is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The period.
    Period,
    /// The value.
    Value,
}

/// The row that has the place already; else it is this row's.
fn earlier<K>(place: Entry<'_, K, u64>, row: u64) -> Option<u64> {
    match place {
        Entry::Occupied(place) => Some(*place.get()),
        Entry::Vacant(place) => {
            place.insert(row);
            None
        }
    }
}

/// What no figure may be.
fn check(figure: &Figure) -> Result<(), (Part, String)> {
    let within = |month: crate::trade::Month| YEARS.contains(&month.year());
    if !within(figure.span.first()) || !within(figure.span.last()) {
        let expected = "expected a period within the years 1000 to 2999";
        return Err((Part::Period, expected.to_owned()));
    }
    if figure.kind == Kind::Observation && figure.value.is_nan() {
        return Ok(());
    }
    if figure.value.is_nan() || figure.value.abs() > LARGEST {
        let expected = "expected a finite number, in base units at most 1e100";
        return Err((Part::Value, expected.to_owned()));
    }
    if figure.measure == Measure::Level && figure.value < 0.0 && !figure.key.flow.may_be_negative()
    {
        return Err((
            Part::Value,
            format!(
                "expected a value of zero or more: {} are never negative",
                figure.key.flow.word()
            ),
        ));
    }
    Ok(())
}

/// Half a unit of the last digit that a number was written with: `286.42` was rounded by at most 0.005, `1.5e9` by 5e7.
pub(super) fn half_of_last_digit(text: &str) -> f64 {
    let (digits, exponent) = text
        .split_once(['e', 'E'])
        .map_or((text, 0), |(digits, exponent)| {
            (digits, exponent.parse::<i32>().unwrap_or(0))
        });
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| {
        decimals.bytes().take_while(u8::is_ascii_digit).count()
    });
    let decimals = i32::try_from(decimals).unwrap_or(i32::MAX);
    0.5 * 10_f64.powi(exponent.saturating_sub(decimals))
}

/// How many base units a scale of `exponent` powers of ten is, as the tidy layout writes it: `USD mn`, `EUR 10000`.
pub(super) fn unit_text(currency: &str, exponent: i32) -> String {
    match exponent {
        0 => currency.to_owned(),
        6 => format!("{currency} mn"),
        9 => format!("{currency} bn"),
        12 => format!("{currency} trn"),
        exponent => format!(
            "{currency} 1{}",
            "0".repeat(usize::try_from(exponent).unwrap_or(0))
        ),
    }
}

/// The columns of the tidy layout, in order.
pub const TIDY_COLUMNS: [&str; 12] = [
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

impl Figure {
    /// The figure as a row of the tidy layout, its value in the delivered unit with the delivered digits.
    pub fn tidy_row(&self) -> [String; 12] {
        let scale = if self.measure.is_percentage() {
            0.01
        } else {
            crate::trade::Unit::parse(&self.unit).map_or(1.0, |unit| unit.scale)
        };
        let value = if self.value.is_nan() {
            String::new()
        } else {
            // Half of the last digit, 0.005, tells two decimals.
            let digit = 2.0 * self.rounding / scale;
            let decimals = if digit > 0.0 {
                -digit.log10().round()
            } else {
                0.0
            };
            let decimals = if decimals > 0.0 {
                decimals.min(17.0) as usize
            } else {
                0
            };
            format!("{:.decimals$}", self.value / scale)
        };
        [
            self.kind.word().to_owned(),
            self.key.reporter.to_string(),
            self.key.partner.to_string(),
            self.key.flow.to_string(),
            self.key.product.to_string(),
            self.measure.word().to_owned(),
            self.span.to_string(),
            value,
            self.unit.to_string(),
            self.status.to_string(),
            self.released_on
                .map(|day| day.to_string())
                .unwrap_or_default(),
            self.source.to_string(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_carries_the_rounding() {
        for (text, half) in [
            ("286.42", 0.005),
            ("28.0", 0.05),
            ("28", 0.5),
            ("-38", 0.5),
            ("0.104", 0.0005),
            ("1.5e9", 0.5e8),
        ] {
            assert!(
                (half_of_last_digit(text) / half - 1.0).abs() < 1e-12,
                "{text}"
            );
        }
    }

    #[test]
    fn a_unit_is_written_as_it_is_read() {
        for (exponent, text) in [
            (0, "USD"),
            (3, "USD 1000"),
            (4, "USD 10000"),
            (6, "USD mn"),
            (9, "USD bn"),
        ] {
            assert_eq!(unit_text("USD", exponent), text);
            let unit = crate::trade::Unit::parse(text).unwrap();
            assert_eq!(unit.scale, 10_f64.powi(exponent), "{text}");
        }
    }
}
