//! Results for a terminal: tables, charts and sentences, at most 100 columns wide.

mod backtest;
mod chart;
mod explanation;
mod forecast;
mod quality;
mod scenario;
mod series;

pub use backtest::backtest;
pub use chart::growth_chart;
pub use explanation::explanation;
pub use forecast::forecast;
pub use quality::quality_report;
pub use scenario::{scenario_series, scenario_summary};
pub use series::{series_detail, series_list};
