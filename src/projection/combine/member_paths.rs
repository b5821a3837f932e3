//! The members' forecasts from one origin.

use crate::features::Recipe;
use crate::models::aggregation::aggregate;
use crate::models::autoregression::ridge_autoregression;
use crate::models::dynamic_theta::dynamic_theta;
use crate::models::grid::GridChoice;
use crate::models::naive::{seasonal_drift, seasonal_naive};
use crate::models::regression::{FittedRegression, Regression};
use crate::models::smoothing::{damped_holt, holt_winters};
use crate::models::theta::{level, theta};
use crate::projection::combine::member::Member;
use crate::projection::combine::method::{CombinationRule, Method};
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::combine::suitability::{follows_level, suits};
use crate::projection::history::origin::Origin;

/// A model of temporal aggregation: a path from values over a horizon.
type AggregatedModel<'a> = dyn Fn(&[f64], usize, GridChoice) -> Vec<f64> + 'a;

/// The path of a member; `None` where it cannot be used.
pub(in crate::projection) type MemberPath = Option<Vec<f64>>;

/// Return the paths of the members of `method` from an origin, on the original scale; `None` where
/// a member cannot be used on the history, or has no weight on series like it.
pub(in crate::projection) fn project(
    method: Method,
    origin: &Origin<'_>,
    horizon: usize,
    pooled_fit: &PooledFit,
) -> Vec<MemberPath> {
    let mut bench = MemberRun {
        origin,
        horizon,
        pooled_fit,
        computed: std::array::from_fn(|_| None),
    };
    let weighed = method.rule() == CombinationRule::InverseError;
    let has_weight = |member: Member| {
        !weighed
            || suits(member, origin.texture) > 0.0
            || pooled_fit.shared_fall() > 0.0 && follows_level(member)
    };
    method
        .members()
        .iter()
        .map(|member| has_weight(*member).then(|| bench.path(*member).clone())?)
        .collect()
}

/// The members' paths at one origin. Some members need those of others, so each path is computed
/// once.
struct MemberRun<'a> {
    origin: &'a Origin<'a>,
    horizon: usize,
    pooled_fit: &'a PooledFit,
    computed: [Option<MemberPath>; Member::ALL.len()],
}

impl<'a> MemberRun<'a> {
    fn path(&mut self, member: Member) -> &MemberPath {
        let slot = member as usize;
        if self.computed[slot].is_none() {
            let path = self
                .compute(member)
                .filter(|path| path.iter().all(|v| v.is_finite()));
            self.computed[slot] = Some(path);
        }
        const { assert!(Member::ElasticNet as usize + 1 == Member::ALL.len()) };
        self.computed[slot].get_or_insert(None)
    }

