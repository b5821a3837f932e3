//! Backtests: what a method would have said at rolling origins, against what came.
//!
//! At an origin every series of the panel ends with the origin's month, those that only teach included, so that nothing later is known to
//! anything. The figures themselves are those of the panel given: a panel as of a day knows that day's, else revisions are not undone. A run in pseudo-real time undoes
//! them: each origin learns from the panel as it was known then.

pub mod gate;
mod outcome;
mod request;
mod run;
mod score;
pub mod test;

pub use request::BacktestRequest;
pub use run::{BacktestProgress, BacktestReport, backtest, backtest_as_known};
pub use score::Score;
