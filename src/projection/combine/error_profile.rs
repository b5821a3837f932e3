//! How the errors of a combination grow with the horizon, and how large they are for one series.

use crate::models::pooled::{ANCHORS, between};
use crate::projection::history::origin::LEAST_STEP;

/// A series' one-step error counts like so many months of its own scale.
const SCALE_PRIOR: f64 = 60.0;
/// The own scale is at least this share of the one-step error.
const SCALE_FLOOR: f64 = 0.25;
/// The standard deviation, in ranks of roughness, of the weights with which other series count.
const BANDWIDTH: f64 = 0.12;
/// The default growth of errors counts like so many series.
const GROWTH_PRIOR: f64 = 3.0;
/// Larger errors, in one-step errors, count as so many: a flow that has just begun says little of
/// others.
const WILD: f64 = 12.0;

/// The errors of the combination from one origin of one series, transformed scale, gaps as NaN.
#[derive(Debug, Clone)]
pub(in crate::projection) struct OriginErrors {
    pub(in crate::projection) back: usize,
    pub(in crate::projection) one_step: f64,
    /// The rank of the series' roughness in the panel, 0 to 1.
    pub(in crate::projection) roughness_rank: f64,
    pub(in crate::projection) error: Vec<f64>,
    /// The forecast, original scale.
    pub(in crate::projection) path: Vec<f64>,
    /// The path that the errors belong to, original scale.
    pub(in crate::projection) centre: Vec<f64>,
    /// The observed values, gaps as NaN.
    pub(in crate::projection) actual: Vec<f64>,
    /// Whether the series had the same kind of transform at its origin as at its end, so that
    /// errors and one-step errors have one unit.
    pub(in crate::projection) same_scale: bool,
}

impl OriginErrors {
    /// Whether other series learn from it. A series that was constant up to its origin says nothing
    /// of the errors of others.
    pub(in crate::projection) fn counts_for_others(&self) -> bool {
        self.one_step > LEAST_STEP && self.same_scale
    }
}

/// The growth of errors with the horizon, in one-step errors, for series of different roughness.
#[derive(Debug, Default)]
pub(in crate::projection) struct ErrorProfile {
    /// A row for each anchor of roughness.
    pub(in crate::projection) rows: Vec<Vec<f64>>,
}

impl ErrorProfile {
    /// Estimate `p_k` at each anchor: the Gaussian-weighted mean of `1.2533 |e_k| / s₁`, with a
    /// default of `1.2 √(1 + 0.12 (k−1))`. It never falls with `k`.
    pub(in crate::projection) fn of<'a>(
        at_origins: impl Iterator<Item = &'a OriginErrors>,
        horizon: usize,
    ) -> Self {
        let presumed = |k: usize| 1.2 * (1.0 + 0.12 * k as f64).sqrt();
        let mut sums: Vec<Vec<(f64, f64)>> = vec![vec![(0.0, 0.0); horizon]; ANCHORS.len()];
        for origin_errors in at_origins.filter(|origin_errors| origin_errors.counts_for_others()) {
            for (row, anchor) in sums.iter_mut().zip(ANCHORS) {
                let weight =
                    (-0.5 * ((origin_errors.roughness_rank - anchor) / BANDWIDTH).powi(2)).exp();
                for ((sum, total), e) in row
                    .iter_mut()
                    .zip(&origin_errors.error)
                    .filter(|(_, e)| !e.is_nan())
                {
                    *sum += weight * (e.abs() / origin_errors.one_step).min(WILD);
                    *total += weight;
                }
            }
        }
        // Beyond the furthest origin the default growth goes on from the last estimate.
        let row = |sums: &Vec<(f64, f64)>| {
            let mut widest = 1e-3_f64;
            let mut last: Option<(f64, usize)> = None;
            let of_step = |(k, (sum, total)): (usize, &(f64, f64))| {
                let here = match last.filter(|_| *total == 0.0) {
                    Some((p, at)) => p * presumed(k) / presumed(at),
                    None => (1.2533 * sum + GROWTH_PRIOR * presumed(k)) / (total + GROWTH_PRIOR),
                };
                widest = widest.max(here);
                if *total > 0.0 {
                    last = Some((widest, k));
                }
                widest
            };
            sums.iter().enumerate().map(of_step).collect()
        };
        Self {
            rows: sums.iter().map(row).collect(),
        }
    }

    /// Return the growth for a series of this rank of roughness, one number a step.
    pub(in crate::projection) fn at(&self, roughness_rank: f64) -> Vec<f64> {
        let [(low, a), (high, b)] = between(roughness_rank);
        self.rows[low]
            .iter()
            .zip(&self.rows[high])
            .map(|(l, h)| a * l + b * h)
            .collect()
    }
}

