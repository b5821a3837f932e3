//! How probable known sums are under a prior of one path.

use super::observed_sum::ObservedSum;
use super::triangle::Factored;
use crate::models::ModelError;
use ndarray::{Array1, Array2, Axis};

/// Known sums of one path, linearised at a point.
#[derive(Debug, Clone)]
pub struct LinearSums {
    /// Derivatives, one row a sum.
    rows: Array2<f64>,
    /// Deviation of each sum from that of the mean path.
    values: Array1<f64>,
    variances: Vec<f64>,
}

impl LinearSums {
    /// Linearise `figures`, sums of path `path` alone, at `paths`; `mean` is the prior mean of that
    /// path.
    pub fn new(
        figures: &[&ObservedSum],
        path: usize,
        paths: &[Array1<f64>],
        mean: &Array1<f64>,
    ) -> Self {
        let n = mean.len();
        let mut rows = Array2::zeros((figures.len(), n));
        for (figure, mut row) in figures.iter().zip(rows.rows_mut()) {
            for (cell, share) in figure.shares(paths) {
                row[cell % n] += share;
            }
        }
        let from_mean = &paths[path] - mean;
        let values = rows.dot(&from_mean)
            + figures
                .iter()
                .map(|figure| figure.value.ln() - figure.stated(paths))
                .collect::<Array1<f64>>();
        Self {
            rows,
            values,
            variances: figures.iter().map(|figure| figure.variance()).collect(),
        }
    }

    /// Return the log density of the sums if the path has `covariance`, without the constant.
    ///
    /// # Errors
    /// [`ModelError::Regression`] if it is not positive definite.
    pub fn evidence(&self, covariance: &Array2<f64>) -> Result<f64, ModelError> {
        let mut middle = self.rows.dot(&covariance.dot(&self.rows.t()));
        for (k, variance) in self.variances.iter().enumerate() {
            middle[[k, k]] += variance;
        }
        let middle = Factored::new(&middle)?;
        let column = self.values.clone().insert_axis(Axis(1));
        let solved = middle.solve(&column);
        Ok(-0.5 * self.values.dot(&solved.column(0)) - middle.half_log_determinant)
    }
}
