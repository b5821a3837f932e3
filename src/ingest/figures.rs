//! Figures as they were delivered, column by column and small: what a store takes in. Nothing is resolved here: two figures of one month are two figures.

use super::{ExchangeRates, IngestError, Refusal};
use crate::trade::{Code, FigureMeasure, Flow, SeriesKey, Span, TradeError};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use time::Date;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FigureKind {
    /// The value of a month of a series.
    Observation,
    /// A figure as it was published, over any span.
    Release,
    /// A monthly mean exchange rate: its key's unit per its key's partner.
    Rate,
}

impl FigureKind {
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
    pub kind: FigureKind,
    /// What it says.
    pub measure: FigureMeasure,
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

/// A figure with its texts by their number in [`FigureBatch::text`] and its series by its number in [`FigureBatch::key`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FigureRow {
    /// The series.
    pub key: u32,
    /// What the figure is.
    pub kind: FigureKind,
    /// What it says.
    pub measure: FigureMeasure,
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

/// Where a figure stands within its series: two at one place say the same thing. The last three are who tells it.
pub type FigureIdentity<T> = (FigureKind, FigureMeasure, Span, Option<Date>, [T; 3]);

impl FigureRow {
    /// The place with what `of` makes of texts. Of releases, several may say the same in other units and from other sources.
    fn place<T: Copy + Default>(&self, of: impl Fn(u32) -> T) -> FigureIdentity<T> {
        let teller = match self.kind {
            FigureKind::Release => [self.status, self.source, self.unit].map(of),
            FigureKind::Observation | FigureKind::Rate => [T::default(); 3],
        };
        (self.kind, self.measure, self.span, self.released_on, teller)
    }
}

/// Texts, each kept once.
#[derive(Debug, Clone, Default)]
struct TextPool {
    texts: Vec<Box<str>>,
    index: HashMap<Box<str>, u32>,
    last: [u32; 3],
}

impl TextPool {
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
pub struct FigureBatch {
    file: PathBuf,
    /// How the file calls the column of periods, where it is not `period`.
    period: Option<Box<str>>,
    keys: Vec<SeriesKey>,
    index: HashMap<SeriesKey, u32>,
    texts: TextPool,
    rows: Vec<FigureRow>,
}

impl FigureBatch {
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
    pub fn of_rates(file: &Path, rates: &ExchangeRates) -> Result<Self, TradeError> {
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
                kind: FigureKind::Rate,
                measure: FigureMeasure::Level,
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
            self.texts.number(0, unit),
            self.texts.number(1, status),
            self.texts.number(2, source),
        );
        self.rows.push(FigureRow {
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
            .texts
            .texts
            .iter()
            .map(|text| self.texts.number(0, text))
            .collect();
        let renumbered = |row: FigureRow| FigureRow {
            key: keys[row.key as usize],
            unit: words[row.unit as usize],
            status: words[row.status as usize],
            source: words[row.source as usize],
            ..row
        };
        self.rows.extend(other.rows.into_iter().map(renumbered));
    }

    /// The figures.
    pub fn rows(&self) -> &[FigureRow] {
        &self.rows
    }

    /// The rows, to state more about them.
    pub(super) fn rows_mut(&mut self) -> &mut [FigureRow] {
        &mut self.rows
    }

    /// Takes out the rows of which `keep` says no.
    pub(super) fn retain(&mut self, keep: impl FnMut(&FigureRow) -> bool) {
        self.rows.retain(keep);
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

    /// The series that figures are about; of one all whose rows were refused only the name was met.
    pub fn series_with_figures(&self) -> impl Iterator<Item = &SeriesKey> {
        let mut told = vec![false; self.keys.len()];
        for row in &self.rows {
            told[row.key as usize] = true;
        }
        let met = self.keys.iter().zip(told);
        met.filter_map(|(key, told)| told.then_some(key))
    }

    /// The series numbered `number`.
    pub fn key(&self, number: u32) -> &SeriesKey {
        &self.keys[number as usize]
    }

    /// Every text.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.texts.texts.iter().map(|text| &**text)
    }

    /// The text numbered `number`.
    pub fn text(&self, number: u32) -> &str {
        &self.texts.texts[number as usize]
    }

    fn place(row: &FigureRow) -> FigureIdentity<u32> {
        row.place(|number| number)
    }

    /// What makes a figure another one, also than one of another batch: its series and its place there.
    pub fn identity(&self, row: &FigureRow) -> (&SeriesKey, FigureIdentity<&str>) {
        (self.key(row.key), row.place(|number| self.text(number)))
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
        let whole = |row: &FigureRow| (rank[row.key as usize], Self::place(row), row.row);
        if !self.rows.is_sorted_by_key(whole) {
            self.rows.sort_by_key(whole);
        }
        let pairs = self.rows.windows(2);
        let twice = pairs.filter(|pair| {
            pair[0].key == pair[1].key && Self::place(&pair[0]) == Self::place(&pair[1])
        });
        match twice.min_by_key(|pair| pair[1].row) {
            Some([earlier, later]) => Err(self.repeated(later, earlier).into()),
            _ => Ok(()),
        }
    }

    /// Takes out the rows that say of a figure what an earlier row has said. `refuse` learns of each, in the order of rows and one at a
    /// time: of millions the reader keeps what it lists.
    ///
    /// # Errors
    /// What `refuse` returns; then no more are told, and the rows stay.
    pub(super) fn take_out_repeated(
        &mut self,
        mut refuse: impl FnMut(Refusal) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let whole = |row: &FigureRow| (row.key, Self::place(row), row.row);
        // Files mostly come in order, and then each figure is another one.
        let rising = |pair: &[FigureRow]| {
            (pair[0].key, Self::place(&pair[0])) < (pair[1].key, Self::place(&pair[1]))
        };
        if self.rows.windows(2).all(rising) {
            return Ok(());
        }
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|at| whole(&self.rows[*at]));
        // The places of the later row and of the first.
        let mut twice: Vec<(usize, usize)> = Vec::new();
        for same in order.chunk_by(|a, b| {
            let (a, b) = (&self.rows[*a], &self.rows[*b]);
            a.key == b.key && Self::place(a) == Self::place(b)
        }) {
            let later = same[1..].iter();
            twice.extend(later.map(|at| (*at, same[0])));
        }
        twice.sort_unstable();
        for (later, first) in &twice {
            refuse(self.repeated(&self.rows[*later], &self.rows[*first]))?;
        }
        let mut out = twice.iter().map(|(at, _)| *at).peekable();
        let mut at = 0;
        self.rows.retain(|_| {
            let goes = out.next_if_eq(&at).is_some();
            at += 1;
            !goes
        });
        Ok(())
    }

