//! Rows of any number of files become one grid of months; of several figures of one month the latest stands, and those that it replaced are kept aside.

use super::columns::{day_number, day_of};
use crate::ingest::{ExchangeRates, GridSeries, LONGEST_GAP, MonthGrid, TidyFigures};
use crate::trade::release::{DERIVED, presumed_release};
use crate::trade::{Currency, FigureMeasure, Month, Release, SeriesKey, Span, TradeError};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use time::Date;

/// When each value of a grid became public, and the figures that it replaced. Two bytes a value, and more only where something was revised.
#[derive(Debug, Clone, Default)]
pub struct Vintages {
    /// Per value of the grid; see [`Vintages::stated`].
    days: Vec<u16>,
    /// The replaced figures, by place and day.
    revisions: Vec<Revision>,
    /// The replaced exchange rates, the last replaced first.
    rates: Vec<ReplacedRate>,
}

/// An exchange rate that was replaced. Rates state no day on which they became public: a month's mean is known when the month is over, and one that replaces
/// another counts from the day it came.
#[derive(Debug, Clone, Copy)]
struct ReplacedRate {
    currency: Currency,
    per: Currency,
    month: Month,
    /// What was told before; `None` where it was made from other rates.
    told: Option<f64>,
    /// The day from which on another one stood.
    until: Date,
}

/// A figure that was replaced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revision {
    /// The place in the grid's column of the value that stands.
    pub at: usize,
    /// When it became public, in days since 1970-01-01.
    pub public_on: i32,
    /// What was said then; NaN for a gap.
    pub value: f64,
}

/// A day that no source states.
const UNSTATED: u16 = u16::MAX;
/// A figure may be public so many days before its month has ended: a flash, or a forecast.
const EARLIEST: i32 = 400;

fn packed(month: Month, released_on: i32) -> u16 {
    let delay = released_on - day_number(month.last_day()) + EARLIEST;
    u16::try_from(delay.clamp(0, i32::from(UNSTATED) - 1)).unwrap_or(UNSTATED)
}

/// The day that [`packed`] packed.
fn day_stated(month: Month, packed: u16) -> i32 {
    day_number(month.last_day()) + i32::from(packed) - EARLIEST
}

impl Vintages {
    /// The stated day of release of the value at `at`, whose month is `month`, in days since 1970-01-01; `None` where no source states one.
    pub fn stated(&self, at: usize, month: Month) -> Option<i32> {
        let day = *self.days.get(at)?;
        (day != UNSTATED).then(|| day_stated(month, day))
    }

    /// Whether no source states a day for any value of a part of the grid.
    pub fn is_unstated(&self, range: std::ops::Range<usize>) -> bool {
        self.days
            .get(range)
            .is_none_or(|days| days.iter().all(|day| *day == UNSTATED))
    }

    /// Whether the delays alone tell that no figure of a part of the grid, one series, became public before that of an earlier month. Where they do not, a
    /// closer look may.
    pub fn is_ordered(&self, range: std::ops::Range<usize>) -> bool {
        self.days.get(range).is_some_and(|days| {
            days.iter().all(|day| *day != UNSTATED)
                // From one month's end to the next are 28 days or more.
                && days.windows(2).all(|pair| pair[0] <= pair[1].saturating_add(28))
        })
    }

    /// Adds a part of another grid's behind what is here.
    pub fn extend(&mut self, other: &Self, range: std::ops::Range<usize>) {
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

    /// Room for so many values more.
    pub fn reserve(&mut self, values: usize) {
        self.days.reserve_exact(values);
    }

    /// The replaced figures of a part of the grid, by place and day.
    pub fn revisions(&self, range: std::ops::Range<usize>) -> &[Revision] {
        let from = |at: usize| self.revisions.partition_point(|revision| revision.at < at);
        &self.revisions[from(range.start)..from(range.end)]
    }

    /// The exchange rates as they stood on `day`, where `rates` are those that stand now.
    pub fn rates_on<'a>(&self, rates: &'a ExchangeRates, day: Date) -> Cow<'a, ExchangeRates> {
        let later = self.rates.partition_point(|rate| rate.until > day);
        let mut known = Cow::Borrowed(rates);
        // Back from the last: of several the first that was replaced after the day stood on it.
        for rate in &self.rates[..later] {
            let ReplacedRate {
                currency,
                per,
                month,
                told,
                ..
            } = *rate;
            match told {
                Some(value) => known.to_mut().insert(currency, per, month, value),
                None => known.to_mut().remove(currency, per, month),
            }
        }
        known
    }

    /// Those of another grid of the same exchange rates.
    pub fn take_rates(&mut self, other: &Self) {
        self.rates.clone_from(&other.rates);
    }

    /// How many figures were replaced.
    pub fn replaced(&self) -> usize {
        self.revisions.len()
    }
}

