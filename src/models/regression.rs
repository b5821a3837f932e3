//! linfa's least squares and elastic net on standardised columns.

use super::ModelError;
use linfa::Dataset;
use linfa::traits::Fit;
use linfa_elasticnet::ElasticNet;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2, Axis};

/// A regression of linfa.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Regression {
    /// Ordinary least squares.
    LeastSquares,
    /// Elastic net, `½/n ‖y − Xw − b‖² + λ (ρ ‖w‖₁ + (1−ρ)/2 ‖w‖²)` on
    /// standardised columns (Zou and Hastie 2005).
    ElasticNet {
        /// λ, in units of the target's standard deviation; zero or more.
        penalty: f64,
        /// ρ, above 0 and at most 1. At 0 linfa's coordinate descent barely converges: use
        /// [`super::ridge::Ridge`].
        l1_ratio: f64,
    },
}

/// A fitted regression: weights for the columns as given, and an intercept.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedRegression {
    /// One weight per column.
    pub weights: Array1<f64>,
    /// Intercept.
    pub intercept: f64,
}

impl Regression {
    /// Fit `n` targets from records of shape `(n, p)`. Columns are standardised first; the weights
    /// are those of the original columns. A column that does not vary gets the weight zero.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] if least squares has fewer than `p + 2` rows or elastic net fewer
    /// than three; [`ModelError::Regression`] if linfa fails.
    pub fn fit(
        &self,
        records: &Array2<f64>,
        targets: &Array1<f64>,
    ) -> Result<FittedRegression, ModelError> {
        let (n, p) = records.dim();
        let needed = if *self == Self::LeastSquares {
            p + 2
        } else {
            3
        };
        if n < needed {
            return Err(ModelError::TooShort { needed, found: n });
        }
        let mean = records
            .mean_axis(Axis(0))
            .unwrap_or_else(|| Array1::zeros(p));
        let sd = records.std_axis(Axis(0), 0.0);
        let kept: Vec<usize> = (0..p)
            .filter(|j| sd[*j] > 1e-9 * mean[*j].abs().max(1e-9))
            .collect();
        let y_mean = targets.mean().unwrap_or(0.0);
        let y_sd = targets.std(0.0);
        let mut weights = Array1::zeros(p);
        if kept.is_empty() || y_sd < 1e-12 {
            return Ok(FittedRegression {
                weights,
                intercept: y_mean,
            });
        }
        let x = Array2::from_shape_fn((n, kept.len()), |(t, k)| {
            (records[[t, kept[k]]] - mean[kept[k]]) / sd[kept[k]]
        });
        let y = targets.mapv(|v| (v - y_mean) / y_sd);
        let data = Dataset::new(x, y);
        let wrong = |reason: String| ModelError::Regression { reason };
        let scaled = match self {
            Self::LeastSquares => {
                let fitted = LinearRegression::new()
                    .with_intercept(false)
                    .fit(&data)
                    .map_err(|e| wrong(e.to_string()))?;
                fitted.params().to_owned()
            }
            Self::ElasticNet { penalty, l1_ratio } => {
                let params = ElasticNet::params()
                    .penalty(*penalty)
                    .l1_ratio(*l1_ratio)
                    .with_intercept(false);
                let fitted = params
                    .max_iterations(1000)
                    .tolerance(1e-5)
                    .fit(&data)
                    .map_err(|e| wrong(e.to_string()))?;
                fitted.hyperplane().to_owned()
            }
        };
        for (j, w) in kept.iter().zip(&scaled) {
            weights[*j] = w * y_sd / sd[*j];
        }
        let intercept = y_mean - weights.dot(&mean);
        if !intercept.is_finite() {
            return Err(wrong("the columns are not independent".to_owned()));
        }
        Ok(FittedRegression { weights, intercept })
    }
}

impl FittedRegression {
    /// Return the predicted value of one row.
    pub fn value(&self, row: &[f64]) -> f64 {
        self.intercept
            + row
                .iter()
                .zip(&self.weights)
                .map(|(x, w)| x * w)
                .sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linfa::traits::Predict;

    fn rows() -> (Array2<f64>, Array1<f64>) {
        let x = Array2::from_shape_fn((30, 2), |(t, j)| {
            if j == 0 {
                t as f64
            } else {
                ((t * 7) % 5) as f64
            }
        });
        let y = Array1::from_shape_fn(30, |t| 3.0 + 2.0 * x[[t, 0]] - 1.5 * x[[t, 1]]);
        (x, y)
    }

    #[test]
    fn least_squares_finds_the_plane() {
        let (x, y) = rows();
        let fitted = Regression::LeastSquares.fit(&x, &y).unwrap();
        assert!((fitted.weights[0] - 2.0).abs() < 1e-9 && (fitted.weights[1] + 1.5).abs() < 1e-9);
        assert!((fitted.intercept - 3.0).abs() < 1e-9);
        let linfa = LinearRegression::new()
            .fit(&Dataset::new(x.clone(), y))
            .unwrap();
        let ahead: Array1<f64> = linfa.predict(&x);
        assert!((fitted.value(x.row(7).as_slice().unwrap()) - ahead[7]).abs() < 1e-9);
    }

    #[test]
    fn elastic_net_shrinks_and_drops() {
        let (x, y) = rows();
        let fitted = Regression::ElasticNet {
            penalty: 0.3,
            l1_ratio: 1.0,
        }
        .fit(&x, &y)
        .unwrap();
        assert!(fitted.weights[0] > 0.5 && fitted.weights[0] < 2.0);
        assert_eq!(fitted.weights[1], 0.0);
    }

    #[test]
    fn a_constant_column_weighs_nothing() {
        let (mut x, y) = rows();
        x.column_mut(1).fill(4.0);
        assert_eq!(
            Regression::LeastSquares.fit(&x, &y).unwrap().weights[1],
            0.0
        );
    }
}
