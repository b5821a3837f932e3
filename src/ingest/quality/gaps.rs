//! Missing months within a series.

use super::finding::{QualityFinding, QualityIssue};
use super::months::SeriesMonth;
use crate::ingest::grid::LONGEST_GAP;
use crate::trade::Span;

/// Find the gaps next to at least one new month.
pub(super) fn find(series: &str, months: &[SeriesMonth]) -> Vec<QualityFinding> {
    let gap = |pair: &[SeriesMonth]| {
        if !pair.iter().any(|m| m.is_new) {
            return None;
        }
        let (before, after) = (pair[0].month, pair[1].month);
        let missing = after.since(before) - 1;
        if missing == 0 {
            return None;
        }
        let first = before.plus(1);
        let end = if missing > LONGEST_GAP {
            "; the figures before are another series"
        } else {
            ""
        };
        Some(QualityFinding {
            issue: QualityIssue::Gap,
            series: series.to_owned(),
            // A span cannot be as long as the longest possible gap.
            period: Span::new(first, missing).unwrap_or(Span::month(first)),
            size: f64::from(missing),
            detail: format!(
                "{missing} months without a figure, {first} to {}{end}",
                after.plus(-1)
            ),
        })
    };
    months.windows(2).filter_map(gap).collect()
}
