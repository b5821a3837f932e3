//! The marginal distribution of each month ahead: its quantiles, which intervals and draws share.

use crate::projection::combine::interval::{
    ErrorQuantiles, NORMAL_RANGE, normal_mass_below, normal_quantile,
};
use crate::projection::panel::fitted_forecast::FittedForecast;
use std::cell::Cell;

/// The distance of the quantiles that a mixture is put together from, in standard deviations of a
/// normal distribution.
const STEP: f64 = 0.1;

impl FittedForecast<'_> {
    /// Return the values of step `k` at standard normal quantiles `at`: the value at `z` lies above
    /// as much of the step's distribution as `z` does of the normal one.
    pub(in crate::projection) fn quantiles(&self, k: usize, at: &[f64]) -> Vec<f64> {
        let post_processing = self.post_processing();
        if !post_processing.is_mixed() {
            return at.iter().map(|z| self.branch(k, 1.0, *z)).collect();
        }
        let none = 1.0 - post_processing.trade(k);
        let two_levels = post_processing
            .passing
            .map(|(passing, back)| TwoLevels::of(self, k, passing, back));
        // The standard normal quantile among futures with trade.
        let with_trade = |z: f64| match none {
            0.0 => Some(z),
            none => {
                let above = normal_mass_below(z) - none;
                (above > 0.0).then(|| normal_quantile(above / (1.0 - none)))
            }
        };
        let value = |z: &f64| match (with_trade(*z), &two_levels) {
            (None, _) => 0.0,
            (Some(z), None) => self.branch(k, 1.0, z),
            (Some(z), Some(two_levels)) => two_levels.quantile(z),
        };
        at.iter().map(value).collect()
    }

    /// Append the values of step `k` at these quantiles to `values`: those of
    /// [`FittedForecast::quantiles`].
    pub(in crate::projection) fn extend_with_quantiles(
        &self,
        k: usize,
        of: &ErrorQuantiles,
        values: &mut Vec<f64>,
    ) {
        if self.post_processing().is_mixed() {
            return values.extend(self.quantiles(k, &of.at));
        }
        self.deviation(k, 1.0)
            .extend_with_values(&of.errors, values);
    }

    /// Return the value at `z` where errors lie around the central path times `factor`.
    fn branch(&self, k: usize, factor: f64, z: f64) -> f64 {
        let (u, widen) = self.interval_scale().error_at(z);
        self.deviate_from(k, factor, u, widen)
    }
}

/// The distribution of a step that may lie on one of two levels.
struct TwoLevels {
    /// For each level its probability and its values at evenly spaced standard normal quantiles.
    levels: [(f64, Vec<f64>); 2],
    /// All these values, rising.
    values: Vec<f64>,
    /// The standard normal quantile of the mass up to each value, where it has been needed.
    quantiles: Vec<Cell<Option<f64>>>,
}

impl TwoLevels {
    fn of(fitted: &FittedForecast<'_>, k: usize, passing: f64, back: f64) -> Self {
        let nodes = (2.0 * NORMAL_RANGE / STEP).round() as usize;
        let values = |factor: f64| -> Vec<f64> {
            let value = |node| fitted.branch(k, factor, z_of(node));
            (0..=nodes).map(value).collect()
        };
        let levels = [(1.0 - passing, values(1.0)), (passing, values(back))];
        let mut values = [levels[0].1.as_slice(), levels[1].1.as_slice()].concat();
        values.sort_by(f64::total_cmp);
        Self {
            levels,
            quantiles: vec![Cell::new(None); values.len()],
            values,
        }
    }

    /// Return the standard normal quantile of the mass up to value `place`.
    fn z(&self, place: usize) -> f64 {
        let cell = &self.quantiles[place];
        cell.get().unwrap_or_else(|| {
            let mass =
                |(mass, values): &(f64, Vec<f64>)| mass * mass_below(self.values[place], values);
            let z = normal_quantile(self.levels.iter().map(mass).sum());
            cell.set(Some(z));
            z
        })
    }

    fn quantile(&self, z: f64) -> f64 {
        // The first value whose mass reaches `z`.
        let (mut low, mut above) = (0, self.values.len());
        while low < above {
            let middle = low + (above - low) / 2;
            if self.z(middle) < z {
                low = middle + 1;
            } else {
                above = middle;
            }
        }
        match (above.checked_sub(1), self.values.get(above)) {
            (None, first) => first.copied().unwrap_or(0.0),
            (Some(last), None) => self.values[last],
            (Some(below), Some(value)) => {
                let (from, low) = (self.z(below), self.values[below]);
                low + (value - low) * (z - from) / (self.z(above) - from)
            }
        }
    }
}

/// Return the standard normal quantile of a node.
fn z_of(node: usize) -> f64 {
    node as f64 * STEP - NORMAL_RANGE
}

/// Return the mass up to `value` of a level with these values at the nodes.
fn mass_below(value: f64, values: &[f64]) -> f64 {
    let above = values.partition_point(|v| *v <= value);
    let Some(below) = above.checked_sub(1) else {
        return 0.0;
    };
    let Some(next) = values.get(above) else {
        return 1.0;
    };
    let share = (value - values[below]) / (next - values[below]);
    normal_mass_below(z_of(below) + share * STEP)
}
