//! Tests of shocks applied to draws.

use super::*;
use crate::growth::{GrowthMeasure, SeriesDraws};
use crate::trade::{Code, Month, SeriesKey};
use proptest::prelude::*;

const MONTHS: usize = 36;

fn key(text: &str) -> SeriesKey {
    SeriesKey::parse(text).unwrap()
}

fn span(text: &str) -> Span {
    Span::parse(text).unwrap()
}

fn code(text: &str) -> Code {
    Code::parse(text).unwrap()
}

/// China with two partners and their region, of which they stand for all five members, and the
/// world: exports, imports, total and balance, in yuan, and the region's total in dollars too.
/// The years 2023 and 2024 are known, 2025 lies ahead. Sums hold in every draw.
fn joint(draws: usize) -> JointDraws {
    let leaves = ["KAZ.X", "KAZ.M", "KGZ.X", "KGZ.M"];
    let mut nodes: Vec<String> = leaves.map(|l| format!("CHN.{l}.TOTAL.CNY")).to_vec();
    for partner in ["KAZ", "KGZ"] {
        nodes.extend(["T", "B"].map(|f| format!("CHN.{partner}.{f}.TOTAL.CNY")));
    }
    nodes.extend(["X", "M", "T", "B"].map(|f| format!("CHN.CA5.{f}.TOTAL.CNY")));
    nodes.push("CHN.WLD.X.TOTAL.CNY".to_owned());
    nodes.push("CHN.CA5.T.TOTAL.USD".to_owned());
    let mut all = Vec::new();
    for draw in 0..draws {
        let value = |leaf: usize, month: usize| {
            let noise = if month < 24 {
                0
            } else {
                (draw * 37 + leaf * 11 + month * 7) % 19
            };
            100.0 * (leaf + 1) as f64 + month as f64 + noise as f64
        };
        let path = |f: &dyn Fn(usize) -> f64| (0..MONTHS).map(f).collect::<Vec<f64>>();
        let leaf: Vec<Vec<f64>> = (0..4).map(|l| path(&|m| value(l, m))).collect();
        let sum = |parts: &[(usize, f64)]| {
            path(&|m| parts.iter().map(|(l, sign)| sign * leaf[*l][m]).sum())
        };
        let all_series = [
            leaf.clone(),
            vec![
                sum(&[(0, 1.0), (1, 1.0)]),
                sum(&[(0, 1.0), (1, -1.0)]),
                sum(&[(2, 1.0), (3, 1.0)]),
                sum(&[(2, 1.0), (3, -1.0)]),
                sum(&[(0, 1.0), (2, 1.0)]),
                sum(&[(1, 1.0), (3, 1.0)]),
                sum(&[(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0)]),
                sum(&[(0, 1.0), (1, -1.0), (2, 1.0), (3, -1.0)]),
                // The world has trade with others, too.
                path(&|m| 5000.0 + leaf[0][m] + leaf[2][m]),
                path(&|m| leaf.iter().map(|l| l[m]).sum::<f64>() / 7.2),
            ],
        ]
        .concat();
        all.extend(all_series.concat());
    }
    let known: Vec<(Span, f64)> = span("2023-01-01/P24M")
        .iter()
        .map(|m| (Span::month(m), 1.0))
        .collect();
    let nodes = nodes.iter().enumerate().map(|(k, text)| JointSeries {
        key: key(text),
        point: all[k * MONTHS..(k + 1) * MONTHS].to_vec(),
        naive: vec![1.0; MONTHS],
        known: known.clone(),
    });
    JointDraws::new(Month::january(2023), MONTHS, nodes.collect(), all.clone())
}

fn apply(joint: &JointDraws, shocks: &[Shock]) -> Result<JointDraws, ShockError> {
    let yuan = vec![Currency::parse("CNY").unwrap(); joint.nodes().len()];
    apply_shocks(joint, &yuan, shocks)
}

fn percent(target: ShockTarget, percent: f64, months: &str) -> Shock {
    Shock::new(target, ShockSize::Percent(vec![percent]), span(months)).unwrap()
}

/// Twice the paths of a series.
fn both<'a>(a: &'a JointDraws, b: &'a JointDraws, series: &str) -> Vec<(&'a [f64], &'a [f64])> {
    let node = a.find(&key(series)).unwrap();
    a.paths(node).zip(b.paths(node)).collect()
}

