//! Plan, choose, run: from a request in the desk's words to a forecast with its growth readings.

mod batch;
mod change;
mod engine;
mod explain;
mod failure;
mod forecast;
pub mod growth_review;
mod outlook;
mod request;
pub mod scenario;
mod series;
mod worlds;

pub use batch::{BatchRow, batch};
pub use change::{ForecastChange, InformationSet, Quantity, decompose_change, forecast_changes};
pub use engine::{Engine, Plan};
pub use explain::{Drivers, Explained, explain};
pub use failure::SeriesFailure;
pub(crate) use forecast::hash;
pub use forecast::{ForecastPoint, SeriesForecast};
pub use growth_review::{GrowthReview, GrowthReviewError, growth_review};
pub use outlook::{
    Outlook, OutlookBasis, OutlookError, OutlookRequest, RateEffect, RecordOutlook, TargetOutlook,
    outlook,
};
pub use request::{ForecastRequest, MAX_HORIZON, RequestError, levels, paths, percent};
pub use series::{
    ObservedMonth, SeriesDetail, SeriesDetailError, SeriesPage, SeriesSummary, list_series,
    series_detail,
};
pub use worlds::{
    Scenario, ScenarioResult, ScenarioRunError, ScenarioSeries, ScenarioSummary, SeriesInfo,
    run_scenario,
};

use crate::catalog::CatalogError;
use crate::projection::ProjectionError;

/// Why one series of a request has no forecast; the others go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// There is no such series.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The series cannot be projected.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
}
