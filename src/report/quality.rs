//! The quality of an import, for people and programs.

use super::table::{cut, table};
use crate::ingest::quality::{QualityFinding, QualityReport};
use serde::Serialize;

/// How many refused rows, and how many findings of a kind, a terminal is told.
const MOST_REFUSED: usize = 100;
const MOST_FOUND: usize = 20;

/// A finding.
#[derive(Debug, Clone, Serialize)]
pub struct FindingRow {
    /// What it is: `gap`, `duplicate`, `unit jump`, `does not add up`, `mirror asymmetry`, `outlier`, `level shift`, `undecidable`, `revision`, `other source`.
    pub finding: &'static str,
    /// The series.
    pub series: String,
    /// The period that it starts with.
    pub period: String,
    /// Its size: see [`crate::ingest::quality::QualityFinding::size`].
    pub size: f64,
    /// The finding in words.
    pub detail: String,
}

/// Rows left out.
#[derive(Debug, Clone, Serialize)]
pub struct LeftOutRow {
    /// Why.
    pub reason: &'static str,
    /// How many.
    pub rows: u64,
}

/// The report.
#[derive(Debug, Clone, Serialize)]
pub struct QualityView {
    /// Figures taken.
    pub figures: usize,
    /// Their series.
    pub series: usize,
    /// Rows left out on purpose.
    pub left_out: Vec<LeftOutRow>,
    /// Rows refused, each with its place and what was expected.
    pub refused: Vec<String>,
    /// What is odd.
    pub findings: Vec<FindingRow>,
}

impl From<&QualityReport> for QualityView {
    fn from(quality: &QualityReport) -> Self {
        let row = |finding: &QualityFinding| FindingRow {
            finding: finding.issue.word(),
            series: finding.series.clone(),
            period: finding.period.to_string(),
            size: finding.size,
            detail: finding.detail.clone(),
        };
        Self {
            figures: quality.figures,
            series: quality.series,
            left_out: quality
                .left_out
                .iter()
                .map(|(reason, rows)| LeftOutRow {
                    reason,
                    rows: *rows,
                })
                .collect(),
            refused: quality.refused.clone(),
            findings: quality.findings.iter().map(row).collect(),
        }
    }
}

impl QualityView {
    /// The report for a terminal: of each kind of finding the first, and how many more there are.
    pub fn text(&self) -> String {
        let mut text = format!("{} figures of {} series\n", self.figures, self.series);
        for left in &self.left_out {
            text += &format!("left out {} rows: {}\n", left.rows, left.reason);
        }
        for refused in self.refused.iter().take(MOST_REFUSED) {
            text += &format!("refused {refused}\n");
        }
        if let Some(more @ 1..) = self.refused.len().checked_sub(MOST_REFUSED) {
            text += &format!("refused {more} more rows\n");
        }
        if self.findings.is_empty() {
            text += "nothing odd\n";
            return text;
        }
        // Findings lie kind by kind.
        let kinds = self.findings.chunk_by(|a, b| a.finding == b.finding);
        let rows = kinds
            .clone()
            .flat_map(|kind| &kind[..kind.len().min(MOST_FOUND)]);
        let cells = rows.map(|row| {
            vec![
                row.finding.to_owned(),
                row.series.clone(),
                row.period.clone(),
                cut(&row.detail, 96),
            ]
        });
        text += &table(&["Finding", "Series", "From", "What"], &[], cells);
        for kind in kinds {
            if let Some(more @ 1..) = kind.len().checked_sub(MOST_FOUND) {
                text += &format!("\n{more} more: {}", kind[0].finding);
            }
        }
        text.push('\n');
        text
    }
}
