//! The quality report of an import.

use super::wrap::fit;
use crate::ingest::quality::QualityReport;
use crate::report::table::{cut, table};

/// Largest number of refused rows that are shown.
const MOST_REFUSED: usize = 100;
/// Largest number of findings of a kind that are shown.
const MOST_FOUND: usize = 20;
/// Largest width of the names of columns, in characters.
const COLUMNS_WIDTH: usize = 400;
/// Largest width of the description of a finding, in characters.
const DETAIL_WIDTH: usize = 96;

/// Render a quality report for a terminal: the first findings of each kind, and how many more
/// there are.
pub fn quality_report(report: &QualityReport) -> String {
    let mut text = format!("{} figures of {} series\n", report.figures, report.series);
    for (reason, rows) in &report.left_out {
        let word = if *rows == 1 { "row" } else { "rows" };
        text += &format!("excluded {rows} {word}: {reason}\n");
    }
    if !report.columns_left_out.is_empty() {
        let names: Vec<&str> = report.columns_left_out.iter().map(String::as_str).collect();
        let names = cut(&names.join(", "), COLUMNS_WIDTH);
        text += &format!("columns not read: {names}\n");
    }
    for refused in report.refused.iter().take(MOST_REFUSED) {
        text += &format!("refused {refused}\n");
    }
    if let Some(more @ 1..) = report.refused.len().checked_sub(MOST_REFUSED) {
        let word = if more == 1 { "row" } else { "rows" };
        text += &format!("refused {more} more {word}\n");
    }
    if report.findings.is_empty() {
        text += "no findings\n";
        return fit(&text);
    }
    // Findings are sorted by kind.
    let kinds = report.findings.chunk_by(|a, b| a.issue == b.issue);
    let shown = kinds
        .clone()
        .flat_map(|kind| &kind[..kind.len().min(MOST_FOUND)]);
    let cells = shown.map(|finding| {
        vec![
            finding.issue.word().to_owned(),
            finding.series.clone(),
            finding.period.words(),
            cut(&finding.detail, DETAIL_WIDTH),
        ]
    });
    text += &table(&["Finding", "Series", "From", "What"], &[], cells);
    for kind in kinds {
        if let Some(more @ 1..) = kind.len().checked_sub(MOST_FOUND) {
            text += &format!("\n{more} more: {}", kind[0].issue.word());
        }
    }
    text.push('\n');
    fit(&text)
}
