//! `GetOutlook`: where the year of a pair of partners ends.

use super::decode::{self, DecodeError};
use super::estimates::bands;
use super::fields::{check_length, count, currency, currency_text, refuse, vintage, vintage_text};
use super::forecast::percentages;
use super::growth::split_by;
use super::scenario::shock;
use crate::catalog::Vintage;
use crate::growth::{DistributionSummary, GrowthEstimate, RevisedBase};
use crate::pipeline::outlook::{
    ObservedContribution, ProjectedContribution, RateEffect, RecordOutlook, SpanLevel,
    TargetOutlook,
};
use crate::pipeline::{Outlook, OutlookBasis, OutlookRequest};
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::{Code, Currency, Span};

/// Most shocks of an outlook.
const MAX_SHOCKS: usize = 100;

/// Read a code.
///
/// # Errors
/// The text is no code.
pub fn code(field: &'static str, text: &str) -> Result<Code, ServiceError> {
    check_length(field, text)?;
    Code::parse(text).map_err(|e| refuse(field, e.to_string()))
}

/// Read a product code; the empty text is all products.
///
/// # Errors
/// The text is no code.
pub fn product(text: &str) -> Result<Code, ServiceError> {
    match text.trim() {
        "" => code("product", "TOTAL"),
        _ => code("product", text),
    }
}

impl TryFrom<pb::GetOutlookRequest> for OutlookRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::GetOutlookRequest) -> Result<Self, ServiceError> {
        check_length("as_of", &wire.as_of)?;
        let request = Self::new(
            code("reporter", &wire.reporter)?,
            code("partner", &wire.partner)?,
            product(&wire.product)?,
            vintage("as_of", &wire.as_of)?,
        );
        let mut request = request
            .with_currency(currency(&wire.currency)?)
            .with_levels(&wire.levels)?
            .with_seed(wire.seed);
        if let Some(pb::GrowthTarget { year, growth }) = wire.target {
            request = request.with_target(year, growth)?;
        }
        if wire.shocks.len() > MAX_SHOCKS {
            let found = wire.shocks.len();
            let reason = format!("expected at most {MAX_SHOCKS} shocks, not {found}");
            return Err(refuse("shocks", reason));
        }
        let shocks = wire.shocks.into_iter().enumerate().map(|(k, wire)| {
            shock(wire).map_err(|reason| refuse("shocks", format!("at position {k}: {reason}")))
        });
        let request = request.with_shocks(shocks.collect::<Result<_, _>>()?);
        Ok(match wire.paths {
            0 => request,
            paths => request.with_paths(i64::from(paths))?,
        })
    }
}

/// Write a request for the client.
pub(in crate::service) fn wire_request(
    request: &OutlookRequest,
    version: Option<u64>,
) -> pb::GetOutlookRequest {
    let target = request.target();
    pb::GetOutlookRequest {
        reporter: request.reporter().to_string(),
        partner: request.partner().to_string(),
        product: request.product().to_string(),
        currency: currency_text(request.currency()),
        as_of: vintage_text(request.vintage()),
        target: target.map(|(year, growth)| pb::GrowthTarget { year, growth }),
        levels: percentages(request.levels()),
        paths: count(request.paths()),
        seed: request.seed(),
        version,
        shocks: request.shocks().iter().map(Into::into).collect(),
    }
}

/// Write an outlook from the figures of `version`.
pub fn outlook_response(of: &Outlook, version: Option<u64>) -> pb::GetOutlookResponse {
    let level = |level: &SpanLevel| pb::YearLevel {
        currency: level.currency.to_string(),
        span: level.span.to_string(),
        median: level.summary.median,
        intervals: level.summary.bands.iter().map(Into::into).collect(),
    };
    let reading = |(currency, reading): &(Currency, GrowthEstimate)| pb::OutlookGrowth {
        currency: currency.to_string(),
        reading: Some(reading.into()),
    };
    pb::GetOutlookResponse {
        series: of.key.to_string(),
        known_span: of.known.to_string(),
        known_level: of.level,
        known_growth: of.growth,
        growth_on_printed_base: of.growth_on_printed_base,
        base: of.base.map(Into::into),
        bases: of.bases.iter().map(Into::into).collect(),
        contributions: of.contributions.iter().map(Into::into).collect(),
        projected_contributions: of.projected.iter().map(Into::into).collect(),
        share_of_base_year: of.share_of_base_year,
        flat_rest_growth: of.flat_rest_growth,
        target: of.target.map(Into::into),
        record: of.record.as_ref().map(Into::into),
        exchange_rate: of.rate.map(Into::into),
        levels: of.levels.iter().map(level).collect(),
        readings: of.readings.iter().map(reading).collect(),
        without_shocks: of.without_shocks.iter().map(reading).collect(),
        basis: Some((&of.basis).into()),
        contradictions: of.contradictions.iter().map(Into::into).collect(),
        version: version.unwrap_or(0),
        drawn_currency: of.drawn_in.to_string(),
    }
}

