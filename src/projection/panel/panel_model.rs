//! What a panel teaches its series: pooled regressions, how well each member does, how errors grow.

use crate::models::SeasonLength;
use crate::projection::combine::error_profile::{ErrorProfile, OriginErrors};
use crate::projection::combine::evaluation::Evaluation;
use crate::projection::combine::interval::IntervalScale;
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths::MemberPath;
use crate::projection::combine::method::Method;
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::combine::weights::{MemberWeighting, mean_panel_errors};
use crate::projection::error::MIN_MONTHS;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::projection::panel::stage_cache::{Stage, StageCache, TrainingPanel};
use crate::trade::regressors::{MissingRegressor, Regressors};
use crate::trade::{Month, Series};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Months back of the rolling origins that weigh members and measure errors.
const ORIGINS: [usize; 4] = [6, 12, 18, 24];
/// A panel with fewer series than give so many vectors of errors at these origins is asked at more of them, as far back as it goes.
const ENOUGH: usize = 600;
/// The most origins.
const MOST_ORIGINS: usize = 40;
/// A panel larger than this teaches by an evenly spaced sample of so many series.
const MAX_TEACHERS: usize = 4096;

/// What a panel teaches about one method and horizon. Made once, then used for every series, whichever is asked for.
#[derive(Debug)]
pub struct PanelModel {
    method: Method,
    horizon: usize,
    season: SeasonLength,
    regressors: Arc<Regressors>,
    /// What the panel taught at the last month and at each origin.
    now: Arc<Stage>,
    back: Vec<(usize, Arc<Stage>)>,
    /// Each member's mean scaled error over the panel, where any origin counted.
    panel_error: Option<Vec<f64>>,
    profile: ErrorProfile,
    spread: IntervalScale,
    /// How the teachers themselves did, so that it is not computed again.
    records: HashMap<Box<str>, SeriesErrors>,
}

/// How the method did at a series' own origins.
#[derive(Debug, Clone)]
pub(in crate::projection) struct SeriesErrors {
    first: Month,
    months: usize,
    /// Which of the teachers this is, if it is one.
    teacher: Option<usize>,
    pub(in crate::projection) weights: Vec<f64>,
    pub(in crate::projection) residuals: Vec<OriginErrors>,
    pub(in crate::projection) evaluation: Evaluation,
}

