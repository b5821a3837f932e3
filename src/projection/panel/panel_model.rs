//! The panel model: what is estimated over all series of a panel.

use crate::models::SeasonLength;
use crate::projection::combine::error_profile::ErrorProfile;
use crate::projection::combine::interval::IntervalScale;
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths::MemberPath;
use crate::projection::combine::method::Method;
use crate::projection::combine::origin_component::OriginComponent;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::projection::history::step_errors::step_errors;
use crate::projection::panel::model_size::ModelSize;
use crate::projection::panel::panel_news::{
    MOST_BEHIND, NewsPart, PanelNews, ScaledErrors, SeriesNews, WINDOW,
};
use crate::projection::panel::series_errors::SeriesErrors;
#[cfg(test)]
use crate::projection::panel::stage::Stage;
use crate::projection::panel::stage_cache::StageCache;
use crate::projection::panel::training_group::{
    GroupSeries, GroupSettings, TrainingGroup, TrainingSeries, group_count, group_of,
};
use crate::trade::hash::ContentHash;
use crate::trade::regressors::{MissingRegressor, Regressors};
use crate::trade::{Month, Series};
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

/// What is estimated over a panel for one method and horizon: pooled regressions, the weights'
/// prior, and how errors grow. It is fitted once and then used for any series.
///
/// A panel of more than 2,048 series is divided into groups. Regressions and weights are those of
/// the series' group; how errors grow and are distributed, and what newer months say, is learnt
/// from all groups. A group depends on its own series alone, so that [`PanelModel::fit_after`] fits
/// only the groups whose series changed, with the same result to the bit.
#[derive(Debug)]
pub struct PanelModel {
    settings: GroupSettings,
    groups: Vec<Arc<TrainingGroup>>,
    error_profile: ErrorProfile,
    interval_scale: IntervalScale,
    /// What newer months say of series that are behind; `None` where all end together.
    news: Option<PanelNews>,
    size: ModelSize,
}

/// Whether newer months of other series move the forecast of a series that is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NewsOfOthers {
    /// They do, where that would have helped.
    #[default]
    Used,
    /// Each series is forecast from its own months, with regressions and widths of the panel.
    Ignored,
}

impl NewsOfOthers {
    /// Return that they are used, unless a series is to be forecast alone.
    pub fn unless_alone(alone: bool) -> Self {
        if alone { Self::Ignored } else { Self::Used }
    }
}

