//! Why a forecast changed: what revisions, new figures and the model each did to every number.
//!
//! The way from the forecast before to the forecast after is walked in a fixed order, one step at a
//! time, and what a step does to a number is that step's part of the change. The parts add up to
//! the change because the steps lead from one end to the other:
//!
//! 1. **Revisions**: the figures of the months known before, as they are known now; the model as it
//!    was.
//! 2. **New figures**, month by month from the earliest: each added to those before it; the model
//!    still as it was.
//! 3. **Model**: fitted again to the panel as it is known now.
//!
//! The model is what is estimated from the panel and from past errors: pooled regressions, calendar
//! effects, the weights of members, the growth of errors. What members estimate on the series
//! itself (smoothing weights, its season) follows its figures and belongs to steps 1 and 2. All
//! forecasts draw with one seed. Another order would divide differently what two steps only do
//! together; this one is the order of a forecasting round: figures come first, the model is fitted
//! to them.

use super::failure::ForecastError;
use super::plan::PreparedPlan;
use super::request::ForecastRequest;
use crate::growth::{GrowthMeasure, HistoryAndDraws};
use crate::projection::{FittedForecast, PanelModel};
use crate::trade::{Month, Series, seeded_hash};

/// A number that can change between two forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// The figure of a month, observed or the point forecast, in the unit of the series.
    Value(Month),
    /// The median of growth at a month, as a fraction.
    Growth(GrowthMeasure, Month),
}

/// The change of one number. `after − before = revisions + Σ new_figures + model`.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastChange {
    /// The number.
    pub quantity: Quantity,
    /// Its earlier value.
    pub before: f64,
    /// Its present value.
    pub after: f64,
    /// The part of revisions of figures known before.
    pub revisions: f64,
    /// The part of each new figure, in the order of months.
    pub new_figures: Vec<(Month, f64)>,
    /// The part of the model that was fitted again.
    pub model: f64,
}

/// The information that a forecast was made from: a series as known at one time, and the model
/// fitted to the panel then. The two sides of a comparison may be two as-of dates of one snapshot,
/// two snapshots, or two versions of a store.
#[derive(Debug, Clone, Copy)]
pub struct InformationSet<'a> {
    /// The series.
    pub series: &'a Series<'a>,
    /// The model fitted to the panel.
    pub model: &'a PanelModel,
}

/// Decompose the change of the forecast of `key` from one plan to another: from two as-of dates of
/// one snapshot, or from two snapshots.
///
/// # Errors
/// Why the series cannot be forecast from either.
pub fn forecast_changes(
    before: &PreparedPlan,
    after: &PreparedPlan,
    key: &str,
) -> Result<Vec<ForecastChange>, ForecastError> {
    let (_, was) = before.snapshot().series(key, before.request().vintage)?;
    let (_, is) = after.snapshot().series(key, after.request().vintage)?;
    let (before, request) = (
        InformationSet {
            series: &was,
            model: before.model(),
        },
        after.request(),
    );
    let after = InformationSet {
        series: &is,
        model: after.model(),
    };
    decompose_change(before, after, request)
}

/// Decompose the change of a forecast from one information set to another. The result holds every
/// number that both have: value and growth of each month from the first that lay ahead before, and
/// the growth of each calendar year. `request` gives horizon, number of paths and seed.
///
/// # Errors
/// Why the series cannot be projected from either.
pub fn decompose_change(
    before: InformationSet<'_>,
    after: InformationSet<'_>,
    request: &ForecastRequest,
) -> Result<Vec<ForecastChange>, ForecastError> {
    let seed = seeded_hash(request.seed, after.series.id());
    // An event is known on both sides, as far as its months are.
    let events = request.events.of(after.series.id());
    let quantities = quantities(before.series.last(), request.horizon);
    let read = |series: &Series<'_>, fitted: &FittedForecast<'_>| -> Vec<Option<f64>> {
        let paths = fitted.paths(request.paths, seed);
        let future = HistoryAndDraws {
            history: series,
            point: fitted.point(),
            naive: fitted.naive(),
            paths: &paths,
        };
        quantities
            .iter()
            .map(|quantity| quantity.read(&future))
            .collect()
    };
    let first = read(
        before.series,
        &FittedForecast::with_events(before.series, before.model, &events)?,
    );
    let last = read(
        after.series,
        &FittedForecast::with_events(after.series, after.model, &events)?,
    );
    // The steps on the way: the month that each adds, and the numbers after it.
    let mut known = before.series.last();
    let mut steps: Vec<(Option<Month>, Vec<Option<f64>>)> = Vec::new();
    let revised = after.series.until(known);
    if same(&revised, before.series) {
        steps.push((None, first.clone()));
    } else {
        let held =
            FittedForecast::with_held_weights(&revised, before.model, before.series, &events)?;
        steps.push((None, read(&revised, &held)));
    }
    while known < after.series.last() {
        known = known.plus(1);
        if after.series.at(known).is_some() {
            let grown = after.series.until(known);
            let held =
                FittedForecast::with_held_weights(&grown, before.model, before.series, &events)?;
            steps.push((Some(known), read(&grown, &held)));
        }
    }
    let change = |(k, quantity): (usize, &Quantity)| {
        let (was, is) = (first[k]?, last[k]?);
        let mut at = was;
        let mut revisions = 0.0;
        let mut new_figures = Vec::new();
        for (month, step) in &steps {
            let here = step[k]?;
            match month {
                None => revisions = here - at,
                Some(month) => new_figures.push((*month, here - at)),
            }
            at = here;
        }
        Some(ForecastChange {
            quantity: *quantity,
            before: was,
            after: is,
            revisions,
            new_figures,
            model: is - at,
        })
    };
    Ok(quantities.iter().enumerate().filter_map(change).collect())
}

