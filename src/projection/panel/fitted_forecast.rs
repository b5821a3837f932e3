//! A method fitted to a series: point forecast and intervals.

use crate::projection::combine::evaluation::Evaluation;
use crate::projection::combine::interval::{Deviation, IntervalScale, normal_quantile};
use crate::projection::combine::member::Member;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::combine::post_processing::PostProcessing;
use crate::projection::error::{MIN_MONTHS, ProjectionError};
use crate::projection::history::gaps::latest_stretch;
use crate::projection::history::prepared::PreparedSeries;
use crate::projection::history::stated_events::StatedEvents;
use crate::projection::panel::forecast_note::ForecastNote;
use crate::projection::panel::forecast_parts::{CheckedMonths, ForecastParts};
use crate::projection::panel::panel_model::PanelModel;
use crate::projection::panel::panel_news::NewsPart;
use crate::trade::{FrequencyStretch, Month, Series};
use crate::work::checkpoint;

/// The forecast of a series over the horizon of its panel model.
#[derive(Debug)]
pub struct FittedForecast<'p> {
    parts: ForecastParts<'p>,
    /// The series that it was fitted to, for an explanation.
    prepared: PreparedSeries,
}

/// The value that a regressor is assumed to have in a month ahead, in its own unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    /// The name of the regressor.
    pub column: String,
    /// The month.
    pub month: Month,
    /// The value.
    pub value: f64,
}

impl<'p> FittedForecast<'p> {
    /// Fit the model's method to `series`, after its latest gap of three years or more and after
    /// figures at another frequency.
    ///
    /// # Errors
    /// [`ProjectionError::NotMonthly`] for figures at another frequency, which fewer than four
    /// monthly ones follow,
    /// [`ProjectionError::TooShort`] for fewer than four months with a value,
    /// [`ProjectionError::TooManyGaps`] where more than half of the months have none,
    /// [`ProjectionError::Unfit`] where the one member of the method cannot be used.
    pub fn new(series: &Series<'_>, model: &'p PanelModel) -> Result<Self, ProjectionError> {
        Self::with_events(series, model, &StatedEvents::default())
    }

    /// Fit `series` as [`FittedForecast::new`] does, with events that are stated of it. They
    /// override what its figures say of a shift in the last months, and its weights and the scale
    /// of its errors are its own.
    ///
    /// # Errors
    /// Those of [`FittedForecast::new`].
    pub fn with_events(
        series: &Series<'_>,
        model: &'p PanelModel,
        events: &StatedEvents,
    ) -> Result<Self, ProjectionError> {
        Self::assuming(series, model, events, &[])
    }

    /// Fit `series`, of which more or other values have become known since `before`, with the
    /// weights and the scale of errors of `before`. What members estimate on the series itself
    /// (smoothing weights, season, calendar effects) follows the new values.
    ///
    /// # Errors
    /// Those of [`FittedForecast::new`], for either series.
    pub fn with_held_weights(
        series: &Series<'_>,
        model: &'p PanelModel,
        before: &Series<'_>,
        events: &StatedEvents,
    ) -> Result<Self, ProjectionError> {
        let (whole, series, before) = (series, &latest_stretch(series), &latest_stretch(before));
        let prepared_before = Self::prepare(before, model, events)?;
        let expected = model.pooled_fit(series.id()).expected();
        let origin_before = prepared_before.origin(0, expected);
        let errors = model.series_errors(before.id(), &prepared_before, &origin_before);
        let prepared = Self::prepare(series, model, events)?;
        let origin = prepared.origin(0, expected);
        let parts = ForecastParts::fit(series, model, &prepared, &origin, &errors, None)?
            .noting(events, whole);
        Ok(Self { parts, prepared })
    }

