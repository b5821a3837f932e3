//! A group of training series: its panel at each origin, and the errors of its series.

use crate::models::SeasonLength;
use crate::projection::combine::member_paths::MemberPath;
use crate::projection::combine::method::Method;
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::combine::panel_errors::PanelErrors;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::combine::weights::MemberWeighting;
use crate::projection::error::MIN_MONTHS;
use crate::projection::history::gaps::latest_stretch;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::projection::history::step_errors::step_errors;
use crate::projection::panel::panel_news::{MOST_BEHIND, ScaledErrors, WINDOW};
use crate::projection::panel::series_errors::SeriesErrors;
use crate::projection::panel::stage::{Stage, TrainingPanel};
use crate::projection::panel::stage_cache::StageCache;
use crate::trade::hash::ContentHash;
use crate::trade::regressors::{MissingRegressor, Regressors};
use crate::trade::{FrequencyStretch, Month, Series, stable_hash};
use crate::work::Work;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// The months back of the rolling origins that weigh members and measure errors.
const ORIGINS: [usize; 4] = [6, 12, 18, 24];
/// Series that give fewer vectors of errors at these origins get more origins.
const ENOUGH_VECTORS: usize = 600;
/// The most origins.
const MOST_ORIGINS: usize = 40;
/// The furthest origin back that a long horizon adds.
const FURTHEST: usize = 60;
/// A larger panel is divided into groups.
const LARGEST_GROUP: usize = 2048;
/// All groups of a panel together have at most so many training series.
const MOST_TRAINING_SERIES: usize = 4096;

/// Return the number of groups of a panel of so many series, a power of two: a group has 256 series
/// or more.
pub(super) fn group_count(series: usize) -> usize {
    if series <= LARGEST_GROUP {
        1
    } else if series <= MOST_TRAINING_SERIES {
        8
    } else {
        16
    }
}

/// Return how many training series each of so many groups has at most.
pub(super) fn most_of_group(groups: usize) -> usize {
    MOST_TRAINING_SERIES / groups
}

/// Return the group of a series among so many.
pub(super) fn group_of(id: &str, groups: usize) -> usize {
    (mixed(id) % groups as u64) as usize
}

/// Return a hash of an id whose low bits are mixed.
fn mixed(id: &str) -> u64 {
    let hash = stable_hash(id.as_bytes());
    hash ^ (hash >> 32)
}

/// The series that train a group.
pub(super) struct GroupSeries<'a>(Vec<Series<'a>>);

impl<'a> GroupSeries<'a> {
    /// Divide a panel into so many groups: series by the hash of their ids, so that no series moves
    /// to another group when one is added. A large group is trained on those with the smallest
    /// hashes. Series that are short, not monthly or have many gaps are left out.
    pub(super) fn of(panel: &[Series<'a>], count: usize) -> Vec<Self> {
        let mut groups = vec![Vec::new(); count];
        for series in panel {
            groups[group_of(series.id(), count)].push(*series);
        }
        let most = most_of_group(count);
        let usable = |series: &Series<'_>| {
            series.len() - series.gaps() >= MIN_MONTHS
                && 2 * series.gaps() <= series.len()
                && FrequencyStretch::latest(series).is_none()
        };
        groups
            .into_par_iter()
            .map(|mut group| {
                if group.len() > most {
                    let mut hashes: Vec<u64> = group.iter().map(|s| mixed(s.id())).collect();
                    let bound = *hashes.select_nth_unstable(most).1;
                    group.retain(|series| mixed(series.id()) < bound);
                }
                let latest = group.iter().map(latest_stretch);
                Self(latest.filter(usable).collect())
            })
            .collect()
    }

    /// Return the hash of the ids, months and values.
    pub(super) fn content(&self) -> ContentHash {
        let mut hash = ContentHash::new();
        for series in &self.0 {
            hash.update(series.id().as_bytes());
            hash.update(&[0]);
            hash.update(series.first().to_string().as_bytes());
            hash.update(&(series.len() as u64).to_le_bytes());
            for value in series.values() {
                hash.update(&value.to_bits().to_le_bytes());
            }
        }
        hash
    }
}

/// What all groups of a model have in common.
#[derive(Debug, Clone)]
pub(super) struct GroupSettings {
    pub(super) method: Method,
    pub(super) horizon: usize,
    pub(super) season: SeasonLength,
    pub(super) regressors: Arc<Regressors>,
}

/// What is estimated over a group for one method and horizon. It depends on nothing but the series
/// of the group, so that it stays as it is where others change.
#[derive(Debug)]
pub(super) struct TrainingGroup {
    content: ContentHash,
    /// The group at the last month.
    last_stage: Arc<Stage>,
    /// The group at each rolling origin, given in months back.
    rolling_stages: Vec<(usize, Arc<Stage>)>,
    /// The members' errors over the group; `None` where no origin counted.
    panel_errors: Option<PanelErrors>,
    /// The training series, in the order of the panel.
    pub(super) trained: Vec<TrainingSeries>,
    /// The place of each training series by its id.
    places: HashMap<Box<str>, usize>,
}

