//! Growth from one series of joint draws.

use super::estimate::{GrowthEstimate, SpanSums, centre, estimate, value};
use super::measure::GrowthMeasure;
use super::ratio::WeightedSpan;
use super::summary::DistributionSummary;
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

    /// Summarise the sum over `span`, with an interval for each of `levels` (0 to 1); around the
    /// point forecast where it is that of one month ahead. `None` if it reaches beyond the draws.
    pub fn value(&self, span: Span, levels: &[f64]) -> Option<DistributionSummary> {
        value(self, span, levels)
    }

    /// Return the sum over `span` on the point path, where that is the forecast of the only month
    /// that is not observed.
    pub(super) fn centre(&self, span: Span) -> Option<f64> {
        centre(self, span)
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

    fn point(&self, of: &WeightedSpan) -> Option<(f64, usize)> {
        if !self.joint.is_centred(self.node) {
            return None;
        }
        let node = &self.joint.nodes()[self.node];
        let sum = of.sum(&node.point[self.joint.places(of.span)?]);
        let observed = |month: &Month| {
            let month = Span::month(*month);
            node.known.iter().any(|(span, _)| *span == month)
        };
        Some((sum, of.span.iter().filter(|month| !observed(month)).count()))
    }
}
