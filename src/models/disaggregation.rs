//! Temporal disaggregation: a Gaussian path of logarithms, conditioned on known sums of its
//! exponentials.
//!
//! The path `x` has a mean (season, trend, regression on indicators) and a covariance (correlated
//! errors: a random walk as in Fernández 1981, a first-order autoregression as in Chow and Lin
//! 1971, or their sum, close to Litterman 1983). An observed sum states `ln Σ w e^x = ln v`, or
//! the same of a ratio of two sums, within its rounding. In logarithms, values stay above zero and
//! errors are proportional (Proietti 2006); the price is a Newton iteration.
//!
//! Draws use randomised maximum likelihood (Oliver, He and Reynolds 1996): a draw from the prior is
//! moved to sums drawn within their roundings, so that every draw satisfies every sum within its
//! rounding.
//!
//! It fails where sums contradict each other far beyond their rounding: [`resolve_conflicts`]
//! loosens those first.

use super::ModelError;
use super::ridge::solve;
use linfa_linalg::cholesky::Cholesky;
use ndarray::{Array1, Array2};

/// Cells of a path, each with its weight.
pub type WeightedCells = Vec<(usize, f64)>;

/// A known sum of a path, or a known ratio of two sums.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedSum {
    /// Cells of the sum.
    pub now: WeightedCells,
    /// Cells of the sum that it is divided by; empty for a plain sum.
    pub before: WeightedCells,
    /// Value, above zero.
    pub value: f64,
    /// Half width of the rounding, as a share of the value.
    pub slack: f64,
}

/// Distribution of a path before any sum is known.
#[derive(Debug, Clone, PartialEq)]
pub struct PathPrior {
    /// Mean of the logarithms.
    pub mean: Array1<f64>,
    /// Covariance of the logarithms.
    pub covariance: Array2<f64>,
}

/// Distribution of a path given known sums.
#[derive(Debug, Clone)]
pub struct ConditionedPath<'a> {
    prior: &'a PathPrior,
    figures: &'a [ObservedSum],
    /// Most likely path, logarithms.
    pub mode: Array1<f64>,
    jacobian: Array2<f64>,
    gain: Array2<f64>,
    /// Log density of the known sums, linearised at the mode.
    pub evidence: f64,
}

/// Variance of the logarithm of an exact sum: a standard deviation of three millionths.
const EXACT: f64 = 1e-11;
/// Distance below which two iterates are the same.
const SAME: f64 = 1e-8;
/// Most iterations with one gain, and with a gain recomputed at each step.
const STEADY: usize = 60;
const NEWTON: usize = 60;
/// Extra variance of the sums in the first iteration, reduced step by step, so that an iteration
/// from far away does not overshoot.
const TEMPER: f64 = 0.5;
/// An iteration that circles around contradictory sums within this distance is close enough to tell
/// which.
const CIRCLES: f64 = 1e-3;

impl ObservedSum {
    fn log_sum(cells: &[(usize, f64)], x: &Array1<f64>) -> f64 {
        let top = cells
            .iter()
            .fold(f64::NEG_INFINITY, |m, (k, _)| m.max(x[*k]));
        let sum: f64 = cells.iter().map(|(k, w)| w * (x[*k] - top).exp()).sum();
        top + sum.ln()
    }

    /// Return the logarithm of the sum (or ratio) of path `x`.
    pub fn stated(&self, x: &Array1<f64>) -> f64 {
        let before = match self.before.is_empty() {
            true => 0.0,
            false => Self::log_sum(&self.before, x),
        };
        Self::log_sum(&self.now, x) - before
    }

    fn variance(&self) -> f64 {
        // A uniform distribution over ± slack.
        self.slack * self.slack / 3.0 + EXACT
    }
}

fn stated(figures: &[ObservedSum], x: &Array1<f64>) -> Array1<f64> {
    figures.iter().map(|figure| figure.stated(x)).collect()
}

/// Return the derivative of each sum's logarithm by each cell: the cell's share of the sum.
fn jacobian(figures: &[ObservedSum], x: &Array1<f64>) -> Array2<f64> {
    let mut jacobian = Array2::zeros((figures.len(), x.len()));
    for (row, figure) in figures.iter().enumerate() {
        for (cells, sign) in [(&figure.now, 1.0), (&figure.before, -1.0)] {
            if cells.is_empty() {
                continue;
            }
            let total = ObservedSum::log_sum(cells, x);
            for (k, w) in cells {
                jacobian[[row, *k]] += sign * w * (x[*k] - total).exp();
            }
        }
    }
    jacobian
}

