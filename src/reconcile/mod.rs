//! Coherence: draws of many series made to fit what must hold of them.
//!
//! ```text
//! JointDraws ──what must hold──► Constraints ──reconcile──► JointDraws, every draw of which fits: flows add up, partners sum to the region, months to what was
//!                                                      published of a span; what was observed stays as it was, no flow is below zero
//! ```
//!
//! Every draw is projected on the constraints, not only their mean (Wickramasuriya, Athanasopoulos and Hyndman 2019; Panagiotelis and others 2023).
//! Nothing here knows a model or a file: cells, rows over cells, and linear algebra.

mod block;
mod constraints;
mod factor;
mod mint;

pub use constraints::{About, Constraints};
pub use mint::{Reconciled, mint, reconcile};

/// How far from its value a row may end, as a share of its level.
pub const TOLERANCE: f64 = 1e-9;

/// Why draws cannot be made to fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReconcileError {
    /// No values of the months ahead satisfy all that must hold: what was observed leaves too much or too little.
    #[error(
        "series {node} over {span}: what is known contradicts what must hold, {missing} are left over"
    )]
    Contradiction {
        /// Which series of the joint, by its place.
        node: usize,
        /// The span that the constraint is about.
        span: crate::trade::Span,
        /// How much is left over, base units.
        missing: f64,
    },
}
