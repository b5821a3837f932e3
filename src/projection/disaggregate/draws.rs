//! The draws of a disaggregation.

use crate::models::ModelError;
use crate::models::disaggregation::{ConditionedPath, ObservedSum};
use crate::projection::disaggregate::disaggregation::Disaggregation;
use crate::projection::disaggregate::known_levels::known_levels;
use crate::projection::disaggregate::path_prior::{PathShape, Roughness, mean_log_level};
use crate::projection::disaggregate::used_figure::{UnusedFigure, UsedFigure};
use crate::projection::joint::joint_draws::{JointDraws, JointSeries};
use crate::trade::release::FigureMeasure;
use crate::trade::{Completeness, Hierarchy, Month, Release, Span};
use ndarray::{Array1, Array2};
use rayon::prelude::*;

/// The months of a year.
const MONTHS: usize = 12;
/// Joint draws from figures for spans of months, and how each figure was used.
#[derive(Debug, Clone, PartialEq)]
pub struct DisaggregatedDraws {
    /// The draws of every node of the system over the window.
    pub draws: JointDraws,
    /// The last month that a used figure covers.
    pub last: Month,
    /// How many figures of the reporter are used.
    pub used: usize,
    /// How many growth rates that the other partner states are used.
    pub mirrored: usize,
    /// The figures that are not used.
    pub unused: Vec<UnusedFigure>,
    /// The figures that others contradict beyond rounding.
    pub conflicts: Vec<ConflictingFigure>,
    /// How rough the leaves are relative to their donors: the geometric mean.
    pub scale: f64,
    /// The donor series, by id.
    pub donors: Vec<String>,
}

/// A figure that the draws cannot satisfy, since others contradict it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictingFigure {
    /// The figure.
    pub release: Release,
    /// The value of the most likely paths in its place, in its unit.
    pub median: f64,
}

/// The reason why figures cannot be disaggregated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DisaggregationError {
    /// No figure is used.
    #[error("no published level lies within {}", window.words())]
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
    /// The growth of the last year of the first node hardly depends on the seed.
    ///
    /// # Errors
    /// [`DisaggregationError`] where no level is known or no path satisfies the figures.
    pub fn draw(&self, count: usize, seed: u64) -> Result<DisaggregatedDraws, DisaggregationError> {
        let (figures, unused) = self.figures();
        let level = |f: &&UsedFigure<'_>| f.release.measure == FigureMeasure::Level;
        if figures.iter().filter(level).count() == 0 {
            return Err(DisaggregationError::NoFigure {
                window: self.window,
            });
        }
        let last = figures
            .iter()
            .filter(|figure| !figure.release.is_mirrored())
            .map(|figure| figure.release.span.last())
            .max()
            .unwrap_or(self.window.first());
        let mirrored = figures.iter().filter(|f| f.release.is_mirrored()).count();
        let drawn = self.draw_paths(&figures, count, seed);
        let (mode, roughness, paths) = drawn.map_err(|e| DisaggregationError::Impossible {
            reason: e.to_string(),
        })?;
        let scales: f64 = roughness
            .iter()
            .map(|of| of.walk.ln() + of.irregular.ln())
            .sum();
        Ok(DisaggregatedDraws {
            draws: self.joint_draws(&paths, &figures, last),
            last,
            used: figures.len() - mirrored,
            mirrored,
            unused,
            conflicts: conflicting_figures(&figures, &mode),
            scale: (0.5 * scales / roughness.len() as f64).exp(),
            donors: self.donors(),
        })
    }

    /// Return the most likely paths, the roughness of each leaf, and the draws: for each leaf one
    /// row a month and one column a draw, logarithms.
    #[expect(clippy::type_complexity, reason = "three results of one computation")]
    fn draw_paths(
        &self,
        figures: &[UsedFigure<'_>],
        count: usize,
        seed: u64,
    ) -> Result<(Vec<Array1<f64>>, Vec<Roughness>, Vec<Array2<f64>>), ModelError> {
        let observed: Vec<ObservedSum> = figures
            .iter()
            .filter(|figure| !figure.restates)
            .map(|figure| figure.observed.clone())
            .collect();
        let shape = PathShape::of(self);
        let level = mean_log_level(&observed);
        let leaves = self.system.leaves.len();
        // A first pass finds how large each leaf is, and with that how rough its months are.
        let first = vec![Roughness::OF_DONORS; leaves];
        let prior = self.path_prior(&shape, &vec![None; leaves], &first, level)?;
        let mode = ConditionedPath::new(&prior, &observed)?.mode;
        let sizes = self.sizes(&mode);
        let roughness = self.roughness(&shape, &sizes, &observed, &mode, level)?;
        let prior = self.path_prior(&shape, &sizes, &roughness, level)?;
        let posterior = ConditionedPath::new(&prior, &observed)?;
        let paths = self.drawn_paths(&posterior, &observed, &sizes, (count, seed));
        Ok((posterior.mode, roughness, paths))
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
        paths: &[Array2<f64>],
        figures: &[UsedFigure<'_>],
        last: Month,
    ) -> JointDraws {
        let (n, width) = (self.months(), self.system.nodes.len());
        let count = paths[0].ncols();
        // One row a draw, so that a draw lies together.
        let levels: Vec<Array2<f64>> = paths
            .par_iter()
            .map(|path| path.t().mapv(f64::exp).as_standard_layout().into_owned())
            .collect();
        let mut draws = vec![0.0; count * width * n];
        draws
            .par_chunks_mut((width * n).max(1))
            .enumerate()
            .for_each(|(k, draw)| {
                for (node, row) in self.system.nodes.iter().zip(draw.chunks_mut(n)) {
                    for (leaf, w) in &node.leaves {
                        let level = levels[*leaf].row(k);
                        row.iter_mut()
                            .zip(level)
                            .for_each(|(v, level)| *v += w * level);
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
            point.iter_mut().for_each(|p| *p /= count as f64);
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

/// Return the figures that the most likely paths do not satisfy.
fn conflicting_figures(figures: &[UsedFigure<'_>], mode: &[Array1<f64>]) -> Vec<ConflictingFigure> {
    figures
        .iter()
        .filter_map(|figure| {
            let observed = &figure.observed;
            let stated = observed.stated(mode);
            let value = match figure.release.measure {
                FigureMeasure::Growth => stated.exp_m1(),
                _ => stated.exp(),
            };
            let off = stated - observed.value.ln();
            observed.contradicts(off).then(|| ConflictingFigure {
                release: figure.release.clone(),
                median: value,
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
        // Measured: 0.867 and 0.972; 3.63 points against 5.06 and 3.65.
        assert!(error < 0.8 * flat && error < same, "{error} {flat} {same}");
    }
}
