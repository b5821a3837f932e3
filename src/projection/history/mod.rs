//! One series up to a forecast origin.

pub(super) mod effects;
pub(super) mod gaps;
pub(super) mod origin;
pub(super) mod prepared;
pub(super) mod seasonal_factors;
pub(super) mod texture;
pub(super) mod transform;
