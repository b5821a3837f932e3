//! A sparse symmetric matrix as `L D Lᵀ`, so that a hierarchy's rows are solved in time and memory linear in what is not zero.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A pivot below this share of its diagonal entry is none: the row follows from others.
const LEAST_PIVOT: f64 = 1e-10;

/// A sparse, symmetric, positive semidefinite matrix while it is put together: a row a map.
pub(super) type Sparse = Vec<BTreeMap<usize, f64>>;

/// The factor. Rows are taken out in the order of least degree (Tinney and Walker 1967): in a tree leaves go first and nothing fills in.
#[derive(Debug)]
pub(super) struct Factor {
    /// In the order of elimination.
    steps: Vec<Step>,
}

/// A row taken out.
#[derive(Debug)]
struct Step {
    row: usize,
    /// The inverse of its pivot, zero where it has none.
    inverse: f64,
    /// Its column of `L`.
    column: Vec<(usize, f64)>,
}

impl Factor {
    /// Takes `rows` apart; both triangles are given.
    pub(super) fn of(mut rows: Sparse) -> Self {
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
            steps.push(Step {
                row: k,
                inverse,
                column,
            });
        }
        Self { steps }
    }

    /// Solves in place.
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

    /// How many numbers are kept.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.steps.iter().map(|step| 1 + step.column.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sparse(rows: &[&[f64]]) -> Sparse {
        let of_row = |row: &&[f64]| {
            let entries = row.iter().copied().enumerate().filter(|(_, v)| *v != 0.0);
            entries.collect()
        };
        rows.iter().map(of_row).collect()
    }

    #[test]
    fn it_solves_by_hand() {
        // [4 2 0; 2 5 3; 0 3 10] · (1, 2, 3) = (8, 21, 36).
        let factor = Factor::of(sparse(&[
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
    fn a_row_that_follows_from_others_is_left_out() {
        // The second row is twice the first: any solution of a consistent system serves.
        let factor = Factor::of(sparse(&[&[1.0, 2.0], &[2.0, 4.0]]));
        let mut x = [3.0, 6.0];
        factor.solve(&mut x);
        assert!((x[0] + 2.0 * x[1] - 3.0).abs() < 1e-12, "{x:?}");
    }

    #[test]
    fn a_star_does_not_fill_in() {
        // A hub with 500 leaves: a number a leaf, one an edge, one for the hub.
        let n = 501;
        let mut rows: Sparse = (0..n).map(|k| BTreeMap::from([(k, 600.0)])).collect();
        for leaf in 1..n {
            rows[0].insert(leaf, 1.0);
            rows[leaf].insert(0, 1.0);
        }
        assert_eq!(Factor::of(rows).len(), 1 + 2 * 500);
    }
}
