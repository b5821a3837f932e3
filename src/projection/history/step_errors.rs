//! The errors of forecasting each recent month from the months before it.

use crate::models::autoregression::RunningAutoregression;
use crate::models::theta::RunningTheta;
use crate::projection::history::effects::ExpectedEffects;
use crate::projection::history::prepared::PreparedSeries;
use crate::projection::history::transform::Transform;

/// Season, known effects, slope and weights of lags are estimated again after so many months.
const REFRESHED: usize = 6;

/// Return the errors of forecasting the last `months` months, transformed scale: for each lead
/// from one to `leads`, those of forecasts that many months before, the last month last; NaN for a
/// gap and before the series is long enough. `None` for a balance and for a series with months
/// without trade, whose errors are not those of a level.
///
/// Each forecast is the mean of the Theta method and ridge autoregression, with the season and the
/// known effects of an origin at most [`REFRESHED`] months before: nothing later than its own
/// month is known to it, but the expected size of known effects.
pub(in crate::projection) fn step_errors(
    series: &PreparedSeries,
    months: usize,
    leads: usize,
    expected: Option<&ExpectedEffects>,
) -> Option<Vec<Vec<f64>>> {
    let n = series.y.len();
    let mut errors = vec![vec![f64::NAN; months]; leads];
    let furthest = (months + leads).min(n).div_ceil(REFRESHED);
    let backs = (1..=furthest).rev().map(|k| k * REFRESHED);
    for back in backs.filter(|back| *back < n && series.reaches(*back)) {
        let origin = series.origin(back, expected);
        let plain = matches!(origin.transform, Transform::Log { shift: 0.0 });
        if !plain || origin.inactive.is_some() {
            return None;
        }
        let start = n - back;
        // The value of a month without season and known effects.
        let adjusted = |t: usize| {
            let effect = origin.effects.get(t).unwrap_or(&0.0);
            let season = origin.index[(t - start) % origin.season.get()];
            let usable = series.is_seen(t) && series.y[t] > 0.0;
            usable.then(|| origin.transform.apply(series.y[t]) - effect - season)
        };
        let mut theta = RunningTheta::after(&origin.x);
        let mut lagged = RunningAutoregression::after(&origin.x, origin.season).ok();
        for known in start..(start + REFRESHED).min(n) {
            let mut path = theta.forecast(leads);
            if let Some(lagged) = &lagged {
                let both = path.iter_mut().zip(lagged.forecast(leads));
                both.for_each(|(a, b)| *a = 0.5 * (*a + b));
            }
            for (k, forecast) in path.iter().enumerate().take(n - known) {
                let place = (known + k + months).checked_sub(n);
                if let Some((value, place)) = adjusted(known + k).zip(place) {
                    errors[k][place] = value - forecast;
                }
            }
            let next = adjusted(known).unwrap_or(path[0]);
            theta.push(next);
            if let Some(lagged) = &mut lagged {
                lagged.push(next);
            }
        }
    }
    Some(errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::SeasonLength;
    use crate::trade::{Month, Regressors, Series};

    fn errors_of(values: &[f64], months: usize) -> Option<Vec<Vec<f64>>> {
        let series = Series::new("a", Month::january(2010), values, false);
        let season = SeasonLength::MONTHLY;
        let prepared = PreparedSeries::new(&series, 12, &Regressors::default(), season).unwrap();
        step_errors(&prepared, months, 2, None)
    }

    fn noisy(n: usize) -> Vec<f64> {
        let noise = |t: usize| ((t * 7919 + t * t * 104_729) % 1000) as f64 / 1000.0 - 0.5;
        (0..n).map(|t| 100.0 * (0.2 * noise(t)).exp()).collect()
    }

    #[test]
    fn a_jump_is_the_error_of_its_month_alone_in_a_series_that_follows_at_once() {
        let mut values = vec![100.0; 96];
        values[90..].iter_mut().for_each(|v| *v = 110.0);
        // Tiny noise, so that the series is no constant.
        values
            .iter_mut()
            .enumerate()
            .for_each(|(t, v)| *v += (t % 2) as f64 * 1e-6);
        let errors = errors_of(&values, 12).unwrap().swap_remove(0);
        assert!((errors[6] - 1.1_f64.ln()).abs() < 1e-3, "{errors:?}");
        assert!(errors[..6].iter().all(|e| e.abs() < 1e-3), "{errors:?}");
    }

    #[test]
    fn later_months_change_no_earlier_error() {
        let values = noisy(96);
        let mut other = values.clone();
        other[93..].iter_mut().for_each(|v| *v *= 3.0);
        let (a, b) = (
            errors_of(&values, 24).unwrap(),
            errors_of(&other, 24).unwrap(),
        );
        for lead in 0..2 {
            assert_eq!(a[lead][..21], b[lead][..21]);
            assert_ne!(a[lead][21], b[lead][21]);
        }
    }

    #[test]
    fn gaps_have_no_error_and_flows_with_zeros_none_at_all() {
        let mut values = noisy(96);
        values[88] = f64::NAN;
        let errors = errors_of(&values, 24).unwrap();
        for errors in errors {
            let gaps: Vec<usize> = (0..24).filter(|k| errors[*k].is_nan()).collect();
            assert_eq!(gaps, [16]);
        }
        (0..96).step_by(3).for_each(|t| values[t] = 0.0);
        assert_eq!(errors_of(&values, 24), None);
    }
}
