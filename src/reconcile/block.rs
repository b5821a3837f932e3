//! A block of connected constraints, and the projection of draws onto it.

use super::TOLERANCE;
use super::constraints::{ConstraintSubject, Constraints};
use super::solver::NormalSolver;
use crate::models::shrinkage::{intensity, standardised};
use ndarray::{Array1, Array2, ArrayView2};
use std::collections::BTreeMap;

/// A row whose violation is below this share of its level counts as satisfied.
const FULFILLED: f64 = 1e-11;
/// The least standard deviation of a cell, as a share of the largest cell beside it, so that a cell
/// whose draws hardly differ can still move where no other can.
const LEAST_SPREAD: f64 = 1e-4;
/// The least weight of the diagonal.
const LEAST_SHRINKAGE: f64 = 1e-3;
/// A cell below this share of the block's largest counts as zero.
const DUST: f64 = 1e-15;
/// A cell that the search brings below this share of the largest becomes one of the zeros.
const NEARLY: f64 = 1e-9;
/// The most iterations of a search for zeros, and how many lie between two checks of its zeros.
const TURNS: usize = 4000;
const CHECKED: usize = 40;
/// The most refinement steps of a solution.
const REFINEMENTS: usize = 30;

/// The constraint that a block cannot satisfy, and by how much it is violated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unfulfilled {
    pub(super) about: ConstraintSubject,
    pub(super) missing: f64,
}

/// Rows that share free cells, directly or through others, and those cells.
///
/// The covariance of the cells is `W = λ D + (1 − λ) E Eᵀ`. `D` holds the variances, `E` the
/// deviations of the draws over the root of their number, and `λ` is Schäfer and Strimmer's. `W` is
/// never formed: `A W Aᵀ = λ A D Aᵀ + F Fᵀ`, a sparse matrix plus one of low rank, is solved by
/// Woodbury's identity.
#[derive(Debug)]
pub(super) struct Block {
    /// The positions of the cells in a draw.
    cells: Vec<usize>,
    signed: Vec<bool>,
    /// Terms over the block's own cells.
    rows: Vec<Vec<(usize, f64)>>,
    /// The place of each row among all constraints.
    origin: Vec<usize>,
    /// `λ D`, a number for each cell.
    diagonal: Vec<f64>,
    /// `√(1 − λ) E`, a row for each cell.
    low_rank: Array2<f64>,
    /// The solver over all cells.
    solver: NormalSolver,
}

impl Block {
    /// Return the block of these rows over these free cells. `draws` has a row for each draw and a
    /// column for each cell of the block.
    pub(super) fn new(
        constraints: &Constraints,
        origin: Vec<usize>,
        cells: Vec<usize>,
        draws: ArrayView2<'_, f64>,
    ) -> Self {
        let place: BTreeMap<usize, usize> = cells
            .iter()
            .enumerate()
            .map(|(k, cell)| (*cell, k))
            .collect();
        let of_row = |row: &usize| {
            let terms = &constraints.rows[*row].terms;
            let free = terms
                .iter()
                .filter_map(|(cell, c)| Some((*place.get(cell)?, *c)));
            free.collect()
        };
        let rows: Vec<Vec<(usize, f64)>> = origin.iter().map(of_row).collect();
        let (diagonal, low_rank) = covariance(draws, &rows);
        let solver = NormalSolver::of(&rows, &diagonal, &low_rank, &vec![true; cells.len()]);
        let signed = cells.iter().map(|cell| constraints.signed[*cell]).collect();
        Self {
            cells,
            signed,
            rows,
            origin,
            diagonal,
            low_rank,
            solver,
        }
    }

    /// Project the block's cells of `draw` onto its rows: `y − W Aᵀ (A W Aᵀ)⁻¹ (A y − b)`. A flow
    /// that comes out below zero is set to zero and the rest is projected again, until none does.
    /// If no free cell is left where one is needed, the zeros are searched for.
    pub(super) fn project(
        &self,
        draw: &mut [f64],
        constraints: &Constraints,
    ) -> Result<(), Unfulfilled> {
        let base: Vec<f64> = self.cells.iter().map(|cell| draw[*cell]).collect();
        let floor = |k: usize, v: f64| self.signed[k] || v >= 0.0;
        let mut free: Vec<bool> = base.iter().enumerate().map(|(k, v)| floor(k, *v)).collect();
        while self.fulfil(draw, &base, constraints, &free) {
            match self.below(draw, &free) {
                below if below.is_empty() => return Ok(()),
                below => below.into_iter().for_each(|k| free[k] = false),
            }
        }
        if self.search(draw, &base, constraints) {
            return Ok(());
        }
        let share = |k: &usize| {
            let (missing, level) = constraints.rows[self.origin[*k]].residual(draw);
            missing.abs() / level.max(f64::MIN_POSITIVE)
        };
        let worst = (0..self.rows.len()).max_by(|a, b| share(a).total_cmp(&share(b)));
        let row = &constraints.rows[self.origin[worst.unwrap_or(0)]];
        Err(Unfulfilled {
            about: row.about,
            missing: row.residual(draw).0,
        })
    }