/// Assert that every sum of yuan is the sum of its parts, in every draw and on the point path.
fn assert_coherent(joint: &JointDraws) {
    let at = |series: &str| {
        joint
            .find(&key(&format!("CHN.{series}.TOTAL.CNY")))
            .unwrap()
    };
    let mut draws: Vec<Vec<f64>> = joint.draws().map(<[f64]>::to_vec).collect();
    draws.push(
        joint
            .nodes()
            .iter()
            .flat_map(|node| node.point.clone())
            .collect(),
    );
    for draw in draws {
        let value = |series: &str, m: usize| draw[at(series) * MONTHS + m];
        for m in 0..MONTHS {
            for partner in ["KAZ", "KGZ", "CA5"] {
                let flow = |f: &str| value(&format!("{partner}.{f}"), m);
                assert!((flow("X") + flow("M") - flow("T")).abs() < 1e-9 * flow("T"));
                assert!((flow("X") - flow("M") - flow("B")).abs() < 1e-9 * flow("T"));
            }
            for f in ["X", "M", "T", "B"] {
                let of = |p: &str| value(&format!("{p}.{f}"), m);
                assert!((of("KAZ") + of("KGZ") - of("CA5")).abs() < 1e-9 * value("CA5.T", m));
            }
            let others = value("WLD.X", m) - value("CA5.X", m);
            assert!((others - 5000.0).abs() < 1e-6, "{others}");
        }
    }
}

#[test]
fn sums_follow_the_shock_of_a_partner() {
    let baseline = joint(5);
    assert_coherent(&baseline);
    let shock = percent(ShockTarget::Partner(code("KAZ")), -10.0, "2025-03-01/P2M");
    let scenario = apply(&baseline, &[shock]).unwrap();
    assert_coherent(&scenario);
    for (was, is) in both(&baseline, &scenario, "CHN.KAZ.X.TOTAL.CNY") {
        for m in 0..MONTHS {
            let factor = if (26..28).contains(&m) { 0.9 } else { 1.0 };
            assert_eq!(is[m], was[m] * factor);
        }
    }
    for (was, is) in both(&baseline, &scenario, "CHN.KGZ.T.TOTAL.CNY") {
        assert_eq!(was, is);
    }
}

#[test]
fn exports_move_the_total_the_balance_the_region_and_the_world() {
    let baseline = joint(3);
    let shock = percent(ShockTarget::Flow(Flow::Exports), 20.0, "2025");
    let scenario = apply(&baseline, &[shock]).unwrap();
    assert_coherent_flows(&scenario);
    for series in ["KAZ.T", "KGZ.B", "CA5.T", "CA5.B", "WLD.X"] {
        for (was, is) in both(&baseline, &scenario, &format!("CHN.{series}.TOTAL.CNY")) {
            assert!((24..36).all(|m| is[m] > was[m]), "{series}");
            assert_eq!(was[..24], is[..24], "{series}: what is known stays");
        }
    }
    for (was, is) in both(&baseline, &scenario, "CHN.CA5.M.TOTAL.CNY") {
        assert_eq!(was, is);
    }
}

/// Assert the same, but for the world, all of whose exports were hit.
fn assert_coherent_flows(joint: &JointDraws) {
    let of = |series: &str| {
        joint
            .find(&key(&format!("CHN.{series}.TOTAL.CNY")))
            .unwrap()
    };
    let [x, m, t, b] = ["CA5.X", "CA5.M", "CA5.T", "CA5.B"].map(of);
    for draw in joint.draws() {
        for k in 0..MONTHS {
            let v = |node: usize| draw[node * MONTHS + k];
            assert!((v(x) + v(m) - v(t)).abs() < 1e-9 * v(t));
            assert!((v(x) - v(m) - v(b)).abs() < 1e-9 * v(t));
        }
    }
}

