//! Figures as observed sums over the months of the leaves.

use crate::models::disaggregation::{ObservedSum, WeightedCells};
use crate::projection::disaggregate::disaggregation::Disaggregation;
use crate::projection::disaggregate::leaf_system::SignedSum;
use crate::trade::release::FigureMeasure;
use crate::trade::{Currency, Release, Span};
use std::collections::BTreeMap;

/// How far the exchange rate of a publisher may lie from the month's market mean, as a share, for a
/// level and for growth.
///
/// A figure in another currency was converted at the publisher's own rate. China's customs takes
/// the central parity of a day of the month before. In 2024 that lay 1.2 % from the market:
/// 674.15 bn yuan and 94.82 bn dollars are 7.110 a dollar, the mean of the market's months was
/// 7.197.
const OWN_RATE: (f64, f64) = (0.015, 0.006);

/// A figure that is used.
pub(super) struct UsedFigure<'a> {
    /// The place of its series among the nodes of the system.
    pub(super) node: usize,
    /// The figure as published.
    pub(super) release: &'a Release,
    /// The figure as a sum over cells.
    pub(super) observed: ObservedSum,
    /// Whether it is in the currency of the system.
    pub(super) own_currency: bool,
}

/// A figure that is not used.
#[derive(Debug, Clone, PartialEq)]
pub struct UnusedFigure {
    /// The figure.
    pub release: Release,
    /// Why it is not used.
    pub reason: &'static str,
}

impl Disaggregation<'_> {
    /// Return the figures that can be used, and those that cannot.
    pub(super) fn figures(&self) -> (Vec<UsedFigure<'_>>, Vec<UnusedFigure>) {
        let (mut used, mut unused) = (Vec::new(), Vec::new());
        for release in self.releases {
            let same = |node: &SignedSum| {
                let (a, b) = (&node.key, &release.key);
                (&a.reporter, &a.partner, a.flow, &a.product)
                    == (&b.reporter, &b.partner, b.flow, &b.product)
            };
            let Some(node) = self.system.nodes.iter().position(same) else {
                continue;
            };
            match self.observed(node, release) {
                Ok(observed) => used.push(UsedFigure {
                    node,
                    release,
                    own_currency: release.key.unit == self.currency(),
                    observed,
                }),
                // A figure before the window is only older.
                Err(_) if release.span.last() < self.window.first() => {}
                Err(reason) => unused.push(UnusedFigure {
                    release: (*release).clone(),
                    reason,
                }),
            }
        }
        (used, unused)
    }

    /// Return a figure as a sum over cells, or as the ratio of two sums; the reason where it cannot
    /// be used.
    fn observed(&self, node: usize, release: &Release) -> Result<ObservedSum, &'static str> {
        if release.is_bound() {
            return Err("a bound, not a figure");
        }
        let leaves = &self.system.nodes[node].leaves;
        if leaves.iter().any(|(_, weight)| *weight < 0.0) {
            return Err("a balance: only sums of flows count");
        }
        let foreign = release.key.unit != self.currency();
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

    /// Return the cells of a span, each divided by what one unit of its currency costs.
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
        let from = span.first().index_from(self.window.first()).unwrap_or(0);
        let mut cells = WeightedCells::new();
        for (k, month) in span.iter().enumerate() {
            let per = if unit == self.currency() {
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
}

/// Return the observed sums of `figures`, with more slack for levels that were revised.
///
/// Published growth may show that the levels of the year before have been revised since: the growth
/// rate knows the revised base, the levels do not. All levels of that series and year are then only
/// as certain as the revision is large.
pub(super) fn with_slack_for_revisions(figures: &[UsedFigure<'_>]) -> Vec<ObservedSum> {
    let level = |node: usize, span: Span, like: &Release| {
        figures.iter().position(|figure| {
            let release = figure.release;
            (figure.node, release.span) == (node, span)
                && release.measure == FigureMeasure::Level
                && release.key.unit == like.key.unit
        })
    };
    let mut observed: Vec<ObservedSum> = figures.iter().map(|f| f.observed.clone()).collect();
    // The largest revision of the levels of a series and year.
    let mut revisions: BTreeMap<(usize, i32), f64> = BTreeMap::new();
    for figure in figures
        .iter()
        .filter(|f| f.release.measure == FigureMeasure::Growth)
    {
        let (release, span) = (figure.release, figure.release.span);
        let now = level(figure.node, span, release);
        let before = level(figure.node, span.year_before(), release);
        if let Some((now, before)) = now.zip(before) {
            let (now, before) = (&observed[now], &observed[before]);
            let off = (now.value / figure.observed.value / before.value - 1.0).abs();
            if off > now.slack + before.slack + figure.observed.slack {
                let year = span.year_before().first().year();
                let most = revisions.entry((figure.node, year)).or_default();
                *most = most.max(off);
            }
        }
    }
    for (figure, sum) in figures.iter().zip(&mut observed) {
        let year = figure.release.span.first().year();
        if let Some(off) = revisions.get(&(figure.node, year))
            && figure.release.measure == FigureMeasure::Level
        {
            sum.slack = sum.slack.max(*off);
        }
    }
    observed
}
