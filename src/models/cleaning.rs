//! Outliers of volatile series, moved towards a running median.

use super::seasonal::median;

/// Half the width of the running median, in values.
const HALF: usize = 8;
/// Deviations beyond this many scales are moved.
const LIMIT: f64 = 2.0;
/// At most one value in so many is a stray one.
const MOST_STRAYS: usize = 24;
/// Stray values count as at most so many times as far off as the furthest of the others.
const STRAY: f64 = 2.0;
/// Fewer values have no stray ones.
const FEWEST: usize = 12;

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

/// Limit the stray values of `x`, at most one in 24 (at least one): how far each lies from the
/// nearer of its neighbours, where it lies above or below both, to twice the furthest of the
/// others. Of an end, the neighbours are the nearest two.
///
/// A single value, however wild, then says little of how far the others usually lie apart, and the
/// result is continuous in each value.
pub fn limit_strays(x: &[f64]) -> Vec<f64> {
    let n = x.len();
    if n < FEWEST {
        return x.to_vec();
    }
    let off = |t: usize| {
        let neighbours = match t {
            0 => [1, 2],
            _ if t == n - 1 => [n - 3, n - 2],
            _ => [t - 1, t + 1],
        };
        let [a, b] = neighbours.map(|other| x[t] - x[other]);
        let nearer = if a.abs() < b.abs() { a } else { b };
        if a * b > 0.0 { nearer } else { 0.0 }
    };
    let off: Vec<f64> = (0..n).map(off).collect();
    let mut sizes: Vec<f64> = off.iter().map(|r| r.abs()).collect();
    let strays = (n / MOST_STRAYS).max(1);
    let place = n - 1 - strays;
    let limit = STRAY * *sizes.select_nth_unstable_by(place, f64::total_cmp).1;
    x.iter()
        .zip(&off)
        .map(|(v, r)| v + (r.clamp(-limit, limit) - r))
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
    fn one_stray_value_is_limited_by_the_others_and_a_step_is_none() {
        // Every second value lies 1 above its neighbours; the stray one, 50 above, counts as 2.
        let mut x: Vec<f64> = (0..40).map(|t| f64::from(t % 2)).collect();
        x[21] = 50.0;
        assert_eq!(limit_strays(&x)[21], 2.0);
        x[39] = -50.0;
        // One value of forty is a stray one: the second furthest is the measure of the first.
        assert_eq!(limit_strays(&x), x);
        let step: Vec<f64> = (0..40).map(|t| f64::from(t / 20)).collect();
        assert_eq!(limit_strays(&step), step);
        assert_eq!(limit_strays(&[0.0, 9.0, 0.0]), [0.0, 9.0, 0.0]);
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
