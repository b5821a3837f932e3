//! Outlooks as planned and run on the bundled figures.

use super::change::OutlookChange;
use super::plan::OutlookPlan;
use super::request::OutlookRequest;
use super::result::{Outlook, OutlookError};
use super::track_record::TrackRecord;
use crate::catalog::{Catalog, Snapshot, Vintage};
use crate::growth::{GrowthEstimate, GrowthMeasure, SeriesDraws};
use crate::ingest::{TidyFigures, read_folder};
use crate::pipeline::engine::Engine;
use crate::pipeline::scenario::{Shock, ShockSize, ShockTarget};
use crate::pipeline::{OutlookBasis, SplitBy};
use crate::projection::DisaggregationError;
use crate::trade::month::parse_date;
use crate::trade::{Code, Currency, Month, SeriesKey, Span, release};
use std::path::Path;

fn request(reporter: &str, partner: &str, day: &str) -> OutlookRequest {
    let code = |text| Code::parse(text).unwrap();
    let vintage = Vintage::AsOf(parse_date(day).unwrap());
    OutlookRequest::new(code(reporter), code(partner), code("TOTAL"), vintage)
        .with_paths(200)
        .unwrap()
        .with_seed(1)
}

fn bundled() -> Engine {
    engine(read_folder(Path::new("data")).unwrap())
}

fn engine(figures: TidyFigures) -> Engine {
    Engine::new(Catalog::new(Snapshot::new(figures).unwrap()))
}

fn plan(engine: &Engine, request: OutlookRequest) -> Result<OutlookPlan, OutlookError> {
    OutlookPlan::new(engine, engine.snapshot(), request)
}

#[test]
fn every_draw_adds_up_and_agrees_with_every_figure() {
    let plan = plan(&bundled(), request("CHN", "CA5", "2025-06-14")).unwrap();
    assert!(matches!(plan, OutlookPlan::FromReleases { .. }));
    let joint = plan.prepare().draw().unwrap().joint;
    let place = |text: &str| joint.find(&SeriesKey::parse(text).unwrap()).unwrap();
    let (total, exports, imports) = (
        place("CHN.CA5.T.TOTAL.CNY"),
        place("CHN.CA5.X.TOTAL.CNY"),
        place("CHN.CA5.M.TOTAL.CNY"),
    );
    let balance = place("CHN.CA5.B.TOTAL.CNY");
    let members =
        ["KAZ", "KGZ", "TJK", "TKM", "UZB"].map(|m| place(&format!("CHN.{m}.T.TOTAL.CNY")));
    let n = joint.months();
    for draw in joint.draws() {
        let at = |node: usize, t: usize| draw[node * n + t];
        for t in 0..n {
            let (x, m, all) = (at(exports, t), at(imports, t), at(total, t));
            assert!(x >= 0.0 && m >= 0.0);
            assert!((x + m - all).abs() <= 1e-9 * all);
            assert!((x - m - at(balance, t)).abs() <= 1e-9 * all);
            let sum: f64 = members.iter().map(|member| at(*member, t)).sum();
            assert!((sum - all).abs() <= 1e-9 * all);
        }
    }
    // Levels of January to May 2025 to 0.01 bn.
    let near = |node: usize, span: &str, level: f64, most: f64| {
        let sums = SeriesDraws::new(&joint, node)
            .sums(Span::parse(span).unwrap())
            .unwrap();
        let off = sums.iter().fold(0.0, |m: f64, s| m.max((s - level).abs()));
        assert!(off <= most, "{span}: {off} off {level}");
    };
    // Figures that restate those of their parts are met to the sum of the parts' roundings.
    near(total, "2025-01-01/P5M", 286.42e9, 2.0 * 5e6);
    near(exports, "2025-01-01/P5M", 188.18e9, 2.0 * 5e6);
    near(imports, "2025-01-01/P5M", 98.24e9, 2.0 * 5e6);
    // The customs' table of December 2024 adds up to 674.75 bn; 2025's growth shows revisions
    // of up to half a percent since; the draws go a little beyond.
    near(total, "2024", 674.75e9, 0.007 * 674.75e9);
}

