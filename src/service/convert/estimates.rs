//! Growth estimates, their measures and intervals, which the responses of several calls contain.

use super::decode::{self, DecodeError};
use super::fields::refuse;
use crate::growth::{Band, DistributionSummary, GrowthEstimate, GrowthMeasure};
use crate::pipeline::percent;
use crate::service::pb;
use crate::service::status::ServiceError;

impl From<GrowthMeasure> for pb::GrowthMeasure {
    fn from(measure: GrowthMeasure) -> Self {
        match measure {
            GrowthMeasure::Month => Self::Month,
            GrowthMeasure::YearToDate => Self::YearToDate,
            GrowthMeasure::Year => Self::Year,
            GrowthMeasure::TrailingYear => Self::TrailingTwelveMonths,
            GrowthMeasure::Quarter => Self::Quarter,
            GrowthMeasure::CarryOver => Self::CarryOver,
            GrowthMeasure::Momentum => Self::Momentum,
            GrowthMeasure::MomentumThreeMonths => Self::MomentumThreeMonths,
        }
    }
}

/// Return the growth measure of a number of the wire.
fn measure_of(number: i32) -> Option<GrowthMeasure> {
    GrowthMeasure::ALL
        .into_iter()
        .find(|measure| i32::from(pb::GrowthMeasure::from(*measure)) == number)
}

/// Read the growth measures of a request, in its order.
pub(super) fn requested_measures(wire: &[i32]) -> Result<Vec<GrowthMeasure>, ServiceError> {
    let measure = |number: &i32| {
        measure_of(*number).ok_or_else(|| {
            let reason = format!("expected numbers of GrowthMeasure, 1 to 8, not {number}");
            refuse("measures", reason)
        })
    };
    wire.iter().map(measure).collect()
}

/// Read the growth measure of a response.
pub(super) fn measure(number: i32) -> Result<GrowthMeasure, DecodeError> {
    measure_of(number).ok_or_else(|| DecodeError::number("measure", number))
}

impl From<&Band> for pb::Interval {
    fn from(band: &Band) -> Self {
        Self {
            level: percent(band.level),
            lower: band.lower,
            upper: band.upper,
        }
    }
}

impl From<pb::Interval> for Band {
    fn from(wire: pb::Interval) -> Self {
        Self {
            level: wire.level / 100.0,
            lower: wire.lower,
            upper: wire.upper,
        }
    }
}

/// Read intervals, whose levels are percentages on the wire.
pub(super) fn bands(wire: Vec<pb::Interval>) -> Vec<Band> {
    wire.into_iter().map(Into::into).collect()
}

impl From<&GrowthEstimate> for pb::GrowthEstimate {
    fn from(reading: &GrowthEstimate) -> Self {
        Self {
            measure: pb::GrowthMeasure::from(reading.measure).into(),
            span: reading.span.to_string(),
            median: reading.median,
            intervals: reading.bands.iter().map(Into::into).collect(),
            share_observed: reading.share_observed,
            naive: reading.naive,
        }
    }
}

impl TryFrom<pb::GrowthEstimate> for GrowthEstimate {
    type Error = DecodeError;

    fn try_from(wire: pb::GrowthEstimate) -> Result<Self, DecodeError> {
        Ok(Self {
            measure: measure(wire.measure)?,
            span: decode::span("span", &wire.span)?,
            median: wire.median,
            bands: bands(wire.intervals),
            share_observed: wire.share_observed,
            naive: wire.naive,
        })
    }
}

impl From<&DistributionSummary> for pb::Distribution {
    fn from(summary: &DistributionSummary) -> Self {
        Self {
            median: summary.median,
            intervals: summary.bands.iter().map(Into::into).collect(),
        }
    }
}

impl From<pb::Distribution> for DistributionSummary {
    fn from(wire: pb::Distribution) -> Self {
        Self {
            median: wire.median,
            bands: bands(wire.intervals),
        }
    }
}
