//! The distribution of a path given known sums, and draws from it.

use super::newton::{CIRCLES, SAME, distance, gain, lost, newton};
use super::observed_sum::{ObservedSum, jacobian, stated};
use super::path_prior::PathPrior;
use crate::models::ModelError;
use crate::models::ridge::solve;
use linfa_linalg::cholesky::Cholesky;
use ndarray::{Array1, Array2};

/// Most iterations of a draw with the gain at the mode; after them the gain is recomputed at each
/// step.
const STEADY: usize = 60;

/// Distribution of a path given known sums.
#[derive(Debug, Clone)]
pub struct ConditionedPath<'a> {
    prior: &'a PathPrior,
    figures: &'a [ObservedSum],
    /// Most likely path, logarithms.
    pub mode: Array1<f64>,
    jacobian: Array2<f64>,
    gain: Array2<f64>,
    /// Log density of the known sums, linearised at the mode.
    pub evidence: f64,
}

impl<'a> ConditionedPath<'a> {
    /// Condition `prior` on known sums.
    ///
    /// # Errors
    /// [`ModelError::Regression`] if no path comes close to the sums.
    pub fn new(prior: &'a PathPrior, figures: &'a [ObservedSum]) -> Result<Self, ModelError> {
        let targets: Array1<f64> = figures.iter().map(|figure| figure.value.ln()).collect();
        let start = prior.mean.clone();
        let (mode, moved) =
            newton(prior, figures, &prior.mean, &targets, start).ok_or_else(lost)?;
        if moved > CIRCLES {
            return Err(lost());
        }
        let jacobian = jacobian(figures, &mode);
        let (gain, middle) = gain(prior, figures, &jacobian, 0.0)?;
        let surprise = &targets - &stated(figures, &mode) + jacobian.dot(&(&mode - &prior.mean));
        let evidence = density(middle, &surprise)?;
        Ok(Self {
            prior,
            figures,
            mode,
            jacobian,
            gain,
            evidence,
        })
    }

    /// Return the known sums.
    pub fn figures(&self) -> &[ObservedSum] {
        self.figures
    }

    /// Draw a path of logarithms. `factor` is the prior's [`PathPrior::factor`]; `normal` holds one
    /// independent standard normal number per cell (scaled for heavier tails); `within` holds one
    /// number from −1 to 1 per sum, its place within the rounding. `None` if no path is found.
    pub fn draw(
        &self,
        factor: &Array2<f64>,
        normal: &Array1<f64>,
        within: &[f64],
    ) -> Option<Array1<f64>> {
        let free = &self.prior.mean + &factor.dot(normal);
        // A sum that was loosened by more than itself is still above zero.
        let place = |(figure, u): (&ObservedSum, &f64)| {
            (figure.value * (1.0 + u * figure.slack).max(1e-3)).ln()
        };
        let targets: Array1<f64> = self.figures.iter().zip(within).map(place).collect();
        let mut x = self.mode.clone();
        for _ in 0..STEADY {
            let left = &targets - &stated(self.figures, &x) + self.jacobian.dot(&(&x - &free));
            let next = &free + &self.gain.dot(&left);
            let moved = distance(&next, &x);
            if moved.is_nan() || moved > 1e3 {
                break;
            }
            x = next;
            if moved < SAME {
                return Some(x);
            }
        }
        let (x, moved) = newton(self.prior, self.figures, &free, &targets, self.mode.clone())?;
        (moved < SAME).then_some(x)
    }
}

/// Return the log density of `surprise` under a normal distribution with covariance `middle`.
fn density(middle: Array2<f64>, surprise: &Array1<f64>) -> Result<f64, ModelError> {
    let wrong = |e: linfa_linalg::LinalgError| ModelError::Regression {
        reason: e.to_string(),
    };
    let factor = middle.cholesky().map_err(wrong)?;
    let half_determinant: f64 = factor.diag().iter().map(|d| d.ln()).sum();
    let column = surprise.clone().insert_axis(ndarray::Axis(1));
    let solved = solve(middle, &column, 0.0, false)?;
    Ok(-0.5 * surprise.dot(&solved.column(0)) - half_determinant)
}
