//! The words of the trade desk: months and spans, series keys, units, observations, releases, series, calendars.
//!
//! Nothing in this room knows a file, a frame, a matrix or a wire. A value is parsed once, here, and trusted afterwards.

pub mod area;
pub mod calendar;
pub mod hash;
pub mod hierarchy;
pub mod key;
pub mod month;
pub mod regressors;
pub mod release;
pub mod series;
pub mod span;
pub mod subject;
pub mod unit;

pub use hash::{seeded_hash, stable_hash};
pub use hierarchy::{Completeness, Component, Hierarchy};
pub use key::{Code, Flow, SeriesKey};
pub use month::Month;
pub use regressors::Regressors;
pub use release::{FigureMeasure, Release};
pub use series::Series;
pub use span::Span;
pub use subject::Subject;
pub use unit::{Currency, Unit};

/// The largest size of a figure, in base units: squares and sums of such figures are still numbers. No trade comes near.
pub const LARGEST: f64 = 1e100;

/// The first and last year that figures may lie in, so that every horizon stays within the calendar.
pub const YEARS: std::ops::RangeInclusive<i32> = 1000..=2999;

/// What this room refuses, each telling the text that it met and what would have been right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TradeError {
    /// The text is no month.
    #[error(
        "`{text}` is no month: expected for example 2025-05, 2025-M05, 2025M05, 202505 or 2025-05-01"
    )]
    Month {
        /// The text as met.
        text: String,
    },
    /// The text is no span of whole months.
    #[error(
        "`{text}` is no period: expected for example 2025-05, 2025-Q2, 2025-S1, 2025 or 2025-01-01/P5M"
    )]
    Span {
        /// The text as met.
        text: String,
    },
    /// The text is no calendar date.
    #[error("`{text}` is no date: expected for example 2025-06-14")]
    Date {
        /// The text as met.
        text: String,
    },
    /// The text is no code of a reporter, partner or product.
    #[error(
        "`{text}` is no code: expected letters, digits, `-` or `_`, for example CHN, CA5, CN-XJ or TOTAL"
    )]
    Code {
        /// The text as met.
        text: String,
    },
    /// The text is no flow.
    #[error("`{text}` is no flow: expected X (exports), M (imports), T (total) or B (balance)")]
    Flow {
        /// The text as met.
        text: String,
    },
    /// The text is no series key.
    #[error(
        "`{text}` is no series key: expected REPORTER.PARTNER.FLOW.PRODUCT.UNIT, for example USA.CHN.M.TOTAL.USD; {reason}"
    )]
    Key {
        /// The text as met.
        text: String,
        /// Which part was wrong.
        reason: String,
    },
    /// The text names no trade to ask about.
    #[error(
        "`{text}` names no trade: expected REPORTER.PARTNER and, if you like, .FLOW.PRODUCT.UNIT behind it, for example CHN.CA5 or USA.CHN.M; {reason}"
    )]
    Subject {
        /// The text as met.
        text: String,
        /// Which part was wrong.
        reason: String,
    },
    /// The text is no unit.
    #[error(
        "`{text}` is no unit: expected a currency and a scale, for example `USD`, `USD mn`, `JPY 1000` or `CNY bn`"
    )]
    Unit {
        /// The text as met.
        text: String,
    },
}
