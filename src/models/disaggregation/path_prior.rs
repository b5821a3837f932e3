//! The distribution of the paths before any sum is known.

use super::triangle::Factored;
use crate::models::ModelError;
use ndarray::{Array1, Array2};

/// Distribution of several paths of equal length before any sum is known: each path is its mean,
/// its own deviation, and its loading times a deviation that all paths have in common.
#[derive(Debug, Clone)]
pub struct PathPrior {
    /// Mean of the logarithms of each path.
    pub mean: Vec<Array1<f64>>,
    /// Covariance of the common deviation; `None` where paths are independent.
    pub common: Option<Array2<f64>>,
    /// Loading of each path on the common deviation.
    pub loading: Vec<f64>,
    /// Inverse of the covariance of each path's own deviation.
    pub(super) precision: Vec<Array2<f64>>,
}

impl PathPrior {
    /// Take means, own covariances, the common covariance and its loadings.
    ///
    /// # Errors
    /// [`ModelError::Regression`] if a covariance is not positive definite.
    pub fn new(
        mean: Vec<Array1<f64>>,
        own: &[Array2<f64>],
        common: Option<Array2<f64>>,
        loading: Vec<f64>,
    ) -> Result<Self, ModelError> {
        let inverse = |matrix: &Array2<f64>| Ok(Factored::new(matrix)?.inverse());
        let precision = own.iter().map(inverse).collect::<Result<_, ModelError>>()?;
        Ok(Self {
            mean,
            common,
            loading,
            precision,
        })
    }

    /// Return the number of values of each path.
    pub fn len(&self) -> usize {
        self.mean.first().map_or(0, Array1::len)
    }

    /// Whether there is no path.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
