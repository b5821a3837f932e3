//! One series up to a forecast origin.

pub(super) mod effects;
pub(super) mod gaps;
pub(super) mod inactive_months;
pub(super) mod last_figures;
pub(super) mod origin;
pub(super) mod prepared;
pub(super) mod recent_change;
mod recent_shift;
pub(super) mod seasonal_factors;
pub(super) mod stated_events;
pub(super) mod step_errors;
pub(super) mod texture;
pub(super) mod transform;
