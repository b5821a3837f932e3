//! The gates of a backtest: read and checked before the work, held against the scores after it,
//! and written as JUnit for CI.

use super::output_file::{check_output, write_whole};
use super::usage_error::UsageError;
use crate::backtest::gate::Gates;
use crate::backtest::gate_result::{GateOutcome, GateResult, require_origins};
use crate::backtest::{BacktestRequest, Score, pair_names};
use crate::pipeline::SeriesFailure;
use crate::report::Provenance;
use crate::trade::SeriesKey;
use anyhow::{Context, bail};
use clap::Args;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use std::path::{Path, PathBuf};

/// Gates and what is written of them.
#[derive(Debug, Clone, Args)]
pub(super) struct GateArgs {
    /// TOML file of gates: exit with code 4 where a score is worse than a gate allows, with code 2
    /// where a gate names what is not measured.
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    /// Origins that each scored series needs: exit with code 4 where one has fewer. Series that
    /// are named and cannot be scored have none.
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u16).range(1..=120)
    )]
    require_origins: Option<u16>,
    /// Write the result of each gate as JUnit XML, which CI systems show.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl GateArgs {
    /// Read the gates and check what they name. `named` are the series that are scored, where this
    /// is known before.
    ///
    /// # Errors
    /// A file that cannot be read or used, or an option that contradicts another.
    pub(super) fn read(&self, request: &BacktestRequest) -> anyhow::Result<Gates> {
        if let Some(needed) = self.require_origins
            && usize::from(needed) > request.origins()
        {
            bail!(UsageError(format!(
                "--require-origins {needed} cannot be met by --origins {}: expected at least \
                 --origins {needed}",
                request.origins()
            )));
        }
        if self.junit.is_some() && self.gate.is_none() && self.require_origins.is_none() {
            bail!(UsageError(
                "--junit writes the results of gates, and there is none: expected --gate FILE or \
                 --require-origins NUMBER, too"
                    .to_owned()
            ));
        }
        if let (Some(junit), Some(gate)) = (&self.junit, &self.gate) {
            check_output(junit, "--junit", [gate.as_path()])?;
        }
        let Some(file) = &self.gate else {
            return Ok(Gates::default());
        };
        let text = std::fs::read_to_string(file).map_err(|error| {
            UsageError(format!(
                "--gate {}: cannot be read: {error}",
                file.display()
            ))
        })?;
        let gates = Gates::parse(&text).and_then(|gates| gates.named_by(request));
        gates.with_context(|| file.display().to_string())
    }

    /// Check that the series that gates name are among those that are scored, or pairs of them.
    ///
    /// # Errors
    /// The first that is not.
    pub(super) fn check_series<'a>(
        &self,
        gates: &Gates,
        scored: impl Iterator<Item = &'a str>,
    ) -> anyhow::Result<()> {
        let Some(file) = &self.gate else {
            return Ok(());
        };
        let mut names: Vec<String> = scored.map(str::to_ascii_uppercase).collect();
        names.extend(pair_names(names.iter().map(String::as_str)));
        gates
            .check_series(names.iter().map(String::as_str))
            .with_context(|| file.display().to_string())
    }

    /// Hold gates, and the required number of origins, against the scores. `failed` are series that
    /// were named and could not be scored.
    pub(super) fn check(
        &self,
        gates: &Gates,
        scores: &[Score],
        failed: &[&str],
    ) -> Vec<GateResult> {
        let mut results = gates.check(scores);
        results.extend(self.require_origins.map(|least| {
            let mut series: Vec<&str> = scores
                .iter()
                .filter_map(|score| score.series.as_deref())
                // A pair of partners is no series.
                .filter(|name| SeriesKey::parse(name).is_ok())
                .collect();
            series.dedup();
            let required = series.into_iter().chain(failed.iter().copied());
            require_origins(usize::from(least), required, scores)
        }));
        results
    }

    /// Write the results as JUnit, where a file is named; `failed` are series that were named and
    /// could not be scored.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn write_junit(
        &self,
        results: &[GateResult],
        failed: &[&SeriesFailure],
        provenance: &Provenance,
    ) -> anyhow::Result<()> {
        match &self.junit {
            Some(file) => write_whole(file, junit(results, failed, provenance)?.as_bytes()),
            None => Ok(()),
        }
    }

    /// Return the file that JUnit is written to.
    pub(super) fn junit_file(&self) -> Option<&Path> {
        self.junit.as_deref()
    }
}

