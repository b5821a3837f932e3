//! Seasonality: whether there is one, and its indices.
//!
//! Months are counted from the end, so that no calendar is needed: the phase of value `t` of `n` is `(t − n) mod 12`, and
//! forecast step `k` (from 1) has phase `(k − 1) mod 12`.

use super::SEASON;

/// An index a phase, adding up to zero; phase 0 is that of the first forecast step.
pub type Indices = [f64; SEASON];

/// A series shorter than this has no seasonal indices.
pub const MIN_LENGTH: usize = 30;

/// The phase of value `t` of `n`.
pub fn phase(t: usize, n: usize) -> usize {
    (t + SEASON - n % SEASON) % SEASON
}

/// Whether the autocorrelation at lag 12 is significant at 90 %: `|r₁₂| > 1.645 √((1 + 2 Σ_{k<12} r_k²) / n)`, `n ≥ 36`
/// (the test of the M4 competition's Theta benchmark; Assimakopoulos and Nikolopoulos 2000).
pub fn is_seasonal(y: &[f64]) -> bool {
    let n = y.len();
    if n < 3 * SEASON {
        return false;
    }
    let mean = y.iter().sum::<f64>() / n as f64;
    let x: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let total = x.iter().map(|v| v * v).sum::<f64>().max(1e-300);
    let correlation = |lag: usize| x[lag..].iter().zip(&x).map(|(a, b)| a * b).sum::<f64>() / total;
    let below: f64 = (1..SEASON).map(|lag| correlation(lag).powi(2)).sum();
    correlation(SEASON).abs() > 1.645 * ((1.0 + 2.0 * below) / n as f64).sqrt()
}

/// Additive seasonal indices of `z`, shrunken towards none.
///
/// `r_t = z_t −` centred 2×12 moving average; the index of a phase is the mean of its `r_t`, weighted by
/// `discount^(age in years)`, less the mean over phases; then James–Stein: `m ← m · (1 − min(1, (9/11) v / (Σm²/11)))`, `v` the
/// residual variance over the mean weight a phase (Miller and Williams 2003 for the shrinkage of seasonals). Halved where
/// `seasonal` is false; all zero for fewer than [`MIN_LENGTH`] values.
pub fn indices(z: &[f64], seasonal: bool, discount: f64) -> Indices {
    let n = z.len();
    let mut index = [0.0; SEASON];
    if n < MIN_LENGTH {
        return index;
    }
    let (mut weight, mut square) = ([0.0; SEASON], 0.0);
    // The window's sum slides: z_{t−6}/2 + z_{t−5} + … + z_{t+5} + z_{t+6}/2.
    let mut inner: f64 = z[1..SEASON].iter().sum();
    for t in 6..n - 6 {
        let rest = z[t] - (inner + 0.5 * (z[t - 6] + z[t + 6])) / SEASON as f64;
        let w = discount.powi(i32::try_from((n - 7 - t) / SEASON).unwrap_or(i32::MAX));
        let p = phase(t, n);
        index[p] += w * rest;
        weight[p] += w;
        square += w * rest * rest;
        inner += z[t + 6] - z[t - 5];
    }
    let mut explained = 0.0;
    for (m, w) in index.iter_mut().zip(&weight) {
        *m /= w.max(1e-12);
    }
    let mean = index.iter().sum::<f64>() / SEASON as f64;
    for (m, w) in index.iter_mut().zip(&weight) {
        // Σ w (r − m)² = Σ w r² − 2 m Σ w r + m² Σ w, with Σ w r = (m + mean) Σ w.
        let raw = *m;
        *m -= mean;
        explained += w * (*m * *m - 2.0 * *m * raw);
    }
    let total: f64 = weight.iter().sum();
    let variance = (square + explained).max(0.0)
        / (total - SEASON as f64).max(1.0)
        / (total / SEASON as f64).max(1e-9);
    let spread = index.iter().map(|m| m * m).sum::<f64>() / (SEASON - 1) as f64;
    let shrink =
        ((SEASON - 3) as f64 / (SEASON - 1) as f64 * variance / spread.max(1e-12)).min(1.0);
    let keep = (1.0 - shrink) * if seasonal { 1.0 } else { 0.5 };
    index.map(|m| m * keep)
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

    fn wave(n: usize) -> Vec<f64> {
        // A trend with a fixed pattern of 12 months that adds up to zero.
        let pattern = [
            5.0, 3.0, 1.0, -1.0, -2.0, -6.0, 0.0, 2.0, -3.0, 4.0, -4.0, 1.0,
        ];
        (0..n)
            .map(|t| 100.0 + 0.05 * t as f64 + pattern[t % SEASON])
            .collect()
    }

    #[test]
    fn a_pure_pattern_is_found_again() {
        let z = wave(60);
        assert!(is_seasonal(&z));
        let index = indices(&z, true, 0.85);
        // Month 60 has the pattern's first entry: without noise nothing is shrunk.
        assert!(
            (index[0] - 5.0).abs() < 1e-9 && (index[5] + 6.0).abs() < 1e-9,
            "{index:?}"
        );
        assert!(index.iter().sum::<f64>().abs() < 1e-9);
        let flat = adjust(&z, &index);
        assert!(flat.windows(2).all(|w| (w[1] - w[0] - 0.05).abs() < 1e-9));
    }

    #[test]
    fn noise_has_no_season_and_short_series_none_at_all() {
        let noise: Vec<f64> = (0..80_u64)
            .map(|t| ((t * t * 7919 + 13 * t) % 101) as f64)
            .collect();
        let index = indices(&noise, is_seasonal(&noise), 0.85);
        assert!(index.iter().all(|m| m.abs() < 15.0), "{index:?}");
        assert_eq!(indices(&wave(29), true, 0.85), [0.0; 12]);
    }

    #[test]
    fn phases_count_from_the_end() {
        assert_eq!(phase(48, 60), 0);
        assert_eq!(phase(59, 60), 11);
        assert_eq!(phase(5, 7), 10);
    }
}
