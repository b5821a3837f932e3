//! A series of a joint forecast.

use crate::projection::panel::fitted_forecast::FittedForecast;
use crate::trade::{Series, SeriesKey};

/// A series of a joint forecast, with its own fitted forecast.
#[derive(Debug, Clone)]
pub struct JointMember<'a> {
    /// The key of the series.
    pub key: SeriesKey,
    /// Its history.
    pub series: Series<'a>,
    /// Its fitted forecast.
    pub fitted: &'a FittedForecast<'a>,
    /// The seed of its own paths.
    pub seed: u64,
}
