//! Minimum trace reconciliation, draw by draw.

use super::block::{Block, Unfulfilled};
use super::constraints::{ConstraintRow, ConstraintSubject, Constraints};
use super::{ReconcileError, TOLERANCE};
use crate::projection::{JointDraws, JointSeries};
use ndarray::Array2;
use rayon::prelude::*;

/// The most draws from which a covariance is estimated, and the fewest: large blocks use fewer.
const SAMPLE: usize = 400;
const LEAST_SAMPLE: usize = 50;
/// The most numbers in the sample of a block.
const SAMPLED: usize = 400_000;

/// Joint draws that satisfy the constraints, and the constraints that could not be satisfied.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciled {
    /// The coherent draws and point paths.
    pub joint: JointDraws,
    /// Rows over observed cells alone that do not add up, and by how much: contradicting
    /// publications are reported, never changed.
    pub contradictions: Vec<(ConstraintSubject, f64)>,
}

/// Adjust every draw and the point paths of `joint` so that they satisfy `constraints`, as [`mint`]
/// does.
///
/// # Errors
/// [`ReconcileError::Contradiction`] if no values satisfy the constraints.
///
/// # Panics
/// If the constraints are over other cells than those of `joint`.
pub fn reconcile(
    joint: &JointDraws,
    constraints: &Constraints,
) -> Result<Reconciled, ReconcileError> {
    let (cells, months) = (constraints.cells(), joint.months());
    assert_eq!(
        cells,
        months * joint.nodes().len(),
        "constraints of this joint"
    );
    let mut draws: Vec<f64> = joint.draws().flatten().copied().collect();
    // The point paths are one more draw, which does not count for the covariance.
    let points = draws.len();
    joint
        .nodes()
        .iter()
        .for_each(|node| draws.extend_from_slice(&node.point));
    let contradictions = project(&mut draws, joint.count(), constraints)?;
    let point = draws.split_off(points);
    let nodes = joint.nodes().iter().zip(point.chunks_exact(months.max(1)));
    let nodes = nodes.map(|(node, point)| JointSeries {
        point: point.to_vec(),
        ..node.clone()
    });
    Ok(Reconciled {
        joint: JointDraws::new(joint.first(), months, nodes.collect(), draws),
        contradictions,
    })
}

/// Project each draw onto the constraints: `y − W Aᵀ (A W Aᵀ)⁻¹ (A y − b)`, with `W` the covariance
/// of the draws, shrunk towards its diagonal (Wickramasuriya, Athanasopoulos and Hyndman 2019; of
/// draws Panagiotelis and others 2023). Then set flows below zero to zero and project the rest
/// again, until no flow is below zero (Di Fonzo and Girolimetto 2023). Fixed cells do not change.
/// `draws` holds draw after draw, each over the cells of `constraints`. Return the rows over fixed
/// cells alone that do not add up.
///
/// Rows that share no free cell are independent blocks: if no figure covers several months, a block
/// is a month. Within a block memory is linear in the number of non-zero entries and of draws.
///
/// # Errors
/// [`ReconcileError::Contradiction`] if fixed cells leave no solution.
pub fn mint(
    draws: &mut [f64],
    constraints: &Constraints,
) -> Result<Vec<(ConstraintSubject, f64)>, ReconcileError> {
    let count = draws.len() / constraints.cells().max(1);
    project(draws, count, constraints)
}

/// Project as [`mint`] does, with the covariance of the first `sample` draws.
fn project(
    draws: &mut [f64],
    sample: usize,
    constraints: &Constraints,
) -> Result<Vec<(ConstraintSubject, f64)>, ReconcileError> {
    let cells = constraints.cells();
    if cells == 0 || draws.is_empty() {
        return Ok(Vec::new());
    }
    let (parts, known) = blocks(constraints);
    let contradictions = known
        .into_iter()
        .filter_map(|row| {
            let row = &constraints.rows[row];
            let (missing, level) = row.residual(&draws[..cells]);
            (missing.abs() > TOLERANCE * level).then_some((row.about, missing))
        })
        .collect();
    let seen: &[f64] = draws;
    let blocks: Vec<Block> = parts
        .into_par_iter()
        .map(|(rows, of_block)| {
            let most = (SAMPLED / of_block.len().max(1)).clamp(LEAST_SAMPLE, SAMPLE);
            let taken = sample.min(most);
            let chosen = Array2::from_shape_fn((taken, of_block.len()), |(k, cell)| {
                seen[k * sample / taken * cells + of_block[cell]]
            });
            Block::new(constraints, rows, of_block, chosen.view())
        })
        .collect();
    let failed = draws
        .par_chunks_exact_mut(cells)
        .filter_map(|draw| {
            let one = |block: &Block| block.project(draw, constraints);
            let tried: Result<(), Unfulfilled> = blocks.iter().try_for_each(one);
            // Cells without constraints must not be below zero either.
            let loose = draw
                .iter_mut()
                .zip(&constraints.signed)
                .zip(&constraints.fixed);
            loose
                .filter(|((_, signed), fixed)| !**signed && !**fixed)
                .for_each(|((v, _), _)| *v = v.max(0.0));
            tried.err()
        })
        .find_first(|_| true);
    match failed {
        Some(Unfulfilled { about, missing }) => Err(ReconcileError::Contradiction {
            node: about.node,
            span: about.span,
            missing,
        }),
        None => Ok(contradictions),
    }
}

/// The rows and free cells of a block.
type BlockShape = (Vec<usize>, Vec<usize>);

/// Return the rows and free cells of each block, and the rows without a free cell.
fn blocks(constraints: &Constraints) -> (Vec<BlockShape>, Vec<usize>) {
    let mut parent: Vec<usize> = (0..constraints.cells()).collect();
    fn root(parent: &mut [usize], mut k: usize) -> usize {
        while parent[k] != k {
            parent[k] = parent[parent[k]];
            k = parent[k];
        }
        k
    }
    let free = |row: &ConstraintRow| -> Vec<usize> {
        let cells = row.terms.iter().map(|(cell, _)| *cell);
        cells.filter(|cell| !constraints.fixed[*cell]).collect()
    };
    let mut known = Vec::new();
    for (k, row) in constraints.rows.iter().enumerate() {
        let cells = free(row);
        let Some(first) = cells.first() else {
            known.push(k);
            continue;
        };
        for cell in &cells[1..] {
            let (a, b) = (root(&mut parent, *first), root(&mut parent, *cell));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut number: Vec<Option<usize>> = vec![None; constraints.cells()];
    let mut blocks: Vec<BlockShape> = Vec::new();
    for (k, row) in constraints.rows.iter().enumerate() {
        if let Some(cell) = free(row).first() {
            let root = root(&mut parent, *cell);
            let at = *number[root].get_or_insert_with(|| {
                blocks.push((Vec::new(), Vec::new()));
                blocks.len() - 1
            });
            blocks[at].0.push(k);
        }
    }
    for cell in (0..constraints.cells()).filter(|cell| !constraints.fixed[*cell]) {
        let root = root(&mut parent, cell);
        if let Some(at) = number[root] {
            blocks[at].1.push(cell);
        }
    }
    (blocks, known)
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let fact = self
                .coherent(|partner, flow, month| self.noise[(partner * 4 + flow) * months + month]);
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
}
