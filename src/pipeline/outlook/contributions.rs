//! Contributions of flows and partners to the pair's growth.

use super::inputs::OutlookInputs;
use super::result::{ObservedContribution, ProjectedContribution};
use crate::growth::PublishedFigures;
use crate::growth::SeriesDraws;
use crate::growth::contribution;
use crate::pipeline::split_by::SplitBy;
use crate::projection::JointDraws;
use crate::trade::{Flow, SeriesKey, Span};

/// Return what parts added to the growth of the known span: from published figures, else from
/// months.
pub(super) fn observed_contributions(
    inputs: &OutlookInputs,
    joint: &JointDraws,
    published: &PublishedFigures<'_>,
    known: Span,
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
    if all.is_empty() && !inputs.monthly().is_empty() {
        let drawn = projected_contributions(inputs, joint, known).into_iter();
        all.extend(drawn.map(|drawn| ObservedContribution {
            by: drawn.by,
            name: drawn.name,
            points: drawn.points,
        }));
    }
    let partners = partners.flat_map(|split| split.parts);
    all.extend(partners.map(|part| ObservedContribution {
        by: SplitBy::Partner,
        name: part.name,
        points: part.points,
    }));
    all
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
