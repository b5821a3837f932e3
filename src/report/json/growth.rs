//! Growth that has happened, and the contradictions of published figures.

use super::estimates::ContributionJson;
use super::line;
use super::series::ReleaseJson;
use crate::growth::{Contradiction, RecordStanding, ValueRange};
use crate::pipeline::GrowthReview;
use crate::pipeline::growth_review::{
    ExchangeBasis, ExchangeEffect, GrowthDecomposition, MonthlyReview, ObservedGrowth,
    PublishedSpan, RecordReview,
};
use crate::report::measures::release_measure;
use crate::trade::{Release, Span};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct ReviewJson<'a> {
    subject: String,
    monthly: Vec<MonthlyJson>,
    published: Vec<PublishedJson<'a>>,
    contributions: Vec<SplitJson>,
    contradictions: Vec<ContradictionJson<'a>>,
}

#[derive(Debug, Serialize)]
struct MonthlyJson {
    series: String,
    unit: String,
    last_month: String,
    readings: Vec<ObservedGrowthJson>,
    base_effect: Option<f64>,
    exchange: Option<ExchangeJson>,
    records: Vec<RecordJson>,
}

#[derive(Debug, Serialize)]
struct ObservedGrowthJson {
    measure: &'static str,
    span: String,
    growth: f64,
}

#[derive(Debug, Serialize)]
struct PublishedJson<'a> {
    series: String,
    span: String,
    level: Option<ReleaseJson<'a>>,
    growth: Option<ReleaseJson<'a>>,
    ratio: Option<RangeJson>,
    own_base: Option<RangeJson>,
    base: Option<RangeJson>,
    exchange: Option<ExchangeJson>,
    record: Option<RecordJson>,
}

/// A range of values; no upper end where there is none.
#[derive(Debug, Serialize)]
pub(super) struct RangeJson {
    lower: f64,
    upper: Option<f64>,
}

#[derive(Debug, Serialize)]
struct ExchangeJson {
    from: String,
    to: String,
    span: String,
    growth_from: f64,
    growth_to: f64,
    points: f64,
    basis: &'static str,
}

#[derive(Debug, Serialize)]
struct RecordJson {
    span: String,
    standing: &'static str,
    since: String,
    years: usize,
    unbroken_since: String,
    largest_span: String,
    largest: f64,
}

#[derive(Debug, Serialize)]
struct SplitJson {
    series: String,
    by: &'static str,
    monthly: bool,
    span: String,
    growth: f64,
    parts: Vec<ContributionJson>,
}

/// Two statements that cannot both be true.
#[derive(Debug, Serialize)]
pub(super) struct ContradictionJson<'a> {
    check: &'static str,
    series: String,
    span: String,
    measure: &'static str,
    stated: RangeJson,
    implied: RangeJson,
    gap: f64,
    figures: Vec<FigureJson<'a>>,
}

#[derive(Debug, Serialize)]
struct FigureJson<'a> {
    series: String,
    #[serde(flatten)]
    release: ReleaseJson<'a>,
}

/// Render growth that has happened.
pub fn growth_review(review: &GrowthReview) -> String {
    line(&ReviewJson {
        subject: review.subject.to_string(),
        monthly: review.monthly.iter().map(Into::into).collect(),
        published: review.published.iter().map(Into::into).collect(),
        contributions: review.contributions.iter().map(Into::into).collect(),
        contradictions: review.contradictions.iter().map(Into::into).collect(),
    })
}

fn text(span: Option<Span>) -> String {
    span.map_or_else(String::new, |span| span.to_string())
}

impl From<&MonthlyReview> for MonthlyJson {
    fn from(series: &MonthlyReview) -> Self {
        let growth = |of: &ObservedGrowth| ObservedGrowthJson {
            measure: of.measure.name(),
            span: of.span.to_string(),
            growth: of.growth,
        };
        Self {
            series: series.key.to_string(),
            unit: series.unit.to_string(),
            last_month: series.last.to_string(),
            readings: series.readings.iter().map(growth).collect(),
            base_effect: series.base_effect,
            exchange: series.exchange.as_ref().map(Into::into),
            records: series.records.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a PublishedSpan> for PublishedJson<'a> {
    fn from(published: &'a PublishedSpan) -> Self {
        let base = published.base.as_ref();
        Self {
            series: published.key.to_string(),
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

impl From<ValueRange> for RangeJson {
    fn from(range: ValueRange) -> Self {
        Self {
            lower: range.lower,
            upper: range.upper.is_finite().then_some(range.upper),
        }
    }
}

impl From<&ExchangeEffect> for ExchangeJson {
    fn from(effect: &ExchangeEffect) -> Self {
        Self {
            from: effect.from.to_string(),
            to: effect.to.to_string(),
            span: effect.span.to_string(),
            growth_from: effect.growth_from,
            growth_to: effect.growth_to,
            points: effect.points(),
            basis: match effect.basis {
                ExchangeBasis::Months => "months",
                ExchangeBasis::Published => "published",
                ExchangeBasis::MeanRates => "mean_rates",
            },
        }
    }
}

impl From<&RecordReview> for RecordJson {
    fn from(record: &RecordReview) -> Self {
        let (largest_span, largest) = record.largest.unzip();
        Self {
            span: record.span.to_string(),
            standing: match record.standing {
                RecordStanding::Record => "record",
                RecordStanding::NoRecord => "no_record",
                RecordStanding::Open => "open",
            },
            since: text(record.since),
            years: record.years,
            unbroken_since: text(record.unbroken_since),
            largest_span: text(largest_span),
            largest: largest.unwrap_or(0.0),
        }
    }
}

impl From<&GrowthDecomposition> for SplitJson {
    fn from(whole: &GrowthDecomposition) -> Self {
        let parts = whole.split.parts.iter();
        Self {
            series: whole.key.to_string(),
            by: whole.by.name(),
            monthly: whole.monthly,
            span: whole.split.span.to_string(),
            growth: whole.split.growth,
            parts: parts
                .map(|part| ContributionJson {
                    name: part.name.clone(),
                    points: part.points,
                })
                .collect(),
        }
    }
}

impl<'a> From<&'a Contradiction> for ContradictionJson<'a> {
    fn from(found: &'a Contradiction) -> Self {
        let figure = |release: &'a Release| FigureJson {
            series: release.key.to_string(),
            release: release.into(),
        };
        Self {
            check: found.rule.name(),
            series: found.key.to_string(),
            span: found.span.to_string(),
            measure: release_measure(found.measure),
            stated: found.stated.into(),
            implied: found.implied.into(),
            gap: found.gap,
            figures: found.figures.iter().map(figure).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_review_is_one_object() {
        insta::assert_snapshot!(growth_review(&example::growth_review()));
    }
}
