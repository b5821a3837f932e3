//! Benchmark of the store against Polars: importing a file and opening a store.
//!
//! Run `cargo bench --bench store`. `TRADECAST_ROWS` (default a million) and `TRADECAST_START`
//! (default ten million) set the sizes. The limits are printed with the results; with
//! `TRADECAST_BOUNDS` set, a broken limit fails the run.
//!
//! Each measurement runs in a process of its own, so that memory is measured separately.

use polars::prelude::*;
use std::any::Any;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Instant;
use tradecast::catalog::Snapshot;
use tradecast::ingest::{Figure, FigureBatch, FigureKind, InvalidRows, formats, quality};
use tradecast::store::Store;
use tradecast::trade::{FigureMeasure, Month, SeriesKey, Span, areas};

/// The same allocator as the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const MONTHS: usize = 240;

fn size(name: &str, usual: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(usual)
}

/// The partners: `store import` knows no other codes.
static PARTNERS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let codes = areas::countries().into_iter().map(|country| country.alpha3);
    codes.filter(|code| *code != "USA").take(200).collect()
});

fn key(series: usize) -> SeriesKey {
    let (partner, product) = (PARTNERS[series % 200], series / 200);
    SeriesKey::parse(&format!("USA.{partner}.M.HS-{product:06}.USD")).expect("a key")
}

/// Return a value that resembles trade: growing, seasonal, in dollars and cents.
fn value(series: usize, month: usize) -> f64 {
    let season = (month as f64 * std::f64::consts::TAU / 12.0).sin();
    ((1e6 + 1e3 * series as f64) * (1.0 + 0.004 * month as f64) * (1.0 + 0.1 * season) * 100.0)
        .round()
        / 100.0
}

fn month(k: usize) -> Month {
    Month::january(2005).plus(i32::try_from(k).expect("a few hundred months"))
}

fn csv(rows: usize, file: &Path) {
    let mut text = String::from(
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n",
    );
    for series in 0..rows.div_ceil(MONTHS) {
        let key = key(series);
        for k in 0..MONTHS.min(rows - series * MONTHS) {
            let (partner, product, month) = (&key.partner, &key.product, month(k));
            let _ = writeln!(
                text,
                "observation,USA,{partner},M,{product},level,{month},{:.2},USD,published,,\
                 US Census Bureau",
                value(series, k)
            );
        }
    }
    std::fs::write(file, text).expect("the file can be written");
}

/// Create a store of `rows` observations, a million per commit.
fn fill(rows: usize, place: &Path) {
    let store = Store::open_or_create(place.to_str().expect("a path")).expect("a store");
    let all: Vec<usize> = (0..rows.div_ceil(MONTHS)).collect();
    for batch in all.chunks(1_000_000 / MONTHS) {
        let mut figures = FigureBatch::default();
        for series in batch {
            let number = figures.series(&key(*series));
            for k in 0..MONTHS.min(rows - series * MONTHS) {
                let figure = Figure {
                    kind: FigureKind::Observation,
                    measure: FigureMeasure::Level,
                    span: Span::month(month(k)),
                    value: value(*series, k),
                    rounding: 0.005,
                    unit: "USD",
                    status: "published",
                    released_on: Some(month(k).last_day().saturating_add(time::Duration::days(40))),
                    source: "US Census Bureau",
                };
                figures.push(number, &figure, k as u64 + 2);
            }
        }
        store.append(figures, None, None).expect("a commit");
    }
}

fn parts(place: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(place)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|e| e == "parquet"))
        .collect()
}

fn scan(file: &Path) -> LazyFrame {
    let path = PlRefPath::try_from_path(file).expect("a path");
    LazyFrame::scan_parquet(path, ScanArgsParquet::default()).expect("a Parquet file")
}

/// Return this process' memory in megabytes: `VmRSS` for the present, `VmHWM` for the peak.
fn memory(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| {
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<f64>()
            .ok()
    });
    kilobytes.unwrap_or(f64::NAN) * 1024.0 / 1e6
}

/// Commit one figure through another handle on the store.
fn add_one(place: &str) {
    let other = Store::open(place).expect("a store");
    let mut figures = FigureBatch::default();
    let number = figures.series(&key(7));
    let figure = Figure {
        kind: FigureKind::Observation,
        measure: FigureMeasure::Level,
        span: Span::month(month(MONTHS)),
        value: 1.0,
        rounding: 0.5,
        unit: "USD",
        status: "published",
        released_on: None,
        source: "US Census Bureau",
    };
    figures.push(number, &figure, 2);
    other.append(figures, None, None).expect("a commit");
}

