//! The response to delivered figures: what was committed, the refusals and the quality report.

use crate::ingest::invalid_rows::{MOST_FIGURES, MOST_LISTED, TOO_MANY};
use crate::ingest::quality::{QualityIssue, QualityReport};
use crate::ingest::{IngestError, Refusal, explained, shown};
use crate::service::compute::ComputeError;
use crate::service::telemetry::WrittenNote;
use crate::service::{ServiceError, pb};
use crate::store::CommitOutcome;
use prost::Message;

/// The most refusals, and the most findings, in an answer: more would not be read.
const MOST: usize = MOST_LISTED;
/// The most bytes of the refusals, and of the findings, in an answer. Both leave much of the 4 MiB
/// that clients accept by default: a commit must not end in an answer that is too large.
const MOST_BYTES: usize = 1 << 20;

/// The outcome of a call that delivers figures.
pub(super) struct IngestOutcome {
    pub(super) committed: CommitOutcome,
    pub(super) refusals: Vec<pb::RowRefusal>,
    pub(super) refusals_left_out: u64,
    pub(super) quality: Option<pb::QualityReport>,
}

impl IngestOutcome {
    /// Return what the audit log notes of it.
    pub(super) fn note(&self) -> WrittenNote {
        WrittenNote {
            version: self.committed.version,
            figures: self.committed.figures,
        }
    }

    /// Return the outcome of a call that commits nothing; `left_out` refusals are not listed.
    pub(super) fn refused(refusals: &[Refusal], left_out: u64) -> Self {
        let (refusals, cut) = bounded(refusals.iter().map(row_refusal));
        Self {
            committed: CommitOutcome {
                version: 0,
                figures: 0,
                repeated: false,
            },
            refusals,
            refusals_left_out: left_out + cut,
            quality: None,
        }
    }
}

/// Return the error for a file that cannot be read as a whole. It names no file: the file waits
/// under a temporary name.
pub(super) fn file_error(error: IngestError) -> ServiceError {
    match error {
        IngestError::Refused(refusal) if refusal.expected == TOO_MANY => {
            too_much("content", format!("at most {MOST_FIGURES} figures"))
        }
        IngestError::Refused(refusal) | IngestError::Unmapped { refusal, .. } => {
            let column = refusal.column.map(|column| shown(&column).to_string());
            let value = refusal.value;
            let value = value.map(|value| format!("value `{}`", shown(&value)));
            let of: Vec<String> = column.into_iter().chain(value).collect();
            let colon = if of.is_empty() { "" } else { ": " };
            let of = of.join(", ");
            let expected = explained(&refusal.expected);
            field("content", &format!("{of}{colon}{expected}"))
        }
        IngestError::Format { format, reason, .. } => {
            let reason = explained(&reason);
            field("content", &format!("not readable as {format}: {reason}"))
        }
        IngestError::Io { source, .. } => disk_error(&source),
    }
}

/// Return the error for a field that cannot be used.
pub(super) fn field(field: &'static str, reason: &str) -> ServiceError {
    ServiceError::Field {
        field,
        reason: reason.to_owned(),
    }
}

/// Return the error for a field that brings more than `most` in one call.
pub(super) fn too_much(field: &'static str, most: String) -> ServiceError {
    ServiceError::TooMuch { field, most }
}

/// Return the error for a disk that cannot hold the uploaded files.
pub(super) fn disk_error(error: &std::io::Error) -> ServiceError {
    tracing::error!(cause = %error, "a file cannot be kept while it is read");
    ComputeError.into()
}

impl From<QualityReport> for pb::QualityReport {
    fn from(quality: QualityReport) -> Self {
        let left_out = quality
            .left_out
            .iter()
            .map(|(reason, rows)| pb::ExcludedRows {
                reason: (*reason).to_owned(),
                rows: *rows,
            });
        let columns = quality.columns_left_out.iter().take(MOST);
        let columns = columns.map(|name| shown(name).to_string());
        let findings = quality.findings.into_iter();
        let (findings, cut) = bounded(findings.map(|finding| pb::QualityFinding {
            issue: pb::QualityIssue::from(finding.issue).into(),
            series: finding.series,
            period: finding.period.to_string(),
            size: finding.size,
            // It may hold names that the figures came with.
            detail: explained(&finding.detail).to_string(),
        }));
        Self {
            figures: quality.figures as u64,
            series: quality.series as u64,
            excluded: left_out.collect(),
            findings,
            findings_left_out: cut,
            columns_left_out: columns.collect(),
        }
    }
}

