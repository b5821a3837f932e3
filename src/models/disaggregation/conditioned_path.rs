//! The distribution of paths given known sums, and draws from it.

use super::linearised::{Linearised, StandardNormals};
use super::observed_sum::{ObservedSum, WeightedCells};
use super::path_prior::PathPrior;
use crate::models::ModelError;
use crate::work::{Work, checkpoint};
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

/// Distance below which two iterates are the same.
const SAME: f64 = 1e-9;
/// Most iterations towards the sums as stated, and as many with contradicted sums loosened.
const NEWTON: usize = 30;
/// Extra variance of the sums in the first iteration, reduced step by step, so that an iteration
/// from far away does not overshoot.
const TEMPER: f64 = 0.5;
/// A draw that an iteration moves by less than this, in logarithms, has met its sums.
const NEAR: f64 = 1e-5;
/// Most iterations that move draws to nonlinear sums.
const SETTLE: usize = 24;
/// Draws that are moved together.
const TOGETHER: usize = 64;
/// The smallest and the largest share of the step before that a secant takes back.
const SECANT: (f64, f64) = (-4.0, 0.5);
/// Degrees of freedom of the errors of contradicted sums: those of a t distribution, so that draws
/// depart most from the sums that most others contradict.
const DEGREES: f64 = 4.0;

/// Distribution of paths given known sums.
#[derive(Debug, Clone)]
pub struct ConditionedPath<'a> {
    prior: &'a PathPrior,
    figures: &'a [ObservedSum],
    /// Most likely paths, logarithms.
    pub mode: Vec<Array1<f64>>,
    /// Logarithm of each sum at the mode less that of its value.
    pub off: Vec<f64>,
    linearised: Linearised,
}

impl<'a> ConditionedPath<'a> {
    /// Condition `prior` on known sums. Sums that contradict each other are all loosened at once,
    /// each by how far it lies off (iteratively reweighted least squares).
    ///
    /// # Errors
    /// [`ModelError::Regression`] if no path comes close to the sums.
    pub fn new(prior: &'a PathPrior, figures: &'a [ObservedSum]) -> Result<Self, ModelError> {
        let stated: Vec<f64> = figures.iter().map(ObservedSum::variance).collect();
        let mut mode = prior.mean.clone();
        let mut variances = stated.clone();
        let mut temper = TEMPER;
        let mut loosening = false;
        let mut left = NEWTON;
        loop {
            checkpoint();
            let tempered: Vec<f64> = variances.iter().map(|v| v + temper).collect();
            let linearised = Linearised::new(prior, figures, &mode, tempered)?;
            let next = step(prior, figures, &linearised, &mode);
            let moved = distance(&next, &mode);
            if !moved.is_finite() {
                return Err(lost());
            }
            mode = next;
            let off = distances(figures, &mode);
            left -= 1;
            if (moved < SAME && temper == 0.0) || left == 0 {
                let contradicted = figures
                    .iter()
                    .zip(&off)
                    .any(|(figure, off)| figure.contradicts(*off));
                if !contradicted || loosening {
                    let linearised = Linearised::new(prior, figures, &mode, variances)?;
                    return Ok(Self {
                        prior,
                        figures,
                        mode,
                        off,
                        linearised,
                    });
                }
                (loosening, left) = (true, NEWTON);
            }
            if loosening {
                for (k, variance) in variances.iter_mut().enumerate() {
                    let off = off[k] * off[k] / stated[k];
                    *variance = stated[k] * ((DEGREES + off) / (DEGREES + 1.0)).max(1.0);
                }
            }
            temper = if temper > 1e-6 { 0.1 * temper } else { 0.0 };
        }
    }

    /// Return the most likely change of all cells along `cells`: the product of the posterior
    /// covariance with the weights of `cells`, without what paths have in common.
    pub fn direction(&self, cells: &[(usize, f64)]) -> Vec<Array1<f64>> {
        self.linearised.covariance_times(cells)
    }

