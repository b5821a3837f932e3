//! The rows of any number of files assembled into one grid of months. Of several figures of one
//! month the latest stands; those that it replaced are kept aside.

use super::columns::MICROS_A_DAY;
use super::published::{IngestedRelease, settle_rates, settle_releases};
use super::vintages::{Revision, UNSTATED, Vintages, day_stated, packed};
use crate::ingest::figures::is_same_value;
use crate::ingest::{GridSeries, LONGEST_GAP, MonthGrid, TidyFigures};
use crate::trade::basis::BasisRuns;
use crate::trade::day::day_number;
use crate::trade::release::presumed_release;
use crate::trade::{Month, Release, SeriesKey, Span, TradeError};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Consecutive rows of one series whose months follow each other.
#[derive(Debug, Clone, Copy)]
struct SeriesRun {
    series: u32,
    /// The index of the first month.
    first: i32,
    /// The position of the first value.
    start: usize,
    len: i32,
}

impl SeriesRun {
    /// Return the index of the month behind the last.
    fn end(&self) -> i32 {
        self.first + self.len
    }

    /// Return the positions of the values.
    fn range(&self) -> Range<usize> {
        self.start..self.start + self.len as usize
    }
}

/// A grid under assembly.
#[derive(Debug, Default)]
pub(super) struct GridAssembly {
    keys: Vec<SeriesKey>,
    ids: Vec<Box<str>>,
    /// The number of a series by its key as it was read.
    index: HashMap<Box<str>, u32>,
    /// The source of the figure of each series that was ingested first, with that figure's moment
    /// and month; `None` for a series without observations.
    sources: Vec<Option<(i64, i32, Box<str>)>>,
    bases: BasisRuns,
    values: Vec<f64>,
    days: Vec<u16>,
    /// The number of the moment at which each value was ingested.
    stamps: Vec<u32>,
    /// The moments, in microseconds since 1970-01-01.
    moments: Vec<i64>,
    moment_index: HashMap<i64, u32>,
    runs: Vec<SeriesRun>,
    releases: Vec<IngestedRelease>,
    rates: Vec<(SeriesKey, Month, f64, i64)>,
}

impl GridAssembly {
    /// Return an empty assembly with room for `values` observations.
    pub(super) fn with_capacity(values: usize) -> Self {
        Self {
            values: Vec::with_capacity(values),
            days: Vec::with_capacity(values),
            stamps: Vec::with_capacity(values),
            ..Self::default()
        }
    }

    /// Return the number of the series that `text` names, new or known.
    ///
    /// # Errors
    /// The text is no key.
    pub(super) fn series(&mut self, text: &str) -> Result<u32, TradeError> {
        if let Some(known) = self.index.get(text) {
            return Ok(*known);
        }
        let key = SeriesKey::parse(text)?;
        let id: Box<str> = key.to_string().into();
        let next = u32::try_from(self.keys.len()).expect("fewer than four thousand million series");
        let number = *self.index.entry(id.clone()).or_insert(next);
        if number == next {
            self.keys.push(key);
            self.ids.push(id);
            self.sources.push(None);
        }
        self.index.insert(text.into(), number);
        Ok(number)
    }

    /// Return the key of a series as text.
    pub(super) fn id(&self, series: u32) -> &str {
        &self.ids[series as usize]
    }

    /// Return the key of a series.
    pub(super) fn key(&self, series: u32) -> &SeriesKey {
        &self.keys[series as usize]
    }

    /// Note that a figure of a series was ingested at `micros` from `source`. The figure ingested
    /// first determines the source of the series, in whatever order files are read.
    pub(super) fn source(&mut self, series: u32, micros: i64, month: Month, source: &str) {
        let known = &mut self.sources[series as usize];
        let is_first = known.as_ref().is_none_or(|(at, first, name)| {
            (micros, month.index(), source) < (*at, *first, &**name)
        });
        if is_first {
            *known = Some((micros, month.index(), source.into()));
        }
    }

    /// Return the number of the basis that a source of a series states, new or known.
    pub(super) fn basis(&mut self, series: u32, source: &str) -> u16 {
        self.bases.number(self.keys[series as usize].flow, source)
    }

    /// Note the basis of a month, ingested at `micros`.
    pub(super) fn count_by(&mut self, series: u32, month: Month, micros: i64, basis: u16) {
        self.bases.add(series, month, micros, basis);
    }

