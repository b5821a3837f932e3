//! What the caller states about a file that the file does not.

mod stated;

pub use stated::StatedParts;
