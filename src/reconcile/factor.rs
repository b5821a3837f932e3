//! The factorisation `L D Lᵀ` of a sparse symmetric matrix. For the rows of a hierarchy, time and
//! memory are linear in the number of non-zero entries.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A pivot below this share of its diagonal entry counts as zero: the row depends on others.
const LEAST_PIVOT: f64 = 1e-10;

/// A sparse, symmetric, positive semidefinite matrix under construction: a map for each row.
pub(super) type SparseMatrix = Vec<BTreeMap<usize, f64>>;

/// The factor. Rows are eliminated by least degree (Tinney and Walker 1967): in a tree leaves go
/// first and no entry fills in.
#[derive(Debug)]
pub(super) struct SparseFactor {
    /// In the order of elimination.
    steps: Vec<PivotStep>,
}

/// One eliminated row.
#[derive(Debug)]
struct PivotStep {
    row: usize,
    /// The inverse of its pivot, zero if the pivot counts as zero.
    inverse: f64,
    /// Its column of `L`.
    column: Vec<(usize, f64)>,
}

impl SparseFactor {
    /// Factorise `rows`, which hold both triangles.
    pub(super) fn of(mut rows: SparseMatrix) -> Self {
        let n = rows.len();
        let diagonal: Vec<f64> = (0..n)
            .map(|k| rows[k].get(&k).copied().unwrap_or(0.0))
            .collect();
        let mut heap: BinaryHeap<Reverse<(usize, usize)>> =
            (0..n).map(|k| Reverse((rows[k].len(), k))).collect();
        let mut done = vec![false; n];
        let mut steps = Vec::with_capacity(n);
        while let Some(Reverse((degree, k))) = heap.pop() {
            if done[k] || degree != rows[k].len() {
                continue;
            }
            done[k] = true;
            let row = std::mem::take(&mut rows[k]);
            let pivot = row.get(&k).copied().unwrap_or(0.0);
            let inverse = if pivot > LEAST_PIVOT * diagonal[k] {
                1.0 / pivot
            } else {
                0.0
            };
            let column: Vec<(usize, f64)> = row
                .into_iter()
                .filter(|(j, _)| *j != k)
                .map(|(j, v)| (j, v * inverse))
                .collect();
            for (i, (a, at_a)) in column.iter().enumerate() {
                rows[*a].remove(&k);
                for (b, at_b) in &column[..=i] {
                    let fill = at_a * at_b * pivot;
                    if inverse == 0.0 || fill == 0.0 {
                        continue;
                    }
                    *rows[*a].entry(*b).or_insert(0.0) -= fill;
                    if a != b {
                        *rows[*b].entry(*a).or_insert(0.0) -= fill;
                    }
                }
            }
            for (a, _) in &column {
                heap.push(Reverse((rows[*a].len(), *a)));
            }
            steps.push(PivotStep {
                row: k,
                inverse,
                column,
            });
        }
        Self { steps }
    }

    /// Replace `x` by the solution for the right-hand side `x`.
    pub(super) fn solve(&self, x: &mut [f64]) {
        for step in &self.steps {
            let v = x[step.row];
            step.column.iter().for_each(|(j, l)| x[*j] -= l * v);
        }
        for step in self.steps.iter().rev() {
            let dot: f64 = step.column.iter().map(|(j, l)| l * x[*j]).sum();
            x[step.row] = x[step.row] * step.inverse - dot;
        }
    }

    /// Return how many numbers the factor holds.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.steps.iter().map(|step| 1 + step.column.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sparse(rows: &[&[f64]]) -> SparseMatrix {
        let of_row = |row: &&[f64]| {
            let entries = row.iter().copied().enumerate().filter(|(_, v)| *v != 0.0);
            entries.collect()
        };
        rows.iter().map(of_row).collect()
    }

    #[test]
    fn a_system_worked_by_hand_is_solved() {
        // [4 2 0; 2 5 3; 0 3 10] · (1, 2, 3) = (8, 21, 36).
        let factor = SparseFactor::of(sparse(&[
            &[4.0, 2.0, 0.0],
            &[2.0, 5.0, 3.0],
            &[0.0, 3.0, 10.0],
        ]));
        let mut x = [8.0, 21.0, 36.0];
        factor.solve(&mut x);
        assert!(
            (0..3).all(|k| (x[k] - (k as f64 + 1.0)).abs() < 1e-12),
            "{x:?}"
        );
    }

    #[test]
    fn a_dependent_row_is_left_out() {
        // The second row is twice the first: any solution of a consistent system serves.
        let factor = SparseFactor::of(sparse(&[&[1.0, 2.0], &[2.0, 4.0]]));
        let mut x = [3.0, 6.0];
        factor.solve(&mut x);
        assert!((x[0] + 2.0 * x[1] - 3.0).abs() < 1e-12, "{x:?}");
    }

    #[test]
    fn a_star_does_not_fill_in() {
        // A hub with 500 leaves: a number a leaf, one an edge, one for the hub.
        let n = 501;
        let mut rows: SparseMatrix = (0..n).map(|k| BTreeMap::from([(k, 600.0)])).collect();
        for leaf in 1..n {
            rows[0].insert(leaf, 1.0);
            rows[leaf].insert(0, 1.0);
        }
        assert_eq!(SparseFactor::of(rows).len(), 1 + 2 * 500);
    }
}
