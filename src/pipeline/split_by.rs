//! The split of a whole into parts.

use std::fmt;

/// The kind of the parts of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SplitBy {
    /// Exports and imports.
    Flow,
    /// The members of a group of countries.
    Partner,
}

impl SplitBy {
    /// Return the name that results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Partner => "partner",
        }
    }
}

impl fmt::Display for SplitBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
