//! Simulated paths of a series. One path is a whole future, so that sums over months have their own
//! intervals.

use super::path_order::PathOrder;
use crate::projection::combine::interval::normal_quantile;
use crate::projection::panel::fitted_forecast::FittedForecast;
use crate::work::checkpoint;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Simulated paths of a series.
///
/// Which values of different months belong to one path is drawn: a path takes a whole vector of
/// scaled errors (all steps of one series and origin) of the panel, so that errors of neighbouring
/// months go together as they did. Horizons beyond the longest vector take further vectors. The
/// values themselves are the quantiles of each month's own distribution, in the order of the errors
/// (Clark and others 2004, the Schaake shuffle), so that the marginal distributions of the paths
/// are the intervals, and their medians the point forecasts where nothing but errors is uncertain.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// Step after step; within a step path after path.
    values: Vec<f64>,
    /// Step after step its values, rising; empty where they were not drawn in this order.
    sorted: Vec<f64>,
    count: usize,
    horizon: usize,
}

impl Paths {
    /// Take paths row by row, each of the same length.
    pub fn from_rows(rows: &[Vec<f64>]) -> Self {
        let horizon = rows.first().map_or(0, Vec::len);
        debug_assert!(
            rows.iter().all(|row| row.len() == horizon),
            "paths of one length"
        );
        let steps = 0..horizon;
        let of_step = |k: usize| rows.iter().map(move |row| row[k]);
        Self {
            values: steps.flat_map(of_step).collect(),
            sorted: Vec::new(),
            count: rows.len(),
            horizon,
        }
    }

    /// Return the number of paths.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Return the number of steps.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// Return the bytes of the values.
    pub fn bytes(&self) -> usize {
        (self.values.len() + self.sorted.len()) * size_of::<f64>()
    }

    /// Return the values of step `k` (from 0), path by path.
    pub fn step(&self, k: usize) -> &[f64] {
        &self.values[k * self.count..(k + 1) * self.count]
    }

    /// Return the values of step `k` (from 0), rising, where they were drawn in this order.
    pub fn sorted_step(&self, k: usize) -> Option<&[f64]> {
        self.sorted.get(k * self.count..(k + 1) * self.count)
    }

    /// Return the paths, each over the horizon.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Vec<f64>> {
        let row = |path: usize| (0..self.horizon).map(|k| self.step(k)[path]).collect();
        (0..self.count).map(row)
    }
}

impl FittedForecast<'_> {
    /// Draw `count` paths over the horizon, the same for the same seed. See [`Paths`].
    pub fn paths(&self, count: usize, seed: u64) -> Paths {
        let horizon = self.horizon();
        let quantiles = self.interval_scale().quantiles_of_draws(count);
        // The keys of a step give way to its values.
        let mut values = self.draw_keys(count, seed);
        let mut sorted = Vec::with_capacity(count * horizon);
        let mut order = PathOrder::default();
        for (k, values) in values.chunks_exact_mut(count.max(1)).enumerate() {
            checkpoint();
            self.extend_with_quantiles(k, &quantiles, &mut sorted);
            for (path, value) in order.of(values).zip(&sorted[k * count..]) {
                values[path] = *value;
            }
        }
        Paths {
            values,
            sorted,
            count,
            horizon,
        }
    }

    /// Draw for each step and path a number that orders the paths at that step.
    fn draw_keys(&self, count: usize, seed: u64) -> Vec<f64> {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let horizon = self.horizon();
        let spread = self.interval_scale();
        let vectors = spread.vectors();
        let post_processing = self.post_processing();
        let mixed = post_processing.is_mixed();
        // Zeros would be pages new from the system, which cost more than the draws of them.
        let mut keys = vec![f64::NAN; count * horizon];
        let mut errors = Vec::with_capacity(horizon);
        for path in 0..count {
            checkpoint();
            errors.clear();
            // Errors of either sign are equally likely, as in the intervals.
            let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
            let sign = sign
                * spread
                    .degrees()
                    .map_or(1.0, |degrees| doubt(degrees, &mut rng));
            while errors.len() < horizon {
                match vectors.len() {
                    0 => walk(&mut errors, horizon, &mut rng),
                    n => errors.extend_from_slice(&vectors[rng.random_range(0..n)]),
                }
            }
            if !mixed {
                for (k, u) in errors[..horizon].iter().enumerate() {
                    keys[k * count + path] = sign * u;
                }
                continue;
            }
            let stopped = rng.random::<f64>() < post_processing.stopped;
            let factor = match post_processing.passing {
                Some((passing, back)) if rng.random::<f64>() < passing => back,
                _ => 1.0,
            };
            for (k, u) in errors[..horizon].iter().enumerate() {
                let trade = post_processing.active.get(k).copied().unwrap_or(1.0);
                let value = self.deviate_from(k, factor, sign * u, 1.0);
                let none = stopped || trade < 1.0 && rng.random::<f64>() >= trade;
                // Months without trade lie below all others, in the order that trade would have.
                let key = if none { -1.0 / (1.0 + value) } else { value };
                keys[k * count + path] = key;
            }
        }
        keys
    }
}

