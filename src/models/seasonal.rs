//! Seasonal indices that follow a changing pattern and resist outliers.

use super::SeasonLength;

/// Additive seasonal indices, one per phase, adding up to zero. Phase 0 is that of the first
/// forecast step; the number of indices is the length of the season.
pub type SeasonalIndices = Vec<f64>;

/// Discounts per season, the speed at which old seasons lose weight. All are tried; each is
/// weighted by its errors one season ahead.
const DISCOUNTS: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.97];
/// A discount with a smaller weight does not count.
const LEAST_SHARE: f64 = 0.02;
/// Deviations beyond this many standard deviations are downweighted (Huber 1964).
const HUBER: f64 = 2.0;
/// Between these sizes, in usual changes from season to season, a value becomes a stray one.
const STRAY: [f64; 2] = [8.0, 12.0];
/// At most one value in so many is a stray one.
const MOST_STRAYS: usize = 24;

/// Estimate the seasonal indices of `z` with season length `m`, shrunken towards zero.
///
/// All indices are zero if `z` is shorter than one season or if `m` is 1; a `z` shorter than
/// [`SeasonLength::shortest_history`] has those of its last one or two seasons, as far as they
/// repeat.
///
/// `r_t = z_t −` centred `2×m` moving average. For each discount `d` from 0.5 to 0.97 a season,
/// the index of a phase is the mean of its `r_t` with weight `d^age`, Huber-weighted twice, minus
/// the mean over phases. It is then shrunken after James and Stein:
/// `i ← i · (1 − min(1, (m−3)/(m−1) v / (Σi²/(m−1))))`, with `v` the residual variance
/// over the mean weight of a phase (Miller and Williams 2003). The result is the mean over the
/// discounts, each weighted by `SSE^(−n/4)`, where `SSE` sums the squared errors of predicting
/// each season's `r_t` from the seasons before.
///
/// A season whose pattern changes abruptly is followed only after one or two seasons: a value that
/// lies far from those a season before and after it is first moved to the nearer of both.
pub fn indices(z: &[f64], season: SeasonLength) -> SeasonalIndices {
    let (n, m) = (z.len(), season.get());
    if m == 1 || n < m {
        return vec![0.0; m];
    }
    if n < season.shortest_history() {
        return short_indices(z, season);
    }
    let rest = rest_without_strays(z, season);
    let inner = season.half()..n - season.half();
    let phases: Vec<usize> = inner.map(|t| season.phase(t, n)).collect();
    let weights = discount_weights(&rest, &phases, m);
    let mut mean = vec![0.0; m];
    let mut scratch = IndexScratch::new(rest.len());
    let counted = || {
        DISCOUNTS
            .iter()
            .zip(weights)
            .filter(|(_, w)| *w >= LEAST_SHARE)
    };
    let total: f64 = counted().map(|(_, weight)| weight).sum();
    for (discount, weight) in counted() {
        let share = weight / total;
        let index = robust(&rest, &phases, m, *discount, &mut scratch);
        mean.iter_mut()
            .zip(index)
            .for_each(|(m, i)| *m += share * i);
    }
    mean
}

