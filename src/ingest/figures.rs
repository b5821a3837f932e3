//! Figures as they were delivered, column by column and small: what a store takes in. Nothing is resolved here: two figures of one month are two figures.

use super::{IngestError, Rates, Refusal};
use crate::trade::{Code, Flow, Measure, SeriesKey, Span, TradeError};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use time::Date;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The value of a month of a series.
    Observation,
    /// A figure as it was published, over any span.
    Release,
    /// A monthly mean exchange rate: its key's unit per its key's partner.
    Rate,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Observation, Self::Release, Self::Rate];

    /// The word that files use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Release => "release",
            Self::Rate => "rate",
        }
    }
}

/// One figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure<'a> {
    /// What it is.
    pub kind: Kind,
    /// What it says.
    pub measure: Measure,
    /// The months that it covers; one for an observation.
    pub span: Span,
    /// Base units for amounts, a fraction for growth and shares; NaN for a gap that the source states.
    pub value: f64,
    /// Half of the last digit that it was delivered with, in the unit of `value`.
    pub rounding: f64,
    /// The unit as delivered: `USD mn`.
    pub unit: &'a str,
    /// `published`, `derived` and the like.
    pub status: &'a str,
    /// When it became public, where the source says so.
    pub released_on: Option<Date>,
    /// Where it was read.
    pub source: &'a str,
}

/// A figure with its texts by their number in [`Figures::word`] and its series by its number in [`Figures::key`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The series.
    pub key: u32,
    /// What the figure is.
    pub kind: Kind,
    /// What it says.
    pub measure: Measure,
    /// The months that it covers.
    pub span: Span,
    /// The figure.
    pub value: f64,
    /// Half of its last digit.
    pub rounding: f64,
    /// The unit as delivered.
    pub unit: u32,
    /// The status.
    pub status: u32,
    /// When it became public.
    pub released_on: Option<Date>,
    /// The source.
    pub source: u32,
    /// The row of the file.
    pub row: u64,
}

/// Texts, each kept once.
#[derive(Debug, Clone, Default)]
struct Words {
    texts: Vec<Box<str>>,
    index: HashMap<Box<str>, u32>,
    last: [u32; 3],
}

impl Words {
    /// The number of `text`. `slot` remembers what stood in the same column of the row before, which is usually the same.
    fn number(&mut self, slot: usize, text: &str) -> u32 {
        let last = self.last[slot];
        if self.texts.get(last as usize).is_some_and(|t| **t == *text) {
            return last;
        }
        let number = self.index.get(text).copied().unwrap_or_else(|| {
            let number =
                u32::try_from(self.texts.len()).expect("fewer than four thousand million texts");
            self.texts.push(text.into());
            self.index.insert(text.into(), number);
            number
        });
        self.last[slot] = number;
        number
    }
}

/// A batch of figures: what one commit brings.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    file: PathBuf,
    keys: Vec<SeriesKey>,
    index: HashMap<SeriesKey, u32>,
    words: Words,
    rows: Vec<Row>,
}

