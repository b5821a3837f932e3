//! A level shift in the last months of a series.

use crate::models::seasonal::median;

/// The months before a shift that tell the level before it.
const BEFORE: usize = 12;
/// The earliest shift that is looked for lies so many months back.
const FURTHEST: usize = 24;
/// The months that tell the usual slope.
const SLOPE_MONTHS: usize = 60;
/// The changes over twelve months that a usual slope needs.
const SLOPE_CHANGES: usize = 36;
/// The steepest usual slope, a month: what falls or rises faster does not go on.
const STEEPEST: f64 = 0.03;
/// The history that a shift needs before it.
const NEEDED: usize = 24;
/// Between these sizes, in usual changes of the level, a change becomes a shift.
const EVIDENCE: [f64; 2] = [4.2, 5.7];
/// A shift that has lasted so many months is as likely to last as to pass, and how fast belief
/// grows from there.
const EVEN_MONTHS: f64 = 2.4;
const BELIEF: f64 = 2.4;

/// A change of level in the last months, which may last or pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::projection) struct RecentShift {
    /// The months since, the first of them included.
    pub(in crate::projection) months: usize,
    /// The change, transformed scale.
    pub(in crate::projection) change: f64,
    /// The probability that it lasts.
    pub(in crate::projection) lasting: f64,
}

impl RecentShift {
    /// Find the change of level that splits the last months of `x` (without season) best; `None`
    /// where it is not large against the changes that the level of this series usually makes.
    /// Levels are those beside the usual slope, so that growth neither hides a fall nor is one.
    ///
    /// A rise to more than `e` times the level must last longer before it is believed: bursts of
    /// trade (aircraft, ships, gold) pass more often than falls do.
    pub(in crate::projection) fn find(x: &[f64]) -> Option<Self> {
        let n = x.len();
        if n < NEEDED + 1 {
            return None;
        }
        let x = beside_slope(x);
        let furthest = FURTHEST.min(n - NEEDED);
        // A cheap look first: without one large step there is no shift.
        let mut steps: Vec<f64> = x.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
        let largest = steps[n - 1 - furthest..]
            .iter()
            .copied()
            .fold(0.0, f64::max);
        let usual = median(&mut steps) / 0.6745;
        if largest <= 3.0 * usual || largest < 0.05 {
            return None;
        }
        let best = (1..=furthest)
            .map(|months| (spread(&x, n - months), months))
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        let months = best.1;
        let change = change_at(&x, n - months, months);
        // How much such a difference of levels varied in the history, one month after another.
        let mut past: Vec<f64> = (BEFORE..=n - 2 * months.min(BEFORE) - 1)
            .filter(|at| at + months <= n - months)
            .map(|at| change_at(&x, at, months).abs())
            .collect();
        if past.len() < BEFORE {
            return None;
        }
        let usual_change = (median(&mut past) / 0.6745)
            .max(usual / (months as f64).sqrt())
            .max(1e-6);
        let evidence = change.abs() / usual_change;
        let strength = ((evidence - EVIDENCE[0]) / (EVIDENCE[1] - EVIDENCE[0])).clamp(0.0, 1.0);
        (strength > 0.0).then(|| Self {
            months,
            change: strength * change,
            lasting: lasting(months as f64 / (1.0 + 0.5 * (change - 1.0).max(0.0))),
        })
    }
}

/// Return the probability that a shift seen for so many months lasts: one month says a ninth,
/// three months three fifths, six months nine tenths. Even after half a year some pass, as
/// long strikes and closed borders do.
fn lasting(months: f64) -> f64 {
    1.0 - 1.0 / (1.0 + (months / EVEN_MONTHS).powf(BELIEF))
}

impl RecentShift {
    /// Return the change of level from month `at` on that is stated to last; `at` is above zero.
    /// In logarithms (`is_log`) it is one beside the usual slope.
    pub(in crate::projection) fn stated(x: &[f64], at: usize, is_log: bool) -> Self {
        // What came long after says little of the change.
        let months = x.len() - at;
        Self {
            months,
            change: match is_log {
                true => change_at(&beside_slope(x), at, months.min(BEFORE)),
                false => change_at(x, at, months.min(BEFORE)),
            },
            lasting: 1.0,
        }
    }
}

