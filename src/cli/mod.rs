//! The command line: arguments become settings, settings become calls. anyhow lives here and nowhere else.

mod backtest;
mod batch;
mod batch_out;
mod demo;
mod forecast;
mod import;
mod output;
mod pull;
mod remote;
mod series;
mod serve;

use crate::catalog::Snapshot;
use crate::ingest;
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
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
    /// Read files of any known format, report on their quality and write them in the tidy layout.
    Import(import::ImportArgs),
    /// Ask an official service for its figures, a year a query; what was pulled already is not asked for again.
    Pull(pull::PullArgs),
    /// Forecast series of the data folder, here or on a server.
    Forecast(forecast::ForecastArgs),
    /// Score methods over rolling origins, here or on a server; with a gate, fail where a score is worse than allowed.
    Backtest(backtest::BacktestArgs),
    /// Forecast every series of a long CSV or Parquet file.
    Batch(batch::BatchArgs),
}

/// Where the figures are.
#[derive(Debug, Clone, Args)]
struct DataArgs {
    /// Folder (or one file) of tidy figures, see data/README.md.
    #[arg(
        long,
        value_name = "PATH",
        env = "TRADECAST_DATA",
        default_value = "data"
    )]
    data: PathBuf,
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
    /// Ask this server instead, for example http://127.0.0.1:50051.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[command(flatten)]
    threads: ThreadArgs,
}

/// Reads the figures.
fn snapshot(data: &DataArgs) -> anyhow::Result<Snapshot> {
    Ok(Snapshot::new(ingest::read_folder(&data.data)?)?)
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Series(args) => series::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Forecast(args) => forecast::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Batch(args) => batch::run(&args),
    };
    result.unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Whether the reader of our output has left, as `head` does: no failure of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
