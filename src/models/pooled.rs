//! Direct regressions pooled over similar series, from Gram matrices that add up.
//!
//! A window of a series is its `lags` last values and the `horizon` that follow. Each window is centred on the mean `c` of its last
//! three known values and divided by the series' own scale; a ridge maps the lags to all horizons at once (Ben Taieb and Hyndman 2012 for
//! direct forecasts, Montero-Manso and Hyndman 2021 for pooling). Series teach each other the more, the nearer they are in a unit square
//! (of roughness and size of changes, say): moments are gathered at 5 × 5 anchors with Gaussian weights, a series reads between the
//! anchors around it and adds a little of its own.
//!
//! Because centring is linear, it can wait: what is added up is the plain moment matrix of whole windows. That matrix is nearly Toeplitz,
//! `M[i+1][j+1] = M[i][j] − x_i x_j + x_{i+m} x_{j+m}` for `m` windows, so that a series costs `O(n w + w²)` instead of
//! `O(n w²)`, `w = lags + horizon`. Moments of series, chunks, threads and machines add up exactly.

use super::terms::{Term, Terms};
use super::{ModelError, ridge};
use ndarray::{Array1, Array2};
use rayon::prelude::*;

/// A series' latest windows count, at most this many.
const MAX_WINDOWS: usize = 200;
/// How many series must have a window before anything is learnt.
const MIN_SERIES: f64 = 5.0;
/// The penalty as a share of the Gram matrix's mean diagonal.
const PENALTY: f64 = 1e-4;
/// Where the anchors lie along each side of the unit square.
pub const ANCHORS: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
/// The mean over all series counts at each anchor like this many series that lie right on it.
const EVERYONE: f64 = 5.0;

/// Where a series lies in the unit square.
pub type PanelPosition = [f64; 2];

/// The shape of windows and how they are pooled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowShape {
    /// How many values a window looks back.
    pub lags: usize,
    /// How many it looks ahead.
    pub horizon: usize,
    /// How far series teach each other along each side of the square: the standard deviation of the weights.
    pub bandwidth: [f64; 2],
}

/// Moments of the windows of one series, or of many added up.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowMoments {
    lags: usize,
    horizon: usize,
    /// `Σ w wᵀ` by rows, upper triangle, `(lags + horizon)²`; a series counts as the mean over its windows.
    second: Vec<f64>,
    /// `Σ w`, alike.
    first: Vec<f64>,
    /// The weight of all.
    weight: f64,
    /// How many windows, of a single series.
    windows: usize,
}

impl WindowMoments {
    /// No windows yet.
    pub fn none(lags: usize, horizon: usize) -> Self {
        let width = lags + horizon;
        Self {
            lags,
            horizon,
            second: vec![0.0; width * width],
            first: vec![0.0; width],
            weight: 0.0,
            windows: 0,
        }
    }

    /// The windows of `x`, divided by `scale` (above zero); `None` for a series without a whole window.
    pub fn of(x: &[f64], scale: f64, lags: usize, horizon: usize) -> Option<Self> {
        let width = lags + horizon;
        let windows = (x.len() + 1)
            .checked_sub(width)
            .filter(|windows| *windows > 0)?;
        let m = windows.min(MAX_WINDOWS);
        let x = &x[x.len() + 1 - width - m..];
        // Any constant may go, since centring takes it away; without it nothing large cancels.
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
        for i in 1..width {
            // The row before, shifted: leave the first window's products, take those after the last.
            let (above, row) = moments.second.split_at_mut(i * width);
            let above = &above[(i - 1) * width + i - 1..(i - 1) * width + width - 1];
            let (old, new) = (x[i - 1] * share, x[i - 1 + m] * share);
            for (k, (total, before)) in row[i..width].iter_mut().zip(above).enumerate() {
                *total = before + new * x[i - 1 + k + m] - old * x[i - 1 + k];
            }
        }
        Some(moments)
    }

    /// Adds other moments with a weight.
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

    /// Solves the ridge on the centred windows and carries on the window that ends `x`.
    ///
    /// `f = Hᵀ (G + λI)⁻¹ a`, `G` and `H` the moments of lags with lags and with what follows, `a` the last lags, an unpenalised constant
    /// among them, `λ` a ten-thousandth of the mean diagonal.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] for a series shorter than the lags, [`ModelError::Regression`] where `G` is not positive.
    fn carry_on(&self, x: &[f64], scale: f64) -> Result<Vec<f64>, ModelError> {
        let (lags, horizon) = (self.lags, self.horizon);
        let centred = CentredMoments::of(self);
        let (last, centre) = centred.last(x, scale)?;
        let last = Array2::from_shape_vec((lags + 1, 1), last).map_err(shapeless)?;
        let (gram, penalty) = centred.gram();
        let dual = ridge::solve(gram, &last, penalty, true)?;
        let step = |k: usize| {
            let lagged: f64 = (0..lags)
                .map(|i| dual[[i, 0]] * centred.at(i, lags + k))
                .sum();
            (lagged + dual[[lags, 0]] * centred.mean(lags + k)) * scale + centre
        };
        Ok((0..horizon).map(step).collect())
    }

