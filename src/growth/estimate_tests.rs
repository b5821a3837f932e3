//! Estimates of growth from observed figures, histories with draws, and joint draws.

use super::*;
use crate::projection::{JointDraws, JointSeries, Paths, SeasonalFactors};
use crate::trade::{Month, Series, Span};
use proptest::prelude::*;

fn month(year: i32, of_year: u8) -> Month {
    Month::new(year, of_year).unwrap()
}

/// Two years of 100 and 110 a month, then three months of 121.
fn history() -> Vec<f64> {
    [[100.0; 12], [110.0; 12]]
        .concat()
        .into_iter()
        .chain([121.0, 121.0, 121.0])
        .collect()
}

#[test]
fn observed_growth_by_hand() {
    let values = history();
    let series = Series::new("a", month(2020, 1), &values, false);
    let close = |measure, at, expected: f64| {
        let found = observed(&series, measure, at).unwrap();
        assert!((found - expected).abs() < 1e-12, "{measure}: {found}");
    };
    close(GrowthMeasure::Month, month(2021, 5), 0.10);
    close(GrowthMeasure::YearToDate, month(2022, 3), 0.10);
    close(GrowthMeasure::Year, month(2021, 1), 0.10);
    let seen = |measure| latest(&series, None, measure).unwrap().0.to_string();
    let spans = [
        GrowthMeasure::Year,
        GrowthMeasure::Quarter,
        GrowthMeasure::Month,
    ]
    .map(seen);
    assert_eq!(spans, ["2021", "2022-Q1", "2022-03"]);
    let short = series.until(month(2022, 2));
    let (quarter, _) = latest(&short, None, GrowthMeasure::Quarter).unwrap();
    assert_eq!(quarter.to_string(), "2021-Q4");
    // April 2021 to March 2022: 9·110 + 3·121 = 1353 on 9·100 + 3·110 = 1230.
    close(
        GrowthMeasure::TrailingYear,
        month(2022, 3),
        1353.0 / 1230.0 - 1.0,
    );
    assert_eq!(observed(&series, GrowthMeasure::Year, month(2022, 3)), None);
    assert_eq!(
        observed(&series, GrowthMeasure::Month, month(2020, 3)),
        None
    );
}

#[test]
fn an_estimate_adds_observed_months_to_the_draws() {
    let values = history();
    let series = Series::new("a", month(2020, 1), &values, false);
    let paths = Paths::from_rows(&[vec![121.0; 9], vec![132.0; 9], vec![110.0; 9]]);
    let (point, naive) = (vec![121.0; 9], vec![110.0; 9]);
    let future = HistoryAndDraws {
        history: &series,
        point: &point,
        naive: &naive,
        paths: &paths,
    };
    let year = future
        .read(GrowthMeasure::Year, month(2022, 12), &[0.5])
        .unwrap();
    // (3·121 + 9·121) / (12·110) − 1 = 0.1; the naive (3·121 + 9·110) / 1320 − 1 = 0.025; a quarter
    // is known.
    assert!((year.median - 0.1).abs() < 1e-12 && (year.naive - 0.025).abs() < 1e-12);
    assert!((year.share_observed - 0.25).abs() < 1e-12);
    // Rates 0.025, 0.1, 0.175 stand at 1/6, 1/2, 5/6: the quartile lies a quarter of the way from
    // the first to the second.
    let band = year.bands[0];
    assert!((band.lower - 0.043_75).abs() < 1e-12 && (band.upper - 0.156_25).abs() < 1e-12);
    assert!(
        future
            .read(GrowthMeasure::Year, month(2023, 1), &[0.8])
            .is_none()
    );
}

/// Factors 1.25 in even months and 0.8 in odd ones.
fn season() -> SeasonalFactors {
    let log = 1.25_f64.ln();
    SeasonalFactors::new(std::array::from_fn(|k| if k % 2 == 1 { log } else { -log }))
}

#[test]
fn adjusted_measures_by_hand() {
    // Adjusted levels: 2020 is 100 a month, 2021 is 110, and 2022 begins with 121, 121, 132.
    let mut adjusted = history();
    adjusted[26] = 132.0;
    let values: Vec<f64> = (0..27)
        .map(|t| adjusted[t as usize] * season().factor(month(2020, 1).plus(t)))
        .collect();
    let series = Series::new("a", month(2020, 1), &values, false);
    let march = month(2022, 3);
    let close = |measure: GrowthMeasure, expected: f64| {
        let found = observed_with(&series, Some(&season()), measure, march).unwrap();
        assert!((found - expected).abs() < 1e-9, "{measure}: {found}");
        assert_eq!(observed(&series, measure, march), None);
    };
    // (121 + 121 + 10 · 132) / 1320 − 1.
    close(GrowthMeasure::CarryOver, 1562.0 / 1320.0 - 1.0);
    close(GrowthMeasure::Momentum, (132.0_f64 / 121.0).powi(12) - 1.0);
    // January to March on October to December.
    close(
        GrowthMeasure::MomentumThreeMonths,
        (374.0_f64 / 330.0).powi(4) - 1.0,
    );
    let quarter = observed(&series, GrowthMeasure::Quarter, march).unwrap();
    let sum = |from: i32| (from..from + 3).map(|t| values[t as usize]).sum::<f64>();
    assert!((quarter - (sum(24) / sum(12) - 1.0)).abs() < 1e-12);
    assert_eq!(
        GrowthMeasure::Quarter.span(month(2022, 5)).to_string(),
        "2022-Q2"
    );
}

