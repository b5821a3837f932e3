//! Projection from figures over spans: months, quarters, cumulative months, years, levels and published growth, in any mix.
//!
//! Months are unknown, sums over them are: every draw is a whole monthly history and future of every leaf whose sums agree with the published figures
//! within their rounding, but for those that others contradict (see [`crate::models::disaggregation`]). Season, New Year and roughness are [`DonorPrior`] from related monthly series; how rough
//! the series itself is beyond that is learnt from its own figures.

use crate::features::calendar;
use crate::models::disaggregation::{
    ConditionedPath, ObservedSum, PathPrior, WeightedCells, resolve_conflicts,
};
use crate::projection::disaggregate::donor_prior::{DonorPrior, HOLIDAY, PERSISTENCE};
use crate::projection::joint::joint_draws::{JointDraws, JointSeries};
use crate::projection::joint::paths::standard;
use crate::trade::release::FigureMeasure;
use crate::trade::{Completeness, Component, Currency, Hierarchy, Month, Release, SeriesKey, Span};
use ndarray::{Array1, Array2};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt;

/// The months of a year.
const MONTHS: usize = 12;
/// The level is not known beforehand: two standard deviations are a factor of 55.
const LEVEL: f64 = 2.0;
/// Growth a year, and how far it may lie off for good.
const GROWTH: (f64, f64) = (0.04, 0.06);
/// How far New Year's effects may lie off what is borrowed.
const NEW_YEAR_SPREAD: f64 = 0.05;
/// The correlation of two leaves' steps, seasons and irregular deviations.
const TOGETHER: f64 = 0.4;
/// How rough the series is beyond what is borrowed: the values tried, and how far its logarithm is expected to lie from none.
const SCALES: [f64; 6] = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8];
const SCALE_SPREAD: f64 = 0.35;
/// Degrees of freedom of a draw's own scale: months have heavier tails than normal ones.
const FREEDOM: usize = 8;
/// A figure in another currency was turned at the publisher's own rate: so far may that lie from the month's market mean, for a level and for
/// growth. China's customs takes the central parity of a day of the month before; in 2024 that lay 1.2 % from the market (674.15 bn yuan and
/// 94.82 bn dollars are 7.110 a dollar, the mean of the market's months was 7.197).
const OWN_RATE: (f64, f64) = (0.015, 0.006);
/// A scale that weighs less is left out.
const RARE: f64 = 0.002;
/// Draws tried for each that is wanted.
const PATIENCE: u64 = 8;

/// A series as a sum of leaves; a leaf weighs −1 where it is taken off, as imports are in a balance.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedSum {
    /// Which series.
    pub key: SeriesKey,
    /// Places of its leaves, and their weights.
    pub leaves: Vec<(usize, f64)>,
}

/// Series that add up: the leaves, and everything that is made of them.
#[derive(Debug, Clone, PartialEq)]
pub struct LeafSystem {
    /// The leaves, flows that are never negative, all in one currency.
    pub leaves: Vec<SeriesKey>,
    /// Every series that figures speak of or that is asked for, leaves included.
    pub nodes: Vec<SignedSum>,
}

impl LeafSystem {
    /// Find the leaves among `keys`, the series that are no complete sum of others, and give each
    /// series its leaves, both in the order of `keys`.
    pub fn of(keys: impl IntoIterator<Item = SeriesKey>) -> Self {
        let keys: Vec<SeriesKey> = keys.into_iter().collect();
        let hierarchy = Hierarchy::new(&keys, Completeness::AllParts);
        let is_leaf = |series: &usize| hierarchy.parts(*series).is_empty();
        let leaves: Vec<usize> = (0..keys.len()).filter(is_leaf).collect();
        let weight = |leaf: Component| {
            let place = leaves.binary_search(&leaf.part);
            (place.expect("a leaf is no sum"), leaf.sign)
        };
        let sum = |(series, key): (usize, &SeriesKey)| SignedSum {
            key: key.clone(),
            leaves: hierarchy.leaves(series).into_iter().map(weight).collect(),
        };
        Self {
            nodes: keys.iter().enumerate().map(sum).collect(),
            leaves: leaves.iter().map(|series| keys[*series].clone()).collect(),
        }
    }
}

