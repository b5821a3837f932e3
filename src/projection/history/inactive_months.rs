//! Months without trade: single ones, seasons of them, and a flow that has stopped.

use crate::models::SeasonLength;
use crate::models::seasonal::median;

/// A month at most this share of its neighbours' level counts as a month without trade.
const TINY: f64 = 0.005;
/// The neighbours on either side that tell the level.
const NEIGHBOURS: usize = 12;
/// Negative months of a flow that hold at most this share of its total are corrections (credit
/// notes), not a balance.
const CORRECTIONS: f64 = 0.03;
/// A run of months without trade from this length on may be a regime of its own.
const LONG_RUN: usize = 6;
/// The factor by which a year loses weight in the shares of months with trade.
const DISCOUNT: f64 = 0.85;
/// The logarithm of the odds at which months without trade are a season, in a history of less than
/// two.
const PRESUMED_SEASON: f64 = 3.0;
/// The probability that a month of a season repeats that of the season before.
const REPEATS: f64 = 0.95;
/// The share of months in which a flow stops, before anything is known of it.
const STOP_RATE: f64 = 0.002;
/// The months after which a change that has lasted so long lasts on with probability `1 − 1/e`.
const PATIENCE: f64 = 2.9;

/// The months without trade of a flow up to an origin, and what they say of the months ahead.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::projection) struct InactiveMonths {
    /// The values with months without trade replaced: bridged, and after the last month with trade
    /// repeated from a year before.
    pub(in crate::projection) active: Vec<f64>,
    /// Whether a month was observed and had trade.
    pub(in crate::projection) seen: Vec<bool>,
    /// The probability of trade in a month, by the phase of the forecast step, where the flow goes
    /// on.
    pub(in crate::projection) probability: Vec<f64>,
    /// How many months have no trade.
    pub(in crate::projection) months: usize,
    /// The months without trade at the end.
    pub(in crate::projection) trailing: usize,
    /// The months with trade since the flow began after a long time without; zero where that is no
    /// longer in doubt.
    pub(in crate::projection) begun: usize,
    /// The probability that the flow has stopped and stays so, or that one that has just begun does
    /// not go on.
    pub(in crate::projection) stopped: f64,
}

/// Return the probability that a change seen for so many months lasts: `1 − exp(−(k / 2.9)^2.2)`,
/// so that a month says less than a tenth, three months two thirds, and six months nearly all.
fn lasting(months: f64) -> f64 {
    1.0 - (-(months / PATIENCE).powf(2.2)).exp()
}

impl InactiveMonths {
    /// Find the months without trade among `y` (gaps bridged, `seen` false there); `None` where
    /// there are none, where fewer than four months have trade and these are not the last, or
    /// where values are a balance.
    pub(in crate::projection) fn find(
        y: &[f64],
        seen: &[bool],
        season: SeasonLength,
    ) -> Option<Self> {
        let n = y.len();
        let positive: f64 = y.iter().filter(|v| **v > 0.0).sum();
        let negative: f64 = -y.iter().filter(|v| **v < 0.0).sum::<f64>();
        let below = y.iter().filter(|v| **v < 0.0).count();
        if negative > CORRECTIONS * positive || below * 20 > n {
            return None;
        }
        let inactive = without_trade(y, seen);
        let trade = |t: usize| seen[t] && !inactive[t];
        let count = (0..n).filter(|t| trade(*t)).count();
        // A few months with trade tell a level where they are the last ones.
        let enough = count >= 4 || (n - count..n).all(trade);
        if count == n || count == 0 || !enough || !inactive.contains(&true) {
            return None;
        }
        let last = (0..n).rev().find(|t| trade(*t))?;
        // Months at the end that are not observed say nothing of a stop.
        let observed_after = (last + 1..n).any(|t| seen[t]);
        let trailing = if observed_after { n - 1 - last } else { 0 };
        let regime = regimes(&inactive, season);
        let probability = probabilities(&inactive[..=last], &seen[..=last], &regime, n, season);
        let m = season.get();
        // A flow that goes on has no trade in all trailing months with this likelihood.
        let likelihood: f64 = (last + 1..n)
            .map(|t| 1.0 - probability[season.phase(t, n)])
            .product();
        let prior = (STOP_RATE * trailing as f64).min(0.5);
        let has_stopped = prior / (prior + (1.0 - prior) * likelihood);
        let begun = (0..=last).rev().take_while(|t| !regime[*t]).count();
        let begun = if trailing > 0 || begun > last || begun >= LONG_RUN {
            0
        } else {
            begun
        };
        let stopped = match (trailing, begun) {
            (0, 0) => 0.0,
            (0, begun) => 1.0 - lasting(begun as f64),
            _ => has_stopped * lasting(trailing as f64),
        };
        let mut active = y.to_vec();
        let is_active: Vec<bool> = (0..n).map(trade).collect();
        crate::projection::history::gaps::rebridge(&mut active, &is_active);
        let first = (0..n).find(|t| trade(*t))?;
        let start = active[first];
        active[..first].fill(start);
        for t in last + 1..n {
            active[t] = match t.checked_sub(m) {
                Some(before) => active[before],
                None => active[last],
            };
        }
        Some(Self {
            active,
            seen: is_active,
            probability,
            months: inactive.iter().filter(|without| **without).count(),
            trailing,
            begun,
            stopped,
        })
    }

