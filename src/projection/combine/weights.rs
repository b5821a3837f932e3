//! The weights of the members.

use crate::projection::combine::member::Member;
use crate::projection::combine::method::CombinationRule;
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::history::texture::Texture;

/// The weight falls with the error to this power.
const POWER: f64 = 1.0;
/// A member's error on the panel counts like so many months of the series' own errors.
const PRIOR_MONTHS: f64 = 15.0;

/// Return each member's mean scaled error over all origins of the panel; `None` without any.
pub(in crate::projection) fn mean_panel_errors(
    evaluations: &[Vec<OriginEvaluation>],
    members: usize,
) -> Option<Vec<f64>> {
    evaluations.iter().flatten().next()?;
    let mean = |member: usize| {
        let errors = evaluations
            .iter()
            .flatten()
            .filter_map(|evaluation| evaluation.error(member));
        let (sum, n) = errors.fold((0.0, 0.0), |(s, n), (e, m)| (s + e, n + m));
        if n > 0.0 { sum / n } else { f64::INFINITY }
    };
    Some((0..members).map(mean).collect())
}

/// The inputs of the weights but a series' own errors.
#[derive(Debug, Clone, Copy)]
pub(in crate::projection) struct MemberWeighting<'a> {
    pub(in crate::projection) rule: CombinationRule,
    pub(in crate::projection) members: &'a [Member],
    pub(in crate::projection) panel_errors: Option<&'a [f64]>,
}

impl MemberWeighting<'_> {
    /// Return weights that sum to one: the suitability for the roughness, over `(Σ own scaled error
    /// + 15 · panel mean) / (months + 15)`, or by another rule.
    ///
    /// `skip` leaves one origin out, so that an error at that origin measures the combination on
    /// months it has not seen.
    pub(in crate::projection) fn weights(
        &self,
        evaluations: &[OriginEvaluation],
        texture: Texture,
        skip: Option<usize>,
    ) -> Vec<f64> {
        let n = self.members.len();
        let errors: Option<Vec<f64>> = self.panel_errors.map(|panel_errors| {
            let counted = || {
                evaluations
                    .iter()
                    .filter(|evaluation| Some(evaluation.back) != skip)
            };
            let error = |member: usize| {
                let own = counted().filter_map(|evaluation| evaluation.error(member));
                let (sum, months) = own.fold((0.0, 0.0), |(sum, n), (e, m)| (sum + e, n + m));
                (sum + PRIOR_MONTHS * panel_errors[member]) / (months + PRIOR_MONTHS)
            };
            (0..n).map(error).collect()
        });
        let raw: Vec<f64> = match (self.rule, errors) {
            (CombinationRule::Equal, _) => vec![1.0; n],
            (CombinationRule::Best, errors) => {
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
            (CombinationRule::InverseError, errors) => {
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

/// Return how well a member suits series of this roughness and length.
///
/// Rough series (most trade) need the aggregated and pooled members, smooth ones the local
/// autoregression and levels. Temporal aggregation helps short series and rough ones; on a long
/// smooth series it lags behind. Found on validation origins of M1, M3, Tourism, US trade and the
/// exports and imports of 55 countries.
fn suits(member: Member, texture: Texture) -> f64 {
    let smooth = texture.smoothness();
    let rough = ramp(texture.roughness, 0.4, 0.7);
    let short = 1.0 - ramp(texture.months as f64, 72.0, 120.0);
    let very_rough = ramp(texture.roughness, 0.5, 0.8);
    let aggregated = very_rough + (1.0 - very_rough) * short;
    match member {
        Member::AggregatedHolt => (1.0 + 0.7 * smooth) * aggregated,
        Member::AggregatedTheta | Member::AggregatedDynamicTheta => {
            (1.0 - smooth + rough) * aggregated
        }
        Member::AggregatedHoltLevels => aggregated,
        Member::DampedHolt => 1.0 - 0.7 * rough,
        Member::RidgeAutoregression => 1.0 + smooth - 0.7 * rough,
        Member::PooledLong => 1.0 - 0.5 * smooth,
        _ => 1.0,
    }
}

/// Rise from 0 at `from` to 1 at `to`.
fn ramp(value: f64, from: f64, to: f64) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::combine::method::Method;
    use crate::projection::combine::post_processing::PostProcessing;
    use crate::projection::history::transform::Transform;

    fn evaluation() -> OriginEvaluation {
        OriginEvaluation {
            back: 6,
            paths: vec![Some(vec![1.0; 6]), Some(vec![3.0; 6])],
            actual: vec![0.0; 6],
            naive: vec![0.0; 6],
            error_scale: Some(1.0),
            one_step: 1.0,
            transform: Transform::Log { shift: 0.0 },
            texture: Texture::default(),
            roughness_rank: 0.5,
            post_processing: PostProcessing {
                raise: 1.0,
                ..PostProcessing::default()
            },
        }
    }

    #[test]
    fn weights_are_inverse_shrunken_errors() {
        // Two members of equal suitability over six months: own errors 6·1 and 6·3 (scaled), panel
        // means 1 and 2: (6 + 15) / 21 = 1 and (18 + 30) / 21 = 16/7; weights 1 and 7/16, over
        // 23/16.
        let evaluations = [evaluation()];
        let members = [Member::PooledShort, Member::PooledLevels];
        let weighting = MemberWeighting {
            rule: CombinationRule::InverseError,
            members: &members,
            panel_errors: Some(&[1.0, 2.0]),
        };
        let w = weighting.weights(&evaluations, Texture::default(), None);
        assert!(
            (w[0] - 16.0 / 23.0).abs() < 1e-12 && (w[1] - 7.0 / 23.0).abs() < 1e-12,
            "{w:?}"
        );
        let without = weighting.weights(&evaluations, Texture::default(), Some(6));
        assert!((without[0] - 2.0 / 3.0).abs() < 1e-12);
        let best = MemberWeighting {
            rule: CombinationRule::Best,
            ..weighting
        }
        .weights(&evaluations, Texture::default(), None);
        assert_eq!(best, [1.0, 0.0]);
        assert_eq!(
            evaluations[0].combine(&[0.5, 0.5], Method::Equal),
            Some(vec![2.0; 6])
        );
    }
}
