//! The draws of a disaggregation.

use crate::models::ModelError;
use crate::models::disaggregation::{ConditionedPath, PathPrior, resolve_conflicts};
use crate::models::seasonal::median;
use crate::projection::disaggregate::disaggregation::Disaggregation;
use crate::projection::disaggregate::known_levels::known_levels;
use crate::projection::disaggregate::observed_sums::{
    UnusedFigure, UsedFigure, with_slack_for_revisions,
};
use crate::projection::joint::joint_draws::{JointDraws, JointSeries};
use crate::projection::joint::paths::standard_normal;
use crate::trade::release::FigureMeasure;
use crate::trade::{Completeness, Hierarchy, Month, Release, Span};
use crate::work::Work;
use ndarray::{Array1, Array2};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

/// The months of a year.
const MONTHS: usize = 12;
/// The scales of roughness relative to the donors that are tried.
const SCALES: [f64; 6] = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8];
/// The prior standard deviation of the logarithm of the scale.
const SCALE_SPREAD: f64 = 0.35;
/// A scale with a smaller posterior weight is left out.
const LEAST_WEIGHT: f64 = 0.002;
/// The degrees of freedom of a draw's own scale, since months have heavier tails than normal ones.
const DEGREES: usize = 8;
/// The attempts at each draw.
const ATTEMPTS: u64 = 8;

/// Joint draws from figures for spans of months, and how each figure was used.
#[derive(Debug, Clone, PartialEq)]
pub struct DisaggregatedDraws {
    /// The draws of every node of the system over the window.
    pub draws: JointDraws,
    /// The last month that a used figure covers.
    pub last: Month,
    /// How many figures are used.
    pub used: usize,
    /// The figures that are not used.
    pub unused: Vec<UnusedFigure>,
    /// The figures that others contradict beyond rounding.
    pub conflicts: Vec<ConflictingFigure>,
    /// How rough the series is relative to its donors: the mean of the scales, by their posterior
    /// weights.
    pub scale: f64,
    /// The donor series, by id.
    pub donors: Vec<String>,
}

/// A figure that the draws cannot satisfy, since others contradict it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictingFigure {
    /// The figure.
    pub release: Release,
    /// The median of the draws in its place, in its unit.
    pub median: f64,
}

/// The reason why figures cannot be disaggregated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DisaggregationError {
    /// No figure is used.
    #[error("no published level lies within {window}")]
    NoFigure {
        /// The months of the disaggregation.
        window: Span,
    },
    /// No path satisfies the figures.
    #[error("no monthly path satisfies the figures: {reason}")]
    Impossible {
        /// The cause.
        reason: String,
    },
}

impl Disaggregation<'_> {
    /// Draw `count` joint paths, the same for the same seed.
    ///
    /// # Errors
    /// [`DisaggregationError`] where no level is known or no path satisfies the figures.
    pub fn draw(&self, count: usize, seed: u64) -> Result<DisaggregatedDraws, DisaggregationError> {
        let (figures, unused) = self.figures();
        let levels = figures
            .iter()
            .filter(|f| f.release.measure == FigureMeasure::Level);
        if levels.count() == 0 {
            return Err(DisaggregationError::NoFigure {
                window: self.window,
            });
        }
        let last = figures
            .iter()
            .map(|figure| figure.release.span.last())
            .max()
            .unwrap_or(self.window.first());
        let observed = with_slack_for_revisions(&figures);
        let impossible = |e: ModelError| DisaggregationError::Impossible {
            reason: e.to_string(),
        };
        // A first pass finds which figures contradict each other and how large each leaf is, and
        // with that how rough its months are.
        let unknown = vec![None; self.system.leaves.len()];
        let prior = self.path_prior(1.0, &unknown, &observed);
        let observed = resolve_conflicts(&prior, &observed).map_err(impossible)?;
        let first_pass = ConditionedPath::new(&prior, &observed).map_err(impossible)?;
        let sizes = self.sizes(&first_pass.mode);
        let priors: Vec<PathPrior> = SCALES
            .iter()
            .map(|scale| self.path_prior(*scale, &sizes, &observed))
            .collect();
        let work = Work::current();
        let posteriors: Vec<ConditionedPath<'_>> = priors
            .par_iter()
            .map(|prior| work.part(|| ConditionedPath::new(prior, &observed)))
            .collect::<Result<_, _>>()
            .map_err(impossible)?;
        let weights = scale_weights(&posteriors);
        let factors: Vec<Option<Array2<f64>>> = priors
            .par_iter()
            .zip(&weights)
            .map(|(prior, weight)| {
                work.part(|| (*weight > 0.0).then(|| prior.factor()).transpose())
            })
            .collect::<Result<_, _>>()
            .map_err(impossible)?;
        let paths: Vec<Option<Array1<f64>>> = (0..count as u64)
            .into_par_iter()
            .map(|k| work.part(|| draw_path(&posteriors, &factors, &weights, seed, k)))
            .collect();
        let paths: Option<Vec<Array1<f64>>> = paths.into_iter().collect();
        let paths = paths.ok_or_else(|| DisaggregationError::Impossible {
            reason: "the figures contradict each other".to_owned(),
        })?;
        let conflicts = conflicting_figures(&figures, &paths);
        Ok(DisaggregatedDraws {
            draws: self.joint_draws(&paths, &figures, last),
            last,
            used: figures.len(),
            unused,
            conflicts,
            scale: SCALES.iter().zip(&weights).map(|(s, w)| s * w).sum(),
            donors: self.donors(),
        })
    }

    /// Return the ids of all donor series, each once.
    fn donors(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for id in self.donor_priors.iter().flat_map(|prior| &prior.donors) {
            if !all.contains(id) {
                all.push(id.clone());
            }
        }
        all
    }

    /// Return the draws of every node from the paths of the leaves' logarithms.
    fn joint_draws(
        &self,
        paths: &[Array1<f64>],
        figures: &[UsedFigure<'_>],
        last: Month,
    ) -> JointDraws {
        let (n, width) = (self.months(), self.system.nodes.len());
        let mut draws = vec![0.0; paths.len() * width * n];
        draws
            .par_chunks_mut((width * n).max(1))
            .zip(paths)
            .for_each(|(draw, path)| {
                for (node, row) in self.system.nodes.iter().zip(draw.chunks_mut(n)) {
                    for (t, value) in row.iter_mut().enumerate() {
                        *value = node
                            .leaves
                            .iter()
                            .map(|(leaf, w)| w * path[leaf * n + t].exp())
                            .sum();
                    }
                }
            });
        let keys = self.system.nodes.iter().map(|node| &node.key);
        let hierarchy = Hierarchy::new(keys, Completeness::AllParts);
        let nodes = self.system.nodes.iter().enumerate().map(|(k, node)| {
            let mut point = vec![0.0; n];
            for draw in draws.chunks_exact(width * n) {
                point
                    .iter_mut()
                    .zip(&draw[k * n..])
                    .for_each(|(p, v)| *p += v);
            }
            point.iter_mut().for_each(|p| *p /= paths.len() as f64);
            let known = known_levels(k, hierarchy.over_flows(k), figures);
            let ahead = last.count_from(self.window.first());
            let mut naive = point.clone();
            for t in ahead.max(MONTHS)..n {
                naive[t] = naive[t - MONTHS];
            }
            JointSeries {
                key: node.key.clone(),
                point,
                naive,
                known,
            }
        });
        let nodes = nodes.collect();
        JointDraws::new(self.window.first(), n, nodes, draws)
    }
}

