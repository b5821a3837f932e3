//! A method fitted to a series: its point path, its intervals, and joint paths.

use crate::models::naive::seasonal_naive;
use crate::projection::combine::combination::combine;
use crate::projection::combine::error_profile::{ErrorProfile, OriginErrors, own_scale};
use crate::projection::combine::evaluation::Evaluation;
use crate::projection::combine::interval::{self, DeviationLimits, IntervalScale};
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths;
use crate::projection::combine::post_processing::{PostProcessing, zero_share};
use crate::projection::error::{MIN_MONTHS, ProjectionError};
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::projection::panel::panel_model::{PanelModel, SeriesErrors};
use crate::trade::{Month, Series};

/// What was done about a peculiarity of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForecastNote {
    /// So many months without a figure were bridged by straight lines; they were not scored and taught the smoothers nothing.
    GapsBridged(usize),
    /// Fewer than 12 months: no season, and growth on a year before is mostly unknown.
    LessThanAYear,
    /// Fewer than 24 months: no season can be told from chance.
    LessThanTwoYears,
    /// Fewer than 36 months: the season is halved, and weights and widths come from the panel or from rules.
    LessThanThreeYears,
    /// Zeros among the last 36 months: the forecast leans to the mean of the values.
    ManyZeros,
    /// Values below zero: modelled in levels, without the pooled members.
    NegativeValues,
    /// Every value is the same: it goes on.
    Constant,
    /// Effects of the calendar or of the user's own columns were found and helped to foretell left-out years.
    KnownEffects,
}

impl std::fmt::Display for ForecastNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::GapsBridged(1) => write!(f, "1 month without a figure was bridged"),
            Self::GapsBridged(n) => write!(f, "{n} months without a figure were bridged"),
            Self::LessThanAYear => write!(f, "less than a year of history: no season is modelled"),
            Self::LessThanTwoYears => {
                write!(f, "less than two years of history: no season is modelled")
            }
            Self::LessThanThreeYears => write!(
                f,
                "less than three years of history: the season is uncertain and the weights are not the series' own"
            ),
            Self::ManyZeros => write!(
                f,
                "zeros among the last 36 months: the forecast leans to the mean of the values"
            ),
            Self::NegativeValues => write!(f, "values below zero: modelled in levels"),
            Self::KnownEffects => write!(
                f,
                "effects of the calendar or of given columns are part of the forecast"
            ),
            Self::Constant => write!(f, "every value is the same: it is carried on"),
        }
    }
}

/// A fitted method, ready to project over the horizon of its pool.
#[derive(Debug)]
pub struct FittedForecast<'p> {
    made: Made<'p>,
    /// What it was fitted to, for an explanation.
    prepared: PreparedSeries,
}

/// What a fit comes to.
#[derive(Debug)]
struct Made<'p> {
    pool: &'p PanelModel,
    last: Month,
    point: Vec<f64>,
    naive: Vec<f64>,
    weights: Vec<(Member, f64)>,
    /// The scale of errors a step, transformed scale.
    sd: Vec<f64>,
    reach: DeviationLimits,
    notes: Vec<ForecastNote>,
    evaluation: Evaluation,
    /// Forecast, scale of errors and what came, of every month at the series' own origins: for the coverage seen.
    seen: Vec<(f64, f64, f64)>,
}

impl<'p> Made<'p> {
    /// The fit, with what it was fitted to.
    fn with(self, prepared: PreparedSeries) -> FittedForecast<'p> {
        FittedForecast {
            made: self,
            prepared,
        }
    }
}

/// What a regressor is assumed to be in a month ahead, in its own unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    /// The regressor.
    pub column: String,
    /// The month.
    pub month: Month,
    /// The value.
    pub value: f64,
}

impl<'p> FittedForecast<'p> {
    /// Fits the pool's method to `series`.
    ///
    /// # Errors
    /// [`ProjectionError::TooShort`] for fewer than four months with a figure, [`ProjectionError::TooManyGaps`] where more than half are
    /// missing, [`ProjectionError::Unfit`] where the one member asked for cannot be used.
    pub fn new(series: &Series<'_>, pool: &'p PanelModel) -> Result<Self, ProjectionError> {
        let prepared = Self::prepare(series, pool)?;
        let origin = prepared.origin(0, pool.pooled_fit().expected());
        let record = pool.series_errors(series.id(), &prepared, &origin);
        let known = pool.training_paths(&record);
        let made = Self::make(series, pool, &prepared, &origin, &record, known)?;
        Ok(made.with(prepared))
    }

