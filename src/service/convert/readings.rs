//! Growth, intervals, weights and failures: what the answers of several calls have in common.

use super::decode::{self, DecodeError};
use super::fields::refuse;
use crate::growth::{Band, DistributionSummary, GrowthEstimate, GrowthMeasure};
use crate::pipeline::{SeriesFailure, percent};
use crate::projection::Member;
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::{self, Flow};

impl From<Flow> for pb::Flow {
    fn from(flow: Flow) -> Self {
        match flow {
            Flow::Exports => Self::Exports,
            Flow::Imports => Self::Imports,
            Flow::Total => Self::Total,
            Flow::Balance => Self::Balance,
        }
    }
}

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

/// Read the growth measure of an answer.
pub(super) fn measure(number: i32) -> Result<GrowthMeasure, DecodeError> {
    measure_of(number).ok_or_else(|| DecodeError::number("measure", number))
}

impl From<trade::FigureMeasure> for pb::ReleaseMeasure {
    fn from(measure: trade::FigureMeasure) -> Self {
        match measure {
            trade::FigureMeasure::Level => Self::Level,
            trade::FigureMeasure::Growth => Self::Growth,
            trade::FigureMeasure::Change => Self::Change,
            trade::FigureMeasure::ShareOfProduct => Self::ShareOfProduct,
            trade::FigureMeasure::ShareOfPartner => Self::ShareOfPartner,
            trade::FigureMeasure::ShareOfReporter => Self::ShareOfReporter,
        }
    }
}

/// Read what a published figure measures.
pub(super) fn release_measure(number: i32) -> Result<trade::FigureMeasure, DecodeError> {
    trade::FigureMeasure::ALL
        .into_iter()
        .find(|measure| i32::from(pb::ReleaseMeasure::from(*measure)) == number)
        .ok_or_else(|| DecodeError::number("measure", number))
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

/// Write how much each member weighs.
pub(super) fn weights(weights: &[(Member, f64)]) -> Vec<pb::MemberWeight> {
    let weight = |(member, weight): &(Member, f64)| pb::MemberWeight {
        member: member.name().to_owned(),
        weight: *weight,
    };
    weights.iter().map(weight).collect()
}

/// Read how much each member weighs.
pub(super) fn read_weights(wire: Vec<pb::MemberWeight>) -> Result<Vec<(Member, f64)>, DecodeError> {
    wire.into_iter()
        .map(|of| Ok((member(&of.member)?, of.weight)))
        .collect()
}

/// Read the name of a member.
pub(super) fn member(name: &str) -> Result<Member, DecodeError> {
    Member::ALL
        .into_iter()
        .find(|member| member.name() == name)
        .ok_or_else(|| DecodeError {
            field: "member",
            reason: format!("there is no member `{name}`"),
        })
}

impl From<SeriesFailure> for pb::ForecastFailure {
    fn from(failure: SeriesFailure) -> Self {
        Self {
            code: failure.code,
            reason: failure.reason,
            message: failure.message,
        }
    }
}

/// Read why `series` has no result.
pub(super) fn failure(series: String, wire: pb::ForecastFailure) -> SeriesFailure {
    SeriesFailure {
        series,
        code: wire.code,
        reason: wire.reason,
        message: wire.message,
    }
}