    /// Return the covariance of weighted sums of cells in draws.
    pub fn covariance_of(&self, sums: &[WeightedCells]) -> Array2<f64> {
        let n = self.prior.len();
        let products: Vec<Vec<Array1<f64>>> =
            sums.par_iter().map(|cells| self.direction(cells)).collect();
        let mut covariance = Array2::from_shape_fn((sums.len(), sums.len()), |(i, j)| {
            let weighted = |(cell, w): &(usize, f64)| w * products[j][cell / n][cell % n];
            sums[i].iter().map(weighted).sum()
        });
        let Some(common) = &self.prior.common else {
            return covariance;
        };
        // What a sum takes over of a draw of the prior, path by path.
        let taken = |product: &Vec<Array1<f64>>| -> Vec<Array1<f64>> {
            let of_path = product.iter().zip(&self.prior.precision);
            let of_path = of_path.zip(&common.loading);
            of_path
                .map(|((product, precision), loading)| *loading * precision.dot(product))
                .collect()
        };
        let taken: Vec<Vec<Array1<f64>>> = products.par_iter().map(taken).collect();
        for (i, one) in taken.iter().enumerate() {
            let all: Array1<f64> = one.iter().fold(Array1::zeros(n), |sum, part| sum + part);
            let along = common.covariance.dot(&all);
            let own: Vec<Array1<f64>> = one.iter().map(|p| common.covariance.dot(p)).collect();
            for (j, other) in taken.iter().enumerate() {
                let both: f64 = other.iter().map(|part| part.dot(&along)).sum();
                let same: f64 = other.iter().zip(&own).map(|(a, b)| a.dot(b)).sum();
                covariance[[i, j]] += both - same;
            }
        }
        covariance
    }

    /// Draw deviations from the mode, for linear sums: for each path one row a cell and one column
    /// a draw.
    pub fn deviations(&self, normals: &StandardNormals) -> Vec<Array2<f64>> {
        let drawn = normals
            .paths
            .par_iter()
            .enumerate()
            .map(|(path, own)| self.prior.draw(path, own, &normals.common))
            .collect();
        self.linearised.conditioned(drawn, &normals.sums)
    }

    /// Move paths that deviate from the mode by `deviations` to the sums: each draw satisfies every
    /// sum that others do not contradict within its rounding and noise. `near` are paths to begin
    /// with, where they are known to be closer. Returns logarithms, for each path one row a cell
    /// and one column a draw.
    pub fn settle(
        &self,
        deviations: &[Array2<f64>],
        near: Option<&[Array2<f64>]>,
    ) -> Vec<Array2<f64>> {
        let mut paths: Vec<Array2<f64>> = deviations
            .par_iter()
            .zip(&self.mode)
            .map(|(deviation, mode)| deviation + &mode.view().insert_axis(Axis(1)))
            .collect();
        // What a linear draw says of each sum, but no more than its rounding and noise allow.
        let mut wanted = self.linearised.sums(deviations);
        for ((mut row, figure), off) in wanted
            .rows_mut()
            .into_iter()
            .zip(self.figures)
            .zip(&self.off)
        {
            let width = figure.slack + 3.0 * figure.noise;
            let (low, high) = match figure.contradicts(*off) {
                true => (f64::NEG_INFINITY, f64::INFINITY),
                false => (-width.max(off.abs()), width.max(off.abs())),
            };
            row.mapv_inplace(|deviation| (off + deviation).clamp(low, high) + figure.value.ln());
        }
        let work = Work::current();
        let columns: Vec<usize> = (0..wanted.ncols()).collect();
        let settled: Vec<Vec<Array2<f64>>> = columns
            .par_chunks(TOGETHER)
            .map(|columns| {
                let start = selected(&paths, columns);
                let near = selected(near.unwrap_or(&paths), columns);
                let wanted = wanted.select(Axis(1), columns);
                work.part(|| self.settled(start, near, wanted))
            })
            .collect();
        for (columns, settled) in columns.chunks(TOGETHER).zip(&settled) {
            put(&mut paths, columns, settled);
        }
        paths
    }

