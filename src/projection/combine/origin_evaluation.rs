//! Members against what came: rolling-origin trials, weights from them, and what they say of the accuracy.

use crate::models::SeasonLength;
use crate::models::aggregation::aggregate;
use crate::models::grid::GridChoice;
use crate::models::naive::seasonal_naive;
use crate::models::theta::theta;
use crate::projection::combine::member::{self, Member, Path};
use crate::projection::combine::method::{Method, Rule};
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::history::origin::{Origin, Texture};
use crate::projection::history::transform::Transform;

/// `w ∝ error^−POWER`.
const POWER: f64 = 1.0;
/// A member's error on the panel counts like this many months of the series' own errors.
const PRIOR_MONTHS: f64 = 15.0;
/// The share of the level forecast is this times the share of zeros in the last three years.
const ZERO_RAMP: f64 = 5.0;

/// The members' forecasts from one origin, and what came.
#[derive(Debug, Clone)]
pub(in crate::projection) struct OriginEvaluation {
    /// How many months before the end the origin lies.
    pub(in crate::projection) back: usize,
    /// A path a member, where it could make one.
    pub(in crate::projection) paths: Vec<Path>,
    /// What came, gaps as NaN.
    pub(in crate::projection) actual: Vec<f64>,
    /// The seasonal naive from the same origin.
    pub(in crate::projection) naive: Vec<f64>,
    /// The mean size of twelve-month differences before the origin, where there are any.
    pub(in crate::projection) error_scale: Option<f64>,
    /// The one-step error of a smooth level before the origin, transformed scale.
    pub(in crate::projection) one_step: f64,
    /// The transform of the history up to the origin.
    pub(in crate::projection) transform: Transform,
    /// How rough the series was.
    pub(in crate::projection) texture: Texture,
    /// Where its roughness lay among that of the panel.
    pub(in crate::projection) place: f64,
    /// What is done to the combined path.
    finish: PostProcessing,
}

impl OriginEvaluation {
    /// Runs the members from `origin`, `back` months before the end, over the months of `actual`.
    pub(in crate::projection) fn run(
        origin: &Origin<'_>,
        back: usize,
        actual: Vec<f64>,
        members: &[Member],
        pooled: &PooledFit,
    ) -> Self {
        let horizon = actual.len();
        Self {
            back,
            paths: member::project(members, origin, horizon, pooled),
            naive: seasonal_naive(origin.y, SeasonLength::MONTHLY, horizon),
            actual,
            error_scale: origin.error_scale(),
            one_step: origin.one_step,
            transform: origin.transform,
            texture: origin.texture,
            place: pooled.place(origin),
            finish: PostProcessing::of(origin, horizon),
        }
    }

    /// The same trial, held against what came.
    pub(in crate::projection) fn against(&self, back: usize, actual: Vec<f64>) -> Self {
        Self {
            back,
            actual,
            ..self.clone()
        }
    }

    /// The paths put together as `method` does; `None` where none has a weight.
    pub(in crate::projection) fn combine(&self, weights: &[f64], method: Method) -> Path {
        let path = combine(&self.paths, weights, method.rule())?;
        Some(self.finish.apply(path, method))
    }

    /// A member's summed scaled error, and over how many months.
    fn error(&self, member: usize) -> Option<(f64, f64)> {
        let (path, scale) = (self.paths[member].as_ref()?, self.error_scale?);
        let errors = self
            .actual
            .iter()
            .zip(path)
            .filter(|(y, _)| !y.is_nan())
            .map(|(y, f)| (y - f).abs() / scale);
        Some(errors.fold((0.0, 0.0), |(sum, n), e| (sum + e, n + 1.0)))
    }
}

/// The weighted mean of the paths that there are. Under [`Rule::InverseError`], with five paths or more, the smallest and the largest at each
/// step are first drawn in to their neighbours.
pub(in crate::projection) fn combine(paths: &[Path], weights: &[f64], rule: Rule) -> Path {
    let usable: Vec<(&[f64], f64)> = paths
        .iter()
        .zip(weights)
        .filter_map(|(path, w)| Some((path.as_deref()?, *w)))
        .filter(|(_, w)| *w > 0.0)
        .collect();
    let total: f64 = usable.iter().map(|(_, w)| w).sum();
    let horizon = usable.first()?.0.len();
    let mut sorted = Vec::with_capacity(usable.len());
    let step = |k: usize| {
        let (low, high) = bounds(usable.iter().map(|(path, _)| path[k]), rule, &mut sorted);
        usable
            .iter()
            .map(|(path, w)| w * path[k].clamp(low, high))
            .sum::<f64>()
            / total
    };
    Some((0..horizon).map(step).collect())
}

