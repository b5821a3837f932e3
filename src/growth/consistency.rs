//! Contradictions between published figures beyond their rounding. Nothing is corrected.
//!
//! Every rule compares the values that one figure states with those that others imply, both as
//! ranges that rounding leaves, and reports ranges that do not overlap. Figures that were derived
//! from others are left out, except conversions into another currency.

use super::contradiction::{Claim, ConsistencyRule, Contradiction};
use super::published::PublishedFigures;
use super::tiling::tilings;
use super::value_range::ValueRange;
use crate::ingest::ExchangeRates;
use crate::trade::hierarchy::flow_parts;
use crate::trade::release::FigureMeasure;
use crate::trade::{Currency, Flow, Release, SeriesKey, Span, area};
use std::collections::{BTreeMap, BTreeSet};

/// The beginning of the source of a derived figure that is a conversion, see `data/README.md`.
const CONVERSION: &str = "press's own conversion";

impl<'a> PublishedFigures<'a> {
    /// Return every contradiction, by rule, series and span. `rates` are the monthly mean exchange
    /// rates.
    pub fn contradictions(&self, rates: &ExchangeRates) -> Vec<Contradiction> {
        let mut found = self.repeated();
        found.extend(self.flows());
        found.extend(self.growth_and_change());
        found.extend(self.bases_against_each_other());
        found.extend(self.parts_of_spans());
        found.extend(self.partners());
        found.extend(self.currencies(rates));
        found.sort_by(|a, b| (a.rule, &a.key, a.span).cmp(&(b.rule, &b.key, b.span)));
        found
    }

    /// Compare the figure that stands for a span with the others published of it.
    fn repeated(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        for same in self.figures.values() {
            let Some((stands, others)) = same.split_last() else {
                continue;
            };
            found.extend(others.iter().filter_map(|other| {
                Claim::of(ConsistencyRule::Repeated, other)
                    .against(ValueRange::stated(stands), [*stands])
            }));
        }
        found
    }

    /// Compare totals and balances with exports and imports.
    fn flows(&self) -> Vec<Contradiction> {
        let of = |(key, span): (&SeriesKey, Span)| {
            let level = |flow| self.figure(&key.with_flow(flow), FigureMeasure::Level, span);
            let parts = flow_parts(key.flow).iter();
            let parts = parts.map(|(flow, sign)| Some((level(*flow)?, *sign)));
            let parts: Vec<(&Release, f64)> = parts.collect::<Option<_>>()?;
            if parts.is_empty() {
                return None;
            }
            let stated = parts.iter().map(|(f, sign)| (ValueRange::stated(f), *sign));
            let implied = ValueRange::signed_sum(stated);
            let claim = Claim::of(ConsistencyRule::Flows, level(key.flow)?);
            claim.against(implied, parts.iter().map(|(figure, _)| *figure))
        };
        self.spans(FigureMeasure::Level).filter_map(of).collect()
    }

    /// Compare published growth and changes with two published levels.
    fn growth_and_change(&self) -> Vec<Contradiction> {
        let levels = |key: &SeriesKey, span: Span| {
            let level = |span| self.figure(key, FigureMeasure::Level, span);
            Some((level(span)?, level(span.year_before())?))
        };
        let growth = |(key, span): (&SeriesKey, Span)| {
            let (now, before) = levels(key, span)?;
            let ratio = self.ratio(key, span)?;
            let claim = Claim::of(
                ConsistencyRule::Growth,
                self.figure(key, FigureMeasure::Growth, span)?,
            );
            claim.against(ratio, [now, before])
        };
        let change = |(key, span): (&SeriesKey, Span)| {
            let (now, before) = levels(key, span)?;
            let difference = ValueRange::stated(now).minus(ValueRange::stated(before));
            let claim = Claim::of(
                ConsistencyRule::Change,
                self.figure(key, FigureMeasure::Change, span)?,
            );
            claim.against(difference, [now, before])
        };
        let mut found: Vec<_> = self
            .spans(FigureMeasure::Growth)
            .filter_map(growth)
            .collect();
        found.extend(self.spans(FigureMeasure::Change).filter_map(change));
        found
    }

    /// Compare the base of the total with the sum of those of exports and imports.
    fn bases_against_each_other(&self) -> Vec<Contradiction> {
        let of = |(key, span): (&SeriesKey, Span)| {
            if key.flow != Flow::Total {
                return None;
            }
            let base = |flow| self.own_base(&key.with_flow(flow), span);
            let figures = |flow| {
                let key = key.with_flow(flow);
                [FigureMeasure::Level, FigureMeasure::Growth]
                    .into_iter()
                    .filter_map(move |measure| self.figure(&key, measure, span))
            };
            let parts = flow_parts(Flow::Total).iter();
            let bases = parts
                .clone()
                .map(|(flow, sign)| Some((base(*flow)?, *sign)));
            let implied = ValueRange::signed_sum(bases.collect::<Option<Vec<_>>>()?);
            let claim = Claim {
                rule: ConsistencyRule::Bases,
                stated: base(Flow::Total)?,
                figures: figures(Flow::Total).collect(),
            };
            claim.against(implied, parts.flat_map(|(flow, _)| figures(*flow)))
        };
        self.spans(FigureMeasure::Growth).filter_map(of).collect()
    }

