//! Exponential smoothing with a trend: damped Holt and additive Holt–Winters. All parameters of a
//! grid run over time side by side.

use super::SeasonLength;
use super::grid::{GridChoice, weigh};
use super::terms::{Term, Terms};
use std::sync::LazyLock;

/// Smoothing parameters, one column each: level α, trend β, season γ, damping φ.
#[derive(Debug)]
struct SmoothingGrid {
    alpha: Vec<f64>,
    /// α·β, the weight of an error in the trend.
    trend: Vec<f64>,
    /// γ·(1 − α), the weight of an error in the season.
    season: Vec<f64>,
    phi: Vec<f64>,
}

impl SmoothingGrid {
    fn product(alphas: &[f64], betas: &[f64], gammas: &[f64], phis: &[f64]) -> Self {
        let mut grid = Self {
            alpha: vec![],
            trend: vec![],
            season: vec![],
            phi: vec![],
        };
        for a in alphas {
            for b in betas {
                for c in gammas {
                    for p in phis {
                        grid.alpha.push(*a);
                        grid.trend.push(a * b);
                        grid.season.push(c * (1.0 - a));
                        grid.phi.push(*p);
                    }
                }
            }
        }
        grid
    }
}

static DAMPED: LazyLock<SmoothingGrid> = LazyLock::new(|| {
    SmoothingGrid::product(
        &[0.05, 0.1, 0.2, 0.35, 0.6, 0.95],
        &[0.0, 0.03, 0.1, 0.3, 0.6],
        &[0.0],
        &[0.8, 0.9, 0.97],
    )
});

static HOLT_WINTERS: LazyLock<SmoothingGrid> = LazyLock::new(|| {
    SmoothingGrid::product(
        &[0.05, 0.15, 0.3, 0.5, 0.75],
        &[0.02, 0.1],
        &[0.02, 0.1, 0.25, 0.5],
        &[0.9, 0.97],
    )
});

/// Forecast by Holt's method with a damped trend: `f = ℓ + φ g`, `e = x − f`,
/// `ℓ ← f + α e`, `g ← φ g + α β e`; `f_k = ℓ + g Σ_{j≤k} φ^j` (Gardner and
/// McKenzie 1985).
///
/// | parameter | values |
/// |---|---|
/// | level `α` | 0.05, 0.1, 0.2, 0.35, 0.6, 0.95 |
/// | trend `β` | 0, 0.03, 0.1, 0.3, 0.6 |
/// | damping `φ` | 0.8, 0.9, 0.97 |
///
/// `choice` says how the 90 fits become one. The start is `ℓ = x₁`,
/// `g = (x_{m+1} − x₁) / m` with `m` the season's length; the first value counts as no error.
/// An empty `x` gives an empty forecast. A seasonal series must be adjusted first.
pub fn damped_holt(
    x: &[f64],
    season: SeasonLength,
    horizon: usize,
    choice: GridChoice,
) -> Vec<f64> {
    run_damped_holt(x, season, choice).map_or_else(Vec::new, |ending| ending.path(horizon))
}

/// Return the terms of [`damped_holt`]: level and damped trend.
pub fn damped_holt_terms(
    x: &[f64],
    season: SeasonLength,
    horizon: usize,
    choice: GridChoice,
) -> Vec<Terms> {
    run_damped_holt(x, season, choice).map_or_else(Vec::new, |ending| ending.terms(horizon))
}

fn run_damped_holt(
    x: &[f64],
    season: SeasonLength,
    choice: GridChoice,
) -> Option<SmoothingState<'static>> {
    let first = x.first()?;
    let k = season.get().min(x.len() - 1);
    let trend = (x[k] - first) / k.max(1) as f64;
    Some(run(&DAMPED, &x[1..], x.len(), *first, trend, None, choice))
}

/// Forecast by additive Holt–Winters with a damped trend: as [`damped_holt`], with
/// `e = x − f − s` and `s ← s + γ (1 − α) e` for the season of the phase (Winters 1960;
/// the error form of Hyndman et al. 2008).
///
/// | parameter | values |
/// |---|---|
/// | level `α` | 0.05, 0.15, 0.3, 0.5, 0.75 |
/// | trend `β` | 0.02, 0.1 |
/// | season `γ` | 0.02, 0.1, 0.25, 0.5 |
/// | damping `φ` | 0.9, 0.97 |
///
/// The seasons start from `index`, whose length is that of the season. The level starts from the
/// mean of the first season of `x − index`, the trend from the mean change of `x − index` over
/// the first two seasons. `choice` says how the 80 fits become one.
pub fn holt_winters(x: &[f64], index: &[f64], horizon: usize, choice: GridChoice) -> Vec<f64> {
    run_holt_winters(x, index, choice).map_or_else(Vec::new, |ending| ending.path(horizon))
}

