//! Draws of whole futures, of one series and of several together.

pub(super) mod joint_draws;
pub(super) mod joint_forecast;
pub(super) mod paths;
pub(super) mod rates;
