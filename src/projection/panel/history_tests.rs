//! Kinds of histories that are hard to forecast, each over many draws: what a forecast may not do.

use super::fitted_forecast::FittedForecast;
use super::forecast_note::ForecastNote;
use super::panel_model::PanelModel;
use crate::projection::{Member, Method, ProjectionError};
use crate::trade::{Month, Series};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const HORIZON: usize = 12;
const MONTHS: usize = 96;

/// Independent standard normal numbers (Box and Muller 1958).
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as f64 + 0.5) / f64::from(1_u32 << 31)
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// The logarithm of the season of a flow, adding up to about zero over a year.
fn season(t: usize) -> f64 {
    let at = t as f64 * std::f64::consts::FRAC_PI_6;
    0.1 * at.sin() + 0.05 * (2.0 * at).cos()
}

/// Return `months` months of a flow of about 1,000 with a season and noise.
fn flow(seed: u64, months: usize, noise: f64) -> Vec<f64> {
    let mut random = Noise(seed.wrapping_mul(2_862_933_555_777_941_757) | 1);
    // The first numbers of neighbouring seeds are alike.
    for _ in 0..8 {
        random.uniform();
    }
    (0..months)
        .map(|t| 1000.0 * (season(t) + noise * random.normal()).exp())
        .collect()
}

/// Return the flow of month `t` without noise.
fn truth(t: usize) -> f64 {
    1000.0 * season(t).exp()
}

/// Return the days from Monday to Friday of a month.
fn working_days(month: Month) -> usize {
    let days = (0..31).map(|k| month.first_day() + time::Duration::days(k));
    let of_month = days.take_while(|day| *day <= month.last_day());
    of_month
        .filter(|day| day.weekday().number_days_from_monday() < 5)
        .count()
}

/// What a test looks at.
#[derive(Debug, Clone, PartialEq)]
struct Read {
    point: Vec<f64>,
    /// The 95 % interval of each month.
    wide: Vec<(f64, f64)>,
}

impl Read {
    fn mean(&self) -> f64 {
        self.point.iter().sum::<f64>() / self.point.len() as f64
    }

    fn highest(&self) -> f64 {
        self.wide.iter().map(|bounds| bounds.1).fold(0.0, f64::max)
    }

    fn lowest(&self) -> f64 {
        self.wide
            .iter()
            .map(|bounds| bounds.0)
            .fold(f64::INFINITY, f64::min)
    }
}

fn read(fitted: &FittedForecast<'_>) -> Read {
    Read {
        point: fitted.point().to_vec(),
        wide: fitted.interval(0.95),
    }
}

/// Forecast the first of these series by a model of all of them.
fn among(panel: &[Vec<f64>], method: Method, horizon: usize) -> Result<Read, ProjectionError> {
    let ids: Vec<String> = (0..panel.len()).map(|k| format!("s{k}")).collect();
    let panel: Vec<Series<'_>> = ids
        .iter()
        .zip(panel)
        .map(|(id, v)| Series::new(id, Month::january(2012), v, v.iter().any(|y| *y < 0.0)))
        .collect();
    let model = PanelModel::fit(&panel, method, horizon);
    FittedForecast::new(&panel[0], &model).map(|fitted| read(&fitted))
}

