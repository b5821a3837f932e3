//! A snapshot as what the quality checks compare new figures with.

use super::Snapshot;
use crate::ingest::quality::KnownFigures;
use crate::trade::{Basis, Currency, Month, Release, SeriesKey};

impl KnownFigures for Snapshot {
    fn months(&self, key: &SeriesKey) -> Option<(Month, &[f64])> {
        let series = self.find(&key.to_string())?;
        Some((series.first, self.values().get(series.range())?))
    }

    fn releases(&self, key: &SeriesKey) -> Vec<&Release> {
        // They are sorted by key.
        let from = self.all_releases().partition_point(|r| r.key < *key);
        let of_key = self.all_releases()[from..].iter();
        of_key.take_while(|r| r.key == *key).collect()
    }

    fn source(&self, key: &SeriesKey) -> &str {
        Self::source(self, &key.to_string())
    }

    fn bases(&self, key: &SeriesKey) -> &[(Month, Basis)] {
        Self::bases(self, &key.to_string())
    }

    fn rate(&self, currency: Currency, per: Currency, month: Month) -> Option<f64> {
        self.rates.delivered(currency, per, month)
    }

    fn revision_sizes(&self, key: &SeriesKey) -> Vec<f64> {
        let Some(series) = self.find(&key.to_string()) else {
            return Vec::new();
        };
        let replaced = self.vintages.revisions(series.range());
        let sizes = (0..replaced.len()).map(|k| {
            let (at, before) = (replaced[k].at, replaced[k].value);
            let next = replaced.get(k + 1).filter(|next| next.at == at);
            let after = next.map_or_else(|| self.values()[at], |next| next.value);
            after / before - 1.0
        });
        sizes.filter(|size| size.is_finite()).collect()
    }
}
