//! The inputs of a temporal disaggregation.

use crate::projection::disaggregate::donor_prior::DonorPrior;
use crate::projection::disaggregate::leaf_system::LeafSystem;
use crate::trade::{Currency, Month, Release, Span};
use std::fmt;

/// A temporal disaggregation: figures for months, quarters, cumulative months and years, levels
/// and published growth in any mix, from which monthly paths are drawn
/// ([`Disaggregation::draw`]).
///
/// Months are unknown, sums over them are observed. Every draw is a whole monthly path of every
/// leaf, past and future, whose sums agree with the published figures within their rounding, except
/// for figures that others contradict (see [`crate::models::disaggregation`]) and those that were
/// revised since. Season, New Year effects and roughness come from related monthly series
/// ([`DonorPrior`]); how rough each leaf is beyond that is estimated from its own figures.
pub struct Disaggregation<'a> {
    /// The series.
    pub system: &'a LeafSystem,
    /// The figures; those of series outside the system are ignored.
    pub releases: &'a [&'a Release],
    /// The prior of each leaf, in their order.
    pub donor_priors: &'a [DonorPrior],
    /// The months to draw.
    pub window: Span,
    /// How many units of the system's currency one unit of another costs in a month.
    pub rate: &'a (dyn Fn(Currency, Month) -> Option<f64> + Sync),
}

impl fmt::Debug for Disaggregation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disaggregation")
            .field("system", &self.system)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl Disaggregation<'_> {
    /// Return how many months are drawn.
    pub(super) fn months(&self) -> usize {
        self.window.count()
    }

    /// Return the month at place `t` of a path.
    pub(super) fn month(&self, t: usize) -> Month {
        self.window.first().forward(t)
    }

    /// Return the currency of the system.
    pub(super) fn currency(&self) -> Currency {
        self.system.leaves[0].unit
    }
}
