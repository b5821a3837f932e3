//! Growth of a month, a quarter, a year to date, a year or twelve months, carry-over and momentum, read from history and paths.

use crate::projection::{JointDraws, Paths, SeasonalFactors};
use crate::trade::{Month, Series, Span};
use std::fmt;

/// What a growth rate compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrowthMeasure {
    /// The month on the same month one year before.
    Month,
    /// January to the month on the same months one year before.
    YearToDate,
    /// The whole calendar year of the month on the year before.
    Year,
    /// The twelve months that end with the month on the twelve before.
    TrailingYear,
    /// The calendar quarter of the month on the same quarter one year before.
    Quarter,
    /// The calendar year on the year before, if every month after this one stayed at its level, seasonally adjusted:
    /// `(Σ_{m≤k} y_m + (12 − k)·y_k) / Y₋₁ − 1`. The carry-over, or overhang.
    CarryOver,
    /// The month on the month before, seasonally adjusted, at an annual rate: `(y_t / y_{t−1})^12 − 1`.
    Momentum,
    /// Three months on the three before, seasonally adjusted, at an annual rate: `(Σ y_{t−2…t} / Σ y_{t−5…t−3})^4 − 1`.
    MomentumThreeMonths,
}

impl GrowthMeasure {
    /// Every measure.
    pub const ALL: [Self; 8] = [
        Self::Month,
        Self::YearToDate,
        Self::Year,
        Self::TrailingYear,
        Self::Quarter,
        Self::CarryOver,
        Self::Momentum,
        Self::MomentumThreeMonths,
    ];

    /// Those that are read where none is asked for, and that backtests score: year-on-year growth at every month.
    pub const USUAL: [Self; 4] = [
        Self::Month,
        Self::YearToDate,
        Self::Year,
        Self::TrailingYear,
    ];

    /// Return the name that results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::YearToDate => "year_to_date",
            Self::Year => "year",
            Self::TrailingYear => "trailing_twelve_months",
            Self::Quarter => "quarter",
            Self::CarryOver => "carry_over",
            Self::Momentum => "momentum",
            Self::MomentumThreeMonths => "momentum_three_months",
        }
    }

    /// Return the measure of a name; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('-', "_");
        Self::ALL.into_iter().find(|m| m.name() == text)
    }

    /// Return the span that the measure reads at `month`: of the carry-over January to the month, of momentum the month or the three months.
    pub fn span(self, month: Month) -> Span {
        match self {
            Self::Month | Self::Momentum => Span::month(month),
            Self::YearToDate | Self::CarryOver => Span::year_to_date(month),
            Self::Year => Span::year(month.year()),
            Self::TrailingYear => Span::trailing_year(month),
            Self::Quarter => three_months(month.plus(-(i32::from(month.of_year()) - 1) % 3)),
            Self::MomentumThreeMonths => three_months(month.plus(-2)),
        }
    }

    /// Whether the measure reads seasonally adjusted levels.
    pub fn is_adjusted(self) -> bool {
        matches!(
            self,
            Self::CarryOver | Self::Momentum | Self::MomentumThreeMonths
        )
    }

    /// Return what is compared with what at `month`; `None` where a season is needed and there is none.
    fn comparison(self, month: Month, season: Option<&SeasonalFactors>) -> Option<WeightedRatio> {
        let span = self.span(month);
        let on = |before: i32, power: i32, season: &SeasonalFactors| WeightedRatio {
            value: WeightedSpan::adjusted(span, season),
            base: WeightedSpan::adjusted(span.plus(-before), season),
            power,
        };
        Some(match self {
            Self::Month | Self::YearToDate | Self::Year | Self::TrailingYear | Self::Quarter => {
                WeightedRatio {
                    value: WeightedSpan::plain(span),
                    base: WeightedSpan::plain(span.year_before()),
                    power: 1,
                }
            }
            Self::CarryOver => {
                let season = season?;
                let mut value = WeightedSpan::adjusted(span, season);
                // The last month stands for itself and for all that follow.
                let ahead = 12 - span.len();
                if let Some(last) = value.weights.last_mut() {
                    *last *= f64::from(1 + ahead);
                }
                WeightedRatio {
                    value,
                    base: WeightedSpan::adjusted(Span::year(month.year() - 1), season),
                    power: 1,
                }
            }
            Self::Momentum => on(1, 12, season?),
            Self::MomentumThreeMonths => on(3, 4, season?),
        })
    }
}

