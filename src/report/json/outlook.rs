//! The outlook of a pair of partners. Levels in base units, growth as fractions, contributions in
//! percentage points; bounds by level in percent.

use super::growth::{ContradictionJson, RangeJson};
use super::line;
use crate::catalog::Vintage;
use crate::growth::{Band, GrowthEstimate, RevisedBase};
use crate::pipeline::outlook::{
    ObservedContribution, ProjectedContribution, RateEffect, RecordOutlook, SpanLevel,
    TargetOutlook,
};
use crate::pipeline::{Outlook, OutlookBasis};
use crate::report::measures::level;
use crate::trade::Currency;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
struct OutlookJson<'a> {
    series: String,
    drawn_currency: String,
    as_of: String,
    known: KnownJson,
    base: Option<RangeJson>,
    bases: Vec<BaseJson>,
    contributions: Vec<OutlookPartJson<'a>>,
    projected_contributions: Vec<OutlookPartJson<'a>>,
    share_of_base_year: Option<f64>,
    flat_rest_growth: Option<f64>,
    target: Option<TargetJson>,
    record: Option<RecordOutlookJson>,
    exchange_rate: Option<RateJson>,
    levels: Vec<YearLevelJson>,
    readings: Vec<OutlookGrowthJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without_shocks: Vec<OutlookGrowthJson>,
    basis: BasisJson<'a>,
    contradictions: Vec<ContradictionJson<'a>>,
}

#[derive(Debug, Serialize)]
struct KnownJson {
    span: String,
    level: f64,
    growth: Option<f64>,
    growth_on_printed_base: Option<f64>,
}

#[derive(Debug, Serialize)]
struct BaseJson {
    series: String,
    own: Option<RangeJson>,
    met: Option<RangeJson>,
}

#[derive(Debug, Serialize)]
struct OutlookPartJson<'a> {
    by: &'static str,
    name: &'a str,
    points: f64,
    #[serde(flatten)]
    bounds: Option<BoundsJson>,
}

/// Bounds by level in percent.
#[derive(Debug, Serialize)]
pub(super) struct BoundsJson {
    lower: BTreeMap<String, f64>,
    upper: BTreeMap<String, f64>,
}

#[derive(Debug, Serialize)]
struct TargetJson {
    year: i32,
    growth: f64,
    needed_growth: Option<f64>,
    probability: f64,
}

#[derive(Debug, Serialize)]
struct RecordOutlookJson {
    span: String,
    currency: String,
    probability: f64,
    since: String,
    unbroken_since: Option<String>,
    largest_span: String,
    largest: f64,
}

#[derive(Debug, Serialize)]
struct RateJson {
    currency: String,
    growth_home: f64,
    growth_other: f64,
    points: f64,
    last_month: String,
    last_rate: f64,
}

#[derive(Debug, Serialize)]
struct YearLevelJson {
    currency: String,
    span: String,
    median: f64,
    #[serde(flatten)]
    bounds: BoundsJson,
}

#[derive(Debug, Serialize)]
struct OutlookGrowthJson {
    span: String,
    measure: &'static str,
    currency: String,
    median: f64,
    #[serde(flatten)]
    bounds: BoundsJson,
    share_observed: f64,
    naive: f64,
}

#[derive(Debug, Default, Serialize)]
struct BasisJson<'a> {
    series: &'a [String],
    figures: usize,
    mirrored_figures: usize,
    unused: &'a [String],
    conflicting_figures: &'a [String],
    roughness: f64,
    donor_series: &'a [String],
}

