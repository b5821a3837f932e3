//! `GetGrowth`: growth that has happened.

use super::decode::{self, DecodeError};
use super::estimates::measure;
use super::fields::{check_length, count, currency, currency_text, refuse, vintage, vintage_text};
use super::series::read_release;
use crate::catalog::Vintage;
use crate::growth::{ContributionSplit, PartContribution, RecordStanding, RevisedBase};
use crate::pipeline::growth_review::{
    ExchangeBasis, ExchangeEffect, GrowthDecomposition, MonthlyReview, ObservedGrowth,
    PublishedSpan, RecordReview,
};
use crate::pipeline::{GrowthReview, SplitBy};
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::{Currency, Span, Subject};

/// A checked request for growth that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrowthRequest {
    /// Reporter, partner and what else narrows them down.
    pub subject: Subject,
    /// The data vintage (as-of date).
    pub vintage: Vintage,
    /// The currency that growth is read in; each series' own where there is none.
    pub currency: Option<Currency>,
    /// The version of the store; the latest where there is none.
    pub version: Option<u64>,
}

impl GrowthRequest {
    /// ConsistencyRule a request.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn new(
        subject: &str,
        as_of: &str,
        currency_code: &str,
        version: Option<u64>,
    ) -> Result<Self, ServiceError> {
        check_length("subject", subject)?;
        let subject = Subject::parse(subject);
        Ok(Self {
            subject: subject.map_err(|e| refuse("subject", e.to_string()))?,
            vintage: vintage("as_of", as_of)?,
            currency: currency(currency_code)?,
            version,
        })
    }
}

impl TryFrom<pb::GetGrowthRequest> for GrowthRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::GetGrowthRequest) -> Result<Self, ServiceError> {
        Self::new(&wire.subject, &wire.as_of, &wire.currency, wire.version)
    }
}

impl From<&GrowthRequest> for pb::GetGrowthRequest {
    fn from(request: &GrowthRequest) -> Self {
        Self {
            subject: request.subject.to_string(),
            as_of: vintage_text(request.vintage),
            currency: currency_text(request.currency),
            version: request.version,
        }
    }
}

/// Write a growth review from the figures of `version`.
pub fn review_response(review: &GrowthReview, version: Option<u64>) -> pb::GetGrowthResponse {
    pb::GetGrowthResponse {
        subject: review.subject.to_string(),
        monthly: review.monthly.iter().map(Into::into).collect(),
        published: review.published.iter().map(Into::into).collect(),
        contributions: review.contributions.iter().map(Into::into).collect(),
        contradictions: review.contradictions.iter().map(Into::into).collect(),
        version: version.unwrap_or(0),
    }
}

impl TryFrom<pb::GetGrowthResponse> for GrowthReview {
    type Error = DecodeError;

    fn try_from(wire: pb::GetGrowthResponse) -> Result<Self, DecodeError> {
        Ok(Self {
            subject: Subject::parse(&wire.subject).map_err(decode::unreadable("subject"))?,
            monthly: decode::all(wire.monthly)?,
            published: decode::all(wire.published)?,
            contributions: decode::all(wire.contributions)?,
            contradictions: decode::all(wire.contradictions)?,
        })
    }
}

