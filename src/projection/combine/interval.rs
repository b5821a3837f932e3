//! Interval widths: the pooled distribution of scaled errors, read for one series.

use crate::projection::combine::error_profile::{ErrorProfile, OriginErrors, scaled};
use crate::projection::combine::origin_component::OriginComponent;
use crate::projection::history::origin::LEAST_STEP;
use crate::projection::history::transform::Transform;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use std::sync::{Arc, OnceLock};

/// The default quantiles count like so many vectors of errors.
const QUANTILE_PRIOR: f64 = 20.0;
/// With fewer series the scale of the pooled errors is uncertain.
const FEW: usize = 150;
/// The degrees of freedom of an uncertain scale, to which half of one comes for each series.
const DEGREES: f64 = 12.0;
/// More degrees of freedom than one over this make no difference.
const LEAST_DOUBT: f64 = 0.002;
/// Tail masses and the factors that widen intervals there, calibrated on validation origins.
const WIDEN: [(f64, f64); 2] = [(0.1, 0.97), (0.025, 1.03)];
/// The standard normal quantiles that quantiles of errors are tabulated to, on either side.
pub(in crate::projection) const NORMAL_RANGE: f64 = 4.5;
/// Quantiles of more draws are not kept.
const MOST_KEPT: usize = 10_000;
/// The distance of two tabulated quantiles.
const NORMAL_STEP: f64 = 0.025;

/// The pooled distribution of scaled errors, and whole vectors of them.
#[derive(Debug, Default)]
pub(in crate::projection) struct IntervalScale {
    /// All scaled errors, sorted.
    sorted: Vec<f64>,
    /// The number of vectors.
    count: f64,
    /// The scaled errors over all steps of one origin of one series, without gaps, where they reach
    /// furthest.
    vectors: Vec<Vec<f64>>,
    /// The degrees of freedom of the scale, where few series determine it.
    degrees: Option<f64>,
    /// Reach and widening at standard normal quantiles from zero on, once they are needed.
    table: OnceLock<Vec<(f64, f64)>>,
    /// The quantiles of draws, of the number that was drawn first.
    of_draws: OnceLock<Arc<ErrorQuantiles>>,
}

/// The quantiles of scaled errors that draws stand for.
#[derive(Debug)]
pub(in crate::projection) struct ErrorQuantiles {
    /// The standard normal quantiles of the same mass, rising.
    pub(in crate::projection) at: Vec<f64>,
    /// Scaled errors, each with the factor that widens it.
    pub(in crate::projection) errors: Vec<(f64, f64)>,
}