fn alone(values: &[f64]) -> Read {
    among(&[values.to_vec()], Method::Auto, HORIZON).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 16,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn seasons_without_trade_stay_empty_and_the_peak_stays(
        seed in 0..1000_u64, off in 3..9_usize, start in 0..12_usize,
    ) {
        let is_off = |t: usize| (t + start) % 12 < off;
        let mut values = flow(seed, MONTHS, 0.1);
        (0..MONTHS).filter(|t| is_off(*t)).for_each(|t| values[t] = 0.0);
        for (k, f) in alone(&values).point.iter().enumerate() {
            let expected = if is_off(MONTHS + k) { 0.0 } else { truth(MONTHS + k) };
            prop_assert!((f - expected).abs() < 0.3 * expected + 1.0, "month {k}: {f}, {expected}");
        }
    }

    #[test]
    fn a_flow_that_stopped_is_forecast_near_zero_and_a_fresh_stop_is_in_doubt(
        seed in 0..1000_u64, months in 1..40_usize,
    ) {
        let mut values = flow(seed, MONTHS, 0.1);
        values[MONTHS - months..].fill(0.0);
        let forecast = alone(&values);
        if months >= 6 {
            prop_assert!(forecast.mean() < 50.0, "{}", forecast.mean());
        }
        if months <= 3 {
            prop_assert!(forecast.lowest() == 0.0 && forecast.highest() > 1000.0, "{forecast:?}");
        }
    }

    #[test]
    fn a_flow_that_comes_back_is_forecast_from_what_came_back(
        seed in 0..1000_u64, absent in 36..150_usize, months in 12..60_usize, level in 0.1..10_f64,
    ) {
        let mut values: Vec<f64> = flow(seed, 60, 0.1).iter().map(|v| level * v).collect();
        values.extend(vec![f64::NAN; absent]);
        values.extend(flow(seed + 1, months, 0.1));
        let mean = alone(&values).mean();
        prop_assert!((mean / 1000.0 - 1.0).abs() < 0.3, "{mean}");
    }

    #[test]
    fn one_wild_month_carries_no_forecast_away(
        seed in 0..1000_u64, back in 0..90_usize,
        factor in proptest::sample::select(vec![0.01, 10.0, 100.0, 1000.0]),
    ) {
        let mut values = flow(seed, MONTHS, 0.1);
        values[MONTHS - 1 - back] *= factor;
        let forecast = alone(&values);
        // The last month may be a shift.
        let most = if back == 0 { 2.0 } else { 1.5 };
        for (k, f) in forecast.point.iter().enumerate() {
            let ratio = f / truth(MONTHS + k);
            prop_assert!((0.6..most).contains(&ratio), "month {k}: {ratio}");
        }
    }

    #[test]
    fn zero_a_cent_a_hundred_and_no_figure_in_one_month_are_nearly_the_same(
        seed in 0..1000_u64, back in 0..60_usize,
    ) {
        let plain: Vec<f64> = flow(seed, MONTHS, 0.05).iter().map(|v| 1e3 * v).collect();
        let with = |value: f64| {
            let mut values = plain.clone();
            values[MONTHS - 1 - back] = value;
            alone(&values)
        };
        // A series does not end with a gap.
        let without = match back {
            0 => alone(&plain[..MONTHS - 1]).mean(),
            _ => with(f64::NAN).mean(),
        };
        for value in [0.0, 0.01, 1.0, 100.0] {
            let forecast = with(value);
            let ratio = forecast.mean() / without;
            prop_assert!((ratio - 1.0).abs() < 0.1, "{value}: {ratio}");
            for (k, (lower, upper)) in forecast.wide.iter().enumerate() {
                prop_assert!(*upper < 2.0 * forecast.point[k]);
                prop_assert!(back == 0 || *lower > 0.5 * forecast.point[k], "{value} {k}: {lower}");
            }
        }
    }

    #[test]
    fn a_flow_that_fell_to_nothing_and_came_back_is_forecast_at_its_level(
        seed in 0..1000_u64, months in 18..36_usize,
    ) {
        let mut values = flow(seed, 96, 0.1);
        let fall = |t: usize| (-10.0 * t as f64 / 48.0_f64).exp();
        (0..48).for_each(|t| values[t] *= fall(t));
        (48..56).for_each(|t| values[t] *= fall(48));
        let forecast = alone(&values[..56 + months]);
        prop_assert!((0.7..1.5).contains(&(forecast.mean() / 1000.0)), "{}", forecast.mean());
        prop_assert!(forecast.highest() < 10_000.0, "{}", forecast.highest());
    }

    #[test]
    fn a_flow_of_rare_months_has_a_low_path_near_its_mean(seed in 0..1000_u64) {
        let mut random = Noise(seed * 7919 + 1);
        let rare = |random: &mut Noise| {
            let trade = random.uniform() < 0.25;
            (1.0 + 13.0 * random.uniform()).round() * f64::from(u8::from(trade))
        };
        let mut values: Vec<f64> = (0..MONTHS).map(|_| rare(&mut random)).collect();
        // It has not stopped.
        values[MONTHS - 1] = 7.0;
        let mean = values.iter().sum::<f64>() / MONTHS as f64;
        let forecast = alone(&values);
        prop_assert!((0.05..3.5).contains(&(forecast.mean() / mean)), "{} {mean}", forecast.mean());
        prop_assert!(forecast.lowest() >= 0.0 && forecast.highest() < 30.0, "{forecast:?}");
    }

    #[test]
    fn explosive_flows_are_finite_and_not_beyond_their_unchanged_trend(
        seed in 0..1000_u64, growth in -0.7..2.4_f64, months in 24..60_usize,
    ) {
        let mut values = flow(seed, months, 0.05);
        (0..months).for_each(|t| values[t] *= (growth * t as f64).exp());
        let last = values[months - 1] / season(months - 1).exp();
        for (k, f) in alone(&values).point.iter().enumerate() {
            let unchanged = last * (growth.max(0.02) * (k + 1) as f64).exp();
            let sane = f.is_finite() && *f >= 0.0 && *f < 1.6 * unchanged;
            prop_assert!(sane, "month {k}: {f} {unchanged}");
        }
    }

    #[test]
    fn short_flows_are_forecast_at_their_level(seed in 0..1000_u64, months in 1..30_usize) {
        let values = flow(seed, months, 0.05);
        let forecast = among(&[values], Method::Auto, HORIZON);
        if months < 4 {
            let too_short = ProjectionError::TooShort { needed: 4, found: months };
            prop_assert_eq!(forecast.unwrap_err(), too_short);
        } else {
            let mean = forecast.unwrap().mean();
            // Four months know no season.
            let most = if months < 6 { 0.4 } else { 0.25 };
            prop_assert!((mean / 1000.0 - 1.0).abs() < most, "{mean}");
        }
    }

    #[test]
    fn one_credit_note_changes_little_and_lets_nothing_below_zero(
        seed in 0..1000_u64, back in 1..90_usize, growth in -0.04..0.04_f64,
    ) {
        let mut plain = flow(seed, MONTHS, 0.1);
        (0..MONTHS).for_each(|t| plain[t] *= (growth * (t as f64 - 48.0)).exp());
        let mut values = plain.clone();
        values[MONTHS - 1 - back] *= -0.02;
        let (with, without) = (alone(&values), alone(&plain));
        let ratio = with.mean() / without.mean();
        prop_assert!((ratio - 1.0).abs() < 0.12, "{ratio}");
        prop_assert!(with.lowest() >= 0.0);
    }

    #[test]
    fn a_unit_scales_the_forecast_alone(seed in 0..1000_u64, power in -290..90_i32) {
        let plain = flow(seed, MONTHS, 0.1);
        let unit = 10.0_f64.powi(power);
        let scaled: Vec<f64> = plain.iter().map(|v| v * unit).collect();
        let (plain, scaled) = (alone(&plain), alone(&scaled));
        let near = |a: f64, b: f64| (a * unit / b - 1.0).abs() < 1e-6;
        for k in 0..HORIZON {
            prop_assert!(near(plain.point[k], scaled.point[k]));
            prop_assert!(near(plain.wide[k].0, scaled.wide[k].0), "{plain:?} {scaled:?}");
            prop_assert!(near(plain.wide[k].1, scaled.wide[k].1), "{plain:?} {scaled:?}");
        }
    }

    #[test]
    fn a_shift_of_a_year_ago_is_the_level_and_a_fresh_one_is_in_doubt(
        seed in 0..1000_u64, months in 1..30_usize,
        factor in proptest::sample::select(vec![0.35, 0.5, 2.0]),
    ) {
        let mut values = flow(seed, MONTHS, 0.05);
        values[MONTHS - months..].iter_mut().for_each(|v| *v *= factor);
        let forecast = alone(&values);
        if months >= 12 {
            let ratio = forecast.mean() / (1000.0 * factor);
            prop_assert!((0.8..1.25).contains(&ratio), "{ratio}");
        }
        if (2..=3).contains(&months) {
            let holds = |level: f64| {
                let inside = |(k, (lower, upper)): (usize, &(f64, f64))| {
                    (*lower..=*upper).contains(&(level * truth(MONTHS + k)))
                };
                forecast.wide.iter().enumerate().filter(|month| inside(*month)).count()
            };
            let (old, new) = (holds(1.0), holds(factor));
            prop_assert!(old >= 10 && new >= 10, "{old} {new}");
        }
    }

    #[test]
    fn gaps_of_any_kind_leave_the_forecast_near_the_level(seed in 0..1000_u64, kind in 0..3_usize) {
        let mut values = flow(seed, MONTHS, 0.08);
        let is_gap = |t: usize| match kind {
            0 => t % 7 == 3,
            1 => t % 12 == 7,
            _ => (40..52).contains(&t),
        };
        (0..MONTHS - 1).filter(|t| is_gap(*t)).for_each(|t| values[t] = f64::NAN);
        for (k, f) in alone(&values).point.iter().enumerate() {
            let ratio = f / truth(MONTHS + k);
            prop_assert!((0.75..1.35).contains(&ratio), "month {k}: {ratio}");
        }
    }

    #[test]
    fn a_flow_by_working_days_is_forecast_by_working_days(seed in 0..20_u64, years in 8..15_usize) {
        let value = |t: usize| 50.0 * working_days(Month::january(2012).forward(t)) as f64;
        let months = 12 * years + seed as usize % 12;
        let values: Vec<f64> = (0..months).map(value).collect();
        for (k, f) in alone(&values).point.iter().enumerate() {
            let ratio = f / value(months + k);
            prop_assert!((ratio - 1.0).abs() < 0.03, "month {k}: {ratio}");
        }
    }

    #[test]
    fn a_flow_that_began_late_is_forecast_from_its_beginning(
        seed in 0..1000_u64, zeros in 12..90_usize, months in 1..40_usize,
    ) {
        let mut values = vec![0.0; zeros];
        values.extend(flow(seed, months, 0.1));
        let forecast = alone(&values);
        match months {
            // Whether it goes on is not known yet.
            1..4 => {
                let open = forecast.lowest() == 0.0 && forecast.highest() > 700.0;
                prop_assert!(open, "{forecast:?}");
            }
            4..6 => {}
            _ => {
                let ratio = forecast.mean() / 1000.0;
                prop_assert!((0.7..1.4).contains(&ratio), "{ratio}");
                let most = if months < 12 { 3500.0 } else { 2200.0 };
                prop_assert!(forecast.highest() < most, "{}", forecast.highest());
            }
        }
    }

    #[test]
    fn far_horizons_are_wider_and_leave_near_months_as_they_are(seed in 0..1000_u64) {
        let values = flow(seed, MONTHS, 0.1);
        let of = |horizon| among(std::slice::from_ref(&values), Method::Auto, horizon).unwrap();
        let (near, far) = (of(HORIZON), of(60));
        for k in 0..HORIZON {
            let ratio = far.point[k] / near.point[k];
            prop_assert!((ratio - 1.0).abs() < 0.05, "month {k}: {ratio}");
        }
        let width = |from: usize| -> f64 {
            far.wide[from..from + 12].iter().map(|(lower, upper)| upper - lower).sum()
        };
        for year in 0..4 {
            prop_assert!(width(12 * year) < 1.01 * width(12 * year + 12), "{:?}", far.wide);
        }
        prop_assert!(width(0) < 0.9 * width(48), "{:?}", far.wide);
    }

    #[test]
    fn odd_company_hardly_changes_an_ordinary_series(seed in 0..1000_u64, odd in 0..4_usize) {
        let mut panel: Vec<Vec<f64>> = (0..10).map(|k| flow(seed + 31 * k, MONTHS, 0.1)).collect();
        let plain = among(&panel, Method::Auto, HORIZON).unwrap();
        let mut stranger = flow(seed + 999, MONTHS, 0.3);
        match odd {
            0 => (0..MONTHS).filter(|t| t % 12 > 4).for_each(|t| stranger[t] = 0.0),
            1 => (0..MONTHS).filter(|t| t % 5 > 0).for_each(|t| stranger[t] = 0.0),
            2 => (0..MONTHS).for_each(|t| stranger[t] *= (0.1 * t as f64).exp()),
            _ => stranger[MONTHS - 7] *= 1e4,
        }
        panel.push(stranger);
        let with = among(&panel, Method::Auto, HORIZON).unwrap();
        prop_assert!((with.mean() / plain.mean() - 1.0).abs() < 0.05);
        for k in 0..HORIZON {
            let width = |read: &Read| read.wide[k].1 - read.wide[k].0;
            let ratio = width(&with) / width(&plain);
            prop_assert!((0.75..1.33).contains(&ratio), "month {k}: {ratio}");
        }
    }
}

