//! `tradecast store`: create a store, import files into it, check it, list its history.

use super::arguments::StorePlace;
use super::exit_codes;
use super::import::{ParseArgs, files_to_import};
use crate::catalog::Snapshot;
use crate::feeds::sort_by_request_date;
use crate::ingest::mapping::mapping_text;
use crate::ingest::quality::QualityReport;
use crate::ingest::{BasisGuard, ExchangeRates, FigureBatch, ParsedFile, quality, rates};
use crate::report::json::QualityJson;
use crate::report::terminal;
use crate::store::{CommitOutcome, FileImport, FileImports, Store};
use anyhow::Context;
use serde::Serialize;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, clap::Subcommand)]
enum StoreCommand {
    /// Create an empty store, unless there is one.
    Init(StoreArgsJson),
    /// Import files of any known format, each as one commit, with a report on their quality. A file
    /// that was imported before and not revised since is skipped.
    Import(Box<StoreImportArgs>),
    /// Check every commit and every file of the latest version.
    #[command(after_help = exit_codes::STORE_CHECK)]
    Check(StoreArgsJson),
    /// Merge small files into large ones; no figure and no version is lost.
    Compact(StoreArgsJson),
    /// List what each version brought, the latest first.
    History(HistoryArgs),
}

/// A store, and how its state is printed.
#[derive(Debug, clap::Args)]
struct StoreArgsJson {
    #[command(flatten)]
    store: StorePlace,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl StoreArgsJson {
    /// Print a line of text, or the object in its place.
    fn say(&self, text: &str, object: &serde_json::Value) -> anyhow::Result<ExitCode> {
        match self.json {
            true => say(&object.to_string()),
            false => say(text),
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes::IMPORT)]
struct StoreImportArgs {
    #[command(flatten)]
    store: StorePlace,
    /// Files of any known format, or folders of them, imported in the order of their names; answers
    /// of a pull in the order of their requests. Files in a folder `rates` are exchange rates, a
    /// folder `calendar` is skipped. With --json, prints one JSON object per file.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    parse: ParseArgs,
}

#[derive(Debug, clap::Args)]
struct HistoryArgs {
    #[command(flatten)]
    store: StorePlace,
    /// Maximum number of versions.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    last: usize,
    /// Print one JSON object per version.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &StoreArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        StoreCommand::Init(args) => {
            let store = Store::open_or_create(&args.store.store)?;
            let (place, version) = (store.location().to_string(), store.version());
            args.say(
                &format!("{place}: a store at version {version}"),
                &json!({"store": place, "version": version}),
            )
        }
        StoreCommand::Import(args) => import(args),
        StoreCommand::Check(args) => check(args),
        StoreCommand::Compact(args) => {
            let done = Store::open(&args.store.store)?.compact()?;
            args.say(
                &format!(
                    "{} files merged into {}, {} figures; version {}",
                    done.merged, done.into, done.figures, done.version
                ),
                &json!({
                    "merged": done.merged,
                    "into": done.into,
                    "figures": done.figures,
                    "version": done.version,
                }),
            )
        }
        StoreCommand::History(args) => history(args),
    }
}

fn say(line: &str) -> anyhow::Result<ExitCode> {
    writeln!(super::console::stdout(), "{line}")?;
    Ok(ExitCode::SUCCESS)
}

fn import(args: &StoreImportArgs) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    for path in &args.files {
        let mut found = files_to_import(path)?;
        if path.is_dir() {
            sort_by_request_date(&mut found)
                .with_context(|| format!("cannot read the request log in {}", path.display()))?;
        }
        let all_rates = lies_in_rates(path);
        files.extend(
            found
                .into_iter()
                .map(|(file, rates)| (file, rates || all_rates)),
        );
    }
    args.parse.refuse_inputs(&args.files, None)?;
    let options = args.parse.options()?;
    let mapping = mapping_text(&options.mapping)?;
    let store = Store::open_or_create(&args.store.store)?;
    let mut known = None;
    let mut imports = FileImports::new(&store);
    let mut refused = 0_usize;
    for (file, is_rates) in files {
        let begun = Instant::now();
        let name = file.display().to_string();
        let released_on = args.parse.released_on.filter(|_| !is_rates);
        let import = FileImport::of(&file, &name, released_on)
            .with_context(|| format!("cannot read {name}"))?
            .read_by(&mapping);
        if let Some(before) = imports.find(&import)? {
            report_file(args, &name, before, None, begun)?;
            continue;
        }
        let parsed = if is_rates {
            let mut found = ExchangeRates::default();
            rates::read(&file, &mut found)?;
            ParsedFile::of_figures(FigureBatch::of_rates(&file, &found)?)
        } else {
            args.parse.read(&file, &options)?
        };
        known = now(&store, known)?;
        let history = known
            .as_ref()
            .map(|known| known as &dyn quality::KnownFigures);
        let mut guard = BasisGuard::new(args.parse.mixed_basis);
        let files = [guard.check(parsed, history)?];
        let report = quality::report(&files, history);
        let [parsed] = files;
        refused += parsed.refusals.len();
        let done = imports.append(&import, parsed)?;
        report_file(args, &name, done, Some(&report), begun)?;
    }
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit_codes::INCOMPLETE)
    })
}