/// Draw a scale estimated with so many degrees of freedom, over the true one: `√(n / χ²_n)`, where
/// `χ²_n / n` is Wilson and Hilferty's cube (1931). A draw times this scale has Student's tails, as
/// the intervals have.
fn doubt(degrees: f64, rng: &mut impl Rng) -> f64 {
    let z = standard_normal(rng);
    let of_square = 2.0 / (9.0 * degrees);
    let root = (1.0 - of_square + z * of_square.sqrt()).max(0.1);
    (root * root.sqrt()).recip()
}

/// Draw a standard normal number, within the central 1 − 2·10⁻⁹ of the distribution.
pub(in crate::projection) fn standard_normal(rng: &mut impl Rng) -> f64 {
    normal_quantile(rng.random())
}

/// Draw the errors of a random walk, which grow like the default profile's `√k`, for a panel
/// without vectors of errors.
fn walk(errors: &mut Vec<f64>, horizon: usize, rng: &mut impl Rng) {
    let mut sum = 0.0;
    for k in 1..=horizon {
        sum += standard_normal(rng);
        errors.push(sum / (k as f64).sqrt());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{Method, PanelModel};
    use crate::trade::{Month, Series};

    /// Return series that differ in their noise.
    fn changing(count: usize) -> Vec<Vec<f64>> {
        let noise = |k: usize, t: usize| {
            ((t * 7919 + (t + k) * (t + 3 * k) * 104_729) % 1000) as f64 / 1000.0 - 0.5
        };
        (0..count)
            .map(|k| (0..96).map(|t| 100.0 * (0.3 * noise(k, t)).exp()).collect())
            .collect()
    }

    #[test]
    fn the_paths_marginals_are_the_intervals() {
        // The panel's errors are so many that the prior counts little; 4,000 paths leave a sampling
        // error of about 0.6 points.
        let panel = changing(60);
        let ids: Vec<String> = (0..panel.len()).map(|k| format!("s{k}")).collect();
        let january = Month::january(2010);
        let panel: Vec<Series<'_>> = ids
            .iter()
            .zip(&panel)
            .map(|(id, v)| Series::new(id, january, v, false))
            .collect();
        let model = PanelModel::fit(&panel, Method::Auto, 12);
        let fitted = FittedForecast::new(&panel[7], &model).unwrap();
        let paths = fitted.paths(4000, 3);
        for level in [0.8, 0.95] {
            let bounds = fitted.interval(level);
            let within = |path: &[f64]| {
                path.iter()
                    .zip(&bounds)
                    .filter(|(v, (lower, upper))| lower <= *v && *v <= upper)
                    .count()
            };
            let share =
                paths.rows().map(|path| within(&path)).sum::<usize>() as f64 / (4000.0 * 12.0);
            assert!((share - level).abs() < 0.03, "{level}: {share}");
        }
    }
}