    /// Return the paths near `start` (a column a draw) whose sums are `wanted`, logarithms. The
    /// iteration begins with the paths `at`.
    ///
    /// Each iterate is the most likely move of `start` that meets the sums as linearised at the
    /// iterate before, with the derivatives at the mode. A secant step (Anderson's acceleration
    /// with a memory of one) shortens the way of draws that are far from the mode.
    fn settled(
        &self,
        mut start: Vec<Array2<f64>>,
        mut at: Vec<Array2<f64>>,
        mut wanted: Array2<f64>,
    ) -> Vec<Array2<f64>> {
        let mut paths = at.clone();
        // The draws that still move, and their iterates.
        let mut open: Vec<usize> = (0..wanted.ncols()).collect();
        let mut before: Option<[Vec<Array2<f64>>; 2]> = None;
        for _ in 0..SETTLE {
            checkpoint();
            let moved = differences(&at, &start);
            let left = &wanted - &log_sums(self.figures, &at) + &self.linearised.sums(&moved);
            let mut next = self.linearised.solve(&left);
            next.iter_mut()
                .zip(&start)
                .for_each(|(next, start)| *next += start);
            let steps = differences(&next, &at);
            at = match &before {
                None => next.clone(),
                Some([next_before, steps_before]) => {
                    accelerated(&next, next_before, &steps, steps_before)
                }
            };
            put_finite(&mut paths, &open, &at);
            let still: Vec<usize> = (0..open.len())
                .filter(|k| {
                    let column = steps.iter().flat_map(|step| step.column(*k));
                    let largest = column.fold(0.0, |most: f64, v| most.max(v.abs()));
                    largest >= NEAR && largest.is_finite()
                })
                .collect();
            if still.is_empty() {
                break;
            }
            open = still.iter().map(|k| open[*k]).collect();
            start = selected(&start, &still);
            wanted = wanted.select(Axis(1), &still);
            at = selected(&at, &still);
            before = Some([selected(&next, &still), selected(&steps, &still)]);
        }
        paths
    }
}

/// Return the next iterate of each draw by the secant through its last two steps.
fn accelerated(
    next: &[Array2<f64>],
    next_before: &[Array2<f64>],
    steps: &[Array2<f64>],
    steps_before: &[Array2<f64>],
) -> Vec<Array2<f64>> {
    let cases = steps.first().map_or(0, Array2::ncols);
    let mut along = Array1::<f64>::zeros(cases);
    let mut square = Array1::<f64>::zeros(cases);
    for (step, before) in steps.iter().zip(steps_before) {
        let change = step - before;
        along += &(step * &change).sum_axis(Axis(0));
        square += &(&change * &change).sum_axis(Axis(0));
    }
    let (least, most) = SECANT;
    let share = (along / square.mapv(|square| square.max(f64::MIN_POSITIVE)))
        .mapv(|share| share.clamp(least, most));
    let of_path = |(next, before): (&Array2<f64>, &Array2<f64>)| next - &((next - before) * &share);
    next.iter().zip(next_before).map(of_path).collect()
}

fn differences(paths: &[Array2<f64>], others: &[Array2<f64>]) -> Vec<Array2<f64>> {
    paths
        .iter()
        .zip(others)
        .map(|(path, other)| path - other)
        .collect()
}

fn selected(paths: &[Array2<f64>], columns: &[usize]) -> Vec<Array2<f64>> {
    paths
        .iter()
        .map(|path| path.select(Axis(1), columns))
        .collect()
}

