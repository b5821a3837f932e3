//! Inverses of positive definite matrices by way of their triangular factors.

use crate::models::ModelError;
use linfa_linalg::cholesky::Cholesky;
use ndarray::Array2;

/// A positive definite matrix, factored: `A = L Lᵀ`.
#[derive(Debug, Clone)]
pub(super) struct Factored {
    /// `L⁻¹`, lower triangular.
    root: Array2<f64>,
    /// Half the logarithm of the determinant.
    pub(super) half_log_determinant: f64,
}

impl Factored {
    /// Factor `matrix`.
    ///
    /// # Errors
    /// [`ModelError::Regression`] if it is not positive definite.
    pub(super) fn new(matrix: &Array2<f64>) -> Result<Self, ModelError> {
        let lower = matrix.cholesky().map_err(|e| ModelError::Regression {
            reason: e.to_string(),
        })?;
        Ok(Self {
            half_log_determinant: lower.diag().iter().map(|d| d.ln()).sum(),
            root: inverse_of_lower(&lower),
        })
    }

    /// Return `A⁻¹`.
    pub(super) fn inverse(&self) -> Array2<f64> {
        self.root.t().dot(&self.root)
    }

    /// Return `A⁻¹ B`.
    pub(super) fn solve(&self, right: &Array2<f64>) -> Array2<f64> {
        self.root.t().dot(&self.root.dot(right))
    }
}

/// Return the inverse of a lower triangular matrix, row by row.
fn inverse_of_lower(lower: &Array2<f64>) -> Array2<f64> {
    let n = lower.nrows();
    let mut rows = vec![0.0; n * n];
    for i in 0..n {
        let (done, rest) = rows.split_at_mut(i * n);
        let row = &mut rest[..=i];
        for k in 0..i {
            let factor = lower[[i, k]];
            if factor != 0.0 {
                let above = &done[k * n..k * n + k + 1];
                row.iter_mut()
                    .zip(above)
                    .for_each(|(r, a)| *r -= factor * a);
            }
        }
        let scale = 1.0 / lower[[i, i]];
        row.iter_mut().for_each(|r| *r *= scale);
        row[i] = scale;
    }
    Array2::from_shape_fn((n, n), |(i, j)| rows[i * n + j])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_inverse_of_a_matrix_by_hand() {
        // [[4, 2], [2, 3]] has determinant 8 and inverse [[3, −2], [−2, 4]] / 8.
        let factored = Factored::new(&array![[4.0, 2.0], [2.0, 3.0]]).unwrap();
        let expected = array![[0.375, -0.25], [-0.25, 0.5]];
        let off = (factored.inverse() - &expected).mapv(f64::abs).sum();
        assert!(off < 1e-14, "{off}");
        assert!((factored.half_log_determinant - 0.5 * 8.0_f64.ln()).abs() < 1e-14);
        let solved = factored.solve(&array![[8.0], [0.0]]);
        assert!((solved - array![[3.0], [-2.0]]).mapv(f64::abs).sum() < 1e-14);
    }
}
