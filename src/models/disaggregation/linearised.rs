//! Paths given sums that are linearised at a point: a system of one block a path, bordered by the
//! sums over several paths.

use super::observed_sum::{ObservedSum, WeightedCells};
use super::path_prior::PathPrior;
use super::triangle::Factored;
use crate::models::ModelError;
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

/// Sums over several paths.
#[derive(Debug, Clone)]
struct Border {
    /// Which of the sums.
    places: Vec<usize>,
    /// Derivatives, one row a sum.
    rows: Vec<WeightedCells>,
    variances: Vec<f64>,
    /// Covariance of each path with the sums.
    gain: Vec<Array2<f64>>,
    /// Covariance of the sums; `None` where there is none.
    covariance: Option<Factored>,
}

/// The Gaussian posterior of paths given linearised sums. The cost is linear in the number of sums
/// over single paths and in the number of paths, and cubic in that of sums over several paths.
#[derive(Debug, Clone)]
pub(super) struct Linearised {
    n: usize,
    /// Covariance of each path given the sums over it alone.
    blocks: Vec<Array2<f64>>,
    border: Border,
    /// Derivatives of all sums.
    shares: Vec<WeightedCells>,
    /// Path of each sum; `None` for one over several.
    of_path: Vec<Option<usize>>,
    variances: Vec<f64>,
}

/// Standard normal numbers for draws, one column a draw.
#[derive(Debug, Clone)]
pub struct StandardNormals {
    /// For each path, a row for each of its cells.
    pub paths: Vec<Array2<f64>>,
    /// A row for each cell of the common deviation.
    pub common: Array2<f64>,
    /// A row for each sum.
    pub sums: Array2<f64>,
}

impl Linearised {
    /// Linearise `figures` at `paths`; `variances` are those of the sums' logarithms.
    pub(super) fn new(
        prior: &PathPrior,
        figures: &[ObservedSum],
        paths: &[Array1<f64>],
        variances: Vec<f64>,
    ) -> Result<Self, ModelError> {
        let n = prior.len();
        let shares: Vec<WeightedCells> = figures
            .par_iter()
            .map(|figure| figure.shares(paths))
            .collect();
        let of_path: Vec<Option<usize>> = figures.iter().map(|figure| figure.path(n)).collect();
        let mut precision = prior.precision.clone();
        for ((shares, path), variance) in shares.iter().zip(&of_path).zip(&variances) {
            let Some(path) = *path else { continue };
            let block = &mut precision[path];
            for (a, share) in shares {
                for (b, other) in shares {
                    block[[a % n, b % n]] += share * other / variance;
                }
            }
        }
        let blocks: Vec<Array2<f64>> = precision
            .into_par_iter()
            .map(|precision| Ok(Factored::new(&precision)?.inverse()))
            .collect::<Result<_, ModelError>>()?;
        let places: Vec<usize> = (0..figures.len())
            .filter(|k| of_path[*k].is_none())
            .collect();
        let mut linearised = Self {
            n,
            blocks,
            border: Border {
                rows: places.iter().map(|k| shares[*k].clone()).collect(),
                variances: places.iter().map(|k| variances[*k]).collect(),
                gain: Vec::new(),
                covariance: None,
                places,
            },
            shares,
            of_path,
            variances,
        };
        linearised.add_border()?;
        Ok(linearised)
    }

    /// Compute how the sums over several paths move the paths.
    fn add_border(&mut self) -> Result<(), ModelError> {
        let (n, width) = (self.n, self.border.places.len());
        if width == 0 {
            return Ok(());
        }
        let mut transposed = vec![Array2::zeros((n, width)); self.blocks.len()];
        for (column, row) in self.border.rows.iter().enumerate() {
            for (cell, share) in row {
                transposed[cell / n][[cell % n, column]] += share;
            }
        }
        let gain = self.within_paths(&transposed);
        // In a fixed order, so that the sum is the same on any number of threads.
        let parts: Vec<Array2<f64>> = transposed
            .par_iter()
            .zip(&gain)
            .map(|(row, gain)| row.t().dot(gain))
            .collect();
        let mut middle: Array2<f64> = Array2::zeros((width, width));
        parts.iter().for_each(|part| middle += part);
        for (k, variance) in self.border.variances.iter().enumerate() {
            middle[[k, k]] += variance;
        }
        self.border.covariance = Some(Factored::new(&middle)?);
        self.border.gain = gain;
        Ok(())
    }

