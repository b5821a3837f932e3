//! Why a series cannot be projected.

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
    MissingRegressor(#[from] crate::trade::regressors::MissingRegressor),
    /// The chosen method cannot be used on this series.
    #[error("{method} cannot be used on this series: {reason}")]
    Unfit {
        /// The method's name.
        method: &'static str,
        /// Why.
        reason: String,
    },
}
