//! The panel model: what is estimated over all series of a panel.

use crate::models::SeasonLength;
use crate::projection::combine::error_profile::ErrorProfile;
use crate::projection::combine::interval::IntervalScale;
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths::MemberPath;
use crate::projection::combine::method::Method;
use crate::projection::combine::origin_component::OriginComponent;
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::combine::weights::{MemberWeighting, mean_panel_errors};
use crate::projection::error::MIN_MONTHS;
use crate::projection::history::gaps::latest_stretch;
use crate::projection::history::one_step_errors::one_step_errors;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::projection::panel::panel_news::{NewsPart, PanelNews, ScaledErrors, SeriesNews, WINDOW};
use crate::projection::panel::series_errors::SeriesErrors;
use crate::projection::panel::stage::{Stage, TrainingPanel};
use crate::projection::panel::stage_cache::StageCache;
use crate::trade::regressors::{MissingRegressor, Regressors};
use crate::trade::{Month, Series};
use crate::work::Work;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The months back of the rolling origins that weigh members and measure errors.
const ORIGINS: [usize; 4] = [6, 12, 18, 24];
/// A panel whose series give fewer vectors of errors at these origins gets more origins.
const ENOUGH_VECTORS: usize = 600;
/// The most origins.
const MOST_ORIGINS: usize = 40;
/// The furthest origin back that a long horizon adds.
const FURTHEST: usize = 60;
/// A larger panel is trained on an evenly spaced sample of so many series.
const MOST_TRAINING_SERIES: usize = 4096;

