//! The dynamic Theta model.

use super::grid::{GridChoice, weigh};
use super::terms::{Term, Terms};
use std::sync::LazyLock;

/// Smoothing weights of the grid.
const ALPHAS: [f64; 6] = [0.05, 0.15, 0.3, 0.5, 0.7, 0.9];
/// Theta coefficients of the grid; 1 is simple exponential smoothing.
const THETAS: [f64; 5] = [1.0, 1.5, 2.0, 3.0, 20.0];
/// Penalty that draws the start level towards that of a constant series.
const START_RIDGE: f64 = 0.05;

/// Parameters of the grid, one column each.
struct ThetaGrid {
    alpha: Vec<f64>,
    /// 1 − 1/θ.
    line: Vec<f64>,
}

static GRID: LazyLock<ThetaGrid> = LazyLock::new(|| {
    let pairs = || {
        ALPHAS
            .iter()
            .flat_map(|a| THETAS.iter().map(move |t| (*a, *t)))
    };
    ThetaGrid {
        alpha: pairs().map(|(a, _)| a).collect(),
        line: pairs().map(|(_, t)| 1.0 - 1.0 / t).collect(),
    }
});

/// Least-squares line through the values so far, `A + B (t + 1)`, updated value by value.
#[derive(Clone, Copy)]
struct RunningTrend {
    mean: f64,
    slope: f64,
}

/// How value number `t` moves the line, without a division for each line.
struct TrendStep {
    kept_slope: f64,
    to_slope: f64,
    kept_mean: f64,
    to_mean: f64,
}

impl TrendStep {
    /// Return the step of value number `t` (from 1); the first moves nothing.
    fn at(t: f64) -> Self {
        if t <= 1.0 {
            return Self {
                kept_slope: 1.0,
                to_slope: 0.0,
                kept_mean: 1.0,
                to_mean: 0.0,
            };
        }
        Self {
            kept_slope: (t - 2.0) / (t + 1.0),
            to_slope: 6.0 / (t * (t + 1.0)),
            kept_mean: (t - 1.0) / t,
            to_mean: 1.0 / t,
        }
    }
}

impl RunningTrend {
    /// Add the value of this step.
    fn update(&mut self, value: f64, step: &TrendStep) {
        self.slope = step.kept_slope * self.slope + step.to_slope * (value - self.mean);
        self.mean = step.kept_mean * self.mean + step.to_mean * value;
    }

    /// Return the intercept after `t` values.
    fn intercept(self, t: f64) -> f64 {
        self.mean - self.slope * (t + 1.0) / 2.0
    }
}

/// Forecast by the dynamic Theta model (Fiorucci et al. 2016):
/// `μ_t = ℓ_{t−1} + (1 − 1/θ) ((1−α)^{t−1} A_{t−1} + (1 − (1−α)^t)/α · B_{t−1})`,
/// `ℓ_t = ℓ_{t−1} + α (y_t − ℓ_{t−1})`, with `A`, `B` the least-squares line so far,
/// which forecasts go on updating.
///
/// | parameter | values |
/// |---|---|
/// | level `α` | 0.05, 0.15, 0.3, 0.5, 0.7, 0.9 |
/// | `θ` | 1, 1.5, 2, 3, 20 |
/// | start level | least squares, drawn slightly towards `y_1 / θ` |
///
/// `choice` says how the 30 fits become one. A seasonal series must be adjusted first. An empty `x`
/// gives zeros.
pub fn dynamic_theta(x: &[f64], horizon: usize, choice: GridChoice) -> Vec<f64> {
    let mut path = vec![0.0; horizon];
    each(x, horizon, choice, |k, share, mu, _| path[k] += share * mu);
    path
}

/// Return the terms of [`dynamic_theta`]: the level at the origin (where the path would stay if the
/// line had no slope), and the trend beyond it.
pub fn dynamic_theta_terms(x: &[f64], horizon: usize, choice: GridChoice) -> Vec<Terms> {
    let mut path = vec![Terms::default(); horizon];
    each(x, horizon, choice, |k, share, mu, level| {
        path[k].add(Term::Level, share * level);
        path[k].add(Term::Trend, share * (mu - level));
    });
    path
}

