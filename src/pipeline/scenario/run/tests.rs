//! Tests of whole scenario runs.

use super::*;
use crate::catalog::{Catalog, Snapshot, Vintage};
use crate::growth::GrowthMeasure;
use crate::growth::comparison::Comparison;
use crate::pipeline::scenario::{ShockError, ShockSize, ShockTarget};
use crate::pipeline::{Engine, ForecastRequest};
use crate::projection::Method;
use crate::trade::Regressors;
use crate::trade::{Currency, Flow, Month, Span};
use std::path::Path;
use std::sync::Arc;

const X: &str = "USA.CHN.X.TOTAL.USD";
const M: &str = "USA.CHN.M.TOTAL.USD";

fn engine() -> Engine {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let tidy = crate::ingest::read_folder(&data).unwrap();
    Engine::new(Catalog::new(Snapshot::new(tidy).unwrap()))
}

fn request() -> ForecastRequest {
    let day = crate::trade::month::parse_date("2024-08-15").unwrap();
    ForecastRequest::new(12, &[80.0], Vintage::AsOf(day), 5, Method::Auto, 200).unwrap()
}

fn scenario(series: &[&str], shocks: Vec<Shock>, currency: Option<&str>) -> Scenario {
    Scenario {
        series: series.iter().map(|s| (*s).to_owned()).collect(),
        shocks,
        currency: currency.map(|code| Currency::parse(code).unwrap()),
    }
}

fn percent(target: ShockTarget, percent: f64, months: &str) -> Shock {
    let months = Span::parse(months).unwrap();
    Shock::new(target, ShockSize::Percent(vec![percent]), months).unwrap()
}

#[test]
fn the_baseline_is_the_forecast() {
    let plan = engine().plan(request()).prepare();
    let found = run_scenario(
        &plan,
        &scenario(&[X, "USA.CHN.M.NONE.USD", M], vec![], None),
    )
    .unwrap();
    assert_eq!(found.failures().len(), 1);
    let keys: Vec<String> = found.series().map(|(key, _)| key.to_string()).collect();
    let [total, balance] = [X.replace(".X.", ".T."), X.replace(".X.", ".B.")];
    assert_eq!(keys, [X, M, &total, &balance]);
    let forecast = plan.run(X).unwrap();
    for comparison in found.comparisons(0) {
        let growth = comparison.growth.unwrap();
        assert_eq!(growth.baseline, growth.scenario);
        let of_forecast = forecast.points.iter().flat_map(|point| &point.readings);
        let same = of_forecast
            .chain(&forecast.years)
            .find(|r| r.measure == comparison.measure && r.span == comparison.span)
            .unwrap();
        assert!((same.median - growth.baseline.median).abs() < 1e-12);
        let (a, b) = (same.bands[0], growth.baseline.bands[0]);
        assert!((a.lower - b.lower).abs() < 1e-12 && (a.upper - b.upper).abs() < 1e-12);
        assert!((same.share_observed - growth.baseline.share_observed).abs() < 1e-12);
        assert!((same.naive - growth.baseline.naive).abs() < 1e-12);
        assert_eq!(comparison.value.change.median, 0.0);
    }
    assert!(found.comparisons(0).len() >= 36);
    assert!((0..4).all(|k| !found.moved(k)));
}

#[test]
fn a_scenario_is_read_by_the_measures_of_its_request() {
    let measures = [GrowthMeasure::Quarter, GrowthMeasure::Momentum];
    let request = request().with_measures(&measures).unwrap();
    let plan = engine().plan(request).prepare();
    let found = run_scenario(&plan, &scenario(&[X], vec![], None)).unwrap();
    let comparisons = found.comparisons(0);
    // Twelve months hold four quarters' ends; momentum is seasonally adjusted.
    assert_eq!(comparisons.len(), 4);
    for comparison in comparisons {
        assert_eq!(comparison.measure, GrowthMeasure::Quarter);
        assert_eq!(comparison.span.last().of_year() % 3, 0);
        assert!(comparison.growth.is_some());
    }
}

