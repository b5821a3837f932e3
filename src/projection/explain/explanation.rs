//! What a point forecast is made of: by member, and within by what drives it.
//!
//! Members are linear in the logarithm (balances: in the value itself), so each step's path is a sum there. What a step changes against the same month
//! of the year before is shared among the summands by the logarithmic mean of both values, `L(f, b) = (f − b) / ln(f / b)`: then the amounts add
//! up to `f − b` without a rest (Ang 2015, the LMDI-I decomposition). What is done to paths afterwards (bounds, means, zeros) has names of its own.

use crate::features::calendar;
use crate::projection::combine::combination::bounds;
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths;
use crate::projection::combine::post_processing::PostProcessing;
use crate::projection::explain::attribution::{Attributions, log_mean};
use crate::projection::explain::driver::{Driver, DriverAmounts, add_amount};
use crate::projection::history::effects::EffectEvidence;
use crate::projection::history::transform::Transform;
use crate::projection::panel::fitted_forecast::{FittedForecast, ForecastNote};
use crate::trade::Month;

/// The point forecast of a series taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastExplanation {
    /// One entry a month ahead.
    pub steps: Vec<ExplainedMonth>,
}

/// One month ahead. Its amounts add up to `value − reference`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedMonth {
    /// The month.
    pub month: Month,
    /// The point forecast.
    pub value: f64,
    /// The same month of the year before, observed or (beyond a year) forecast; `None` where there is no figure.
    pub base: Option<f64>,
    /// What amounts are counted from: the base, else the mean level of the last twelve months.
    pub reference: f64,
    /// The members that weigh.
    pub shares: Vec<MemberShare>,
    /// What is done to the combined path.
    pub finish: Vec<(Driver, f64)>,
}

/// What one member adds to a step.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberShare {
    /// The member.
    pub member: Member,
    /// Its weight; weights sum to one.
    pub weight: f64,
    /// Its own forecast.
    pub value: f64,
    /// What drives it, in the unit of the series, its weight counted in.
    pub amounts: Vec<(Driver, f64)>,
}

impl MemberShare {
    /// The sum of its amounts.
    pub fn amount(&self) -> f64 {
        self.amounts.iter().map(|(_, amount)| amount).sum()
    }
}

impl ExplainedMonth {
    /// The amounts by driver, over all members and the finish.
    pub fn by_driver(&self) -> Vec<(Driver, f64)> {
        let mut sum = DriverAmounts::new();
        let amounts = self.shares.iter().flat_map(|share| &share.amounts);
        for (driver, amount) in amounts.chain(&self.finish) {
            add_amount(&mut sum, driver.clone(), *amount);
        }
        sum.into_iter().collect()
    }
}