impl PanelModel {
    /// Fit a model to `panel` on the rayon threads of the caller. The result is the same on any
    /// number of threads.
    pub fn fit(panel: &[Series<'_>], method: Method, horizon: usize) -> Self {
        Self::fit_with(panel, method, horizon, Arc::default())
    }

    /// Fit a model with regressors of the user. Series that these do not cover are not used.
    pub fn fit_with(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        regressors: Arc<Regressors>,
    ) -> Self {
        Self::fit_with_news(panel, method, horizon, regressors, NewsOfOthers::Used)
    }

    /// Fit a model as [`PanelModel::fit_with`] does, and say whether newer months of other series
    /// count.
    pub fn fit_with_news(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        regressors: Arc<Regressors>,
        news: NewsOfOthers,
    ) -> Self {
        Training::new(panel, method, horizon, regressors).fit(news, None)
    }

    /// Fit a model with regressors, as [`PanelModel::fit_with`] does, and keep its stages, for a
    /// backtest that comes to later and later origins. The model is the same as without a cache.
    pub fn fit_cached(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        regressors: Arc<Regressors>,
        cache: &mut StageCache,
    ) -> Self {
        let training = Training::new(panel, method, horizon, regressors);
        training.fit(NewsOfOthers::Used, Some(cache))
    }

    /// Fit a model as [`PanelModel::fit_with_news`] does without regressors, where `before` was
    /// fitted to earlier figures: groups of the same series are taken from it.
    pub fn fit_after(
        before: &Self,
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        news: NewsOfOthers,
    ) -> Self {
        let training = Training::new(panel, method, horizon, Arc::default());
        training.knowing(before).fit(news, None)
    }

    /// Return about how many bytes are in use at most while a model is fitted to `panel`, those of
    /// the model included.
    pub fn bytes_to_fit(panel: &[Series<'_>], method: Method, horizon: usize) -> usize {
        ModelSize::of(panel, method, horizon, SeasonLength::MONTHLY).while_fitting()
    }

    /// Return about how many bytes the model takes.
    pub fn bytes(&self) -> usize {
        self.size.kept()
    }

    /// Prepare a series for this model.
    ///
    /// # Errors
    /// [`MissingRegressor`] where the regressors do not cover its months.
    pub(in crate::projection) fn prepare(
        &self,
        series: &Series<'_>,
    ) -> Result<PreparedSeries, MissingRegressor> {
        self.settings.prepare(series)
    }

    /// Return the method of this model.
    pub fn method(&self) -> Method {
        self.settings.method
    }

    /// Return the horizon of this model in months.
    pub fn horizon(&self) -> usize {
        self.settings.horizon
    }

    /// Return how many months make a season.
    pub(in crate::projection) fn season(&self) -> SeasonLength {
        self.settings.season
    }

    /// Return the names of the user's regressors.
    pub fn regressor_names(&self) -> &[String] {
        self.settings.regressors.names()
    }

    /// Return the group of a series.
    fn group(&self, id: &str) -> &TrainingGroup {
        &self.groups[group_of(id, self.groups.len())]
    }

    /// Return what was estimated over the group of a series at its last month.
    pub(in crate::projection) fn pooled_fit(&self, id: &str) -> &PooledFit {
        self.group(id).pooled_fit()
    }

    /// Return the stages of the rolling origins of all groups.
    #[cfg(test)]
    pub(super) fn rolling_stages(&self) -> impl Iterator<Item = &Arc<Stage>> {
        self.groups.iter().flat_map(|group| group.rolling_stages())
    }

    /// Return the members' forecasts of a training series from its last month, where training made
    /// them.
    pub(super) fn training_paths(&self, id: &str, errors: &SeriesErrors) -> Option<&[MemberPath]> {
        self.group(id).training_paths(errors.training_place?)
    }

    pub(in crate::projection) fn error_profile(&self) -> &ErrorProfile {
        &self.error_profile
    }

    pub(in crate::projection) fn interval_scale(&self) -> &IntervalScale {
        &self.interval_scale
    }

    pub(in crate::projection) fn members(&self) -> &[Member] {
        self.settings.method.members()
    }

    /// Return the news of others on a series, with its one-step errors; `place` is that of a
    /// training series of the same values within its group.
    pub(super) fn news_of(
        &self,
        id: &str,
        series: &PreparedSeries,
        place: Option<usize>,
    ) -> Option<SeriesNews> {
        let news = self.news.as_ref()?;
        if !news.concerns(series.last()) {
            return None;
        }
        let own = group_of(id, self.groups.len());
        let before = self.groups[..own].iter().map(|group| group.trained.len());
        let before: usize = before.sum();
        if let Some(errors) = place.and_then(|place| news.errors_of(before + place)) {
            return news.of_series(id, errors);
        }
        let expected = self.pooled_fit(id).expected();
        let errors = step_errors(series, WINDOW, MOST_BEHIND, expected)?;
        news.of_series(id, &ScaledErrors::of(series.last(), &errors)?)
    }

    /// Return the parts of news by source, the largest first.
    pub(super) fn news_parts(&self, of_series: &SeriesNews) -> Vec<NewsPart> {
        let news = self.news.as_ref();
        news.map_or_else(Vec::new, |news| news.parts(of_series))
    }

    /// Return the errors of the method at a series' rolling origins: those of the training where it
    /// was a training series, else measured now.
    pub(super) fn series_errors(
        &self,
        id: &str,
        series: &PreparedSeries,
        origin: &Origin<'_>,
    ) -> Cow<'_, SeriesErrors> {
        let group = self.group(id);
        group.series_errors(&self.settings, id, series, origin)
    }
}

/// A panel that a model is fitted to.
struct Training<'a> {
    settings: GroupSettings,
    series: Vec<GroupSeries<'a>>,
    /// The last month, where all series of the panel end together.
    end: Option<Month>,
    size: ModelSize,
    /// Groups that may be the same.
    known: &'a [Arc<TrainingGroup>],
}

