//! `tradecast backtest`: methods scored over rolling origins, here or on a server, and gates that
//! fail where a score is worse than allowed.

use super::arguments::{AsOfArgs, HorizonArgs, LevelArgs, NewsArgs, PlaceArgs, block_on};
use super::backtest_forecasts;
use super::backtest_gates::GateArgs;
use super::console;
use super::event_args::{EventArgs, RegressorArgs};
use super::exit_codes;
use super::output::{Form, FormArgs, write_csv};
use super::output_file::{check_output, check_outputs_differ};
use super::remedy::lists_series;
use crate::backtest::gate_result::{GateOutcome, GateResult};
use crate::backtest::{BacktestForecast, BacktestProgress, BacktestRequest, Score, score_names};
use crate::catalog::Snapshot;
use crate::pipeline::SeriesFailure;
use crate::projection::Method;
use crate::report::{Provenance, csv, json, terminal};
use crate::service::RemoteClient;
use crate::service::backtest::score_series;
use crate::service::client::BacktestUpdate;
use crate::service::convert::backtest::ScoringRequest;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true, after_help = exit_codes::BACKTEST)]
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
    #[command(flatten)]
    gates: GateArgs,
    /// Do not fail where a series that is named cannot be scored; failures are counted instead of
    /// listed.
    #[arg(long)]
    skip_failures: bool,
    /// List the scores that gates may name, with their meaning, for this horizon and these levels.
    #[arg(long)]
    list_scores: bool,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl BacktestArgs {
    /// Refuse outputs that cannot be written, or would replace what is read or each other.
    fn check_outputs(&self) -> anyhow::Result<()> {
        let mut inputs: Vec<PathBuf> = self.place.source.files()?.into_iter().collect();
        inputs.extend(self.regressors.file().map(Path::to_owned));
        let inputs = || inputs.iter().map(PathBuf::as_path);
        if let Some(file) = &self.forecasts {
            check_output(file, "--forecasts", inputs())?;
        }
        let junit = self.gates.junit_file();
        if let Some(file) = junit {
            check_output(file, "--junit", inputs())?;
        }
        check_outputs_differ(&[
            ("--forecasts", self.forecasts.as_deref()),
            ("--junit", junit),
        ])
    }

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
        .with_regressors(self.regressors.read(&self.series)?)
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
    let request = args.request()?;
    if args.list_scores {
        return list_scores(&request.request, args.form.form());
    }
    args.check_outputs()?;
    // A gate that cannot be read or measured is reported before the work, not after it.
    let gates = args.gates.read(&request.request)?;
    if !args.series.is_empty() {
        let named = args.series.iter().map(String::as_str);
        args.gates.check_series(&gates, named)?;
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} origins, {eta} left")?;
    let bar = ProgressBar::new(0).with_style(style);
    let mut found = FoundScores {
        counts_failures: args.skip_failures,
        ..FoundScores::default()
    };
    let provenance = match args.place.source.server() {
        Some(url) => block_on(async {
            let client = RemoteClient::connect(url).await?;
            let take = |update| found.take(update, &bar);
            Ok(client.backtest(&request, take).await?)
        })?,
        None => {
            let snapshot = args.place.source.snapshot()?;
            if args.series.is_empty() {
                let keys: Vec<String> = snapshot.keys().map(ToString::to_string).collect();
                let keys = keys.iter().map(String::as_str);
                args.gates.check_series(&gates, keys)?;
            }
            local(&args.place, &snapshot, &request, &mut found, &bar)?
        }
    };
    bar.finish_and_clear();
    // Of a server's series only those that it answers with are known.
    let answered = found.scores.iter().filter_map(|of| of.series.as_deref());
    let answered = answered.chain(found.failures.iter().map(|of| of.series.as_str()));
    args.gates.check_series(&gates, answered)?;
    if let Some(file) = &args.forecasts {
        backtest_forecasts::write(file, request.request.levels(), &found.forecasts)?;
    }
    // Where no series is named, those that are too short are reported and left out.
    let strict = !args.series.is_empty() && !args.skip_failures;
    let failed: Vec<&SeriesFailure> = match strict {
        true => found.failures.iter().collect(),
        false => Vec::new(),
    };
    let names: Vec<&str> = failed.iter().map(|of| of.series.as_str()).collect();
    let results = args.gates.check(&gates, &found.scores, &names);
    print(
        args,
        &request,
        &found,
        &results,
        failed.is_empty(),
        &provenance,
    )?;
    args.gates.write_junit(&results, &failed, &provenance)?;
    let any = |outcome| results.iter().any(|result| result.outcome == outcome);
    Ok(if any(GateOutcome::Failed) {
        ExitCode::from(exit_codes::GATE_FAILED)
    } else if any(GateOutcome::NotMeasured) {
        ExitCode::from(exit_codes::INVALID_USAGE)
    } else if !failed.is_empty() || found.scores.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Print the names of scores and what they mean.
fn list_scores(request: &BacktestRequest, form: Form) -> anyhow::Result<ExitCode> {
    let mut out = console::stdout();
    let names = score_names(request);
    match form {
        Form::Table => writeln!(out, "{}", terminal::score_names(&names))?,
        Form::Json => {
            for name in &names {
                writeln!(out, "{}", json::score_name(name))?;
            }
        }
        Form::Csv => {
            let rows = names.iter().map(|of| [&of.name, &of.meaning]);
            write_csv(&mut out, Some(["score", "meaning"]), rows)?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Compute in this process.
fn local(
    place: &PlaceArgs,
    snapshot: &Snapshot,
    request: &ScoringRequest,
    found: &mut FoundScores,
    bar: &ProgressBar,
) -> anyhow::Result<Provenance> {
    let threads = place.threads.pool()?;
    let scored = threads.install(|| {
        score_series(snapshot, request, |progress| {
            show_progress(progress, bar);
            ControlFlow::Continue(())
        })
    });
    for failure in scored.failures {
        found.fail(failure, bar);
    }
    found.scores = scored.scores;
    found.forecasts = scored.forecasts;
    Ok(Provenance::here(
        scored.fingerprint,
        snapshot.version(),
        request.request.seed(),
    ))
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
    /// Why series could not be scored.
    failures: Vec<SeriesFailure>,
    /// Whether failures are only counted, not printed one by one.
    counts_failures: bool,
}

impl FoundScores {
    fn take(&mut self, update: BacktestUpdate, bar: &ProgressBar) {
        match update {
            BacktestUpdate::Progress(progress) => show_progress(progress, bar),
            BacktestUpdate::Score(score) => self.scores.push(score),
            BacktestUpdate::Forecast(forecast) => self.forecasts.push(forecast),
            BacktestUpdate::Failure(failure) => self.fail(failure, bar),
        }
    }

    fn fail(&mut self, failure: SeriesFailure, bar: &ProgressBar) {
        if !self.counts_failures {
            bar.suspend(|| {
                console::note(format_args!("{}: {}", failure.series, failure.message));
            });
        }
        self.failures.push(failure);
    }
}

fn print(
    args: &BacktestArgs,
    request: &ScoringRequest,
    found: &FoundScores,
    gates: &[GateResult],
    is_complete: bool,
    provenance: &Provenance,
) -> anyhow::Result<()> {
    let mut out = console::stdout();
    let form = args.form.form();
    match form {
        Form::Table if found.scores.is_empty() => {}
        Form::Table => {
            writeln!(out, "{}", terminal::backtest(&found.scores))?;
            if !gates.is_empty() {
                writeln!(out, "{}", terminal::gates(gates))?;
            }
            writeln!(out, "{provenance}")?;
        }
        Form::Json => {
            for score in &found.scores {
                writeln!(out, "{}", json::score(score))?;
            }
            let summary = json::backtest_summary(
                &request.request,
                &found.scores,
                &found.failures,
                gates,
                is_complete,
                provenance,
            );
            writeln!(out, "{summary}")?;
        }
        Form::Csv => {
            let rows = found.scores.iter().flat_map(csv::backtest_rows);
            write_csv(&mut out, Some(csv::BACKTEST_HEADER), rows)?;
        }
    }
    out.flush()?;
    let unknown = |of: &&SeriesFailure| of.reason == "UNKNOWN_SERIES";
    if let Some(failure) = found.failures.iter().find(unknown)
        && !args.skip_failures
    {
        eprintln!("{}", lists_series(&failure.series));
    }
    if args.skip_failures && !found.failures.is_empty() {
        eprintln!("{} series were not scored", found.failures.len());
    }
    if form == Form::Csv && !gates.is_empty() {
        console::note(format_args!("{}", terminal::gates(gates)));
    }
    for gate in gates
        .iter()
        .filter(|gate| gate.outcome != GateOutcome::Passed)
    {
        console::note(format_args!("gate: {}: {}", gate.name, gate.reason));
    }
    Ok(())
}