    /// Fits `series`, of which more or other figures have become known since `before`, with the model as it was then: weights and the scale of errors
    /// are those of `before`. What members find out on the series itself (smoothing weights, its season, its calendar effects) follows the new figures.
    ///
    /// # Errors
    /// As [`FittedForecast::new`], for either.
    pub fn held(
        series: &Series<'_>,
        pool: &'p PanelModel,
        before: &Series<'_>,
    ) -> Result<Self, ProjectionError> {
        let prepared_before = Self::prepare(before, pool)?;
        let origin_before = prepared_before.origin(0, pool.pooled_fit().expected());
        let record = pool.series_errors(before.id(), &prepared_before, &origin_before);
        let prepared = Self::prepare(series, pool)?;
        let origin = prepared.origin(0, pool.pooled_fit().expected());
        let made = Self::make(series, pool, &prepared, &origin, &record, None)?;
        Ok(made.with(prepared))
    }

    /// Fits `series` as [`FittedForecast::new`] does and forecasts on the condition that the pool's regressors take other values ahead. Nothing is learnt
    /// again, so that an assumption of what they already are changes nothing. Months that have a figure, and columns that the pool has not, are
    /// passed over.
    ///
    /// # Errors
    /// As [`FittedForecast::new`].
    pub fn assuming(
        series: &Series<'_>,
        pool: &'p PanelModel,
        assumed: &[Assumption],
    ) -> Result<Self, ProjectionError> {
        let mut prepared = Self::prepare(series, pool)?;
        let names = pool.regressor_names();
        for assumption in assumed {
            let column = names.iter().position(|name| *name == assumption.column);
            let ahead = usize::try_from(assumption.month.since(series.last()) - 1).ok();
            if let (Some(column), Some(ahead)) = (column, ahead) {
                prepared.assume(column, ahead, assumption.value);
            }
        }
        let origin = prepared.origin(0, pool.pooled_fit().expected());
        let record = pool.series_errors(series.id(), &prepared, &origin);
        let made = Self::make(series, pool, &prepared, &origin, &record, None)?;
        Ok(made.with(prepared))
    }

    /// Readies a series for the pool.
    fn prepare(series: &Series<'_>, pool: &PanelModel) -> Result<PreparedSeries, ProjectionError> {
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
        Ok(pool.prepare(series)?)
    }

