//! One series up to a forecast origin.

pub(super) mod effects;
pub(super) mod origin;
pub(super) mod prepared;
pub(super) mod seasonal_factors;
pub(super) mod transform;
