//! Sums that contradict each other beyond their rounding.

use super::newton::{CIRCLES, lost, newton};
use super::observed_sum::{ObservedSum, stated};
use super::path_prior::PathPrior;
use crate::models::ModelError;
use ndarray::Array1;

/// Loosen sums that contradict others, so that a path of `prior` can satisfy all.
///
/// The sum that lies furthest off, relative to its rounding, is loosened first, one after another,
/// until none lies off; then each loosened sum is tried again with its own rounding. The slack of a
/// loosened sum is twice the distance at which it lay off.
///
/// # Errors
/// [`ModelError::Regression`] if no path comes close to the sums.
pub fn resolve_conflicts(
    prior: &PathPrior,
    figures: &[ObservedSum],
) -> Result<Vec<ObservedSum>, ModelError> {
    let targets: Array1<f64> = figures.iter().map(|figure| figure.value.ln()).collect();
    // The distance of each sum from the most likely path.
    let off = |figures: &[ObservedSum], from: Array1<f64>| {
        let (mode, moved) = newton(prior, figures, &prior.mean, &targets, from)?;
        let off = &targets - &stated(figures, &mode);
        (moved < CIRCLES).then_some((mode, off))
    };
    let strain = |figure: &ObservedSum, off: f64| off.abs() / (1.5 * figure.slack + 1e-5);
    let worst = |figures: &[ObservedSum], off: &Array1<f64>| {
        let strains = figures
            .iter()
            .zip(off)
            .map(|(figure, off)| strain(figure, *off));
        strains
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|(_, strain)| *strain > 1.0)
    };
    let mut found = figures.to_vec();
    let (mut mode, mut left) = off(&found, prior.mean.clone()).ok_or_else(lost)?;
    let mut loosened = Vec::new();
    while let Some((k, _)) = worst(&found, &left) {
        found[k].slack = 2.0 * left[k].abs();
        // A sum may be loosened again, but not for ever.
        if loosened.len() > 2 * figures.len() {
            return Err(lost());
        }
        loosened.push(k);
        (mode, left) = off(&found, mode).ok_or_else(lost)?;
    }
    loosened.sort_unstable();
    loosened.dedup();
    for k in loosened {
        let loose = std::mem::replace(&mut found[k].slack, figures[k].slack);
        let agrees =
            off(&found, mode.clone()).is_some_and(|(_, left)| worst(&found, &left).is_none());
        if !agrees {
            found[k].slack = loose;
        }
    }
    Ok(found)
}