fn three_months(first: Month) -> Span {
    Span::new(first, 3).expect("three months are a span")
}

/// Two weighted sums; the growth is their ratio to the power, less one.
struct WeightedRatio {
    value: WeightedSpan,
    base: WeightedSpan,
    power: i32,
}

impl WeightedRatio {
    fn growth(&self, value: f64, base: f64) -> Option<f64> {
        if self.power == 1 {
            return ratio(value, base);
        }
        let growth = (value / base).powi(self.power) - 1.0;
        Some(growth).filter(|growth| base > 0.0 && value >= 0.0 && growth.is_finite())
    }
}

/// The months of a span, each with what its value counts for.
struct WeightedSpan {
    span: Span,
    weights: Vec<f64>,
}

impl WeightedSpan {
    fn plain(span: Span) -> Self {
        Self {
            span,
            weights: span.iter().map(|_| 1.0).collect(),
        }
    }

    /// Return each value over its season's factor.
    fn adjusted(span: Span, season: &SeasonalFactors) -> Self {
        Self {
            span,
            weights: span.iter().map(|m| season.factor(m).recip()).collect(),
        }
    }

    /// Return the sum over values, one a month.
    fn sum(&self, values: &[f64]) -> f64 {
        values.iter().zip(&self.weights).map(|(v, w)| v * w).sum()
    }
}

impl fmt::Display for GrowthMeasure {
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
pub struct GrowthEstimate {
    /// What is compared.
    pub measure: GrowthMeasure,
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
pub struct HistoryAndDraws<'a> {
    /// What was observed.
    pub history: &'a Series<'a>,
    /// Point forecasts from the month after the history.
    pub point: &'a [f64],
    /// The seasonal naive over the same months.
    pub naive: &'a [f64],
    /// Joint paths over the same months.
    pub paths: &'a Paths,
}

/// Return the growth of `measure` at `month` from observed figures alone; `None` where a month is missing or the base is not above zero, and for
/// measures that need a season.
pub fn observed(series: &Series<'_>, measure: GrowthMeasure, month: Month) -> Option<f64> {
    observed_with(series, None, measure, month)
}

/// Return the growth of any `measure` at `month` from observed figures alone, those that need one adjusted by `season`; `None` as of [`observed`].
pub fn observed_with(
    series: &Series<'_>,
    season: Option<&SeasonalFactors>,
    measure: GrowthMeasure,
    month: Month,
) -> Option<f64> {
    let comparison = measure.comparison(month, season)?;
    let sum = |of: &WeightedSpan| {
        let values: Option<Vec<f64>> = of.span.iter().map(|month| series.at(month)).collect();
        Some(of.sum(&values?))
    };
    comparison.growth(sum(&comparison.value)?, sum(&comparison.base)?)
}

/// Return the latest growth of `measure`: at the last month, of a year or a quarter the last whole one; `None` as of [`observed`].
pub fn latest(
    series: &Series<'_>,
    season: Option<&SeasonalFactors>,
    measure: GrowthMeasure,
) -> Option<(Span, f64)> {
    let last = series.last();
    let whole = match measure {
        GrowthMeasure::Year => 12,
        GrowthMeasure::Quarter => 3,
        _ => 1,
    };
    let at = last.plus(-(i32::from(last.of_year()) % whole));
    Some((
        measure.span(at),
        observed_with(series, season, measure, at)?,
    ))
}

/// Return `value / base − 1`; `None` for a base that is not above zero, or so near to it that there is no number for the growth.
pub(super) fn ratio(value: f64, base: f64) -> Option<f64> {
    Some(value / base - 1.0).filter(|growth| base > 0.0 && growth.is_finite())
}

/// The median and central intervals of draws of a number.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionSummary {
    /// The median.
    pub median: f64,
    /// Central intervals, one a level.
    pub bands: Vec<Band>,
}

