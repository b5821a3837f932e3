//! Disaggregation against results worked by hand.

use super::{ConditionedPath, ObservedSum, PathPrior, WeightedCells, resolve_conflicts};
use ndarray::{Array1, Array2, array};
use proptest::prelude::*;

fn sum(cells: &[usize], value: f64, slack: f64) -> ObservedSum {
    ObservedSum {
        now: cells.iter().map(|k| (*k, 1.0)).collect(),
        before: vec![],
        value,
        slack,
    }
}

#[test]
fn a_small_surprise_is_spread_as_fernandez_does() {
    // A random walk from a known start, covariance [[1, 1], [1, 2]] σ²; the sum of two cells
    // of 1 is 2 e^δ. With shares J = (1/2, 1/2): K Jᵀ = (1, 1.5), J K Jᵀ = 1.25, so the
    // cells take 0.8 δ and 1.2 δ.
    let prior = PathPrior {
        mean: array![0.0, 0.0],
        covariance: array![[1.0, 1.0], [1.0, 2.0]],
    };
    let delta = 1e-5_f64;
    let figures = [sum(&[0, 1], 2.0 * delta.exp(), 0.0)];
    let posterior = ConditionedPath::new(&prior, &figures).unwrap();
    assert!(
        (posterior.mode[0] / delta - 0.8).abs() < 1e-4,
        "{}",
        posterior.mode
    );
    assert!((posterior.mode[1] / delta - 1.2).abs() < 1e-4);
}

#[test]
fn evidence_is_the_normal_density() {
    // One cell of variance 4, figure e², exact: ln N(2; 0, 4) without the constant is
    // −2²/(2·4) − ln 2.
    let prior = PathPrior {
        mean: array![0.0],
        covariance: array![[4.0]],
    };
    let figures = [sum(&[0], 2.0_f64.exp(), 0.0)];
    let posterior = ConditionedPath::new(&prior, &figures).unwrap();
    assert!((posterior.evidence - (-0.5 - 2.0_f64.ln())).abs() < 1e-9);
}

#[test]
fn one_of_contradictory_sums_is_loosened_and_the_others_stand() {
    // Three sums are 1, one is ten times as much: only that one is loosened.
    let prior = PathPrior {
        mean: array![0.0, 0.0],
        covariance: array![[1.0, 0.0], [0.0, 1.0]],
    };
    let figures = [
        sum(&[0], 1.0, 0.01),
        sum(&[0], 10.0, 0.01),
        sum(&[0], 1.0, 0.001),
        sum(&[1], 3.0, 0.0),
    ];
    let found = resolve_conflicts(&prior, &figures).unwrap();
    let loosened: Vec<bool> = found.iter().zip(&figures).map(|(a, b)| a != b).collect();
    assert_eq!(loosened, [false, true, false, false]);
    let posterior = ConditionedPath::new(&prior, &found).unwrap();
    assert!(posterior.mode[0].abs() < 0.01 && (posterior.mode[1] - 3.0_f64.ln()).abs() < 1e-6);
    let factor = prior.factor().unwrap();
    assert!(
        posterior
            .draw(&factor, &array![0.3, -0.2], &[0.5, -1.0, 1.0, 0.0])
            .is_some()
    );
    // Sums without a contradiction stay as they are.
    assert_eq!(
        resolve_conflicts(&prior, &figures[2..]).unwrap(),
        figures[2..]
    );
}

proptest! {
    #[test]
    fn every_draw_satisfies_every_sum_within_its_rounding(
        normal in proptest::collection::vec(-3.0..3.0_f64, 24),
        within in proptest::collection::vec(-1.0..1.0_f64, 4),
        growth in 0.8..1.4_f64,
    ) {
        let walk = |t: usize, u: usize| {
            0.05 * 0.05 * (t.min(u) + 1) as f64 + if t == u { 0.01 } else { 0.0 } + 9.0
        };
        let prior = PathPrior {
            mean: Array1::zeros(24),
            covariance: Array2::from_shape_fn((24, 24), |(t, u)| walk(t, u)),
        };
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
            },
            sum(&months(12, 14), 180.0, 0.0),
        ];
        let posterior = ConditionedPath::new(&prior, &figures).unwrap();
        let factor = prior.factor().unwrap();
        let x = posterior.draw(&factor, &Array1::from(normal), &within).unwrap();
        for figure in &figures {
            let off = (figure.stated(&x).exp() / figure.value - 1.0).abs();
            prop_assert!(off <= 1.5 * figure.slack + 1e-6, "{off} beyond {}", figure.slack);
        }
    }
}
