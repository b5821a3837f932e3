//! Temporal disaggregation: a Gaussian path of logarithms, conditioned on known sums of its
//! exponentials.
//!
//! The path `x` has a mean (season, trend, regression on indicators) and a covariance (correlated
//! errors: a random walk as in Fernández 1981, a first-order autoregression as in Chow and Lin
//! 1971, or their sum, close to Litterman 1983). An observed sum states `ln Σ w e^x = ln v`, or
//! the same of a ratio of two sums, within its rounding. In logarithms, values stay above zero and
//! errors are proportional (Proietti 2006); the price is a Newton iteration.
//!
//! Draws use randomised maximum likelihood (Oliver, He and Reynolds 1996): a draw from the prior is
//! moved to sums drawn within their roundings, so that every draw satisfies every sum within its
//! rounding.
//!
//! It fails where sums contradict each other far beyond their rounding: [`resolve_conflicts`]
//! loosens those first.

mod conditioned_path;
mod conflicts;
mod newton;
mod observed_sum;
mod path_prior;

#[cfg(test)]
mod test;

pub use conditioned_path::ConditionedPath;
pub use conflicts::resolve_conflicts;
pub use observed_sum::{ObservedSum, WeightedCells};
pub use path_prior::PathPrior;
