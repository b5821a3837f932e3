//! Growth decomposed into contributions of flows and partners.

use super::result::GrowthDecomposition;
use crate::catalog::{Snapshot, Vintage};
use crate::growth::{ContributionSplit, PublishedFigures};
use crate::pipeline::split_by::SplitBy;
use crate::trade::hierarchy::flow_parts;
use crate::trade::release::FigureMeasure;
use crate::trade::{Code, Currency, Flow, Series, SeriesKey, Span, Subject, area};
use std::collections::BTreeSet;

/// Decompose growth of monthly series, where every part is known: that of the last month that all
/// have, and that of the year to it.
pub(super) fn of_months(
    snapshot: &Snapshot,
    subject: &Subject,
    vintage: Vintage,
    currency: Option<Currency>,
) -> Vec<GrowthDecomposition> {
    let splits = |SplitCandidate { by, key, parts }: SplitCandidate| {
        let unit = currency.unwrap_or(key.unit);
        let values = |(name, key): &(String, SeriesKey)| {
            let (key, own) = snapshot.series(&key.to_string(), vintage).ok()?;
            let values = snapshot.converted(key, &own, unit, vintage)?;
            Some((name.clone(), own.first(), values))
        };
        let parts: Vec<_> = parts.iter().map(values).collect::<Option<_>>()?;
        let series: Vec<(&str, Series<'_>)> = parts
            .iter()
            .map(|(name, first, values)| (&**name, Series::new(name, *first, values, false)))
            .collect();
        let last = series.iter().map(|(_, series)| series.last()).min()?;
        // In January both are the same span.
        let spans: BTreeSet<Span> = [Span::month(last), Span::year_to_date(last)].into();
        let of_span = |span: Span| {
            Some(GrowthDecomposition {
                key: key.with_unit(unit),
                by,
                monthly: true,
                split: ContributionSplit::of_series(&series, span)?,
            })
        };
        Some(spans.into_iter().filter_map(of_span).collect::<Vec<_>>())
    };
    let wholes = wholes(snapshot, subject).into_iter();
    wholes.filter_map(splits).flatten().collect()
}

/// Decompose growth of published spans, where the growth of every part is known.
pub(super) fn of_published(
    published: &PublishedFigures<'_>,
    subject: &Subject,
) -> Vec<GrowthDecomposition> {
    let spans = published.spans_and_totals(FigureMeasure::Level).into_iter();
    let mut found = Vec::new();
    for (key, span) in spans.filter(|(key, _)| subject.matches(key)) {
        let by_flow = (key.flow == Flow::Total).then(|| published.by_flow(&key, span));
        let splits = [
            (SplitBy::Flow, by_flow.flatten()),
            (SplitBy::Partner, published.by_partner(&key, span)),
        ];
        found.extend(splits.into_iter().filter_map(|(by, split)| {
            Some(GrowthDecomposition {
                key: key.clone(),
                by,
                monthly: false,
                split: split?,
            })
        }));
    }
    found
}

/// A whole and its parts by name.
struct SplitCandidate {
    by: SplitBy,
    key: SeriesKey,
    parts: Vec<(String, SeriesKey)>,
}

/// Return what the subject could be split into, in every currency that its reporter has series in.
fn wholes(snapshot: &Snapshot, subject: &Subject) -> Vec<SplitCandidate> {
    let units: BTreeSet<Currency> = snapshot
        .keys()
        .filter(|key| key.reporter == subject.reporter && key.product == subject.product)
        .map(|key| key.unit)
        .filter(|unit| subject.unit.is_none_or(|requested| requested == *unit))
        .collect();
    let requested = |flow: &Flow| subject.flow.is_none_or(|requested| requested == *flow);
    let members = area::member_codes(&subject.partner);
    let mut found = Vec::new();
    for unit in units {
        let key = |flow: Flow| SeriesKey {
            reporter: subject.reporter.clone(),
            partner: subject.partner.clone(),
            flow,
            product: subject.product.clone(),
            unit,
        };
        if requested(&Flow::Total) {
            found.push(SplitCandidate {
                by: SplitBy::Flow,
                key: key(Flow::Total),
                parts: flow_parts(Flow::Total)
                    .iter()
                    .map(|(flow, _)| (flow.letter().to_owned(), key(*flow)))
                    .collect(),
            });
        }
        let every = Flow::DIRECTIONS
            .into_iter()
            .chain([Flow::Total])
            .filter(requested);
        found.extend(every.filter_map(|flow| {
            let part = |member: &Code| {
                let key = key(flow).with_partner(member.clone());
                (member.to_string(), key)
            };
            Some(SplitCandidate {
                by: SplitBy::Partner,
                key: key(flow),
                parts: members.as_ref()?.iter().map(part).collect(),
            })
        }));
    }
    found
}
