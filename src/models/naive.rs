//! Benchmark forecasts: seasonal naive and seasonal drift.

use super::SeasonLength;

/// Forecast by seasonal naive: `f_k = y_{n−m+((k−1) mod m)+1}`, the same phase of the last
/// season (Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 5.2).
///
/// A series shorter than one season repeats its last value; an empty one gives an empty forecast.
pub fn seasonal_naive(y: &[f64], season: SeasonLength, horizon: usize) -> Vec<f64> {
    let Some(last) = y.last() else {
        return Vec::new();
    };
    let m = season.get();
    match y.len().checked_sub(m) {
        Some(start) => (0..horizon).map(|k| y[start + k % m]).collect(),
        None => vec![*last; horizon],
    }
}

/// Forecast by seasonal drift: seasonal naive plus the mean change per season.
///
/// `f_k = y_{n−m+((k−1) mod m)+1} + d · ⌈k/m⌉`, with `d` from [`mean_seasonal_change`]. In
/// logarithms the drift is a growth rate.
pub fn seasonal_drift(y: &[f64], season: SeasonLength, horizon: usize) -> Vec<f64> {
    let naive = seasonal_naive(y, season, horizon);
    let Some(drift) = mean_seasonal_change(y, season) else {
        return naive;
    };
    naive
        .iter()
        .enumerate()
        .map(|(k, f)| f + drift * (k / season.get() + 1) as f64)
        .collect()
}

/// Return the mean of the last `min(n − m, 3m)` differences between values one season apart;
/// `None` if `y` is no longer than one season.
pub fn mean_seasonal_change(y: &[f64], season: SeasonLength) -> Option<f64> {
    let m = season.get();
    let differences = y.len().checked_sub(m).filter(|n| *n > 0)?;
    let used = differences.min(3 * m);
    let sum: f64 = (y.len() - used..y.len()).map(|t| y[t] - y[t - m]).sum();
    Some(sum / used as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_year_comes_again() {
        let y: Vec<f64> = (0..24).map(f64::from).collect();
        assert_eq!(
            seasonal_naive(&y, SeasonLength::MONTHLY, 13),
            (12..24).chain([12]).map(f64::from).collect::<Vec<_>>()
        );
        assert_eq!(
            seasonal_naive(&[3.0, 4.0], SeasonLength::MONTHLY, 2),
            [4.0, 4.0]
        );
    }

    #[test]
    fn drift_adds_the_mean_yearly_change() {
        // Every value is 12 above that of a year before, so the drift is 12 a year.
        let y: Vec<f64> = (0..30).map(f64::from).collect();
        assert_eq!(
            seasonal_drift(&y, SeasonLength::MONTHLY, 14),
            (30..44).map(f64::from).collect::<Vec<_>>()
        );
    }
}
