//! Months of a series, delivered and known before.

use super::known::KnownFigures;
use super::levels::DeliveredLevel;
use crate::trade::{FigureMeasure, Month, Release, SeriesKey};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Largest number of months that are looked at together: more than any series has.
const MOST_MONTHS: i32 = 12 * 300;

/// A month of a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeriesMonth {
    pub(super) month: Month,
    pub(super) value: f64,
    /// Whether it is delivered, not only known before.
    pub(super) is_new: bool,
}

/// Return the observed months of a series, delivered and known before, in order.
pub(super) fn observed(
    key: &SeriesKey,
    delivered: &[DeliveredLevel<'_>],
    known: Option<&dyn KnownFigures>,
) -> Vec<SeriesMonth> {
    let known = known.and_then(|known| known.months(key));
    merged(
        delivered.iter().filter(|level| level.is_observation()),
        known,
    )
}

/// Return the months of a series, observed or published, where levels are published for single
/// months, as in the tables of customs; `None` where all its months are observed.
pub(super) fn with_published(
    key: &SeriesKey,
    delivered: &[DeliveredLevel<'_>],
    known: Option<&dyn KnownFigures>,
) -> Option<Vec<SeriesMonth>> {
    let months = || delivered.iter().filter(|level| level.span.len() == 1);
    if months().all(DeliveredLevel::is_observation) {
        return None;
    }
    let published = known.map_or_else(Vec::new, |known| known.releases(key));
    let known = known.and_then(|known| known.months(key));
    let known = known.map(|(first, values)| (first, Cow::Borrowed(values)));
    let known = completed(known, &published);
    let known = known.as_ref().map(|(first, values)| (*first, &**values));
    Some(merged(months(), known))
}

/// Return the delivered months and, where there is none, those known before, in order.
fn merged<'l, 'a: 'l>(
    delivered: impl Iterator<Item = &'l DeliveredLevel<'a>>,
    known: Option<(Month, &[f64])>,
) -> Vec<SeriesMonth> {
    let new = delivered.map(|level| SeriesMonth {
        month: level.span.first(),
        value: level.value,
        is_new: true,
    });
    let mut months: Vec<SeriesMonth> = new.collect();
    if let Some((first, values)) = known.filter(|_| !months.is_empty()) {
        let delivered: Vec<Month> = months.iter().map(|m| m.month).collect();
        let is_delivered = |month: Month| delivered.binary_search(&month).is_ok();
        let before = (0..).zip(values).map(|(at, value)| SeriesMonth {
            month: first.plus(at),
            value: *value,
            is_new: false,
        });
        months.extend(before.filter(|m| !m.value.is_nan() && !is_delivered(m.month)));
        months.sort_unstable_by_key(|m| m.month);
    }
    months
}

/// Complete the known months of a series with the levels published for single months.
fn completed<'a>(
    known: Option<(Month, Cow<'a, [f64]>)>,
    published: &[&Release],
) -> Option<(Month, Cow<'a, [f64]>)> {
    let of_months = published.iter().filter(|release| {
        release.span.len() == 1
            && release.measure == FigureMeasure::Level
            && !release.value.is_nan()
    });
    let of_months: BTreeMap<Month, f64> = of_months.map(|r| (r.span.first(), r.value)).collect();
    let (Some((first, _)), Some((last, _))) =
        (of_months.first_key_value(), of_months.last_key_value())
    else {
        return known;
    };
    let (mut first, mut end) = (*first, last.plus(1));
    if let Some((begin, values)) = &known {
        first = first.min(*begin);
        end = end.max(begin.forward(values.len()));
    }
    if end.since(first) > MOST_MONTHS {
        return known;
    }
    let of_known = |month: Month| {
        let (begin, values) = known.as_ref()?;
        values
            .get(month.index_from(*begin)?)
            .copied()
            .filter(|value| !value.is_nan())
    };
    let value = |at: i32| {
        let month = first.plus(at);
        let published = || of_months.get(&month).copied();
        of_known(month).or_else(published).unwrap_or(f64::NAN)
    };
    Some((first, (0..end.since(first)).map(value).collect()))
}
