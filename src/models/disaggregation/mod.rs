//! Temporal disaggregation: Gaussian paths of logarithms, conditioned on known sums of their
//! exponentials.
//!
//! A path `x` has a mean (season, trend) and a covariance (correlated errors: a random walk as in
//! Fernández 1981, a first-order autoregression as in Chow and Lin 1971, or their sum, close to
//! Litterman 1983). Several paths have a deviation in common. An observed sum states `ln Σ w e^x =
//! ln v`, or the same of a ratio of two sums, within its rounding and noise. In logarithms, values
//! stay above zero and errors are proportional (Proietti 2006); the price is a Newton iteration.
//!
//! Each path is a block: sums over one path alone add to its precision, at a cost that is linear in
//! their number. Only sums over several paths tie blocks together; they border the system. Draws
//! are draws of the prior, correlated by what paths have in common, moved to the sums (Matheron's
//! rule), so that every draw satisfies every sum within its rounding and noise.
//!
//! Sums that contradict each other are all loosened at once, by how far each lies off.

mod conditioned_path;
mod evidence;
mod linearised;
mod observed_sum;
mod path_prior;
mod triangle;

#[cfg(test)]
mod test;

pub use conditioned_path::ConditionedPath;
pub use evidence::LinearSums;
pub use linearised::StandardNormals;
pub use observed_sum::{ObservedSum, WeightedCells};
pub use path_prior::{CommonDeviation, PathPrior};