/// Return whether `path` is a folder `rates`, or a file in one.
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

/// The outcome of a file, for programs.
#[derive(Serialize)]
struct ImportedFile<'a> {
    file: &'a str,
    /// The version that holds it.
    version: u64,
    /// The number of figures that were written now.
    figures: u64,
    /// Whether it was imported before.
    repeated: bool,
    /// `None` for a file that was imported whole before: it is not read again.
    report: Option<QualityJson<'a>>,
}

fn report_file(
    args: &StoreImportArgs,
    name: &str,
    done: CommitOutcome,
    report: Option<&QualityReport>,
    begun: Instant,
) -> anyhow::Result<()> {
    let CommitOutcome {
        version,
        figures,
        repeated,
    } = done;
    let refused = report.map_or(0, |report| report.refused.len());
    let line = if repeated {
        format!("{name}: already imported as version {version}")
    } else {
        let seconds = begun.elapsed().as_secs_f64();
        let rate = f64::from(u32::try_from(figures).unwrap_or(u32::MAX)) / seconds;
        format!(
            "{name}: {figures} figures, version {version} ({seconds:.2} s, {rate:.0} rows/s), \
             {refused} rows refused"
        )
    };
    if args.parse.json {
        super::console::note(format_args!("{line}"));
        let imported = ImportedFile {
            file: name,
            version,
            figures,
            repeated,
            report: report.map(QualityJson::from),
        };
        say(&serde_json::to_string(&imported)?)?;
    } else {
        say(&line)?;
    }
    // Of a file that was imported before only rows that are still refused are news.
    if let Some(report) = report.filter(|_| !repeated || refused > 0) {
        eprint!("{}", terminal::quality_report(report));
    }
    Ok(())
}

/// Return the figures of the store as it is now, updated from those of an earlier version where
/// there are some; `None` for an empty store.
fn now(store: &Store, before: Option<Snapshot>) -> anyhow::Result<Option<Snapshot>> {
    match before {
        _ if store.version() == 0 => Ok(None),
        Some(before) if before.version() == Some(store.version()) => Ok(Some(before)),
        Some(before) => Ok(Some(before.after(store.read_since(before.version())?)?)),
        None => Ok(Some(Snapshot::of_store(store.read(None)?)?)),
    }
}

fn check(args: &StoreArgsJson) -> anyhow::Result<ExitCode> {
    let check = Store::open(&args.store.store)?.check()?;
    for problem in &check.broken {
        super::console::note(format_args!("{problem}"));
    }
    for version in &check.missing_versions {
        eprintln!("version {version} has no entry in the log");
    }
    let text = format!(
        "version {}: {} files, {} figures, {} problems, {} files that no version names",
        check.version,
        check.files,
        check.figures,
        check.broken.len() + check.missing_versions.len(),
        check.unclaimed.len()
    );
    let object = json!({
        "version": check.version,
        "files": check.files,
        "figures": check.figures,
        "broken": check.broken,
        "missing_versions": check.missing_versions,
        "unclaimed": check.unclaimed,
        "sound": check.is_sound(),
    });
    args.say(&text, &object)?;
    Ok(if check.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn history(args: &HistoryArgs) -> anyhow::Result<ExitCode> {
    let changes = Store::open(&args.store.store)?.history(args.last)?;
    let mut out = super::console::stdout();
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
            "{:>6}  {date} {hour:02}:{minute:02}:{second:02}Z  \
             {:<12} {:>9} figures of {:>6} series  {}",
            change.version,
            change.operation,
            change.figures,
            change.series,
            change.file.as_deref().unwrap_or_default(),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
