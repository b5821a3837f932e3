//! Simulated paths of exchange rates: the latest rate, moved by years of past changes.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// The length of a run of changes in months; within a run changes go together as they did.
const RUN: usize = 12;
/// The months of changes that are used: ten years.
const RECENT: usize = 120;

/// Draw `count` paths of a rate over `steps` months after `history` (monthly means, oldest first,
/// above zero), path after path.
///
/// A path adds up runs of twelve monthly changes of the logarithm, each run from anywhere in the
/// last ten years, and up or down with equal chance: no trend is predicted (Meese and Rogoff 1983).
/// The second half of the paths moves opposite to the first, so that the median path is flat. A
/// rate with less than two years of history stays constant.
pub fn rate_paths(history: &[f64], steps: usize, count: usize, seed: u64) -> Vec<f64> {
    let recent = &history[history.len().saturating_sub(RECENT + 1)..];
    let changes: Vec<f64> = recent.windows(2).map(|w| (w[1] / w[0]).ln()).collect();
    let last = history.last().copied().unwrap_or(1.0);
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut moves = Vec::with_capacity(count * steps);
    let half = count.div_ceil(2);
    for _ in 0..half {
        let mut moved = 0.0;
        let mut run: Vec<f64> = Vec::new();
        for step in 0..steps {
            if step % RUN == 0 && changes.len() >= 2 * RUN {
                let from = rng.random_range(0..=changes.len() - RUN);
                let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
                run = changes[from..from + RUN].iter().map(|c| sign * c).collect();
            }
            moved += run.get(step % RUN).copied().unwrap_or(0.0);
            moves.push(moved);
        }
    }
    moves.extend_from_within(..(count - half) * steps);
    let sign = |k: usize| if k < half * steps { 1.0 } else { -1.0 };
    let level = |(k, moved): (usize, f64)| last * f64::exp(sign(k) * moved);
    moves.into_iter().enumerate().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_at_the_last_rate_and_spread_like_the_past() {
        // A rate that rises by 1 % in odd months and falls by 1 % in even ones moves by at most 1 %
        // a step and ends a run where it began.
        let history: Vec<f64> = (0..61)
            .map(|t| if t % 2 == 0 { 7.0 } else { 7.07 })
            .collect();
        let paths = rate_paths(&history, 12, 50, 3);
        assert_eq!(paths.len(), 600);
        for path in paths.chunks(12) {
            let near = |value: f64| {
                [7.0 / 1.01, 7.0, 7.07]
                    .iter()
                    .any(|v| (value / v - 1.0).abs() < 1e-9)
            };
            assert!(path.iter().all(|v| near(*v)), "{path:?}");
            assert!((path[11] / 7.0 - 1.0).abs() < 1e-9);
        }
        for (up, down) in paths[..300].iter().zip(&paths[300..]) {
            assert!((up / 7.0 * down / 7.0 - 1.0).abs() < 1e-9);
        }
        assert_eq!(paths, rate_paths(&history, 12, 50, 3));
        assert!(rate_paths(&[7.0, 7.1], 3, 2, 0).iter().all(|v| *v == 7.1));
    }
}
