//! How rough each leaf is relative to its donors, estimated from its own figures.

use crate::models::ModelError;
use crate::models::disaggregation::{LinearSums, ObservedSum};
use crate::projection::disaggregate::disaggregation::Disaggregation;
use crate::projection::disaggregate::path_prior::{PathShape, Roughness};
use crate::work::Work;
use ndarray::Array1;
use rayon::prelude::*;

/// The values of roughness relative to the donors that are tried.
const SCALES: [f64; 9] = [0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0];
/// The prior standard deviation of the logarithm of roughness.
const SPREAD: f64 = 0.9;
/// The prior standard deviation of the logarithm of the roughness of irregular months, relative to
/// that of the level.
const RATIO_SPREAD: f64 = 0.45;
/// A leaf with fewer figures of its own is as rough as the leaves with more.
const FEWEST: usize = 3;
/// Least number of figures over single months by which each kind of roughness is estimated alone.
const MONTHS_TO_TELL_APART: usize = 18;

impl Disaggregation<'_> {
    /// Return how rough each leaf is, from its own sums near `paths`.
    pub(super) fn roughness(
        &self,
        shape: &PathShape,
        sizes: &[Option<f64>],
        observed: &[ObservedSum],
        paths: &[Array1<f64>],
        level: f64,
    ) -> Result<Vec<Roughness>, ModelError> {
        let (n, leaves) = (self.months(), self.system.leaves.len());
        let mut of_leaf: Vec<Vec<&ObservedSum>> = vec![Vec::new(); leaves];
        for sum in observed {
            let cells = || sum.now.iter().chain(&sum.before).map(|(cell, _)| cell / n);
            let Some(leaf) = cells().next() else { continue };
            // Of a sum that others contradict nothing is learned.
            let off = sum.stated(paths) - sum.value.ln();
            if cells().all(|of| of == leaf) && !sum.contradicts(off) {
                of_leaf[leaf].push(sum);
            }
        }
        let work = Work::current();
        let of_one = |leaf: usize| {
            let figures = &of_leaf[leaf];
            if figures.len() < FEWEST {
                return Ok(None);
            }
            let mean = self.mean(shape, leaf, level);
            let sums = LinearSums::new(figures, leaf, paths, &mean);
            let evidence = |roughness: Roughness| {
                sums.evidence(&self.covariance(shape, leaf, sizes[leaf], roughness))
            };
            let along = |of: &dyn Fn(f64) -> Roughness, spread: f64| {
                let logs: Vec<f64> = SCALES
                    .iter()
                    .map(|scale| {
                        let prior = 0.5 * (scale.ln() / spread).powi(2);
                        Ok(evidence(of(*scale))? - prior)
                    })
                    .collect::<Result<_, ModelError>>()?;
                Ok::<f64, ModelError>(mean_scale(&logs))
            };
            let both = |scale: f64| Roughness {
                walk: scale,
                irregular: scale,
            };
            let scale = along(&both, SPREAD)?;
            let months = figures
                .iter()
                .filter(|sum| sum.before.is_empty() && sum.now.len() == 1);
            if months.count() < MONTHS_TO_TELL_APART {
                return Ok(Some(both(scale)));
            }
            let irregular = |ratio: f64| Roughness {
                walk: scale,
                irregular: scale * ratio,
            };
            let irregular = irregular(along(&irregular, RATIO_SPREAD)?).irregular;
            let walk = |ratio: f64| Roughness {
                walk: scale * ratio,
                irregular,
            };
            Ok(Some(walk(along(&walk, RATIO_SPREAD)?)))
        };
        let found: Vec<Option<Roughness>> = (0..leaves)
            .into_par_iter()
            .map(|leaf| work.part(|| of_one(leaf)))
            .collect::<Result<_, ModelError>>()?;
        let known: Vec<f64> = found.iter().flatten().map(|r| r.walk.ln()).collect();
        // A leaf that says nothing of itself counts as one of the donors among its like.
        let mean = (known.iter().sum::<f64>() / (known.len() + 1) as f64).exp();
        let typical = Roughness {
            walk: mean,
            irregular: mean,
        };
        Ok(found.into_iter().map(|of| of.unwrap_or(typical)).collect())
    }
}

/// Return the scale at the mean logarithm, weighted by `logs`.
fn mean_scale(logs: &[f64]) -> f64 {
    let top = logs.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    let weights = || logs.iter().map(|v| (v - top).exp());
    let total: f64 = weights().sum();
    let sum: f64 = weights().zip(SCALES).map(|(w, scale)| w * scale.ln()).sum();
    (sum / total).exp()
}