/// Consecutive rows of one series whose months follow each other.
#[derive(Debug, Clone, Copy)]
struct MonthRun {
    series: u32,
    first: i32,
    start: usize,
    len: u32,
}

impl MonthRun {
    fn end(&self) -> i32 {
        self.first + i32::try_from(self.len).unwrap_or(i32::MAX)
    }
}

/// Collects rows.
#[derive(Debug, Default)]
pub(super) struct GridAssembly {
    keys: Vec<SeriesKey>,
    ids: Vec<Box<str>>,
    /// The number of a series by its key as it was read.
    index: HashMap<Box<str>, u32>,
    /// Of each series with observations the source of the figure that came first, with the moment and the month of that.
    sources: Vec<Option<(i64, i32, Box<str>)>>,
    values: Vec<f64>,
    days: Vec<u16>,
    stamps: Vec<u32>,
    moments: Vec<i64>,
    moment_index: HashMap<i64, u32>,
    runs: Vec<MonthRun>,
    releases: Vec<(Release, i64)>,
    rates: Vec<(SeriesKey, Month, f64, i64)>,
}

impl GridAssembly {
    /// Room for `values` observations.
    pub(super) fn with_room(values: usize) -> Self {
        Self {
            values: Vec::with_capacity(values),
            days: Vec::with_capacity(values),
            stamps: Vec::with_capacity(values),
            ..Self::default()
        }
    }

    /// The number of the series that `text` names, new or known.
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

    /// The key of a series as text.
    pub(super) fn id(&self, series: u32) -> &str {
        &self.ids[series as usize]
    }

    /// The key of a series.
    pub(super) fn key(&self, series: u32) -> &SeriesKey {
        &self.keys[series as usize]
    }

    /// A figure of a series came at `micros` from `source`. The first that came names the series', in whatever order files are read.
    pub(super) fn source(&mut self, series: u32, micros: i64, month: Month, source: &str) {
        let known = &mut self.sources[series as usize];
        let is_first = known.as_ref().is_none_or(|(at, first, name)| {
            (micros, month.index(), source) < (*at, *first, &**name)
        });
        if is_first {
            *known = Some((micros, month.index(), source.into()));
        }
    }

    /// The number of a moment of ingestion, new or known.
    pub(super) fn moment(&mut self, micros: i64) -> u32 {
        *self.moment_index.entry(micros).or_insert_with(|| {
            self.moments.push(micros);
            u32::try_from(self.moments.len() - 1).expect("fewer than four thousand million batches")
        })
    }

