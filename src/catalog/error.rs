//! The reason why a snapshot could not be built or a series not found.

/// The reason why a snapshot could not be built or a series not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// There is no series of this name.
    #[error("there is no series `{key}`{}", suggest(nearest))]
    Unknown {
        /// The requested name.
        key: String,
        /// The nearest existing names, best first.
        nearest: Vec<String>,
    },
    /// The figures do not form a data frame.
    #[error("the figures do not form a frame: {reason}")]
    Frame {
        /// The reason, as Polars states it.
        reason: String,
    },
}

fn suggest(nearest: &[String]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", nearest.join(", "))
    }
}