impl DistributionSummary {
    /// Return the spread of `draws`, with a band for each of `levels` (0 to 1); `None` of no draw.
    pub fn of(mut draws: Vec<f64>, levels: &[f64]) -> Option<Self> {
        if draws.is_empty() {
            return None;
        }
        draws.sort_by(f64::total_cmp);
        let band = |level: &f64| {
            let tail = 0.5 * (1.0 - level);
            Band {
                level: *level,
                lower: quantile(&draws, tail),
                upper: quantile(&draws, 1.0 - tail),
            }
        };
        Some(Self {
            median: quantile(&draws, 0.5),
            bands: levels.iter().map(band).collect(),
        })
    }
}

/// What a reading is made of: sums over spans, in every draw and beside the draws.
trait SpanSums {
    /// Return the weighted sum in each draw; `None` where a month of it is not covered.
    fn draws(&self, of: &WeightedSpan) -> Option<Vec<f64>>;
    /// Return the weighted sum on the naive path.
    fn naive(&self, of: &WeightedSpan) -> Option<f64>;
    /// Return how much of the plain sum over `span` is known, and the whole of it on the point path.
    fn known(&self, span: Span) -> Option<(f64, f64)>;

    fn read(
        &self,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
        season: Option<&SeasonalFactors>,
    ) -> Option<GrowthEstimate> {
        let span = measure.span(month);
        let comparison = measure.comparison(month, season)?;
        let (value, base) = (&comparison.value, &comparison.base);
        let naive = comparison.growth(self.naive(value)?, self.naive(base)?)?;
        let (values, bases) = (self.draws(value)?, self.draws(base)?);
        let rates: Vec<f64> = values
            .iter()
            .zip(&bases)
            .filter_map(|(value, base)| comparison.growth(*value, *base))
            .collect();
        if 2 * rates.len() <= values.len() {
            return None;
        }
        let DistributionSummary { median, bands } = DistributionSummary::of(rates, levels)?;
        let (known, projected) = self.known(span)?;
        Some(GrowthEstimate {
            measure,
            span,
            median,
            bands,
            share_observed: if projected > 0.0 {
                (known / projected).clamp(0.0, 1.0)
            } else {
                0.0
            },
            naive,
        })
    }
}

/// A weighted sum of which a part is known and the rest are steps ahead.
struct PartlyKnownSum<'w> {
    known: f64,
    steps: std::ops::Range<usize>,
    /// Of the steps.
    weights: &'w [f64],
}

impl PartlyKnownSum<'_> {
    fn on(&self, path: &[f64]) -> f64 {
        let ahead = path[self.steps.clone()].iter().zip(self.weights);
        self.known + ahead.map(|(value, weight)| value * weight).sum::<f64>()
    }
}

impl HistoryAndDraws<'_> {
    /// Return the reading of `measure` at `month`, with a band for each of `levels` (0 to 1); `None` where a month of the span or of its base is
    /// neither observed nor within the horizon, or where the base is not above zero, and for measures that need a season.
    pub fn read(
        &self,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
    ) -> Option<GrowthEstimate> {
        SpanSums::read(self, measure, month, levels, None)
    }

    /// Return the reading of any `measure`, those that need one adjusted by `season`; `None` as of [`HistoryAndDraws::read`].
    pub fn read_with(
        &self,
        season: Option<&SeasonalFactors>,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
    ) -> Option<GrowthEstimate> {
        SpanSums::read(self, measure, month, levels, season)
    }

    /// Return the observed part of a sum, and its steps ahead.
    fn split<'w>(&self, of: &'w WeightedSpan) -> Option<PartlyKnownSum<'w>> {
        let next = self.history.last().plus(1);
        let step = |month: Month| month.index_from(next).unwrap_or(0);
        let known: f64 = of
            .span
            .iter()
            .zip(&of.weights)
            .filter(|(month, _)| *month < next)
            .map(|(month, weight)| Some(self.history.at(month)? * weight))
            // From a positive zero: the sum of nothing would be a negative one, which no wire keeps.
            .try_fold(0.0, |sum, value| Some(sum + value?))?;
        let steps = step(of.span.first())..step(of.span.last().plus(1));
        let weights = &of.weights[of.weights.len() - steps.len()..];
        (steps.end <= self.point.len()).then_some(PartlyKnownSum {
            known,
            steps,
            weights,
        })
    }
}