/// Render results as JUnit XML: a suite `gates`, a test case for each gate, and one for each series
/// that failed.
fn junit(
    results: &[GateResult],
    failed: &[&SeriesFailure],
    provenance: &Provenance,
) -> anyhow::Result<String> {
    let mut suite = TestSuite::new("gates");
    suite.add_properties([
        Property::new("tool_version", provenance.tool_version.as_str()),
        Property::new("data_fingerprint", provenance.data_fingerprint.as_str()),
        Property::new("seed", provenance.seed.to_string()),
    ]);
    for result in results {
        let mut status = match result.outcome {
            GateOutcome::Passed => TestCaseStatus::success(),
            GateOutcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
            GateOutcome::NotMeasured => TestCaseStatus::non_success(NonSuccessKind::Error),
        };
        if result.outcome != GateOutcome::Passed {
            status.set_message(format!("{}: {}", result.name, result.reason));
            status.set_type(result.outcome.name());
        }
        let mut case = TestCase::new(format!("{}: {}", result.name, result.bounds), status);
        case.set_classname(format!("tradecast.backtest.{}", result.score));
        if let Some(value) = result.value {
            case.set_system_out(found(result, value));
        }
        suite.add_test_case(case);
    }
    for failure in failed {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(failure.message.as_str());
        status.set_type(failure.reason.as_str());
        let mut case = TestCase::new(format!("{} is scored", failure.series), status);
        case.set_classname("tradecast.backtest.series");
        suite.add_test_case(case);
    }
    let mut report = Report::new("tradecast backtest");
    report.add_test_suite(suite);
    Ok(report.to_string()?)
}

/// Say what was measured, and over what.
fn found(of: &GateResult, value: f64) -> String {
    let over = match of.months {
        // The number of origins is no score over months.
        0 => String::new(),
        months => format!(" over {} origins, {months} months", of.origins),
    };
    format!("{} is {value}{over}; {}", of.name, of.bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junit_has_a_case_for_each_gate_and_escapes_names() {
        let score = |name: &str, outcome| GateResult {
            series: None,
            method: Some("auto".to_owned()),
            score: name.to_owned(),
            value: Some(1.5),
            at_most: Some(1.0),
            at_least: None,
            origins: 6,
            months: 72,
            outcome,
            name: format!("{name} of auto on <A&B>"),
            bounds: "at most 1".to_owned(),
            reason: "it is 1.5, \"at most 1\" is allowed".to_owned(),
        };
        let results = [
            score("mase", GateOutcome::Passed),
            score("smape", GateOutcome::Failed),
            score("crps", GateOutcome::NotMeasured),
        ];
        let failure = SeriesFailure {
            series: "A.B.X.TOTAL.USD".to_owned(),
            code: 9,
            reason: "TOO_SHORT".to_owned(),
            message: "the history is too short".to_owned(),
        };
        let provenance = Provenance::here("ab".repeat(16), None, 7);
        let text = junit(&results, &[&failure], &provenance).unwrap();
        assert!(text.contains("A.B.X.TOTAL.USD is scored"), "{text}");
        let read = Report::deserialize_from_str(&text).unwrap();
        assert_eq!((read.tests, read.failures, read.errors), (4, 1, 2));
        let names: Vec<&str> = read.test_suites[0]
            .test_cases
            .iter()
            .map(|case| case.name.as_str())
            .collect();
        assert_eq!(names[0], "mase of auto on <A&B>: at most 1");
        assert!(text.contains("mase of auto on &lt;A&amp;B&gt;"), "{text}");
        assert!(text.contains("value=\"7\""), "{text}");
        assert!(
            text.contains("is 1.5 over 6 origins, 72 months; at most 1"),
            "{text}"
        );
        let mut origins = score("origins", GateOutcome::Passed);
        (origins.months, origins.name) = (0, "fewest origins of a series".to_owned());
        assert_eq!(
            found(&origins, 6.0),
            "fewest origins of a series is 6; at most 1"
        );
    }
}