/// Render an outlook.
pub fn outlook(of: &Outlook) -> String {
    let level = |level: &SpanLevel| YearLevelJson {
        currency: level.currency.to_string(),
        span: level.span.to_string(),
        median: level.summary.median,
        bounds: bounds(&level.summary.bands),
    };
    let growth = |(currency, growth): &(Currency, GrowthEstimate)| OutlookGrowthJson {
        span: growth.span.to_string(),
        measure: growth.measure.name(),
        currency: currency.to_string(),
        median: growth.median,
        bounds: bounds(&growth.bands),
        share_observed: growth.share_observed,
        naive: growth.naive,
    };
    line(&OutlookJson {
        series: of.key.to_string(),
        drawn_currency: of.drawn_in.to_string(),
        as_of: match of.vintage {
            Vintage::Latest => String::new(),
            Vintage::AsOf(day) => day.to_string(),
        },
        known: KnownJson {
            span: of.known.to_string(),
            level: of.level,
            growth: of.growth,
            growth_on_printed_base: of.growth_on_printed_base,
        },
        base: of.base.map(Into::into),
        bases: of.bases.iter().map(Into::into).collect(),
        contributions: of.contributions.iter().map(Into::into).collect(),
        projected_contributions: of.projected.iter().map(Into::into).collect(),
        share_of_base_year: of.share_of_base_year,
        flat_rest_growth: of.flat_rest_growth,
        target: of.target.as_ref().map(Into::into),
        record: of.record.as_ref().map(Into::into),
        exchange_rate: of.rate.as_ref().map(Into::into),
        levels: of.levels.iter().map(level).collect(),
        readings: of.readings.iter().map(growth).collect(),
        without_shocks: of.without_shocks.iter().map(growth).collect(),
        basis: (&of.basis).into(),
        contradictions: of.contradictions.iter().map(Into::into).collect(),
    })
}

pub(super) fn bounds(bands: &[Band]) -> BoundsJson {
    let of = |bound: fn(&Band) -> f64| {
        let bands = bands.iter();
        bands
            .map(|band| (level(band).to_string(), bound(band)))
            .collect()
    };
    BoundsJson {
        lower: of(|band| band.lower),
        upper: of(|band| band.upper),
    }
}

impl From<&RevisedBase> for BaseJson {
    fn from(base: &RevisedBase) -> Self {
        Self {
            series: base.key.to_string(),
            own: base.own.map(Into::into),
            met: base.combined.map(Into::into),
        }
    }
}

impl<'a> From<&'a ObservedContribution> for OutlookPartJson<'a> {
    fn from(part: &'a ObservedContribution) -> Self {
        Self {
            by: part.by.name(),
            name: &part.name,
            points: part.points,
            bounds: None,
        }
    }
}

impl<'a> From<&'a ProjectedContribution> for OutlookPartJson<'a> {
    fn from(part: &'a ProjectedContribution) -> Self {
        Self {
            by: part.by.name(),
            name: &part.name,
            points: part.points,
            bounds: Some(bounds(&part.bands)),
        }
    }
}

impl From<&TargetOutlook> for TargetJson {
    fn from(target: &TargetOutlook) -> Self {
        Self {
            year: target.year,
            growth: target.growth,
            needed_growth: target.needed_growth,
            probability: target.probability,
        }
    }
}

impl From<&RecordOutlook> for RecordOutlookJson {
    fn from(record: &RecordOutlook) -> Self {
        let (largest_span, largest) = record.largest;
        Self {
            span: record.span.to_string(),
            currency: record.currency.to_string(),
            probability: record.probability,
            since: record.since.to_string(),
            unbroken_since: record.unbroken_since.map(|span| span.to_string()),
            largest_span: largest_span.to_string(),
            largest,
        }
    }
}

impl From<&RateEffect> for RateJson {
    fn from(rate: &RateEffect) -> Self {
        let (last_month, last_rate) = rate.last;
        Self {
            currency: rate.currency.to_string(),
            growth_home: rate.growth_home,
            growth_other: rate.growth_other,
            points: rate.points,
            last_month: last_month.to_string(),
            last_rate,
        }
    }
}

impl<'a> From<&'a OutlookBasis> for BasisJson<'a> {
    fn from(basis: &'a OutlookBasis) -> Self {
        match basis {
            OutlookBasis::Months(series) => Self {
                series,
                ..Self::default()
            },
            OutlookBasis::Releases {
                used,
                mirrored,
                unused,
                conflicting,
                scale,
                donors,
            } => Self {
                series: &[],
                figures: *used,
                mirrored_figures: *mirrored,
                unused,
                conflicting_figures: conflicting,
                roughness: *scale,
                donor_series: donors,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn an_outlook_is_one_object() {
        insta::assert_snapshot!(outlook(&example::outlook()));
    }
}