impl FittedForecast<'_> {
    /// Takes the point forecast apart. The members are run once more, so this costs about as much as the fit; nothing of it is kept meanwhile.
    pub fn explain(&self) -> ForecastExplanation {
        let (pool, prepared) = (self.panel_model(), self.prepared());
        let (lessons, method, horizon) = (pool.pooled_fit(), pool.method(), self.horizon());
        let plain = prepared.plain(0);
        let evidence = plain.evidence();
        let kept = evidence
            .as_ref()
            .and_then(|evidence: &EffectEvidence| evidence.keep(lessons.expected()));
        let origin = plain.without_effects(evidence.as_ref(), lessons.expected());
        let (n, season) = (origin.len(), origin.season.get());
        let recent = &origin.x[n.saturating_sub(season)..];
        let accounts = Attributions {
            origin: &origin,
            horizon,
            lessons,
            effects: kept.map_or_else(Vec::new, |effects| effects.to_vec()),
            columns: columns(pool.regressor_names()),
            middle: recent.iter().sum::<f64>() / recent.len().max(1) as f64,
        };
        let paths = member_paths::project(pool.members(), &origin, horizon, lessons);
        let usable = self.weights().iter().zip(&paths);
        let mut counted: Vec<Counted<'_>> = usable
            .filter_map(|((member, weight), path)| {
                Some(Counted {
                    member: *member,
                    weight: *weight,
                    path: path.as_deref()?,
                    accounts: Vec::new(),
                })
            })
            .collect();
        // Where no member that weighs has a path, those that have one weigh alike.
        let total: f64 = counted.iter().map(|c| c.weight).sum();
        let alike = 1.0 / counted.len().max(1) as f64;
        for c in &mut counted {
            c.weight = if total > 0.0 { c.weight / total } else { alike };
        }
        counted.retain(|c| c.weight > 0.0);
        for c in &mut counted {
            c.accounts = accounts.of(c.member, c.path);
        }
        let finish = PostProcessing::of(&origin, horizon);
        let constant = self.notes().contains(&ForecastNote::Constant);
        let mut sorted = Vec::new();
        let mut made: Vec<Made> = Vec::with_capacity(horizon);
        for k in 0..horizon {
            let (low, high) = bounds(
                counted.iter().map(|c| c.path[k]),
                method.rule(),
                &mut sorted,
            );
            let drawn: Vec<f64> = counted
                .iter()
                .map(|c| c.weight * (c.path[k].clamp(low, high) - c.path[k]))
                .collect();
            let weighted: f64 = counted.iter().map(|c| c.weight * c.path[k]).sum();
            let combined = weighted + drawn.iter().sum::<f64>();
            let mut amounts = DriverAmounts::new();
            let mut value = combined;
            if method.combines() {
                add_amount(&mut amounts, Driver::ToMean, (finish.raise - 1.0) * value);
                value *= finish.raise;
                if let Some((level, q)) = &finish.zeros {
                    add_amount(&mut amounts, Driver::Zeros, q * (level[k].max(0.0) - value));
                    value += q * (level[k].max(0.0) - value);
                }
            }
            if constant {
                add_amount(&mut amounts, Driver::CarriedOn, self.point()[k] - value);
            }
            made.push(Made {
                drawn,
                finish: amounts,
            });
        }
        let step = |k: usize| {
            let before = n.checked_sub(season).map(|start| start + k);
            let observed = before.filter(|t| k < season && prepared.is_seen(*t));
            let ahead = k.checked_sub(season);
            let of_base = observed.map(|t| accounts.of_history(t)).unwrap_or_default();
            let base = observed
                .map(|t| origin.y[t])
                .or_else(|| ahead.map(|a| self.point()[a]));
            let reference = base.unwrap_or_else(|| origin.transform.back(accounts.middle));
            let share = |(place, c): (usize, &Counted<'_>)| {
                let (from, was) = match ahead {
                    Some(a) => (c.path[a], &c.accounts[a]),
                    None => (reference, &of_base),
                };
                let worth = c.weight * worth(origin.transform, c.path[k], from);
                let mut amounts = DriverAmounts::new();
                for (driver, v) in &c.accounts[k] {
                    add_amount(&mut amounts, driver.clone(), worth * v);
                }
                for (driver, v) in was {
                    add_amount(&mut amounts, driver.clone(), -worth * v);
                }
                let drawn_before = ahead.map_or(0.0, |a| made[a].drawn[place]);
                add_amount(
                    &mut amounts,
                    Driver::DrawnIn,
                    made[k].drawn[place] - drawn_before,
                );
                MemberShare {
                    member: c.member,
                    weight: c.weight,
                    value: c.path[k],
                    amounts: told(amounts),
                }
            };
            let mut amounts = made[k].finish.clone();
            for (driver, v) in ahead.iter().flat_map(|a| &made[*a].finish) {
                add_amount(&mut amounts, driver.clone(), -v);
            }
            ExplainedMonth {
                month: self.last().plus(i32::try_from(k).unwrap_or(i32::MAX) + 1),
                value: self.point()[k],
                base,
                reference,
                shares: counted.iter().enumerate().map(share).collect(),
                finish: told(amounts),
            }
        };
        ForecastExplanation {
            steps: (0..horizon).map(step).collect(),
        }
    }
}

/// A member that weighs.
struct Counted<'a> {
    member: Member,
    weight: f64,
    path: &'a [f64],
    accounts: Vec<DriverAmounts>,
}

/// What is done to the members of one step, and to their mean.
struct Made {
    drawn: Vec<f64>,
    finish: DriverAmounts,
}

/// What a difference of one on the transformed scale is worth between two values.
fn worth(transform: Transform, a: f64, b: f64) -> f64 {
    match transform {
        Transform::Log { shift } => {
            let guarded = |v: f64| (v.max(0.0) + shift).max(f64::MIN_POSITIVE);
            log_mean(guarded(a), guarded(b))
        }
        Transform::Level { scale } => scale,
    }
}

/// The known columns by what they are called: New Year's three windows, working days, the user's own.
fn columns(regressors: &[String]) -> Vec<Driver> {
    let own = regressors
        .iter()
        .map(|name| Driver::Regressor(name.as_str().into()));
    let days = std::iter::once(Driver::WorkingDays);
    std::iter::repeat_n(Driver::NewYear, calendar::WIDTH - 1)
        .chain(days)
        .chain(own)
        .collect()
}