/// Estimate the indices of one or two seasons: deviations from the mean of the season, shrunken by
/// how well values a season apart foretell each other.
///
/// Of two seasons, the line through their means is taken out first. With deviations `a` and `b`,
/// they have the mean of both times `c / (c + v / 2)`, where `c` is the mean of `a·b` and `v` half
/// the mean of `(a − b)²`. One season is shrunken by `r / (r + s)`, `r` the mean squared change
/// from value to value and `s` that over a season, where both can be seen, with one value of equal
/// size presumed; a season that is a straight line is none.
fn short_indices(z: &[f64], season: SeasonLength) -> SeasonalIndices {
    let (n, m) = (z.len(), season.get());
    let deviations = |cycle: &[f64]| -> Vec<f64> {
        let mean = cycle.iter().sum::<f64>() / m as f64;
        cycle.iter().map(|v| v - mean).collect()
    };
    let last = deviations(&z[n - m..]);
    let middle = (m as f64 - 1.0) / 2.0;
    let time = |k: usize| k as f64 - middle;
    if n >= 2 * m {
        let before = deviations(&z[n - 2 * m..n - m]);
        let change: f64 = (n - m..n).map(|t| z[t] - z[t - m]).sum();
        let slope = change / (m * m) as f64;
        let without_line = |deviations: Vec<f64>| -> Vec<f64> {
            let places = deviations.into_iter().enumerate();
            places.map(|(k, v)| v - slope * time(k)).collect()
        };
        let (last, before) = (without_line(last), without_line(before));
        let pairs = || last.iter().zip(&before);
        let shared = pairs().map(|(a, b)| a * b).sum::<f64>().max(0.0) / m as f64;
        let noise = 0.5 * pairs().map(|(a, b)| (a - b).powi(2)).sum::<f64>() / m as f64;
        let kept = shared / (shared + 0.5 * noise).max(1e-300);
        return pairs().map(|(a, b)| 0.5 * kept * (a + b)).collect();
    }
    // Squared changes over one value and over one season, where both can be seen.
    let (mut near, mut far) = (0.0, 0.0);
    for t in m..n {
        near += (z[t] - z[t - 1]).powi(2);
        far += (z[t] - z[t - m]).powi(2);
    }
    let usual = z.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum::<f64>() / (n - 1) as f64;
    let kept = (near + usual) / (near + far + 1.25 * usual).max(1e-300);
    let squares: f64 = (0..m).map(|k| time(k).powi(2)).sum();
    let slope = last
        .iter()
        .enumerate()
        .map(|(k, v)| time(k) * v)
        .sum::<f64>()
        / squares;
    let of_line = slope * slope * squares;
    let total: f64 = last.iter().map(|v| v * v).sum();
    let straight = if total > 0.0 { of_line / total } else { 1.0 };
    last.iter()
        .map(|v| kept * (1.0 - straight.powi(2)) * v)
        .collect()
}

/// Return the standard deviation of what is no season in a history of one to two seasons, whose
/// [`indices`] take noise for season; zero for any other length.
///
/// The variance is the geometric mean of two estimates, since they may lie orders of magnitude
/// apart: half the mean squared difference of the `n − m` pairs of values one season apart, which
/// counts like as many, and a quarter of the mean squared change from value to value (of which half
/// is presumed to be season), which counts like two.
pub fn short_noise(z: &[f64], season: SeasonLength) -> f64 {
    const PRESUMED_PAIRS: f64 = 2.0;
    let (n, m) = (z.len(), season.get());
    if m == 1 || n < m || n >= 2 * m {
        return 0.0;
    }
    let usual = z.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum::<f64>() / (n - 1) as f64;
    let pairs = (n - m) as f64;
    let far: f64 = (m..n).map(|t| (z[t] - z[t - m]).powi(2)).sum();
    // A difference of nothing is one of rounding.
    let log = |variance: f64| variance.max(1e-6 * usual).max(1e-300).ln();
    let of_pairs = log(0.5 * far / pairs.max(1.0));
    let mean = (pairs * of_pairs + PRESUMED_PAIRS * log(0.25 * usual)) / (pairs + PRESUMED_PAIRS);
    (0.5 * mean).exp()
}

/// Subtract the centred moving average over one season from `z`; [`SeasonLength::half`] values at
/// either end have none and are left out. A `2×m` average is taken where the season length `m` is
/// even. `z` must be longer than one season.
pub fn detrended(z: &[f64], season: SeasonLength) -> Vec<f64> {
    let (m, half) = (season.get(), season.half());
    let centres = half..z.len() - half;
    if !m.is_multiple_of(2) {
        return centres
            .map(|t| z[t] - z[t - half..=t + half].iter().sum::<f64>() / m as f64)
            .collect();
    }
    let mut inner: f64 = z[1..m].iter().sum();
    centres
        .map(|t| {
            let rest = z[t] - (inner + 0.5 * (z[t - half] + z[t + half])) / m as f64;
            inner += z[t + half] - z[t + 1 - half];
            rest
        })
        .collect()
}

/// Return [`detrended`] values of `z` after stray values were moved to the season before or after
/// them, the furthest first. Moved values change the moving average of those around them, so that
/// the average is taken again after each.
fn rest_without_strays(z: &[f64], season: SeasonLength) -> Vec<f64> {
    let mut rest = detrended(z, season);
    let mut kept: Option<Vec<f64>> = None;
    for _ in 0..z.len() / MOST_STRAYS {
        let Some((k, by)) = furthest_stray(&rest, season.get()) else {
            break;
        };
        let kept = kept.get_or_insert_with(|| z.to_vec());
        kept[k + season.half()] -= by;
        rest = detrended(kept, season);
    }
    rest
}

