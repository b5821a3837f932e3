//! The members' errors over all series of a panel.

use crate::projection::combine::origin_evaluation::OriginEvaluation;
use std::collections::BTreeMap;

/// The mean error of all members counts like so many months of a member's error on the panel, so
/// that a panel of a few short series hardly tells its members apart.
const PRIOR_MONTHS: f64 = 200.0;
/// An origin counts this much of one half a year later.
const DISCOUNT: f64 = 0.5;

/// The members' summed scaled errors over a panel, by rolling origin.
#[derive(Debug)]
pub(in crate::projection) struct PanelErrors {
    /// For the months back of each origin, each member's summed errors and number of months.
    by_origin: BTreeMap<usize, Vec<(f64, f64)>>,
}

impl PanelErrors {
    /// Add up the errors of every series; `None` without any origin. A member without a path at an
    /// origin counts there like the mean of the others, so that each is compared on all series.
    pub(in crate::projection) fn of(
        evaluations: &[Vec<OriginEvaluation>],
        members: usize,
    ) -> Option<Self> {
        let mut by_origin: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
        let mut used = vec![false; members];
        for evaluation in evaluations.iter().flatten() {
            let errors: Vec<Option<(f64, f64)>> =
                (0..members).map(|m| evaluation.error(m)).collect();
            let count = errors.iter().flatten().count().max(1) as f64;
            let of_all = errors
                .iter()
                .flatten()
                .fold((0.0, 0.0), |(sum, n), (e, m)| {
                    (sum + e / count, n + m / count)
                });
            let sums = by_origin
                .entry(evaluation.back)
                .or_insert_with(|| vec![(0.0, 0.0); members]);
            for ((sum, error), used) in sums.iter_mut().zip(errors).zip(&mut used) {
                *used |= error.is_some();
                let (error, months) = error.unwrap_or(of_all);
                sum.0 += error;
                sum.1 += months;
            }
        }
        for sums in by_origin.values_mut() {
            for (sum, _) in sums.iter_mut().zip(&used).filter(|(_, used)| !**used) {
                *sum = (0.0, 0.0);
            }
        }
        (!by_origin.is_empty()).then_some(Self { by_origin })
    }

    /// Return each member's mean scaled error, later origins counting more, shrunken towards the
    /// mean of all members; infinite without any. `skip` leaves one origin out.
    pub(in crate::projection) fn means(&self, skip: Option<usize>) -> Vec<f64> {
        let members = self.by_origin.values().next().map_or(0, Vec::len);
        let mut sums = vec![(0.0, 0.0); members];
        let counted = self
            .by_origin
            .iter()
            .filter(|(back, _)| Some(**back) != skip);
        for (back, of_origin) in counted {
            let weight = recency(*back);
            for (sum, (error, months)) in sums.iter_mut().zip(of_origin) {
                sum.0 += weight * error;
                sum.1 += weight * months;
            }
        }
        let known = || sums.iter().filter(|(_, months)| *months > 0.0);
        let of_all =
            known().map(|(sum, months)| sum / months).sum::<f64>() / known().count().max(1) as f64;
        let nothing = known().next().is_none();
        let mean = |(sum, months): &(f64, f64)| {
            if nothing {
                1.0
            } else if *months > 0.0 {
                (sum + PRIOR_MONTHS * of_all) / (months + PRIOR_MONTHS)
            } else {
                f64::INFINITY
            }
        };
        sums.iter().map(mean).collect()
    }
}

/// Return how much an origin so many months back counts.
pub(in crate::projection) fn recency(back: usize) -> f64 {
    DISCOUNT.powf(back as f64 / 6.0 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::combine::weights::tests::evaluation;

    #[test]
    fn errors_of_a_small_panel_are_drawn_together() {
        // Six months with mean errors of 1 and 1.4: (6 + 200·1.2) / 206 and (8.4 + 240) / 206.
        let errors = PanelErrors::of(&[vec![evaluation()]], 2).unwrap();
        let means = errors.means(None);
        assert!((means[0] - 246.0 / 206.0).abs() < 1e-12, "{means:?}");
        assert!((means[1] - 248.4 / 206.0).abs() < 1e-12, "{means:?}");
        assert_eq!(errors.means(Some(6)), [1.0; 2]);
        assert!(PanelErrors::of(&[vec![]], 2).is_none());
    }

    #[test]
    fn later_origins_count_more() {
        // Half a year earlier the errors were the other way round, and count half: two thirds of
        // the months say 1 and 1.4, one third 1.4 and 1.
        let mut before = evaluation();
        before.back = 12;
        before.paths.swap(0, 1);
        let all: Vec<Vec<OriginEvaluation>> = (0..20_000)
            .map(|k| {
                vec![if k % 2 == 0 {
                    evaluation()
                } else {
                    before.clone()
                }]
            })
            .collect();
        let means = PanelErrors::of(&all, 2).unwrap().means(None);
        assert!((means[0] - 3.4 / 3.0).abs() < 1e-3, "{means:?}");
        assert!((means[1] - 3.8 / 3.0).abs() < 1e-3, "{means:?}");
    }
}
