//! What a panel of series teaches, and the forecast of one series with it.

pub(super) mod fitted_forecast;
pub(super) mod panel_model;
pub(super) mod stage_cache;
