//! One direct regression for all series and all horizons, from Gram matrices that add up.
//!
//! A window of a series is its `lags` last values and the `horizon` that follow. Each window is centred on the mean `c` of its last
//! three known values and divided by the series' own scale; a ridge maps the lags to all horizons at once. Because centring is linear,
//! it can wait: what is added up is the plain moment matrix of whole windows. That matrix is nearly Toeplitz,
//! `M[i+1][j+1] = M[i][j] − x_i x_j + x_{i+m} x_{j+m}` for `m` windows, so that a series costs `O(n w + w²)` instead of
//! `O(n w²)`, `w = lags + horizon`. Moments of series, chunks, threads and machines add up exactly.

use super::{ModelError, ridge};
use ndarray::{Array1, Array2, Axis};

/// A series' latest windows count, at most this many.
const MAX_WINDOWS: usize = 200;
/// How many series must have a window before anything is learnt.
const MIN_SERIES: f64 = 5.0;
/// The penalty as a share of the Gram matrix's mean diagonal.
const PENALTY: f64 = 1e-3;

/// Moments of windows, added up over series, each series weighing one.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    lags: usize,
    horizon: usize,
    /// `Σ w wᵀ / (windows · scale²)`, upper triangle by rows, `(lags + horizon)²`.
    second: Vec<f64>,
    /// `Σ w / (windows · scale)`.
    first: Vec<f64>,
    /// How many series.
    series: f64,
}

impl Moments {
    /// No windows yet.
    pub fn new(lags: usize, horizon: usize) -> Self {
        let width = lags + horizon;
        Self {
            lags,
            horizon,
            second: vec![0.0; width * width],
            first: vec![0.0; width],
            series: 0.0,
        }
    }

    /// Adds the windows of `x`, whose typical change over a year is `scale` (above zero). A series without a whole window adds nothing.
    pub fn add(&mut self, x: &[f64], scale: f64) {
        let width = self.lags + self.horizon;
        let Some(windows) = (x.len() + 1).checked_sub(width).filter(|w| *w > 0) else {
            return;
        };
        let m = windows.min(MAX_WINDOWS);
        let x = &x[x.len() + 1 - width - m..];
        // Any constant may go, since centring takes it away; without it nothing large cancels.
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let x: Vec<f64> = x.iter().map(|v| (v - mean) / scale).collect();
        let share = 1.0 / m as f64;
        let mut sum: f64 = x[..m].iter().sum();
        for (i, total) in self.first.iter_mut().enumerate() {
            *total += sum * share;
            sum += x.get(i + m).unwrap_or(&0.0) - x[i];
        }
        let mut row: Vec<f64> = (0..width)
            .map(|j| {
                x[..m]
                    .iter()
                    .zip(&x[j..j + m])
                    .map(|(a, b)| a * b)
                    .sum::<f64>()
                    * share
            })
            .collect();
        for i in 0..width {
            let totals = &mut self.second[i * width + i..(i + 1) * width];
            for (total, moment) in totals.iter_mut().zip(&row) {
                *total += moment;
            }
            if i + 1 < width {
                // The next row's moments, one shorter: leave the first window's product, take the one after the last.
                let (old, new) = (x[i] * share, x[i + m] * share);
                for (k, moment) in row[..width - i - 1].iter_mut().enumerate() {
                    *moment += new * x[i + k + m] - old * x[i + k];
                }
            }
        }
        self.series += 1.0;
    }

    /// Adds the moments of other series.
    pub fn merge(&mut self, other: &Self) {
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
        pairs.for_each(|(a, b)| *a += b);
        self.series += other.series;
    }

    /// How many series were added.
    pub fn series(&self) -> f64 {
        self.series
    }

    /// Solves the ridge: `B = (G + λ tr(G)/(lags+1) I)⁻¹ H`, the intercept unpenalised; `None` with fewer than five series.
    ///
    /// # Errors
    /// [`ModelError::Regression`] where the Gram matrix is not positive.
    pub fn solve(&self) -> Result<Option<Pooled>, ModelError> {
        if self.series < MIN_SERIES {
            return Ok(None);
        }
        let (lags, horizon, width) = (self.lags, self.horizon, self.lags + self.horizon);
        let second = |i: usize, j: usize| self.second[i.min(j) * width + i.max(j)];
        // c = qᵀw, q a third at each of the last three lags; centred moments are (I − 1qᵀ) M (I − 1qᵀ)ᵀ.
        let centre = lags.saturating_sub(3)..lags;
        let share = 1.0 / centre.len() as f64;
        let with_centre: Vec<f64> = (0..width)
            .map(|i| centre.clone().map(|j| second(i, j)).sum::<f64>() * share)
            .collect();
        let centre_square = with_centre[centre.clone()].iter().sum::<f64>() * share;
        let centre_first = self.first[centre].iter().sum::<f64>() * share;
        let centred =
            |i: usize, j: usize| second(i, j) - with_centre[i] - with_centre[j] + centre_square;
        let mean = |i: usize| self.first[i] - centre_first;
        let gram = Array2::from_shape_fn((lags + 1, lags + 1), |(i, j)| {
            match (i == lags, j == lags) {
                (true, true) => self.series,
                (true, false) => mean(j),
                (false, true) => mean(i),
                (false, false) => centred(i, j),
            }
        });
        let cross = Array2::from_shape_fn((lags + 1, horizon), |(i, k)| {
            if i == lags {
                mean(lags + k)
            } else {
                centred(i, lags + k)
            }
        });
        let penalty = PENALTY * gram.diag().sum() / (lags + 1) as f64;
        let weights = ridge::solve(gram, &cross, penalty, true)?;
        Ok(Some(Pooled {
            weights: weights.t().as_standard_layout().into_owned(),
        }))
    }
}

