//! The panel model, and the forecast of one series with it.

#[cfg(test)]
mod event_tests;
pub(super) mod fitted_forecast;
pub(super) mod forecast_note;
pub(super) mod forecast_parts;
#[cfg(test)]
mod history_tests;
mod marginal;
mod model_size;
#[cfg(test)]
mod one_month_tests;
pub(super) mod panel_model;
pub(super) mod panel_news;
#[cfg(test)]
mod regressor_tests;
mod series_errors;
mod stage;
pub(super) mod stage_cache;
mod training_group;
