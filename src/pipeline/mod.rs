//! Requests planned on a snapshot, prepared and run: forecasts, explanations, changes, scenarios,
//! outlooks, and reviews of growth that has happened.
//!
//! Each request is checked when it is made. A [`Plan`] is prepared by fitting the panel model, and
//! only a [`PreparedPlan`] runs.

mod batch;
mod change;
mod engine;
mod events;
mod explain;
mod failure;
mod forecast;
pub mod growth_review;
mod kept;
mod kept_draws;
mod model_key;
#[cfg(test)]
mod one_baseline_tests;
pub mod outlook;
mod plan;
mod request;
mod request_error;
pub mod scenario;
mod series;
mod split_by;
mod total;

pub use batch::{BatchRow, batch};
pub use change::{ForecastChange, InformationSet, Quantity, decompose_change, forecast_changes};
pub use engine::Engine;
pub use events::{RequestEvents, SeriesEvent};
pub use explain::{Drivers, Explained, explain};
pub use failure::{ForecastError, SeriesFailure};
pub use forecast::{ForecastPoint, SeriesForecast};
pub use growth_review::{GrowthReview, GrowthReviewError, growth_review};
pub use outlook::{Outlook, OutlookBasis, OutlookError, OutlookPlan, OutlookRequest};
pub use plan::{Plan, PreparedPlan};
pub use request::{ForecastRequest, MAX_HORIZON, MAX_LEVELS, MAX_PATHS, levels, paths, percent};
pub use request_error::RequestError;
pub use scenario::{
    Scenario, ScenarioResult, ScenarioRunError, ScenarioSeries, ScenarioSummary, SeriesInfo,
    run_scenario,
};
pub use series::{
    ObservedMonth, SeriesDetail, SeriesDetailError, SeriesPage, SeriesSummary, list_series,
    month_vintages, series_detail,
};
pub use split_by::SplitBy;
pub use total::{TotalError, total};
