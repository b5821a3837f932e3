//! `tradecast growth`: growth that has happened, and where published figures contradict each other.

use super::{DataArgs, VersionArgs, block_on, snapshot};
use crate::report::growth::{
    Contradiction, Exchange, Figure, GrowthAccount, Monthly, Part, Published, Range, Record,
    Release, Seen, Split,
};
use crate::service::convert::growth::GrowthRequest;
use crate::service::{RemoteClient, growth, pb};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct GrowthArgs {
    /// Reporter and partner, and where you like flow, product and unit: CHN.CA5, USA.CHN, USA.CHN.M.TOTAL.USD.
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// Know only what was public on this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", default_value = "")]
    as_of: String,
    /// Read monthly series in this currency, for example CNY.
    #[arg(long, value_name = "CODE", default_value = "")]
    currency: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    version: VersionArgs,
    /// Ask this server instead, for example http://127.0.0.1:50051.
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "store"])]
    server: Option<String>,
}

pub(super) fn run(args: &GrowthArgs) -> anyhow::Result<ExitCode> {
    let version = args.version.version;
    let request = GrowthRequest::new(&args.subject, &args.as_of, &args.currency, version)?;
    let found = match &args.server {
        Some(url) => {
            block_on(async { Ok(RemoteClient::connect(url).await?.growth(&request).await?) })?
        }
        None => growth::get(&snapshot(&args.data, &args.version)?, &request)?,
    };
    let account = GrowthAccount::from(found);
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&account)?)?;
    } else {
        write!(out, "{}", account.text())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `SPLIT_BY_FLOW` is `flow`.
/// The lower-case word of an enum value of the wire.
pub(super) fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_ascii_lowercase()
}

fn all<A, B: From<A>>(of: Vec<A>) -> Vec<B> {
    of.into_iter().map(Into::into).collect()
}

impl From<pb::GetGrowthResponse> for GrowthAccount {
    fn from(found: pb::GetGrowthResponse) -> Self {
        Self {
            subject: found.subject,
            monthly: all(found.monthly),
            published: all(found.published),
            contributions: all(found.contributions),
            contradictions: all(found.contradictions),
        }
    }
}

impl From<pb::MonthlyGrowth> for Monthly {
    fn from(monthly: pb::MonthlyGrowth) -> Self {
        Self {
            series: monthly.key,
            unit: monthly.unit,
            last_month: monthly.last_month,
            readings: all(monthly.readings),
            base_effect: monthly.base_effect,
            exchange: monthly.exchange.map(Into::into),
            records: all(monthly.records),
        }
    }
}

impl From<pb::ObservedGrowth> for Seen {
    fn from(seen: pb::ObservedGrowth) -> Self {
        Self {
            measure: word(seen.measure().as_str_name(), "GROWTH_MEASURE_"),
            span: seen.span,
            growth: seen.growth,
        }
    }
}

impl From<pb::PublishedGrowth> for Published {
    fn from(published: pb::PublishedGrowth) -> Self {
        Self {
            series: published.key,
            span: published.span,
            level: published.level.map(Into::into),
            growth: published.growth.map(Into::into),
            ratio: published.ratio.map(Into::into),
            own_base: published.own_base.map(Into::into),
            base: published.base.map(Into::into),
            exchange: published.exchange.map(Into::into),
            record: published.record.map(Into::into),
        }
    }
}

impl From<pb::Range> for Range {
    fn from(range: pb::Range) -> Self {
        Self {
            lower: range.lower,
            upper: range.upper,
        }
    }
}

impl From<pb::ExchangeEffect> for Exchange {
    fn from(exchange: pb::ExchangeEffect) -> Self {
        Self {
            basis: word(exchange.basis().as_str_name(), "EXCHANGE_BASIS_"),
            from: exchange.from,
            to: exchange.to,
            span: exchange.span,
            growth_from: exchange.growth_from,
            growth_to: exchange.growth_to,
            points: exchange.points,
        }
    }
}

impl From<pb::GrowthRecord> for Record {
    fn from(record: pb::GrowthRecord) -> Self {
        Self {
            standing: word(record.standing().as_str_name(), "RECORD_STANDING_"),
            span: record.span,
            since: record.since,
            years: record.years,
            unbroken_since: record.unbroken_since,
            largest_span: record.largest_span,
            largest: record.largest,
        }
    }
}

impl From<pb::GrowthSplit> for Split {
    fn from(split: pb::GrowthSplit) -> Self {
        Self {
            by: word(split.by().as_str_name(), "SPLIT_BY_"),
            series: split.key,
            monthly: split.monthly,
            span: split.span,
            growth: split.growth,
            parts: all(split.parts),
        }
    }
}

impl From<pb::Contribution> for Part {
    fn from(part: pb::Contribution) -> Self {
        Self {
            name: part.name,
            points: part.points,
        }
    }
}

impl From<pb::Contradiction> for Contradiction {
    fn from(found: pb::Contradiction) -> Self {
        Self {
            check: word(found.check().as_str_name(), "CONSISTENCY_CHECK_"),
            measure: word(found.measure().as_str_name(), "RELEASE_MEASURE_"),
            series: found.key,
            span: found.span,
            stated: found.stated.unwrap_or_default().into(),
            implied: found.implied.unwrap_or_default().into(),
            gap: found.gap,
            figures: all(found.figures),
        }
    }
}

impl From<pb::PublishedFigure> for Figure {
    fn from(figure: pb::PublishedFigure) -> Self {
        Self {
            series: figure.key,
            release: figure.release.unwrap_or_default().into(),
        }
    }
}

impl From<pb::Release> for Release {
    fn from(release: pb::Release) -> Self {
        let measure = release.measure().as_str_name();
        let measure = measure.trim_start_matches("RELEASE_MEASURE_");
        Self {
            measure: measure.to_ascii_lowercase(),
            span: release.span,
            value: release.value,
            rounding: release.rounding,
            released_on: release.released_on,
            status: release.status,
            source: release.source,
        }
    }
}
