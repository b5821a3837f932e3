//! The request for a scenario, checked once, and why a scenario cannot be run.

use super::shock::{Shock, ShockError};
use crate::pipeline::request_error::RequestError;
use crate::projection::ProjectionError;
use crate::trade::{Currency, Span};

/// The most series of a scenario.
const MAX_SERIES: usize = 1000;
/// The most shocks of a scenario.
const MAX_SHOCKS: usize = 100;
/// The most numbers that the baseline or the scenario may hold: months of all series, times paths.
/// An eighth of a gigabyte.
pub(super) const MAX_NUMBERS: usize = 1 << 24;

/// The series, shocks and currency of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub(super) series: Vec<String>,
    pub(super) shocks: Vec<Shock>,
    pub(super) currency: Option<Currency>,
}

impl Scenario {
    /// Return a scenario of the series with these keys, to which `shocks` are applied one after
    /// another. Figures are converted into `currency` month by month, months ahead at the rate of
    /// the last month known; `None` leaves each series in its own.
    ///
    /// # Errors
    /// No series or more than 1000, no shock or more than 100.
    pub fn new(
        series: Vec<String>,
        shocks: Vec<Shock>,
        currency: Option<Currency>,
    ) -> Result<Self, RequestError> {
        let refuse = |field, expected: String, found: usize| {
            Err(RequestError {
                field,
                expected,
                found: found.to_string(),
            })
        };
        if series.is_empty() || series.len() > MAX_SERIES {
            let expected = format!("expected 1 to {MAX_SERIES} keys");
            return refuse("series", expected, series.len());
        }
        if shocks.is_empty() || shocks.len() > MAX_SHOCKS {
            let expected = format!("expected 1 to {MAX_SHOCKS} shocks");
            return refuse("shocks", expected, shocks.len());
        }
        Ok(Self {
            series,
            shocks,
            currency,
        })
    }

    /// Return the keys of the series, as requested.
    pub fn series(&self) -> &[String] {
        &self.series
    }

    /// Return the shocks, in the order in which they are applied.
    pub fn shocks(&self) -> &[Shock] {
        &self.shocks
    }

    /// Return the currency that figures are converted into; `None` leaves each series in its own.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }
}

/// The reason why a whole scenario cannot be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioRunError {
    /// A shock that does not fit the series.
    #[error(transparent)]
    Shock(#[from] ShockError),
    /// More series, months and paths than one scenario may hold.
    #[error(
        "expected at most {MAX_NUMBERS} drawn values (series × months × paths), not {numbers}: ask \
         for fewer series or paths"
    )]
    TooLarge {
        /// The number of drawn values.
        numbers: usize,
    },
    /// No exchange rate leads from the one currency to the other.
    #[error("there are no exchange rates between {from} and {to}")]
    NoRate {
        /// The currency of a series.
        from: Currency,
        /// The currency requested.
        to: Currency,
    },
    /// The series cannot be forecast jointly.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The known figures violate the aggregation constraints.
    #[error(
        "{series}: the known figures of {} violate the aggregation constraints (flows add up to \
         totals and balances, members to their group) by {missing}: ask for fewer of these \
         series at once", span.words()
    )]
    Contradiction {
        /// The series that is a sum of others.
        series: String,
        /// The months.
        span: Span,
        /// The difference, base units.
        missing: f64,
    },
}
