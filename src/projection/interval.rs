//! How wrong forecasts are: errors of rolling origins, pooled over the panel, scaled to each series.

use statrs::distribution::{ContinuousCDF, Normal};

/// A series' own scale starts from its one-step error, which counts like this many months.
const SCALE_PRIOR: f64 = 20.0;
/// The own scale is at least this share of the one-step error.
const SCALE_FLOOR: f64 = 0.25;
/// The normal distribution counts like this many pooled errors.
const NORMAL_PRIOR: f64 = 40.0;
/// By how much intervals are widened, at these tail masses, so that they are calibrated on validation origins.
const WIDEN: [(f64, f64); 3] = [(0.5, 1.0), (0.1, 1.10), (0.025, 1.20)];

/// The combination's errors from one origin of one series, transformed scale, gaps as NaN.
#[derive(Debug)]
pub(super) struct Residual {
    pub(super) back: usize,
    pub(super) one_step: f64,
    pub(super) error: Vec<f64>,
    /// The path that the errors belong to, original scale.
    pub(super) path: Vec<f64>,
}

/// How the error grows with the horizon, in one-step errors: `p_k = √(median (e_k / s₁)² / 0.455)`, made non-decreasing; the last one is
/// carried on; `√k` where nothing was measured.
pub(super) fn profile<'a>(
    residuals: impl Iterator<Item = &'a Residual>,
    horizon: usize,
) -> Vec<f64> {
    let mut squares: Vec<Vec<f64>> = vec![Vec::new(); horizon];
    for residual in residuals {
        for (at, e) in squares
            .iter_mut()
            .zip(&residual.error)
            .filter(|(_, e)| !e.is_nan())
        {
            at.push((e / residual.one_step).powi(2));
        }
    }
    if squares.iter().all(Vec::is_empty) {
        return (1..=horizon).map(|k| (k as f64).sqrt()).collect();
    }
    let mut widest = 1e-3_f64;
    squares
        .iter_mut()
        .map(|at| {
            if !at.is_empty() {
                at.sort_by(f64::total_cmp);
                let (low, high) = (at[(at.len() - 1) / 2], at[at.len() / 2]);
                widest = widest.max((0.5 * (low + high) / 0.455).sqrt());
            }
            widest
        })
        .collect()
}

/// A series' own scale: `σ² = (Σ_k min((e_k / p_k)², 36 s²) + 20 s²) / (months + 20)`, at least a quarter of `s`, the one-step error.
/// `skip` leaves one origin out.
pub(super) fn own_scale(
    one_step: f64,
    residuals: &[Residual],
    profile: &[f64],
    skip: Option<usize>,
) -> f64 {
    let (mut sum, mut months) = (0.0, 0.0);
    for residual in residuals
        .iter()
        .filter(|residual| Some(residual.back) != skip)
    {
        for (e, p) in residual
            .error
            .iter()
            .zip(profile)
            .filter(|(e, _)| !e.is_nan())
        {
            sum += (e / p).powi(2).min(36.0 * one_step * one_step);
            months += 1.0;
        }
    }
    ((sum + SCALE_PRIOR * one_step * one_step) / (months + SCALE_PRIOR))
        .sqrt()
        .max(SCALE_FLOOR * one_step)
}

/// The pooled distribution of scaled errors, and whole vectors of them.
#[derive(Debug, Default)]
pub(super) struct Spread {
    /// All scaled errors, sorted.
    sorted: Vec<f64>,
    /// Scaled errors over all steps of one origin of one series, only those that reach furthest; without gaps.
    vectors: Vec<Vec<f64>>,
}

impl Spread {
    /// Scales each series' errors by its own scale (without the errors' own origin) and pools them.
    pub(super) fn of(residuals: &[(f64, Vec<Residual>)], profile: &[f64]) -> Self {
        let mut vectors: Vec<Vec<f64>> = Vec::new();
        for (one_step, of_series) in residuals {
            for residual in of_series {
                let scale = own_scale(*one_step, of_series, profile, Some(residual.back));
                vectors.push(
                    residual
                        .error
                        .iter()
                        .zip(profile)
                        .map(|(e, p)| e / (scale * p))
                        .collect(),
                );
            }
        }
        let mut sorted: Vec<f64> = vectors
            .iter()
            .flatten()
            .copied()
            .filter(|u| !u.is_nan())
            .collect();
        sorted.sort_by(f64::total_cmp);
        let whole = |vector: &Vec<f64>| vector.iter().all(|u| !u.is_nan());
        let longest = vectors
            .iter()
            .filter(|v| whole(v))
            .map(Vec::len)
            .max()
            .unwrap_or(0);
        vectors.retain(|vector| vector.len() == longest && whole(vector));
        Self { sorted, vectors }
    }

