//! Several series projected together: errors that came together are drawn together.

use crate::models::naive::seasonal_naive;
use crate::models::shrinkage::{correlation, intensity, standardised};
use crate::projection::combine::origin_evaluation::OriginEvaluation;
use crate::projection::error::ProjectionError;
use crate::projection::joint::joint_draws::{JointDraws, JointSeries};
use crate::projection::joint::paths::standard_normal;
use crate::projection::panel::fitted_forecast::FittedForecast;
use crate::trade::{Month, Series, SeriesKey, Span};
use ndarray::Array2;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

/// How many calendar origins say how errors hang together.
const ORIGINS: i32 = 20;
/// So many months lie between two of them.
const APART: i32 = 6;
/// The least weight of the diagonal: a correlation is never quite one.
const LEAST_SHRINKAGE: f64 = 0.01;

/// One series of a joint, as it was fitted.
#[derive(Debug, Clone)]
pub struct JointMember<'a> {
    /// Which series.
    pub key: SeriesKey,
    /// Its history.
    pub series: Series<'a>,
    /// The method fitted to it.
    pub fitted: &'a FittedForecast<'a>,
    /// The seed of its own paths.
    pub seed: u64,
}

/// `count` joint draws of `parts`, from `window` months before the earliest end (or from where all have begun, if that is later) to the last month
/// that the horizon of each reaches.
///
/// Each series' draws are its own [`FittedForecast::paths`] to the bit, so that its marginals are those of the series alone. Which draws of two series belong to one
/// world is decided by how their errors went together at common calendar origins: their correlation, shrunken (Schäfer and Strimmer 2005), orders
/// the draws by their sums over the horizon (Iman and Conover 1982). The same seeds give the same bytes.
///
/// # Errors
/// [`ProjectionError::Unfit`] where there is no series, or no month that all of them cover.
pub fn joint_forecast(
    parts: &[JointMember<'_>],
    window: usize,
    count: usize,
    seed: u64,
) -> Result<JointDraws, ProjectionError> {
    let back = 1 - i32::try_from(window).unwrap_or(i32::MAX);
    let none = || ProjectionError::Unfit {
        method: "joint",
        reason: "the series have no months in common".to_owned(),
    };
    let firsts = parts.iter().map(|part| part.series.first());
    let ends = parts.iter().map(|part| part.series.last());
    let reaches = parts.iter().map(|part| {
        let horizon = i32::try_from(part.fitted.horizon()).unwrap_or(i32::MAX);
        part.series.last().plus(horizon)
    });
    let end = ends.min().ok_or_else(none)?;
    let first = firsts.max().ok_or_else(none)?.max(end.plus(back));
    let last = reaches.min().ok_or_else(none)?;
    let months = usize::try_from(last.since(first) + 1).map_err(|_| none())?;
    if months == 0 {
        return Err(none());
    }
    let nodes: Vec<JointSeries> = parts.iter().map(|part| node(part, first, months)).collect();
    let order = worlds(&dependence(parts, end), count, seed);
    let of_part = |(k, part): (usize, &JointMember<'_>)| {
        let paths = part.fitted.paths(count, part.seed);
        let rows: Vec<&[f64]> = paths.iter().collect();
        let mut by_sum: Vec<usize> = (0..count).collect();
        let sum = |row: usize| rows[row].iter().sum::<f64>();
        by_sum.sort_by(|a, b| sum(*a).total_cmp(&sum(*b)));
        let whole = |rank: &usize| whole(part, &nodes[k].point, first, rows[by_sum[*rank]]);
        order[k].iter().map(whole).collect()
    };
    let of_parts: Vec<Vec<Vec<f64>>> = parts.par_iter().enumerate().map(of_part).collect();
    let mut draws = Vec::with_capacity(count * parts.len() * months);
    for draw in 0..count {
        of_parts
            .iter()
            .for_each(|rows| draws.extend_from_slice(&rows[draw]));
    }
    Ok(JointDraws::new(first, months, nodes, draws))
}

/// A series' known months, its point path and its naive over the months of the joint. A gap within what is known is bridged by a straight line.
fn node(part: &JointMember<'_>, first: Month, months: usize) -> JointSeries {
    let (bridged, _) = crate::projection::history::gaps::bridge(part.series.values());
    let horizon = part.fitted.horizon();
    let naive = seasonal_naive(&bridged, part.fitted.pool().season(), horizon);
    let from = usize::try_from(first.since(part.series.first())).unwrap_or(0);
    let path = |ahead: &[f64]| -> Vec<f64> {
        let all = bridged.iter().chain(ahead);
        all.skip(from).take(months).copied().collect()
    };
    let known = (0..months).filter_map(|k| {
        let month = first.plus(i32::try_from(k).ok()?);
        Some((Span::month(month), part.series.at(month)?))
    });
    JointSeries {
        key: part.key.clone(),
        point: path(part.fitted.point()),
        naive: path(&naive),
        known: known.collect(),
    }
}

/// What is known of a part, then one of its paths.
fn whole(part: &JointMember<'_>, point: &[f64], first: Month, path: &[f64]) -> Vec<f64> {
    let next = part.series.last().plus(1);
    let step = |k: usize| {
        let month = first.plus(i32::try_from(k).unwrap_or(i32::MAX));
        usize::try_from(month.since(next)).ok()
    };
    let value = |(k, point): (usize, &f64)| step(k).map_or(*point, |step| path[step]);
    point.iter().enumerate().map(value).collect()
}

/// The shrunken correlations of the parts' errors over the first year ahead, from common calendar origins before `end`.
fn dependence(parts: &[JointMember<'_>], end: Month) -> Array2<f64> {
    let shortest = parts.iter().map(|part| part.fitted.horizon()).min();
    let season = parts
        .first()
        .map_or(0, |part| part.fitted.pool().season().get());
    let steps = shortest.unwrap_or(0).min(season);
    let start = i32::try_from(steps).unwrap_or(i32::MAX);
    let at: Vec<Month> = (0..ORIGINS).map(|k| end.plus(-start - k * APART)).collect();
    let errors: Vec<Vec<f64>> = parts
        .par_iter()
        .map(|part| mean_errors(part, &at, steps))
        .collect();
    // A series that was not there yet says nothing: zeros pull its correlations to zero.
    let rows = Array2::from_shape_fn((at.len(), parts.len()), |(k, part)| errors[part][k]);
    let rows = standardised(rows.view());
    correlation(rows.view(), intensity(rows.view()).max(LEAST_SHRINKAGE))
}

/// The mean over `steps` steps of a part's transformed errors from each of these origins, each over what is usual at its step; zero where the
/// origin does not count.
///
/// The pooled regressions are those of today: what they know of later months hardly moves how errors of two series go together, and nothing else
/// is read from these errors.
fn mean_errors(part: &JointMember<'_>, at: &[Month], steps: usize) -> Vec<f64> {
    let pool = part.fitted.pool();
    let Ok(prepared) = pool.prepare(&part.series) else {
        return vec![0.0; at.len()];
    };
    let weights: Vec<f64> = part.fitted.weights().iter().map(|(_, w)| *w).collect();
    let error = |month: &Month| {
        let back = usize::try_from(part.series.last().since(*month)).ok()?;
        if !prepared.reaches(back) {
            return None;
        }
        let origin = prepared.origin(back, pool.now().expected());
        let mut actual = prepared.actual(back, pool.horizon());
        actual.resize(pool.horizon(), f64::NAN);
        let trial = OriginEvaluation::run(&origin, back, actual, pool.members(), pool.now());
        let path = trial.combine(&weights, pool.method())?;
        let profile = pool.profile().at(trial.place);
        let scaled = trial.actual.iter().zip(&path).zip(&profile).take(steps);
        let scaled = scaled.map(|((y, f), p)| {
            (trial.transform.turn(*y) - trial.transform.turn(*f)) / (p * trial.one_step)
        });
        let scaled: Vec<f64> = scaled.filter(|u| u.is_finite()).collect();
        (2 * scaled.len() >= steps.max(1)).then(|| scaled.iter().sum::<f64>() / scaled.len() as f64)
    };
    at.iter().map(|month| error(month).unwrap_or(0.0)).collect()
}

/// The rank of each part in each of `count` worlds: ranks of normal numbers with these correlations.
fn worlds(correlation: &Array2<f64>, count: usize, seed: u64) -> Vec<Vec<usize>> {
    let parts = correlation.nrows();
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let root = root(correlation);
    let mut heights = vec![vec![0.0; count]; parts];
    let mut own = vec![0.0; parts];
    for world in 0..count {
        own.fill_with(|| standard_normal(&mut rng));
        for (part, height) in heights.iter_mut().enumerate() {
            height[world] = (0..=part).map(|k| root[[part, k]] * own[k]).sum();
        }
    }
    heights
        .iter()
        .map(|height| {
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by(|a, b| height[*a].total_cmp(&height[*b]));
            let mut ranks = vec![0; count];
            order
                .iter()
                .enumerate()
                .for_each(|(rank, world)| ranks[*world] = rank);
            ranks
        })
        .collect()
}

/// The lower triangle `L` with `L Lᵀ` the matrix. Shrinkage leaves it positive; rounding may not, and then a pivot counts as none.
fn root(matrix: &Array2<f64>) -> Array2<f64> {
    let n = matrix.nrows();
    let mut lower = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| lower[[i, k]] * lower[[j, k]]).sum();
            let rest = matrix[[i, j]] - dot;
            lower[[i, j]] = if i == j {
                rest.max(0.0).sqrt()
            } else if lower[[j, j]] > 1e-9 {
                rest / lower[[j, j]]
            } else {
                0.0
            };
        }
    }
    lower
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{Method, PanelModel};

    /// Two flows whose shocks are shared, and a third of its own.
    fn panel() -> Vec<Vec<f64>> {
        let mut state = 7_u64;
        let mut noise = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24) - 0.5
        };
        let mut level = [0.0; 3];
        let mut all = vec![Vec::new(); 3];
        for t in 0..180 {
            let shared = noise();
            let shocks = [shared, shared + 0.1 * noise(), noise()];
            for k in 0..3 {
                level[k] += 0.003 + 0.1 * shocks[k];
                let season = 0.1 * (t as f64 * std::f64::consts::FRAC_PI_6).sin();
                all[k].push(1000.0 * (level[k] + season + 0.02 * noise()).exp());
            }
        }
        all
    }

    fn draw<T>(
        values: &[Vec<f64>],
        lengths: [usize; 3],
        read: impl Fn(&[JointMember<'_>], &JointDraws) -> T,
    ) -> T {
        let ids = ["A.B.X.TOTAL.USD", "A.B.M.TOTAL.USD", "A.C.X.TOTAL.USD"];
        let series: Vec<Series<'_>> = (0..3)
            .map(|k| {
                Series::new(
                    ids[k],
                    Month::january(2010),
                    &values[k][..lengths[k]],
                    false,
                )
            })
            .collect();
        let pool = PanelModel::fit(&series, Method::Auto, 12);
        let fitted: Vec<FittedForecast<'_>> = series
            .iter()
            .map(|s| FittedForecast::new(s, &pool).unwrap())
            .collect();
        let parts: Vec<JointMember<'_>> = (0..3)
            .map(|k| JointMember {
                key: SeriesKey::parse(ids[k]).unwrap(),
                series: series[k],
                fitted: &fitted[k],
                seed: k as u64,
            })
            .collect();
        let joint = joint_forecast(&parts, 36, 400, 11).unwrap();
        assert_eq!(
            joint,
            joint_forecast(&parts, 36, 400, 11).unwrap(),
            "the same seeds, the same bytes"
        );
        read(&parts, &joint)
    }

    #[test]
    fn each_series_keeps_its_own_paths() {
        draw(&panel(), [180; 3], |parts, joint| {
            assert_eq!((joint.months(), joint.count()), (48, 400));
            for (k, part) in parts.iter().enumerate() {
                let sorted = |mut rows: Vec<Vec<f64>>| {
                    rows.sort_by(|a, b| a[11].total_cmp(&b[11]));
                    rows
                };
                let alone = part.fitted.paths(400, part.seed);
                let alone = sorted(alone.iter().map(<[f64]>::to_vec).collect());
                let together = sorted(joint.paths(k).map(|path| path[36..].to_vec()).collect());
                assert!(alone == together, "{}", part.key);
                let seen = &part.series.values()[144..];
                assert!(joint.paths(k).all(|path| path[..36] == *seen));
                // Its marginals are the intervals, as far as 400 draws can say.
                for ((lower, upper), step) in part.fitted.interval(0.8).iter().zip(36..) {
                    let within = joint
                        .paths(k)
                        .filter(|path| (*lower..=*upper).contains(&path[step]))
                        .count();
                    assert!(
                        (260..=380).contains(&within),
                        "{} step {step}: {within}",
                        part.key
                    );
                }
            }
        });
    }

    #[test]
    fn errors_that_came_together_are_drawn_together() {
        draw(&panel(), [180; 3], |_, joint| {
            let sums = |k: usize| -> Vec<f64> {
                joint.paths(k).map(|path| path[36..].iter().sum()).collect()
            };
            let r = |a: &[f64], b: &[f64]| {
                let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
                let (ma, mb) = (mean(a), mean(b));
                let dot = |x: &[f64], y: &[f64], mx: f64, my: f64| {
                    x.iter()
                        .zip(y)
                        .map(|(x, y)| (x - mx) * (y - my))
                        .sum::<f64>()
                };
                dot(a, b, ma, mb) / (dot(a, a, ma, ma) * dot(b, b, mb, mb)).sqrt()
            };
            let (shared, apart) = (r(&sums(0), &sums(1)), r(&sums(0), &sums(2)));
            assert!(shared > 0.7, "{shared}");
            assert!(apart.abs() < shared - 0.3, "{apart} beside {shared}");
        });
    }

    #[test]
    fn series_that_end_apart_go_to_the_last_month_that_all_reach() {
        draw(&panel(), [180, 177, 180], |parts, joint| {
            let end = parts[1].series.last();
            assert_eq!((joint.first(), joint.last()), (end.plus(-35), end.plus(12)));
            let path = joint.paths(0).next().unwrap();
            assert_eq!(path[..39], parts[0].series.values()[141..]);
            assert_eq!(joint.nodes()[0].known.len(), 39);
            assert_eq!(joint.nodes()[1].known.len(), 36);
        });
    }

    #[test]
    fn a_root_by_hand() {
        let matrix = ndarray::array![[1.0, 0.6], [0.6, 1.0]];
        let expected = ndarray::array![[1.0, 0.0], [0.6, 0.8]];
        assert!((root(&matrix) - expected).iter().all(|v| v.abs() < 1e-12));
    }
}
