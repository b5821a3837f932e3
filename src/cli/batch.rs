//! `tradecast batch`: every series of a file in the long format, forecast into a file.

use super::arguments::{HorizonArgs, LevelArgs, NewsArgs, ThreadArgs};
use super::batch_notes::{BatchNotes, ERRORS, NOTES, beside};
use super::batch_output::BatchOutput;
use super::console;
use super::event_args::note_strays;
use super::exit_codes;
use super::output_file::check_output;
use crate::ingest::long::{self, LongColumns, LongPanel};
use crate::ingest::{IngestError, MonthGrid, exog};
use crate::pipeline::{batch, levels};
use crate::projection::Method;
use crate::trade::{Month, Regressors, Series};
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes::BATCH)]
pub(super) struct BatchArgs {
    /// Long file, CSV, Parquet or xlsx, with one row for each series and month. Of more than 4,096
    /// series an evenly spaced sample trains the panel model.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Read a wide table: months down and a series a column, or a series a row and months across.
    /// Titles may stand above. Without `--time`, the column of months is found.
    #[arg(long, conflicts_with_all = ["id", "value"])]
    wide: bool,
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
    #[command(flatten)]
    news: NewsArgs,
    /// Cutoff: use the history only up to this month, as at an earlier origin.
    #[arg(long, value_name = "MONTH")]
    cutoff: Option<Month>,
    /// Write OUT.notes.csv beside the output: for each series the last month of its history and
    /// the notes on it.
    #[arg(long)]
    notes: bool,
    /// Output file, CSV or (by its ending) Parquet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object of what was written.
    #[arg(long)]
    json: bool,
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
    args.check_files()?;
    let LongPanel { grid, layout } = if args.wide {
        long::read_wide(&args.input, &args.time)?
    } else {
        long::read(&args.input, &columns).map_err(|error| with_wide(error, &args.input))?
    };
    if grid.entries.is_empty() {
        bail!("{}: there is no row of figures", args.input.display());
    }
    args.note_cutoff(&grid);
    let mut failed: Vec<(String, String)> = Vec::new();
    let mut panel: Vec<Series<'_>> = Vec::with_capacity(grid.entries.len());
    for entry in &grid.entries {
        let values = &grid.values[entry.start..entry.start + entry.len];
        let whole = Series::new(&entry.id, entry.first, values, true);
        let series = args.cutoff.map_or(whole, |cutoff| whole.until(cutoff));
        panel.push(series);
    }
    let filled = panel.iter().filter(|series| !series.is_empty());
    let latest = filled.map(Series::last).max();
    let regressors = match &args.exog {
        Some(file) => {
            let regressors = exog::read(file, &args.id, &args.time)?;
            let ids: Vec<&str> = panel.iter().map(Series::id).collect();
            note_strays(&regressors, file, &ids);
            regressors
        }
        None => Regressors::default(),
    };
    let levels = levels(args.level.percent())?;
    let mut notes = BatchNotes::create(&args.out, &args.id, layout.notation.clone(), latest)?;
    let mut out = BatchOutput::create(&args.out, &args.id, &args.time, &levels, layout)?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} series, {per_sec}, {eta} left")?;
    let progress = ProgressBar::new(panel.len() as u64).with_style(style);
    pool.install(|| {
        batch(
            &panel,
            args.method,
            usize::from(args.horizon.months()),
            &levels,
            Arc::new(regressors),
            args.news.news(),
            |series, row| {
                progress.inc(1);
                match row {
                    Ok(row) => {
                        out.write(series.id(), &row)?;
                        notes.write(series.id(), &row)?;
                    }
                    Err(error) => failed.push((series.id().to_owned(), error.to_string())),
                }
                anyhow::Ok(())
            },
        )
    })?;
    progress.finish_and_clear();
    let rows = out.finish()?;
    if args.notes {
        notes.finish()?;
    }
    let errors = beside(&args.out, ERRORS);
    let done = grid.entries.len() - failed.len();
    if args.json {
        let object = json!({
            "out": args.out.display().to_string(),
            "series": done,
            "rows": rows,
            "failed": failed.len(),
        });
        writeln!(std::io::stdout(), "{object}")?;
    } else {
        let out = args.out.display();
        console::note(format_args!(
            "{done} series forecast, {rows} rows written to {out}"
        ));
    }
    if failed.is_empty() {
        // A list of an earlier run would name series that have a forecast now.
        if errors.exists() {
            std::fs::remove_file(&errors)
                .with_context(|| format!("cannot remove {}", errors.display()))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    failed.sort();
    write_errors(&errors, &args.id, &failed)?;
    console::note(format_args!(
        "{} series could not be forecast, listed with the reason in {}",
        failed.len(),
        errors.display()
    ));
    Ok(ExitCode::from(exit_codes::INCOMPLETE))
}

/// Add to the refusal of a column that is missing how a wide table is read; a text that is no
/// table is refused as such.
fn with_wide(mut error: IngestError, input: &Path) -> anyhow::Error {
    if let IngestError::Refused(refusal) = &mut error
        && refusal.value.is_none()
        && refusal.expected.starts_with("this column is needed")
    {
        if let Some(found) = no_table(input) {
            return anyhow::anyhow!(
                "{}: expected a table: a header such as unique_id,ds,y, then a row for each series \
                 and month; found {found}",
                input.display()
            );
        }
        refusal.expected += "; --id, --time and --value name the columns, and a table \
                             with a series a column is read with `--wide`";
    }
    error.into()
}

/// Say what a file holds whose first two lines are no rows of one table; `None` for a table, a
/// workbook or Parquet.
fn no_table(input: &Path) -> Option<String> {
    /// Bytes that hold the first two lines of a table.
    const HEAD: u64 = 1 << 16;
    const SHOWN: usize = 40;
    let mut head = Vec::new();
    std::fs::File::open(input)
        .and_then(|file| file.take(HEAD).read_to_end(&mut head))
        .ok()?;
    if head.starts_with(b"PK") || head.starts_with(b"PAR1") {
        return None;
    }
    let columns = |delimiter: u8| {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter);
        let records = reader.from_reader(head.as_slice()).into_byte_records();
        let lengths: Vec<usize> = records.take(2).flatten().map(|row| row.len()).collect();
        lengths
    };
    let is_table = |delimiter: &u8| matches!(columns(*delimiter)[..], [a, b] if a == b && a > 1);
    if b",;\t|".iter().any(is_table) {
        return None;
    }
    let text = String::from_utf8_lossy(&head);
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    Some(
        match line.contains(|letter: char| letter.is_control() && letter != '\t') {
            true => "no text".to_owned(),
            false => format!(
                "the text `{}`",
                line.trim().chars().take(SHOWN).collect::<String>()
            ),
        },
    )
}