/// Return the gain `K Jᵀ (J K Jᵀ + R)⁻¹` and the matrix that is inverted; `temper` is added
/// to the variance of every sum.
fn gain(
    prior: &PathPrior,
    figures: &[ObservedSum],
    jacobian: &Array2<f64>,
    temper: f64,
) -> Result<(Array2<f64>, Array2<f64>), ModelError> {
    // A sum has few cells: only their rows are added up.
    let mut spread = Array2::zeros(jacobian.raw_dim());
    for (row, mut sum) in jacobian.rows().into_iter().zip(spread.rows_mut()) {
        for (share, covariance) in row.iter().zip(prior.covariance.rows()) {
            if *share != 0.0 {
                sum.scaled_add(*share, &covariance);
            }
        }
    }
    let mut middle = spread.dot(&jacobian.t());
    for (k, figure) in figures.iter().enumerate() {
        middle[[k, k]] += figure.variance() + temper;
    }
    let gain = solve(middle.clone(), &spread, 0.0, false)?;
    Ok((gain.reversed_axes(), middle))
}

impl<'a> ConditionedPath<'a> {
    /// Condition `prior` on known sums.
    ///
    /// # Errors
    /// [`ModelError::Regression`] if no path comes close to the sums.
    pub fn new(prior: &'a PathPrior, figures: &'a [ObservedSum]) -> Result<Self, ModelError> {
        let targets: Array1<f64> = figures.iter().map(|figure| figure.value.ln()).collect();
        let start = prior.mean.clone();
        let (mode, moved) =
            newton(prior, figures, &prior.mean, &targets, start).ok_or_else(lost)?;
        if moved > CIRCLES {
            return Err(lost());
        }
        let jacobian = jacobian(figures, &mode);
        let (gain, middle) = gain(prior, figures, &jacobian, 0.0)?;
        let surprise = &targets - &stated(figures, &mode) + jacobian.dot(&(&mode - &prior.mean));
        let evidence = density(middle, &surprise)?;
        Ok(Self {
            prior,
            figures,
            mode,
            jacobian,
            gain,
            evidence,
        })
    }

    /// Return the known sums.
    pub fn figures(&self) -> &[ObservedSum] {
        self.figures
    }

    /// Draw a path of logarithms. `factor` is the prior's [`PathPrior::factor`]; `normal` holds one
    /// independent standard normal number per cell (scaled for heavier tails); `within` holds one
    /// number from −1 to 1 per sum, its place within the rounding. `None` if no path is found.
    pub fn draw(
        &self,
        factor: &Array2<f64>,
        normal: &Array1<f64>,
        within: &[f64],
    ) -> Option<Array1<f64>> {
        let free = &self.prior.mean + &factor.dot(normal);
        // A sum that was loosened by more than itself is still above zero.
        let place = |(figure, u): (&ObservedSum, &f64)| {
            (figure.value * (1.0 + u * figure.slack).max(1e-3)).ln()
        };
        let targets: Array1<f64> = self.figures.iter().zip(within).map(place).collect();
        let mut x = self.mode.clone();
        for _ in 0..STEADY {
            let left = &targets - &stated(self.figures, &x) + self.jacobian.dot(&(&x - &free));
            let next = &free + &self.gain.dot(&left);
            let moved = distance(&next, &x);
            if moved.is_nan() || moved > 1e3 {
                break;
            }
            x = next;
            if moved < SAME {
                return Some(x);
            }
        }
        let (x, moved) = newton(self.prior, self.figures, &free, &targets, self.mode.clone())?;
        (moved < SAME).then_some(x)
    }
}

fn lost() -> ModelError {
    ModelError::Regression {
        reason: "no path satisfies all figures".to_owned(),
    }
}

