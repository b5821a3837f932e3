//! The quality report of an import.

use crate::ingest::quality::{QualityFinding, QualityReport};
use serde::Serialize;
use std::collections::BTreeSet;

/// A quality report, as a part of another view.
#[derive(Debug, Clone, Serialize)]
pub struct QualityJson<'a> {
    figures: usize,
    series: usize,
    left_out: Vec<ExcludedJson>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    columns_left_out: &'a BTreeSet<String>,
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
            columns_left_out: &report.columns_left_out,
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