/// Return the place of the value of `rest` that lies furthest from those one season before and
/// after it (of those at the ends: from the nearest two seasons) on one side of both, and what
/// takes it to the nearer of both; `None` where none is far against the usual change from season to
/// season.
fn furthest_stray(rest: &[f64], m: usize) -> Option<(usize, f64)> {
    if rest.len() < 3 * m {
        return None;
    }
    let mut changes: Vec<f64> = (m..rest.len())
        .map(|k| (rest[k] - rest[k - m]).abs())
        .collect();
    let usual = median(&mut changes) / 0.6745 + 1e-12;
    if changes.iter().all(|change| *change <= STRAY[0] * usual) {
        return None;
    }
    let off = |k: usize| {
        let others = match (k.checked_sub(m), k + m < rest.len()) {
            (Some(before), true) => [before, k + m],
            (Some(before), false) => [before, before - m],
            (None, _) => [k + m, k + 2 * m],
        };
        let [a, b] = others.map(|other| rest[k] - rest[other]);
        let nearer = if a.abs() < b.abs() { a } else { b };
        if a * b > 0.0 { nearer } else { 0.0 }
    };
    let all = (0..rest.len()).map(|k| (k, off(k)));
    let (k, furthest) = all.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    let share = (furthest.abs() / usual - STRAY[0]) / (STRAY[1] - STRAY[0]);
    (share > 0.0).then(|| (k, share.min(1.0) * furthest))
}

/// Return the weight of each discount, from its errors one season ahead after the second season.
fn discount_weights(rest: &[f64], phases: &[usize], m: usize) -> [f64; DISCOUNTS.len()] {
    let mut squares = [0.0; DISCOUNTS.len()];
    for (square, discount) in squares.iter_mut().zip(DISCOUNTS) {
        let (mut sum, mut weight) = (vec![0.0; m], vec![0.0; m]);
        for (k, (r, p)) in rest.iter().zip(phases).enumerate() {
            if k >= 2 * m {
                *square += (r - sum[*p] / weight[*p]).powi(2);
            }
            sum[*p] = sum[*p] * discount + r;
            weight[*p] = weight[*p] * discount + 1.0;
        }
    }
    let count = rest.len().saturating_sub(2 * m) as f64;
    let least = squares.iter().copied().fold(f64::INFINITY, f64::min) + 1e-12;
    let weights = squares.map(|square| (-0.25 * count * ((square + 1e-12) / least).ln()).exp());
    let total: f64 = weights.iter().sum();
    weights.map(|w| w / total)
}

/// Working memory of [`robust`], allocated once for all discounts.
struct IndexScratch {
    age: Vec<f64>,
    weight: Vec<f64>,
    deviation: Vec<f64>,
    sorted: Vec<f64>,
}

impl IndexScratch {
    fn new(n: usize) -> Self {
        Self {
            age: vec![0.0; n],
            weight: vec![0.0; n],
            deviation: vec![0.0; n],
            sorted: vec![0.0; n],
        }
    }
}

