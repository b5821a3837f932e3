//! The quality of an import, for people and programs.

use super::table::{cut, table};
use crate::ingest::quality::{Finding, Quality};
use serde::Serialize;

/// A finding.
#[derive(Debug, Clone, Serialize)]
pub struct FindingRow {
    /// What it is: `gap`, `duplicate`, `unit jump`, `does not add up`, `mirror asymmetry`, `outlier`, `level shift`, `undecidable`, `revision`.
    pub finding: &'static str,
    /// The series.
    pub series: String,
    /// The period that it starts with.
    pub period: String,
    /// Its size: see [`crate::ingest::quality::Finding::size`].
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
pub struct QualityReport {
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

impl From<&Quality> for QualityReport {
    fn from(quality: &Quality) -> Self {
        let row = |finding: &Finding| FindingRow {
            finding: finding.oddity.word(),
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

impl QualityReport {
    /// The report for a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("{} figures of {} series\n", self.figures, self.series);
        for left in &self.left_out {
            text += &format!("left out {} rows: {}\n", left.rows, left.reason);
        }
        for refused in &self.refused {
            text += &format!("refused {refused}\n");
        }
        if self.findings.is_empty() {
            text += "nothing odd\n";
            return text;
        }
        let rows = self.findings.iter().map(|row| {
            vec![
                row.finding.to_owned(),
                row.series.clone(),
                row.period.clone(),
                cut(&row.detail, 96),
            ]
        });
        text += &table(&["Finding", "Series", "From", "What"], &[], rows);
        text.push('\n');
        text
    }
}
