//! The reason why draws cannot be reconciled.

use crate::trade::Span;

/// The reason why draws cannot be reconciled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReconcileError {
    /// No values of the months ahead satisfy all constraints: observed values leave too much or too
    /// little for them.
    #[error(
        "series {node} over {}: observed values violate the aggregation constraints by {missing}",
        span.words()
    )]
    Contradiction {
        /// The series, by its place among the joint draws.
        node: usize,
        /// The span of the constraint.
        span: Span,
        /// The difference, base units.
        missing: f64,
    },
}
