//! Gates for CI: bounds that a file sets on scores.

use super::request::BacktestRequest;
use super::score_name::score_names;
use crate::projection::{Method, UnknownMethod};
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
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// Gates in the order of the file.
    #[serde(default, rename = "gate")]
    pub gates: Vec<Gate>,
}

/// Bounds on one score.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Series, or a pair as a filter such as `USA.CHN..TOTAL.USD`; none for the mean over all.
    pub series: Option<String>,
    /// Name of the method.
    pub method: String,
    /// Name of the score; [`score_names`] lists them.
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
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// The file is no table of gates.
    #[error("{0}")]
    Syntax(String),
    /// The file has no gate.
    #[error("the file has no gate: expected at least one [[gate]]")]
    Empty,
    /// A gate has no bound, or one that is no finite number.
    #[error(
        "gate {number}, on {score} of {method}: expected at_most, at_least or below, each a finite \
         number"
    )]
    Unbounded {
        /// Number of the gate in the file, from 1.
        number: usize,
        /// Method.
        method: String,
        /// Score.
        score: String,
    },
    /// A gate that no value passes.
    #[error(
        "gate {number}, on {score} of {method}: no value is at least {at_least} and at most \
         {at_most}; expected at_least below at_most"
    )]
    Impossible {
        /// Number of the gate in the file, from 1.
        number: usize,
        /// Method.
        method: String,
        /// Score.
        score: String,
        /// Smallest allowed value.
        at_least: f64,
        /// Largest allowed value.
        at_most: f64,
    },
    /// A bound that the score cannot reach.
    #[error(
        "gate {number}, on {score} of {method}: {score} lies within {range}; {bound} never does"
    )]
    OutOfRange {
        /// Number of the gate in the file, from 1.
        number: usize,
        /// Method.
        method: String,
        /// Score.
        score: String,
        /// The values that the score can have, in words.
        range: &'static str,
        /// The bound.
        bound: f64,
    },
    /// A bound by another method's score, of a score that is not better the lower it is.
    #[error(
        "gate {number}, on {score} of {method}: a lower share is not a better one; expected \
         at_least or at_most, not below"
    )]
    BelowShare {
        /// Number of the gate in the file, from 1.
        number: usize,
        /// Method.
        method: String,
        /// Score.
        score: String,
    },
    /// A gate names a score that no backtest of these settings has.
    #[error(
        "gate {number}: there is no score `{score}`{nearest}; there are {}", known.join(", ")
    )]
    UnknownScore {
        /// Number of the gate in the file, from 1.
        number: usize,
        /// The name as written.
        score: String,
        /// The nearest name, as a part of the sentence; empty where none is near.
        nearest: String,
        /// The names of all scores.
        known: Vec<String>,
    },
    /// A gate names something that is no method.
    #[error("gate {number}: {reason}")]
    UnknownMethod {
        /// Number of the gate in the file, from 1.
        number: usize,
        /// Reason, with the list of methods.
        reason: UnknownMethod,
    },
    /// A gate names a method that does not run.
    #[error(
        "gate {number}: the method {method} does not run: expected one of {}, \
         or `--method …,{method}`", running.join(", ")
    )]
    NotRun {
        /// Number of the gate in the file, from 1.
        number: usize,
        /// The method.
        method: Method,
        /// Names of the methods that run.
        running: Vec<&'static str>,
    },
    /// A gate names a series that is not scored.
    #[error("gate {number}: the series `{series}` is not scored{nearest}")]
    UnknownSeries {
        /// Number of the gate in the file, from 1.
        number: usize,
        /// The series as written.
        series: String,
        /// The nearest name, as a part of the sentence; empty where none is near.
        nearest: String,
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
        for (gate, number) in gates.gates.iter().zip(1..) {
            let (method, score) = (gate.method.clone(), gate.score.clone());
            let mut bounds = bounds(gate).into_iter().flatten().peekable();
            if bounds.peek().is_none() || bounds.any(|bound| !bound.is_finite()) {
                return Err(GateError::Unbounded {
                    number,
                    method,
                    score,
                });
            }
            if let (Some(at_least), Some(at_most)) = (gate.at_least, gate.at_most)
                && at_least > at_most
            {
                return Err(GateError::Impossible {
                    number,
                    method,
                    score,
                    at_least,
                    at_most,
                });
            }
        }
        Ok(gates)
    }

    /// Check that `request` can measure what the gates name, and write methods as results do.
    ///
    /// # Errors
    /// [`GateError`] with the first gate that names a score that there is not, or a method that
    /// does not run.
    pub fn named_by(mut self, request: &BacktestRequest) -> Result<Self, GateError> {
        let known: Vec<String> = score_names(request).into_iter().map(|of| of.name).collect();
        for (gate, number) in self.gates.iter_mut().zip(1..) {
            if !known.contains(&gate.score) {
                let names = known.iter().map(String::as_str);
                return Err(GateError::UnknownScore {
                    number,
                    score: gate.score.clone(),
                    nearest: nearest(&gate.score, names),
                    // Names of single months and of why a test has no statistic would hide the
                    // others.
                    known: known.iter().filter(|n| is_usual(n)).cloned().collect(),
                });
            }
            gate.check_range(number)?;
            gate.method = running(number, &gate.method, request)?;
            if let Some(below) = &mut gate.below {
                below.method = running(number, &below.method, request)?;
            }
        }
        Ok(self)
    }

    /// Check that each series that a gate names is one of `scored`, upper or lower case.
    ///
    /// # Errors
    /// [`GateError::UnknownSeries`] with the first that is not.
    pub fn check_series<'a>(
        &self,
        scored: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<(), GateError> {
        for (gate, number) in self.gates.iter().zip(1..) {
            let Some(series) = gate.series() else {
                continue;
            };
            if !scored.clone().any(|name| name.eq_ignore_ascii_case(series)) {
                return Err(GateError::UnknownSeries {
                    number,
                    series: series.to_owned(),
                    nearest: nearest(&series.to_ascii_uppercase(), scored),
                });
            }
        }
        Ok(())
    }
}

