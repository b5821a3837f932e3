//! A local autoregression of monthly changes, by ridge.

use super::ridge::Ridge;
use super::{ModelError, SEASON};
use linfa::Dataset;
use linfa::traits::Fit;
use ndarray::{Array1, Array2};

/// The longest lag.
const LAGS: usize = 13;

/// Ridge autoregression on `d_t = x_t − x_{t−1} − μ`, `μ` half the mean change, iterated over the horizon.
///
/// Lag `j` enters scaled by `j^−½` (lag 12 by 1), so that far lags are penalised more; `min(13, n/4)` lags; the penalty by
/// leave-one-out. A changeless series stays where it is.
///
/// # Errors
/// [`ModelError::TooShort`] for fewer than ten values.
pub fn ridge_autoregression(x: &[f64], horizon: usize) -> Result<Vec<f64>, ModelError> {
    const NEEDED: usize = 10;
    let Some((last, n)) = x
        .last()
        .copied()
        .zip(x.len().checked_sub(1))
        .filter(|(_, n)| *n + 1 >= NEEDED)
    else {
        return Err(ModelError::TooShort {
            needed: NEEDED,
            found: x.len(),
        });
    };
    let mean = 0.5 * (last - x[0]) / n as f64;
    let mut change: Vec<f64> = x.windows(2).map(|w| w[1] - w[0] - mean).collect();
    let unit = (change.iter().map(|d| d * d).sum::<f64>() / n as f64).sqrt();
    if unit < 1e-12 {
        return Ok((1..=horizon).map(|k| last + mean * k as f64).collect());
    }
    change.iter_mut().for_each(|d| *d /= unit);
    let lags = LAGS.min(n / 4);
    let scale: Vec<f64> = (1..=lags)
        .map(|j| {
            if j == SEASON {
                1.0
            } else {
                (j as f64).powf(-0.5)
            }
        })
        .collect();
    let rows = n - lags;
    let records = Array2::from_shape_fn((rows, lags), |(t, j)| change[t + lags - 1 - j] * scale[j]);
    let targets = Array1::from_shape_fn(rows, |t| change[t + lags]);
    let fitted = Ridge::default()
        .intercept(false)
        .fit(&Dataset::new(records, targets))?;
    let weights: Vec<f64> = fitted
        .weights
        .iter()
        .zip(&scale)
        .map(|(w, s)| w * s)
        .collect();
    let mut level = last;
    for _ in 0..horizon {
        let next: f64 = weights
            .iter()
            .zip(change.iter().rev())
            .map(|(w, d)| w * d)
            .sum();
        change.push(next);
    }
    Ok(change[n..]
        .iter()
        .map(|d| {
            level += d * unit + mean;
            level
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_half_its_drift_until_the_lags_take_over() {
        let flat = ridge_autoregression(&[4.0; 24], 3).unwrap();
        assert_eq!(flat, [4.0; 3]);
        assert_eq!(
            ridge_autoregression(&[1.0; 9], 3),
            Err(ModelError::TooShort {
                needed: 10,
                found: 9
            })
        );
    }

    #[test]
    fn an_alternation_is_learnt() {
        // x jumps between 0 and 1: the change is +1, −1, …; after a last value of 1 comes one near 0.
        let x: Vec<f64> = (0..60).map(|t| f64::from(t % 2)).collect();
        let f = ridge_autoregression(&x, 2).unwrap();
        assert!(f[0].abs() < 0.1 && (f[1] - 1.0).abs() < 0.1, "{f:?}");
    }
}