    fn repeated(&self, later: &FigureRow, earlier: &FigureRow) -> Refusal {
        Refusal {
            file: self.file.clone(),
            row: Some(later.row),
            column: Some(self.period.as_deref().unwrap_or("period").to_owned()),
            value: Some(later.span.to_string()),
            expected: format!(
                "a figure for {} that series `{}` does not have yet; row {} gives it already",
                later.span,
                self.key(later.key),
                earlier.row
            ),
        }
    }

    /// How the file calls the column of periods.
    pub(super) fn name_period(&mut self, column: &str) {
        if self.period.as_deref() != Some(column) {
            self.period = Some(column.into());
        }
    }

    /// A figure as a row of the tidy layout, its value in the delivered unit with the delivered digits.
    pub fn tidy_row(&self, row: &FigureRow) -> [String; 12] {
        let key = self.key(row.key);
        let unit = self.text(row.unit);
        let scale = if row.measure.is_percentage() {
            0.01
        } else {
            crate::trade::Unit::parse(unit).map_or(1.0, |unit| unit.scale)
        };
        let value = if row.value.is_nan() {
            String::new()
        } else {
            // Half of the last digit, 0.005, tells two decimals.
            let digit = 2.0 * row.rounding / scale;
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
            format!("{:.decimals$}", row.value / scale)
        };
        [
            row.kind.word().to_owned(),
            key.reporter.to_string(),
            key.partner.to_string(),
            key.flow.to_string(),
            key.product.to_string(),
            row.measure.word().to_owned(),
            row.span.to_string(),
            value,
            unit.to_owned(),
            self.text(row.status).to_owned(),
            row.released_on
                .map(|day| day.to_string())
                .unwrap_or_default(),
            self.text(row.source).to_owned(),
        ]
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

/// The power of ten that `scale` is, where it is one above 1.
pub(super) fn power_of_ten(scale: f64) -> Option<i32> {
    (1..=18).find(|exponent| 10_f64.powi(*exponent).to_bits() == scale.to_bits())
}

/// The number of a text in units of `10^exponent`, rounded once, so that 2079.2 million and 2.0792 thousand million are the same number to
/// the last bit; a product would be rounded twice. `None` for what is no number.
pub(super) fn scaled(text: &str, exponent: i32) -> Option<f64> {
    if exponent == 0 {
        return text.parse().ok();
    }
    let (digits, own) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    // Once a row: without a heap for all but texts of odd length.
    let mut buffer = [0_u8; 48];
    let mut left = &mut buffer[..];
    let exponent = own.checked_add(exponent)?;
    match write!(left, "{digits}e{exponent}") {
        Ok(()) => {
            let unused = left.len();
            let text = std::str::from_utf8(&buffer[..buffer.len() - unused]).ok()?;
            text.parse().ok()
        }
        Err(_) => format!("{digits}e{exponent}").parse().ok(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Values 0, 1, … of January 2025, and one of February behind them; rows are counted from 2.
    fn repeated(times: u32) -> FigureBatch {
        let mut figures = FigureBatch::new(Path::new("f"));
        let key = figures.series(&SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap());
        for at in 0..=times {
            let month = if at < times { "2025-01" } else { "2025-02" };
            let figure = Figure {
                kind: FigureKind::Observation,
                measure: FigureMeasure::Level,
                span: Span::parse(month).unwrap(),
                value: f64::from(at),
                rounding: 0.5,
                unit: "USD",
                status: "",
                released_on: None,
                source: "",
            };
            figures.push(key, &figure, u64::from(at) + 2);
        }
        figures
    }

    #[test]
    fn rows_that_repeat_a_figure_are_told_one_by_one_and_go() {
        let mut figures = repeated(4);
        let mut told = Vec::new();
        let taken = figures.take_out_repeated(|refusal| {
            told.push(refusal.to_string());
            Ok(())
        });
        taken.unwrap();
        assert_eq!(told.len(), 3);
        assert_eq!(
            told[2],
            "f, row 5, column `period`, value `2025-01`: a figure for 2025-01 that series `USA.MEX.M.TOTAL.USD` does not have yet; row 2 gives it already"
        );
        let values: Vec<f64> = figures.rows().iter().map(|row| row.value).collect();
        assert_eq!(values, [0.0, 4.0]);
        let none = figures.take_out_repeated(|refusal| Err(refusal.into()));
        assert!(none.is_ok(), "nothing is there twice now");
    }

    #[test]
    fn the_first_that_refuses_the_file_is_the_last_told() {
        let mut figures = repeated(100_000);
        let mut told = 0;
        let error = figures.take_out_repeated(|refusal| {
            told += 1;
            Err(refusal.into())
        });
        assert!(error.unwrap_err().to_string().starts_with("f, row 3, "));
        assert_eq!((told, figures.len()), (1, 100_001));
    }

    #[test]
    fn a_figure_is_the_same_whatever_numbers_its_texts_have() {
        let of = |kind: FigureKind, sources: &[&str]| {
            let mut figures = FigureBatch::new(Path::new("f"));
            let key = figures.series(&SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap());
            for source in sources {
                let figure = Figure {
                    kind,
                    measure: FigureMeasure::Level,
                    span: Span::parse("2025-01").unwrap(),
                    value: 1.0,
                    rounding: 0.5,
                    unit: "USD",
                    status: "",
                    released_on: None,
                    source,
                };
                figures.push(key, &figure, 2);
            }
            figures
        };
        let (one, other) = (&["Office", "Bank"][..], &["Bank", "Office"][..]);
        let (a, b) = (of(FigureKind::Release, one), of(FigureKind::Release, other));
        let (ours, theirs) = (a.identity(&a.rows()[0]), b.identity(&b.rows()[1]));
        assert_ne!(a.rows()[0].source, b.rows()[1].source);
        assert_eq!(ours, theirs);
        assert_ne!(ours, b.identity(&b.rows()[0]), "another one tells it");
        // The value of a month is one, whoever tells it.
        let (a, b) = (
            of(FigureKind::Observation, one),
            of(FigureKind::Observation, other),
        );
        assert_eq!(a.identity(&a.rows()[0]), b.identity(&b.rows()[0]));
    }

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
    fn a_figure_in_another_unit_is_the_same_number() {
        assert_ne!(2079.2 * 1e6, 2_079_200_000.0, "why a product will not do");
        for (text, exponent) in [
            ("2079.2", 6),
            ("2.0792", 9),
            ("2079.2e3", 3),
            ("20792E+1", 4),
            ("2079200000", 0),
            ("2079.20000000000000000000000000000000000000000000000", 6),
        ] {
            assert_eq!(scaled(text, exponent), Some(2_079_200_000.0), "{text}");
        }
        for text in ["", "x", "NaN", "inf", "1e", "e3", "1e2e3", "1e2147483647"] {
            assert_eq!(scaled(text, 6), None, "{text}");
        }
        assert_eq!(
            (power_of_ten(1e6), power_of_ten(1.0), power_of_ten(15e3)),
            (Some(6), None, None)
        );
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
