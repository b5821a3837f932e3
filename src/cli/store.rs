//! `tradecast store`: makes a store, takes files in, checks it, tells its history.

use super::StorePlace;
use super::import::{HowArgs, SOME_REFUSED};
use crate::catalog::Snapshot;
use crate::ingest::{Figures, Rates, Reading, files_below, quality, rates};
use crate::report::quality::QualityReport;
use crate::store::Store;
use anyhow::Context;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct StoreArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make an empty store; where there is one already, say so.
    Init(StorePlace),
    /// Take in files of any known format, each as one commit, with a report on their quality. A file that was taken in before is passed over.
    Import(ImportArgs),
    /// Read every commit and every file that counts.
    Check(StorePlace),
    /// Merge small files into large ones; no figure and no version is lost.
    Compact(StorePlace),
    /// Tell what each version brought, the latest first.
    History(HistoryArgs),
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    #[command(flatten)]
    store: StorePlace,
    /// Files of any known format, or folders of them; what lies in a folder `rates` is exchange rates, a folder `calendar` is passed over.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    how: HowArgs,
}

#[derive(Debug, clap::Args)]
struct HistoryArgs {
    #[command(flatten)]
    store: StorePlace,
    /// How many versions at most.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    last: usize,
    /// One JSON object a version.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &StoreArgs) -> anyhow::Result<ExitCode> {
    match &args.action {
        Action::Init(place) => {
            let store = Store::open(&place.store)?;
            say(&format!(
                "{}: a store at version {}",
                store.place(),
                store.version()
            ))
        }
        Action::Import(args) => import(args),
        Action::Check(place) => check(place),
        Action::Compact(place) => {
            let done = Store::open(&place.store)?.compact()?;
            say(&format!(
                "{} files merged into {}, {} figures; version {}",
                done.merged, done.into, done.figures, done.version
            ))
        }
        Action::History(args) => history(args),
    }
}

fn say(line: &str) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{line}")?;
    Ok(ExitCode::SUCCESS)
}

/// The files that a folder is searched for: those that the formats come in.
const ENDINGS: [&str; 11] = [
    "csv", "parquet", "pq", "json", "xml", "xls", "xlsx", "dat", "tsv", "gz", "7z",
];

fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let store = Store::open(&args.store.store)?;
    let mut history: Option<Snapshot> = None;
    let mut refused = 0_usize;
    for path in &args.files {
        for (file, is_rates) in files_below(path, &ENDINGS)? {
            let begun = Instant::now();
            let name = file.display().to_string();
            let request = content(&file)?;
            if let Some(version) = store.applied(&request)? {
                said_before(&name, version)?;
                continue;
            }
            let reading = if is_rates {
                let mut found = Rates::default();
                rates::read(&file, &mut found)?;
                Reading::of(Figures::of_rates(&file, &found)?)
            } else {
                args.how.read(&file)?
            };
            // What is odd is told against what was there before this command, which is read once, and not at all from an empty store.
            if history.is_none() && store.version() > 0 {
                history = Some(Snapshot::of_store(store.read(None)?)?);
            }
            let readings = [reading];
            let known = history.as_ref().map(|known| known as &dyn quality::History);
            let report = QualityReport::from(&quality::report(&readings, known));
            let [reading] = readings;
            refused += reading.refusals.len();
            let rows_refused = reading.refusals.len();
            let done = store.append(reading.figures, Some(&request), Some(&name))?;
            if done.repeated {
                said_before(&name, done.version)?;
                continue;
            }
            let seconds = begun.elapsed().as_secs_f64();
            let rate = f64::from(u32::try_from(done.figures).unwrap_or(u32::MAX)) / seconds;
            say(&format!(
                "{name}: {} figures, version {} ({seconds:.2} s, {rate:.0} rows/s), {rows_refused} rows refused",
                done.figures, done.version,
            ))?;
            eprint!("{}", args.how.text(&report)?);
        }
    }
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(SOME_REFUSED)
    })
}

fn said_before(name: &str, version: u64) -> anyhow::Result<ExitCode> {
    say(&format!("{name}: taken in before, as version {version}"))
}

/// A name for what a file holds, so that the same file is taken in once: FNV-1a, 128 bits.
fn content(file: &Path) -> anyhow::Result<String> {
    let failed = || format!("cannot read {}", file.display());
    let mut reader = std::fs::File::open(file).with_context(failed)?;
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let mut bytes = vec![0; 1 << 16];
    loop {
        let count = reader.read(&mut bytes).with_context(failed)?;
        if count == 0 {
            return Ok(format!("content:{hash:032x}"));
        }
        for byte in &bytes[..count] {
            hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
}

fn check(place: &StorePlace) -> anyhow::Result<ExitCode> {
    let check = Store::open(&place.store)?.check()?;
    for problem in &check.broken {
        eprintln!("{problem}");
    }
    for version in &check.missing_versions {
        eprintln!("version {version} has no entry in the log");
    }
    say(&format!(
        "version {}: {} files, {} figures, {} problems, {} files that no version names",
        check.version,
        check.files,
        check.figures,
        check.broken.len() + check.missing_versions.len(),
        check.unclaimed.len()
    ))?;
    Ok(if check.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn history(args: &HistoryArgs) -> anyhow::Result<ExitCode> {
    let changes = Store::open(&args.store.store)?.history(args.last)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        for change in &changes {
            writeln!(out, "{}", serde_json::to_string(change)?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    for change in &changes {
        let when = time::OffsetDateTime::from_unix_timestamp(change.timestamp_ms.div_euclid(1000))?;
        let (date, (hour, minute, second)) = (when.date(), when.time().as_hms());
        writeln!(
            out,
            "{:>6}  {date} {hour:02}:{minute:02}:{second:02}Z  {:<12} {:>9} figures of {:>6} series  {}",
            change.version,
            change.operation,
            change.figures,
            change.series,
            change.file.as_deref().unwrap_or_default(),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
