//! Monthly series at their last month.

use super::published::counterpart;
use super::result::{
    ExchangeBasis, ExchangeEffect, GrowthReviewError, MonthlyReview, ObservedGrowth, RecordReview,
};
use crate::catalog::{Snapshot, Vintage};
use crate::growth::PastLevels;
use crate::growth::ValueRange;
use crate::growth::contribution::base_effect;
use crate::growth::{self, GrowthMeasure};
use crate::projection::SeasonalFactors;
use crate::trade::{Currency, Series, SeriesKey, Span};
use std::collections::BTreeSet;

/// Review a monthly series at its last month; `None` where nothing was public.
///
/// # Errors
/// No exchange rate leads to `currency`.
pub(super) fn monthly_review(
    snapshot: &Snapshot,
    key: &SeriesKey,
    vintage: Vintage,
    currency: Option<Currency>,
) -> Result<Option<MonthlyReview>, GrowthReviewError> {
    let (_, own) = snapshot.series(&key.to_string(), vintage)?;
    if own.is_empty() {
        return Ok(None);
    }
    let other = counterpart(key.unit, currency);
    let values = snapshot.converted(key, &own, other, vintage);
    if currency.is_some() && values.is_none() {
        return Err(GrowthReviewError::NoRate {
            from: key.unit,
            to: other,
        });
    }
    let converted = values
        .as_deref()
        .map(|values| Series::new(own.id(), own.first(), values, own.may_be_negative()));
    // A currency whose rates do not reach the series leaves nothing to read.
    let converted = converted.filter(|series| !series.is_empty());
    let series = match (currency, converted) {
        (Some(_), None) => return Ok(None),
        (Some(_), Some(converted)) => converted,
        (None, _) => own,
    };
    let season = SeasonalFactors::of(&series);
    let readings = GrowthMeasure::ALL.iter().filter_map(|measure| {
        let (span, growth) = growth::latest(&series, season.as_ref(), *measure)?;
        Some(ObservedGrowth {
            measure: *measure,
            span,
            growth,
        })
    });
    let to_date = Span::year_to_date(series.last());
    let growth_of =
        |series: &Series<'_>| growth::observed(series, GrowthMeasure::YearToDate, to_date.last());
    let exchange = converted.and_then(|converted| {
        Some(ExchangeEffect {
            from: key.unit,
            to: other,
            span: to_date,
            growth_from: growth_of(&own)?,
            growth_to: growth_of(&converted)?,
            basis: ExchangeBasis::Months,
        })
    });
    let record = |span: Span| {
        let level = ValueRange::exactly(series.sum(span)?);
        RecordReview::new(&PastLevels::of_series(&series, span), level)
    };
    // In January both are the same span.
    let spans: BTreeSet<Span> = [Span::month(series.last()), to_date].into();
    Ok(Some(MonthlyReview {
        key: key.clone(),
        unit: currency.unwrap_or(key.unit),
        last: series.last(),
        readings: readings.collect(),
        base_effect: base_effect(&series, series.last()),
        exchange: exchange.filter(|exchange| exchange.from != exchange.to),
        records: spans.into_iter().filter_map(record).collect(),
    }))
}
