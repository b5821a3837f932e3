//! The summary of a distribution: median and central intervals of draws.

use crate::models::total_order::{in_order, value_of};

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
    pub fn of(draws: Vec<f64>, levels: &[f64]) -> Option<Self> {
        Self::of_function(draws, levels, |draw| draw)
    }

    /// Summarise `function` of `draws`, as [`DistributionSummary::of`] does with its values. The
    /// function must not fall anywhere: it is computed at the quantiles alone.
    pub(super) fn of_function(
        draws: Vec<f64>,
        levels: &[f64],
        function: impl Fn(f64) -> f64,
    ) -> Option<Self> {
        let last = draws.len().checked_sub(1)?;
        // Only the neighbours of the quantiles are put where they belong.
        let tails = levels.iter().map(|level| 0.5 * (1.0 - level));
        let both = tails.flat_map(|tail| [tail, 1.0 - tail]);
        let places = both.chain([0.5]).map(|p| place(draws.len(), p));
        let mut places: Vec<usize> = places
            .flat_map(|at| [at.floor() as usize, at.ceil() as usize])
            .map(|at| at.min(last))
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut draws: Vec<i64> = draws.into_iter().map(in_order).collect();
        select(&mut draws, 0, &places);
        Self::at_places(draws.len(), levels, |at| function(value_of(draws[at])))
    }

    /// Summarise draws that rise, as [`DistributionSummary::of`] does.
    pub fn of_rising(draws: &[f64], levels: &[f64]) -> Option<Self> {
        Self::of_rising_function(draws, levels, |draw| draw)
    }

    /// Summarise `function` of draws that rise, as [`DistributionSummary::of_function`] does.
    pub(super) fn of_rising_function(
        draws: &[f64],
        levels: &[f64],
        function: impl Fn(f64) -> f64,
    ) -> Option<Self> {
        Self::at_places(draws.len(), levels, |at| function(draws[at]))
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

/// Put the numbers that sorting would put at `places`, which rise, there; `first` is the place of
/// the first number. No number before such a place is larger, none behind it smaller.
fn select(numbers: &mut [i64], first: usize, places: &[usize]) {
    let middle = places.len() / 2;
    let Some(place) = places.get(middle) else {
        return;
    };
    let at = place - first;
    numbers.select_nth_unstable(at);
    let (below, above) = numbers.split_at_mut(at);
    select(below, first, &places[..middle]);
    select(&mut above[1..], place + 1, &places[middle + 1..]);
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
            prop_assert_eq!(DistributionSummary::of(draws.clone(), &levels), by_sorting);
            let rising = |draw: f64| (draw / 3.0).min(100.0) - 1.0;
            let values = draws.iter().map(|draw| rising(*draw)).collect();
            prop_assert_eq!(
                DistributionSummary::of_function(draws, &levels, rising),
                DistributionSummary::of(values, &levels)
            );
        }
    }
}
