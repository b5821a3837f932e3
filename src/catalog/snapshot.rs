//! The snapshot: a data frame, an index over it, and views as of a vintage.

use super::error::CatalogError;
use super::series::{CatalogSeries, ReleaseDays};
use super::vintage::{MonthVintage, Vintage};
use crate::ingest::{ExchangeRates, MonthGrid, TidyFigures};
use crate::store::{LoadedVersion, Vintages};
use crate::trade::basis::BasisChanges;
use crate::trade::{Basis, Currency, Month, Release, Series, SeriesKey, Span};
use polars::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of snapshots built so far.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Everything known at one moment. Values lie in one data frame, sorted by series and month; gaps
/// are NaN.
#[derive(Debug)]
pub struct Snapshot {
    number: u64,
    version: Option<u64>,
    frame: DataFrame,
    series: Vec<CatalogSeries>,
    released_on: ReleaseDays,
    pub(super) vintages: Vintages,
    sources: BTreeMap<Box<str>, String>,
    bases: BTreeMap<Box<str>, BasisChanges>,
    releases: Vec<Release>,
    pub(super) rates: ExchangeRates,
}

impl Snapshot {
    /// Build a snapshot of figures read from files.
    ///
    /// # Errors
    /// [`CatalogError::Frame`] if a name of the grid is no series key or the columns do not fit
    /// each other.
    pub fn new(tidy: TidyFigures) -> Result<Self, CatalogError> {
        Self::build(tidy, Vintages::default(), None)
    }

    /// Build a snapshot of a version of the store.
    ///
    /// # Errors
    /// As for [`Snapshot::new`].
    pub fn of_store(loaded: LoadedVersion) -> Result<Self, CatalogError> {
        Self::build(loaded.tidy, loaded.vintages, Some(loaded.version))
    }

    /// Build a snapshot of a later version of the store from what was read since this one. Series
    /// that did not change are taken from this one.
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
        let mut bases = self.bases.clone();
        bases.retain(|id, _| stays(id));
        let stay = self.releases.iter();
        let stay = stay.filter(|release| stays(&release.key.to_string()));
        let mut releases: Vec<Release> = stay.cloned().collect();
        let kept: Vec<&CatalogSeries> = self.series.iter().filter(|e| stays(&e.id)).collect();
        let new = Self::build(news.tidy, news.vintages, Some(news.version))?;

