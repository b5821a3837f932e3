//! Joint draws of a scenario's series, and conditional draws where regressors are shocked.

use super::members::FittedSeries;
use super::request::ScenarioRunError;
use crate::pipeline::request::ForecastRequest;
use crate::pipeline::request::JOINT;
use crate::projection::{JointDraws, JointForecast, JointMember, JointSeries, joint_forecast};
use crate::reconcile::{Constraints, ReconcileError, reconcile};
use crate::trade::seeded_hash;
use crate::work::Work;
use rayon::prelude::*;

/// Draw the series jointly, from the earliest end to the last month that all forecasts reach, and
/// reconcile the draws; beside them the conditional draws, where regressors are shocked.
///
/// # Errors
/// The series cannot be forecast jointly, or what is known of them violates the constraints.
pub(super) fn draw(
    members: &[FittedSeries<'_>],
    request: &ForecastRequest,
) -> Result<(JointDraws, Option<JointDraws>), ScenarioRunError> {
    let joint_member = |member| {
        let FittedSeries { key, series, .. }: &FittedSeries<'_> = member;
        JointMember {
            key: key.clone(),
            series: *series,
            fitted: &member.baseline,
            seed: seeded_hash(request.seed, series.id()),
        }
    };
    let joint_members: Vec<JointMember<'_>> = members.iter().map(joint_member).collect();
    let seed = seeded_hash(request.seed, JOINT);
    let drawn = joint_forecast(&joint_members, 1, request.paths, seed)?;
    let conditional = conditional_draws(&drawn, &joint_members, members);
    Ok((
        reconciled(drawn.draws)?,
        conditional.map(reconciled).transpose()?,
    ))
}

/// Reconcile the draws where something must hold between the series.
fn reconciled(joint: JointDraws) -> Result<JointDraws, ScenarioRunError> {
    let constraints = Constraints::of(&joint);
    if constraints.is_empty() {
        return Ok(joint);
    }
    match reconcile(&joint, &constraints) {
        Ok(fitting) => Ok(fitting.joint),
        Err(ReconcileError::Contradiction {
            node,
            span,
            missing,
        }) => Err(ScenarioRunError::Contradiction {
            series: joint.nodes()[node].key.to_string(),
            span,
            missing,
        }),
    }
}

/// The point path of a series, and its path in each draw.
type PointAndPaths = (Vec<f64>, Vec<Vec<f64>>);

/// Return the draws of `forecast` again, each from the same random numbers, on the shocks'
/// condition; `None` where there is no condition.
fn conditional_draws(
    forecast: &JointForecast,
    joint_members: &[JointMember<'_>],
    members: &[FittedSeries<'_>],
) -> Option<JointDraws> {
    let joint = &forecast.draws;
    let (first, months, count) = (joint.first(), joint.months(), joint.count());
    let of_member = |(k, (part, member)): (usize, (&JointMember<'_>, &FittedSeries<'_>))| {
        let conditional = member.conditional.as_ref()?;
        let next = part.series.last().plus(1);
        // Where the forecast begins in the joint draws, and with which of its steps.
        let place = next.index_from(first).unwrap_or(0).min(months);
        let step = first.index_from(next).unwrap_or(0);
        let steps = step..step + months - place;
        let conditional_paths = conditional.paths(count, part.seed);
        let conditional_paths: Vec<Vec<f64>> = conditional_paths.rows().collect();
        let draws = joint.paths(k).zip(&forecast.path_of_draw[k]);
        let rows = draws
            .map(|(path, own)| [&path[..place], &conditional_paths[*own][steps.clone()]].concat())
            .collect();
        let point = [
            &joint.nodes()[k].point[..place],
            &conditional.point()[steps],
        ]
        .concat();
        Some((point, rows))
    };
    let work = Work::current();
    let of_members: Option<Vec<PointAndPaths>> = joint_members
        .par_iter()
        .zip(members)
        .enumerate()
        .map(|member| work.part(|| of_member(member)))
        .collect();
    let of_members = of_members?;
    let of_draw = |draw: usize| of_members.iter().flat_map(move |(_, rows)| &rows[draw]);
    let draws = (0..count).flat_map(of_draw).copied().collect();
    let nodes = joint.nodes().iter().zip(&of_members);
    let nodes = nodes.map(|(node, (point, _))| JointSeries {
        point: point.clone(),
        ..node.clone()
    });
    Some(JointDraws::new(first, months, nodes.collect(), draws).centred_where(|_| true))
}
