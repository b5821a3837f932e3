//! The snapshot itself: the frame, the index over it, and the views that it lends.

use crate::ingest::quality::KnownFigures;
use crate::ingest::{ExchangeRates, MonthGrid, TidyFigures};
use crate::store::{LoadedVersion, Vintages};
use crate::trade::release::presumed_release;
use crate::trade::{Currency, Month, Release, Series, SeriesKey, Span};
use polars::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use time::Date;

/// How many snapshots were made.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Everything known at one moment. Values lie in one frame, sorted by series and month, gaps explicit as NaN.
#[derive(Debug)]
pub struct Snapshot {
    number: u64,
    version: Option<u64>,
    frame: DataFrame,
    entries: Vec<Entry>,
    released_on: BTreeMap<(Box<str>, Month), Date>,
    vintages: Vintages,
    sources: BTreeMap<Box<str>, String>,
    releases: Vec<Release>,
    rates: ExchangeRates,
}

#[derive(Debug)]
struct Entry {
    key: SeriesKey,
    id: Box<str>,
    first: Month,
    start: usize,
    len: usize,
    /// Where figures were replaced, or came out of order: an earlier day's view is then no beginning of today's.
    replay: Option<Box<OnceLock<Replay>>>,
}

/// A series as it was known from day to day, each view made when it is first asked for.
#[derive(Debug)]
struct Replay {
    /// The days on which something became public, rising, in days since 1970-01-01.
    days: Vec<i32>,
    /// The values as known from each of these days on.
    views: Vec<OnceLock<Box<[f64]>>>,
}

/// Why a snapshot could not be made or a series not be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// No series of this name; the nearest names that there are.
    #[error("there is no series `{key}`{}", suggest(nearest))]
    Unknown {
        /// The name asked for.
        key: String,
        /// The nearest names, best first.
        nearest: Vec<String>,
    },
    /// The frame could not be put together.
    #[error("the figures do not form a frame: {reason}")]
    Frame {
        /// Polars' own words.
        reason: String,
    },
}

fn suggest(nearest: &[String]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", nearest.join(", "))
    }
}

/// The day whose knowledge a view shows: all that is here, or what was public on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Vintage {
    /// Everything that is here.
    #[default]
    Latest,
    /// What was public on this day.
    AsOf(Date),
}

impl Snapshot {
    /// A snapshot of what was read.
    ///
    /// # Errors
    /// [`CatalogError::Frame`] where a name of the grid is no series key or the columns do not fit each other.
    pub fn new(tidy: TidyFigures) -> Result<Self, CatalogError> {
        Self::build(tidy, Vintages::default(), None)
    }

    /// A snapshot of a version of the store.
    ///
    /// # Errors
    /// As for [`Snapshot::new`].
    pub fn of_store(loaded: LoadedVersion) -> Result<Self, CatalogError> {
        Self::build(loaded.tidy, loaded.vintages, Some(loaded.version))
    }

