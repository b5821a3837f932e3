//! The prior of the monthly paths: mean and covariance of their logarithms.

use crate::features::calendar;
use crate::models::ModelError;
use crate::models::disaggregation::{CommonDeviation, ObservedSum, PathPrior};
use crate::projection::disaggregate::disaggregation::Disaggregation;
use crate::projection::disaggregate::donor_prior::HOLIDAY;
use crate::trade::{Currency, area};
use ndarray::{Array1, Array2};
/// The months of a year.
const MONTHS: usize = 12;
/// The standard deviation of the level's logarithm. The level is hardly known beforehand: two
/// standard deviations are a factor of 55.
const LEVEL: f64 = 2.0;
/// The growth of a year beforehand.
///
/// This and the numbers below fit the growth of years best, in the past of two panels of monthly
/// series: flows of one reporter by partner, and exports and imports of countries. Their months, or
/// years, cumulatives and growth alone, were known (`benches/outlook.rs`).
const GROWTH: f64 = 0.03;
/// The share of donors' steps that a leaf has.
const WALK_SHARE: f64 = 0.65;
/// The share of donors' irregular deviations that a leaf has.
const IRREGULAR_SHARE: f64 = 0.54;
/// How rough trade with the world is, relative to a flow of that size between two countries.
const WORLD: Roughness = Roughness {
    walk: 0.46,
    irregular: 0.32,
};
/// How much larger the deviations of the season of trade with the world are.
const WORLD_SEASON: f64 = 1.3;
/// How much larger the deviations of a leaf's season are than those among donors.
const SEASON_SHARE: f64 = 1.1;
/// The part of irregular deviations' variance that a month has alone.
const ALONE: f64 = 0.65;
/// The correlation of neighbouring months' other irregular deviations.
const PERSISTENCE: f64 = 0.6;
/// The standard deviation of New Year's effects around those of the donors.
const NEW_YEAR_SPREAD: f64 = 0.05;
/// The correlation of two leaves' steps of the level.
const LEAF_CORRELATION: f64 = 0.2;

/// How rough a leaf is, relative to its donors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Roughness {
    /// Of the steps of the level.
    pub(super) walk: f64,
    /// Of irregular months.
    pub(super) irregular: f64,
}

impl Roughness {
    /// As rough as the donors.
    pub(super) const OF_DONORS: Self = Self {
        walk: 1.0,
        irregular: 1.0,
    };
}

/// What is the same for every leaf: the calendar of the window.
pub(super) struct PathShape {
    rows: Vec<[f64; calendar::WIDTH]>,
    of_year: Vec<usize>,
    years: Vec<f64>,
}

impl PathShape {
    pub(super) fn of(disaggregation: &Disaggregation<'_>) -> Self {
        let n = disaggregation.months();
        let month = |t: usize| disaggregation.month(t);
        Self {
            rows: (0..n).map(|t| calendar::row(month(t))).collect(),
            of_year: (0..n)
                .map(|t| usize::from(month(t).of_year()) - 1)
                .collect(),
            years: (0..n)
                .map(|t| (t as f64 - 0.5 * n as f64) / MONTHS as f64)
                .collect(),
        }
    }

    fn len(&self) -> usize {
        self.years.len()
    }
}

