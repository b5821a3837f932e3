//! The scores of a backtest, a row a score.

use crate::backtest::Score;
use crate::report::measures::sorted_scores;

/// The header of scores.
pub const BACKTEST_HEADER: [&str; 6] = ["series", "method", "origins", "months", "score", "value"];

/// Return a row for each score of a series and method, sorted by the name of the score.
pub fn backtest_rows(score: &Score) -> impl Iterator<Item = [String; 6]> {
    let series = score.series.clone().unwrap_or_default();
    let of_score = move |(name, value): (&str, f64)| {
        [
            series.clone(),
            score.method.name().to_owned(),
            score.origins.to_string(),
            score.months.to_string(),
            name.to_owned(),
            value.to_string(),
        ]
    };
    sorted_scores(score).into_iter().map(of_score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_score_is_a_row() {
        let mut lines = vec![BACKTEST_HEADER.join(",")];
        for score in example::scores() {
            lines.extend(backtest_rows(&score).map(|row| row.join(",")));
        }
        insta::assert_snapshot!(lines.join("\n"));
    }
}