/// Read an outlook from what was public in `vintage`.
pub(in crate::service) fn read_outlook(
    wire: pb::GetOutlookResponse,
    vintage: Vintage,
) -> Result<Outlook, DecodeError> {
    let known = decode::span("known_span", &wire.known_span)?;
    let year = match wire.levels.first() {
        Some(level) => decode::span("levels.span", &level.span)?,
        None => return Err(DecodeError::missing("levels")),
    };
    let levels = wire.levels.into_iter().map(|level| {
        let summary = DistributionSummary {
            median: level.median,
            bands: bands(level.intervals),
        };
        Ok(SpanLevel {
            currency: decode::currency("levels.currency", &level.currency)?,
            span: decode::span("levels.span", &level.span)?,
            summary,
        })
    });
    let readings = |wire: Vec<pb::OutlookGrowth>| -> Result<Vec<_>, DecodeError> {
        let reading = |of: pb::OutlookGrowth| {
            let reading = decode::required("readings.reading", of.reading)?;
            Ok((
                decode::currency("readings.currency", &of.currency)?,
                reading,
            ))
        };
        wire.into_iter().map(reading).collect()
    };
    let bases = wire.bases.into_iter().map(|base| read_base(base, known));
    let key = decode::key("series", &wire.series)?;
    // A server of an earlier version draws in the currency of levels.
    let drawn_in = match wire.drawn_currency.as_str() {
        "" => key.unit,
        currency => decode::currency("drawn_currency", currency)?,
    };
    Ok(Outlook {
        year_draws: None,
        key,
        drawn_in,
        vintage,
        known,
        level: wire.known_level,
        growth: wire.known_growth,
        growth_on_printed_base: wire.growth_on_printed_base,
        base: wire.base.map(Into::into),
        bases: bases.collect::<Result<_, _>>()?,
        contributions: decode::all(wire.contributions)?,
        projected: decode::all(wire.projected_contributions)?,
        share_of_base_year: wire.share_of_base_year,
        flat_rest_growth: wire.flat_rest_growth,
        target: wire.target.map(Into::into),
        record: decode::optional(wire.record)?,
        rate: decode::optional(wire.exchange_rate)?,
        year,
        levels: levels.collect::<Result<_, DecodeError>>()?,
        readings: readings(wire.readings)?,
        without_shocks: readings(wire.without_shocks)?,
        basis: decode::required("basis", wire.basis)?,
        contradictions: decode::all(wire.contradictions)?,
    })
}

impl From<&RevisedBase> for pb::FlowBase {
    fn from(base: &RevisedBase) -> Self {
        Self {
            series: base.key.to_string(),
            own: base.own.map(Into::into),
            combined: base.combined.map(Into::into),
        }
    }
}

/// Read the base of the growth over `span`.
fn read_base(wire: pb::FlowBase, span: Span) -> Result<RevisedBase, DecodeError> {
    Ok(RevisedBase {
        key: decode::key("bases.series", &wire.series)?,
        span,
        own: wire.own.map(Into::into),
        combined: wire.combined.map(Into::into),
    })
}

impl From<&ObservedContribution> for pb::OutlookContribution {
    fn from(of: &ObservedContribution) -> Self {
        Self {
            by: pb::SplitBy::from(of.by).into(),
            name: of.name.clone(),
            points: of.points,
            intervals: Vec::new(),
        }
    }
}

impl TryFrom<pb::OutlookContribution> for ObservedContribution {
    type Error = DecodeError;

    fn try_from(wire: pb::OutlookContribution) -> Result<Self, DecodeError> {
        Ok(Self {
            by: split_by(wire.by)?,
            name: wire.name,
            points: wire.points,
        })
    }
}

