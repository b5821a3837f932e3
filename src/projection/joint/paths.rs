//! Simulated paths of a series. One path is a whole future, so that sums over months have their own
//! intervals.

use crate::projection::combine::interval;
use crate::projection::panel::fitted_forecast::FittedForecast;
use crate::work::checkpoint;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use statrs::distribution::{ContinuousCDF, Normal};

/// Simulated paths of a series.
///
/// A path takes a whole vector of scaled errors (all steps of one series and origin) of the panel,
/// so that errors of neighbouring months go together as they did. Horizons beyond the longest
/// vector take further vectors. Each step's error is widened as the intervals are, so that the
/// marginal distributions of the paths are the intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    values: Vec<f64>,
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
        Self {
            values: rows.concat(),
            horizon,
        }
    }

    /// Return the number of paths.
    pub fn count(&self) -> usize {
        self.values.len() / self.horizon.max(1)
    }

    /// Return the number of steps.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// Return the paths, each over the horizon.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.horizon.max(1))
    }
}

impl FittedForecast<'_> {
    /// Draw `count` paths over the horizon, the same for the same seed. See [`Paths`].
    pub fn paths(&self, count: usize, seed: u64) -> Paths {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let horizon = self.horizon();
        let spread = self.interval_scale();
        let vectors = spread.vectors();
        let post_processing = self.post_processing();
        let mut values = Vec::with_capacity(count * horizon);
        let mut errors = Vec::with_capacity(horizon);
        for _ in 0..count {
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
            let mixed = post_processing.is_mixed();
            let stopped = mixed && rng.random::<f64>() < post_processing.stopped;
            let factor = match post_processing.passing {
                Some((passing, back)) if rng.random::<f64>() < passing => back,
                _ => 1.0,
            };
            for (k, u) in errors[..horizon].iter().enumerate() {
                let trade = post_processing.active.get(k).copied().unwrap_or(1.0);
                if stopped || trade < 1.0 && rng.random::<f64>() >= trade {
                    values.push(0.0);
                    continue;
                }
                let widen = interval::widen(spread.tail(u.abs()));
                values.push(self.deviate_from(k, factor, sign * u, widen));
            }
        }
        Paths { values, horizon }
    }
}

/// Draw a scale estimated with so many degrees of freedom, over the true one: `√(n / χ²_n)`, where
/// `χ²_n / n` is Wilson and Hilferty's cube (1931). A draw times this scale has Student's tails, as
/// the intervals have.
fn doubt(degrees: f64, rng: &mut impl Rng) -> f64 {
    let z = standard_normal(rng);
    let of_square = 2.0 / (9.0 * degrees);
    (1.0 - of_square + z * of_square.sqrt()).max(0.1).powf(-1.5)
}

/// Draw a standard normal number, within the central 1 − 2·10⁻⁹ of the distribution.
pub(in crate::projection) fn standard_normal(rng: &mut impl Rng) -> f64 {
    let p: f64 = rng.random();
    Normal::standard().inverse_cdf(p.clamp(1e-9, 1.0 - 1e-9))
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
            let share = paths.iter().map(within).sum::<usize>() as f64 / (4000.0 * 12.0);
            assert!((share - level).abs() < 0.03, "{level}: {share}");
        }
    }
}