/// Return whether a score is neither that of a single month ahead, `growth_mae_month_h3`, nor the
/// reason why a test has no statistic.
fn is_usual(name: &str) -> bool {
    let step = name.rsplit_once("_h").map(|(_, step)| step);
    let of_step = step.is_some_and(|step| step.bytes().all(|byte| byte.is_ascii_digit()));
    let reason = name.ends_with("_too_few_origins") || name.ends_with("_variance_not_positive");
    !of_step && !reason
}

/// Return the nearest of `names`, as a part of a sentence.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let scored = names.map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name));
    // Of several that are as near, the first.
    let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(likeness, _)| *likeness >= 0.5)
        .map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"))
}

/// Return the name of a method if it runs.
fn running(number: usize, name: &str, request: &BacktestRequest) -> Result<String, GateError> {
    let method: Method = name
        .parse()
        .map_err(|reason| GateError::UnknownMethod { number, reason })?;
    if request.methods().contains(&method) {
        return Ok(method.name().to_owned());
    }
    Err(GateError::NotRun {
        number,
        method,
        running: request.methods().iter().map(|of| of.name()).collect(),
    })
}

impl Gate {
    /// Refuse bounds that no value of the score meets, or that say the opposite of what they mean.
    fn check_range(&self, number: usize) -> Result<(), GateError> {
        let (method, score) = (self.method.clone(), self.score.clone());
        let is_share = score.contains("coverage_") || score.starts_with("hit_rate");
        if is_share && self.below.is_some() {
            return Err(GateError::BelowShare {
                number,
                method,
                score,
            });
        }
        let is_error = [
            "mase",
            "rmsse",
            "crps",
            "theil_u",
            "msis_",
            "growth_mae",
            "growth_rmse",
        ]
        .iter()
        .any(|name| score.starts_with(name));
        let (lowest, highest, range) = match score.as_str() {
            "smape" => (0.0, 200.0, "0 to 200"),
            _ if is_share || score.ends_with("_p_value") => (0.0, 1.0, "0 to 1"),
            _ if is_error => (0.0, f64::INFINITY, "0 and above"),
            _ => return Ok(()),
        };
        let outside = self.at_most.filter(|most| *most < lowest);
        let outside = outside.or(self.at_least.filter(|least| *least > highest));
        match outside {
            Some(bound) => Err(GateError::OutOfRange {
                number,
                method,
                score,
                range,
                bound,
            }),
            None => Ok(()),
        }
    }