/// Return `x` less its usual slope: the median change over twelve months of the last five years.
/// In less than four years a shift would itself be the usual change: they are left as they are.
fn beside_slope(x: &[f64]) -> Vec<f64> {
    let recent = &x[x.len().saturating_sub(SLOPE_MONTHS)..];
    let change = |window: &[f64]| window[BEFORE] - window[0];
    let mut changes: Vec<f64> = recent.windows(BEFORE + 1).map(change).collect();
    let slope = match changes.len() < SLOPE_CHANGES {
        true => 0.0,
        false => (median(&mut changes) / BEFORE as f64).clamp(-STEEPEST, STEEPEST),
    };
    let beside = |(t, v): (usize, &f64)| v - slope * t as f64;
    x.iter().enumerate().map(beside).collect()
}

/// Return the median of the `months` values from `at` on less that of the twelve before.
fn change_at(x: &[f64], at: usize, months: usize) -> f64 {
    let mut after = x[at..at + months].to_vec();
    let mut before = x[at.saturating_sub(BEFORE)..at].to_vec();
    median(&mut after) - median(&mut before)
}

/// Return the sum of absolute deviations around the levels before and after a split, over three
/// years.
fn spread(x: &[f64], at: usize) -> f64 {
    let from = x.len().saturating_sub(36);
    let around = |part: &[f64]| {
        let mut sorted = part.to_vec();
        let middle = median(&mut sorted);
        part.iter().map(|v| (v - middle).abs()).sum::<f64>()
    };
    around(&x[from.min(at)..at]) + around(&x[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level of 5 with noise of 0.05, and `change` in the last `months` months.
    fn series(seed: u64, months: usize, change: f64) -> Vec<f64> {
        let mut state = seed.wrapping_mul(2_862_933_555_777_941_757) | 1;
        (0..96)
            .map(|t| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let noise = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
                5.0 + 0.17 * noise + if t + months >= 96 { change } else { 0.0 }
            })
            .collect()
    }

    #[test]
    fn a_halved_flow_is_found_with_its_months_and_believed_the_more_the_longer_it_lasts() {
        for seed in 1..20 {
            let mut before = 0.0;
            for months in [1, 3, 6, 12] {
                let shift = RecentShift::find(&series(seed, months, -0.7)).unwrap();
                assert_eq!(shift.months, months);
                assert!((shift.change + 0.7).abs() < 0.12, "{shift:?}");
                assert!(shift.lasting > before);
                before = shift.lasting;
            }
        }
    }

    #[test]
    fn a_stated_shift_has_its_size_in_histories_of_any_length() {
        for (months, since) in [(18, 6), (20, 10), (24, 8), (30, 12), (36, 12), (60, 12)] {
            let x = series(5, since, -0.69);
            let shift = RecentShift::stated(&x[96 - months..], months - since, true);
            assert!((shift.change + 0.69).abs() < 0.1, "{months} {shift:?}");
        }
    }

    #[test]
    fn growth_neither_hides_a_shift_nor_is_one() {
        for slope in [-0.02, -0.01, 0.01, 0.02] {
            let grow = |x: Vec<f64>| -> Vec<f64> {
                let grown = x.iter().enumerate().map(|(t, v)| v + slope * t as f64);
                grown.collect()
            };
            let found = |months, change: f64| {
                let shifts = (1..40)
                    .filter_map(|seed| RecentShift::find(&grow(series(seed, months, change))));
                let is_it = |shift: &RecentShift| {
                    shift.months == months && (shift.change - change).abs() < 0.15
                };
                shifts.filter(is_it).count()
            };
            for months in 1..=4 {
                for change in [-0.7, 0.7] {
                    assert!(found(months, change) > 36, "{slope} {months} {change}");
                }
            }
            let alone = (1..40).filter_map(|seed| RecentShift::find(&grow(series(seed, 0, 0.0))));
            assert!(alone.count() < 4, "{slope}");
        }
    }

    #[test]
    fn noise_alone_is_no_shift() {
        let found = (1..200).filter(|seed| RecentShift::find(&series(*seed, 0, 0.0)).is_some());
        assert!(found.count() < 4);
    }

    #[test]
    fn a_burst_must_last_longer_than_a_fall() {
        let fall = RecentShift::find(&series(3, 3, -2.5)).unwrap();
        let burst = RecentShift::find(&series(3, 3, 2.5)).unwrap();
        assert!(burst.lasting < fall.lasting);
    }
}
