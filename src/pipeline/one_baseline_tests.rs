//! The same question has the same answer wherever it is asked: forecasts, the baselines of
//! scenarios, explanations and outlooks are read from one set of draws.

use super::outlook::OutlookRequest;
use super::scenario::{Scenario, Shock, ShockSize, ShockTarget};
use super::{
    BatchRow, Engine, ForecastError, ForecastRequest, OutlookPlan, PreparedPlan, SeriesForecast,
    TotalError, batch, explain, run_scenario, total,
};
use crate::catalog::{Catalog, Snapshot, Vintage};
use crate::growth::comparison::Comparison;
use crate::growth::{GrowthEstimate, GrowthMeasure};
use crate::projection::{Method, NewsOfOthers};
use crate::trade::{Code, Month, Series, Span};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::sync::Arc;

const X: &str = "USA.MEX.X.TOTAL.USD";
const M: &str = "USA.MEX.M.TOTAL.USD";

/// What is peculiar of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Ordinary,
    Zeros,
    Shifted,
    Stopped,
}

/// Return a series with trend, season and noise, in which months may be zero or the last ones lie
/// on another level.
fn series(seed: u64, months: usize, kind: Kind, noise: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(2_862_933_555_777_941_757) | 1;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let value = |t: usize| {
        let season = 0.2 * (t as f64 * std::f64::consts::FRAC_PI_6).sin();
        let level = 1e3 * (0.004 * t as f64 + season + noise * (random() - 0.5)).exp();
        let zero = match kind {
            Kind::Zeros => random() < 0.3,
            Kind::Stopped => t + 3 >= months,
            _ => false,
        };
        match (zero, kind) {
            (true, _) => 0.0,
            (false, Kind::Shifted) if t + 3 >= months => 0.45 * level,
            _ => level,
        }
    };
    (0..months).map(value).collect()
}

fn engine(flows: &[(&str, &[f64])]) -> Engine {
    let flows: Vec<_> = flows
        .iter()
        .map(|(flow, values)| ("MEX", *flow, *values))
        .collect();
    engine_of(&flows)
}