    /// What [`WindowMoments::carry_on`] is the sum of: the centre, the constant, and `Hᵀ (G + λI)⁻¹ a` with one lag of `a` at a time.
    fn carry_on_terms(&self, x: &[f64], scale: f64) -> Result<Vec<Terms>, ModelError> {
        let (lags, horizon) = (self.lags, self.horizon);
        let centred = CentredMoments::of(self);
        let (last, centre) = centred.last(x, scale)?;
        let (gram, penalty) = centred.gram();
        let dual = ridge::solve(gram, &Array2::from_diag(&Array1::from(last)), penalty, true)?;
        let step = |k: usize| {
            let through = |j: usize| {
                let lagged: f64 = (0..lags)
                    .map(|i| dual[[i, j]] * centred.at(i, lags + k))
                    .sum();
                (lagged + dual[[lags, j]] * centred.mean(lags + k)) * scale
            };
            let lagged = (0..lags).map(|j| (Term::Lag(lags - j), through(j)));
            Terms::of(lagged.chain([(Term::Level, centre), (Term::Trend, through(lags))]))
        };
        Ok((0..horizon).map(step).collect())
    }
}

/// That rows and columns do not fit: a fault of ours, told as an error.
fn shapeless(error: ndarray::ShapeError) -> ModelError {
    ModelError::Regression {
        reason: error.to_string(),
    }
}

/// Moments with each window less its centre: `(I − 1qᵀ) M (I − 1qᵀ)ᵀ`, `c = qᵀw`, `q` a third at each of the last three lags.
struct CentredMoments<'m> {
    moments: &'m WindowMoments,
    with_centre: Vec<f64>,
    centre_square: f64,
    centre_first: f64,
}

impl<'m> CentredMoments<'m> {
    fn of(moments: &'m WindowMoments) -> Self {
        let mut centred = Self {
            moments,
            with_centre: Vec::new(),
            centre_square: 0.0,
            centre_first: 0.0,
        };
        let width = moments.lags + moments.horizon;
        let (middle, third) = centred.middle();
        centred.with_centre = (0..width)
            .map(|i| middle.clone().map(|j| centred.second(i, j)).sum::<f64>() * third)
            .collect();
        centred.centre_square = centred.with_centre[middle.clone()].iter().sum::<f64>() * third;
        centred.centre_first = moments.first[middle].iter().sum::<f64>() * third;
        centred
    }

    /// The lags that a centre is the mean of, and the weight of each.
    fn middle(&self) -> (std::ops::Range<usize>, f64) {
        let middle = self.moments.lags.saturating_sub(3)..self.moments.lags;
        let third = 1.0 / middle.len() as f64;
        (middle, third)
    }

    fn second(&self, i: usize, j: usize) -> f64 {
        let width = self.moments.lags + self.moments.horizon;
        self.moments.second[i.min(j) * width + i.max(j)]
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.second(i, j) - self.with_centre[i] - self.with_centre[j] + self.centre_square
    }

    fn mean(&self, i: usize) -> f64 {
        self.moments.first[i] - self.centre_first
    }

    /// Moments of the lags and the constant, and the penalty.
    fn gram(&self) -> (Array2<f64>, f64) {
        let lags = self.moments.lags;
        let gram = Array2::from_shape_fn((lags + 1, lags + 1), |(i, j)| {
            match (i == lags, j == lags) {
                (true, true) => self.moments.weight,
                (true, false) => self.mean(j),
                (false, true) => self.mean(i),
                (false, false) => self.at(i, j),
            }
        });
        let penalty = PENALTY * gram.diag().sum() / (lags + 1) as f64;
        (gram, penalty)
    }

    /// The last lags of `x`, centred and scaled, with the constant after them; and the centre.
    fn last(&self, x: &[f64], scale: f64) -> Result<(Vec<f64>, f64), ModelError> {
        let lags = self.moments.lags;
        let start = x.len().checked_sub(lags).ok_or(ModelError::TooShort {
            needed: lags,
            found: x.len(),
        })?;
        let (middle, third) = self.middle();
        let centre = x[start + middle.start..].iter().sum::<f64>() * third;
        let lagged = x[start..].iter().map(|v| (v - centre) / scale);
        Ok((lagged.chain([1.0]).collect(), centre))
    }
}