    /// Fit `series` as [`FittedForecast::with_events`] does, and forecast on the condition that the
    /// regressors take other values ahead.
    ///
    /// Nothing is estimated again, so that assuming the values that regressors already have changes
    /// nothing. Observed months, and columns that the model does not have, are ignored.
    ///
    /// # Errors
    /// Those of [`FittedForecast::new`].
    pub fn assuming(
        series: &Series<'_>,
        model: &'p PanelModel,
        events: &StatedEvents,
        assumed: &[Assumption],
    ) -> Result<Self, ProjectionError> {
        let (whole, series) = (series, &latest_stretch(series));
        let mut prepared = Self::prepare(series, model, events)?;
        let names = model.regressor_names();
        for assumption in assumed {
            let column = names.iter().position(|name| *name == assumption.column);
            let ahead = assumption.month.index_from(series.last().plus(1));
            if let (Some(column), Some(ahead)) = (column, ahead) {
                prepared.assume(column, ahead, assumption.value);
            }
        }
        let origin = prepared.origin(0, model.pooled_fit(series.id()).expected());
        let errors = model.series_errors(series.id(), &prepared, &origin);
        let known = model.training_paths(series.id(), &errors);
        let known = known.filter(|_| assumed.is_empty());
        let parts = ForecastParts::fit(series, model, &prepared, &origin, &errors, known)?
            .noting(events, whole);
        Ok(Self { parts, prepared })
    }

    /// Check a series and prepare it for the model.
    fn prepare(
        series: &Series<'_>,
        model: &PanelModel,
        events: &StatedEvents,
    ) -> Result<PreparedSeries, ProjectionError> {
        checkpoint();
        if let Some(stretch) = FrequencyStretch::latest(series) {
            return Err(ProjectionError::NotMonthly(stretch));
        }
        let (months, gaps) = (series.len(), series.gaps());
        if months - gaps < MIN_MONTHS {
            return Err(ProjectionError::TooShort {
                needed: MIN_MONTHS,
                found: months - gaps,
            });
        }
        if 2 * gaps > months {
            return Err(ProjectionError::TooManyGaps { gaps, months });
        }
        let mut prepared = model.prepare(series)?;
        if !events.is_empty() {
            prepared.state(events);
            let left = months - gaps - prepared.outlier_count();
            if left < MIN_MONTHS {
                return Err(ProjectionError::TooShort {
                    needed: MIN_MONTHS,
                    found: left,
                });
            }
        }
        Ok(prepared)
    }

    /// Return the last observed month; step 1 is the month after it.
    pub fn last(&self) -> Month {
        self.parts.last
    }

    /// Return the point forecasts, one a step, in the unit of the series.
    pub fn point(&self) -> &[f64] {
        &self.parts.point
    }

    /// Return the seasonal naive forecasts of the same months.
    pub fn naive(&self) -> &[f64] {
        &self.parts.naive
    }

    /// Return the weight of each member; they sum to one.
    pub fn weights(&self) -> &[(Member, f64)] {
        &self.parts.weights
    }

    /// Return the name of the method, and of the member where one was selected.
    pub fn method_name(&self) -> String {
        let method = self.parts.model.method();
        match self.parts.weights.iter().find(|(_, w)| *w == 1.0) {
            Some((member, _)) if method.members().len() > 1 => format!("{method}:{member}"),
            _ => method.to_string(),
        }
    }

    /// Return the notes on the series.
    pub fn notes(&self) -> &[ForecastNote] {
        &self.parts.notes
    }

    /// Return how accurate the method was at this series' own rolling origins.
    pub fn evaluation(&self) -> &Evaluation {
        &self.parts.evaluation
    }

    /// Return the share of months after the rolling origins that lay within the central interval of
    /// `level` (0 to 1); `None` without any.
    pub fn coverage(&self, level: f64) -> Option<f64> {
        self.parts.checked.coverage(self.interval_scale(), level)
    }

    /// Return the months of the series' own rolling origins.
    pub(in crate::projection) fn checked(&self) -> &CheckedMonths {
        &self.parts.checked
    }