    /// Return the months without trade at the end, where the flow may have stopped; zero where they
    /// are its season.
    pub(in crate::projection) fn trailing_if_stopped(&self) -> usize {
        if self.stopped > 0.05 {
            self.trailing
        } else {
            0
        }
    }
}

/// Return for each month whether it is zero, below zero, or tiny beside the months before and
/// after it.
fn without_trade(y: &[f64], seen: &[bool]) -> Vec<bool> {
    let n = y.len();
    let places: Vec<usize> = (0..n).filter(|t| seen[*t] && y[*t] > 0.0).collect();
    let mut inactive: Vec<bool> = (0..n).map(|t| seen[t] && y[t] <= 0.0).collect();
    let level = |among: &[usize]| -> Option<f64> {
        let mut values: Vec<f64> = among.iter().map(|t| y[*t]).collect();
        (!values.is_empty()).then(|| median(&mut values))
    };
    let smallest = places.iter().map(|t| y[*t]).fold(f64::INFINITY, f64::min);
    let largest = places.iter().map(|t| y[*t]).fold(0.0, f64::max);
    if smallest > TINY * largest {
        return inactive;
    }
    for (k, t) in places.iter().enumerate() {
        let before = &places[k.saturating_sub(NEIGHBOURS)..k];
        let after = &places[k + 1..places.len().min(k + 1 + NEIGHBOURS)];
        // At the ends the nearest months alone tell the level, so that a steep path is none.
        let before = if after.is_empty() {
            &before[before.len().saturating_sub(3)..]
        } else {
            before
        };
        let after = if before.is_empty() {
            &after[..after.len().min(3)]
        } else {
            after
        };
        let near = match (level(before), level(after)) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => continue,
        };
        inactive[*t] = y[*t] < TINY * near;
    }
    inactive
}

/// Return for each month whether it belongs to a long run without trade that is no season: the
/// months of the year that it covers usually have trade.
fn regimes(inactive: &[bool], season: SeasonLength) -> Vec<bool> {
    let n = inactive.len();
    let m = season.get();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (t, without) in inactive.iter().copied().chain([false]).enumerate() {
        match (start, without) {
            (None, true) => start = Some(t),
            (Some(from), false) => {
                runs.push((from, t));
                start = None;
            }
            _ => {}
        }
    }
    let mut regime = vec![false; n];
    for (from, to) in runs
        .iter()
        .copied()
        .filter(|(from, to)| to - from >= LONG_RUN)
    {
        let elsewhere = (0..n).filter(|t| {
            let same = (from..to).any(|u| u % m == t % m);
            same && !(from..to).contains(t)
        });
        let (mut traded, mut all) = (0, 0);
        for t in elsewhere {
            traded += usize::from(!inactive[t]);
            all += 1;
        }
        if to - from >= m || 2 * traded > all {
            regime[from..to].fill(true);
        }
    }
    regime
}

