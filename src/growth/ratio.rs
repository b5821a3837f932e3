//! Growth as a ratio of two weighted sums of months.

use super::measure::GrowthMeasure;
use crate::projection::SeasonalFactors;
use crate::trade::{Month, Span};

/// The largest ratio whose every power of a measure is finite, well below the limit.
const SURELY_FINITE: f64 = 1e20;

/// Two weighted sums. Growth is their ratio to a power, minus one.
pub(super) struct WeightedRatio {
    pub(super) value: WeightedSpan,
    pub(super) base: WeightedSpan,
    power: i32,
}

impl WeightedRatio {
    /// Return the sums that `measure` compares at `month`; `None` if seasonal factors are needed
    /// and there are none.
    pub(super) fn of(
        measure: GrowthMeasure,
        month: Month,
        season: Option<&SeasonalFactors>,
    ) -> Option<Self> {
        let span = measure.span(month);
        let on = |before: i32, power: i32, season: &SeasonalFactors| Self {
            value: WeightedSpan::adjusted(span, season),
            base: WeightedSpan::adjusted(span.plus(-before), season),
            power,
        };
        Some(match measure {
            GrowthMeasure::Month
            | GrowthMeasure::YearToDate
            | GrowthMeasure::Year
            | GrowthMeasure::TrailingYear
            | GrowthMeasure::Quarter => Self {
                value: WeightedSpan::plain(span),
                base: WeightedSpan::plain(span.year_before()),
                power: 1,
            },
            GrowthMeasure::CarryOver => {
                let season = season?;
                let mut value = WeightedSpan::adjusted(span, season);
                // The last month counts for itself and for all later months of the year.
                let ahead = 12 - span.len();
                if let Some(last) = value.weights.last_mut() {
                    *last *= f64::from(1 + ahead);
                }
                Self {
                    value,
                    base: WeightedSpan::adjusted(Span::year(month.year() - 1), season),
                    power: 1,
                }
            }
            GrowthMeasure::Momentum => on(1, 12, season?),
            GrowthMeasure::MomentumThreeMonths => on(3, 4, season?),
        })
    }

    /// Turn values into their ratios to these bases: NaN where there is no growth.
    /// [`WeightedRatio::of_ratio`] is the growth of each.
    pub(super) fn divide(&self, values: &mut [f64], bases: &[f64]) {
        let is_power = self.power != 1;
        for (value, base) in values.iter_mut().zip(bases) {
            let is_sound = *base > 0.0 && (*value >= 0.0 || !is_power);
            *value = if is_sound { *value / base } else { f64::NAN };
        }
    }

    /// Return whether there is the growth of each value of a range on a base.
    pub(super) fn have_growth(&self, (lowest, highest): (f64, f64), base: f64) -> bool {
        let is_sound = base > 0.0 && (lowest >= 0.0 || self.power == 1);
        is_sound && lowest.abs().max(highest.abs()) / base <= SURELY_FINITE
    }

    /// Return the growth of a ratio of sums. It rises with the ratio.
    pub(super) fn of_ratio(&self, ratio: f64) -> f64 {
        match self.power {
            1 => ratio - 1.0,
            power => ratio.powi(power) - 1.0,
        }
    }

    /// Return the growth of sums of these values; `None` if the base is not above zero.
    pub(super) fn growth(&self, value: f64, base: f64) -> Option<f64> {
        if self.power == 1 {
            return ratio(value, base);
        }
        let growth = self.of_ratio(value / base);
        Some(growth).filter(|growth| base > 0.0 && value >= 0.0 && growth.is_finite())
    }
}

/// The months of a span with a weight for each month's value.
pub(super) struct WeightedSpan {
    pub(super) span: Span,
    pub(super) weights: Vec<f64>,
}

impl WeightedSpan {
    /// Return the span with the weight one for each month.
    pub(super) fn plain(span: Span) -> Self {
        Self {
            span,
            weights: span.iter().map(|_| 1.0).collect(),
        }
    }

    /// Return the span with weights that adjust each month for its season.
    fn adjusted(span: Span, season: &SeasonalFactors) -> Self {
        Self {
            span,
            weights: span.iter().map(|m| season.factor(m).recip()).collect(),
        }
    }

    /// Return the weighted sum of values, one a month.
    pub(super) fn sum(&self, values: &[f64]) -> f64 {
        values.iter().zip(&self.weights).map(|(v, w)| v * w).sum()
    }
}

/// Return `value / base − 1`; `None` if the base is not above zero or so small that the growth is
/// not finite.
pub fn ratio(value: f64, base: f64) -> Option<f64> {
    Some(value / base - 1.0).filter(|growth| base > 0.0 && growth.is_finite())
}
