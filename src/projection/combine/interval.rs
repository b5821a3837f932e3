//! How wrong forecasts are: errors of rolling origins, pooled over the panel, scaled to each series.

use crate::models::pooled::{ANCHORS, between};
use crate::projection::history::origin::LEAST_STEP;
use crate::projection::history::transform::Transform;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// A series' own scale starts from its one-step error, which counts like this many months.
const SCALE_PRIOR: f64 = 60.0;
/// The own scale is at least this share of the one-step error.
const SCALE_FLOOR: f64 = 0.25;
/// How far series of other roughness teach how errors grow: a standard deviation, in ranks.
const BANDWIDTH: f64 = 0.12;
/// The growth of errors that is presumed counts like so many series.
const GROWTH_PRIOR: f64 = 3.0;
/// An error of more one-step errors than this counts as so many: a flow that has just begun says little of others.
const WILD: f64 = 30.0;
/// The quantiles that are presumed count like so many vectors of errors.
const QUANTILE_PRIOR: f64 = 20.0;
/// Fewer series than this leave the pool's scale in doubt.
const FEW: usize = 150;
/// Its degrees of freedom, and half of one more for each series.
const DEGREES: f64 = 12.0;
/// By how much intervals are widened at these tail masses, so that they are calibrated on validation origins.
const WIDEN: [(f64, f64); 2] = [(0.1, 0.97), (0.025, 1.03)];

/// The combination's errors from one origin of one series, transformed scale, gaps as NaN.
#[derive(Debug, Clone)]
pub(in crate::projection) struct Residual {
    pub(in crate::projection) back: usize,
    pub(in crate::projection) one_step: f64,
    /// Where the roughness of the series lay among that of the panel.
    pub(in crate::projection) place: f64,
    pub(in crate::projection) error: Vec<f64>,
    /// The path that the errors belong to, original scale.
    pub(in crate::projection) path: Vec<f64>,
    /// What came, gaps as NaN.
    pub(in crate::projection) actual: Vec<f64>,
    /// Whether the series was modelled on the same scale at its origin as at its end, so that errors and one-step errors have one unit.
    pub(in crate::projection) same_scale: bool,
}

impl Residual {
    /// Whether other series learn from it. One that had not changed up to its origin says nothing of how far a changing one errs.
    fn teaches(&self) -> bool {
        self.one_step > LEAST_STEP && self.same_scale
    }
}

/// How the error grows with the horizon, in one-step errors, for series of different roughness.
#[derive(Debug, Default)]
pub(in crate::projection) struct Profile {
    /// A row an anchor of roughness.
    rows: Vec<Vec<f64>>,
}

impl Profile {
    /// `p_k` at each anchor is the Gaussian-weighted mean of `1.2533 |e_k| / s₁`, with `1.2 √(1 + 0.12 (k−1))` presumed; it never falls with `k`.
    pub(in crate::projection) fn of<'a>(
        residuals: impl Iterator<Item = &'a Residual>,
        horizon: usize,
    ) -> Self {
        let presumed = |k: usize| 1.2 * (1.0 + 0.12 * k as f64).sqrt();
        let mut sums: Vec<Vec<(f64, f64)>> = vec![vec![(0.0, 0.0); horizon]; ANCHORS.len()];
        for residual in residuals.filter(|residual| residual.teaches()) {
            for (row, anchor) in sums.iter_mut().zip(ANCHORS) {
                let weight = (-0.5 * ((residual.place - anchor) / BANDWIDTH).powi(2)).exp();
                for ((sum, total), e) in row
                    .iter_mut()
                    .zip(&residual.error)
                    .filter(|(_, e)| !e.is_nan())
                {
                    *sum += weight * (e.abs() / residual.one_step).min(WILD);
                    *total += weight;
                }
            }
        }
        // Beyond the furthest origin nothing was seen: the growth that is presumed goes on from what was seen last.
        let row = |sums: &Vec<(f64, f64)>| {
            let mut widest = 1e-3_f64;
            let mut last: Option<(f64, usize)> = None;
            let of_step = |(k, (sum, total)): (usize, &(f64, f64))| {
                let here = match last.filter(|_| *total == 0.0) {
                    Some((p, at)) => p * presumed(k) / presumed(at),
                    None => (1.2533 * sum + GROWTH_PRIOR * presumed(k)) / (total + GROWTH_PRIOR),
                };
                widest = widest.max(here);
                if *total > 0.0 {
                    last = Some((widest, k));
                }
                widest
            };
            sums.iter().enumerate().map(of_step).collect()
        };
        Self {
            rows: sums.iter().map(row).collect(),
        }
    }

    /// The growth for a series of this place, one number a step.
    pub(in crate::projection) fn at(&self, place: f64) -> Vec<f64> {
        let [(low, a), (high, b)] = between(place);
        self.rows[low]
            .iter()
            .zip(&self.rows[high])
            .map(|(l, h)| a * l + b * h)
            .collect()
    }
}

