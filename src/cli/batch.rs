//! `tradecast batch`: every series of a file in the long format, forecast into a file.

use super::arguments::{HorizonArgs, LevelArgs, ThreadArgs};
use super::batch_output::BatchOutput;
use crate::ingest::exog;
use crate::ingest::long::{self, LongColumns, LongPanel};
use crate::pipeline::{batch, levels};
use crate::projection::Method;
use crate::trade::{Regressors, Series};
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The exit code where some series could not be forecast; the others are written.
const SOME_FAILED: u8 = 3;

#[derive(Debug, clap::Args)]
pub(super) struct BatchArgs {
    /// Long file, CSV or Parquet, with one row for each series and month. Of more than 4,096
    /// series an evenly spaced sample trains the panel model.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Column with the name of the series.
    #[arg(long, value_name = "COLUMN", default_value = "unique_id")]
    id: String,
    /// Column with the month: 2025-05, 2025-M05, 2025M05, 202505, 2025-05-01 or dates.
    #[arg(long, value_name = "COLUMN", default_value = "ds")]
    time: String,
    /// Column with the value; empty or NaN is a gap.
    #[arg(long, value_name = "COLUMN", default_value = "y")]
    value: String,
    /// File of regressors that are known ahead: the same id column (or none, for all series) and
    /// time column; every other column is a regressor. A series keeps their effects only where
    /// these improve forecasts of left-out years.
    #[arg(long, value_name = "FILE")]
    exog: Option<PathBuf>,
    #[command(flatten)]
    horizon: HorizonArgs,
    #[command(flatten)]
    level: LevelArgs,
    /// Method: auto, equal-weights, best, or one member such as theta.
    #[arg(long, default_value = "auto")]
    method: Method,
    /// Output file, CSV or (by its ending) Parquet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    threads: ThreadArgs,
}

pub(super) fn run(args: &BatchArgs) -> anyhow::Result<ExitCode> {
    let pool = args.threads.pool()?;
    let columns = LongColumns {
        id: args.id.clone(),
        time: args.time.clone(),
        value: args.value.clone(),
    };
    let LongPanel { grid, layout } = long::read(&args.input, &columns)?;
    if grid.entries.is_empty() {
        bail!("{}: there is no row of figures", args.input.display());
    }
    let panel: Vec<Series<'_>> = grid
        .entries
        .iter()
        .map(|entry| {
            Series::new(
                &entry.id,
                entry.first,
                &grid.values[entry.start..entry.start + entry.len],
                true,
            )
        })
        .collect();
    let regressors = match &args.exog {
        Some(file) => exog::read(file, &args.id, &args.time)?,
        None => Regressors::default(),
    };
    let levels = levels(args.level.percent())?;
    let mut out = BatchOutput::create(&args.out, &args.id, &args.time, &levels, layout)?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} series, {per_sec}, {eta} left")?;
    let progress = ProgressBar::new(panel.len() as u64).with_style(style);
    let mut failed: Vec<(String, String)> = Vec::new();
    pool.install(|| {
        batch(
            &panel,
            args.method,
            usize::from(args.horizon.months()),
            &levels,
            Arc::new(regressors),
            |series, row| {
                progress.inc(1);
                match row {
                    Ok(row) => out.write(series.id(), &row)?,
                    Err(error) => failed.push((series.id().to_owned(), error.to_string())),
                }
                anyhow::Ok(())
            },
        )
    })?;
    progress.finish_and_clear();
    let rows = out.finish()?;
    let errors = error_file(&args.out);
    eprintln!(
        "{} series forecast, {rows} rows written to {}",
        panel.len() - failed.len(),
        args.out.display()
    );
    if failed.is_empty() {
        // A list of an earlier run would name series that have a forecast now.
        if errors.exists() {
            std::fs::remove_file(&errors)
                .with_context(|| format!("cannot remove {}", errors.display()))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    write_errors(&errors, &args.id, &failed)?;
    eprintln!(
        "{} series could not be forecast, listed with the reason in {}",
        failed.len(),
        errors.display()
    );
    Ok(ExitCode::from(SOME_FAILED))
}

/// Return `FILE.errors.csv`, beside the output.
fn error_file(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".errors.csv");
    PathBuf::from(name)
}

fn write_errors(file: &Path, id: &str, failed: &[(String, String)]) -> anyhow::Result<()> {
    let mut writer =
        csv::Writer::from_path(file).with_context(|| format!("cannot write {}", file.display()))?;
    writer.write_record([id, "reason"])?;
    for (series, reason) in failed {
        writer.write_record([series, reason])?;
    }
    Ok(writer.flush()?)
}
