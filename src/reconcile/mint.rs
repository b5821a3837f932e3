//! Minimum trace reconciliation, draw by draw.

use super::TOLERANCE;
use super::block::{Block, Unfulfilled};
use super::constraints::{ConstraintSubject, Constraints};
use super::error::ReconcileError;
use super::partition::{BlockShape, partition};
use crate::work::Work;
use ndarray::Array2;
use rayon::prelude::*;

/// The most draws from which a covariance is estimated, and the fewest: large blocks use fewer.
const SAMPLE: usize = 400;
const LEAST_SAMPLE: usize = 50;
/// The most numbers in the sample of a block.
const SAMPLED: usize = 400_000;

/// Project each draw onto the constraints: `y − W Aᵀ (A W Aᵀ)⁻¹ (A y − b)`, with `W` the covariance
/// of the draws, shrunk towards its diagonal (Wickramasuriya, Athanasopoulos and Hyndman 2019; of
/// draws Panagiotelis and others 2023). Then set flows below zero to zero and project the rest
/// again, until no flow is below zero (Di Fonzo and Girolimetto 2023). Fixed cells do not change.
/// `draws` holds draw after draw, each over the cells of `constraints`. Return the rows over fixed
/// cells alone that do not add up.
///
/// Rows that share no free cell are independent blocks: if no figure covers several months, a block
/// is a month. Within a block memory is linear in the number of non-zero entries and of draws.
///
/// # Errors
/// [`ReconcileError::Contradiction`] if fixed cells leave no solution.
pub fn mint(
    draws: &mut [f64],
    constraints: &Constraints,
) -> Result<Vec<(ConstraintSubject, f64)>, ReconcileError> {
    let count = draws.len() / constraints.cells().max(1);
    project(draws, count, constraints)
}

/// Project as [`mint`] does, with the covariance of the first `sample` draws.
pub(super) fn project(
    draws: &mut [f64],
    sample: usize,
    constraints: &Constraints,
) -> Result<Vec<(ConstraintSubject, f64)>, ReconcileError> {
    let cells = constraints.cells();
    if cells == 0 || draws.is_empty() {
        return Ok(Vec::new());
    }
    let (shapes, observed) = partition(constraints);
    let contradictions = observed
        .into_iter()
        .filter_map(|row| {
            let row = &constraints.rows[row];
            let (missing, level) = row.residual(&draws[..cells]);
            (missing.abs() > TOLERANCE * level).then_some((row.about, missing))
        })
        .collect();
    let seen: &[f64] = draws;
    let work = Work::current();
    let blocks: Vec<Block> = shapes
        .into_par_iter()
        .map(
            |BlockShape {
                 rows,
                 cells: of_block,
             }| {
                let most = (SAMPLED / of_block.len().max(1)).clamp(LEAST_SAMPLE, SAMPLE);
                let taken = sample.min(most);
                let chosen = Array2::from_shape_fn((taken, of_block.len()), |(k, cell)| {
                    seen[k * sample / taken * cells + of_block[cell]]
                });
                work.part(|| Block::new(constraints, rows, of_block, chosen.view()))
            },
        )
        .collect();
    let failed = draws
        .par_chunks_exact_mut(cells)
        .filter_map(|draw| {
            let one = |block: &Block| block.project(draw, constraints);
            let all = || blocks.iter().try_for_each(one);
            let tried: Result<(), Unfulfilled> = work.part(all);
            // Cells without constraints must not be below zero either.
            let loose = draw
                .iter_mut()
                .zip(&constraints.signed)
                .zip(&constraints.fixed);
            loose
                .filter(|((_, signed), fixed)| !**signed && !**fixed)
                .for_each(|((v, _), _)| *v = v.max(0.0));
            tried.err()
        })
        .find_first(|_| true);
    match failed {
        Some(Unfulfilled { about, missing }) => Err(ReconcileError::Contradiction {
            node: about.node,
            span: about.span,
            missing,
        }),
        None => Ok(contradictions),
    }
}
