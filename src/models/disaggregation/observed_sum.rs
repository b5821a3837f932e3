//! Known sums of a path, and their derivatives.

use ndarray::{Array1, Array2};

/// Variance of the logarithm of an exact sum: a standard deviation of three millionths.
const EXACT: f64 = 1e-11;

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

    pub(super) fn variance(&self) -> f64 {
        // A uniform distribution over ± slack.
        self.slack * self.slack / 3.0 + EXACT
    }
}

/// Return the logarithm of each sum (or ratio) of path `x`.
pub(super) fn stated(figures: &[ObservedSum], x: &Array1<f64>) -> Array1<f64> {
    figures.iter().map(|figure| figure.stated(x)).collect()
}

/// Return the derivative of each sum's logarithm by each cell: the cell's share of the sum.
pub(super) fn jacobian(figures: &[ObservedSum], x: &Array1<f64>) -> Array2<f64> {
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
