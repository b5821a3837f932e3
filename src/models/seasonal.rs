//! Seasonality: indices that follow a changing pattern and resist outliers.
//!
//! Months are counted from the end, so that no calendar is needed: the phase of value `t` of `n` is `(t − n) mod 12`, and
//! forecast step `k` (from 1) has phase `(k − 1) mod 12`.

use super::SEASON;

/// An index a phase, adding up to zero; phase 0 is that of the first forecast step.
pub type Indices = [f64; SEASON];

/// A series shorter than this has no seasonal indices.
pub const MIN_LENGTH: usize = 30;

/// How fast old years lose weight: each is tried, and weighs by its errors one year ahead.
const DISCOUNTS: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.97];
/// Deviations beyond so many standard deviations count less (Huber 1964).
const HUBER: f64 = 2.0;

/// The phase of value `t` of `n`.
pub fn phase(t: usize, n: usize) -> usize {
    (t + SEASON - n % SEASON) % SEASON
}

/// Additive seasonal indices of `z`, shrunken towards none; all zero for fewer than [`MIN_LENGTH`] values.
///
/// `r_t = z_t −` centred 2×12 moving average. For each discount `d` of 0.5 … 0.97 a year, the index of a phase is the mean of its `r_t` with
/// weight `d^age`, Huber-weighted twice, less the mean over phases, then shrunken after James and Stein:
/// `m ← m · (1 − min(1, (9/11) v / (Σm²/11)))`, `v` the residual variance over the mean weight a phase (Miller and Williams 2003). The
/// indices are the mean over the discounts, each weighing `SSE^(−n/4)` by its errors when each year's `r_t` is foretold from those before.
pub fn indices(z: &[f64]) -> Indices {
    let n = z.len();
    if n < MIN_LENGTH {
        return [0.0; SEASON];
    }
    let rest = detrended(z);
    let phases: Vec<usize> = (6..n - 6).map(|t| phase(t, n)).collect();
    let weights = discount_weights(&rest, &phases);
    let mut mean = [0.0; SEASON];
    let mut scratch = Scratch::new(rest.len());
    for (discount, share) in DISCOUNTS
        .iter()
        .zip(weights)
        .filter(|(_, share)| *share >= 1e-4)
    {
        let index = robust(&rest, &phases, *discount, &mut scratch);
        mean.iter_mut()
            .zip(index)
            .for_each(|(m, i)| *m += share * i);
    }
    mean
}

/// `z` (of at least 13 values) less its centred 2×12 moving average, for values 6 to n − 7.
pub fn detrended(z: &[f64]) -> Vec<f64> {
    let mut inner: f64 = z[1..SEASON].iter().sum();
    (6..z.len() - 6)
        .map(|t| {
            let rest = z[t] - (inner + 0.5 * (z[t - 6] + z[t + 6])) / SEASON as f64;
            inner += z[t + 6] - z[t - 5];
            rest
        })
        .collect()
}

/// The weight of each discount, from its one-year-ahead errors after the second year.
fn discount_weights(rest: &[f64], phases: &[usize]) -> [f64; DISCOUNTS.len()] {
    let mut squares = [0.0; DISCOUNTS.len()];
    for (square, discount) in squares.iter_mut().zip(DISCOUNTS) {
        let (mut sum, mut weight) = ([0.0; SEASON], [0.0; SEASON]);
        for (k, (r, p)) in rest.iter().zip(phases).enumerate() {
            if k >= 2 * SEASON {
                *square += (r - sum[*p] / weight[*p]).powi(2);
            }
            sum[*p] = sum[*p] * discount + r;
            weight[*p] = weight[*p] * discount + 1.0;
        }
    }
    let count = rest.len().saturating_sub(2 * SEASON) as f64;
    let least = squares.iter().copied().fold(f64::INFINITY, f64::min) + 1e-12;
    let weights = squares.map(|square| (-0.25 * count * ((square + 1e-12) / least).ln()).exp());
    let total: f64 = weights.iter().sum();
    weights.map(|w| w / total)
}

/// Working memory of [`robust`], made once for all discounts.
struct Scratch {
    age: Vec<f64>,
    weight: Vec<f64>,
    deviation: Vec<f64>,
    sorted: Vec<f64>,
}

impl Scratch {
    fn new(n: usize) -> Self {
        Self {
            age: vec![0.0; n],
            weight: vec![0.0; n],
            deviation: vec![0.0; n],
            sorted: vec![0.0; n],
        }
    }
}

