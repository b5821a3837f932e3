//! `GetOutlook`: where the year of a pair of partners ends.

use super::fields::{check_length, count, currency, currency_text, refuse, vintage, vintage_text};
use super::forecast::percentages;
use crate::pipeline::{Outlook, OutlookBasis, OutlookRequest};
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::Code;

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
        let request = Self::new(
            code("reporter", &wire.reporter)?,
            code("partner", &wire.partner)?,
            code("product", product)?,
            vintage("as_of", &wire.as_of)?,
        );
        let request = request
            .with_currency(currency(&wire.currency)?)
            .with_seed(wire.seed)
            .with_levels(&wire.levels)?;
        let request = match wire.paths {
            0 => request,
            paths => request.with_paths(paths.into())?,
        };
        match wire.target {
            Some(target) => Ok(request.with_target(target.year, target.growth)?),
            None => Ok(request),
        }
    }
}

/// Write a request for the client.
pub(in crate::service) fn wire_request(
    request: &OutlookRequest,
    version: Option<u64>,
) -> pb::GetOutlookRequest {
    pb::GetOutlookRequest {
        reporter: request.reporter().to_string(),
        partner: request.partner().to_string(),
        product: request.product().to_string(),
        currency: currency_text(request.currency()),
        as_of: vintage_text(request.vintage()),
        target: request
            .target()
            .map(|(year, growth)| pb::GrowthTarget { year, growth }),
        levels: percentages(request.levels()),
        paths: count(request.paths()),
        seed: request.seed(),
        version,
    }
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
                conflicting,
                scale,
                donors,
            } => Self {
                series: Vec::new(),
                figures: count(*used),
                unused: unused.clone(),
                conflicting_figures: conflicting.clone(),
                roughness: *scale,
                donor_series: donors.clone(),
            },
        }
    }
}

impl From<&Outlook> for pb::GetOutlookResponse {
    fn from(of: &Outlook) -> Self {
        let observed = of.contributions.iter().map(|part| pb::OutlookContribution {
            by: pb::SplitBy::from(part.by).into(),
            name: part.name.clone(),
            points: part.points,
            intervals: Vec::new(),
        });
        let projected = of.projected.iter().map(|part| pb::OutlookContribution {
            by: pb::SplitBy::from(part.by).into(),
            name: part.name.clone(),
            points: part.points,
            intervals: part.bands.iter().map(Into::into).collect(),
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
            share_of_base_year: of.share_of_base_year,
            flat_rest_growth: of.flat_rest_growth,
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
