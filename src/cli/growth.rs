//! `tradecast growth`: growth that has happened, and where published figures contradict each other.

use super::arguments::{AsOfArgs, SourceArgs, block_on};
use crate::pipeline::growth_review;
use crate::report::{json, terminal};
use crate::service::RemoteClient;
use crate::service::convert::growth::GrowthRequest;
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct GrowthArgs {
    /// Reporter and partner code, optionally with flow, product and currency: CHN.CA5, USA.CHN,
    /// USA.CHN.M.TOTAL.USD.
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[command(flatten)]
    as_of: AsOfArgs,
    /// Currency code, for example CNY: read monthly series in this currency.
    #[arg(
        long,
        value_name = "CODE",
        default_value = "",
        hide_default_value = true
    )]
    currency: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: SourceArgs,
}

pub(super) fn run(args: &GrowthArgs) -> anyhow::Result<ExitCode> {
    let version = args.source.version();
    let request = GrowthRequest::new(&args.subject, &args.as_of.as_of, &args.currency, version)?;
    let review = match args.source.server() {
        Some(url) => {
            block_on(async { Ok(RemoteClient::connect(url).await?.growth(&request).await?) })?
        }
        None => {
            let snapshot = args.source.snapshot()?;
            let (vintage, currency) = (request.vintage, request.currency);
            growth_review(&snapshot, &request.subject, vintage, currency)?
        }
    };
    let mut out = super::console::stdout();
    if args.json {
        writeln!(out, "{}", json::growth_review(&review))?;
    } else {
        write!(out, "{}", terminal::growth_review(&review))?;
    }
    Ok(ExitCode::SUCCESS)
}
