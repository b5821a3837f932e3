//! Ridge regression on centred windows, solved from their moments.

use super::super::terms::{Term, Terms};
use super::super::{ModelError, ridge};
use super::window_moments::WindowMoments;
use ndarray::{Array1, Array2};

/// Penalty as a share of the Gram matrix's mean diagonal.
pub(super) const PENALTY: f64 = 1e-4;

/// Moments of windows with their centre subtracted: `(I − 1qᵀ) M (I − 1qᵀ)ᵀ`,
/// `c = qᵀw`, with `q` a third at each of the last three lags.
pub(super) struct CentredMoments<'m> {
    moments: &'m WindowMoments,
    with_centre: Vec<f64>,
    centre_square: f64,
    centre_first: f64,
}

impl<'m> CentredMoments<'m> {
    pub(super) fn of(moments: &'m WindowMoments) -> Self {
        let mut centred = Self {
            moments,
            with_centre: Vec::new(),
            centre_square: 0.0,
            centre_first: 0.0,
        };
        let width = moments.lags + moments.horizon;
        let (middle, third) = centred.middle();
        centred.with_centre = (0..width)
            .map(|i| middle.clone().map(|j| moments.second(i, j)).sum::<f64>() * third)
            .collect();
        centred.centre_square = centred.with_centre[middle.clone()].iter().sum::<f64>() * third;
        centred.centre_first = moments.first[middle].iter().sum::<f64>() * third;
        centred
    }

    /// Solve the ridge regression and forecast from the window that ends `x`.
    ///
    /// `f = Hᵀ (G + λI)⁻¹ a`, with `G` and `H` the moments of lags with lags and with the
    /// values that follow, and `a` the last lags. The constant among the lags is not penalised;
    /// `λ` is 10⁻⁴ of the mean diagonal of `G`.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] if `x` is shorter than the lags, [`ModelError::Regression`] if
    /// `G + λI` is not positive definite.
    pub(super) fn forecast(&self, x: &[f64], scale: f64) -> Result<Vec<f64>, ModelError> {
        let (lags, horizon) = (self.moments.lags, self.moments.horizon);
        let (last, centre) = self.last(x, scale)?;
        let last = Array2::from_shape_vec((lags + 1, 1), last).map_err(shapeless)?;
        let (gram, penalty) = self.gram();
        let dual = ridge::solve(gram, &last, penalty, true)?;
        let step = |k: usize| {
            let lagged: f64 = (0..lags).map(|i| dual[[i, 0]] * self.at(i, lags + k)).sum();
            (lagged + dual[[lags, 0]] * self.mean(lags + k)) * scale + centre
        };
        Ok((0..horizon).map(step).collect())
    }

    /// Return the terms of [`CentredMoments::forecast`]: the centre, the constant, and
    /// `Hᵀ (G + λI)⁻¹ a` with one lag of `a` at a time.
    pub(super) fn forecast_terms(&self, x: &[f64], scale: f64) -> Result<Vec<Terms>, ModelError> {
        let (lags, horizon) = (self.moments.lags, self.moments.horizon);
        let (last, centre) = self.last(x, scale)?;
        let (gram, penalty) = self.gram();
        let dual = ridge::solve(gram, &Array2::from_diag(&Array1::from(last)), penalty, true)?;
        let step = |k: usize| {
            let through = |j: usize| {
                let lagged: f64 = (0..lags).map(|i| dual[[i, j]] * self.at(i, lags + k)).sum();
                (lagged + dual[[lags, j]] * self.mean(lags + k)) * scale
            };
            let lagged = (0..lags).map(|j| (Term::Lag(lags - j), through(j)));
            Terms::of(lagged.chain([(Term::Level, centre), (Term::Trend, through(lags))]))
        };
        Ok((0..horizon).map(step).collect())
    }

    /// Return the lags whose mean is the centre, and the weight of each.
    fn middle(&self) -> (std::ops::Range<usize>, f64) {
        let middle = self.moments.lags.saturating_sub(3)..self.moments.lags;
        let third = 1.0 / middle.len() as f64;
        (middle, third)
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.moments.second(i, j) - self.with_centre[i] - self.with_centre[j] + self.centre_square
    }

    fn mean(&self, i: usize) -> f64 {
        self.moments.first[i] - self.centre_first
    }

    /// Return the moments of the lags and the constant, and the penalty.
    fn gram(&self) -> (Array2<f64>, f64) {
        let lags = self.moments.lags;
        let gram = Array2::from_shape_fn((lags + 1, lags + 1), |(i, j)| {
            match (i == lags, j == lags) {
                (true, true) => self.moments.weight,
                (true, false) => self.mean(j),
                (false, true) => self.mean(i),
                (false, false) => self.at(i, j),
            }
        });
        let penalty = PENALTY * gram.diag().sum() / (lags + 1) as f64;
        (gram, penalty)
    }

    /// Return the last lags of `x`, centred and scaled, followed by the constant; and the centre.
    fn last(&self, x: &[f64], scale: f64) -> Result<(Vec<f64>, f64), ModelError> {
        let lags = self.moments.lags;
        let start = x.len().checked_sub(lags).ok_or(ModelError::TooShort {
            needed: lags,
            found: x.len(),
        })?;
        let (middle, third) = self.middle();
        let centre = x[start + middle.start..].iter().sum::<f64>() * third;
        let lagged = x[start..].iter().map(|v| (v - centre) / scale);
        Ok((lagged.chain([1.0]).collect(), centre))
    }
}

/// Convert the error of a wrong matrix shape, which would be a bug of this file.
fn shapeless(error: ndarray::ShapeError) -> ModelError {
    ModelError::Regression {
        reason: error.to_string(),
    }
}
