//! Files of credentials that cannot be used.

use std::path::PathBuf;

/// The reason why credentials cannot be checked.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {}: {reason}", path.display())]
pub struct AccessError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, and what was expected.
    pub reason: String,
}