#[test]
fn a_fall_that_all_share_moves_the_weight_and_is_explained() {
    let fallen = |seed: u64| {
        let mut values = flow(seed, MONTHS, 0.05);
        values[MONTHS - 4..].iter_mut().for_each(|v| *v *= 0.85);
        values
    };
    let values: Vec<Vec<f64>> = (0..12).map(fallen).collect();
    let ids: Vec<String> = (0..12).map(|k| format!("s{k}")).collect();
    // A series alone shares nothing.
    for (count, shared) in [(12, true), (1, false)] {
        let panel: Vec<Series<'_>> = ids[..count]
            .iter()
            .zip(&values)
            .map(|(id, v)| Series::new(id, Month::january(2012), v, false))
            .collect();
        let model = PanelModel::fit(&panel, Method::Auto, HORIZON);
        let fitted = FittedForecast::new(&panel[0], &model).unwrap();
        let is_said = |note: &ForecastNote| matches!(note, ForecastNote::SharedFall(50..));
        assert_eq!(
            fitted.notes().iter().any(is_said),
            shared,
            "{:?}",
            fitted.notes()
        );
        let follow = [Member::Theta, Member::DynamicThetaLevels];
        let weights = fitted.weights().iter().filter(|(m, _)| follow.contains(m));
        let weight: f64 = weights.map(|(_, weight)| weight).sum();
        assert_eq!(weight >= 0.5, shared, "{weight}");
        for step in &fitted.explain().steps {
            let sum: f64 = step.by_driver().iter().map(|(_, amount)| amount).sum();
            let change = step.value - step.reference;
            assert!((sum - change).abs() < 1e-6 * step.value, "{sum} {change}");
        }
    }
}

