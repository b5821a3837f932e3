//! The decomposition of a point forecast, by member and within a member by driver.
//!
//! Members are linear in the logarithm (balances: in the value itself), so each step's path is a
//! sum there. The change of a step against the same month a year earlier is divided among the
//! summands by the logarithmic mean of both values, `L(f, b) = (f − b) / ln(f / b)`. The amounts
//! then add up to `f − b` without a rest (Ang 2015, the LMDI-I decomposition). What is done to
//! paths afterwards (bounds, means, zeros) has drivers of its own.

use crate::features::calendar;
use crate::projection::combine::combination::bounds;
use crate::projection::combine::member::Member;
use crate::projection::combine::member_paths;
use crate::projection::combine::method::Method;
use crate::projection::explain::attribution::{Attributions, log_mean};
use crate::projection::explain::driver::{Driver, DriverAmounts, add_amount};
use crate::projection::explain::explained_month::{
    ExplainedMonth, ForecastExplanation, MemberShare,
};
use crate::projection::history::origin::Origin;
use crate::projection::history::transform::Transform;
use crate::projection::panel::fitted_forecast::FittedForecast;
use crate::projection::panel::forecast_note::ForecastNote;
use crate::projection::panel::panel_news::NewsPart;
use crate::trade::Month;
use std::collections::BTreeMap;

impl FittedForecast<'_> {
    /// Split the point forecast into amounts by member and driver.
    ///
    /// The members are run once more, so this costs about as much as the fit.
    pub fn explain(&self) -> ForecastExplanation {
        let (model, prepared) = (self.panel_model(), self.prepared());
        let (pooled_fit, horizon) = (self.pooled_fit(), self.horizon());
        let plain = prepared.plain(0);
        let evidence = plain.evidence();
        let kept = evidence
            .as_ref()
            .and_then(|evidence| evidence.keep(pooled_fit.expected()));
        let origin = plain.without_effects(evidence.as_ref(), pooled_fit.expected());
        let recent = &origin.x[origin.len().saturating_sub(origin.season.get())..];
        let attributions = Attributions {
            origin: &origin,
            horizon,
            pooled_fit,
            effects: kept.map_or_else(Vec::new, |effects| effects.to_vec()),
            columns: column_drivers(model.regressor_names()),
            mean: recent.iter().sum::<f64>() / recent.len().max(1) as f64,
        };
        let paths = member_paths::project(model.method(), &origin, horizon, pooled_fit);
        let usable = self.weights().iter().zip(&paths);
        let usable = usable
            .filter_map(|((member, weight), path)| Some((*member, *weight, path.as_deref()?)));
        let members = weighted_members(usable.collect(), &attributions);
        let combined = self.combined_steps(&members);
        let decomposition = Decomposition {
            fitted: self,
            origin: &origin,
            attributions: &attributions,
            members: &members,
            combined: &combined,
        };
        ForecastExplanation {
            steps: (0..horizon).map(|k| decomposition.month(k)).collect(),
        }
    }

    /// Return what the combination does to the members at each step.
    fn combined_steps(&self, members: &[WeightedMember<'_>]) -> Vec<CombinedStep> {
        let post_processing = self.post_processing();
        let method = self.panel_model().method();
        let constant = self.notes().contains(&ForecastNote::Constant);
        let mut sorted = Vec::new();
        let mut steps: Vec<CombinedStep> = Vec::with_capacity(self.horizon());
        let news = news_by_source(self.news_parts());
        for k in 0..self.horizon() {
            let (low, high) = bounds(
                members.iter().map(|m| (m.path[k], m.weight)),
                method.rule(),
                &mut sorted,
            );
            let drawn_in: Vec<f64> = members
                .iter()
                .map(|m| m.weight * (m.path[k].clamp(low, high) - m.path[k]))
                .collect();
            let weighted: f64 = members.iter().map(|m| m.weight * m.path[k]).sum();
            let combined = weighted + drawn_in.iter().sum::<f64>();
            let mut amounts = DriverAmounts::new();
            let mut value = combined;
            let raise = post_processing.raise(method);
            add_amount(&mut amounts, Driver::ToMean, (raise - 1.0) * value);
            value *= raise;
            if method != Method::Only(Member::SeasonalNaive) {
                let shift = (post_processing.shift_factor() - 1.0) * value;
                add_amount(&mut amounts, Driver::LevelShift, shift);
                value += shift;
                let trade = (post_processing.trade(k) - 1.0) * value;
                add_amount(&mut amounts, Driver::Zeros, trade);
                value += trade;
            }
            // The shift is one of logarithms: its parts share what it adds.
            let shift: f64 = news.iter().map(|(_, parts)| parts[k]).sum();
            let added = shift.exp_m1() * value;
            for (driver, parts) in news.iter().filter(|_| shift != 0.0) {
                add_amount(&mut amounts, driver.clone(), added * parts[k] / shift);
            }
            value += added;
            if constant {
                add_amount(&mut amounts, Driver::CarriedOn, self.point()[k] - value);
            }
            steps.push(CombinedStep {
                drawn_in,
                post_processing: amounts,
            });
        }
        steps
    }
}

