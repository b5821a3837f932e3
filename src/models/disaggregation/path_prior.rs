//! The distribution of the paths before any sum is known.

use super::triangle::Factored;
use crate::models::ModelError;
use linfa_linalg::cholesky::Cholesky;
use ndarray::{Array1, Array2};

/// A deviation that several paths have in common, beside their own.
#[derive(Debug, Clone)]
pub struct CommonDeviation {
    /// Covariance of the common deviation.
    pub covariance: Array2<f64>,
    /// Loading of each path on it.
    pub loading: Vec<f64>,
}

/// Distribution of several paths of equal length before any sum is known.
///
/// Deviations of different paths are correlated by what they have in common. Draws follow that
/// correlation; the most likely paths do not, so that a path that no sum ties to others is the same
/// without them.
#[derive(Debug, Clone)]
pub struct PathPrior {
    /// Mean of the logarithms of each path.
    pub mean: Vec<Array1<f64>>,
    /// Inverse of the covariance of each path.
    pub(super) precision: Vec<Array2<f64>>,
    /// The common deviation; `None` where paths are independent.
    pub(super) common: Option<CommonDeviation>,
    /// Root of the covariance of each path's own deviation: `L` of `L Lᵀ`.
    own_root: Vec<Array2<f64>>,
    /// Root of the covariance of the common deviation.
    common_root: Option<Array2<f64>>,
}

impl PathPrior {
    /// Take means and covariances of the paths, and the part of the covariances that they have in
    /// common.
    ///
    /// # Errors
    /// [`ModelError::Regression`] if a covariance, less its common part, is not positive definite.
    pub fn new(
        mean: Vec<Array1<f64>>,
        covariance: &[Array2<f64>],
        common: Option<CommonDeviation>,
    ) -> Result<Self, ModelError> {
        let inverse = |matrix: &Array2<f64>| Ok(Factored::new(matrix)?.inverse());
        let precision = covariance
            .iter()
            .map(inverse)
            .collect::<Result<_, ModelError>>()?;
        let own = |(path, covariance): (usize, &Array2<f64>)| match &common {
            None => root(covariance),
            Some(common) => {
                let loading = common.loading[path];
                root(&(covariance - &(loading * loading * &common.covariance)))
            }
        };
        Ok(Self {
            own_root: covariance
                .iter()
                .enumerate()
                .map(own)
                .collect::<Result<_, ModelError>>()?,
            common_root: common
                .as_ref()
                .map(|common| root(&common.covariance))
                .transpose()?,
            mean,
            precision,
            common,
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

    /// Draw deviations of path `path` from its mean, one column a draw, from standard normal
    /// numbers for its own deviation and for the common one.
    pub(super) fn draw(&self, path: usize, own: &Array2<f64>, common: &Array2<f64>) -> Array2<f64> {
        let mut drawn = self.own_root[path].dot(own);
        if let Some((root, common_deviation)) = self.common_root.as_ref().zip(self.common.as_ref())
        {
            drawn.scaled_add(common_deviation.loading[path], &root.dot(common));
        }
        drawn
    }
}

/// Return `L` of `L Lᵀ`.
fn root(covariance: &Array2<f64>) -> Result<Array2<f64>, ModelError> {
    covariance.cholesky().map_err(|e| ModelError::Regression {
        reason: e.to_string(),
    })
}