/// Run one measurement: seconds, rows, and the data held in memory afterwards.
fn measure(what: &str, from: &Path, to: &Path) -> (f64, usize, Box<dyn Any>) {
    let begun = Instant::now();
    match what {
        "csv-polars" => {
            let path = PlRefPath::try_from_path(from).expect("a path");
            let frame = LazyCsvReader::new(path)
                .with_has_header(true)
                .finish()
                .expect("a CSV file");
            let mut frame = frame
                .collect_with_engine(Engine::Streaming)
                .expect("it is read")
                .unwrap_single();
            let out = std::fs::File::create(to).expect("a file");
            ParquetWriter::new(out)
                .finish(&mut frame)
                .expect("it is written");
            (
                begun.elapsed().as_secs_f64(),
                frame.height(),
                Box::new(frame),
            )
        }
        // The program as its user runs it: start, read, look for an earlier import of the same
        // content, commit, report, end.
        "csv-command" => {
            let ran = Command::new(env!("CARGO_BIN_EXE_tradecast"))
                .args(["store", "import", "--store"])
                .args([to, from])
                .output()
                .expect("it runs");
            let took = begun.elapsed().as_secs_f64();
            assert!(
                ran.status.success(),
                "{}",
                String::from_utf8_lossy(&ran.stderr)
            );
            let store = Store::open(to.to_str().expect("a path")).expect("a store");
            let brought = store.history(1).expect("it is read")[0].figures as usize;
            (took, brought, Box::new(store))
        }
        // The same without process start and content hash, to show where the time goes.
        "csv-store" => {
            let store = Store::open_or_create(to.to_str().expect("a path")).expect("a store");
            // Read, check, commit.
            let read = formats::read(from, None, InvalidRows::Refuse);
            let readings = [read.expect("it is right").1];
            let quality = quality::report(&readings, None);
            assert_eq!(quality.findings, [], "nothing is odd about it");
            let [reading] = readings;
            let done = store.append(reading.figures, None, None).expect("a commit");
            (
                begun.elapsed().as_secs_f64(),
                done.figures as usize,
                Box::new(store),
            )
        }
        "start-polars" | "start-polars-columns" => {
            let mut rows = 0;
            let mut frames = Vec::new();
            for file in parts(from) {
                let mut frame = scan(&file);
                if what == "start-polars-columns" {
                    let names = [
                        "kind",
                        "reporter",
                        "partner",
                        "flow",
                        "product",
                        "currency",
                        "first_month",
                        "months",
                        "value",
                        "released_on",
                        "ingested_at",
                        "source",
                        "measure",
                        "rounding",
                        "status",
                    ];
                    frame = frame.select(names.map(col));
                }
                let frame = frame.collect().expect("it is read");
                rows += frame.height();
                frames.push(frame);
            }
            (begun.elapsed().as_secs_f64(), rows, Box::new(frames))
        }
        "start-store" => {
            let store = Store::open_or_create(from.to_str().expect("a path")).expect("a store");
            let snapshot =
                Snapshot::of_store(store.read(None).expect("it is read")).expect("a snapshot");
            (
                begun.elapsed().as_secs_f64(),
                snapshot.frame().height(),
                Box::new(snapshot),
            )
        }
        // From a commit of one figure until a snapshot shows it; and the same with a full read.
        "follow" | "follow-whole" => {
            let place = from.to_str().expect("a path");
            let store = Store::open_or_create(place).expect("a store");
            let mut snapshot =
                Snapshot::of_store(store.read(None).expect("it is read")).expect("a snapshot");
            add_one(place);
            let begun = Instant::now();
            let news = match what {
                "follow" => store.read_since(snapshot.version()),
                _ => store.read(None),
            };
            snapshot = snapshot
                .after(news.expect("it is read"))
                .expect("a snapshot");
            (
                begun.elapsed().as_secs_f64(),
                snapshot.frame().height(),
                Box::new(snapshot),
            )
        }
        other => panic!("{other} is no measurement"),
    }
}

/// Result of one measurement; memory in megabytes.
#[derive(Debug, Clone, Copy)]
struct Measured {
    seconds: f64,
    rows: usize,
    resident: f64,
    peak: f64,
}

