//! The stages of a pool: a panel at one origin, remembered from one backtest origin to the next.

use crate::models::SeasonLength;
use crate::projection::combine::member::Member;
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::trade::Month;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// The teachers at one origin: what they taught, and what the members said of each.
#[derive(Debug)]
pub(in crate::projection) struct Stage {
    ids: Vec<Box<str>>,
    pub(in crate::projection) lessons: PooledFit,
    /// One a teacher, or none at all where nobody asked.
    pub(in crate::projection) trials: Vec<OriginEvaluation>,
}

/// What a panel was at earlier origins, for a backtest that runs from origin to origin: a state twelve months back is the state of an origin that was
/// there before. It holds for one method, and for series that all end in the same month.
#[derive(Debug, Default)]
pub struct StageCache {
    stages: HashMap<(Month, usize), Arc<Stage>>,
}

impl StageCache {
    /// The stage of a cut and horizon, if its teachers were the same.
    pub(in crate::projection) fn recall(
        &self,
        cut: Month,
        horizon: usize,
        ids: &[&str],
    ) -> Option<Arc<Stage>> {
        let stage = self.stages.get(&(cut, horizon))?;
        let same = stage.ids.iter().map(|id| &**id).eq(ids.iter().copied());
        (same && stage.trials.len() == ids.len()).then(|| Arc::clone(stage))
    }

    /// Keeps a stage, and forgets those before `oldest`.
    pub(in crate::projection) fn keep(
        &mut self,
        cut: Month,
        horizon: usize,
        stage: &Arc<Stage>,
        oldest: Month,
    ) {
        self.stages.retain(|(month, _), _| *month >= oldest);
        self.stages.insert((cut, horizon), Arc::clone(stage));
    }
}

/// The teachers of a pool, and the members that it needs.
pub(in crate::projection) struct TrainingPanel<'a> {
    pub(in crate::projection) members: &'a [Member],
    pub(in crate::projection) ids: &'a [&'a str],
    pub(in crate::projection) teachers: &'a [PreparedSeries],
    pub(in crate::projection) season: SeasonLength,
}

impl<'a> TrainingPanel<'a> {
    /// What `those` teachers say `back` months before their ends over `horizon` steps, and their origins.
    pub(in crate::projection) fn stage(
        &self,
        those: &[usize],
        back: usize,
        horizon: usize,
        tried: bool,
    ) -> (Stage, Vec<Origin<'a>>) {
        let (lessons, origins) = PooledFit::learn(
            self.teachers,
            those,
            back,
            self.members,
            horizon,
            self.season,
        );
        let run = |origin: &Origin<'_>| {
            OriginEvaluation::run(
                origin,
                back,
                vec![f64::NAN; horizon],
                self.members,
                &lessons,
            )
        };
        let trials = if tried {
            origins.par_iter().map(run).collect()
        } else {
            Vec::new()
        };
        let ids = those.iter().map(|k| self.ids[*k].into()).collect();
        (
            Stage {
                ids,
                lessons,
                trials,
            },
            origins,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{FittedForecast, Method, PanelModel};
    use crate::trade::Series;

    #[test]
    fn what_is_remembered_is_what_would_be_found_out() {
        let noise = |k: usize, t: usize| {
            ((t * 7919 + (t + k) * (t + 3 * k) * 104_729) % 1000) as f64 / 1000.0 - 0.5
        };
        let values: Vec<Vec<f64>> = (0..12)
            .map(|k| {
                (0..110)
                    .map(|t| 100.0 * (0.3 * noise(k, t) + 0.2 * (t as f64 * 0.5).sin()).exp())
                    .collect()
            })
            .collect();
        let ids: Vec<String> = (0..12).map(|k| format!("s{k}")).collect();
        let january = Month::january(2010);
        let mut memory = StageCache::default();
        let mut recalled = 0;
        for last in [79, 85, 91, 97, 103, 109] {
            let panel: Vec<Series<'_>> = ids
                .iter()
                .zip(&values)
                .map(|(id, v)| Series::new(id, january, v, false).until(january.plus(last)))
                .collect();
            let before: Vec<Arc<Stage>> = memory.stages.values().cloned().collect();
            let remembering = PanelModel::fit_cached(&panel, Method::Auto, 12, &mut memory);
            let was_there =
                |stage: &&Arc<Stage>| before.iter().any(|known| Arc::ptr_eq(known, stage));
            recalled += remembering.stages_back().filter(was_there).count();
            let afresh = PanelModel::fit(&panel, Method::Auto, 12);
            for series in &panel {
                let of = |pool| {
                    let fitted = FittedForecast::new(series, pool).unwrap();
                    (
                        fitted.point().to_vec(),
                        fitted.interval(0.8),
                        fitted.weights().to_vec(),
                        fitted.evaluation().clone(),
                    )
                };
                assert_eq!(of(&remembering), of(&afresh), "{} at {last}", series.id());
            }
        }
        // From the second origin on, twelve, eighteen and twenty-four months back are known as soon as they were an origin or one's trial.
        assert!(recalled >= 11, "{recalled} stages recalled");
    }
}
