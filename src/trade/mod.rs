//! Months and spans, series keys, currencies, releases, series, the hierarchy of sums, calendars.
//!
//! Nothing here knows a file, a data frame, a matrix or a wire format. A value is parsed once,
//! here, and trusted afterwards.

pub mod area;
pub mod area_names;
pub mod areas;
pub mod basis;
pub mod calendar;
pub mod day;
mod error;
pub mod frequency;
pub mod frequency_stretch;
pub mod hash;
pub mod hierarchy;
pub mod key;
pub mod month;
pub mod notation;
pub mod regressors;
pub mod release;
pub mod series;
pub mod span;
pub mod subject;
pub mod unit;
mod written_unit;

pub use basis::Basis;
pub use error::TradeError;
pub use frequency::Frequency;
pub use frequency_stretch::FrequencyStretch;
pub use hash::{seeded_hash, stable_hash};
pub use hierarchy::{Completeness, Component, Hierarchy};
pub use key::{Code, Flow, SeriesKey};
pub use month::Month;
pub use notation::Notation;
pub use regressors::Regressors;
pub use release::{FigureMeasure, Release};
pub use series::Series;
pub use span::Span;
pub use subject::Subject;
pub use unit::{Currency, Unit};

/// The largest size of a figure, in base units. Squares and sums of such figures are still finite;
/// no trade comes near it.
pub const LARGEST: f64 = 1e100;

/// The years in which figures may lie, so that every horizon stays within the calendar.
pub const YEARS: std::ops::RangeInclusive<i32> = 1000..=2999;
