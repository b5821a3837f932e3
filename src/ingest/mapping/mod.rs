//! What the caller states about a file: constants for parts that it lacks, the columns of the other
//! parts, and how cells are written.
//!
//! - `stated`: the constants
//! - `source`: where a part of a figure comes from, and the text of `--map`
//! - `statement`: a whole mapping
//! - `file`: a mapping kept in a TOML file
//! - `options`: a mapping as options of the command line
//! - `suggestion`: the mapping that would fit a table

mod file;
mod options;
mod source;
mod stated;
mod statement;
mod suggestion;

pub use file::{mapping_text, parse_mapping};
pub(super) use options::quoted;
pub use source::{MappedPart, MappingError, PartSource};
pub use stated::StatedParts;
pub use statement::Mapping;
pub use suggestion::MappingSuggestion;
pub(super) use suggestion::command_for;
