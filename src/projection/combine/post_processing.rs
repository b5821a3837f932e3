//! What is done to a combined path before it is a forecast.

use crate::models::aggregation::aggregate;
use crate::models::grid::GridChoice;
use crate::models::theta::theta;
use crate::projection::combine::method::Method;
use crate::projection::history::origin::Origin;

/// The share of the level forecast, for each share of zeros in the last three years.
const ZERO_RAMP: f64 = 5.0;

/// The post-processing of a combined path. The path of a single member is not changed.
#[derive(Debug, Clone)]
pub(in crate::projection) struct PostProcessing {
    /// The factor from medians to means, so that months add up to a year.
    pub(in crate::projection) raise: f64,
    /// The path of temporal aggregation of the values themselves, and the share by which forecasts
    /// move to it. Where many of the last 36 months are zero, forecasts from shifted logarithms lie
    /// far below the mean.
    pub(in crate::projection) zeros: Option<(Vec<f64>, f64)>,
}

impl PostProcessing {
    /// Measure the post-processing at an origin.
    ///
    /// The factor is half of the skew beyond 0.02: the whole gives the best years and the worst
    /// months, half serves both. The share of zeros counts five times, at most wholly.
    pub(in crate::projection) fn of(origin: &Origin<'_>, horizon: usize) -> Self {
        let share = zero_share(origin);
        let zeros = (share > 0.0).then(|| {
            let path = aggregate(origin.y, horizon, &[3, origin.season.get()], 5, |y, h| {
                theta(y, h, GridChoice::Best)
            });
            (path, (ZERO_RAMP * share).min(1.0))
        });
        Self {
            raise: (0.5 * (origin.skew - 0.02).max(0.0)).exp(),
            zeros,
        }
    }

    /// Apply the post-processing to a path.
    pub(in crate::projection) fn apply(&self, mut path: Vec<f64>, method: Method) -> Vec<f64> {
        if method.combines() {
            path.iter_mut().for_each(|f| *f *= self.raise);
            if let Some((level, q)) = &self.zeros {
                path.iter_mut()
                    .zip(level)
                    .for_each(|(f, g)| *f = (1.0 - q) * *f + q * g.max(0.0));
            }
        }
        path
    }
}

/// Return the share of zeros in the last 36 months of a series without negative values.
pub(in crate::projection) fn zero_share(origin: &Origin<'_>) -> f64 {
    if !origin.transform.is_log() {
        return 0.0;
    }
    let recent = &origin.y[origin.len().saturating_sub(3 * origin.season.get())..];
    recent.iter().filter(|y| **y <= 0.0).count() as f64 / recent.len().max(1) as f64
}
