//! The series of a scenario: their histories and forecasts, and the months that they share.

use super::request::ScenarioRunError;
use super::shock::{Shock, ShockError, ShockTarget};
use crate::pipeline::failure::ForecastError;
use crate::pipeline::plan::PreparedPlan;
use crate::projection::{Assumption, FittedForecast, PanelModel, ProjectionError};
use crate::trade::{Month, Series, SeriesKey, Span};

/// The history of a series and its forecasts: of the baseline, and on the condition that the shocks
/// of regressors state.
pub(super) struct FittedSeries<'a> {
    pub(super) requested: &'a str,
    pub(super) key: SeriesKey,
    pub(super) series: Series<'a>,
    pub(super) baseline: FittedForecast<'a>,
    pub(super) conditional: Option<FittedForecast<'a>>,
}

impl<'a> FittedSeries<'a> {
    /// Fit the series of key `requested`.
    ///
    /// # Errors
    /// Why it cannot be forecast.
    pub(super) fn fit(
        plan: &'a PreparedPlan,
        requested: &'a str,
        assumed: &[Assumption],
    ) -> Result<Self, ForecastError> {
        let (model, request) = (plan.model(), plan.request());
        let (key, series) = plan.snapshot().series(requested, request.vintage)?;
        let events = request.events.of(series.id());
        let conditional = if assumed.is_empty() {
            None
        } else {
            Some(FittedForecast::assuming(&series, model, &events, assumed)?)
        };
        Ok(Self {
            requested,
            key: key.clone(),
            baseline: FittedForecast::with_events(&series, model, &events)?,
            conditional,
            series,
        })
    }
}

/// Return the series whose forecasts have months in common, and a failure for each that ended so
/// long before the last one that its forecast reaches no month ahead of that.
pub(super) fn with_common_months(
    members: Vec<FittedSeries<'_>>,
    horizon: usize,
) -> (Vec<FittedSeries<'_>>, Vec<(String, ForecastError)>) {
    let latest = members.iter().map(|member| member.series.last()).max();
    let near = |member: &FittedSeries<'_>| {
        latest.is_none_or(|latest| member.series.last().forward(horizon) > latest)
    };
    let (near, far): (Vec<_>, Vec<_>) = members.into_iter().partition(near);
    let failure = |member: FittedSeries<'_>| {
        let last = member.series.last();
        let (reach, beside) = (last.forward(horizon), latest.unwrap_or(last));
        let error = ProjectionError::Unfit {
            method: "a joint forecast",
            reason: format!(
                "the series have no months in common: this one ends in {last} and is forecast to \
                 {reach}, another one ends in {beside}"
            ),
        };
        (member.requested.to_owned(), error.into())
    };
    (near, far.into_iter().map(failure).collect())
}

/// Return the first month and the number of months that comparisons of all series need: from two
/// calendar years or 23 months before the first month ahead, to the last month that all forecasts
/// reach. `None` without series.
pub(super) fn window(members: &[FittedSeries<'_>], horizon: usize) -> Option<(Month, usize)> {
    let start = |member: &FittedSeries<'_>| {
        let next = member.series.last().plus(1);
        Month::january(next.year() - 1).min(next.back(23))
    };
    let first = members.iter().map(start).min()?;
    let last = members.iter().map(|member| member.series.last()).min()?;
    let months = usize::try_from(last.since(first) + 1).ok()? + horizon;
    Some((first, months))
}

/// Refuse a shock of a regressor that the model does not have, or of months of which none lies
/// ahead.
///
/// # Errors
/// [`ShockError::NothingHit`] or [`ShockError::NothingAhead`].
pub(super) fn check_regressor_shock(
    shock: &Shock,
    model: &PanelModel,
    members: &[FittedSeries<'_>],
    horizon: usize,
) -> Result<(), ShockError> {
    let ShockTarget::Regressor(name) = shock.target() else {
        return Ok(());
    };
    let target = || shock.target().to_string();
    if !model.regressor_names().contains(name) {
        let names = model.regressor_names().iter().cloned();
        return Err(ShockError::NothingHit {
            target: target(),
            offered: names.map(ShockTarget::Regressor).collect(),
        });
    }
    let last = window(members, horizon).map(|(first, months)| first.forward(months).back(1));
    let ahead = |member: &FittedSeries<'_>, month: Month| {
        month > member.series.last() && last.is_some_and(|last| month <= last)
    };
    let any = shock
        .months()
        .iter()
        .any(|month| members.iter().any(|member| ahead(member, month)));
    if any || members.is_empty() {
        Ok(())
    } else {
        let ends = members.iter().map(|member| member.series.last().plus(1));
        let ahead = ends.min().zip(last);
        Err(ShockError::NothingAhead {
            target: target(),
            months: shock.months(),
            ahead: ahead.and_then(|(first, last)| Span::between(first, last)),
        })
    }
}

/// Refuse more numbers than one side of a scenario may hold.
///
/// # Errors
/// [`ScenarioRunError::TooLarge`].
pub(super) fn check_size(
    series: usize,
    months: usize,
    paths: usize,
) -> Result<(), ScenarioRunError> {
    let numbers = series.saturating_mul(months).saturating_mul(paths);
    if numbers > super::request::MAX_NUMBERS {
        return Err(ScenarioRunError::TooLarge { numbers });
    }
    Ok(())
}
