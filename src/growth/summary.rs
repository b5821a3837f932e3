//! The summary of a distribution: median and central intervals of draws.

use super::order_statistics::OrderStatistics;

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

/// The order of draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DrawOrder {
    /// No draw is below the one before.
    Rising,
    /// As they were drawn.
    Any,
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
    /// Summarise `draws`, with an interval for each of `levels` (0 to 1); `None` without a draw.
    pub fn of(draws: &[f64], levels: &[f64]) -> Option<Self> {
        Self::of_function(draws, DrawOrder::Any, levels, |draw| draw)
    }

    /// Summarise draws that rise, as [`DistributionSummary::of`] does.
    pub fn of_rising(draws: &[f64], levels: &[f64]) -> Option<Self> {
        Self::of_function(draws, DrawOrder::Rising, levels, |draw| draw)
    }

    /// Summarise `function` of `draws`, as [`DistributionSummary::of`] does with its values. The
    /// function must not fall anywhere: it is computed at the quantiles alone.
    pub(super) fn of_function(
        draws: &[f64],
        order: DrawOrder,
        levels: &[f64],
        function: impl Fn(f64) -> f64,
    ) -> Option<Self> {
        if order == DrawOrder::Rising {
            return Self::at_places(draws.len(), levels, |at| function(draws[at]));
        }
        // Only the neighbours of the quantiles are found.
        let tails = levels.iter().map(|level| 0.5 * (1.0 - level));
        let both = tails.flat_map(|tail| [tail, 1.0 - tail]);
        let places = both.chain([0.5]).map(|p| place(draws.len(), p));
        let places = places.flat_map(|at| [at.floor() as usize, at.ceil() as usize]);
        let found = OrderStatistics::of(draws, places);
        Self::at_places(draws.len(), levels, |at| function(found.at(at)))
    }

    /// Summarise `count` numbers by those at some places of their order.
    fn at_places(count: usize, levels: &[f64], number: impl Fn(usize) -> f64) -> Option<Self> {
        if count == 0 {
            return None;
        }
        // Linear between neighbours.
        let quantile = |p: f64| {
            let at = place(count, p);
            let (low, high) = (number(at.floor() as usize), number(at.ceil() as usize));
            low + (high - low) * at.fract()
        };
        let band = |level: &f64| {
            let tail = 0.5 * (1.0 - level);
            Band {
                level: *level,
                lower: quantile(tail),
                upper: quantile(1.0 - tail),
            }
        };
        Some(Self {
            median: quantile(0.5),
            bands: levels.iter().map(band).collect(),
        })
    }

    /// Return the summary with `centre` in place of the median, and bounds that enclose it.
    #[must_use]
    pub fn around(mut self, centre: Option<f64>) -> Self {
        if let Some(centre) = centre {
            self.median = centre;
            for band in &mut self.bands {
                band.lower = band.lower.min(centre);
                band.upper = band.upper.max(centre);
            }
        }
        self
    }
}

/// Return the place of the quantile at probability `p` among `count` sorted numbers, from 0
/// (Hyndman and Fan 1996, type 5): draw `k` of `n`, from 0, lies at `(k + ½) / n`, where draws of a
/// forecast are placed.
fn place(count: usize, p: f64) -> f64 {
    let last = count.saturating_sub(1) as f64;
    (p * count as f64 - 0.5).clamp(0.0, last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn selection_gives_what_sorting_gives(
            draws in prop::collection::vec(prop_oneof![-1e9..1e9, Just(0.0), Just(-0.0)], 1..60),
            levels in prop::collection::vec(0.01..0.99_f64, 0..6),
        ) {
            let mut sorted = draws.clone();
            sorted.sort_by(f64::total_cmp);
            let by_sorting = DistributionSummary::of_rising(&sorted, &levels);
            prop_assert_eq!(DistributionSummary::of(&draws, &levels), by_sorting);
            let rising = |draw: f64| (draw / 3.0).min(100.0) - 1.0;
            let values: Vec<f64> = draws.iter().map(|draw| rising(*draw)).collect();
            prop_assert_eq!(
                DistributionSummary::of_function(&draws, DrawOrder::Any, &levels, rising),
                DistributionSummary::of(&values, &levels)
            );
        }
    }
}
