//! Direct regressions pooled over similar series, from Gram matrices that add up.
//!
//! A window of a series holds its last `lags` values and the `horizon` values that follow. Each
//! window is centred on the mean `c` of its last three lags and divided by the scale of its series.
//! A ridge regression maps the lags to all horizons at once (Ben Taieb and Hyndman 2012 for direct
//! forecasts, Montero-Manso and Hyndman 2021 for pooling).
//!
//! Similar series share training data. Each series has a position in the unit square, for example
//! by roughness and size of changes. Moments are collected at 5 × 5 anchors with Gaussian weights
//! of the distance; a series interpolates between the anchors around it and adds its own moments
//! with a small weight.
//!
//! Because centring is linear, it can wait: what is added up are the plain moments of whole
//! windows, of each lag with all values after it. They are nearly Toeplitz,
//! `M[i+1][j+1] = M[i][j] − x_i x_j + x_{i+m} x_{j+m}` for `m` windows, so that a series costs
//! `O(n w + l w)` instead of `O(n l w)`, with `l` lags and `w = lags + horizon`. Moments of series,
//! chunks and threads add up exactly.
//!
//! The order of reading is `window_moments`, `centred`, `anchors`, `regression`.
//!
//! It fails where fewer than five series have a whole window, and forecasts poorly where the panel
//! holds no series that resembles the one to be forecast.

mod anchors;
mod centred;
mod regression;
mod window_moments;

pub use anchors::{ANCHORS, AnchorMoments, PanelPosition, WindowShape, between};
pub use regression::PooledRegression;
pub use window_moments::WindowMoments;

#[cfg(test)]
pub(in crate::models) mod test_series {
    /// Return a random walk with a wave, the same for the same seed.
    pub(in crate::models) fn walk(seed: u64, n: usize) -> Vec<f64> {
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
}
