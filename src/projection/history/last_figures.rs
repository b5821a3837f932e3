//! Figures at the end of a series that look wrong: far from the level before them, and further than
//! the series has ever been.

use crate::models::seasonal::median;

/// The months before that tell the level.
const BEFORE: usize = 12;
/// The most figures at the end that are looked at.
const MOST: usize = 6;
/// A figure is far from its level from this factor on.
const FAR: f64 = 5.0;
/// Earlier departures from the level are exceeded by this factor.
const BEYOND: f64 = 2.0;
/// How close the factor to the level is to a power of ten, in powers, where a unit may have
/// changed.
const NEAR_POWER: f64 = 0.2;

/// Figures at the end of a series that are far from the level before them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::projection) struct DepartingFigures {
    /// How many.
    pub(in crate::projection) months: usize,
    /// Their level over the level before them.
    pub(in crate::projection) ratio: f64,
}

impl DepartingFigures {
    /// Find the figures at the end of `y` that are far from the median of the twelve before; `None`
    /// where there are none, where the level before them is not above zero, where the series was as
    /// far from its level before, or where it is a balance, which comes near zero without any
    /// error.
    ///
    /// `seen` is false at a gap. One earlier departure is forgiven: it may be the same mistake.
    pub(in crate::projection) fn find(y: &[f64], seen: &[bool]) -> Option<Self> {
        let known: Vec<f64> = y
            .iter()
            .zip(seen)
            .filter(|(_, seen)| **seen)
            .map(|(value, _)| *value)
            .collect();
        let n = known.len();
        // A flow may have a credit note now and then.
        if known.iter().filter(|v| **v < 0.0).count() * 20 > n {
            return None;
        }
        let departure = |at: usize, end: usize| -> Option<f64> {
            let mut before = known[end.saturating_sub(BEFORE)..end].to_vec();
            let level = median(&mut before);
            (level > 0.0 && known[at] > 0.0).then(|| (known[at] / level).ln())
        };
        let of_run = |months: usize| -> Option<Self> {
            let start = n - months;
            let run: Vec<f64> = (start..n)
                .map(|at| departure(at, start))
                .collect::<Option<_>>()?;
            let same_side = run.iter().all(|d| d.signum() == run[0].signum());
            let nearest = run
                .iter()
                .fold(f64::INFINITY, |least, d| least.min(d.abs()));
            if !same_side || nearest < FAR.ln() {
                return None;
            }
            let mut earlier: Vec<f64> = (BEFORE..start)
                .filter_map(|at| departure(at, at))
                .filter(|d| d.signum() == run[0].signum())
                .map(f64::abs)
                .collect();
            earlier.sort_by(|a, b| b.total_cmp(a));
            let usual = earlier.get(1).copied().unwrap_or(0.0) + BEYOND.ln();
            let mut levels = known[start..].to_vec();
            let mut before = known[start.saturating_sub(BEFORE)..start].to_vec();
            (nearest >= usual).then(|| Self {
                months,
                ratio: median(&mut levels) / median(&mut before),
            })
        };
        // A month and as many before it as tell a level.
        let most = MOST.min(n.saturating_sub(BEFORE));
        (1..=most).rev().find_map(of_run)
    }

    /// Whether the figures may be in another unit: ten, a hundred, a thousand … times as large or
    /// as small.
    pub(in crate::projection) fn may_be_another_unit(self) -> bool {
        let power = self.ratio.log10();
        (power - power.round()).abs() <= NEAR_POWER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A flow of about 1,000 with a season of a factor `season` up and down, and noise.
    fn flow(seed: u64, season: f64, noise: f64) -> Vec<f64> {
        let mut state = seed.wrapping_mul(2_862_933_555_777_941_757) | 1;
        (0..72)
            .map(|t| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let random = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
                let phase = (t as f64 * std::f64::consts::FRAC_PI_6).sin();
                1000.0 * (season * phase + 2.0 * noise * random).exp()
            })
            .collect()
    }

    fn find(y: &[f64]) -> Option<DepartingFigures> {
        DepartingFigures::find(y, &vec![true; y.len()])
    }

    proptest! {
        #[test]
        fn a_slip_of_units_is_found_in_whatever_flow_and_its_months_counted(
            seed in 0..500_u64,
            season in 0.0..0.5_f64,
            noise in 0.0..0.4_f64,
            months in 1..5_usize,
            power in proptest::sample::select(vec![-6, -4, -3, 2, 3, 6]),
        ) {
            let mut y = flow(seed, season, noise);
            let start = y.len() - months;
            y[start..].iter_mut().for_each(|v| *v *= 10_f64.powi(power));
            let found = find(&y).unwrap();
            prop_assert_eq!(found.months, months);
            let off = found.ratio.log10() - f64::from(power);
            prop_assert!(off.abs() < 0.5, "{}", off);
        }

        #[test]
        fn ordinary_and_seasonal_flows_have_none(
            seed in 0..500_u64,
            season in 0.0..2.0_f64,
            noise in 0.0..0.6_f64,
        ) {
            prop_assert_eq!(find(&flow(seed, season, noise)), None);
        }
    }

    #[test]
    fn a_fruit_that_comes_every_year_and_a_stop_are_none() {
        let fruit: Vec<f64> = (0..72)
            .map(|t| {
                if t % 12 == 11 {
                    500.0
                } else {
                    2.0 + (t % 3) as f64
                }
            })
            .collect();
        assert_eq!(find(&fruit), None);
        let mut stopped = vec![1000.0; 60];
        stopped.extend([0.0; 3]);
        assert_eq!(find(&stopped), None);
        assert_eq!(find(&[1000.0, 1.0]), None);
    }

    #[test]
    fn a_balance_near_zero_is_none_and_a_flow_with_a_credit_note_is_still_looked_at() {
        let mut y = vec![1000.0; 60];
        y[20] = -50.0;
        y.push(1.0);
        assert!(find(&y).is_some());
        y[21..25].fill(-800.0);
        assert_eq!(find(&y), None);
    }

    #[test]
    fn a_factor_of_thirty_is_no_unit() {
        let mut y = vec![1000.0; 60];
        y.push(30_000.0);
        let found = find(&y).unwrap();
        assert!(!found.may_be_another_unit() && (found.ratio - 30.0).abs() < 1e-9);
        y[60] = 1_100_000.0;
        assert!(find(&y).unwrap().may_be_another_unit());
    }
}
