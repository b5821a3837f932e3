//! Benchmark of a batch over a whole panel, against a lower bound: the time of the Gram products
//! and of one pass over the data.
//!
//! `cargo bench --bench panel` runs 2,000 series of 240 months; set `TRADECAST_PANEL=100000` for
//! another number. It prints series per second and core, the bound's share of the time, and how the
//! time grows when the panel doubles.

use std::sync::Arc;
use std::time::{Duration, Instant};
use tradecast::models::pooled::WindowMoments;
use tradecast::pipeline::batch;
use tradecast::projection::{Method, NewsOfOthers};
use tradecast::trade::{Month, Series};

const MONTHS: usize = 240;
const HORIZON: usize = 12;
/// Lags of the pooled regressions: 13 in logarithms, 13 in levels, and the long ones.
const LAGS: [usize; 5] = [13, 13, 24, 36, 48];
/// Number of origins at which they are fitted: the last month and four rolling ones.
const ORIGINS: [usize; 5] = [0, 6, 12, 18, 24];

fn values(series: usize) -> Vec<f64> {
    let mut state = 1_u64;
    let mut noise = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let mut all = Vec::with_capacity(series * MONTHS);
    for _ in 0..series {
        let (mut level, phase) = (8.0, noise());
        for t in 0..MONTHS {
            level += 0.003 + 0.05 * noise();
            all.push(
                (level
                    + 0.2 * (t as f64 * std::f64::consts::FRAC_PI_6 + phase).sin()
                    + 0.1 * noise())
                .exp(),
            );
        }
    }
    all
}

/// Return the time of a whole batch.
fn whole(panel: &[Series<'_>]) -> Duration {
    let begun = Instant::now();
    let mut rows = 0;
    let done: Result<(), ()> = batch(
        panel,
        Method::Auto,
        HORIZON,
        &[0.8, 0.95],
        Arc::default(),
        NewsOfOthers::Used,
        |_, row| {
            rows += row.map_or(0, |row| row.point.len());
            Ok(())
        },
    );
    assert!(
        done.is_ok() && rows == panel.len() * HORIZON,
        "every series is forecast"
    );
    begun.elapsed()
}

/// Return the time of the Gram products of every pooled regression at every origin, and of one pass
/// over the data.
fn bound(panel: &[Series<'_>]) -> Duration {
    let begun = Instant::now();
    let mut sum = 0.0;
    for series in panel {
        sum += series.values().iter().sum::<f64>();
        for back in ORIGINS {
            let known = &series.values()[..series.len() - back];
            for lags in LAGS {
                let moments = WindowMoments::of(
                    known,
                    1.0,
                    lags,
                    if back == 0 {
                        HORIZON
                    } else {
                        back.min(HORIZON)
                    },
                );
                sum += f64::from(u8::from(moments.is_some()));
            }
        }
    }
    assert!(sum > 0.0);
    begun.elapsed()
}

fn main() {
    let series: usize = std::env::var("TRADECAST_PANEL")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2000);
    let all = values(series);
    let ids: Vec<String> = (0..series).map(|k| format!("s{k:06}")).collect();
    let panel: Vec<Series<'_>> = ids
        .iter()
        .zip(all.chunks(MONTHS))
        .map(|(id, v)| Series::new(id, Month::january(2000), v, false))
        .collect();
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread can be started");
    let (half, full, bound) =
        one.install(|| (whole(&panel[..series / 2]), whole(&panel), bound(&panel)));
    println!("{series} series of {MONTHS} months, {HORIZON} ahead, on one core");
    println!(
        "series a second and core   {:.0}",
        series as f64 / full.as_secs_f64()
    );
    println!(
        "bound: Gram products, one pass   {:.0} ms, {:.1} % of the batch",
        bound.as_secs_f64() * 1e3,
        100.0 * bound.as_secs_f64() / full.as_secs_f64()
    );
    println!(
        "time when the panel doubles   {:.2} times",
        full.as_secs_f64() / half.as_secs_f64()
    );
}