#[test]
fn a_history_and_joint_draws_give_the_same_estimates() {
    // One history with its paths, and joint draws of the same months: every measure at every month
    // ahead, to the last digit but for the order of sums.
    let values: Vec<f64> = (0..36).map(|t| 100.0 + f64::from(t * t % 17)).collect();
    let series = Series::new("a", month(2020, 1), &values, false);
    let rows: Vec<Vec<f64>> = (0..5)
        .map(|d| {
            (0..12)
                .map(|k| 90.0 + f64::from((d * 7 + k) % 13))
                .collect()
        })
        .collect();
    let (point, naive) = (rows[0].clone(), values[24..].to_vec());
    let paths = Paths::from_rows(&rows);
    let future = HistoryAndDraws {
        history: &series,
        point: &point,
        naive: &naive,
        paths: &paths,
    };
    let whole = |tail: &[f64]| [values.as_slice(), tail].concat();
    let node = JointSeries {
        key: crate::trade::SeriesKey::parse("A.B.X.TOTAL.USD").unwrap(),
        point: whole(&point),
        naive: whole(&naive),
        known: (0..36)
            .map(|t| (Span::month(month(2020, 1).plus(t)), values[t as usize]))
            .collect(),
    };
    let draws = rows.iter().flat_map(|row| whole(row)).collect();
    let joint = JointDraws::new(month(2020, 1), 48, vec![node], draws).centred_where(|_| true);
    let view = SeriesDraws::new(&joint, 0);
    let mut read = 0;
    for measure in GrowthMeasure::ALL {
        for ahead in (1..=12).map(|k| month(2022, 12).plus(k)) {
            let a = future.read_with(Some(&season()), measure, ahead, &[0.8]);
            let b = view.read_with(Some(&season()), measure, ahead, &[0.8]);
            let (Some(a), Some(b)) = (a, b) else {
                panic!("{measure} at {ahead}")
            };
            let numbers = |r: &GrowthEstimate| {
                [
                    r.median,
                    r.naive,
                    r.share_observed,
                    r.bands[0].lower,
                    r.bands[0].upper,
                ]
            };
            for (x, y) in numbers(&a).into_iter().zip(numbers(&b)) {
                assert!((x - y).abs() < 1e-9, "{measure} at {ahead}: {x} {y}");
            }
            read += 1;
        }
    }
    assert_eq!(read, 8 * 12);
}

#[test]
fn a_gap_or_a_zero_base_gives_no_growth() {
    let mut values = history();
    values[15] = f64::NAN;
    values[16] = 0.0;
    let series = Series::new("a", month(2020, 1), &values, false);
    let paths = Paths::from_rows(&[vec![1.0; 9]]);
    let future = HistoryAndDraws {
        history: &series,
        point: &[1.0; 9],
        naive: &[1.0; 9],
        paths: &paths,
    };
    assert!(
        future
            .read(GrowthMeasure::Month, month(2022, 4), &[])
            .is_none()
    );
    assert!(
        future
            .read(GrowthMeasure::Month, month(2022, 5), &[])
            .is_none()
    );
    assert!(
        future
            .read(GrowthMeasure::Month, month(2022, 6), &[])
            .is_some()
    );
}

proptest! {
    #[test]
    fn scaling_units_changes_no_growth(scale in 1e-3..1e9_f64, shock in 0.5..2.0_f64) {
        let values = history();
        let scaled: Vec<f64> = values.iter().map(|v| v * scale).collect();
        let path: Vec<f64> = (0..9).map(|k| 110.0 * shock + k as f64).collect();
        let scaled_path: Vec<f64> = path.iter().map(|v| v * scale).collect();
        let read = |values: &[f64], path: &[f64]| {
            let series = Series::new("a", month(2020, 1), values, false);
            let paths = Paths::from_rows(&[path.to_vec()]);
            let future = HistoryAndDraws {
                history: &series,
                point: path,
                naive: path,
                paths: &paths,
            };
            let december = month(2022, 12);
            let read = |m| future.read_with(Some(&season()), m, december, &[0.8]);
            GrowthMeasure::ALL.map(|m| read(m).unwrap().median)
        };
        for (a, b) in read(&values, &path).into_iter().zip(read(&scaled, &scaled_path)) {
            prop_assert!((a - b).abs() < 1e-9);
        }
    }
}