    /// Return the series; `None` for the mean over all.
    pub(super) fn series(&self) -> Option<&str> {
        self.series.as_deref().filter(|series| !series.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> BacktestRequest {
        let methods = [Method::Auto];
        BacktestRequest::new(12, 6, 3, &methods, BacktestRequest::NAIVE, &[], 0).unwrap()
    }

    fn gates(gate: &str) -> Gates {
        let head = "[[gate]]\nmethod = \"auto\"\nscore = \"mase\"\n";
        Gates::parse(&format!("{head}{gate}")).unwrap()
    }

    #[test]
    fn what_a_backtest_does_not_measure_is_refused_before_it_runs() {
        let refused = |gate: &str| {
            let gates = Gates::parse(gate).unwrap();
            gates.named_by(&request()).unwrap_err().to_string()
        };
        let text = refused("[[gate]]\nmethod = \"auto\"\nscore = \"mazse\"\nat_most = 1");
        assert!(
            text.starts_with("gate 1: there is no score `mazse`; did you mean mase?; there are ")
                && text.contains("coverage_95")
                && !text.contains("_h12"),
            "{text}"
        );
        // A level that is not requested has no score.
        let text = refused("[[gate]]\nmethod = \"auto\"\nscore = \"coverage_90\"\nat_most = 1");
        assert!(text.contains("did you mean coverage_"), "{text}");
        assert_eq!(
            refused("[[gate]]\nmethod = \"theta\"\nscore = \"mase\"\nat_most = 1"),
            "gate 1: the method theta does not run: expected one of auto, seasonal-naive, or \
             `--method …,theta`"
        );
        let below = "[[gate]]\nmethod = \"AUTO\"\nscore = \"mase\"\n\
                     below = { method = \"arima\", times = 1 }";
        assert!(refused(below).contains("gate 1: there is no method `arima`"));
        let ok = gates("at_most = 1").named_by(&request()).unwrap();
        assert_eq!(ok.gates[0].method, "auto");
    }

    #[test]
    fn a_series_that_is_not_scored_is_refused_with_the_nearest() {
        let of = |series: &str| {
            let gates = gates(&format!("series = \"{series}\"\nat_most = 1"));
            let scored = ["USA.CHN.M.TOTAL.USD", "USA.CHN..TOTAL.USD"];
            gates
                .check_series(scored.into_iter())
                .map_err(|e| e.to_string())
        };
        assert_eq!(of("usa.chn.m.total.usd"), Ok(()));
        assert_eq!(of("USA.CHN..TOTAL.USD"), Ok(()));
        assert_eq!(
            of("USA.CHN.N.TOTAL.USD"),
            Err(
                "gate 1: the series `USA.CHN.N.TOTAL.USD` is not scored; did you mean \
                 USA.CHN.M.TOTAL.USD?"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_bound_that_no_value_meets_is_refused() {
        let of = |score: &str, bound: &str| {
            let text = format!("[[gate]]\nmethod = \"auto\"\nscore = \"{score}\"\n{bound}");
            let levels = [80.0];
            let methods = [Method::Auto];
            let naive = BacktestRequest::NAIVE;
            let request = BacktestRequest::new(12, 6, 3, &methods, naive, &levels, 0).unwrap();
            let gates = Gates::parse(&text).and_then(|gates| gates.named_by(&request));
            gates.map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(
            of("coverage_80", "at_least = 80"),
            Err(
                "gate 1, on coverage_80 of auto: coverage_80 lies within 0 to 1; 80 never does"
                    .to_owned()
            )
        );
        let below = "below = { method = \"seasonal-naive\", times = 0.9 }";
        assert!(of("smape", "at_most = -3").is_err());
        assert!(of("coverage_80", below).unwrap_err().contains("not below"));
        for (score, bound) in [
            ("coverage_80", "at_least = 0.7"),
            ("mase", below),
            ("bias", "at_most = -0.1"),
        ] {
            assert_eq!(of(score, bound), Ok(()), "{score} {bound}");
        }
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
        for empty in ["", "# nothing yet\n", "gate = []"] {
            assert_eq!(Gates::parse(empty), Err(GateError::Empty), "{empty}");
        }
        let within = |least: f64, most: f64| {
            Gates::parse(&format!(
                "[[gate]]\nmethod = \"a\"\nscore = \"b\"\nat_least = {least}\nat_most = {most}"
            ))
        };
        assert!(within(0.5, 0.5).is_ok());
        assert_eq!(
            within(0.9, 0.5).unwrap_err().to_string(),
            "gate 1, on b of a: no value is at least 0.9 and at most 0.5; expected at_least below \
             at_most"
        );
        let nan = Gates::parse("[[gate]]\nmethod = \"a\"\nscore = \"b\"\nat_most = nan");
        assert!(matches!(nan, Err(GateError::Unbounded { .. })));
        let unbounded = Gates::parse("[[gate]]\nmethod = \"a\"\nscore = \"b\"").unwrap_err();
        assert_eq!(
            unbounded.to_string(),
            "gate 1, on b of a: expected at_most, at_least or below, each a finite number"
        );
    }
}
