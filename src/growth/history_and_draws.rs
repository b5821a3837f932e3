//! Growth from a monthly history and the draws of its forecast.

use super::estimate::{GrowthEstimate, SpanSums, estimate, value};
use super::measure::GrowthMeasure;
use super::ratio::WeightedSpan;
use super::summary::DistributionSummary;
use crate::projection::{Paths, SeasonalFactors};
use crate::trade::{Month, Series, Span};

/// A monthly history and draws of the months that follow it.
#[derive(Debug, Clone, Copy)]
pub struct HistoryAndDraws<'a> {
    /// The observed months.
    pub history: &'a Series<'a>,
    /// Point forecasts from the month after the history.
    pub point: &'a [f64],
    /// The seasonal naive over the same months.
    pub naive: &'a [f64],
    /// Draws of whole paths over the same months.
    pub paths: &'a Paths,
}

/// A weighted sum of which one part is observed and the rest lies ahead.
struct PartlyKnownSum<'w> {
    known: f64,
    steps: std::ops::Range<usize>,
    /// The weights of the steps ahead.
    weights: &'w [f64],
}

impl PartlyKnownSum<'_> {
    fn on(&self, path: &[f64]) -> f64 {
        let ahead = path[self.steps.clone()].iter().zip(self.weights);
        self.known + ahead.map(|(value, weight)| value * weight).sum::<f64>()
    }
}

impl HistoryAndDraws<'_> {
    /// Estimate the growth of `measure` at `month`, with an interval for each of `levels` (0 to 1).
    /// `None` if a month of the span or of its base is neither observed nor within the horizon, if
    /// the base is not above zero, and for measures that need seasonal factors.
    pub fn read(
        &self,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
    ) -> Option<GrowthEstimate> {
        estimate(self, measure, month, levels, None)
    }

    /// Estimate the growth of any `measure`, seasonally adjusted by `season` where the measure
    /// needs it; else as [`HistoryAndDraws::read`].
    pub fn read_with(
        &self,
        season: Option<&SeasonalFactors>,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
    ) -> Option<GrowthEstimate> {
        estimate(self, measure, month, levels, season)
    }

    /// Summarise the sum over `span`, with an interval for each of `levels` (0 to 1); around the
    /// point forecast where it is that of one month ahead. `None` if a month is not covered.
    pub fn value(&self, span: Span, levels: &[f64]) -> Option<DistributionSummary> {
        value(self, span, levels)
    }

    /// Return the observed part of a sum, and its steps ahead; `None` if a month is not covered.
    fn split<'w>(&self, of: &'w WeightedSpan) -> Option<PartlyKnownSum<'w>> {
        let next = self.history.last().plus(1);
        let step = |month: Month| month.index_from(next).unwrap_or(0);
        let known: f64 = of
            .span
            .iter()
            .zip(&of.weights)
            .filter(|(month, _)| *month < next)
            .map(|(month, weight)| Some(self.history.at(month)? * weight))
            // Starts from +0.0: `sum` of nothing is −0.0, which the wire does not keep.
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
        /// Paths that are summed together, few enough to stay in the nearest cache.
        const TOGETHER: usize = 256;
        let sum = self.split(of)?;
        let count = self.paths.count();
        let steps = sum.steps.clone().zip(sum.weights);
        let steps: Vec<_> = steps.map(|(k, w)| (self.paths.step(k), *w)).collect();
        let (fours, rest) = steps.as_chunks::<4>();
        let mut sums = Vec::with_capacity(count);
        for first in (0..count).step_by(TOGETHER) {
            let paths = first..count.min(first + TOGETHER);
            let mut ahead = [0.0; TOGETHER];
            let ahead = &mut ahead[..paths.len()];
            // Four steps at a time, each added to those before it.
            for four in fours {
                let [a, b, c, d] = four.map(|(values, _)| &values[paths.clone()]);
                let weights = four.map(|(_, weight)| weight);
                let values = a.iter().zip(b).zip(c).zip(d);
                for (sum, (((a, b), c), d)) in ahead.iter_mut().zip(values) {
                    *sum += a * weights[0];
                    *sum += b * weights[1];
                    *sum += c * weights[2];
                    *sum += d * weights[3];
                }
            }
            for (values, weight) in rest {
                let values = values[paths.clone()].iter();
                let add = |(sum, value): (&mut f64, &f64)| *sum += value * weight;
                ahead.iter_mut().zip(values).for_each(add);
            }
            sums.extend(ahead.iter().map(|ahead| ahead + sum.known));
        }
        Some(sums)
    }

    fn rising_draws(&self, of: &WeightedSpan) -> Option<Vec<f64>> {
        let sum = self.split(of)?;
        let (&[weight], 1) = (sum.weights, sum.steps.len()) else {
            return None;
        };
        let sorted = self.paths.sorted_step(sum.steps.start)?;
        let sums = sorted.iter().map(|value| sum.known + value * weight);
        (weight > 0.0).then(|| sums.collect())
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

    fn point(&self, of: &WeightedSpan) -> Option<(f64, usize)> {
        let sum = self.split(of)?;
        Some((sum.on(self.point), sum.steps.len()))
    }
}
