//! The prior of the monthly paths: mean and covariance of their logarithms.

use crate::features::calendar;
use crate::models::disaggregation::{ObservedSum, PathPrior};
use crate::projection::disaggregate::disaggregation::Disaggregation;
use crate::projection::disaggregate::donor_prior::{HOLIDAY, PERSISTENCE};
use crate::trade::Currency;
use ndarray::{Array1, Array2};

/// The months of a year.
const MONTHS: usize = 12;
/// The standard deviation of the level's logarithm. The level is hardly known beforehand: two
/// standard deviations are a factor of 55.
const LEVEL: f64 = 2.0;
/// The mean and the standard deviation of a year's lasting growth.
const GROWTH: (f64, f64) = (0.04, 0.06);
/// The standard deviation of New Year's effects around those of the donors.
const NEW_YEAR_SPREAD: f64 = 0.05;
/// The correlation of two leaves' steps, seasons and irregular deviations.
const LEAF_CORRELATION: f64 = 0.4;

impl Disaggregation<'_> {
    /// Return mean and covariance of the logarithms, leaf after leaf, for paths `scale` times as
    /// rough as those of the donors. `sizes` are the leaves' values a year in US dollars.
    pub(super) fn path_prior(
        &self,
        scale: f64,
        sizes: &[Option<f64>],
        observed: &[ObservedSum],
    ) -> PathPrior {
        let (n, leaves) = (self.months(), self.system.leaves.len());
        let rows: Vec<[f64; calendar::WIDTH]> =
            (0..n).map(|t| calendar::row(self.month(t))).collect();
        let of_year: Vec<usize> = (0..n)
            .map(|t| usize::from(self.month(t).of_year()) - 1)
            .collect();
        // The indicator; its coefficient is as uncertain as it is among the donors.
        let indicated: Vec<Vec<f64>> = self
            .donor_priors
            .iter()
            .map(|prior| {
                (0..n)
                    .map(|t| prior.indicated(self.window, self.month(t)))
                    .collect()
            })
            .collect();
        let years = |t: usize| (t as f64 - 0.5 * n as f64) / MONTHS as f64;
        let level = mean_log_level(observed);
        let mean = Array1::from_shape_fn(n * leaves, |cell| {
            let (leaf, t) = (cell / n, cell % n);
            let prior = &self.donor_priors[leaf];
            let holiday: f64 = (0..HOLIDAY).map(|c| prior.new_year[c] * rows[t][c]).sum();
            level
                + prior.season[of_year[t]]
                + prior.follows.0 * indicated[leaf][t]
                + holiday
                + GROWTH.0 * years(t)
        });
        let irregular: Vec<f64> = self
            .donor_priors
            .iter()
            .zip(sizes)
            .map(|(prior, size)| prior.irregular_at(*size))
            .collect();
        let twelfth = 1.0 / MONTHS as f64;
        let covariance = Array2::from_shape_fn((n * leaves, n * leaves), |(a, b)| {
            let ((i, t), (j, u)) = ((a / n, a % n), (b / n, b % n));
            let (left, right) = (&self.donor_priors[i], &self.donor_priors[j]);
            let season = f64::from(u8::from(of_year[t] == of_year[u])) - twelfth;
            let holiday: f64 = (0..HOLIDAY).map(|c| rows[t][c] * rows[u][c]).sum();
            // The deviation from the donors, which roughness does not change, and the rest.
            let shared = left.season_spread * right.season_spread * season
                + left.follows.1 * right.follows.1 * indicated[i][t] * indicated[j][u]
                + NEW_YEAR_SPREAD.powi(2) * holiday;
            let rough = GROWTH.1.powi(2) * years(t) * years(u)
                + left.walk * right.walk * (t.min(u) + 1) as f64
                + irregular[i] * irregular[j] * PERSISTENCE.powi(t.abs_diff(u) as i32);
            let own = i == j;
            let correlation = if own { 1.0 } else { LEAF_CORRELATION };
            correlation * (shared + scale * scale * rough) + if own { LEVEL * LEVEL } else { 0.0 }
        });
        PathPrior { mean, covariance }
    }

    /// Return the value of each leaf in US dollars over the last twelve months of a path of
    /// logarithms; `None` where no exchange rate is known.
    pub(super) fn sizes(&self, path: &Array1<f64>) -> Vec<Option<f64>> {
        let n = self.months();
        let from = n.saturating_sub(MONTHS);
        let usd = |t: usize| {
            if self.currency() == Currency::USD {
                return Some(1.0);
            }
            // Months ahead have no rate yet; the latest one is near enough for a size.
            (0..=t)
                .rev()
                .find_map(|t| (self.rate)(Currency::USD, self.month(t)))
        };
        (0..self.system.leaves.len())
            .map(|leaf| {
                (from..n)
                    .map(|t| Some(path[leaf * n + t].exp() / usd(t)?))
                    .sum()
            })
            .collect()
    }
}

/// Return the mean logarithm of a month's level over the figures that are levels. The prior hardly
/// believes it, so any level of the right size will do.
fn mean_log_level(observed: &[ObservedSum]) -> f64 {
    let levels = || observed.iter().filter(|sum| sum.before.is_empty());
    let logs = levels().map(|sum| {
        let cells: f64 = sum.now.iter().map(|(_, w)| w).sum();
        (sum.value / cells).ln()
    });
    logs.sum::<f64>() / levels().count().max(1) as f64
}
