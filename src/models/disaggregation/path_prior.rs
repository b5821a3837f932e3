//! The distribution of a path before any sum is known.

use crate::models::ModelError;
use linfa_linalg::cholesky::Cholesky;
use ndarray::{Array1, Array2};

/// Distribution of a path before any sum is known.
#[derive(Debug, Clone, PartialEq)]
pub struct PathPrior {
    /// Mean of the logarithms.
    pub mean: Array1<f64>,
    /// Covariance of the logarithms.
    pub covariance: Array2<f64>,
}

impl PathPrior {
    /// Return the lower triangular factor of the covariance.
    ///
    /// # Errors
    /// [`ModelError::Regression`] if it is not positive definite.
    pub fn factor(&self) -> Result<Array2<f64>, ModelError> {
        self.covariance
            .cholesky()
            .map_err(|e| ModelError::Regression {
                reason: e.to_string(),
            })
    }
}