impl PanelModel {
    /// Learns from `panel`, on the rayon threads of the caller. What is learnt is the same on any number of threads.
    pub fn fit(panel: &[Series<'_>], method: Method, horizon: usize) -> Self {
        Self::fit_with(panel, method, horizon, Arc::default())
    }

    /// The same with the user's own regressors; a series that they do not cover teaches nothing.
    pub fn fit_with(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        regressors: Arc<Regressors>,
    ) -> Self {
        Self::learn(panel, method, horizon, regressors, None)
    }

    /// The same, remembering what the panel was at earlier origins: for a backtest that comes to later and later ones. The pool is the same as without.
    pub fn fit_cached(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        memory: &mut StageCache,
    ) -> Self {
        Self::learn(panel, method, horizon, Arc::default(), Some(memory))
    }

    fn learn(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        regressors: Arc<Regressors>,
        memory: Option<&mut StageCache>,
    ) -> Self {
        // Every series is monthly.
        let season = SeasonLength::MONTHLY;
        // Evenly spaced, but not by a whole step: keys alternate between flows, and every other one may be imports.
        let count = panel.len().min(MAX_TEACHERS);
        let chosen = |k: usize| &panel[k * panel.len() / count];
        let (ids, teachers): (Vec<&str>, Vec<PreparedSeries>) = (0..count)
            .into_par_iter()
            .map(chosen)
            .filter(|series| {
                series.len() - series.gaps() >= MIN_MONTHS && 2 * series.gaps() <= series.len()
            })
            .filter_map(|series| {
                Some((
                    series.id(),
                    PreparedSeries::new(series, horizon, &regressors, season).ok()?,
                ))
            })
            .unzip();
        let class = TrainingPanel {
            members: method.members(),
            ids: &ids,
            teachers: &teachers,
            season,
        };
        let end = panel.first().map(Series::last);
        let aligned = panel.iter().all(|series| Some(series.last()) == end);
        let mut memory = memory.zip(end).filter(|_| aligned);
        let everyone: Vec<usize> = (0..teachers.len()).collect();
        let (now, at_end) = class.stage(&everyone, 0, horizon, memory.is_some());
        let now = Arc::new(now);
        let furthest = i32::try_from(
            origins(horizon, teachers.len())
                .into_iter()
                .max()
                .unwrap_or(0),
        )
        .unwrap_or(i32::MAX);
        if let Some((memory, end)) = &mut memory {
            memory.keep(*end, horizon, &now, end.plus(-furthest));
        }
        let mut back = Vec::new();
        let mut trials: Vec<Vec<OriginEvaluation>> = teachers.iter().map(|_| Vec::new()).collect();
        for months in origins(horizon, teachers.len()) {
            let those: Vec<usize> = (0..teachers.len())
                .filter(|k| teachers[*k].reaches(months))
                .collect();
            let steps = months.min(horizon);
            let cut = |end: Month| end.plus(-i32::try_from(months).unwrap_or(i32::MAX));
            let named: Vec<&str> = those.iter().map(|k| ids[*k]).collect();
            let known = memory
                .as_ref()
                .and_then(|(memory, end)| memory.recall(cut(*end), steps, &named));
            let stage =
                known.unwrap_or_else(|| Arc::new(class.stage(&those, months, steps, true).0));
            if let Some((memory, end)) = &mut memory {
                memory.keep(cut(*end), steps, &stage, end.plus(-furthest));
            }
            for (k, trial) in those.into_iter().zip(&stage.trials) {
                trials[k].push(trial.against(months, teachers[k].actual(months, horizon)));
            }
            back.push((months, stage));
        }
        let members = method.members();
        let panel_error = mean_panel_errors(&trials, members.len());
        let (profile, spread) = (ErrorProfile::default(), IntervalScale::default());
        let mut pool = Self {
            method,
            horizon,
            season,
            regressors,
            now,
            back,
            panel_error,
            profile,
            spread,
            records: HashMap::new(),
        };
        let records: Vec<(f64, SeriesErrors)> = teachers
            .par_iter()
            .zip(&trials)
            .zip(&at_end)
            .enumerate()
            .map(|(k, ((series, trials), origin))| {
                (
                    origin.one_step,
                    SeriesErrors {
                        teacher: Some(k),
                        ..pool.judge(series, origin, trials)
                    },
                )
            })
            .collect();
        pool.profile = ErrorProfile::of(
            records.iter().flat_map(|(_, record)| &record.residuals),
            horizon,
        );
        pool.spread = IntervalScale::of(
            records
                .iter()
                .map(|(step, record)| (*step, &record.residuals[..])),
            &pool.profile,
        )
        .in_doubt_for(teachers.len());
        pool.records = ids
            .into_iter()
            .map(Box::from)
            .zip(records.into_iter().map(|(_, record)| record))
            .collect();
        pool
    }

    /// A series ready for this pool.
    pub(in crate::projection) fn prepare(
        &self,
        series: &Series<'_>,
    ) -> Result<PreparedSeries, MissingRegressor> {
        PreparedSeries::new(series, self.horizon, &self.regressors, self.season)
    }

    /// The method that this pool serves.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The horizon that this pool serves.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// Return how many months make a season.
    pub(in crate::projection) fn season(&self) -> SeasonLength {
        self.season
    }

    /// The names of the user's own regressors.
    pub fn regressor_names(&self) -> &[String] {
        self.regressors.names()
    }

    pub(in crate::projection) fn pooled_fit(&self) -> &PooledFit {
        &self.now.lessons
    }

    /// The stages of the rolling origins.
    #[cfg(test)]
    pub(in crate::projection) fn stages_back(&self) -> impl Iterator<Item = &Arc<Stage>> {
        self.back.iter().map(|(_, stage)| stage)
    }

    /// What the members say of a teacher from its last month, where that was found out while learning.
    pub(in crate::projection) fn training_paths(
        &self,
        record: &SeriesErrors,
    ) -> Option<&[MemberPath]> {
        Some(&self.now.trials.get(record.teacher?)?.paths)
    }

    pub(in crate::projection) fn error_profile(&self) -> &ErrorProfile {
        &self.profile
    }

    pub(in crate::projection) fn interval_scale(&self) -> &IntervalScale {
        &self.spread
    }

    pub(in crate::projection) fn members(&self) -> &[Member] {
        self.method.members()
    }

    /// How the method does at a series' own origins: remembered of a teacher, else found out.
    pub(in crate::projection) fn series_errors(
        &self,
        id: &str,
        series: &PreparedSeries,
        origin: &Origin<'_>,
    ) -> Cow<'_, SeriesErrors> {
        let known = self
            .records
            .get(id)
            .filter(|record| record.first == series.first && record.months == series.y.len());
        if let Some(record) = known {
            return Cow::Borrowed(record);
        }
        let reached = self.back.iter().filter(|(back, _)| series.reaches(*back));
        let trial = |(back, stage): &(usize, Arc<Stage>)| {
            let pooled = &stage.lessons;
            let actual = series.actual(*back, self.horizon);
            OriginEvaluation::run(
                &series.origin(*back, pooled.expected()),
                *back,
                actual,
                self.members(),
                pooled,
            )
        };
        let trials: Vec<OriginEvaluation> = reached.map(trial).collect();
        Cow::Owned(self.judge(series, origin, &trials))
    }