    /// Return the bounds of the central interval of `level` (0 to 1) at each step, lower and upper.
    pub fn interval(&self, level: f64) -> Vec<(f64, f64)> {
        if self.parts.post_processing.is_mixed() {
            let z = normal_quantile(0.5 * (1.0 + level));
            let bounds = |(k, point): (usize, &f64)| {
                let at = self.quantiles(k, &[-z, z]);
                (at[0].min(*point), at[1].max(*point))
            };
            return self.parts.point.iter().enumerate().map(bounds).collect();
        }
        let (reach, widen) = self.interval_scale().at_level(level);
        self.parts
            .centre
            .iter()
            .zip(&self.parts.error_scale)
            .map(|(f, scale)| self.parts.limits.interval(*f, *scale, reach, widen))
            .collect()
    }

    /// Return the value at step `k` for a scaled error `u` around the central path times `factor`.
    pub(in crate::projection) fn deviate_from(
        &self,
        k: usize,
        factor: f64,
        u: f64,
        widen: f64,
    ) -> f64 {
        self.deviation(k, factor).value(u, widen)
    }

    /// Return the deviations at step `k` from the central path times `factor`.
    pub(in crate::projection) fn deviation(&self, k: usize, factor: f64) -> Deviation {
        let (centre, scale) = (self.parts.centre[k] * factor, self.parts.error_scale[k]);
        self.parts.limits.around(centre, scale)
    }

    /// Return the parts of what newer months of other series, and the errors of latest months, say,
    /// the largest first.
    pub(in crate::projection) fn news_parts(&self) -> Vec<NewsPart> {
        let news = self.parts.news.as_ref();
        news.map_or_else(Vec::new, |news| self.parts.model.news_parts(news))
    }

    /// Return what is done to the combined path.
    pub(in crate::projection) fn post_processing(&self) -> &PostProcessing {
        &self.parts.post_processing
    }

    pub(in crate::projection) fn interval_scale(&self) -> &IntervalScale {
        self.parts.model.interval_scale()
    }

