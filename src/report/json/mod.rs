//! Results as JSON, one object a line. Growth and intervals are fractions and base units; levels
//! are percentages.

mod backtest;
mod estimates;
mod explanation;
mod forecast;
mod growth;
mod import;
mod outlook;
mod outlook_history;
mod quality;
mod scenario;
mod series;

pub use backtest::{backtest_summary, score, score_name};
pub use explanation::explanation;
pub use forecast::{failure, forecast};
pub use growth::growth_review;
pub use import::{ImportContent, import};
pub use outlook::outlook;
pub use outlook_history::{outlook_change, outlook_record};
pub use quality::QualityJson;
pub use scenario::{scenario_series, scenario_summary};
pub use series::{series_detail, series_summary};

use serde::Serialize;

/// Write a view of a result as one line.
fn line(view: &impl Serialize) -> String {
    // Only maps with keys that are no texts could fail, and there are none.
    serde_json::to_string(view).expect("a view of a result is JSON")
}
