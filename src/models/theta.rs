//! Simple exponential smoothing and the Theta method.

use super::grid::{GridChoice, weigh};
use super::terms::{Term, Terms};

/// Smoothing weights of the grid.
pub const ALPHAS: [f64; 13] = [
    0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99,
];

/// Simple exponential smoothing, `ℓ ← ℓ + α (x − ℓ)`, with each of [`ALPHAS`] (Brown 1959).
/// Levels start from the mean of the first six values.
#[derive(Debug, Clone)]
struct Smoothing {
    level: [f64; ALPHAS.len()],
    /// The sums of squared one-step errors.
    square: [f64; ALPHAS.len()],
    values: usize,
}

impl Smoothing {
    fn of(x: &[f64]) -> Self {
        let start = &x[..x.len().min(6)];
        let mean = start.iter().sum::<f64>() / start.len().max(1) as f64;
        let mut smoothing = Self {
            level: [mean; ALPHAS.len()],
            square: [0.0; ALPHAS.len()],
            values: 0,
        };
        x.iter().for_each(|v| smoothing.push(*v));
        smoothing
    }

    fn push(&mut self, v: f64) {
        let states = self.level.iter_mut().zip(&mut self.square);
        for (alpha, (level, square)) in ALPHAS.iter().zip(states) {
            let e = v - *level;
            *square += e * e;
            *level += alpha * e;
        }
        self.values += 1;
    }

    /// Return the weight, the last level and `(1 − (1−α)ⁿ) / α` of each
    /// `α` with a weight.
    fn endings(&self, choice: GridChoice) -> impl Iterator<Item = (f64, f64, f64)> {
        let power = i32::try_from(self.values).unwrap_or(i32::MAX);
        let chosen = weigh(&self.square, self.values, choice).into_iter();
        chosen.map(move |(k, w)| {
            let reach = (1.0 - (1.0 - ALPHAS[k]).powi(power)) / ALPHAS[k];
            (w, self.level[k], reach)
        })
    }
}

/// Return the root mean square one-step error of the best simple exponential smoothing of `x`.
pub fn one_step_error(x: &[f64]) -> f64 {
    let smoothing = Smoothing::of(x);
    let least = smoothing
        .square
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
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
    let smoothing = Smoothing::of(x);
    let start: f64 = smoothing
        .endings(choice)
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
    let smoothing = Smoothing::of(x);
    let endings = smoothing.endings(choice);
    let (level, reach) = endings.fold((0.0, 0.0), |(level, reach), (w, l, r)| {
        (level + w * l, reach + w * r)
    });
    (0..horizon)
        .map(|k| {
            let trend = half_slope * (reach + k as f64);
            Terms::of([(Term::Level, level), (Term::Trend, trend)])
        })
        .collect()
}

/// Forecast the level of [`theta`] without a slope (simple exponential smoothing), for histories
/// that are too short to tell one.
pub fn level(x: &[f64], horizon: usize, choice: GridChoice) -> Vec<f64> {
    vec![last_level(x, choice); horizon]
}

/// Return the terms of [`level`].
pub fn level_terms(x: &[f64], horizon: usize, choice: GridChoice) -> Vec<Terms> {
    vec![Terms::of([(Term::Level, last_level(x, choice))]); horizon]
}

fn last_level(x: &[f64], choice: GridChoice) -> f64 {
    let smoothing = Smoothing::of(x);
    smoothing
        .endings(choice)
        .map(|(w, level, _)| w * level)
        .sum()
}

/// The [`theta`] method that takes value after value: the slope and the season stay those of the
/// history that it began with.
#[derive(Debug, Clone)]
pub struct RunningTheta {
    smoothing: Smoothing,
    half_slope: f64,
}

impl RunningTheta {
    /// Begin after the history `x`.
    pub fn after(x: &[f64]) -> Self {
        Self {
            smoothing: Smoothing::of(x),
            half_slope: 0.5 * slope(x),
        }
    }

    /// Return the forecast of the next `horizon` values.
    pub fn forecast(&self, horizon: usize) -> Vec<f64> {
        let endings = self.smoothing.endings(GridChoice::Average);
        let next: f64 = endings
            .map(|(w, level, reach)| w * (level + self.half_slope * reach))
            .sum();
        (0..horizon)
            .map(|k| next + self.half_slope * k as f64)
            .collect()
    }

    /// Take the next value.
    pub fn push(&mut self, v: f64) {
        self.smoothing.push(v);
    }
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
    fn the_running_method_is_the_method() {
        // A line: neither the slope nor the levels depend on when the running method began.
        let x: Vec<f64> = (0..60).map(|t| 3.0 + 0.5 * f64::from(t)).collect();
        let mut running = RunningTheta::after(&x[..40]);
        x[40..].iter().for_each(|v| running.push(*v));
        let at_once = theta(&x, 3, GridChoice::Average);
        for (step, whole) in running.forecast(3).iter().zip(at_once) {
            assert!((step - whole).abs() < 1e-12);
        }
    }

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
