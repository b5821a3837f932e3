//! `tradecast outlook`: where the year of a pair of partners ends, how certain that is, and why.

use super::arguments::{AsOfArgs, LevelArgs, PlaceArgs, block_on};
use super::output::write_csv;
use super::shock_text::ShockText;
use crate::catalog::Catalog;
use crate::pipeline::outlook::{OutlookChange, TrackRecord};
use crate::pipeline::{Engine, Outlook, OutlookPlan, OutlookRequest};
use crate::report::{csv, json, terminal};
use crate::service::RemoteClient;
use crate::service::convert::fields::currency;
use crate::service::convert::outlook::{code, product};
use crate::trade::month::parse_date;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use time::Date;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct OutlookArgs {
    /// Reporter code, for example CHN.
    reporter: String,
    /// Partner code, for example CA5.
    partner: String,
    /// Product code.
    #[arg(long, value_name = "CODE", default_value = "TOTAL")]
    product: String,
    /// Currency code of levels [default: that of the latest figure].
    #[arg(
        long,
        value_name = "CODE",
        default_value = "",
        hide_default_value = true
    )]
    currency: String,
    #[command(flatten)]
    as_of: AsOfArgs,
    /// Target growth of a year, for example 2025=10%.
    #[arg(long, value_name = "YEAR=GROWTH", value_parser = target)]
    target: Option<(i32, f64)>,
    /// Shock of months ahead as TARGET=SIZE@MONTHS. TARGET: partner:KAZ, flow:M,
    /// series:CHN.KAZ.X.TOTAL.CNY or rate:USD. SIZE: -10%, or an amount a month of a series
    /// (+2e9); one for all months, or one a month separated by commas. MONTHS: 2026-09, 2026-Q4,
    /// 2026-09..2026-12.
    #[arg(
        long,
        value_name = "SHOCK",
        value_parser = ShockText::parse,
        allow_hyphen_values = true,
        conflicts_with_all = ["since", "record"]
    )]
    shock: Vec<ShockText>,
    /// Say what moved the outlook since this earlier day.
    #[arg(long, value_name = "DATE", value_parser = day, conflicts_with_all = ["csv", "target"])]
    since: Option<Date>,
    /// Repeat the outlook as of each day on which figures came, from this day on.
    #[arg(
        long,
        value_name = "DATE",
        value_parser = day,
        conflicts_with_all = ["csv", "target", "since"]
    )]
    record: Option<Date>,
    #[command(flatten)]
    level: LevelArgs,
    /// Joint draws.
    #[arg(
        long,
        default_value_t = 1000,
        value_parser = clap::value_parser!(i32).range(100..=10_000)
    )]
    paths: i32,
    /// Seed of the draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print every span, the base, the data and contradictions too.
    #[arg(long)]
    details: bool,
    /// Print one JSON object.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print levels and growth of every span as CSV.
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

impl OutlookArgs {
    fn request(&self) -> anyhow::Result<OutlookRequest> {
        let request = OutlookRequest::new(
            code("reporter", &self.reporter)?,
            code("partner", &self.partner)?,
            product(&self.product)?,
            self.as_of.vintage()?,
        );
        let shocks = self.shock.iter().cloned().map(ShockText::shock);
        let shocks: Result<Vec<_>, String> = shocks.collect();
        let request = request
            .with_shocks(shocks.map_err(|reason| anyhow::anyhow!("--shock: {reason}"))?)
            .with_currency(currency(&self.currency)?)
            .with_levels(self.level.percent())?
            .with_paths(i64::from(self.paths))?
            .with_seed(self.seed);
        Ok(match self.target {
            Some((year, growth)) => request.with_target(year, growth)?,
            None => request,
        })
    }
}

pub(super) fn run(args: &OutlookArgs) -> anyhow::Result<ExitCode> {
    let request = args.request()?;
    let version = args.place.source.version();
    if let Some(since) = args.since {
        let change = match args.place.source.server() {
            Some(url) => block_on(async {
                let client = RemoteClient::connect(url).await?;
                Ok(client.outlook_change(&request, version, since).await?)
            })?,
            None => args.place.threads.pool()?.install(|| {
                let snapshot = Arc::new(args.place.source.snapshot()?);
                Ok::<_, anyhow::Error>(OutlookChange::new(&snapshot, &request, since)?)
            })?,
        };
        say(&match args.json {
            true => json::outlook_change(&change) + "\n",
            false => terminal::outlook_change(&change),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(from) = args.record {
        let record = match args.place.source.server() {
            Some(url) => block_on(async {
                let client = RemoteClient::connect(url).await?;
                Ok(client.outlook_record(&request, version, from).await?)
            })?,
            None => args.place.threads.pool()?.install(|| {
                let snapshot = Arc::new(args.place.source.snapshot()?);
                Ok::<_, anyhow::Error>(TrackRecord::new(&snapshot, &request, from)?)
            })?,
        };
        say(&match args.json {
            true => json::outlook_record(&record) + "\n",
            false => terminal::outlook_record(&record),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let outlook = match args.place.source.server() {
        Some(url) => block_on(async {
            let client = RemoteClient::connect(url).await?;
            Ok(client.outlook(&request, version).await?)
        })?,
        None => local(&args.place, request)?,
    };
    let mut out = super::console::stdout();
    if args.json {
        writeln!(out, "{}", json::outlook(&outlook))?;
    } else if args.csv {
        let header = Some(csv::outlook_header(&outlook));
        write_csv(&mut out, header, csv::outlook_rows(&outlook))?;
    } else {
        write!(out, "{}", terminal::outlook(&outlook, args.details))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Print a text as it is.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = super::console::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Compute in this process.
fn local(place: &PlaceArgs, request: OutlookRequest) -> anyhow::Result<Outlook> {
    let engine = Engine::new(Catalog::new(place.source.snapshot()?));
    let threads = place.threads.pool()?;
    threads.install(|| {
        let plan = OutlookPlan::new(&engine, engine.snapshot(), request)?;
        Ok(plan.prepare().run()?)
    })
}

/// Parse a date.
fn day(text: &str) -> Result<Date, String> {
    parse_date(text).map_err(|e| e.to_string())
}

/// Parse `2025=10%`, or `2025=0.1` as a fraction.
fn target(text: &str) -> Result<(i32, f64), String> {
    let wrong = || {
        format!(
            "`{text}` is no target: expected a year and a growth rate, for example `--target \
             2025=10%`"
        )
    };
    let (year, growth) = text.split_once('=').ok_or_else(wrong)?;
    let growth = growth.trim();
    let (number, scale) = match growth.strip_suffix('%') {
        Some(percent) => (percent.trim(), 0.01),
        None => (growth, 1.0),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let year = year.trim().parse().map_err(|_| wrong())?;
    Ok((year, number * scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_percent_or_a_fraction() {
        for text in ["2025=10%", "2025 = 10 %", "2025=0.1"] {
            assert_eq!(target(text).unwrap(), (2025, 0.1), "{text}");
        }
        for text in ["2025", "2025=", "=10%", "2025=ten", "x=10%"] {
            assert!(target(text).is_err(), "{text}");
        }
    }
}
