//! When the values of a grid became public, and the figures that they replaced.

use crate::ingest::ExchangeRates;
use crate::trade::day::day_number;
use crate::trade::{Currency, Month};
use std::borrow::Cow;
use std::ops::Range;
use time::Date;

/// When each value of a grid became public, and the figures that it replaced. Takes two bytes per
/// value, and more only where something was revised.
#[derive(Debug, Clone, Default)]
pub struct Vintages {
    /// One per value of the grid; see [`Vintages::stated`].
    pub(super) days: Vec<u16>,
    /// The replaced figures, by position and day.
    pub(super) revisions: Vec<Revision>,
    /// The replaced exchange rates, the last replaced first.
    pub(super) rates: Vec<ReplacedRate>,
}

/// An exchange rate that was replaced. Rates state no day of release: a month's mean is known when
/// the month is over, and a rate that replaces another counts from the day it was ingested.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReplacedRate {
    pub(super) currency: Currency,
    pub(super) per: Currency,
    pub(super) month: Month,
    /// The rate as it was stated before; `None` where it was derived from other rates.
    pub(super) stated: Option<f64>,
    /// The day from which on another rate stands.
    pub(super) until: Date,
}

/// A figure that was replaced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revision {
    /// The position, in the grid's column, of the value that stands.
    pub at: usize,
    /// When it became public, in days since 1970-01-01.
    pub public_on: i32,
    /// The value that stood then; NaN for a gap.
    pub value: f64,
}

/// A day that no source states.
pub(super) const UNSTATED: u16 = u16::MAX;
/// How many days before its month has ended a figure may be public: a flash estimate, or a
/// forecast.
const EARLIEST: i32 = 400;

/// Pack a day of release as a delay after the end of its month.
pub(super) fn packed(month: Month, released_on: i32) -> u16 {
    let delay = released_on - day_number(month.last_day()) + EARLIEST;
    u16::try_from(delay.clamp(0, i32::from(UNSTATED) - 1)).unwrap_or(UNSTATED)
}

/// Return the day that [`packed`] packed.
pub(super) fn day_stated(month: Month, packed: u16) -> i32 {
    day_number(month.last_day()) + i32::from(packed) - EARLIEST
}

impl Vintages {
    /// Return the stated day of release of the value at `at`, whose month is `month`, in days since
    /// 1970-01-01; `None` where no source states one.
    pub fn stated(&self, at: usize, month: Month) -> Option<i32> {
        let day = *self.days.get(at)?;
        (day != UNSTATED).then(|| day_stated(month, day))
    }

    /// Return whether no source states a day for any value of a part of the grid.
    pub fn is_unstated(&self, range: Range<usize>) -> bool {
        self.days
            .get(range)
            .is_none_or(|days| days.iter().all(|day| *day == UNSTATED))
    }

    /// Return whether the delays alone show that no figure of a series (a part of the grid) became
    /// public before that of an earlier month. Where they do not, the days still may.
    pub fn is_ordered(&self, range: Range<usize>) -> bool {
        self.days.get(range).is_some_and(|days| {
            days.iter().all(|day| *day != UNSTATED)
                // Ends of months are 28 days or more apart.
                && days.windows(2).all(|pair| pair[0] <= pair[1].saturating_add(28))
        })
    }

    /// Append the vintages of a part of another grid.
    pub fn extend(&mut self, other: &Self, range: Range<usize>) {
        let begin = self.days.len();
        for revision in other.revisions(range.clone()) {
            let at = begin + revision.at - range.start;
            self.revisions.push(Revision { at, ..*revision });
        }
        match other.days.get(range.clone()) {
            Some(days) => self.days.extend_from_slice(days),
            None => self.days.resize(begin + range.len(), UNSTATED),
        }
    }

    /// Reserve room for `values` more values.
    pub fn reserve(&mut self, values: usize) {
        self.days.reserve_exact(values);
    }

    /// Return the replaced figures of a part of the grid, by position and day.
    pub fn revisions(&self, range: Range<usize>) -> &[Revision] {
        let from = |at: usize| self.revisions.partition_point(|revision| revision.at < at);
        &self.revisions[from(range.start)..from(range.end)]
    }

    /// Return the exchange rates as they stood on `day`, where `rates` are those that stand now.
    pub fn rates_on<'a>(&self, rates: &'a ExchangeRates, day: Date) -> Cow<'a, ExchangeRates> {
        let later = self.rates.partition_point(|rate| rate.until > day);
        let mut known = Cow::Borrowed(rates);
        // From the last replacement backwards: of several rates of a month, the first that was
        // replaced after the day stood on it.
        for rate in &self.rates[..later] {
            let ReplacedRate {
                currency,
                per,
                month,
                stated,
                ..
            } = *rate;
            match stated {
                Some(value) => known.to_mut().insert(currency, per, month, value),
                None => known.to_mut().remove(currency, per, month),
            }
        }
        known
    }

    /// Take the replaced rates of another grid of the same exchange rates.
    pub fn take_rates(&mut self, other: &Self) {
        self.rates.clone_from(&other.rates);
    }

    /// Return the number of replaced figures.
    pub fn replaced(&self) -> usize {
        self.revisions.len()
    }
}
