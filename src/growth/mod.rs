//! Growth is a reading of levels, and it is read here and nowhere else.
//!
//! A reading compares a span with the same span one year before. Months that were observed are fixed; the others come from joint
//! simulated paths, so that a sum over months is as uncertain as it should be. Beside the readings stands the arithmetic of published growth: the
//! base that rounding leaves, what figures contradict each other, what the rest of a year must bring, records, contributions. Nothing here fits a
//! model.

pub mod base;
pub mod comparison;
pub mod consistency;
pub mod contribution;
pub mod published;
mod reading;
pub mod record;
pub mod target;

pub use reading::{
    Band, DistributionSummary, GrowthEstimate, GrowthMeasure, HistoryAndDraws, SeriesDraws, latest,
    observed, observed_with,
};
