//! The part of errors that all series of a panel share at one origin.

use crate::projection::combine::error_profile::{ErrorProfile, OriginErrors, scaled};
use crate::projection::history::origin::LEAST_STEP;
use crate::trade::Month;
use std::collections::BTreeMap;

/// How alike the errors of different series at one origin are, and at how many origins this was
/// seen. A shock that all share is in no series' own history, so that few origins say little of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::projection) struct OriginComponent {
    /// The intraclass correlation of mean scaled errors within an origin, 0 to 1.
    pub(in crate::projection) correlation: f64,
    /// The number of origins whose horizons do not overlap.
    pub(in crate::projection) origins: f64,
}

impl OriginComponent {
    /// Estimate the component from every series, given with its last month and its one-step error:
    /// over pairs of different series at one origin, the mean product of their mean scaled errors,
    /// over the mean square of these.
    pub(in crate::projection) fn of<'a>(
        records: impl Iterator<Item = (Month, f64, &'a [OriginErrors])>,
        profile: &ErrorProfile,
        horizon: usize,
    ) -> Self {
        let mut by_origin: BTreeMap<Month, OriginSums> = BTreeMap::new();
        for (last, one_step, at_origins) in records.filter(|(_, step, _)| *step > LEAST_STEP) {
            let vectors = scaled(one_step, at_origins, profile);
            for (errors, vector) in at_origins.iter().zip(vectors) {
                let known = || vector.iter().filter(|u| !u.is_nan());
                let count = known().count();
                if count > 0 && errors.counts_for_others() {
                    let mean = known().map(|u| u.clamp(-4.0, 4.0)).sum::<f64>() / count as f64;
                    by_origin
                        .entry(last.back(errors.back))
                        .or_default()
                        .add(mean);
                }
            }
        }
        let (mut products, mut pairs, mut squares, mut count) = (0.0, 0.0, 0.0, 0.0);
        for sums in by_origin.values() {
            products += sums.sum * sums.sum - sums.squares;
            pairs += sums.count * (sums.count - 1.0);
            squares += sums.squares;
            count += sums.count;
        }
        let correlation = if pairs > 0.0 && squares > 0.0 {
            ((products / pairs) / (squares / count)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let span = match (by_origin.keys().next(), by_origin.keys().last()) {
            (Some(first), Some(last)) => last.since(*first) as f64 + horizon as f64,
            _ => 0.0,
        };
        let apart = span / horizon.max(1) as f64;
        Self {
            correlation,
            origins: apart.min(by_origin.len() as f64),
        }
    }

    /// Return the degrees of freedom of a scale that is known from so few shared errors; `None`
    /// where nothing is shared.
    pub(in crate::projection) fn degrees(self) -> Option<f64> {
        (self.correlation > 0.0).then(|| (self.origins / self.correlation).max(LEAST_DEGREES))
    }
}

/// The fewest degrees of freedom: below them a scale has no bound.
const LEAST_DEGREES: f64 = 4.0;

/// OriginSums over the series of one origin.
#[derive(Debug, Default)]
struct OriginSums {
    sum: f64,
    squares: f64,
    count: f64,
}

impl OriginSums {
    fn add(&mut self, mean: f64) {
        self.sum += mean;
        self.squares += mean * mean;
        self.count += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::pooled::ANCHORS;
    use crate::projection::combine::error_profile::tests::origin_errors;

    fn component(error: impl Fn(usize, usize) -> f64) -> OriginComponent {
        let profile = ErrorProfile {
            rows: vec![vec![1.0; 2]; ANCHORS.len()],
        };
        let all: Vec<Vec<OriginErrors>> = (0..40)
            .map(|series| {
                let at = |o: usize| origin_errors(6 * (o + 1), &[error(series, o); 2]);
                (0..8).map(at).collect()
            })
            .collect();
        let last = Month::january(2020);
        let records = all.iter().map(|errors| (last, 1.0, &errors[..]));
        OriginComponent::of(records, &profile, 6)
    }

    #[test]
    fn what_all_share_is_told_from_what_each_has() {
        let noise = |k: usize| ((k * 7919 + k * k * 104_729) % 1000) as f64 / 500.0 - 1.0;
        let own = component(|series, o| noise(series * 31 + o * 97 + 5));
        assert!(own.correlation < 0.1, "{own:?}");
        let shared = component(|_, o| noise(o + 3));
        assert!(shared.correlation > 0.9, "{shared:?}");
        assert!((shared.origins - 8.0).abs() < 1e-9, "{shared:?}");
        assert!(shared.degrees() < own.degrees().or(Some(f64::INFINITY)));
    }
}