/// A figure that did not count, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct UnusedFigure {
    /// The figure.
    pub release: Release,
    /// Why.
    pub reason: &'static str,
}

/// A figure that the draws cannot all satisfy, since others contradict it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictingFigure {
    /// The figure.
    pub release: Release,
    /// What the draws say instead, in its unit: the median.
    pub median: f64,
}

/// Joint draws from figures over spans, and what came of each figure.
#[derive(Debug, Clone, PartialEq)]
pub struct DisaggregatedDraws {
    /// The draws: every node, over the window.
    pub joint: JointDraws,
    /// The last month of which anything is known.
    pub last: Month,
    /// How many figures counted.
    pub used: usize,
    /// Those that did not.
    pub unused: Vec<UnusedFigure>,
    /// Those that others contradict beyond rounding.
    pub misfits: Vec<ConflictingFigure>,
    /// How rough the series is beyond what was borrowed: the mean of the scales, weighted by what the figures say of them.
    pub scale: f64,
    /// Who lent season and roughness.
    pub lenders: Vec<String>,
}

/// Why nothing can be projected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DisaggregationError {
    /// No figure counts.
    #[error("no published level lies within {window}")]
    NoFigure {
        /// The months looked at.
        window: Span,
    },
    /// The figures are impossible together.
    #[error("no monthly path satisfies the figures: {reason}")]
    Impossible {
        /// Why.
        reason: String,
    },
}

/// What a projection from spans is made of.
pub struct Disaggregation<'a> {
    /// The series.
    pub system: &'a LeafSystem,
    /// The figures, whatever they speak of; those of other series are passed over.
    pub releases: &'a [&'a Release],
    /// What each leaf borrows.
    pub borrowed: &'a [DonorPrior],
    /// The months to draw.
    pub window: Span,
    /// How many units of the system's currency one of another costs in a month.
    pub rate: &'a (dyn Fn(Currency, Month) -> Option<f64> + Sync),
}

impl fmt::Debug for Disaggregation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disaggregation")
            .field("system", &self.system)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// A figure on its way into the model.
struct Entry<'a> {
    node: usize,
    release: &'a Release,
    figure: ObservedSum,
    home: bool,
}

