//! How the forecast errors of several series go together.

use crate::models::shrinkage::{correlation, intensity, standardised};
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::joint::joint_member::JointMember;
use crate::trade::Month;
use crate::work::Work;
use ndarray::Array2;
use rayon::prelude::*;

/// The number of calendar origins whose errors are correlated.
const ORIGINS: usize = 20;
/// The months between two of them.
const MONTHS_APART: usize = 6;
/// The least weight of the diagonal, so that no correlation is quite one.
const LEAST_SHRINKAGE: f64 = 0.01;

/// Return the shrunken correlations of the members' errors over the first year ahead, from common
/// calendar origins before `end` (Schäfer and Strimmer 2005).
pub(super) fn error_correlation(members: &[JointMember<'_>], end: Month) -> Array2<f64> {
    let shortest = members.iter().map(|member| member.fitted.horizon()).min();
    let season = members
        .first()
        .map_or(0, |member| member.fitted.panel_model().season().get());
    let steps = shortest.unwrap_or(0).min(season);
    let at: Vec<Month> = (0..ORIGINS)
        .map(|k| end.back(steps + k * MONTHS_APART))
        .collect();
    let work = Work::current();
    let errors: Vec<Vec<f64>> = members
        .par_iter()
        .map(|member| work.part(|| mean_errors(member, &at, steps)))
        .collect();
    // A series that had not begun has zeros, which shrink its correlations towards zero.
    let rows = Array2::from_shape_fn((at.len(), members.len()), |(k, series)| errors[series][k]);
    let rows = standardised(rows.view());
    correlation(rows.view(), intensity(rows.view()).max(LEAST_SHRINKAGE))
}

/// Return the mean over `steps` steps of a member's transformed errors from each of these origins,
/// each over the usual error at its step; zero where the origin does not count.
///
/// The pooled regressions are those of the last month: what they know of later months hardly moves
/// how errors of two series go together, and nothing else is read from these errors.
fn mean_errors(member: &JointMember<'_>, at: &[Month], steps: usize) -> Vec<f64> {
    let model = member.fitted.panel_model();
    let pooled_fit = member.fitted.pooled_fit();
    let prepared = member.fitted.prepared();
    let weights: Vec<f64> = member.fitted.weights().iter().map(|(_, w)| *w).collect();
    let error = |month: &Month| {
        let back = member.series.last().index_from(*month)?;
        if !prepared.reaches(back) {
            return None;
        }
        let origin = prepared.origin(back, pooled_fit.expected());
        let mut actual = prepared.actual(back, model.horizon());
        actual.resize(model.horizon(), f64::NAN);
        let evaluation = OriginEvaluation::run(&origin, back, actual, model.method(), pooled_fit);
        let path = evaluation.combine(&weights, model.method())?;
        let profile = model.error_profile().at(evaluation.roughness_rank);
        let scaled = evaluation
            .actual
            .iter()
            .zip(&path)
            .zip(&profile)
            .take(steps);
        let transformed = |value: f64| evaluation.transform.apply(value);
        let scaled = scaled
            .map(|((y, f), p)| (transformed(*y) - transformed(*f)) / (p * evaluation.one_step));
        let scaled: Vec<f64> = scaled.filter(|u| u.is_finite()).collect();
        (2 * scaled.len() >= steps.max(1)).then(|| scaled.iter().sum::<f64>() / scaled.len() as f64)
    };
    at.iter().map(|month| error(month).unwrap_or(0.0)).collect()
}
