//! Year-on-year growth of a month, a year to date, a year or twelve months, read from history and paths.

use crate::projection::{Joint, Paths};
use crate::trade::{Month, Series, Span};
use std::fmt;

/// Which span a growth rate compares with the same span one year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// The month on the same month.
    Month,
    /// January to the month on the same months.
    YearToDate,
    /// The whole calendar year of the month on the year before.
    Year,
    /// The twelve months that end with the month on the twelve before.
    TrailingYear,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 4] = [
        Self::Month,
        Self::YearToDate,
        Self::Year,
        Self::TrailingYear,
    ];

    /// The name that results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::YearToDate => "year_to_date",
            Self::Year => "year",
            Self::TrailingYear => "trailing_twelve_months",
        }
    }

    /// The span that the measure reads at `month`.
    pub fn span(self, month: Month) -> Span {
        match self {
            Self::Month => Span::month(month),
            Self::YearToDate => Span::year_to_date(month),
            Self::Year => Span::year(month.year()),
            Self::TrailingYear => Span::trailing_year(month),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A central interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Its level, 0 to 1.
    pub level: f64,
    /// Its lower bound.
    pub lower: f64,
    /// Its upper bound.
    pub upper: f64,
}

/// A growth rate of a span that lies wholly or partly ahead, as fractions: 0.104 is +10.4 %.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What is compared.
    pub measure: Measure,
    /// The span.
    pub span: Span,
    /// The median over the paths.
    pub median: f64,
    /// Central intervals over the paths.
    pub bands: Vec<Band>,
    /// How much of the span's projected value is already observed, 0 to 1.
    pub share_observed: f64,
    /// The growth if every month ahead repeated the same month of the last year seen.
    pub naive: f64,
}

/// A history and what may follow it.
#[derive(Debug, Clone, Copy)]
pub struct Future<'a> {
    /// What was observed.
    pub history: &'a Series<'a>,
    /// Point forecasts from the month after the history.
    pub point: &'a [f64],
    /// The seasonal naive over the same months.
    pub naive: &'a [f64],
    /// Joint paths over the same months.
    pub paths: &'a Paths,
}

/// The growth of `measure` at `month` from observed figures alone; `None` where a month is missing or the base is not above zero.
pub fn observed(series: &Series<'_>, measure: Measure, month: Month) -> Option<f64> {
    let span = measure.span(month);
    ratio(series.sum(span)?, series.sum(span.year_before())?)
}

/// `value / base − 1`; `None` for a base that is not above zero, or so near to it that there is no number for the growth.
pub(super) fn ratio(value: f64, base: f64) -> Option<f64> {
    Some(value / base - 1.0).filter(|growth| base > 0.0 && growth.is_finite())
}

/// What a reading is made of: sums over spans, in every draw and beside the draws.
trait Sums {
    /// The sum over `span` in each draw; `None` where a month of it is not covered.
    fn draws(&self, span: Span) -> Option<Vec<f64>>;
    /// The sum over `span` on the naive path.
    fn naive(&self, span: Span) -> Option<f64>;
    /// How much of the sum is known, and the whole of it on the point path.
    fn known(&self, span: Span) -> Option<(f64, f64)>;

    fn read(&self, measure: Measure, month: Month, levels: &[f64]) -> Option<Reading> {
        let span = measure.span(month);
        let before = span.year_before();
        let naive = ratio(self.naive(span)?, self.naive(before)?)?;
        let (values, bases) = (self.draws(span)?, self.draws(before)?);
        let mut rates: Vec<f64> = values
            .iter()
            .zip(&bases)
            .filter_map(|(value, base)| ratio(*value, *base))
            .collect();
        if 2 * rates.len() <= values.len() {
            return None;
        }
        rates.sort_by(f64::total_cmp);
        let band = |level: &f64| {
            let tail = 0.5 * (1.0 - level);
            Band {
                level: *level,
                lower: quantile(&rates, tail),
                upper: quantile(&rates, 1.0 - tail),
            }
        };
        let (known, projected) = self.known(span)?;
        Some(Reading {
            measure,
            span,
            median: quantile(&rates, 0.5),
            bands: levels.iter().map(band).collect(),
            share_observed: if projected > 0.0 {
                (known / projected).clamp(0.0, 1.0)
            } else {
                0.0
            },
            naive,
        })
    }
}