    pub(in crate::projection) fn panel_model(&self) -> &'p PanelModel {
        self.parts.model
    }

    /// Return what was estimated over the group of the series.
    pub(in crate::projection) fn pooled_fit(&self) -> &'p PooledFit {
        self.parts.pooled_fit
    }

    pub(in crate::projection) fn prepared(&self) -> &PreparedSeries {
        &self.prepared
    }

    pub(in crate::projection) fn horizon(&self) -> usize {
        self.parts.point.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::SeasonLength;
    use crate::models::naive::seasonal_naive;
    use crate::projection::Method;

    /// Read the forecast of `values` by `method`, without other series.
    fn alone<T>(
        values: &[f64],
        negative: bool,
        method: Method,
        read: impl FnOnce(Result<FittedForecast<'_>, ProjectionError>) -> T,
    ) -> T {
        let series = Series::new("a", Month::january(2010), values, negative);
        let model = PanelModel::fit(&[series], method, 18);
        read(FittedForecast::new(&series, &model))
    }

    /// Return a series with a trend, a season and a little noise.
    fn usual(n: usize) -> Vec<f64> {
        let noise = |t: usize| ((t * 7919 + t * t * 104_729) % 1000) as f64 / 1000.0 - 0.5;
        (0..n)
            .map(|t| {
                1000.0
                    * (0.005 * t as f64
                        + 0.2 * (t as f64 * std::f64::consts::FRAC_PI_6).sin()
                        + 0.1 * noise(t))
                    .exp()
            })
            .collect()
    }

    /// Check what holds of every forecast.
    fn check(fitted: &FittedForecast<'_>, notes: &[ForecastNote]) {
        assert_eq!(fitted.notes(), notes);
        assert_eq!(fitted.point().len(), 18);
        assert!(fitted.point().iter().all(|f| f.is_finite()));
        let weights: f64 = fitted.weights().iter().map(|(_, w)| w).sum();
        assert!((weights - 1.0).abs() < 1e-9, "weights sum to {weights}");
        let mut inner: Option<Vec<(f64, f64)>> = None;
        for level in [0.5, 0.8, 0.95, 0.99] {
            let bounds = fitted.interval(level);
            for (k, ((lower, upper), f)) in bounds.iter().zip(fitted.point()).enumerate() {
                assert!(lower <= f && f <= upper, "step {k}: {lower} {f} {upper}");
                let nested = inner
                    .as_ref()
                    .is_none_or(|inner| *lower <= inner[k].0 && inner[k].1 <= *upper);
                assert!(nested, "a wider level has a wider interval");
            }
            inner = Some(bounds);
        }
        for path in fitted.paths(100, 7).rows() {
            assert!(path.len() == 18 && path.iter().all(|v| v.is_finite()));
        }
    }

    #[test]
    fn short_series_have_a_path_and_a_note() {
        for (n, note) in [
            (4, ForecastNote::LessThanAYear),
            (11, ForecastNote::LessThanAYear),
            (12, ForecastNote::LessThanTwoYears),
            (23, ForecastNote::LessThanTwoYears),
        ] {
            alone(&usual(n), false, Method::Auto, |fitted| {
                check(&fitted.unwrap(), &[note])
            });
        }
        for n in [24, 30, 35] {
            alone(&usual(n), false, Method::Auto, |fitted| {
                check(&fitted.unwrap(), &[ForecastNote::LessThanThreeYears])
            });
        }
        alone(&usual(36), false, Method::Auto, |fitted| {
            check(&fitted.unwrap(), &[])
        });
        alone(&usual(3), false, Method::Auto, |fitted| {
            assert_eq!(
                fitted.unwrap_err(),
                ProjectionError::TooShort {
                    needed: 4,
                    found: 3
                }
            );
        });
    }

    #[test]
    fn a_constant_is_continued() {
        alone(&[5.0; 60], false, Method::Auto, |fitted| {
            let fitted = fitted.unwrap();
            check(&fitted, &[ForecastNote::Constant]);
            assert_eq!(
                (fitted.point(), fitted.interval(0.8)[3]),
                (&[5.0; 18][..], (5.0, 5.0))
            );
        });
        alone(&[0.0; 60], false, Method::Auto, |fitted| {
            let fitted = fitted.unwrap();
            check(&fitted, &[ForecastNote::Constant]);
            assert_eq!(
                (fitted.point(), fitted.interval(0.8)[3]),
                (&[0.0; 18][..], (0.0, 0.0))
            );
        });
    }

    /// Return the mean relative width of the 95 % interval of the first series of a panel.
    fn width_of_first(panel: &[Vec<f64>]) -> f64 {
        let ids: Vec<String> = (0..panel.len()).map(|k| format!("s{k}")).collect();
        let january = Month::january(2010);
        let panel: Vec<Series<'_>> = ids
            .iter()
            .zip(panel)
            .map(|(id, v)| Series::new(id, january, v, false))
            .collect();
        let model = PanelModel::fit(&panel, Method::Auto, 12);
        let fitted = FittedForecast::new(&panel[0], &model).unwrap();
        let widths = fitted
            .interval(0.95)
            .into_iter()
            .zip(fitted.point())
            .map(|((lower, upper), f)| (upper - lower) / f);
        widths.sum::<f64>() / 12.0
    }

    /// Return series that differ in their noise.
    fn changing(count: usize) -> Vec<Vec<f64>> {
        let noise = |k: usize, t: usize| {
            ((t * 7919 + (t + k) * (t + 3 * k) * 104_729) % 1000) as f64 / 1000.0 - 0.5
        };
        (0..count)
            .map(|k| (0..96).map(|t| 100.0 * (0.3 * noise(k, t)).exp()).collect())
            .collect()
    }

    #[test]
    fn a_flow_that_has_just_begun_widens_no_other_interval() {
        let panel = changing(30);
        let alone = width_of_first(&panel);
        let mut begun = vec![0.0; 93];
        begun.extend([50.0, 80.0, 60.0]);
        let with = width_of_first(&[panel, vec![begun]].concat());
        assert!((with / alone - 1.0).abs() < 0.2, "{alone} {with}");
    }

    #[test]
    fn constant_series_narrow_no_other_interval() {
        let panel = changing(30);
        let alone = width_of_first(&panel);
        let still: Vec<Vec<f64>> = (0..60).map(|k| vec![f64::from(k % 2) * 7.0; 96]).collect();
        let with = width_of_first(&[panel, still].concat());
        assert!((with / alone - 1.0).abs() < 0.2, "{alone} {with}");
    }

    #[test]
    fn many_zeros_lean_to_the_mean() {
        // Two months of three are zero, the third 30: the mean is 10.
        let values: Vec<f64> = (0..72)
            .map(|t| if (t * 7) % 3 == 0 { 30.0 } else { 0.0 })
            .collect();
        alone(&values, false, Method::Auto, |fitted| {
            let fitted = fitted.unwrap();
            check(&fitted, &[ForecastNote::MonthsWithoutTrade(48)]);
            let mean = fitted.point().iter().sum::<f64>() / 18.0;
            assert!((mean - 10.0).abs() < 3.0, "{mean}");
        });
    }

    #[test]
    fn a_balance_may_go_below_zero() {
        let values: Vec<f64> = usual(84)
            .iter()
            .enumerate()
            .map(|(t, v)| v - 1400.0 + 10.0 * t as f64)
            .collect();
        alone(&values, true, Method::Auto, |fitted| {
            check(&fitted.unwrap(), &[ForecastNote::NegativeValues])
        });
        let below: Vec<f64> = usual(84).iter().map(|v| -v).collect();
        alone(&below, true, Method::Auto, |fitted| {
            let fitted = fitted.unwrap();
            check(&fitted, &[ForecastNote::NegativeValues]);
            assert!(fitted.point().iter().all(|f| *f < 0.0));
        });
    }

    #[test]
    fn gaps_are_bridged_and_counted() {
        let mut values = usual(84);
        for t in [10, 40, 41, 70] {
            values[t] = f64::NAN;
        }
        alone(&values, false, Method::Auto, |fitted| {
            check(&fitted.unwrap(), &[ForecastNote::GapsBridged(4)])
        });
        let mut hollow = usual(84);
        (1..83)
            .filter(|t| t % 5 > 1)
            .for_each(|t| hollow[t] = f64::NAN);
        alone(&hollow, false, Method::Auto, |fitted| {
            assert!(matches!(
                fitted.unwrap_err(),
                ProjectionError::TooManyGaps { months: 84, .. }
            ));
        });
    }

    #[test]
    fn another_frequency_is_never_bridged() {
        let thinned = |from: usize, to: usize, step: usize| {
            let mut values = usual(120);
            let between = (from..to).filter(|t| !(t - from).is_multiple_of(step));
            between.for_each(|t| values[t] = f64::NAN);
            values
        };
        // Every second month, quarters, and months followed by quarters.
        for (from, to, step) in [(0, 119, 2), (0, 120, 3), (60, 120, 3)] {
            let values = thinned(from, to, step);
            alone(&values, false, Method::Auto, |fitted| {
                let Err(ProjectionError::NotMonthly(stretch)) = fitted else {
                    panic!("every {step} months from {from} to {to}: {fitted:?}");
                };
                let first = Month::january(2010).forward(from);
                assert_eq!((stretch.step, stretch.first), (step, first));
            });
        }
        // Quarters dated on their first month, followed by months: these alone are the history.
        for months in [8, 48] {
            let values = thinned(0, 120 - months, 3);
            alone(&values, false, Method::Auto, |fitted| {
                let fitted = fitted.unwrap();
                let stretch = FrequencyStretch {
                    step: 3,
                    first: Month::january(2010),
                    last: Month::january(2010)
                        .forward(120 - months)
                        .back((120 - months) % 3),
                    is_followed: true,
                };
                let notes = fitted.notes();
                assert!(
                    notes.contains(&ForecastNote::OtherFrequency(stretch)),
                    "{notes:?}"
                );
                assert!(
                    !notes
                        .iter()
                        .any(|n| matches!(n, ForecastNote::GapsBridged(_)))
                );
                let recent = &values[stretch.end().since(Month::january(2010)) as usize..];
                alone(recent, false, Method::Auto, |alone| {
                    assert_eq!(fitted.point(), alone.unwrap().point());
                });
            });
        }
    }

    #[test]
    fn sizes_at_the_ends_of_the_scale_stay_finite() {
        for scale in [1e-12, 1e12, 1e90] {
            let values: Vec<f64> = usual(84).iter().map(|v| v * scale).collect();
            alone(&values, false, Method::Auto, |fitted| {
                check(&fitted.unwrap(), &[])
            });
        }
    }

    #[test]
    fn every_method_forecasts_a_usual_series() {
        for method in Method::all() {
            alone(&usual(120), false, method, |fitted| {
                check(&fitted.unwrap(), &[])
            });
        }
    }

    #[test]
    fn a_single_member_is_left_as_it_is() {
        let mut values = usual(84);
        values[80] = 0.0;
        alone(
            &values,
            false,
            Method::Only(Member::SeasonalNaive),
            |fitted| {
                let fitted = fitted.unwrap();
                assert_eq!(
                    fitted.point(),
                    seasonal_naive(&values, SeasonLength::MONTHLY, 18)
                );
            },
        );
    }

    #[test]
    fn no_method_goes_beyond_what_history_supports() {
        let noise = |k: usize, t: usize| {
            ((t * 7919 + (t + k) * (t + 3 * k) * 104_729) % 1000) as f64 / 1000.0 - 0.5
        };
        for k in 0..12 {
            let mut values: Vec<f64> = (0..60).map(|t| 100.0 * (0.3 * noise(k, t)).exp()).collect();
            values[10 + 4 * k] *= 20.0;
            for method in Method::all() {
                let repeats = matches!(method, Method::Best | Method::Only(Member::SeasonalNaive));
                let bound = if repeats { 2400.0 } else { 600.0 };
                alone(&values, false, method, |fitted| {
                    let Ok(fitted) = fitted else { return };
                    let largest = fitted.point().iter().copied().fold(0.0, f64::max);
                    assert!(largest < bound, "{method} of series {k}: {largest}");
                });
            }
        }
    }

    #[test]
    fn a_flow_that_comes_back_after_years_is_forecast_from_what_came_back() {
        let mut values = vec![1000.0; 60];
        values.extend(vec![f64::NAN; 120]);
        values.extend(usual(48));
        let alone_now = alone(&usual(48), false, Method::Auto, |fitted| {
            fitted.unwrap().point().to_vec()
        });
        alone(&values, false, Method::Auto, |fitted| {
            let fitted = fitted.unwrap();
            for (a, b) in fitted.point().iter().zip(&alone_now) {
                // Only the calendar of other years differs.
                assert!((a / b).ln().abs() < 0.05, "{a} {b}");
            }
        });
    }

    #[test]
    fn scaling_units_scales_the_forecast() {
        let values = usual(120);
        let millions: Vec<f64> = values.iter().map(|v| v * 1e6).collect();
        let plain = alone(&values, false, Method::Auto, |fitted| {
            fitted.unwrap().point().to_vec()
        });
        let scaled = alone(&millions, false, Method::Auto, |fitted| {
            fitted.unwrap().point().to_vec()
        });
        for (a, b) in plain.iter().zip(&scaled) {
            assert!((b / a / 1e6 - 1.0).abs() < 1e-9, "{a} {b}");
        }
    }
}