/// What training knows of one series.
#[derive(Debug)]
pub(super) struct TrainingSeries {
    pub(super) last: Month,
    /// The one-step error at the last month.
    pub(super) one_step: f64,
    pub(super) errors: SeriesErrors,
    /// The one-step errors of recent months, once they are needed.
    scaled: OnceLock<Option<ScaledErrors>>,
}

impl GroupSettings {
    /// Prepare a series.
    ///
    /// # Errors
    /// [`MissingRegressor`] where the regressors do not cover its months.
    pub(super) fn prepare(&self, series: &Series<'_>) -> Result<PreparedSeries, MissingRegressor> {
        PreparedSeries::new(series, self.horizon, &self.regressors, self.season)
    }
}

impl TrainingGroup {
    /// Fit the group. Series that the regressors do not cover are not used. With a cache, stages
    /// are kept for a backtest that comes to later and later origins: `cache` gives the last month
    /// of all series and the number of the group.
    pub(super) fn fit(
        series: &GroupSeries<'_>,
        content: ContentHash,
        settings: &GroupSettings,
        mut cache: Option<(&mut StageCache, Month, usize)>,
    ) -> Self {
        let (method, horizon) = (settings.method, settings.horizon);
        let work = Work::current();
        let prepare = |series: &Series<'_>| {
            let prepared = work.part(|| settings.prepare(series)).ok()?;
            Some((Box::from(series.id()), prepared))
        };
        let (ids, prepared): (Vec<Box<str>>, Vec<PreparedSeries>) =
            series.0.par_iter().filter_map(prepare).unzip();
        let training = TrainingPanel {
            method,
            ids: &ids,
            series: &prepared,
            season: settings.season,
        };
        let all: Vec<usize> = (0..prepared.len()).collect();
        let (last_stage, last_origins) = training.stage(&all, 0, horizon, cache.is_some());
        let last_stage = Arc::new(last_stage);
        let origins = origins(horizon, prepared.len());
        let furthest = origins.iter().copied().max().unwrap_or(0);
        if let Some((cache, end, group)) = &mut cache {
            cache.keep(*group, *end, horizon, &last_stage, end.back(furthest));
        }
        let mut rolling_stages = Vec::new();
        let mut evaluations: Vec<Vec<OriginEvaluation>> =
            prepared.iter().map(|_| Vec::new()).collect();
        for back in origins {
            let chosen: Vec<usize> = (0..prepared.len())
                .filter(|k| prepared[*k].reaches(back))
                .collect();
            let steps = back.min(horizon);
            let origin = |end: Month| end.back(back);
            let chosen_ids: Vec<&str> = chosen.iter().map(|k| &*ids[*k]).collect();
            let cached = cache.as_ref().and_then(|(cache, end, group)| {
                cache.get(*group, origin(*end), steps, &chosen_ids)
            });
            let stage =
                cached.unwrap_or_else(|| Arc::new(training.stage(&chosen, back, steps, true).0));
            if let Some((cache, end, group)) = &mut cache {
                cache.keep(*group, origin(*end), steps, &stage, end.back(furthest));
            }
            for (k, evaluation) in chosen.into_iter().zip(&stage.evaluations) {
                let actual = prepared[k].actual(back, horizon);
                evaluations[k].push(evaluation.against(back, actual));
            }
            rolling_stages.push((back, stage));
        }
        let mut group = Self {
            content,
            last_stage,
            rolling_stages,
            panel_errors: PanelErrors::of(&evaluations, method.members().len()),
            trained: Vec::new(),
            places: ids.iter().cloned().zip(0..).collect(),
        };
        let measured: Vec<(f64, SeriesErrors)> = prepared
            .par_iter()
            .zip(&evaluations)
            .zip(&last_origins)
            .enumerate()
            .map(|(k, ((series, evaluations), origin))| {
                let measure = || group.measure(method, series, origin, evaluations);
                let mut errors = work.part(measure);
                errors.training_place = Some(k);
                (origin.one_step, errors)
            })
            .collect();
        drop(last_origins);
        let trained = prepared.iter().zip(measured);
        group.trained = trained
            .map(|(prepared, (one_step, errors))| TrainingSeries {
                last: prepared.last(),
                one_step,
                errors,
                scaled: OnceLock::new(),
            })
            .collect();
        group
    }

    /// Whether the group was fitted to series with these ids, months and values.
    pub(super) fn is_of(&self, content: ContentHash) -> bool {
        self.content == content
    }

    /// Return what was estimated over the group at its last month.
    pub(super) fn pooled_fit(&self) -> &PooledFit {
        &self.last_stage.pooled_fit
    }

    /// Return the ids of the training series, in their order.
    pub(super) fn ids(&self) -> &[Box<str>] {
        &self.last_stage.ids
    }

    /// Return the stages of the rolling origins.
    #[cfg(test)]
    pub(super) fn rolling_stages(&self) -> impl Iterator<Item = &Arc<Stage>> {
        self.rolling_stages.iter().map(|(_, stage)| stage)
    }

    /// Return the members' forecasts of a training series from its last month, where training made
    /// them.
    pub(super) fn training_paths(&self, place: usize) -> Option<&[MemberPath]> {
        Some(&self.last_stage.evaluations.get(place)?.paths)
    }

    /// Return the training series among those of the group, in their order.
    pub(super) fn of_training<'s, 'a>(
        &'s self,
        series: &'s GroupSeries<'a>,
    ) -> impl Iterator<Item = &'s Series<'a>> {
        let trained = |series: &&Series<'_>| self.places.contains_key(series.id());
        series.0.iter().filter(trained)
    }

    /// Return the one-step errors over recent months of a training series, given with its place;
    /// `None` for too few.
    pub(super) fn scaled_errors(
        &self,
        settings: &GroupSettings,
        place: usize,
        series: &Series<'_>,
    ) -> Option<ScaledErrors> {
        let trained = self.trained.get(place)?;
        let expected = self.pooled_fit().expected();
        let errors = || {
            let prepared = settings.prepare(series).ok()?;
            let errors = step_errors(&prepared, WINDOW, MOST_BEHIND, expected)?;
            ScaledErrors::of(prepared.last(), &errors)
        };
        trained.scaled.get_or_init(errors).clone()
    }

    /// Return the errors of the method at a series' rolling origins: those of the training where it
    /// was a training series, else measured now.
    pub(super) fn series_errors(
        &self,
        settings: &GroupSettings,
        id: &str,
        series: &PreparedSeries,
        origin: &Origin<'_>,
    ) -> Cow<'_, SeriesErrors> {
        let known = self.places.get(id).and_then(|k| self.trained.get(*k));
        if let Some(known) = known.filter(|known| known.errors.fits(series)) {
            return Cow::Borrowed(&known.errors);
        }
        let reached = self
            .rolling_stages
            .iter()
            .filter(|(back, _)| series.reaches(*back));
        let evaluate = |(back, stage): &(usize, Arc<Stage>)| {
            let pooled_fit = &stage.pooled_fit;
            OriginEvaluation::run(
                &series.origin(*back, pooled_fit.expected()),
                *back,
                series.actual(*back, settings.horizon),
                settings.method,
                pooled_fit,
            )
        };
        let evaluations: Vec<OriginEvaluation> = reached.map(evaluate).collect();
        Cow::Owned(self.measure(settings.method, series, origin, &evaluations))
    }

    fn measure(
        &self,
        method: Method,
        series: &PreparedSeries,
        origin: &Origin<'_>,
        evaluations: &[OriginEvaluation],
    ) -> SeriesErrors {
        let weighting = MemberWeighting {
            rule: method.rule(),
            members: method.members(),
            panel_errors: self.panel_errors.as_ref(),
        };
        let shared_fall = self.pooled_fit().shared_fall();
        SeriesErrors::measure(&weighting, method, series, origin, shared_fall, evaluations)
    }
}

