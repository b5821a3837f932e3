//! The scores of a backtest: JSON objects, CSV rows, or a table.

use super::table::table;
use serde::Serialize;
use std::collections::BTreeMap;

/// How a method did on one series, or over all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreRow {
    /// The series; empty for the mean over all.
    pub series: String,
    /// The method.
    pub method: String,
    /// How many origins were scored.
    pub origins: i32,
    /// How many forecast months were compared.
    pub months: i32,
    /// The scores by name.
    pub scores: BTreeMap<String, f64>,
}

/// The columns of the table: a heading and the score under it.
const COLUMNS: [(&str, &str); 8] = [
    ("sMAPE", "smape"),
    ("MASE", "mase"),
    ("In 80 %", "coverage_80"),
    ("In 95 %", "coverage_95"),
    ("MSIS", "msis_95"),
    ("Month, pp", "growth_mae_month"),
    ("Year, pp", "growth_mae_year"),
    ("DM p", "dm_p_value"),
];

/// The columns of the table of growth: errors of the year's growth in percentage points, its two naives, Diebold–Mariano against each, coverage.
const GROWTH: [(&str, &str); 10] = [
    ("Year, pp", "growth_mae_year"),
    ("Zero", "growth_mae_year_zero"),
    ("DM p", "growth_dm_year_zero_p_value"),
    ("No change", "growth_mae_year_no_change"),
    ("DM p", "growth_dm_year_no_change_p_value"),
    ("Year 80 %", "growth_coverage_80_year"),
    ("95 %", "growth_coverage_95_year"),
    ("To date, pp", "growth_mae_year_to_date"),
    ("To date 80 %", "growth_coverage_80_year_to_date"),
    ("95 %", "growth_coverage_95_year_to_date"),
];

/// Two tables, a row a series and method, the mean over all last: scores, and growth against its naives (no growth, and no change of growth).
pub fn text(rows: &[ScoreRow]) -> String {
    format!(
        "{}\n{}",
        of_columns(rows, &COLUMNS),
        of_columns(rows, &GROWTH)
    )
}

fn of_columns(rows: &[ScoreRow], columns: &[(&str, &str)]) -> String {
    let header: Vec<&str> = ["Series", "Method"]
        .into_iter()
        .chain(columns.iter().map(|(heading, _)| *heading))
        .collect();
    let right: Vec<usize> = (2..header.len()).collect();
    let number = |value: Option<&f64>, name: &str| match value {
        None => "–".to_owned(),
        Some(value)
            if ["mase", "cov", "growth_cov"]
                .iter()
                .any(|n| name.starts_with(n))
                || name.ends_with("_p_value") =>
        {
            format!("{value:.3}")
        }
        Some(value) => format!("{value:.2}"),
    };
    let row = |row: &ScoreRow| {
        let series = if row.series.is_empty() {
            "all series"
        } else {
            &row.series
        };
        let scores = columns
            .iter()
            .map(|(_, name)| number(row.scores.get(*name), name));
        [series.to_owned(), row.method.clone()]
            .into_iter()
            .chain(scores)
            .collect()
    };
    table(&header, &right, rows.iter().map(row))
}

/// The header of the CSV form.
pub const CSV_HEADER: [&str; 6] = ["series", "method", "origins", "months", "score", "value"];

impl ScoreRow {
    /// One row a score.
    pub fn csv_rows(&self) -> impl Iterator<Item = [String; 6]> {
        let of_score = |(name, value): (&String, &f64)| {
            let (series, method) = (self.series.clone(), self.method.clone());
            [
                series,
                method,
                self.origins.to_string(),
                self.months.to_string(),
                name.clone(),
                value.to_string(),
            ]
        };
        self.scores.iter().map(of_score)
    }
}
