//! Months of a series from another source than the rest, or of another edition of its
//! classification.

use super::finding::{QualityFinding, QualityIssue};
use super::levels::DeliveredLevel;
use crate::trade::basis::{BasisChanges, basis_at, describe_changes};
use crate::trade::{Basis, Flow, Month, Span};

/// Count the delivered months that are not from the source of the series: the `known` one, or else
/// that of its first delivered month. Sources that differ only in their digits, as those of a year
/// or a version, are the same.
pub(super) fn find(
    series: String,
    delivered: &[DeliveredLevel<'_>],
    known: &str,
) -> Option<QualityFinding> {
    let mut observed = delivered.iter().filter(|level| level.is_observation());
    let known = match known {
        "" => observed.find(|level| !level.source.is_empty())?.source,
        known => known,
    };
    let letters =
        |source: &str| -> String { source.chars().filter(|c| c.is_alphabetic()).collect() };
    let of_known = letters(known);
    // Months of one source follow each other, so that its letters are compared once.
    let runs = delivered.chunk_by(|a, b| a.source == b.source);
    let others = runs.filter(|run| {
        let of_run = letters(run[0].source);
        !of_run.is_empty() && of_run != of_known
    });
    let mut others = others.flatten().filter(|level| level.is_observation());
    let first = others.next()?;
    let count = 1 + others.count();
    Some(QualityFinding {
        issue: QualityIssue::OtherSource,
        series,
        period: first.span,
        size: count as f64,
        detail: format!(
            "months from `{}`: {count}; others are from `{known}`",
            first.source
        ),
    })
}

/// Find the first delivered month that is of another edition of the classification than the month
/// before it, delivered or `known`.
pub(super) fn edition_break(
    series: &str,
    flow: Flow,
    delivered: &[DeliveredLevel<'_>],
    known: &[(Month, Basis)],
) -> Option<QualityFinding> {
    let observed = |level: &&DeliveredLevel<'_>| level.is_observation();
    let first = delivered.iter().find(observed)?.span.first();
    let before = basis_at(known, first.plus(-1)).cloned();
    let mut changes: BasisChanges = before
        .map(|basis| (first.plus(-1), basis))
        .into_iter()
        .collect();
    for run in delivered.chunk_by(|a, b| a.source == b.source) {
        let Some(level) = run.iter().find(observed) else {
            continue;
        };
        // Another valuation is another source.
        let edition = Basis::of(flow, level.source).edition;
        let basis = Basis {
            edition,
            ..Basis::default()
        };
        changes.push((level.span.first(), basis));
    }
    let last = changes.last()?.0;
    let detail = describe_changes(&changes, last);
    let editions: Vec<_> = changes
        .iter()
        .filter(|(_, b)| b.edition.is_some())
        .collect();
    let other = editions
        .windows(2)
        .find(|of| of[0].1.edition != of[1].1.edition)?[1];
    let later = delivered.iter().filter(observed);
    let count = later.filter(|level| level.span.first() >= other.0).count();
    Some(QualityFinding {
        issue: QualityIssue::OtherSource,
        series: series.to_owned(),
        period: Span::month(other.0),
        size: count as f64,
        detail: detail.join("; "),
    })
}
