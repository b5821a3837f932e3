//! The data vintage (as-of date) of a view, and the figures that a month has had.

use crate::trade::Month;
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

/// A figure of one month: the first print, or a later one that replaced it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonthVintage {
    /// The month.
    pub month: Month,
    /// The day on which the figure became public.
    pub public_on: Date,
    /// Whether a source states that day. Otherwise it is presumed from the reporter's usual delay.
    pub is_stated: bool,
    /// The value in base units; `None` for a gap.
    pub value: Option<f64>,
}
