//! The weights of the members.

use crate::projection::combine::member::Member;
use crate::projection::combine::method::CombinationRule;
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::combine::panel_errors::{PanelErrors, recency};
use crate::projection::combine::suitability::{follows_level, suits};
use crate::projection::history::texture::Texture;

/// The weight falls with the error to this power. Errors are strongly shrunken towards those of the
/// panel, so that members trade places when its latest origins favour others (a boom, a slump), and
/// hardly by what chance did to one series.
const POWER: f64 = 15.0;

/// How a series' own errors count.
struct OwnErrors {
    /// A member's error on the panel counts like so many months of the series' own errors.
    prior_months: f64,
    /// Whether later origins count more.
    recent: bool,
}

/// The state of a series, and of its panel, at the origin that weights are for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::projection) struct WeightedOrigin {
    pub(in crate::projection) texture: Texture,
    /// How far a fall that most series share is in progress, 0 to 1.
    pub(in crate::projection) shared_fall: f64,
}

/// The inputs of the weights but a series' own errors.
#[derive(Debug, Clone, Copy)]
pub(in crate::projection) struct MemberWeighting<'a> {
    pub(in crate::projection) rule: CombinationRule,
    pub(in crate::projection) members: &'a [Member],
    pub(in crate::projection) panel_errors: Option<&'a PanelErrors>,
}

