//! Ridge regression of many targets on the same columns, where there may be far more columns than
//! rows.

use super::ModelError;
use linfa_linalg::cholesky::Cholesky;
use linfa_linalg::triangular::{SolveTriangular, UPLO};
use ndarray::{Array1, Array2, ArrayView1, Axis};

/// Ridge regression without an intercept in its dual form: with columns `X` of shape `(n, p)`,
/// `K = X Xᵀ / p` and the penalty `λ`, the forecast of a target `y` for a new row `x` is
/// `(x Xᵀ / p) (K + λ I)⁻¹ y` (Saunders, Gammerman and Vovk 1998).
///
/// Rows are in the order of time. With the lower factor `L` of `K + λ I`, the error of forecasting
/// row `t` from the rows before it is `L_tt (L⁻¹ y)_t`, so that a penalty is judged out of sample
/// at the cost of one factor.
#[derive(Debug, Clone)]
pub struct DualRidge {
    columns: Array2<f64>,
    lower: Array2<f64>,
}

/// Return `X Xᵀ / p` of columns of shape `(n, p)`.
pub fn kernel(columns: &Array2<f64>) -> Array2<f64> {
    columns.dot(&columns.t()) / columns.ncols().max(1) as f64
}

impl DualRidge {
    /// Fit columns of shape `(n, p)`, given with their [`kernel`].
    ///
    /// # Errors
    /// [`ModelError::Regression`] where `K + λ I` is not positive definite: a value is not finite,
    /// or the penalty is not above zero.
    pub fn fit(
        columns: Array2<f64>,
        kernel: &Array2<f64>,
        penalty: f64,
    ) -> Result<Self, ModelError> {
        if !kernel.iter().all(|v| v.is_finite()) {
            return Err(ModelError::Regression {
                reason: "the columns hold a value that is not finite".to_owned(),
            });
        }
        let mut gram = kernel.clone();
        gram.diag_mut().mapv_inplace(|d| d + penalty);
        let lower = gram.cholesky().map_err(|e| ModelError::Regression {
            reason: e.to_string(),
        })?;
        Ok(Self { columns, lower })
    }

    /// Return the error of forecasting each row of `target` from the rows before it.
    pub fn sequential_errors(&self, target: &[f64]) -> Vec<f64> {
        let whitened = self.forward(Array1::from(target.to_vec()));
        whitened
            .iter()
            .zip(self.lower.diag())
            .map(|(v, d)| v * d)
            .collect()
    }

    /// Return the coefficient of one more column that only this target has, of weight one in the
    /// kernel; what it leaves of the target is what the other columns explain.
    pub fn own_coefficient(&self, target: &[f64], column: &[f64]) -> f64 {
        let own = self.forward(Array1::from(column.to_vec()));
        let whitened = self.forward(Array1::from(target.to_vec()));
        own.dot(&whitened) / (1.0 + own.dot(&own))
    }

    /// Return the weight of each row of a target in its forecast for a new row of the columns.
    pub fn weights(&self, row: ArrayView1<'_, f64>) -> Array1<f64> {
        let near = self.columns.dot(&row) / self.columns.ncols().max(1) as f64;
        self.solve(near)
    }

    /// Return the coefficient of each column for `target`.
    pub fn coefficients(&self, target: &[f64]) -> Array1<f64> {
        let of_rows = self.solve(Array1::from(target.to_vec()));
        self.columns.t().dot(&of_rows) / self.columns.ncols().max(1) as f64
    }

    /// Return `(K + λ I)⁻¹ v`.
    fn solve(&self, v: Array1<f64>) -> Array1<f64> {
        let half = self.forward(v).insert_axis(Axis(1));
        // The factor has no zero on its diagonal, so that the system has a solution.
        let whole = self.lower.t().solve_triangular(&half, UPLO::Upper);
        whole.unwrap_or(half).remove_axis(Axis(1))
    }

    /// Return `L⁻¹ v`.
    fn forward(&self, v: Array1<f64>) -> Array1<f64> {
        let v = v.insert_axis(Axis(1));
        let solved = self.lower.solve_triangular(&v, UPLO::Lower);
        solved.unwrap_or(v).remove_axis(Axis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Array2<f64> {
        Array2::from_shape_fn((12, 5), |(t, c)| ((t * 7 + c * 13) % 11) as f64 / 5.0 - 1.0)
    }

    fn target() -> Vec<f64> {
        (0..12).map(|t| ((t * 5) % 7) as f64 / 3.0 - 1.0).collect()
    }

    #[test]
    fn weights_and_coefficients_give_one_forecast() {
        let x = columns();
        let fitted = DualRidge::fit(x.clone(), &kernel(&x), 0.5).unwrap();
        let new = Array1::from(vec![0.3, -0.2, 0.9, 0.1, -0.7]);
        let by_rows = fitted.weights(new.view()).dot(&Array1::from(target()));
        let by_columns = fitted.coefficients(&target()).dot(&new);
        assert!(
            (by_rows - by_columns).abs() < 1e-12,
            "{by_rows} {by_columns}"
        );
    }

    #[test]
    fn a_sequential_error_is_that_of_a_fit_to_the_rows_before() {
        let (x, y) = (columns(), target());
        let all = DualRidge::fit(x.clone(), &kernel(&x), 0.5).unwrap();
        let errors = all.sequential_errors(&y);
        for t in 1..12 {
            let before = x.slice_axis(Axis(0), (..t).into()).to_owned();
            let fitted = DualRidge::fit(before.clone(), &kernel(&before), 0.5).unwrap();
            let forecast = fitted.coefficients(&y[..t]).dot(&x.row(t));
            assert!((y[t] - forecast - errors[t]).abs() < 1e-12, "row {t}");
        }
        assert!((errors[0] - y[0]).abs() < 1e-12);
    }

    #[test]
    fn values_that_are_not_finite_are_refused() {
        let mut x = columns();
        x[[3, 2]] = f64::NAN;
        assert!(DualRidge::fit(x.clone(), &kernel(&x), 0.5).is_err());
    }
}
