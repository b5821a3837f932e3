//! Months that two files give.

use super::finding::{QualityFinding, QualityIssue};
use super::levels::LevelTable;

/// Find the observations that two files give with the same day of release.
pub(super) fn find(levels: &LevelTable<'_>) -> Vec<QualityFinding> {
    let duplicates = levels.duplicates();
    duplicates
        .map(|(key, level, earlier)| {
            let value = level.value;
            QualityFinding {
                issue: QualityIssue::Duplicate,
                series: key.to_string(),
                period: level.span,
                size: value / earlier - 1.0,
                detail: if earlier == value {
                    "given twice with one value".to_owned()
                } else {
                    format!("given twice, {earlier} and {value}; the later file's is used")
                },
            }
        })
        .collect()
}