/// Moments gathered at the anchors.
#[derive(Debug)]
pub struct AnchorMoments {
    shape: WindowShape,
    anchors: Vec<WindowMoments>,
    everyone: WindowMoments,
}

impl AnchorMoments {
    /// Nothing gathered yet.
    pub fn new(shape: WindowShape) -> Self {
        let none = WindowMoments::none(shape.lags, shape.horizon);
        Self {
            shape,
            anchors: vec![none.clone(); ANCHORS.len() * ANCHORS.len()],
            everyone: none,
        }
    }

    /// Takes in series, each with its place. The sum at an anchor runs over them in their order, on however many threads.
    pub fn gather(&mut self, series: &[(WindowMoments, PanelPosition)]) {
        let bandwidth = self.shape.bandwidth;
        self.anchors
            .par_iter_mut()
            .enumerate()
            .for_each(|(k, anchor)| {
                let place = [ANCHORS[k / ANCHORS.len()], ANCHORS[k % ANCHORS.len()]];
                for (moments, position) in series {
                    let distance: f64 = (0..2)
                        .map(|d| ((position[d] - place[d]) / bandwidth[d]).powi(2))
                        .sum();
                    anchor.add(moments, (-0.5 * distance).exp());
                }
            });
        series
            .iter()
            .for_each(|(moments, _)| self.everyone.add(moments, 1.0));
    }

    /// Ends the gathering; `None` with fewer than five series.
    pub fn finish(mut self) -> Option<PooledRegression> {
        let count = self.everyone.weight;
        if count < MIN_SERIES {
            return None;
        }
        for anchor in &mut self.anchors {
            anchor.add(&self.everyone, EVERYONE / count);
            let whole = 1.0 / anchor.weight;
            anchor
                .second
                .iter_mut()
                .chain(&mut anchor.first)
                .for_each(|v| *v *= whole);
            anchor.weight = 1.0;
        }
        Some(PooledRegression {
            shape: self.shape,
            anchors: self.anchors,
        })
    }
}

/// What a panel taught, at the anchors.
#[derive(Debug)]
pub struct PooledRegression {
    shape: WindowShape,
    anchors: Vec<WindowMoments>,
}

impl PooledRegression {
    /// Carries `x` on over the horizon of the shape, from what series around `position` taught; a hundred of its own windows count `own`
    /// beside them.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] for a series shorter than the lags.
    pub fn project(
        &self,
        x: &[f64],
        scale: f64,
        position: PanelPosition,
        own: f64,
    ) -> Result<Vec<f64>, ModelError> {
        self.around(x, scale, position, own).carry_on(x, scale)
    }

    /// What [`PooledRegression::project`] is the sum of.
    ///
    /// # Errors
    /// As [`PooledRegression::project`].
    pub fn project_terms(
        &self,
        x: &[f64],
        scale: f64,
        position: PanelPosition,
        own: f64,
    ) -> Result<Vec<Terms>, ModelError> {
        self.around(x, scale, position, own)
            .carry_on_terms(x, scale)
    }

    /// The moments around `position`, with the series' own beside them.
    fn around(&self, x: &[f64], scale: f64, position: PanelPosition, own: f64) -> WindowMoments {
        let WindowShape { lags, horizon, .. } = self.shape;
        let mut moments = WindowMoments::none(lags, horizon);
        for (i, a) in between(position[0]) {
            for (j, b) in between(position[1]) {
                if a * b > 0.0 {
                    moments.add(&self.anchors[i * ANCHORS.len() + j], a * b);
                }
            }
        }
        if own > 0.0
            && let Some(of_series) = WindowMoments::of(x, scale, lags, horizon)
        {
            moments.add(&of_series, own * of_series.windows as f64 / 100.0);
        }
        moments
    }
}

