//! A panel at one origin.

use crate::models::SeasonLength;
use crate::projection::combine::method::Method;
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::work::Work;
use rayon::prelude::*;

/// The training series of a panel at one origin: the pooled fit, and the members' forecasts.
#[derive(Debug)]
pub(in crate::projection) struct Stage {
    /// The ids of the training series.
    pub(super) ids: Vec<Box<str>>,
    /// What was estimated over all of them.
    pub(in crate::projection) pooled_fit: PooledFit,
    /// The members' forecasts of each training series; empty where they were not needed.
    pub(in crate::projection) evaluations: Vec<OriginEvaluation>,
}

/// The training series of a panel, and the method that it is used by.
pub(in crate::projection) struct TrainingPanel<'a> {
    pub(in crate::projection) method: Method,
    pub(in crate::projection) ids: &'a [Box<str>],
    pub(in crate::projection) series: &'a [PreparedSeries],
    pub(in crate::projection) season: SeasonLength,
}

impl<'a> TrainingPanel<'a> {
    /// Fit the chosen series, given by place, at the origin `back` months before their ends, and
    /// return their origins with the stage. The members forecast `horizon` steps where `evaluate`.
    pub(in crate::projection) fn stage(
        &self,
        chosen: &[usize],
        back: usize,
        horizon: usize,
        evaluate: bool,
    ) -> (Stage, Vec<Origin<'a>>) {
        let (pooled_fit, origins) = PooledFit::fit(
            self.series,
            chosen,
            back,
            self.method.members(),
            horizon,
            self.season,
        );
        let work = Work::current();
        let run = |origin: &Origin<'_>| {
            work.part(|| {
                OriginEvaluation::run(
                    origin,
                    back,
                    vec![f64::NAN; horizon],
                    self.method,
                    &pooled_fit,
                )
            })
        };
        let evaluations = if evaluate {
            origins.par_iter().map(run).collect()
        } else {
            Vec::new()
        };
        let ids = chosen.iter().map(|k| self.ids[*k].clone()).collect();
        (
            Stage {
                ids,
                pooled_fit,
                evaluations,
            },
            origins,
        )
    }
}