/// Return the probability of trade by phase: the discounted share of years in which the phase had
/// trade, drawn to the share of all months, the more the less a phase foretells left-out months.
fn probabilities(
    inactive: &[bool],
    seen: &[bool],
    regime: &[bool],
    n: usize,
    season: SeasonLength,
) -> Vec<f64> {
    let m = season.get();
    let counted: Vec<(usize, bool, f64)> = (0..inactive.len())
        .filter(|t| seen[*t] && !regime[*t])
        .map(|t| {
            let age = ((n - 1 - t) / m) as i32;
            (season.phase(t, n), !inactive[t], DISCOUNT.powi(age))
        })
        .collect();
    let total: f64 = counted.iter().map(|(_, _, w)| w).sum();
    let traded: f64 = counted.iter().filter(|c| c.1).map(|c| c.2).sum();
    let rate = (traded + 0.5) / (total + 0.5);
    let (mut with, mut all) = (vec![0.0; m], vec![0.0; m]);
    for (phase, trade, weight) in &counted {
        with[*phase] += if *trade { *weight } else { 0.0 };
        all[*phase] += weight;
    }
    if n < 2 * m {
        // Few phases were seen twice: each month foretells its own by the belief in a season.
        let season = season_belief(inactive, seen, regime, season);
        let share = |k: usize| match all[k] > 0.0 {
            true => season * with[k] / all[k] + (1.0 - season) * rate,
            false => rate,
        };
        return (0..m).map(share).collect();
    }
    // Squared errors of left-out months: by their phase, and by the rate of all months.
    let (mut of_phase, mut of_rate) = (0.0, 0.0);
    for (phase, trade, weight) in &counted {
        let own = if *trade { *weight } else { 0.0 };
        let left = all[*phase] - weight;
        let by_phase = (with[*phase] - own + 0.5 * rate) / (left + 0.5);
        let target = f64::from(u8::from(*trade));
        of_phase += weight * (target - by_phase).powi(2);
        of_rate += weight * (target - rate).powi(2);
    }
    let ratio = of_phase / of_rate.max(1e-12);
    let pull = 0.2 + 12.0 * ((ratio - 0.3) / 0.6).clamp(0.0, 1.0);
    let share = |k: usize| {
        let p = (with[k] + pull * rate) / (all[k] + pull);
        // A phase that always or never had trade keeps to it.
        ((p - 0.05) / 0.9).clamp(0.0, 1.0)
    };
    (0..m).map(share).collect()
}