impl<'a> Training<'a> {
    fn new(
        panel: &[Series<'a>],
        method: Method,
        horizon: usize,
        regressors: Arc<Regressors>,
    ) -> Self {
        let end = panel.first().map(Series::last);
        let aligned = panel.iter().all(|series| Some(series.last()) == end);
        // Every series is monthly.
        let season = SeasonLength::MONTHLY;
        Self {
            settings: GroupSettings {
                method,
                horizon,
                season,
                regressors,
            },
            series: GroupSeries::of(panel, group_count(panel.len())),
            end: end.filter(|_| aligned),
            size: ModelSize::of(panel, method, horizon, season),
            known: &[],
        }
    }

    /// Take groups of the same series from `before`.
    fn knowing(mut self, before: &'a PanelModel) -> Self {
        let (own, other) = (&self.settings, &before.settings);
        let same = (own.method, own.horizon) == (other.method, other.horizon);
        let plain = own.regressors.is_empty() && other.regressors.is_empty();
        if same && plain && before.groups.len() == self.series.len() {
            self.known = &before.groups;
        }
        self
    }

    fn fit(&self, news: NewsOfOthers, cache: Option<&mut StageCache>) -> PanelModel {
        let settings = &self.settings;
        let horizon = settings.horizon;
        let groups = self.groups(cache);
        let trained: Vec<&TrainingSeries> =
            groups.iter().flat_map(|group| &group.trained).collect();
        let errors = trained.iter().flat_map(|series| &series.errors.at_origins);
        let error_profile = ErrorProfile::of(errors, horizon);
        let (shared, interval_scale) = rayon::join(
            || {
                let by_series = trained.iter();
                let by_series = by_series.map(|s| (s.last, s.one_step, &s.errors.at_origins[..]));
                OriginComponent::of(by_series, &error_profile, horizon)
            },
            || {
                let by_series = trained.iter();
                let by_series = by_series.map(|s| (s.one_step, &s.errors.at_origins[..]));
                IntervalScale::of(by_series, &error_profile)
            },
        );
        let interval_scale = interval_scale.in_doubt_for(trained.len(), shared);
        // The forecast of a single member is the member's own.
        let used = news == NewsOfOthers::Used && settings.method.combines();
        let news = used.then(|| self.news(&groups, &trained)).flatten();
        PanelModel {
            settings: settings.clone(),
            error_profile,
            interval_scale,
            news,
            size: self.size,
            groups,
        }
    }

    /// Return the groups: those that are known, and the others fitted.
    fn groups(&self, mut cache: Option<&mut StageCache>) -> Vec<Arc<TrainingGroup>> {
        let contents: Vec<ContentHash> = self.series.par_iter().map(GroupSeries::content).collect();
        let fit = |(group, (series, content)): (usize, (&GroupSeries<'a>, ContentHash))| {
            let known = self.known.get(group);
            if let Some(known) = known.filter(|known| known.is_of(content)) {
                return Arc::clone(known);
            }
            let cache = cache.as_deref_mut().zip(self.end);
            let cache = cache.map(|(cache, end)| (cache, end, group));
            Arc::new(TrainingGroup::fit(series, content, &self.settings, cache))
        };
        let series = self.series.iter().zip(contents);
        series.enumerate().map(fit).collect()
    }

    /// Estimate what newer months say of series that are behind.
    fn news(
        &self,
        groups: &[Arc<TrainingGroup>],
        trained: &[&TrainingSeries],
    ) -> Option<PanelNews> {
        let ends: Vec<Month> = trained.iter().map(|series| series.last).collect();
        let ids = groups.iter().flat_map(|group| group.ids());
        let ids: Vec<&str> = ids.map(|id| &**id).collect();
        let of_group = |(group, series): (&'_ Arc<TrainingGroup>, &'_ GroupSeries<'a>)| {
            let series: Vec<Series<'a>> = group.of_training(series).copied().collect();
            (Arc::clone(group), series)
        };
        let by_group: Vec<_> = groups.iter().zip(&self.series).map(of_group).collect();
        let places: Vec<(&TrainingGroup, usize, &Series<'_>)> = by_group
            .iter()
            .flat_map(|(group, series)| {
                let series = series.iter().enumerate();
                series.map(move |(k, series)| (&**group, k, series))
            })
            .collect();
        PanelNews::of(
            &ids,
            &ends,
            self.settings.horizon,
            |k| {
                let (group, place, series) = places[k];
                group.scaled_errors(&self.settings, place, series)
            },
            |k| &trained[k].errors.at_origins,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::FittedForecast;
    use proptest::prelude::*;

    /// The number of series, and the number of groups.
    const PANEL: [usize; 2] = [60, 4];

    fn noise(k: usize, t: usize) -> f64 {
        let mixed = crate::trade::stable_hash(format!("{k} {t}").as_bytes());
        (mixed % 10_000) as f64 / 5_000.0 - 1.0
    }

    fn training<'a>(panel: &[Series<'a>]) -> Training<'a> {
        Training {
            series: GroupSeries::of(panel, PANEL[1]),
            ..Training::new(panel, Method::Auto, 6, Arc::default())
        }
    }

    fn read(panel: &[Series<'_>], model: &PanelModel) -> Vec<impl PartialEq + std::fmt::Debug> {
        let of = |series: &Series<'_>| {
            let fitted = FittedForecast::new(series, model).ok()?;
            let bits = |v: f64| v.to_bits();
            let interval = fitted.interval(0.8).into_iter();
            Some((
                fitted.point().iter().copied().map(bits).collect::<Vec<_>>(),
                interval
                    .map(|(a, b)| (bits(a), bits(b)))
                    .collect::<Vec<_>>(),
                fitted.weights().to_vec(),
                fitted.evaluation().clone(),
                fitted.paths(20, 7),
            ))
        };
        panel.iter().map(of).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]
        /// A commit replaces figures, adds months or adds a series.
        #[test]
        fn a_model_after_any_commits_is_that_of_a_full_fit_to_the_bit(
            commits in prop::collection::vec((0..PANEL[0], 0..80_usize, 0.5..2.0_f64), 1..5),
        ) {
            let ids: Vec<String> = (0..=PANEL[0]).map(|k| format!("s{k}")).collect();
            let series = |k: usize| -> Vec<f64> {
                (0..78).map(|t| 100.0 * (0.2 * noise(k, t)).exp()).collect()
            };
            let mut values: Vec<Vec<f64>> = (0..PANEL[0]).map(series).collect();
            let first = Month::january(2015);
            let mut model: Option<PanelModel> = None;
            let mut shared = 0;
            for (k, t, factor) in std::iter::once((0, 79, 1.0)).chain(commits) {
                match t {
                    0..78 => values[k][t] *= factor,
                    78 => values.push(series(PANEL[0])),
                    _ => values[k].push(100.0 * factor),
                }
                values.truncate(PANEL[0] + 1);
                let panel: Vec<Series<'_>> = ids
                    .iter()
                    .zip(&values)
                    .map(|(id, values)| Series::new(id, first, values, false))
                    .collect();
                let afresh = training(&panel).fit(NewsOfOthers::Used, None);
                let after = match &model {
                    Some(before) => {
                        let after = training(&panel).knowing(before);
                        let after = after.fit(NewsOfOthers::Used, None);
                        let same = |(a, b): &(&Arc<_>, &Arc<_>)| Arc::ptr_eq(a, b);
                        let both = before.groups.iter().zip(&after.groups);
                        shared += both.filter(same).count();
                        after
                    }
                    None => training(&panel).fit(NewsOfOthers::Used, None),
                };
                prop_assert_eq!(read(&panel, &after), read(&panel, &afresh));
                model = Some(after);
            }
            prop_assert!(shared >= PANEL[1] - 1, "{} groups taken over", shared);
        }
    }
}
