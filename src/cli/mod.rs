//! The command line: arguments become settings, settings become calls. anyhow lives here and nowhere else.

mod backtest;
mod batch;
mod batch_out;
mod demo;
mod explain;
mod forecast;
mod growth;
mod import;
mod outlook;
mod output;
mod projection_args;
mod pull;
mod scenario;
mod series;
mod serve;
mod store;

use crate::catalog::Snapshot;
use crate::ingest;
use crate::service::DataSource;
use crate::store::{Store, StoreError};
use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Trade series in, streamed year-on-year growth forecasts out.
#[derive(Debug, Parser)]
#[command(name = "tradecast", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a service with the bundled data, call it over gRPC and show projected growth as it streams in.
    Demo(demo::DemoArgs),
    /// Serve forecasts over gRPC until interrupted.
    Serve(serve::ServeArgs),
    /// List series, or show one with its observations and published figures.
    Series(series::SeriesArgs),
    /// Show the growth that has happened, who added to it, and where published figures contradict each other.
    Growth(growth::GrowthArgs),
    /// Read files of any known format, report on their quality and write them in the tidy layout.
    Import(import::ImportArgs),
    /// Ask an official service for its figures, a year a query; what was pulled already is not asked for again.
    Pull(pull::PullArgs),
    /// Forecast series of the data folder, here or on a server.
    Forecast(forecast::ForecastArgs),
    /// Where does the year of a pair of partners end, how sure, and why: from monthly series or from published figures alone.
    Outlook(outlook::OutlookArgs),
    /// Explain a forecast: what drives it, and what has changed it since an earlier day.
    Explain(explain::ExplainArgs),
    /// Show what every reading would be if a partner, a flow, a series, the exchange rate or a regressor went another way.
    Scenario(scenario::ScenarioArgs),
    /// Score methods over rolling origins, here or on a server; with a gate, fail where a score is worse than allowed.
    Backtest(backtest::BacktestArgs),
    /// Forecast every series of a long CSV or Parquet file.
    Batch(batch::BatchArgs),
    /// Keep figures in a store that forgets nothing: make one, take files in, check it, tell its history.
    Store(store::StoreArgs),
}

/// Where the figures are.
#[derive(Debug, Clone, Args)]
struct DataArgs {
    /// Folder (or one file) of tidy figures, see data/README.md; TRADECAST_DATA stands for it, and without either it is `data`.
    #[arg(long, value_name = "PATH", conflicts_with = "store")]
    data: Option<PathBuf>,
    /// Read the figures from this store instead, a folder or a URL (s3://bucket/folder); TRADECAST_STORE stands for it.
    #[arg(long, value_name = "PLACE")]
    store: Option<String>,
}

impl DataArgs {
    /// Where the figures are read from: the command line goes before the environment. To clap both would be given, and contradict each other.
    fn figures(&self) -> anyhow::Result<DataSource> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        Ok(match (&self.data, &self.store) {
            (Some(data), _) => DataSource::Files(data.clone()),
            (None, Some(place)) => DataSource::Store(place.clone()),
            (None, None) => match set("TRADECAST_STORE").map(OsString::into_string) {
                Some(Ok(place)) => DataSource::Store(place),
                Some(Err(place)) => bail!("TRADECAST_STORE: expected UTF-8 text, not {place:?}"),
                None => {
                    DataSource::Files(set("TRADECAST_DATA").map_or("data".into(), PathBuf::from))
                }
            },
        })
    }
}

/// Which version of a store is read.
#[derive(Debug, Clone, Args)]
struct VersionArgs {
    /// Read the store, or that of the server, as it was at this version; `tradecast store history` lists them.
    #[arg(id = "store_version", long = "version", value_name = "NUMBER")]
    version: Option<u64>,
}

/// A store that is worked on.
#[derive(Debug, Clone, Args)]
struct StorePlace {
    /// The store: a folder or a URL (s3://bucket/folder).
    #[arg(
        long,
        value_name = "PLACE",
        env = "TRADECAST_STORE",
        default_value = "store"
    )]
    store: String,
}

/// How many threads compute.
#[derive(Debug, Clone, Args)]
struct ThreadArgs {
    /// Threads to compute on; 0 for all cores.
    #[arg(long, default_value_t = 0, env = "TRADECAST_THREADS")]
    threads: usize,
}

impl ThreadArgs {
    /// The threads.
    fn pool(&self) -> anyhow::Result<rayon::ThreadPool> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .build();
        pool.context("cannot start threads")
    }
}

/// Where results are computed: in this process, or on a server.
#[derive(Debug, Clone, Args)]
struct PlaceArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    version: VersionArgs,
    /// Ask this server instead, for example http://127.0.0.1:50051.
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "store"])]
    server: Option<String>,
    #[command(flatten)]
    threads: ThreadArgs,
}

/// Run a call to its end on this thread.
fn block_on<T>(call: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start a runtime")?
        .block_on(call)
}

/// Reads the figures.
fn snapshot(data: &DataArgs, version: &VersionArgs) -> anyhow::Result<Snapshot> {
    Ok(match data.figures()? {
        DataSource::Store(place) => {
            Snapshot::of_store(Store::open(&place)?.read(version.version)?)?
        }
        DataSource::Files(_) if version.version.is_some() => {
            bail!("a version is one of a store: expected --store or --server")
        }
        DataSource::Files(files) => Snapshot::new(ingest::read_folder(&files)?)?,
    })
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Series(args) => series::run(&args),
        Command::Growth(args) => growth::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Forecast(args) => forecast::run(&args),
        Command::Outlook(args) => outlook::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Scenario(args) => scenario::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Batch(args) => batch::run(&args),
        Command::Store(args) => store::run(&args),
    };
    result.unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        eprintln!("error: {error:#}{}", remedy(&error));
        ExitCode::FAILURE
    })
}

/// The command that mends an error, where there is one.
fn remedy(error: &anyhow::Error) -> &'static str {
    match error.downcast_ref() {
        Some(StoreError::Missing { .. }) => "; `tradecast store init` creates one",
        _ => "",
    }
}

/// Whether the reader of our output has left, as `head` does: no failure of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_store_is_the_command_that_makes_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("none");
        let missing = Store::open(place.to_str().unwrap()).unwrap_err();
        assert!(
            !missing.to_string().contains("tradecast store"),
            "{missing}"
        );
        let missing = anyhow::Error::from(missing);
        assert_eq!(remedy(&missing), "; `tradecast store init` creates one");
        // Also behind words that say what it was read for.
        let missing = missing.context("cannot read the figures");
        assert_eq!(remedy(&missing), "; `tradecast store init` creates one");
        assert_eq!(remedy(&anyhow::anyhow!("something else")), "");
    }
}