/// Return the probability that months without trade are a season and not chance, of a history of
/// less than two.
///
/// A season is presumed, as the seasonal naive does. Months without trade that follow each other
/// (or alternate) say more for it, those at random less: the evidence of a Markov chain against
/// that of independent months, both by the estimator of Krichevsky and Trofimov (1981). Each pair
/// of months one season apart speaks for it where both have trade or none, else against it.
fn season_belief(inactive: &[bool], seen: &[bool], regime: &[bool], season: SeasonLength) -> f64 {
    let m = season.get();
    let counts = |t: usize| seen[t] && !regime[t];
    // For independent months and after each kind of month: the months with and without trade.
    let mut independent = [0.5_f64; 2];
    let mut chain = [[0.5_f64; 2]; 2];
    let mut evidence = PRESUMED_SEASON;
    for t in (0..inactive.len()).filter(|t| counts(*t)) {
        let kind = usize::from(inactive[t]);
        let chance = independent[kind] / (independent[0] + independent[1]);
        independent[kind] += 1.0;
        if let Some(before) = t.checked_sub(1).filter(|t| counts(*t)) {
            let after = &mut chain[usize::from(inactive[before])];
            evidence += (after[kind] / (after[0] + after[1]) / chance).ln();
            after[kind] += 1.0;
        }
        if let Some(before) = t.checked_sub(m).filter(|t| counts(*t)) {
            let repeats = inactive[before] == inactive[t];
            let likelihood = if repeats { REPEATS } else { 1.0 - REPEATS };
            evidence += (likelihood / chance).ln();
        }
    }
    1.0 / (1.0 + (-evidence).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(y: &[f64]) -> Option<InactiveMonths> {
        InactiveMonths::find(y, &vec![true; y.len()], SeasonLength::MONTHLY)
    }

    /// A flow of about 1,000 whose months ahead of `from` in each year have no trade.
    fn seasonal(from: usize) -> Vec<f64> {
        (0..96)
            .map(|t| {
                if t % 12 >= from {
                    0.0
                } else {
                    1000.0 + (t % 7) as f64
                }
            })
            .collect()
    }

    #[test]
    fn a_flow_without_zeros_is_left_alone_however_steep() {
        assert_eq!(find(&[3.0; 40]), None);
        let steep: Vec<f64> = (0..60).map(|t| 1.3_f64.powi(t)).collect();
        assert_eq!(find(&steep), None);
        let falling: Vec<f64> = steep.into_iter().rev().collect();
        assert_eq!(find(&falling), None);
    }

    #[test]
    fn a_season_without_trade_is_certain_and_its_end_is_no_stop() {
        for from in [4, 6, 8, 10, 11] {
            let found = find(&seasonal(from)).unwrap();
            for (phase, probability) in found.probability.iter().enumerate() {
                assert_eq!(
                    *probability,
                    f64::from(u8::from(phase < from)),
                    "{from} {phase}"
                );
            }
            assert!(found.stopped < 0.05, "{}", found.stopped);
            assert_eq!(found.trailing_if_stopped(), 0);
        }
    }

    #[test]
    fn a_flow_that_stops_is_believed_the_more_the_longer_it_lasts() {
        let stopped = |months: usize| {
            let mut y = vec![1000.0; 96];
            y[96 - months..].fill(0.0);
            find(&y).unwrap().stopped
        };
        assert!(stopped(1) < 0.2 && stopped(3) > 0.5 && stopped(3) < 0.8 && stopped(6) > 0.95);
    }

    #[test]
    fn a_flow_that_has_just_begun_is_believed_the_more_the_longer_it_lasts() {
        let begun = |months: usize| {
            let mut y = vec![0.0; 96];
            y[96 - months..].fill(1000.0);
            let found = find(&y).unwrap();
            assert!(found.active.iter().all(|v| *v == 1000.0));
            (found.begun, 1.0 - found.stopped)
        };
        let shares: Vec<f64> = (1..6).map(|k| begun(k).1).collect();
        assert!(
            shares[0] < 0.1 && shares[2] > 0.5 && shares[2] < 0.8,
            "{shares:?}"
        );
        assert!(shares.is_sorted(), "{shares:?}");
        assert_eq!((begun(5).0, begun(6).0), (5, 0));
        assert_eq!(begun(6).1, 1.0);
    }

    #[test]
    fn zero_a_cent_and_a_small_credit_in_one_month_are_the_same() {
        let with = |value: f64| {
            let mut y: Vec<f64> = (0..96).map(|t| 1e6 + 1e4 * (t % 7) as f64).collect();
            y[50] = value;
            find(&y).unwrap()
        };
        let zero = with(0.0);
        assert!(
            zero.probability.iter().all(|p| *p > 0.95),
            "{:?}",
            zero.probability
        );
        for value in [0.01, 1.0, -20.0] {
            let other = with(value);
            assert_eq!((&other.active, other.stopped), (&zero.active, zero.stopped));
        }
    }

    #[test]
    fn random_months_without_trade_have_one_probability() {
        // One month in four has trade, by no pattern.
        let y: Vec<f64> = (0..144_u64)
            .map(|t| {
                if (t * t * 31 + t * 17 + t / 5) % 4 == 0 {
                    7.0
                } else {
                    0.0
                }
            })
            .collect();
        let share = y.iter().filter(|v| **v > 0.0).count() as f64 / 144.0;
        let found = find(&y).unwrap();
        let mean = found.probability.iter().sum::<f64>() / 12.0;
        assert!((mean - share).abs() < 0.15, "{mean} {share}");
    }

    #[test]
    fn within_two_years_a_block_without_trade_is_a_season_and_one_that_is_over_is_none() {
        let belief = |months: &[usize], n: usize| {
            let inactive: Vec<bool> = (0..n).map(|t| months.contains(&t)).collect();
            let none = vec![false; n];
            season_belief(&inactive, &vec![true; n], &none, SeasonLength::MONTHLY)
        };
        assert!(belief(&[6, 7, 8, 9], 14) > 0.9);
        assert!(belief(&[2, 3, 14, 15], 17) > belief(&[2, 3], 14));
        // The same months of the year after had trade.
        assert!(belief(&[2, 3, 4], 20) < 0.1);
        // By no pattern, and not the same in both years.
        assert!(belief(&[1, 2, 4, 8, 11, 12, 15, 17, 18, 22], 23) < 0.2);
    }

    #[test]
    fn a_balance_is_left_alone() {
        let y: Vec<f64> = (0..60).map(|t| (t % 5) as f64 - 2.0).collect();
        assert_eq!(find(&y), None);
    }
}
