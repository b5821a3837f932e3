//! Reconciliation: draws of many series adjusted so that every draw satisfies the hierarchy.
//!
//! ```text
//! JointDraws ──Constraints::of──► Constraints ──reconcile──► coherent JointDraws
//! ```
//!
//! In every coherent draw flows add up, members add up to their group, and months add up to the
//! figures published over spans. Observed months do not change, and no flow is below zero.
//!
//! Every draw is projected onto the constraints, not only their mean (Wickramasuriya,
//! Athanasopoulos and Hyndman 2019; Panagiotelis and others 2023). This module knows cells, rows
//! over cells and linear algebra, but no model and no file.

mod block;
mod coherent_draws;
mod constraints;
mod error;
mod factor;
mod mint;
mod partition;
mod solver;
#[cfg(test)]
mod tests;

pub use coherent_draws::{Reconciled, reconcile};
pub use constraints::{ConstraintSubject, Constraints};
pub use error::ReconcileError;
pub use mint::mint;

/// Largest difference of a row from its value, as a share of the row's level.
pub const TOLERANCE: f64 = 1e-9;
