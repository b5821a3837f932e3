//! A series without a result, in the words of every interface.

/// Why one series of a request has no result. The other series of the request go on.
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
