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

/// A table of scores, a row a series and method, the mean over all last.
pub fn text(rows: &[ScoreRow]) -> String {
    let header: Vec<&str> = ["Series", "Method"]
        .into_iter()
        .chain(COLUMNS.map(|(heading, _)| heading))
        .collect();
    let right: Vec<usize> = (2..header.len()).collect();
    let number = |value: Option<&f64>, name: &str| match value {
        None => "–".to_owned(),
        Some(value)
            if name.starts_with("mase") || name.starts_with("cov") || name.starts_with("dm") =>
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
        let scores = COLUMNS
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
