//! Lists of series, and one series with its observations and published figures.

use crate::catalog::{CatalogError, MonthVintage, Snapshot, Vintage};
use crate::growth::{self, GrowthMeasure};
use crate::trade::basis::describe_changes;
use crate::trade::key::KeyFilter;
use crate::trade::{Currency, Month, Release, Series, SeriesKey, Span};

/// A series without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesSummary {
    /// The key.
    pub key: SeriesKey,
    /// The currency of the values, which may differ from the key's.
    pub unit: Currency,
    /// The first and the last month with a figure; `None` where nothing was public.
    pub months: Option<(Month, Month)>,
    /// Number of months with a figure.
    pub observed: usize,
    /// Number of months without a figure between the first and the last.
    pub gaps: usize,
    /// The source of the figures.
    pub source: String,
}

/// A page of a list of series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesPage {
    /// The series, sorted by key.
    pub series: Vec<SeriesSummary>,
    /// Whether other series follow.
    pub more: bool,
}

/// A series with its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesDetail {
    /// The series.
    pub summary: SeriesSummary,
    /// One entry a month, gaps included.
    pub observations: Vec<ObservedMonth>,
    /// The figures published about it, as they were published.
    pub releases: Vec<Release>,
    /// Every figure that its months have had, by month and day; empty unless requested.
    pub vintages: Vec<MonthVintage>,
}

/// A month of a series; growth as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObservedMonth {
    /// The month.
    pub month: Month,
    /// The value in base units; `None` for a gap.
    pub value: Option<f64>,
    /// Growth on the same month of the year before.
    pub growth: Option<f64>,
    /// Growth of January to this month on the same months of the year before.
    pub growth_year_to_date: Option<f64>,
}

/// The reason why a series cannot be shown.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SeriesDetailError {
    /// There is no such series.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// No exchange rate leads from the one currency to the other.
    #[error("there are no exchange rates between {from} and {to}")]
    NoRate {
        /// The currency of the series.
        from: Currency,
        /// The currency requested.
        to: Currency,
    },
}

impl SeriesSummary {
    /// Summarise `series`, which is that of `key` in `snapshot`, with values in `unit`.
    pub fn of(snapshot: &Snapshot, key: &SeriesKey, series: &Series<'_>, unit: Currency) -> Self {
        Self {
            source: source_with_changes(snapshot, key, series),
            key: key.clone(),
            unit,
            months: (!series.is_empty()).then(|| (series.first(), series.last())),
            observed: series.len() - series.gaps(),
            gaps: series.gaps(),
        }
    }
}

/// Return the source of a series, and where what its months were counted by changes.
fn source_with_changes(snapshot: &Snapshot, key: &SeriesKey, series: &Series<'_>) -> String {
    let id = key.to_string();
    let mut parts = vec![snapshot.source(&id).to_owned()];
    if !series.is_empty() {
        parts.extend(describe_changes(snapshot.bases(&id), series.last()));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// List at most `most` series that pass `filter`, sorted by key, from the first key behind `after`.
/// Series of which nothing was public on the day of `vintage` are left out.
pub fn list_series(
    snapshot: &Snapshot,
    filter: &KeyFilter,
    vintage: Vintage,
    after: &str,
    most: usize,
) -> SeriesPage {
    let keys = snapshot.keys_after(after).filter(|key| filter.matches(key));
    let mut shown = keys.filter_map(|key| {
        // The key comes from the snapshot itself, so that it is always found there.
        let found = snapshot.series(&key.to_string(), vintage).ok();
        found.filter(|(_, series)| vintage == Vintage::Latest || !series.is_empty())
    });
    let page = shown.by_ref().take(most);
    let series = page.map(|(key, series)| SeriesSummary::of(snapshot, key, &series, key.unit));
    SeriesPage {
        series: series.collect(),
        more: shown.next().is_some(),
    }
}

/// Return one series with its observations, in `currency` where one is given, and the figures
/// published about it.
///
/// # Errors
/// There is no such series, or no exchange rate to `currency`.
pub fn series_detail(
    snapshot: &Snapshot,
    key: &str,
    vintage: Vintage,
    currency: Option<Currency>,
) -> Result<SeriesDetail, SeriesDetailError> {
    let (key, own) = snapshot.series(key, vintage)?;
    let unit = currency.unwrap_or(key.unit);
    let converted = if unit == key.unit || own.is_empty() {
        None
    } else {
        let values = snapshot.converted(key, &own, unit, vintage);
        Some(values.ok_or(SeriesDetailError::NoRate {
            from: key.unit,
            to: unit,
        })?)
    };
    let series = converted.as_deref().map_or(own, |values| {
        Series::new(own.id(), own.first(), values, own.may_be_negative())
    });
    Ok(SeriesDetail {
        summary: SeriesSummary::of(snapshot, key, &series, unit),
        observations: observations(&series),
        releases: snapshot.releases(key, vintage).cloned().collect(),
        vintages: Vec::new(),
    })
}

/// Return every figure that the months of a series have had, by month and day, in `currency` where
/// one is given: each converted at the mean rate of its month, a month without a rate as a gap.
///
/// # Errors
/// There is no such series.
pub fn month_vintages(
    snapshot: &Snapshot,
    key: &str,
    vintage: Vintage,
    currency: Option<Currency>,
) -> Result<Vec<MonthVintage>, SeriesDetailError> {
    let (key, _) = snapshot.series(key, vintage)?;
    let mut all = snapshot.month_vintages(key, vintage);
    if let Some(to) = currency.filter(|to| *to != key.unit) {
        let rates = snapshot.rates(vintage);
        for of in &mut all {
            let rate = rates.rate(key.unit, to, of.month);
            of.value = of.value.zip(rate).map(|(value, rate)| value / rate);
        }
    }
    Ok(all)
}

/// Return one entry a month, gaps included.
fn observations(series: &Series<'_>) -> Vec<ObservedMonth> {
    let span = Span::new(series.first(), i32::try_from(series.len()).unwrap_or(0));
    let months = span.into_iter().flat_map(Span::iter);
    months
        .map(|month| ObservedMonth {
            month,
            value: series.at(month),
            growth: growth::observed(series, GrowthMeasure::Month, month),
            growth_year_to_date: growth::observed(series, GrowthMeasure::YearToDate, month),
        })
        .collect()
}
