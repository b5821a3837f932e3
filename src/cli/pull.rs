//! `tradecast pull`: an official service asked for its figures, each year's answer a file.

use super::remote::block_on;
use crate::feeds::{self, Feed, FeedRequest, PullOutcome, RetryPolicy};
use crate::trade::Code;
use anyhow::bail;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Service {
    /// UN Comtrade; with a key in TRADECAST_COMTRADE_KEY up to 100,000 records an answer, without 500.
    Comtrade,
    /// The IMF's IMTS.
    Imf,
    /// Eurostat Comext.
    Eurostat,
    /// The US Census Bureau; a key in TRADECAST_CENSUS_KEY is sent where there is one.
    Census,
}

#[derive(Debug, clap::Args)]
pub(super) struct PullArgs {
    /// The service.
    #[arg(value_enum)]
    service: Service,
    /// Who reports, for example CHN; to the Census Bureau nobody but USA.
    #[arg(long, value_name = "CODE", value_parser = code, required_if_eq_any = [
        ("service", "comtrade"), ("service", "imf"), ("service", "eurostat"),
    ])]
    reporter: Option<Code>,
    /// The other sides, separated by commas; WLD is the world.
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', required = true, value_parser = code)]
    partner: Vec<Code>,
    /// The first year.
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1900..=2999))]
    from: i32,
    /// The last year; the first where it is not given.
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1900..=2999))]
    to: Option<i32>,
    /// Years instead of months.
    #[arg(long)]
    annual: bool,
    /// A product by the service's own code; the IMF has TOTAL alone.
    #[arg(long, value_name = "CODE", default_value = "TOTAL")]
    product: String,
    /// The folder of the answers; those that are there are not asked for again, unless months of their year may still come.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Ask again for this year and later ones.
    #[arg(long, value_name = "YEAR")]
    again: Option<i32>,
    /// Ask here instead of the service's own address.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Milliseconds between two queries.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pause_ms: u64,
    /// Tries after the first, where a failure may pass.
    #[arg(long, value_name = "N", default_value_t = 5)]
    retries: usize,
    /// The longest wait in seconds, also where the service names one: where that is longer, the pull stops and says when to go on.
    #[arg(long, value_name = "S", default_value_t = 120)]
    longest_wait: u64,
}

fn code(text: &str) -> Result<Code, String> {
    Code::parse(text).map_err(|error| error.to_string())
}

/// The exit code where an answer was empty or a query failed.
const INCOMPLETE: u8 = 3;

pub(super) fn run(args: &PullArgs) -> anyhow::Result<ExitCode> {
    let (feed, key) = match args.service {
        Service::Comtrade => (Feed::Comtrade, std::env::var("TRADECAST_COMTRADE_KEY").ok()),
        Service::Imf => (Feed::Imf, None),
        Service::Eurostat => (Feed::Eurostat, None),
        Service::Census => (Feed::Census, std::env::var("TRADECAST_CENSUS_KEY").ok()),
    };
    let ask = FeedRequest {
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
    let queries = match ask.queries() {
        Ok(queries) => queries,
        Err(reason) => bail!("{reason}"),
    };
    let patience = RetryPolicy {
        pause: Duration::from_millis(args.pause_ms),
        retries: args.retries,
        longest_wait: Duration::from_secs(args.longest_wait),
        ..RetryPolicy::default()
    };
    let mut incomplete = 0;
    block_on(async {
        let pulled = feeds::pull(queries, &args.out, &patience, |pulled| match pulled {
            PullOutcome::Kept { file } => eprintln!("kept {}", file.display()),
            PullOutcome::New { file, figures } => {
                eprintln!("new {}: {figures} figures", file.display())
            }
            PullOutcome::Empty { query, words } => {
                incomplete += 1;
                eprintln!("empty {query}: {words}");
            }
            PullOutcome::Failed { query, error } => {
                incomplete += 1;
                eprintln!("failed {query}: {error}");
            }
        });
        Ok(pulled.await?)
    })?;
    Ok(if incomplete == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(INCOMPLETE)
    })
}