    /// Adds the value of a month.
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
            _ => self.runs.push(MonthRun {
                series,
                first: month.index(),
                start,
                len: 1,
            }),
        }
    }

    /// Adds a published figure, taken in at `micros`.
    pub(super) fn publish(&mut self, release: Release, micros: i64) {
        self.releases.push((release, micros));
    }

    /// Adds an exchange rate, taken in at `micros`.
    pub(super) fn rate(&mut self, key: SeriesKey, month: Month, value: f64, micros: i64) {
        self.rates.push((key, month, value, micros));
    }

    /// Puts all in order.
    pub(super) fn finish(mut self) -> (TidyFigures, Vintages) {
        self.index = HashMap::new();
        let ids = std::mem::take(&mut self.ids);
        let mut order: Vec<u32> = (0..u32::try_from(ids.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by(|a, b| ids[*a as usize].cmp(&ids[*b as usize]));
        self.runs
            .sort_by_key(|run| (run.series, run.first, run.start));
        let mut of_series: Vec<std::ops::Range<usize>> = vec![0..0; ids.len()];
        for (at, run) in self.runs.iter().enumerate() {
            let range = &mut of_series[run.series as usize];
            *range = if range.start == range.end {
                at..at + 1
            } else {
                range.start..at + 1
            };
        }
        let mut vintages = Vintages::default();
        let mut entries = Vec::new();
        let month = |index: i32| Month::from_index(index);
        let values = if self.runs.len() == of_series.iter().filter(|r| !r.is_empty()).count() {
            // One run a series: all lies already as it should.
            for series in &order {
                let Some(run) = self.runs[of_series[*series as usize].clone()].first() else {
                    continue;
                };
                let Some(first) = month(run.first) else {
                    continue;
                };
                let id = ids[*series as usize].clone();
                entries.push(GridSeries {
                    id,
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
                let runs = Self::behind_gaps(&self.runs[of_series[*series as usize].clone()]);
                let Some(first) = runs.first().and_then(|run| month(run.first)) else {
                    continue;
                };
                let start = values.len();
                self.join(*series, runs, first, &mut values, &mut vintages);
                let id = ids[*series as usize].clone();
                entries.push(GridSeries {
                    id,
                    first,
                    start,
                    len: values.len() - start,
                });
            }
            values
        };
        let sources = entries_sources(&ids, &self.sources);
        let rates;
        (rates, vintages.rates) = settle_rates(std::mem::take(&mut self.rates));
        let tidy = TidyFigures {
            grid: MonthGrid { values, entries },
            released_on: BTreeMap::new(),
            sources,
            releases: settle(std::mem::take(&mut self.releases)),
            rates,
        };
        (tidy, vintages)
    }

    /// The runs, sorted by their first months, behind the last gap that is too long for one series: what lies before it stays in the table, not in the grid, which
    /// has room for every month from the first to the last.
    fn behind_gaps(runs: &[MonthRun]) -> &[MonthRun] {
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

    /// Adds one series from its runs, sorted by their first months.
    fn join(
        &self,
        series: u32,
        runs: &[MonthRun],
        first: Month,
        values: &mut Vec<f64>,
        vintages: &mut Vintages,
    ) {
        let start = values.len();
        let overlapping = runs.windows(2).any(|pair| pair[1].first < pair[0].end());
        if !overlapping {
            for run in runs {
                let at = start + usize::try_from(run.first - first.index()).unwrap_or(0);
                let range = run.start..run.start + run.len as usize;
                values.resize(at, f64::NAN);
                values.extend_from_slice(&self.values[range.clone()]);
                vintages.days.resize(at, UNSTATED);
                vintages.days.extend_from_slice(&self.days[range]);
            }
            return;
        }
        let mut rows: Vec<(i32, u32)> = Vec::new();
        for run in runs {
            rows.extend((0..run.len).map(|k| (run.first + k as i32, run.start as u32 + k)));
        }
        let when = |row: u32| self.moments[self.stamps[row as usize] as usize];
        // Of one batch, a figure without a day of release is the older telling.
        let stated = |row: u32| self.days[row as usize] != UNSTATED;
        let bits = |row: u32| self.values[row as usize].to_bits();
        rows.sort_by_key(|(month, row)| (*month, when(*row), stated(*row), bits(*row)));
        let reporter = self.keys[series as usize].reporter.as_str();
        for of_month in rows.chunk_by(|a, b| a.0 == b.0) {
            let Some(month) = Month::from_index(of_month[0].0) else {
                continue;
            };
            let at = start + usize::try_from(month.since(first)).unwrap_or(0);
            values.resize(at, f64::NAN);
            vintages.days.resize(at, UNSTATED);
            let presumed = day_number(presumed_release(reporter, Span::month(month)));
            let mut figures: Vec<(i32, u16, f64)> = Vec::with_capacity(of_month.len());
            for (k, (_, row)) in of_month.iter().enumerate() {
                let (value, day) = (self.values[*row as usize], self.days[*row as usize]);
                let (public_on, day) = match day {
                    // The same again, without a day: no news.
                    UNSTATED if k > 0 && bits(of_month[k - 1].1) == value.to_bits() => continue,
                    UNSTATED if k == 0 => (presumed, UNSTATED),
                    // What replaces a figure and does not say since when was not known before it came here.
                    UNSTATED => {
                        let came =
                            i32::try_from(when(*row).div_euclid(MICROS_A_DAY)).unwrap_or(i32::MAX);
                        let public_on = came.max(presumed);
                        (public_on, packed(month, public_on))
                    }
                    stated => (day_stated(month, stated), stated),
                };
                // A presumption gives way: where what came later was public before the presumed day, this was never what was known.
                let later = of_month[k + 1..].iter();
                let mut later = later.map(|(_, row)| self.days[*row as usize]);
                let stated = self.days[*row as usize] != UNSTATED;
                if !stated && later.any(|day| day != UNSTATED && day_stated(month, day) < public_on)
                {
                    continue;
                }
                figures.push((public_on, day, value));
            }
            // Stable: of one day, the one that came last stands.
            figures.sort_by_key(|(public_on, ..)| *public_on);
            // The same again is no revision; a figure is as old as its first telling.
            figures.dedup_by(|later, earlier| later.2.to_bits() == earlier.2.to_bits());
            let Some((_, day, value)) = figures.pop() else {
                continue;
            };
            vintages
                .revisions
                .extend(figures.into_iter().map(|(public_on, _, value)| Revision {
                    at,
                    public_on,
                    value,
                }));
            values.push(value);
            vintages.days.push(day);
        }
    }
}

const MICROS_A_DAY: i64 = 86_400_000_000;

fn entries_sources(
    ids: &[Box<str>],
    sources: &[Option<(i64, i32, Box<str>)>],
) -> BTreeMap<Box<str>, String> {
    let told = ids.iter().zip(sources);
    told.filter_map(|(id, told)| Some((id.clone(), told.as_ref()?.2.to_string())))
        .collect()
}

/// What a published figure is about.
fn told((release, _): &(Release, i64)) -> (&SeriesKey, Span, FigureMeasure) {
    (&release.key, release.span, release.measure)
}

/// Who tells a published figure, and as what.
fn teller((release, _): &(Release, i64)) -> (&str, &str) {
    (&release.source, &release.status)
}

/// Published figures in order, each once, of one span and measure those that came later behind. One that came when something was known of its span already, from
/// whomever, and does not say since when it is public was not known before the day on which it came. Bounds, and what somebody derived, are not known figures.
fn settle(mut releases: Vec<(Release, i64)>) -> Vec<Release> {
    releases.sort_by(|a, b| {
        let rest = |(r, at): &(Release, i64)| (*at, r.released_on, r.value.to_bits());
        (told(a), teller(a), rest(a)).cmp(&(told(b), teller(b), rest(b)))
    });
    let mut settled: Vec<Release> = Vec::with_capacity(releases.len());
    for of_span in releases.chunk_by(|a, b| told(a) == told(b)) {
        let known = of_span.iter();
        let known = known.filter(|(r, _)| !r.is_bound() && r.status != DERIVED);
        let begun = known.map(|(_, came)| *came).min().unwrap_or(i64::MAX);
        let mut of_all: Vec<(i64, Release)> = Vec::new();
        for of_teller in of_span.chunk_by(|a, b| teller(a) == teller(b)) {
            settle_told(of_teller, begun, &mut of_all);
        }
        of_all.sort_by_key(|(came, _)| *came);
        settled.extend(of_all.into_iter().map(|(_, release)| release));
    }
    settled
}

/// Settles what one teller said of a span of which something was known since the moment `begun`.
fn settle_told(of_teller: &[(Release, i64)], begun: i64, settled: &mut Vec<(i64, Release)>) {
    let before = settled.len();
    let mut previous: Option<&Release> = None;
    for (release, came) in of_teller {
        let same = |r: &Release| {
            r.value.to_bits() == release.value.to_bits()
                && r.rounding.to_bits() == release.rounding.to_bits()
        };
        // Without a day, the same again is no news; with one it is the same where the day is, too.
        let again = match release.released_on {
            None => previous.is_some_and(same),
            day => settled[before..]
                .iter()
                .any(|(_, r)| same(r) && r.released_on == day),
        };
        previous = Some(release);
        if again {
            continue;
        }
        let mut release = release.clone();
        if release.released_on.is_none() {
            let since = day_of_moment(*came).map(|day| day.max(release.public_on()));
            // What replaces the teller's own figure is the newer one.
            if *came > of_teller[0].1 {
                release.released_on = since;
            } else if *came > begun {
                release.known_since = since;
            }
            // As for observations: a day that is not stated gives way to a stated one of what came later.
            let later = of_teller.iter().filter(|(_, at)| at >= came);
            let mut stated = later.filter_map(|(r, _)| r.released_on);
            if stated.any(|day| day < release.public_on()) {
                continue;
            }
        }
        settled.push((*came, release));
    }
}

fn day_of_moment(micros: i64) -> Option<Date> {
    day_of(i32::try_from(micros.div_euclid(MICROS_A_DAY)).ok()?)
}

/// Rates, the one that came last standing, and those replaced, the last first.
fn settle_rates(mut rows: Vec<(SeriesKey, Month, f64, i64)>) -> (ExchangeRates, Vec<ReplacedRate>) {
    rows.sort_by_key(|(.., came)| *came);
    let mut rates = ExchangeRates::default();
    let mut replaced = Vec::new();
    for (key, month, value, came) in rows {
        let Ok(per) = Currency::parse(key.partner.as_str()) else {
            continue;
        };
        let told = rates.told(key.unit, per, month);
        // One that was made from others is replaced, too, by one that is told.
        let is_news = match told {
            Some(told) => told.to_bits() != value.to_bits(),
            None => rates.rate(key.unit, per, month).is_some(),
        };
        if let Some(until) = day_of_moment(came).filter(|_| is_news) {
            replaced.push(ReplacedRate {
                currency: key.unit,
                per,
                month,
                told,
                until,
            });
        }
        rates.insert(key.unit, per, month, value);
    }
    replaced.reverse();
    (rates, replaced)
}
