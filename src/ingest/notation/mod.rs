//! How people and programs write numbers and periods, and what the caller states about it.
//!
//! A cell that may mean two things is refused with both readings, unless the caller or the other
//! cells of its column settle it.

mod amount;
mod fiscal_year;
mod month_name;
mod note;
mod numbers;
mod periods;
mod status_mark;

pub(in crate::ingest) use amount::{UnitBeside, WrittenAmount};
pub(in crate::ingest) use fiscal_year::is_fiscal_year;
pub(in crate::ingest) use month_name::{MONTH_NAMES, month_of_name};
pub(in crate::ingest) use note::begins_note;
pub use numbers::NumberMarks;
pub(super) use numbers::{is_ambiguous, is_gap, marks_of, number_text, stripped, without_flag};
pub use periods::DateOrder;
pub(super) use periods::{PeriodNotation, is_period, notation_of, period};
pub(in crate::ingest) use status_mark::{NOTE_MARKS, split_status, status_in};

/// What the caller states about the cells of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellNotation {
    /// Decimal mark and separator of thousands.
    pub marks: NumberMarks,
    /// The order of day and month in dates.
    pub dates: Option<DateOrder>,
}