#[test]
fn imports_a_tenth_lower_move_the_total_and_the_balance() {
    let plan = engine().plan(request()).prepare();
    let shock = percent(ShockTarget::Flow(Flow::Imports), -10.0, "2024");
    let found = run_scenario(&plan, &scenario(&[X, M], vec![shock], None)).unwrap();
    assert_eq!(
        [0, 1, 2, 3].map(|k| found.moved(k)),
        [false, true, true, true]
    );
    let year = |k: usize| {
        let all = found.comparisons(k);
        let year = |c: &Comparison| c.measure == GrowthMeasure::Year && c.span == Span::year(2024);
        all.into_iter().find(year).unwrap()
    };
    let (imports, total, balance) = (year(1), year(2), year(3));
    // July to December fall by a tenth, January to June are known: less than a tenth of the year,
    // more than a twentieth.
    let points = |c: &Comparison| c.growth.as_ref().unwrap().points.median;
    assert!(
        (-6.5..-4.0).contains(&points(&imports)),
        "{}",
        points(&imports)
    );
    assert!(points(&imports) < points(&total) && points(&total) < 0.0);
    let change = |c: &Comparison| c.value.change.median;
    assert!((change(&imports) - change(&total)).abs() < 1e-3 * change(&total).abs());
    assert!((change(&imports) + change(&balance)).abs() < 1e-3 * change(&total).abs());
    assert!(balance.growth.is_none(), "a deficit has no growth rate");
}

#[test]
fn a_dearer_yuan_is_worth_fewer_yuan() {
    let plan = engine().plan(request()).prepare();
    let rate = ShockTarget::Rate(Currency::parse("CNY").unwrap());
    let shock = percent(rate, 5.0, "2024-07-01/P6M");
    let found = run_scenario(&plan, &scenario(&[M], vec![shock.clone()], Some("CNY"))).unwrap();
    let month = &found.comparisons(0)[0];
    let (was, is) = (month.value.baseline.median, month.value.scenario.median);
    assert!((is / was - 1.0 / 1.05).abs() < 1e-9);
    // Not converted, there is nothing that a rate could change.
    let error = run_scenario(&plan, &scenario(&[M], vec![shock], None)).unwrap_err();
    let nothing = matches!(
        error,
        ScenarioRunError::Shock(ShockError::NothingHit { .. })
    );
    assert!(nothing, "{error}");
}

const T: &str = "USA.CHN.T.TOTAL.USD";
const HEAD: &str =
    "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

/// Exports and imports whose shocks are shared and their total, 150 months from 2010 on; exports go
/// on for one month more, and the total too where one is given. Exports to a second partner end in
/// 2019.
fn flows(total: Option<f64>) -> Engine {
    let mut state = 7_u64;
    let mut noise = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let mut rows = String::from(HEAD);
    let mut level = [21.0, 21.3];
    for t in 0..151 {
        let month = Month::january(2010).plus(t);
        let shared = noise();
        level
            .iter_mut()
            .for_each(|l| *l += 0.1 * (shared + 0.1 * noise()));
        let [x, m] = level.map(f64::exp);
        let mut row = |partner: &str, flow: &str, value: f64| {
            rows.push_str(&format!(
                "observation,USA,{partner},{flow},TOTAL,level,{month},{value},USD,p,,s\n"
            ));
        };
        row("CHN", "X", x);
        if t < 150 {
            row("CHN", "M", m);
            row("CHN", "T", x + m);
        } else if let Some(share) = total {
            row("CHN", "T", share * x);
        }
        if t < 120 {
            row("MEX", "X", x);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), rows).unwrap();
    let tidy = crate::ingest::read_folder(folder.path()).unwrap();
    Engine::new(Catalog::new(Snapshot::new(tidy).unwrap()))
}

fn latest() -> ForecastRequest {
    ForecastRequest::new(12, &[80.0], Vintage::Latest, 5, Method::Auto, 200).unwrap()
}

