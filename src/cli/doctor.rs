//! `tradecast doctor`: whether this machine and its settings are ready for the commands, line by
//! line, each with what to do.

use super::arguments::DataArgs;
use super::browser::find_browser;
use super::console;
use super::exit_codes;
use crate::catalog::{Snapshot, Vintage};
use crate::ingest::read_folder;
use crate::service::memory::{available_bytes, limit_bytes};
use crate::service::{DataSource, ListenAddress};
use crate::store::Store;
use crate::trade::{Month, Series};
use clap::Command;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Months without a new figure from which on data look old.
const OLD: i32 = 12;
/// Memory that forecasts of bundled data need with room to spare.
const SMALL_MEMORY: u64 = 1 << 30;
/// Columns that tables without wrapping need.
const NARROW: u16 = 80;

#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes::DOCTOR)]
pub(super) struct DoctorArgs {
    /// Address that a service would listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051")]
    listen: ListenAddress,
    /// Print JSON, one object for each line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum DoctorOutcome {
    /// As it should be.
    Ok,
    /// Something does not work, or not as well.
    Warn,
    /// Commands fail.
    Fail,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct DoctorCheck {
    check: &'static str,
    outcome: DoctorOutcome,
    found: String,
    /// What to do; empty where nothing is.
    advice: String,
}

impl DoctorCheck {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, DoctorOutcome::Ok, found, "")
    }

    fn warn(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(check, DoctorOutcome::Warn, found, advice)
    }

    fn fail(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(check, DoctorOutcome::Fail, found, advice)
    }

    fn new(
        check: &'static str,
        outcome: DoctorOutcome,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            check,
            outcome,
            found: found.into(),
            advice: advice.into(),
        }
    }
}

/// Run all checks and print them. `command` is the whole command line, whose environment variables
/// are known.
pub(super) fn run(args: &DoctorArgs, command: &Command) -> anyhow::Result<ExitCode> {
    let mut checks = vec![version()];
    checks.extend(environment(command));
    checks.extend(figures(&args.data));
    checks.push(folder());
    checks.push(temporary_folder());
    checks.push(port(&args.listen));
    checks.push(memory());
    checks.push(threads());
    checks.push(terminal());
    checks.push(browser());
    let mut out = console::stdout();
    for check in &checks {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(check)?)?;
            continue;
        }
        let outcome = match check.outcome {
            DoctorOutcome::Ok => "ok",
            DoctorOutcome::Warn => "warn",
            DoctorOutcome::Fail => "fail",
        };
        writeln!(out, "{outcome:<5} {:<12} {}", check.check, check.found)?;
        if !check.advice.is_empty() {
            writeln!(out, "{:18} → {}", "", check.advice)?;
        }
    }
    out.flush()?;
    let failed = checks
        .iter()
        .any(|check| check.outcome == DoctorOutcome::Fail);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn version() -> DoctorCheck {
    let buckets = if cfg!(feature = "s3") {
        "with"
    } else {
        "without"
    };
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    let version = env!("CARGO_PKG_VERSION");
    DoctorCheck::ok(
        "version",
        format!("tradecast {version} on {system} {machine}, {buckets} stores in S3"),
    )
}

/// Name variables of the environment that look like ours and are none.
fn environment(command: &Command) -> Vec<DoctorCheck> {
    let mut known = vec![
        "TRADECAST_DATA".to_owned(),
        "TRADECAST_STORE".to_owned(),
        "TRADECAST_BROWSER".to_owned(),
    ];
    add_variables(command, &mut known);
    let set = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let mut set: Vec<String> = set.filter(|name| name.starts_with("TRADECAST_")).collect();
    set.sort();
    let unknown = |name: &&String| !known.contains(name);
    let mut checks: Vec<DoctorCheck> = set
        .iter()
        .filter(unknown)
        .map(|name| {
            let nearest = known
                .iter()
                .max_by(|a, b| {
                    let likeness = |of: &str| strsim::normalized_damerau_levenshtein(name, of);
                    likeness(a).total_cmp(&likeness(b))
                })
                .map_or("", String::as_str);
            DoctorCheck::warn(
                "environment",
                format!("{name} is set, and no command reads it"),
                format!("unset it, or rename it; the nearest that is read is {nearest}"),
            )
        })
        .collect();
    if checks.is_empty() {
        let found = match set.is_empty() {
            true => "no TRADECAST_ variable is set".to_owned(),
            false => format!("{} set", set.join(", ")),
        };
        checks.push(DoctorCheck::ok("environment", found));
    }
    checks
}

