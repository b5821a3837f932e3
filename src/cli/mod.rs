//! The command line: arguments become requests, requests become calls. anyhow lives here and
//! nowhere else.

mod arguments;
mod backtest;
mod backtest_forecasts;
mod backtest_gates;
mod batch;
mod batch_notes;
mod batch_output;
mod browser;
mod completions;
mod config;
mod console;
mod demo;
mod doctor;
mod event_args;
mod exit_codes;
mod explain;
mod forecast;
mod growth;
mod import;
mod keys;
mod log;
mod mapping_args;
mod outlook;
mod output;
mod output_file;
mod projection_args;
mod pull;
mod remedy;
mod report;
mod report_source;
mod report_subject;
mod scenario;
mod series;
mod serve;
mod serve_args;
mod shock_text;
mod store;
mod usage_error;

use crate::backtest::gate::GateError;
use clap::{CommandFactory, Parser, Subcommand};
use remedy::remedy;
use std::process::ExitCode;
use usage_error::UsageError;

/// Forecasts of trade series and of their growth.
#[derive(Debug, Parser)]
#[command(
    name = "tradecast",
    version,
    about,
    propagate_version = true,
    after_help = exit_codes::ALL
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a service with the bundled data, call it over gRPC and show the forecasts that it
    /// streams.
    Demo(demo::DemoArgs),
    /// Serve forecasts over gRPC until interrupted.
    Serve(Box<serve_args::ServeArgs>),
    /// Check or show the settings of the service.
    Config(Box<config::ConfigArgs>),
    /// Make API keys for callers of the service.
    Keys(keys::KeysArgs),
    /// List series, or show one with its observations and published figures.
    Series(series::SeriesArgs),
    /// Show growth that has happened, contributions to it, and published figures that contradict
    /// each other.
    Growth(growth::GrowthArgs),
    /// Read files of any known format, report their quality and write them in the tidy layout.
    Import(import::ImportArgs),
    /// Download figures from an official service, one query for each year; years that are already
    /// there are not downloaded again.
    Pull(pull::PullArgs),
    /// Forecast series, in this process or on a server.
    Forecast(forecast::ForecastArgs),
    /// Forecast where the year of a pair of partners ends, how certain that is, and why, from
    /// monthly series or from published figures alone.
    Outlook(outlook::OutlookArgs),
    /// Explain a forecast: what drives it, and what has changed since an earlier one.
    Explain(explain::ExplainArgs),
    /// Forecast series under shocks to a partner, a flow, a series, the exchange rate or a
    /// regressor.
    Scenario(scenario::ScenarioArgs),
    /// Write a report about series and pairs of partners as one HTML file, as PDF, or its charts
    /// as SVG.
    Report(Box<report::ReportArgs>),
    /// Score methods over rolling origins; with a gate file, fail where a score is worse than
    /// allowed.
    Backtest(backtest::BacktestArgs),
    /// Forecast every series of a long CSV or Parquet file.
    Batch(batch::BatchArgs),
    /// Check whether this machine, its settings and the figures are ready, and say what to do
    /// where they are not.
    Doctor(doctor::DoctorArgs),
    /// Print completions for a shell.
    Completions(completions::CompletionsArgs),
    /// Write the pages of the manual, one a command.
    Man(completions::ManArgs),
    /// Manage an append-only store of figures: create it, import files, check it, show its
    /// history.
    Store(store::StoreArgs),
}

/// Run the command line of this process.
pub fn main() -> ExitCode {
    end_quietly_without_a_reader();
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Series(args) => series::run(&args),
        Command::Growth(args) => growth::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Forecast(args) => forecast::run(&args),
        Command::Outlook(args) => outlook::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Scenario(args) => scenario::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Batch(args) => batch::run(&args),
        Command::Doctor(args) => doctor::run(&args, &command()),
        Command::Completions(args) => completions::completions(&args, command()),
        Command::Man(args) => completions::man(&args, command()),
        Command::Store(args) => store::run(&args),
    };
    result.unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        console::note(format_args!(
            "error: {}{}",
            in_words(&error),
            remedy(&error)
        ));
        if error.is::<UsageError>() || error.is::<GateError>() {
            return ExitCode::from(exit_codes::INVALID_USAGE);
        }
        ExitCode::FAILURE
    })
}

/// Write an error and its causes, each once: some say their cause themselves.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |text, cause| {
        let cause = cause.to_string();
        match text.is_empty() || text.ends_with(&cause) {
            true if text.is_empty() => cause,
            true => text,
            false => format!("{text}: {cause}"),
        }
    })
}

/// End this process without a message where the reader of a message has left, as `head` does:
/// `println!` and `eprintln!` panic then.
fn end_quietly_without_a_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<String>();
        if text.is_some_and(|text| text.starts_with("failed printing to std")) {
            // What a shell reports of a program that SIGPIPE ended.
            std::process::exit(141);
        }
        usual(panic);
    }));
}

/// Return every command with its arguments, as documents are made from them.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Return whether the reader of our output has left, as `head` does: that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("shock: {0}")]
    struct SaysItsCause(#[source] std::fmt::Error);

    #[test]
    fn a_cause_is_said_once() {
        let cause = std::fmt::Error.to_string();
        let error = anyhow::Error::from(SaysItsCause(std::fmt::Error)).context("cannot draw");
        assert_eq!(in_words(&error), format!("cannot draw: shock: {cause}"));
        assert_eq!(in_words(&anyhow::anyhow!("alone")), "alone");
    }
}
