//! Regressors of the user: what columns of different kinds do to a forecast, over many series.

use super::fitted_forecast::FittedForecast;
use super::panel_model::PanelModel;
use crate::projection::Method;
use crate::trade::{Month, Regressors, Series};
use proptest::prelude::*;
use std::sync::Arc;

const MONTHS: usize = 96;
const HORIZON: usize = 12;

/// Whether a month has the promotion, which lifts by 35 %.
fn promoted(t: usize) -> bool {
    t % 17 == 4 || t % 17 == 11
}

fn flow(seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(2_862_933_555_777_941_757) | 1;
    (0..MONTHS)
        .map(|t| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let random = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
            let season = 0.1 * (t as f64 * std::f64::consts::FRAC_PI_6).sin();
            let lift = if promoted(t) { 1.35 } else { 1.0 };
            1000.0 * lift * (season + 0.1 * random).exp()
        })
        .collect()
}

/// Forecast `values` with these columns, each a function of the month.
fn forecast(values: &[f64], columns: &[&dyn Fn(usize) -> f64]) -> Vec<f64> {
    let january = Month::january(2016);
    let names = (0..columns.len()).map(|k| format!("c{k}")).collect();
    let mut regressors = Regressors::new(names);
    let row = |t: usize| {
        let numbers = columns.iter().map(|column| column(t)).collect();
        (january.forward(t), numbers)
    };
    let rows: Vec<(Month, Vec<f64>)> = (0..MONTHS + HORIZON).map(row).collect();
    regressors.insert(None, &rows);
    let series = Series::new("a", january, values, false);
    let model = PanelModel::fit_with(&[series], Method::Auto, HORIZON, Arc::new(regressors));
    let fitted = FittedForecast::new(&series, &model).unwrap();
    fitted.point().to_vec()
}

fn close(a: &[f64], b: &[f64], share: f64) -> bool {
    a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() < share)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_column_that_predicts_lifts_its_months_in_any_unit_and_company(
        seed in 0..1000_u64,
        unit in proptest::sample::select(vec![1e-9, 1.0, 1e12]),
        trend in -1.0..1.0_f64,
    ) {
        let values = flow(seed);
        let promotion = |t: usize| f64::from(u8::from(promoted(t)));
        let alone = forecast(&values, &[&promotion]);
        for (k, value) in alone.iter().enumerate() {
            let lift = value / 1000.0;
            let expected = if promoted(MONTHS + k) { 1.15..1.6 } else { 0.75..1.2 };
            prop_assert!(expected.contains(&lift), "step {k}: {lift}");
        }
        let scaled = move |t: usize| unit * promotion(t);
        prop_assert!(close(&forecast(&values, &[&scaled]), &alone, 1e-6));
        prop_assert!(close(&forecast(&values, &[&promotion, &|_| 7.0]), &alone, 1e-6));
        let thrice = forecast(&values, &[&promotion, &scaled, &promotion]);
        prop_assert!(close(&thrice, &alone, 0.05), "{thrice:?} {alone:?}");
        let beside = forecast(&values, &[&promotion, &|t| trend * t as f64]);
        prop_assert!(close(&beside, &alone, 0.1), "{beside:?} {alone:?}");
    }

    #[test]
    fn a_column_without_a_past_has_no_effect(seed in 0..1000_u64, value in 1.0..1e6_f64) {
        let values = flow(seed);
        let none = forecast(&values, &[]);
        let once = |t: usize| if t == MONTHS + 3 { value } else { 0.0 };
        prop_assert!(close(&forecast(&values, &[&once]), &none, 0.02));
    }
}