#[test]
fn a_flow_that_has_just_begun_goes_on_in_as_many_paths_as_its_note_says() {
    for months in 1..6 {
        let mut values = vec![0.0; 60];
        values.extend(flow(3, months, 0.05));
        // With four months and more a history begins with its trade; with fewer it cannot.
        let series = Series::new("a", Month::january(2012), &values, false);
        let model = PanelModel::fit(&[series], Method::Auto, HORIZON);
        let fitted = FittedForecast::new(&series, &model).unwrap();
        let said = fitted.notes().iter().find_map(|note| match note {
            ForecastNote::Begun { months, percent } => Some((*months, *percent)),
            _ => None,
        });
        assert_eq!(
            said.map(|(of_note, _)| of_note),
            (months < 4).then_some(months)
        );
        let paths = fitted.paths(1000, 7);
        let going_on = paths.rows().filter(|path| path[11] > 0.0).count();
        let expected = said.map_or(100.0, |(_, percent)| f64::from(percent));
        assert!(
            (going_on as f64 / 10.0 - expected).abs() < 5.0,
            "{going_on} {expected}"
        );
        for step in &fitted.explain().steps {
            let sum: f64 = step.by_driver().iter().map(|(_, amount)| amount).sum();
            let change = step.value - step.reference;
            assert!(
                (sum - change).abs() < 1e-6 * (1.0 + step.value),
                "{sum} {change}"
            );
        }
    }
}