#[test]
fn another_unit_changes_no_growth() {
    // The same figures in thousandths: every growth rate stays, every level moves.
    let request = request("CHN", "CA5", "2025-06-14");
    let read = |scale: f64| {
        let mut tidy = read_folder(Path::new("data")).unwrap();
        let rescaled = tidy.releases.iter_mut().filter(|r| {
            r.key.reporter.as_str() == "CHN"
                && r.measure == release::FigureMeasure::Level
                && r.key.unit == Currency::CNY
        });
        rescaled.for_each(|release| {
            release.value *= scale;
            release.rounding *= scale;
        });
        // Only figures in yuan, so that no exchange rate and no month ties them to another
        // unit.
        tidy.grid = TidyFigures::default().grid;
        tidy.releases.retain(|r| r.key.unit == Currency::CNY);
        let plan = plan(&engine(tidy), request.clone()).unwrap();
        let found = plan.prepare().run().unwrap();
        (
            found.level,
            found.base.unwrap(),
            found.contributions,
            found.flat_rest_growth.unwrap(),
        )
    };
    let (one, thousand) = (read(1.0), read(1000.0));
    assert!((thousand.0 / one.0 - 1000.0).abs() < 1e-6);
    assert!((thousand.1.lower / one.1.lower - 1000.0).abs() < 1e-6);
    assert!(!one.2.is_empty() && one.2.len() == thousand.2.len());
    for (a, b) in one.2.iter().zip(&thousand.2) {
        assert!((a.points - b.points).abs() < 1e-9);
    }
    assert!((one.3 - thousand.3).abs() < 1e-6);
}

#[test]
fn levels_in_another_currency_are_read_from_the_same_draws() {
    let engine = bundled();
    let run = |currency: &str| {
        let currency = Currency::parse(currency).unwrap();
        let request = request("CHN", "CA5", "2026-08-20").with_currency(Some(currency));
        plan(&engine, request).unwrap().prepare().run().unwrap()
    };
    let (yuan, dollars, euros) = (run("CNY"), run("USD"), run("EUR"));
    assert_eq!(dollars.key.to_string(), "CHN.CA5.T.TOTAL.USD");
    assert_eq!((yuan.known, yuan.year), (dollars.known, dollars.year));
    assert_eq!(dollars.drawn_in, yuan.key.unit);
    let year = |outlook: &Outlook, unit: Currency| {
        let of_year = |(of, growth): &&(Currency, GrowthEstimate)| {
            *of == unit && growth.measure == GrowthMeasure::Year
        };
        let (_, found) = outlook.readings.iter().find(of_year).unwrap();
        found.clone()
    };
    for unit in [Currency::CNY, Currency::USD] {
        assert_eq!(year(&yuan, unit), year(&dollars, unit), "{unit}");
    }
    assert_eq!(
        year(&yuan, Currency::CNY),
        year(&euros, Currency::CNY),
        "euros are read from the same draws"
    );
    // One growth of the known span: stated, read, and split.
    for outlook in [&yuan, &dollars, &euros] {
        let (unit, growth) = (outlook.key.unit, outlook.growth.unwrap());
        let of_known = |(of, growth): &&(Currency, GrowthEstimate)| {
            *of == unit
                && growth.measure == GrowthMeasure::YearToDate
                && growth.span == outlook.known
        };
        let (_, read) = outlook.readings.iter().find(of_known).unwrap();
        assert_eq!(read.median, growth);
        assert_eq!(outlook.rate.unwrap().growth_home, growth);
        for by in [SplitBy::Flow, SplitBy::Partner] {
            let parts = outlook.contributions.iter().filter(|part| part.by == by);
            let sum: f64 = parts.map(|part| part.points).sum();
            assert!((sum - 100.0 * growth).abs() < 1e-9, "{unit}, {by}: {sum}");
        }
    }
    let of_rate = yuan.rate.unwrap();
    assert!((of_rate.growth_other - dollars.growth.unwrap()).abs() < 1e-12);
}

#[test]
fn kept_draws_give_the_same_outlook_in_any_currency_and_under_any_shock() {
    let engine = bundled();
    let request = |currency| {
        let request = request("CHN", "CA5", "2025-06-14");
        request.with_currency(Some(Currency::parse(currency).unwrap()))
    };
    let shock = Shock::new(
        ShockTarget::Partner(Code::parse("KAZ").unwrap()),
        ShockSize::Percent(vec![-10.0]),
        Span::parse("2025-07-01/P6M").unwrap(),
    );
    let shocked = request("CNY").with_shocks(vec![shock.unwrap()]);
    for request in [request("CNY"), request("USD"), shocked] {
        let prepared = plan(&engine, request).unwrap().prepare();
        assert_eq!(prepared.run_on(&engine).unwrap(), prepared.run().unwrap());
    }
}

