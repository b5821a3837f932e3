//! What the caller states about a file: constants for parts that it lacks, the columns of the other
//! parts, and how cells are written.
//!
//! - `stated`: the constants
//! - `source`: where a part of a figure comes from, and the text of `--map`
//! - `statement`: a whole mapping
//! - `file`: a mapping kept in a TOML file

mod file;
mod source;
mod stated;
mod statement;

pub use file::{mapping_text, parse_mapping};
pub use source::{MappedPart, MappingError, PartSource};
pub use stated::StatedParts;
pub use statement::Mapping;
