//! Gauss–Newton steps to the path that satisfies known sums.

use super::observed_sum::{ObservedSum, jacobian, stated};
use super::path_prior::PathPrior;
use crate::models::ModelError;
use crate::models::ridge::solve;
use crate::work::checkpoint;
use ndarray::{Array1, Array2};

/// Distance below which two iterates are the same.
pub(super) const SAME: f64 = 1e-8;
/// Most iterations.
const NEWTON: usize = 60;
/// Extra variance of the sums in the first iteration, reduced step by step, so that an iteration
/// from far away does not overshoot.
const TEMPER: f64 = 0.5;
/// An iteration that circles around contradictory sums within this distance is close enough to tell
/// which.
pub(super) const CIRCLES: f64 = 1e-3;

/// Return the path nearest to `free` that satisfies the sums, by Gauss–Newton steps from `x`, and
/// the length of the last step.
pub(super) fn newton(
    prior: &PathPrior,
    figures: &[ObservedSum],
    free: &Array1<f64>,
    targets: &Array1<f64>,
    mut x: Array1<f64>,
) -> Option<(Array1<f64>, f64)> {
    let mut temper = TEMPER;
    let mut moved = f64::INFINITY;
    for _ in 0..NEWTON {
        checkpoint();
        let jacobian = jacobian(figures, &x);
        let (gain, _) = gain(prior, figures, &jacobian, temper).ok()?;
        let left = targets - &stated(figures, &x) + jacobian.dot(&(&x - free));
        let next = free + &gain.dot(&left);
        moved = distance(&next, &x);
        if !moved.is_finite() {
            return None;
        }
        x = next;
        if moved < SAME && temper == 0.0 {
            break;
        }
        temper = if temper > 1e-12 { 0.1 * temper } else { 0.0 };
    }
    Some((x, moved))
}

/// Return the largest difference between two paths; NaN if one of them has a NaN.
pub(super) fn distance(a: &Array1<f64>, b: &Array1<f64>) -> f64 {
    a.iter().zip(b).fold(0.0, |m: f64, (a, b)| {
        if (a - b).is_nan() {
            f64::NAN
        } else {
            m.max((a - b).abs())
        }
    })
}

/// Return the gain `K Jᵀ (J K Jᵀ + R)⁻¹` and the matrix that is inverted; `temper` is added
/// to the variance of every sum.
pub(super) fn gain(
    prior: &PathPrior,
    figures: &[ObservedSum],
    jacobian: &Array2<f64>,
    temper: f64,
) -> Result<(Array2<f64>, Array2<f64>), ModelError> {
    // A sum has few cells: only their rows are added up.
    let mut spread = Array2::zeros(jacobian.raw_dim());
    for (row, mut sum) in jacobian.rows().into_iter().zip(spread.rows_mut()) {
        for (share, covariance) in row.iter().zip(prior.covariance.rows()) {
            if *share != 0.0 {
                sum.scaled_add(*share, &covariance);
            }
        }
    }
    let mut middle = spread.dot(&jacobian.t());
    for (k, figure) in figures.iter().enumerate() {
        middle[[k, k]] += figure.variance() + temper;
    }
    let gain = solve(middle.clone(), &spread, 0.0, false)?;
    Ok((gain.reversed_axes(), middle))
}

/// Return the error of sums that no path comes close to.
pub(super) fn lost() -> ModelError {
    ModelError::Regression {
        reason: "no path satisfies all figures".to_owned(),
    }
}