    /// Return the number of a moment of ingestion, new or known.
    pub(super) fn moment(&mut self, micros: i64) -> u32 {
        *self.moment_index.entry(micros).or_insert_with(|| {
            self.moments.push(micros);
            u32::try_from(self.moments.len() - 1).expect("fewer than four thousand million batches")
        })
    }

    /// Add the value of a month.
    pub(super) fn observe(
        &mut self,
        series: u32,
        month: Month,
        value: f64,
        released_on: Option<i32>,
        moment: u32,
    ) {
        let start = self.values.len();
        self.values.push(value);
        self.days
            .push(released_on.map_or(UNSTATED, |day| packed(month, day)));
        self.stamps.push(moment);
        match self.runs.last_mut() {
            Some(run) if run.series == series && run.end() == month.index() => run.len += 1,
            _ => self.runs.push(SeriesRun {
                series,
                first: month.index(),
                start,
                len: 1,
            }),
        }
    }

    /// Add a published figure, ingested at `micros`.
    pub(super) fn publish(&mut self, release: Release, micros: i64) {
        self.releases.push((release, micros));
    }

    /// Add an exchange rate, ingested at `micros`.
    pub(super) fn rate(&mut self, key: SeriesKey, month: Month, value: f64, micros: i64) {
        self.rates.push((key, month, value, micros));
    }

