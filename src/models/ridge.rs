//! Ridge regression in closed form behind linfa's `Fit` and `Predict`, with the penalty chosen by
//! leave-one-out errors.

use super::ModelError;
use linfa::dataset::{AsSingleTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace};
use linfa_linalg::tridiagonal::SymmetricTridiagonal;
use ndarray::{Array1, Array2, ArrayBase, Axis, Data, Ix2};

/// Ridge regression `min ‖y − X w − b‖² + λ ‖w‖²` (Hoerl and Kennard 1970).
///
/// With `XᵀX = Q T Qᵀ`, `T` tridiagonal, each λ costs one pass over `Z = X Q`: with the factors
/// `L D Lᵀ = T + λ I`, `g = L⁻¹ z` for a row `z` and `u = L⁻¹ Zᵀy`, the fit is `Σ_j g_j u_j / d_j`,
/// the leverage `h_t = Σ_j g_j² / d_j`, and the leave-one-out error `e_t / (1 − h_t − 1/n)`, with
/// `1/n` for the mean (Golub, Heath and Wahba 1979; Eldén 1977). Columns are not standardised:
/// scale them first if their units differ.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `penalties` | 10^−3 … 10^4 in half decades | above zero |
/// | `intercept` | true | with false, neither `X` nor `y` is centred |
///
/// ```
/// use linfa::{Dataset, traits::{Fit, Predict}};
/// use ndarray::{Array1, array};
/// use tradecast::models::ridge::Ridge;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let fitted = Ridge::default().fit(&Dataset::new(x.clone(), array![1.0, 3.0, 5.0, 7.0]))?;
/// let ahead: Array1<f64> = fitted.predict(&x);
/// assert!((ahead[3] - 7.0).abs() < 0.01);
/// # Ok::<(), tradecast::models::ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ridge {
    penalties: Vec<f64>,
    intercept: bool,
}

impl Default for Ridge {
    fn default() -> Self {
        Self {
            penalties: (-6..=8).map(|k| 10_f64.powf(f64::from(k) / 2.0)).collect(),
            intercept: true,
        }
    }
}

impl Ridge {
    /// Try only these penalties, in rising order every second and then the neighbours of the best;
    /// those not above zero are left out.
    #[must_use]
    pub fn penalties(mut self, penalties: &[f64]) -> Self {
        self.penalties = penalties.iter().copied().filter(|p| *p > 0.0).collect();
        self.penalties.sort_by(f64::total_cmp);
        self
    }

    /// Set whether to fit an intercept.
    #[must_use]
    pub fn intercept(mut self, intercept: bool) -> Self {
        self.intercept = intercept;
        self
    }
}

/// A fitted ridge regression.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedRidge {
    /// One weight per column.
    pub weights: Array1<f64>,
    /// Intercept.
    pub intercept: f64,
    /// Chosen penalty.
    pub penalty: f64,
    /// Mean squared leave-one-out error at that penalty.
    pub leave_one_out: f64,
}

