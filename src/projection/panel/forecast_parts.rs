//! The fit of a series: members run, combined and scaled.

use crate::models::naive::seasonal_naive;
use crate::projection::combine::combination::combine;
use crate::projection::combine::error_profile::{
    ErrorProfile, OriginErrors, own_scale, short_history,
};
use crate::projection::combine::evaluation::Evaluation;
use crate::projection::combine::interval::{DeviationLimits, IntervalScale};
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths::{self, MemberPath};
use crate::projection::combine::method::CombinationRule;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::combine::post_processing::PostProcessing;
use crate::projection::error::ProjectionError;
use crate::projection::history::gaps::monthly_stretch;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::projection::history::stated_events::StatedEvents;
use crate::projection::panel::forecast_note::{ForecastNote, notes};
use crate::projection::panel::panel_model::PanelModel;
use crate::projection::panel::panel_news::SeriesNews;
use crate::projection::panel::series_errors::SeriesErrors;
use crate::trade::{Month, Series};

/// What a fit computes.
#[derive(Debug)]
pub(super) struct ForecastParts<'p> {
    pub(super) model: &'p PanelModel,
    /// What was estimated over the group of the series.
    pub(super) pooled_fit: &'p PooledFit,
    pub(super) first: Month,
    pub(super) last: Month,
    pub(super) point: Vec<f64>,
    /// The path of a flow that goes on at its latest level, around which errors lie.
    pub(super) centre: Vec<f64>,
    pub(super) post_processing: PostProcessing,
    pub(super) naive: Vec<f64>,
    pub(super) weights: Vec<(Member, f64)>,
    /// The scale of errors at each step, transformed scale.
    pub(super) error_scale: Vec<f64>,
    pub(super) limits: DeviationLimits,
    pub(super) notes: Vec<ForecastNote>,
    pub(super) evaluation: Evaluation,
    /// What newer months of other series say.
    pub(super) news: Option<SeriesNews>,
    /// The months of the series' own rolling origins, for the observed coverage.
    pub(super) checked: CheckedMonths,
}

/// The months after a series' own rolling origins, with the limits of its deviations.
#[derive(Debug, Clone)]
pub(in crate::projection) struct CheckedMonths {
    limits: DeviationLimits,
    months: Vec<CheckedMonth>,
}

/// A month after one of a series' rolling origins.
#[derive(Debug, Clone, Copy)]
struct CheckedMonth {
    forecast: f64,
    /// The scale of errors, transformed scale.
    error_scale: f64,
    actual: f64,
}

impl CheckedMonths {
    /// Return the share of months that lay within the central interval of `level` (0 to 1); `None`
    /// without any.
    pub(in crate::projection) fn coverage(&self, scale: &IntervalScale, level: f64) -> Option<f64> {
        let (reach, widen) = scale.at_level(level);
        let inside = self.months.iter().filter(|month| {
            let limits = &self.limits;
            let (lower, upper) = limits.interval(month.forecast, month.error_scale, reach, widen);
            lower <= month.actual && month.actual <= upper
        });
        let n = self.months.len();
        (n > 0).then(|| inside.count() as f64 / n as f64)
    }

    /// Return the bytes of the months.
    pub(in crate::projection) fn bytes(&self) -> usize {
        self.months.len() * size_of::<CheckedMonth>()
    }
}

