//! `tradecast outlook`: where a pair's year ends, how sure, and why; made here or on a server.

use super::{PlaceArgs, block_on, snapshot};
use crate::catalog::Catalog;
use crate::pipeline::{Engine, OutlookRequest};
use crate::report::outlook;
use crate::report::outlook::{Growth, Interval, Outlook};
use crate::service::outlook::get;
use crate::service::{RemoteClient, pb};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct OutlookArgs {
    /// Who reports, for example CHN.
    reporter: String,
    /// With whom, for example CA5.
    partner: String,
    /// Which goods.
    #[arg(long, value_name = "CODE", default_value = "TOTAL")]
    product: String,
    /// The currency of levels; the latest figure's where nothing is said.
    #[arg(long, value_name = "CODE", default_value = "")]
    currency: String,
    /// From what was public on this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", default_value = "")]
    as_of: String,
    /// A year and the growth that it is to reach, for example 2025=10%.
    #[arg(long, value_name = "YEAR=GROWTH", value_parser = target)]
    target: Option<pb::GrowthTarget>,
    /// Levels of the intervals in percent.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_value = "80,95", value_parser = super::output::level)]
    level: Vec<f64>,
    /// Joint draws.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i32).range(100..=10_000))]
    paths: i32,
    /// Seed of the draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Parses `2025=10%`, or `2025=0.1` as a fraction.
fn target(text: &str) -> Result<pb::GrowthTarget, String> {
    let wrong = || {
        format!("`{text}` is no target: expected a year and a growth rate, for example 2025=10%")
    };
    let (year, growth) = text.split_once('=').ok_or_else(wrong)?;
    let growth = growth.trim();
    let (number, scale) = match growth.strip_suffix('%') {
        Some(percent) => (percent.trim(), 0.01),
        None => (growth, 1.0),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    Ok(pb::GrowthTarget {
        year: year.trim().parse().map_err(|_| wrong())?,
        growth: number * scale,
    })
}

pub(super) fn run(args: &OutlookArgs) -> anyhow::Result<ExitCode> {
    let request = pb::GetOutlookRequest {
        reporter: args.reporter.clone(),
        partner: args.partner.clone(),
        product: args.product.clone(),
        currency: args.currency.clone(),
        as_of: args.as_of.clone(),
        target: args.target,
        levels: args.level.clone(),
        paths: args.paths,
        seed: args.seed,
        version: args.place.version.version,
    };
    let request = OutlookRequest::try_from(request)?;
    let version = args.place.version.version;
    let answer = match &args.place.server {
        Some(url) => block_on(async {
            let client = RemoteClient::connect(url).await?;
            Ok(client.outlook(&request, version).await?)
        })?,
        None => {
            let engine = Engine::new(Catalog::new(snapshot(
                &args.place.data,
                &args.place.version,
            )?));
            let threads = args.place.threads.pool()?;
            threads.install(|| get(&engine, &request))?
        }
    };
    let outlook = Outlook {
        as_of: args.as_of.clone(),
        ..answer.into()
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&outlook)?)?;
    } else {
        write!(out, "{}", outlook.text())?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

impl From<pb::OutlookContribution> for outlook::Contribution {
    fn from(part: pb::OutlookContribution) -> Self {
        let by = super::growth::word(part.by().as_str_name(), "SPLIT_BY_");
        let (lower, upper) = bounds(part.intervals);
        Self {
            by,
            name: part.name,
            points: part.points,
            lower,
            upper,
        }
    }
}

/// Intervals as bounds by level.
fn bounds(intervals: Vec<pb::Interval>) -> (BTreeMap<String, f64>, BTreeMap<String, f64>) {
    let intervals: Vec<Interval> = intervals.into_iter().map(Into::into).collect();
    outlook::by_level(&intervals)
}

impl From<pb::GetOutlookResponse> for Outlook {
    fn from(of: pb::GetOutlookResponse) -> Self {
        let basis = of.basis.unwrap_or_default();
        let level = |level: pb::YearLevel| {
            let (lower, upper) = bounds(level.intervals);
            outlook::Level {
                currency: level.currency,
                span: level.span,
                median: level.median,
                lower,
                upper,
            }
        };
        let base = |base: pb::FlowBase| outlook::FlowBase {
            series: base.series,
            own: base.own.map(Into::into),
            met: base.combined.map(Into::into),
        };
        Self {
            series: of.series,
            as_of: String::new(),
            known: outlook::Known {
                span: of.known_span,
                level: of.known_level,
                growth: of.known_growth,
            },
            base: of.base.map(Into::into),
            bases: of.bases.into_iter().map(base).collect(),
            contributions: of.contributions.into_iter().map(Into::into).collect(),
            projected_contributions: of
                .projected_contributions
                .into_iter()
                .map(Into::into)
                .collect(),
            share_of_base_year: of.share_of_base_year,
            flat_rest_growth: of.flat_rest_growth,
            target: of.target.map(|target| outlook::Target {
                year: target.year,
                growth: target.growth,
                needed_growth: target.needed_growth,
                probability: target.probability,
            }),
            record: of.record.map(|record| outlook::Record {
                span: record.span,
                currency: record.currency,
                probability: record.probability,
                since: record.since,
                unbroken_since: Some(record.unbroken_since).filter(|since| !since.is_empty()),
                largest_span: record.largest_span,
                largest: record.largest,
            }),
            exchange_rate: of.exchange_rate.map(|rate| outlook::RateEffect {
                currency: rate.currency,
                growth_home: rate.growth_home,
                growth_other: rate.growth_other,
                points: rate.points,
                last_month: rate.last_month,
                last_rate: rate.last_rate,
            }),
            levels: of.levels.into_iter().map(level).collect(),
            readings: of
                .readings
                .into_iter()
                .filter_map(|of| Some(outlook::Reading::new(of.currency, of.reading?.into())))
                .collect(),
            basis: outlook::Basis {
                series: basis.series,
                figures: basis.figures,
                unused: basis.unused,
                misfits: basis.conflicting_figures,
                roughness: basis.roughness,
                lenders: basis.donor_series,
            },
            contradictions: of.contradictions.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<pb::Interval> for Interval {
    fn from(interval: pb::Interval) -> Self {
        Self {
            level: interval.level,
            lower: interval.lower,
            upper: interval.upper,
        }
    }
}

impl From<pb::GrowthEstimate> for Growth {
    fn from(reading: pb::GrowthEstimate) -> Self {
        Self {
            measure: reading
                .measure()
                .as_str_name()
                .trim_start_matches("GROWTH_MEASURE_")
                .to_ascii_lowercase(),
            span: reading.span,
            median: reading.median,
            intervals: reading.intervals.into_iter().map(Into::into).collect(),
            share_observed: reading.share_observed,
            naive: reading.naive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_percent_or_a_fraction() {
        for text in ["2025=10%", "2025 = 10 %", "2025=0.1"] {
            let found = target(text).unwrap();
            assert_eq!((found.year, found.growth), (2025, 0.1), "{text}");
        }
        for text in ["2025", "2025=", "=10%", "2025=ten", "x=10%"] {
            assert!(target(text).is_err(), "{text}");
        }
    }
}