    /// Return the free flows that are below zero.
    fn below(&self, draw: &[f64], free: &[bool]) -> Vec<usize> {
        let below = |k: &usize| free[*k] && !self.signed[*k] && draw[self.cells[*k]] < 0.0;
        (0..self.cells.len()).filter(below).collect()
    }

    /// Find zeros under which the rows can be satisfied, by alternating projections onto the rows
    /// and onto non-negative values (Cheney and Goldstein 1959) with equal variances, which always
    /// converges; then satisfy the rows with these zeros. The result is feasible, not the nearest.
    fn search(&self, draw: &mut [f64], base: &[f64], constraints: &Constraints) -> bool {
        let size = largest(base);
        let alike = vec![1.0; base.len()];
        let none = Array2::zeros((base.len(), 0));
        let solver = |free: &[bool]| NormalSolver::of(&self.rows, &alike, &none, free);
        let back = |solver: &NormalSolver, missing: &[f64]| -> Vec<f64> {
            let mut step = vec![0.0; base.len()];
            for (terms, x) in self.rows.iter().zip(solver.solve(missing.to_vec())) {
                terms.iter().for_each(|(cell, c)| step[*cell] += c * x);
            }
            step
        };
        let of_all = solver(&vec![true; base.len()]);
        let mut at = base.to_vec();
        for turn in 1..=TURNS {
            self.put(draw, &at);
            let step = back(&of_all, &self.missing(draw, constraints).0);
            for (k, at) in at.iter_mut().enumerate() {
                let whole = *at - step[k];
                *at = if self.signed[k] {
                    whole
                } else {
                    whole.max(0.0)
                };
            }
            if turn % CHECKED == 0 {
                let mut free: Vec<bool> = (0..at.len())
                    .map(|k| self.signed[k] || at[k] > NEARLY * size)
                    .collect();
                loop {
                    let of_free = solver(&free);
                    for ((cell, at), free) in self.cells.iter().zip(&at).zip(&free) {
                        draw[*cell] = if *free { *at } else { 0.0 };
                    }
                    let step = |missing: &[f64]| back(&of_free, missing);
                    if !self.refine(draw, constraints, &free, size, step) {
                        break;
                    }
                    match self.below(draw, &free) {
                        below if below.is_empty() => return true,
                        below => below.into_iter().for_each(|k| free[k] = false),
                    }
                }
            }
        }
        false
    }

    fn put(&self, draw: &mut [f64], values: &[f64]) {
        for (cell, value) in self.cells.iter().zip(values) {
            draw[*cell] = *value;
        }
    }

    /// Start from `base`, with zero where a cell is not free, and move the free cells until every
    /// row is satisfied. Return whether that succeeded.
    fn fulfil(
        &self,
        draw: &mut [f64],
        base: &[f64],
        constraints: &Constraints,
        free: &[bool],
    ) -> bool {
        let start = |draw: &mut [f64]| {
            for ((cell, value), free) in self.cells.iter().zip(base).zip(free) {
                draw[*cell] = if *free { *value } else { 0.0 };
            }
        };
        start(draw);
        let quick = |missing: &[f64]| self.weigh(&self.multipliers(missing, free), free);
        let size = largest(base);
        if self.refine(draw, constraints, free, size, quick) {
            return true;
        }
        // With few free cells the matrix of all cells is a poor approximation: use theirs.
        start(draw);
        let solver = NormalSolver::of(&self.rows, &self.diagonal, &self.low_rank, free);
        let exact = |missing: &[f64]| self.weigh(&solver.solve(missing.to_vec()), free);
        self.refine(draw, constraints, free, size, exact)
    }

    /// Step until no row is violated, and return whether that succeeded. `step` gives the step of
    /// each cell for the violations, `size` is the largest drawn cell.
    fn refine(
        &self,
        draw: &mut [f64],
        constraints: &Constraints,
        free: &[bool],
        size: f64,
        step: impl Fn(&[f64]) -> Vec<f64>,
    ) -> bool {
        let mut before = f64::INFINITY;
        for turn in 0..REFINEMENTS {
            let (missing, furthest) = self.missing(draw, constraints);
            // A coherent draw does not change; another one is refined until that brings nothing
            // more.
            let near = furthest <= TOLERANCE && (turn == 0 || furthest >= before);
            if near || furthest <= FULFILLED {
                return true;
            }
            before = furthest;
            for ((cell, step), free) in self.cells.iter().zip(step(&missing)).zip(free) {
                if *free {
                    let value = draw[*cell] - step;
                    // What rounding leaves of a cell that goes to zero is set to zero.
                    draw[*cell] = if value.abs() <= DUST * size {
                        0.0
                    } else {
                        value
                    };
                }
            }
        }
        self.missing(draw, constraints).1 <= TOLERANCE
    }

    /// Return `A y − b`, and the largest violation as a share of its row's level.
    fn missing(&self, draw: &[f64], constraints: &Constraints) -> (Vec<f64>, f64) {
        let mut furthest = 0.0_f64;
        let of_row = |row: &usize| {
            let (missing, level) = constraints.rows[*row].residual(draw);
            if missing != 0.0 {
                let share = missing.abs() / level;
                furthest = furthest.max(if share.is_nan() { f64::INFINITY } else { share });
            }
            missing
        };
        let missing = self.origin.iter().map(of_row).collect();
        (missing, furthest)
    }