/// The mean width of the 95 % interval, relative to the forecast, over many series alone.
fn mean_width(months: usize) -> f64 {
    let width = |seed: u64| {
        let forecast = alone(&flow(seed, months, 0.05));
        let of_month = |(f, (lower, upper)): (&f64, &(f64, f64))| (upper - lower) / f;
        forecast
            .point
            .iter()
            .zip(&forecast.wide)
            .map(of_month)
            .sum::<f64>()
            / HORIZON as f64
    };
    (0..40).map(width).sum::<f64>() / 40.0
}

#[test]
fn intervals_are_the_wider_the_shorter_the_history() {
    let widths = [5, 12, 16, 60].map(mean_width);
    assert!(
        widths.is_sorted_by(|short, long| short > long),
        "{widths:?}"
    );
}

#[test]
fn intervals_of_a_year_or_two_hold_what_comes() {
    for months in [12, 13, 15, 18, 23] {
        let mut within = 0;
        for seed in 0..20 {
            let all = flow(seed, months + HORIZON, 0.1);
            let forecast = alone(&all[..months]);
            let holds = |((low, high), y): (&(f64, f64), &f64)| (low..=high).contains(&y);
            let months = forecast.wide.iter().zip(&all[months..]);
            within += months.filter(|month| holds(*month)).count();
        }
        let share = within as f64 / (20 * HORIZON) as f64;
        assert!(share >= 0.85, "{months} months: {share}");
    }
}

#[test]
fn a_hundred_and_fifty_years_are_forecast_near_their_trend() {
    let mut values = flow(5, 1800, 0.05);
    (0..1800).for_each(|t| values[t] *= (0.003 * t as f64).exp());
    for (k, f) in alone(&values).point.iter().enumerate() {
        let ratio = f / (truth(1800 + k) * (0.003 * (1800 + k) as f64).exp());
        assert!((ratio - 1.0).abs() < 0.15, "month {k}: {ratio}");
    }
}