/// A sum of which a part is known and the rest are steps ahead.
struct Sum {
    known: f64,
    steps: std::ops::Range<usize>,
}

impl Sum {
    fn on(&self, path: &[f64]) -> f64 {
        self.known + path[self.steps.clone()].iter().sum::<f64>()
    }
}

impl Future<'_> {
    /// The reading of `measure` at `month`, with a band for each of `levels` (0 to 1); `None` where a month of the span or of its base is
    /// neither observed nor within the horizon, or where the base is not above zero.
    pub fn read(&self, measure: Measure, month: Month, levels: &[f64]) -> Option<Reading> {
        Sums::read(self, measure, month, levels)
    }

    /// The observed part of a span's sum, and its steps ahead.
    fn split(&self, span: Span) -> Option<Sum> {
        let next = self.history.last().plus(1);
        let step = |month: Month| usize::try_from(month.since(next)).unwrap_or(0);
        let known: f64 = span
            .iter()
            .filter(|month| *month < next)
            .map(|month| self.history.at(month))
            // From a positive zero: the sum of nothing would be a negative one, which no wire keeps.
            .try_fold(0.0, |sum, value| Some(sum + value?))?;
        let steps = step(span.first())..step(span.last().plus(1));
        (steps.end <= self.point.len()).then_some(Sum { known, steps })
    }
}

impl Sums for Future<'_> {
    fn draws(&self, span: Span) -> Option<Vec<f64>> {
        let sum = self.split(span)?;
        Some(self.paths.iter().map(|path| sum.on(path)).collect())
    }

    fn naive(&self, span: Span) -> Option<f64> {
        Some(self.split(span)?.on(self.naive))
    }

    fn known(&self, span: Span) -> Option<(f64, f64)> {
        let sum = self.split(span)?;
        Some(if sum.steps.is_empty() {
            (1.0, 1.0)
        } else {
            (sum.known, sum.on(self.point))
        })
    }
}

/// One series of joint draws, to read growth from.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    joint: &'a Joint,
    node: usize,
}

impl<'a> View<'a> {
    /// Series `node` of `joint`.
    pub fn new(joint: &'a Joint, node: usize) -> Self {
        Self { joint, node }
    }

    /// The reading of `measure` at `month`, with a band for each of `levels` (0 to 1); `None` where the span or its base reaches beyond the
    /// joint, or where the base is not above zero.
    pub fn read(&self, measure: Measure, month: Month, levels: &[f64]) -> Option<Reading> {
        Sums::read(self, measure, month, levels)
    }

    /// The sum over `span` in each draw; `None` where it reaches beyond the joint.
    pub fn sums(&self, span: Span) -> Option<Vec<f64>> {
        self.draws(span)
    }
}

impl Sums for View<'_> {
    fn draws(&self, span: Span) -> Option<Vec<f64>> {
        let places = self.joint.places(span)?;
        let sum = |path: &[f64]| path[places.clone()].iter().sum();
        Some(self.joint.paths(self.node).map(sum).collect())
    }

    fn naive(&self, span: Span) -> Option<f64> {
        let node = &self.joint.nodes()[self.node];
        Some(node.naive[self.joint.places(span)?].iter().sum())
    }

    fn known(&self, span: Span) -> Option<(f64, f64)> {
        let node = &self.joint.nodes()[self.node];
        let projected = node.point[self.joint.places(span)?].iter().sum();
        Some((self.joint.known(self.node, span), projected))
    }
}