/// Between which values those of one step are drawn in; `sorted` is working memory.
pub(in crate::projection) fn bounds(
    values: impl ExactSizeIterator<Item = f64>,
    rule: Rule,
    sorted: &mut Vec<f64>,
) -> (f64, f64) {
    const ENOUGH: usize = 5;
    if rule != Rule::InverseError || values.len() < ENOUGH {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    sorted.clear();
    sorted.extend(values);
    sorted.sort_by(f64::total_cmp);
    (sorted[1], sorted[sorted.len() - 2])
}

/// Each member's mean scaled error over all trials of the panel; `None` without any.
pub(in crate::projection) fn panel_error(
    trials: &[Vec<OriginEvaluation>],
    members: usize,
) -> Option<Vec<f64>> {
    trials.iter().flatten().next()?;
    let mean = |member: usize| {
        let errors = trials
            .iter()
            .flatten()
            .filter_map(|trial| trial.error(member));
        let (sum, n) = errors.fold((0.0, 0.0), |(s, n), (e, m)| (s + e, n + m));
        if n > 0.0 { sum / n } else { f64::INFINITY }
    };
    Some((0..members).map(mean).collect())
}

/// How trials become weights.
#[derive(Debug, Clone, Copy)]
pub(in crate::projection) struct Weighing<'a> {
    pub(in crate::projection) rule: Rule,
    pub(in crate::projection) members: &'a [Member],
    pub(in crate::projection) panel_error: Option<&'a [f64]>,
}

impl Weighing<'_> {
    /// Weights that sum to one: what suits the roughness, over `(Σ own scaled error + 15 · panel mean) / (months + 15)`, or by another rule.
    ///
    /// `skip` leaves one origin out, so that an error at that origin says how the combination does on months it has not seen.
    pub(in crate::projection) fn weights(
        &self,
        trials: &[OriginEvaluation],
        texture: Texture,
        skip: Option<usize>,
    ) -> Vec<f64> {
        let n = self.members.len();
        let errors: Option<Vec<f64>> = self.panel_error.map(|panel_error| {
            let counted = || trials.iter().filter(|trial| Some(trial.back) != skip);
            let error = |member: usize| {
                let own = counted().filter_map(|trial| trial.error(member));
                let (sum, months) = own.fold((0.0, 0.0), |(sum, n), (e, m)| (sum + e, n + m));
                (sum + PRIOR_MONTHS * panel_error[member]) / (months + PRIOR_MONTHS)
            };
            (0..n).map(error).collect()
        });
        let raw: Vec<f64> = match (self.rule, errors) {
            (Rule::Equal, _) => vec![1.0; n],
            (Rule::Best, errors) => {
                let chosen = errors.and_then(|e| {
                    (0..n)
                        .min_by(|a, b| e[*a].total_cmp(&e[*b]))
                        .map(|k| self.members[k])
                });
                let chosen = chosen.unwrap_or(Member::Theta);
                self.members
                    .iter()
                    .map(|member| f64::from(u8::from(*member == chosen)))
                    .collect()
            }
            (Rule::InverseError, errors) => {
                let suits = self.members.iter().map(|member| suits(*member, texture));
                let inverse = |k: usize| {
                    errors.as_ref().map_or(1.0, |e| {
                        if e[k].is_finite() {
                            e[k].max(1e-12).powf(-POWER)
                        } else {
                            0.0
                        }
                    })
                };
                suits
                    .enumerate()
                    .map(|(k, suits)| suits * inverse(k))
                    .collect()
            }
        };
        let total: f64 = raw.iter().sum();
        if total > 0.0 {
            raw.iter().map(|w| w / total).collect()
        } else {
            vec![1.0 / n as f64; n]
        }
    }
}

/// How much a member weighs on a series of this roughness: rough series (most trade) need the aggregated and pooled members, smooth ones the
/// local autoregression and levels. Found on validation origins of M1, M3, Tourism and US trade.
fn suits(member: Member, texture: Texture) -> f64 {
    let smooth = texture.smoothness();
    let rough = ((texture.roughness - 0.4) / 0.3).clamp(0.0, 1.0);
    match member {
        Member::AggregatedHolt => 1.0 + 0.7 * smooth,
        Member::AggregatedTheta | Member::AggregatedDynamicTheta => 1.0 - smooth + rough,
        Member::DampedHolt => 1.0 - 0.7 * rough,
        Member::RidgeAutoregression => 1.0 + smooth - 0.7 * rough,
        Member::PooledLong => 1.0 - 0.5 * smooth,
        _ => 1.0,
    }
}

/// What is done to a combined path before it is a forecast. A single member's path is left as the member made it.
#[derive(Debug, Clone)]
pub(in crate::projection) struct PostProcessing {
    /// What it is multiplied by: towards means, so that months add up to a year that is no sum of medians.
    pub(in crate::projection) raise: f64,
    /// The path of temporal aggregation of the values themselves, and how far to move towards it: where many of the last 36 months are zero,
    /// forecasts from guarded logarithms fall far below the mean.
    pub(in crate::projection) zeros: Option<(Vec<f64>, f64)>,
}

