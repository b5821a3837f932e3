//! Backtests: forecasts of a method from rolling origins, compared with the actual values.
//!
//! At an origin every series of the panel ends with the month of the origin, also those that are
//! not scored, so that no later value is used anywhere. The values are those of the given panel,
//! revisions included: at an early origin they may differ from those known then. A run in
//! pseudo-real time uses at each origin the panel as it was known then.
//!
//! - `request`: the settings of a backtest, checked once
//! - `run`: the run over origins
//! - `report`: its result by series, pair and method
//! - `outcome`: the forecast from one origin against the actual values
//! - `score`: outcomes summarised by series and method
//! - `score_name`: the names of scores and their meaning
//! - `test`: tests of one forecast against another
//! - `gate`: bounds on scores for CI, `gate_result`: whether scores are within them

pub mod gate;
pub mod gate_result;
mod outcome;
mod report;
mod request;
mod run;
mod score;
mod score_name;
pub mod test;

pub use outcome::ForecastMonth;
pub use report::{BacktestForecast, BacktestReport, pair_names};
pub use request::BacktestRequest;
pub use run::{BacktestProgress, backtest, backtest_as_known};
pub use score::Score;
pub use score_name::{ScoreName, score_names};
