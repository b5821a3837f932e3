//! Moments of the windows of series.

/// The latest windows of a series count, at most this many.
const MAX_WINDOWS: usize = 200;

/// First and second moments of the windows of one series, or of many series added up.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowMoments {
    pub(super) lags: usize,
    pub(super) horizon: usize,
    /// `Σ w wᵀ`: of each lag with itself and all later values of the window, row behind row; a
    /// series counts as the mean over its windows. A regression needs no other moments.
    pub(super) second: Vec<f64>,
    /// `Σ w`, with the same weights.
    pub(super) first: Vec<f64>,
    /// Total weight.
    pub(super) weight: f64,
    /// Number of windows, of a single series.
    pub(super) windows: usize,
}

impl WindowMoments {
    /// Create the moments of no window.
    pub fn none(lags: usize, horizon: usize) -> Self {
        let width = lags + horizon;
        Self {
            lags,
            horizon,
            second: vec![0.0; row(lags, width)],
            first: vec![0.0; width],
            weight: 0.0,
            windows: 0,
        }
    }

    /// Return how many numbers the moments of such windows are.
    pub(super) fn numbers(lags: usize, horizon: usize) -> usize {
        row(lags, lags + horizon) + lags + horizon
    }

    /// Compute the moments of the windows of `x`, divided by `scale` (above zero); `None` if `x`
    /// has no whole window. Only the latest 200 windows count.
    pub fn of(x: &[f64], scale: f64, lags: usize, horizon: usize) -> Option<Self> {
        let width = lags + horizon;
        let windows = (x.len() + 1)
            .checked_sub(width)
            .filter(|windows| *windows > 0)?;
        let m = windows.min(MAX_WINDOWS);
        let x = &x[x.len() + 1 - width - m..];
        // Centring removes any constant; removing it here already avoids cancellation.
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let x: Vec<f64> = x.iter().map(|v| (v - mean) / scale).collect();
        let share = 1.0 / m as f64;
        let mut moments = Self {
            weight: 1.0,
            windows: m,
            ..Self::none(lags, horizon)
        };
        let mut sum: f64 = x[..m].iter().sum();
        for (i, total) in moments.first.iter_mut().enumerate() {
            *total = sum * share;
            sum += x.get(i + m).unwrap_or(&0.0) - x[i];
        }
        for (j, total) in moments.second[..width].iter_mut().enumerate() {
            *total = x[..m]
                .iter()
                .zip(&x[j..j + m])
                .map(|(a, b)| a * b)
                .sum::<f64>()
                * share;
        }
        for i in 1..lags {
            // The row before, shifted: without the first window, with the one after the last.
            let (above, below) = moments.second.split_at_mut(row(i, width));
            let above = &above[row(i - 1, width)..];
            let (old, new) = (x[i - 1] * share, x[i - 1 + m] * share);
            for (k, (total, before)) in below[..width - i].iter_mut().zip(above).enumerate() {
                *total = before + new * x[i - 1 + k + m] - old * x[i - 1 + k];
            }
        }
        Some(moments)
    }

    /// Return the moment of two values of the window, of which one at least is a lag.
    pub(super) fn second(&self, i: usize, j: usize) -> f64 {
        let (early, late) = (i.min(j), i.max(j));
        self.second[row(early, self.lags + self.horizon) + late - early]
    }

    /// Add other moments with a weight.
    pub fn add(&mut self, other: &Self, weight: f64) {
        debug_assert_eq!(
            (self.lags, self.horizon),
            (other.lags, other.horizon),
            "windows of one shape"
        );
        let pairs = self
            .second
            .iter_mut()
            .zip(&other.second)
            .chain(self.first.iter_mut().zip(&other.first));
        pairs.for_each(|(a, b)| *a += weight * b);
        self.weight += weight * other.weight;
    }
}

/// Return where the moments of a lag begin, in windows of `width` values: those of a lag `i` are
/// `width − i`.
fn row(lag: usize, width: usize) -> usize {
    lag * (2 * width + 1 - lag) / 2
}

#[cfg(test)]
mod tests {
    use super::super::test_series::walk;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_series_without_a_whole_window_has_no_moments() {
        assert!(WindowMoments::of(&walk(9, 18), 1.0, 13, 6).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn moments_merge_in_any_grouping(split in 1..7_usize) {
            let all: Vec<WindowMoments> = (0..8)
                .map(|k| WindowMoments::of(&walk(k, 70), 1.0, 5, 3).unwrap())
                .collect();
            let of = |part: &[WindowMoments]| {
                let mut sum = WindowMoments::none(5, 3);
                part.iter().for_each(|m| sum.add(m, 1.0));
                sum
            };
            let mut merged = of(&all[..split]);
            merged.add(&of(&all[split..]), 1.0);
            let whole = of(&all);
            let close = merged
                .second
                .iter()
                .zip(&whole.second)
                .all(|(a, b)| (a - b).abs() < 1e-9 * (1.0 + b.abs()));
            prop_assert!(close && merged.weight == whole.weight);
        }
    }

    #[test]
    fn what_was_added_can_be_taken_away() {
        let [a, b] = [1, 2].map(|seed| WindowMoments::of(&walk(seed, 70), 1.0, 5, 3).unwrap());
        let mut sum = WindowMoments::none(5, 3);
        sum.add(&a, 1.0);
        let alone = sum.clone();
        sum.add(&b, 1.0);
        sum.add(&b, -1.0);
        assert!(
            sum.second
                .iter()
                .zip(&alone.second)
                .all(|(x, y)| (x - y).abs() < 1e-9)
        );
        assert_eq!(sum.weight, 1.0);
    }
}
