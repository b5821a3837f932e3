//! Benchmarks of the hot paths: load, features, fit, backtest. Inputs are built outside the timed
//! closures, from fixed seeds.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use tradecast::backtest::{BacktestRequest, backtest};
use tradecast::catalog::{Catalog, Snapshot, Vintage};
use tradecast::features::{KnownRegressors, Recipe};
use tradecast::growth::GrowthMeasure;
use tradecast::ingest::long::{self, LongColumns};
use tradecast::models::pooled::WindowMoments;
use tradecast::pipeline::{Engine, ForecastRequest};
use tradecast::projection::{FittedForecast, Member, Method, PanelModel, StageCache};
use tradecast::trade::{Month, Series};

/// Create a panel of series with trend, season and noise from a fixed seed.
fn panel(series: usize, months: usize) -> (Vec<String>, Vec<Vec<f64>>) {
    let mut state = 1_u64;
    let mut noise = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let mut one = || {
        let mut level = 8.0;
        let phase = noise();
        (0..months)
            .map(|t| {
                level += 0.003 + 0.05 * noise();
                (level
                    + 0.2 * (t as f64 * std::f64::consts::FRAC_PI_6 + phase).sin()
                    + 0.1 * noise())
                .exp()
            })
            .collect()
    };
    (
        (0..series).map(|k| format!("s{k:06}")).collect(),
        (0..series).map(|_| one()).collect(),
    )
}

fn views<'a>(ids: &'a [String], values: &'a [Vec<f64>]) -> Vec<Series<'a>> {
    ids.iter()
        .zip(values)
        .map(|(id, v)| Series::new(id, Month::january(2000), v, false))
        .collect()
}

fn load(criterion: &mut Criterion) {
    let (ids, values) = panel(1_000, 120);
    let mut file = tempfile::Builder::new()
        .suffix(".csv")
        .tempfile()
        .expect("a temporary file can be made");
    let mut text = String::from("unique_id,ds,y\n");
    for (id, series) in ids.iter().zip(&values) {
        for (k, v) in series.iter().enumerate() {
            let month = Month::january(2000).plus(i32::try_from(k).expect("a short series"));
            text.push_str(&format!("{id},{month},{v}\n"));
        }
    }
    file.write_all(text.as_bytes())
        .expect("a temporary file can be written");
    let mut group = criterion.benchmark_group("load");
    group
        .throughput(Throughput::Elements(120_000))
        .sample_size(20);
    group.bench_function("long_csv_120k_rows", |b| {
        b.iter(|| long::read(black_box(file.path()), &LongColumns::default()))
    });
    group.finish();
}

fn features(criterion: &mut Criterion) {
    let (_, values) = panel(1, 240);
    let first = Month::january(2000);
    let known = KnownRegressors::calendar(first, 252);
    let recipe = Recipe {
        lags: &[1, 2, 3, 12],
        trend: true,
        months: true,
        known: &known,
    };
    criterion.bench_function("features/rows_240_months", |b| {
        b.iter(|| recipe.training(first, black_box(&values[0]), 1000))
    });
    criterion.bench_function("features/moments_48_lags_240_months", |b| {
        b.iter(|| WindowMoments::of(black_box(&values[0]), 1.0, 48, 12))
    });
}

fn fit(criterion: &mut Criterion) {
    let (ids, values) = panel(200, 120);
    let series = views(&ids, &values);
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread can be started");
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10).throughput(Throughput::Elements(200));
    group.bench_function("pool_200_series_120_months_h12", |b| {
        b.iter(|| one.install(|| PanelModel::fit(black_box(&series), Method::Auto, 12)));
    });
    let pool = one.install(|| PanelModel::fit(&series, Method::Auto, 12));
    group.throughput(Throughput::Elements(1));
    group.bench_function("series_120_months_h12", |b| {
        b.iter(|| FittedForecast::new(black_box(&series[7]), &pool))
    });
    let fitted = FittedForecast::new(&series[7], &pool).expect("a long series can be fitted");
    group.bench_function("paths_1000_h12", |b| {
        b.iter(|| fitted.paths(black_box(1000), 7))
    });
    group.finish();
}

fn backtests(criterion: &mut Criterion) {
    let (ids, values) = panel(20, 120);
    let request = BacktestRequest::new(12, 3, 6, &[Method::Auto], BacktestRequest::NAIVE, &[], 7)
        .expect("a sound request");
    let mut group = criterion.benchmark_group("backtest");
    group.sample_size(10).throughput(Throughput::Elements(60));
    group.bench_function("20_series_3_origins_h12", |b| {
        b.iter_batched(
            || views(&ids, &values),
            |series| {
                backtest(
                    black_box(&series),
                    |_| true,
                    &request,
                    |_| ControlFlow::Continue(()),
                )
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// Forecast one series by the seasonal naive, whose path costs nothing: 1,000 paths, and every
/// growth measure at every month ahead with two intervals.
fn readings(criterion: &mut Criterion) {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let figures = tradecast::ingest::read_folder(&data).expect("the bundled data can be read");
    let snapshot = Snapshot::new(figures).expect("the bundled data make a snapshot");
    let engine = Engine::new(Catalog::new(snapshot));
    let method = Method::Only(Member::SeasonalNaive);
    let request = ForecastRequest::new(12, &[80.0, 95.0], Vintage::Latest, 7, method, 1000)
        .and_then(|request| request.with_measures(&GrowthMeasure::ALL))
        .expect("a sound request");
    let plan = engine.plan(request).prepare();
    let key = "USA.CHN.M.TOTAL.USD";
    plan.run(key).expect("a bundled series can be forecast");
    criterion.bench_function("draws/paths_1000_all_readings_h12", |b| {
        b.iter(|| plan.run(black_box(key)))
    });
}

/// Fit the panel models of twelve origins six months apart, each on its own and with a stage cache.
fn origins(criterion: &mut Criterion) {
    let (ids, values) = panel(50, 120);
    let at = |last: i32| -> Vec<Series<'_>> {
        views(&ids, &values)
            .iter()
            .map(|series| series.until(Month::january(2000).plus(last)))
            .collect()
    };
    let panels: Vec<Vec<Series<'_>>> = (0..12).map(|k| at(53 + 6 * k)).collect();
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread can be started");
    let mut group = criterion.benchmark_group("origins");
    group.sample_size(10).throughput(Throughput::Elements(600));
    group.bench_function("50_series_12_origins_afresh", |b| {
        b.iter(|| {
            one.install(|| {
                panels
                    .iter()
                    .map(|panel| PanelModel::fit(black_box(panel), Method::Auto, 12).horizon())
                    .sum::<usize>()
            })
        });
    });
    group.bench_function("50_series_12_origins_remembering", |b| {
        b.iter(|| {
            one.install(|| {
                let mut memory = StageCache::default();
                let mut fit = |panel: &Vec<Series<'_>>| {
                    let (panel, none) = (black_box(panel), Arc::default());
                    PanelModel::fit_cached(panel, Method::Auto, 12, none, &mut memory).horizon()
                };
                panels.iter().map(&mut fit).sum::<usize>()
            })
        });
    });
    group.finish();
}

criterion_group!(benches, load, features, fit, readings, backtests, origins);
criterion_main!(benches);