impl From<&ProjectedContribution> for pb::OutlookContribution {
    fn from(of: &ProjectedContribution) -> Self {
        Self {
            by: pb::SplitBy::from(of.by).into(),
            name: of.name.clone(),
            points: of.points,
            intervals: of.bands.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<pb::OutlookContribution> for ProjectedContribution {
    type Error = DecodeError;

    fn try_from(wire: pb::OutlookContribution) -> Result<Self, DecodeError> {
        Ok(Self {
            by: split_by(wire.by)?,
            name: wire.name,
            points: wire.points,
            bands: bands(wire.intervals),
        })
    }
}

impl From<TargetOutlook> for pb::TargetOutlook {
    fn from(target: TargetOutlook) -> Self {
        Self {
            year: target.year,
            growth: target.growth,
            needed_growth: target.needed_growth,
            probability: target.probability,
        }
    }
}

impl From<pb::TargetOutlook> for TargetOutlook {
    fn from(wire: pb::TargetOutlook) -> Self {
        Self {
            year: wire.year,
            growth: wire.growth,
            needed_growth: wire.needed_growth,
            probability: wire.probability,
        }
    }
}

impl From<&RecordOutlook> for pb::RecordOutlook {
    fn from(record: &RecordOutlook) -> Self {
        let (largest_span, largest) = record.largest;
        Self {
            span: record.span.to_string(),
            currency: record.currency.to_string(),
            probability: record.probability,
            since: record.since.to_string(),
            unbroken_since: record
                .unbroken_since
                .map_or_else(String::new, |span| span.to_string()),
            largest_span: largest_span.to_string(),
            largest,
        }
    }
}

impl TryFrom<pb::RecordOutlook> for RecordOutlook {
    type Error = DecodeError;

    fn try_from(wire: pb::RecordOutlook) -> Result<Self, DecodeError> {
        let largest = decode::span("record.largest_span", &wire.largest_span)?;
        Ok(Self {
            span: decode::span("record.span", &wire.span)?,
            currency: decode::currency("record.currency", &wire.currency)?,
            probability: wire.probability,
            since: decode::span("record.since", &wire.since)?,
            unbroken_since: decode::optional_span("record.unbroken_since", &wire.unbroken_since)?,
            largest: (largest, wire.largest),
        })
    }
}

impl From<RateEffect> for pb::RateEffect {
    fn from(rate: RateEffect) -> Self {
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

impl TryFrom<pb::RateEffect> for RateEffect {
    type Error = DecodeError;

    fn try_from(wire: pb::RateEffect) -> Result<Self, DecodeError> {
        let last = decode::month("exchange_rate.last_month", &wire.last_month)?;
        Ok(Self {
            currency: decode::currency("exchange_rate.currency", &wire.currency)?,
            growth_home: wire.growth_home,
            growth_other: wire.growth_other,
            points: wire.points,
            last: (last, wire.last_rate),
        })
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
                mirrored,
                unused,
                conflicting,
                scale,
                donors,
            } => Self {
                series: Vec::new(),
                figures: count(*used),
                mirrored_figures: count(*mirrored),
                unused: unused.clone(),
                conflicting_figures: conflicting.clone(),
                roughness: *scale,
                donor_series: donors.clone(),
            },
        }
    }
}

impl TryFrom<pb::OutlookBasis> for OutlookBasis {
    type Error = DecodeError;

    fn try_from(wire: pb::OutlookBasis) -> Result<Self, DecodeError> {
        if !wire.series.is_empty() {
            return Ok(Self::Months(wire.series));
        }
        Ok(Self::Releases {
            used: decode::count("basis.figures", wire.figures)?,
            mirrored: decode::count("basis.mirrored_figures", wire.mirrored_figures)?,
            unused: wire.unused,
            conflicting: wire.conflicting_figures,
            scale: wire.roughness,
            donors: wire.donor_series,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_fields::field;
    use super::*;

    #[test]
    fn a_request_survives_the_wire_or_names_its_field() {
        let good = pb::GetOutlookRequest {
            reporter: "CHN".to_owned(),
            partner: "CA5".to_owned(),
            product: "TOTAL".to_owned(),
            currency: "CNY".to_owned(),
            as_of: "2025-06-14".to_owned(),
            target: Some(pb::GrowthTarget {
                year: 2025,
                growth: 0.1,
            }),
            levels: vec![80.0],
            paths: 200,
            seed: 7,
            version: Some(3),
            shocks: vec![pb::Shock {
                target: Some(pb::shock::Target::Partner("KAZ".to_owned())),
                months: "2025-09-01/P4M".to_owned(),
                percent: vec![-10.0],
                ..pb::Shock::default()
            }],
        };
        let request = OutlookRequest::try_from(good.clone()).unwrap();
        assert_eq!(wire_request(&request, Some(3)), good);
        type Spoil = fn(&mut pb::GetOutlookRequest);
        let cases: [(Spoil, &str); 8] = [
            (|r| r.reporter.clear(), "reporter"),
            (|r| r.partner = "C A".to_owned(), "partner"),
            (|r| r.as_of = "soon".to_owned(), "as_of"),
            (|r| r.currency = "yuan".to_owned(), "currency"),
            (|r| r.paths = 10_001, "paths"),
            (|r| r.levels = vec![0.8], "levels"),
            (|r| r.target.as_mut().unwrap().year = 99, "target.year"),
            (|r| r.shocks[0].target = None, "shocks"),
        ];
        for (spoil, expected) in cases {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert_eq!(field(OutlookRequest::try_from(bad).unwrap_err()), expected);
        }
    }
}
