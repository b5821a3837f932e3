//! The options for projecting series, which `forecast` and `scenario` share.

use super::arguments::{AsOfArgs, HorizonArgs, LevelArgs, NewsArgs};
use crate::pipeline::ForecastRequest;
use crate::projection::Method;
use crate::service::ServiceError;

/// Options for projecting series.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ProjectionArgs {
    #[command(flatten)]
    horizon: HorizonArgs,
    #[command(flatten)]
    level: LevelArgs,
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
    #[command(flatten)]
    news: NewsArgs,
}

impl ProjectionArgs {
    /// Return the data vintage (as-of date) as written.
    pub(super) fn as_of(&self) -> &str {
        &self.as_of.as_of
    }

    /// Return the request that the arguments make.
    ///
    /// # Errors
    /// An argument cannot be used.
    pub(super) fn request(&self) -> Result<ForecastRequest, ServiceError> {
        Ok(ForecastRequest::new(
            i64::from(self.horizon.months()),
            self.level.percent(),
            self.as_of.vintage()?,
            self.seed,
            self.method,
            i64::from(self.paths),
        )?
        .with_news(self.news.news()))
    }
}
