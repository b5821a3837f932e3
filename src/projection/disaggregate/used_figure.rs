//! Figures that a disaggregation uses, and those that it does not.

use crate::models::disaggregation::ObservedSum;
use crate::trade::Release;

/// A figure that is used.
pub(super) struct UsedFigure<'a> {
    /// The place of its series among the nodes of the system.
    pub(super) node: usize,
    /// The figure as published.
    pub(super) release: &'a Release,
    /// The figure as a sum over cells.
    pub(super) observed: ObservedSum,
    /// Whether it is in the currency of the system.
    pub(super) own_currency: bool,
    /// Whether it restates figures of the leaves, so that it adds nothing.
    pub(super) restates: bool,
}

/// A figure that is not used.
#[derive(Debug, Clone, PartialEq)]
pub struct UnusedFigure {
    /// The figure.
    pub release: Release,
    /// Why it is not used.
    pub reason: &'static str,
}
