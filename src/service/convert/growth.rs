//! `GetGrowth`: growth that has happened.

use super::fields::{check_length, count, currency, currency_text, refuse, vintage, vintage_text};
use crate::catalog::Vintage;
use crate::growth::RecordStanding;
use crate::growth::ValueRange;
use crate::growth::{ConsistencyRule, Contradiction};
use crate::pipeline::SplitBy;
use crate::pipeline::growth_review::{
    ExchangeBasis, ExchangeEffect, GrowthDecomposition, MonthlyReview, PublishedSpan, RecordReview,
};
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

impl From<ValueRange> for pb::Range {
    fn from(interval: ValueRange) -> Self {
        Self {
            lower: interval.lower,
            upper: interval.upper.is_finite().then_some(interval.upper),
        }
    }
}

impl From<&MonthlyReview> for pb::MonthlyGrowth {
    fn from(monthly: &MonthlyReview) -> Self {
        let readings = monthly.readings.iter();
        Self {
            key: monthly.key.to_string(),
            unit: monthly.unit.to_string(),
            last_month: monthly.last.to_string(),
            readings: readings
                .map(|seen| pb::ObservedGrowth {
                    measure: pb::GrowthMeasure::from(seen.measure).into(),
                    span: seen.span.to_string(),
                    growth: seen.growth,
                })
                .collect(),
            base_effect: monthly.base_effect,
            exchange: monthly.exchange.as_ref().map(Into::into),
            records: monthly.records.iter().map(Into::into).collect(),
        }
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
            base: base.and_then(|base| base.met).map(Into::into),
            exchange: published.exchange.as_ref().map(Into::into),
            record: published.record.as_ref().map(Into::into),
        }
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

impl From<&RecordReview> for pb::GrowthRecord {
    fn from(record: &RecordReview) -> Self {
        let standing = match record.standing {
            RecordStanding::Record => pb::RecordStanding::Record,
            RecordStanding::NoRecord => pb::RecordStanding::NoRecord,
            RecordStanding::Open => pb::RecordStanding::Open,
        };
        let text = |span: Option<Span>| span.map_or_else(String::new, |s| s.to_string());
        let largest = record.largest;
        Self {
            span: record.span.to_string(),
            standing: standing.into(),
            since: text(record.since),
            years: count(record.years),
            unbroken_since: text(record.unbroken_since),
            largest_span: text(largest.map(|(span, _)| span)),
            largest: largest.map_or(0.0, |(_, value)| value),
        }
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

impl From<GrowthDecomposition> for pb::GrowthSplit {
    fn from(whole: GrowthDecomposition) -> Self {
        let by = pb::SplitBy::from(whole.by);
        let parts = whole.split.parts.into_iter();
        Self {
            key: whole.key.to_string(),
            by: by.into(),
            monthly: whole.monthly,
            span: whole.split.span.to_string(),
            growth: whole.split.growth,
            parts: parts
                .map(|part| pb::Contribution {
                    name: part.name,
                    points: part.points,
                })
                .collect(),
        }
    }
}

impl From<ConsistencyRule> for pb::ConsistencyCheck {
    fn from(check: ConsistencyRule) -> Self {
        match check {
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

impl From<&Contradiction> for pb::Contradiction {
    fn from(found: &Contradiction) -> Self {
        let figures = found.figures.iter();
        Self {
            check: pb::ConsistencyCheck::from(found.check).into(),
            key: found.key.to_string(),
            span: found.span.to_string(),
            measure: pb::ReleaseMeasure::from(found.measure).into(),
            stated: Some(found.stated.into()),
            implied: Some(found.implied.into()),
            gap: found.gap,
            figures: figures
                .map(|release| pb::PublishedFigure {
                    key: release.key.to_string(),
                    release: Some(release.into()),
                })
                .collect(),
        }
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
            ("CHN.CA5..TOTAL", Some(Currency::CNY))
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
