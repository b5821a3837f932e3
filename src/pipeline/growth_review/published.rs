//! Spans that figures were published about.

use super::result::{ExchangeBasis, ExchangeEffect, PublishedSpan, RecordReview};
use crate::growth::PastLevels;
use crate::growth::PublishedFigures;
use crate::growth::contribution::{exchange_rate_contribution, rate_growth};
use crate::ingest::ExchangeRates;
use crate::trade::release::FigureMeasure;
use crate::trade::{Currency, SeriesKey, Span, Subject};
use std::collections::BTreeSet;

/// Review every span of the subject with a published level or growth.
pub(super) fn published_spans(
    rates: &ExchangeRates,
    published: &PublishedFigures<'_>,
    subject: &Subject,
    currency: Option<Currency>,
) -> Vec<PublishedSpan> {
    use FigureMeasure::{Growth, Level};
    let about: BTreeSet<(&SeriesKey, Span)> = published
        .spans(Level)
        .chain(published.spans(Growth))
        .filter(|(key, _)| subject.matches(key))
        .collect();
    let of_span = |(key, span): (&SeriesKey, Span)| {
        let growth = published.figure(key, Growth, span);
        let record = || {
            let past = PastLevels::of_published(published, key, span);
            RecordReview::new(&past, published.stated(key, Level, span)?)
        };
        let exchange = || {
            let to = counterpart(key.unit, currency);
            let there = key.with_unit(to);
            let growth_from = growth?.value;
            let by_rates = || {
                let of_rate = rate_growth(rates, key.unit, to, span)?;
                Some(growth_from + exchange_rate_contribution(growth_from, of_rate))
            };
            let (growth_to, basis) = match published.figure(&there, Growth, span) {
                Some(there) => (there.value, ExchangeBasis::Published),
                None => (by_rates()?, ExchangeBasis::MeanRates),
            };
            (to != key.unit).then_some(ExchangeEffect {
                from: key.unit,
                to,
                span,
                growth_from,
                growth_to,
                basis,
            })
        };
        PublishedSpan {
            key: key.clone(),
            span,
            level: published.figure(key, Level, span).cloned(),
            growth: growth.cloned(),
            ratio: published.ratio(key, span),
            base: published.base(key, span),
            exchange: exchange(),
            record: record(),
        }
    };
    about.into_iter().map(of_span).collect()
}

/// Return the currency that growth in `unit` is compared with.
pub(super) fn counterpart(unit: Currency, requested: Option<Currency>) -> Currency {
    requested.unwrap_or(if unit == Currency::USD {
        Currency::CNY
    } else {
        Currency::USD
    })
}
