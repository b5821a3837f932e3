//! Figures that were known before an import.

use crate::ingest::tidy::TidyFigures;
use crate::trade::{Basis, Currency, Month, Release, SeriesKey};

/// Figures that were known before an import, by series.
pub trait KnownFigures: Sync {
    /// Return the first month of a monthly series and its values in base units, NaN for a gap;
    /// `None` for a series that was not known.
    fn months(&self, key: &SeriesKey) -> Option<(Month, &[f64])>;
    /// Return the figures published under exactly this key.
    fn releases(&self, key: &SeriesKey) -> Vec<&Release>;
    /// Return the source of a monthly series; empty where it is not known.
    fn source(&self, key: &SeriesKey) -> &str;
    /// Return what the months of a series were counted by, as `trade::basis` describes changes;
    /// nothing where that is not known.
    fn bases(&self, _key: &SeriesKey) -> &[(Month, Basis)] {
        &[]
    }
    /// Return the delivered exchange rate of `currency` per `per` in a month.
    fn rate(&self, currency: Currency, per: Currency, month: Month) -> Option<f64>;
    /// Return the sizes of the past revisions of a monthly series, `new / old − 1` each; none
    /// where replaced figures are not kept.
    fn revision_sizes(&self, _key: &SeriesKey) -> Vec<f64> {
        Vec::new()
    }
}

impl KnownFigures for TidyFigures {
    fn months(&self, key: &SeriesKey) -> Option<(Month, &[f64])> {
        let id = key.to_string();
        let at = self.grid.entries.binary_search_by(|e| (*e.id).cmp(&*id));
        let entry = &self.grid.entries[at.ok()?];
        let values = self.grid.values.get(entry.start..entry.start + entry.len)?;
        Some((entry.first, values))
    }

    fn releases(&self, key: &SeriesKey) -> Vec<&Release> {
        let from = self.releases.partition_point(|r| r.key < *key);
        let of_key = self.releases[from..].iter();
        of_key.take_while(|r| r.key == *key).collect()
    }

    fn source(&self, key: &SeriesKey) -> &str {
        let source = self.sources.get(key.to_string().as_str());
        source.map_or("", String::as_str)
    }

    fn bases(&self, key: &SeriesKey) -> &[(Month, Basis)] {
        let changes = self.bases.get(key.to_string().as_str());
        changes.map_or(&[], Vec::as_slice)
    }

    fn rate(&self, currency: Currency, per: Currency, month: Month) -> Option<f64> {
        self.rates.delivered(currency, per, month)
    }
}