    /// Compare spans with the spans that they are made of.
    fn parts_of_spans(&self) -> Vec<Contradiction> {
        let mut by_key: BTreeMap<&SeriesKey, BTreeSet<Span>> = BTreeMap::new();
        for (key, span) in self.spans(FigureMeasure::Level) {
            by_key.entry(key).or_default().insert(span);
        }
        let mut found = Vec::new();
        for (key, spans) in by_key {
            let level = |span: Span| self.figure(key, FigureMeasure::Level, span);
            for whole in spans.iter().filter(|span| span.len() > 1) {
                for parts in tilings(*whole, &spans) {
                    found.extend(compare_tiling(*whole, &parts, level));
                }
            }
        }
        found
    }

    /// Compare groups with the sum of their members if all of these are known.
    fn partners(&self) -> Vec<Contradiction> {
        let of = |(key, span): (&SeriesKey, Span)| {
            let members = area::member_codes(&key.partner)?.into_iter();
            let level = |key: &SeriesKey| self.figure(key, FigureMeasure::Level, span);
            let levels = members.map(|member| level(&key.with_partner(member)));
            let levels: Vec<&Release> = levels.collect::<Option<_>>()?;
            let claim = Claim::of(
                ConsistencyRule::Partners,
                self.figure(key, FigureMeasure::Level, span)?,
            );
            claim.against(sum(&levels), levels)
        };
        self.spans(FigureMeasure::Level).filter_map(of).collect()
    }

    /// Compare the same span in two currencies. Customs convert at a rate fixed in the month
    /// before, so that the mean of that month is possible, too.
    fn currencies(&self, rates: &ExchangeRates) -> Vec<Contradiction> {
        let measured = self.figures.iter();
        let standing = measured
            .filter(|((_, measure, _), _)| *measure == FigureMeasure::Level)
            .filter_map(|(_, same)| same.last().copied());
        let converted = self.derived.iter().copied();
        let converted = converted
            .filter(|r| r.measure == FigureMeasure::Level && r.source.starts_with(CONVERSION));
        let mut by_span: BTreeMap<_, Vec<&'a Release>> = BTreeMap::new();
        for release in standing.chain(converted) {
            let SeriesKey {
                reporter,
                partner,
                flow,
                product,
                ..
            } = &release.key;
            let place = (reporter, partner, *flow, product, release.span);
            by_span.entry(place).or_default().push(release);
        }
        let mut found = Vec::new();
        for same in by_span.values() {
            for (k, a) in same.iter().enumerate() {
                for b in &same[k + 1..] {
                    // Dollars are the converted currency: they are compared with the other figure.
                    let (from, to) = if a.key.unit == Currency::USD {
                        (b, a)
                    } else {
                        (a, b)
                    };
                    if from.key.unit == to.key.unit {
                        continue;
                    }
                    let converted = rate_range(rates, from.key.unit, to.key.unit, from.span)
                        .and_then(|rate| ValueRange::stated(from).over(rate));
                    let claim = Claim::of(ConsistencyRule::Currencies, to);
                    found.extend(converted.and_then(|implied| claim.against(implied, [*from])));
                }
            }
        }
        found
    }
}

/// Return the least and the greatest monthly mean rate from the month before a span to its end;
/// `None` if one is missing.
fn rate_range(
    rates: &ExchangeRates,
    from: Currency,
    to: Currency,
    span: Span,
) -> Option<ValueRange> {
    let months = Span::new(span.first().plus(-1), span.len() + 1)?;
    let seen: Option<Vec<f64>> = months.iter().map(|m| rates.rate(from, to, m)).collect();
    let seen = seen?;
    Some(ValueRange {
        lower: seen.iter().copied().fold(f64::INFINITY, f64::min),
        upper: seen.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    })
}

/// Return the values that the sum of figures can have.
fn sum(figures: &[&Release]) -> ValueRange {
    let stated = figures.iter().map(|figure| ValueRange::stated(figure));
    stated.fold(ValueRange::exactly(0.0), ValueRange::plus)
}

/// Compare the span between two cumulatives with their difference, or a span with the sum of its
/// parts.
fn compare_tiling<'a>(
    whole: Span,
    parts: &[Span],
    level: impl Fn(Span) -> Option<&'a Release>,
) -> Option<Contradiction> {
    let all = level(whole)?;
    if let [before, between] = parts {
        let before = level(*before)?;
        let implied = ValueRange::stated(all).minus(ValueRange::stated(before));
        return Claim::of(ConsistencyRule::Spans, level(*between)?).against(implied, [all, before]);
    }
    let parts: Option<Vec<&Release>> = parts.iter().map(|part| level(*part)).collect();
    let parts = parts?;
    Claim::of(ConsistencyRule::Spans, all).against(sum(&parts), parts)
}
