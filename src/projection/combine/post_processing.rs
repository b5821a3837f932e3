//! What is done to a combined path before it is a forecast.

use crate::projection::combine::member::Member;
use crate::projection::combine::method::Method;
use crate::projection::history::inactive_months::InactiveMonths;
use crate::projection::history::origin::Origin;

/// A shift is followed wholly, or given back wholly, where the probability that it passes is
/// further from a half than this.
const EITHER: f64 = 0.3;
/// In a fall that a whole panel shares, a path takes a shift down to pass by this share less often.
const SHARED_PASSES: f64 = 0.35;

/// The post-processing of a combined path.
#[derive(Debug, Clone, Default)]
pub(in crate::projection) struct PostProcessing {
    /// The factor from medians to means, so that months add up to a year.
    pub(in crate::projection) raise: f64,
    /// The probability of trade at each step, where the flow goes on; empty where it is certain.
    pub(in crate::projection) active: Vec<f64>,
    /// The probability that the flow has stopped, or that one that has just begun does not go on.
    pub(in crate::projection) stopped: f64,
    /// The probability that a recent shift passes, and the factor back to the level before it.
    pub(in crate::projection) passing: Option<(f64, f64)>,
    /// The share of a recent shift that the path gives back, 0 to 1.
    pub(in crate::projection) given_back: f64,
}

impl PostProcessing {
    /// Measure the post-processing at an origin, where a fall that most series of the panel share
    /// is in progress as far as `shared_fall` says, 0 to 1.
    ///
    /// The factor to means is half of the skew beyond 0.02: the whole gives the best years and the
    /// worst months, half serves both. Of a shift that may as well last as pass, half is given
    /// back; where one is far more likely, the path is on that level, where the median of the
    /// draws is. A path follows a fall that a panel shares sooner, as its members do; the draws,
    /// which hold both levels, do not.
    pub(in crate::projection) fn of(origin: &Origin<'_>, horizon: usize, shared_fall: f64) -> Self {
        let m = origin.season.get();
        let inactive = origin.inactive.as_ref();
        let probability =
            |inactive: &InactiveMonths| (0..horizon).map(|k| inactive.probability[k % m]).collect();
        Self {
            raise: (0.5 * (origin.skew - 0.02).max(0.0)).exp(),
            active: inactive.map_or_else(Vec::new, probability),
            stopped: inactive.map_or(0.0, |inactive| inactive.stopped),
            passing: origin
                .shift
                .map(|shift| (1.0 - shift.lasting, (-shift.change).exp())),
            given_back: origin.shift.map_or(0.0, |shift| {
                let shared = if shift.change < 0.0 { shared_fall } else { 0.0 };
                let passing = (1.0 - shift.lasting) * (1.0 - SHARED_PASSES * shared);
                ((passing - 0.5 + EITHER) / (2.0 * EITHER)).clamp(0.0, 1.0)
            }),
        }
    }

    /// Return the factor for what is given back of a shift that may pass: a geometric mean of the
    /// levels, so that a month of a hundred times the usual level does not carry the forecast
    /// away.
    pub(in crate::projection) fn shift_factor(&self) -> f64 {
        self.passing
            .map_or(1.0, |(_, back)| back.powf(self.given_back))
    }

    /// Return the probability of trade at a step.
    pub(in crate::projection) fn trade(&self, step: usize) -> f64 {
        (1.0 - self.stopped) * self.active.get(step).copied().unwrap_or(1.0)
    }

    /// Return the factor from a path of a flow that goes on at its latest level to the path over
    /// all that may be.
    pub(in crate::projection) fn factor(&self, step: usize) -> f64 {
        self.shift_factor() * self.trade(step)
    }

    /// Whether anything but the one path may be.
    pub(in crate::projection) fn is_mixed(&self) -> bool {
        self.passing.is_some() || self.stopped > 0.0 || self.active.iter().any(|p| *p < 1.0)
    }

    /// Return the factor to means of a method: that of a combination.
    pub(in crate::projection) fn raise(&self, method: Method) -> f64 {
        if method.combines() { self.raise } else { 1.0 }
    }

    /// Apply the post-processing to a path. The seasonal naive alone is left as it is: it repeats
    /// the values themselves.
    pub(in crate::projection) fn apply(&self, mut path: Vec<f64>, method: Method) -> Vec<f64> {
        if method == Method::Only(Member::SeasonalNaive) {
            return path;
        }
        let raise = self.raise(method);
        for (k, f) in path.iter_mut().enumerate() {
            *f *= raise * self.factor(k);
        }
        path
    }
}