/// A fitted pooled regression: a row of weights a horizon, the intercept last.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    weights: Array2<f64>,
}

impl Pooled {
    /// How many lags a series must have.
    pub fn lags(&self) -> usize {
        self.weights.ncols() - 1
    }

    /// Projects `x` over the fitted horizon; `None` for a series shorter than the lags.
    pub fn project(&self, x: &[f64], scale: f64) -> Option<Vec<f64>> {
        let lags = self.lags();
        let window = &x[x.len().checked_sub(lags)?..];
        let last = &window[lags.saturating_sub(3)..];
        let centre = last.iter().sum::<f64>() / last.len() as f64;
        let scaled: Array1<f64> = window.iter().map(|v| (v - centre) / scale).collect();
        let (weights, intercept) = self.weights.view().split_at(Axis(1), lags);
        let steps = weights.dot(&scaled) + intercept.column(0);
        Some(steps.iter().map(|step| step * scale + centre).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn walk(seed: u64, n: usize) -> Vec<f64> {
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut level = 8.0;
        (0..n)
            .map(|t| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                level += (state >> 40) as f64 / f64::from(1 << 24) - 0.49;
                level + (t as f64 * 0.5).sin()
            })
            .collect()
    }

    /// The same regression the plain way: every window written out, centred and scaled, and the normal equations solved.
    fn plainly(all: &[Vec<f64>], scales: &[f64], lags: usize, horizon: usize) -> Array2<f64> {
        let mut gram = Array2::<f64>::zeros((lags + 1, lags + 1));
        let mut cross = Array2::<f64>::zeros((lags + 1, horizon));
        for (x, scale) in all.iter().zip(scales) {
            let windows: Vec<&[f64]> = x.windows(lags + horizon).collect();
            let windows = &windows[windows.len().saturating_sub(MAX_WINDOWS)..];
            for window in windows {
                let c = window[lags - 3..lags].iter().sum::<f64>() / 3.0;
                let mut row: Vec<f64> = window[..lags].iter().map(|v| (v - c) / scale).collect();
                row.push(1.0);
                for i in 0..=lags {
                    for j in 0..=lags {
                        gram[[i, j]] += row[i] * row[j] / windows.len() as f64;
                    }
                    for k in 0..horizon {
                        cross[[i, k]] +=
                            row[i] * (window[lags + k] - c) / scale / windows.len() as f64;
                    }
                }
            }
        }
        let penalty = PENALTY * gram.diag().sum() / (lags + 1) as f64;
        ridge::solve(gram, &cross, penalty, true).unwrap()
    }

    #[test]
    fn sliding_moments_give_the_plain_regression() {
        let all: Vec<Vec<f64>> = (0..8).map(|k| walk(k, 40 + 40 * k as usize)).collect();
        let scales: Vec<f64> = (0..8).map(|k| 0.5 + f64::from(k)).collect();
        let mut moments = Moments::new(13, 6);
        all.iter()
            .zip(&scales)
            .for_each(|(x, s)| moments.add(x, *s));
        let pooled = moments.solve().unwrap().unwrap();
        let plain = plainly(&all, &scales, 13, 6);
        let largest = (&pooled.weights.t() - &plain)
            .iter()
            .fold(0.0_f64, |m, d| m.max(d.abs()));
        assert!(largest < 1e-7, "{largest}");
    }

    #[test]
    fn too_few_series_teach_nothing() {
        let mut moments = Moments::new(13, 6);
        (0..4).for_each(|k| moments.add(&walk(k, 60), 1.0));
        moments.add(&walk(9, 18), 1.0);
        assert_eq!(moments.series(), 4.0);
        assert_eq!(moments.solve().unwrap(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn moments_merge_in_any_grouping(split in 1..7_usize) {
            let all: Vec<Vec<f64>> = (0..8).map(|k| walk(k, 70)).collect();
            let of = |part: &[Vec<f64>]| {
                let mut moments = Moments::new(5, 3);
                part.iter().for_each(|x| moments.add(x, 1.0));
                moments
            };
            let mut merged = of(&all[..split]);
            merged.merge(&of(&all[split..]));
            let whole = of(&all);
            let close = merged.second.iter().zip(&whole.second).all(|(a, b)| (a - b).abs() < 1e-9 * (1.0 + b.abs()));
            prop_assert!(close && merged.series == whole.series);
        }
    }
}
