//! Outcomes summarised by series and method.

use super::outcome::{GrowthOutcome, OriginOutcome};
use super::request::BacktestRequest;
use super::test::{diebold_mariano, pesaran_timmermann};
use crate::growth::GrowthMeasure;
use crate::projection::Method;
use crate::trade::Month;
use std::collections::BTreeMap;

/// The number of origins, as a gate names it.
pub(super) const ORIGINS: &str = "origins";
/// The number of months, as a gate names it.
pub(super) const MONTHS: &str = "months";

/// Scores of a method on one series, or over several.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Series, or a filter for the mean over the flows of a pair; `None` for the mean over all.
    pub series: Option<String>,
    /// Method.
    pub method: Method,
    /// Number of origins.
    pub origins: usize,
    /// Number of forecast months that were compared.
    pub months: usize,
    /// Scores by name, in a fixed order. Growth errors are in percentage points.
    pub values: Vec<(String, f64)>,
}

impl Score {
    /// Return the score called `name`; `origins` and `months` are their numbers.
    pub fn value(&self, name: &str) -> Option<f64> {
        match name {
            ORIGINS => return Some(self.origins as f64),
            MONTHS => return Some(self.months as f64),
            _ => {}
        }
        self.values
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| *value)
    }
}

/// Score one series; `baseline` holds the outcomes of the request's baseline at the same origins.
pub(super) fn of_series(
    id: &str,
    method: Method,
    outcomes: &[OriginOutcome],
    baseline: &[OriginOutcome],
    request: &BacktestRequest,
) -> Score {
    let months: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| &outcome.months)
        .collect();
    let n = months.len().max(1) as f64;
    let mean = |of: &dyn Fn(&super::outcome::MonthOutcome) -> f64| {
        months.iter().map(|m| of(m)).sum::<f64>() / n
    };
    let mut values = vec![
        ("smape".to_owned(), mean(&|m| m.percentage)),
        ("mase".to_owned(), mean(&|m| m.error.abs())),
        ("rmsse".to_owned(), mean(&|m| m.square).sqrt()),
        ("bias".to_owned(), mean(&|m| m.error)),
        ("crps".to_owned(), mean(&|m| m.crps)),
    ];
    for (at, level) in request.levels.iter().enumerate() {
        let name = percent(*level);
        values.push((
            format!("coverage_{name}"),
            mean(&|m| f64::from(u8::from(m.intervals[at].0))),
        ));
        values.push((format!("msis_{name}"), mean(&|m| m.intervals[at].1)));
    }
    let naive = mean(&|m| m.naive_error * m.naive_error);
    if naive > 0.0 {
        values.push((
            "theil_u".to_owned(),
            (mean(&|m| m.error * m.error) / naive).sqrt(),
        ));
    }
    for measure in GrowthMeasure::USUAL {
        let of_measure: Vec<&GrowthOutcome> = outcomes
            .iter()
            .flat_map(|outcome| &outcome.growth)
            .filter(|growth| growth.measure == measure)
            .collect();
        growth_scores(measure, &of_measure, request, &mut values);
        for naive in NAIVES {
            let differences = naive.differences(outcomes, measure);
            test(&naive.name(measure), &differences, request, &mut values);
        }
    }
    if method != request.baseline {
        compare(&losses(outcomes), &losses(baseline), request, &mut values);
    }
    Score {
        series: Some(id.to_owned()),
        method,
        origins: outcomes.len(),
        months: months.len(),
        values,
    }
}

/// Write a level in percent: `0.8` is `80`, `0.975` is `97.5`.
pub(super) fn percent(level: f64) -> String {
    format!("{}", (level * 1e6).round() / 1e4)
}