#[test]
fn an_amount_is_shared_by_the_parts_and_flows_stop_at_zero() {
    let baseline = joint(4);
    let series = || ShockTarget::Series(key("CHN.CA5.M.TOTAL.CNY"));
    let amount =
        |v: f64| Shock::new(series(), ShockSize::Amount(vec![v]), span("2025-06")).unwrap();
    let scenario = apply(&baseline, &[amount(60.0)]).unwrap();
    assert_coherent(&scenario);
    for (was, is) in both(&baseline, &scenario, "CHN.CA5.M.TOTAL.CNY") {
        assert!((is[29] - was[29] - 60.0).abs() < 1e-9);
    }
    for (was, is) in both(&baseline, &scenario, "CHN.CA5.B.TOTAL.CNY") {
        assert!((is[29] - was[29] + 60.0).abs() < 1e-9);
    }
    let emptied = apply(&baseline, &[amount(-1e6)]).unwrap();
    assert_coherent(&emptied);
    assert!(emptied.paths(1).all(|path| path[29] == 0.0));
}

#[test]
fn a_dearer_dollar_makes_the_same_trade_fewer_dollars() {
    let baseline = joint(3);
    let rate = ShockTarget::Rate(Currency::USD);
    let path = ShockSize::Percent((0..12).map(f64::from).collect());
    let shock = Shock::new(rate, path, span("2025")).unwrap();
    let scenario = apply(&baseline, &[shock]).unwrap();
    assert_coherent(&scenario);
    for (was, is) in both(&baseline, &scenario, "CHN.CA5.T.TOTAL.USD") {
        for m in 0..12 {
            assert_eq!(is[24 + m], was[24 + m] / (1.0 + m as f64 / 100.0));
        }
    }
    for (was, is) in both(&baseline, &scenario, "CHN.CA5.T.TOTAL.CNY") {
        assert_eq!(was, is);
    }
}

#[test]
fn a_shock_that_cannot_be_says_why() {
    let joint = joint(1);
    let fails = |shock: Shock| apply(&joint, &[shock]).unwrap_err();
    let nobody = percent(ShockTarget::Partner(code("FRA")), 1.0, "2025");
    assert!(matches!(fails(nobody), ShockError::NothingHit { .. }));
    let known = percent(ShockTarget::Partner(code("KAZ")), 1.0, "2024");
    assert!(matches!(fails(known), ShockError::NothingAhead { .. }));
    let late = percent(ShockTarget::Partner(code("KAZ")), 1.0, "2026-02");
    assert!(matches!(fails(late), ShockError::NothingAhead { .. }));
    let balance = percent(ShockTarget::Flow(Flow::Balance), 1.0, "2025");
    assert!(matches!(fails(balance), ShockError::Balance { .. }));
    let target = || ShockTarget::Partner(code("KAZ"));
    let new = |target, size| Shock::new(target, size, span("2025-Q1")).unwrap_err();
    assert!(matches!(
        new(target(), ShockSize::Percent(vec![1.0; 2])),
        ShockError::Sizes {
            months: 3,
            sizes: 2
        }
    ));
    for size in [-101.0, f64::NAN] {
        let error = new(target(), ShockSize::Percent(vec![size]));
        assert!(matches!(error, ShockError::Size { .. }));
    }
    for (target, size) in [
        (target(), ShockSize::Amount(vec![1.0])),
        (target(), ShockSize::Value(vec![1.0])),
        (
            ShockTarget::Regressor("oil".into()),
            ShockSize::Percent(vec![1.0]),
        ),
    ] {
        assert!(matches!(new(target, size), ShockError::Kind { .. }));
    }
    let dollar = new(
        ShockTarget::Rate(Currency::USD),
        ShockSize::Percent(vec![-100.0]),
    );
    assert!(matches!(dollar, ShockError::Size { .. }));
}

#[test]
fn a_sum_below_its_part_stops_at_zero_and_a_gap_stays_one() {
    // All partners together are drawn smaller than the one partner listed, with a balance beside,
    // and another partner has a gap.
    let names = ["KAZ.X", "WLD.X", "WLD.B", "KGZ.X"];
    let values = [100.0, 50.0, 20.0, f64::NAN];
    let nodes = names.iter().zip(values).map(|(name, value)| JointSeries {
        key: key(&format!("CHN.{name}.TOTAL.CNY")),
        point: vec![value],
        naive: vec![value],
        known: vec![],
    });
    let nodes: Vec<JointSeries> = nodes.collect();
    let joint = JointDraws::new(Month::january(2025), 1, nodes, values.to_vec());
    let shock = |partner| percent(ShockTarget::Partner(code(partner)), -80.0, "2025-01");
    let scenario = apply(&joint, &[shock("KAZ"), shock("KGZ")]).unwrap();
    let draw = scenario.draws().next().unwrap();
    // 100 less 80 is 20 (to rounding), 50 less 80 is below zero.
    assert!((draw[0] - 20.0).abs() < 1e-9);
    assert_eq!(draw[1], 0.0);
    // The balance follows exports, which fall from 50 to zero: 20 less 50.
    assert!((draw[2] + 30.0).abs() < 1e-9, "{}", draw[2]);
    assert!(draw[3].is_nan());
}

