//! The members of a combination by name.

use crate::projection::error::ProjectionError;
use std::fmt;

/// A single forecaster. Unless stated otherwise, a member works on the logarithm without its
/// season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// The value of the same month a year earlier, on the original scale.
    SeasonalNaive,
    /// Seasonal naive with the mean yearly growth of three years.
    SeasonalDrift,
    /// Theta.
    Theta,
    /// Damped Holt with the best parameters of a grid.
    DampedHolt,
    /// Holt–Winters in logarithms.
    HoltWinters,
    /// Local ridge autoregression.
    RidgeAutoregression,
    /// Damped Holt at six frequencies.
    AggregatedHolt,
    /// Theta at six frequencies.
    AggregatedTheta,
    /// Dynamic Theta at six frequencies.
    AggregatedDynamicTheta,
    /// Damped Holt at six frequencies, in levels.
    AggregatedHoltLevels,
    /// Dynamic Theta, in levels.
    DynamicThetaLevels,
    /// Ridge on 13 lags, pooled over similar series.
    PooledShort,
    /// Ridge on 48, 36 or 24 lags, as the history allows, pooled over similar series.
    PooledLong,
    /// Ridge on 13 lags, pooled over similar series, in levels.
    PooledLevels,
    /// linfa's least squares on lags, trend, months and New Year.
    LeastSquares,
    /// linfa's elastic net on the same features.
    ElasticNet,
}

impl Member {
    /// Every member.
    pub const ALL: [Self; 16] = [
        Self::SeasonalNaive,
        Self::SeasonalDrift,
        Self::Theta,
        Self::DampedHolt,
        Self::HoltWinters,
        Self::RidgeAutoregression,
        Self::AggregatedHolt,
        Self::AggregatedTheta,
        Self::AggregatedDynamicTheta,
        Self::AggregatedHoltLevels,
        Self::DynamicThetaLevels,
        Self::PooledShort,
        Self::PooledLong,
        Self::PooledLevels,
        Self::LeastSquares,
        Self::ElasticNet,
    ];

    /// Return the name that requests and results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal-naive",
            Self::SeasonalDrift => "seasonal-drift",
            Self::Theta => "theta",
            Self::DampedHolt => "damped-holt",
            Self::HoltWinters => "holt-winters",
            Self::RidgeAutoregression => "ridge-ar",
            Self::AggregatedHolt => "aggregated-holt",
            Self::AggregatedTheta => "aggregated-theta",
            Self::AggregatedDynamicTheta => "aggregated-dynamic-theta",
            Self::AggregatedHoltLevels => "aggregated-holt-levels",
            Self::DynamicThetaLevels => "dynamic-theta-levels",
            Self::PooledShort => "pooled-short",
            Self::PooledLong => "pooled-long",
            Self::PooledLevels => "pooled-levels",
            Self::LeastSquares => "least-squares",
            Self::ElasticNet => "elastic-net",
        }
    }

    /// Return the error that this member cannot be used on a history of so many months.
    pub(in crate::projection) fn unfit(self, months: usize) -> ProjectionError {
        let reason = format!(
            "its history of {months} months is too short, or has values that it cannot take"
        );
        ProjectionError::Unfit {
            method: self.name(),
            reason,
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
