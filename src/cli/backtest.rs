//! `tradecast backtest`: methods scored over rolling origins, here or on a server, and gates that
//! fail where a score is worse than allowed.

use super::arguments::{AsOfArgs, HorizonArgs, LevelArgs, NewsArgs, PlaceArgs, block_on};
use super::backtest_forecasts;
use super::event_args::{EventArgs, RegressorArgs};
use super::output::{Form, FormArgs, write_csv};
use crate::backtest::gate::Gates;
use crate::backtest::{BacktestForecast, BacktestProgress, BacktestRequest, Score};
use crate::pipeline::SeriesFailure;
use crate::projection::Method;
use crate::report::{csv, json, terminal};
use crate::service::RemoteClient;
use crate::service::backtest::score_series;
use crate::service::client::BacktestUpdate;
use crate::service::convert::backtest::ScoringRequest;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// The exit code where a gate was not passed.
const GATE_FAILED: u8 = 4;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct BacktestArgs {
    /// Keys of the series to score [default: all]. Pooled members are fitted to every series.
    #[arg(value_name = "SERIES")]
    series: Vec<String>,
    #[command(flatten)]
    horizon: HorizonArgs,
    /// Origins for each series: the latest ones with a whole horizon after them.
    #[arg(
        long,
        default_value_t = 6,
        value_parser = clap::value_parser!(u16).range(1..=120)
    )]
    origins: u16,
    /// Months between origins.
    #[arg(
        long,
        value_name = "MONTHS",
        default_value_t = 3,
        value_parser = clap::value_parser!(u16).range(1..=120)
    )]
    step: u16,
    /// Methods, separated by commas; the seasonal naive is always scored, too.
    #[arg(long, value_delimiter = ',', default_value = "auto")]
    method: Vec<Method>,
    /// Method that the others are tested against (Diebold–Mariano).
    #[arg(long, default_value = "seasonal-naive")]
    baseline: Method,
    #[command(flatten)]
    level: LevelArgs,
    #[command(flatten)]
    as_of: AsOfArgs,
    /// Use at each origin only what was public then, 45 days after the end of its month, without
    /// later revisions.
    #[arg(long)]
    real_time: bool,
    #[command(flatten)]
    news: NewsArgs,
    /// Seed of the simulated paths.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    regressors: RegressorArgs,
    #[command(flatten)]
    events: EventArgs,
    /// Write the forecasts that are scored, one row for each series, method, origin and month: CSV
    /// or (by its ending) Parquet.
    #[arg(long, value_name = "FILE")]
    forecasts: Option<PathBuf>,
    /// TOML file of gates: exit with code 4 where a score is worse than a gate allows.
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl BacktestArgs {
    fn request(&self) -> anyhow::Result<ScoringRequest> {
        let request = BacktestRequest::new(
            i64::from(self.horizon.months()),
            i64::from(self.origins),
            i64::from(self.step),
            &self.method,
            self.baseline,
            self.level.percent(),
            self.seed,
        )?
        .with_news(self.news.news())
        .with_events(self.events.events(&self.series)?)
        .with_regressors(self.regressors.read()?)
        .keeping_forecasts(self.forecasts.is_some());
        Ok(ScoringRequest::new(
            self.series.clone(),
            self.as_of.vintage()?,
            self.real_time,
            request,
            self.place.source.version(),
        )?)
    }
}

pub(super) fn run(args: &BacktestArgs) -> anyhow::Result<ExitCode> {
    // A gate that cannot be read is reported before the work, not after it.
    let gates = args.gate.as_ref().map(read_gates).transpose()?;
    let request = args.request()?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} origins, {eta} left")?;
    let bar = ProgressBar::new(0).with_style(style);
    let mut found = FoundScores::default();
    match args.place.source.server() {
        Some(url) => block_on(async {
            let client = RemoteClient::connect(url).await?;
            let take = |update| found.take(update, &bar);
            Ok(client.backtest(&request, take).await?)
        })?,
        None => local(&args.place, &request, &mut found, &bar)?,
    }
    bar.finish_and_clear();
    if let Some(file) = &args.forecasts {
        backtest_forecasts::write(file, request.request.levels(), &found.forecasts)?;
    }
    print(&found.scores, args.form.form())?;
    let failures = gates.map_or_else(Vec::new, |gates| {
        gates.check(|series, method, name| {
            let series = series.filter(|series| !series.is_empty());
            let of =
                |score: &&Score| score.series.as_deref() == series && score.method.name() == method;
            found.scores.iter().find(of)?.value(name)
        })
    });
    for failure in &failures {
        eprintln!("gate: {failure}");
    }
    // Where no series is named, those that are too short are reported and left out.
    let failed = found.failed && (!args.series.is_empty() || found.scores.is_empty());
    Ok(match (failures.is_empty(), failed) {
        (false, _) => ExitCode::from(GATE_FAILED),
        (true, true) => ExitCode::FAILURE,
        (true, false) => ExitCode::SUCCESS,
    })
}

/// Compute in this process.
fn local(
    place: &PlaceArgs,
    request: &ScoringRequest,
    found: &mut FoundScores,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let snapshot = place.source.snapshot()?;
    let threads = place.threads.pool()?;
    let scored = threads.install(|| {
        score_series(&snapshot, request, |progress| {
            show_progress(progress, bar);
            ControlFlow::Continue(())
        })
    });
    for failure in &scored.failures {
        found.fail(failure, bar);
    }
    found.scores = scored.scores;
    found.forecasts = scored.forecasts;
    Ok(())
}

fn read_gates(file: &PathBuf) -> anyhow::Result<Gates> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Gates::parse(&text).with_context(|| file.display().to_string())
}

fn show_progress(progress: BacktestProgress, bar: &ProgressBar) {
    bar.set_length(u64::try_from(progress.total).unwrap_or(0));
    bar.set_position(u64::try_from(progress.done).unwrap_or(0));
}

/// The scores so far.
#[derive(Default)]
struct FoundScores {
    scores: Vec<Score>,
    /// The forecasts that they are of, where these are written.
    forecasts: Vec<BacktestForecast>,
    /// Whether a series could not be scored.
    failed: bool,
}

impl FoundScores {
    fn take(&mut self, update: BacktestUpdate, bar: &ProgressBar) {
        match update {
            BacktestUpdate::Progress(progress) => show_progress(progress, bar),
            BacktestUpdate::Score(score) => self.scores.push(score),
            BacktestUpdate::Forecast(forecast) => self.forecasts.push(forecast),
            BacktestUpdate::Failure(failure) => self.fail(&failure, bar),
        }
    }

    fn fail(&mut self, failure: &SeriesFailure, bar: &ProgressBar) {
        self.failed = true;
        bar.suspend(|| eprintln!("{}: {}", failure.series, failure.message));
    }
}

fn print(scores: &[Score], form: Form) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match form {
        Form::Table if scores.is_empty() => {}
        Form::Table => writeln!(out, "{}", terminal::backtest(scores))?,
        Form::Json => {
            for score in scores {
                writeln!(out, "{}", json::score(score))?;
            }
        }
        Form::Csv => {
            let rows = scores.iter().flat_map(csv::backtest_rows);
            write_csv(&mut out, Some(csv::BACKTEST_HEADER), rows)?;
        }
    }
    Ok(out.flush()?)
}