    /// A snapshot of a later version of the store than this one's, from what was read since: what was not touched is taken from here.
    ///
    /// # Errors
    /// As for [`Snapshot::new`].
    pub fn after(&self, news: LoadedVersion) -> Result<Self, CatalogError> {
        if news.is_whole() {
            return Self::of_store(news);
        }
        let stays = |id: &str| !news.covers(id);
        let mut sources = self.sources.clone();
        sources.retain(|id, _| stays(id));
        let stay = self.releases.iter();
        let stay = stay.filter(|release| stays(&release.key.to_string()));
        let mut releases: Vec<Release> = stay.cloned().collect();
        let kept: Vec<&Entry> = self.entries.iter().filter(|e| stays(&e.id)).collect();
        let new = Self::build(news.tidy, news.vintages, Some(news.version))?;

        let mut parts: Vec<(&Self, &Entry)> = kept.into_iter().map(|entry| (self, entry)).collect();
        parts.extend(new.entries.iter().map(|entry| (&new, entry)));
        parts.sort_by(|a, b| a.1.id.cmp(&b.1.id));
        let height = parts.iter().map(|(_, entry)| entry.len).sum();
        let mut values: Vec<f64> = Vec::with_capacity(height);
        let mut vintages = Vintages::default();
        vintages.reserve(height);
        let mut entries = Vec::with_capacity(parts.len());
        for (of, entry) in parts {
            let range = entry.start..entry.start + entry.len;
            entries.push(Entry {
                key: entry.key.clone(),
                id: entry.id.clone(),
                start: values.len(),
                replay: entry.replay.as_ref().map(|_| Box::default()),
                ..*entry
            });
            values.extend_from_slice(&of.values()[range.clone()]);
            vintages.extend(&of.vintages, range);
        }
        // A part is of versions that brought no rates.
        vintages.take_rates(&self.vintages);
        sources.extend(new.sources);
        releases.extend(new.releases);
        // What is told of one key came together, in its order.
        releases.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Self {
            number: MADE.fetch_add(1, Ordering::Relaxed),
            version: new.version,
            frame: framed(values)?,
            entries,
            released_on: BTreeMap::new(),
            vintages,
            sources,
            releases,
            rates: self.rates.clone(),
        })
    }

    fn build(
        tidy: TidyFigures,
        vintages: Vintages,
        version: Option<u64>,
    ) -> Result<Self, CatalogError> {
        let wrong = |reason: String| CatalogError::Frame { reason };
        let MonthGrid { values, entries } = tidy.grid;
        let mut index = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = SeriesKey::parse(&entry.id).map_err(|e| wrong(e.to_string()))?;
            let of_entry = &values[entry.start..entry.start + entry.len];
            let replayed = !follows(&vintages, &key, entry.first, entry.start, of_entry);
            index.push(Entry {
                replay: replayed.then(Box::default),
                key,
                id: entry.id,
                first: entry.first,
                start: entry.start,
                len: entry.len,
            });
        }
        let frame = framed(values)?;
        let TidyFigures {
            released_on,
            sources,
            releases,
            rates,
            ..
        } = tidy;
        Ok(Self {
            number: MADE.fetch_add(1, Ordering::Relaxed),
            version,
            frame,
            entries: index,
            released_on,
            vintages,
            sources,
            releases,
            rates,
        })
    }

    /// The number of the snapshot, another one for each that is made.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The version of the store that it shows; `None` where the figures come from files.
    pub fn version(&self) -> Option<u64> {
        self.version
    }

    /// How many figures were replaced by later ones.
    pub fn revisions(&self) -> usize {
        self.vintages.replaced()
    }

    /// The frame: `value` (base units), series after series, month after month.
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// The keys, sorted by their text.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &SeriesKey> {
        self.entries.iter().map(|entry| &entry.key)
    }

    /// The keys whose text sorts after `text`.
    pub fn keys_after(&self, text: &str) -> impl ExactSizeIterator<Item = &SeriesKey> {
        let start = self.entries.partition_point(|entry| *entry.id <= *text);
        self.entries[start..].iter().map(|entry| &entry.key)
    }

    /// The exchange rates as they stood in `vintage`. That the mean of a month is known only when the month is over is for those to see to who ask.
    pub fn rates(&self, vintage: Vintage) -> Cow<'_, ExchangeRates> {
        match vintage {
            Vintage::Latest => Cow::Borrowed(&self.rates),
            Vintage::AsOf(day) => self.vintages.rates_on(&self.rates, day),
        }
    }

    /// Every series as `vintage` shows it, in the order of keys; series of which nothing was public are left out.
    pub fn panel(&self, vintage: Vintage) -> Vec<Series<'_>> {
        self.entries
            .iter()
            .map(|entry| self.view(entry, vintage))
            .filter(|series| !series.is_empty())
            .collect()
    }

    /// The series called `key`, in any case, as `vintage` shows it.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`] with the nearest keys.
    pub fn series(
        &self,
        key: &str,
        vintage: Vintage,
    ) -> Result<(&SeriesKey, Series<'_>), CatalogError> {
        let wanted = key.trim().to_ascii_uppercase();
        let found = self
            .entries
            .binary_search_by(|entry| (*entry.id).cmp(wanted.as_str()));
        let entry = found.map_err(|_| CatalogError::Unknown {
            key: key.to_owned(),
            nearest: self.nearest(&wanted),
        })?;
        let entry = &self.entries[entry];
        Ok((&entry.key, self.view(entry, vintage)))
    }

    /// The figures published about `key` that were public in `vintage`, by span.
    pub fn releases<'a>(
        &'a self,
        key: &'a SeriesKey,
        vintage: Vintage,
    ) -> impl Iterator<Item = &'a Release> {
        self.published(vintage)
            .filter(move |release| &release.key == key)
    }

    /// Every published figure that was public in `vintage`, by key and span.
    pub fn published(&self, vintage: Vintage) -> impl Iterator<Item = &Release> {
        self.releases.iter().filter(move |release| match vintage {
            Vintage::Latest => true,
            Vintage::AsOf(day) => release.public_on() <= day,
        })
    }

    /// Every published figure, by key and span.
    pub fn all_releases(&self) -> &[Release] {
        &self.releases
    }

    /// Where the figures of `key` come from.
    pub fn source(&self, key: &str) -> &str {
        self.sources.get(key).map_or("", String::as_str)
    }

    /// A series' values turned into `to`, month by month at each month's mean rate as it stood in `vintage`; a month without a rate is a gap.
    /// `None` where no rate connects the two currencies.
    pub fn converted(
        &self,
        key: &SeriesKey,
        series: &Series<'_>,
        to: Currency,
        vintage: Vintage,
    ) -> Option<Vec<f64>> {
        let months = Span::new(series.first(), i32::try_from(series.len()).ok()?)?.iter();
        let rates = self.rates(vintage);
        rates.connects(key.unit, to).then(|| {
            let convert = |(month, value): (Month, &f64)| {
                let rate = rates.rate(key.unit, to, month);
                rate.map_or(f64::NAN, |r| value / r)
            };
            months.zip(series.values()).map(convert).collect()
        })
    }

    /// The whole column of values.
    fn values(&self) -> &[f64] {
        let values = self.frame.columns()[0].as_materialized_series();
        let values = values
            .f64()
            .ok()
            .and_then(|values| values.cont_slice().ok());
        values.unwrap_or_default()
    }

    fn view<'a>(&'a self, entry: &'a Entry, vintage: Vintage) -> Series<'a> {
        let all = self.values();
        let values = all
            .get(entry.start..entry.start + entry.len)
            .unwrap_or_default();
        let series = |values: &'a [f64]| {
            let may_be_negative = entry.key.flow.may_be_negative();
            Series::new(&entry.id, entry.first, values, may_be_negative)
        };
        let day = match vintage {
            Vintage::Latest => return series(values),
            Vintage::AsOf(day) => day,
        };
        if let Some(replay) = &entry.replay {
            let replay = replay.get_or_init(|| self.replay(entry));
            let epoch_day = day.to_julian_day() - EPOCH;
            let known = replay.days.partition_point(|d| *d <= epoch_day);
            let view = known.checked_sub(1).map(|k| {
                replay.views[k].get_or_init(|| self.as_known(entry, values, replay.days[k]))
            });
            return series(view.map_or(&[], |view| view));
        }
        let range = entry.start..entry.start + entry.len;
        let dated = !self.vintages.is_unstated(range);
        let public = |(k, month): (usize, Month)| {
            if dated {
                // What nobody has told holds nothing back.
                return values[k].is_nan()
                    || self.public_on(entry, k) <= day.to_julian_day() - EPOCH;
            }
            let stated = self.released_on.get(&(entry.id.clone(), month)).copied();
            stated.unwrap_or_else(|| {
                presumed_release(entry.key.reporter.as_str(), Span::month(month))
            }) <= day
        };
        let whole = series(values);
        // Figures become public in the order of their months, so the last public one bounds the view.
        let lead = whole.first().index_from(entry.first).unwrap_or(0);
        let span = Span::between(whole.first(), whole.last());
        let known = span.map_or(0, |span| {
            let months = span.iter().enumerate().map(|(k, month)| (lead + k, month));
            months.take_while(|month| public(*month)).count()
        });
        whole.until(whole.first().forward(known).back(1))
    }

    /// The day on which the figure that stands for the `k`-th month became public, in days since 1970-01-01.
    fn public_on(&self, entry: &Entry, k: usize) -> i32 {
        public_on(&self.vintages, &entry.key, entry.first, entry.start, k)
    }

    /// The days of a series on which something became public.
    fn replay(&self, entry: &Entry) -> Replay {
        let range = entry.start..entry.start + entry.len;
        let standing = (0..entry.len).map(|k| self.public_on(entry, k));
        let replaced = self.vintages.revisions(range);
        let mut days: Vec<i32> = standing
            .chain(replaced.iter().map(|revision| revision.public_on))
            .collect();
        days.sort_unstable();
        days.dedup();
        let views = days.iter().map(|_| OnceLock::new()).collect();
        Replay { days, views }
    }

    /// The values as known at the end of `day`.
    fn as_known(&self, entry: &Entry, values: &[f64], day: i32) -> Box<[f64]> {
        let at_latest = |k: usize| {
            let at = entry.start + k;
            let replaced = self.vintages.revisions(at..at + 1);
            if self.public_on(entry, k) <= day {
                return values[k];
            }
            let known = replaced.partition_point(|revision| revision.public_on <= day);
            known.checked_sub(1).map_or(f64::NAN, |k| replaced[k].value)
        };
        (0..entry.len).map(at_latest).collect()
    }

    /// The three keys nearest to a mistyped one.
    fn nearest(&self, wanted: &str) -> Vec<String> {
        let mut scored: Vec<(f64, &str)> = self
            .entries
            .iter()
            .map(|entry| {
                (
                    strsim::normalized_damerau_levenshtein(wanted, &entry.id),
                    &*entry.id,
                )
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        scored
            .into_iter()
            .filter(|(score, _)| *score >= 0.5)
            .take(3)
            .map(|(_, id)| id.to_owned())
            .collect()
    }
}

impl KnownFigures for Snapshot {
    fn months(&self, key: &SeriesKey) -> Option<(Month, &[f64])> {
        let id = key.to_string();
        let at = self.entries.binary_search_by(|e| (*e.id).cmp(&*id));
        let entry = &self.entries[at.ok()?];
        let values = self.values().get(entry.start..entry.start + entry.len)?;
        Some((entry.first, values))
    }

    fn releases(&self, key: &SeriesKey) -> Vec<&Release> {
        // Read here, they lie in the order of their keys.
        let from = self.releases.partition_point(|r| r.key < *key);
        let of_key = self.releases[from..].iter();
        of_key.take_while(|r| r.key == *key).collect()
    }

    fn source(&self, key: &SeriesKey) -> &str {
        Self::source(self, &key.to_string())
    }

    fn rate(&self, currency: Currency, per: Currency, month: Month) -> Option<f64> {
        self.rates.delivered(currency, per, month)
    }

    fn revision_sizes(&self, key: &SeriesKey) -> Vec<f64> {
        let id = key.to_string();
        let Ok(at) = self.entries.binary_search_by(|e| (*e.id).cmp(&*id)) else {
            return Vec::new();
        };
        let entry = &self.entries[at];
        let replaced = self
            .vintages
            .revisions(entry.start..entry.start + entry.len);
        let sizes = (0..replaced.len()).map(|k| {
            let (at, before) = (replaced[k].at, replaced[k].value);
            let next = replaced.get(k + 1).filter(|next| next.at == at);
            let after = next.map_or_else(|| self.values()[at], |next| next.value);
            after / before - 1.0
        });
        sizes.filter(|size| size.is_finite()).collect()
    }
}

/// 1970-01-01 as a Julian day.
const EPOCH: i32 = 2_440_588;

/// The values as a frame of one column, without a copy.
fn framed(values: Vec<f64>) -> Result<DataFrame, CatalogError> {
    let height = values.len();
    let values = Float64Chunked::from_vec("value".into(), values).into_column();
    DataFrame::new(height, vec![values]).map_err(|error| CatalogError::Frame {
        reason: error.to_string(),
    })
}

fn public_on(vintages: &Vintages, key: &SeriesKey, first: Month, start: usize, k: usize) -> i32 {
    let month = first.forward(k);
    let presumed = || presumed_release(key.reporter.as_str(), Span::month(month)).to_julian_day();
    vintages
        .stated(start + k, month)
        .unwrap_or_else(|| presumed() - EPOCH)
}

/// Whether figures became public in the order of their months and none was replaced, so that what was known on a day is the beginning of what is known now.
fn follows(
    vintages: &Vintages,
    key: &SeriesKey,
    first: Month,
    start: usize,
    values: &[f64],
) -> bool {
    let range = start..start + values.len();
    if !vintages.revisions(range.clone()).is_empty() {
        return false;
    }
    let told = (0..values.len()).filter(|k| !values[*k].is_nan());
    vintages.is_unstated(range.clone())
        || vintages.is_ordered(range)
        || told
            .map(|k| public_on(vintages, key, first, start, k))
            .is_sorted()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::month::parse_date;

    fn snapshot(rows: &str) -> Snapshot {
        let header = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), format!("{header}{rows}")).unwrap();
        Snapshot::new(crate::ingest::read_folder(folder.path()).unwrap()).unwrap()
    }

    #[test]
    fn a_view_as_of_a_day_ends_with_what_was_public() {
        let snapshot = snapshot(
            "observation,USA,CHN,M,TOTAL,level,2024-01,1,USD,p,,s\n\
             observation,USA,CHN,M,TOTAL,level,2024-02,2,USD,p,,s\n\
             observation,USA,CHN,M,TOTAL,level,2024-03,3,USD,p,2024-05-02,s\n",
        );
        let last = |day: &str| {
            let (_, series) = snapshot
                .series(
                    "usa.chn.m.total.usd",
                    Vintage::AsOf(parse_date(day).unwrap()),
                )
                .unwrap();
            (!series.is_empty()).then(|| series.last().to_string())
        };
        // January is presumed public 40 days after its end, on 11 March.
        assert_eq!(last("2024-03-10"), None);
        assert_eq!(last("2024-03-11").as_deref(), Some("2024-01"));
        assert_eq!(last("2024-05-01").as_deref(), Some("2024-02"));
        assert_eq!(last("2024-05-02").as_deref(), Some("2024-03"));
    }

    #[test]
    fn a_mistyped_key_meets_its_neighbours() {
        let snapshot = snapshot("observation,USA,CHN,M,TOTAL,level,2024-01,1,USD,p,,s\n");
        let error = snapshot
            .series("USA.CHN.X.TOTAL.USD", Vintage::Latest)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no series `USA.CHN.X.TOTAL.USD`; did you mean USA.CHN.M.TOTAL.USD?"
        );
    }
}
