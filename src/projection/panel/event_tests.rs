//! Stated events: what they do to a forecast, over many series.

use super::fitted_forecast::FittedForecast;
use super::forecast_note::ForecastNote;
use super::panel_model::PanelModel;
use crate::projection::history::stated_events::{StatedEvent, StatedEvents};
use crate::projection::{Driver, Method};
use crate::trade::{Month, Series, Span};
use proptest::prelude::*;

const MONTHS: usize = 96;

fn january() -> Month {
    Month::january(2015)
}

/// Return a flow of about 1,000 with a season and noise.
fn flow(seed: u64, noise: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(2_862_933_555_777_941_757) | 1;
    (0..MONTHS)
        .map(|t| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let random = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
            let season = 0.15 * (t as f64 * std::f64::consts::FRAC_PI_6).sin();
            1000.0 * (season + noise * random).exp()
        })
        .collect()
}

fn with<T>(values: &[f64], events: &StatedEvents, read: impl FnOnce(FittedForecast<'_>) -> T) -> T {
    let series = Series::new("a", january(), values, false);
    let model = PanelModel::fit(&[series], Method::Auto, 12);
    read(FittedForecast::with_events(&series, &model, events).unwrap())
}

fn mean(path: &[f64]) -> f64 {
    path.iter().sum::<f64>() / path.len() as f64
}

fn stated(event: StatedEvent) -> StatedEvents {
    [event].into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_stated_shift_lasts_from_its_first_month(
        seed in 0..1000_u64,
        months in 1..30_usize,
        factor in proptest::sample::select(vec![0.3, 0.5, 1.6, 2.5]),
    ) {
        let mut values = flow(seed, 0.1);
        let at = MONTHS - months;
        values[at..].iter_mut().for_each(|v| *v *= factor);
        let since = january().forward(at);
        let events = stated(StatedEvent::LevelShift(since));
        with(&values, &events, |fitted| {
            let level = mean(fitted.point()) / (1000.0 * factor);
            prop_assert!((level - 1.0).abs() < 0.15, "{level}");
            for (lower, upper) in fitted.interval(0.8) {
                // The level before it is no part of the interval.
                prop_assert!(!(lower..=upper).contains(&1000.0), "{lower} {upper}");
            }
            let note = fitted.notes().iter().find_map(|note| match note {
                ForecastNote::StatedShift { since, percent } => Some((*since, *percent)),
                _ => None,
            });
            let (noted, percent) = note.unwrap();
            let percent = f64::from(percent.unwrap());
            prop_assert_eq!(noted, since);
            prop_assert!((percent - 100.0 * (factor - 1.0)).abs() < 20.0 * factor, "{percent}");
            // Months a year before that lie on the old level are explained by the shift.
            let explained = fitted.explain();
            for (k, step) in explained.steps.iter().enumerate() {
                let drivers = step.by_driver();
                let of_shift = drivers.iter().any(|(driver, _)| *driver == Driver::LevelShift);
                let base_before = MONTHS + k - 12 < at;
                prop_assert_eq!(of_shift, base_before, "step {}", k);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_stated_outlier_is_no_part_of_the_history(
        seed in 0..1000_u64,
        back in 1..40_usize,
        factor in proptest::sample::select(vec![0.01, 0.2, 5.0, 100.0]),
    ) {
        let plain = flow(seed, 0.1);
        let mut values = plain.clone();
        let at = MONTHS - back;
        values[at] *= factor;
        let month = january().forward(at);
        let events = stated(StatedEvent::Outlier(Span::month(month)));
        let without = with(&plain, &StatedEvents::default(), |fitted| mean(fitted.point()));
        with(&values, &events, |fitted| {
            let with = mean(fitted.point());
            prop_assert!((with / without - 1.0).abs() < 0.08, "{with} {without}");
            prop_assert!(fitted.notes().contains(&ForecastNote::StatedOutlier(month)));
            let named = |note: &ForecastNote| matches!(
                note,
                ForecastNote::LevelShift { .. } | ForecastNote::LastFigures { .. }
            );
            prop_assert!(!fitted.notes().iter().any(named), "{:?}", fitted.notes());
            // The base of the month a year after it is the figure itself.
            let explained = fitted.explain();
            if let Some(step) = explained.steps.get(12_usize.wrapping_sub(back)) {
                prop_assert_eq!(step.base, Some(values[at]));
                let drivers = step.by_driver();
                prop_assert!(drivers.iter().any(|(driver, _)| *driver == Driver::Outlier));
                let sum: f64 = step.by_driver().iter().map(|(_, amount)| amount).sum();
                let change = step.value - step.reference;
                prop_assert!((sum - change).abs() < 1e-6 * (1.0 + change.abs()), "{sum} {change}");
            }
            Ok(())
        })?;
    }
}

#[test]
fn no_events_change_nothing_and_those_outside_are_said() {
    let values = flow(3, 0.1);
    let plain = with(&values, &StatedEvents::default(), |fitted| {
        fitted.point().to_vec()
    });
    let series = Series::new("a", january(), &values, false);
    let model = PanelModel::fit(&[series], Method::Auto, 12);
    let fitted = FittedForecast::new(&series, &model).unwrap();
    assert_eq!(fitted.point(), plain);
    let (early, late) = (january(), january().forward(MONTHS));
    let events: StatedEvents = [
        StatedEvent::LevelShift(early),
        StatedEvent::Outlier(Span::month(late)),
    ]
    .into_iter()
    .collect();
    with(&values, &events, |fitted| {
        assert_eq!(fitted.point(), plain);
        for month in [early, late] {
            assert!(fitted.notes().contains(&ForecastNote::EventOutside(month)));
        }
    });
}
