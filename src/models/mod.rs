//! Forecasting models and regressions. This room sees numbers and matrices, never a series, a month
//! or a currency.
//!
//! - regressions behind linfa's `Fit` and `Predict`: [`ridge`] (closed form), [`regression`]
//!   (linfa's least squares and elastic net); [`dual_ridge`] of many targets on many columns
//! - regressions pooled over many series: [`pooled`]
//! - forecasts of one series, functions of its values (oldest first) and a horizon: [`naive`],
//!   [`smoothing`], [`theta`], [`dynamic_theta`], [`autoregression`], [`aggregation`]
//! - preparation of one series: [`seasonal`], [`cleaning`]
//! - months from figures over spans: [`disaggregation`]
//! - correlation matrices: [`shrinkage`]
//! - numbers that sort fast: [`total_order`]
//!
//! Smoothing models try a [`grid`] of parameters. The length of a season is a parameter,
//! [`SeasonLength`].

pub mod aggregation;
pub mod autoregression;
pub mod cleaning;
pub mod disaggregation;
pub mod dual_ridge;
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
pub mod total_order;

pub use season_length::SeasonLength;
pub use terms::{Term, Terms};

/// The reason why a model could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// There are fewer values than the model needs.
    #[error("{needed} values are needed, {found} are there")]
    TooShort {
        /// Number of values needed.
        needed: usize,
        /// Number of values found.
        found: usize,
    },
    /// The regression has no solution, or linfa refused the data or the parameters.
    #[error("the regression failed: {reason}")]
    Regression {
        /// Reason.
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