impl From<&MonthlyReview> for pb::MonthlyGrowth {
    fn from(monthly: &MonthlyReview) -> Self {
        Self {
            key: monthly.key.to_string(),
            unit: monthly.unit.to_string(),
            last_month: monthly.last.to_string(),
            readings: monthly.readings.iter().map(Into::into).collect(),
            base_effect: monthly.base_effect,
            exchange: monthly.exchange.as_ref().map(Into::into),
            records: monthly.records.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<pb::MonthlyGrowth> for MonthlyReview {
    type Error = DecodeError;

    fn try_from(wire: pb::MonthlyGrowth) -> Result<Self, DecodeError> {
        Ok(Self {
            key: decode::key("key", &wire.key)?,
            unit: decode::currency("unit", &wire.unit)?,
            last: decode::month("last_month", &wire.last_month)?,
            readings: decode::all(wire.readings)?,
            base_effect: wire.base_effect,
            exchange: decode::optional(wire.exchange)?,
            records: decode::all(wire.records)?,
        })
    }
}

impl From<&ObservedGrowth> for pb::ObservedGrowth {
    fn from(observed: &ObservedGrowth) -> Self {
        Self {
            measure: pb::GrowthMeasure::from(observed.measure).into(),
            span: observed.span.to_string(),
            growth: observed.growth,
        }
    }
}

impl TryFrom<pb::ObservedGrowth> for ObservedGrowth {
    type Error = DecodeError;

    fn try_from(wire: pb::ObservedGrowth) -> Result<Self, DecodeError> {
        Ok(Self {
            measure: measure(wire.measure)?,
            span: decode::span("span", &wire.span)?,
            growth: wire.growth,
        })
    }
}

impl From<&PublishedSpan> for pb::PublishedGrowth {
    fn from(published: &PublishedSpan) -> Self {
        let base = published.base.as_ref();
        Self {
            key: published.key.to_string(),
            span: published.span.to_string(),
            level: published.level.as_ref().map(Into::into),
            growth: published.growth.as_ref().map(Into::into),
            ratio: published.ratio.map(Into::into),
            own_base: base.and_then(|base| base.own).map(Into::into),
            base: base.and_then(|base| base.combined).map(Into::into),
            exchange: published.exchange.as_ref().map(Into::into),
            record: published.record.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<pb::PublishedGrowth> for PublishedSpan {
    type Error = DecodeError;

    fn try_from(wire: pb::PublishedGrowth) -> Result<Self, DecodeError> {
        let key = decode::key("key", &wire.key)?;
        let span = decode::span("span", &wire.span)?;
        let release =
            |wire: Option<pb::Release>| wire.map(|wire| read_release(&key, wire)).transpose();
        let base = match (wire.own_base, wire.base) {
            (None, None) => None,
            (own, combined) => Some(RevisedBase {
                key: key.clone(),
                span,
                own: own.map(Into::into),
                combined: combined.map(Into::into),
            }),
        };
        Ok(Self {
            span,
            level: release(wire.level)?,
            growth: release(wire.growth)?,
            ratio: wire.ratio.map(Into::into),
            base,
            exchange: decode::optional(wire.exchange)?,
            record: decode::optional(wire.record)?,
            key,
        })
    }
}

impl From<&ExchangeEffect> for pb::ExchangeEffect {
    fn from(exchange: &ExchangeEffect) -> Self {
        let basis = match exchange.basis {
            ExchangeBasis::Months => pb::ExchangeBasis::Months,
            ExchangeBasis::Published => pb::ExchangeBasis::Published,
            ExchangeBasis::MeanRates => pb::ExchangeBasis::MeanRates,
        };
        Self {
            from: exchange.from.to_string(),
            to: exchange.to.to_string(),
            span: exchange.span.to_string(),
            growth_from: exchange.growth_from,
            growth_to: exchange.growth_to,
            points: exchange.points(),
            basis: basis.into(),
        }
    }
}

impl TryFrom<pb::ExchangeEffect> for ExchangeEffect {
    type Error = DecodeError;

    fn try_from(wire: pb::ExchangeEffect) -> Result<Self, DecodeError> {
        let basis = match wire.basis() {
            pb::ExchangeBasis::Months => ExchangeBasis::Months,
            pb::ExchangeBasis::Published => ExchangeBasis::Published,
            pb::ExchangeBasis::MeanRates => ExchangeBasis::MeanRates,
            pb::ExchangeBasis::Unspecified => {
                return Err(DecodeError::number("basis", wire.basis));
            }
        };
        Ok(Self {
            from: decode::currency("from", &wire.from)?,
            to: decode::currency("to", &wire.to)?,
            span: decode::span("span", &wire.span)?,
            growth_from: wire.growth_from,
            growth_to: wire.growth_to,
            basis,
        })
    }
}

impl From<&RecordReview> for pb::GrowthRecord {
    fn from(record: &RecordReview) -> Self {
        let standing = match record.standing {
            RecordStanding::Record => pb::RecordStanding::Record,
            RecordStanding::NoRecord => pb::RecordStanding::NoRecord,
            RecordStanding::Open => pb::RecordStanding::Open,
        };
        let text = |span: Option<Span>| span.map_or_else(String::new, |s| s.to_string());
        let (largest_span, largest) = record.largest.unzip();
        Self {
            span: record.span.to_string(),
            standing: standing.into(),
            since: text(record.since),
            years: count(record.years),
            unbroken_since: text(record.unbroken_since),
            largest_span: text(largest_span),
            largest: largest.unwrap_or(0.0),
        }
    }
}

impl TryFrom<pb::GrowthRecord> for RecordReview {
    type Error = DecodeError;

    fn try_from(wire: pb::GrowthRecord) -> Result<Self, DecodeError> {
        let standing = match wire.standing() {
            pb::RecordStanding::Record => RecordStanding::Record,
            pb::RecordStanding::NoRecord => RecordStanding::NoRecord,
            pb::RecordStanding::Open => RecordStanding::Open,
            pb::RecordStanding::Unspecified => {
                return Err(DecodeError::number("standing", wire.standing));
            }
        };
        let largest = decode::optional_span("largest_span", &wire.largest_span)?;
        Ok(Self {
            span: decode::span("span", &wire.span)?,
            standing,
            since: decode::optional_span("since", &wire.since)?,
            years: decode::count("years", wire.years)?,
            unbroken_since: decode::optional_span("unbroken_since", &wire.unbroken_since)?,
            largest: largest.map(|span| (span, wire.largest)),
        })
    }
}

impl From<SplitBy> for pb::SplitBy {
    fn from(by: SplitBy) -> Self {
        match by {
            SplitBy::Flow => Self::Flow,
            SplitBy::Partner => Self::Partner,
        }
    }
}

/// Read what a whole is split into.
pub(super) fn split_by(number: i32) -> Result<SplitBy, DecodeError> {
    match pb::SplitBy::try_from(number) {
        Ok(pb::SplitBy::Flow) => Ok(SplitBy::Flow),
        Ok(pb::SplitBy::Partner) => Ok(SplitBy::Partner),
        Ok(pb::SplitBy::Unspecified) | Err(_) => Err(DecodeError::number("by", number)),
    }
}

impl From<&GrowthDecomposition> for pb::GrowthSplit {
    fn from(whole: &GrowthDecomposition) -> Self {
        let parts = whole.split.parts.iter();
        Self {
            key: whole.key.to_string(),
            by: pb::SplitBy::from(whole.by).into(),
            monthly: whole.monthly,
            span: whole.split.span.to_string(),
            growth: whole.split.growth,
            parts: parts
                .map(|part| pb::Contribution {
                    name: part.name.clone(),
                    points: part.points,
                })
                .collect(),
        }
    }
}

impl TryFrom<pb::GrowthSplit> for GrowthDecomposition {
    type Error = DecodeError;

    fn try_from(wire: pb::GrowthSplit) -> Result<Self, DecodeError> {
        let parts = wire.parts.into_iter();
        Ok(Self {
            key: decode::key("key", &wire.key)?,
            by: split_by(wire.by)?,
            monthly: wire.monthly,
            split: ContributionSplit {
                span: decode::span("span", &wire.span)?,
                growth: wire.growth,
                parts: parts
                    .map(|part| PartContribution {
                        name: part.name,
                        points: part.points,
                    })
                    .collect(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_fields::field;
    use super::*;

    #[test]
    fn a_request_that_cannot_be_used_names_its_field() {
        let request = |subject: &str, as_of: &str, currency: &str| pb::GetGrowthRequest {
            subject: subject.to_owned(),
            as_of: as_of.to_owned(),
            currency: currency.to_owned(),
            version: None,
        };
        let good = GrowthRequest::try_from(request("chn.ca5", "", "cny")).unwrap();
        assert_eq!(
            (good.subject.to_string().as_str(), good.currency),
            ("CHN.CA5", Some(Currency::CNY))
        );
        let again = pb::GetGrowthRequest::from(&good);
        assert_eq!(GrowthRequest::try_from(again).unwrap(), good);
        for (request, expected) in [
            (request("", "", ""), "subject"),
            (request("CHN.CA5.Q", "", ""), "subject"),
            (request(&"A".repeat(1001), "", ""), "subject"),
            (request("CHN.CA5", "yesterday", ""), "as_of"),
            (request("CHN.CA5", "", "yuan"), "currency"),
        ] {
            assert_eq!(
                field(GrowthRequest::try_from(request).unwrap_err()),
                expected
            );
        }
    }
}