        let mut parts: Vec<(&Self, &CatalogSeries)> =
            kept.into_iter().map(|entry| (self, entry)).collect();
        parts.extend(new.series.iter().map(|entry| (&new, entry)));
        parts.sort_by(|a, b| a.1.id.cmp(&b.1.id));
        let height = parts.iter().map(|(_, entry)| entry.len).sum();
        let mut values: Vec<f64> = Vec::with_capacity(height);
        let mut vintages = Vintages::default();
        vintages.reserve(height);
        let mut entries = Vec::with_capacity(parts.len());
        for (of, entry) in parts {
            let range = entry.range();
            entries.push(CatalogSeries {
                key: entry.key.clone(),
                id: entry.id.clone(),
                start: values.len(),
                views: entry.views.as_ref().map(|_| Box::default()),
                ..*entry
            });
            values.extend_from_slice(&of.values()[range.clone()]);
            vintages.extend(&of.vintages, range);
        }
        // What was read since brought no exchange rates, or it would be whole.
        vintages.take_rates(&self.vintages);
        sources.extend(new.sources);
        bases.extend(new.bases);
        releases.extend(new.releases);
        // The sort is stable: figures of one key keep their order.
        releases.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Self {
            number: MADE.fetch_add(1, Ordering::Relaxed),
            version: new.version,
            frame: data_frame(values)?,
            series: entries,
            released_on: BTreeMap::new(),
            vintages,
            sources,
            bases,
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
            let mut series = CatalogSeries {
                key,
                id: entry.id,
                first: entry.first,
                start: entry.start,
                len: entry.len,
                views: None,
            };
            if !series.is_in_order(&values[series.range()], &vintages) {
                series.views = Some(Box::default());
            }
            index.push(series);
        }
        let frame = data_frame(values)?;
        let TidyFigures {
            released_on,
            sources,
            bases,
            releases,
            rates,
            ..
        } = tidy;
        Ok(Self {
            number: MADE.fetch_add(1, Ordering::Relaxed),
            version,
            frame,
            series: index,
            released_on,
            vintages,
            sources,
            bases,
            releases,
            rates,
        })
    }

    /// Return the number of the snapshot, which no other one of this process has.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Return the version of the store that it shows; `None` if the figures come from files.
    pub fn version(&self) -> Option<u64> {
        self.version
    }

    /// Return how many figures were replaced by later ones.
    pub fn revisions(&self) -> usize {
        self.vintages.replaced()
    }

    /// Return the data frame. Its one column `value` (base units) holds series after series, month
    /// by month.
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// Return the keys, sorted by their text.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &SeriesKey> {
        self.series.iter().map(|entry| &entry.key)
    }

    /// Return the keys whose text sorts after `text`.
    pub fn keys_after(&self, text: &str) -> impl ExactSizeIterator<Item = &SeriesKey> {
        let start = self.series.partition_point(|entry| *entry.id <= *text);
        self.series[start..].iter().map(|entry| &entry.key)
    }

    /// Return the exchange rates of `vintage`. The mean of a month is known only when the month is
    /// over: callers must not ask for later months.
    pub fn rates(&self, vintage: Vintage) -> Cow<'_, ExchangeRates> {
        match vintage {
            Vintage::Latest => Cow::Borrowed(&self.rates),
            Vintage::AsOf(day) => self.vintages.rates_on(&self.rates, day),
        }
    }

    /// Return every series as of `vintage`, sorted by key, without those of which nothing was
    /// public.
    pub fn panel(&self, vintage: Vintage) -> Vec<Series<'_>> {
        self.series
            .iter()
            .map(|entry| self.view(entry, vintage))
            .filter(|series| !series.is_empty())
            .collect()
    }

    /// Return the series with the key `key`, in upper or lower case, as of `vintage`.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`] with the nearest keys.
    pub fn series(
        &self,
        key: &str,
        vintage: Vintage,
    ) -> Result<(&SeriesKey, Series<'_>), CatalogError> {
        let wanted = key.trim().to_ascii_uppercase();
        let series = self.find(&wanted).ok_or_else(|| CatalogError::Unknown {
            key: key.to_owned(),
            nearest: self.nearest(&wanted),
        })?;
        Ok((&series.key, self.view(series, vintage)))
    }

    /// Return every figure that the months of the series `key` have had and that was public in
    /// `vintage`, by month and day; nothing where there is no such series.
    pub fn month_vintages(&self, key: &SeriesKey, vintage: Vintage) -> Vec<MonthVintage> {
        let Some(series) = self.find(&key.to_string()) else {
            return Vec::new();
        };
        let values = self.values().get(series.range()).unwrap_or_default();
        let mut all = series.month_vintages(values, &self.vintages, &self.released_on);
        if let Vintage::AsOf(day) = vintage {
            all.retain(|of| of.public_on <= day && of.month <= Month::of(day));
        }
        all
    }

    /// Return the published figures of `key` that were public in `vintage`, by span.
    pub fn releases<'a>(
        &'a self,
        key: &'a SeriesKey,
        vintage: Vintage,
    ) -> impl Iterator<Item = &'a Release> {
        self.published(vintage)
            .filter(move |release| &release.key == key)
    }

    /// Return every published figure that was public in `vintage`, by key and span.
    pub fn published(&self, vintage: Vintage) -> impl Iterator<Item = &Release> {
        self.releases.iter().filter(move |release| match vintage {
            Vintage::Latest => true,
            Vintage::AsOf(day) => release.public_on() <= day,
        })
    }

    /// Return every published figure, by key and span.
    pub fn all_releases(&self) -> &[Release] {
        &self.releases
    }

    /// Return the source of the series `key`; empty if none is stated.
    pub fn source(&self, key: &str) -> &str {
        self.sources.get(key).map_or("", String::as_str)
    }

    /// Return what the months of the series `key` were counted by; nothing where its sources do not
    /// say.
    pub fn bases(&self, key: &str) -> &[(Month, Basis)] {
        self.bases.get(key).map_or(&[], Vec::as_slice)
    }

    /// Return a series' values in the currency `to`, each month at its mean exchange rate of
    /// `vintage`; a month without a rate is a gap. `None` if no rate connects the two currencies.
    pub fn converted(
        &self,
        key: &SeriesKey,
        series: &Series<'_>,
        to: Currency,
        vintage: Vintage,
    ) -> Option<Vec<f64>> {
        let months = Span::between(series.first(), series.last())?.iter();
        let rates = self.rates(vintage);
        rates.connects(key.unit, to).then(|| {
            let convert = |(month, value): (Month, &f64)| {
                let rate = rates.rate(key.unit, to, month);
                rate.map_or(f64::NAN, |r| value / r)
            };
            months.zip(series.values()).map(convert).collect()
        })
    }

    /// Return the values of all series.
    pub(super) fn values(&self) -> &[f64] {
        let values = self.frame.columns()[0].as_materialized_series();
        let values = values
            .f64()
            .ok()
            .and_then(|values| values.cont_slice().ok());
        values.unwrap_or_default()
    }

    fn view<'a>(&'a self, series: &'a CatalogSeries, vintage: Vintage) -> Series<'a> {
        let values = self.values().get(series.range()).unwrap_or_default();
        match vintage {
            Vintage::Latest => series.with_values(values),
            // A month that has not begun cannot be known, whatever day of release is stated.
            Vintage::AsOf(day) => series
                .as_of(day, values, &self.vintages, &self.released_on)
                .until(Month::of(day)),
        }
    }

    /// Return the series whose key has exactly this text.
    pub(super) fn find(&self, id: &str) -> Option<&CatalogSeries> {
        let found = self.series.binary_search_by(|series| (*series.id).cmp(id));
        Some(&self.series[found.ok()?])
    }

    /// Return the three keys nearest to a mistyped one.
    fn nearest(&self, wanted: &str) -> Vec<String> {
        let mut scored: Vec<(f64, &str)> = self
            .series
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

/// Return the values as a frame of one column, without a copy.
fn data_frame(values: Vec<f64>) -> Result<DataFrame, CatalogError> {
    let height = values.len();
    let values = Float64Chunked::from_vec("value".into(), values).into_column();
    DataFrame::new(height, vec![values]).map_err(|error| CatalogError::Frame {
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::month::parse_date;

    fn snapshot(rows: &str) -> Snapshot {
        let header = "kind,reporter,partner,flow,product,measure,period,value,unit,status,\
                      released_on,source\n";
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
