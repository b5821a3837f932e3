//! Results for a terminal: tables, charts and sentences, at most 100 columns wide.

mod backtest;
mod chart;
mod contradictions;
mod explanation;
mod forecast;
mod growth;
mod import_preview;
mod legend;
mod outlook;
mod outlook_history;
mod quality;
mod scenario;
mod series;
mod wrap;

pub use backtest::{backtest, gates, score_names};
pub use chart::{growth_chart, level_chart};
pub use explanation::explanation;
pub use forecast::forecast;
pub use growth::growth_review;
pub use import_preview::import_preview;
pub use legend::forecast_legend;
pub use outlook::outlook;
pub use outlook_history::{outlook_change, outlook_record};
pub use quality::quality_report;
pub use scenario::{scenario_series, scenario_summary};
pub use series::{series_detail, series_list};

/// Return the columns of the terminal that the standard output is; `None` where it is none.
pub fn width() -> Option<u16> {
    super::table::width()
}
