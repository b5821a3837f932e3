//! Growth from one series of joint draws.

use super::estimate::{GrowthEstimate, SpanSums, estimate};
use super::measure::GrowthMeasure;
use super::ratio::WeightedSpan;
use crate::projection::{JointDraws, SeasonalFactors};
use crate::trade::{Month, Span};

/// One series of joint draws.
#[derive(Debug, Clone, Copy)]
pub struct SeriesDraws<'a> {
    joint: &'a JointDraws,
    node: usize,
}

impl<'a> SeriesDraws<'a> {
    /// Return series `node` of `joint`.
    pub fn new(joint: &'a JointDraws, node: usize) -> Self {
        Self { joint, node }
    }

    /// Estimate the growth of `measure` at `month`, with an interval for each of `levels` (0 to 1).
    /// `None` if the span or its base reaches beyond the draws, if the base is not above zero, and
    /// for measures that need seasonal factors.
    pub fn read(
        &self,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
    ) -> Option<GrowthEstimate> {
        estimate(self, measure, month, levels, None)
    }

    /// Estimate the growth of any `measure`, seasonally adjusted by `season` where the measure
    /// needs it; else as [`SeriesDraws::read`].
    pub fn read_with(
        &self,
        season: Option<&SeasonalFactors>,
        measure: GrowthMeasure,
        month: Month,
        levels: &[f64],
    ) -> Option<GrowthEstimate> {
        estimate(self, measure, month, levels, season)
    }

    /// Return the sum over `span` in each draw; `None` if it reaches beyond the draws.
    pub fn sums(&self, span: Span) -> Option<Vec<f64>> {
        self.draws(&WeightedSpan::plain(span))
    }
}

impl SpanSums for SeriesDraws<'_> {
    fn draws(&self, of: &WeightedSpan) -> Option<Vec<f64>> {
        let places = self.joint.places(of.span)?;
        let sum = |path: &[f64]| of.sum(&path[places.clone()]);
        Some(self.joint.paths(self.node).map(sum).collect())
    }

    fn naive(&self, of: &WeightedSpan) -> Option<f64> {
        let node = &self.joint.nodes()[self.node];
        Some(of.sum(&node.naive[self.joint.places(of.span)?]))
    }

    fn known(&self, span: Span) -> Option<(f64, f64)> {
        let node = &self.joint.nodes()[self.node];
        let projected = node.point[self.joint.places(span)?].iter().sum();
        Some((self.joint.known(self.node, span), projected))
    }
}