    /// Runs the members, unless their paths are known, and puts them together.
    fn make(
        series: &Series<'_>,
        pool: &'p PanelModel,
        prepared: &PreparedSeries,
        origin: &Origin<'_>,
        record: &SeriesErrors,
        known: Option<&[member_paths::MemberPath]>,
    ) -> Result<Made<'p>, ProjectionError> {
        let (months, gaps) = (series.len(), series.gaps());
        let horizon = pool.horizon();
        let weights = &record.weights;
        let rule = pool.method().rule();
        let paths = match known {
            Some(known) => known.to_vec(),
            None => member_paths::project(pool.members(), origin, horizon, pool.pooled_fit()),
        };
        let unfit = || {
            pool.members()
                .first()
                .copied()
                .unwrap_or(Member::Theta)
                .unfit(months)
        };
        let point = combine(&paths, weights, rule)
            .or_else(|| combine(&paths, &vec![1.0; paths.len()], rule))
            .ok_or_else(unfit)?;
        let point = PostProcessing::of(origin, horizon).apply(point, pool.method());
        let usable: f64 = paths
            .iter()
            .zip(weights)
            .filter(|(path, _)| path.is_some())
            .map(|(_, w)| w)
            .sum();
        let share = |(path, w): (&member_paths::MemberPath, &f64)| {
            if path.is_some() && usable > 0.0 {
                w / usable
            } else {
                0.0
            }
        };
        let shares = paths.iter().zip(weights).map(share);
        let profile = pool.error_profile();
        let scale = own_scale(origin.one_step, &record.residuals, profile, None);
        let mut sd: Vec<f64> = profile
            .at(pool.pooled_fit().place(origin))
            .iter()
            .map(|p| p * scale)
            .collect();
        let mut point = point;
        let notes = notes(prepared, origin, gaps);
        if notes.contains(&ForecastNote::Constant) {
            point.fill(origin.y[0]);
            sd.fill(0.0);
        }
        let largest = origin.y.iter().fold(0.0, |m, v| v.abs().max(m));
        if !point.iter().chain(&sd).all(|v| v.is_finite()) {
            return Err(unfit());
        }
        Ok(Made {
            pool,
            last: series.last(),
            naive: seasonal_naive(origin.y, origin.season, horizon),
            weights: pool.members().iter().copied().zip(shares).collect(),
            sd,
            reach: DeviationLimits {
                transform: origin.transform,
                largest,
            },
            notes,
            evaluation: record.evaluation.clone(),
            seen: seen(origin.one_step, &record.residuals, profile),
            point,
        })
    }

    /// The last month with a figure; step 1 is the month after it.
    pub fn last(&self) -> Month {
        self.made.last
    }

    /// The point forecasts, one a step, in the unit of the series.
    pub fn point(&self) -> &[f64] {
        &self.made.point
    }

    /// The seasonal naive forecasts beside them.
    pub fn naive(&self) -> &[f64] {
        &self.made.naive
    }

    /// The weight of each member; they sum to one.
    pub fn weights(&self) -> &[(Member, f64)] {
        &self.made.weights
    }

    /// The name of the method, and of the member where one was chosen.
    pub fn method_name(&self) -> String {
        let method = self.made.pool.method();
        match self.made.weights.iter().find(|(_, w)| *w == 1.0) {
            Some((member, _)) if method.members().len() > 1 => format!("{method}:{member}"),
            _ => method.to_string(),
        }
    }

    /// What was done about peculiarities of the series.
    pub fn notes(&self) -> &[ForecastNote] {
        &self.made.notes
    }

    /// How the method did at this series' own rolling origins.
    pub fn evaluation(&self) -> &Evaluation {
        &self.made.evaluation
    }

    /// The share of months at the rolling origins that lay within the central interval of `level` (0 to 1) there; `None` without any.
    pub fn coverage(&self, level: f64) -> Option<f64> {
        let tail = 0.5 * (1.0 - level);
        let (reach, widen) = (
            self.made.pool.interval_scale().reach(tail),
            interval::widen(tail),
        );
        let inside = self.made.seen.iter().filter(|(f, sd, came)| {
            let (lower, upper) = self.made.reach.interval(*f, *sd, reach, widen);
            lower <= *came && *came <= upper
        });
        let n = self.made.seen.len();
        (n > 0).then(|| inside.count() as f64 / n as f64)
    }

    /// The bounds of the central interval of `level` (0 to 1) at each step: `(lower, upper)`.
    pub fn interval(&self, level: f64) -> Vec<(f64, f64)> {
        let tail = 0.5 * (1.0 - level);
        let (reach, widen) = (
            self.made.pool.interval_scale().reach(tail),
            interval::widen(tail),
        );
        self.made
            .point
            .iter()
            .zip(&self.made.sd)
            .map(|(f, sd)| self.made.reach.interval(*f, *sd, reach, widen))
            .collect()
    }

    /// The value at step `k` that a scaled error `u` leads to, its deviation from the point forecast widened.
    pub(in crate::projection) fn deviate(&self, k: usize, u: f64, widen: f64) -> f64 {
        self.made
            .reach
            .deviate(self.made.point[k], self.made.sd[k], u, widen)
    }

    pub(in crate::projection) fn interval_scale(&self) -> &IntervalScale {
        self.made.pool.interval_scale()
    }

    pub(in crate::projection) fn panel_model(&self) -> &'p PanelModel {
        self.made.pool
    }

    pub(in crate::projection) fn prepared(&self) -> &PreparedSeries {
        &self.prepared
    }

    pub(in crate::projection) fn horizon(&self) -> usize {
        self.made.point.len()
    }
}

/// Forecast, scale of errors and what came, of every month at a series' own origins, each scale without its own origin.
fn seen(one_step: f64, residuals: &[OriginErrors], profile: &ErrorProfile) -> Vec<(f64, f64, f64)> {
    let mut seen = Vec::new();
    for residual in residuals {
        let scale = own_scale(one_step, residuals, profile, Some(residual.back));
        let steps = residual
            .path
            .iter()
            .zip(profile.at(residual.place))
            .zip(&residual.actual);
        seen.extend(
            steps
                .filter(|(_, came)| !came.is_nan())
                .map(|((f, p), came)| (*f, scale * p, *came)),
        );
    }
    seen
}