/// Return the shifts of each step by driver: the largest sources of each month of news, so that
/// every step that one moves has some named, and all others as one. `parts` come the largest first.
fn news_by_source(parts: Vec<NewsPart>) -> Vec<(Driver, Vec<f64>)> {
    const NAMED_OF_A_MONTH: usize = 3;
    let mut named: BTreeMap<Month, usize> = BTreeMap::new();
    let mut by_source: Vec<(Driver, Vec<f64>)> = Vec::new();
    let mut others: Option<Vec<f64>> = None;
    for part in parts {
        let of_month = named.entry(part.month).or_default();
        if *of_month < NAMED_OF_A_MONTH {
            *of_month += 1;
            let name = format!("{} {}", part.source, part.month);
            by_source.push((Driver::News(name.into()), part.shift));
            continue;
        }
        match &mut others {
            None => others = Some(part.shift),
            Some(others) => others
                .iter_mut()
                .zip(part.shift)
                .for_each(|(sum, v)| *sum += v),
        }
    }
    by_source.extend(others.map(|shift| (Driver::News(Driver::OTHER_SOURCES.into()), shift)));
    by_source
}

/// A member with a weight.
struct WeightedMember<'a> {
    member: Member,
    weight: f64,
    path: &'a [f64],
    /// The drivers of each step, transformed scale.
    drivers: Vec<DriverAmounts>,
}

/// What the combination does at one step.
struct CombinedStep {
    /// For each member, its weight times how far it is drawn in.
    drawn_in: Vec<f64>,
    post_processing: DriverAmounts,
}

/// Return the members that count, their weights summing to one; where no member with a weight has a
/// path, those that have one get equal weights.
fn weighted_members<'a>(
    usable: Vec<(Member, f64, &'a [f64])>,
    attributions: &Attributions<'_>,
) -> Vec<WeightedMember<'a>> {
    let total: f64 = usable.iter().map(|(_, weight, _)| weight).sum();
    let equal = 1.0 / usable.len().max(1) as f64;
    usable
        .into_iter()
        .map(|(member, weight, path)| {
            let weight = if total > 0.0 { weight / total } else { equal };
            (member, weight, path)
        })
        .filter(|(_, weight, _)| *weight > 0.0)
        .map(|(member, weight, path)| WeightedMember {
            member,
            weight,
            path,
            drivers: attributions.of(member, path),
        })
        .collect()
}

/// A decomposition under way.
struct Decomposition<'a> {
    fitted: &'a FittedForecast<'a>,
    origin: &'a Origin<'a>,
    attributions: &'a Attributions<'a>,
    members: &'a [WeightedMember<'a>],
    combined: &'a [CombinedStep],
}

