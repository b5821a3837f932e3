//! Reconciliation of hierarchies, by properties and by hand.

use super::*;
use crate::projection::{JointDraws, JointSeries};
use crate::trade::{Code, Month, SeriesKey, Span, area};
use proptest::prelude::*;

/// The partners of the hierarchy: the members of CA5.
const PARTNERS: usize = 5;

/// A hierarchy: the five partners and their region, each with exports, imports, total and
/// balance; some months observed, draws of the others that do not add up, some with zeros.
#[derive(Debug, Clone)]
struct Case {
    observed: usize,
    ahead: usize,
    count: usize,
    noise: Vec<f64>,
    span: Option<f64>,
}

fn cases() -> impl Strategy<Value = Case> {
    let shape = (0..3_usize, 1..5_usize, 1..12_usize);
    shape.prop_flat_map(|(observed, ahead, count)| {
        let cells = (PARTNERS + 1) * 4 * (observed + ahead);
        // Zero one time in four, else from a thousandth to a thousand.
        let one = (0..4_u8, -7.0..7.0_f64)
            .prop_map(|(zero, log)| if zero == 0 { 0.0 } else { log.exp() });
        let noise = proptest::collection::vec(one, cells * (count + 1));
        let span = proptest::option::of(0.01..100.0_f64);
        (noise, span).prop_map(move |(noise, span)| Case {
            observed,
            ahead,
            count,
            noise,
            span,
        })
    })
}

impl Case {
    /// Return values that add up: those of partners' exports and imports given, series after
    /// series.
    fn coherent(&self, of: impl Fn(usize, usize, usize) -> f64) -> Vec<f64> {
        let months = self.observed + self.ahead;
        let mut all = vec![0.0; (PARTNERS + 1) * 4 * months];
        for month in 0..months {
            let mut at = |partner: usize, flow: usize, v: f64| {
                all[(partner * 4 + flow) * months + month] = v;
            };
            let (mut x, mut m) = (0.0, 0.0);
            for partner in 0..PARTNERS {
                let (own_x, own_m) = (of(partner, 0, month), of(partner, 1, month));
                (x, m) = (x + own_x, m + own_m);
                let flows = [own_x, own_m, own_x + own_m, own_x - own_m];
                flows
                    .into_iter()
                    .enumerate()
                    .for_each(|(f, v)| at(partner, f, v));
            }
            let flows = [x, m, x + m, x - m];
            flows
                .into_iter()
                .enumerate()
                .for_each(|(f, v)| at(PARTNERS, f, v));
        }
        all
    }