#[test]
fn flows_with_their_total_add_up_in_every_draw() {
    let plan = flows(None).plan(latest()).prepare();
    let long_over = "USA.MEX.X.TOTAL.USD";
    let found = run_scenario(&plan, &scenario(&[X, M, long_over, T], vec![], None)).unwrap();
    let (failed, why) = &found.failures()[0];
    assert_eq!((found.failures().len(), failed.as_str()), (1, long_over));
    assert!(why.to_string().contains("no months in common"), "{why}");
    let names: Vec<String> = found.series().map(|(key, _)| key.to_string()).collect();
    assert_eq!(names, [X, M, T, &X.replace(".X.", ".B.")]);
    let joint = &found.baseline;
    // The 150th month is June 2022: imports and total end then, and reach June 2023.
    let end = Month::new(2022, 6).unwrap();
    assert_eq!(joint.last(), end.plus(12));
    let months = joint.months();
    let next = joint.places(Span::month(end.plus(1))).unwrap().start;
    let exports = joint.nodes()[0].point[next];
    for draw in joint.draws() {
        assert_eq!(draw[next], exports, "what is known stays");
        for t in 0..months {
            let [x, m, total, balance] = [0, 1, 2, 3].map(|k| draw[k * months + t]);
            assert!((x + m - total).abs() <= 1e-9 * total);
            assert!((x - m - balance).abs() <= 1e-9 * total);
        }
    }
    assert!((0..4).all(|k| !found.comparisons(k).is_empty() && !found.moved(k)));
}

#[test]
fn each_series_has_the_notes_of_its_forecast_and_says_with_what_it_is_reconciled() {
    let plan = flows(None).plan(latest()).prepare();
    let notes = |series: &[&str]| -> Vec<Vec<String>> {
        let found = run_scenario(&plan, &scenario(series, vec![], None)).unwrap();
        let outcomes = (0..found.series().len()).map(|k| found.series_outcome(k).unwrap());
        outcomes.map(|outcome| outcome.notes).collect()
    };
    let own = |key: &str| plan.run(key).unwrap().notes;
    // Without their total nothing must hold; total and balance are added and have no notes.
    assert_eq!(notes(&[X, M]), [own(X), own(M), vec![], vec![]]);
    assert_eq!(notes(&[X, T]), [own(X), own(T)]);
    let found = notes(&[X, M, T]);
    let expected = [T, T, "the series that add up to it"];
    for ((found, key), with) in found.iter().zip([X, M, T]).zip(expected) {
        let (last, others) = found.split_last().unwrap();
        assert_eq!(others, own(key));
        assert!(
            last.starts_with(&format!("reconciled with {with}: ")),
            "{last}"
        );
    }
    // A history of two and a half years has a note of its own.
    let rows: String = (0..30)
        .map(|t| {
            let (month, value) = (
                Month::january(2020).plus(t),
                1e9 + f64::from(t * 7 % 5) * 1e7,
            );
            format!("observation,USA,CHN,M,TOTAL,level,{month},{value},USD,p,,s\n")
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), format!("{HEAD}{rows}")).unwrap();
    let tidy = crate::ingest::read_folder(folder.path()).unwrap();
    let engine = Engine::new(Catalog::new(Snapshot::new(tidy).unwrap()));
    let plan = engine.plan(latest()).prepare();
    let found = run_scenario(&plan, &scenario(&[M], vec![], None)).unwrap();
    let notes = found.series_outcome(0).unwrap().notes;
    assert!(
        notes
            .iter()
            .any(|note| note.starts_with("less than three years")),
        "{notes:?}"
    );
}

#[test]
fn sums_that_are_added_count_too() {
    let request = ForecastRequest::new(120, &[80.0], Vintage::Latest, 5, Method::Auto, 9000);
    let plan = flows(None).plan(request.unwrap()).prepare();
    let requested = [[X; 6], [M; 6]].concat();
    let error = run_scenario(&plan, &scenario(&requested, vec![], None)).unwrap_err();
    // 12 series, a total and a balance for each exports; 23 months before the first month ahead,
    // 120 from it on.
    let numbers = (12 + 2 * 6) * (23 + 120) * 9000;
    assert_eq!(error, ScenarioRunError::TooLarge { numbers });
    assert_eq!(check_size(1 << 8, 1 << 8, 1 << 8), Ok(()));
    assert!(
        check_size((1 << 8) + 1, 1 << 8, 1 << 8).is_err() && check_size(usize::MAX, 2, 2).is_err()
    );
}

#[test]
fn shocks_that_occurred_together_are_drawn_together() {
    let plan = flows(None).plan(latest()).prepare();
    let found = run_scenario(&plan, &scenario(&[X, M], vec![], None)).unwrap();
    let joint = &found.baseline;
    let sums = |k: usize| -> Vec<f64> {
        let ahead = joint.months() - 11;
        joint
            .paths(k)
            .map(|path| path[ahead..].iter().sum())
            .collect()
    };
    let variance = |values: Vec<f64>| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
    };
    let [x, m, balance] = [0, 1, 3].map(|k| variance(sums(k)));
    // The balance of independent flows would have the sum of both variances; that of flows with a
    // common shock has hardly any.
    assert!(balance < 0.6 * (x + m), "{balance} of {}", x + m);
}

