//! Monthly draws from figures for spans of months (temporal disaggregation).

pub(super) mod disaggregation;
pub(super) mod donor_prior;
pub(super) mod draws;
pub(super) mod known_levels;
pub(super) mod leaf_system;
pub(super) mod observed_sums;
pub(super) mod path_prior;