/// Loosen sums that contradict others, so that a path of `prior` can satisfy all.
///
/// The sum that lies furthest off, relative to its rounding, is loosened first, one after another,
/// until none lies off; then each loosened sum is tried again with its own rounding. The slack of a
/// loosened sum is twice the distance at which it lay off.
///
/// # Errors
/// [`ModelError::Regression`] if no path comes close to the sums.
pub fn resolve_conflicts(
    prior: &PathPrior,
    figures: &[ObservedSum],
) -> Result<Vec<ObservedSum>, ModelError> {
    let targets: Array1<f64> = figures.iter().map(|figure| figure.value.ln()).collect();
    // The distance of each sum from the most likely path.
    let off = |figures: &[ObservedSum], from: Array1<f64>| {
        let (mode, moved) = newton(prior, figures, &prior.mean, &targets, from)?;
        let off = &targets - &stated(figures, &mode);
        (moved < CIRCLES).then_some((mode, off))
    };
    let strain = |figure: &ObservedSum, off: f64| off.abs() / (1.5 * figure.slack + 1e-5);
    let worst = |figures: &[ObservedSum], off: &Array1<f64>| {
        let strains = figures
            .iter()
            .zip(off)
            .map(|(figure, off)| strain(figure, *off));
        strains
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|(_, strain)| *strain > 1.0)
    };
    let mut found = figures.to_vec();
    let (mut mode, mut left) = off(&found, prior.mean.clone()).ok_or_else(lost)?;
    let mut loosened = Vec::new();
    while let Some((k, _)) = worst(&found, &left) {
        found[k].slack = 2.0 * left[k].abs();
        // A sum may be loosened again, but not for ever.
        if loosened.len() > 2 * figures.len() {
            return Err(lost());
        }
        loosened.push(k);
        (mode, left) = off(&found, mode).ok_or_else(lost)?;
    }
    loosened.sort_unstable();
    loosened.dedup();
    for k in loosened {
        let loose = std::mem::replace(&mut found[k].slack, figures[k].slack);
        let agrees =
            off(&found, mode.clone()).is_some_and(|(_, left)| worst(&found, &left).is_none());
        if !agrees {
            found[k].slack = loose;
        }
    }
    Ok(found)
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

/// Return the path nearest to `free` that satisfies the sums, by Gauss–Newton steps from `x`, and
/// the length of the last step.
fn newton(
    prior: &PathPrior,
    figures: &[ObservedSum],
    free: &Array1<f64>,
    targets: &Array1<f64>,
    mut x: Array1<f64>,
) -> Option<(Array1<f64>, f64)> {
    let mut temper = TEMPER;
    let mut moved = f64::INFINITY;
    for _ in 0..NEWTON {
        let jacobian = jacobian(figures, &x);
        let (gain, _) = gain(prior, figures, &jacobian, temper).ok()?;
        let left = targets - &stated(figures, &x) + jacobian.dot(&(&x - free));
        let next = free + &gain.dot(&left);
        moved = distance(&next, &x);
        if !moved.is_finite() {
            return None;
        }
        x = next;
        if moved < SAME && temper == 0.0 {
            break;
        }
        temper = if temper > 1e-12 { 0.1 * temper } else { 0.0 };
    }
    Some((x, moved))
}

fn distance(a: &Array1<f64>, b: &Array1<f64>) -> f64 {
    a.iter().zip(b).fold(0.0, |m: f64, (a, b)| {
        if (a - b).is_nan() {
            f64::NAN
        } else {
            m.max((a - b).abs())
        }
    })
}

