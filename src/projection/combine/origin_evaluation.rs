//! Members' forecasts at one rolling origin, against what came.

use crate::models::naive::seasonal_naive;
use crate::projection::combine::combination::combine;
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths::{self, MemberPath};
use crate::projection::combine::method::Method;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::combine::post_processing::PostProcessing;
use crate::projection::history::origin::Origin;
use crate::projection::history::texture::Texture;
use crate::projection::history::transform::Transform;

/// The members' forecasts from one origin, and what came.
#[derive(Debug, Clone)]
pub(in crate::projection) struct OriginEvaluation {
    /// How many months before the end the origin lies.
    pub(in crate::projection) back: usize,
    /// A path a member, where it could make one.
    pub(in crate::projection) paths: Vec<MemberPath>,
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
    pub(in crate::projection) post_processing: PostProcessing,
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
            paths: member_paths::project(members, origin, horizon, pooled),
            naive: seasonal_naive(origin.y, origin.season, horizon),
            actual,
            error_scale: origin.error_scale(),
            one_step: origin.one_step,
            transform: origin.transform,
            texture: origin.texture,
            place: pooled.place(origin),
            post_processing: PostProcessing::of(origin, horizon),
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
    pub(in crate::projection) fn combine(&self, weights: &[f64], method: Method) -> MemberPath {
        let path = combine(&self.paths, weights, method.rule())?;
        Some(self.post_processing.apply(path, method))
    }

    /// A member's summed scaled error, and over how many months.
    pub(in crate::projection) fn error(&self, member: usize) -> Option<(f64, f64)> {
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