    /// Return the grid, sorted by series and month, with its vintages.
    pub(super) fn finish(mut self) -> (TidyFigures, Vintages) {
        self.index = HashMap::new();
        let ids = std::mem::take(&mut self.ids);
        let mut order: Vec<u32> = (0..u32::try_from(ids.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by(|a, b| ids[*a as usize].cmp(&ids[*b as usize]));
        self.runs
            .sort_by_key(|run| (run.series, run.first, run.start));
        let of_series = self.runs_of_series(ids.len());
        let mut vintages = Vintages::default();
        let mut entries = Vec::new();
        let values = if self.runs.len() == of_series.iter().filter(|r| !r.is_empty()).count() {
            // One run per series: the values are in place already.
            for series in &order {
                let Some(run) = self.runs[of_series[*series as usize].clone()].first() else {
                    continue;
                };
                let Some(first) = Month::from_index(run.first) else {
                    continue;
                };
                entries.push(GridSeries {
                    id: ids[*series as usize].clone(),
                    first,
                    start: run.start,
                    len: run.len as usize,
                });
            }
            vintages.days = std::mem::take(&mut self.days);
            std::mem::take(&mut self.values)
        } else {
            let mut values = Vec::with_capacity(self.values.len());
            for series in &order {
                let runs = behind_gaps(&self.runs[of_series[*series as usize].clone()]);
                let Some(first) = runs.first().and_then(|run| Month::from_index(run.first)) else {
                    continue;
                };
                let start = values.len();
                if runs.windows(2).any(|pair| pair[1].first < pair[0].end()) {
                    self.overlay(*series, runs, first, &mut values, &mut vintages);
                } else {
                    self.join(runs, first, &mut values, &mut vintages);
                }
                entries.push(GridSeries {
                    id: ids[*series as usize].clone(),
                    first,
                    start,
                    len: values.len() - start,
                });
            }
            values
        };
        let sources = ids.iter().zip(&self.sources);
        let sources = sources
            .filter_map(|(id, source)| Some((id.clone(), source.as_ref()?.2.to_string())))
            .collect();
        let bases = std::mem::take(&mut self.bases).changes().into_iter();
        let bases = bases.map(|(series, changes)| (ids[series as usize].clone(), changes));
        let bases = bases.collect();
        let rates;
        (rates, vintages.rates) = settle_rates(std::mem::take(&mut self.rates));
        let tidy = TidyFigures {
            grid: MonthGrid { values, entries },
            released_on: BTreeMap::new(),
            sources,
            bases,
            releases: settle_releases(std::mem::take(&mut self.releases)),
            rates,
        };
        (tidy, vintages)
    }

    /// Return the range of the sorted runs of each of `series` series.
    fn runs_of_series(&self, series: usize) -> Vec<Range<usize>> {
        let mut of_series: Vec<Range<usize>> = vec![0..0; series];
        for (at, run) in self.runs.iter().enumerate() {
            let range = &mut of_series[run.series as usize];
            *range = if range.start == range.end {
                at..at + 1
            } else {
                range.start..at + 1
            };
        }
        of_series
    }

    /// Append one series from runs that do not overlap, sorted by their first months.
    fn join(
        &self,
        runs: &[SeriesRun],
        first: Month,
        values: &mut Vec<f64>,
        vintages: &mut Vintages,
    ) {
        let start = values.len();
        for run in runs {
            let at = start + usize::try_from(run.first - first.index()).unwrap_or(0);
            values.resize(at, f64::NAN);
            values.extend_from_slice(&self.values[run.range()]);
            vintages.days.resize(at, UNSTATED);
            vintages.days.extend_from_slice(&self.days[run.range()]);
        }
    }

    /// Append one series from runs that overlap, sorted by their first months.
    fn overlay(
        &self,
        series: u32,
        runs: &[SeriesRun],
        first: Month,
        values: &mut Vec<f64>,
        vintages: &mut Vintages,
    ) {
        let start = values.len();
        let mut rows: Vec<(i32, usize)> = Vec::new();
        for run in runs {
            rows.extend((run.first..run.end()).zip(run.range()));
        }
        // Of one batch, a figure without a day of release is the older one.
        rows.sort_by_key(|(month, row)| {
            let stated = self.days[*row] != UNSTATED;
            (
                *month,
                self.ingested_at(*row),
                stated,
                self.values[*row].to_bits(),
            )
        });
        let key = &self.keys[series as usize];
        for of_month in rows.chunk_by(|a, b| a.0 == b.0) {
            let Some(month) = Month::from_index(of_month[0].0) else {
                continue;
            };
            let at = start + month.index_from(first).unwrap_or(0);
            values.resize(at, f64::NAN);
            vintages.days.resize(at, UNSTATED);
            let mut figures = self.vintages_of_month(key, month, of_month);
            let Some((_, day, value)) = figures.pop() else {
                continue;
            };
            let replaced = figures.into_iter();
            vintages
                .revisions
                .extend(replaced.map(|(public_on, _, value)| Revision {
                    at,
                    public_on,
                    value,
                }));
            values.push(value);
            vintages.days.push(day);
        }
    }

    /// Return the figures that stood for `month`, the one that stands last, each with the day on
    /// which it became public (since 1970-01-01, and packed). `rows` hold all figures of the month,
    /// in the order in which they were ingested.
    fn vintages_of_month(
        &self,
        key: &SeriesKey,
        month: Month,
        rows: &[(i32, usize)],
    ) -> Vec<(i32, u16, f64)> {
        let presumed = day_number(presumed_release(key, Span::month(month)));
        let mut figures: Vec<(i32, u16, f64)> = Vec::with_capacity(rows.len());
        for (k, (_, row)) in rows.iter().enumerate() {
            let (value, day) = (self.values[*row], self.days[*row]);
            let repeats = k > 0 && is_same_value(self.values[rows[k - 1].1], value);
            let (public_on, packed_day) = match day {
                // Repeated without a day: no news.
                UNSTATED if repeats => continue,
                UNSTATED if k == 0 => (presumed, UNSTATED),
                // A figure that replaces another and states no day was not known before it was
                // ingested.
                UNSTATED => {
                    let came = self.ingested_at(*row).div_euclid(MICROS_A_DAY);
                    let public_on = i32::try_from(came).unwrap_or(i32::MAX).max(presumed);
                    (public_on, packed(month, public_on))
                }
                stated => (day_stated(month, stated), stated),
            };
            // A presumed day gives way: where a later figure was public before it, this one was
            // never the known one.
            let later = rows[k + 1..].iter();
            let mut later = later.map(|(_, row)| self.days[*row]);
            if day == UNSTATED
                && later.any(|day| day != UNSTATED && day_stated(month, day) < public_on)
            {
                continue;
            }
            figures.push((public_on, packed_day, value));
        }
        // The sort is stable: of one day, the figure that was ingested last stands.
        figures.sort_by_key(|(public_on, ..)| *public_on);
        // A repeated figure is no revision: it is as old as when it was first published.
        figures.dedup_by(|later, earlier| is_same_value(later.2, earlier.2));
        figures
    }

    /// Return the moment at which the value at `row` was ingested.
    fn ingested_at(&self, row: usize) -> i64 {
        self.moments[self.stamps[row] as usize]
    }
}

/// Return the runs, sorted by their first months, behind the last gap that is too long for one
/// series. What lies before it stays in the table but not in the grid, which has room for every
/// month from the first to the last.
fn behind_gaps(runs: &[SeriesRun]) -> &[SeriesRun] {
    let mut end = i32::MIN;
    let mut begin = 0;
    for (at, run) in runs.iter().enumerate() {
        if at > 0 && run.first > end.saturating_add(LONGEST_GAP) {
            begin = at;
        }
        end = end.max(run.end());
    }
    &runs[begin..]
}