#[test]
fn newer_months_of_the_other_partner_are_evidence_and_no_figures() {
    // AAA's imports from BBB fluctuate around a path of 1 % a month to June 2025. BBB's exports
    // to AAA are 5 % lower, and from July to September 30 % above that path.
    let level = |t: i32| 1e9 * 1.01_f64.powi(t) * (1.0 + 0.15 * (2.1 * f64::from(t)).sin());
    let figure = |key: &str, t: i32, off: f64| release::Release {
        key: SeriesKey::parse(key).unwrap(),
        span: Span::month(Month::january(2023).plus(t)),
        measure: release::FigureMeasure::Level,
        value: off * level(t),
        rounding: 0.5,
        released_on: None,
        known_since: None,
        status: "published".to_owned(),
        source: String::new(),
    };
    let run = |mirrored: bool| {
        let mut tidy = TidyFigures::default();
        let own = (0..30).map(|t| figure("AAA.BBB.M.TOTAL.USD", t, 1.0));
        tidy.releases.extend(own);
        if mirrored {
            let off = |t: i32| if t < 30 { 0.95 } else { 0.95 * 1.3 };
            let other = (0..33).map(|t| figure("BBB.AAA.X.TOTAL.USD", t, off(t)));
            tidy.releases.extend(other);
        }
        let request = request("AAA", "BBB", "2025-10-20").with_vintage(Vintage::Latest);
        plan(&engine(tidy), request)
            .unwrap()
            .prepare()
            .run()
            .unwrap()
    };
    let (without, with) = (run(false), run(true));
    for (outlook, count) in [(&without, 0), (&with, 3)] {
        assert_eq!(outlook.known.to_string(), "2025-S1");
        let counted = matches!(
            outlook.basis,
            OutlookBasis::Releases { used: 30, mirrored, .. } if mirrored == count
        );
        assert!(counted, "{:?}", outlook.basis);
    }
    let quarter = |outlook: &Outlook| {
        let of_quarter = |(_, growth): &&(Currency, GrowthEstimate)| {
            growth.measure == GrowthMeasure::Quarter && growth.span.to_string() == "2025-Q3"
        };
        let (_, found) = outlook.readings.iter().find(of_quarter).unwrap();
        found.median
    };
    let (before, after) = (quarter(&without), quarter(&with));
    // Differences of 18 months are zero: an error of √(0.04 / 22), or 4.3 %, a month.
    let sum = |from: i32| (from..from + 3).map(level).sum::<f64>();
    let mirrored = 1.3 * sum(30) / sum(18) - 1.0;
    let (far, near) = ((mirrored - before).abs(), (mirrored - after).abs());
    assert!(
        near < 0.5 * far && near > 1e-4,
        "{before}, {after} of {mirrored}"
    );
}

#[test]
fn a_figure_that_contradicts_all_others_is_not_repeated_as_known() {
    // Exports and imports of 100 mn a month each in 2023, of 110 mn from 2024 on, to May 2025.
    let figure = |key: &str, span: Span, measure, value: f64| release::Release {
        key: SeriesKey::parse(key).unwrap(),
        span,
        measure,
        value,
        rounding: 5e-4 * value.abs(),
        released_on: None,
        known_since: None,
        status: "published".to_owned(),
        source: String::new(),
    };
    let to_date = Span::parse("2025-01-01/P5M").unwrap();
    let run = |of_total: Option<(release::FigureMeasure, f64)>| {
        let mut tidy = TidyFigures::default();
        for flow in ["X", "M"] {
            let key = format!("AAA.BBB.{flow}.TOTAL.USD");
            for month in Span::parse("2023-01-01/P29M").unwrap().iter() {
                let value = if month.year() == 2023 { 100e6 } else { 110e6 };
                let level = release::FigureMeasure::Level;
                tidy.releases
                    .push(figure(&key, Span::month(month), level, value));
            }
        }
        if let Some((measure, value)) = of_total {
            let total = figure("AAA.BBB.T.TOTAL.USD", to_date, measure, value);
            tidy.releases.push(total);
        }
        let request = request("AAA", "BBB", "2025-06-20").with_vintage(Vintage::Latest);
        let plan = plan(&engine(tidy), request).unwrap();
        plan.prepare().run().unwrap()
    };
    for wrong in [
        None,
        Some((release::FigureMeasure::Growth, 0.55)),
        Some((release::FigureMeasure::Level, 1600e6)),
    ] {
        let outlook = run(wrong);
        assert_eq!(outlook.known, to_date);
        let off = outlook.level / 1100e6 - 1.0;
        assert!(off.abs() < 0.01, "{wrong:?}: {}", outlook.level);
        let growth = outlook.growth.unwrap();
        assert!(growth.abs() < 0.01, "{wrong:?}: {growth}");
        // Years that follow from the months of both flows.
        let record = outlook.record.unwrap();
        assert_eq!(record.since, Span::year(2023));
        assert!((record.largest.1 / 2640e6 - 1.0).abs() < 0.01);
    }
    // A correct figure is repeated as it was published.
    let stated = run(Some((release::FigureMeasure::Growth, 0.004)));
    assert_eq!(stated.growth, Some(0.004));
}

