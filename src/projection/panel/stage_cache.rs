//! The stages of earlier origins, kept for later ones.

use crate::projection::panel::stage::Stage;
use crate::trade::Month;
use std::collections::HashMap;
use std::sync::Arc;

/// The stages of a panel, by group, at earlier origins, for a backtest that goes from origin to
/// origin: twelve months before one origin lies another that was fitted already. It holds for one
/// method, and for series that all end in the same month.
#[derive(Debug, Default)]
pub struct StageCache {
    stages: HashMap<(usize, Month, usize), Arc<Stage>>,
}

impl StageCache {
    /// Return the stage of a group of the panel at an origin and horizon, if its training series
    /// were the same.
    pub(super) fn get(
        &self,
        group: usize,
        origin: Month,
        horizon: usize,
        ids: &[&str],
    ) -> Option<Arc<Stage>> {
        let stage = self.stages.get(&(group, origin, horizon))?;
        let same = stage.ids.iter().map(|id| &**id).eq(ids.iter().copied());
        (same && stage.evaluations.len() == ids.len()).then(|| Arc::clone(stage))
    }

    /// Keep a stage, and drop those before `oldest`.
    pub(super) fn keep(
        &mut self,
        group: usize,
        origin: Month,
        horizon: usize,
        stage: &Arc<Stage>,
        oldest: Month,
    ) {
        self.stages.retain(|(_, month, _), _| *month >= oldest);
        self.stages
            .insert((group, origin, horizon), Arc::clone(stage));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{FittedForecast, Method, PanelModel};
    use crate::trade::Series;

    #[test]
    fn a_cached_stage_is_the_one_that_would_be_fitted() {
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
        let mut cache = StageCache::default();
        let mut found = 0;
        for last in [79, 85, 91, 97, 103, 109] {
            let panel: Vec<Series<'_>> = ids
                .iter()
                .zip(&values)
                .map(|(id, v)| Series::new(id, january, v, false).until(january.plus(last)))
                .collect();
            let before: Vec<Arc<Stage>> = cache.stages.values().cloned().collect();
            let cached =
                PanelModel::fit_cached(&panel, Method::Auto, 12, Arc::default(), &mut cache);
            let was_there =
                |stage: &&Arc<Stage>| before.iter().any(|known| Arc::ptr_eq(known, stage));
            found += cached.rolling_stages().filter(was_there).count();
            let afresh = PanelModel::fit(&panel, Method::Auto, 12);
            for series in &panel {
                let of = |model| {
                    let fitted = FittedForecast::new(series, model).unwrap();
                    (
                        fitted.point().to_vec(),
                        fitted.interval(0.8),
                        fitted.weights().to_vec(),
                        fitted.evaluation().clone(),
                    )
                };
                assert_eq!(of(&cached), of(&afresh), "{} at {last}", series.id());
            }
        }
        // From the second origin on, the stages twelve, eighteen and twenty-four months back are
        // known as soon as they were an origin or a rolling origin of one.
        assert!(found >= 11, "{found} stages found");
    }
}
