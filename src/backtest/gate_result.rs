//! Gates held against scores.

use super::gate::{Gate, Gates};
use super::score::{ORIGINS, Score};

/// What became of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateOutcome {
    /// The score is within its bounds.
    Passed,
    /// The score is outside its bounds.
    Failed,
    /// There is no score to compare.
    NotMeasured,
}

impl GateOutcome {
    /// Return the word used in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotMeasured => "not_measured",
        }
    }
}

/// A gate held against the scores of a backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct GateResult {
    /// Series, a pair as a filter, or `None` for the mean over all.
    pub series: Option<String>,
    /// Method; `None` where a requirement is for all methods.
    pub method: Option<String>,
    /// Name of the score.
    pub score: String,
    /// The score; `None` where it was not measured.
    pub value: Option<f64>,
    /// Largest allowed value, that of a relative bound included.
    pub at_most: Option<f64>,
    /// Smallest allowed value.
    pub at_least: Option<f64>,
    /// Number of origins behind the score.
    pub origins: usize,
    /// Number of forecast months behind the score.
    pub months: usize,
    /// What became of it.
    pub outcome: GateOutcome,
    /// What is compared, in words: `mase of auto on all series`.
    pub name: String,
    /// The bounds in words: `at most 0.9 times that of seasonal-naive (1.2612)`.
    pub bounds: String,
    /// Why it was not passed; empty if it was.
    pub reason: String,
}

impl Gates {
    /// Hold the gates against scores. A score that was not measured passes no gate.
    pub fn check(&self, scores: &[Score]) -> Vec<GateResult> {
        self.gates.iter().map(|gate| gate.result(scores)).collect()
    }
}

/// Hold the number of origins of every series of `required` to at least `least`; a series that has
/// no score has none.
pub fn require_origins<'a>(
    least: usize,
    required: impl Iterator<Item = &'a str>,
    scores: &[Score],
) -> GateResult {
    let of_series = |series: &str| {
        let scores = scores
            .iter()
            .filter(|score| score.series.as_deref() == Some(series));
        scores.map(|score| score.origins).min().unwrap_or(0)
    };
    let mut found: Vec<(usize, &str)> = required.map(|of| (of_series(of), of)).collect();
    found.sort_unstable();
    let short: Vec<String> = found
        .iter()
        .filter(|(origins, _)| *origins < least)
        .map(|(origins, series)| format!("{series} {origins}"))
        .collect();
    let fewest = found.first().map(|(origins, _)| *origins);
    let (outcome, reason) = match (fewest, short.len()) {
        (None, _) => (GateOutcome::NotMeasured, "no series was scored".to_owned()),
        (_, 0) => (GateOutcome::Passed, String::new()),
        (_, 1..=10) => (
            GateOutcome::Failed,
            format!("too few: {}", short.join(", ")),
        ),
        (_, n) => (
            GateOutcome::Failed,
            format!(
                "too few: {} and {} more series",
                short[..10].join(", "),
                n - 10
            ),
        ),
    };
    GateResult {
        series: None,
        method: None,
        score: ORIGINS.to_owned(),
        value: fewest.map(|origins| origins as f64),
        at_most: None,
        at_least: Some(least as f64),
        origins: fewest.unwrap_or(0),
        months: 0,
        outcome,
        name: "fewest origins of a series".to_owned(),
        bounds: format!("at least {least}"),
        reason,
    }
}

