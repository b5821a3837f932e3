//! Months of a series from another source than the rest.

use super::finding::{QualityFinding, QualityIssue};
use super::levels::DeliveredLevel;

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