    /// The quantile at probability `p` of scaled errors: that of the pool, drawn towards the normal where the pool is small.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let normal = Normal::standard().inverse_cdf(p.clamp(1e-6, 1.0 - 1e-6));
        let n = self.sorted.len() as f64;
        if self.sorted.is_empty() {
            return normal;
        }
        let at = p.clamp(0.0, 1.0) * (n - 1.0);
        let (low, high) = (
            self.sorted[at.floor() as usize],
            self.sorted[at.ceil() as usize],
        );
        let pooled = low + (high - low) * at.fract();
        (n * pooled + NORMAL_PRIOR * normal) / (n + NORMAL_PRIOR)
    }

    /// Where a scaled error lies in the pool, strictly between 0 and 1.
    pub(super) fn rank(&self, u: f64) -> f64 {
        let below = self.sorted.partition_point(|v| *v < u);
        (below as f64 + 0.5) / (self.sorted.len() as f64 + 1.0)
    }

    /// Whole vectors of scaled errors, all of one length.
    pub(super) fn vectors(&self) -> &[Vec<f64>] {
        &self.vectors
    }
}

/// By how much a deviation at probability `p` is widened; linear in the logarithm of the tail mass between the calibrated points.
pub(super) fn widen(p: f64) -> f64 {
    let tail = p.min(1.0 - p).clamp(WIDEN[2].0, 0.5);
    let [(_, _), (knee, at_knee), (end, at_end)] = WIDEN;
    if tail >= knee {
        let share = (0.5 - tail) / (0.5 - knee);
        1.0 + share * (at_knee - 1.0)
    } else {
        let share = (tail / knee).ln() / (end / knee).ln();
        at_knee + share * (at_end - at_knee)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residual(back: usize, error: &[f64]) -> Residual {
        Residual {
            back,
            one_step: 1.0,
            error: error.to_vec(),
            path: vec![1.0; error.len()],
        }
    }

    #[test]
    fn the_profile_never_falls() {
        let all = [residual(3, &[1.0, 3.0, 2.0]), residual(3, &[1.0, 3.0, 2.0])];
        let p = profile(all.iter(), 4);
        let unit = 1.0 / 0.455_f64.sqrt();
        assert!(
            (p[0] - unit).abs() < 1e-12 && (p[1] - 3.0 * unit).abs() < 1e-12,
            "{p:?}"
        );
        assert_eq!((p[2], p[3]), (p[1], p[1]));
        assert_eq!(
            profile([].iter(), 4),
            [1.0, 2_f64.sqrt(), 3_f64.sqrt(), 2.0]
        );
    }

    #[test]
    fn the_own_scale_is_shrunken_and_robust() {
        // Two errors of 2 against 20 prior months of 1: (8 + 20) / 22; an error of 100 counts as 6.
        let all = [residual(6, &[2.0, 2.0])];
        assert!((own_scale(1.0, &all, &[1.0, 1.0], None) - (28.0_f64 / 22.0).sqrt()).abs() < 1e-12);
        assert_eq!(own_scale(1.0, &all, &[1.0, 1.0], Some(6)), 1.0);
        let wild = [residual(6, &[100.0])];
        assert!((own_scale(1.0, &wild, &[1.0], None) - (56.0_f64 / 21.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn an_empty_pool_is_normal_and_widening_grows_outwards() {
        let spread = Spread::default();
        assert!((spread.quantile(0.975) - 1.959_964).abs() < 1e-5);
        assert!(
            (widen(0.1) - 1.10).abs() < 1e-12
                && (widen(0.975) - 1.20).abs() < 1e-12
                && widen(0.5) == 1.0
        );
        assert!(widen(0.05) > 1.10 && widen(0.05) < 1.20 && (widen(0.001) - 1.20).abs() < 1e-12);
    }
}
