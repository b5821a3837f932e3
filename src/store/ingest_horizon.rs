//! How far ahead of its ingestion a figure may be dated and still count.

use super::columns::MICROS_A_DAY;
use crate::trade::Month;
use crate::trade::day::day_of;

/// The last month, and the last day of release, that count of what was ingested at one moment. A
/// row dated later is misdated: it stays in the table and has no effect, in no version and as of no
/// day. A year of the future is left for plans and early estimates that were let in on purpose.
#[derive(Debug, Clone, Copy)]
pub(super) struct IngestHorizon {
    month: i32,
    day: i32,
}

/// How many months and days ahead count.
const MONTHS: i32 = 12;
const DAYS: i32 = 366;

impl IngestHorizon {
    /// No limit.
    pub(super) const NONE: Self = Self {
        month: i32::MAX,
        day: i32::MAX,
    };

    /// Return the limits of what was ingested at `micros` since 1970-01-01; there are none where
    /// the moment is not known (0).
    pub(super) fn of(micros: i64) -> Self {
        let today = i32::try_from(micros.div_euclid(MICROS_A_DAY)).ok();
        let today = today.filter(|_| micros != 0);
        match today.and_then(|number| Some((number, day_of(number)?))) {
            Some((number, day)) => Self {
                month: Month::of(day).index() + MONTHS,
                day: number.saturating_add(DAYS),
            },
            None => Self::NONE,
        }
    }

    /// Return whether a figure of a span that ends with `last`, released on the day `released_on`
    /// since 1970-01-01, is dated beyond the limits.
    pub(super) fn is_beyond(self, last: Month, released_on: Option<i32>) -> bool {
        last.index() > self.month || released_on.is_some_and(|day| day > self.day)
    }
}