/// Visit every step of every parameter with a weight: step, weight, value, level at the origin.
fn each(x: &[f64], horizon: usize, choice: GridChoice, mut take: impl FnMut(usize, f64, f64, f64)) {
    let Some(first) = x.first().copied() else {
        return;
    };
    let (alpha, line) = (&GRID.alpha[..], &GRID.line[..]);
    let size = alpha.len();
    let n = x.len();
    let mut trend = RunningTrend {
        mean: first,
        slope: 0.0,
    };
    // The line as it stood before each value.
    let lines: Vec<(f64, f64)> = x
        .iter()
        .enumerate()
        .map(|(t, v)| {
            let before = (trend.intercept(t as f64), trend.slope);
            trend.update(*v, &TrendStep::at(t as f64 + 1.0));
            before
        })
        .collect();
    let ThetaStates {
        l,
        rest,
        error,
        cross,
        weight,
    } = ThetaStates::over(x, &lines);
    // Errors are linear in the start level: e_t(ℓ₀) = e_t − ℓ₀ (1−α)^t. A constant
    // series starts from y₁/θ, so the start is drawn there: then adding a constant to the series
    // adds it to the forecast.
    let start: Vec<f64> = (0..size)
        .map(|k| {
            let drawn_to = first * (1.0 - line[k]);
            drawn_to + (cross[k] - weight[k] * drawn_to) / (weight[k] + START_RIDGE)
        })
        .collect();
    let squares: Vec<f64> = (0..size)
        .map(|k| (error[k] - 2.0 * start[k] * cross[k] + start[k] * start[k] * weight[k]).max(0.0))
        .collect();
    let steps = (n..n + horizon).map(|t| (t as f64, TrendStep::at(t as f64 + 1.0)));
    let steps: Vec<(f64, TrendStep)> = steps.collect();
    for (k, share) in weigh(&squares, n, choice) {
        let reach = 1.0 / alpha[k];
        let (mut level, mut left, mut ahead) = (l[k] + start[k] * rest[k], rest[k], trend);
        let at_origin = level + line[k] * left * trend.mean;
        for (step, (t, of_trend)) in steps.iter().enumerate() {
            let mu = level
                + line[k]
                    * (left * ahead.intercept(*t)
                        + (1.0 - left * (1.0 - alpha[k])) * reach * ahead.slope);
            take(step, share, mu, at_origin);
            level += alpha[k] * (mu - level);
            left *= 1.0 - alpha[k];
            ahead.update(mu, of_trend);
        }
    }
}

/// Number of parameters that run over time together, so that their states stay in registers.
const LANES: usize = 8;

/// Last states of each parameter of the grid, started from a level of zero.
struct ThetaStates {
    /// Last levels.
    l: Vec<f64>,
    /// Remaining share of the start level: (1−α)ⁿ.
    rest: Vec<f64>,
    /// Sums of squared errors.
    error: Vec<f64>,
    /// Sums of errors times the share of the start level.
    cross: Vec<f64>,
    /// Sums of the squared share.
    weight: Vec<f64>,
}

