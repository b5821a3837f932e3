//! The reasons why a series cannot be forecast.

use crate::trade::FrequencyStretch;

/// The fewest months with a value that a forecast needs.
pub const MIN_MONTHS: usize = 4;

/// A reason why a series cannot be forecast.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProjectionError {
    /// Too few months have a value.
    #[error(
        "the history is too short: {found} month{} with a figure, at least {needed} are needed",
        if *found == 1 { "" } else { "s" }
    )]
    TooShort {
        /// The months needed.
        needed: usize,
        /// The months with a value.
        found: usize,
    },
    /// Figures come at another frequency, to the end of the history or nearly so.
    #[error(
        "the data look {}, from {} to {} ({}): months between are not filled; give a figure for \
         every month",
        .0.frequency(), .0.first, .0.last, examples(.0)
    )]
    NotMonthly(FrequencyStretch),
    /// More than half of the months between the first and the last have no value.
    #[error(
        "the history has too many gaps: {gaps} of {months} months have no figure, at most half \
         may be missing"
    )]
    TooManyGaps {
        /// The months without a value.
        gaps: usize,
        /// The months from first to last.
        months: usize,
    },
    /// The user's regressors do not cover the history and the horizon.
    #[error(transparent)]
    MissingRegressor(#[from] crate::trade::regressors::MissingRegressor),
    /// The method cannot be used on this series.
    #[error("{method} cannot be used on this series: {reason}")]
    Unfit {
        /// The name of the method.
        method: &'static str,
        /// The cause.
        reason: String,
    },
}

/// Return the first months of a stretch as a list.
fn examples(stretch: &FrequencyStretch) -> String {
    let months: Vec<String> = stretch.examples().map(|month| month.to_string()).collect();
    format!("{}, …", months.join(", "))
}
