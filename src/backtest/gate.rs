//! Gates for CI: bounds that a file sets on scores.

use serde::Deserialize;

/// A file of gates.
///
/// ```toml
/// [[gate]]
/// method = "auto"
/// score = "mase"
/// at_most = 0.9
///
/// [[gate]]
/// series = "USA.CHN.M.TOTAL.USD"
/// method = "auto"
/// score = "coverage_80"
/// at_least = 0.7
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// Gates in the order of the file.
    #[serde(rename = "gate")]
    pub gates: Vec<Gate>,
}

/// Bounds on one score.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Series; none for the mean over all.
    pub series: Option<String>,
    /// Name of the method.
    pub method: String,
    /// Name of the score.
    pub score: String,
    /// Largest allowed value.
    pub at_most: Option<f64>,
    /// Smallest allowed value.
    pub at_least: Option<f64>,
    /// Bound by another method's score times a factor:
    /// `below = { method = "seasonal-naive", times = 0.9 }`.
    pub below: Option<RelativeBound>,
}

/// Bound by another method's score.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelativeBound {
    /// Other method.
    pub method: String,
    /// Factor of its score.
    pub times: f64,
}

/// Reason why a file of gates cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// The file is no table of gates.
    #[error("{0}")]
    Syntax(String),
    /// The file has no gate.
    #[error("the file has no gate")]
    Empty,
    /// A gate has no bound, or one that is no finite number.
    #[error(
        "the gate on {score} of {method} needs at_most, at_least or below, each a finite number"
    )]
    Unbounded {
        /// Method.
        method: String,
        /// Score.
        score: String,
    },
}

impl Gates {
    /// Parse the text of a file.
    ///
    /// # Errors
    /// [`GateError`] with the line, or the gate that has no bound.
    pub fn parse(text: &str) -> Result<Self, GateError> {
        let gates: Self =
            toml::from_str(text).map_err(|error| GateError::Syntax(error.to_string()))?;
        if gates.gates.is_empty() {
            return Err(GateError::Empty);
        }
        let bounds = |g: &Gate| {
            [
                g.at_most,
                g.at_least,
                g.below.as_ref().map(|below| below.times),
            ]
        };
        let unbounded = gates.gates.iter().find(|g| {
            let mut bounds = bounds(g).into_iter().flatten().peekable();
            bounds.peek().is_none() || bounds.any(|bound| !bound.is_finite())
        });
        match unbounded {
            Some(gate) => Err(GateError::Unbounded {
                method: gate.method.clone(),
                score: gate.score.clone(),
            }),
            None => Ok(gates),
        }
    }

    /// Return the failures, a line each. `value` returns the score of a series (`None` for all),
    /// method and name; a score that was not measured is a failure.
    pub fn check(&self, value: impl Fn(Option<&str>, &str, &str) -> Option<f64>) -> Vec<String> {
        self.gates
            .iter()
            .filter_map(|gate| gate.failure(&value))
            .collect()
    }
}

impl Gate {
    fn failure(&self, value: &impl Fn(Option<&str>, &str, &str) -> Option<f64>) -> Option<String> {
        let value_of = |method: &str| value(self.series.as_deref(), method, &self.score);
        let what = format!(
            "{} of {} on {}",
            self.score,
            self.method,
            self.series.as_deref().unwrap_or("all series")
        );
        let Some(value) = value_of(&self.method).filter(|v| v.is_finite()) else {
            return Some(format!("{what} was not measured"));
        };
        if let Some(most) = self.at_most.filter(|most| value > *most) {
            return Some(format!("{what} is {value:.4}, at most {most} is allowed"));
        }
        if let Some(least) = self.at_least.filter(|least| value < *least) {
            return Some(format!("{what} is {value:.4}, at least {least} is needed"));
        }
        let below = self.below.as_ref()?;
        let Some(other) = value_of(&below.method).filter(|v| v.is_finite()) else {
            return Some(format!(
                "{what} cannot be compared with {}, which was not measured",
                below.method
            ));
        };
        let bound = other * below.times;
        (value > bound).then(|| {
            format!(
                "{what} is {value:.4}, at most {} times that of {} ({bound:.4}) is allowed",
                below.times, below.method
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(gate: &str) -> Vec<String> {
        let gates = Gates::parse(&format!(
            "[[gate]]\nmethod = \"auto\"\nscore = \"mase\"\n{gate}"
        ))
        .unwrap();
        gates.check(|series, method, score| match (series, method, score) {
            (None, "auto", "mase") => Some(0.8),
            (None, "seasonal-naive", "mase") => Some(1.0),
            _ => None,
        })
    }

    #[test]
    fn a_failure_names_the_score_and_its_bound() {
        assert!(check("at_most = 0.8").is_empty());
        assert_eq!(
            check("at_most = 0.79"),
            ["mase of auto on all series is 0.8000, at most 0.79 is allowed"]
        );
        assert_eq!(
            check("at_least = 0.9"),
            ["mase of auto on all series is 0.8000, at least 0.9 is needed"]
        );
        assert!(check("below = { method = \"seasonal-naive\", times = 0.9 }").is_empty());
        assert_eq!(
            check("below = { method = \"seasonal-naive\", times = 0.7 }").len(),
            1
        );
        assert_eq!(
            check("series = \"X\"\nat_most = 1"),
            ["mase of auto on X was not measured"]
        );
    }

    #[test]
    fn a_file_without_valid_gates_is_refused() {
        assert!(matches!(
            Gates::parse("[[gate]]\nmethod = \"auto\""),
            Err(GateError::Syntax(_))
        ));
        assert!(matches!(
            Gates::parse("[[gate]]\nmethod = \"a\"\nscore = \"b\"\natmost = 1"),
            Err(GateError::Syntax(_))
        ));
        assert_eq!(Gates::parse("gate = []"), Err(GateError::Empty));
        let nan = Gates::parse("[[gate]]\nmethod = \"a\"\nscore = \"b\"\nat_most = nan");
        assert!(matches!(nan, Err(GateError::Unbounded { .. })));
        let unbounded = Gates::parse("[[gate]]\nmethod = \"a\"\nscore = \"b\"").unwrap_err();
        assert_eq!(
            unbounded.to_string(),
            "the gate on b of a needs at_most, at_least or below, each a finite number"
        );
    }
}