impl<D: Data<Elem = f64>, T: AsSingleTargets<Elem = f64>> Fit<ArrayBase<D, Ix2>, T, ModelError>
    for Ridge
{
    type Object = FittedRidge;

    /// Fit `n` targets from records of shape `(n, p)`.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] for fewer than two rows; [`ModelError::Regression`] without a
    /// penalty or if a value is not finite.
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<FittedRidge, ModelError> {
        let targets = dataset.as_single_targets();
        let (n, p) = dataset.records().dim();
        if n < 2 {
            return Err(ModelError::TooShort {
                needed: 2,
                found: n,
            });
        }
        let regression = |reason: &str| ModelError::Regression {
            reason: reason.to_owned(),
        };
        let (mut x, mut y) = (dataset.records().to_owned(), targets.to_owned());
        if !x.iter().chain(&y).all(|v| v.is_finite()) {
            return Err(regression(
                "the rows or targets hold a value that is not finite",
            ));
        }
        let (mut x_mean, mut y_mean) = (Array1::zeros(p), 0.0);
        if self.intercept {
            x_mean = x.mean_axis(Axis(0)).unwrap_or(x_mean);
            y_mean = y.mean().unwrap_or(0.0);
            x -= &x_mean;
            y -= y_mean;
        }
        let tridiagonal = x
            .t()
            .dot(&x)
            .sym_tridiagonal()
            .map_err(|e| regression(&e.to_string()))?;
        let vectors = tridiagonal.generate_q();
        let (diagonal, beside) = tridiagonal.into_diagonals();
        // Column after column, so that the rows of one are computed side by side.
        let rotated: Vec<f64> = x.dot(&vectors).t().iter().copied().collect();
        let y: Vec<f64> = y.to_vec();
        let moment = |column: &[f64]| column.iter().zip(&y).map(|(q, y)| q * y).sum::<f64>();
        let moments: Vec<f64> = rotated.chunks_exact(n).map(moment).collect();
        let (mut fit, mut left, mut row) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let mut left_out = |penalty: f64| {
            let factors = Factors::of(&diagonal, &beside, &moments, penalty);
            fit.fill(0.0);
            left.fill(1.0 - 1.0 / n as f64);
            row.fill(0.0);
            for (j, column) in rotated.chunks_exact(n).enumerate() {
                let (before, pivot) = (factors.before[j], 1.0 / factors.pivots[j]);
                let weight = factors.moments[j] * pivot;
                let sums = fit.iter_mut().zip(&mut left).zip(&mut row);
                for (((fit, left), g), z) in sums.zip(column) {
                    *g = z - before * *g;
                    *fit += *g * weight;
                    *left -= *g * *g * pivot;
                }
            }
            let errors = y.iter().zip(&fit).zip(&left);
            let error: f64 = errors
                .map(|((target, fit), left)| ((target - fit) / left.max(1e-3)).powi(2))
                .sum();
            (error, factors.weights())
        };
        // Every second penalty, then the neighbours of the best.
        let mut best: Option<(f64, usize, Array1<f64>)> = None;
        let mut try_out = |best: &mut Option<(f64, usize, Array1<f64>)>, k: usize| {
            let (error, weights) = left_out(self.penalties[k]);
            if best.as_ref().is_none_or(|(least, ..)| error < *least) {
                *best = Some((error, k, weights));
            }
        };
        (0..self.penalties.len())
            .step_by(2)
            .for_each(|k| try_out(&mut best, k));
        let middle = best.as_ref().map_or(0, |(_, k, _)| *k);
        let neighbours = [middle.checked_sub(1), Some(middle + 1)];
        let neighbours = neighbours.into_iter().flatten();
        neighbours
            .filter(|k| *k < self.penalties.len())
            .for_each(|k| try_out(&mut best, k));
        let (error, place, weights) =
            best.ok_or_else(|| regression("no penalty above zero was given"))?;
        let penalty = self.penalties[place];
        let weights = vectors.dot(&weights);
        let intercept = y_mean - weights.dot(&x_mean);
        Ok(FittedRidge {
            weights,
            intercept,
            penalty,
            leave_one_out: error / n as f64,
        })
    }
}

/// The factors `L D Lᵀ` of a tridiagonal matrix with a penalty on its diagonal.
struct Factors {
    /// `L_{j,j−1}`; zero in the first place.
    before: Vec<f64>,
    /// The diagonal of `D`.
    pivots: Vec<f64>,
    /// `L⁻¹` times the moments.
    moments: Vec<f64>,
}

impl Factors {
    fn of(diagonal: &Array1<f64>, beside: &Array1<f64>, moments: &[f64], penalty: f64) -> Self {
        let p = moments.len();
        let none = || Vec::with_capacity(p);
        let mut factors = Self {
            before: none(),
            pivots: none(),
            moments: none(),
        };
        let (mut before, mut off, mut moment) = (0.0, 0.0, 0.0);
        for j in 0..p {
            // No pivot is below the penalty but by rounding.
            let pivot = (diagonal[j] + penalty - before * off).max(penalty);
            moment = moments[j] - before * moment;
            factors.before.push(before);
            factors.pivots.push(pivot);
            factors.moments.push(moment);
            off = beside.get(j).copied().unwrap_or(0.0);
            before = off / pivot;
        }
        factors
    }