impl MemberWeighting<'_> {
    /// Return weights that sum to one: the suitability for the roughness, over the 15th power of
    /// `(Σ own scaled error + 100 · panel mean) / (months + 100)`, later origins counting more, or
    /// by another rule. In a fall that most series share, the weight moves to the members that
    /// follow the latest level, in equal parts: what the errors before it say of members no longer
    /// holds.
    ///
    /// `skip` leaves one origin out, so that an error at that origin measures the combination on
    /// months it has not seen.
    pub(in crate::projection) fn weights(
        &self,
        evaluations: &[OriginEvaluation],
        at: WeightedOrigin,
        skip: Option<usize>,
    ) -> Vec<f64> {
        let n = self.members.len();
        let OwnErrors {
            prior_months,
            recent,
        } = match self.rule {
            CombinationRule::Best => OwnErrors {
                prior_months: 15.0,
                recent: false,
            },
            CombinationRule::InverseError | CombinationRule::Equal => OwnErrors {
                prior_months: 100.0,
                recent: true,
            },
        };
        let errors: Option<Vec<f64>> = self.panel_errors.map(|panel_errors| {
            let error = |(member, of_panel): (usize, f64)| {
                let (mut sum, mut months) = (prior_months * of_panel, prior_months);
                for evaluation in evaluations.iter().filter(|at| Some(at.back) != skip) {
                    if let Some((error, count)) = evaluation.error(member) {
                        let weight = if recent {
                            recency(evaluation.back)
                        } else {
                            1.0
                        };
                        sum += weight * error;
                        months += weight * count;
                    }
                }
                sum / months
            };
            let means = panel_errors.means(skip);
            means.into_iter().enumerate().map(error).collect()
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
                let suits = self.members.iter().map(|member| suits(*member, at.texture));
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
        let weights = match total > 0.0 {
            true => raw.iter().map(|w| w / total).collect(),
            false => vec![1.0 / n as f64; n],
        };
        match self.rule {
            CombinationRule::InverseError => self.in_fall(weights, at.shared_fall),
            CombinationRule::Equal | CombinationRule::Best => weights,
        }
    }

    /// Move this share of the weight to the members that follow the latest level.
    fn in_fall(&self, mut weights: Vec<f64>, share: f64) -> Vec<f64> {
        let following = self.members.iter().filter(|m| follows_level(**m)).count();
        if share > 0.0 && following > 0 {
            for (weight, member) in weights.iter_mut().zip(self.members) {
                let part = f64::from(u8::from(follows_level(*member))) / following as f64;
                *weight += share * (part - *weight);
            }
        }
        weights
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::projection::combine::method::Method;
    use crate::projection::combine::post_processing::PostProcessing;
    use crate::projection::history::transform::Transform;

    pub(in crate::projection::combine) fn evaluation() -> OriginEvaluation {
        OriginEvaluation {
            back: 6,
            paths: vec![Some(vec![1.0; 6]), Some(vec![1.4; 6])],
            actual: vec![0.0; 6],
            naive: vec![0.0; 6],
            error_scale: Some(1.0),
            one_step: 1.0,
            transform: Transform::Log { shift: 0.0 },
            texture: Texture {
                months: 96,
                ..Texture::default()
            },
            roughness_rank: 0.5,
            shared_fall: 0.0,
            post_processing: PostProcessing {
                raise: 1.0,
                ..PostProcessing::default()
            },
        }
    }

    /// A smooth series of eight years.
    fn long_origin() -> WeightedOrigin {
        WeightedOrigin {
            texture: evaluation().texture,
            shared_fall: 0.0,
        }
    }

    #[test]
    fn less_than_a_year_is_forecast_at_its_level() {
        let members = [Member::PooledShort, Member::Theta];
        let weighting = MemberWeighting {
            rule: CombinationRule::InverseError,
            members: &members,
            panel_errors: None,
        };
        let mut at = long_origin();
        at.texture.months = 11;
        assert_eq!(weighting.weights(&[], at, None), [0.0, 1.0]);
        at.texture.months = 12;
        assert_eq!(weighting.weights(&[], at, None), [1.0, 0.0]);
    }

    #[test]
    fn in_a_fall_that_most_share_the_weight_moves_to_members_that_follow_the_level() {
        let members = [
            Member::PooledShort,
            Member::RidgeAutoregression,
            Member::DynamicThetaLevels,
            Member::Theta,
        ];
        let weighting = MemberWeighting {
            rule: CombinationRule::InverseError,
            members: &members,
            panel_errors: None,
        };
        let weights = |shared_fall| {
            let at = WeightedOrigin {
                shared_fall,
                ..long_origin()
            };
            weighting.weights(&[], at, None)
        };
        // Smooth series suit the autoregression twice as well; Theta has no usual weight.
        assert_eq!(weights(0.0), [0.25, 0.5, 0.25, 0.0]);
        assert_eq!(weights(0.5), [0.125, 0.25, 0.375, 0.25]);
        assert_eq!(weights(1.0), [0.0, 0.0, 0.5, 0.5]);
    }

    #[test]
    fn weights_are_inverse_shrunken_errors() {
        // Two members of equal suitability over six months: own errors 6·1 and 6·1.4 (scaled),
        // panel means 246/206 and 248.4/206 (as `PanelErrors` has them).
        let evaluations = [evaluation()];
        let members = [Member::PooledShort, Member::DynamicThetaLevels];
        let panel_errors = PanelErrors::of(&[evaluations.to_vec()], 2);
        let weighting = MemberWeighting {
            rule: CombinationRule::InverseError,
            members: &members,
            panel_errors: panel_errors.as_ref(),
        };
        let w = weighting.weights(&evaluations, long_origin(), None);
        let error = |own: f64, of_panel: f64| (own + 100.0 * of_panel / 206.0) / 106.0;
        let ratio = (error(8.4, 248.4) / error(6.0, 246.0)).powi(-15);
        assert!((w[1] / w[0] - ratio).abs() < 1e-12, "{w:?}");
        assert!((w[0] + w[1] - 1.0).abs() < 1e-12, "{w:?}");
        let without = weighting.weights(&evaluations, long_origin(), Some(6));
        assert_eq!(without, [0.5, 0.5]);
        let best = MemberWeighting {
            rule: CombinationRule::Best,
            ..weighting
        }
        .weights(&evaluations, long_origin(), None);
        assert_eq!(best, [1.0, 0.0]);
        assert_eq!(
            evaluations[0].combine(&[0.5, 0.5], Method::Equal),
            Some(vec![1.2; 6])
        );
    }
}
