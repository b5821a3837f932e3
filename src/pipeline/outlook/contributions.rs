//! Contributions of flows and partners to the pair's growth.

use super::figures::FOLLOWS;
use super::inputs::OutlookInputs;
use super::result::{ObservedContribution, ProjectedContribution};
use crate::growth::PublishedFigures;
use crate::growth::SeriesDraws;
use crate::growth::contribution;
use crate::pipeline::split_by::SplitBy;
use crate::projection::JointDraws;
use crate::trade::release::FigureMeasure;
use crate::trade::{Flow, Release, SeriesKey, Span};

/// The most that contributions from published figures may miss published growth by and still be
/// its split, percentage points: their roundings.
const ROUNDING: f64 = 0.2;

/// Return what parts added to the growth of the known span, `growth`: from published figures, else
/// from the draws, which know months and exchange rates. The parts of each split add up to
/// `growth`, and to their roundings where the source published that: they are those of the draws
/// where published ones miss it by more.
pub(super) fn observed_contributions(
    inputs: &OutlookInputs,
    joint: &JointDraws,
    published: &PublishedFigures<'_>,
    known: Span,
    growth: Option<f64>,
) -> Vec<ObservedContribution> {
    let total = inputs.key(&inputs.request().partner, Flow::Total, inputs.home());
    let name = |flow: String| Flow::parse(&flow).map_or(flow, |flow| flow.word().to_owned());
    let flows = published.by_flow(&total, known).into_iter();
    let partners = published.by_partner(&total, known).into_iter();
    let mut all: Vec<ObservedContribution> = flows
        .flat_map(|split| split.parts)
        .map(|part| ObservedContribution {
            by: SplitBy::Flow,
            name: name(part.name),
            points: part.points,
        })
        .collect();
    let converted = inputs.home() != inputs.drawn();
    if all.is_empty() && (converted || !inputs.monthly().is_empty()) {
        all.extend(
            projected_contributions(inputs, joint, known)
                .into_iter()
                .map(observed),
        );
    }
    let partners = partners.flat_map(|split| split.parts);
    all.extend(partners.map(|part| ObservedContribution {
        by: SplitBy::Partner,
        name: part.name,
        points: part.points,
    }));
    let head = &joint.nodes()[0].key;
    let of_source = |release: &&Release| release.status != FOLLOWS;
    let stated = published.figure(head, FigureMeasure::Growth, known);
    let of_source = stated.filter(of_source).is_some();
    let Some(points) = growth.map(|growth| 100.0 * growth) else {
        return all;
    };
    for by in [SplitBy::Flow, SplitBy::Partner] {
        let missing = missing(&all, by, points);
        if of_source && missing.is_none_or(|points| points.abs() <= ROUNDING) {
            continue;
        }
        if missing.is_some_and(|points| points.abs() > ROUNDING) {
            // The published parts have another base than the growth; the draws have one base.
            let of_split = |part: &ObservedContribution| part.by == by;
            let at = all.iter().position(of_split).unwrap_or(all.len());
            all.retain(|part| part.by != by);
            let drawn = projected_contributions(inputs, joint, known).into_iter();
            all.splice(at..at, drawn.filter(|part| part.by == by).map(observed));
        }
        add_up_to(&mut all, by, points);
    }
    all
}

fn observed(drawn: ProjectedContribution) -> ObservedContribution {
    ObservedContribution {
        by: drawn.by,
        name: drawn.name,
        points: drawn.points,
    }
}

/// Return what the parts of one split miss of `points`; `None` where there are none.
fn missing(all: &[ObservedContribution], by: SplitBy, points: f64) -> Option<f64> {
    let of = |part: &&ObservedContribution| part.by == by;
    let sum: f64 = all.iter().filter(of).map(|part| part.points).sum();
    all.iter().any(|part| part.by == by).then_some(points - sum)
}

/// Spread what the parts of one split miss of `points` in proportion to the parts: roundings, and
/// what growth as published lies off that of the draws.
fn add_up_to(all: &mut [ObservedContribution], by: SplitBy, points: f64) {
    let missing = missing(all, by, points).unwrap_or_default();
    let of = all.iter().filter(|part| part.by == by);
    let size: f64 = of.map(|part| part.points.abs()).sum();
    for part in all.iter_mut().filter(|part| part.by == by) {
        part.points += missing * part.points.abs() / size.max(f64::MIN_POSITIVE);
    }
}

/// Return what parts add to the growth of a span, from the draws.
pub(super) fn projected_contributions(
    inputs: &OutlookInputs,
    joint: &JointDraws,
    span: Span,
) -> Vec<ProjectedContribution> {
    let group = &inputs.request().partner;
    let split = |by: SplitBy, name_of: &dyn Fn(&SeriesKey) -> Option<String>| {
        let (parts, names): (Vec<usize>, Vec<String>) = joint
            .nodes()
            .iter()
            .enumerate()
            .filter_map(|(k, node)| Some((k, name_of(&node.key)?)))
            .unzip();
        let views: Vec<SeriesDraws<'_>> =
            parts.iter().map(|k| SeriesDraws::new(joint, *k)).collect();
        let drawn = contribution::contributions_in_draws(&views, span, &inputs.request().levels);
        names
            .into_iter()
            .zip(drawn.unwrap_or_default())
            .map(|(name, drawn)| ProjectedContribution {
                by,
                name,
                points: drawn.at_median,
                bands: drawn.summary.bands,
            })
            .collect::<Vec<_>>()
    };
    let mut all = split(SplitBy::Flow, &|key| {
        (key.partner == *group && Flow::DIRECTIONS.contains(&key.flow))
            .then(|| key.flow.word().to_owned())
    });
    let head = joint.nodes()[0].key.flow;
    all.extend(split(SplitBy::Partner, &|key| {
        (key.partner != *group && key.flow == head).then(|| key.partner.to_string())
    }));
    all
}