/// Return the terms of [`holt_winters`]: level, damped trend and season.
pub fn holt_winters_terms(
    x: &[f64],
    index: &[f64],
    horizon: usize,
    choice: GridChoice,
) -> Vec<Terms> {
    run_holt_winters(x, index, choice).map_or_else(Vec::new, |ending| ending.terms(horizon))
}

fn run_holt_winters(
    x: &[f64],
    index: &[f64],
    choice: GridChoice,
) -> Option<SmoothingState<'static>> {
    let n = x.len();
    if n == 0 {
        return None;
    }
    let season = SeasonLength::new(index.len());
    let adjusted = |t: usize| x[t] - index[season.phase(t, n)];
    let first = season.get().min(n);
    let level = (0..first).map(adjusted).sum::<f64>() / first as f64;
    let k = (2 * season.get()).min(n - 1);
    let trend = (adjusted(k) - adjusted(0)) / k.max(1) as f64;
    Some(run(&HOLT_WINTERS, x, n, level, trend, Some(index), choice))
}

/// Last states of all parameters of a grid, and their weights.
struct SmoothingState<'g> {
    grid: &'g SmoothingGrid,
    chosen: Vec<(usize, f64)>,
    level: Vec<f64>,
    trend: Vec<f64>,
    season: Vec<Vec<f64>>,
}

impl SmoothingState<'_> {
    fn path(&self, horizon: usize) -> Vec<f64> {
        let mut path = vec![0.0; horizon];
        self.each(horizon, |k, share, level, trend, season| {
            path[k] += share * (level + trend + season);
        });
        path
    }

    fn terms(&self, horizon: usize) -> Vec<Terms> {
        let mut path = vec![Terms::default(); horizon];
        self.each(horizon, |k, share, level, trend, season| {
            path[k].add(Term::Level, share * level);
            path[k].add(Term::Trend, share * trend);
            path[k].add(Term::Season, share * season);
        });
        path
    }

    /// Visit every step of every parameter with a weight: step, weight, level, trend, season.
    fn each(&self, horizon: usize, mut take: impl FnMut(usize, f64, f64, f64, f64)) {
        for (best, share) in &self.chosen {
            let (best, phi) = (*best, self.grid.phi[*best]);
            let (mut damping, mut reach) = (1.0, 0.0);
            for k in 0..horizon {
                damping *= phi;
                reach += damping;
                let phase = k % self.season.len().max(1);
                let season = self.season.get(phase).map_or(0.0, |s| s[best]);
                take(
                    k,
                    *share,
                    self.level[best],
                    self.trend[best] * reach,
                    season,
                );
            }
        }
    }
}

/// Run every parameter of `grid` over `x`, whose last value is value `n − 1` of the series.
fn run<'g>(
    grid: &'g SmoothingGrid,
    x: &[f64],
    n: usize,
    level: f64,
    trend: f64,
    index: Option<&[f64]>,
    choice: GridChoice,
) -> SmoothingState<'g> {
    let size = grid.alpha.len();
    let (alpha, beta, gamma, phi) = (
        &grid.alpha[..size],
        &grid.trend[..size],
        &grid.season[..size],
        &grid.phi[..size],
    );
    let mut l = vec![level; size];
    let mut g = vec![trend; size];
    let mut square = vec![0.0; size];
    let mut season: Vec<Vec<f64>> = index
        .iter()
        .flat_map(|m| m.iter().map(|s| vec![*s; size]))
        .collect();
    if season.is_empty() {
        run_plain(grid, x, &mut l, &mut g, &mut square);
    } else {
        let skipped = n - x.len();
        let length = SeasonLength::new(season.len());
        for (t, v) in x.iter().enumerate() {
            let s = &mut season[length.phase(t + skipped, n)][..size];
            for k in 0..size {
                let damped = phi[k] * g[k];
                let f = l[k] + damped;
                let e = v - f - s[k];
                square[k] += e * e;
                l[k] = f + alpha[k] * e;
                g[k] = damped + beta[k] * e;
                s[k] += gamma[k] * e;
            }
        }
    }
    SmoothingState {
        grid,
        chosen: weigh(&square, n, choice),
        level: l,
        trend: g,
        season,
    }
}

/// Number of parameters that run over time together, so that their states stay in registers.
const LANES: usize = 8;

