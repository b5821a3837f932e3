//! Simple exponential smoothing and the Theta method.

/// The smoothing weights that are tried.
pub const ALPHAS: [f64; 13] = [
    0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99,
];

/// A fitted simple exponential smoothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothed {
    /// The last level.
    pub level: f64,
    /// The smoothing weight.
    pub alpha: f64,
    /// The root mean square of the one-step errors.
    pub sd: f64,
}

/// Simple exponential smoothing `ℓ ← ℓ + α (x − ℓ)`, from the mean of the first six values; α by least squares of the
/// one-step errors over [`ALPHAS`] (Brown 1959). NaN is a gap: the level stays.
pub fn smooth(x: &[f64]) -> Smoothed {
    let seen = x.iter().filter(|v| !v.is_nan());
    let n = seen.clone().count();
    let first = seen.clone().take(6).sum::<f64>() / n.clamp(1, 6) as f64;
    let mut level = [first; ALPHAS.len()];
    let mut square = [0.0; ALPHAS.len()];
    for v in seen {
        for k in 0..ALPHAS.len() {
            let e = v - level[k];
            square[k] += e * e;
            level[k] += ALPHAS[k] * e;
        }
    }
    let best = least(&square);
    Smoothed {
        level: level[best],
        alpha: ALPHAS[best],
        sd: (square[best] / n.max(1) as f64).sqrt(),
    }
}

/// The position of the smallest number, the first of equals.
pub(super) fn least(numbers: &[f64]) -> usize {
    numbers
        .iter()
        .enumerate()
        .fold(0, |best, (k, v)| if *v < numbers[best] { k } else { best })
}

/// Theta with lines 0 and 2: `f_k = ℓ + (b/2) (k − 1 + (1 − (1−α)ⁿ) / α)`, `ℓ` and `α` of [`smooth`], `b` the least-squares slope
/// (Assimakopoulos and Nikolopoulos 2000, in the form of Hyndman and Billah 2003). NaN is a gap.
pub fn theta(x: &[f64], horizon: usize) -> Vec<f64> {
    let Smoothed { level, alpha, .. } = smooth(x);
    let n = x.len();
    let slope = slope(x);
    let start = (1.0 - (1.0 - alpha).powi(i32::try_from(n).unwrap_or(i32::MAX))) / alpha;
    (0..horizon)
        .map(|k| level + 0.5 * slope * (k as f64 + start))
        .collect()
}

/// The least-squares slope of `x` on time; zero for fewer than two values.
pub(super) fn slope(x: &[f64]) -> f64 {
    let seen = || x.iter().enumerate().filter(|(_, v)| !v.is_nan());
    let n = seen().count().max(1) as f64;
    let mean = seen().map(|(t, _)| t as f64).sum::<f64>() / n;
    let (top, bottom) = seen().fold((0.0, 0.0), |(top, bottom), (t, v)| {
        let d = t as f64 - mean;
        (top + d * v, bottom + d * d)
    });
    if bottom > 0.0 { top / bottom } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_stays() {
        assert_eq!(theta(&[5.0; 20], 3), [5.0; 3]);
        assert_eq!(smooth(&[5.0; 20]).sd, 0.0);
    }

    #[test]
    fn a_line_goes_on_with_half_its_slope() {
        // x_t = t: slope 1; the best alpha of the grid is 0.99. By hand: the error settles at e = 1 + 0.01 e, so e = 1/0.99 and the
        // last level is 39 − 0.01/0.99; the first step adds (1/2) (1 / 0.99).
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let f = theta(&x, 2);
        assert!(
            (f[0] - (39.0 - 0.01 / 0.99 + 0.5 / 0.99)).abs() < 1e-9,
            "{f:?}"
        );
        assert!((f[1] - f[0] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_gap_teaches_nothing() {
        let with_gap = [1.0, 2.0, f64::NAN, 2.0, 3.0];
        let without = [1.0, 2.0, 2.0, 3.0];
        assert_eq!(smooth(&with_gap), smooth(&without));
    }
}