    /// Multiply by the covariance given the sums over single paths alone.
    fn within_paths(&self, right: &[Array2<f64>]) -> Vec<Array2<f64>> {
        self.blocks
            .par_iter()
            .zip(right)
            .map(|(covariance, right)| covariance.dot(right))
            .collect()
    }

    /// Return the deviations of the paths from the prior mean that sums of `values` (one row a sum,
    /// one column a case) imply, the most likely ones.
    pub(super) fn solve(&self, values: &Array2<f64>) -> Vec<Array2<f64>> {
        let (n, cases) = (self.n, values.ncols());
        let mut right = vec![Array2::zeros((n, cases)); self.blocks.len()];
        for (k, shares) in self.shares.iter().enumerate() {
            let Some(path) = self.of_path[k] else {
                continue;
            };
            let value = values.row(k);
            for (cell, share) in shares {
                let mut row = right[path].row_mut(cell % n);
                row.scaled_add(share / self.variances[k], &value);
            }
        }
        let mut deviations = self.within_paths(&right);
        let wanted = values.select(Axis(0), &self.border.places);
        self.meet_border(&mut deviations, wanted);
        deviations
    }

    /// Move `deviations` so that the sums over several paths are `wanted`, within their variance.
    fn meet_border(&self, deviations: &mut [Array2<f64>], mut wanted: Array2<f64>) {
        let Some(covariance) = &self.border.covariance else {
            return;
        };
        for (row, mut wanted) in self.border.rows.iter().zip(wanted.rows_mut()) {
            for (cell, share) in row {
                wanted.scaled_add(-share, &deviations[cell / self.n].row(cell % self.n));
            }
        }
        let moved = covariance.solve(&wanted);
        deviations
            .par_iter_mut()
            .zip(&self.border.gain)
            .for_each(|(deviation, gain)| *deviation += &gain.dot(&moved));
    }

    /// Multiply a vector over all cells by the posterior covariance.
    pub(super) fn covariance_times(&self, cells: &[(usize, f64)]) -> Vec<Array1<f64>> {
        let mut right = vec![Array2::zeros((self.n, 1)); self.blocks.len()];
        for (cell, share) in cells {
            right[cell / self.n][[cell % self.n, 0]] += share;
        }
        let mut product = self.within_paths(&right);
        let none = Array2::zeros((self.border.places.len(), 1));
        self.meet_border(&mut product, none);
        let columns = product.into_iter();
        columns.map(|column| column.remove_axis(Axis(1))).collect()
    }

    /// Move draws of the prior, `deviations` from its mean, to the sums: each sum is met within an
    /// error of its variance, `normals` times its standard deviation.
    pub(super) fn conditioned(
        &self,
        mut deviations: Vec<Array2<f64>>,
        normals: &Array2<f64>,
    ) -> Vec<Array2<f64>> {
        let mut left = normals.clone();
        for (mut row, variance) in left.rows_mut().into_iter().zip(&self.variances) {
            row *= variance.sqrt();
        }
        left -= &self.sums(&deviations);
        deviations
            .par_iter_mut()
            .zip(self.solve(&left))
            .for_each(|(deviation, moved)| *deviation += &moved);
        deviations
    }

    /// Return the derivative of each sum times `deviations`, one row a sum.
    pub(super) fn sums(&self, deviations: &[Array2<f64>]) -> Array2<f64> {
        let cases = deviations.first().map_or(0, Array2::ncols);
        let mut sums = Array2::zeros((self.shares.len(), cases));
        for (shares, mut sum) in self.shares.iter().zip(sums.rows_mut()) {
            for (cell, share) in shares {
                sum.scaled_add(*share, &deviations[cell / self.n].row(cell % self.n));
            }
        }
        sums
    }
}
