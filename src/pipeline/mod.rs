//! Plan, choose, run: from a request in the desk's words to a forecast with its growth readings.

pub mod account;
mod batch;
mod engine;
mod forecast;
mod request;

pub use account::{Account, AccountError, account};
pub use batch::{BatchRow, batch};
pub use engine::{Engine, Planned};
pub(crate) use forecast::hash;
pub use forecast::{Point, SeriesForecast};
pub use request::{ForecastRequest, MAX_HORIZON, RequestError, levels, percent};

use crate::catalog::CatalogError;
use crate::projection::ProjectionError;

/// Why one series of a request has no forecast; the others go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// There is no such series.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The series cannot be projected.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
}