/// Write the columns of `parts` into `columns` of `paths`.
fn put(paths: &mut [Array2<f64>], columns: &[usize], parts: &[Array2<f64>]) {
    for (path, part) in paths.iter_mut().zip(parts) {
        for (mut row, part) in path.rows_mut().into_iter().zip(part.rows()) {
            columns.iter().zip(part).for_each(|(k, v)| row[*k] = *v);
        }
    }
}

/// Write the columns of `parts` into `columns` of `paths`, but for draws that an iteration lost.
fn put_finite(paths: &mut [Array2<f64>], columns: &[usize], parts: &[Array2<f64>]) {
    let finite = |k: &usize| {
        let mut cells = parts.iter().flat_map(|part| part.column(*k));
        cells.all(|v| v.is_finite())
    };
    let kept: Vec<usize> = (0..columns.len()).filter(finite).collect();
    if kept.len() == columns.len() {
        return put(paths, columns, parts);
    }
    let columns: Vec<usize> = kept.iter().map(|k| columns[*k]).collect();
    put(paths, &columns, &selected(parts, &kept));
}

/// Return the logarithm of each sum of many paths, one row a sum and one column a draw.
fn log_sums(figures: &[ObservedSum], paths: &[Array2<f64>]) -> Array2<f64> {
    let (n, cases) = paths[0].dim();
    let levels: Vec<Array2<f64>> = paths.par_iter().map(|path| path.mapv(f64::exp)).collect();
    let rows: Vec<Array1<f64>> = figures
        .par_iter()
        .map(|figure| {
            let sum = |cells: &[(usize, f64)]| {
                // The logarithm of a single month is that of its path.
                if let [(cell, weight)] = cells {
                    return &paths[cell / n].row(cell % n) + weight.ln();
                }
                let mut sum = Array1::zeros(cases);
                for (cell, weight) in cells {
                    sum.scaled_add(*weight, &levels[cell / n].row(cell % n));
                }
                sum.mapv_into(|sum: f64| sum.max(f64::MIN_POSITIVE).ln())
            };
            match figure.before.is_empty() {
                true => sum(&figure.now),
                false => sum(&figure.now) - sum(&figure.before),
            }
        })
        .collect();
    let mut all = Array2::zeros((figures.len(), cases));
    for (mut row, found) in all.rows_mut().into_iter().zip(rows) {
        row.assign(&found);
    }
    all
}

/// Return the next iterate: the most likely paths for sums linearised at `at`.
fn step(
    prior: &PathPrior,
    figures: &[ObservedSum],
    linearised: &Linearised,
    at: &[Array1<f64>],
) -> Vec<Array1<f64>> {
    let from_mean: Vec<Array2<f64>> = at
        .iter()
        .zip(&prior.mean)
        .map(|(x, mean)| (x - mean).insert_axis(Axis(1)))
        .collect();
    let mut values = linearised.sums(&from_mean);
    for (mut row, off) in values.rows_mut().into_iter().zip(distances(figures, at)) {
        row -= off;
    }
    let moved = linearised.solve(&values).into_iter();
    moved
        .zip(&prior.mean)
        .map(|(moved, mean)| moved.remove_axis(Axis(1)) + mean)
        .collect()
}

/// Return the logarithm of each sum of `paths` less that of its value.
fn distances(figures: &[ObservedSum], paths: &[Array1<f64>]) -> Vec<f64> {
    figures
        .iter()
        .map(|figure| figure.stated(paths) - figure.value.ln())
        .collect()
}

/// Return the largest difference between two sets of paths; NaN if one of them has a NaN.
fn distance(a: &[Array1<f64>], b: &[Array1<f64>]) -> f64 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.fold(0.0, |most: f64, (a, b)| match (a - b).abs() {
        off if off.is_nan() => f64::NAN,
        off => most.max(off),
    })
}

/// Return the error of sums that no path comes close to.
fn lost() -> ModelError {
    ModelError::Regression {
        reason: "no path satisfies all figures".to_owned(),
    }
}
