//! The regressions and their neighbours. This room sees numbers and matrices, never a series, a month or a currency.
//!
//! Regressions speak linfa's `Fit` and `Predict`: [`ridge`] is the closed form that linfa lacks, [`regression`] runs linfa's own
//! least squares and elastic net, [`pooled`] learns regressions from many series by adding up Gram matrices. The others ([`smoothing`],
//! [`theta`], [`dynamic_theta`], [`aggregation`], [`naive`]) are functions of a slice of values, oldest first, and a horizon; they choose
//! their parameters on a [`grid`].

pub mod aggregation;
pub mod autoregression;
pub mod cleaning;
pub mod disaggregation;
pub mod dynamic_theta;
pub mod grid;
pub mod naive;
pub mod pooled;
pub mod regression;
pub mod ridge;
mod season_length;
pub mod seasonal;
pub mod shrinkage;
pub mod smoothing;
pub mod terms;
pub mod theta;

pub use season_length::SeasonLength;
pub use terms::{Term, Terms};

/// Why a model could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Fewer rows than the model needs.
    #[error("{needed} values are needed, {found} are there")]
    TooShort {
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// linfa refused the data or the parameters.
    #[error("the regression failed: {reason}")]
    Regression {
        /// linfa's own words.
        reason: String,
    },
}

impl From<linfa::Error> for ModelError {
    fn from(error: linfa::Error) -> Self {
        Self::Regression {
            reason: error.to_string(),
        }
    }
}
