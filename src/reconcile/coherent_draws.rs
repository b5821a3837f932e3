//! Joint draws that satisfy the hierarchy.

use super::constraints::{ConstraintSubject, Constraints};
use super::error::ReconcileError;
use super::mint::project;
use crate::projection::{JointDraws, JointSeries};

/// Joint draws that satisfy the constraints, and the constraints that could not be satisfied.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciled {
    /// The coherent draws and point paths.
    pub joint: JointDraws,
    /// Rows over observed cells alone that do not add up, and by how much: contradicting
    /// publications are reported, never changed.
    pub contradictions: Vec<(ConstraintSubject, f64)>,
}

/// Adjust every draw and the point paths of `joint` so that they satisfy `constraints`, as
/// [`mint`](super::mint) does.
///
/// # Errors
/// [`ReconcileError::Contradiction`] if no values satisfy the constraints.
///
/// # Panics
/// If the constraints are over other cells than those of `joint`.
pub fn reconcile(
    joint: &JointDraws,
    constraints: &Constraints,
) -> Result<Reconciled, ReconcileError> {
    let (cells, months) = (constraints.cells(), joint.months());
    assert_eq!(
        cells,
        months * joint.nodes().len(),
        "constraints of this joint"
    );
    let mut draws: Vec<f64> = joint.draws().flatten().copied().collect();
    // The point paths are one more draw, which does not count for the covariance.
    let points = draws.len();
    joint
        .nodes()
        .iter()
        .for_each(|node| draws.extend_from_slice(&node.point));
    let contradictions = project(&mut draws, joint.count(), constraints)?;
    let point = draws.split_off(points);
    let nodes = joint.nodes().iter().zip(point.chunks_exact(months.max(1)));
    let nodes = nodes.map(|(node, point)| JointSeries {
        point: point.to_vec(),
        ..node.clone()
    });
    Ok(Reconciled {
        joint: JointDraws::new(joint.first(), months, nodes.collect(), draws),
        contradictions,
    })
}