impl BatchArgs {
    /// Say that a cutoff lies after every figure, so that it cuts nothing off.
    fn note_cutoff(&self, grid: &MonthGrid) {
        let ends = grid.entries.iter().filter(|entry| entry.len > 0);
        let last = ends.map(|entry| entry.first.forward(entry.len).back(1));
        if let (Some(cutoff), Some(last)) = (self.cutoff, last.max())
            && cutoff > last
        {
            console::note(format_args!(
                "--cutoff {cutoff}: the last figures of {} are of {last}, so that nothing is cut \
                 off; forecasts begin after the last figure of each series",
                self.input.display()
            ));
        }
    }

    /// Refuse an output that would replace a file that is read.
    fn check_files(&self) -> anyhow::Result<()> {
        let notes = self.notes.then(|| beside(&self.out, NOTES));
        let errors = beside(&self.out, ERRORS);
        let written: Vec<PathBuf> = [self.out.clone(), errors]
            .into_iter()
            .chain(notes)
            .collect();
        for file in &written {
            let read = std::iter::once(&self.input).chain(&self.exog);
            check_output(file, "--out", read.map(PathBuf::as_path))?;
        }
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_table() {
        let folder = tempfile::tempdir().unwrap();
        let found = |content: &[u8]| {
            let file = folder.path().join("file");
            std::fs::write(&file, content).unwrap();
            no_table(&file)
        };
        for table in [
            "a,b\n1,2\n",
            "a;b;c\n1;2;3",
            "a\tb\r\n1\t2\r\n",
            "PAR1",
            "PK\u{3}",
        ] {
            assert_eq!(found(table.as_bytes()), None, "{table}");
        }
        assert_eq!(
            found(b"\nDear all, see below.\nYours\n").unwrap(),
            "the text `Dear all, see below.`"
        );
        assert_eq!(found(b"{\"a\": 1}").unwrap(), "the text `{\"a\": 1}`");
        assert_eq!(found(&[0x7f, 0x01, b'\n', 0x02]).unwrap(), "no text");
    }
}
