//! The panel model, and the forecast of one series with it.

pub(super) mod fitted_forecast;
pub(super) mod forecast_note;
mod forecast_parts;
pub(super) mod panel_model;
mod series_errors;
mod stage;
pub(super) mod stage_cache;