/// The amounts that are not nothing.
fn told(amounts: DriverAmounts) -> Vec<(Driver, f64)> {
    amounts.into_iter().filter(|(_, v)| *v != 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{Method, PanelModel};
    use crate::trade::{Regressors, Series};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// A trend, a season and noise from a seed.
    fn usual(seed: u64, n: usize, noise: f64) -> Vec<f64> {
        let mut state = seed.wrapping_mul(2_862_933_555_777_941_757) | 1;
        (0..n)
            .map(|t| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let e = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
                let season = 0.2 * (t as f64 * std::f64::consts::FRAC_PI_6).sin();
                1000.0 * (0.005 * t as f64 + season + noise * e).exp()
            })
            .collect()
    }

    /// Every step's amounts add up, by member and by driver, and nothing but named bounds is needed where there are none.
    fn check(fitted: &FittedForecast<'_>) -> ForecastExplanation {
        let explanation = fitted.explain();
        assert_eq!(explanation.steps.len(), fitted.point().len());
        for step in &explanation.steps {
            let size = 1.0 + step.value.abs() + step.reference.abs();
            let whole = step.value - step.reference;
            let by_driver: f64 = step.by_driver().iter().map(|(_, v)| v).sum();
            let by_member = step.shares.iter().map(MemberShare::amount).sum::<f64>()
                + step.finish.iter().map(|(_, v)| v).sum::<f64>();
            for sum in [by_driver, by_member] {
                assert!(
                    (sum - whole).abs() < 1e-9 * size,
                    "{}: {sum} is not {whole}",
                    step.month
                );
            }
            let weights: f64 = step.shares.iter().map(|share| share.weight).sum();
            assert!((weights - 1.0).abs() < 1e-9);
        }
        explanation
    }

    fn alone(
        values: &[f64],
        negative: bool,
        method: Method,
        horizon: usize,
    ) -> ForecastExplanation {
        let series = Series::new("a", Month::january(2010), values, negative);
        let pool = PanelModel::fit(&[series], method, horizon);
        check(&FittedForecast::new(&series, &pool).unwrap())
    }

    #[test]
    fn every_method_is_explained_without_a_rest() {
        for method in Method::all() {
            let explanation = alone(&usual(3, 120, 0.1), false, method, 18);
            // No bound is met on so calm a series: were a member taken apart wrongly, the rest would show there.
            for step in &explanation.steps {
                for share in &step.shares {
                    let limits = share
                        .amounts
                        .iter()
                        .find(|(driver, _)| *driver == Driver::Limits);
                    let near = share.member.name().ends_with("levels");
                    assert!(
                        near || limits.is_none_or(|(_, v)| v.abs() < 1e-8 * step.value),
                        "{method}, {}: {limits:?}",
                        share.member
                    );
                }
            }
        }
    }

    #[test]
    fn pooled_members_are_explained_by_their_lags() {
        let values: Vec<Vec<f64>> = (0..12).map(|k| usual(k, 220, 0.15)).collect();
        let ids: Vec<String> = (0..12).map(|k| format!("s{k}")).collect();
        let panel: Vec<Series<'_>> = ids
            .iter()
            .zip(&values)
            .map(|(id, v)| Series::new(id, Month::january(2005), v, false))
            .collect();
        for method in [
            Method::Auto,
            Method::Only(Member::PooledShort),
            Method::Only(Member::PooledLong),
            Method::Only(Member::PooledLevels),
        ] {
            let pool = PanelModel::fit(&panel, method, 14);
            let explanation = check(&FittedForecast::new(&panel[4], &pool).unwrap());
            let of = |driver: Driver| {
                let amounts = explanation.steps[0].by_driver();
                amounts
                    .iter()
                    .find(|(d, _)| *d == driver)
                    .map_or(0.0, |(_, v)| *v)
            };
            assert!(
                of(Driver::LagsRecent) != 0.0 && of(Driver::LagsYear) != 0.0,
                "{method}"
            );
            let limits = of(Driver::Limits).abs() / explanation.steps[0].value;
            assert!(
                method == Method::Only(Member::PooledLevels) || limits < 0.02,
                "{method}: {limits}"
            );
            assert_eq!(
                of(Driver::LagsFar) != 0.0,
                matches!(method, Method::Auto | Method::Only(Member::PooledLong)),
                "{method}"
            );
        }
    }

    #[test]
    fn odd_series_are_explained_too() {
        let mut hollow = usual(5, 90, 0.2);
        hollow[80] = f64::NAN;
        let mut zeros = usual(6, 90, 0.2);
        (0..90).step_by(4).for_each(|t| zeros[t] = 0.0);
        let balance: Vec<f64> = usual(7, 90, 0.2).iter().map(|v| v - 1300.0).collect();
        for (values, negative) in [
            (&usual(1, 5, 0.1)[..], false),
            (&usual(1, 20, 0.1), false),
            (&hollow, false),
            (&zeros, false),
            (&balance, true),
            (&[7.0; 40], false),
            (&[0.0; 40], false),
        ] {
            alone(values, negative, Method::Auto, 30);
        }
        // The month of the gap has no base to grow from.
        let explanation = alone(&hollow, false, Method::Auto, 12);
        assert_eq!(
            explanation
                .steps
                .iter()
                .map(|step| step.base.is_none())
                .collect::<Vec<_>>(),
            [
                false, false, true, false, false, false, false, false, false, false, false, false
            ]
        );
    }

    #[test]
    fn a_high_base_takes_growth_away_and_base_effects_cancel_over_a_year() {
        // A flat series whose month t = 90 was doubled: forecast for that month a year later, the base takes about half of the figure away.
        let mut values: Vec<f64> = usual(2, 96, 0.02)
            .iter()
            .enumerate()
            .map(|(t, v)| v * (-0.005 * t as f64).exp())
            .collect();
        values[90] *= 2.0;
        let explanation = alone(&values, false, Method::Only(Member::DampedHolt), 12);
        let base = |k: usize| {
            let amounts = explanation.steps[k].by_driver();
            let found = amounts.iter().find(|(driver, _)| *driver == Driver::Base);
            found.map_or(0.0, |(_, v)| *v) / explanation.steps[k].reference
        };
        assert!((-0.6..-0.4).contains(&base(6)), "{}", base(6));
        assert!((0..12).filter(|k| *k != 6).all(|k| base(k).abs() < 0.12));
    }

    #[test]
    fn new_year_and_the_users_columns_are_told_apart() {
        let first = Month::january(2005);
        let rate = |t: usize| ((t * 7919) % 13) as f64;
        let values: Vec<f64> = usual(9, 180, 0.02)
            .iter()
            .enumerate()
            .map(|(t, v)| {
                let month = first.plus(i32::try_from(t).unwrap());
                v * (-0.3 * calendar::row(month)[1] + 0.02 * rate(t)).exp()
            })
            .collect();
        let rows: Vec<(Month, Vec<f64>)> = (0..192)
            .map(|t| (first.plus(i32::try_from(t).unwrap()), vec![rate(t)]))
            .collect();
        let mut regressors = Regressors::new(vec!["rate".into()]);
        regressors.insert(None, &rows);
        let series = Series::new("a", first, &values, false);
        let pool = PanelModel::fit_with(&[series], Method::Auto, 12, Arc::new(regressors));
        let explanation = check(&FittedForecast::new(&series, &pool).unwrap());
        // The series ends in December 2019. New Year's week lay in February in 2019 (from the 5th), and lies in January in 2020 (from the 25th): January
        // loses against the year before, February wins.
        let of = |k: usize, driver: &Driver| {
            let amounts = explanation.steps[k].by_driver();
            let found = amounts.iter().find(|(d, _)| d == driver);
            found.map_or(0.0, |(_, v)| *v) / explanation.steps[k].reference
        };
        assert!(of(0, &Driver::NewYear) < -0.1 && of(1, &Driver::NewYear) > 0.1);
        // One unit of the rate is worth 2 % in logarithms, so twelve months apart it changes by that times the difference of the rates written above.
        let driver = Driver::Regressor("rate".into());
        for (k, step) in explanation.steps.iter().enumerate() {
            let expected = 0.02 * (rate(180 + k) - rate(168 + k));
            let in_logs = of(k, &driver) * step.reference / log_mean(step.value, step.reference);
            assert!(
                (in_logs - expected).abs() < 0.02,
                "{k}: {in_logs} {expected}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn amounts_always_add_up(seed in 0..1000_u64, n in 4..140_usize, noise in 0.0..2.0_f64, zero in 2..30_usize, shift in 0.0..2000.0_f64, horizon in 1..26_usize) {
            let mut values = usual(seed, n, noise);
            if seed % 3 == 0 {
                (0..n - 1).step_by(zero).for_each(|t| values[t] = 0.0);
            }
            let negative = seed % 3 == 1;
            if negative {
                values.iter_mut().for_each(|v| *v -= shift);
            }
            alone(&values, negative, Method::Auto, horizon);
        }
    }
}
