//! Ridge autoregression of the changes of one series.

use super::ridge::Ridge;
use super::terms::{Term, Terms};
use super::{ModelError, SeasonLength};
use linfa::Dataset;
use linfa::traits::Fit;
use ndarray::{Array1, Array2};

/// Forecast by ridge autoregression on `d_t = x_t − x_{t−1} − μ`, with `μ` half the mean
/// change, iterated over the horizon.
///
/// With `m` the season's length, there are `min(m + 1, n/4)` lags. Lag `j` is scaled by `j^−½`
/// (lag `m` by 1), so that distant lags are penalised more. The penalty is chosen by leave-one-out
/// errors ([`Ridge`]). A constant series stays constant.
///
/// # Errors
/// [`ModelError::TooShort`] for fewer than ten values.
pub fn ridge_autoregression(
    x: &[f64],
    season: SeasonLength,
    horizon: usize,
) -> Result<Vec<f64>, ModelError> {
    Ok(FittedAutoregression::new(x, season)?.forecast(horizon))
}

/// The autoregression of [`ridge_autoregression`] that takes value after value: its weights stay
/// those of the history that it began with.
#[derive(Debug, Clone)]
pub struct RunningAutoregression(FittedAutoregression);

impl RunningAutoregression {
    /// Begin after the history `x`.
    ///
    /// # Errors
    /// As [`ridge_autoregression`].
    pub fn after(x: &[f64], season: SeasonLength) -> Result<Self, ModelError> {
        FittedAutoregression::new(x, season).map(Self)
    }

    /// Return the forecast of the next `horizon` values.
    pub fn forecast(&self, horizon: usize) -> Vec<f64> {
        self.0.forecast(horizon)
    }

    /// Take the next value.
    pub fn push(&mut self, v: f64) {
        let fitted = &mut self.0;
        let change = (v - fitted.last - fitted.mean) / fitted.unit;
        fitted.change.push(change);
        fitted.last = v;
    }
}

/// Return the terms of [`ridge_autoregression`]: the last value, the drift, and the effect of each
/// known change through all steps.
///
/// # Errors
/// As [`ridge_autoregression`].
pub fn ridge_autoregression_terms(
    x: &[f64],
    season: SeasonLength,
    horizon: usize,
) -> Result<Vec<Terms>, ModelError> {
    let fitted = FittedAutoregression::new(x, season)?;
    let lags = fitted.weights.len();
    // Each change ahead as weights of the known changes, the latest first.
    let mut ahead: Vec<Vec<f64>> = Vec::with_capacity(horizon);
    let mut total = vec![0.0; lags];
    let mut path = Vec::with_capacity(horizon);
    for k in 0..horizon {
        let mut on_known = vec![0.0; lags];
        for (j, w) in fitted.weights.iter().enumerate() {
            match k.checked_sub(j + 1) {
                Some(step) => on_known
                    .iter_mut()
                    .zip(&ahead[step])
                    .for_each(|(sum, v)| *sum += w * v),
                None => on_known[j - k] += w,
            }
        }
        total
            .iter_mut()
            .zip(&on_known)
            .for_each(|(sum, v)| *sum += v);
        ahead.push(on_known);
        let known = fitted.change.iter().rev().zip(&total).enumerate();
        let lagged = known.map(|(j, (d, v))| (Term::Lag(j + 1), d * v * fitted.unit));
        let drift = fitted.mean * (k + 1) as f64;
        path.push(Terms::of(
            lagged.chain([(Term::Level, fitted.last), (Term::Trend, drift)]),
        ));
    }
    Ok(path)
}

/// A fitted autoregression of changes, in units of their root mean square.
#[derive(Debug, Clone)]
struct FittedAutoregression {
    last: f64,
    mean: f64,
    unit: f64,
    change: Vec<f64>,
    /// Weight of each lag; empty if nothing changes.
    weights: Vec<f64>,
}

impl FittedAutoregression {
    fn new(x: &[f64], season: SeasonLength) -> Result<Self, ModelError> {
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
            return Ok(Self {
                last,
                mean,
                unit: 1.0,
                change: vec![0.0; n],
                weights: vec![],
            });
        }
        change.iter_mut().for_each(|d| *d /= unit);
        let lags = (season.get() + 1).min(n / 4);
        let scale: Vec<f64> = (1..=lags)
            .map(|j| {
                if j == season.get() {
                    1.0
                } else {
                    (j as f64).powf(-0.5)
                }
            })
            .collect();
        let rows = n - lags;
        let records =
            Array2::from_shape_fn((rows, lags), |(t, j)| change[t + lags - 1 - j] * scale[j]);
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
        Ok(Self {
            last,
            mean,
            unit,
            change,
            weights,
        })
    }

    fn forecast(&self, horizon: usize) -> Vec<f64> {
        let known = self.change.len();
        let lagged = known.saturating_sub(self.weights.len());
        let mut change = self.change[lagged..].to_vec();
        let mut level = self.last;
        (0..horizon)
            .map(|_| {
                let lags = self.weights.iter().zip(change.iter().rev());
                let next: f64 = lags.map(|(w, d)| w * d).sum();
                change.push(next);
                level += next * self.unit + self.mean;
                level
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_half_its_drift_until_the_lags_take_over() {
        let flat = ridge_autoregression(&[4.0; 24], SeasonLength::MONTHLY, 3).unwrap();
        assert_eq!(flat, [4.0; 3]);
        assert_eq!(
            ridge_autoregression(&[1.0; 9], SeasonLength::MONTHLY, 3),
            Err(ModelError::TooShort {
                needed: 10,
                found: 9
            })
        );
    }

    #[test]
    fn the_running_autoregression_is_the_autoregression() {
        let x: Vec<f64> = (0..60).map(|t| f64::from((t * 7) % 5)).collect();
        let at_once = ridge_autoregression(&x, SeasonLength::MONTHLY, 3).unwrap();
        let running = RunningAutoregression::after(&x, SeasonLength::MONTHLY).unwrap();
        assert_eq!(running.forecast(3), at_once);
        // A path that comes true moves no later step of it.
        let mut later = running.clone();
        later.push(at_once[0]);
        for (step, whole) in later.forecast(2).iter().zip(&at_once[1..]) {
            assert!((step - whole).abs() < 1e-12);
        }
    }

    #[test]
    fn an_alternation_is_learnt() {
        // x jumps between 0 and 1: the change is +1, −1, …; after a last value of 1 comes one
        // near 0.
        let x: Vec<f64> = (0..60).map(|t| f64::from(t % 2)).collect();
        let f = ridge_autoregression(&x, SeasonLength::MONTHLY, 2).unwrap();
        assert!(f[0].abs() < 0.1 && (f[1] - 1.0).abs() < 0.1, "{f:?}");
    }
}
