//! One series of a snapshot, and its views as of earlier days.

use super::vintage::MonthVintage;
use crate::store::Vintages;
use crate::trade::day::{day_number, day_of};
use crate::trade::release::presumed_release;
use crate::trade::{Month, Series, SeriesKey, Span};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;
use time::Date;

/// A monthly series of a snapshot: its key and the place of its values in the snapshot's column.
#[derive(Debug)]
pub(super) struct CatalogSeries {
    pub(super) key: SeriesKey,
    /// The key as text.
    pub(super) id: Box<str>,
    pub(super) first: Month,
    /// The place of the first value.
    pub(super) start: usize,
    /// The number of months.
    pub(super) len: usize,
    /// Set where figures were replaced or became public out of order: what was known on an earlier
    /// day is then no beginning of what is known now.
    pub(super) views: Option<Box<OnceLock<VintageView>>>,
}

/// A series as it was known from day to day. Each view is computed on first use.
#[derive(Debug)]
pub(super) struct VintageView {
    /// The days on which something became public, rising, in days since 1970-01-01.
    days: Vec<i32>,
    /// The values as known from each of these days on.
    views: Vec<OnceLock<Box<[f64]>>>,
}

/// Days of release by series and month.
pub(super) type ReleaseDays = BTreeMap<(Box<str>, Month), Date>;

impl CatalogSeries {
    /// Return the places of the values.
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.start + self.len
    }

    /// Return the series with the values `values`.
    pub(super) fn with_values<'a>(&'a self, values: &'a [f64]) -> Series<'a> {
        let may_be_negative = self.key.flow.may_be_negative();
        Series::new(&self.id, self.first, values, may_be_negative)
    }

    /// Whether figures became public in the order of their months and none was replaced, so that
    /// what was known on a day is the beginning of `values`, what is known now.
    pub(super) fn is_in_order(&self, values: &[f64], vintages: &Vintages) -> bool {
        if !vintages.revisions(self.range()).is_empty() {
            return false;
        }
        let figures = (0..values.len()).filter(|k| !values[*k].is_nan());
        vintages.is_unstated(self.range())
            || vintages.is_ordered(self.range())
            || figures.map(|k| self.public_on(k, vintages)).is_sorted()
    }

    /// Return the series as known at the end of `day`. `values` are those known now.
    pub(super) fn as_of<'a>(
        &'a self,
        day: Date,
        values: &'a [f64],
        vintages: &Vintages,
        released_on: &ReleaseDays,
    ) -> Series<'a> {
        match &self.views {
            Some(views) => {
                let views = views.get_or_init(|| self.days_of_change(vintages));
                let known = views.days.partition_point(|d| *d <= day_number(day));
                let view = known.checked_sub(1).map(|k| {
                    let compute = || self.replay(values, vintages, views.days[k]);
                    views.views[k].get_or_init(compute)
                });
                self.with_values(view.map_or(&[], |view| view))
            }
            None => self.beginning(day, values, vintages, released_on),
        }
    }

    /// Return the series up to the last month that was public on `day`.
    fn beginning<'a>(
        &'a self,
        day: Date,
        values: &'a [f64],
        vintages: &Vintages,
        released_on: &ReleaseDays,
    ) -> Series<'a> {
        let dated = !vintages.is_unstated(self.range());
        let public = |(k, month): (usize, Month)| {
            if dated {
                // A gap holds nothing back.
                return values[k].is_nan() || self.public_on(k, vintages) <= day_number(day);
            }
            let stated = released_on.get(&(self.id.clone(), month)).copied();
            stated.unwrap_or_else(|| self.presumed_release(month)) <= day
        };
        let whole = self.with_values(values);
        // Figures become public in the order of their months: the last public one ends the view.
        let lead = whole.first().index_from(self.first).unwrap_or(0);
        let span = Span::between(whole.first(), whole.last());
        let known = span.map_or(0, |span| {
            let months = span.iter().enumerate().map(|(k, month)| (lead + k, month));
            months.take_while(|month| public(*month)).count()
        });
        whole.until(whole.first().forward(known).back(1))
    }

    /// Return every figure that the months of the series have had, by month and day. `values` are
    /// those that stand now; a gap that replaced nothing is left out.
    pub(super) fn month_vintages(
        &self,
        values: &[f64],
        vintages: &Vintages,
        released_on: &ReleaseDays,
    ) -> Vec<MonthVintage> {
        let of_month = |(k, value): (usize, &f64)| {
            let month = self.first.forward(k);
            let at = self.start + k;
            let replaced = vintages.revisions(at..at + 1);
            let stated = vintages.stated(at, month).and_then(day_of);
            let stated = stated.or_else(|| released_on.get(&(self.id.clone(), month)).copied());
            let vintage = |public_on, is_stated, value: f64| MonthVintage {
                month,
                public_on,
                is_stated,
                value: (!value.is_nan()).then_some(value),
            };
            let earlier = replaced.iter().filter_map(|revision| {
                let day = day_of(revision.public_on)?;
                let is_stated = stated.is_some() || day != self.presumed_release(month);
                Some(vintage(day, is_stated, revision.value))
            });
            let day = stated.unwrap_or_else(|| self.presumed_release(month));
            let stands = vintage(day, stated.is_some(), *value);
            let is_known = !value.is_nan() || !replaced.is_empty();
            earlier
                .chain(is_known.then_some(stands))
                .collect::<Vec<_>>()
        };
        values.iter().enumerate().flat_map(of_month).collect()
    }

    /// Return the day on which the figure that stands for month `k` became public, in days since
    /// 1970-01-01.
    fn public_on(&self, k: usize, vintages: &Vintages) -> i32 {
        let month = self.first.forward(k);
        let stated = vintages.stated(self.start + k, month);
        stated.unwrap_or_else(|| day_number(self.presumed_release(month)))
    }

    fn presumed_release(&self, month: Month) -> Date {
        presumed_release(&self.key, Span::month(month))
    }

    /// Return the days on which something of the series became public, without their views.
    fn days_of_change(&self, vintages: &Vintages) -> VintageView {
        let standing = (0..self.len).map(|k| self.public_on(k, vintages));
        let replaced = vintages.revisions(self.range());
        let mut days: Vec<i32> = standing
            .chain(replaced.iter().map(|revision| revision.public_on))
            .collect();
        days.sort_unstable();
        days.dedup();
        let views = days.iter().map(|_| OnceLock::new()).collect();
        VintageView { days, views }
    }

    /// Return the values as known at the end of `day`, in days since 1970-01-01.
    fn replay(&self, values: &[f64], vintages: &Vintages, day: i32) -> Box<[f64]> {
        let at_latest = |k: usize| {
            let at = self.start + k;
            let replaced = vintages.revisions(at..at + 1);
            if self.public_on(k, vintages) <= day {
                return values[k];
            }
            let known = replaced.partition_point(|revision| revision.public_on <= day);
            known.checked_sub(1).map_or(f64::NAN, |k| replaced[k].value)
        };
        (0..self.len).map(at_latest).collect()
    }
}
