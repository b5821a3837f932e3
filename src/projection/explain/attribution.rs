//! The drivers of a member's path, transformed scale.
//!
//! Makes the same paths as [`crate::projection::combine::member_paths`] from the terms of the same
//! models; it runs only for an explanation.

use crate::features::Feature;
use crate::models::aggregation::aggregate_terms;
use crate::models::autoregression::ridge_autoregression_terms;
use crate::models::dynamic_theta::dynamic_theta_terms;
use crate::models::grid::GridChoice;
use crate::models::naive::mean_seasonal_change;
use crate::models::regression::Regression;
use crate::models::smoothing::{damped_holt_terms, holt_winters_terms};
use crate::models::theta::{level_terms, theta_terms};
use crate::models::{Term, Terms};
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths::{ELASTIC_NET, regress_with};
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::explain::driver::{Driver, DriverAmounts, add_amount};
use crate::projection::history::origin::Origin;
use crate::projection::history::transform::Transform;

/// The terms of a model of temporal aggregation, from values over a horizon.
type AggregatedTerms<'a> = dyn Fn(&[f64], usize, GridChoice) -> Vec<Terms> + 'a;

/// The inputs of the attribution of members' paths at one origin.
pub(in crate::projection) struct Attributions<'a> {
    pub(in crate::projection) origin: &'a Origin<'a>,
    pub(in crate::projection) horizon: usize,
    pub(in crate::projection) pooled_fit: &'a PooledFit,
    /// The effect of one unit of each known column; empty where effects were not kept.
    pub(in crate::projection) effects: Vec<f64>,
    /// The driver of each known column.
    pub(in crate::projection) columns: Vec<Driver>,
    /// The mean of the last season without seasonal indices, from which levels are counted.
    pub(in crate::projection) mean: f64,
}

