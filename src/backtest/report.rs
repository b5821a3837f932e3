//! The report of a backtest: scores by series, pair and method.

use super::outcome::{ForecastMonth, OriginOutcome};
use super::request::{BacktestRequest, MIN_KNOWN};
use super::score::{self, Score, ScoredSeries};
use crate::projection::{Method, ProjectionError, check_monthly};
use crate::trade::{Month, Series, SeriesKey};
use std::collections::{BTreeMap, BTreeSet};

/// Why a series is not scored that is long enough and has forecasts.
const NOT_SCORED: &str = "its history has no twelve-month changes to measure errors by, or no \
                          month to compare";

/// Why a series is not scored in pseudo-real time of which the month of an origin was not public
/// then.
const PUBLISHED_LATER: &str = "at an origin its month was not public yet: the series is published \
                               later than a backtest in real time waits, 45 days from the end of \
                               each month. A backtest without real time scores it";

/// Result of a backtest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BacktestReport {
    /// One score a series and method, then one a method over each pair of trading partners with
    /// several scored flows, then one a method over all series.
    pub scores: Vec<Score>,
    /// Series that could not be scored, with the reason.
    pub failures: Vec<(String, ProjectionError)>,
    /// The forecasts that the scores are of, by series, method and origin, where the request keeps
    /// them.
    pub forecasts: Vec<BacktestForecast>,
}

/// A forecast from one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestForecast {
    /// The series.
    pub series: String,
    /// The method.
    pub method: Method,
    /// The origin: the last month that was known.
    pub cutoff: Month,
    /// The months ahead.
    pub months: Vec<ForecastMonth>,
}

/// Summarise the outcomes of all series and methods; of the series `unknown` the month of an origin
/// was not known then.
pub(super) fn report(
    subjects: &[&Series<'_>],
    found: &BTreeMap<(usize, usize), Vec<OriginOutcome>>,
    errors: &BTreeMap<(usize, usize), ProjectionError>,
    unknown: &BTreeSet<usize>,
    request: &BacktestRequest,
) -> BacktestReport {
    let none: &[OriginOutcome] = &[];
    let outcomes = |k: usize, m: usize| found.get(&(k, m)).map_or(none, Vec::as_slice);
    let baseline = request
        .methods
        .iter()
        .position(|method| *method == request.baseline)
        .unwrap_or(0);
    let mut by_method: Vec<(Method, Vec<(usize, Score)>)> = request
        .methods
        .iter()
        .map(|method| (*method, Vec::new()))
        .collect();
    let (mut scores, mut failures) = (Vec::new(), Vec::new());
    for (k, series) in subjects.iter().enumerate() {
        if (0..request.methods.len()).all(|m| outcomes(k, m).is_empty()) {
            let needed = request.horizon + MIN_KNOWN;
            let found = series.len() - series.gaps();
            let reason = match unknown.contains(&k) {
                true => PUBLISHED_LATER,
                false => NOT_SCORED,
            };
            let unscaled = ProjectionError::Unfit {
                method: "backtest",
                reason: reason.to_owned(),
            };
            let too_short = (found < needed).then_some(ProjectionError::TooShort { needed, found });
            let error = check_monthly(series)
                .err()
                .or(too_short)
                .or_else(|| errors.get(&(k, 0)).cloned())
                .unwrap_or(unscaled);
            failures.push((series.id().to_owned(), error));
            continue;
        }
        for (m, (method, scored)) in by_method.iter_mut().enumerate() {
            let of_method = outcomes(k, m);
            if !of_method.is_empty() {
                let score = score::of_series(
                    series.id(),
                    *method,
                    of_method,
                    outcomes(k, baseline),
                    request,
                );
                scores.push(score.clone());
                scored.push((k, score));
            } else if let Some(error) = errors.get(&(k, m)) {
                failures.push((series.id().to_owned(), error.clone()));
            }
        }
    }
    // Means over series are comparable between methods only where they are over the same series.
    let common = |k: &usize| {
        by_method
            .iter()
            .filter(|(_, scored)| !scored.is_empty())
            .all(|(_, scored)| scored.iter().any(|(other, _)| other == k))
    };
    let mut mean = |name: Option<&str>, those: &dyn Fn(&usize) -> bool| {
        for (m, (method, scored)) in by_method.iter().enumerate() {
            let all: Vec<ScoredSeries<'_>> = scored
                .iter()
                .filter(|(k, _)| common(k) && those(k))
                .map(|(k, score)| ScoredSeries {
                    score,
                    outcomes: outcomes(*k, m),
                    baseline: outcomes(*k, baseline),
                })
                .collect();
            if !all.is_empty() {
                scores.push(Score {
                    series: name.map(str::to_owned),
                    ..score::over_all(*method, &all, request)
                });
            }
        }
    };
    for (name, those) in pairs(subjects.iter().map(|series| series.id())) {
        mean(Some(&name), &|k| those.contains(k));
    }
    mean(None, &|_| true);
    let forecasts = found.iter().flat_map(|((k, m), outcomes)| {
        let kept = outcomes
            .iter()
            .filter(|outcome| !outcome.forecast.is_empty());
        kept.map(|outcome| BacktestForecast {
            series: subjects[*k].id().to_owned(),
            method: request.methods[*m],
            cutoff: outcome.origin,
            months: outcome.forecast.clone(),
        })
    });
    BacktestReport {
        scores,
        failures,
        forecasts: forecasts.collect(),
    }
}

/// Return the scored series of the same goods between the same two partners, where there are
/// several, named as a filter names them: `USA.CHN..TOTAL.USD`.
fn pairs<'a>(ids: impl Iterator<Item = &'a str>) -> BTreeMap<String, Vec<usize>> {
    let mut pairs: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (k, id) in ids.enumerate() {
        if let Ok(key) = SeriesKey::parse(id) {
            let name = format!(
                "{}.{}..{}.{}",
                key.reporter, key.partner, key.product, key.unit
            );
            pairs.entry(name).or_default().push(k);
        }
    }
    pairs.retain(|_, those| those.len() > 1);
    pairs
}

/// Return the names of the pairs that would be scored beside the series `ids`.
pub fn pair_names<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    pairs(ids).into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flows_of_a_pair_are_scored_together() {
        let keys = ["A.B.M.T.USD", "A.B.X.T.USD", "A.C.X.T.USD", "no key"];
        let january = Month::january(2005);
        let of = |id| Series::new(id, january, &[1.0], false);
        let all = keys.map(of);
        let subjects: Vec<&Series<'_>> = all.iter().collect();
        let found: Vec<(String, Vec<usize>)> = pairs(subjects.iter().map(|series| series.id()))
            .into_iter()
            .collect();
        assert_eq!(found, [("A.B..T.USD".to_owned(), vec![0, 1])]);
    }
}