impl Decomposition<'_> {
    /// Return the explanation of step `k`.
    fn month(&self, k: usize) -> ExplainedMonth {
        let (origin, point, combined) = (self.origin, self.fitted.point(), self.combined);
        let season = origin.season.get();
        let before = origin.len().checked_sub(season).map(|start| start + k);
        let observed = before.filter(|_| k < season);
        let observed = observed.and_then(|t| Some((t, self.fitted.prepared().figure(t)?)));
        let ahead = k.checked_sub(season);
        let of_base = observed
            .map(|(t, figure)| self.attributions.of_history(t, figure))
            .unwrap_or_default();
        let base = observed
            .map(|(_, figure)| figure)
            .or_else(|| ahead.map(|a| point[a]));
        let reference = base.unwrap_or_else(|| origin.transform.invert(self.attributions.mean));
        let share = |(place, m): (usize, &WeightedMember<'_>)| {
            let (from, drivers_before) = match ahead {
                Some(a) => (m.path[a], &m.drivers[a]),
                None => (reference, &of_base),
            };
            let unit = m.weight * value_of_unit(origin.transform, m.path[k], from);
            let mut amounts = DriverAmounts::new();
            for (driver, v) in &m.drivers[k] {
                add_amount(&mut amounts, driver.clone(), unit * v);
            }
            for (driver, v) in drivers_before {
                add_amount(&mut amounts, driver.clone(), -unit * v);
            }
            let drawn_in_before = ahead.map_or(0.0, |a| combined[a].drawn_in[place]);
            let drawn_in = combined[k].drawn_in[place] - drawn_in_before;
            add_amount(&mut amounts, Driver::DrawnIn, drawn_in);
            MemberShare {
                member: m.member,
                weight: m.weight,
                value: m.path[k],
                amounts: without_zeros(amounts),
            }
        };
        let mut amounts = combined[k].post_processing.clone();
        for (driver, v) in ahead.iter().flat_map(|a| &combined[*a].post_processing) {
            add_amount(&mut amounts, driver.clone(), -v);
        }
        ExplainedMonth {
            month: self.fitted.last().forward(k + 1),
            value: point[k],
            base,
            reference,
            shares: self.members.iter().enumerate().map(share).collect(),
            post_processing: without_zeros(amounts),
        }
    }
}

/// Return what a difference of one on the transformed scale is worth between two values.
fn value_of_unit(transform: Transform, a: f64, b: f64) -> f64 {
    match transform {
        Transform::Log { shift } => {
            let guarded = |v: f64| (v.max(0.0) + shift).max(f64::MIN_POSITIVE);
            log_mean(guarded(a), guarded(b))
        }
        Transform::Level { scale } => scale,
    }
}

/// Return the drivers of the known columns: New Year's three windows, working days, the regressors
/// of the user.
fn column_drivers(regressors: &[String]) -> Vec<Driver> {
    let own = regressors
        .iter()
        .map(|name| Driver::Regressor(name.as_str().into()));
    let days = std::iter::once(Driver::WorkingDays);
    std::iter::repeat_n(Driver::NewYear, calendar::WIDTH - 1)
        .chain(days)
        .chain(own)
        .collect()
}

