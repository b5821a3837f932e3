//! Linear constraints on joint draws: sparse rows over the months of series.

use crate::projection::JointDraws;
use crate::trade::{Completeness, Component, Hierarchy, Span};

/// The series and span that a constraint is about, so that a contradiction can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConstraintSubject {
    /// The series, by its place among the joint draws.
    pub node: usize,
    /// The span.
    pub span: Span,
}

/// One constraint: `Σ coefficient · cell = value`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ConstraintRow {
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) value: f64,
    pub(super) about: ConstraintSubject,
}

impl ConstraintRow {
    /// Return `Σ coefficient · cell − value` in a draw, and the row's level: the sum of the sizes
    /// of all terms and of the value.
    pub(super) fn residual(&self, draw: &[f64]) -> (f64, f64) {
        let start = (-self.value, self.value.abs());
        let add = |(sum, level): (f64, f64), (cell, c): &(usize, f64)| {
            let term = c * draw[*cell];
            (sum + term, level + term.abs())
        };
        self.terms.iter().fold(start, add)
    }
}

/// Linear constraints over cells. A cell is a month of a series; cells lie as in a draw of
/// [`JointDraws`], series after series, month by month.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraints {
    pub(super) rows: Vec<ConstraintRow>,
    /// Whether a cell is observed and must not change.
    pub(super) fixed: Vec<bool>,
    /// Whether a cell may be below zero.
    pub(super) signed: Vec<bool>,
}

impl Constraints {
    /// Return no constraints yet, over `cells` cells.
    pub fn new(cells: usize) -> Self {
        Self {
            rows: Vec::new(),
            fixed: vec![false; cells],
            signed: vec![false; cells],
        }
    }

    /// Return what must hold of `joint`. Every sum of which it has all parts ([`Hierarchy`]) holds
    /// in every month, those of a total or group over flows as well as over partners. Months add up
    /// to every known span of several months. Known months are fixed. Balances may be below zero.
    pub fn of(joint: &JointDraws) -> Self {
        let (months, nodes) = (joint.months(), joint.nodes());
        let mut all = Self::new(months * nodes.len());
        let keys = nodes.iter().map(|node| &node.key);
        let hierarchy = Hierarchy::new(keys, Completeness::AllParts);
        for (whole, node) in nodes.iter().enumerate() {
            all.add_sum(joint, whole, hierarchy.over_flows(whole));
            all.add_sum(joint, whole, hierarchy.over_partners(whole));
            for place in 0..months {
                all.signed[whole * months + place] = node.key.flow.may_be_negative();
            }
            for (span, value) in &node.known {
                let Some(cells) = joint.places(*span) else {
                    continue;
                };
                let cells = cells.map(|place| whole * months + place);
                if span.len() == 1 {
                    cells.for_each(|cell| all.fix(cell));
                } else {
                    let about = ConstraintSubject {
                        node: whole,
                        span: *span,
                    };
                    all.add(cells.map(|cell| (cell, 1.0)), *value, about);
                }
            }
        }
        all
    }

    /// Add a row for each month: series `whole` is the sum of `parts`. Without parts none is added.
    fn add_sum(&mut self, joint: &JointDraws, whole: usize, parts: &[Component]) {
        if parts.is_empty() {
            return;
        }
        let months = joint.months();
        for place in 0..months {
            let terms = parts.iter().map(|c| (c.part * months + place, c.sign));
            let about = ConstraintSubject {
                node: whole,
                span: Span::month(joint.first().forward(place)),
            };
            self.add(terms.chain([(whole * months + place, -1.0)]), 0.0, about);
        }
    }

    /// Add the row `Σ coefficient · cell = value`.
    ///
    /// # Panics
    /// If a cell does not exist: an error of the caller.
    pub fn add(
        &mut self,
        terms: impl IntoIterator<Item = (usize, f64)>,
        value: f64,
        about: ConstraintSubject,
    ) {
        let terms: Vec<(usize, f64)> = terms.into_iter().filter(|(_, c)| *c != 0.0).collect();
        assert!(
            terms.iter().all(|(cell, _)| *cell < self.cells()),
            "cells that are there"
        );
        self.rows.push(ConstraintRow {
            terms,
            value,
            about,
        });
    }

    /// Mark a cell as observed: it keeps its value in every draw.
    pub fn fix(&mut self, cell: usize) {
        self.fixed[cell] = true;
    }

    /// Return the number of cells.
    pub fn cells(&self) -> usize {
        self.fixed.len()
    }

    /// Return the number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Return the largest violation of a row in `draw`, as a share of the row's level.
    pub fn violation(&self, draw: &[f64]) -> f64 {
        self.rows
            .iter()
            .map(|row| row.residual(draw))
            .map(|(missing, level)| {
                if missing == 0.0 {
                    0.0
                } else {
                    missing.abs() / level
                }
            })
            .fold(0.0, f64::max)
    }
}
