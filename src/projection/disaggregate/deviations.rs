//! Draws of paths whose headline, the growth of the last year of the first node, hardly depends on
//! the seed.

use crate::models::disaggregation::{ConditionedPath, ObservedSum, StandardNormals, WeightedCells};
use crate::projection::disaggregate::disaggregation::Disaggregation;
use crate::projection::joint::paths::standard_normal;
use crate::trade::area;
use crate::work::Work;
use ndarray::{Array1, Array2};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};
use std::collections::BTreeMap;

/// The months of a year.
const MONTHS: usize = 12;
/// The fewest and the most degrees of freedom of a leaf's own scale in each draw: deviations have
/// heavier tails than normal ones, the more so the less its figures say of its roughness.
const DEGREES: (f64, f64) = (3.3, 8.0);
/// The figures of a leaf that give it one degree of freedom more.
const FIGURES_A_DEGREE: f64 = 4.0;
/// How much narrower draws are for each degree of freedom beyond the fewest. The scale of a leaf
/// with many figures is estimated from them, and holds much of what the tails add.
const NARROWER: f64 = 0.02;
/// Draws of a flow between two countries narrow with its size to this power, where few figures say
/// how rough it is: large flows are smoother, and small ones rougher, than the prior of their size.
const SIZE_POWER: f64 = 0.03;
/// The size in US dollars a year at which they are as wide as those of any leaf.
const AT_SIZE: f64 = 3e8;
/// The degrees of freedom from which on the figures of a leaf say enough of its roughness.
const SAID: f64 = 5.0;
/// The most that a month of a draw may be of the highest month of the most likely path.
const HIGHEST: f64 = 4.0;
/// A smaller variance of the headline is none: the year is known.
const LEAST_VARIANCE: f64 = 1e-10;
/// The points at which the distribution of the headline is computed.
const POINTS: usize = 400;
/// The part of draws at either end of the headline that the second pass leaves alone.
const TAIL: f64 = 0.05;
/// The degree of the polynomial by which the quantiles of the headline differ from linear ones.
const DEGREE: usize = 4;

/// The headline near the most likely paths, where it is linear in their deviations.
struct Headline {
    growth: ObservedSum,
    /// The part of each leaf.
    parts: Vec<WeightedCells>,
    /// The most likely change of all leaves that changes the headline by `step`.
    direction: Vec<Array1<f64>>,
    step: f64,
}