/// Collect the variables of a command and of those below it.
fn add_variables(command: &Command, known: &mut Vec<String>) {
    let variables = command.get_arguments().filter_map(|arg| arg.get_env());
    known.extend(variables.map(|name| name.to_string_lossy().into_owned()));
    for below in command.get_subcommands() {
        add_variables(below, known);
    }
}

/// Check the figures that commands read.
fn figures(data: &DataArgs) -> Vec<DoctorCheck> {
    match data.figures() {
        Err(error) => vec![DoctorCheck::fail(
            "data",
            format!("{error:#}"),
            "correct the variable",
        )],
        Ok(DataSource::Files(folder)) => vec![files(&folder)],
        Ok(DataSource::Store(place)) => store(&place),
    }
}

fn files(folder: &Path) -> DoctorCheck {
    let place = folder.display();
    if !folder.exists() {
        return DoctorCheck::fail(
            "data",
            format!("{place} does not exist"),
            "state the folder of your figures by --data or TRADECAST_DATA; `tradecast import` \
             makes tidy figures of your tables",
        );
    }
    let snapshot = read_folder(folder)
        .map_err(|error| error.to_string())
        .and_then(|tidy| Snapshot::new(tidy).map_err(|error| error.to_string()));
    match snapshot {
        Err(reason) => DoctorCheck::fail(
            "data",
            reason,
            format!("correct the file, or take it out of {place}"),
        ),
        Ok(snapshot) => read(&place.to_string(), &snapshot),
    }
}

/// Describe figures that were read; old ones are a warning.
fn read(place: &str, snapshot: &Snapshot) -> DoctorCheck {
    let panel = snapshot.panel(Vintage::Latest);
    let Some(last) = panel.iter().map(Series::last).max() else {
        return DoctorCheck::warn(
            "data",
            format!("{place} holds no monthly series"),
            "forecasts need some; `tradecast outlook` works from published sums alone",
        );
    };
    let found = format!(
        "{place}: {} series to {last}, {} published figures",
        panel.len(),
        snapshot.all_releases().len()
    );
    let today = Month::of(time::OffsetDateTime::now_utc().date());
    match today.since(last) {
        behind if behind > OLD => DoctorCheck::warn(
            "data",
            format!("{found}; the latest month is {behind} months ago"),
            "forecasts begin behind it; `tradecast pull` downloads newer figures",
        ),
        _ => DoctorCheck::ok("data", found),
    }
}

fn store(place: &str) -> Vec<DoctorCheck> {
    let store = match Store::open(place) {
        Ok(store) => store,
        Err(error) => {
            return vec![DoctorCheck::fail(
                "store",
                error.to_string(),
                format!("`tradecast store init --store {place}` makes one"),
            )];
        }
    };
    let version = DoctorCheck::ok("store", format!("{place} at version {}", store.version()));
    let snapshot = store
        .read(None)
        .map_err(|error| error.to_string())
        .and_then(|loaded| Snapshot::of_store(loaded).map_err(|error| error.to_string()));
    let figures = match snapshot {
        Ok(snapshot) => read(place, &snapshot),
        Err(reason) => DoctorCheck::fail(
            "data",
            reason,
            format!("`tradecast store check --store {place}` says which files are damaged"),
        ),
    };
    let mut checks = vec![version, figures];
    let folder = Path::new(place);
    if folder.is_dir() {
        checks.push(match tempfile::tempfile_in(folder) {
            Ok(_) => DoctorCheck::ok("store folder", format!("{place} can be written")),
            Err(error) => DoctorCheck::warn(
                "store folder",
                format!("{place} cannot be written: {error}"),
                "imports need the right to write there; reading works",
            ),
        });
    }
    checks
}

