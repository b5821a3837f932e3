//! `GetOutlook`: where the year of a pair of partners ends.

use super::fields::{check_length, count, currency, currency_text, refuse, vintage, vintage_text};
use super::forecast::percentages;
use crate::pipeline::{ForecastRequest, Outlook, OutlookBasis, OutlookRequest, levels, paths};
use crate::projection::{ConflictingFigure, UnusedFigure};
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::{Code, Release, YEARS};

/// The largest growth that a target may have: a hundredfold.
const MAX_GROWTH: f64 = 100.0;
/// The most draws: each is a whole history of every partner.
const MAX_PATHS: i64 = 10_000;

/// Read a code.
fn code(field: &'static str, text: &str) -> Result<Code, ServiceError> {
    check_length(field, text)?;
    Code::parse(text).map_err(|e| refuse(field, e.to_string()))
}

impl TryFrom<pb::GetOutlookRequest> for OutlookRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::GetOutlookRequest) -> Result<Self, ServiceError> {
        check_length("as_of", &wire.as_of)?;
        let product = match wire.product.trim() {
            "" => "TOTAL",
            _ => wire.product.as_str(),
        };
        Ok(Self {
            reporter: code("reporter", &wire.reporter)?,
            partner: code("partner", &wire.partner)?,
            product: code("product", product)?,
            currency: currency(&wire.currency)?,
            vintage: vintage("as_of", &wire.as_of)?,
            target: target(wire.target)?,
            levels: levels(&wire.levels)?,
            paths: path_count(wire.paths)?,
            seed: wire.seed,
        })
    }
}

/// Read a target: its year and growth.
fn target(wire: Option<pb::GrowthTarget>) -> Result<Option<(i32, f64)>, ServiceError> {
    let Some(pb::GrowthTarget { year, growth }) = wire else {
        return Ok(None);
    };
    if !YEARS.contains(&year) {
        let reason = format!("expected a year of four digits, not {year}");
        return Err(refuse("target.year", reason));
    }
    if !(growth > -1.0 && growth <= MAX_GROWTH) {
        let reason = format!("expected growth as a fraction above -1, not {growth}");
        return Err(refuse("target.growth", reason));
    }
    Ok(Some((year, growth)))
}

/// Read a number of draws.
fn path_count(wire: i32) -> Result<usize, ServiceError> {
    match i64::from(wire) {
        0 => Ok(ForecastRequest::PATHS),
        paths if paths > MAX_PATHS => {
            let reason = format!("expected at most {MAX_PATHS} paths, not {paths}");
            Err(refuse("paths", reason))
        }
        count => Ok(paths(count)?),
    }
}

/// Write a request for the client.
pub(in crate::service) fn wire_request(
    request: &OutlookRequest,
    version: Option<u64>,
) -> pb::GetOutlookRequest {
    pb::GetOutlookRequest {
        reporter: request.reporter.to_string(),
        partner: request.partner.to_string(),
        product: request.product.to_string(),
        currency: currency_text(request.currency),
        as_of: vintage_text(request.vintage),
        target: request
            .target
            .map(|(year, growth)| pb::GrowthTarget { year, growth }),
        levels: percentages(&request.levels),
        paths: count(request.paths),
        seed: request.seed,
        version,
    }
}

/// Return how a whole is split, from the word that the pipeline has for it.
fn split_by(word: &str) -> pb::SplitBy {
    match word {
        "flow" => pb::SplitBy::Flow,
        _ => pb::SplitBy::Partner,
    }
}

/// A figure in words: `CHN.CA5.T.TOTAL.CNY level of 2024`.
fn named(release: &Release) -> String {
    format!(
        "{} {} of {}",
        release.key,
        release.measure.word(),
        release.span
    )
}

impl From<&OutlookBasis> for pb::OutlookBasis {
    fn from(basis: &OutlookBasis) -> Self {
        match basis {
            OutlookBasis::Months(series) => Self {
                series: series.clone(),
                ..Self::default()
            },
            OutlookBasis::Releases {
                used,
                unused,
                misfits,
                scale,
                lenders,
            } => {
                let unused = unused.iter().map(|UnusedFigure { release, reason }| {
                    format!("{}: {reason}", named(release))
                });
                let misfits = misfits.iter().map(|ConflictingFigure { release, median }| {
                    format!(
                        "{}: published {:.5e}, drawn {median:.5e}",
                        named(release),
                        release.value
                    )
                });
                Self {
                    series: Vec::new(),
                    figures: count(*used),
                    unused: unused.collect(),
                    conflicting_figures: misfits.collect(),
                    roughness: *scale,
                    donor_series: lenders.clone(),
                }
            }
        }
    }
}

impl From<&Outlook<'_>> for pb::GetOutlookResponse {
    fn from(of: &Outlook<'_>) -> Self {
        let observed = of
            .contributions
            .iter()
            .map(|(by, name, points)| pb::OutlookContribution {
                by: split_by(by).into(),
                name: name.clone(),
                points: *points,
                intervals: Vec::new(),
            });
        let projected = of
            .ahead
            .iter()
            .map(|(by, name, drawn)| pb::OutlookContribution {
                by: split_by(by).into(),
                name: name.clone(),
                points: drawn.mean,
                intervals: drawn.spread.bands.iter().map(Into::into).collect(),
            });
        Self {
            series: of.key.to_string(),
            known_span: of.known.to_string(),
            known_level: of.level,
            known_growth: of.growth,
            base: of.base.map(Into::into),
            bases: of
                .bases
                .iter()
                .map(|base| pb::FlowBase {
                    series: base.key.to_string(),
                    own: base.own.map(Into::into),
                    combined: base.met.map(Into::into),
                })
                .collect(),
            contributions: observed.collect(),
            projected_contributions: projected.collect(),
            share_of_base_year: of.under_way.map(|year| year.share_of_base_year()),
            flat_rest_growth: of.under_way.map(|year| year.flat_rest_growth()),
            target: of.target.map(|target| pb::TargetOutlook {
                year: target.year,
                growth: target.growth,
                needed_growth: target.needed_growth,
                probability: target.probability,
            }),
            record: of.record.as_ref().map(|record| pb::RecordOutlook {
                span: record.span.to_string(),
                currency: record.currency.to_string(),
                probability: record.probability,
                since: record.since.to_string(),
                unbroken_since: record
                    .unbroken_since
                    .map(|s| s.to_string())
                    .unwrap_or_default(),
                largest_span: record.largest.0.to_string(),
                largest: record.largest.1,
            }),
            exchange_rate: of.rate.map(|rate| pb::RateEffect {
                currency: rate.currency.to_string(),
                growth_home: rate.growth_home,
                growth_other: rate.growth_other,
                points: rate.points,
                last_month: rate.last.0.to_string(),
                last_rate: rate.last.1,
            }),
            levels: of
                .levels
                .iter()
                .map(|(currency, spread)| pb::YearLevel {
                    currency: currency.to_string(),
                    span: of.year.to_string(),
                    median: spread.median,
                    intervals: spread.bands.iter().map(Into::into).collect(),
                })
                .collect(),
            readings: of
                .readings
                .iter()
                .map(|(currency, of)| pb::OutlookGrowth {
                    currency: currency.to_string(),
                    reading: Some(of.into()),
                })
                .collect(),
            basis: Some((&of.basis).into()),
            contradictions: of.contradictions.iter().map(Into::into).collect(),
            version: 0,
        }
    }
}
