//! The pooled regression of one panel.

use super::super::ModelError;
use super::super::terms::Terms;
use super::anchors::{ANCHORS, AnchorMoments, PanelPosition, WindowShape, between};
use super::centred::CentredMoments;
use super::window_moments::WindowMoments;

/// Regressions pooled over a panel, one at each anchor.
#[derive(Debug)]
pub struct PooledRegression {
    shape: WindowShape,
    anchors: Vec<WindowMoments>,
}

impl PooledRegression {
    /// Fit from collected moments; `None` with fewer than five series.
    pub fn fit(moments: AnchorMoments) -> Option<Self> {
        let shape = moments.shape;
        let anchors = moments.means()?;
        Some(Self { shape, anchors })
    }

    /// Forecast `x` over the horizon of the shape with the moments around `position`. A hundred
    /// windows of `x` itself have the weight `own` beside them.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] if `x` is shorter than the lags, [`ModelError::Regression`] if the
    /// regression has no solution.
    pub fn project(
        &self,
        x: &[f64],
        scale: f64,
        position: PanelPosition,
        own: f64,
    ) -> Result<Vec<f64>, ModelError> {
        let moments = self.around(x, scale, position, own);
        CentredMoments::of(&moments).forecast(x, scale)
    }

    /// Return the terms of [`PooledRegression::project`].
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
        let moments = self.around(x, scale, position, own);
        CentredMoments::of(&moments).forecast_terms(x, scale)
    }

    /// Interpolate the moments at `position` and add the series' own.
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

#[cfg(test)]
mod tests {
    use super::super::centred::PENALTY;
    use super::super::test_series::walk;
    use super::*;
    use crate::models::ridge;
    use ndarray::Array2;

    /// The same regression without moments: every window written out, centred and scaled, the
    /// normal equations solved for all horizons.
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
            let windows = &windows[windows.len().saturating_sub(200)..];
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
        // Every series lies exactly on one anchor, so far from the others that they count nothing
        // there: with weight 1 each, and 5 for the mean over all.
        let shape = WindowShape {
            lags: 13,
            horizon: 6,
            bandwidth: [1e-3, 1e-3],
        };
        let all: Vec<(Vec<f64>, f64)> = (0..8)
            .map(|k| (walk(k, 40 + 40 * k as usize), 0.5 + k as f64))
            .collect();
        let mut anchors = AnchorMoments::new(shape);
        let moments = all
            .iter()
            .map(|(x, s)| (WindowMoments::of(x, *s, 13, 6).unwrap(), [0.5, 0.5]))
            .collect::<Vec<_>>();
        anchors.add(&moments);
        let pooled = PooledRegression::fit(anchors).unwrap();
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
}
