//! Options that cannot be used, beyond what clap sees.

/// The exit code of a command line, or a file of gates, that cannot be used; clap has the same.
pub(super) const INVALID_USAGE: u8 = 2;

/// Options that cannot be used together or on these files: what was expected, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);