    fn compute(&mut self, member: Member) -> MemberPath {
        let (origin, horizon): (&'a Origin<'a>, usize) = (self.origin, self.horizon);
        let x = &origin.x;
        // Levels exist only where the transform is a logarithm.
        let levels = Some(&origin.levels[..]).filter(|levels| !levels.is_empty());
        let season = origin.season;
        let blocks = season.block_lengths();
        let aggregated = |x: &[f64], least, model: &AggregatedModel<'_>| {
            aggregate(x, horizon, &blocks, least, |x, h| {
                model(x, h, GridChoice::Average)
            })
        };
        let holt = |x: &[f64], h, choice| damped_holt(x, season, h, choice);
        Some(match member {
            Member::SeasonalNaive => seasonal_naive(origin.y, season, horizon),
            Member::SeasonalDrift => {
                origin.values_of_even(seasonal_drift(&origin.even, season, horizon))
            }
            Member::Theta if origin.len() < season.get() => {
                origin.values_of_adjusted(level(x, horizon, GridChoice::Average))
            }
            Member::Theta => origin.values_of_adjusted(theta(x, horizon, GridChoice::Average)),
            Member::DampedHolt => {
                origin.values_of_adjusted(damped_holt(x, season, horizon, GridChoice::Best))
            }
            Member::HoltWinters => origin.values_of_even(holt_winters(
                &origin.even,
                &origin.index,
                horizon,
                GridChoice::Best,
            )),
            Member::RidgeAutoregression => {
                origin.values_of_adjusted(ridge_autoregression(x, season, horizon).ok()?)
            }
            Member::AggregatedHolt => origin.values_of_adjusted(aggregated(x, 5, &holt)),
            Member::AggregatedTheta => origin.values_of_adjusted(aggregated(x, 5, &theta)),
            Member::AggregatedDynamicTheta => {
                origin.values_of_adjusted(aggregated(x, 8, &dynamic_theta))
            }
            Member::AggregatedHoltLevels => {
                let path = aggregated(levels?, 5, &holt);
                self.kept_near_logs(origin.values_of_levels(path))
            }
            Member::DynamicThetaLevels => {
                let path = dynamic_theta(levels?, horizon, GridChoice::Average);
                self.kept_near_logs(origin.values_of_levels(path))
            }
            Member::PooledShort => match self.pooled_fit.short(origin) {
                Some(path) => origin.values_of_adjusted(path),
                None => return self.path(Member::Theta).clone(),
            },
            Member::PooledLong => match self.pooled_fit.long(origin) {
                Some(path) => origin.values_of_adjusted(path),
                None => return self.path(Member::PooledShort).clone(),
            },
            Member::PooledLevels => {
                levels?;
                match self.pooled_fit.levels(origin) {
                    Some(path) => self.kept_near_logs(origin.values_of_levels(path)),
                    None => return self.path(Member::DynamicThetaLevels).clone(),
                }
            }
            Member::LeastSquares => {
                origin.values_of_z(regress(Regression::LeastSquares, origin, horizon)?)
            }
            Member::ElasticNet => origin.values_of_z(regress(ELASTIC_NET, origin, horizon)?),
        })
    }

    /// Keep a path in levels within 15 % of the geometric mean of three members in logarithms,
    /// since paths in levels can diverge.
    fn kept_near_logs(&mut self, mut path: Vec<f64>) -> Vec<f64> {
        const WITHIN: f64 = 1.15;
        let logs = [
            Member::AggregatedTheta,
            Member::DampedHolt,
            Member::RidgeAutoregression,
        ];
        let mut middle = vec![0.0; path.len()];
        for member in logs {
            let Some(of_member) = self.path(member) else {
                return path;
            };
            middle
                .iter_mut()
                .zip(of_member)
                .for_each(|(m, v)| *m += v.max(f64::MIN_POSITIVE).ln() / logs.len() as f64);
        }
        for (v, m) in path.iter_mut().zip(middle) {
            *v = v.clamp(m.exp() / WITHIN, m.exp() * WITHIN);
        }
        path
    }
}

/// The settings of the elastic net.
pub(in crate::projection) const ELASTIC_NET: Regression = Regression::ElasticNet {
    penalty: 0.02,
    l1_ratio: 0.5,
};

/// Return the iterated forecast of a regression on lags, trend, months and known columns.
fn regress(regression: Regression, origin: &Origin<'_>, horizon: usize) -> MemberPath {
    let (recipe, fitted) = regress_with(regression, origin)?;
    Some(recipe.iterate(origin.first, &origin.z, horizon, |row| fitted.value(row)))
}

/// Return the recipe of a regression, and the regression fitted to the latest fifteen years.
pub(in crate::projection) fn regress_with<'a>(
    regression: Regression,
    origin: &'a Origin<'_>,
) -> Option<(Recipe<'a>, FittedRegression)> {
    let recipe = Recipe {
        lags: &origin.regression_lags,
        trend: true,
        months: true,
        known: origin.known,
    };
    // With fewer than two rows a column a fit follows noise.
    if origin.len() < recipe.reach() + 2 * recipe.width() {
        return None;
    }
    let (records, targets) = recipe.training(origin.first, &origin.z, 15 * origin.season.get());
    Some((recipe, regression.fit(&records, &targets).ok()?))
}