/// What is estimated over a panel for one method and horizon: pooled regressions, the weights'
/// prior, and how errors grow. It is fitted once and then used for any series.
#[derive(Debug)]
pub struct PanelModel {
    method: Method,
    horizon: usize,
    season: SeasonLength,
    regressors: Arc<Regressors>,
    /// The panel at the last month.
    last_stage: Arc<Stage>,
    /// The panel at each rolling origin, given in months back.
    rolling_stages: Vec<(usize, Arc<Stage>)>,
    /// Each member's mean scaled error over the panel; `None` where no origin counted.
    panel_errors: Option<Vec<f64>>,
    error_profile: ErrorProfile,
    interval_scale: IntervalScale,
    /// The errors of the training series themselves, so that they are not computed again.
    series_errors: HashMap<Box<str>, SeriesErrors>,
    /// What newer months say of series that are behind; `None` where all end together.
    news: Option<PanelNews>,
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
        Self::train(panel, method, horizon, regressors, NewsOfOthers::Used, None)
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
        Self::train(panel, method, horizon, regressors, news, None)
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
        let news = NewsOfOthers::Used;
        Self::train(panel, method, horizon, regressors, news, Some(cache))
    }

    fn train(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        regressors: Arc<Regressors>,
        news: NewsOfOthers,
        cache: Option<&mut StageCache>,
    ) -> Self {
        // Every series is monthly.
        let season = SeasonLength::MONTHLY;
        let (ids, prepared) = training_series(panel, horizon, season, &regressors);
        let training = TrainingPanel {
            members: method.members(),
            ids: &ids,
            series: &prepared,
            season,
        };
        let end = panel.first().map(Series::last);
        let aligned = panel.iter().all(|series| Some(series.last()) == end);
        let mut cache = cache.zip(end).filter(|_| aligned);
        let all: Vec<usize> = (0..prepared.len()).collect();
        let (last_stage, last_origins) = training.stage(&all, 0, horizon, cache.is_some());
        let last_stage = Arc::new(last_stage);
        let origins = origins(horizon, prepared.len());
        let furthest = origins.iter().copied().max().unwrap_or(0);
        if let Some((cache, end)) = &mut cache {
            cache.keep(*end, horizon, &last_stage, end.back(furthest));
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
            let chosen_ids: Vec<&str> = chosen.iter().map(|k| ids[*k]).collect();
            let cached = cache
                .as_ref()
                .and_then(|(cache, end)| cache.get(origin(*end), steps, &chosen_ids));
            let stage =
                cached.unwrap_or_else(|| Arc::new(training.stage(&chosen, back, steps, true).0));
            if let Some((cache, end)) = &mut cache {
                cache.keep(origin(*end), steps, &stage, end.back(furthest));
            }
            for (k, evaluation) in chosen.into_iter().zip(&stage.evaluations) {
                let actual = prepared[k].actual(back, horizon);
                evaluations[k].push(evaluation.against(back, actual));
            }
            rolling_stages.push((back, stage));
        }
        let panel_errors = mean_panel_errors(&evaluations, method.members().len());
        let mut model = Self {
            method,
            horizon,
            season,
            regressors,
            last_stage,
            rolling_stages,
            panel_errors,
            error_profile: ErrorProfile::default(),
            interval_scale: IntervalScale::default(),
            series_errors: HashMap::new(),
            news: None,
        };
        let work = Work::current();
        let errors: Vec<(f64, SeriesErrors)> = prepared
            .par_iter()
            .zip(&evaluations)
            .zip(&last_origins)
            .enumerate()
            .map(|(k, ((series, evaluations), origin))| {
                let mut errors = work.part(|| model.measure(series, origin, evaluations));
                errors.training_place = Some(k);
                (origin.one_step, errors)
            })
            .collect();
        model.error_profile = ErrorProfile::of(
            errors.iter().flat_map(|(_, errors)| &errors.at_origins),
            horizon,
        );
        let of_series = prepared.iter().zip(&errors);
        let shared = OriginComponent::of(
            of_series.map(|(s, (one_step, e))| (s.last(), *one_step, &e.at_origins[..])),
            &model.error_profile,
            horizon,
        );
        let by_series = errors
            .iter()
            .map(|(one_step, errors)| (*one_step, &errors.at_origins[..]));
        model.interval_scale =
            IntervalScale::of(by_series, &model.error_profile).in_doubt_for(prepared.len(), shared);
        // The forecast of a single member is the member's own.
        if news == NewsOfOthers::Used && method.combines() {
            let ends: Vec<Month> = prepared.iter().map(PreparedSeries::last).collect();
            let expected = model.pooled_fit().expected();
            model.news = PanelNews::of(
                &ids,
                &ends,
                horizon,
                |k| one_step_errors(&prepared[k], WINDOW, expected),
                |k| &errors[k].1.at_origins,
            );
        }
        model.series_errors = ids
            .into_iter()
            .map(Box::from)
            .zip(errors.into_iter().map(|(_, errors)| errors))
            .collect();
        model
    }

    /// Prepare a series for this model.
    ///
    /// # Errors
    /// [`MissingRegressor`] where the regressors do not cover its months.
    pub(in crate::projection) fn prepare(
        &self,
        series: &Series<'_>,
    ) -> Result<PreparedSeries, MissingRegressor> {
        PreparedSeries::new(series, self.horizon, &self.regressors, self.season)
    }

    /// Return the method of this model.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Return the horizon of this model in months.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// Return how many months make a season.
    pub(in crate::projection) fn season(&self) -> SeasonLength {
        self.season
    }

    /// Return the names of the user's regressors.
    pub fn regressor_names(&self) -> &[String] {
        self.regressors.names()
    }

    /// Return what was estimated over the panel at its last month.
    pub(in crate::projection) fn pooled_fit(&self) -> &PooledFit {
        &self.last_stage.pooled_fit
    }

    /// Return the stages of the rolling origins.
    #[cfg(test)]
    pub(super) fn rolling_stages(&self) -> impl Iterator<Item = &Arc<Stage>> {
        self.rolling_stages.iter().map(|(_, stage)| stage)
    }

    /// Return the members' forecasts of a training series from its last month, where training made
    /// them.
    pub(super) fn training_paths(&self, errors: &SeriesErrors) -> Option<&[MemberPath]> {
        Some(
            &self
                .last_stage
                .evaluations
                .get(errors.training_place?)?
                .paths,
        )
    }

    pub(in crate::projection) fn error_profile(&self) -> &ErrorProfile {
        &self.error_profile
    }

    pub(in crate::projection) fn interval_scale(&self) -> &IntervalScale {
        &self.interval_scale
    }

    pub(in crate::projection) fn members(&self) -> &[Member] {
        self.method.members()
    }

    /// Return the news of others on a series, with its one-step errors; `place` is that of a
    /// training series of the same values.
    pub(super) fn news_of(
        &self,
        series: &PreparedSeries,
        place: Option<usize>,
    ) -> Option<SeriesNews> {
        let news = self.news.as_ref()?;
        if !news.concerns(series.last()) {
            return None;
        }
        if let Some(place) = place {
            return news.of_series(news.errors_of(place)?);
        }
        let errors = one_step_errors(series, WINDOW, self.pooled_fit().expected())?;
        news.of_series(&ScaledErrors::of(series.last(), &errors)?)
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
        let known = self.series_errors.get(id);
        if let Some(known) = known.filter(|errors| errors.fits(series)) {
            return Cow::Borrowed(known);
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
                series.actual(*back, self.horizon),
                self.members(),
                pooled_fit,
            )
        };
        let evaluations: Vec<OriginEvaluation> = reached.map(evaluate).collect();
        Cow::Owned(self.measure(series, origin, &evaluations))
    }

    fn measure(
        &self,
        series: &PreparedSeries,
        origin: &Origin<'_>,
        evaluations: &[OriginEvaluation],
    ) -> SeriesErrors {
        let weighting = MemberWeighting {
            rule: self.method.rule(),
            members: self.members(),
            panel_errors: self.panel_errors.as_deref(),
        };
        SeriesErrors::measure(&weighting, self.method, series, origin, evaluations)
    }
}

/// Return the ids of the series that a model is trained on, and the series themselves: an evenly
/// spaced sample of a large panel, without series that are short, have many gaps or lack
/// regressors.
fn training_series<'a>(
    panel: &[Series<'a>],
    horizon: usize,
    season: SeasonLength,
    regressors: &Regressors,
) -> (Vec<&'a str>, Vec<PreparedSeries>) {
    // Not spaced by a whole step: keys alternate between flows, and every other one may be imports.
    let count = panel.len().min(MOST_TRAINING_SERIES);
    let chosen = |k: usize| latest_stretch(&panel[k * panel.len() / count]);
    let work = Work::current();
    (0..count)
        .into_par_iter()
        .map(chosen)
        .filter(|series| {
            series.len() - series.gaps() >= MIN_MONTHS && 2 * series.gaps() <= series.len()
        })
        .filter_map(|series| {
            let prepare = || PreparedSeries::new(&series, horizon, regressors, season);
            Some((series.id(), work.part(prepare).ok()?))
        })
        .unzip()
}

/// Return the rolling origins for a horizon, in months back: the usual ones, more of them for few
/// training series, and one as far back as the horizon where that is further, so that there are
/// whole vectors of errors to draw paths from.
fn origins(horizon: usize, training_series: usize) -> Vec<usize> {
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
}