/// A series' own scale: `σ² = (Σ_k min((e_k / p_k)², 36 s²) + 60 s²) / (months + 60)`, at least a quarter of `s`, the one-step error.
/// `skip` leaves one origin out.
pub(in crate::projection) fn own_scale(
    one_step: f64,
    residuals: &[Residual],
    profile: &Profile,
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
            .zip(profile.at(residual.place))
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

/// A series' scaled errors at each origin, its scale without that origin.
pub(in crate::projection) fn scaled(
    one_step: f64,
    residuals: &[Residual],
    profile: &Profile,
) -> Vec<Vec<f64>> {
    residuals
        .iter()
        .map(|residual| {
            let scale = own_scale(one_step, residuals, profile, Some(residual.back));
            residual
                .error
                .iter()
                .zip(profile.at(residual.place))
                .map(|(e, p)| e / (scale * p))
                .collect()
        })
        .collect()
}

/// The pooled distribution of scaled errors, and whole vectors of them.
#[derive(Debug, Default)]
pub(in crate::projection) struct IntervalScale {
    /// All scaled errors, sorted.
    sorted: Vec<f64>,
    /// Their sizes, sorted.
    sizes: Vec<f64>,
    /// Over how many vectors.
    count: f64,
    /// Scaled errors over all steps of one origin of one series, only those that reach furthest; without gaps.
    vectors: Vec<Vec<f64>>,
    /// The degrees of freedom of the scale of these errors, where few series tell it.
    degrees: Option<f64>,
}

impl IntervalScale {
    /// Pools the scaled errors of every series, given with its one-step error.
    pub(in crate::projection) fn of<'a>(
        records: impl Iterator<Item = (f64, &'a [Residual])>,
        profile: &Profile,
    ) -> Self {
        let changing = records.filter(|(step, _)| *step > LEAST_STEP);
        let mut vectors: Vec<Vec<f64>> = changing
            .flat_map(|(step, residuals)| {
                let vectors = scaled(step, residuals, profile).into_iter().zip(residuals);
                vectors
                    .filter(|(_, residual)| residual.teaches())
                    .map(|(vector, _)| vector)
            })
            .collect();
        let mut sorted: Vec<f64> = vectors
            .iter()
            .flatten()
            .copied()
            .filter(|u| !u.is_nan())
            .collect();
        sorted.sort_by(f64::total_cmp);
        let mut sizes: Vec<f64> = sorted.iter().map(|u| u.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let count = vectors.len() as f64;
        let whole = |vector: &Vec<f64>| vector.iter().all(|u| !u.is_nan());
        let longest = vectors
            .iter()
            .filter(|v| whole(v))
            .map(Vec::len)
            .max()
            .unwrap_or(0);
        vectors.retain(|vector| longest > 0 && vector.len() == longest && whole(vector));
        Self {
            sorted,
            sizes,
            count,
            vectors,
            degrees: None,
        }
    }

    /// The same, its scale doubted as one that these many series tell.
    pub(in crate::projection) fn told_by(self, teachers: usize) -> Self {
        let few = teachers < FEW;
        let degrees = DEGREES + 0.5 * teachers as f64;
        Self {
            degrees: few.then_some(degrees),
            ..self
        }
    }

    /// How far the central interval with this mass in each tail reaches, in scales: half the distance between the pool's quantiles, with
    /// Student's t of five degrees (times 0.9146) presumed.
    pub(in crate::projection) fn reach(&self, tail: f64) -> f64 {
        let tail = tail.clamp(1e-6, 0.5);
        // Five degrees, a centre of zero and a scale of one are always in range; without them the pool alone speaks.
        let presumed =
            StudentsT::new(0.0, 1.0, 5.0).map_or(0.0, |t| 0.9146 * t.inverse_cdf(1.0 - tail));
        let pooled = if self.sorted.is_empty() {
            presumed
        } else {
            0.5 * (self.quantile(1.0 - tail) - self.quantile(tail))
        };
        self.doubt(tail) * (self.count * pooled + QUANTILE_PRIOR * presumed)
            / (self.count + QUANTILE_PRIOR)
    }

    fn quantile(&self, p: f64) -> f64 {
        let at = p * (self.sorted.len() - 1) as f64;
        let (low, high) = (
            self.sorted[at.floor() as usize],
            self.sorted[at.ceil() as usize],
        );
        low + (high - low) * at.fract()
    }

    /// The mass in each tail beyond an error of this size, either sign, in the pool.
    pub(in crate::projection) fn tail(&self, size: f64) -> f64 {
        let below = self.sizes.partition_point(|v| *v < size);
        0.5 * ((self.sizes.len() - below) as f64 + 0.5) / (self.sizes.len() as f64 + 1.0)
    }

    /// How many degrees of freedom the pool's scale has, where it was learnt from few series.
    pub(in crate::projection) fn degrees(&self) -> Option<f64> {
        self.degrees
    }

    /// By how much a reach with this mass in each tail is widened for a scale that few series tell: Student's quantile over the normal one.
    fn doubt(&self, tail: f64) -> f64 {
        let student = self
            .degrees
            .and_then(|degrees| StudentsT::new(0.0, 1.0, degrees).ok());
        student.map_or(1.0, |student| {
            // In the very middle both are zero; their ratio is taken a little beside it.
            let p = 1.0 - tail.min(0.49);
            student.inverse_cdf(p) / Normal::standard().inverse_cdf(p)
        })
    }

    /// Whole vectors of scaled errors, all of one length.
    pub(in crate::projection) fn vectors(&self) -> &[Vec<f64>] {
        &self.vectors
    }
}

/// By how much a deviation with this mass beyond it is widened; linear in the logarithm of the mass between the calibrated points.
pub(in crate::projection) fn widen(tail: f64) -> f64 {
    let [(knee, at_knee), (end, at_end)] = WIDEN;
    let share = ((tail.max(1e-12) / knee).ln() / (end / knee).ln()).clamp(0.0, 1.0);
    at_knee + share * (at_end - at_knee)
}

/// How far values of a series can lie from a forecast.
#[derive(Debug, Clone, Copy)]
pub(in crate::projection) struct Reach {
    pub(in crate::projection) transform: Transform,
    /// The largest size that was seen.
    pub(in crate::projection) largest: f64,
}

impl Reach {
    /// The value that a scaled error `u` leads to from the forecast `f`, `sd` the scale of errors on the transformed scale, its deviation widened.
    ///
    /// Downwards a deviation is that of logarithms; upwards it is half that of logarithms, half that of levels, since errors in logarithms grow out
    /// of proportion. Never below zero, nor beyond twice the larger of the forecast and the largest value seen.
    pub(in crate::projection) fn deviate(self, f: f64, sd: f64, u: f64, widen: f64) -> f64 {
        if sd == 0.0 {
            return f;
        }
        let cap = 2.0 * f.abs().max(self.largest);
        let turned = self.transform.back(self.transform.turn(f) + u * sd) - f;
        match self.transform {
            Transform::Log { shift } if u > 0.0 => {
                (f + widen * 0.5 * (turned + (f + shift) * u * sd))
                    .min(cap)
                    .max(f)
            }
            Transform::Log { .. } => (f + widen * turned).max(0.0).min(f),
            Transform::Level { .. } => (f + widen * turned).max(-cap).min(cap),
        }
    }

    /// The central interval around `f` that reaches `reach` scaled errors to both sides.
    pub(in crate::projection) fn interval(
        self,
        f: f64,
        sd: f64,
        reach: f64,
        widen: f64,
    ) -> (f64, f64) {
        (
            self.deviate(f, sd, -reach, widen).min(f),
            self.deviate(f, sd, reach, widen).max(f),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residual(back: usize, error: &[f64]) -> Residual {
        Residual {
            back,
            one_step: 1.0,
            place: 0.5,
            error: error.to_vec(),
            path: vec![1.0; error.len()],
            actual: vec![1.0; error.len()],
            same_scale: true,
        }
    }

    #[test]
    fn the_profile_never_falls_and_goes_on() {
        let all: Vec<Residual> = (0..1000).map(|_| residual(3, &[1.0, 3.0, 2.0])).collect();
        let p = Profile::of(all.iter(), 4).at(0.5);
        assert!(
            (p[0] - 1.2533).abs() < 0.01 && (p[1] - 3.0 * 1.2533).abs() < 0.02,
            "{p:?}"
        );
        assert_eq!(p[2], p[1]);
        assert!((p[3] / p[2] - (1.36_f64 / 1.24).sqrt()).abs() < 1e-9);
        let presumed = Profile::of([].iter(), 2).at(0.3);
        assert!(
            (presumed[0] - 1.2).abs() < 1e-12
                && (presumed[1] - 1.2 * 1.12_f64.sqrt()).abs() < 1e-12
        );
    }

    #[test]
    fn the_own_scale_is_shrunken_and_robust() {
        // Errors of 2, 2 profile steps each, against 60 prior months of 1.
        let profile = Profile {
            rows: vec![vec![1.0, 1.0]; ANCHORS.len()],
        };
        let all = [residual(6, &[2.0, 2.0])];
        assert!((own_scale(1.0, &all, &profile, None) - (68.0_f64 / 62.0).sqrt()).abs() < 1e-12);
        assert_eq!(own_scale(1.0, &all, &profile, Some(6)), 1.0);
        let wild = [residual(6, &[100.0])];
        assert!((own_scale(1.0, &wild, &profile, None) - (96.0_f64 / 61.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn an_empty_pool_presumes_and_widening_is_calibrated() {
        let spread = IntervalScale::default();
        // Student's t of five degrees at 0.975 is 2.5706.
        assert!((spread.reach(0.025) - 0.9146 * 2.570_58).abs() < 1e-3);
        assert!((widen(0.1) - 0.97).abs() < 1e-12 && (widen(0.025) - 1.03).abs() < 1e-12);
        assert!(
            widen(0.05) > 0.97
                && widen(0.05) < 1.03
                && widen(0.4) == 0.97
                && (widen(0.001) - 1.03).abs() < 1e-12
        );
    }

    #[test]
    fn the_reach_is_half_the_distance_between_quantiles() {
        let profile = Profile {
            rows: vec![vec![1.0]; ANCHORS.len()],
        };
        let many: Vec<[Residual; 1]> = (0..=1000)
            .map(|k| [residual(6, &[f64::from(k) / 500.0 - 1.0])])
            .collect();
        let spread = IntervalScale::of(many.iter().map(|r| (1.0, &r[..])), &profile);
        // Uniform on −1 to 1: quantiles ±0.8 at tails of a tenth.
        let presumed = 0.9146 * 1.475_884;
        assert!((spread.reach(0.1) - (1001.0 * 0.8 + 20.0 * presumed) / 1021.0).abs() < 1e-3);
        assert!((spread.tail(0.9) - 0.05).abs() < 0.01);
    }
}
