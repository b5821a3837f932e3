//! `tradecast store`: makes a store, takes files in, checks it, tells its history.

use super::StorePlace;
use super::import::{HowArgs, SOME_REFUSED};
use crate::catalog::Snapshot;
use crate::ingest::quality::History;
use crate::ingest::{Figures, Kind, Rates, Reading, Refusal, files_below, quality, rates};
use crate::report::quality::QualityReport;
use crate::store::{Committed, Store};
use crate::trade::{Measure, Month, Release, SeriesKey};
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::HashMap;
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
    /// Files of any known format, or folders of them; what lies in a folder `rates` is exchange rates, a folder `calendar` is passed over. With --json one JSON object a file on the standard output.
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
            let store = Store::open_or_create(&place.store)?;
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
    let mut files = Vec::new();
    for path in &args.files {
        let found = files_below(path, &ENDINGS)?;
        if found.is_empty() {
            let endings = ENDINGS.join(", ");
            bail!(
                "{}: expected a file to take in; none in this folder ends in {endings}",
                path.display()
            );
        }
        let all_rates = lies_in_rates(path);
        files.extend(
            found
                .into_iter()
                .map(|(file, rates)| (file, rates || all_rates)),
        );
    }
    let store = Store::open_or_create(&args.store.store)?;
    let mut known: Option<Known> = None;
    let mut refused = 0_usize;
    let count = files.len();
    for (at, (file, is_rates)) in files.into_iter().enumerate() {
        let begun = Instant::now();
        let name = file.display().to_string();
        let mut content = content(&file)?;
        // Stated to be of another day, the figures say something else.
        if let Some(day) = args.how.released_on.filter(|_| !is_rates) {
            content += &format!(":{day}");
        }
        if let Some(version) = store.applied(&content)? {
            let before = Committed {
                version,
                figures: 0,
                repeated: true,
            };
            say_taken(args, &name, before, None, begun)?;
            continue;
        }
        let reading = if is_rates {
            let mut found = Rates::default();
            rates::read(&file, &mut found)?;
            Reading::of(Figures::of_rates(&file, &found)?)
        } else {
            args.how.read(&file)?
        };
        // What was there before this command is read once, and not at all from an empty store.
        if known.is_none() {
            let before = (store.version() > 0)
                .then(|| store.read(None))
                .transpose()?;
            known = Some(Known {
                before: before.map(Snapshot::of_store).transpose()?,
                since: HashMap::new(),
                sources: HashMap::new(),
            });
        }
        let readings = [reading];
        let history = known.as_ref().map(|known| known as &dyn History);
        let report = QualityReport::from(&quality::report(&readings, history));
        let [reading] = readings;
        refused += reading.refusals.len();
        if at + 1 < count
            && let Some(known) = &mut known
        {
            known.learn(&reading.figures);
        }
        let request = request(&content, &reading.refusals);
        let done = store.append(reading.figures, Some(&request), Some(&name))?;
        say_taken(args, &name, done, Some(&report), begun)?;
    }
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(SOME_REFUSED)
    })
}

/// Whether `path` is a folder `rates`, or a file in one.
fn lies_in_rates(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let folder = if path.is_dir() {
        Some(&*path)
    } else {
        path.parent()
    };
    folder.and_then(Path::file_name) == Some("rates".as_ref())
}

/// What became of a file, for programs.
#[derive(Serialize)]
struct TakenIn<'a> {
    file: &'a str,
    /// The version that holds it.
    version: u64,
    /// How many figures were written now.
    figures: u64,
    /// Whether it had been taken in before.
    repeated: bool,
    /// None of a file that had been taken in whole: it is not read again.
    report: Option<&'a QualityReport>,
}

fn say_taken(
    args: &ImportArgs,
    name: &str,
    done: Committed,
    report: Option<&QualityReport>,
    begun: Instant,
) -> anyhow::Result<()> {
    let Committed {
        version,
        figures,
        repeated,
    } = done;
    let refused = report.map_or(0, |report| report.refused.len());
    let line = if repeated {
        format!("{name}: taken in before, as version {version}")
    } else {
        let seconds = begun.elapsed().as_secs_f64();
        let rate = f64::from(u32::try_from(figures).unwrap_or(u32::MAX)) / seconds;
        format!(
            "{name}: {figures} figures, version {version} ({seconds:.2} s, {rate:.0} rows/s), {refused} rows refused"
        )
    };
    if args.how.json {
        eprintln!("{line}");
        let taken = TakenIn {
            file: name,
            version,
            figures,
            repeated,
            report,
        };
        say(&serde_json::to_string(&taken)?)?;
    } else {
        say(&line)?;
    }
    // Of what was taken in before only what is still missing is news.
    if let Some(report) = report.filter(|_| !repeated || refused > 0) {
        eprint!("{}", report.text());
    }
    Ok(())
}

