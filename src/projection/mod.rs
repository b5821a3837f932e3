//! From a series to its future: a point path, honest intervals, joint simulated paths.
//!
//! ```text
//! Panel ──Method, horizon──► PanelModel (what the panel teaches: weights, pooled regressions, how errors grow)
//! Series + PanelModel ──fit──► FittedForecast ──► point path, intervals, Paths
//! ```
//!
//! Everything is computed on [`Transform`]ed values and read on the original scale. The only randomness is the seed of
//! [`FittedForecast::paths`].

mod account;
mod borrowed;
mod combination;
mod effects;
mod explanation;
mod fitted;
mod interval;
mod joint;
mod lessons;
mod member;
mod memory;
mod method;
mod origin;
mod paths;
mod pool;
mod prepared;
mod rates;
mod season;
mod spans;
mod together;
mod transform;

pub use borrowed::{DonorPrior, DonorSeries};
pub use combination::Evaluation;
pub use explanation::{Driver, ExplainedMonth, ForecastExplanation, MemberShare};
pub use fitted::{Assumption, FittedForecast, ForecastNote};
pub use joint::{JointDraws, JointSeries};
pub use member::Member;
pub use memory::StageCache;
pub use method::{Method, Rule, UnknownMethod};
pub use paths::Paths;
pub use pool::PanelModel;
pub use rates::rate_paths;
pub use season::SeasonalFactors;
pub use spans::{
    ConflictingFigure, DisaggregatedDraws, Disaggregation, DisaggregationError, LeafSystem,
    SignedSum, UnusedFigure,
};
pub use together::{JointMember, joint_forecast};
pub use transform::Transform;

/// The fewest months with a figure that a projection can start from.
pub const MIN_MONTHS: usize = 4;

/// Why a series cannot be projected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProjectionError {
    /// Too few months with a figure.
    #[error("the history is too short: {found} months with a figure, at least {needed} are needed")]
    TooShort {
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// More than half of the months between the first and the last have no figure.
    #[error(
        "the history has too many gaps: {gaps} of {months} months have no figure, at most half may be missing"
    )]
    TooManyGaps {
        /// How many months are gaps.
        gaps: usize,
        /// How many months there are from first to last.
        months: usize,
    },
    /// The user's own regressors do not cover the history and the horizon.
    #[error(transparent)]
    MissingRegressor(#[from] crate::trade::regressors::Missing),
    /// The chosen method cannot be used on this series.
    #[error("{method} cannot be used on this series: {reason}")]
    Unfit {
        /// The method's name.
        method: &'static str,
        /// Why.
        reason: String,
    },
}