/// Return the fastest of three runs, each in a process of its own, with the largest memory of them.
fn best(what: &str, from: &Path, to: &Path) -> Measured {
    let program = std::env::current_exe().expect("a program");
    let runs = (0..3).map(|run| {
        let to = to.with_extension(run.to_string());
        let ran = Command::new(&program)
            .arg("--measure")
            .arg(what)
            .arg(from)
            .arg(&to)
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&ran.stdout);
        let fields: Vec<f64> = text
            .split_whitespace()
            .filter_map(|field| field.parse().ok())
            .collect();
        let [seconds, rows, resident, peak] = fields[..] else {
            panic!("{what}: {}", String::from_utf8_lossy(&ran.stderr))
        };
        let rows = rows as usize;
        Measured {
            seconds,
            rows,
            resident,
            peak,
        }
    });
    let better = |a: Measured, b: Measured| Measured {
        seconds: a.seconds.min(b.seconds),
        rows: b.rows,
        resident: a.resident.max(b.resident),
        peak: a.peak.max(b.peak),
    };
    runs.reduce(better).expect("three runs")
}

#[derive(Debug, Clone, Copy)]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

/// Limits checked so far, and those that are broken.
#[derive(Debug, Default)]
struct Bounds {
    broken: Vec<&'static str>,
}

impl Bounds {
    fn hold(&mut self, what: &'static str, value: f64, limit: Limit) {
        // A ratio that could not be measured breaks its limit.
        let (holds, words) = match limit {
            Limit::AtLeast(least) => (value >= least, format!("at least {least}")),
            Limit::AtMost(most) => (value <= most, format!("at most {most}")),
        };
        let verdict = if holds { "holds" } else { "does not hold" };
        println!("bound: {what} {words}: {value:.2} {verdict}");
        if !holds {
            self.broken.push(what);
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, what, from, to] = &arguments[..]
        && flag == "--measure"
    {
        let (seconds, rows, held) = measure(what, Path::new(from), Path::new(to));
        println!("{seconds} {rows} {} {}", memory("VmRSS"), memory("VmHWM"));
        drop(held);
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let rows = size("TRADECAST_ROWS", 1_000_000);
    csv(rows, &at("figures.csv"));
    let bare = best("csv-polars", &at("figures.csv"), &at("bare"));
    let command = best("csv-command", &at("figures.csv"), &at("commanded"));
    let ours = best("csv-store", &at("figures.csv"), &at("taken"));
    assert_eq!(
        (bare.rows, command.rows, ours.rows),
        (rows, rows, rows),
        "every row is taken in"
    );
    let ratio = bare.seconds / command.seconds;
    println!(
        "{rows} observations from CSV: `tradecast store import` {:.2} s, {:.0} rows/s, of which \
         read and commit {:.2} s; Polars' scan and Parquet write {:.2} s; ratios {ratio:.2} and \
         {:.2}",
        command.seconds,
        rows as f64 / command.seconds,
        ours.seconds,
        bare.seconds,
        bare.seconds / ours.seconds
    );
    let mut bounds = Bounds::default();
    bounds.hold("the command against Polars", ratio, Limit::AtLeast(0.3));

    let rows = size("TRADECAST_START", 10_000_000);
    fill(rows, &at("store"));
    let bare = best("start-polars", &at("store"), &at("none"));
    let columns = best("start-polars-columns", &at("store"), &at("none"));
    let ours = best("start-store", &at("store"), &at("none"));
    assert_eq!((bare.rows, ours.rows), (rows, rows), "every row is read");
    let raw = rows as f64 * 8.0 / 1e6;
    println!(
        "start-up from {rows} observations: {:.2} s; Polars' scan of all columns {:.2} s, of the \
         same columns {:.2} s; ratios {:.2} and {:.2}",
        ours.seconds,
        bare.seconds,
        columns.seconds,
        bare.seconds / ours.seconds,
        columns.seconds / ours.seconds
    );
    let ratio = bare.seconds / ours.seconds;
    bounds.hold(
        "start-up against Polars' scan of all columns",
        ratio,
        Limit::AtLeast(0.5),
    );
    println!(
        "resident memory {:.0} MB, {:.2} times the raw values ({raw:.0} MB); at most {:.0} MB, \
         {:.2} times",
        ours.resident,
        ours.resident / raw,
        ours.peak,
        ours.peak / raw
    );
    let times = ours.resident / raw;
    bounds.hold(
        "resident memory in times the raw values",
        times,
        Limit::AtMost(2.5),
    );
    // The figure is new at first, then the same again.
    let part = best("follow", &at("store"), &at("none"));
    let whole = best("follow-whole", &at("store"), &at("none"));
    assert_eq!((part.rows, whole.rows), (rows + 1, rows + 1));
    println!(
        "a commit of one figure is shown after {:.3} s, with a full read after {:.3} s; resident \
         memory then {:.0} MB, {:.2} times the raw values",
        part.seconds,
        whole.seconds,
        part.resident,
        part.resident / raw
    );
    if std::env::var_os("TRADECAST_BOUNDS").is_some() {
        assert_eq!(bounds.broken, [""; 0], "bounds that do not hold");
    }
}