impl SpanSums for HistoryAndDraws<'_> {
    fn draws(&self, of: &WeightedSpan) -> Option<Vec<f64>> {
        let sum = self.split(of)?;
        Some(self.paths.iter().map(|path| sum.on(path)).collect())
    }

    fn naive(&self, of: &WeightedSpan) -> Option<f64> {
        Some(self.split(of)?.on(self.naive))
    }

    fn known(&self, span: Span) -> Option<(f64, f64)> {
        let plain = WeightedSpan::plain(span);
        let sum = self.split(&plain)?;
        Some(if sum.steps.is_empty() {
            (1.0, 1.0)
        } else {
            (sum.known, sum.on(self.point))
        })
    }
}

/// One series of joint draws, to read growth from.
#[derive(Debug, Clone, Copy)]
pub struct SeriesDraws<'a> {
    joint: &'a JointDraws,
    node: usize,
}

impl<'a> SeriesDraws<'a> {
    /// Series `node` of `joint`.
    pub fn new(joint: &'a JointDraws, node: usize) -> Self {
        Self { joint, node }
    }

    /// Return the reading of `measure` at `month`, with a band for each of `levels` (0 to 1); `None` where the span or its base reaches beyond the
    /// joint, or where the base is not above zero, and for measures that need a season.
    pub fn read(
        &self,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
    ) -> Option<GrowthEstimate> {
        SpanSums::read(self, measure, month, levels, None)
    }

    /// Return the reading of any `measure`, those that need one adjusted by `season`; `None` as of [`SeriesDraws::read`].
    pub fn read_with(
        &self,
        season: Option<&SeasonalFactors>,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
    ) -> Option<GrowthEstimate> {
        SpanSums::read(self, measure, month, levels, season)
    }

    /// Return the sum over `span` in each draw; `None` where it reaches beyond the joint.
    pub fn sums(&self, span: Span) -> Option<Vec<f64>> {
        self.draws(&WeightedSpan::plain(span))
    }
}

impl SpanSums for SeriesDraws<'_> {
    fn draws(&self, of: &WeightedSpan) -> Option<Vec<f64>> {
        let places = self.joint.places(of.span)?;
        let sum = |path: &[f64]| of.sum(&path[places.clone()]);
        Some(self.joint.paths(self.node).map(sum).collect())
    }

    fn naive(&self, of: &WeightedSpan) -> Option<f64> {
        let node = &self.joint.nodes()[self.node];
        Some(of.sum(&node.naive[self.joint.places(of.span)?]))
    }

    fn known(&self, span: Span) -> Option<(f64, f64)> {
        let node = &self.joint.nodes()[self.node];
        let projected = node.point[self.joint.places(span)?].iter().sum();
        Some((self.joint.known(self.node, span), projected))
    }
}

