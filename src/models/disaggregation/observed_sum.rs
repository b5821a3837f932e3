//! Known sums of paths, and their derivatives.

use ndarray::Array1;

/// Variance of the logarithm of an exact sum: a standard deviation of 0.003 percent. Iterations
/// satisfy exact sums more closely than that.
const EXACT: f64 = 1e-9;

/// Cells of the paths, each with its weight. Cell `k` is month `k % n` of path `k / n`, where `n`
/// is the length of a path.
pub type WeightedCells = Vec<(usize, f64)>;

/// A known sum of cells, or a known ratio of two sums.
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
    /// Standard deviation of the logarithm beyond the rounding: revisions, another publisher.
    pub noise: f64,
}

impl ObservedSum {
    /// Return the logarithm of the sum (or ratio) of `paths`.
    pub fn stated(&self, paths: &[Array1<f64>]) -> f64 {
        let before = match self.before.is_empty() {
            true => 0.0,
            false => log_sum(&self.before, paths),
        };
        log_sum(&self.now, paths) - before
    }

    /// Return the derivative of the logarithm by each cell: its share of the sum.
    pub fn shares(&self, paths: &[Array1<f64>]) -> WeightedCells {
        let mut shares = WeightedCells::with_capacity(self.now.len() + self.before.len());
        for (cells, sign) in [(&self.now, 1.0), (&self.before, -1.0)] {
            if !cells.is_empty() {
                let total = log_sum(cells, paths);
                let share = |&(k, w): &(usize, f64)| (k, sign * w * (at(paths, k) - total).exp());
                shares.extend(cells.iter().map(share));
            }
        }
        shares
    }

    /// Return the path of all cells, of paths of `n` cells; `None` where they belong to several.
    pub fn path(&self, n: usize) -> Option<usize> {
        let mut paths = self.now.iter().chain(&self.before).map(|(k, _)| k / n);
        let first = paths.next()?;
        paths.all(|path| path == first).then_some(first)
    }

    /// Return the variance of the logarithm.
    pub(super) fn variance(&self) -> f64 {
        // A uniform distribution over ± slack.
        self.slack * self.slack / 3.0 + self.noise * self.noise + EXACT
    }

    /// Whether `off`, a difference of logarithms, lies beyond rounding and noise.
    pub fn contradicts(&self, off: f64) -> bool {
        off.abs() > 1.5 * self.slack + 4.0 * self.noise + 2e-5
    }
}

fn at(paths: &[Array1<f64>], cell: usize) -> f64 {
    let n = paths[0].len();
    paths[cell / n][cell % n]
}

fn log_sum(cells: &[(usize, f64)], paths: &[Array1<f64>]) -> f64 {
    let top = cells
        .iter()
        .fold(f64::NEG_INFINITY, |m, (k, _)| m.max(at(paths, *k)));
    let sum: f64 = cells
        .iter()
        .map(|(k, w)| w * (at(paths, *k) - top).exp())
        .sum();
    top + sum.ln()
}
