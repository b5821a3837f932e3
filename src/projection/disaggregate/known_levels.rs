//! Levels that figures state or imply.

use crate::projection::disaggregate::used_figure::UsedFigure;
use crate::trade::release::FigureMeasure;
use crate::trade::{Component, Span};
use std::collections::BTreeMap;

/// Return the spans of series `node` whose levels are known: as published; as published growth
/// implies for the year before; of a sum of `parts` where all of them are known; and the rest of a
/// span when another one within it is subtracted.
pub(super) fn known_levels(
    node: usize,
    parts: &[Component],
    figures: &[UsedFigure<'_>],
) -> Vec<(Span, f64)> {
    let mut known: BTreeMap<Span, f64> = BTreeMap::new();
    let add = |known: &mut BTreeMap<Span, f64>, span: Span, value: f64| {
        known.entry(span).or_insert(value);
    };
    for (span, value) in published_levels(node, figures) {
        add(&mut known, span, value);
    }
    if let [first, others @ ..] = parts {
        let levels = |part: &Component| {
            let mut levels = BTreeMap::new();
            for (span, value) in published_levels(part.part, figures) {
                add(&mut levels, span, value);
            }
            (part.part, levels)
        };
        let other_levels: BTreeMap<usize, BTreeMap<Span, f64>> =
            others.iter().map(levels).collect();
        for (span, value) in published_levels(first.part, figures) {
            let of = |Component { part, sign }: &Component| {
                Some(sign * other_levels.get(part)?.get(&span)?)
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
    known.into_iter().collect()
}

/// Return the levels of a series in its own currency: as published, and of the year before as
/// published growth implies.
fn published_levels(node: usize, figures: &[UsedFigure<'_>]) -> Vec<(Span, f64)> {
    let of = |measure: FigureMeasure| {
        figures
            .iter()
            .filter(move |f| f.node == node && f.own_currency && f.release.measure == measure)
            .map(|f| (f.release.span, f.release.value))
    };
    let levels: Vec<(Span, f64)> = of(FigureMeasure::Level).collect();
    let by_span: BTreeMap<Span, f64> = levels.iter().copied().collect();
    let before = of(FigureMeasure::Growth).filter_map(|(span, growth)| {
        let level = by_span.get(&span)?;
        Some((span.year_before(), level / (1.0 + growth)))
    });
    let before: Vec<_> = before.collect();
    levels.into_iter().chain(before).collect()
}
