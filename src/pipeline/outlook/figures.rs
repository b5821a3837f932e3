//! Figures that follow from others without a model: months of monthly series, and sums of a group
//! over its members.

use super::request::OutlookRequest;
use crate::catalog::Snapshot;
use crate::trade::hierarchy::flow_parts;
use crate::trade::release::FigureMeasure;
use crate::trade::{Code, Currency, Flow, Month, Release, SeriesKey, Span, area};
use std::collections::BTreeMap;

/// Status of figures that follow from others.
pub(super) const FOLLOWS: &str = "computed";

/// Return the months of the monthly series of the pair and its members as figures, from `first` on.
pub(super) fn months(snapshot: &Snapshot, request: &OutlookRequest, first: Month) -> Vec<Release> {
    let mut all = Vec::new();
    for series in snapshot.panel(request.vintage) {
        let Ok(key) = SeriesKey::parse(series.id()) else {
            continue;
        };
        if !request.concerns(&key) || key.flow == Flow::Balance {
            continue;
        }
        for (k, value) in series.values().iter().enumerate() {
            let month = series.first().forward(k);
            if value.is_finite() && month >= first {
                all.push(Release {
                    key: key.clone(),
                    span: Span::month(month),
                    measure: FigureMeasure::Level,
                    value: *value,
                    rounding: 0.0,
                    released_on: None,
                    known_since: None,
                    status: FOLLOWS.to_owned(),
                    source: "monthly series".to_owned(),
                });
            }
        }
    }
    all
}

/// A level with its rounding.
type RoundedLevel = (f64, f64);

/// Return levels and growth of a group over every span of which those of all its members are known,
/// where the group itself has none published; none where the partner is no group.
pub(super) fn group_sums(request: &OutlookRequest, figures: &[Release]) -> Vec<Release> {
    let Some(members) = area::member_codes(&request.partner) else {
        return Vec::new();
    };
    let place = |release: &Release| {
        (
            release.key.flow,
            release.key.unit,
            release.measure,
            release.span,
        )
    };
    let mut of_partner: BTreeMap<&Code, BTreeMap<_, RoundedLevel>> = BTreeMap::new();
    for release in figures.iter().filter(|release| !release.is_bound()) {
        let of_partner = of_partner.entry(&release.key.partner).or_default();
        let known = of_partner.entry(place(release));
        known.or_insert((release.value, release.rounding));
    }
    let known = |partner: &Code, flow: Flow, unit: Currency, measure, span: Span| {
        let figures = of_partner.get(partner)?;
        figures.get(&(flow, unit, measure, span)).copied()
    };
    let level = |partner: &Code, flow: Flow, unit: Currency, span: Span| {
        known(partner, flow, unit, FigureMeasure::Level, span).or_else(|| {
            let parts = flow_parts(flow);
            let part = |(flow, sign): &(Flow, f64)| {
                let (value, rounding) = known(partner, *flow, unit, FigureMeasure::Level, span)?;
                Some((sign * value, rounding))
            };
            let parts: Option<Vec<RoundedLevel>> = parts.iter().map(part).collect();
            parts.filter(|parts| !parts.is_empty()).map(sum)
        })
    };
    let mut all = Vec::new();
    let Some(first) = members.first().and_then(|member| of_partner.get(member)) else {
        return all;
    };
    for (flow, unit, measure, span) in first.keys().copied() {
        if known(&request.partner, flow, unit, measure, span).is_some() {
            continue;
        }
        let levels: Option<Vec<RoundedLevel>> = members
            .iter()
            .map(|member| level(member, flow, unit, span))
            .collect();
        let Some(levels) = levels else { continue };
        let (value, rounding) = match measure {
            FigureMeasure::Level => sum(levels),
            FigureMeasure::Growth => {
                let growth = |member: &Code| known(member, flow, unit, measure, span);
                let growth: Option<Vec<RoundedLevel>> = members.iter().map(growth).collect();
                match growth.and_then(|growth| growth_of_sum(&levels, &growth)) {
                    Some(found) => found,
                    None => continue,
                }
            }
            _ => continue,
        };
        all.push(Release {
            key: SeriesKey {
                reporter: request.reporter.clone(),
                partner: request.partner.clone(),
                flow,
                product: request.product.clone(),
                unit,
            },
            span,
            measure,
            value,
            rounding,
            released_on: None,
            known_since: None,
            status: FOLLOWS.to_owned(),
            source: "sum of the members".to_owned(),
        });
    }
    all
}

fn sum(parts: Vec<RoundedLevel>) -> RoundedLevel {
    let add = |(value, rounding): RoundedLevel, (v, r): RoundedLevel| (value + v, rounding + r);
    parts.into_iter().fold((0.0, 0.0), add)
}

/// Return the growth of a sum, from levels and growth of its parts; `None` where a base may be zero
/// or less.
fn growth_of_sum(levels: &[RoundedLevel], growth: &[RoundedLevel]) -> Option<RoundedLevel> {
    let (mut now, mut base, mut open) = (0.0, 0.0, 0.0);
    for ((level, rounding), (growth, growth_rounding)) in levels.iter().zip(growth) {
        let factor = 1.0 + growth;
        if factor <= *growth_rounding {
            return None;
        }
        now += level;
        base += level / factor;
        open += rounding / factor + level / factor * growth_rounding / factor;
    }
    (base > 0.0).then(|| (now / base - 1.0, open / base * now / base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_of_a_sum_is_that_of_levels_over_bases() {
        // 110 on 100 and 60 on 80: 170 on 180 is −5.56 %.
        let (growth, rounding) = growth_of_sum(
            &[(110.0, 0.0), (60.0, 0.0)],
            &[(0.1, 0.0005), (-0.25, 0.0005)],
        )
        .unwrap();
        assert!((growth - (170.0 / 180.0 - 1.0)).abs() < 1e-12);
        // Bases lie within 100·0.0005/1.1 and 80·0.0005/0.75 of theirs: 0.0988 of 180, and the
        // ratio 0.9444 falls by as much.
        assert!(
            (rounding - 0.0988 / 180.0 * 170.0 / 180.0).abs() < 1e-6,
            "{rounding}"
        );
        assert_eq!(growth_of_sum(&[(1.0, 0.0)], &[(-1.0, 0.0005)]), None);
    }
}
