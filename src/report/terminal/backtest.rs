//! The scores of a backtest: a table of accuracy, and one of growth against its naives.

use crate::backtest::Score;
use crate::report::table::table;

/// The columns of the table of scores: a heading and the score below it.
const SCORES: [(&str, &str); 8] = [
    ("sMAPE", "smape"),
    ("MASE", "mase"),
    ("In 80 %", "coverage_80"),
    ("In 95 %", "coverage_95"),
    ("MSIS", "msis_95"),
    ("Month, pp", "growth_mae_month"),
    ("Year, pp", "growth_mae_year"),
    ("DM p", "dm_p_value"),
];

/// The columns of the table of growth: errors of the year's growth in percentage points, its two
/// naives, the Diebold–Mariano test against each, coverage.
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

/// Render scores for a terminal as two tables, a row for each series and method: accuracy, and
/// growth against its naives (no growth, and no change of growth).
pub fn backtest(scores: &[Score]) -> String {
    format!("{}\n{}", columns(scores, &SCORES), columns(scores, &GROWTH))
}

fn columns(scores: &[Score], columns: &[(&str, &str)]) -> String {
    let header: Vec<&str> = ["Series", "Method"]
        .into_iter()
        .chain(columns.iter().map(|(heading, _)| *heading))
        .collect();
    let right: Vec<usize> = (2..header.len()).collect();
    let row = |score: &Score| {
        let series = score.series.as_deref().unwrap_or("all series");
        let values = columns
            .iter()
            .map(|(_, name)| value(score.value(name), name));
        [series.to_owned(), score.method.name().to_owned()]
            .into_iter()
            .chain(values)
            .collect()
    };
    table(&header, &right, scores.iter().map(row))
}

/// Write a score: shares, scaled errors and probabilities to three decimals, others to two.
fn value(value: Option<f64>, name: &str) -> String {
    let fine = ["mase", "cov", "growth_cov"];
    match value {
        None => "–".to_owned(),
        Some(value)
            if fine.iter().any(|start| name.starts_with(start)) || name.ends_with("_p_value") =>
        {
            format!("{value:.3}")
        }
        Some(value) => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn scores_are_two_tables() {
        insta::assert_snapshot!(backtest(&example::scores()));
    }
}
