//! Reasons why a series has no result.

use crate::catalog::CatalogError;
use crate::projection::ProjectionError;

/// The reason why one series of a request has no forecast. Other series are not affected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// There is no such series.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The series cannot be projected.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
}

/// A series without a result, as every interface shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesFailure {
    /// The key, as requested.
    pub series: String,
    /// The canonical status code, a number of `google.rpc.Code`.
    pub code: i32,
    /// The reason as a constant, for example `UNKNOWN_SERIES`.
    pub reason: String,
    /// The reason in words.
    pub message: String,
}