impl ThetaStates {
    /// Run the grid over `x`. The first value counts as no error, since nothing was known before
    /// it.
    fn over(x: &[f64], lines: &[(f64, f64)]) -> Self {
        let size = GRID.alpha.len();
        let none = || Vec::with_capacity(size + LANES);
        let mut run = Self {
            l: none(),
            rest: none(),
            error: none(),
            cross: none(),
            weight: none(),
        };
        for from in (0..size).step_by(LANES) {
            let lanes = |all: &[f64]| -> [f64; LANES] {
                std::array::from_fn(|k| all.get(from + k).copied().unwrap_or(0.5))
            };
            let (alpha, line) = (lanes(&GRID.alpha), lanes(&GRID.line));
            let keep = alpha.map(|a| 1.0 - a);
            let reach: [f64; LANES] = std::array::from_fn(|k| line[k] / alpha[k]);
            let mut l = alpha.map(|a| a * x[0]);
            let mut rest = keep;
            let (mut error, mut cross, mut weight) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for (v, (a, b)) in x[1..].iter().zip(&lines[1..]) {
                for k in 0..LANES {
                    let mu =
                        l[k] + line[k] * rest[k] * a + (1.0 - rest[k] * keep[k]) * reach[k] * b;
                    let e = v - mu;
                    error[k] += e * e;
                    cross[k] += e * rest[k];
                    weight[k] += rest[k] * rest[k];
                    l[k] += alpha[k] * (v - l[k]);
                    rest[k] *= keep[k];
                }
            }
            run.l.extend(l);
            run.rest.extend(rest);
            run.error.extend(error);
            run.cross.extend(cross);
            run.weight.extend(weight);
        }
        for column in [
            &mut run.l,
            &mut run.rest,
            &mut run.error,
            &mut run.cross,
            &mut run.weight,
        ] {
            column.truncate(size);
        }
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_stays() {
        let f = dynamic_theta(&[5.0; 30], 4, GridChoice::Average);
        assert!(f.iter().all(|v| (v - 5.0).abs() < 1e-6), "{f:?}");
    }

    #[test]
    fn the_line_is_least_squares() {
        // Through 1, 2, 4 at t = 1, 2, 3: slope 3/2, mean 7/3, intercept 7/3 − 3 = −2/3.
        let mut line = RunningTrend {
            mean: 1.0,
            slope: 0.0,
        };
        for (v, t) in [(1.0, 1.0), (2.0, 2.0), (4.0, 3.0)] {
            line.update(v, &TrendStep::at(t));
        }
        assert!(
            (line.slope - 1.5).abs() < 1e-12 && (line.intercept(3.0) + 2.0 / 3.0).abs() < 1e-12
        );
    }

    #[test]
    fn a_constant_added_is_a_constant_added() {
        let x: Vec<f64> = (0..40)
            .map(|t| f64::from(t * t % 17) + 0.3 * f64::from(t))
            .collect();
        let raised: Vec<f64> = x.iter().map(|v| v + 100.0).collect();
        for choice in [GridChoice::Best, GridChoice::Average] {
            let (plain, raised) = (
                dynamic_theta(&x, 6, choice),
                dynamic_theta(&raised, 6, choice),
            );
            assert!(
                plain
                    .iter()
                    .zip(&raised)
                    .all(|(a, b)| (b - a - 100.0).abs() < 1e-7),
                "{plain:?} {raised:?}"
            );
        }
    }

    #[test]
    fn a_line_goes_on() {
        let x: Vec<f64> = (0..60).map(|t| 10.0 + 0.5 * f64::from(t)).collect();
        let f = dynamic_theta(&x, 6, GridChoice::Best);
        assert!(
            f.iter()
                .enumerate()
                .all(|(k, v)| (v - (40.0 + 0.5 * k as f64)).abs() < 0.5),
            "{f:?}"
        );
    }

    /// The model by its definition, step by step: the sum of squared errors after the first value,
    /// and the forecasts.
    fn by_definition(
        x: &[f64],
        alpha: f64,
        theta: f64,
        start: f64,
        horizon: usize,
    ) -> (f64, Vec<f64>) {
        let (mut level, mut y) = (start, x.to_vec());
        let mut square = 0.0;
        for t in 0..x.len() + horizon {
            // The least-squares line through the values so far, by its textbook formula.
            let n = t as f64;
            let mean = y[..t].iter().sum::<f64>() / n.max(1.0);
            let top: f64 = y[..t]
                .iter()
                .enumerate()
                .map(|(i, v)| (i as f64 + 1.0 - (n + 1.0) / 2.0) * v)
                .sum();
            let slope = if t > 1 {
                top / (n * (n * n - 1.0) / 12.0)
            } else {
                0.0
            };
            let intercept = mean - slope * (n + 1.0) / 2.0;
            let left = (1.0 - alpha).powi(t as i32);
            let mu = level
                + (1.0 - 1.0 / theta)
                    * (left * intercept + (1.0 - left * (1.0 - alpha)) / alpha * slope);
            if t == x.len() || t > x.len() {
                y.push(mu);
            } else if t > 0 {
                square += (y[t] - mu).powi(2);
            }
            level += alpha * (y[t] - level);
        }
        (square, y[x.len()..].to_vec())
    }

    #[test]
    fn the_grid_runs_the_model_as_defined() {
        let x: Vec<f64> = (0..30)
            .map(|t| 5.0 + f64::from(t * t % 13) + 0.2 * f64::from(t))
            .collect();
        // The best of the grid by the definition, each with its own start level, drawn as
        // documented.
        let best = ALPHAS
            .iter()
            .flat_map(|a| THETAS.iter().map(move |th| (*a, *th)))
            .map(|(alpha, theta)| {
                // The squared error is a parabola in the start level: three points determine it.
                let at = |start: f64| by_definition(&x, alpha, theta, start, 0).0;
                let (zero, plus, minus) = (at(0.0), at(1.0), at(-1.0));
                let (weight, cross) = ((plus + minus) / 2.0 - zero, (minus - plus) / 4.0);
                let drawn_to = x[0] / theta;
                let start = drawn_to + (cross - weight * drawn_to) / (weight + START_RIDGE);
                by_definition(&x, alpha, theta, start, 6)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap();
        let found = dynamic_theta(&x, 6, GridChoice::Best);
        assert!(
            found.iter().zip(&best.1).all(|(a, b)| (a - b).abs() < 1e-7),
            "{found:?} {:?}",
            best.1
        );
    }
}
