//! Simple exponential smoothing and the Theta method.

use super::grid::{GridChoice, weigh};
use super::terms::{Term, Terms};

/// Smoothing weights of the grid.
pub const ALPHAS: [f64; 13] = [
    0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99,
];

/// Return the last levels and the sums of squared one-step errors of simple exponential smoothing,
/// `ℓ ← ℓ + α (x − ℓ)`, for each of [`ALPHAS`] (Brown 1959). Levels start from the mean
/// of the first six values.
fn smooth(x: &[f64]) -> ([f64; ALPHAS.len()], [f64; ALPHAS.len()]) {
    let start = &x[..x.len().min(6)];
    let mut level = [start.iter().sum::<f64>() / start.len().max(1) as f64; ALPHAS.len()];
    let mut square = [0.0; ALPHAS.len()];
    for v in x {
        for k in 0..ALPHAS.len() {
            let e = v - level[k];
            square[k] += e * e;
            level[k] += ALPHAS[k] * e;
        }
    }
    (level, square)
}

/// Return the root mean square one-step error of the best simple exponential smoothing of `x`.
pub fn one_step_error(x: &[f64]) -> f64 {
    let (_, square) = smooth(x);
    let least = square.iter().copied().fold(f64::INFINITY, f64::min);
    (least / x.len().max(1) as f64).sqrt()
}

/// Forecast by the Theta method with lines 0 and 2:
/// `f_k = ℓ + (b/2) (k − 1 + (1 − (1−α)ⁿ) / α)`, with `ℓ` the level of simple
/// exponential smoothing with weight `α` and `b` the least-squares slope (Assimakopoulos and
/// Nikolopoulos 2000, in the form of Hyndman and Billah 2003).
///
/// `α` is one of 13 values from 0.02 to 0.99; `choice` says how their fits become one. A seasonal
/// series must be adjusted first. Half of the slope goes on for ever, so that long horizons of
/// series with a temporary trend overshoot.
pub fn theta(x: &[f64], horizon: usize, choice: GridChoice) -> Vec<f64> {
    let half_slope = 0.5 * slope(x);
    let start: f64 = endings(x, choice)
        .map(|(w, level, reach)| w * (level + half_slope * reach))
        .sum();
    (0..horizon)
        .map(|k| start + half_slope * k as f64)
        .collect()
}

/// Return the terms of [`theta`]: the level of simple exponential smoothing, and the drift of half
/// the slope.
pub fn theta_terms(x: &[f64], horizon: usize, choice: GridChoice) -> Vec<Terms> {
    let half_slope = 0.5 * slope(x);
    let (level, reach) = endings(x, choice).fold((0.0, 0.0), |(level, reach), (w, l, r)| {
        (level + w * l, reach + w * r)
    });
    (0..horizon)
        .map(|k| {
            let trend = half_slope * (reach + k as f64);
            Terms::of([(Term::Level, level), (Term::Trend, trend)])
        })
        .collect()
}

/// Return for each `α` with a weight: the weight, the last level, and `(1 − (1−α)ⁿ) / α`.
fn endings(x: &[f64], choice: GridChoice) -> impl Iterator<Item = (f64, f64, f64)> {
    let (level, square) = smooth(x);
    let n = x.len();
    weigh(&square, n, choice).into_iter().map(move |(k, w)| {
        let reach =
            (1.0 - (1.0 - ALPHAS[k]).powi(i32::try_from(n).unwrap_or(i32::MAX))) / ALPHAS[k];
        (w, level[k], reach)
    })
}

/// Return the least-squares slope of `x` on time; zero for fewer than two values.
fn slope(x: &[f64]) -> f64 {
    let middle = (x.len() as f64 - 1.0) / 2.0;
    let (top, bottom) = x
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |(top, bottom), (t, v)| {
            let d = t as f64 - middle;
            (top + d * v, bottom + d * d)
        });
    if bottom > 0.0 { top / bottom } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_stays() {
        for choice in [GridChoice::Best, GridChoice::Average] {
            assert!(
                theta(&[5.0; 20], 3, choice)
                    .iter()
                    .all(|f| (f - 5.0).abs() < 1e-12)
            );
        }
        assert_eq!(one_step_error(&[5.0; 20]), 0.0);
    }

    #[test]
    fn a_line_goes_on_with_half_its_slope() {
        // x_t = t: slope 1; the best alpha of the grid is 0.99. By hand: the error settles at
        // e = 1 + 0.01 e, so e = 1/0.99 and the last level is 39 − 0.01/0.99; the first step adds
        // (1/2) (1 / 0.99).
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let f = theta(&x, 2, GridChoice::Best);
        assert!(
            (f[0] - (39.0 - 0.01 / 0.99 + 0.5 / 0.99)).abs() < 1e-9,
            "{f:?}"
        );
        assert!((f[1] - f[0] - 0.5).abs() < 1e-12);
    }
}