/// Return an engine over flows with partners, mn USD from January 2012 on; NaN is no figure.
fn engine_of(flows: &[(&str, &str, &[f64])]) -> Engine {
    let header = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on";
    let mut text = format!("{header},source\n");
    for (partner, flow, values) in flows {
        let known = values.iter().enumerate();
        for (k, value) in known.filter(|(_, value)| !value.is_nan()) {
            let month = Month::january(2012).forward(k);
            let row = format!("observation,USA,{partner},{flow},TOTAL,level,{month},{value}");
            writeln!(text, "{row},USD mn,published,,invented").unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("observations")).unwrap();
    std::fs::write(folder.path().join("observations/own.csv"), text).unwrap();
    let tidy = crate::ingest::read_folder(folder.path()).unwrap();
    Engine::new(Catalog::new(Snapshot::new(tidy).unwrap()))
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

fn same(a: &GrowthEstimate, b: &GrowthEstimate) -> bool {
    let bands = a.bands.iter().zip(&b.bands);
    near(a.median, b.median)
        && bands.fold(true, |all, (a, b)| {
            all && near(a.lower, b.lower) && near(a.upper, b.upper)
        })
}

/// Return the growth that a forecast says of a span.
fn growth(
    forecast: &SeriesForecast,
    measure: GrowthMeasure,
    span: Span,
) -> Option<&GrowthEstimate> {
    let of_months = forecast.points.iter().flat_map(|point| &point.readings);
    let mut all = of_months.chain(&forecast.years);
    all.find(|growth| growth.measure == measure && growth.span == span)
}

/// Check that growth on an observed base is the level over the base, and that the month's level is
/// the analytic interval, which a batch writes.
fn check_levels(forecast: &SeriesForecast, history: &Series<'_>) {
    for point in &forecast.points {
        let before = point.month.plus(-12);
        let Some(base) = history.at(before).filter(|base| *base > 0.0) else {
            continue;
        };
        let growth = growth(forecast, GrowthMeasure::Month, Span::month(point.month)).unwrap();
        assert!(near(growth.median, point.value / base - 1.0), "{point:?}");
        for (of_growth, of_level) in growth.bands.iter().zip(&point.bands) {
            assert!(
                near(of_growth.lower, of_level.lower / base - 1.0),
                "{point:?}"
            );
            assert!(
                near(of_growth.upper, of_level.upper / base - 1.0),
                "{point:?}"
            );
            assert!(of_level.lower <= point.value && point.value <= of_level.upper);
        }
    }
}

/// Check that a batch, which makes no draws, writes the forecast: bounds as far as quantiles of so
/// many draws can say.
fn check_batch(plan: &PreparedPlan, series: &Series<'_>, forecast: &SeriesForecast, paths: usize) {
    let request = plan.request();
    let (levels, regressors) = (request.levels(), Arc::default());
    let (horizon, news) = (request.horizon(), NewsOfOthers::default());
    let take = |_: &Series<'_>, row: Result<BatchRow, ForecastError>| {
        let row = row.unwrap();
        for (k, point) in forecast.points.iter().enumerate() {
            assert_eq!(row.point[k], point.value);
            for (bands, drawn) in row.bands.iter().zip(&point.bands) {
                let width = bands[k].upper - bands[k].lower;
                let close = |a: f64, b: f64| (a - b).abs() <= width / paths as f64;
                let close =
                    close(bands[k].lower, drawn.lower) && close(bands[k].upper, drawn.upper);
                assert!(close, "{:?} {drawn:?}", bands[k]);
            }
        }
        Ok::<(), ()>(())
    };
    batch(
        &[*series],
        request.method(),
        horizon,
        levels,
        regressors,
        news,
        take,
    )
    .unwrap();
}

/// Check that a scenario's baseline says what the forecast says.
fn check_baseline(forecast: &SeriesForecast, comparisons: &[Comparison]) {
    assert!(!comparisons.is_empty());
    for found in comparisons {
        if found.measure == GrowthMeasure::Month {
            let month = found.span.first();
            let point = forecast.points.iter().find(|point| point.month == month);
            let point = point.unwrap();
            assert!(
                near(found.value.baseline.median, point.value),
                "{found:?} {point:?}"
            );
            for (a, b) in found.value.baseline.bands.iter().zip(&point.bands) {
                assert!(
                    near(a.lower, b.lower) && near(a.upper, b.upper),
                    "{a:?} {b:?}"
                );
            }
        }
        let of_forecast = growth(forecast, found.measure, found.span);
        match (&found.growth, of_forecast) {
            (Some(a), Some(b)) => assert!(same(&a.baseline, b), "{found:?} {b:?}"),
            (None, None) => {}
            (a, b) => panic!("{a:?} {b:?}"),
        }
    }
}

/// Check that an explanation explains the growth that the forecast says.
fn check_explanation(plan: &PreparedPlan, key: &str, forecast: &SeriesForecast) {
    let explained = explain(plan, key).unwrap();
    for (step, point) in explained.steps.iter().zip(&forecast.points) {
        assert_eq!(step.value, point.value);
    }
    for found in &explained.growth {
        let of_forecast = growth(forecast, found.measure, found.span).unwrap();
        assert!(near(found.growth, 100.0 * of_forecast.median), "{found:?}");
        let sum: f64 = found.by_driver.iter().map(|(_, points)| points).sum();
        let by_member: f64 = found.by_member.iter().map(|(_, points)| points).sum();
        let tolerance = 1e-6 * (1.0 + found.growth.abs());
        assert!((sum - found.growth).abs() < tolerance, "{found:?}");
        assert!((by_member - found.growth).abs() < tolerance, "{found:?}");
    }
}

fn any_series() -> impl Strategy<Value = (u64, usize, Kind, f64)> {
    let kinds = [Kind::Ordinary, Kind::Zeros, Kind::Shifted, Kind::Stopped];
    let kind = proptest::sample::select(kinds.to_vec());
    (0..1000_u64, 40..140_usize, kind, 0.01..0.8_f64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn forecast_scenario_and_explanation_say_the_same(
        (seed, months, kind, noise) in any_series(),
        horizon in 1..20_i64,
        paths in 100..301_i64,
    ) {
        let values = series(seed, months, kind, noise);
        let engine = engine(&[("M", &values)]);
        let (levels, method) = ([50.0, 80.0], Method::Auto);
        let request = ForecastRequest::new(horizon, &levels, Vintage::Latest, 3, method, paths);
        let plan = engine.plan(request.unwrap()).prepare();
        let forecast = plan.run(M).unwrap();
        let (_, history) = plan.snapshot().series(M, Vintage::Latest).unwrap();
        check_levels(&forecast, &history);
        let first = forecast.points[0].month;
        let shock = Shock::new(
            ShockTarget::Partner(Code::parse("MEX").unwrap()),
            ShockSize::Percent(vec![-10.0]),
            Span::month(first),
        );
        let scenario = Scenario::new(vec![M.to_owned()], vec![shock.unwrap()], None).unwrap();
        let found = run_scenario(&plan, &scenario).unwrap();
        check_baseline(&forecast, &found.comparisons(0));
        let fallen = &found.comparisons(0)[0].value.scenario.median;
        prop_assert!(near(*fallen, 0.9 * forecast.points[0].value));
        check_explanation(&plan, M, &forecast);
        if matches!(kind, Kind::Ordinary | Kind::Shifted) {
            check_batch(&plan, &history, &forecast, usize::try_from(paths).unwrap());
        }
    }

    #[test]
    fn an_outlook_of_one_flow_is_its_forecast(
        (seed, months, kind, noise) in any_series(),
    ) {
        let values = series(seed, months, kind, noise);
        let engine = engine(&[("M", &values)]);
        let [usa, mex, all] = ["USA", "MEX", "TOTAL"].map(|code| Code::parse(code).unwrap());
        let request = OutlookRequest::new(usa, mex, all, Vintage::Latest).with_paths(200);
        let outlook = OutlookPlan::new(&engine, engine.snapshot(), request.unwrap()).unwrap();
        let outlook = outlook.prepare().run().unwrap();
        let request = ForecastRequest::new(12, &[], Vintage::Latest, 0, Method::Auto, 200);
        let forecast = engine.plan(request.unwrap()).prepare().run(M).unwrap();
        let mut compared = 0;
        for (_, found) in outlook.readings.iter().filter(|(unit, _)| unit.as_str() == "USD") {
            if let Some(growth) = growth(&forecast, found.measure, found.span) {
                prop_assert!(same(found, growth), "{found:?} {growth:?}");
                compared += 1;
            }
        }
        prop_assert!(compared > 0);
    }
}

#[test]
fn an_outlook_of_two_flows_has_the_baseline_of_a_scenario() {
    let (x, m) = (
        series(5, 100, Kind::Ordinary, 0.3),
        series(6, 101, Kind::Shifted, 0.3),
    );
    let engine = engine(&[("X", &x), ("M", &m)]);
    let [usa, mex, all] = ["USA", "MEX", "TOTAL"].map(|code| Code::parse(code).unwrap());
    let request = OutlookRequest::new(usa, mex.clone(), all, Vintage::Latest).with_paths(300);
    let outlook = OutlookPlan::new(&engine, engine.snapshot(), request.unwrap()).unwrap();
    let outlook = outlook.prepare().run().unwrap();
    let request = ForecastRequest::new(12, &[], Vintage::Latest, 0, Method::Auto, 300);
    let plan = engine.plan(request.unwrap()).prepare();
    let december = Span::month(Month::new(2020, 12).unwrap());
    let shock = Shock::new(
        ShockTarget::Partner(mex),
        ShockSize::Percent(vec![-1.0]),
        december,
    );
    let series = vec![X.to_owned(), M.to_owned()];
    let scenario = Scenario::new(series.clone(), vec![shock.unwrap()], None).unwrap();
    let found = run_scenario(&plan, &scenario).unwrap();
    let place = found
        .series()
        .position(|(key, _)| key.to_string().contains(".T."));
    let mut compared = 0;
    for comparison in found.comparisons(place.unwrap()) {
        let readings = outlook.readings.iter();
        let mut readings = readings.filter(|(unit, _)| unit.as_str() == "USD");
        let of_outlook = readings.find(|(_, reading)| {
            reading.measure == comparison.measure && reading.span == comparison.span
        });
        if let (Some((_, reading)), Some(growth)) = (of_outlook, comparison.growth) {
            assert!(same(reading, &growth.baseline), "{reading:?} {growth:?}");
            compared += 1;
        }
    }
    assert!(compared >= 10, "{compared}");
    // The total of a forecast is the same again.
    let of_both = total(&plan, &series).unwrap();
    assert_eq!(of_both.id, "USA.MEX.T.TOTAL.USD");
    let place = found
        .series()
        .position(|(key, _)| key.to_string() == of_both.id);
    check_baseline(&of_both, &found.comparisons(place.unwrap()));
}

#[test]
fn a_total_over_partners_counts_parts_once_and_says_what_it_leaves_out() {
    let values = |seed| series(seed, 90, Kind::Ordinary, 0.2);
    let (chn, mex, deu, short) = (values(1), values(2), values(3), vec![5.0; 3]);
    let world: Vec<f64> = (0..90).map(|t| chn[t] + mex[t] + deu[t]).collect();
    let flows: Vec<(&str, &str, &[f64])> = vec![
        ("CHN", "X", &chn),
        ("DEU", "X", &deu),
        ("MEX", "X", &mex),
        ("FRA", "X", &short),
        ("WLD", "X", &world),
    ];
    let engine = engine_of(&flows);
    let request = ForecastRequest::new(12, &[80.0], Vintage::Latest, 0, Method::Auto, 400);
    let plan = engine.plan(request.unwrap()).prepare();
    let keys: Vec<String> = flows
        .iter()
        .map(|(partner, ..)| format!("USA.{partner}.X.TOTAL.USD"))
        .collect();
    let found = total(&plan, &keys).unwrap();
    assert_eq!(found.id, "USA.ALL.X.TOTAL.USD");
    let left_out = found.notes.iter().filter(|note| note.contains("left out"));
    assert_eq!(left_out.count(), 1, "{:?}", found.notes);
    assert!(found.notes[0].contains("3 series"), "{:?}", found.notes);
    let parts: Vec<SeriesForecast> = [0, 1, 2].map(|k| plan.run(&keys[k]).unwrap()).into();
    for (k, point) in found.points.iter().enumerate() {
        let sum: f64 = parts.iter().map(|part| part.points[k].value).sum();
        assert!(
            (point.value / sum - 1.0).abs() < 0.02,
            "{} {sum}",
            point.value
        );
        // Errors of different flows do not all go one way, so that the sum is surer.
        let widths = parts.iter().map(|part| part.points[k].bands[0]);
        let apart: f64 = widths.map(|band| band.upper - band.lower).sum();
        let width = point.bands[0].upper - point.bands[0].lower;
        assert!(width > 0.0 && width < apart, "{width} {apart}");
        let base: f64 = (0..3).map(|part| flows[part].2[78 + k]).sum::<f64>() * 1e6;
        assert!(near(point.readings[0].median, point.value / base - 1.0));
    }
    let error = total(&plan, &keys[..1]).unwrap_err();
    let left_out = Vec::new();
    assert_eq!(error, TotalError::TooFew { found: 1, left_out });
}

/// Return the total of three flows that end in June 2019, of which the last has `instead` in place
/// of its figures in `months`.
fn total_with(months: std::ops::Range<usize>, instead: f64) -> SeriesForecast {
    let values = |seed| series(seed, 90, Kind::Ordinary, 0.2);
    let (chn, mex, mut late) = (values(1), values(2), values(3));
    late[months].fill(instead);
    let flows: [(&str, &str, &[f64]); 3] =
        [("CHN", "X", &chn), ("MEX", "X", &mex), ("UZB", "X", &late)];
    let engine = engine_of(&flows);
    let request = ForecastRequest::new(12, &[80.0], Vintage::Latest, 0, Method::Auto, 200);
    let plan = engine.plan(request.unwrap()).prepare();
    let keys = flows.map(|(partner, ..)| format!("USA.{partner}.X.TOTAL.USD"));
    total(&plan, &keys).unwrap()
}

#[test]
fn a_total_has_no_growth_on_months_before_a_part_begins_unless_it_was_zero() {
    let year = |forecast: &SeriesForecast| -> Vec<f64> {
        forecast.years.iter().map(|growth| growth.median).collect()
    };
    let begins =
        |forecast: &SeriesForecast| forecast.notes.iter().any(|note| note.contains("begins in"));
    // It begins in August 2017, the first month that any growth is compared with: all is known.
    let whole = total_with(0..67, f64::NAN);
    assert_eq!((year(&whole).len(), begins(&whole)), (1, false));
    assert_eq!(whole.first, Month::january(2012).forward(67));
    for first in 73..78 {
        let late = total_with(0..first, f64::NAN);
        assert!(year(&late).is_empty(), "{first}");
        assert_eq!(late.first, Month::january(2012).forward(first));
        let month = late.first;
        let said = format!("USA.UZB.X.TOTAL.USD begins in {month}: there is no total");
        assert!(
            late.notes.iter().any(|note| note.starts_with(&said)),
            "{:?}",
            late.notes
        );
        // A gap within the base is treated alike; zeros are known.
        let gap = total_with(first - 1..first, f64::NAN);
        assert_eq!((year(&gap).len(), begins(&gap)), (0, false));
        let zeros = total_with(0..first, 0.0);
        assert_eq!((year(&zeros).len(), begins(&zeros)), (1, false), "{first}");
        assert_eq!(zeros.first, Month::january(2012));
        // Months whose base is known have their growth.
        let growth = |forecast: &SeriesForecast| {
            let measure = GrowthMeasure::Month;
            let on_year = |point: &super::ForecastPoint| {
                point
                    .readings
                    .iter()
                    .any(|growth| growth.measure == measure)
            };
            forecast
                .points
                .iter()
                .filter(|point| on_year(point))
                .count()
        };
        assert_eq!(growth(&late), 12, "{first}");
    }
}

#[test]
fn a_total_goes_on_after_the_last_month_that_all_parts_have() {
    // One part ends in June 2019; another has no figure of May and June.
    let values = |seed| series(seed, 92, Kind::Ordinary, 0.0);
    let (ends, mut gap) = (values(1)[..90].to_vec(), values(2));
    gap[88..90].fill(f64::NAN);
    let flows: [(&str, &str, &[f64]); 2] = [("CHN", "X", &ends), ("MEX", "X", &gap)];
    let engine = engine_of(&flows);
    let request = ForecastRequest::new(12, &[80.0], Vintage::Latest, 0, Method::Auto, 200);
    let plan = engine.plan(request.unwrap()).prepare();
    let keys = flows.map(|(partner, ..)| format!("USA.{partner}.X.TOTAL.USD"));
    let found = total(&plan, &keys).unwrap();
    assert_eq!(found.last, Month::january(2012).forward(87));
    assert_eq!(found.points[0].month, found.last.plus(1));
    let truth = [values(1), values(2)];
    for (point, month) in found.points.iter().zip(88..92) {
        let sum: f64 = truth.iter().map(|part| part[month] * 1e6).sum();
        let off = point.value / sum - 1.0;
        assert!(off.abs() < 0.08, "{} {off}", point.month);
    }
}

#[test]
fn an_outlook_of_short_monthly_histories_is_the_forecast_of_their_total() {
    // From twelve months on the year before the one under way is known.
    for months in [12, 18, 24, 30, 35, 36] {
        let values = |seed| series(seed, months, Kind::Ordinary, 0.2);
        let (x, m) = (values(5), values(6));
        let engine = engine(&[("X", &x), ("M", &m)]);
        let [usa, mex, all] = ["USA", "MEX", "TOTAL"].map(|code| Code::parse(code).unwrap());
        let request = OutlookRequest::new(usa, mex, all, Vintage::Latest).with_paths(200);
        let outlook = OutlookPlan::new(&engine, engine.snapshot(), request.unwrap()).unwrap();
        let outlook = outlook.prepare().run().unwrap();
        let request = ForecastRequest::new(12, &[], Vintage::Latest, 0, Method::Auto, 200);
        let plan = engine.plan(request.unwrap()).prepare();
        let forecast = total(&plan, &[X.to_owned(), M.to_owned()]).unwrap();
        let year = outlook
            .readings
            .iter()
            .find(|(unit, growth)| unit.as_str() == "USD" && growth.measure == GrowthMeasure::Year);
        let (_, year) = year.unwrap();
        assert!(
            same(year, &forecast.years[0]),
            "{months}: {year:?} {forecast:?}"
        );
    }
}
