//! Options that cannot be used, beyond what clap sees.

/// Options that cannot be used together or on these files: what was expected, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);
