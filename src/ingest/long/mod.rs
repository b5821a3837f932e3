//! The long format that panel forecasters share: one row a series and month, `unique_id, ds, y`.
//!
//! - `layout`: the columns of a long file, and how it writes names and months
//! - `panel`: a long file read as one panel
//! - `rows`: the rows of a long file, each checked
//! - `wide`: a table with a series a column, or with months across, read as one panel

mod layout;
mod panel;
mod rows;
mod wide;

pub use super::month_column::in_a_day;
pub use layout::{LongColumns, LongLayout};
pub use panel::{LongPanel, read};
pub(super) use rows::{LongRow, stream};
pub use wide::read_wide;
