//! Results as CSV: a header, and rows of fields that are not yet quoted.

mod backtest;
mod forecast;
mod outlook;
mod series;

pub use backtest::{BACKTEST_HEADER, backtest_rows};
pub use forecast::{forecast_header, forecast_rows};
pub use outlook::{outlook_header, outlook_rows};
pub use series::{DETAIL_HEADER, LIST_HEADER, detail_rows, list_row};