    /// The weights, and the combination's errors at each origin, weighted without that origin.
    fn judge(
        &self,
        series: &PreparedSeries,
        origin: &Origin<'_>,
        trials: &[OriginEvaluation],
    ) -> SeriesErrors {
        let transform = origin.transform;
        let weighing = MemberWeighting {
            rule: self.method.rule(),
            members: self.members(),
            panel_error: self.panel_error.as_deref(),
        };
        let residuals: Vec<OriginErrors> = trials
            .iter()
            .filter_map(|trial| {
                let weights = weighing.weights(trials, trial.texture, Some(trial.back));
                let path = trial.combine(&weights, self.method)?;
                let error = trial
                    .actual
                    .iter()
                    .zip(&path)
                    .map(|(y, f)| transform.turn(*y) - transform.turn(*f))
                    .collect();
                Some(OriginErrors {
                    back: trial.back,
                    one_step: trial.one_step,
                    place: trial.place,
                    error,
                    path,
                    actual: trial.actual.clone(),
                    same_scale: trial.transform.is_like(transform),
                })
            })
            .collect();
        let compared = residuals
            .iter()
            .filter_map(|r| Some((trials.iter().find(|t| t.back == r.back)?, r.path.as_slice())));
        let evaluation = Evaluation::of(compared);
        let weights = weighing.weights(trials, origin.texture, None);
        SeriesErrors {
            first: series.first,
            months: series.y.len(),
            teacher: None,
            weights,
            residuals,
            evaluation,
        }
    }
}

/// The origins for a horizon: the usual ones, more of them for few teachers, and one as far back as the horizon where that is further, so that there
/// are whole vectors of errors to draw paths from.
fn origins(horizon: usize, teachers: usize) -> Vec<usize> {
    const FURTHEST: usize = 60;
    let step = ORIGINS[0];
    let count = (ENOUGH / teachers.max(1)).clamp(ORIGINS.len(), MOST_ORIGINS);
    let mut all: Vec<usize> = (1..=count).map(|k| k * step).collect();
    let far = horizon.min(FURTHEST);
    if all.last().is_none_or(|last| far > *last) {
        all.push(far);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_horizon_gets_an_origin_of_its_own_and_a_small_panel_more() {
        assert_eq!(origins(12, 1000), [6, 12, 18, 24]);
        assert_eq!(origins(36, 1000), [6, 12, 18, 24, 36]);
        assert_eq!(origins(120, 1000), [6, 12, 18, 24, 60]);
        // 600 vectors of 75 series are those of 8 origins.
        assert_eq!(origins(12, 75), [6, 12, 18, 24, 30, 36, 42, 48]);
        assert_eq!(origins(12, 1).len(), 40);
    }
}