impl Gate {
    fn result(&self, scores: &[Score]) -> GateResult {
        let of = |method: &str| {
            scores.iter().find(|score| {
                let series = match (score.series.as_deref(), self.series()) {
                    (None, None) => true,
                    (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
                    _ => false,
                };
                series && score.method.name() == method
            })
        };
        let value_of = |method: &str| of(method)?.value(&self.score).filter(|v| v.is_finite());
        let value = value_of(&self.method);
        let name = format!(
            "{} of {} on {}",
            self.score,
            self.method,
            self.series().unwrap_or("all series")
        );
        let mut bounds = Vec::new();
        let mut at_most = self.at_most;
        bounds.extend(self.at_most.map(|most| format!("at most {most}")));
        bounds.extend(self.at_least.map(|least| format!("at least {least}")));
        let mut missing = value.is_none().then(|| "it was not measured".to_owned());
        if let Some(below) = &self.below {
            let mut words = format!("at most {} times that of {}", below.times, below.method);
            match value_of(&below.method) {
                Some(other) => {
                    let most = other * below.times;
                    words += &format!(" ({most:.4})");
                    at_most = Some(at_most.map_or(most, |bound| bound.min(most)));
                }
                None => {
                    missing = missing.or(Some(format!("{} was not measured", below.method)));
                }
            }
            bounds.push(words);
        }
        let bounds = bounds.join(", ");
        let outside = |value: f64| {
            at_most.is_some_and(|most| value > most)
                || self.at_least.is_some_and(|least| value < least)
        };
        let (outcome, reason) = match value {
            // A bound that is broken already is not mended by one that cannot be compared.
            Some(value) if outside(value) => (
                GateOutcome::Failed,
                format!("it is {value:.4}, {bounds} is allowed"),
            ),
            _ => match missing {
                Some(reason) => (GateOutcome::NotMeasured, reason),
                None => (GateOutcome::Passed, String::new()),
            },
        };
        let score = of(&self.method);
        GateResult {
            series: self.series().map(str::to_owned),
            method: Some(self.method.clone()),
            score: self.score.clone(),
            value,
            at_most,
            at_least: self.at_least,
            origins: score.map_or(0, |score| score.origins),
            months: score.map_or(0, |score| score.months),
            outcome,
            name,
            bounds,
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{Member, Method};

    fn score(series: Option<&str>, method: Method, origins: usize, mase: f64) -> Score {
        Score {
            series: series.map(str::to_owned),
            method,
            origins,
            months: 12 * origins,
            values: vec![("mase".to_owned(), mase)],
        }
    }

    fn scores() -> Vec<Score> {
        let naive = Method::Only(Member::SeasonalNaive);
        vec![
            score(Some("A.B.M.T.USD"), Method::Auto, 6, 0.7),
            score(Some("A.C.M.T.USD"), Method::Auto, 3, f64::NAN),
            score(None, Method::Auto, 9, 0.8),
            score(None, naive, 9, 1.0),
        ]
    }

    fn gates(gate: &str) -> Gates {
        let head = "[[gate]]\nmethod = \"auto\"\nscore = \"mase\"\n";
        Gates::parse(&format!("{head}{gate}")).unwrap()
    }

    /// Returns the outcome, the bounds and the reason of the only gate.
    fn check(gate: &str) -> (GateOutcome, String, String) {
        let mut results = gates(gate).check(&scores());
        assert_eq!(results.len(), 1);
        let result = results.remove(0);
        (result.outcome, result.bounds, result.reason)
    }

    #[test]
    fn a_result_names_the_bound_and_why_it_is_not_met() {
        use GateOutcome::{Failed, NotMeasured, Passed};
        let is = |gate: &str, outcome, bounds: &str, reason: &str| {
            assert_eq!(
                check(gate),
                (outcome, bounds.to_owned(), reason.to_owned()),
                "{gate}"
            );
        };
        is("at_most = 0.8", Passed, "at most 0.8", "");
        is(
            "at_most = 0.79",
            Failed,
            "at most 0.79",
            "it is 0.8000, at most 0.79 is allowed",
        );
        is(
            "at_least = 0.9",
            Failed,
            "at least 0.9",
            "it is 0.8000, at least 0.9 is allowed",
        );
        is(
            "below = { method = \"seasonal-naive\", times = 0.9 }",
            Passed,
            "at most 0.9 times that of seasonal-naive (0.9000)",
            "",
        );
        is(
            "below = { method = \"seasonal-naive\", times = 0.7 }",
            Failed,
            "at most 0.7 times that of seasonal-naive (0.7000)",
            "it is 0.8000, at most 0.7 times that of seasonal-naive (0.7000) is allowed",
        );
        // Of one series the naive forecast has no score here.
        is(
            "series = \"a.b.m.t.usd\"\nbelow = { method = \"seasonal-naive\", times = 0.7 }",
            NotMeasured,
            "at most 0.7 times that of seasonal-naive",
            "seasonal-naive was not measured",
        );
        is(
            "series = \"A.C.M.T.USD\"\nat_most = 1",
            NotMeasured,
            "at most 1",
            "it was not measured",
        );
        is("series = \"\"\nat_most = 1", Passed, "at most 1", "");
    }

    #[test]
    fn the_fewest_origins_count() {
        let names = ["A.B.M.T.USD", "A.C.M.T.USD"];
        let of = |least| require_origins(least, names.into_iter(), &scores());
        assert_eq!(
            (of(3).outcome, of(3).value),
            (GateOutcome::Passed, Some(3.0))
        );
        assert_eq!(
            (of(4).outcome, of(4).reason.as_str()),
            (GateOutcome::Failed, "too few: A.C.M.T.USD 3")
        );
        // A series without a score has no origin; without any series there is nothing to hold.
        let none = require_origins(1, ["X"].into_iter(), &scores());
        assert_eq!((none.outcome, none.value), (GateOutcome::Failed, Some(0.0)));
        let none = require_origins(1, [].into_iter(), &scores());
        assert_eq!(none.outcome, GateOutcome::NotMeasured);
    }
}