/// Run the recursion without a season; the given states are replaced by the last ones.
fn run_plain(
    grid: &SmoothingGrid,
    x: &[f64],
    level: &mut [f64],
    trend: &mut [f64],
    square: &mut [f64],
) {
    let lanes = |all: &[f64], from: usize| -> [f64; LANES] {
        std::array::from_fn(|k| all.get(from + k).copied().unwrap_or(0.0))
    };
    for from in (0..level.len()).step_by(LANES) {
        let (alpha, beta, phi) = (
            lanes(&grid.alpha, from),
            lanes(&grid.trend, from),
            lanes(&grid.phi, from),
        );
        let (mut l, mut g, mut q) = (lanes(level, from), lanes(trend, from), [0.0; LANES]);
        for v in x {
            for k in 0..LANES {
                let damped = phi[k] * g[k];
                let f = l[k] + damped;
                let e = v - f;
                q[k] += e * e;
                l[k] = f + alpha[k] * e;
                g[k] = damped + beta[k] * e;
            }
        }
        let to = level.len().min(from + LANES);
        level[from..to].copy_from_slice(&l[..to - from]);
        trend[from..to].copy_from_slice(&g[..to - from]);
        square[from..to].copy_from_slice(&q[..to - from]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_stays() {
        assert!(
            damped_holt(&[7.0; 30], SeasonLength::MONTHLY, 5, GridChoice::Average)
                .iter()
                .all(|f| (f - 7.0).abs() < 1e-12)
        );
        assert!(
            holt_winters(&[7.0; 30], &[0.0; 12], 5, GridChoice::Average)
                .iter()
                .all(|f| (f - 7.0).abs() < 1e-12)
        );
    }

    #[test]
    fn one_step_by_hand() {
        // Two values 1, 3: ℓ = 1, g = 2. For each φ: f = 1 + 2φ, e = 3 − f = 2 − 2φ; the
        // least square has φ = 0.97, e = 0.06. All α and β share it; the first is α = 0.05, β
        // = 0: ℓ = 2.94 + 0.05·0.06 = 2.943, g = 0.97·2 = 1.94.
        let f = damped_holt(&[1.0, 3.0], SeasonLength::MONTHLY, 2, GridChoice::Best);
        assert!((f[0] - (2.943 + 1.94 * 0.97)).abs() < 1e-12, "{f:?}");
        assert!((f[1] - (2.943 + 1.94 * (0.97 + 0.97 * 0.97))).abs() < 1e-12);
    }

    #[test]
    fn a_pattern_goes_on() {
        let pattern = [
            5.0, 3.0, 1.0, -1.0, -2.0, -6.0, 0.0, 2.0, -3.0, 4.0, -4.0, 1.0,
        ];
        let x: Vec<f64> = (0..48).map(|t| 100.0 + pattern[t % 12]).collect();
        let f = holt_winters(&x, &pattern, 12, GridChoice::Best);
        assert!(
            f.iter()
                .zip(&pattern)
                .all(|(f, p)| (f - 100.0 - p).abs() < 0.2),
            "{f:?}"
        );
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(damped_holt(&[], SeasonLength::MONTHLY, 3, GridChoice::Best).is_empty());
        assert_eq!(
            damped_holt(&[4.0], SeasonLength::MONTHLY, 2, GridChoice::Best),
            [4.0, 4.0]
        );
    }

    /// Additive Holt–Winters by its definition, one parameter at a time.
    fn by_definition(x: &[f64], index: &[f64], horizon: usize) -> Vec<f64> {
        let (n, months) = (x.len(), SeasonLength::MONTHLY);
        let adjusted: Vec<f64> = (0..n).map(|t| x[t] - index[months.phase(t, n)]).collect();
        let mut best = (f64::INFINITY, Vec::new());
        for k in 0..HOLT_WINTERS.alpha.len() {
            let (alpha, trend, season, phi) = (
                HOLT_WINTERS.alpha[k],
                HOLT_WINTERS.trend[k],
                HOLT_WINTERS.season[k],
                HOLT_WINTERS.phi[k],
            );
            let (mut l, mut g) = (
                adjusted[..12].iter().sum::<f64>() / 12.0,
                (adjusted[24] - adjusted[0]) / 24.0,
            );
            let (mut s, mut square) = (index.to_vec(), 0.0);
            for t in 0..n {
                let f = l + phi * g;
                let e = x[t] - f - s[months.phase(t, n)];
                square += e * e;
                (l, g) = (f + alpha * e, phi * g + trend * e);
                s[months.phase(t, n)] += season * e;
            }
            if square < best.0 {
                let reach = |k: usize| (1..=k + 1).map(|j| phi.powi(j as i32)).sum::<f64>();
                best = (
                    square,
                    (0..horizon).map(|k| l + g * reach(k) + s[k % 12]).collect(),
                );
            }
        }
        best.1
    }

    #[test]
    fn the_grid_runs_holt_winters_as_defined() {
        let pattern = [
            5.0, 3.0, 1.0, -1.0, -2.0, -6.0, 0.0, 2.0, -3.0, 4.0, -4.0, 1.0,
        ];
        let x: Vec<f64> = (0..50)
            .map(|t| 100.0 + 0.3 * t as f64 + pattern[(t + 10) % 12] + ((t * t) % 7) as f64)
            .collect();
        let (found, defined) = (
            holt_winters(&x, &pattern, 14, GridChoice::Best),
            by_definition(&x, &pattern, 14),
        );
        assert!(
            found
                .iter()
                .zip(&defined)
                .all(|(a, b)| (a - b).abs() < 1e-9),
            "{found:?} {defined:?}"
        );
    }
}