impl Disaggregation<'_> {
    /// Draw `count` paths of logarithms: for each leaf one row a month and one column a draw.
    ///
    /// Draws come in pairs of opposite deviations. The headline takes the quantiles of an even grid
    /// of probabilities where it is linear. A second pass moves it to a smooth curve of its
    /// quantiles where it is not.
    pub(super) fn drawn_paths(
        &self,
        posterior: &ConditionedPath<'_>,
        observed: &[ObservedSum],
        sizes: &[Option<f64>],
        (count, seed): (usize, u64),
    ) -> Vec<Array2<f64>> {
        let tails = self.tails(observed, sizes, count.div_ceil(2), seed);
        let mut deviations = self.deviations(posterior, observed.len(), &tails, count, seed);
        let Some(headline) = self.headline(posterior) else {
            cap(&posterior.mode, &mut deviations);
            return posterior.settle(&deviations, None);
        };
        let covariance = posterior.covariance_of(&headline.parts);
        let wanted = quantiles(&covariance, &tails, count);
        let linear = headline.linear(&deviations);
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|a, b| linear[*a].total_cmp(&linear[*b]));
        let mut moves = vec![0.0; count];
        for (k, wanted) in order.iter().zip(&wanted) {
            moves[*k] = wanted - linear[*k];
        }
        headline.add(&mut deviations, &moves);
        cap(&posterior.mode, &mut deviations);
        let mut paths = posterior.settle(&deviations, None);
        let growth = headline.of(&paths);
        order.sort_by(|a, b| growth[*a].total_cmp(&growth[*b]));
        // The ends are left alone: few draws say where they lie, and they would bend the curve.
        let end = (TAIL * count as f64).ceil() as usize;
        let inner = end..count.saturating_sub(end);
        let beyond: Vec<f64> = inner
            .clone()
            .map(|rank| growth[order[rank]] - wanted[rank])
            .collect();
        moves.fill(0.0);
        for (rank, (beyond, smooth)) in inner.zip(beyond.iter().zip(smooth(&beyond))) {
            moves[order[rank]] = smooth - beyond;
        }
        headline.add(&mut deviations, &moves);
        headline.add(&mut paths, &moves);
        posterior.settle(&deviations, Some(&paths))
    }

    /// Return the factor of each leaf's deviations in each draw, those of a t distribution. Every
    /// leaf has all quantiles, in an order of its own.
    fn tails(
        &self,
        observed: &[ObservedSum],
        sizes: &[Option<f64>],
        count: usize,
        seed: u64,
    ) -> Vec<Vec<f64>> {
        let n = self.months();
        let mut figures = vec![0.0; self.system.leaves.len()];
        for path in observed.iter().filter_map(|sum| sum.path(n)) {
            figures[path] += 1.0;
        }
        let (fewest, most) = DEGREES;
        let mut factors: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        let of_leaf = |(leaf, figures): (usize, f64)| {
            let degrees = (1.0 + figures / FIGURES_A_DEGREE).clamp(fewest, most);
            let scale = 1.0 - NARROWER * (degrees - fewest);
            let factors = factors.entry(degrees.to_bits()).or_insert_with(|| {
                // Degrees of freedom above zero always make a distribution.
                let squares = ChiSquared::new(degrees);
                let factor = |k: usize| {
                    let probability = (k as f64 + 0.5) / count as f64;
                    let square = squares.as_ref().map(|d| d.inverse_cdf(probability));
                    scale * (degrees / square.unwrap_or(degrees)).sqrt()
                };
                (0..count).map(factor).collect()
            });
            let own = seed ^ (leaf as u64 + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
            let of_size =
                self.width_of_size(leaf, sizes, ((SAID - degrees) / (SAID - fewest)).max(0.0));
            let mut of_leaf: Vec<f64> = factors.iter().map(|factor| of_size * factor).collect();
            of_leaf.shuffle(&mut Pcg64Mcg::seed_from_u64(own));
            of_leaf
        };
        figures.into_iter().enumerate().map(of_leaf).collect()
    }

    /// Return how wide the draws of leaf `leaf` are for its size. `unknown` is the part of its
    /// roughness that figures do not say, from 0 to 1.
    fn width_of_size(&self, leaf: usize, sizes: &[Option<f64>], unknown: f64) -> f64 {
        match sizes[leaf] {
            Some(size) if self.system.leaves[leaf].partner.as_str() != area::WORLD => {
                (size.max(1.0) / AT_SIZE).powf(-SIZE_POWER * unknown)
            }
            _ => 1.0,
        }
    }

    /// Draw deviations from the most likely paths, in pairs of opposite ones.
    fn deviations(
        &self,
        posterior: &ConditionedPath<'_>,
        figures: usize,
        tails: &[Vec<f64>],
        count: usize,
        seed: u64,
    ) -> Vec<Array2<f64>> {
        let (n, leaves) = (self.months(), self.system.leaves.len());
        let half = count.div_ceil(2);
        let work = Work::current();
        let column = |k: u64| -> Vec<f64> {
            let own = seed ^ (k + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut rng = Pcg64Mcg::seed_from_u64(own);
            let cells = n * (leaves + 1) + figures;
            (0..cells).map(|_| standard_normal(&mut rng)).collect()
        };
        let columns: Vec<Vec<f64>> = (0..half as u64)
            .into_par_iter()
            .map(|k| work.part(|| column(k)))
            .collect();
        let rows = |from: usize, rows: usize| {
            Array2::from_shape_fn((rows, half), |(row, k)| columns[k][from + row])
        };
        let drawn = posterior.deviations(&StandardNormals {
            paths: (0..leaves).map(|leaf| rows(leaf * n, n)).collect(),
            common: rows(leaves * n, n),
            sums: rows((leaves + 1) * n, figures),
        });
        let both = |(drawn, tails): (Array2<f64>, &Vec<f64>)| {
            Array2::from_shape_fn((n, count), |(t, k)| match k < half {
                true => tails[k] * drawn[[t, k]],
                false => -tails[k - half] * drawn[[t, k - half]],
            })
        };
        drawn.into_par_iter().zip(tails).map(both).collect()
    }

    /// Return the headline; `None` where it is known.
    fn headline(&self, posterior: &ConditionedPath<'_>) -> Option<Headline> {
        let (n, leaves) = (self.months(), self.system.leaves.len());
        let head = &self.system.nodes[0].leaves;
        let year = |from: usize| {
            let months = from..(from + MONTHS).min(n);
            months
                .flat_map(|t| head.iter().map(move |(leaf, w)| (leaf * n + t, w.abs())))
                .collect()
        };
        let growth = ObservedSum {
            now: year(n - MONTHS),
            before: year(n.saturating_sub(2 * MONTHS)),
            value: 1.0,
            slack: 0.0,
            noise: 0.0,
        };
        let shares = growth.shares(&posterior.mode);
        let direction = posterior.direction(&shares);
        let step = shares
            .iter()
            .map(|(cell, share)| share * direction[cell / n][cell % n])
            .sum();
        let mut parts = vec![WeightedCells::new(); leaves];
        for (cell, share) in shares {
            parts[cell / n].push((cell, share));
        }
        (step > LEAST_VARIANCE).then_some(Headline {
            growth,
            parts,
            direction,
            step,
        })
    }
}

impl Headline {
    /// Return by how much deviations change the headline of each draw, if it is linear.
    fn linear(&self, deviations: &[Array2<f64>]) -> Vec<f64> {
        let n = self.direction[0].len();
        let mut sums = vec![0.0; deviations[0].ncols()];
        for (cell, share) in self.parts.iter().flatten() {
            let row = deviations[cell / n].row(cell % n);
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, v)| *sum += share * v);
        }
        sums
    }

    /// Return the headline of each draw, the logarithm of one plus growth.
    fn of(&self, paths: &[Array2<f64>]) -> Vec<f64> {
        let n = self.direction[0].len();
        let mut totals = [&self.growth.now, &self.growth.before].map(|cells| {
            let mut totals = vec![0.0; paths[0].ncols()];
            for (cell, w) in cells {
                let row = paths[cell / n].row(cell % n);
                totals
                    .iter_mut()
                    .zip(row)
                    .for_each(|(total, v)| *total += w * v.exp());
            }
            totals.into_iter()
        });
        let [now, before] = &mut totals;
        now.zip(before)
            .map(|(now, before)| (now / before).ln())
            .collect()
    }

    /// Change the headline of each draw by `moves`, along the most likely change of all leaves.
    fn add(&self, deviations: &mut [Array2<f64>], moves: &[f64]) {
        let steps: Array1<f64> = moves.iter().map(|v| v / self.step).collect();
        deviations
            .par_iter_mut()
            .zip(&self.direction)
            .for_each(|(deviation, direction)| {
                for (mut row, along) in deviation.rows_mut().into_iter().zip(direction) {
                    row.scaled_add(*along, &steps);
                }
            });
    }
}