/// The shrunken indices at one discount.
fn robust(rest: &[f64], phases: &[usize], discount: f64, scratch: &mut Scratch) -> Indices {
    let n = rest.len();
    let Scratch {
        age,
        weight,
        deviation,
        sorted,
    } = scratch;
    let mut power = 1.0;
    for (k, a) in age.iter_mut().rev().enumerate() {
        if k > 0 && k % SEASON == 0 {
            power *= discount;
        }
        *a = power;
    }
    weight.copy_from_slice(age);
    let (mut index, mut total) = ([0.0; SEASON], [0.0; SEASON]);
    for pass in 0..3 {
        index = [0.0; SEASON];
        total = [0.0; SEASON];
        for k in 0..n {
            index[phases[k]] += weight[k] * rest[k];
            total[phases[k]] += weight[k];
        }
        index
            .iter_mut()
            .zip(&total)
            .for_each(|(m, w)| *m /= w.max(1e-12));
        let mean = index.iter().sum::<f64>() / SEASON as f64;
        index.iter_mut().for_each(|m| *m -= mean);
        for k in 0..n {
            deviation[k] = rest[k] - index[phases[k]];
        }
        if pass < 2 {
            sorted
                .iter_mut()
                .zip(&*deviation)
                .for_each(|(to, e)| *to = e.abs());
            let limit = HUBER * (median(sorted) / 0.6745 + 1e-12);
            for k in 0..n {
                weight[k] = age[k] * (limit / deviation[k].abs().max(1e-12)).min(1.0);
            }
        }
    }
    let all: f64 = weight.iter().sum();
    let square: f64 = weight.iter().zip(&*deviation).map(|(w, e)| w * e * e).sum();
    let variance = square
        / (all - SEASON as f64).max(1.0)
        / (total.iter().sum::<f64>() / SEASON as f64).max(1e-9);
    let spread = index.iter().map(|m| m * m).sum::<f64>() / (SEASON - 1) as f64;
    let shrink =
        ((SEASON - 3) as f64 / (SEASON - 1) as f64 * variance / spread.max(1e-12)).min(1.0);
    index.map(|m| m * (1.0 - shrink))
}

/// The median of `values`, which are put into another order; zero of none.
pub fn median(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n == 0 {
        return 0.0;
    }
    let (below, middle, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    if n % 2 == 1 {
        return *middle;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    0.5 * (lower + *middle)
}

/// `z` less its indices.
pub fn adjust(z: &[f64], index: &Indices) -> Vec<f64> {
    let n = z.len();
    z.iter()
        .enumerate()
        .map(|(t, v)| v - index[phase(t, n)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERN: [f64; 12] = [
        5.0, 3.0, 1.0, -1.0, -2.0, -6.0, 0.0, 2.0, -3.0, 4.0, -4.0, 1.0,
    ];

    /// A trend with a fixed pattern of 12 months that adds up to zero.
    fn wave(n: usize) -> Vec<f64> {
        (0..n)
            .map(|t| 100.0 + 0.05 * t as f64 + PATTERN[t % SEASON])
            .collect()
    }

    #[test]
    fn a_pure_pattern_is_found_again() {
        let z = wave(60);
        let index = indices(&z);
        // Month 60 has the pattern's first entry: without noise nothing is shrunk.
        assert!(
            index.iter().zip(PATTERN).all(|(m, p)| (m - p).abs() < 1e-9),
            "{index:?}"
        );
        let flat = adjust(&z, &index);
        assert!(flat.windows(2).all(|w| (w[1] - w[0] - 0.05).abs() < 1e-9));
    }

    #[test]
    fn one_wild_month_moves_the_pattern_little() {
        let mut z = wave(96);
        z[50] += 60.0;
        let index = indices(&z);
        let furthest = index
            .iter()
            .zip(PATTERN)
            .map(|(m, p)| (m - p).abs())
            .fold(0.0, f64::max);
        assert!(furthest < 1.5, "{furthest}");
    }

    #[test]
    fn noise_is_shrunk_and_short_series_have_no_season() {
        let noise: Vec<f64> = (0..80_u64)
            .map(|t| ((t * t * 7919 + 13 * t) % 101) as f64)
            .collect();
        assert!(indices(&noise).iter().all(|m| m.abs() < 15.0));
        assert_eq!(indices(&wave(29)), [0.0; 12]);
    }

    #[test]
    fn phases_count_from_the_end() {
        assert_eq!(phase(48, 60), 0);
        assert_eq!(phase(59, 60), 11);
        assert_eq!(phase(5, 7), 10);
    }

    #[test]
    fn medians_by_hand() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut []), 0.0);
    }
}
