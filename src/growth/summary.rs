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

/// Draws whose quantiles at some levels are known.
#[derive(Debug)]
pub(super) enum OrderedDraws<'d> {
    /// Draws of which no one is below the one before.
    Rising(&'d [f64]),
    /// The quantiles and the number of draws of any order.
    Found(OrderStatistics, usize),
}

impl<'d> OrderedDraws<'d> {
    /// Find the quantiles of draws of any order that intervals of `levels` (0 to 1) need.
    pub(super) fn find(draws: &'d [f64], levels: &[f64]) -> Self {
        let tails = levels.iter().map(|level| 0.5 * (1.0 - level));
        let both = tails.flat_map(|tail| [tail, 1.0 - tail]);
        let places = both.chain([0.5]).map(|p| place(draws.len(), p));
        // Only the neighbours of the quantiles.
        let places = places.flat_map(|at| [at.floor() as usize, at.ceil() as usize]);
        Self::Found(OrderStatistics::of(draws, places), draws.len())
    }

    /// Return draws that rise as they are, and find the quantiles of others.
    pub(super) fn of(draws: &'d [f64], is_rising: bool, levels: &[f64]) -> Self {
        if is_rising {
            Self::Rising(draws)
        } else {
            Self::find(draws, levels)
        }
    }

    /// Return the smallest and the largest draw; `None` where one is not finite, or without a draw.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        let (lowest, highest) = match self {
            Self::Rising(draws) => (*draws.first()?, *draws.last()?),
            Self::Found(found, _) => found.range()?,
        };
        (lowest.is_finite() && highest.is_finite()).then_some((lowest, highest))
    }

    fn len(&self) -> usize {
        match self {
            Self::Rising(draws) => draws.len(),
            Self::Found(_, count) => *count,
        }
    }

    fn at(&self, place: usize) -> f64 {
        match self {
            Self::Rising(draws) => draws[place],
            Self::Found(found, _) => found.at(place),
        }
    }
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
        Self::of_function(&OrderedDraws::find(draws, levels), levels, |draw| draw)
    }

    /// Summarise draws that rise, as [`DistributionSummary::of`] does.
    pub fn of_rising(draws: &[f64], levels: &[f64]) -> Option<Self> {
        Self::of_function(&OrderedDraws::Rising(draws), levels, |draw| draw)
    }

    /// Summarise `function` of `draws`, as [`DistributionSummary::of`] does with its values. The
    /// function must not fall anywhere: it is computed at the quantiles alone.
    pub(super) fn of_function(
        draws: &OrderedDraws<'_>,
        levels: &[f64],
        function: impl Fn(f64) -> f64,
    ) -> Option<Self> {
        let count = draws.len();
        if count == 0 {
            return None;
        }
        let number = |place| function(draws.at(place));
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
                DistributionSummary::of_function(
                    &OrderedDraws::find(&draws, &levels),
                    &levels,
                    rising
                ),
                DistributionSummary::of(&values, &levels)
            );
        }
    }
}