/// Return the quantiles at an even grid of `count` probabilities of a sum of normal parts of
/// `covariance`, each times its factor in one of the draws: a mixture of normal distributions.
fn quantiles(covariance: &Array2<f64>, tails: &[Vec<f64>], count: usize) -> Vec<f64> {
    let half = tails[0].len();
    let deviation = |k: usize| {
        let factors: Array1<f64> = tails.iter().map(|of_leaf| of_leaf[k]).collect();
        factors.dot(&covariance.dot(&factors)).max(0.0).sqrt()
    };
    let deviations: Vec<f64> = (0..half).map(deviation).collect();
    let most = 8.0 * deviations.iter().fold(0.0, |most: f64, v| most.max(*v));
    let normal = Normal::standard();
    // Half of a symmetric distribution, more closely near its middle.
    let points: Vec<(f64, f64)> = (0..=POINTS)
        .into_par_iter()
        .map(|k| {
            let x = most * (k as f64 / POINTS as f64).powi(2);
            let below = deviations.iter().map(|sd| normal.cdf(x / sd.max(1e-300)));
            (below.sum::<f64>() / half as f64, x)
        })
        .collect();
    let quantile = |k: usize| {
        let probability = (k as f64 + 0.5) / count as f64;
        let upper = probability.max(1.0 - probability);
        let place = points.partition_point(|(p, _)| *p < upper).clamp(1, POINTS);
        let ((p, x), (q, y)) = (points[place - 1], points[place]);
        let share = ((upper - p) / (q - p).max(1e-300)).clamp(0.0, 1.0);
        (x + share * (y - x)).copysign(probability - 0.5)
    };
    (0..count).map(quantile).collect()
}