impl Disaggregation<'_> {
    /// Return the mean of the logarithms of leaf `leaf`.
    pub(super) fn mean(&self, shape: &PathShape, leaf: usize, level: f64) -> Array1<f64> {
        let prior = &self.donor_priors[leaf];
        Array1::from_shape_fn(shape.len(), |t| {
            let holiday: f64 = (0..HOLIDAY)
                .map(|c| prior.new_year[c] * shape.rows[t][c])
                .sum();
            level + prior.season[shape.of_year[t]] + holiday + GROWTH * shape.years[t]
        })
    }

    /// Return the covariance of the logarithms of leaf `leaf`.
    pub(super) fn covariance(
        &self,
        shape: &PathShape,
        leaf: usize,
        size: Option<f64>,
        roughness: Roughness,
    ) -> Array2<f64> {
        let prior = &self.donor_priors[leaf];
        let walk = self.walk(leaf, size, roughness).powi(2);
        let irregular = (roughness.irregular
            * IRREGULAR_SHARE
            * self.of_partner(leaf).irregular
            * prior.irregular_at(size))
        .powi(2);
        let of_season = if self.of_partner(leaf) == WORLD {
            WORLD_SEASON
        } else {
            1.0
        };
        let spread = (of_season * SEASON_SHARE * prior.season_spread).powi(2);
        let new_year = NEW_YEAR_SPREAD.powi(2);
        let twelfth = 1.0 / MONTHS as f64;
        let n = shape.len();
        let lasting: Vec<f64> = (0..n)
            .map(|lag| (1.0 - ALONE) * PERSISTENCE.powi(lag as i32))
            .collect();
        Array2::from_shape_fn((n, n), |(t, u)| {
            let same = f64::from(u8::from(shape.of_year[t] == shape.of_year[u]));
            let holiday: f64 = (0..HOLIDAY)
                .map(|c| shape.rows[t][c] * shape.rows[u][c])
                .sum();
            LEVEL * LEVEL
                + spread * (same - twelfth)
                + new_year * holiday
                + walk * (t.min(u) + 1) as f64
                + irregular * ALONE.mul_add(f64::from(u8::from(t == u)), lasting[t.abs_diff(u)])
        })
    }

    /// Return the prior of all leaves. `sizes` are their values a year in US dollars.
    pub(super) fn path_prior(
        &self,
        shape: &PathShape,
        sizes: &[Option<f64>],
        roughness: &[Roughness],
        level: f64,
    ) -> Result<PathPrior, ModelError> {
        let (n, leaves) = (self.months(), self.system.leaves.len());
        let mean = (0..leaves)
            .map(|leaf| self.mean(shape, leaf, level))
            .collect();
        let covariance: Vec<Array2<f64>> = (0..leaves)
            .map(|leaf| self.covariance(shape, leaf, sizes[leaf], roughness[leaf]))
            .collect();
        // Steps of the level go together; irregular months do not.
        let common = (leaves > 1).then(|| CommonDeviation {
            covariance: Array2::from_shape_fn((n, n), |(t, u)| (t.min(u) + 1) as f64),
            loading: (0..leaves)
                .map(|leaf| LEAF_CORRELATION.sqrt() * self.walk(leaf, sizes[leaf], roughness[leaf]))
                .collect(),
        });
        PathPrior::new(mean, &covariance, common)
    }

    /// Return the standard deviation of a month's step of the level of leaf `leaf`.
    fn walk(&self, leaf: usize, size: Option<f64>, roughness: Roughness) -> f64 {
        roughness.walk
            * WALK_SHARE
            * self.of_partner(leaf).walk
            * self.donor_priors[leaf].walk_at(size)
    }

    /// Return how rough leaf `leaf` is for the kind of its partner.
    fn of_partner(&self, leaf: usize) -> Roughness {
        match self.system.leaves[leaf].partner.as_str() {
            area::WORLD => WORLD,
            _ => Roughness::OF_DONORS,
        }
    }

    /// Return the value of each leaf in US dollars over the last twelve months of its path of
    /// logarithms; `None` where no exchange rate is known.
    pub(super) fn sizes(&self, paths: &[Array1<f64>]) -> Vec<Option<f64>> {
        let n = self.months();
        let from = n.saturating_sub(MONTHS);
        let usd = |t: usize| {
            if self.currency() == Currency::USD {
                return Some(1.0);
            }
            // Months ahead have no rate yet; the latest one is near enough for a size.
            (0..=t)
                .rev()
                .find_map(|t| (self.rate)(Currency::USD, self.month(t)))
        };
        let rates: Vec<Option<f64>> = (from..n).map(usd).collect();
        let size = |path: &Array1<f64>| {
            (from..n)
                .zip(&rates)
                .map(|(t, rate)| Some(path[t].exp() / (*rate)?))
                .sum()
        };
        paths.iter().map(size).collect()
    }
}

/// Return the mean logarithm of a month's level over the figures that are levels. The prior hardly
/// believes it, so any level of the right size will do.
pub(super) fn mean_log_level(observed: &[ObservedSum]) -> f64 {
    let levels = || observed.iter().filter(|sum| sum.before.is_empty());
    let logs = levels().map(|sum| {
        let cells: f64 = sum.now.iter().map(|(_, w)| w).sum();
        (sum.value / cells).ln()
    });
    logs.sum::<f64>() / levels().count().max(1) as f64
}
