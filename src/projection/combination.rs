//! Members against what came: rolling-origin trials, weights from them, and what they say of the accuracy.

use super::origin::Origin;
use super::pool::{MIN_BEFORE, ORIGINS, PooledAt, Prepared};
use super::{Member, Rule};
use crate::models::aggregation::aggregated_theta;

/// `w ∝ error^−POWER`.
const POWER: i32 = 1;
/// A member's error on the panel counts like this many months of the series' own errors.
const PRIOR_MONTHS: f64 = 15.0;
/// The share of the level forecast is this times the share of zeros in the last three years.
const ZERO_RAMP: f64 = 5.0;

/// The members' forecasts from one origin, and what came.
#[derive(Debug)]
pub(super) struct Trial {
    /// How many months before the end the origin lies; as many steps were forecast.
    pub(super) back: usize,
    /// A path a member, where it could make one.
    pub(super) paths: Vec<Option<Vec<f64>>>,
    /// What came, gaps as NaN.
    pub(super) actual: Vec<f64>,
    /// The seasonal naive from the same origin.
    pub(super) naive: Vec<f64>,
    /// The mean size of twelve-month differences before the origin.
    pub(super) error_scale: f64,
    /// The one-step error of a smooth level before the origin, transformed scale.
    pub(super) one_step: f64,
}

/// Runs the members from each origin that has enough months before it.
pub(super) fn trials(
    series: &Prepared,
    members: &[Member],
    at: &[(usize, PooledAt)],
) -> Vec<Trial> {
    let enough = at
        .iter()
        .filter(|(back, _)| series.y.len() >= back + MIN_BEFORE);
    enough
        .map(|(back, pooled)| {
            let origin = series.origin(*back);
            Trial {
                back: *back,
                paths: members
                    .iter()
                    .map(|member| member.project(&origin, *back, Some(pooled)))
                    .collect(),
                actual: series.actual(*back),
                naive: crate::models::naive::seasonal_naive(origin.y, *back),
                error_scale: origin.error_scale(),
                one_step: origin.one_step(),
            }
        })
        .collect()
}

impl Trial {
    /// The weighted mean of the paths that there are; `None` where none has a weight.
    pub(super) fn combine(&self, weights: &[f64]) -> Option<Vec<f64>> {
        combine(&self.paths, weights, self.back)
    }

    /// A member's summed scaled error, and over how many months.
    fn error(&self, member: usize) -> Option<(f64, f64)> {
        let path = self.paths[member].as_ref()?;
        let errors = self
            .actual
            .iter()
            .zip(path)
            .filter(|(y, _)| !y.is_nan())
            .map(|(y, f)| (y - f).abs() / self.error_scale);
        Some(errors.fold((0.0, 0.0), |(sum, n), e| (sum + e, n + 1.0)))
    }
}

/// The weighted mean of the paths that there are.
pub(super) fn combine(
    paths: &[Option<Vec<f64>>],
    weights: &[f64],
    horizon: usize,
) -> Option<Vec<f64>> {
    let usable = || {
        paths
            .iter()
            .zip(weights)
            .filter_map(|(path, w)| Some((path.as_ref()?, *w)))
            .filter(|(_, w)| *w > 0.0)
    };
    let total: f64 = usable().map(|(_, w)| w).sum();
    (total > 0.0).then(|| {
        let mut mean = vec![0.0; horizon];
        for (path, w) in usable() {
            mean.iter_mut()
                .zip(path)
                .for_each(|(m, f)| *m += w / total * f);
        }
        mean
    })
}

/// Each member's mean scaled error over all trials of the panel; `None` without any.
pub(super) fn panel_error(trials: &[Vec<Trial>], members: usize) -> Option<Vec<f64>> {
    let counted = || {
        trials
            .iter()
            .flatten()
            .filter(|trial| ORIGINS.contains(&trial.back))
    };
    counted().next()?;
    let mean = |member: usize| {
        let (sum, n) = counted()
            .filter_map(|trial| trial.error(member))
            .fold((0.0, 0.0), |(s, n), (e, m)| (s + e, n + m));
        if n > 0.0 { sum / n } else { f64::INFINITY }
    };
    Some((0..members).map(mean).collect())
}

/// How trials become weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighing<'a> {
    pub(super) rule: Rule,
    pub(super) members: &'a [Member],
    pub(super) panel_error: Option<&'a [f64]>,
}

/// Weights that sum to one: the inverse of `(Σ own scaled error + 15 · panel mean) / (months + 15)`, or by another rule.
///
/// `skip` leaves one origin out, so that an error at that origin says how the combination does on months it has not seen.
pub(super) fn weights(trials: &[Trial], weighing: Weighing<'_>, skip: Option<usize>) -> Vec<f64> {
    let Weighing {
        rule,
        members,
        panel_error,
    } = weighing;
    let equal = vec![1.0 / members.len() as f64; members.len()];
    let Some(panel_error) = panel_error.filter(|_| rule != Rule::Equal) else {
        return if rule == Rule::Best {
            only(members, Member::Theta)
        } else {
            equal
        };
    };
    let counted = || {
        trials
            .iter()
            .filter(|trial| Some(trial.back) != skip && ORIGINS.contains(&trial.back))
    };
    let error = |member: usize| {
        let (sum, months) = counted()
            .filter_map(|t| t.error(member))
            .fold((0.0, 0.0), |(s, n), (e, m)| (s + e, n + m));
        (sum + PRIOR_MONTHS * panel_error[member]) / (months + PRIOR_MONTHS)
    };
    let errors: Vec<f64> = (0..members.len()).map(error).collect();
    if rule == Rule::Best {
        let best = (0..errors.len()).min_by(|a, b| errors[*a].total_cmp(&errors[*b]));
        return best.map_or(equal, |best| only(members, members[best]));
    }
    let raw: Vec<f64> = errors
        .iter()
        .map(|e| {
            if e.is_finite() {
                e.max(1e-12).powi(-POWER)
            } else {
                0.0
            }
        })
        .collect();
    let total: f64 = raw.iter().sum();
    if total > 0.0 {
        raw.iter().map(|w| w / total).collect()
    } else {
        equal
    }
}