impl IntervalScale {
    /// Pool the scaled errors of every series, given with its one-step error.
    pub(in crate::projection) fn of<'a>(
        records: impl Iterator<Item = (f64, &'a [OriginErrors])>,
        profile: &ErrorProfile,
    ) -> Self {
        let changing = records.filter(|(step, _)| *step > LEAST_STEP);
        let mut vectors: Vec<Vec<f64>> = changing
            .flat_map(|(step, at_origins)| {
                let vectors = scaled(step, at_origins, profile)
                    .into_iter()
                    .zip(at_origins);
                vectors
                    .filter(|(_, origin_errors)| origin_errors.counts_for_others())
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
            count,
            vectors,
            degrees: None,
            table: OnceLock::new(),
            of_draws: OnceLock::new(),
        }
    }

    /// Return the same distribution, its scale uncertain where so few series determine it, or where
    /// they share their errors.
    pub(in crate::projection) fn in_doubt_for(
        self,
        training_series: usize,
        shared: OriginComponent,
    ) -> Self {
        let few = training_series < FEW;
        let of_count = few.then_some(DEGREES + 0.5 * training_series as f64);
        // The shares of the variance of the scale add up.
        let inverse = of_count
            .into_iter()
            .chain(shared.degrees())
            .map(|d| 1.0 / d);
        let inverse: f64 = inverse.sum();
        Self {
            degrees: (inverse > LEAST_DOUBT).then_some(1.0 / inverse),
            ..self
        }
    }

    /// Return how far the central interval with this mass in each tail reaches, in scales of
    /// errors: half the distance between the pooled quantiles, with Student's t of five degrees
    /// (times 0.9146) as the default.
    pub(in crate::projection) fn reach(&self, tail: f64) -> f64 {
        let tail = tail.clamp(1e-6, 0.5);
        // Five degrees, a centre of zero and a scale of one are always valid parameters.
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

    /// Return how far the central interval of `level` (0 to 1) reaches, in scales of errors, and
    /// the factor that widens it.
    pub(in crate::projection) fn at_level(&self, level: f64) -> (f64, f64) {
        let tail = 0.5 * (1.0 - level);
        (self.reach(tail), widen(tail))
    }

    /// Return the quantile of scaled errors, and the factor that widens it, with as much mass below
    /// as a standard normal number has below `z`: that of [`IntervalScale::reach`], tabulated.
    pub(in crate::projection) fn error_at(&self, z: f64) -> (f64, f64) {
        let table = self.table.get_or_init(|| {
            let nodes = (NORMAL_RANGE / NORMAL_STEP).round() as usize;
            let node = |k: usize| {
                let tail = normal_mass_below(-(k as f64) * NORMAL_STEP);
                (self.reach(tail), widen(tail))
            };
            (0..=nodes).map(node).collect()
        });
        let at = z.abs() / NORMAL_STEP;
        let low = (at.floor() as usize).min(table.len() - 1);
        let high = (low + 1).min(table.len() - 1);
        let share = (at - low as f64).min(1.0);
        let ((u, w), (u_high, w_high)) = (table[low], table[high]);
        (
            (u + share * (u_high - u)).copysign(z),
            w + share * (w_high - w),
        )
    }

    /// Return the quantiles at `count` evenly spaced probabilities.
    pub(in crate::projection) fn quantiles_of_draws(&self, count: usize) -> Arc<ErrorQuantiles> {
        let find = || {
            let at = normal_scores(count);
            let errors = at.iter().map(|z| self.error_at(*z)).collect();
            Arc::new(ErrorQuantiles { at, errors })
        };
        if count > MOST_KEPT {
            return find();
        }
        let kept = self.of_draws.get_or_init(find);
        if kept.at.len() == count {
            Arc::clone(kept)
        } else {
            find()
        }
    }

    fn quantile(&self, p: f64) -> f64 {
        let at = p * (self.sorted.len() - 1) as f64;
        let (low, high) = (
            self.sorted[at.floor() as usize],
            self.sorted[at.ceil() as usize],
        );
        low + (high - low) * at.fract()
    }

    /// Return the degrees of freedom of the scale, where few series determine it.
    pub(in crate::projection) fn degrees(&self) -> Option<f64> {
        self.degrees
    }

    /// Return the factor for an uncertain scale at this mass in each tail: Student's quantile over
    /// the normal one.
    fn doubt(&self, tail: f64) -> f64 {
        let student = self
            .degrees
            .and_then(|degrees| StudentsT::new(0.0, 1.0, degrees).ok());
        student.map_or(1.0, |student| {
            // At the median both are zero; their ratio is taken beside it.
            let p = 1.0 - tail.min(0.49);
            student.inverse_cdf(p) / Normal::standard().inverse_cdf(p)
        })
    }

    /// Return the whole vectors of scaled errors, all of one length.
    pub(in crate::projection) fn vectors(&self) -> &[Vec<f64>] {
        &self.vectors
    }
}

/// Return the standard normal quantile at probability `p`, within the central 1 − 2·10⁻⁹.
pub(in crate::projection) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p.clamp(1e-9, 1.0 - 1e-9))
}

/// Return the standard normal quantiles of `count` evenly spaced probabilities. The middle ones of
/// an even number are those of the median.
fn normal_scores(count: usize) -> Vec<f64> {
    let middle = |k: usize| 2 * k + 1 == count || 2 * k == count || 2 * (k + 1) == count;
    let score = |k: usize| match middle(k) {
        true => 0.0,
        false => normal_quantile((k as f64 + 0.5) / count as f64),
    };
    let lower: Vec<f64> = (0..count.div_ceil(2)).map(score).collect();
    let upper = lower.iter().take(count / 2).rev().map(|score| -score);
    lower.iter().copied().chain(upper).collect()
}

