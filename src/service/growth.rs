//! `GrowthService`: growth that has happened, and what published figures say of it.

use super::convert::AskedGrowth;
use super::pb::growth_service_server::GrowthService;
use super::shared::Shared;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::growth::base::ValueRange;
use crate::growth::consistency::{ConsistencyRule, Contradiction};
use crate::growth::record::RecordStanding;
use crate::pipeline::growth_review::{
    ExchangeBasis, ExchangeEffect, GrowthDecomposition, MonthlyReview, PublishedSpan, RecordReview,
    SplitBy, growth_review,
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Answers calls about growth.
#[derive(Debug)]
pub(super) struct GrowthHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl GrowthService for GrowthHandler {
    async fn get_growth(
        &self,
        request: Request<pb::GetGrowthRequest>,
    ) -> Result<Response<pb::GetGrowthResponse>, Status> {
        let wire = request.into_inner();
        let version = wire.version;
        let asked = AskedGrowth::try_from(wire)?;
        let snapshot = self.shared.engine_at(version).await?.snapshot();
        let found = self.shared.compute.run(move || get(&snapshot, &asked));
        Ok(Response::new(found.await.map_err(ServiceError::from)??))
    }
}

/// The account of a subject.
///
/// # Errors
/// There is no figure of it, or no exchange rate to the currency asked for.
pub fn get(
    snapshot: &Snapshot,
    asked: &AskedGrowth,
) -> Result<pb::GetGrowthResponse, ServiceError> {
    let found = growth_review(snapshot, &asked.subject, asked.vintage, asked.currency)?;
    Ok(pb::GetGrowthResponse {
        subject: asked.subject.to_string(),
        monthly: found.monthly.iter().map(Into::into).collect(),
        published: found.published.iter().map(Into::into).collect(),
        contributions: found.contributions.into_iter().map(Into::into).collect(),
        contradictions: found.contradictions.iter().map(Into::into).collect(),
        version: snapshot.version().unwrap_or(0),
    })
}

impl From<ValueRange> for pb::Range {
    fn from(interval: ValueRange) -> Self {
        Self {
            lower: interval.lower,
            upper: interval.upper.is_finite().then_some(interval.upper),
        }
    }
}

impl From<&MonthlyReview<'_>> for pb::MonthlyGrowth {
    fn from(monthly: &MonthlyReview<'_>) -> Self {
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

impl From<&PublishedSpan<'_>> for pb::PublishedGrowth {
    fn from(published: &PublishedSpan<'_>) -> Self {
        let base = published.base.as_ref();
        Self {
            key: published.key.to_string(),
            span: published.span.to_string(),
            level: published.level.map(Into::into),
            growth: published.growth.map(Into::into),
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
        let past = &record.past;
        let text =
            |span: Option<crate::trade::Span>| span.map_or_else(String::new, |s| s.to_string());
        let largest = past.largest();
        Self {
            span: past.span().to_string(),
            standing: standing.into(),
            since: text(past.since()),
            years: i32::try_from(past.seen().len()).unwrap_or(i32::MAX),
            unbroken_since: text(past.unbroken_since()),
            largest_span: text(largest.map(|(span, _)| span)),
            largest: largest.map_or(0.0, |(_, value)| value),
        }
    }
}

impl From<GrowthDecomposition> for pb::GrowthSplit {
    fn from(whole: GrowthDecomposition) -> Self {
        let by = match whole.by {
            SplitBy::Flow => pb::SplitBy::Flow,
            SplitBy::Partner => pb::SplitBy::Partner,
        };
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

impl From<&Contradiction<'_>> for pb::Contradiction {
    fn from(found: &Contradiction<'_>) -> Self {
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
                    release: Some((*release).into()),
                })
                .collect(),
        }
    }
}