/// All weight on one member.
fn only(members: &[Member], chosen: Member) -> Vec<f64> {
    members
        .iter()
        .map(|member| f64::from(u8::from(*member == chosen)))
        .collect()
}

/// Where many of the last 36 months are zero, forecasts from guarded logarithms fall far below the mean: the path moves towards
/// temporal aggregation of the values themselves, by five times the share of zeros, at most wholly.
pub(super) fn blend_zeros(origin: &Origin<'_>, path: Vec<f64>) -> Vec<f64> {
    let share = zero_share(origin);
    if share == 0.0 {
        return path;
    }
    let q = (ZERO_RAMP * share).min(1.0);
    let level = aggregated_theta(origin.y, path.len());
    path.iter()
        .zip(level)
        .map(|(f, g)| (1.0 - q) * f + q * g.max(0.0))
        .collect()
}

/// The share of zeros among the last 36 months of a series without negative values.
pub(super) fn zero_share(origin: &Origin<'_>) -> f64 {
    if !origin.transform.is_log() {
        return 0.0;
    }
    let recent = &origin.y[origin.len().saturating_sub(36)..];
    recent.iter().filter(|y| **y <= 0.0).count() as f64 / recent.len().max(1) as f64
}

/// How the combination did at a series' own origins, each weighted without itself, and the seasonal naive on the same months.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// How many forecast months were compared.
    pub months: usize,
    /// Symmetric mean absolute percentage error, 0 to 200.
    pub smape: f64,
    /// Mean absolute error over the mean size of twelve-month differences.
    pub mase: f64,
    /// The same of the seasonal naive.
    pub naive_smape: f64,
    /// The same of the seasonal naive.
    pub naive_mase: f64,
}

impl Evaluation {
    /// Compares paths (one a trial, as [`super::pool::Pool::residuals`] gives them) with what came.
    pub(super) fn of<'a>(trials: impl Iterator<Item = (&'a Trial, &'a [f64])>) -> Self {
        let mut sum = Self::default();
        for (trial, path) in trials {
            for ((y, f), naive) in trial
                .actual
                .iter()
                .zip(path)
                .zip(&trial.naive)
                .filter(|((y, _), _)| !y.is_nan())
            {
                let percentage = |f: f64| 200.0 * (y - f).abs() / (y.abs() + f.abs()).max(1e-300);
                sum.months += 1;
                sum.smape += percentage(*f);
                sum.naive_smape += percentage(*naive);
                sum.mase += (y - f).abs() / trial.error_scale;
                sum.naive_mase += (y - naive).abs() / trial.error_scale;
            }
        }
        let n = sum.months.max(1) as f64;
        let mean = |total: f64| total / n;
        Self {
            months: sum.months,
            smape: mean(sum.smape),
            mase: mean(sum.mase),
            naive_smape: mean(sum.naive_smape),
            naive_mase: mean(sum.naive_mase),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_inverse_shrunken_errors() {
        // Two members over six months: own errors 6·1 and 6·3 (scaled), panel means 1 and 2:
        // (6 + 15) / 21 = 1 and (18 + 30) / 21 = 16/7; weights 1 and 7/16, over 23/16.
        let trial = Trial {
            back: 6,
            paths: vec![Some(vec![1.0; 6]), Some(vec![3.0; 6])],
            actual: vec![0.0; 6],
            naive: vec![0.0; 6],
            error_scale: 1.0,
            one_step: 1.0,
        };
        let weighing = Weighing {
            rule: Rule::InverseError,
            members: &[Member::Theta, Member::DampedHolt],
            panel_error: Some(&[1.0, 2.0]),
        };
        let w = weights(std::slice::from_ref(&trial), weighing, None);
        assert!(
            (w[0] - 16.0 / 23.0).abs() < 1e-12 && (w[1] - 7.0 / 23.0).abs() < 1e-12,
            "{w:?}"
        );
        let without = weights(std::slice::from_ref(&trial), weighing, Some(6));
        assert!((without[0] - 2.0 / 3.0).abs() < 1e-12);
        let best = weights(
            std::slice::from_ref(&trial),
            Weighing {
                rule: Rule::Best,
                ..weighing
            },
            None,
        );
        assert_eq!(best, [1.0, 0.0]);
        assert_eq!(trial.combine(&[0.5, 0.5]), Some(vec![2.0; 6]));
    }

    #[test]
    fn a_member_without_a_path_is_left_out() {
        assert_eq!(
            combine(&[None, Some(vec![2.0])], &[0.9, 0.1], 1),
            Some(vec![2.0])
        );
        assert_eq!(combine(&[None], &[1.0], 1), None);
    }
}