impl Disaggregation<'_> {
    /// `count` joint draws; the same for the same seed.
    ///
    /// # Errors
    /// [`DisaggregationError`] where no level is known or no path satisfies the figures.
    pub fn draw(&self, count: usize, seed: u64) -> Result<DisaggregatedDraws, DisaggregationError> {
        let (entries, unused) = self.entries();
        let levels = entries
            .iter()
            .filter(|e| e.release.measure == FigureMeasure::Level);
        if levels.count() == 0 {
            return Err(DisaggregationError::NoFigure {
                window: self.window,
            });
        }
        let last = entries
            .iter()
            .map(|entry| entry.release.span.last())
            .max()
            .unwrap_or(self.window.first());
        let figures = self.revised(&entries);
        let impossible = |e: crate::models::ModelError| DisaggregationError::Impossible {
            reason: e.to_string(),
        };
        // A first pass finds which figures contradict each other, how large each leaf is, and with that how rough its months are.
        let unknown = vec![None; self.system.leaves.len()];
        let prior = self.prior(1.0, &unknown, &figures);
        let figures = resolve_conflicts(&prior, &figures).map_err(impossible)?;
        let sizes = self.sizes(
            &ConditionedPath::new(&prior, &figures)
                .map_err(impossible)?
                .mode,
        );
        let priors: Vec<PathPrior> = SCALES
            .iter()
            .map(|scale| self.prior(*scale, &sizes, &figures))
            .collect();
        let posteriors: Vec<ConditionedPath<'_>> = priors
            .par_iter()
            .map(|prior| ConditionedPath::new(prior, &figures))
            .collect::<Result<_, _>>()
            .map_err(impossible)?;
        let weights = weigh(&posteriors);
        let factors: Vec<Option<Array2<f64>>> = priors
            .par_iter()
            .zip(&weights)
            .map(|(prior, weight)| (*weight > 0.0).then(|| prior.factor()).transpose())
            .collect::<Result<_, _>>()
            .map_err(impossible)?;
        let paths: Vec<Option<Array1<f64>>> = (0..count as u64)
            .into_par_iter()
            .map(|k| one(&posteriors, &factors, &weights, seed, k))
            .collect();
        let paths: Option<Vec<Array1<f64>>> = paths.into_iter().collect();
        let paths = paths.ok_or_else(|| DisaggregationError::Impossible {
            reason: "the figures contradict each other".to_owned(),
        })?;
        let misfits = misfits(&entries, &paths);
        Ok(DisaggregatedDraws {
            joint: self.joint(&paths, &entries, last),
            last,
            used: entries.len(),
            unused,
            misfits,
            scale: SCALES.iter().zip(&weights).map(|(s, w)| s * w).sum(),
            lenders: self.borrowed.iter().flat_map(|b| &b.lenders).fold(
                Vec::new(),
                |mut all, id| {
                    if !all.contains(id) {
                        all.push(id.clone());
                    }
                    all
                },
            ),
        })
    }

    fn months(&self) -> usize {
        usize::try_from(self.window.len()).unwrap_or(0)
    }

    fn home(&self) -> Currency {
        self.system.leaves[0].unit
    }

    /// The figures that can count, and those that cannot.
    fn entries(&self) -> (Vec<Entry<'_>>, Vec<UnusedFigure>) {
        let (mut entries, mut unused) = (Vec::new(), Vec::new());
        for release in self.releases {
            let same = |node: &SignedSum| {
                let (a, b) = (&node.key, &release.key);
                (&a.reporter, &a.partner, a.flow, &a.product)
                    == (&b.reporter, &b.partner, b.flow, &b.product)
            };
            let Some(node) = self.system.nodes.iter().position(same) else {
                continue;
            };
            match self.figure(node, release) {
                Ok(figure) => entries.push(Entry {
                    node,
                    release,
                    home: release.key.unit == self.home(),
                    figure,
                }),
                // What lies wholly before is simply older.
                Err(_) if release.span.last() < self.window.first() => {}
                Err(reason) => unused.push(UnusedFigure {
                    release: (*release).clone(),
                    reason,
                }),
            }
        }
        (entries, unused)
    }

    /// The figures. Where published growth shows that levels of the year before have been revised since, the levels of that year are believed only as far as
    /// the revision goes: the growth rate knows the base, they do not.
    fn revised(&self, entries: &[Entry<'_>]) -> Vec<ObservedSum> {
        let level = |node: usize, span: Span, like: &Release| {
            entries.iter().position(|entry| {
                let release = entry.release;
                (entry.node, release.span) == (node, span)
                    && release.measure == FigureMeasure::Level
                    && release.key.unit == like.key.unit
            })
        };
        let mut figures: Vec<ObservedSum> = entries.iter().map(|e| e.figure.clone()).collect();
        // How far the levels of a series and year were revised.
        let mut revisions: BTreeMap<(usize, i32), f64> = BTreeMap::new();
        for entry in entries
            .iter()
            .filter(|e| e.release.measure == FigureMeasure::Growth)
        {
            let (release, span) = (entry.release, entry.release.span);
            let now = level(entry.node, span, release);
            let before = level(entry.node, span.year_before(), release);
            if let Some((now, before)) = now.zip(before) {
                let (now, before) = (&figures[now], &figures[before]);
                let off = (now.value / entry.figure.value / before.value - 1.0).abs();
                if off > now.slack + before.slack + entry.figure.slack {
                    let year = span.year_before().first().year();
                    let most = revisions.entry((entry.node, year)).or_default();
                    *most = most.max(off);
                }
            }
        }
        for (entry, figure) in entries.iter().zip(&mut figures) {
            let year = entry.release.span.first().year();
            if let Some(off) = revisions.get(&(entry.node, year))
                && entry.release.measure == FigureMeasure::Level
            {
                figure.slack = figure.slack.max(*off);
            }
        }
        figures
    }

    fn figure(&self, node: usize, release: &Release) -> Result<ObservedSum, &'static str> {
        if release.is_bound() {
            return Err("a bound, not a figure");
        }
        let leaves = &self.system.nodes[node].leaves;
        if leaves.iter().any(|(_, weight)| *weight < 0.0) {
            return Err("a balance: only sums of flows count");
        }
        let foreign = release.key.unit != self.home();
        let own_rate = if foreign { OWN_RATE } else { (0.0, 0.0) };
        match release.measure {
            FigureMeasure::Level if release.value > 0.0 => Ok(ObservedSum {
                now: self.cells(leaves, release.span, release.key.unit)?,
                before: vec![],
                value: release.value,
                slack: release.rounding / release.value + own_rate.0,
            }),
            FigureMeasure::Growth if 1.0 + release.value - release.rounding > 0.0 => {
                Ok(ObservedSum {
                    now: self.cells(leaves, release.span, release.key.unit)?,
                    before: self.cells(leaves, release.span.year_before(), release.key.unit)?,
                    value: 1.0 + release.value,
                    slack: release.rounding / (1.0 + release.value) + own_rate.1,
                })
            }
            FigureMeasure::Level | FigureMeasure::Growth => Err("not above zero"),
            _ => Err("neither a level nor a growth rate"),
        }
    }

    /// The cells of a span, each weighted by what its currency makes of it.
    fn cells(
        &self,
        leaves: &[(usize, f64)],
        span: Span,
        unit: Currency,
    ) -> Result<WeightedCells, &'static str> {
        if unit == Currency::UNSTATED {
            return Err("its currency is not stated");
        }
        if !(self.window.contains(span.first()) && self.window.contains(span.last())) {
            return Err("outside the months looked at");
        }
        let months = self.months();
        let from = usize::try_from(span.first().since(self.window.first())).unwrap_or(0);
        let mut cells = WeightedCells::new();
        for (k, month) in span.iter().enumerate() {
            let per = if unit == self.home() {
                1.0
            } else {
                (self.rate)(unit, month).ok_or("no exchange rate for its months")?
            };
            cells.extend(
                leaves
                    .iter()
                    .map(|(leaf, w)| (leaf * months + from + k, w / per)),
            );
        }
        Ok(cells)
    }

    /// Mean and covariance of the logarithms, leaf after leaf, `scale` times as rough as borrowed.
    fn prior(&self, scale: f64, sizes: &[Option<f64>], figures: &[ObservedSum]) -> PathPrior {
        let (n, leaves) = (self.months(), self.system.leaves.len());
        let month = |t: usize| self.window.first().plus(i32::try_from(t).unwrap_or(0));
        let rows: Vec<[f64; calendar::WIDTH]> = (0..n).map(|t| calendar::row(month(t))).collect();
        let of_year: Vec<usize> = (0..n)
            .map(|t| usize::from(month(t).of_year()) - 1)
            .collect();
        // The indicator, whose coefficient is as uncertain as it is among the lenders.
        let indicated: Vec<Vec<f64>> = self
            .borrowed
            .iter()
            .map(|borrowed| {
                (0..n)
                    .map(|t| borrowed.indicated(self.window, month(t)))
                    .collect()
            })
            .collect();
        let years = |t: usize| (t as f64 - 0.5 * n as f64) / MONTHS as f64;
        // Any level within reason will do: it is hardly believed.
        let logs = figures
            .iter()
            .filter(|figure| figure.before.is_empty())
            .map(|figure| {
                let cells: f64 = figure.now.iter().map(|(_, w)| w).sum();
                (figure.value / cells).ln()
            });
        let count = figures
            .iter()
            .filter(|figure| figure.before.is_empty())
            .count();
        let level = logs.sum::<f64>() / count.max(1) as f64;
        let mean = Array1::from_shape_fn(n * leaves, |cell| {
            let (leaf, t) = (cell / n, cell % n);
            let borrowed = &self.borrowed[leaf];
            let holiday: f64 = (0..HOLIDAY)
                .map(|c| borrowed.new_year[c] * rows[t][c])
                .sum();
            level
                + borrowed.season[of_year[t]]
                + borrowed.follows.0 * indicated[leaf][t]
                + holiday
                + GROWTH.0 * years(t)
        });
        let irregular: Vec<f64> = self
            .borrowed
            .iter()
            .zip(sizes)
            .map(|(borrowed, size)| borrowed.irregular_at(*size))
            .collect();
        let twelfth = 1.0 / MONTHS as f64;
        let covariance = Array2::from_shape_fn((n * leaves, n * leaves), |(a, b)| {
            let ((i, t), (j, u)) = ((a / n, a % n), (b / n, b % n));
            let (left, right) = (&self.borrowed[i], &self.borrowed[j]);
            let season = f64::from(u8::from(of_year[t] == of_year[u])) - twelfth;
            let holiday: f64 = (0..HOLIDAY).map(|c| rows[t][c] * rows[u][c]).sum();
            // What is borrowed as it is, and what a rough series has more of.
            let shared = left.season_spread * right.season_spread * season
                + left.follows.1 * right.follows.1 * indicated[i][t] * indicated[j][u]
                + NEW_YEAR_SPREAD.powi(2) * holiday;
            let rough = GROWTH.1.powi(2) * years(t) * years(u)
                + left.walk * right.walk * (t.min(u) + 1) as f64
                + irregular[i] * irregular[j] * PERSISTENCE.powi(t.abs_diff(u) as i32);
            let own = i == j;
            let together = if own { 1.0 } else { TOGETHER };
            together * (shared + scale * scale * rough) + if own { LEVEL * LEVEL } else { 0.0 }
        });
        PathPrior { mean, covariance }
    }

    /// What each leaf is worth a year in US dollars, from the last twelve months of a path.
    fn sizes(&self, path: &Array1<f64>) -> Vec<Option<f64>> {
        let n = self.months();
        let from = n.saturating_sub(MONTHS);
        let month = |t: usize| self.window.first().plus(i32::try_from(t).unwrap_or(0));
        let usd = |t: usize| {
            if self.home() == Currency::USD {
                return Some(1.0);
            }
            // Months ahead have no rate yet: the latest one will do for a size.
            (0..=t)
                .rev()
                .find_map(|t| (self.rate)(Currency::USD, month(t)))
        };
        (0..self.system.leaves.len())
            .map(|leaf| {
                (from..n)
                    .map(|t| Some(path[leaf * n + t].exp() / usd(t)?))
                    .sum()
            })
            .collect()
    }

    fn joint(&self, paths: &[Array1<f64>], entries: &[Entry<'_>], last: Month) -> JointDraws {
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
            let known = known(k, hierarchy.over_flows(k), entries);
            let ahead = usize::try_from(last.since(self.window.first()) + 1).unwrap_or(0);
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

/// Return the spans of series `node` whose levels are known: as published; as published growth implies
/// for the year before; of a sum of `parts` where all of them are known; and the rest of a span when
/// another one within it is subtracted.
fn known(node: usize, parts: &[Component], entries: &[Entry<'_>]) -> Vec<(Span, f64)> {
    let mut known: Vec<(Span, f64)> = Vec::new();
    let add = |known: &mut Vec<(Span, f64)>, span: Span, value: f64| {
        if !known.iter().any(|(s, _)| *s == span) {
            known.push((span, value));
        }
    };
    for (span, value) in published(node, entries) {
        add(&mut known, span, value);
    }
    if let [first, others @ ..] = parts {
        for (span, value) in published(first.part, entries) {
            let of = |Component { part, sign }: &Component| {
                let found = published(*part, entries)
                    .into_iter()
                    .find(|(s, _)| *s == span)?;
                Some(sign * found.1)
            };
            if let Some(rest) = others.iter().map(of).sum::<Option<f64>>() {
                add(&mut known, span, first.sign * value + rest);
            }
        }
    }
    for (whole, value) in known.clone() {
        for (part, of_part) in known.clone() {
            let rest = whole.len() - part.len();
            let rest = match (part.first() == whole.first(), part.last() == whole.last()) {
                (true, false) => Span::new(part.last().plus(1), rest),
                (false, true) => Span::new(whole.first(), rest),
                _ => None,
            };
            if let Some(rest) =
                rest.filter(|rest| whole.contains(rest.first()) && whole.contains(rest.last()))
            {
                add(&mut known, rest, value - of_part);
            }
        }
    }
    known
}

/// Levels of a series in its own currency: as published, and of the year before as published growth implies.
fn published(node: usize, entries: &[Entry<'_>]) -> Vec<(Span, f64)> {
    let of = |measure: FigureMeasure| {
        entries
            .iter()
            .filter(move |e| e.node == node && e.home && e.release.measure == measure)
            .map(|e| (e.release.span, e.release.value))
    };
    let levels: Vec<(Span, f64)> = of(FigureMeasure::Level).collect();
    let before = of(FigureMeasure::Growth).filter_map(|(span, growth)| {
        let (_, level) = levels.iter().find(|(s, _)| *s == span)?;
        Some((span.year_before(), level / (1.0 + growth)))
    });
    let before: Vec<_> = before.collect();
    levels.into_iter().chain(before).collect()
}

/// The weight of each scale: what the figures and the expectation say of it.
fn weigh(posteriors: &[ConditionedPath<'_>]) -> Vec<f64> {
    let logs: Vec<f64> = posteriors
        .iter()
        .zip(SCALES)
        .map(|(p, scale)| p.evidence - 0.5 * (scale.ln() / SCALE_SPREAD).powi(2))
        .collect();
    let top = logs.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    let raw: Vec<f64> = logs.iter().map(|v| (v - top).exp()).collect();
    let total: f64 = raw.iter().sum();
    // What hardly ever would be drawn is not drawn at all.
    let kept: Vec<f64> = raw
        .iter()
        .map(|w| if w / total < RARE { 0.0 } else { *w })
        .collect();
    let total: f64 = kept.iter().sum();
    kept.iter().map(|w| w / total).collect()
}

/// Draw `k`; `None` where no path is found.
fn one(
    posteriors: &[ConditionedPath<'_>],
    factors: &[Option<Array2<f64>>],
    weights: &[f64],
    seed: u64,
    k: u64,
) -> Option<Array1<f64>> {
    (0..PATIENCE).find_map(|attempt| {
        let own = seed ^ (k * PATIENCE + attempt + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut rng = Pcg64Mcg::seed_from_u64(own);
        let mut at: f64 = rng.random();
        let chosen = weights.iter().position(|w| {
            at -= w;
            at < 0.0
        });
        let chosen = chosen.or_else(|| weights.iter().rposition(|w| *w > 0.0))?;
        let (posterior, factor) = (&posteriors[chosen], factors[chosen].as_ref()?);
        let chi: f64 = (0..FREEDOM).map(|_| standard(&mut rng).powi(2)).sum();
        let tail = (FREEDOM as f64 / chi).sqrt();
        let normal =
            Array1::from_shape_simple_fn(posterior.mode.len(), || tail * standard(&mut rng));
        let within: Vec<f64> = (0..posterior.figures().len())
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        posterior.draw(factor, &normal, &within)
    })
}

/// Figures from which the draws' median lies further off than twice the rounding.
fn misfits(entries: &[Entry<'_>], paths: &[Array1<f64>]) -> Vec<ConflictingFigure> {
    entries
        .iter()
        .filter_map(|entry| {
            let mut stated: Vec<f64> = paths.iter().map(|p| entry.figure.stated(p).exp()).collect();
            let median = crate::models::seasonal::median(&mut stated);
            let off = (median / entry.figure.value - 1.0).abs();
            let shown = match entry.release.measure {
                FigureMeasure::Growth => median - 1.0,
                _ => median,
            };
            (off > 2.0 * entry.figure.slack + 1e-6).then(|| ConflictingFigure {
                release: entry.release.clone(),
                median: shown,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::DonorSeries;
    use crate::trade::Series;
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

    /// What would have been published about a monthly series at the end of month `k` of `year`: four years, the year to date, and its growth to a
    /// tenth of a percent.
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
        // The twelve bundled monthly series, known only by four years and a year to date; each borrows from the other eleven.
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
                    let lenders: Vec<DonorSeries<'_>> = panel
                        .iter()
                        .filter(|other| other.id() != series.id())
                        .map(|other| DonorSeries {
                            series: other.until(Month::new(year, k).unwrap()),
                            weight: 1.0,
                            size: None,
                        })
                        .collect();
                    let borrowed = [DonorPrior::of(&lenders)];
                    let spans = Disaggregation {
                        system: &system,
                        releases: &releases,
                        borrowed: &borrowed,
                        window,
                        rate: &rate,
                    };
                    let spread = spans.draw(200, 1).unwrap();
                    let base = series.sum(Span::year(year - 1)).unwrap();
                    let mut growth: Vec<f64> = spread
                        .joint
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
            "{all} origins: coverage {eighty:.3} / {ninety_five:.3}; mean error in points {:.2}, flat rest {:.2}, same growth {:.2}",
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
