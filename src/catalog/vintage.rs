//! The data vintage (as-of date) of a view.

use time::Date;

/// A data vintage: everything in the snapshot, or what was public on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Vintage {
    /// Everything in the snapshot.
    #[default]
    Latest,
    /// What was public on this day.
    AsOf(Date),
}
