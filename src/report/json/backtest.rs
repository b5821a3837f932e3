//! The scores of a method on one series, or over several.

use super::line;
use crate::backtest::Score;
use crate::report::measures::sorted_scores;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
struct ScoreJson<'a> {
    series: &'a str,
    method: &'static str,
    origins: usize,
    months: usize,
    scores: BTreeMap<&'a str, f64>,
}

/// Render the scores of a series and method.
pub fn score(score: &Score) -> String {
    line(&ScoreJson {
        series: score.series.as_deref().unwrap_or_default(),
        method: score.method.name(),
        origins: score.origins,
        months: score.months,
        scores: sorted_scores(score),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn scores_lie_by_name() {
        let lines: Vec<String> = example::scores().iter().map(score).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