/// Add the scores of the growth rates of one measure.
fn growth_scores(
    measure: GrowthMeasure,
    outcomes: &[&GrowthOutcome],
    request: &BacktestRequest,
    values: &mut Vec<(String, f64)>,
) {
    if outcomes.is_empty() {
        return;
    }
    let n = outcomes.len() as f64;
    let points = |g: &GrowthOutcome| 100.0 * (g.forecast - g.actual);
    let mean = |of: &dyn Fn(&GrowthOutcome) -> f64| outcomes.iter().map(|g| of(g)).sum::<f64>() / n;
    values.push((format!("growth_mae_{measure}"), mean(&|g| points(g).abs())));
    values.push((
        format!("growth_rmse_{measure}"),
        mean(&|g| points(g).powi(2)).sqrt(),
    ));
    values.push((format!("growth_bias_{measure}"), mean(&points)));
    // The two naive forecasts of growth: no growth, and no change of growth.
    values.push((
        format!("growth_mae_{measure}_zero"),
        mean(&|g| 100.0 * g.actual.abs()),
    ));
    let changes: Vec<(&GrowthOutcome, f64)> = outcomes
        .iter()
        .filter_map(|g| Some((*g, g.known?)))
        .collect();
    if !changes.is_empty() {
        let m = changes.len() as f64;
        let no_change = changes
            .iter()
            .map(|(g, known)| 100.0 * (g.actual - known).abs())
            .sum::<f64>()
            / m;
        values.push((format!("growth_mae_{measure}_no_change"), no_change));
        let pairs: Vec<(bool, bool)> = changes
            .iter()
            .map(|(g, known)| (g.forecast > *known, g.actual > *known))
            .collect();
        values.push((
            format!("hit_rate_{measure}"),
            pairs.iter().filter(|(a, b)| a == b).count() as f64 / m,
        ));
        // The test assumes independent pairs, so that each origin gives one: that of its furthest
        // month.
        let furthest = changes.iter().map(|(g, _)| g.step).max();
        let apart: Vec<(bool, bool)> = changes
            .iter()
            .zip(&pairs)
            .filter(|((g, _), _)| Some(g.step) == furthest)
            .map(|(_, pair)| *pair)
            .collect();
        if let Ok(pt) = pesaran_timmermann(&apart) {
            values.push((format!("hit_p_value_{measure}"), pt.p_value));
        }
    }
    for (at, level) in request.levels.iter().enumerate() {
        values.push((
            format!("growth_coverage_{}_{measure}", percent(*level)),
            mean(&|g| f64::from(u8::from(g.within[at]))),
        ));
    }
    if measure != GrowthMeasure::Year {
        let mut by_step: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for g in outcomes {
            let (sum, count) = by_step.entry(g.step).or_default();
            *sum += points(g).abs();
            *count += 1.0;
        }
        values.extend(
            by_step
                .into_iter()
                .map(|(step, (sum, count))| (format!("growth_mae_{measure}_h{step}"), sum / count)),
        );
    }
}

/// Naive forecast of growth.
#[derive(Debug, Clone, Copy)]
pub(super) enum NaiveGrowth {
    /// Growth is zero: the year before repeats.
    Zero,
    /// Growth stays as it was last known.
    NoChange,
}

pub(super) const NAIVES: [NaiveGrowth; 2] = [NaiveGrowth::Zero, NaiveGrowth::NoChange];

impl NaiveGrowth {
    /// Return what it forecasts, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Zero => "no growth",
            Self::NoChange => "no change of growth",
        }
    }

    /// Return the name of the test of a measure's growth errors against this naive forecast.
    pub(super) fn name(self, measure: GrowthMeasure) -> String {
        let against = match self {
            Self::Zero => "zero",
            Self::NoChange => "no_change",
        };
        format!("growth_dm_{measure}_{against}")
    }

    /// Return, for each origin, the mean difference of the absolute growth errors from those of
    /// this naive forecast, as fractions, over the months that both can forecast.
    fn differences(
        self,
        outcomes: &[OriginOutcome],
        measure: GrowthMeasure,
    ) -> BTreeMap<Month, f64> {
        let of_origin = |outcome: &OriginOutcome| {
            let of_measure = outcome.growth.iter().filter(|g| g.measure == measure);
            let difference = |g: &GrowthOutcome| {
                let naive = match self {
                    Self::Zero => 0.0,
                    Self::NoChange => g.known?,
                };
                Some((g.forecast - g.actual).abs() - (naive - g.actual).abs())
            };
            let all: Vec<f64> = of_measure.filter_map(difference).collect();
            let n = all.len() as f64;
            (n > 0.0).then(|| (outcome.origin, all.iter().sum::<f64>() / n))
        };
        outcomes.iter().filter_map(of_origin).collect()
    }
}

/// Return the mean scaled error of each origin.
fn losses(outcomes: &[OriginOutcome]) -> BTreeMap<Month, f64> {
    let loss = |outcome: &OriginOutcome| {
        let n = outcome.months.len().max(1) as f64;
        (
            outcome.origin,
            outcome.months.iter().map(|m| m.error.abs()).sum::<f64>() / n,
        )
    };
    outcomes.iter().map(loss).collect()
}

