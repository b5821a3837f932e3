//! How a method did at a series' own rolling origins.

use crate::projection::combine::error_profile::OriginErrors;
use crate::projection::combine::evaluation::Evaluation;
use crate::projection::combine::method::Method;
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::combine::weights::{MemberWeighting, WeightedOrigin};
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::trade::Month;

/// The weights of a series' members, and the errors of their combination at its rolling origins.
#[derive(Debug, Clone)]
pub(in crate::projection) struct SeriesErrors {
    first: Month,
    months: usize,
    /// The place of the series among the training series, if it is one.
    pub(super) training_place: Option<usize>,
    pub(in crate::projection) weights: Vec<f64>,
    pub(in crate::projection) at_origins: Vec<OriginErrors>,
    pub(in crate::projection) evaluation: Evaluation,
}

impl SeriesErrors {
    /// Weight the members, and measure the combination's errors at each origin with weights that do
    /// not know that origin. `shared_fall` is that of the panel now.
    pub(super) fn measure(
        weighting: &MemberWeighting<'_>,
        method: Method,
        series: &PreparedSeries,
        origin: &Origin<'_>,
        shared_fall: f64,
        evaluations: &[OriginEvaluation],
    ) -> Self {
        let transform = origin.transform;
        let at_origins: Vec<OriginErrors> = evaluations
            .iter()
            .filter_map(|at| {
                let weights = weighting.weights(
                    evaluations,
                    WeightedOrigin {
                        texture: at.texture,
                        shared_fall: at.shared_fall,
                    },
                    Some(at.back),
                );
                let combined = at.combined(&weights, method)?;
                let centre = at.centre(&combined, method);
                let path = at.post_processing.apply(combined, method);
                let inactive = origin.inactive.is_some() || !at.post_processing.active.is_empty();
                // A shift that is known by now is no error that will come again.
                let known_shift = |step: usize| {
                    let before = origin.len() - at.back;
                    origin.level_change_after(before - 1) - origin.level_change_after(before + step)
                };
                let error = at
                    .actual
                    .iter()
                    .zip(&centre)
                    .enumerate()
                    .map(|(step, (y, f))| {
                        // Months without trade are no errors of the path of those with trade.
                        if inactive && *y < 0.05 * f {
                            f64::NAN
                        } else {
                            transform.apply(*y) - transform.apply(*f) - known_shift(step)
                        }
                    })
                    .collect();
                Some(OriginErrors {
                    back: at.back,
                    one_step: at.one_step,
                    roughness_rank: at.roughness_rank,
                    error,
                    path,
                    centre,
                    actual: at.actual.clone(),
                    same_scale: at.transform.is_like(transform),
                })
            })
            .collect();
        let compared = at_origins.iter().filter_map(|errors| {
            let at = evaluations.iter().find(|at| at.back == errors.back)?;
            Some((at, errors.path.as_slice()))
        });
        let evaluation = Evaluation::of(compared);
        Self {
            first: series.first,
            months: series.y.len(),
            training_place: None,
            weights: weighting.weights(
                evaluations,
                WeightedOrigin {
                    texture: origin.texture,
                    shared_fall,
                },
                None,
            ),
            at_origins,
            evaluation,
        }
    }

    /// Whether the errors are those of a series of these months.
    pub(super) fn fits(&self, series: &PreparedSeries) -> bool {
        self.first == series.first && self.months == series.y.len() && !series.has_events()
    }
}