#[test]
fn monthly_flows_are_drawn_together_and_add_up() {
    let engine = bundled();
    let request = request("USA", "CHN", "2025-06-14");
    let vintage = request.vintage;
    let plan = plan(&engine, request).unwrap();
    // Figures to April are public by mid-June: eight months are left, fewer than the usual
    // horizon.
    assert_eq!(plan.forecasts().unwrap().request().horizon, 12);
    let prepared = plan.prepare();
    let joint = prepared.draw().unwrap().joint;
    let n = joint.months();
    let names: Vec<String> = joint
        .nodes()
        .iter()
        .map(|node| node.key.flow.to_string())
        .collect();
    assert_eq!(names, ["T", "X", "M", "B"]);
    let snapshot = engine.snapshot();
    let (_, exports) = snapshot.series("USA.CHN.X.TOTAL.USD", vintage).unwrap();
    for draw in joint.draws() {
        let at = |node: usize, t: usize| draw[node * n + t];
        for t in 0..n {
            let (total, x, m) = (at(0, t), at(1, t), at(2, t));
            assert!(x >= 0.0 && m >= 0.0);
            assert!((x + m - total).abs() <= 1e-9 * total, "{x} + {m} = {total}");
            assert!((x - m - at(3, t)).abs() <= 1e-9 * total);
            let month = joint.first().plus(i32::try_from(t).unwrap());
            if let Some(seen) = exports.at(month) {
                assert_eq!(x, seen, "{month} is known");
            }
        }
    }
    let found = prepared.run().unwrap();
    assert!(matches!(&found.basis, OutlookBasis::Months(series) if series.len() == 2));
    // bn USD, January to April: 168.05 on 177.51 a year before.
    assert!((found.growth.unwrap() - (168.05 / 177.51 - 1.0)).abs() < 1e-3);
    let record = found.record.unwrap();
    assert_eq!(
        (record.currency, record.since),
        (Currency::USD, Span::year(2001))
    );
    assert!(
        found.rate.is_some()
            && found
                .readings
                .iter()
                .any(|(unit, _)| *unit == Currency::CNY)
    );
}

#[test]
fn any_target_is_read_from_the_draws_of_an_outlook_without_one() {
    let engine = bundled();
    let run = |request| plan(&engine, request).unwrap().prepare().run().unwrap();
    let plain = request("CHN", "CA5", "2025-06-14");
    let kept = run(plain.clone());
    assert_eq!(kept.target, None);
    for growth in [-0.05, 0.1, 0.25] {
        let whole = run(plain.clone().with_target(2025, growth).unwrap());
        assert!(whole.target.is_some());
        assert_eq!(kept.with_target(Some((2025, growth))), Some(whole));
    }
    assert_eq!(kept.with_target(Some((2026, 0.1))), None);
}

#[test]
fn growth_alone_and_days_out_of_order_are_refused_with_the_reason() {
    let mut tidy = TidyFigures::default();
    tidy.releases.push(release::Release {
        key: SeriesKey::parse("AAA.BBB.T.TOTAL.USD").unwrap(),
        span: Span::year(2024),
        measure: release::FigureMeasure::Growth,
        value: 0.1,
        rounding: 5e-4,
        released_on: None,
        known_since: None,
        status: "published".to_owned(),
        source: String::new(),
    });
    let alone = plan(&engine(tidy), request("AAA", "BBB", "2025-06-20")).unwrap_err();
    assert_eq!(alone.to_string(), "no published level lies within 2024");
    let engine = bundled();
    let day = |text| parse_date(text).unwrap();
    let known = request("CHN", "CA5", "2025-06-20");
    let same = OutlookChange::new(&engine.snapshot(), &known, day("2025-06-20")).unwrap_err();
    assert!(
        same.to_string().contains("a day before 2025-06-20"),
        "{same}"
    );
    let late = TrackRecord::new(&engine.snapshot(), &known, day("2025-07-01")).unwrap_err();
    assert!(
        late.to_string()
            .contains("no figures came from 2025-07-01 on"),
        "{late}"
    );
}

#[test]
fn a_target_for_another_year_and_old_figures_are_refused_before_anything_is_drawn() {
    let engine = bundled();
    let known = request("CHN", "CA5", "2025-06-14");
    let wrong = known.with_target(2031, 0.1).unwrap();
    assert_eq!(
        plan(&engine, wrong).unwrap_err(),
        OutlookError::Target {
            expected: 2025,
            found: 2031
        }
    );
    // In August 2022 the last figure was that of 2013, for that of 2021 is a bound.
    let old = plan(&engine, request("CHN", "CA5", "2022-08-20"));
    assert!(
        matches!(
            old,
            Err(OutlookError::Disaggregation(
                DisaggregationError::NoFigure { .. }
            ))
        ),
        "{old:?}"
    );
}
