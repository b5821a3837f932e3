//! Joint forecasts: draws of several series in which errors go together as they did before.

use crate::models::naive::seasonal_naive;
use crate::projection::error::ProjectionError;
use crate::projection::history::gaps::bridge;
use crate::projection::joint::error_correlation::error_correlation;
use crate::projection::joint::joint_draws::{JointDraws, JointSeries};
use crate::projection::joint::joint_member::JointMember;
use crate::projection::joint::paths::standard_normal;
use crate::trade::{Month, Span};
use crate::work::{Work, checkpoint};
use ndarray::Array2;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

/// Joint draws, and which of each series' own paths they hold.
#[derive(Debug, Clone, PartialEq)]
pub struct JointForecast {
    /// The draws.
    pub draws: JointDraws,
    /// For each series and each draw, the number of the series' own path
    /// ([`Paths::iter`](crate::projection::Paths::iter)) that the draw holds.
    pub path_of_draw: Vec<Vec<usize>>,
}

/// Draw `count` joint paths of `members`, from `window` months before the earliest end (or from
/// where all have begun, if that is later) to the last month that the horizon of each reaches.
///
/// Each series' paths are its own
/// [`FittedForecast::paths`](crate::projection::FittedForecast::paths) to the bit, so that its
/// marginal distribution is that of the series alone. Which paths of two series belong to one draw
/// is decided by how their errors went together at common calendar origins: numbers with their
/// shrunken correlation order the paths by their sums over the horizon (Iman and Conover 1982). The
/// same seeds give the same bytes.
///
/// # Errors
/// [`ProjectionError::Unfit`] where there is no series, or no month that all of them cover.
pub fn joint_forecast(
    members: &[JointMember<'_>],
    window: usize,
    count: usize,
    seed: u64,
) -> Result<JointForecast, ProjectionError> {
    let none = || ProjectionError::Unfit {
        method: "joint",
        reason: "the series have no months in common".to_owned(),
    };
    let firsts = members.iter().map(|member| member.series.first());
    let ends = members.iter().map(|member| member.series.last());
    let reaches = members
        .iter()
        .map(|member| member.series.last().forward(member.fitted.horizon()));
    let end = ends.min().ok_or_else(none)?;
    let first = firsts.max().ok_or_else(none)?.max(end.plus(1).back(window));
    let last = reaches.min().ok_or_else(none)?;
    let months = last.count_from(first);
    if months == 0 {
        return Err(none());
    }
    let nodes: Vec<JointSeries> = members
        .iter()
        .map(|member| joint_series(member, first, months))
        .collect();
    let ranks = correlated_ranks(&error_correlation(members, end), count, seed);
    let of_member = |(k, member): (usize, &JointMember<'_>)| {
        let rows: Vec<Vec<f64>> = member.fitted.paths(count, member.seed).rows().collect();
        let sums: Vec<f64> = rows.iter().map(|row| row.iter().sum()).collect();
        let mut by_sum: Vec<usize> = (0..count).collect();
        by_sum.sort_by(|a, b| sums[*a].total_cmp(&sums[*b]));
        let path_of_draw: Vec<usize> = ranks[k].iter().map(|rank| by_sum[*rank]).collect();
        let whole = |path: &usize| {
            checkpoint();
            whole_path(member, &nodes[k].point, first, &rows[*path])
        };
        let whole: Vec<Vec<f64>> = path_of_draw.iter().map(whole).collect();
        (whole, path_of_draw)
    };
    let work = Work::current();
    let (of_members, path_of_draw): (Vec<Vec<Vec<f64>>>, Vec<Vec<usize>>) = members
        .par_iter()
        .enumerate()
        .map(|member| work.part(|| of_member(member)))
        .unzip();
    let mut draws = Vec::with_capacity(count * members.len() * months);
    for draw in 0..count {
        checkpoint();
        of_members
            .iter()
            .for_each(|rows| draws.extend_from_slice(&rows[draw]));
    }
    Ok(JointForecast {
        draws: JointDraws::new(first, months, nodes, draws).centred_where(|_| true),
        path_of_draw,
    })
}

/// Return a member's observed months, its point forecast and its naive forecast over the months of
/// the draws. A gap within the observed months is bridged by a straight line.
fn joint_series(member: &JointMember<'_>, first: Month, months: usize) -> JointSeries {
    let (bridged, _) = bridge(member.series.values());
    let horizon = member.fitted.horizon();
    let naive = seasonal_naive(&bridged, member.fitted.panel_model().season(), horizon);
    let from = first.index_from(member.series.first()).unwrap_or(0);
    let path = |ahead: &[f64]| -> Vec<f64> {
        let all = bridged.iter().chain(ahead);
        all.skip(from).take(months).copied().collect()
    };
    let known = (0..months).filter_map(|k| {
        let month = first.forward(k);
        Some((Span::month(month), member.series.at(month)?))
    });
    JointSeries {
        key: member.key.clone(),
        point: path(member.fitted.point()),
        naive: path(&naive),
        known: known.collect(),
    }
}

/// Return the observed months of a member, then one of its paths.
fn whole_path(member: &JointMember<'_>, point: &[f64], first: Month, path: &[f64]) -> Vec<f64> {
    let next = member.series.last().plus(1);
    let value = |(k, point): (usize, &f64)| {
        let step = first.forward(k).index_from(next);
        step.map_or(*point, |step| path[step])
    };
    point.iter().enumerate().map(value).collect()
}

/// Return for each series the rank of its path in each of `count` draws: the ranks of normal
/// numbers with these correlations.
fn correlated_ranks(correlation: &Array2<f64>, count: usize, seed: u64) -> Vec<Vec<usize>> {
    let series = correlation.nrows();
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let root = root(correlation);
    let mut normals = vec![vec![0.0; count]; series];
    let mut own = vec![0.0; series];
    for draw in 0..count {
        checkpoint();
        own.fill_with(|| standard_normal(&mut rng));
        for (row, normal) in normals.iter_mut().enumerate() {
            normal[draw] = (0..=row).map(|k| root[[row, k]] * own[k]).sum();
        }
    }
    normals
        .iter()
        .map(|normal| {
            checkpoint();
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by(|a, b| normal[*a].total_cmp(&normal[*b]));
            let mut ranks = vec![0; count];
            order
                .iter()
                .enumerate()
                .for_each(|(rank, draw)| ranks[*draw] = rank);
            ranks
        })
        .collect()
}

/// Return the lower triangle `L` with `L Lᵀ` the matrix (Cholesky). Shrinkage leaves the matrix
/// positive definite; where rounding does not, a pivot is taken as zero.
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
    use crate::projection::{FittedForecast, Method, PanelModel};
    use crate::trade::{Series, SeriesKey};

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
        read: impl Fn(&[JointMember<'_>], &JointForecast) -> T,
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
        let model = PanelModel::fit(&series, Method::Auto, 12);
        let fitted: Vec<FittedForecast<'_>> = series
            .iter()
            .map(|s| FittedForecast::new(s, &model).unwrap())
            .collect();
        let parts: Vec<JointMember<'_>> = (0..3)
            .map(|k| JointMember {
                key: SeriesKey::parse(ids[k]).unwrap(),
                series: series[k],
                fitted: &fitted[k],
                seed: k as u64,
            })
            .collect();
        let forecast = joint_forecast(&parts, 36, 400, 11).unwrap();
        assert_eq!(
            forecast,
            joint_forecast(&parts, 36, 400, 11).unwrap(),
            "the same seeds, the same bytes"
        );
        read(&parts, &forecast)
    }

    #[test]
    fn each_series_keeps_its_own_paths() {
        draw(&panel(), [180; 3], |parts, forecast| {
            let joint = &forecast.draws;
            assert_eq!((joint.months(), joint.count()), (48, 400));
            for (k, part) in parts.iter().enumerate() {
                let sorted = |mut rows: Vec<Vec<f64>>| {
                    rows.sort_by(|a, b| a.partial_cmp(b).unwrap());
                    rows
                };
                let own: Vec<Vec<f64>> = part.fitted.paths(400, part.seed).rows().collect();
                let of_draw = &forecast.path_of_draw[k];
                assert!(
                    joint
                        .paths(k)
                        .zip(of_draw)
                        .all(|(path, number)| path[36..] == *own[*number])
                );
                let alone = sorted(own.clone());
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
        draw(&panel(), [180; 3], |_, forecast| {
            let joint = &forecast.draws;
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
        draw(&panel(), [180, 177, 180], |parts, forecast| {
            let joint = &forecast.draws;
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
