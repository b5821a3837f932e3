//! Draws of whole futures, of one series and of several together.

pub(super) mod drawn_forecast;
mod error_correlation;
pub(super) mod exchange_rate_paths;
pub(super) mod joint_draws;
pub(super) mod joint_forecast;
pub(super) mod joint_member;
mod path_order;
pub(super) mod paths;