#[test]
fn figures_that_contradict_each_other_are_refused() {
    // Total trade is half of exports alone, and imports are not known yet.
    let plan = flows(Some(0.5)).plan(latest()).prepare();
    let error = run_scenario(&plan, &scenario(&[X, M, T], vec![], None)).unwrap_err();
    let ScenarioRunError::Contradiction { series, span, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(
        (series.as_str(), span),
        (T, Span::parse("2022-07").unwrap())
    );
    assert!(run_scenario(&plan, &scenario(&[X, T], vec![], None)).is_ok());
}

#[test]
fn a_regressor_moves_what_it_drives_and_an_assumption_that_holds_moves_nothing() {
    // A panel of one file with one series, driven by a regressor: 3 % a unit.
    let first = Month::january(2010);
    let rate = |t: i32| f64::from((t * 7919) % 13);
    let mut rows = String::from(HEAD);
    for t in 0..150 {
        let noise = f64::from((t * t * 31 + t * 17) % 100) / 100.0 - 0.5;
        let value = 1e9 * (0.003 * f64::from(t) + 0.03 * rate(t) + 0.02 * noise).exp();
        let month = first.plus(t);
        rows.push_str(&format!(
            "observation,USA,CHN,M,TOTAL,level,{month},{value},USD,p,,s\n"
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), rows).unwrap();
    let tidy = crate::ingest::read_folder(folder.path()).unwrap();
    let engine = Engine::new(Catalog::new(Snapshot::new(tidy).unwrap()));
    let mut regressors = Regressors::new(vec!["rate".to_owned()]);
    let all: Vec<(Month, Vec<f64>)> = (0..162).map(|t| (first.plus(t), vec![rate(t)])).collect();
    regressors.insert(None, &all);
    let request = ForecastRequest::new(12, &[80.0], Vintage::Latest, 5, Method::Auto, 200);
    let plan = engine
        .plan_with(request.unwrap(), Arc::new(regressors))
        .prepare();
    let months = Span::new(first.plus(152), 3).unwrap();
    let shock = |values: Vec<f64>| {
        Shock::new(
            ShockTarget::Regressor("rate".into()),
            ShockSize::Value(values),
            months,
        )
        .unwrap()
    };
    let same = vec![rate(152), rate(153), rate(154)];
    let found = run_scenario(&plan, &scenario(&[M], vec![shock(same.clone())], None)).unwrap();
    assert!(!found.moved(0));
    let higher: Vec<f64> = same.iter().map(|v| v + 4.0).collect();
    let found = run_scenario(&plan, &scenario(&[M], vec![shock(higher)], None)).unwrap();
    for (k, month) in (0..12).zip(
        found
            .comparisons(0)
            .iter()
            .filter(|c| c.measure == GrowthMeasure::Month),
    ) {
        let ratio = month.value.scenario.median / month.value.baseline.median;
        let expected = if (2..5).contains(&k) {
            (0.03_f64 * 4.0).exp()
        } else {
            1.0
        };
        assert!((ratio - expected).abs() < 0.03, "{k}: {ratio} {expected}");
    }
    // Draw n of the scenario belongs to draw n of the baseline: a shock on the log scale moves all
    // draws of a month by one factor.
    let places = found.baseline.places(months).unwrap();
    let points = [&found.baseline, &found.scenario].map(|joint| &joint.nodes()[0].point);
    for (was, is) in found.baseline.paths(0).zip(found.scenario.paths(0)) {
        for t in places.clone() {
            let factor = points[1][t] / points[0][t];
            assert!((is[t] / was[t] / factor - 1.0).abs() < 1e-6);
        }
    }
    let unknown = Shock::new(
        ShockTarget::Regressor("oil".into()),
        ShockSize::Value(vec![1.0]),
        months,
    );
    let error = run_scenario(&plan, &scenario(&[M], vec![unknown.unwrap()], None)).unwrap_err();
    assert!(matches!(
        error,
        ScenarioRunError::Shock(ShockError::NothingHit { .. })
    ));
}
