//! What an import read: its quality, with the rows or a preview of them.

use super::line;
use super::quality::QualityJson;
use crate::ingest::ParsedFile;
use crate::ingest::figures::TIDY_COLUMNS;
use crate::ingest::quality::QualityReport;
use serde::{Serialize, Serializer};

/// The figures of a file that a preview has.
const FIGURES: usize = 10;

/// What is written beside the quality report.
#[derive(Debug)]
pub enum ImportContent<R> {
    /// Nothing.
    Report,
    /// The first rows of each file, and the sum of each year.
    Preview,
    /// All rows.
    Rows(R),
}

#[derive(Debug, Serialize)]
struct ImportJson<'a> {
    #[serde(flatten)]
    report: QualityJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<RowJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<PreviewJson>>,
}

/// An object with a text for each column.
#[derive(Debug)]
struct RowJson([String; TIDY_COLUMNS.len()]);

impl Serialize for RowJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(TIDY_COLUMNS.iter().zip(&self.0))
    }
}

#[derive(Debug, Serialize)]
struct PreviewJson {
    file: String,
    figures: usize,
    rows: Vec<RowJson>,
    year_totals: Vec<YearTotalJson>,
}

#[derive(Debug, Serialize)]
struct YearTotalJson {
    series: String,
    year: i32,
    months: usize,
    value: f64,
}

/// Render what was read of files.
pub fn import<R: Iterator<Item = [String; TIDY_COLUMNS.len()]>>(
    report: &QualityReport,
    files: &[ParsedFile],
    content: ImportContent<R>,
) -> String {
    let (rows, files) = match content {
        ImportContent::Report => (None, None),
        ImportContent::Preview => (None, Some(files.iter().map(preview).collect())),
        ImportContent::Rows(rows) => (Some(rows.map(RowJson).collect()), None),
    };
    line(&ImportJson {
        report: report.into(),
        rows,
        files,
    })
}

fn preview(file: &ParsedFile) -> PreviewJson {
    let figures = &file.figures;
    let first = figures.rows().iter().take(FIGURES);
    let totals = file.year_totals().into_iter();
    PreviewJson {
        file: file.file().display().to_string(),
        figures: figures.len(),
        rows: first.map(|row| RowJson(figures.tidy_row(row))).collect(),
        year_totals: totals
            .map(|total| YearTotalJson {
                series: total.key.to_string(),
                year: total.year,
                months: total.months,
                value: total.value,
            })
            .collect(),
    }
}
