//! Members' forecasts from one rolling origin, and the observed values.

use crate::models::naive::seasonal_naive;
use crate::projection::combine::combination::combine;
use crate::projection::combine::member_paths::{self, MemberPath};
use crate::projection::combine::method::Method;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::combine::post_processing::PostProcessing;
use crate::projection::history::origin::Origin;
use crate::projection::history::texture::Texture;
use crate::projection::history::transform::Transform;

/// The members' forecasts from one origin, and the observed values.
#[derive(Debug, Clone)]
pub(in crate::projection) struct OriginEvaluation {
    /// The months between the origin and the end of the series.
    pub(in crate::projection) back: usize,
    /// The path of each member; `None` where it cannot be used.
    pub(in crate::projection) paths: Vec<MemberPath>,
    /// The observed values, gaps as NaN.
    pub(in crate::projection) actual: Vec<f64>,
    /// The seasonal naive forecast from the same origin.
    pub(in crate::projection) naive: Vec<f64>,
    /// The mean size of twelve-month differences before the origin, where there are any.
    pub(in crate::projection) error_scale: Option<f64>,
    /// The one-step error of a smooth level before the origin, transformed scale.
    pub(in crate::projection) one_step: f64,
    /// The transform of the history up to the origin.
    pub(in crate::projection) transform: Transform,
    /// The roughness of the series.
    pub(in crate::projection) texture: Texture,
    /// The rank of its roughness in the panel, 0 to 1.
    pub(in crate::projection) roughness_rank: f64,
    /// How far a fall that most series share was in progress, 0 to 1.
    pub(in crate::projection) shared_fall: f64,
    /// What is done to the combined path.
    pub(in crate::projection) post_processing: PostProcessing,
}

impl OriginEvaluation {
    /// Run the members from `origin`, `back` months before the end, over the months of `actual`.
    pub(in crate::projection) fn run(
        origin: &Origin<'_>,
        back: usize,
        actual: Vec<f64>,
        method: Method,
        pooled_fit: &PooledFit,
    ) -> Self {
        let horizon = actual.len();
        Self {
            back,
            paths: member_paths::project(method, origin, horizon, pooled_fit),
            naive: seasonal_naive(origin.y, origin.season, horizon),
            actual,
            error_scale: origin.error_scale(),
            one_step: origin.one_step,
            transform: origin.transform,
            texture: origin.texture,
            roughness_rank: pooled_fit.roughness_rank(origin),
            shared_fall: pooled_fit.shared_fall(),
            post_processing: PostProcessing::of(origin, horizon, pooled_fit.shared_fall()),
        }
    }

    /// Return the same forecasts with other observed values.
    pub(in crate::projection) fn against(&self, back: usize, actual: Vec<f64>) -> Self {
        Self {
            back,
            actual,
            ..self.clone()
        }
    }

    /// Combine the paths as `method` does, before post-processing; `None` where none has a weight.
    pub(in crate::projection) fn combined(&self, weights: &[f64], method: Method) -> MemberPath {
        combine(&self.paths, weights, method.rule())
    }

    /// Combine the paths as `method` does, and apply the post-processing; `None` where none has a
    /// weight.
    pub(in crate::projection) fn combine(&self, weights: &[f64], method: Method) -> MemberPath {
        let combined = self.combined(weights, method)?;
        Some(self.post_processing.apply(combined, method))
    }

    /// Return the path around which the errors of a combined path lie: that of the branch (a shift
    /// that lasts or passes) that came nearer to the observed values.
    pub(in crate::projection) fn centre(&self, combined: &[f64], method: Method) -> Vec<f64> {
        let raise = self.post_processing.raise(method);
        let lasting: Vec<f64> = combined.iter().map(|f| f * raise).collect();
        let Some((_, back)) = self.post_processing.passing else {
            return lasting;
        };
        let passing: Vec<f64> = lasting.iter().map(|f| f * back).collect();
        let distance = |path: &[f64]| -> f64 {
            let steps = self.actual.iter().zip(path).filter(|(y, _)| **y > 0.0);
            steps.map(|(y, f)| (y / f).ln().abs()).sum()
        };
        if distance(&passing) < distance(&lasting) {
            passing
        } else {
            lasting
        }
    }

    /// Return a member's summed scaled error, and over how many months; `None` where it has no
    /// path.
    pub(in crate::projection) fn error(&self, member: usize) -> Option<(f64, f64)> {
        let (path, scale) = (self.paths[member].as_ref()?, self.error_scale?);
        let errors = self
            .actual
            .iter()
            .zip(path)
            .enumerate()
            .filter(|(_, (y, _))| !y.is_nan())
            .map(|(k, (y, f))| (y - f * self.post_processing.factor(k)).abs() / scale);
        Some(errors.fold((0.0, 0.0), |(sum, n), e| (sum + e, n + 1.0)))
    }
}