/// The two anchors around a place on a side of the square, and how much each counts; beyond the last anchor it alone counts.
pub fn between(place: f64) -> [(usize, f64); 2] {
    let low = ANCHORS
        .partition_point(|a| *a < place)
        .saturating_sub(1)
        .min(ANCHORS.len() - 2);
    let share = ((place - ANCHORS[low]) / (ANCHORS[low + 1] - ANCHORS[low])).clamp(0.0, 1.0);
    [(low, 1.0 - share), (low + 1, share)]
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

    /// The same the plain way: every window written out, centred and scaled, the normal equations solved for all horizons.
    fn plainly(
        all: &[(Vec<f64>, f64, f64)],
        x: &[f64],
        scale: f64,
        lags: usize,
        horizon: usize,
    ) -> Vec<f64> {
        let mut gram = Array2::<f64>::zeros((lags + 1, lags + 1));
        let mut cross = Array2::<f64>::zeros((lags + 1, horizon));
        for (x, scale, weight) in all {
            let windows: Vec<&[f64]> = x.windows(lags + horizon).collect();
            let windows = &windows[windows.len().saturating_sub(MAX_WINDOWS)..];
            for window in windows {
                let c = window[lags - 3..lags].iter().sum::<f64>() / 3.0;
                let mut row: Vec<f64> = window[..lags].iter().map(|v| (v - c) / scale).collect();
                row.push(1.0);
                for i in 0..=lags {
                    for j in 0..=lags {
                        gram[[i, j]] += weight * row[i] * row[j] / windows.len() as f64;
                    }
                    for k in 0..horizon {
                        cross[[i, k]] +=
                            weight * row[i] * (window[lags + k] - c) / scale / windows.len() as f64;
                    }
                }
            }
        }
        let penalty = PENALTY * gram.diag().sum() / (lags + 1) as f64;
        let b = ridge::solve(gram, &cross, penalty, true).unwrap();
        let last = &x[x.len() - lags..];
        let c = last[lags - 3..].iter().sum::<f64>() / 3.0;
        (0..horizon)
            .map(|k| {
                let lagged: f64 = (0..lags).map(|i| b[[i, k]] * (last[i] - c) / scale).sum();
                (lagged + b[[lags, k]]) * scale + c
            })
            .collect()
    }

    #[test]
    fn sliding_moments_and_the_dual_give_the_plain_regression() {
        // Every series right on one anchor, so far from the others that they count nothing there: with weight 1 each, and 5 for the
        // mean over all.
        let shape = WindowShape {
            lags: 13,
            horizon: 6,
            bandwidth: [1e-3, 1e-3],
        };
        let all: Vec<(Vec<f64>, f64)> = (0..8)
            .map(|k| (walk(k, 40 + 40 * k as usize), 0.5 + k as f64))
            .collect();
        let mut gathering = AnchorMoments::new(shape);
        let moments = all
            .iter()
            .map(|(x, s)| (WindowMoments::of(x, *s, 13, 6).unwrap(), [0.5, 0.5]))
            .collect::<Vec<_>>();
        gathering.gather(&moments);
        let pooled = gathering.finish().unwrap();
        let (x, scale) = &all[2];
        let found = pooled.project(x, *scale, [0.5, 0.5], 0.0).unwrap();
        let weighted: Vec<_> = all
            .iter()
            .map(|(x, s)| (x.clone(), *s, (1.0 + 5.0 / 8.0) / 13.0))
            .collect();
        let plain = plainly(&weighted, x, *scale, 13, 6);
        assert!(
            found.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-6),
            "{found:?} {plain:?}"
        );
    }

    #[test]
    fn too_few_series_teach_nothing() {
        let shape = WindowShape {
            lags: 13,
            horizon: 6,
            bandwidth: [0.2, 0.2],
        };
        let mut gathering = AnchorMoments::new(shape);
        let moments: Vec<_> = (0..4)
            .map(|k| {
                (
                    WindowMoments::of(&walk(k, 60), 1.0, 13, 6).unwrap(),
                    [0.5, 0.5],
                )
            })
            .collect();
        gathering.gather(&moments);
        assert!(gathering.finish().is_none());
        assert!(WindowMoments::of(&walk(9, 18), 1.0, 13, 6).is_none());
    }

    #[test]
    fn places_lie_between_their_anchors() {
        assert_eq!(between(0.05), [(0, 1.0), (1, 0.0)]);
        assert_eq!(between(0.95), [(3, 0.0), (4, 1.0)]);
        let [(low, a), (high, b)] = between(0.4);
        assert_eq!((low, high), (1, 2));
        assert!((a - 0.5).abs() < 1e-9 && (b - 0.5).abs() < 1e-9);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn moments_merge_in_any_grouping(split in 1..7_usize) {
            let all: Vec<WindowMoments> = (0..8).map(|k| WindowMoments::of(&walk(k, 70), 1.0, 5, 3).unwrap()).collect();
            let of = |part: &[WindowMoments]| {
                let mut sum = WindowMoments::none(5, 3);
                part.iter().for_each(|m| sum.add(m, 1.0));
                sum
            };
            let mut merged = of(&all[..split]);
            merged.add(&of(&all[split..]), 1.0);
            let whole = of(&all);
            let close = merged.second.iter().zip(&whole.second).all(|(a, b)| (a - b).abs() < 1e-9 * (1.0 + b.abs()));
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