    fn joint(&self) -> JointDraws {
        let months = self.observed + self.ahead;
        let cells = (PARTNERS + 1) * 4 * months;
        let fact =
            self.coherent(|partner, flow, month| self.noise[(partner * 4 + flow) * months + month]);
        let first = Month::january(2025);
        let span = |from: i32, len: usize| {
            Span::new(first.plus(from), i32::try_from(len).unwrap()).unwrap()
        };
        let node = |k: usize| {
            let members = area::members(&Code::parse("CA5").unwrap()).unwrap();
            let partner = members.get(k / 4).unwrap_or(&"CA5");
            let flow = ["X", "M", "T", "B"][k % 4];
            let values = &fact[k * months..(k + 1) * months];
            let mut known: Vec<(Span, f64)> = (0..self.observed)
                .map(|t| (span(i32::try_from(t).unwrap(), 1), values[t]))
                .collect();
            // A figure published over all months of the group's total: the observed part and
            // something more.
            if let Some(more) = self.span.filter(|_| k == PARTNERS * 4 + 2) {
                let seen: f64 = values[..self.observed].iter().sum();
                known.push((span(0, months), seen + more));
            }
            JointSeries {
                key: SeriesKey::parse(&format!("A.{partner}.{flow}.TOTAL.USD")).unwrap(),
                point: values.to_vec(),
                naive: values.to_vec(),
                known,
            }
        };
        let draw = |d: usize| {
            let noise = &self.noise[(d + 1) * cells..(d + 2) * cells];
            let fact = &fact;
            (0..cells).map(move |cell| {
                let observed = cell % months < self.observed;
                if observed { fact[cell] } else { noise[cell] }
            })
        };
        let draws = (0..self.count).flat_map(draw).collect();
        JointDraws::new(
            first,
            months,
            (0..cells / months).map(node).collect(),
            draws,
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_draw_is_coherent_and_nothing_observed_changes(case in cases()) {
        let joint = case.joint();
        let constraints = Constraints::of(&joint);
        let found = reconcile(&joint, &constraints).unwrap();
        prop_assert!(found.contradictions.is_empty());
        for (before, after) in joint.draws().zip(found.joint.draws()) {
            let violation = constraints.violation(after);
            prop_assert!(violation <= TOLERANCE, "{violation}");
            for cell in 0..constraints.cells() {
                let signed = constraints.signed[cell];
                prop_assert!(signed || after[cell] >= 0.0, "a flow of {}", after[cell]);
                prop_assert!(!constraints.fixed[cell] || after[cell] == before[cell]);
            }
        }
        let again = reconcile(&found.joint, &constraints).unwrap();
        prop_assert!(again.joint == found.joint, "reconciling twice changes nothing");
    }

    #[test]
    fn coherent_draws_do_not_change(case in cases()) {
        let months = case.observed + case.ahead;
        let cells = (PARTNERS + 1) * 4 * months;
        let mut draws: Vec<f64> = (1..=case.count)
            .flat_map(|d| {
                let at = |p: usize, f: usize, t: usize| d * cells + (p * 4 + f) * months + t;
                case.coherent(|p, f, t| case.noise[at(p, f, t)])
            })
            .collect();
        let (before, joint) = (draws.clone(), Case { span: None, ..case.clone() }.joint());
        let constraints = Constraints::of(&joint);
        mint(&mut draws, &constraints).unwrap();
        prop_assert_eq!(draws, before);
    }
}

/// Return a total and its two parts over one month.
fn three(draws: Vec<f64>) -> JointDraws {
    let node = |flow: &str| JointSeries {
        key: SeriesKey::parse(&format!("A.B.{flow}.TOTAL.USD")).unwrap(),
        point: vec![1.0],
        naive: vec![1.0],
        known: vec![],
    };
    let nodes = ["X", "M", "T"].map(node).to_vec();
    JointDraws::new(Month::january(2025), 1, nodes, draws)
}

#[test]
fn a_violation_is_shared_by_variance() {
    // Draws whose correlations are zero by construction (a full factorial): X = 10 ± 1, M = 20
    // ± 2, T = 36 ± 2, so variances 1, 4, 4 and, with nothing off the diagonal, W = diag(1, 4,
    // 4) whatever the shrinkage. A = (1, 1, −1), A W Aᵀ = 9. The draw (11, 22, 38): violation
    // −5, so X + 5/9, M + 20/9, T − 20/9: 11.5556, 24.2222, 35.7778.
    let mut draws = Vec::new();
    for k in 0..8 {
        let sign = |bit: usize| if k >> bit & 1 == 0 { 1.0 } else { -1.0 };
        draws.extend([10.0 + sign(0), 20.0 + 2.0 * sign(1), 36.0 + 2.0 * sign(2)]);
    }
    let joint = three(draws);
    let constraints = Constraints::of(&joint);
    let found = reconcile(&joint, &constraints).unwrap();
    let draw = found.joint.draws().next().unwrap();
    let expected = [11.0 + 5.0 / 9.0, 22.0 + 20.0 / 9.0, 38.0 - 20.0 / 9.0];
    assert!(
        draw.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9),
        "{draw:?}"
    );
    // The point paths: 1 + 1 − 1 = 1 too much.
    let point: f64 = found.joint.nodes()[..2]
        .iter()
        .map(|node| node.point[0])
        .sum();
    assert!((point - found.joint.nodes()[2].point[0]).abs() < 1e-12);
}

#[test]
fn contradicting_publications_are_reported_and_not_changed() {
    let mut joint = three(vec![1.0, 2.0, 4.0]);
    let month = Span::month(Month::january(2025));
    let known = |joint: &JointDraws, values: [Option<f64>; 3]| {
        let nodes = joint
            .nodes()
            .iter()
            .zip(values)
            .map(|(node, value)| JointSeries {
                known: value.map(|v| (month, v)).into_iter().collect(),
                ..node.clone()
            });
        let draws = joint.draws().flatten().copied().collect();
        JointDraws::new(joint.first(), 1, nodes.collect(), draws)
    };
    joint = known(&joint, [Some(1.0), Some(2.0), Some(4.0)]);
    let found = reconcile(&joint, &Constraints::of(&joint)).unwrap();
    assert_eq!(
        found.contradictions,
        [(
            ConstraintSubject {
                node: 2,
                span: month
            },
            -1.0
        )]
    );
    // Exports of 5 leave less than nothing for imports of a total of 4.
    let joint = known(&three(vec![5.0, 2.0, 4.0]), [Some(5.0), None, Some(4.0)]);
    let refused = reconcile(&joint, &Constraints::of(&joint)).unwrap_err();
    assert!(matches!(
        refused,
        ReconcileError::Contradiction { node: 2, .. }
    ));
}

#[test]
fn two_thousand_partners_take_seconds() {
    // 2,000 partners in 50 regions in a world, exports, imports and totals of each: 6,153
    // series, 12 months, 50 draws.
    let (partners, regions, months, count) = (2_000, 50, 12, 50);
    let names = (0..partners)
        .map(|p| format!("P{p}"))
        .chain((0..regions).map(|r| format!("R{r}")))
        .chain(["WLD".to_owned()]);
    let node = |name: &str, flow: &str| JointSeries {
        key: SeriesKey::parse(&format!("A.{name}.{flow}.TOTAL.USD")).unwrap(),
        point: vec![1.0; months],
        naive: vec![1.0; months],
        known: vec![],
    };
    let nodes: Vec<JointSeries> = names
        .flat_map(|name| ["X", "M", "T"].map(|flow| node(&name, flow)))
        .collect();
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let size = |k: usize| match k / 3 {
        p if p < partners => 1.0 + (p % 7) as f64,
        p if p < partners + regions => 160.0,
        _ => 8000.0,
    };
    let draws = (0..count * nodes.len() * months)
        .map(|cell| size(cell / months % nodes.len()) * (0.3 + noise()))
        .collect();
    let joint = JointDraws::new(Month::january(2025), months, nodes, draws);
    let mut constraints = Constraints::of(&joint);
    // The sum of a region, and of the world, by their places among the names.
    let region = |r: usize| (partners + r, (r..partners).step_by(regions).collect());
    let world = (partners + regions, (partners..partners + regions).collect());
    let sums: Vec<(usize, Vec<usize>)> = (0..regions).map(region).chain([world]).collect();
    for (whole, parts) in &sums {
        for (flow, month) in (0..3).flat_map(|flow| (0..months).map(move |t| (flow, t))) {
            let cell = |name: usize| (name * 3 + flow) * months + month;
            let about = ConstraintSubject {
                node: whole * 3 + flow,
                span: Span::month(Month::january(2025).plus(i32::try_from(month).unwrap())),
            };
            let terms = parts.iter().map(|part| (cell(*part), 1.0));
            constraints.add(terms.chain([(cell(*whole), -1.0)]), 0.0, about);
        }
    }
    // Totals of 2,051 names, and sums of 51 regions in three flows, a month.
    assert_eq!(constraints.len(), (2_051 + 3 * 51) * months);
    let begun = std::time::Instant::now();
    let found = reconcile(&joint, &constraints).unwrap();
    println!(
        "{} cells, {} rows, {count} draws: {:.2} s",
        constraints.cells(),
        constraints.len(),
        begun.elapsed().as_secs_f64()
    );
    for draw in found.joint.draws() {
        assert!(constraints.violation(draw) <= TOLERANCE && draw.iter().all(|v| *v >= 0.0));
    }
}
