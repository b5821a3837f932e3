//! `tradecast outlook`: where a pair's year ends, how sure, and why; made here or on a server.

use super::remote::{Remote, block_on};
use super::{PlaceArgs, snapshot};
use crate::catalog::Catalog;
use crate::pipeline::Engine;
use crate::report::Outlook;
use crate::service::{outlook, pb};
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
    let answer = match &args.place.server {
        Some(url) => block_on(async { Remote::connect(url).await?.outlook(request).await })?,
        None => {
            let engine = Engine::new(Catalog::new(snapshot(
                &args.place.data,
                &args.place.version,
            )?));
            let threads = args.place.threads.pool()?;
            threads.install(|| outlook::get(&engine, request))?
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
