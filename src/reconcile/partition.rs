//! The partition of constraints into independent blocks.

use super::constraints::{ConstraintRow, Constraints};

/// The rows and free cells of a block.
#[derive(Debug, Default)]
pub(super) struct BlockShape {
    pub(super) rows: Vec<usize>,
    pub(super) cells: Vec<usize>,
}

/// Return the rows and free cells of each block, and the rows without a free cell.
pub(super) fn partition(constraints: &Constraints) -> (Vec<BlockShape>, Vec<usize>) {
    let mut parent: Vec<usize> = (0..constraints.cells()).collect();
    fn root(parent: &mut [usize], mut k: usize) -> usize {
        while parent[k] != k {
            parent[k] = parent[parent[k]];
            k = parent[k];
        }
        k
    }
    let free = |row: &ConstraintRow| -> Vec<usize> {
        let cells = row.terms.iter().map(|(cell, _)| *cell);
        cells.filter(|cell| !constraints.fixed[*cell]).collect()
    };
    let mut known = Vec::new();
    for (k, row) in constraints.rows.iter().enumerate() {
        let cells = free(row);
        let Some(first) = cells.first() else {
            known.push(k);
            continue;
        };
        for cell in &cells[1..] {
            let (a, b) = (root(&mut parent, *first), root(&mut parent, *cell));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut number: Vec<Option<usize>> = vec![None; constraints.cells()];
    let mut blocks: Vec<BlockShape> = Vec::new();
    for (k, row) in constraints.rows.iter().enumerate() {
        if let Some(cell) = free(row).first() {
            let root = root(&mut parent, *cell);
            let at = *number[root].get_or_insert_with(|| {
                blocks.push(BlockShape::default());
                blocks.len() - 1
            });
            blocks[at].rows.push(k);
        }
    }
    for cell in (0..constraints.cells()).filter(|cell| !constraints.fixed[*cell]) {
        let root = root(&mut parent, cell);
        if let Some(at) = number[root] {
            blocks[at].cells.push(cell);
        }
    }
    (blocks, known)
}