    /// Return `(A W Aᵀ)⁻¹ r` by conjugate gradients with the matrix of all cells as preconditioner:
    /// one step if every cell is free, one more for each cell that is not.
    fn multipliers(&self, r: &[f64], free: &[bool]) -> Vec<f64> {
        let mut r = r.to_vec();
        if free.iter().all(|free| *free) {
            return self.solver.solve(r);
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut x = vec![0.0; r.len()];
        let mut z = self.solver.solve(r.clone());
        let mut p = z.clone();
        let mut rz = dot(&r, &z);
        let start = rz;
        for _ in 0..4 * r.len() + 20 {
            let q = self.rows_of(&self.weigh(&p, free));
            let pq = dot(&p, &q);
            if pq <= 0.0 || rz <= 1e-26 * start {
                break;
            }
            let a = rz / pq;
            x.iter_mut().zip(&p).for_each(|(x, p)| *x += a * p);
            r.iter_mut().zip(&q).for_each(|(r, q)| *r -= a * q);
            z = self.solver.solve(r.clone());
            let next = dot(&r, &z);
            let b = next / rz;
            rz = next;
            p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + b * *p);
        }
        x
    }

    /// Return `W Aᵀ x` over free cells, zero elsewhere.
    fn weigh(&self, x: &[f64], free: &[bool]) -> Vec<f64> {
        let mut v = vec![0.0; self.cells.len()];
        for (terms, x) in self.rows.iter().zip(x) {
            for (cell, c) in terms.iter().filter(|(cell, _)| free[*cell]) {
                v[*cell] += c * x;
            }
        }
        let v = Array1::from(v);
        let low = self.low_rank.dot(&self.low_rank.t().dot(&v));
        let each = v.iter().zip(&low).zip(&self.diagonal).zip(free);
        each.map(|(((v, low), d), free)| if *free { d * v + low } else { 0.0 })
            .collect()
    }

    /// Return `A v`.
    fn rows_of(&self, v: &[f64]) -> Vec<f64> {
        let of_row = |terms: &Vec<(usize, f64)>| terms.iter().map(|(cell, c)| c * v[*cell]).sum();
        self.rows.iter().map(of_row).collect()
    }
}

/// Return the largest absolute value.
fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, v| v.abs().max(most))
}

/// Return `λ D` and `√(1 − λ) E`. `draws` has a row for each draw and a column for each cell; `E`
/// has at most as many columns as there are cells.
fn covariance(draws: ArrayView2<'_, f64>, rows: &[Vec<(usize, f64)>]) -> (Vec<f64>, Array2<f64>) {
    let (count, cells) = draws.dim();
    let means = draws.mean_axis(ndarray::Axis(0)).unwrap_or_default();
    let deviations = &draws - &means;
    let mut levels = vec![f64::INFINITY; cells];
    for terms in rows {
        let sizes = terms.iter().map(|(cell, _)| means[*cell].abs());
        let level = match sizes.fold(0.0, f64::max) {
            0.0 => 1.0,
            level => level,
        };
        for (cell, _) in terms {
            levels[*cell] = level.min(levels[*cell]);
        }
    }
    let spread: Vec<f64> = deviations
        .columns()
        .into_iter()
        .zip(&levels)
        .map(|(column, level)| {
            let variance = column.iter().map(|v| v * v).sum::<f64>() / count.max(1) as f64;
            variance.sqrt().max(LEAST_SPREAD * level)
        })
        .collect();
    let unit = standardised(deviations.view());
    let shrunken = intensity(unit.view()).max(LEAST_SHRINKAGE);
    let diagonal = spread.iter().map(|s| shrunken * s * s).collect();
    let mut low_rank = if cells < count {
        root(&(unit.t().dot(&unit) / count as f64))
    } else {
        unit.t().to_owned() / (count.max(1) as f64).sqrt()
    };
    for (mut row, s) in low_rank.rows_mut().into_iter().zip(&spread) {
        row *= s * (1.0 - shrunken).sqrt();
    }
    (diagonal, low_rank)
}

/// Return `L` with `L Lᵀ` a correlation matrix, which may be singular.
fn root(matrix: &Array2<f64>) -> Array2<f64> {
    let n = matrix.nrows();
    let mut lower = Array2::<f64>::zeros((n, n));
    for j in 0..n {
        let pivot = matrix[[j, j]] - lower.row(j).iter().map(|v| v * v).sum::<f64>();
        if pivot <= 1e-10 {
            continue;
        }
        let pivot = pivot.sqrt();
        lower[[j, j]] = pivot;
        for i in j + 1..n {
            let dot = lower.row(i).dot(&lower.row(j));
            // The pivot's own entry is in row j, not yet in row i: the product holds earlier
            // columns alone.
            lower[[i, j]] = (matrix[[i, j]] - dot) / pivot;
        }
    }
    lower
}
