//! `tradecast backtest`: methods scored over rolling origins, here or on a server, and gates that fail where a score is worse than allowed.

use super::output::{Form, FormArgs};
use super::remote::{Remote, block_on};
use super::{PlaceArgs, snapshot};
use crate::backtest::gate::Gates;
use crate::projection::Method;
use crate::report::backtest::{CSV_HEADER, ScoreRow, text};
use crate::service::backtest::answer;
use crate::service::convert::Backtest;
use crate::service::pb;
use crate::service::pb::stream_backtest_response::Update;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// A gate was not passed.
const GATE_FAILED: u8 = 4;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct BacktestArgs {
    /// Series to score; all where none is named. Every series teaches the pooled members.
    #[arg(value_name = "SERIES")]
    series: Vec<String>,
    /// Months ahead.
    #[arg(long, value_name = "MONTHS", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=120))]
    horizon: u16,
    /// Origins a series, the latest ones with a whole horizon after them.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=120))]
    origins: u16,
    /// Months between origins.
    #[arg(long, value_name = "MONTHS", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=120))]
    step: u16,
    /// Methods, separated by commas; the seasonal naive always stands beside them.
    #[arg(long, value_delimiter = ',', default_value = "auto")]
    method: Vec<Method>,
    /// Method that the others are tested against (Diebold–Mariano).
    #[arg(long, default_value = "seasonal-naive")]
    baseline: Method,
    /// Levels of the intervals in percent.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_value = "80,95", value_parser = super::output::level)]
    level: Vec<f64>,
    /// Know only what was public on this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", default_value = "")]
    as_of: String,
    /// Learn at each origin from what was public then, 45 days after its month had ended, revisions undone.
    #[arg(long)]
    real_time: bool,
    /// Seed of the simulated paths.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// TOML file of gates; a score worse than one allows is named, and the exit code is 4.
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(args: &BacktestArgs) -> anyhow::Result<ExitCode> {
    // A gate that cannot be read is said before the work, not after it.
    let gates = args.gate.as_ref().map(read_gates).transpose()?;
    let request = pb::StreamBacktestRequest {
        series: args.series.clone(),
        horizon: i32::from(args.horizon),
        origins: i32::from(args.origins),
        step: i32::from(args.step),
        methods: args.method.iter().map(ToString::to_string).collect(),
        levels: args.level.clone(),
        as_of: args.as_of.clone(),
        seed: args.seed,
        baseline: args.baseline.to_string(),
        real_time: args.real_time,
        version: args.place.version.version,
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} origins, {eta} left")?;
    let bar = ProgressBar::new(0).with_style(style);
    let mut found = Found::default();
    match &args.place.server {
        Some(url) => block_on(async {
            let remote = Remote::connect(url).await?;
            remote
                .backtest(request, |update| found.take(update, &bar))
                .await
        })?,
        None => {
            let asked = Backtest::try_from(request)?;
            let snapshot = snapshot(&args.place.data, &args.place.version)?;
            let threads = args.place.threads.pool()?;
            let updates = threads.install(|| {
                answer(&snapshot, &asked, |progress| {
                    found.take(Update::Progress(progress.into()), &bar);
                    ControlFlow::Continue(())
                })
            });
            updates
                .into_iter()
                .for_each(|update| found.take(update, &bar));
        }
    }
    bar.finish_and_clear();
    found.print(args.form.form())?;
    let failures = gates.map_or_else(Vec::new, |gates| {
        gates.check(|series, method, score| {
            let row = found
                .rows
                .iter()
                .find(|row| row.series == series.unwrap_or("") && row.method == method)?;
            row.scores.get(score).copied()
        })
    });
    for failure in &failures {
        eprintln!("gate: {failure}");
    }
    Ok(match (failures.is_empty(), found.failed) {
        (false, _) => ExitCode::from(GATE_FAILED),
        (true, true) => ExitCode::FAILURE,
        (true, false) => ExitCode::SUCCESS,
    })
}

fn read_gates(file: &PathBuf) -> anyhow::Result<Gates> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Gates::parse(&text).with_context(|| file.display().to_string())
}

/// What has come of the backtest so far.
#[derive(Default)]
struct Found {
    rows: Vec<ScoreRow>,
    failed: bool,
}

impl Found {
    fn take(&mut self, update: Update, bar: &ProgressBar) {
        match update {
            Update::Progress(progress) => {
                bar.set_length(u64::try_from(progress.total).unwrap_or(0));
                bar.set_position(u64::try_from(progress.done).unwrap_or(0));
            }
            Update::Score(score) => self.rows.push(ScoreRow {
                series: score.series,
                method: score.method,
                origins: score.origins,
                months: score.months,
                scores: score
                    .scores
                    .into_iter()
                    .map(|score| (score.name, score.value))
                    .collect(),
            }),
            Update::Failure(failure) => {
                self.failed = true;
                bar.suspend(|| eprintln!("{}: {}", failure.series, failure.message));
            }
        }
    }

    fn print(&self, form: Form) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match form {
            Form::Table if self.rows.is_empty() => {}
            Form::Table => writeln!(out, "{}", text(&self.rows))?,
            Form::Json => {
                for row in &self.rows {
                    writeln!(out, "{}", serde_json::to_string(row)?)?;
                }
            }
            Form::Csv => {
                let mut csv = csv::Writer::from_writer(&mut out);
                csv.write_record(CSV_HEADER)?;
                for record in self.rows.iter().flat_map(ScoreRow::csv_rows) {
                    csv.write_record(record)?;
                }
                csv.flush()?;
            }
        }
        Ok(out.flush()?)
    }
}