impl<'p> ForecastParts<'p> {
    /// Run the members, unless their paths are known, and combine them.
    ///
    /// # Errors
    /// [`ProjectionError::Unfit`] where no member can be used.
    pub(super) fn fit(
        series: &Series<'_>,
        model: &'p PanelModel,
        prepared: &PreparedSeries,
        origin: &Origin<'_>,
        errors: &SeriesErrors,
        known: Option<&[MemberPath]>,
    ) -> Result<Self, ProjectionError> {
        let (months, gaps) = (series.len(), series.gaps());
        let horizon = model.horizon();
        let pooled_fit = model.pooled_fit(series.id());
        let weights = &errors.weights;
        let rule = model.method().rule();
        let paths = match known {
            Some(known) => known.to_vec(),
            None => member_paths::project(model.method(), origin, horizon, pooled_fit),
        };
        let unfit = || {
            let first = model.members().first().copied();
            first.unwrap_or(Member::Theta).unfit(months)
        };
        let point = combine(&paths, weights, rule)
            .or_else(|| combine(&paths, &vec![1.0; paths.len()], rule))
            .ok_or_else(unfit)?;
        let shared_fall = pooled_fit.shared_fall();
        let post_processing = PostProcessing::of(origin, horizon, shared_fall);
        let raise = post_processing.raise(model.method());
        let mut centre: Vec<f64> = point.iter().map(|f| f * raise).collect();
        let mut point = post_processing.apply(point, model.method());
        let usable: f64 = paths
            .iter()
            .zip(weights)
            .filter(|(path, _)| path.is_some())
            .map(|(_, w)| w)
            .sum();
        let share = |(path, w): (&MemberPath, &f64)| {
            if path.is_some() && usable > 0.0 {
                w / usable
            } else {
                0.0
            }
        };
        let shares = paths.iter().zip(weights).map(share);
        let profile = model.error_profile();
        let scale = own_scale(origin.one_step, &errors.at_origins, profile, None)
            * short_history(months - gaps);
        let mut error_scale: Vec<f64> = profile
            .at(pooled_fit.roughness_rank(origin))
            .iter()
            .map(|p| p * scale)
            .collect();
        let unseen = origin.unseen_phases();
        if !unseen.is_empty() {
            let season = origin.unseen_season(&unseen);
            let phase = |k: usize| k % origin.season.get();
            let steps = error_scale.iter_mut().enumerate();
            let steps = steps.filter(|(k, _)| unseen.contains(&phase(*k)));
            steps.for_each(|(_, scale)| *scale = scale.hypot(season));
        }
        let mut notes = notes(prepared, origin, gaps);
        let place = known.and(errors.training_place);
        let news = model
            .news_of(series.id(), prepared, place)
            .filter(|_| !notes.contains(&ForecastNote::Constant));
        if rule == CombinationRule::InverseError && shared_fall > 0.0 {
            let percent = (100.0 * shared_fall).round() as u8;
            notes.push(ForecastNote::SharedFall(percent));
        }
        if let Some(news) = &news {
            for (k, shift) in news.shift.iter().enumerate() {
                point[k] *= shift.exp();
                centre[k] *= shift.exp();
                error_scale[k] = narrowed(error_scale[k], news.known_variance[k]);
            }
            notes.push(ForecastNote::NewerMonths {
                series: news.sources,
                latest: news.latest,
                per_mille: (1000.0 * news.shift[0].exp_m1()).round() as i32,
            });
        }
        if notes.contains(&ForecastNote::Constant) {
            point.fill(origin.y[0]);
            centre.fill(origin.y[0]);
            error_scale.fill(0.0);
        }
        let largest = origin.y.iter().fold(0.0, |m, v| v.abs().max(m));
        let limits = DeviationLimits {
            transform: origin.transform,
            largest,
        };
        if !point.iter().chain(&error_scale).all(|v| v.is_finite()) {
            return Err(unfit());
        }
        Ok(Self {
            model,
            pooled_fit,
            first: series.first(),
            last: series.last(),
            naive: seasonal_naive(origin.y, origin.season, horizon),
            weights: model.members().iter().copied().zip(shares).collect(),
            error_scale,
            limits,
            notes,
            evaluation: errors.evaluation.clone(),
            checked: CheckedMonths {
                limits,
                months: checked_months(origin.one_step, &errors.at_origins, profile),
            },
            point,
            centre,
            post_processing,
            news,
        })
    }
}

impl ForecastParts<'_> {
    /// Note the events that are stated of the series and lie outside it, and figures of the `whole`
    /// series at another frequency, after which its history begins.
    pub(super) fn noting(mut self, events: &StatedEvents, whole: &Series<'_>) -> Self {
        let earlier = monthly_stretch(whole).1;
        let earlier = earlier.filter(|stretch| stretch.end() <= self.first);
        self.notes.extend(earlier.map(ForecastNote::OtherFrequency));
        let outside = events.outside(self.first, self.last);
        self.notes
            .extend(outside.into_iter().map(ForecastNote::EventOutside));
        self
    }
}

/// Return a scale of errors without the variance that is known by now: at least half of it is left.
fn narrowed(scale: f64, known_variance: f64) -> f64 {
    (scale * scale - known_variance)
        .max(0.25 * scale * scale)
        .sqrt()
}

/// Return the months after a series' rolling origins, each with a scale of errors that does not
/// know its own origin.
fn checked_months(
    one_step: f64,
    at_origins: &[OriginErrors],
    profile: &ErrorProfile,
) -> Vec<CheckedMonth> {
    let mut checked = Vec::new();
    for errors in at_origins {
        let scale = own_scale(one_step, at_origins, profile, Some(errors.back));
        let steps = errors
            .centre
            .iter()
            .zip(profile.at(errors.roughness_rank))
            .zip(&errors.actual);
        checked.extend(steps.filter(|(_, actual)| !actual.is_nan()).map(
            |((forecast, p), actual)| CheckedMonth {
                forecast: *forecast,
                error_scale: scale * p,
                actual: *actual,
            },
        ));
    }
    checked
}
