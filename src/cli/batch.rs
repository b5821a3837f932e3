//! `tradecast batch`: anyone's panel in the long format, forecast into a file.

use crate::ingest::exog;
use crate::ingest::long::{self, Long, LongColumns};
use crate::pipeline::{BatchRow, ForecastError, batch};
use crate::projection::Method;
use crate::trade::Regressors;
use crate::trade::{Month, Series, month::Notation};
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use polars::prelude::{Column, DataFrame};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Some series could not be forecast; those that could are written.
const SOME_FAILED: u8 = 3;

#[derive(Debug, clap::Args)]
pub(super) struct BatchArgs {
    /// Long file, CSV or Parquet: one row a series and month.
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
    /// File of regressors that are known ahead: the same id (or none, for all series) and time columns, every other column a regressor. Effects are
    /// kept for a series only where they foretell its left-out years.
    #[arg(long, value_name = "FILE")]
    exog: Option<PathBuf>,
    /// Months ahead.
    #[arg(long, value_name = "MONTHS", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=120))]
    horizon: u16,
    /// Levels of the intervals in percent.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_value = "80,95", value_parser = super::output::level)]
    level: Vec<f64>,
    /// Method: auto, equal-weights, best, or one member such as theta.
    #[arg(long, default_value = "auto")]
    method: Method,
    /// Where to write, CSV or (by its ending) Parquet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Threads to compute on; 0 for all cores.
    #[arg(long, default_value_t = 0, env = "TRADECAST_THREADS")]
    threads: usize,
}

pub(super) fn run(args: &BatchArgs) -> anyhow::Result<ExitCode> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()
        .context("cannot start threads")?;
    let columns = LongColumns {
        id: args.id.clone(),
        time: args.time.clone(),
        value: args.value.clone(),
    };
    let Long { grid, notation } = long::read(&args.input, &columns)?;
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
    let mut levels: Vec<f64> = args.level.clone();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let fractions: Vec<f64> = levels.iter().map(|level| level / 100.0).collect();
    let mut out = Out::create(&args.out, &args.id, &args.time, &levels)?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} series, {per_sec}, {eta} left")?;
    let progress = ProgressBar::new(panel.len() as u64).with_style(style);
    let mut failed: Vec<(String, String)> = Vec::new();
    pool.install(|| {
        batch(
            &panel,
            args.method,
            usize::from(args.horizon),
            &fractions,
            Arc::new(regressors),
            |series, row| {
                progress.inc(1);
                match row {
                    Ok(row) => out.write(series.id(), &row, notation)?,
                    Err(error) => failed.push((series.id().to_owned(), reason(&error))),
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
        // A list left by an earlier run would speak of series that are well now.
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

fn reason(error: &ForecastError) -> String {
    error.to_string()
}

/// `FILE.errors.csv`.
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

/// The results on their way into a file. They are written beside it and moved into its place when whole, so that no half file stays.
struct Out {
    file: PathBuf,
    part: tempfile::NamedTempFile,
    format: Format,
    rows: u64,
}

enum Format {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Parquet {
        names: Vec<String>,
        columns: Columns,
    },
}

/// Rows of a Parquet file, column by column.
#[derive(Default)]
struct Columns {
    ids: Vec<String>,
    months: Vec<String>,
    numbers: Vec<Vec<f64>>,
    methods: Vec<String>,
}

impl Out {
    fn create(file: &Path, id: &str, time: &str, levels: &[f64]) -> anyhow::Result<Self> {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let part = tempfile::Builder::new()
            .prefix(".tradecast-")
            .tempfile_in(folder);
        let part = part.with_context(|| format!("cannot write into {}", folder.display()))?;
        let bounds = levels
            .iter()
            .flat_map(|level| [format!("lo-{level}"), format!("hi-{level}")]);
        let mut names = vec![id.to_owned(), time.to_owned(), "yhat".to_owned()];
        names.extend(bounds);
        names.push("method".to_owned());
        let parquet = file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
        let format = if parquet {
            let numbers = vec![Vec::new(); 1 + 2 * levels.len()];
            Format::Parquet {
                names,
                columns: Columns {
                    numbers,
                    ..Columns::default()
                },
            }
        } else {
            let mut writer = csv::Writer::from_writer(BufWriter::new(part.reopen()?));
            writer.write_record(&names)?;
            Format::Csv(Box::new(writer))
        };
        Ok(Self {
            file: file.to_owned(),
            part,
            format,
            rows: 0,
        })
    }

    fn write(&mut self, id: &str, row: &BatchRow, notation: Notation) -> anyhow::Result<()> {
        let month = |k: usize| -> Month { row.last.plus(i32::try_from(k + 1).unwrap_or(i32::MAX)) };
        for (k, value) in row.point.iter().enumerate() {
            let bounds = row
                .bands
                .iter()
                .flat_map(|bands| [bands[k].lower, bands[k].upper]);
            let numbers = std::iter::once(*value).chain(bounds);
            match &mut self.format {
                Format::Csv(writer) => {
                    writer.write_field(id)?;
                    writer.write_field(notation.write(month(k)))?;
                    for number in numbers {
                        writer.write_field(number.to_string())?;
                    }
                    writer.write_field(&row.method)?;
                    writer.write_record(None::<&[u8]>)?;
                }
                Format::Parquet { columns, .. } => {
                    columns.ids.push(id.to_owned());
                    columns.months.push(notation.write(month(k)));
                    columns
                        .numbers
                        .iter_mut()
                        .zip(numbers)
                        .for_each(|(column, number)| column.push(number));
                    columns.methods.push(row.method.clone());
                }
            }
            self.rows += 1;
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<u64> {
        match self.format {
            Format::Csv(writer) => {
                let buffer = writer.into_inner().map_err(|error| error.into_error())?;
                buffer
                    .into_inner()
                    .map_err(|error| error.into_error())?
                    .flush()?;
            }
            Format::Parquet { names, columns } => {
                let Columns {
                    ids,
                    months,
                    numbers,
                    methods,
                } = columns;
                let mut all = vec![
                    Column::new(names[0].as_str().into(), ids),
                    Column::new(names[1].as_str().into(), months),
                ];
                all.extend(
                    names[2..]
                        .iter()
                        .zip(numbers)
                        .map(|(name, values)| Column::new(name.as_str().into(), values)),
                );
                all.push(Column::new(names[names.len() - 1].as_str().into(), methods));
                let height = usize::try_from(self.rows)?;
                let mut frame = DataFrame::new(height, all)?;
                polars::prelude::ParquetWriter::new(self.part.reopen()?).finish(&mut frame)?;
            }
        }
        set_usual_permissions(self.part.path());
        self.part
            .persist(&self.file)
            .with_context(|| format!("cannot write {}", self.file.display()))?;
        Ok(self.rows)
    }
}

/// A temporary file is private; a result is as readable as any other new file.
fn set_usual_permissions(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Where the system refuses, the file merely stays private.
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = path;
}