    /// Return `(T + λ I)⁻¹` times the moments.
    fn weights(&self) -> Array1<f64> {
        let mut weights = Array1::zeros(self.pivots.len());
        let (mut after, mut next) = (0.0, 0.0);
        for j in (0..self.pivots.len()).rev() {
            next = self.moments[j] / self.pivots[j] - after * next;
            weights[j] = next;
            after = self.before[j];
        }
        weights
    }
}

impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<f64>> for FittedRidge {
    /// Predict one value per row.
    fn predict_inplace(&self, x: &ArrayBase<D, Ix2>, y: &mut Array1<f64>) {
        *y = x.dot(&self.weights) + self.intercept;
    }

    fn default_target(&self, x: &ArrayBase<D, Ix2>) -> Array1<f64> {
        Array1::zeros(x.nrows())
    }
}

/// Solve `(A + λ I) B = C` for a symmetric positive `A` by Cholesky factorisation. With
/// `spare_last`, the last row and column are not penalised.
///
/// # Errors
/// [`ModelError::Regression`] if `A + λ I` is not positive definite.
pub fn solve(
    mut a: Array2<f64>,
    c: &Array2<f64>,
    penalty: f64,
    spare_last: bool,
) -> Result<Array2<f64>, ModelError> {
    use linfa_linalg::cholesky::SolveC;
    let penalised = a.nrows() - usize::from(spare_last);
    for k in 0..penalised {
        a[[k, k]] += penalty;
    }
    a.solvec(c).map_err(|e| ModelError::Regression {
        reason: e.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use linfa::Dataset;
    use linfa::traits::Predict;
    use ndarray::array;

    #[test]
    fn the_closed_form_by_hand() {
        // One column x = (−1, 0, 1), y = (−2, 0, 2), λ = 2: w = xᵀy / (xᵀx + λ) = 4 / 4 =
        // 1.
        let data = Dataset::new(array![[-1.0], [0.0], [1.0]], array![-2.0, 0.0, 2.0]);
        let fitted = Ridge::default().penalties(&[2.0]).fit(&data).unwrap();
        assert!((fitted.weights[0] - 1.0).abs() < 1e-12 && fitted.intercept.abs() < 1e-12);
        let ahead: Array1<f64> = fitted.predict(&array![[3.0]]);
        assert!((ahead[0] - 3.0).abs() < 1e-12);
    }

    #[test]
    fn leave_one_out_is_what_refitting_gives() {
        // The shortcut e_t / (1 − h_t − 1/n) is exact for ridge with an unpenalised mean only
        // if the mean moves with the row; refitting on centred data without the row must agree
        // within 2 percent.
        let x = Array2::from_shape_fn((20, 3), |(t, j)| {
            (((t * 7 + j * 13) % 11) as f64 - 5.0) / 3.0
        });
        let y = Array1::from_shape_fn(20, |t| {
            x[[t, 0]] - 0.5 * x[[t, 1]] + ((t * 5 % 7) as f64 - 3.0) / 4.0
        });
        let ridge = Ridge::default().penalties(&[1.0]);
        let shortcut = ridge
            .fit(&Dataset::new(x.clone(), y.clone()))
            .unwrap()
            .leave_one_out;
        let mut refitted = 0.0;
        for left in 0..20 {
            let keep: Vec<usize> = (0..20).filter(|t| *t != left).collect();
            let data = Dataset::new(x.select(Axis(0), &keep), y.select(Axis(0), &keep));
            let ahead: Array1<f64> = ridge
                .fit(&data)
                .unwrap()
                .predict(&x.select(Axis(0), &[left]));
            refitted += (y[left] - ahead[0]).powi(2) / 20.0;
        }
        assert!(
            (shortcut / refitted - 1.0).abs() < 0.02,
            "{shortcut} against {refitted}"
        );
    }

    #[test]
    fn data_that_cannot_be_fitted_are_an_error() {
        let one = Dataset::new(array![[1.0]], array![1.0]);
        assert_eq!(
            Ridge::default().fit(&one),
            Err(ModelError::TooShort {
                needed: 2,
                found: 1
            })
        );
        let nan = Dataset::new(array![[1.0], [f64::NAN]], array![1.0, 2.0]);
        assert!(matches!(
            Ridge::default().fit(&nan),
            Err(ModelError::Regression { .. })
        ));
    }
}