/// Return the posterior weight of each scale.
fn scale_weights(posteriors: &[ConditionedPath<'_>]) -> Vec<f64> {
    let logs: Vec<f64> = posteriors
        .iter()
        .zip(SCALES)
        .map(|(p, scale)| p.evidence - 0.5 * (scale.ln() / SCALE_SPREAD).powi(2))
        .collect();
    let top = logs.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    let raw: Vec<f64> = logs.iter().map(|v| (v - top).exp()).collect();
    let total: f64 = raw.iter().sum();
    let kept: Vec<f64> = raw
        .iter()
        .map(|w| if w / total < LEAST_WEIGHT { 0.0 } else { *w })
        .collect();
    let total: f64 = kept.iter().sum();
    kept.iter().map(|w| w / total).collect()
}

/// Draw path `k` from a scale chosen by its weight; `None` where no attempt finds one.
fn draw_path(
    posteriors: &[ConditionedPath<'_>],
    factors: &[Option<Array2<f64>>],
    weights: &[f64],
    seed: u64,
    k: u64,
) -> Option<Array1<f64>> {
    (0..ATTEMPTS).find_map(|attempt| {
        let own = seed ^ (k * ATTEMPTS + attempt + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut rng = Pcg64Mcg::seed_from_u64(own);
        let mut at: f64 = rng.random();
        let chosen = weights.iter().position(|w| {
            at -= w;
            at < 0.0
        });
        let chosen = chosen.or_else(|| weights.iter().rposition(|w| *w > 0.0))?;
        let (posterior, factor) = (&posteriors[chosen], factors[chosen].as_ref()?);
        let chi: f64 = (0..DEGREES)
            .map(|_| standard_normal(&mut rng).powi(2))
            .sum();
        let tail = (DEGREES as f64 / chi).sqrt();
        let normal =
            Array1::from_shape_simple_fn(posterior.mode.len(), || tail * standard_normal(&mut rng));
        let within: Vec<f64> = (0..posterior.figures().len())
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        posterior.draw(factor, &normal, &within)
    })
}

/// Return the figures that lie further from the median of the draws than twice their rounding.
fn conflicting_figures(
    figures: &[UsedFigure<'_>],
    paths: &[Array1<f64>],
) -> Vec<ConflictingFigure> {
    figures
        .iter()
        .filter_map(|figure| {
            let observed = &figure.observed;
            let mut stated: Vec<f64> = paths.iter().map(|p| observed.stated(p).exp()).collect();
            let median = median(&mut stated);
            let off = (median / observed.value - 1.0).abs();
            let shown = match figure.release.measure {
                FigureMeasure::Growth => median - 1.0,
                _ => median,
            };
            (off > 2.0 * observed.slack + 1e-6).then(|| ConflictingFigure {
                release: figure.release.clone(),
                median: shown,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{DonorPrior, DonorSeries, LeafSystem, SignedSum};
    use crate::trade::{Currency, Series, SeriesKey};
    use std::path::Path;

    fn release(
        key: &SeriesKey,
        span: Span,
        measure: FigureMeasure,
        value: f64,
        rounding: f64,
    ) -> Release {
        Release {
            key: key.clone(),
            span,
            measure,
            value,
            rounding,
            released_on: None,
            known_since: None,
            status: "published".to_owned(),
            source: String::new(),
        }
    }

    /// Return what would have been published about a monthly series at the end of month `k` of
    /// `year`: four years, the year to date, and its growth to a tenth of a percent.
    fn published(series: &Series<'_>, key: &SeriesKey, year: i32, k: u8) -> Option<Vec<Release>> {
        let to_date = Span::year_to_date(Month::new(year, k)?);
        let mut releases = Vec::new();
        for before in 1..=4 {
            let span = Span::year(year - before);
            releases.push(release(
                key,
                span,
                FigureMeasure::Level,
                series.sum(span)?,
                0.5,
            ));
        }
        let (now, base) = (series.sum(to_date)?, series.sum(to_date.year_before())?);
        releases.push(release(key, to_date, FigureMeasure::Level, now, 0.5));
        let growth = (1000.0 * (now / base - 1.0)).round() / 1000.0;
        releases.push(release(key, to_date, FigureMeasure::Growth, growth, 0.0005));
        Some(releases)
    }

    #[test]
    fn growth_of_the_year_from_releases_alone_is_covered_and_beats_both_naives() {
        // The twelve bundled monthly series, known only by four years and a year to date; the
        // other eleven are the donors of each.
        let data = crate::ingest::read_folder(Path::new("data")).unwrap();
        let snapshot = crate::catalog::Snapshot::new(data).unwrap();
        let panel = snapshot.panel(crate::catalog::Vintage::Latest);
        let rates = snapshot.rates(crate::catalog::Vintage::Latest);
        let (mut inside, mut all) = ([0.0, 0.0], 0.0);
        let (mut error, mut flat, mut same) = (0.0, 0.0, 0.0);
        for series in &panel {
            let key = SeriesKey::parse(series.id()).unwrap();
            let rate = |currency: Currency, month: Month| rates.rate(key.unit, currency, month);
            let system = LeafSystem {
                leaves: vec![key.clone()],
                nodes: vec![SignedSum {
                    key: key.clone(),
                    leaves: vec![(0, 1.0)],
                }],
            };
            for year in (series.first().year() + 5..series.last().year()).step_by(3) {
                for k in [2, 5, 8, 11] {
                    let Some(releases) = published(series, &key, year, k) else {
                        continue;
                    };
                    let releases: Vec<&Release> = releases.iter().collect();
                    let window = Span::new(Month::january(year - 4), 60).unwrap();
                    let donors: Vec<DonorSeries<'_>> = panel
                        .iter()
                        .filter(|other| other.id() != series.id())
                        .map(|other| DonorSeries {
                            series: other.until(Month::new(year, k).unwrap()),
                            weight: 1.0,
                            size: None,
                        })
                        .collect();
                    let priors = [DonorPrior::of(&donors)];
                    let disaggregation = Disaggregation {
                        system: &system,
                        releases: &releases,
                        donor_priors: &priors,
                        window,
                        rate: &rate,
                    };
                    let drawn = disaggregation.draw(200, 1).unwrap();
                    let base = series.sum(Span::year(year - 1)).unwrap();
                    let mut growth: Vec<f64> = drawn
                        .draws
                        .paths(0)
                        .map(|p| p[48..].iter().sum::<f64>() / base - 1.0)
                        .collect();
                    growth.sort_by(f64::total_cmp);
                    let came = series.sum(Span::year(year)).unwrap() / base - 1.0;
                    inside[0] += f64::from(u8::from(growth[20] <= came && came <= growth[179]));
                    inside[1] += f64::from(u8::from(growth[5] <= came && came <= growth[194]));
                    all += 1.0;
                    let to_date = Span::year_to_date(Month::new(year, k).unwrap());
                    let (now, then) = (
                        series.sum(to_date).unwrap(),
                        series.sum(to_date.year_before()).unwrap(),
                    );
                    error += (growth[100] - came).abs();
                    flat += ((now + base - then) / base - 1.0 - came).abs();
                    same += (now / then - 1.0 - came).abs();
                }
            }
        }
        let [eighty, ninety_five] = inside.map(|n| n / all);
        println!(
            "{all} origins: coverage {eighty:.3} / {ninety_five:.3}; mean error in points {:.2}, \
             flat rest {:.2}, same growth {:.2}",
            100.0 * error / all,
            100.0 * flat / all,
            100.0 * same / all
        );
        assert!(
            (0.75..=0.92).contains(&eighty) && ninety_five >= 0.92,
            "{eighty} {ninety_five}"
        );
        assert!(error < flat && error < same, "{error} {flat} {same}");
    }
}
