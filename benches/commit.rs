//! Benchmark of a forecast after a commit: a store of 5,000 series of 240 months, a forecast, then
//! commits of one figure, each with a forecast of the series from the new version.
//!
//! `cargo bench --bench commit` prints the time and processor time of each part.
//! `TRADECAST_PANEL=20000` sets another number of series; with `TRADECAST_BOUNDS` set, more than
//! 0.4 s after a commit fails the run. Forecasts of the panel model that was fitted after the last
//! commit, and of one fitted anew, are compared to the bit.

use std::time::{Duration, Instant};
use tradecast::catalog::{Catalog, Snapshot, Vintage};
use tradecast::ingest::{Figure, FigureBatch, FigureKind};
use tradecast::pipeline::{Engine, ForecastRequest};
use tradecast::projection::Method;
use tradecast::store::Store;
use tradecast::trade::{FigureMeasure, Month, SeriesKey, Span, seeded_hash};

/// The same allocator as the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const MONTHS: usize = 240;
/// The longest time of a forecast after a commit.
const BOUND: Duration = Duration::from_millis(400);

fn key(series: usize) -> SeriesKey {
    let text = format!("A{:02}.P{series:05}.M.TOTAL.USD", series % 26);
    SeriesKey::parse(&text).expect("a key")
}

fn month(k: usize) -> Month {
    Month::january(2004).plus(i32::try_from(k).expect("a few hundred months"))
}

/// Return the values of a series: trend, season and noise.
fn values(series: usize) -> Vec<f64> {
    let mut state = seeded_hash(7, &series.to_string());
    let mut noise = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let (mut level, phase) = (8.0, noise());
    (0..MONTHS)
        .map(|t| {
            level += 0.003 + 0.05 * noise();
            let season = (t as f64 * std::f64::consts::FRAC_PI_6 + phase).sin();
            (level + 0.2 * season + 0.1 * noise()).exp()
        })
        .collect()
}

fn push(figures: &mut FigureBatch, series: usize, at: usize, value: f64) {
    let number = figures.series(&key(series));
    let figure = Figure {
        kind: FigureKind::Observation,
        measure: FigureMeasure::Level,
        span: Span::month(month(at)),
        value,
        rounding: 0.0,
        unit: "USD",
        status: "published",
        released_on: None,
        source: "benchmark",
    };
    figures.push(number, &figure, 1);
}

/// Processor time of this process so far.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let own = stat.split(' ').next().and_then(|n| n.parse().ok());
    let all = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let threads = all.flatten().filter_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    });
    let sum: u64 = threads.sum();
    Duration::from_nanos(sum.max(own.unwrap_or(0)))
}

/// Run `work` and print what it took.
fn timed<T>(name: &str, work: impl FnOnce() -> T) -> (T, Duration) {
    let (begun, before) = (Instant::now(), processor());
    let done = work();
    let took = begun.elapsed();
    println!(
        "{name:<44} {:>8.1} ms, {:>8.1} ms of processor time",
        took.as_secs_f64() * 1e3,
        (processor().saturating_sub(before)).as_secs_f64() * 1e3
    );
    (done, took)
}

fn main() {
    let series: usize = std::env::var("TRADECAST_PANEL")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(5000);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let place = folder.path().join("store");
    let store = Store::open_or_create(place.to_str().expect("a path")).expect("a store");
    let all: Vec<usize> = (0..series).collect();
    for batch in all.chunks(2500) {
        let mut figures = FigureBatch::default();
        for series in batch {
            for (at, value) in values(*series).into_iter().enumerate() {
                push(&mut figures, *series, at, value);
            }
        }
        store.append(figures, None, None).expect("a commit");
    }
    let open = || Snapshot::of_store(store.read(None).expect("a version")).expect("a snapshot");
    let engine = Engine::new(Catalog::new(open()));
    let request = ForecastRequest::new(12, &[80.0, 95.0], Vintage::Latest, 7, Method::Auto, 1000)
        .expect("a sound request");
    let forecast = |engine: &Engine, of: usize| {
        let plan = engine.plan(request.clone()).prepare();
        plan.run(&key(of).to_string()).expect("a forecast")
    };
    println!("{series} series of {MONTHS} months");
    timed("the first forecast", || forecast(&engine, 7));
    timed("another", || forecast(&engine, 8));
    let mut slowest = Duration::ZERO;
    let changes = [
        (7, 100, "a revision"),
        (11, 200, "a revision"),
        (7, MONTHS, "a new month"),
    ];
    for (of, at, what) in changes {
        let mut figures = FigureBatch::default();
        push(&mut figures, of, at, 1.03 * values(of)[at.min(MONTHS - 1)]);
        let (_, committed) = timed(&format!("commit of {what}"), || {
            store.append(figures, None, None).expect("a commit")
        });
        let (_, shown) = timed("  shown by the snapshot", || {
            let before = engine.snapshot();
            let touched = store.read_since(before.version()).expect("what changed");
            engine.replace(before.after(touched).expect("a snapshot"));
        });
        let (_, took) = timed("  forecast of the series from it", || forecast(&engine, of));
        slowest = slowest.max(committed + shown + took);
    }
    let afresh = Engine::new(Catalog::new(open()));
    for of in [7, 8, 11, 4000 % series] {
        assert_eq!(forecast(&engine, of), forecast(&afresh, of), "series {of}");
    }
    println!(
        "slowest commit and forecast: {:.0} ms",
        slowest.as_secs_f64() * 1e3
    );
    if std::env::var_os("TRADECAST_BOUNDS").is_some() {
        assert!(slowest <= BOUND, "{slowest:?}");
    }
}