/// Return the shrunken indices for one discount.
fn robust(
    rest: &[f64],
    phases: &[usize],
    m: usize,
    discount: f64,
    scratch: &mut IndexScratch,
) -> SeasonalIndices {
    let n = rest.len();
    let IndexScratch {
        age,
        weight,
        deviation,
        sorted,
    } = scratch;
    let mut power = 1.0;
    for (k, a) in age.iter_mut().rev().enumerate() {
        if k > 0 && k % m == 0 {
            power *= discount;
        }
        *a = power;
    }
    weight.copy_from_slice(age);
    let (mut index, mut total) = (vec![0.0; m], vec![0.0; m]);
    for pass in 0..3 {
        index.fill(0.0);
        total.fill(0.0);
        for k in 0..n {
            index[phases[k]] += weight[k] * rest[k];
            total[phases[k]] += weight[k];
        }
        index
            .iter_mut()
            .zip(&total)
            .for_each(|(i, w)| *i /= w.max(1e-12));
        let mean = index.iter().sum::<f64>() / m as f64;
        index.iter_mut().for_each(|i| *i -= mean);
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
    let variance =
        square / (all - m as f64).max(1.0) / (total.iter().sum::<f64>() / m as f64).max(1e-9);
    let spread = index.iter().map(|i| i * i).sum::<f64>() / (m - 1) as f64;
    let shrink =
        (m.saturating_sub(3) as f64 / (m - 1) as f64 * variance / spread.max(1e-12)).min(1.0);
    index.iter_mut().for_each(|i| *i *= 1.0 - shrink);
    index
}

/// Return the median of `values` and reorder them; zero if there are none.
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

/// Subtract from each value of `z` the index of its phase.
pub fn adjust(z: &[f64], index: &[f64]) -> Vec<f64> {
    let (n, season) = (z.len(), SeasonLength::new(index.len()));
    z.iter()
        .enumerate()
        .map(|(t, v)| v - index[season.phase(t, n)])
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
            .map(|t| 100.0 + 0.05 * t as f64 + PATTERN[t % 12])
            .collect()
    }

    #[test]
    fn a_pure_pattern_is_found_again() {
        let z = wave(60);
        let index = indices(&z, SeasonLength::MONTHLY);
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
        let index = indices(&z, SeasonLength::MONTHLY);
        let furthest = index
            .iter()
            .zip(PATTERN)
            .map(|(m, p)| (m - p).abs())
            .fold(0.0, f64::max);
        assert!(furthest < 1.5, "{furthest}");
    }

    #[test]
    fn a_month_of_a_hundred_times_the_level_is_no_season_wherever_it_stands() {
        let noise = |t: usize| ((t * 7919 + t * t * 104_729) % 1000) as f64 / 1000.0 - 0.5;
        let z: Vec<f64> = (0..96)
            .map(|t| 0.1 * PATTERN[t % 12] + 0.3 * noise(t))
            .collect();
        let usual = indices(&z, SeasonLength::MONTHLY);
        for at in 6..90 {
            let mut wild = z.clone();
            wild[at] += 4.6;
            let index = indices(&wild, SeasonLength::MONTHLY);
            for (a, b) in index.iter().zip(&usual) {
                assert!((a - b).abs() < 0.2, "{at}: {index:?} {usual:?}");
            }
        }
    }

    #[test]
    fn a_pattern_that_has_changed_for_three_seasons_is_followed() {
        let noise = |t: usize| ((t * 7919 + t * t * 104_729) % 1000) as f64 / 1000.0 - 0.5;
        let pattern = |t: usize| PATTERN[(t + if t < 60 { 0 } else { 5 }) % 12];
        let z: Vec<f64> = (0..102).map(|t| pattern(t) + 0.3 * noise(t)).collect();
        let index = indices(&z, SeasonLength::MONTHLY);
        for (k, found) in index.iter().enumerate() {
            let (new, old) = (pattern(102 + k), PATTERN[(102 + k) % 12]);
            let nearer = (found - new).abs() < (found - old).abs();
            assert!(
                nearer || (new - old).abs() < 2.0,
                "{k}: {found} {new} {old}"
            );
        }
    }

    #[test]
    fn noise_is_shrunk_and_less_than_a_season_has_none() {
        let noise: Vec<f64> = (0..80_u64)
            .map(|t| ((t * t * 7919 + 13 * t) % 101) as f64)
            .collect();
        let index = indices(&noise, SeasonLength::MONTHLY);
        assert!(index.iter().all(|m| m.abs() < 15.0));
        assert_eq!(indices(&wave(11), SeasonLength::MONTHLY), [0.0; 12]);
    }

    #[test]
    fn a_short_pattern_that_repeats_is_kept_and_a_line_is_none() {
        for n in [14, 18, 23, 24, 29] {
            let z: Vec<f64> = (0..n).map(|t| PATTERN[(t + 12 - n % 12) % 12]).collect();
            for (index, p) in indices(&z, SeasonLength::MONTHLY).iter().zip(PATTERN) {
                // The pattern adds up to zero.
                assert!(
                    (index - p).abs() <= 0.25 * p.abs() + 1e-9,
                    "{n}: {index} {p}"
                );
            }
        }
        for n in [20, 24, 29] {
            let line: Vec<f64> = (0..n).map(f64::from).collect();
            let index = indices(&line, SeasonLength::MONTHLY);
            assert!(index.iter().all(|i| i.abs() < 1e-9), "{index:?}");
        }
    }

    #[test]
    fn quarters_and_odd_seasons_are_found_too() {
        for pattern in [&[3.0, -1.0, -4.0, 2.0][..], &[2.0, -3.0, 1.0]] {
            let season = SeasonLength::new(pattern.len());
            let n = 10 * pattern.len();
            let z: Vec<f64> = (0..n)
                .map(|t| 50.0 + 0.5 * t as f64 + pattern[t % pattern.len()])
                .collect();
            let index = indices(&z, season);
            assert!(
                index.iter().zip(pattern).all(|(i, p)| (i - p).abs() < 1e-9),
                "{index:?}"
            );
        }
        assert_eq!(indices(&[1.0, 2.0, 3.0], SeasonLength::new(1)), [0.0]);
    }

    #[test]
    fn medians_by_hand() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut []), 0.0);
    }
}