/// Return the mass of the standard normal distribution below `z`.
pub(in crate::projection) fn normal_mass_below(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// Return the factor that widens a deviation with this mass beyond it, linear in the logarithm of
/// the mass between the calibrated points.
pub(in crate::projection) fn widen(tail: f64) -> f64 {
    let [(knee, at_knee), (end, at_end)] = WIDEN;
    let share = ((tail.max(1e-12) / knee).ln() / (end / knee).ln()).clamp(0.0, 1.0);
    at_knee + share * (at_end - at_knee)
}

/// The limits of a series' deviations from its forecast.
#[derive(Debug, Clone, Copy)]
pub(in crate::projection) struct DeviationLimits {
    pub(in crate::projection) transform: Transform,
    /// The largest observed size.
    pub(in crate::projection) largest: f64,
}

impl DeviationLimits {
    /// Return the deviations around the forecast `f`, where `sd` is the scale of errors on the
    /// transformed scale.
    pub(in crate::projection) fn around(self, f: f64, sd: f64) -> Deviation {
        Deviation {
            transform: self.transform,
            f,
            sd,
            transformed: self.transform.apply(f),
            cap: 2.0 * f.abs().max(self.largest),
        }
    }

    /// Return the central interval around `f` that reaches `reach` scaled errors to both sides.
    pub(in crate::projection) fn interval(
        self,
        f: f64,
        sd: f64,
        reach: f64,
        widen: f64,
    ) -> (f64, f64) {
        (
            self.around(f, sd).value(-reach, widen).min(f),
            self.around(f, sd).value(reach, widen).max(f),
        )
    }
}

/// The deviations of one step from its forecast.
#[derive(Debug, Clone, Copy)]
pub(in crate::projection) struct Deviation {
    transform: Transform,
    f: f64,
    /// The scale of errors, transformed scale.
    sd: f64,
    transformed: f64,
    /// The largest size of a value.
    cap: f64,
}

impl Deviation {
    /// Return the value for a scaled error `u`.
    ///
    /// Downwards a deviation is that of logarithms. Upwards it is half that of logarithms, half
    /// that of levels, since errors in logarithms grow out of proportion. The value is never below
    /// zero, nor beyond twice the larger of the forecast and the largest observed size.
    pub(in crate::projection) fn value(&self, u: f64, widen: f64) -> f64 {
        let Self { f, sd, cap, .. } = *self;
        if sd == 0.0 {
            return f;
        }
        let at = self.transformed + u * sd;
        match self.transform {
            Transform::Log { shift } => self.of_exponential(at.exp(), shift, u, widen),
            Transform::Level { .. } => {
                let inverted = self.transform.invert(at) - f;
                (f + widen * inverted).max(-cap).min(cap)
            }
        }
    }

    /// Append the values for scaled errors, each with its factor, as [`Deviation::value`] finds
    /// them.
    pub(in crate::projection) fn extend_with_values(
        &self,
        errors: &[(f64, f64)],
        values: &mut Vec<f64>,
    ) {
        let Transform::Log { shift } = self.transform else {
            return values.extend(errors.iter().map(|(u, widen)| self.value(*u, *widen)));
        };
        if self.sd == 0.0 {
            return values.extend(errors.iter().map(|_| self.f));
        }
        // All exponentials first: what follows them is computed on several at a time.
        let first = values.len();
        let exponential = |(u, _): &(f64, f64)| (self.transformed + u * self.sd).exp();
        values.extend(errors.iter().map(exponential));
        for (value, (u, widen)) in values[first..].iter_mut().zip(errors) {
            *value = self.of_exponential(*value, shift, *u, *widen);
        }
    }

    /// Return the value for a scaled error `u` of a logarithm, whose exponential is given.
    fn of_exponential(&self, exponential: f64, shift: f64, u: f64, widen: f64) -> f64 {
        let Self { f, sd, cap, .. } = *self;
        let inverted = (exponential - shift).max(0.0) - f;
        let upwards = f + widen * 0.5 * (inverted + (f + shift) * u * sd);
        let downwards = f + widen * inverted;
        if u > 0.0 {
            upwards.min(cap).max(f)
        } else {
            downwards.max(0.0).min(f)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::pooled::ANCHORS;
    use crate::projection::combine::error_profile::tests::origin_errors;

    #[test]
    fn an_empty_panel_has_default_widths_and_widening_is_calibrated() {
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
        let profile = ErrorProfile {
            rows: vec![vec![1.0]; ANCHORS.len()],
        };
        let many: Vec<[OriginErrors; 1]> = (0..=1000)
            .map(|k| [origin_errors(6, &[f64::from(k) / 500.0 - 1.0])])
            .collect();
        let spread = IntervalScale::of(many.iter().map(|r| (1.0, &r[..])), &profile);
        // Uniform on −1 to 1: quantiles ±0.8 at tails of a tenth.
        let presumed = 0.9146 * 1.475_884;
        assert!((spread.reach(0.1) - (1001.0 * 0.8 + 20.0 * presumed) / 1021.0).abs() < 1e-3);
        // The table holds the same: a tenth of the normal distribution lies above 1.28155.
        let (u, factor) = spread.error_at(-1.281_551_6);
        assert!((u + spread.reach(0.1)).abs() < 1e-4 && (factor - 0.97).abs() < 1e-3);
    }
}
