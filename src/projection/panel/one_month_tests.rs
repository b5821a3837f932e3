//! What one month, and one other series, may do to a forecast, and short seasons of zeros: over
//! many series.

use super::fitted_forecast::FittedForecast;
use super::forecast_note::ForecastNote;
use super::panel_model::PanelModel;
use crate::projection::Method;
use crate::trade::{Month, Series};
use proptest::prelude::*;

const SEASON: [f64; 12] = [
    1.05, 0.82, 1.02, 0.98, 1.01, 1.0, 1.03, 0.97, 1.06, 1.08, 1.1, 0.88,
];

/// What a stray month is times its usual value.
const FACTORS: &[f64] = &[0.0, 1e-6, 0.004, 0.006, 0.05, 0.3, 3.0, 20.0, 1e3];

/// Return a flow of about 1,000 with a season and uniform noise of this range.
fn flow(seed: u64, months: usize, noise: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(2_862_933_555_777_941_757) | 1;
    (0..months)
        .map(|t| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let random = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
            1000.0 * SEASON[t % 12] * (0.004 * t as f64 + noise * random).exp()
        })
        .collect()
}

/// Return the point forecasts of the first series of a panel, and the mean width of its intervals.
fn forecast(panel: &[Vec<f64>]) -> (Vec<f64>, f64) {
    let ids: Vec<String> = (0..panel.len()).map(|k| format!("s{k}")).collect();
    let series = ids.iter().zip(panel);
    let series: Vec<Series<'_>> = series
        .map(|(id, values)| Series::new(id, Month::january(2015), values, false))
        .collect();
    let model = PanelModel::fit(&series, Method::Auto, 12);
    let fitted = FittedForecast::new(&series[0], &model).unwrap();
    let widths = fitted.interval(0.95).into_iter().map(|(a, b)| b - a);
    (fitted.point().to_vec(), widths.sum::<f64>() / 12.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn one_month_at_any_value_neither_moves_the_forecast_nor_sets_the_width(
        seed in 0..1000_u64,
        noise in 0.1..0.4_f64,
        back in 5..70_usize,
        factor in proptest::sample::select(FACTORS),
    ) {
        let values = flow(seed, 96, noise);
        let (point, width) = forecast(std::slice::from_ref(&values));
        let mut stray = values;
        stray[95 - back] *= factor;
        let (moved, wider) = forecast(&[stray]);
        for (a, b) in point.iter().zip(&moved) {
            prop_assert!((b / a).ln().abs() < 0.15 + noise, "{} {}", a, b);
        }
        prop_assert!(wider < 3.0 * width && wider > 0.5 * width, "{} {}", width, wider);
    }

    #[test]
    fn the_width_is_continuous_where_a_month_is_small_enough_to_be_none(
        seed in 0..1000_u64,
        back in 5..70_usize,
    ) {
        let values = flow(seed, 96, 0.17);
        let at = |share: f64| {
            let mut stray = values.clone();
            stray[95 - back] *= share;
            forecast(&[stray]).1
        };
        let (none, tiny) = (at(0.001), at(0.01));
        prop_assert!(tiny < 2.2 * none && none < 1.5 * tiny, "{} {}", none, tiny);
    }

    #[test]
    fn a_stray_month_of_one_series_hardly_widens_the_interval_of_another(
        seed in 0..1000_u64,
        back in 1..70_usize,
        factor in proptest::sample::select(vec![0.01, 0.3, 20.0, 100.0]),
    ) {
        let mut panel: Vec<Vec<f64>> = (0..10).map(|k| flow(10 * seed + k, 96, 0.17)).collect();
        let (_, width) = forecast(&panel);
        panel[9][95 - back] *= factor;
        let (_, with) = forecast(&panel);
        prop_assert!(with < 1.35 * width && width < 1.35 * with, "{} {}", width, with);
    }

    #[test]
    fn a_month_of_the_year_without_any_figure_has_a_wide_interval_and_a_note(
        seed in 0..1000_u64,
        missing in 0..12_usize,
    ) {
        let mut values = flow(seed, 95, 0.1);
        let gaps = (1..94).filter(|t| t % 12 == missing);
        gaps.for_each(|t| values[t] = f64::NAN);
        prop_assume!((missing != 0) && (missing != 94 % 12));
        let series = Series::new("a", Month::january(2015), &values, false);
        let model = PanelModel::fit(&[series], Method::Auto, 12);
        let fitted = FittedForecast::new(&series, &model).unwrap();
        let step = (missing + 12 - 95 % 12) % 12;
        let first = series.last().forward(step + 1);
        let note = ForecastNote::SeasonUnknown { first, months: 1 };
        prop_assert!(fitted.notes().contains(&note), "{:?}", fitted.notes());
        let bounds = fitted.interval(0.95);
        let width = |k: usize| (bounds[k].1 / bounds[k].0).ln();
        let others = (0..12).filter(|k| *k != step);
        let widest = others.map(width).fold(0.0, f64::max);
        prop_assert!(width(step) > 1.3 * widest, "{} {}", width(step), widest);
        let truth = 1000.0 * SEASON[missing] * (0.004 * (95 + step) as f64).exp();
        let (lower, upper) = fitted.interval(0.99)[step];
        prop_assert!(lower < truth && truth < upper, "{} {} {}", lower, truth, upper);
    }

    #[test]
    fn a_season_of_zeros_in_less_than_two_years_comes_again(
        seed in 0..1000_u64,
        months in 14..24_usize,
        from in 1..8_usize,
        length in 2..5_usize,
    ) {
        let closed = |t: usize| (from..from + length).contains(&(t % 12));
        let mut values = flow(seed, months, 0.17);
        (0..months).filter(|t| closed(*t)).for_each(|t| values[t] = 0.0);
        let (point, _) = forecast(&[values]);
        for (k, f) in point.iter().enumerate() {
            match closed(months + k) {
                true => prop_assert!(*f < 250.0, "{} {:?}", k, point),
                false => prop_assert!((500.0..2000.0).contains(f), "{} {:?}", k, point),
            }
        }
    }
}
