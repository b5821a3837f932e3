//! Results for people and programs: tables, charts, words, JSON and CSV. Nothing is computed here, and nothing is read or sent.

pub mod backtest;
pub mod chart;
pub mod explanation;
pub mod forecast;
pub mod growth;
pub mod number;
pub mod outlook;
pub mod quality;
pub mod scenario;
pub mod series;
mod table;
pub mod words;

pub use forecast::{Failure, Forecast, Outcome};
pub use outlook::Outlook;
pub use series::{SeriesDetail, SeriesRow};
