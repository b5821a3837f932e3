//! The arguments that say how series are projected, which `forecast` and `scenario` share.

use super::arguments::AsOfArgs;
use crate::pipeline::ForecastRequest;
use crate::projection::Method;
use crate::service::ServiceError;

/// How series are projected.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ProjectionArgs {
    /// Forecast horizon in months.
    #[arg(
        long,
        value_name = "MONTHS",
        default_value_t = 12,
        value_parser = clap::value_parser!(u16).range(1..=120)
    )]
    horizon: u16,
    /// Levels of the intervals in percent.
    #[arg(
        long,
        value_name = "PERCENT",
        value_delimiter = ',',
        default_value = "80,95",
        value_parser = super::output::level
    )]
    level: Vec<f64>,
    #[command(flatten)]
    as_of: AsOfArgs,
    /// Seed of the simulated paths.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Method: auto, equal-weights, best, or one member such as theta.
    #[arg(long, default_value = "auto")]
    method: Method,
    /// Simulated paths for each series.
    #[arg(
        long,
        default_value_t = 1000,
        value_parser = clap::value_parser!(i32).range(100..=100_000)
    )]
    paths: i32,
}

impl ProjectionArgs {
    /// Return the request that the arguments make.
    ///
    /// # Errors
    /// An argument cannot be used.
    pub(super) fn request(&self) -> Result<ForecastRequest, ServiceError> {
        Ok(ForecastRequest::new(
            i64::from(self.horizon),
            &self.level,
            self.as_of.vintage()?,
            self.seed,
            self.method,
            i64::from(self.paths),
        )?)
    }
}
