//! Outliers of volatile series, moved towards a running median.

use super::seasonal::median;

/// Half the width of the running median, in values.
const HALF: usize = 8;
/// Deviations beyond this many scales are moved.
const LIMIT: f64 = 2.0;

/// Limit the deviations of `x` from a running median of 17 values (fewer at the ends) to twice
/// their scale. `gate`, 0 to 1, is the share of the excess that is removed: 1 removes all, 0 none.
///
/// The scale is the larger of `median|r| / 0.6745` and half of `1.2533 mean|r|` (Hampel 1974).
pub fn pull_in(x: &[f64], gate: f64) -> Vec<f64> {
    if gate <= 0.0 || x.is_empty() {
        return x.to_vec();
    }
    let rest = deviations(x);
    let mut size: Vec<f64> = rest.iter().map(|r| r.abs()).collect();
    let mean = size.iter().sum::<f64>() / size.len() as f64;
    let limit = LIMIT * ((median(&mut size) / 0.6745).max(0.5 * 1.2533 * mean) + 1e-12);
    x.iter()
        .zip(&rest)
        .map(|(v, r)| v + gate * (r.clamp(-limit, limit) - r))
        .collect()
}

/// Return the deviations from the running median. The window is kept sorted while it slides.
fn deviations(x: &[f64]) -> Vec<f64> {
    let n = x.len();
    let mut window: Vec<f64> = Vec::with_capacity(2 * HALF + 2);
    let place = |window: &[f64], v: f64| window.partition_point(|w| w.total_cmp(&v).is_lt());
    for v in &x[..HALF.min(n)] {
        window.insert(place(&window, *v), *v);
    }
    (0..n)
        .map(|t| {
            if let Some(v) = x.get(t + HALF) {
                window.insert(place(&window, *v), *v);
            }
            if let Some(old) = t.checked_sub(HALF + 1) {
                window.remove(place(&window, x[old]));
            }
            let m = window.len();
            x[t] - 0.5 * (window[(m - 1) / 2] + window[m / 2])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_median_is_that_of_each_window() {
        let x: Vec<f64> = (0..40_u64)
            .map(|t| ((t * 37 + t * t * 11) % 17) as f64)
            .collect();
        for (t, rest) in deviations(&x).iter().enumerate() {
            let mut window = x[t.saturating_sub(HALF)..(t + HALF + 1).min(40)].to_vec();
            assert_eq!(*rest, x[t] - median(&mut window), "{t}");
        }
    }

    #[test]
    fn a_spike_is_pulled_in_and_a_calm_series_left_alone() {
        let mut x: Vec<f64> = (0..40).map(|t| f64::from(t % 2)).collect();
        x[20] = 50.0;
        let cleaned = pull_in(&x, 1.0);
        assert!(cleaned[20] < 6.0, "{}", cleaned[20]);
        assert_eq!(pull_in(&x, 0.0), x);
        assert_eq!(pull_in(&[1.0; 20], 1.0), [1.0; 20]);
    }
}