impl PostProcessing {
    /// Half of the skew beyond 0.02 is raised: at its whole the year is best and the month worst, half serves both. The share of zeros counts five
    /// times, at most wholly.
    pub(in crate::projection) fn of(origin: &Origin<'_>, horizon: usize) -> Self {
        let share = zero_share(origin);
        let zeros = (share > 0.0).then(|| {
            let path = aggregate(origin.y, horizon, &[3, 12], 5, |y, h| {
                theta(y, h, GridChoice::Best)
            });
            (path, (ZERO_RAMP * share).min(1.0))
        });
        Self {
            raise: (0.5 * (origin.skew - 0.02).max(0.0)).exp(),
            zeros,
        }
    }

    /// Finishes a path.
    pub(in crate::projection) fn apply(&self, mut path: Vec<f64>, method: Method) -> Vec<f64> {
        if method.combines() {
            path.iter_mut().for_each(|f| *f *= self.raise);
            if let Some((level, q)) = &self.zeros {
                path.iter_mut()
                    .zip(level)
                    .for_each(|(f, g)| *f = (1.0 - q) * *f + q * g.max(0.0));
            }
        }
        path
    }
}

/// The share of zeros among the last 36 months of a series without negative values.
pub(in crate::projection) fn zero_share(origin: &Origin<'_>) -> f64 {
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
    /// Compares paths, one a trial, with what came. A trial whose errors have no scale is left out.
    pub(in crate::projection) fn of<'a>(
        trials: impl Iterator<Item = (&'a OriginEvaluation, &'a [f64])>,
    ) -> Self {
        let mut sum = Self::default();
        for (trial, path) in trials {
            let Some(scale) = trial.error_scale else {
                continue;
            };
            let steps = trial.actual.iter().zip(path).zip(&trial.naive);
            for ((y, f), naive) in steps.filter(|((y, _), _)| !y.is_nan()) {
                let percentage = |f: f64| 200.0 * (y - f).abs() / (y.abs() + f.abs()).max(1e-300);
                sum.months += 1;
                sum.smape += percentage(*f);
                sum.naive_smape += percentage(*naive);
                sum.mase += (y - f).abs() / scale;
                sum.naive_mase += (y - naive).abs() / scale;
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

    fn trial() -> OriginEvaluation {
        OriginEvaluation {
            back: 6,
            paths: vec![Some(vec![1.0; 6]), Some(vec![3.0; 6])],
            actual: vec![0.0; 6],
            naive: vec![0.0; 6],
            error_scale: Some(1.0),
            one_step: 1.0,
            transform: Transform::Log { shift: 0.0 },
            texture: Texture::default(),
            place: 0.5,
            finish: PostProcessing {
                raise: 1.0,
                zeros: None,
            },
        }
    }

    #[test]
    fn weights_are_inverse_shrunken_errors() {
        // Two members that suit alike over six months: own errors 6·1 and 6·3 (scaled), panel means 1 and 2:
        // (6 + 15) / 21 = 1 and (18 + 30) / 21 = 16/7; weights 1 and 7/16, over 23/16.
        let trials = [trial()];
        let members = [Member::PooledShort, Member::PooledLevels];
        let weighing = Weighing {
            rule: Rule::InverseError,
            members: &members,
            panel_error: Some(&[1.0, 2.0]),
        };
        let w = weighing.weights(&trials, Texture::default(), None);
        assert!(
            (w[0] - 16.0 / 23.0).abs() < 1e-12 && (w[1] - 7.0 / 23.0).abs() < 1e-12,
            "{w:?}"
        );
        let without = weighing.weights(&trials, Texture::default(), Some(6));
        assert!((without[0] - 2.0 / 3.0).abs() < 1e-12);
        let best = Weighing {
            rule: Rule::Best,
            ..weighing
        }
        .weights(&trials, Texture::default(), None);
        assert_eq!(best, [1.0, 0.0]);
        assert_eq!(
            trials[0].combine(&[0.5, 0.5], Method::Equal),
            Some(vec![2.0; 6])
        );
    }

    #[test]
    fn a_member_without_a_path_is_left_out() {
        assert_eq!(
            combine(&[None, Some(vec![2.0])], &[0.9, 0.1], Rule::Equal),
            Some(vec![2.0])
        );
        assert_eq!(combine(&[None], &[1.0], Rule::Equal), None);
    }

    #[test]
    fn the_extremes_are_drawn_in() {
        let paths: Vec<Path> = [1.0, 2.0, 3.0, 4.0, 100.0].map(|v| Some(vec![v])).to_vec();
        assert_eq!(combine(&paths, &[0.2; 5], Rule::Equal), Some(vec![22.0]));
        // 1 becomes 2 and 100 becomes 4: (2 + 2 + 3 + 4 + 4) / 5.
        let drawn = combine(&paths, &[0.2; 5], Rule::InverseError).unwrap();
        assert!((drawn[0] - 3.0).abs() < 1e-12);
    }
}
