//! The normal equations of a block of constraints.

use super::factor::{SparseFactor, SparseMatrix};
use crate::models::ridge::solve;
use ndarray::{Array1, Array2};
use std::collections::BTreeMap;

/// The inverse of `A W Aᵀ` over some of the cells, by Woodbury's identity.
#[derive(Debug)]
pub(super) struct NormalSolver {
    /// The factor of `λ A D Aᵀ`.
    factor: SparseFactor,
    /// `F = A √(1 − λ) E`.
    of_rows: Array2<f64>,
    /// `(I + Fᵀ (λ A D Aᵀ)⁻¹ F)⁻¹`.
    capacitance: Array2<f64>,
}

impl NormalSolver {
    /// Return the solver over the cells that are `free`. `rows` are those of `A`, `diagonal` is `λ
    /// D`, and `low_rank` is `√(1 − λ) E`, a row for each cell.
    pub(super) fn of(
        rows: &[Vec<(usize, f64)>],
        diagonal: &[f64],
        low_rank: &Array2<f64>,
        free: &[bool],
    ) -> Self {
        let mut normal: SparseMatrix = vec![BTreeMap::new(); rows.len()];
        let mut by_cell: Vec<Vec<(usize, f64)>> = vec![Vec::new(); diagonal.len()];
        let rank = low_rank.ncols();
        let mut of_rows = Array2::zeros((rows.len(), rank));
        for (k, (terms, mut of_row)) in rows.iter().zip(of_rows.rows_mut()).enumerate() {
            for (cell, c) in terms.iter().filter(|(cell, _)| free[*cell]) {
                by_cell[*cell].push((k, *c));
                of_row.scaled_add(*c, &low_rank.row(*cell));
            }
        }
        for (terms, d) in by_cell.iter().zip(diagonal) {
            for (a, at_a) in terms {
                for (b, at_b) in terms {
                    *normal[*a].entry(*b).or_insert(0.0) += at_a * at_b * d;
                }
            }
        }
        let factor = SparseFactor::of(normal);
        let mut solved = of_rows.clone();
        for mut column in solved.columns_mut() {
            let mut x = column.to_vec();
            factor.solve(&mut x);
            column.assign(&Array1::from(x));
        }
        let mut inner = of_rows.t().dot(&solved);
        inner.diag_mut().iter_mut().for_each(|v| *v += 1.0);
        // Positive definite, as the identity is in it. Should rounding spoil it, zeros are used:
        // refinement corrects for that.
        let capacitance = solve(inner, &Array2::eye(rank), 0.0, false)
            .unwrap_or_else(|_| Array2::zeros((rank, rank)));
        Self {
            factor,
            of_rows,
            capacitance,
        }
    }

    /// Return `(λ A D Aᵀ + F Fᵀ)⁻¹ r`.
    pub(super) fn solve(&self, mut r: Vec<f64>) -> Vec<f64> {
        self.factor.solve(&mut r);
        if self.of_rows.ncols() == 0 {
            return r;
        }
        let first = Array1::from(r);
        let inner = self.capacitance.dot(&self.of_rows.t().dot(&first));
        let mut second = self.of_rows.dot(&inner).to_vec();
        self.factor.solve(&mut second);
        first.iter().zip(second).map(|(a, b)| a - b).collect()
    }
}
