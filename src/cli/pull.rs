//! `tradecast pull`: download figures from an official service, one file per query.

use super::arguments::block_on;
use super::exit_codes;
use crate::feeds::{self, Feed, FeedRequest, PullOutcome, RetryPolicy};
use crate::trade::Code;
use anyhow::bail;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FeedArg {
    /// UN Comtrade; up to 100,000 records per answer with a key in TRADECAST_COMTRADE_KEY, else
    /// 500.
    Comtrade,
    /// The IMF's IMTS.
    Imf,
    /// Eurostat Comext.
    Eurostat,
    /// The US Census Bureau; a key in TRADECAST_CENSUS_KEY is sent if set.
    Census,
}

#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes::PULL)]
pub(super) struct PullArgs {
    /// Service to query.
    #[arg(value_enum)]
    service: FeedArg,
    /// Reporter code, for example CHN; the Census Bureau has USA only.
    #[arg(long, value_name = "CODE", value_parser = code, required_if_eq_any = [
        ("service", "comtrade"), ("service", "imf"), ("service", "eurostat"),
    ])]
    reporter: Option<Code>,
    /// Partner codes, separated by commas; WLD is the world.
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', required = true, value_parser = code)]
    partner: Vec<Code>,
    /// First year.
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1900..=2999))]
    from: i32,
    /// Last year; the first year if omitted.
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1900..=2999))]
    to: Option<i32>,
    /// Query annual instead of monthly figures.
    #[arg(long)]
    annual: bool,
    /// Product code of the service; the IMF has TOTAL only.
    #[arg(long, value_name = "CODE", default_value = "TOTAL")]
    product: String,
    /// Folder for the answers. An existing answer is not queried again, unless months of its year
    /// may still be published.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Query this year and later ones again.
    #[arg(long, value_name = "YEAR")]
    again: Option<i32>,
    /// Base URL to use instead of the service's own.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Milliseconds between two queries.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pause_ms: u64,
    /// Number of retries after a failure that may be temporary.
    #[arg(long, value_name = "N", default_value_t = 5)]
    retries: usize,
    /// Longest wait before a retry, in seconds. Where the service demands a longer one, the pull
    /// stops and says when to continue.
    #[arg(long, value_name = "S", default_value_t = 120)]
    longest_wait: u64,
    /// Print one JSON object for each query.
    #[arg(long)]
    json: bool,
}

fn code(text: &str) -> Result<Code, String> {
    Code::parse(text).map_err(|error| error.to_string())
}

pub(super) fn run(args: &PullArgs) -> anyhow::Result<ExitCode> {
    let (feed, key) = match args.service {
        FeedArg::Comtrade => (Feed::Comtrade, std::env::var("TRADECAST_COMTRADE_KEY").ok()),
        FeedArg::Imf => (Feed::Imf, None),
        FeedArg::Eurostat => (Feed::Eurostat, None),
        FeedArg::Census => (Feed::Census, std::env::var("TRADECAST_CENSUS_KEY").ok()),
    };
    let request = FeedRequest {
        feed,
        base: args
            .base_url
            .clone()
            .unwrap_or_else(|| feed.base().to_owned()),
        reporter: match &args.reporter {
            Some(reporter) => reporter.clone(),
            None => code("USA").map_err(anyhow::Error::msg)?,
        },
        partners: args.partner.clone(),
        years: args.from..=args.to.unwrap_or(args.from),
        monthly: !args.annual,
        product: args.product.clone(),
        again_from: args.again,
        key: key.filter(|key| !key.is_empty()),
    };
    let queries = match request.queries() {
        Ok(queries) => queries,
        Err(reason) => bail!("{reason}"),
    };
    let retry = RetryPolicy {
        pause: Duration::from_millis(args.pause_ms),
        retries: args.retries,
        longest_wait: Duration::from_secs(args.longest_wait),
        ..RetryPolicy::default()
    };
    let mut incomplete = 0;
    block_on(async {
        let say = |text: String, object: serde_json::Value| match args.json {
            // A reader that has left does not end the pull.
            true => drop(writeln!(std::io::stdout(), "{object}")),
            false => super::console::note(format_args!("{text}")),
        };
        let pulled = feeds::pull(queries, &args.out, &retry, |pulled| match pulled {
            PullOutcome::Kept { file } => {
                let file = file.display().to_string();
                say(
                    format!("kept {file}"),
                    json!({"outcome": "kept", "file": file}),
                );
            }
            PullOutcome::New { file, figures } => {
                let file = file.display().to_string();
                say(
                    format!("new {file}: {figures} figures"),
                    json!({"outcome": "new", "file": file, "figures": figures}),
                );
            }
            PullOutcome::Empty { query, message } => {
                incomplete += 1;
                let (query, message) = (query.to_string(), message.to_string());
                say(
                    format!("empty {query}: {message}"),
                    json!({"outcome": "empty", "query": query, "message": message}),
                );
            }
            PullOutcome::Failed { query, error } => {
                incomplete += 1;
                let (query, message) = (query.to_string(), error.to_string());
                say(
                    format!("failed {query}: {message}"),
                    json!({"outcome": "failed", "query": query, "message": message}),
                );
            }
        });
        Ok(pulled.await?)
    })?;
    Ok(if incomplete == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit_codes::INCOMPLETE)
    })
}
