//! Monthly draws from figures for spans of months.

pub(super) mod disaggregation;
pub(super) mod donor_prior;