impl From<QualityIssue> for pb::QualityIssue {
    fn from(issue: QualityIssue) -> Self {
        match issue {
            QualityIssue::Gap => Self::Gap,
            QualityIssue::Duplicate => Self::Duplicate,
            QualityIssue::UnitJump => Self::UnitJump,
            QualityIssue::Cumulative => Self::Cumulative,
            QualityIssue::GrowthMismatch => Self::GrowthMismatch,
            QualityIssue::Incoherent => Self::Incoherent,
            QualityIssue::Mirror => Self::Mirror,
            QualityIssue::Outlier => Self::Outlier,
            QualityIssue::LevelShift => Self::LevelShift,
            QualityIssue::Undecidable => Self::Undecidable,
            QualityIssue::Revision => Self::Revision,
            QualityIssue::OtherSource => Self::OtherSource,
        }
    }
}

/// Return a refusal, cut and escaped as people see it elsewhere.
fn row_refusal(refusal: &Refusal) -> pb::RowRefusal {
    let cut = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        shown(text).to_string()
    };
    pb::RowRefusal {
        row: refusal.row.unwrap_or(0),
        field: cut(&refusal.column),
        value: cut(&refusal.value),
        expected: explained(&refusal.expected).to_string(),
        sheet: cut(&refusal.sheet),
    }
}

/// Return as many of `all`, from the first on, as an answer may hold, and how many are cut.
fn bounded<T: Message>(all: impl ExactSizeIterator<Item = T>) -> (Vec<T>, u64) {
    let of = all.len();
    let mut bytes = 0;
    let fits = |one: &T| {
        bytes += one.encoded_len();
        bytes <= MOST_BYTES
    };
    let listed: Vec<T> = all.take(MOST).take_while(fits).collect();
    let cut = of - listed.len();
    (listed, cut as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use tonic::Status;

    fn refusal(value: String, expected: String) -> Refusal {
        Refusal {
            file: PathBuf::from("f.csv"),
            sheet: None,
            row: Some(2),
            column: Some("y\u{1b}".repeat(5_000)),
            value: Some(value),
            expected,
        }
    }

    #[test]
    fn a_refusal_is_cut_and_escaped() {
        let long = refusal("\u{7}".to_owned() + &"1".repeat(10_000), "e".repeat(9_000));
        let row = row_refusal(&long);
        assert_eq!(row.row, 2);
        assert_eq!(row.field, "y\\u{1b}".repeat(40) + "…");
        assert_eq!(row.value, format!("\\u{{7}}{}…", "1".repeat(79)));
        assert_eq!(row.expected, "e".repeat(2_000) + "…");
        let of = |error: IngestError| match file_error(error) {
            ServiceError::Field { field, reason } => (field, reason),
            other => panic!("expected a field, not {other}"),
        };
        let whole = Refusal {
            row: None,
            column: None,
            ..refusal("x".repeat(200_000), "expected a number".to_owned())
        };
        let reason = format!("value `{}…`: expected a number", "x".repeat(80));
        assert_eq!(of(whole.into()), ("content", reason));
        let malformed = IngestError::Format {
            file: PathBuf::from("f.json"),
            format: "JSON",
            reason: "r".repeat(200_000),
        };
        let reason = format!("not readable as JSON: {}…", "r".repeat(2_000));
        assert_eq!(of(malformed), ("content", reason));
    }

    #[test]
    fn a_file_of_too_many_figures_exceeds_the_limit_of_a_call() {
        let whole = Refusal {
            row: None,
            column: None,
            value: None,
            ..refusal(String::new(), TOO_MANY.to_owned())
        };
        let status = Status::from(file_error(whole.into()));
        assert_eq!(
            (status.code(), status.message()),
            (
                tonic::Code::ResourceExhausted,
                "content: expected at most 5000000 figures in one call"
            )
        );
    }

    #[test]
    fn an_answer_has_bounds_in_numbers_and_in_bytes() {
        let short = vec![refusal("1".to_owned(), "expected a number".to_owned()); 1007];
        let outcome = IngestOutcome::refused(&short, 5);
        assert_eq!(
            (outcome.refusals.len(), outcome.refusals_left_out),
            (1000, 12)
        );
        // The largest refusals: characters of four bytes, and names that are escaped.
        let long = "𐍈".repeat(3_000);
        let long = vec![refusal(long.clone(), long); 1000];
        let outcome = IngestOutcome::refused(&long, 0);
        let bytes: usize = outcome.refusals.iter().map(Message::encoded_len).sum();
        assert!(bytes <= MOST_BYTES && outcome.refusals.len() > 100);
        let listed = outcome.refusals.len() as u64;
        assert_eq!(listed + outcome.refusals_left_out, 1000);
    }
}