fn notes(prepared: &PreparedSeries, origin: &Origin<'_>, gaps: usize) -> Vec<ForecastNote> {
    let length = match prepared.y.len() / origin.season.get() {
        0 => Some(ForecastNote::LessThanAYear),
        1 => Some(ForecastNote::LessThanTwoYears),
        2 => Some(ForecastNote::LessThanThreeYears),
        _ => None,
    };
    let constant = prepared.y.iter().all(|v| *v == prepared.y[0]);
    [
        (gaps > 0).then_some(ForecastNote::GapsBridged(gaps)),
        length,
        (zero_share(origin) > 0.0 && !constant).then_some(ForecastNote::ManyZeros),
        (!origin.transform.is_log()).then_some(ForecastNote::NegativeValues),
        constant.then_some(ForecastNote::Constant),
        (!origin.effects.is_empty()).then_some(ForecastNote::KnownEffects),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::SeasonLength;
    use crate::projection::Method;

    /// A forecast of `values` alone, by `method`.
    fn alone<T>(
        values: &[f64],
        negative: bool,
        method: Method,
        read: impl FnOnce(Result<FittedForecast<'_>, ProjectionError>) -> T,
    ) -> T {
        let series = Series::new("a", Month::january(2010), values, negative);
        let pool = PanelModel::fit(&[series], method, 18);
        read(FittedForecast::new(&series, &pool))
    }

    /// A trend, a season and a little noise.
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

    /// What holds of every forecast.
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
        for path in fitted.paths(100, 7).iter() {
            assert!(path.len() == 18 && path.iter().all(|v| v.is_finite()));
        }
    }

    #[test]
    fn short_series_have_a_path_and_say_so() {
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
    fn a_constant_is_carried_on() {
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

    /// The mean relative width of the 95 % interval of the first series of a panel.
    fn width_of_first(panel: &[Vec<f64>]) -> f64 {
        let ids: Vec<String> = (0..panel.len()).map(|k| format!("s{k}")).collect();
        let january = Month::january(2010);
        let panel: Vec<Series<'_>> = ids
            .iter()
            .zip(panel)
            .map(|(id, v)| Series::new(id, january, v, false))
            .collect();
        let pool = PanelModel::fit(&panel, Method::Auto, 12);
        let fitted = FittedForecast::new(&panel[0], &pool).unwrap();
        let widths = fitted
            .interval(0.95)
            .into_iter()
            .zip(fitted.point())
            .map(|((lower, upper), f)| (upper - lower) / f);
        widths.sum::<f64>() / 12.0
    }

    /// Series that differ in their noise.
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
    fn changeless_series_narrow_no_other_interval() {
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
            check(&fitted, &[ForecastNote::ManyZeros]);
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
            .filter(|t| t % 3 != 0)
            .for_each(|t| hollow[t] = f64::NAN);
        alone(&hollow, false, Method::Auto, |fitted| {
            assert!(matches!(
                fitted.unwrap_err(),
                ProjectionError::TooManyGaps { months: 84, .. }
            ));
        });
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

    #[test]
    fn the_paths_marginals_are_the_intervals() {
        // A panel whose pool of errors is large, so that what is presumed counts little; 4,000 paths leave a sampling error of about 0.6 points.
        let panel = changing(60);
        let ids: Vec<String> = (0..panel.len()).map(|k| format!("s{k}")).collect();
        let january = Month::january(2010);
        let panel: Vec<Series<'_>> = ids
            .iter()
            .zip(&panel)
            .map(|(id, v)| Series::new(id, january, v, false))
            .collect();
        let pool = PanelModel::fit(&panel, Method::Auto, 12);
        let fitted = FittedForecast::new(&panel[7], &pool).unwrap();
        let paths = fitted.paths(4000, 3);
        for level in [0.8, 0.95] {
            let bounds = fitted.interval(level);
            let within = |path: &[f64]| {
                path.iter()
                    .zip(&bounds)
                    .filter(|(v, (lower, upper))| lower <= *v && *v <= upper)
                    .count()
            };
            let share = paths.iter().map(within).sum::<usize>() as f64 / (4000.0 * 12.0);
            assert!((share - level).abs() < 0.03, "{level}: {share}");
        }
    }
}
