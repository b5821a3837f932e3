//! What a result was computed by and from, so that another run can be compared with it.

use serde::Serialize;
use std::fmt;

/// What a result was computed by and from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Provenance {
    /// Version of the program or service that computed it.
    pub tool_version: String,
    /// Fingerprint of the figures that were read; empty where a server does not say.
    pub data_fingerprint: String,
    /// Version of the store; none for files.
    pub store_version: Option<u64>,
    /// Seed of all draws.
    pub seed: u64,
}

impl Provenance {
    /// Return the provenance of what this process computes.
    pub fn here(data_fingerprint: String, store_version: Option<u64>, seed: u64) -> Self {
        Self {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            data_fingerprint,
            store_version,
            seed,
        }
    }
}

/// One line: `tradecast 0.1.0, data 9f86d081884c, store version 12, seed 0`. Twelve digits of the
/// fingerprint tell figures apart; JSON has all.
impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = "of unknown version";
        let shown = |text: &str| match text.get(..12).unwrap_or(text) {
            "" => unknown.to_owned(),
            text => text.to_owned(),
        };
        write!(f, "tradecast {}", shown(&self.tool_version))?;
        if !self.data_fingerprint.is_empty() {
            write!(f, ", data {}", shown(&self.data_fingerprint))?;
        }
        if let Some(version) = self.store_version {
            write!(f, ", store version {version}")?;
        }
        write!(f, ", seed {}", self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line() {
        let here = Provenance::here("9f86d081884c7d65".to_owned(), Some(12), 7);
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            here.to_string(),
            format!("tradecast {version}, data 9f86d081884c, store version 12, seed 7")
        );
        assert_eq!(
            Provenance::default().to_string(),
            "tradecast of unknown version, seed 0"
        );
    }
}