/// Return the polynomial of least squares through `values` at an even grid.
fn smooth(values: &[f64]) -> Vec<f64> {
    let count = values.len() as f64;
    let at = |k: usize| (2.0 * k as f64 + 1.0) / count - 1.0;
    // Legendre's polynomials are orthogonal on the grid up to the square of its step.
    let basis = |v: f64| {
        let mut basis = [1.0; DEGREE + 1];
        basis[1] = v;
        for j in 2..=DEGREE {
            let of = j as f64;
            basis[j] = ((2.0 * of - 1.0) * v * basis[j - 1] - (of - 1.0) * basis[j - 2]) / of;
        }
        basis
    };
    let mut weights = [0.0; DEGREE + 1];
    for (k, value) in values.iter().enumerate() {
        for (j, (weight, of)) in weights.iter_mut().zip(basis(at(k))).enumerate() {
            *weight += (2.0 * j as f64 + 1.0) / count * value * of;
        }
    }
    (0..values.len())
        .map(|k| basis(at(k)).iter().zip(&weights).map(|(b, w)| b * w).sum())
        .collect()
}

/// Cap each path at a multiple of the highest month of its most likely path: a logarithm that is
/// very uncertain says nothing of levels that were never seen.
fn cap(mode: &[Array1<f64>], deviations: &mut [Array2<f64>]) {
    for (mode, deviations) in mode.iter().zip(deviations) {
        let highest = mode.iter().fold(f64::NEG_INFINITY, |most, v| most.max(*v));
        for (middle, mut row) in mode.iter().zip(deviations.rows_mut()) {
            let most = highest + HIGHEST.ln() - middle;
            row.mapv_inplace(|deviation| deviation.min(most));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn quantiles_of_two_parts_are_those_of_their_normal_sum() {
        // Variances 9 and 16, uncorrelated: a standard deviation of 5. 1.2816 of it is at 90 %.
        let covariance = array![[9.0, 0.0], [0.0, 16.0]];
        let found = quantiles(&covariance, &[vec![1.0; 50], vec![1.0; 50]], 1000);
        let at_ninety = 0.5 * (found[899] + found[900]);
        assert!((at_ninety - 5.0 * 1.28155).abs() < 0.01, "{at_ninety}");
        assert!((found[100] + found[899]).abs() < 1e-9);
        assert!(found.is_sorted());
    }

    #[test]
    fn a_polynomial_is_its_own_smooth_curve() {
        let count = 1000;
        let values: Vec<f64> = (0..count)
            .map(|k| {
                let v = (2.0 * f64::from(k) + 1.0) / f64::from(count) - 1.0;
                2.0 - v + 0.5 * v * v * v
            })
            .collect();
        let off = smooth(&values)
            .iter()
            .zip(&values)
            .fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
        assert!(off < 1e-4, "{off}");
    }
}
