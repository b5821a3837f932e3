//! The scores of a backtest: a table of accuracy, and one of growth against its naives.

use super::wrap::paragraph;
use crate::backtest::gate_result::GateResult;
use crate::backtest::{Score, ScoreName};
use crate::report::table::table;

/// The columns of the table of scores: a heading and the score below it.
const SCORES: [(&str, &str); 10] = [
    ("Origins", "origins"),
    ("Months", "months"),
    ("sMAPE, %", "smape"),
    ("MASE", "mase"),
    ("In 80 %", "coverage_80"),
    ("In 95 %", "coverage_95"),
    ("MSIS", "msis_95"),
    ("Month, pp", "growth_mae_month"),
    ("Year, pp", "growth_mae_year"),
    ("DM p", "dm_p_value"),
];

/// What the columns of scores mean.
const SCORES_LEGEND: &str = "\
Origins, Months: forecasts that were scored, and their months. sMAPE: error in percent of the \
figures; MASE: error in units of the usual change in twelve months. In 80 %, In 95 %: share of \
months inside the interval, best at 80 and 95 %. MSIS: width of the 95 % interval and what lies \
outside it. Month, Year: error of growth on the year before, in percentage points (pp). DM p: \
probability of such a difference if the seasonal naive were as good (Diebold–Mariano). Of all but \
the shares less is better. –: not measured, or too few origins for a test.";

/// The columns of the table of growth: errors of the year's growth in percentage points, its two
/// naives, the Diebold–Mariano test against each, coverage.
const GROWTH: [(&str, &str); 10] = [
    ("Year, pp", "growth_mae_year"),
    ("No growth, pp", "growth_mae_year_zero"),
    ("DM p", "growth_dm_year_zero_p_value"),
    ("No change, pp", "growth_mae_year_no_change"),
    ("DM p", "growth_dm_year_no_change_p_value"),
    ("Year in 80 %", "growth_coverage_80_year"),
    ("95 %", "growth_coverage_95_year"),
    ("To date, pp", "growth_mae_year_to_date"),
    ("To date in 80 %", "growth_coverage_80_year_to_date"),
    ("95 %", "growth_coverage_95_year_to_date"),
];

/// What the columns of growth mean.
const GROWTH_LEGEND: &str = "\
Year: error of the calendar year's growth, in percentage points (pp). No growth, No change: the \
same error of the forecasts that the year before repeats itself and that growth stays as last \
known, each with the probability of such a difference by chance (DM p). Year in 80 %: share of \
years inside the interval. To date: growth of January to the month.";

/// Render scores for a terminal as two tables, a row for each series and method: accuracy, and
/// growth against its naives (no growth, and no change of growth), each with the meaning of its
/// columns.
pub fn backtest(scores: &[Score]) -> String {
    format!(
        "{}\n{}\n{}\n{}",
        columns(scores, &SCORES),
        paragraph(SCORES_LEGEND),
        columns(scores, &GROWTH),
        paragraph(GROWTH_LEGEND)
    )
}

/// Render the results of gates for a terminal, a row each.
pub fn gates(results: &[GateResult]) -> String {
    let row = |of: &GateResult| {
        vec![
            of.name.clone(),
            value(of.value, &of.score),
            of.bounds.clone(),
            of.outcome.name().replace('_', " "),
        ]
    };
    let header = ["Gate", "Value", "Allowed", "Result"];
    table(&header, &[1], results.iter().map(row))
}

/// Render the names of scores and what they mean, a row each.
pub fn score_names(names: &[ScoreName]) -> String {
    let row = |of: &ScoreName| vec![of.name.clone(), of.meaning.clone()];
    table(&["Score", "Meaning"], &[], names.iter().map(row))
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
        Some(value) if name == "origins" || name == "months" => format!("{value}"),
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

    #[test]
    fn a_gate_is_a_row() {
        insta::assert_snapshot!(gates(&example::gates()));
    }
}
