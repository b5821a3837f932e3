//! The members: every single forecaster, by name.

use super::ProjectionError;
use super::origin::Origin;
use super::pool::PooledAt;
use crate::features::Recipe;
use crate::models::aggregation::aggregated_theta;
use crate::models::autoregression::ridge_autoregression;
use crate::models::naive::{seasonal_drift, seasonal_naive};
use crate::models::regression::Regression;
use crate::models::smoothing::{damped_holt, holt_winters};
use crate::models::theta::theta;
use std::fmt;

/// A single forecaster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// The same month of the last year, on the original scale.
    SeasonalNaive,
    /// Seasonal naive with the mean yearly growth of three years.
    SeasonalDrift,
    /// Theta on the seasonally adjusted series.
    Theta,
    /// Damped Holt on the seasonally adjusted series.
    DampedHolt,
    /// Holt–Winters in logarithms.
    HoltWinters,
    /// Multiple temporal aggregation of Theta.
    Aggregation,
    /// Local ridge autoregression.
    RidgeAutoregression,
    /// Pooled direct ridge on 13 lags of the seasonally adjusted series.
    PooledShort,
    /// Pooled direct ridge on 60 lags (24 where a series is shorter).
    PooledLong,
    /// linfa's least squares on lags, trend, months and New Year.
    LeastSquares,
    /// linfa's elastic net on the same features.
    ElasticNet,
}

impl Member {
    /// Every member.
    pub const ALL: [Self; 11] = [
        Self::SeasonalNaive,
        Self::SeasonalDrift,
        Self::Theta,
        Self::DampedHolt,
        Self::HoltWinters,
        Self::Aggregation,
        Self::RidgeAutoregression,
        Self::PooledShort,
        Self::PooledLong,
        Self::LeastSquares,
        Self::ElasticNet,
    ];

    /// The name that requests and results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal-naive",
            Self::SeasonalDrift => "seasonal-drift",
            Self::Theta => "theta",
            Self::DampedHolt => "damped-holt",
            Self::HoltWinters => "holt-winters",
            Self::Aggregation => "temporal-aggregation",
            Self::RidgeAutoregression => "ridge-ar",
            Self::PooledShort => "pooled-short",
            Self::PooledLong => "pooled-long",
            Self::LeastSquares => "least-squares",
            Self::ElasticNet => "elastic-net",
        }
    }

    /// Whether the member learns from the whole panel.
    pub fn is_pooled(self) -> bool {
        matches!(self, Self::PooledShort | Self::PooledLong)
    }

    /// The member's path from an origin, on the original scale; `None` where the history is too short for it.
    pub(super) fn project(
        self,
        origin: &Origin<'_>,
        horizon: usize,
        pooled: Option<&PooledAt>,
    ) -> Option<Vec<f64>> {
        let path = match self {
            Self::SeasonalNaive => return Some(seasonal_naive(origin.y, horizon)),
            Self::SeasonalDrift => origin.turn_back(seasonal_drift(&origin.z, horizon)),
            Self::Theta => origin.reseason(theta(origin.x_gapped(), horizon)),
            Self::DampedHolt => origin.reseason(damped_holt(origin.x_gapped(), horizon)),
            Self::HoltWinters => {
                origin.turn_back(holt_winters(origin.z_gapped(), &origin.index, horizon))
            }
            Self::Aggregation => origin.reseason(aggregated_theta(&origin.x, horizon)),
            Self::RidgeAutoregression => {
                origin.reseason(ridge_autoregression(&origin.x, horizon).ok()?)
            }
            Self::PooledShort => {
                let pooled = pooled
                    .filter(|_| origin.transform.is_log())?
                    .short
                    .as_ref()?;
                origin.reseason(pooled.project(&origin.x, origin.yearly_change)?)
            }
            Self::PooledLong => {
                let pooled = pooled.filter(|_| origin.transform.is_log())?;
                let by = |regression: &Option<crate::models::pooled::Pooled>| {
                    regression
                        .as_ref()?
                        .project(&origin.z, origin.yearly_change)
                };
                origin.turn_back(by(&pooled.long).or_else(|| by(&pooled.medium))?)
            }
            Self::LeastSquares => {
                origin.turn_back(regress(Regression::LeastSquares, origin, horizon)?)
            }
            Self::ElasticNet => origin.turn_back(regress(
                Regression::ElasticNet {
                    penalty: 0.02,
                    l1_ratio: 0.5,
                },
                origin,
                horizon,
            )?),
        };
        path.iter().all(|v| v.is_finite()).then_some(path)
    }
}

/// A regression on lags, trend, months and New Year, iterated; the latest fifteen years teach.
fn regress(regression: Regression, origin: &Origin<'_>, horizon: usize) -> Option<Vec<f64>> {
    const FIFTEEN_YEARS: usize = 180;
    let recipe = Recipe {
        lags: vec![1, 2, 3, 12],
        trend: true,
        months: true,
        new_year: true,
    };
    // Two rows a column, or a fit follows noise.
    if origin.len() < recipe.reach() + 2 * recipe.width() {
        return None;
    }
    let (records, targets) = recipe.training(origin.first, &origin.z, FIFTEEN_YEARS);
    let fitted = regression.fit(&records, &targets).ok()?;
    Some(recipe.iterate(origin.first, &origin.z, horizon, |row| fitted.value(row)))
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Member {
    /// That this member cannot be used, as an error.
    pub(super) fn unfit(self, months: usize) -> ProjectionError {
        ProjectionError::Unfit {
            method: self.name(),
            reason: format!("its history of {months} months is too short for it"),
        }
    }
}
