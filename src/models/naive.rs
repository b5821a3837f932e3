//! The yardsticks: seasonal naive and seasonal drift.

use super::SEASON;

/// Seasonal naive: `f_k = y_{n−12+((k−1) mod 12)+1}`, the same month of the last year seen. With fewer than twelve values, the
/// last value (Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 5.2).
pub fn seasonal_naive(y: &[f64], horizon: usize) -> Vec<f64> {
    let Some(last) = y.last() else {
        return Vec::new();
    };
    match y.len().checked_sub(SEASON) {
        Some(start) => (0..horizon).map(|k| y[start + k % SEASON]).collect(),
        None => vec![*last; horizon],
    }
}

/// Seasonal drift: seasonal naive plus the mean yearly change, `f_k = y_{n−12+…} + d · ⌈k/12⌉`, `d` the mean of the last
/// `min(n − 12, 36)` twelve-month differences. In logs the drift is a growth rate.
pub fn seasonal_drift(y: &[f64], horizon: usize) -> Vec<f64> {
    let naive = seasonal_naive(y, horizon);
    let Some(drift) = yearly_drift(y) else {
        return naive;
    };
    naive
        .iter()
        .enumerate()
        .map(|(k, f)| f + drift * (k / SEASON + 1) as f64)
        .collect()
}

/// The drift of [`seasonal_drift`]; `None` for no more than twelve values.
pub fn yearly_drift(y: &[f64]) -> Option<f64> {
    let differences = y.len().checked_sub(SEASON).filter(|n| *n > 0)?;
    let used = differences.min(3 * SEASON);
    let sum: f64 = (y.len() - used..y.len())
        .map(|t| y[t] - y[t - SEASON])
        .sum();
    Some(sum / used as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_year_comes_again() {
        let y: Vec<f64> = (0..24).map(f64::from).collect();
        assert_eq!(
            seasonal_naive(&y, 13),
            (12..24).chain([12]).map(f64::from).collect::<Vec<_>>()
        );
        assert_eq!(seasonal_naive(&[3.0, 4.0], 2), [4.0, 4.0]);
    }

    #[test]
    fn drift_adds_the_mean_yearly_change() {
        // Every value is 12 above that of a year before, so the drift is 12 a year.
        let y: Vec<f64> = (0..30).map(f64::from).collect();
        assert_eq!(
            seasonal_drift(&y, 14),
            (30..44).map(f64::from).collect::<Vec<_>>()
        );
    }
}