/// Return the log density of `surprise` under a normal distribution with covariance `middle`.
fn density(middle: Array2<f64>, surprise: &Array1<f64>) -> Result<f64, ModelError> {
    let wrong = |e: linfa_linalg::LinalgError| ModelError::Regression {
        reason: e.to_string(),
    };
    let factor = middle.cholesky().map_err(wrong)?;
    let half_determinant: f64 = factor.diag().iter().map(|d| d.ln()).sum();
    let column = surprise.clone().insert_axis(ndarray::Axis(1));
    let solved = solve(middle, &column, 0.0, false)?;
    Ok(-0.5 * surprise.dot(&solved.column(0)) - half_determinant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    fn sum(cells: &[usize], value: f64, slack: f64) -> ObservedSum {
        ObservedSum {
            now: cells.iter().map(|k| (*k, 1.0)).collect(),
            before: vec![],
            value,
            slack,
        }
    }

    #[test]
    fn a_small_surprise_is_spread_as_fernandez_does() {
        // A random walk from a known start, covariance [[1, 1], [1, 2]] σ²; the sum of two cells
        // of 1 is 2 e^δ. With shares J = (1/2, 1/2): K Jᵀ = (1, 1.5), J K Jᵀ = 1.25, so the
        // cells take 0.8 δ and 1.2 δ.
        let prior = PathPrior {
            mean: array![0.0, 0.0],
            covariance: array![[1.0, 1.0], [1.0, 2.0]],
        };
        let delta = 1e-5_f64;
        let figures = [sum(&[0, 1], 2.0 * delta.exp(), 0.0)];
        let posterior = ConditionedPath::new(&prior, &figures).unwrap();
        assert!(
            (posterior.mode[0] / delta - 0.8).abs() < 1e-4,
            "{}",
            posterior.mode
        );
        assert!((posterior.mode[1] / delta - 1.2).abs() < 1e-4);
    }

    #[test]
    fn evidence_is_the_normal_density() {
        // One cell of variance 4, figure e², exact: ln N(2; 0, 4) without the constant is
        // −2²/(2·4) − ln 2.
        let prior = PathPrior {
            mean: array![0.0],
            covariance: array![[4.0]],
        };
        let figures = [sum(&[0], 2.0_f64.exp(), 0.0)];
        let posterior = ConditionedPath::new(&prior, &figures).unwrap();
        assert!((posterior.evidence - (-0.5 - 2.0_f64.ln())).abs() < 1e-9);
    }

    #[test]
    fn one_of_contradictory_sums_is_loosened_and_the_others_stand() {
        // Three sums are 1, one is ten times as much: only that one is loosened.
        let prior = PathPrior {
            mean: array![0.0, 0.0],
            covariance: array![[1.0, 0.0], [0.0, 1.0]],
        };
        let figures = [
            sum(&[0], 1.0, 0.01),
            sum(&[0], 10.0, 0.01),
            sum(&[0], 1.0, 0.001),
            sum(&[1], 3.0, 0.0),
        ];
        let found = resolve_conflicts(&prior, &figures).unwrap();
        let loosened: Vec<bool> = found.iter().zip(&figures).map(|(a, b)| a != b).collect();
        assert_eq!(loosened, [false, true, false, false]);
        let posterior = ConditionedPath::new(&prior, &found).unwrap();
        assert!(posterior.mode[0].abs() < 0.01 && (posterior.mode[1] - 3.0_f64.ln()).abs() < 1e-6);
        let factor = prior.factor().unwrap();
        assert!(
            posterior
                .draw(&factor, &array![0.3, -0.2], &[0.5, -1.0, 1.0, 0.0])
                .is_some()
        );
        // Sums without a contradiction stay as they are.
        assert_eq!(
            resolve_conflicts(&prior, &figures[2..]).unwrap(),
            figures[2..]
        );
    }

    proptest! {
        #[test]
        fn every_draw_satisfies_every_sum_within_its_rounding(
            normal in proptest::collection::vec(-3.0..3.0_f64, 24),
            within in proptest::collection::vec(-1.0..1.0_f64, 4),
            growth in 0.8..1.4_f64,
        ) {
            let walk = |t: usize, u: usize| {
                0.05 * 0.05 * (t.min(u) + 1) as f64 + if t == u { 0.01 } else { 0.0 } + 9.0
            };
            let prior = PathPrior {
                mean: Array1::zeros(24),
                covariance: Array2::from_shape_fn((24, 24), |(t, u)| walk(t, u)),
            };
            let months = |from: usize, to: usize| (from..to).collect::<Vec<_>>();
            let cells = |from: usize, to: usize| -> WeightedCells {
                months(from, to).into_iter().map(|k| (k, 1.0)).collect()
            };
            let figures = [
                sum(&months(0, 12), 1200.0, 1e-3),
                sum(&months(12, 17), 500.0, 1e-3),
                ObservedSum {
                    now: cells(12, 17),
                    before: cells(0, 5),
                    value: growth,
                    slack: 5e-4,
                },
                sum(&months(12, 14), 180.0, 0.0),
            ];
            let posterior = ConditionedPath::new(&prior, &figures).unwrap();
            let factor = prior.factor().unwrap();
            let x = posterior.draw(&factor, &Array1::from(normal), &within).unwrap();
            for figure in &figures {
                let off = (figure.stated(&x).exp() / figure.value - 1.0).abs();
                prop_assert!(off <= 1.5 * figure.slack + 1e-6, "{off} beyond {}", figure.slack);
            }
        }
    }
}
