//! Published figures that contradict each other: a part of the growth review and of outlooks.

use super::decode::{self, DecodeError};
use super::series::read_release;
use super::series::release_measure;
use crate::growth::{ConsistencyRule, Contradiction, ValueRange};
use crate::service::pb;
use crate::trade::Release;

impl From<ValueRange> for pb::Range {
    fn from(range: ValueRange) -> Self {
        Self {
            lower: range.lower,
            upper: range.upper.is_finite().then_some(range.upper),
        }
    }
}

impl From<pb::Range> for ValueRange {
    fn from(wire: pb::Range) -> Self {
        Self {
            lower: wire.lower,
            upper: wire.upper.unwrap_or(f64::INFINITY),
        }
    }
}

impl From<ConsistencyRule> for pb::ConsistencyCheck {
    fn from(rule: ConsistencyRule) -> Self {
        match rule {
            ConsistencyRule::Repeated => Self::Repeated,
            ConsistencyRule::Flows => Self::Flows,
            ConsistencyRule::Growth => Self::Growth,
            ConsistencyRule::Change => Self::Change,
            ConsistencyRule::Bases => Self::Bases,
            ConsistencyRule::Spans => Self::Spans,
            ConsistencyRule::Partners => Self::Partners,
            ConsistencyRule::Currencies => Self::Currencies,
        }
    }
}

fn rule(number: i32) -> Result<ConsistencyRule, DecodeError> {
    use pb::ConsistencyCheck as Wire;
    Ok(match Wire::try_from(number) {
        Ok(Wire::Repeated) => ConsistencyRule::Repeated,
        Ok(Wire::Flows) => ConsistencyRule::Flows,
        Ok(Wire::Growth) => ConsistencyRule::Growth,
        Ok(Wire::Change) => ConsistencyRule::Change,
        Ok(Wire::Bases) => ConsistencyRule::Bases,
        Ok(Wire::Spans) => ConsistencyRule::Spans,
        Ok(Wire::Partners) => ConsistencyRule::Partners,
        Ok(Wire::Currencies) => ConsistencyRule::Currencies,
        Ok(Wire::Unspecified) | Err(_) => return Err(DecodeError::number("check", number)),
    })
}

impl From<&Contradiction> for pb::Contradiction {
    fn from(found: &Contradiction) -> Self {
        Self {
            check: pb::ConsistencyCheck::from(found.rule).into(),
            key: found.key.to_string(),
            span: found.span.to_string(),
            measure: pb::ReleaseMeasure::from(found.measure).into(),
            stated: Some(found.stated.into()),
            implied: Some(found.implied.into()),
            gap: found.gap,
            figures: found.figures.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<pb::Contradiction> for Contradiction {
    type Error = DecodeError;

    fn try_from(wire: pb::Contradiction) -> Result<Self, DecodeError> {
        let range = |field, wire: Option<pb::Range>| -> Result<ValueRange, DecodeError> {
            wire.map(Into::into)
                .ok_or_else(|| DecodeError::missing(field))
        };
        Ok(Self {
            rule: rule(wire.check)?,
            key: decode::key("key", &wire.key)?,
            span: decode::span("span", &wire.span)?,
            measure: release_measure(wire.measure)?,
            stated: range("stated", wire.stated)?,
            implied: range("implied", wire.implied)?,
            gap: wire.gap,
            figures: decode::all(wire.figures)?,
        })
    }
}

impl From<&Release> for pb::PublishedFigure {
    fn from(release: &Release) -> Self {
        Self {
            key: release.key.to_string(),
            release: Some(release.into()),
        }
    }
}

impl TryFrom<pb::PublishedFigure> for Release {
    type Error = DecodeError;

    fn try_from(wire: pb::PublishedFigure) -> Result<Self, DecodeError> {
        let key = decode::key("key", &wire.key)?;
        let release = wire
            .release
            .ok_or_else(|| DecodeError::missing("release"))?;
        read_release(&key, release)
    }
}
