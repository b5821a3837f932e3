//! Disaggregation against results worked by hand.

use super::{
    CommonDeviation, ConditionedPath, LinearSums, ObservedSum, PathPrior, StandardNormals,
    WeightedCells,
};
use ndarray::{Array1, Array2, array};
use proptest::prelude::*;

fn sum(cells: &[usize], value: f64, slack: f64) -> ObservedSum {
    ObservedSum {
        now: cells.iter().map(|k| (*k, 1.0)).collect(),
        before: vec![],
        value,
        slack,
        noise: 0.0,
    }
}

fn single(covariance: Array2<f64>) -> PathPrior {
    let mean = Array1::zeros(covariance.nrows());
    PathPrior::new(vec![mean], &[covariance], None).unwrap()
}

#[test]
fn a_small_surprise_is_spread_as_fernandez_does() {
    // A random walk from a known start, covariance [[1, 1], [1, 2]] σ²; the sum of two cells
    // of 1 is 2 e^δ. With shares J = (1/2, 1/2): K Jᵀ = (1, 1.5), J K Jᵀ = 1.25, so the
    // cells take 0.8 δ and 1.2 δ.
    let prior = single(array![[1.0, 1.0], [1.0, 2.0]]);
    let delta = 1e-5_f64;
    let figures = [sum(&[0, 1], 2.0 * delta.exp(), 0.0)];
    let mode = ConditionedPath::new(&prior, &figures).unwrap().mode;
    assert!((mode[0][0] / delta - 0.8).abs() < 1e-4, "{mode:?}");
    assert!((mode[0][1] / delta - 1.2).abs() < 1e-4);
}

#[test]
fn what_paths_have_in_common_moves_draws_and_not_the_most_likely_paths() {
    // Two paths of one cell, variances 2 and 6, of which 1 and 4 are common (loadings 1 and 2).
    let common = CommonDeviation {
        covariance: array![[1.0]],
        loading: vec![1.0, 2.0],
    };
    let mean = vec![array![0.0], array![0.0]];
    let own = [array![[2.0]], array![[6.0]]];
    let prior = PathPrior::new(mean, &own, Some(common)).unwrap();
    let delta = 1e-4_f64;
    // A figure of the first path alone leaves the second as it was.
    let of_one = [sum(&[0], delta.exp(), 0.0)];
    let mode = ConditionedPath::new(&prior, &of_one).unwrap().mode;
    assert!((mode[0][0] / delta - 1.0).abs() < 1e-4 && mode[1][0].abs() < 1e-9);
    // Of the sum of both cells, 2 e^δ with shares 1/2: the variances 2 and 6 alone say that the
    // cells take K Jᵀ / J K Jᵀ = (1, 3) / 2 of δ.
    let of_both = [sum(&[0, 1], 2.0 * delta.exp(), 0.0)];
    let posterior = ConditionedPath::new(&prior, &of_both).unwrap();
    assert!((posterior.mode[0][0] / delta - 0.5).abs() < 1e-3);
    assert!((posterior.mode[1][0] / delta - 1.5).abs() < 1e-3);
    // The first cell is then (3 x − y) / 4 of draws x, y of the prior with variances 2 and 6 and
    // covariance 2: (18 + 6 − 12) / 16 = 0.75; the second is its opposite.
    let found = posterior.covariance_of(&[vec![(0, 1.0)], vec![(1, 1.0)]]);
    assert!((found[[0, 0]] - 0.75).abs() < 1e-3, "{found}");
    assert!((found[[0, 1]] + 0.75).abs() < 1e-3, "{found}");
}

#[test]
fn evidence_is_the_normal_density() {
    // One cell of variance 4, figure e², exact: ln N(2; 0, 4) without the constant is
    // −2²/(2·4) − ln 2.
    let figure = sum(&[0], 2.0_f64.exp(), 0.0);
    let at = [array![2.0]];
    let sums = LinearSums::new(&[&figure], 0, &at, &array![0.0]);
    let evidence = sums.evidence(&array![[4.0]]).unwrap();
    assert!((evidence - (-0.5 - 2.0_f64.ln())).abs() < 1e-8);
}

#[test]
fn of_contradictory_sums_the_one_against_most_gives_way() {
    // Three sums are 1, one is ten times as much.
    let prior = single(array![[1.0, 0.0], [0.0, 1.0]]);
    let figures = [
        sum(&[0], 1.0, 0.01),
        sum(&[0], 10.0, 0.01),
        sum(&[0], 1.0, 0.001),
        sum(&[1], 3.0, 0.0),
    ];
    let posterior = ConditionedPath::new(&prior, &figures).unwrap();
    let contradicted: Vec<bool> = figures
        .iter()
        .zip(&posterior.off)
        .map(|(figure, off)| figure.contradicts(*off))
        .collect();
    assert_eq!(contradicted, [false, true, false, false]);
    assert!(posterior.mode[0][0].abs() < 0.01);
    assert!((posterior.mode[0][1] - 3.0_f64.ln()).abs() < 1e-6);
}

proptest! {
    #[test]
    fn every_draw_satisfies_every_sum_within_its_rounding(
        normal in proptest::collection::vec(-3.0..3.0_f64, 24),
        growth in 0.8..1.4_f64,
    ) {
        let walk = |t: usize, u: usize| {
            0.05 * 0.05 * (t.min(u) + 1) as f64 + if t == u { 0.01 } else { 0.0 } + 9.0
        };
        let prior = single(Array2::from_shape_fn((24, 24), |(t, u)| walk(t, u)));
        let months = |from: usize, to: usize| (from..to).collect::<Vec<_>>();
        let cells = |from: usize, to: usize| -> WeightedCells {
            months(from, to).into_iter().map(|k| (k, 1.0)).collect()
        };
        let figures = [
            sum(&months(0, 12), 1200.0, 1e-3),
            sum(&months(12, 17), 500.0, 1e-3),
            ObservedSum {
                now: cells(12, 17),
                before: cells(0, 5),
                value: growth,
                slack: 5e-4,
                noise: 0.0,
            },
            sum(&months(12, 14), 180.0, 0.0),
        ];
        let posterior = ConditionedPath::new(&prior, &figures).unwrap();
        let deviations = posterior.deviations(&StandardNormals {
            paths: vec![Array2::from_shape_vec((24, 1), normal).unwrap()],
            common: Array2::zeros((24, 1)),
            sums: Array2::zeros((figures.len(), 1)),
        });
        let paths = posterior.settle(&deviations, None);
        let path = [paths[0].column(0).to_owned()];
        for figure in &figures {
            let off = (figure.stated(&path).exp() / figure.value - 1.0).abs();
            prop_assert!(off <= 1.5 * figure.slack + 1e-5, "{off} beyond {}", figure.slack);
        }
    }
}