impl Attributions<'_> {
    /// Return the drivers of each step of a member's path; they add up to `transform(path) − mean`.
    pub(in crate::projection) fn of(&self, member: Member, path: &[f64]) -> Vec<DriverAmounts> {
        let mut steps = self
            .unbounded(member)
            .unwrap_or_else(|| vec![DriverAmounts::new(); path.len()]);
        for (amounts, value) in steps.iter_mut().zip(path) {
            // Only the bounds on paths are left to explain the rest. A rest smaller than any bound
            // is rounding and goes with the level.
            const ROUNDING: f64 = 1e-9;
            let explained: f64 = amounts.values().sum();
            let rest = self.origin.transform.apply(*value) - self.mean - explained;
            let driver = if rest.abs() < ROUNDING {
                Driver::Level
            } else {
                Driver::Limits
            };
            add_amount(amounts, driver, rest);
        }
        steps
    }

    /// Return the drivers of month `t` of the history, counted from `mean`: season, calendar, and
    /// the rest as the base effect.
    ///
    /// A stated outlier has its own `figure`, where the history goes on without it.
    pub(in crate::projection) fn of_history(&self, t: usize, figure: f64) -> DriverAmounts {
        let (origin, n) = (self.origin, self.origin.len());
        let mut amounts = DriverAmounts::new();
        let season = origin.index[origin.season.phase(t, n)];
        add_amount(&mut amounts, Driver::Season, season);
        self.add_effects(&mut amounts, t);
        let change = origin.level_change_after(t);
        if change != 0.0 {
            add_amount(&mut amounts, Driver::LevelShift, -change);
        }
        let value = origin.transform.apply(origin.y[t]);
        let rest = value - self.mean - amounts.values().sum::<f64>();
        add_amount(&mut amounts, Driver::Base, rest);
        let exceptional = origin.transform.apply(figure) - value;
        if exceptional != 0.0 {
            add_amount(&mut amounts, Driver::Outlier, exceptional);
        }
        amounts
    }

    fn add_effects(&self, amounts: &mut DriverAmounts, t: usize) {
        let columns = self.origin.known.columns().iter().zip(&self.columns);
        for ((column, driver), effect) in columns.zip(&self.effects) {
            add_amount(amounts, driver.clone(), effect * column[t]);
        }
    }

    /// Return the drivers before paths are kept within bounds; `None` for a member that cannot be
    /// used here.
    fn unbounded(&self, member: Member) -> Option<Vec<DriverAmounts>> {
        let (origin, horizon) = (self.origin, self.horizon);
        let x = &origin.x[..];
        let levels = Some(&origin.levels[..]).filter(|levels| !levels.is_empty());
        let blocks = origin.season.block_lengths();
        let aggregated = |x: &[f64], least, model: &AggregatedTerms<'_>| {
            aggregate_terms(x, horizon, &blocks, least, |x, h| {
                model(x, h, GridChoice::Average)
            })
        };
        let holt_terms = |x: &[f64], h, choice| damped_holt_terms(x, origin.season, h, choice);
        Some(match member {
            Member::SeasonalNaive => (0..horizon)
                .map(|k| match origin.len().checked_sub(origin.season.get()) {
                    Some(start) => self.drivers_of_repeated(start + k % origin.season.get()),
                    None => DriverAmounts::from([(
                        Driver::Level,
                        origin.transform.apply(origin.y[origin.len() - 1]) - self.mean,
                    )]),
                })
                .collect(),
            Member::SeasonalDrift => self.drivers_of_drift(),
            Member::Theta if origin.len() < origin.season.get() => {
                self.drivers_of_adjusted(level_terms(x, horizon, GridChoice::Average))
            }
            Member::Theta => self.drivers_of_adjusted(theta_terms(x, horizon, GridChoice::Average)),
            Member::DampedHolt => self.drivers_of_adjusted(damped_holt_terms(
                x,
                origin.season,
                horizon,
                GridChoice::Best,
            )),
            Member::HoltWinters => self.drivers_of_even(holt_winters_terms(
                &origin.even,
                &origin.index,
                horizon,
                GridChoice::Best,
            )),
            Member::RidgeAutoregression => self
                .drivers_of_adjusted(ridge_autoregression_terms(x, origin.season, horizon).ok()?),
            Member::AggregatedHolt => self.drivers_of_adjusted(aggregated(x, 5, &holt_terms)),
            Member::AggregatedTheta => self.drivers_of_adjusted(aggregated(x, 5, &theta_terms)),
            Member::AggregatedDynamicTheta => {
                self.drivers_of_adjusted(aggregated(x, 8, &dynamic_theta_terms))
            }
            Member::AggregatedHoltLevels => {
                self.drivers_of_levels(aggregated(levels?, 5, &holt_terms))
            }
            Member::DynamicThetaLevels => {
                self.drivers_of_levels(dynamic_theta_terms(levels?, horizon, GridChoice::Average))
            }
            Member::PooledShort => match self.pooled_fit.short_terms(origin) {
                Some(terms) => self.drivers_of_adjusted(terms),
                None => return self.unbounded(Member::Theta),
            },
            Member::PooledLong => match self.pooled_fit.long_terms(origin) {
                Some(terms) => self.drivers_of_adjusted(terms),
                None => return self.unbounded(Member::PooledShort),
            },
            Member::PooledLevels => {
                levels?;
                match self.pooled_fit.levels_terms(origin) {
                    Some(terms) => self.drivers_of_levels(terms),
                    None => return self.unbounded(Member::DynamicThetaLevels),
                }
            }
            Member::LeastSquares => self.drivers_of_regression(Regression::LeastSquares)?,
            Member::ElasticNet => self.drivers_of_regression(ELASTIC_NET)?,
        })
    }

    /// Return the drivers of a month that repeats month `t`: its deviation is the lag of a season.
    fn drivers_of_repeated(&self, t: usize) -> DriverAmounts {
        let mut amounts = self.of_history(t, self.origin.y[t]);
        let own = amounts.remove(&Driver::Base).unwrap_or(0.0);
        add_amount(&mut amounts, Driver::LagsYear, own);
        amounts
    }

    fn drivers_of_drift(&self) -> Vec<DriverAmounts> {
        let (origin, n) = (self.origin, self.origin.len());
        let drift = mean_seasonal_change(&origin.even, origin.season).unwrap_or(0.0);
        let step = |k: usize| {
            let mut amounts = DriverAmounts::new();
            self.add_effects(&mut amounts, n + k);
            match n.checked_sub(origin.season.get()) {
                Some(start) => {
                    let season = origin.index[k % origin.season.get()];
                    let own = origin.even[start + k % origin.season.get()] - self.mean - season;
                    add_amount(&mut amounts, Driver::Season, season);
                    add_amount(&mut amounts, Driver::LagsYear, own);
                    add_amount(
                        &mut amounts,
                        Driver::Trend,
                        drift * (k / origin.season.get() + 1) as f64,
                    );
                }
                None => add_amount(&mut amounts, Driver::Level, origin.even[n - 1] - self.mean),
            }
            amounts
        };
        (0..self.horizon).map(step).collect()
    }

    /// Return the drivers of terms on the transformed scale without effects.
    fn drivers_of_even(&self, path: Vec<Terms>) -> Vec<DriverAmounts> {
        let n = self.origin.len();
        let step = |(k, terms): (usize, Terms)| {
            let mut amounts = DriverAmounts::new();
            terms
                .iter()
                .for_each(|(term, v)| add_amount(&mut amounts, self.driver(term), v));
            add_amount(&mut amounts, Driver::Level, -self.mean);
            self.add_effects(&mut amounts, n + k);
            amounts
        };
        path.into_iter().enumerate().map(step).collect()
    }

    /// Return the drivers of terms without season.
    fn drivers_of_adjusted(&self, path: Vec<Terms>) -> Vec<DriverAmounts> {
        let mut path = self.drivers_of_even(path);
        for (k, amounts) in path.iter_mut().enumerate() {
            add_amount(
                amounts,
                Driver::Season,
                self.origin.index[k % self.origin.season.get()],
            );
        }
        path
    }

    /// Return the drivers of terms in levels.
    ///
    /// They divide `ln v − ln r` by the logarithmic mean of `v` and `r`, where `r` is the level
    /// that amounts are counted from; then the mean becomes a median. A path that falls to zero has
    /// none: only bounds explain it.
    fn drivers_of_levels(&self, path: Vec<Terms>) -> Vec<DriverAmounts> {
        let (origin, n) = (self.origin, self.origin.len());
        let Transform::Log { shift } = origin.transform else {
            return vec![DriverAmounts::new(); path.len()];
        };
        let reference = self.mean.exp() / origin.level;
        let to_median = (-0.5 * origin.skew).exp();
        let step = |(k, terms): (usize, Terms)| {
            let mut amounts = DriverAmounts::new();
            let value = terms.sum();
            if value <= 0.0 {
                return amounts;
            }
            let mean = log_mean(value, reference);
            terms
                .iter()
                .for_each(|(term, v)| add_amount(&mut amounts, self.driver(term), v / mean));
            add_amount(&mut amounts, Driver::Level, -reference / mean);
            add_amount(
                &mut amounts,
                Driver::Season,
                origin.index[k % origin.season.get()],
            );
            self.add_effects(&mut amounts, n + k);
            let whole = (self.mean + amounts.values().sum::<f64>()).exp();
            let median = (whole - shift) * to_median + shift;
            if median > 0.0 {
                add_amount(&mut amounts, Driver::ToMedian, (median / whole).ln());
            }
            amounts
        };
        path.into_iter().enumerate().map(step).collect()
    }

    /// Return the drivers of a regression's path. Each step is a sum over lags, trend, months and
    /// known columns; a lag that is a forecast itself passes on its own drivers.
    fn drivers_of_regression(&self, regression: Regression) -> Option<Vec<DriverAmounts>> {
        let (origin, n) = (self.origin, self.origin.len());
        let (recipe, fitted) = regress_with(regression, origin)?;
        let weighted: Vec<(Feature, f64)> = recipe
            .features()
            .zip(fitted.weights.iter().copied())
            .collect();
        let of = |wanted: fn(Feature) -> bool| {
            weighted
                .iter()
                .filter(move |(feature, _)| wanted(*feature))
                .map(|(_, w)| w)
        };
        let lags: f64 = of(|feature| matches!(feature, Feature::Lag(_))).sum();
        let months = of(|feature| matches!(feature, Feature::Month(_))).sum::<f64>()
            / origin.season.get() as f64;
        let slope: f64 = of(|feature| feature == Feature::Trend).sum();
        // The prediction where every lag is at the mean, the month is an average one and no time
        // has passed since the origin.
        let start = slope * (n - 1) as f64 / 12.0;
        let level = fitted.intercept + (lags - 1.0) * self.mean + months + start;
        let mut path: Vec<DriverAmounts> = Vec::with_capacity(self.horizon);
        for k in 0..self.horizon {
            let month = origin.first.forward(n + k);
            let mut amounts =
                DriverAmounts::from([(Driver::Level, level), (Driver::Season, -months)]);
            for (feature, w) in &weighted {
                match feature {
                    Feature::Lag(lag) => match k.checked_sub(*lag) {
                        Some(ahead) => {
                            let passed = path[ahead].clone();
                            passed
                                .into_iter()
                                .for_each(|(driver, v)| add_amount(&mut amounts, driver, w * v));
                        }
                        None => add_amount(
                            &mut amounts,
                            Driver::lag(*lag, origin.season),
                            w * (origin.z[n + k - lag] - self.mean),
                        ),
                    },
                    Feature::Trend => {
                        add_amount(&mut amounts, Driver::Trend, w * (k + 1) as f64 / 12.0)
                    }
                    Feature::Month(m) if month.of_year() == *m => {
                        add_amount(&mut amounts, Driver::Season, *w)
                    }
                    Feature::Month(_) => {}
                    Feature::Known(column) => {
                        let value = origin.known.columns()[*column][n + k];
                        add_amount(&mut amounts, self.columns[*column].clone(), w * value);
                    }
                }
            }
            path.push(amounts);
        }
        Some(path)
    }

    fn driver(&self, term: Term) -> Driver {
        match term {
            Term::Level => Driver::Level,
            Term::Trend => Driver::Trend,
            Term::Season => Driver::Season,
            Term::Lag(lag) => Driver::lag(lag, self.origin.season),
        }
    }
}

/// Return the logarithmic mean `(a − b) / ln(a / b)` of two numbers above zero: the absolute change
/// for a unit of the logarithm.
pub(in crate::projection) fn log_mean(a: f64, b: f64) -> f64 {
    let ratio = a / b;
    // A ratio to next to nothing overflows; its logarithm does not.
    let u = if ratio.is_normal() {
        ratio.ln()
    } else {
        a.ln() - b.ln()
    };
    if u.abs() < 1e-4 {
        // The quotient loses digits where both are close; the series √(ab) (1 + u²/24 + …) does
        // not.
        (a * b).sqrt() * (1.0 + u * u / 24.0)
    } else {
        (a - b) / u
    }
}
