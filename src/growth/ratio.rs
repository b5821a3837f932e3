//! Growth as a ratio of two weighted sums of months.

use super::measure::GrowthMeasure;
use crate::projection::SeasonalFactors;
use crate::trade::{Month, Span};

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

    /// Turn values into growth on these bases, and leave out those that have none.
    pub(super) fn rates(&self, values: &mut Vec<f64>, bases: impl Iterator<Item = f64>) {
        let mut bases = bases;
        values.retain_mut(|value| {
            let growth = bases.next().and_then(|base| self.growth(*value, base));
            growth.is_some_and(|growth| {
                *value = growth;
                true
            })
        });
    }

    /// Return the growth of sums of these values; `None` if the base is not above zero.
    pub(super) fn growth(&self, value: f64, base: f64) -> Option<f64> {
        if self.power == 1 {
            return ratio(value, base);
        }
        let growth = (value / base).powi(self.power) - 1.0;
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