#[test]
fn long_shocks_of_many_series_take_no_longer_than_their_months_ahead() {
    // 100 shocks of 2,400 months on 2,000 series of 36 months, of which 24 are known.
    let known: Vec<(Span, f64)> = (0..24)
        .map(|m| (Span::month(Month::january(2023).plus(m)), 1.0))
        .collect();
    let nodes = (0..2000).map(|k| JointSeries {
        key: key(&format!("A.P{k}.X.TOTAL.USD")),
        point: vec![1.0; MONTHS],
        naive: vec![1.0; MONTHS],
        known: known.clone(),
    });
    let draws = vec![1.0; 2000 * MONTHS];
    let joint = JointDraws::new(Month::january(2023), MONTHS, nodes.collect(), draws);
    let shock = percent(ShockTarget::Flow(Flow::Exports), 1.0, "1900-01-01/P2400M");
    let begun = std::time::Instant::now();
    let scenario = apply(&joint, &vec![shock; 100]).unwrap();
    println!("{:.2} s", begun.elapsed().as_secs_f64());
    for path in (0..2000).flat_map(|node| scenario.paths(node)) {
        assert!(path[..24].iter().all(|v| *v == 1.0));
        let grown = 1.01_f64.powi(100);
        assert!(path[24..].iter().all(|v| (v / grown - 1.0).abs() < 1e-12));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_shock_of_zero_changes_nothing(
        which in 0..6_usize,
        month in 24..36_i32,
        months in 1..12_i32,
    ) {
        let months = Span::new(Month::january(2023).plus(month), months).unwrap();
        let zero = vec![0.0];
        let (target, size) = match which {
            0 => (ShockTarget::Partner(code("KAZ")), ShockSize::Percent(zero)),
            1 => (ShockTarget::Partner(code("CA5")), ShockSize::Percent(zero)),
            2 => (ShockTarget::Flow(Flow::Imports), ShockSize::Percent(zero)),
            3 => (ShockTarget::Series(key("CHN.CA5.T.TOTAL.CNY")), ShockSize::Amount(zero)),
            4 => (ShockTarget::Series(key("CHN.KGZ.X.TOTAL.CNY")), ShockSize::Percent(zero)),
            _ => (ShockTarget::Rate(Currency::USD), ShockSize::Percent(zero)),
        };
        let baseline = joint(7);
        let shock = Shock::new(target, size, months).unwrap();
        let scenario = apply(&baseline, &[shock]).unwrap();
        prop_assert_eq!(&baseline, &scenario);
    }

    #[test]
    fn sums_hold_under_any_shocks(
        a in -60.0..80.0_f64,
        b in -60.0..80.0_f64,
        c in -90.0..300.0_f64,
        month in 24..36_i32,
    ) {
        let months = Span::month(Month::january(2023).plus(month));
        let shock = |target, size| Shock::new(target, size, months).unwrap();
        let baseline = joint(3);
        let shocks = [
            shock(ShockTarget::Partner(code("CA5")), ShockSize::Percent(vec![a])),
            shock(ShockTarget::Series(key("CHN.KAZ.M.TOTAL.CNY")), ShockSize::Percent(vec![b])),
            shock(ShockTarget::Series(key("CHN.KGZ.T.TOTAL.CNY")), ShockSize::Amount(vec![c])),
        ];
        let scenario = apply(&baseline, &shocks).unwrap();
        assert_coherent(&scenario);
        let december = Month::new(2025, 12).unwrap();
        let node = baseline.find(&key("CHN.CA5.T.TOTAL.CNY")).unwrap();
        let read = |joint: &JointDraws| {
            let draws = SeriesDraws::new(joint, node);
            draws.read(GrowthMeasure::Year, december, &[0.8]).unwrap().median
        };
        let delta = read(&scenario) - read(&baseline);
        prop_assert!(delta.abs() < 1.0);
    }
}