/// Return a series' own scale `σ² = (Σ_k min((e_k / p_k)², 36 s²) + 60 s²) / (months + 60)`, at
/// least a quarter of the one-step error `s`. `skip` leaves one origin out.
pub(in crate::projection) fn own_scale(
    one_step: f64,
    at_origins: &[OriginErrors],
    profile: &ErrorProfile,
    skip: Option<usize>,
) -> f64 {
    let (mut sum, mut months) = (0.0, 0.0);
    for origin_errors in at_origins
        .iter()
        .filter(|origin_errors| Some(origin_errors.back) != skip)
    {
        for (e, p) in origin_errors
            .error
            .iter()
            .zip(profile.at(origin_errors.roughness_rank))
            .filter(|(e, _)| !e.is_nan())
        {
            sum += (e / p).powi(2).min(36.0 * one_step * one_step);
            months += 1.0;
        }
    }
    ((sum + SCALE_PRIOR * one_step * one_step) / (months + SCALE_PRIOR))
        .sqrt()
        .max(SCALE_FLOOR * one_step)
}

/// Return the factor for a scale of errors that so few months of history tell, as it would be for
/// a mean and its season: `√(1 + 12 (1/n − 1/36))` for less than three years.
pub(in crate::projection) fn short_history(months: usize) -> f64 {
    let doubt = 1.0 / months.max(1) as f64 - 1.0 / 36.0;
    (1.0 + 12.0 * doubt.max(0.0)).sqrt()
}

/// Return a series' scaled errors at each origin; the scale does not know that origin.
pub(in crate::projection) fn scaled(
    one_step: f64,
    at_origins: &[OriginErrors],
    profile: &ErrorProfile,
) -> Vec<Vec<f64>> {
    at_origins
        .iter()
        .map(|origin_errors| {
            let scale = own_scale(one_step, at_origins, profile, Some(origin_errors.back));
            origin_errors
                .error
                .iter()
                .zip(profile.at(origin_errors.roughness_rank))
                .map(|(e, p)| e / (scale * p))
                .collect()
        })
        .collect()
}

#[cfg(test)]
pub(in crate::projection) mod tests {
    use super::*;

    pub(in crate::projection) fn origin_errors(back: usize, error: &[f64]) -> OriginErrors {
        OriginErrors {
            back,
            one_step: 1.0,
            roughness_rank: 0.5,
            error: error.to_vec(),
            path: vec![1.0; error.len()],
            centre: vec![1.0; error.len()],
            actual: vec![1.0; error.len()],
            same_scale: true,
        }
    }

    #[test]
    fn the_profile_never_falls_and_goes_on() {
        let all: Vec<OriginErrors> = (0..1000)
            .map(|_| origin_errors(3, &[1.0, 3.0, 2.0]))
            .collect();
        let p = ErrorProfile::of(all.iter(), 4).at(0.5);
        assert!(
            (p[0] - 1.2533).abs() < 0.01 && (p[1] - 3.0 * 1.2533).abs() < 0.02,
            "{p:?}"
        );
        assert_eq!(p[2], p[1]);
        assert!((p[3] / p[2] - (1.36_f64 / 1.24).sqrt()).abs() < 1e-9);
        let presumed = ErrorProfile::of([].iter(), 2).at(0.3);
        assert!(
            (presumed[0] - 1.2).abs() < 1e-12
                && (presumed[1] - 1.2 * 1.12_f64.sqrt()).abs() < 1e-12
        );
    }

    #[test]
    fn the_own_scale_is_shrunken_and_robust() {
        // Errors of 2, 2 profile steps each, against 60 prior months of 1.
        let profile = ErrorProfile {
            rows: vec![vec![1.0, 1.0]; ANCHORS.len()],
        };
        let all = [origin_errors(6, &[2.0, 2.0])];
        assert!((own_scale(1.0, &all, &profile, None) - (68.0_f64 / 62.0).sqrt()).abs() < 1e-12);
        assert_eq!(own_scale(1.0, &all, &profile, Some(6)), 1.0);
        let wild = [origin_errors(6, &[100.0])];
        assert!((own_scale(1.0, &wild, &profile, None) - (96.0_f64 / 61.0).sqrt()).abs() < 1e-12);
    }
}