fn folder() -> DoctorCheck {
    match tempfile::tempfile_in(".") {
        Ok(_) => DoctorCheck::ok("folder", "the current folder can be written"),
        Err(error) => DoctorCheck::warn(
            "folder",
            format!("the current folder cannot be written: {error}"),
            "state a path elsewhere for --out",
        ),
    }
}

fn temporary_folder() -> DoctorCheck {
    let folder = std::env::temp_dir();
    match tempfile::tempfile() {
        Ok(_) => DoctorCheck::ok("temporary", format!("{} can be written", folder.display())),
        Err(error) => DoctorCheck::fail(
            "temporary",
            format!("{} cannot be written: {error}", folder.display()),
            "point TMPDIR at a folder that can",
        ),
    }
}

fn port(address: &ListenAddress) -> DoctorCheck {
    let ListenAddress::Tcp(socket) = address else {
        return DoctorCheck::ok("port", format!("{address} is a socket file"));
    };
    match std::net::TcpListener::bind(socket) {
        Ok(_) => DoctorCheck::ok("port", format!("{address} is free")),
        Err(error) => DoctorCheck::warn(
            "port",
            format!("{address}: {error}"),
            "a service may be there; `tradecast serve --listen 127.0.0.1:0` takes a free one",
        ),
    }
}

fn memory() -> DoctorCheck {
    let mebibytes = |bytes: u64| bytes >> 20;
    match (available_bytes(), limit_bytes()) {
        (Some(free), Some(limit)) => {
            let found = format!("{} MiB free of {}", mebibytes(free), mebibytes(limit));
            if free < SMALL_MEMORY {
                return DoctorCheck::warn(
                    "memory",
                    found,
                    "large panels may not fit; `serve --memory MIB` bounds a service",
                );
            }
            DoctorCheck::ok("memory", found)
        }
        _ => DoctorCheck::ok("memory", "this system does not say how much there is"),
    }
}

fn threads() -> DoctorCheck {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let stated = std::env::var("TRADECAST_THREADS").ok();
    match stated.as_deref().map(str::parse::<usize>) {
        Some(Err(_)) => DoctorCheck::fail(
            "threads",
            format!(
                "TRADECAST_THREADS={} is no number",
                stated.unwrap_or_default()
            ),
            "set it to a number, 0 for one thread on each core",
        ),
        Some(Ok(threads)) if threads > 2 * cores => DoctorCheck::warn(
            "threads",
            format!("TRADECAST_THREADS={threads} on {cores} cores"),
            "more threads than cores slow each other down",
        ),
        _ => DoctorCheck::ok("threads", format!("{cores} cores")),
    }
}

fn terminal() -> DoctorCheck {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable);
    let locale = locale.iter().find(|value| !value.is_empty());
    let is_utf8 = |text: &String| {
        let text = text.to_ascii_lowercase();
        text.contains("utf-8") || text.contains("utf8")
    };
    let colours = match variable("NO_COLOR").is_empty() {
        true => "",
        false => ", without colours (NO_COLOR)",
    };
    if !std::io::stdout().is_terminal() {
        return DoctorCheck::ok(
            "terminal",
            "the output is no terminal: tables keep their width",
        );
    }
    if cfg!(unix) && !locale.is_some_and(is_utf8) {
        return DoctorCheck::warn(
            "terminal",
            "the locale is not UTF-8: lines of tables and charts may look wrong",
            "export LC_ALL=C.UTF-8",
        );
    }
    match crate::report::terminal::width() {
        Some(width) if width < NARROW => DoctorCheck::warn(
            "terminal",
            format!("{width} columns{colours}"),
            format!("tables are split below {NARROW} columns; widen it, or use --json or --csv"),
        ),
        Some(width) => DoctorCheck::ok("terminal", format!("{width} columns{colours}")),
        None => DoctorCheck::ok("terminal", format!("its width is not known{colours}")),
    }
}

fn browser() -> DoctorCheck {
    match find_browser() {
        Ok(browser) => DoctorCheck::ok("browser", format!("{} prints PDF", browser.display())),
        Err(error) => DoctorCheck::warn(
            "browser",
            format!("{error:#}"),
            "only `report --pdf` needs one",
        ),
    }
}