/// What is known where a file is looked at: the store before this command, and what earlier files of the command brought.
struct Known {
    before: Option<Snapshot>,
    /// The first month of a series that was brought, and its values with those known before.
    since: HashMap<SeriesKey, (Month, Vec<f64>)>,
    /// Where a series is from that was not known before.
    sources: HashMap<SeriesKey, String>,
}

impl Known {
    /// Notes the monthly values of `figures`.
    fn learn(&mut self, figures: &Figures) {
        let mut of_key: HashMap<u32, Vec<(Month, f64)>> = HashMap::new();
        for row in figures.rows() {
            if row.kind == Kind::Observation && row.measure == Measure::Level && !row.value.is_nan()
            {
                let months = of_key.entry(row.key).or_default();
                if months.is_empty() && self.source(figures.key(row.key)).is_empty() {
                    let source = figures.word(row.source).to_owned();
                    self.sources.insert(figures.key(row.key).clone(), source);
                }
                months.push((row.span.first(), row.value));
            }
        }
        for (key, months) in of_key {
            let key = figures.key(key);
            let known = self
                .months(key)
                .map(|(first, values)| (first, values.to_vec()));
            let (mut first, mut values) = known.unwrap_or_else(|| (months[0].0, Vec::new()));
            for (month, value) in months {
                let before = usize::try_from(first.since(month)).unwrap_or(0);
                if before > 0 {
                    values.splice(0..0, std::iter::repeat_n(f64::NAN, before));
                    first = month;
                }
                let at = usize::try_from(month.since(first)).unwrap_or(0);
                if at >= values.len() {
                    values.resize(at + 1, f64::NAN);
                }
                values[at] = value;
            }
            self.since.insert(key.clone(), (first, values));
        }
    }
}

impl History for Known {
    fn months(&self, key: &SeriesKey) -> Option<(Month, &[f64])> {
        let since = self
            .since
            .get(key)
            .map(|(first, values)| (*first, &values[..]));
        since.or_else(|| History::months(self.before.as_ref()?, key))
    }

    fn releases(&self, key: &SeriesKey) -> Vec<&Release> {
        let before = self.before.as_ref();
        before.map_or_else(Vec::new, |before| History::releases(before, key))
    }

    fn source(&self, key: &SeriesKey) -> &str {
        let before = self.before.as_ref();
        match before.map_or("", |before| History::source(before, key)) {
            "" => self.sources.get(key).map_or("", String::as_str),
            source => source,
        }
    }

    fn revised(&self, key: &SeriesKey) -> Vec<f64> {
        let before = self.before.as_ref();
        before.map_or_else(Vec::new, |before| History::revised(before, key))
    }
}

/// FNV-1a, 128 bits: the hash of nothing, and that of one byte more.
const HASH: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;

fn hashed(hash: u128, bytes: &[u8]) -> u128 {
    let fold = |hash: u128, byte: &u8| {
        (hash ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b)
    };
    bytes.iter().fold(hash, fold)
}

/// A name for what a file holds, so that the same file is taken in once.
fn content(file: &Path) -> anyhow::Result<String> {
    let failed = || format!("cannot read {}", file.display());
    let mut reader = std::fs::File::open(file).with_context(failed)?;
    let mut hash = HASH;
    let mut bytes = vec![0; 1 << 16];
    loop {
        let count = reader.read(&mut bytes).with_context(failed)?;
        if count == 0 {
            return Ok(format!("content:{hash:032x}"));
        }
        hash = hashed(hash, &bytes[..count]);
    }
}

/// The name under which a file is taken in. Where rows are refused it names these, too: the same part is taken in once, and the file whole once all
/// its rows can be read.
fn request(content: &str, refusals: &[Refusal]) -> String {
    if refusals.is_empty() {
        return content.to_owned();
    }
    let rows = refusals.iter().map(|refusal| refusal.row.unwrap_or(0));
    let hash = rows.fold(HASH, |hash, row| hashed(hash, &row.to_le_bytes()));
    format!("{content}:{}:{hash:032x}", refusals.len())
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