/// Return the amounts that are not zero.
fn without_zeros(amounts: DriverAmounts) -> Vec<(Driver, f64)> {
    amounts.into_iter().filter(|(_, v)| *v != 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{Method, PanelModel};
    use crate::trade::{Month, Regressors, Series};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Return a series with a trend, a season and noise from a seed.
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

    /// Check that every step's amounts add up, by member and by driver.
    fn check(fitted: &FittedForecast<'_>) -> ForecastExplanation {
        let explanation = fitted.explain();
        assert_eq!(explanation.steps.len(), fitted.point().len());
        for step in &explanation.steps {
            let size = 1.0 + step.value.abs() + step.reference.abs();
            let whole = step.value - step.reference;
            let by_driver: f64 = step.by_driver().iter().map(|(_, v)| v).sum();
            let by_member = step.shares.iter().map(MemberShare::amount).sum::<f64>()
                + step.post_processing.iter().map(|(_, v)| v).sum::<f64>();
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
        let model = PanelModel::fit(&[series], method, horizon);
        check(&FittedForecast::new(&series, &model).unwrap())
    }

    #[test]
    fn every_method_is_explained_without_a_rest() {
        for method in Method::all() {
            let explanation = alone(&usual(3, 120, 0.1), false, method, 18);
            // So calm a series meets no bound: a wrong decomposition of a member would leave a rest
            // there.
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
            let model = PanelModel::fit(&panel, method, 14);
            let explanation = check(&FittedForecast::new(&panel[4], &model).unwrap());
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
    fn every_month_of_news_has_sources_that_are_named() {
        // The largest parts are all of May; April has small ones alone.
        let part = |(k, month, size): (usize, &str, f64)| NewsPart {
            source: format!("s{k}").into(),
            month: Month::parse(month).unwrap(),
            shift: vec![size; 2],
        };
        let may = (0..6).map(|k| (k, "2015-05", 9.0 - k as f64));
        let april = (6..10).map(|k| (k, "2015-04", 0.1));
        let parts: Vec<NewsPart> = may.chain(april).map(part).collect();
        let sum = |shifts: &[Vec<f64>]| shifts.iter().map(|shift| shift[0]).sum::<f64>();
        let all: Vec<Vec<f64>> = parts.iter().map(|part| part.shift.clone()).collect();
        let found = news_by_source(parts);
        let names: Vec<String> = found.iter().map(|(driver, _)| driver.to_string()).collect();
        let of = |month: &str| names.iter().filter(|name| name.ends_with(month)).count();
        assert_eq!((of("2015-05"), of("2015-04"), names.len()), (3, 3, 7));
        assert_eq!(names[0], "news:s0 2015-05");
        assert_eq!(names[6], "news:others");
        let shifts: Vec<Vec<f64>> = found.into_iter().map(|(_, shift)| shift).collect();
        assert!((sum(&shifts) - sum(&all)).abs() < 1e-12);
    }

    #[test]
    fn a_high_base_lowers_growth_in_its_own_month_only() {
        // A flat series whose month t = 90 was doubled: for that month a year later the base effect
        // is about minus half of the value.
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
    fn new_year_and_the_users_regressors_are_separated() {
        let first = Month::january(2005);
        let rate = |t: usize| ((t * 7919) % 13) as f64;
        let values: Vec<f64> = usual(9, 180, 0.02)
            .iter()
            .enumerate()
            .map(|(t, v)| {
                let month = first.forward(t);
                v * (-0.3 * calendar::row(month)[1] + 0.02 * rate(t)).exp()
            })
            .collect();
        let rows: Vec<(Month, Vec<f64>)> = (0..192)
            .map(|t| (first.forward(t), vec![rate(t)]))
            .collect();
        let mut regressors = Regressors::new(vec!["rate".into()]);
        regressors.insert(None, &rows);
        let series = Series::new("a", first, &values, false);
        let model = PanelModel::fit_with(&[series], Method::Auto, 12, Arc::new(regressors));
        let explanation = check(&FittedForecast::new(&series, &model).unwrap());
        // The series ends in December 2019. New Year's week lay in February in 2019 (from the 5th)
        // and lies in January in 2020 (from the 25th): January loses against the year before,
        // February wins.
        let of = |k: usize, driver: &Driver| {
            let amounts = explanation.steps[k].by_driver();
            let found = amounts.iter().find(|(d, _)| d == driver);
            found.map_or(0.0, |(_, v)| *v) / explanation.steps[k].reference
        };
        assert!(of(0, &Driver::NewYear) < -0.1 && of(1, &Driver::NewYear) > 0.1);
        // One unit of the rate is worth 2 % in logarithms; twelve months change the series by that
        // times the difference of the rates above.
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
        fn amounts_always_add_up(
            seed in 0..1000_u64,
            n in 4..140_usize,
            noise in 0.0..2.0_f64,
            zero in 2..30_usize,
            shift in 0.0..2000.0_f64,
            horizon in 1..26_usize,
        ) {
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
