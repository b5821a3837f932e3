//! Growth of levels. It is computed here and nowhere else.
//!
//! A growth rate compares a span with the same span one year before. Observed months are fixed, the
//! others come from joint draws, so that a sum over months has its proper uncertainty. Beside the
//! estimates stands the arithmetic of published growth: the base that rounding leaves, figures that
//! contradict each other, the growth that the rest of a year needs, records, contributions. Nothing
//! here fits a model.

mod base;
pub mod comparison;
mod consistency;
#[cfg(test)]
mod consistency_tests;
mod contradiction;
pub mod contribution;
mod contribution_split;
mod estimate;
#[cfg(test)]
mod estimate_tests;
mod history_and_draws;
mod measure;
mod observed;
mod order_statistics;
mod published;
mod ratio;
mod record;
mod series_draws;
mod summary;
pub mod target;
mod tiling;
mod value_range;

pub use base::{RevisedBase, base};
pub use contradiction::{ConsistencyRule, Contradiction};
pub use contribution_split::{ContributionSplit, PartContribution};
pub use estimate::GrowthEstimate;
pub use history_and_draws::HistoryAndDraws;
pub use measure::GrowthMeasure;
pub use observed::{latest, observed, observed_with};
pub use published::PublishedFigures;
pub use ratio::ratio;
pub use record::{PastLevels, RecordStanding};
pub use series_draws::SeriesDraws;
pub use summary::{Band, DistributionSummary};
pub use value_range::{Rounded, ValueRange};