impl Figures {
    /// An empty batch; refusals name `file`.
    pub fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            ..Self::default()
        }
    }

    /// The rates of `file` as figures. Their keys say `RATE.USD.T.MEAN.CNY` for yuan per dollar.
    ///
    /// # Errors
    /// Never: every currency is a code.
    pub fn of_rates(file: &Path, rates: &Rates) -> Result<Self, TradeError> {
        let mut figures = Self::new(file);
        for (currency, per, month, value) in rates.iter() {
            let key = SeriesKey {
                reporter: Code::parse("RATE")?,
                partner: Code::parse(per.as_str())?,
                flow: Flow::Total,
                product: Code::parse("MEAN")?,
                unit: currency,
            };
            let number = figures.series(&key);
            let unit = format!("{currency} per {per}");
            let figure = Figure {
                kind: Kind::Rate,
                measure: Measure::Level,
                span: Span::month(month),
                value,
                rounding: 0.0,
                unit: &unit,
                status: "",
                released_on: None,
                source: "",
            };
            let row = figures.len() as u64 + 1;
            figures.push(number, &figure, row);
        }
        Ok(figures)
    }

    /// The number of the series `key`, new or known.
    pub fn series(&mut self, key: &SeriesKey) -> u32 {
        if let Some(known) = self.index.get(key) {
            return *known;
        }
        let number =
            u32::try_from(self.keys.len()).expect("fewer than four thousand million series");
        self.keys.push(key.clone());
        self.index.insert(key.clone(), number);
        number
    }

    /// Adds a figure about the series numbered `key`, read at `row`.
    pub fn push(&mut self, key: u32, figure: &Figure<'_>, row: u64) {
        let Figure {
            kind,
            measure,
            span,
            value,
            rounding,
            unit,
            status,
            released_on,
            source,
        } = *figure;
        let (unit, status, source) = (
            self.words.number(0, unit),
            self.words.number(1, status),
            self.words.number(2, source),
        );
        self.rows.push(Row {
            key,
            kind,
            measure,
            span,
            value,
            rounding,
            unit,
            status,
            released_on,
            source,
            row,
        });
    }

    /// Takes in all of `other`, behind what is here.
    pub fn append(&mut self, other: Self) {
        if self.rows.is_empty() && self.keys.is_empty() {
            let file = std::mem::take(&mut self.file);
            *self = other;
            if !file.as_os_str().is_empty() {
                self.file = file;
            }
            return;
        }
        let keys: Vec<u32> = other.keys.iter().map(|key| self.series(key)).collect();
        let words: Vec<u32> = other
            .words
            .texts
            .iter()
            .map(|text| self.words.number(0, text))
            .collect();
        let renumbered = |row: Row| Row {
            key: keys[row.key as usize],
            unit: words[row.unit as usize],
            status: words[row.status as usize],
            source: words[row.source as usize],
            ..row
        };
        self.rows.extend(other.rows.into_iter().map(renumbered));
    }

    /// The figures.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The series, in the order in which they came.
    pub fn keys(&self) -> &[SeriesKey] {
        &self.keys
    }

    /// The series numbered `number`.
    pub fn key(&self, number: u32) -> &SeriesKey {
        &self.keys[number as usize]
    }

    /// Every text.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.texts.iter().map(|text| &**text)
    }

    /// The text numbered `number`.
    pub fn word(&self, number: u32) -> &str {
        &self.words.texts[number as usize]
    }

    /// Puts the figures in the order of series, kinds, measures, spans and days of release.
    ///
    /// # Errors
    /// A refusal of the first row that says of the same figure, released on the same day, something that an earlier row has said.
    pub fn sort(&mut self) -> Result<(), IngestError> {
        let mut order: Vec<u32> = (0..u32::try_from(self.keys.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by_cached_key(|k| self.keys[*k as usize].to_string());
        let mut rank = vec![0_u32; order.len()];
        for (at, key) in (0_u32..).zip(&order) {
            rank[*key as usize] = at;
        }
        let place = |row: &Row| {
            (
                rank[row.key as usize],
                row.kind,
                row.measure,
                row.span,
                row.released_on,
            )
        };
        // Of releases, several may say the same in other units and from other sources.
        let teller = |row: &Row| match row.kind {
            Kind::Release => (row.status, row.source, row.unit),
            Kind::Observation | Kind::Rate => (0, 0, 0),
        };
        let whole = |row: &Row| (place(row), teller(row), row.row);
        if !self.rows.is_sorted_by_key(whole) {
            self.rows.sort_by_key(whole);
        }
        let twice = |pair: &&[Row]| {
            (place(&pair[0]), teller(&pair[0])) == (place(&pair[1]), teller(&pair[1]))
        };
        let first = self
            .rows
            .windows(2)
            .filter(twice)
            .min_by_key(|pair| pair[1].row);
        let Some([earlier, later]) = first else {
            return Ok(());
        };
        let what = match later.kind {
            Kind::Observation => format!(
                "a month that series `{}` does not have yet",
                self.key(later.key)
            ),
            Kind::Release | Kind::Rate => "a figure that is not there yet".to_owned(),
        };
        Err(Refusal {
            file: self.file.clone(),
            row: Some(later.row),
            column: Some("period".to_owned()),
            value: Some(later.span.to_string()),
            expected: format!("{what}; row {} gives it already", earlier.row),
        }
        .into())
    }
}
