//! Why a request is refused.

/// A field outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field}: {expected}, not {found}")]
pub struct RequestError {
    /// The field, as the wire names it.
    pub field: &'static str,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}