/// Return the rolling origins for a horizon, in months back: the usual ones, more of them for few
/// training series, and one as far back as the horizon where that is further, so that there are
/// whole vectors of errors to draw paths from.
pub(super) fn origins(horizon: usize, training_series: usize) -> Vec<usize> {
    let step = ORIGINS[0];
    let count = (ENOUGH_VECTORS / training_series.max(1)).clamp(ORIGINS.len(), MOST_ORIGINS);
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

    #[test]
    fn groups_are_of_a_size_and_a_new_series_moves_no_other() {
        let values = [1.0; 60];
        let ids: Vec<String> = (0..6001).map(|k| format!("A{k:04}.CHN.M")).collect();
        let january = Month::january(2010);
        let panel: Vec<Series<'_>> = ids
            .iter()
            .map(|id| Series::new(id, january, &values, false))
            .collect();
        let groups = |panel: &[Series<'_>]| -> Vec<Vec<String>> {
            let of = |group: &GroupSeries<'_>| group.0.iter().map(|s| s.id().to_owned()).collect();
            let groups = GroupSeries::of(panel, group_count(panel.len()));
            groups.iter().map(of).collect()
        };
        assert_eq!(groups(&panel[..2048]).len(), 1);
        assert_eq!(groups(&panel[..2048])[0], ids[..2048]);
        let without = groups(&panel[1..]);
        assert_eq!(without.len(), 16);
        assert!(without.iter().all(|group| group.len() == 256));
        let with = groups(&panel);
        let changed = without.iter().zip(&with).filter(|(a, b)| a != b);
        assert!(changed.count() <= 1);
    }
}
