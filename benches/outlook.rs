//! Outlooks: how good and how fast.
//!
//! `cargo bench --bench outlook -- PANEL.parquet SCALE [EVERY]` scores outlooks of every EVERYth
//! series of a panel (columns `series_id`, `period`, `value` in units of SCALE dollars) at 40
//! standpoints of ten years: of flows of which years, cumulatives and growth alone are published,
//! of flows of which months are published too, and of groups of five partners.
//!
//! `cargo bench --bench outlook` measures the time that draws from 1,000, 3,000 and 10,000 figures
//! of 50 leaves take on one core.

#[path = "../tests/it/standpoints.rs"]
mod standpoints;

use standpoints::Published;
use std::time::Instant;
use tradecast::projection::{Disaggregation, DonorPrior, LeafSystem};
use tradecast::trade::release::FigureMeasure;
use tradecast::trade::{Code, Currency, Month, Release, SeriesKey, Span};

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    match arguments.as_slice() {
        [] => {
            let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            one.unwrap().install(speed);
        }
        [path, scale, rest @ ..] => {
            let panel = standpoints::read(path, scale.parse().unwrap());
            let every = rest.first().map_or(1, |text| text.parse().unwrap());
            let print = |title: &str, points: &[standpoints::Standpoint]| {
                let scores = standpoints::scores(&panel, points);
                println!("{title}\n{}", standpoints::table(&scores));
            };
            for (title, published) in [
                ("Flows, years and cumulatives published", Published::Spans),
                ("Flows, months published too", Published::Tables),
            ] {
                print(title, &standpoints::standpoints(&panel, every, published));
            }
            let groups = standpoints::group_standpoints(&panel, every);
            if !groups.is_empty() {
                print("Groups of five partners, months published too", &groups);
            }
        }
        _ => panic!("expected PANEL.parquet SCALE [EVERY], or nothing"),
    }
}

/// Print seconds for so many figures: months, cumulatives and growth of 25 partners and both flows.
fn speed() {
    for figures in [1_000, 3_000, 10_000] {
        let letter = |k: usize| char::from(b'A' + u8::try_from(k).unwrap());
        let partners = (0..25).map(|k| Code::parse(&format!("P{}", letter(k))).unwrap());
        let keys: Vec<SeriesKey> = partners
            .flat_map(|partner| {
                ["X", "M"].map(|flow| {
                    SeriesKey::parse(&format!("AAA.{partner}.{flow}.TOTAL.USD")).unwrap()
                })
            })
            .collect();
        let system = LeafSystem::of(keys.clone());
        let first = Month::january(2020);
        let mut releases: Vec<Release> = Vec::new();
        'all: for t in 12..72 {
            for (leaf, key) in keys.iter().enumerate() {
                let level = |t: usize| {
                    let season = 1.0 + 0.2 * f64::from(u8::try_from((t * 7 + leaf) % 12).unwrap());
                    1e8 * (1 + leaf) as f64 * season
                };
                let month = first.forward(t);
                let to_date = Span::year_to_date(month);
                let january = t + 1 - to_date.count();
                let sum = |from: usize| (from..from + to_date.count()).map(level).sum::<f64>();
                let growth = sum(january) / sum(january - 12) - 1.0;
                for (span, measure, value, rounding) in [
                    (Span::month(month), FigureMeasure::Level, level(t), 0.5),
                    (to_date, FigureMeasure::Level, sum(january), 0.5),
                    (to_date, FigureMeasure::Growth, growth, 5e-4),
                    (
                        Span::month(month),
                        FigureMeasure::Growth,
                        level(t) / level(t - 12) - 1.0,
                        5e-4,
                    ),
                ] {
                    if releases.len() == figures {
                        break 'all;
                    }
                    releases.push(standpoints::release(key, span, measure, value, rounding));
                }
            }
        }
        let releases: Vec<&Release> = releases.iter().collect();
        let priors = vec![DonorPrior::of(&[]); keys.len()];
        let start = Instant::now();
        let drawn = Disaggregation {
            system: &system,
            releases: &releases,
            donor_priors: &priors,
            window: Span::new(first, 72).unwrap(),
            rate: &|from: Currency, _: Month| (from == Currency::USD).then_some(1.0),
        }
        .draw(1000, 1)
        .unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{figures:6} figures of 50 leaves: {seconds:.2} s on one core, {:.2} ms a figure",
            1e3 * seconds / drawn.used as f64
        );
    }
}