impl Quantity {
    fn read(self, future: &HistoryAndDraws<'_>) -> Option<f64> {
        match self {
            Self::Value(month) => {
                let ahead = month.since(future.history.last()) - 1;
                match usize::try_from(ahead) {
                    Ok(ahead) => future.point.get(ahead).copied(),
                    Err(_) => future.history.at(month),
                }
            }
            Self::Growth(measure, month) => Some(future.read(measure, month, &[])?.median),
        }
    }
}

/// Return the numbers of the months that lay ahead after `last`.
fn quantities(last: Month, horizon: usize) -> Vec<Quantity> {
    let months = (1..=horizon).map(|k| last.forward(k));
    let of_month = |month: Month| {
        let whole = (month.of_year() == 12).then_some(GrowthMeasure::Year);
        [
            Some(GrowthMeasure::Month),
            Some(GrowthMeasure::YearToDate),
            whole,
            Some(GrowthMeasure::TrailingYear),
        ]
        .into_iter()
        .flatten()
        .map(move |measure| Quantity::Growth(measure, month))
        .chain([Quantity::Value(month)])
    };
    months.flat_map(of_month).collect()
}

/// Whether two histories are one: the same months with the same figures and gaps.
fn same(a: &Series<'_>, b: &Series<'_>) -> bool {
    let alike = |(x, y): (&f64, &f64)| x == y || (x.is_nan() && y.is_nan());
    a.first() == b.first() && a.len() == b.len() && a.values().iter().zip(b.values()).all(alike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Vintage;
    use crate::projection::Method;
    use proptest::prelude::*;

    fn request(horizon: i64) -> ForecastRequest {
        ForecastRequest::new(horizon, &[80.0], Vintage::Latest, 3, Method::Auto, 200).unwrap()
    }

    /// Return a panel of ten series with trend, season and noise.
    fn panel(n: usize) -> Vec<Vec<f64>> {
        let noise = |k: usize, t: usize| {
            ((t * 7919 + (t + k) * (t + 3 * k) * 104_729) % 1000) as f64 / 1000.0 - 0.5
        };
        (0..10)
            .map(|k| {
                (0..n)
                    .map(|t| {
                        let season = 0.2 * (t as f64 * std::f64::consts::FRAC_PI_6).sin();
                        100.0 * (0.004 * t as f64 + season + 0.1 * noise(k, t)).exp()
                    })
                    .collect()
            })
            .collect()
    }

    fn views<'a>(ids: &'a [String], values: &'a [Vec<f64>]) -> Vec<Series<'a>> {
        ids.iter()
            .zip(values)
            .map(|(id, v)| Series::new(id, Month::january(2015), v, false))
            .collect()
    }

    fn ids() -> Vec<String> {
        (0..10).map(|k| format!("s{k}")).collect()
    }

    /// Return the changes of the first series between two panels, each with its own model.
    fn between(before: &[Vec<f64>], after: &[Vec<f64>], horizon: i64) -> Vec<ForecastChange> {
        let (ids, request) = (ids(), request(horizon));
        let (before, after) = (views(&ids, before), views(&ids, after));
        let model = |panel: &[Series<'_>]| PanelModel::fit(panel, Method::Auto, request.horizon);
        let (model_before, model_after) = (model(&before), model(&after));
        let at = |series, model| InformationSet { series, model };
        decompose_change(
            at(&before[0], &model_before),
            at(&after[0], &model_after),
            &request,
        )
        .unwrap()
    }

    fn check(changes: &[ForecastChange]) {
        assert!(!changes.is_empty());
        for change in changes {
            let new: f64 = change.new_figures.iter().map(|(_, v)| v).sum();
            let sum = change.revisions + new + change.model;
            let size = 1.0 + change.before.abs() + change.after.abs();
            assert!(
                (change.after - change.before - sum).abs() < 1e-9 * size,
                "{change:?}"
            );
        }
    }

    fn year(changes: &[ForecastChange], year: i32) -> &ForecastChange {
        let december = Month::new(year, 12).unwrap();
        let wanted = Quantity::Growth(GrowthMeasure::Year, december);
        changes
            .iter()
            .find(|change| change.quantity == wanted)
            .unwrap()
    }

    #[test]
    fn the_same_twice_has_not_changed() {
        let changes = between(&panel(76), &panel(76), 12);
        check(&changes);
        for change in &changes {
            assert_eq!((change.revisions, change.model), (0.0, 0.0));
            assert!(change.new_figures.is_empty() && change.before == change.after);
        }
    }

    #[test]
    fn a_planted_revision_is_found_as_one() {
        let before = panel(76);
        let mut after = before.clone();
        // April 2021 is the last month; the figure of February is raised by a tenth, in one series
        // alone.
        after[0][73] *= 1.1;
        let changes = between(&before, &after, 12);
        check(&changes);
        let change = year(&changes, 2021);
        assert!(change.new_figures.is_empty());
        // February is about a twelfth of the year, so that the figure itself adds a tenth of that;
        // a higher estimate of the level adds more.
        assert!(change.revisions > 0.006, "{change:?}");
        assert!(change.model.abs() < change.revisions, "{change:?}");
    }

    #[test]
    fn each_new_figure_has_its_part() {
        let whole = panel(79);
        let mut after = whole.clone();
        // Of the three new months of the first series, the middle one is far above any forecast.
        after[0][77] *= 1.5;
        let before: Vec<Vec<f64>> = whole.iter().map(|v| v[..76].to_vec()).collect();
        let changes = between(&before, &after, 12);
        check(&changes);
        let change = year(&changes, 2021);
        assert_eq!(change.revisions, 0.0);
        let months: Vec<String> = change
            .new_figures
            .iter()
            .map(|(m, _)| m.to_string())
            .collect();
        assert_eq!(months, ["2021-05", "2021-06", "2021-07"]);
        let size = |k: usize| change.new_figures[k].1.abs();
        assert!(
            change.new_figures[1].1 > 0.03 && size(1) > size(0),
            "{change:?}"
        );
        // What is observed now is no forecast any more.
        let observed = Quantity::Value(Month::new(2021, 6).unwrap());
        let change = changes.iter().find(|c| c.quantity == observed).unwrap();
        assert_eq!(change.after, after[0][77]);
        assert_eq!((change.new_figures[2].1, change.model), (0.0, 0.0));
    }

    #[test]
    fn a_changed_panel_is_the_models_part() {
        let before = panel(76);
        let mut after = before.clone();
        for (k, series) in after.iter_mut().enumerate().skip(1) {
            series
                .iter_mut()
                .enumerate()
                .for_each(|(t, v)| *v *= 1.0 + 0.3 * ((t + k) % 5) as f64);
        }
        let changes = between(&before, &after, 12);
        check(&changes);
        assert!(
            changes
                .iter()
                .all(|c| c.revisions == 0.0 && c.new_figures.is_empty())
        );
        assert!(year(&changes, 2021).model != 0.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]
        #[test]
        fn parts_always_add_up(
            new in 0..5_usize,
            at in 0..76_usize,
            factor in 0.3..3.0_f64,
            gap in 0..4_usize,
        ) {
            let whole = panel(76 + new);
            let before: Vec<Vec<f64>> = whole.iter().map(|v| v[..76].to_vec()).collect();
            let mut after = whole.clone();
            after[0][at] *= factor;
            if gap + 1 < new {
                after[0][76 + gap] = f64::NAN;
            }
            check(&between(&before, &after, 9));
        }
    }
}