/// Add the Diebold–Mariano test against the baseline, on the origins that both have.
fn compare(
    losses: &BTreeMap<Month, f64>,
    baseline: &BTreeMap<Month, f64>,
    request: &BacktestRequest,
    values: &mut Vec<(String, f64)>,
) {
    let difference = |(origin, loss): (&Month, &f64)| Some((*origin, loss - baseline.get(origin)?));
    let differences = losses.iter().filter_map(difference).collect();
    test("dm", &differences, request, values);
}

/// Add the Diebold–Mariano test on the difference of two losses at each origin; `name` begins the
/// names of its scores.
fn test(
    name: &str,
    differences: &BTreeMap<Month, f64>,
    request: &BacktestRequest,
    values: &mut Vec<(String, f64)>,
) {
    if differences.is_empty() {
        return;
    }
    let differences: Vec<(i32, f64)> = differences.iter().map(|(o, d)| (o.index(), *d)).collect();
    let horizon = i32::try_from(request.horizon).unwrap_or(i32::MAX);
    match diebold_mariano(&differences, horizon) {
        Ok(dm) => values.extend([
            (name.to_owned(), dm.value),
            (format!("{name}_p_value"), dm.p_value),
        ]),
        // Where there is no statistic, a score says why.
        Err(super::test::TestUnavailable::Variance) => {
            values.push((format!("{name}_variance_not_positive"), 1.0));
        }
        Err(super::test::TestUnavailable::TooFew) => {
            values.push((format!("{name}_too_few_origins"), 1.0));
        }
    }
}

/// Score of a series, and the outcomes behind it.
pub(super) struct ScoredSeries<'a> {
    pub(super) score: &'a Score,
    pub(super) outcomes: &'a [OriginOutcome],
    /// Outcomes of the baseline at the same origins.
    pub(super) baseline: &'a [OriginOutcome],
}

/// Return the mean scores over series, each with the same weight; the Diebold–Mariano test is on
/// the losses averaged over series at each origin.
pub(super) fn over_all(
    method: Method,
    of_method: &[ScoredSeries<'_>],
    request: &BacktestRequest,
) -> Score {
    let mut sums: Vec<(String, f64, f64)> = Vec::new();
    for (name, value) in of_method.iter().flat_map(|scored| &scored.score.values) {
        if ["dm", "growth_dm", "hit_p_value"]
            .iter()
            .any(|test| name.starts_with(test))
        {
            continue;
        }
        match sums.iter_mut().find(|(n, ..)| n == name) {
            Some((_, sum, count)) => (*sum, *count) = (*sum + value, *count + 1.0),
            None => sums.push((name.clone(), *value, 1.0)),
        }
    }
    let mut values: Vec<(String, f64)> = sums
        .into_iter()
        .map(|(name, sum, count)| (name, sum / count))
        .collect();
    if method != request.baseline {
        let of_method_losses = mean_losses(of_method.iter().map(|scored| scored.outcomes));
        let baseline = mean_losses(of_method.iter().map(|scored| scored.baseline));
        compare(&of_method_losses, &baseline, request, &mut values);
    }
    for measure in GrowthMeasure::USUAL {
        for naive in NAIVES {
            let of_series = of_method
                .iter()
                .map(|scored| naive.differences(scored.outcomes, measure));
            let differences = means(of_series.flatten());
            test(&naive.name(measure), &differences, request, &mut values);
        }
    }
    Score {
        series: None,
        method,
        origins: of_method.iter().map(|scored| scored.score.origins).sum(),
        months: of_method.iter().map(|scored| scored.score.months).sum(),
        values,
    }
}

/// Return the loss of each origin, averaged over the series that have it.
fn mean_losses<'a>(of_series: impl Iterator<Item = &'a [OriginOutcome]>) -> BTreeMap<Month, f64> {
    means(of_series.flat_map(losses))
}

/// Return the mean of each origin's numbers.
fn means(all: impl Iterator<Item = (Month, f64)>) -> BTreeMap<Month, f64> {
    let mut sums: BTreeMap<Month, (f64, f64)> = BTreeMap::new();
    for (origin, number) in all {
        let (sum, count) = sums.entry(origin).or_default();
        (*sum, *count) = (*sum + number, *count + 1.0);
    }
    sums.into_iter()
        .map(|(origin, (sum, count))| (origin, sum / count))
        .collect()
}