/// The quantile of sorted numbers at probability `p`, linear between neighbours (Hyndman and Fan 1996, type 7).
pub(super) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn month(year: i32, of_year: u8) -> Month {
        Month::new(year, of_year).unwrap()
    }

    /// Two years of 100 a month, then three months of the next.
    fn history() -> Vec<f64> {
        [[100.0; 12], [110.0; 12]]
            .concat()
            .into_iter()
            .chain([121.0, 121.0, 121.0])
            .collect()
    }

    #[test]
    fn observed_growth_by_hand() {
        let values = history();
        let series = Series::new("a", month(2020, 1), &values, false);
        let close = |measure, at, expected: f64| {
            let found = observed(&series, measure, at).unwrap();
            assert!((found - expected).abs() < 1e-12, "{measure}: {found}");
        };
        close(Measure::Month, month(2021, 5), 0.10);
        close(Measure::YearToDate, month(2022, 3), 0.10);
        close(Measure::Year, month(2021, 1), 0.10);
        // April 2021 to March 2022: 9·110 + 3·121 = 1353 on 9·100 + 3·110 = 1230.
        close(Measure::TrailingYear, month(2022, 3), 1353.0 / 1230.0 - 1.0);
        assert_eq!(observed(&series, Measure::Year, month(2022, 3)), None);
        assert_eq!(observed(&series, Measure::Month, month(2020, 3)), None);
    }

    #[test]
    fn a_reading_mixes_what_is_known_with_the_paths() {
        let values = history();
        let series = Series::new("a", month(2020, 1), &values, false);
        let paths = Paths::from_rows(&[vec![121.0; 9], vec![132.0; 9], vec![110.0; 9]]);
        let (point, naive) = (vec![121.0; 9], vec![110.0; 9]);
        let future = Future {
            history: &series,
            point: &point,
            naive: &naive,
            paths: &paths,
        };
        let year = future.read(Measure::Year, month(2022, 12), &[0.8]).unwrap();
        // (3·121 + 9·121) / (12·110) − 1 = 0.1; the naive (3·121 + 9·110) / 1320 − 1 = 0.025; a quarter is known.
        assert!((year.median - 0.1).abs() < 1e-12 && (year.naive - 0.025).abs() < 1e-12);
        assert!((year.share_observed - 0.25).abs() < 1e-12);
        // Rates 0.025, 0.1, 0.175: the quantile at 0.1 lies a fifth of the way from the first to the second.
        assert!(
            (year.bands[0].lower - 0.04).abs() < 1e-12
                && (year.bands[0].upper - 0.16).abs() < 1e-12
        );
        assert!(future.read(Measure::Year, month(2023, 1), &[0.8]).is_none());
    }

    #[test]
    fn a_gap_or_a_zero_base_gives_no_growth() {
        let mut values = history();
        values[15] = f64::NAN;
        values[16] = 0.0;
        let series = Series::new("a", month(2020, 1), &values, false);
        let paths = Paths::from_rows(&[vec![1.0; 9]]);
        let future = Future {
            history: &series,
            point: &[1.0; 9],
            naive: &[1.0; 9],
            paths: &paths,
        };
        assert!(future.read(Measure::Month, month(2022, 4), &[]).is_none());
        assert!(future.read(Measure::Month, month(2022, 5), &[]).is_none());
        assert!(future.read(Measure::Month, month(2022, 6), &[]).is_some());
    }

    proptest! {
        #[test]
        fn scaling_units_changes_no_growth(scale in 1e-3..1e9_f64, shock in 0.5..2.0_f64) {
            let values = history();
            let scaled: Vec<f64> = values.iter().map(|v| v * scale).collect();
            let path: Vec<f64> = (0..9).map(|k| 110.0 * shock + k as f64).collect();
            let scaled_path: Vec<f64> = path.iter().map(|v| v * scale).collect();
            let read = |values: &[f64], path: &[f64]| {
                let series = Series::new("a", month(2020, 1), values, false);
                let paths = Paths::from_rows(&[path.to_vec()]);
                let future = Future { history: &series, point: path, naive: path, paths: &paths };
                Measure::ALL.map(|m| future.read(m, month(2022, 12), &[0.8]).unwrap().median)
            };
            for (a, b) in read(&values, &path).into_iter().zip(read(&scaled, &scaled_path)) {
                prop_assert!((a - b).abs() < 1e-9);
            }
        }
    }
}