/// Return the quantile of sorted numbers at probability `p`, linear between neighbours (Hyndman and Fan 1996, type 7).
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::JointSeries;
    use proptest::prelude::*;

    fn month(year: i32, of_year: u8) -> Month {
        Month::new(year, of_year).unwrap()
    }

    /// Return two years of 100 a month, then three months of the next.
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
        close(GrowthMeasure::Month, month(2021, 5), 0.10);
        close(GrowthMeasure::YearToDate, month(2022, 3), 0.10);
        close(GrowthMeasure::Year, month(2021, 1), 0.10);
        let seen = |measure| latest(&series, None, measure).unwrap().0.to_string();
        let spans = [
            GrowthMeasure::Year,
            GrowthMeasure::Quarter,
            GrowthMeasure::Month,
        ]
        .map(seen);
        assert_eq!(spans, ["2021", "2022-Q1", "2022-03"]);
        let short = series.until(month(2022, 2));
        let (quarter, _) = latest(&short, None, GrowthMeasure::Quarter).unwrap();
        assert_eq!(quarter.to_string(), "2021-Q4");
        // April 2021 to March 2022: 9·110 + 3·121 = 1353 on 9·100 + 3·110 = 1230.
        close(
            GrowthMeasure::TrailingYear,
            month(2022, 3),
            1353.0 / 1230.0 - 1.0,
        );
        assert_eq!(observed(&series, GrowthMeasure::Year, month(2022, 3)), None);
        assert_eq!(
            observed(&series, GrowthMeasure::Month, month(2020, 3)),
            None
        );
    }

    #[test]
    fn a_reading_mixes_what_is_known_with_the_paths() {
        let values = history();
        let series = Series::new("a", month(2020, 1), &values, false);
        let paths = Paths::from_rows(&[vec![121.0; 9], vec![132.0; 9], vec![110.0; 9]]);
        let (point, naive) = (vec![121.0; 9], vec![110.0; 9]);
        let future = HistoryAndDraws {
            history: &series,
            point: &point,
            naive: &naive,
            paths: &paths,
        };
        let year = future
            .read(GrowthMeasure::Year, month(2022, 12), &[0.8])
            .unwrap();
        // (3·121 + 9·121) / (12·110) − 1 = 0.1; the naive (3·121 + 9·110) / 1320 − 1 = 0.025; a quarter is known.
        assert!((year.median - 0.1).abs() < 1e-12 && (year.naive - 0.025).abs() < 1e-12);
        assert!((year.share_observed - 0.25).abs() < 1e-12);
        // Rates 0.025, 0.1, 0.175: the quantile at 0.1 lies a fifth of the way from the first to the second.
        assert!(
            (year.bands[0].lower - 0.04).abs() < 1e-12
                && (year.bands[0].upper - 0.16).abs() < 1e-12
        );
        assert!(
            future
                .read(GrowthMeasure::Year, month(2023, 1), &[0.8])
                .is_none()
        );
    }

    /// Factors 1.25 in even months and 0.8 in odd ones.
    fn season() -> SeasonalFactors {
        let log = 1.25_f64.ln();
        SeasonalFactors::new(std::array::from_fn(|k| if k % 2 == 1 { log } else { -log }))
    }

    #[test]
    fn adjusted_measures_by_hand() {
        // Adjusted levels: 2020 is 100 a month, 2021 is 110, and 2022 begins with 121, 121, 132.
        let mut adjusted = history();
        adjusted[26] = 132.0;
        let values: Vec<f64> = (0..27)
            .map(|t| adjusted[t as usize] * season().factor(month(2020, 1).plus(t)))
            .collect();
        let series = Series::new("a", month(2020, 1), &values, false);
        let march = month(2022, 3);
        let close = |measure: GrowthMeasure, expected: f64| {
            let found = observed_with(&series, Some(&season()), measure, march).unwrap();
            assert!((found - expected).abs() < 1e-9, "{measure}: {found}");
            assert_eq!(observed(&series, measure, march), None);
        };
        // (121 + 121 + 10 · 132) / 1320 − 1.
        close(GrowthMeasure::CarryOver, 1562.0 / 1320.0 - 1.0);
        close(GrowthMeasure::Momentum, (132.0_f64 / 121.0).powi(12) - 1.0);
        // January to March on October to December.
        close(
            GrowthMeasure::MomentumThreeMonths,
            (374.0_f64 / 330.0).powi(4) - 1.0,
        );
        let quarter = observed(&series, GrowthMeasure::Quarter, march).unwrap();
        let sum = |from: i32| (from..from + 3).map(|t| values[t as usize]).sum::<f64>();
        assert!((quarter - (sum(24) / sum(12) - 1.0)).abs() < 1e-12);
        assert_eq!(
            GrowthMeasure::Quarter.span(month(2022, 5)).to_string(),
            "2022-Q2"
        );
    }

    #[test]
    fn both_ways_to_hold_the_future_read_the_same() {
        // One history and its paths, and a joint of the same months; every measure at every month ahead, to the last digit but for the order
        // of sums.
        let values: Vec<f64> = (0..36).map(|t| 100.0 + f64::from(t * t % 17)).collect();
        let series = Series::new("a", month(2020, 1), &values, false);
        let rows: Vec<Vec<f64>> = (0..5)
            .map(|d| {
                (0..12)
                    .map(|k| 90.0 + f64::from((d * 7 + k) % 13))
                    .collect()
            })
            .collect();
        let (point, naive) = (rows[0].clone(), values[24..].to_vec());
        let paths = Paths::from_rows(&rows);
        let future = HistoryAndDraws {
            history: &series,
            point: &point,
            naive: &naive,
            paths: &paths,
        };
        let whole = |tail: &[f64]| [values.as_slice(), tail].concat();
        let node = JointSeries {
            key: crate::trade::SeriesKey::parse("A.B.X.TOTAL.USD").unwrap(),
            point: whole(&point),
            naive: whole(&naive),
            known: (0..36)
                .map(|t| (Span::month(month(2020, 1).plus(t)), values[t as usize]))
                .collect(),
        };
        let draws = rows.iter().flat_map(|row| whole(row)).collect();
        let joint = JointDraws::new(month(2020, 1), 48, vec![node], draws);
        let view = SeriesDraws::new(&joint, 0);
        let mut read = 0;
        for measure in GrowthMeasure::ALL {
            for ahead in (1..=12).map(|k| month(2022, 12).plus(k)) {
                let a = future.read_with(Some(&season()), measure, ahead, &[0.8]);
                let b = view.read_with(Some(&season()), measure, ahead, &[0.8]);
                let (Some(a), Some(b)) = (a, b) else {
                    panic!("{measure} at {ahead}")
                };
                let numbers = |r: &GrowthEstimate| {
                    [
                        r.median,
                        r.naive,
                        r.share_observed,
                        r.bands[0].lower,
                        r.bands[0].upper,
                    ]
                };
                for (x, y) in numbers(&a).into_iter().zip(numbers(&b)) {
                    assert!((x - y).abs() < 1e-9, "{measure} at {ahead}: {x} {y}");
                }
                read += 1;
            }
        }
        assert_eq!(read, 8 * 12);
    }

    #[test]
    fn a_gap_or_a_zero_base_gives_no_growth() {
        let mut values = history();
        values[15] = f64::NAN;
        values[16] = 0.0;
        let series = Series::new("a", month(2020, 1), &values, false);
        let paths = Paths::from_rows(&[vec![1.0; 9]]);
        let future = HistoryAndDraws {
            history: &series,
            point: &[1.0; 9],
            naive: &[1.0; 9],
            paths: &paths,
        };
        assert!(
            future
                .read(GrowthMeasure::Month, month(2022, 4), &[])
                .is_none()
        );
        assert!(
            future
                .read(GrowthMeasure::Month, month(2022, 5), &[])
                .is_none()
        );
        assert!(
            future
                .read(GrowthMeasure::Month, month(2022, 6), &[])
                .is_some()
        );
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
                let future = HistoryAndDraws { history: &series, point: path, naive: path, paths: &paths };
                GrowthMeasure::ALL.map(|m| future.read_with(Some(&season()), m, month(2022, 12), &[0.8]).unwrap().median)
            };
            for (a, b) in read(&values, &path).into_iter().zip(read(&scaled, &scaled_path)) {
                prop_assert!((a - b).abs() < 1e-9);
            }
        }
    }
}
