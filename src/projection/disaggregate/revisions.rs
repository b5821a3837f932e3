//! How much published figures are revised, learned from the figures themselves: a cumulative holds
//! all revisions so far, a month as first printed holds none, and published growth has a revised
//! base.

use crate::projection::disaggregate::used_figure::UsedFigure;
use crate::trade::release::FigureMeasure;
use crate::trade::{Currency, Release, Span};
use std::collections::BTreeMap;

/// The prior standard deviation of a month's revision, as a share of the month, and the number of
/// months that it counts for.
const REVISION: (f64, f64) = (0.003, 6.0);
/// The smallest and the largest standard deviation of a month's revision.
const BOUNDS: (f64, f64) = (0.0005, 0.05);

/// A series in one currency: node of the system, currency.
type Place = (usize, Currency);

/// Revisions of the levels of each series.
pub(super) struct RevisionNoise {
    /// The standard deviation of a month's revision.
    of_month: BTreeMap<Place, f64>,
    /// The last month of the year to date that was published last, for each calendar year, of
    /// levels and of growth.
    reach: BTreeMap<(Place, FigureMeasure, i32), Span>,
    /// The largest revision of the levels of a year that the growth published a year later shows.
    of_year: BTreeMap<(usize, i32), f64>,
}

impl RevisionNoise {
    /// Learn from `figures`.
    pub(super) fn of(figures: &[UsedFigure<'_>]) -> Self {
        let place = |figure: &UsedFigure<'_>| (figure.node, figure.release.key.unit);
        let mut levels: BTreeMap<(Place, Span), f64> = BTreeMap::new();
        let mut reach: BTreeMap<(Place, FigureMeasure, i32), Span> = BTreeMap::new();
        for figure in figures
            .iter()
            .filter(|figure| !figure.release.is_mirrored())
        {
            let span = figure.release.span;
            if figure.release.measure == FigureMeasure::Level {
                levels.insert((place(figure), span), figure.release.value);
            }
            if span.first().of_year() == 1 && span.len() <= 12 {
                let year = span.first().year();
                let reach = reach
                    .entry((place(figure), figure.release.measure, year))
                    .or_insert(span);
                if span.len() > reach.len() {
                    *reach = span;
                }
            }
        }
        // What a table revised: its cumulative less the one before and less its own month.
        let mut revised: BTreeMap<Place, (f64, f64)> = BTreeMap::new();
        for ((place, span), level) in &levels {
            if span.first().of_year() != 1 || !(2..=12).contains(&span.len()) {
                continue;
            }
            let month = Span::month(span.last());
            let before = Span::year_to_date(span.last().back(1));
            let known = |span: Span| levels.get(&(*place, span));
            if let Some((month, before)) = known(month).zip(known(before)) {
                let share = (level - before - month) / month;
                let sum = revised.entry(*place).or_default();
                *sum = (sum.0 + share * share, sum.1 + 1.0);
            }
        }
        let deviation = |(squares, count): (f64, f64)| {
            let (prior, weight) = REVISION;
            let variance = (weight * prior * prior + squares) / (weight + count);
            variance.sqrt().clamp(BOUNDS.0, BOUNDS.1)
        };
        Self {
            of_month: revised
                .into_iter()
                .map(|(k, v)| (k, deviation(v)))
                .collect(),
            of_year: revised_years(figures, &levels),
            reach,
        }
    }

    /// Return the standard deviation of the logarithm of a figure that a later one has superseded;
    /// zero for the latest one.
    pub(super) fn noise(&self, node: usize, release: &Release) -> f64 {
        let place = (node, release.key.unit);
        let (span, year) = (release.span, release.span.first().year());
        let reach = self.reach.get(&(place, release.measure, year));
        let superseded = reach.is_some_and(|reach| {
            *reach != span && reach.contains(span.first()) && reach.contains(span.last())
        });
        if !superseded {
            return 0.0;
        }
        let month = self.of_month.get(&place).copied().unwrap_or(REVISION.0);
        month / f64::from(span.len())
    }

    /// Return by how much, as a share, a level may have been revised since, as the growth of the
    /// year after shows.
    ///
    /// The growth rate knows the revised base, the levels do not. All levels of that series and
    /// year are then only as certain as the revision is large.
    pub(super) fn base_slack(&self, node: usize, release: &Release) -> f64 {
        let year = (node, release.span.first().year());
        match release.measure {
            FigureMeasure::Level => self.of_year.get(&year).copied().unwrap_or(0.0),
            _ => 0.0,
        }
    }
}

/// Return the largest difference, as a share, between the levels of a year and those that the
/// growth of the year after implies, where it lies beyond rounding.
fn revised_years(
    figures: &[UsedFigure<'_>],
    levels: &BTreeMap<((usize, Currency), Span), f64>,
) -> BTreeMap<(usize, i32), f64> {
    let mut revised: BTreeMap<(usize, i32), f64> = BTreeMap::new();
    let slack: BTreeMap<(usize, Currency, Span), f64> = figures
        .iter()
        .filter(|figure| figure.release.measure == FigureMeasure::Level)
        .map(|f| {
            (
                (f.node, f.release.key.unit, f.release.span),
                f.observed.slack,
            )
        })
        .collect();
    for figure in figures {
        let (release, span) = (figure.release, figure.release.span);
        if release.measure != FigureMeasure::Growth || release.is_mirrored() {
            continue;
        }
        let level = |span: Span| {
            let value = levels.get(&((figure.node, release.key.unit), span))?;
            Some((*value, slack[&(figure.node, release.key.unit, span)]))
        };
        let Some(((now, a), (before, b))) = level(span).zip(level(span.year_before())) else {
            continue;
        };
        let off = (now / figure.observed.value / before - 1.0).abs();
        if off > a + b + figure.observed.slack {
            let year = span.year_before().first().year();
            let most = revised.entry((figure.node, year)).or_default();
            *most = most.max(off);
        }
    }
    revised
}
