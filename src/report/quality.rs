//! The quality report of an import, as JSON and for a terminal.

use super::table::{cut, table};
use crate::ingest::quality::{QualityFinding, QualityReport};
use serde::Serialize;

/// Largest number of refused rows that a terminal shows.
const MOST_REFUSED: usize = 100;
/// Largest number of findings of a kind that a terminal shows.
const MOST_FOUND: usize = 20;
/// Largest width of the description of a finding on a terminal, in characters.
const DETAIL_WIDTH: usize = 96;

/// JSON form of a quality report.
#[derive(Debug, Clone, Serialize)]
pub struct QualityJson<'a> {
    figures: usize,
    series: usize,
    left_out: Vec<ExcludedJson>,
    refused: &'a [String],
    findings: Vec<FindingJson<'a>>,
}

#[derive(Debug, Clone, Serialize)]
struct ExcludedJson {
    reason: &'static str,
    rows: u64,
}

#[derive(Debug, Clone, Serialize)]
struct FindingJson<'a> {
    finding: &'static str,
    series: &'a str,
    period: String,
    size: f64,
    detail: &'a str,
}

impl<'a> From<&'a QualityReport> for QualityJson<'a> {
    fn from(report: &'a QualityReport) -> Self {
        let excluded = report.left_out.iter();
        Self {
            figures: report.figures,
            series: report.series,
            left_out: excluded
                .map(|(reason, rows)| ExcludedJson {
                    reason,
                    rows: *rows,
                })
                .collect(),
            refused: &report.refused,
            findings: report.findings.iter().map(FindingJson::from).collect(),
        }
    }
}

impl<'a> From<&'a QualityFinding> for FindingJson<'a> {
    fn from(finding: &'a QualityFinding) -> Self {
        Self {
            finding: finding.issue.word(),
            series: &finding.series,
            period: finding.period.to_string(),
            size: finding.size,
            detail: &finding.detail,
        }
    }
}

/// Render a report for a terminal: the first findings of each kind, and how many more there are.
pub fn text(report: &QualityReport) -> String {
    let mut text = format!("{} figures of {} series\n", report.figures, report.series);
    for (reason, rows) in &report.left_out {
        text += &format!("left out {rows} rows: {reason}\n");
    }
    for refused in report.refused.iter().take(MOST_REFUSED) {
        text += &format!("refused {refused}\n");
    }
    if let Some(more @ 1..) = report.refused.len().checked_sub(MOST_REFUSED) {
        text += &format!("refused {more} more rows\n");
    }
    if report.findings.is_empty() {
        text += "nothing odd\n";
        return text;
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
            finding.period.to_string(),
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
    text
}
