//! The scores of a method on one series or over several, and the summary of a backtest.

use super::forecast::{FailureJson, failure_json};
use super::line;
use crate::backtest::gate_result::{GateOutcome, GateResult};
use crate::backtest::{BacktestRequest, Score, ScoreName};
use crate::pipeline::{SeriesFailure, percent};
use crate::report::Provenance;
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

#[derive(Debug, Serialize)]
struct BacktestSummaryJson<'a> {
    run: RunJson<'a>,
    gates: Vec<GateJson<'a>>,
    /// Whether every gate was passed, and no series that had to be scored failed; `null` without
    /// gates.
    passed: Option<bool>,
    failures: Vec<FailureJson<'a>>,
}

#[derive(Debug, Serialize)]
struct RunJson<'a> {
    #[serde(flatten)]
    provenance: &'a Provenance,
    horizon: usize,
    origins: usize,
    step: usize,
    methods: Vec<&'static str>,
    baseline: &'static str,
    levels: Vec<f64>,
    scored_origins: usize,
    scored_months: usize,
}

#[derive(Debug, Serialize)]
struct GateJson<'a> {
    series: &'a str,
    method: Option<&'a str>,
    score: &'a str,
    value: Option<f64>,
    at_most: Option<f64>,
    at_least: Option<f64>,
    origins: usize,
    months: usize,
    outcome: &'static str,
    name: &'a str,
    bounds: &'a str,
    reason: &'a str,
}

/// Render what a backtest was computed from and by, its gates, and the series without scores. It is
/// the last line. `is_complete` where every series that had to be scored was.
pub fn backtest_summary(
    request: &BacktestRequest,
    scores: &[Score],
    failures: &[SeriesFailure],
    gates: &[GateResult],
    is_complete: bool,
    provenance: &Provenance,
) -> String {
    let all = scores.iter().filter(|score| score.series.is_none());
    let most = |of: fn(&Score) -> usize| all.clone().map(of).max().unwrap_or(0);
    line(&BacktestSummaryJson {
        run: RunJson {
            provenance,
            horizon: request.horizon(),
            origins: request.origins(),
            step: request.step(),
            methods: request.methods().iter().map(|of| of.name()).collect(),
            baseline: request.baseline().name(),
            levels: request.levels().iter().map(|of| percent(*of)).collect(),
            scored_origins: most(|score| score.origins),
            scored_months: most(|score| score.months),
        },
        gates: gates.iter().map(gate).collect(),
        passed: (!gates.is_empty())
            .then(|| is_complete && gates.iter().all(|of| of.outcome == GateOutcome::Passed)),
        failures: failures.iter().map(failure_json).collect(),
    })
}

fn gate(of: &GateResult) -> GateJson<'_> {
    GateJson {
        series: of.series.as_deref().unwrap_or_default(),
        method: of.method.as_deref(),
        score: &of.score,
        value: of.value,
        at_most: of.at_most,
        at_least: of.at_least,
        origins: of.origins,
        months: of.months,
        outcome: of.outcome.name(),
        name: &of.name,
        bounds: &of.bounds,
        reason: &of.reason,
    }
}

#[derive(Debug, Serialize)]
struct ScoreNameJson<'a> {
    score: &'a str,
    meaning: &'a str,
}

/// Render the name of a score and its meaning.
pub fn score_name(of: &ScoreName) -> String {
    line(&ScoreNameJson {
        score: &of.name,
        meaning: &of.meaning,
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

    #[test]
    fn a_summary_has_gates_failures_and_where_it_comes_from() {
        let naive = BacktestRequest::NAIVE;
        let request = BacktestRequest::new(12, 6, 3, &[], naive, &[], 7).unwrap();
        let summary = backtest_summary(
            &request,
            &example::scores(),
            &[example::failure()],
            &example::gates(),
            true,
            &Provenance {
                tool_version: "1.2.3".to_owned(),
                data_fingerprint: "0123456789abcdef".to_owned(),
                store_version: Some(4),
                seed: 7,
            },
        );
        insta::assert_snapshot!(summary);
    }
}
