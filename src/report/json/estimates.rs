//! Intervals, growth estimates, contributions and weights, which several results contain.

use crate::growth::{Band, DistributionSummary, GrowthEstimate};
use crate::projection::Member;
use crate::report::measures::level;
use serde::Serialize;

/// A central interval.
#[derive(Debug, Serialize)]
pub(super) struct IntervalJson {
    level: f64,
    lower: f64,
    upper: f64,
}

/// Growth of a span.
#[derive(Debug, Serialize)]
pub(super) struct GrowthJson {
    measure: &'static str,
    span: String,
    median: f64,
    intervals: Vec<IntervalJson>,
    share_observed: f64,
    naive: f64,
}

/// The median and intervals of simulated numbers.
#[derive(Debug, Serialize)]
pub(super) struct DistributionJson {
    median: f64,
    intervals: Vec<IntervalJson>,
}

/// The weight of a member.
#[derive(Debug, Serialize)]
pub(super) struct WeightJson {
    member: &'static str,
    weight: f64,
}

/// The contribution of a part to growth, percentage points.
#[derive(Debug, Serialize)]
pub(super) struct ContributionJson {
    pub(super) name: String,
    pub(super) points: f64,
}

/// View intervals.
pub(super) fn intervals(bands: &[Band]) -> Vec<IntervalJson> {
    let interval = |band: &Band| IntervalJson {
        level: level(band),
        lower: band.lower,
        upper: band.upper,
    };
    bands.iter().map(interval).collect()
}

/// View the weight of each member.
pub(super) fn weights(weights: &[(Member, f64)]) -> Vec<WeightJson> {
    let weight = |(member, weight): &(Member, f64)| WeightJson {
        member: member.name(),
        weight: *weight,
    };
    weights.iter().map(weight).collect()
}

impl From<&GrowthEstimate> for GrowthJson {
    fn from(of: &GrowthEstimate) -> Self {
        Self {
            measure: of.measure.name(),
            span: of.span.to_string(),
            median: of.median,
            intervals: intervals(&of.bands),
            share_observed: of.share_observed,
            naive: of.naive,
        }
    }
}

impl From<&DistributionSummary> for DistributionJson {
    fn from(of: &DistributionSummary) -> Self {
        Self {
            median: of.median,
            intervals: intervals(&of.bands),
        }
    }
}
