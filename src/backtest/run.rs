//! The run over origins.

use super::BacktestRequest;
use super::outcome::{OriginOutcome, outcome};
use super::score::{self, Score, ScoredSeries};
use crate::pipeline::hash;
use crate::projection::{FittedForecast, Method, PanelModel, ProjectionError, StageCache};
use crate::trade::{Month, Series, SeriesKey};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

/// How far a backtest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BacktestProgress {
    /// How many origins are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// The origin that was finished: the last known month.
    pub origin: Month,
}

/// What a backtest found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BacktestReport {
    /// One score a series and method, then one a method over each pair of trading partners of which several flows were scored, then one over all series.
    pub scores: Vec<Score>,
    /// The series that could not be scored, and why.
    pub failures: Vec<(String, ProjectionError)>,
}

/// Runs `request`: every series of `panel` teaches, those that `scored` accepts are scored. Runs on the rayon threads of the caller.
///
/// `progress` is told of every finished origin and may end the run, which then gives `None`.
pub fn backtest(
    panel: &[Series<'_>],
    scored: impl Fn(&str) -> bool,
    request: &BacktestRequest,
    progress: impl FnMut(BacktestProgress) -> ControlFlow<()>,
) -> Option<BacktestReport> {
    run(panel, None, scored, request, progress)
}

/// Runs `request` in pseudo-real time: at each origin everything is learnt from what `known` gives for it, the panel as it was known then, and scored against
/// `panel`. A series whose origin was not known then is not scored there.
pub fn backtest_as_known<'a>(
    panel: &[Series<'a>],
    known: &dyn Fn(Month) -> Vec<Series<'a>>,
    scored: impl Fn(&str) -> bool,
    request: &BacktestRequest,
    progress: impl FnMut(BacktestProgress) -> ControlFlow<()>,
) -> Option<BacktestReport> {
    run(panel, Some(known), scored, request, progress)
}

fn run<'a>(
    panel: &[Series<'a>],
    as_known: Option<&dyn Fn(Month) -> Vec<Series<'a>>>,
    scored: impl Fn(&str) -> bool,
    request: &BacktestRequest,
    mut progress: impl FnMut(BacktestProgress) -> ControlFlow<()>,
) -> Option<BacktestReport> {
    let subjects: Vec<&Series<'_>> = panel.iter().filter(|series| scored(series.id())).collect();
    let mut at_origin: BTreeMap<Month, Vec<usize>> = BTreeMap::new();
    for (k, series) in subjects.iter().enumerate() {
        for origin in origins(series, request) {
            at_origin.entry(origin).or_default().push(k);
        }
    }
    let mut found: BTreeMap<(usize, usize), Vec<OriginOutcome>> = BTreeMap::new();
    let mut errors: BTreeMap<(usize, usize), ProjectionError> = BTreeMap::new();
    // Origins come in the order of time, so that each finds what the ones before it learnt.
    let mut memories: Vec<StageCache> = request
        .methods
        .iter()
        .map(|_| StageCache::default())
        .collect();
    let total = at_origin.len();
    for (done, (origin, those)) in at_origin.into_iter().enumerate() {
        let then = as_known.map(|known| known(origin));
        let known: Vec<Series<'_>> = then
            .as_deref()
            .unwrap_or(panel)
            .iter()
            .map(|series| series.until(origin))
            .filter(|s| !s.is_empty())
            .collect();
        // In real time each subject starts from its own past as it was known.
        let of_id: HashMap<&str, &Series<'_>> = if then.is_some() {
            known.iter().map(|series| (series.id(), series)).collect()
        } else {
            HashMap::new()
        };
        for (m, method) in request.methods.iter().enumerate() {
            let pool = if then.is_some() {
                // What earlier origins learnt came from figures that may have been revised since.
                PanelModel::fit(&known, *method, request.horizon)
            } else {
                PanelModel::fit_cached(&known, *method, request.horizon, &mut memories[m])
            };
            let past = |k: usize| {
                if then.is_none() {
                    return Some(subjects[k].until(origin));
                }
                let past = of_id.get(subjects[k].id()).copied().copied();
                past.filter(|series| series.last() == origin)
            };
            let outcomes: Vec<(usize, Result<Option<OriginOutcome>, ProjectionError>)> = those
                .par_iter()
                .map(|k| {
                    let outcome = past(*k).map(|past| one(&past, subjects[*k], &pool, request));
                    (*k, outcome.unwrap_or(Ok(None)))
                })
                .collect();
            for (k, outcome) in outcomes {
                match outcome {
                    Ok(outcome) => found.entry((k, m)).or_default().extend(outcome),
                    Err(error) => drop(errors.entry((k, m)).or_insert(error)),
                }
            }
        }
        if progress(BacktestProgress {
            done: done + 1,
            total,
            origin,
        })
        .is_break()
        {
            return None;
        }
    }
    keep_common(&mut found, subjects.len(), request.methods.len());
    Some(report(&subjects, &found, &errors, request))
}

/// Leaves of each series the origins that all its methods answered at, so that methods are compared on the same months. A method without any answer
/// on a series has no say.
fn keep_common(
    found: &mut BTreeMap<(usize, usize), Vec<OriginOutcome>>,
    series: usize,
    methods: usize,
) {
    for k in 0..series {
        let answered: Vec<BTreeSet<Month>> = (0..methods)
            .filter_map(|m| found.get(&(k, m)))
            .map(|outcomes| outcomes.iter().map(|outcome| outcome.origin).collect())
            .filter(|origins: &BTreeSet<Month>| !origins.is_empty())
            .collect();
        let Some(common) = answered.into_iter().reduce(|a, b| &a & &b) else {
            continue;
        };
        for m in 0..methods {
            if let Some(outcomes) = found.get_mut(&(k, m)) {
                outcomes.retain(|outcome| common.contains(&outcome.origin));
            }
        }
    }
}

/// Fewer months before an origin leave no twelve-month changes to measure errors by.
const MIN_KNOWN: usize = 24;

/// The origins of a series: the latest with a whole horizon after them and enough months before, each `step` months before the next.
fn origins(series: &Series<'_>, request: &BacktestRequest) -> BTreeSet<Month> {
    let back = |j: usize| request.horizon + j * request.step;
    (0..request.origins)
        .map(back)
        .filter(|back| series.len() >= back + MIN_KNOWN)
        .map(|back| series.last().back(back))
        // An origin within a gap would be the one before it once more.
        .filter(|origin| series.at(*origin).is_some())
        .collect()
}

fn one(
    known: &Series<'_>,
    series: &Series<'_>,
    pool: &PanelModel,
    request: &BacktestRequest,
) -> Result<Option<OriginOutcome>, ProjectionError> {
    let fitted = FittedForecast::new(known, pool)?;
    let paths = fitted.paths(request.paths, hash(request.seed, series.id()));
    Ok(outcome(known, series, &fitted, &paths, request))
}

fn report(
    subjects: &[&Series<'_>],
    found: &BTreeMap<(usize, usize), Vec<OriginOutcome>>,
    errors: &BTreeMap<(usize, usize), ProjectionError>,
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
            let unscaled = ProjectionError::Unfit {
                method: "backtest",
                reason: "its history has no twelve-month changes to measure errors by, or no month to compare".to_owned(),
            };
            let too_short = (found < needed).then_some(ProjectionError::TooShort { needed, found });
            let error = too_short
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
    // Means over series compare methods only where they are over the same series.
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
    for (name, those) in pairs(subjects) {
        mean(Some(&name), &|k| those.contains(k));
    }
    mean(None, &|_| true);
    BacktestReport { scores, failures }
}

/// The subjects that trade the same goods between the same two, where there are several, named as a filter would: `USA.CHN..TOTAL.USD`.
fn pairs(subjects: &[&Series<'_>]) -> BTreeMap<String, Vec<usize>> {
    let mut pairs: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (k, series) in subjects.iter().enumerate() {
        if let Ok(key) = SeriesKey::parse(series.id()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::Member;

    fn series(seed: u64, n: usize) -> Vec<f64> {
        let mut state = seed;
        (0..n)
            .map(|t| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let noise = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
                1000.0
                    * (0.004 * t as f64
                        + 0.2 * (t as f64 * std::f64::consts::PI / 6.0).sin()
                        + 0.1 * noise)
                        .exp()
            })
            .collect()
    }

    fn request(methods: &[Method]) -> BacktestRequest {
        BacktestRequest::new(12, 3, 6, methods, BacktestRequest::NAIVE, &[], 7).unwrap()
    }

    fn run(values: &[Vec<f64>], request: &BacktestRequest) -> BacktestReport {
        let ids: Vec<String> = (0..values.len()).map(|k| format!("s{k}")).collect();
        let january = Month::january(2005);
        let panel: Vec<Series<'_>> = ids
            .iter()
            .zip(values)
            .map(|(id, v)| Series::new(id, january, v, false))
            .collect();
        backtest(&panel, |_| true, request, |_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn the_seasonal_naive_is_its_own_yardstick() {
        let values: Vec<Vec<f64>> = (0..3).map(|k| series(k, 120)).collect();
        let report = run(&values, &request(&[Method::Only(Member::SeasonalNaive)]));
        assert_eq!(report.scores.len(), 4);
        let all = report.scores.last().unwrap();
        assert_eq!(
            (all.series.as_deref(), all.origins, all.months),
            (None, 9, 108)
        );
        assert!((all.value("theil_u").unwrap() - 1.0).abs() < 1e-12);
        // The seasonal naive says that a month grows by nothing, so its growth error is the growth itself.
        // It is read as a median over paths around that nothing, so half a point of sampling error is left.
        let (mae, zero) = (
            all.value("growth_mae_month").unwrap(),
            all.value("growth_mae_month_zero").unwrap(),
        );
        assert!((mae - zero).abs() < 0.5, "{mae} {zero}");
    }

    #[test]
    fn the_flows_of_a_pair_are_scored_together() {
        let keys = ["A.B.M.T.USD", "A.B.X.T.USD", "A.C.X.T.USD", "no key"];
        let january = Month::january(2005);
        let of = |id| Series::new(id, january, &[1.0], false);
        let all = keys.map(of);
        let subjects: Vec<&Series<'_>> = all.iter().collect();
        let found: Vec<(String, Vec<usize>)> = pairs(&subjects).into_iter().collect();
        assert_eq!(found, [("A.B..T.USD".to_owned(), vec![0, 1])]);
    }

    #[test]
    fn nothing_after_an_origin_moves_its_forecast_by_a_bit() {
        // Everything after the origin is multiplied by 1.5, in every series, so truths and nothing else change. What was foretold comes out of the
        // scores again: `bias` is (f − y) / scale, so f = y + bias · scale, month by month with a horizon of one.
        let values: Vec<Vec<f64>> = (0..6).map(|k| series(k, 121)).collect();
        let mut changed = values.clone();
        changed
            .iter_mut()
            .for_each(|v| v[120..].iter_mut().for_each(|y| *y *= 1.5));
        let once = BacktestRequest::new(
            1,
            1,
            1,
            &[Method::Auto, Method::Best],
            BacktestRequest::NAIVE,
            &[],
            7,
        )
        .unwrap();
        let foretold = |values: &[Vec<f64>]| -> Vec<f64> {
            let scores = run(values, &once).scores;
            let of_series = scores
                .iter()
                .filter_map(|score| Some((score.series.as_deref()?, score.value("bias")?)));
            of_series
                .map(|(id, bias)| {
                    let v = &values[id[1..].parse::<usize>().unwrap()];
                    let scale = (12..120).map(|t| (v[t] - v[t - 12]).abs()).sum::<f64>() / 108.0;
                    v[120] + bias * scale
                })
                .collect()
        };
        let (before, after) = (foretold(&values), foretold(&changed));
        assert_eq!(before.len(), 18);
        for (a, b) in before.iter().zip(&after) {
            assert!((a / b - 1.0).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn the_future_of_other_series_moves_no_score() {
        // One origin, 12 months before the end. What the other series do after it is changed, and with it what the pooled members, the weights
        // and the widths would learn if any of them looked ahead.
        let values: Vec<Vec<f64>> = (0..6).map(|k| series(k, 120)).collect();
        let mut changed = values.clone();
        changed[1..]
            .iter_mut()
            .for_each(|v| v[108..].iter_mut().for_each(|y| *y *= 3.0));
        let once = BacktestRequest::new(
            12,
            1,
            1,
            &[Method::Auto, Method::Best],
            BacktestRequest::NAIVE,
            &[],
            7,
        )
        .unwrap();
        let of_first = |values: &[Vec<f64>]| {
            let scores = run(values, &once).scores;
            scores
                .into_iter()
                .filter(|score| score.series.as_deref() == Some("s0"))
                .collect::<Vec<_>>()
        };
        assert_eq!(of_first(&values), of_first(&changed));
        assert_eq!(of_first(&values).len(), 3);
    }

    #[test]
    fn a_series_that_is_too_short_is_said_to_be() {
        let report = run(&[series(1, 120), series(2, 14)], &request(&[Method::Auto]));
        assert_eq!(
            report.failures,
            [(
                "s1".to_owned(),
                ProjectionError::TooShort {
                    needed: 36,
                    found: 14
                }
            )]
        );
    }

    #[test]
    fn one_thread_and_many_give_the_same_bytes() {
        let values: Vec<Vec<f64>> = (0..6).map(|k| series(k, 100)).collect();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                format!(
                    "{:?}",
                    run(&values, &request(&[Method::Auto, Method::Best]))
                )
            })
        };
        assert_eq!(on(1), on(4));
    }

    #[test]
    fn a_run_can_be_ended() {
        let values = [series(1, 120)];
        let panel = [Series::new("a", Month::january(2005), &values[0], false)];
        assert_eq!(
            backtest(&panel, |_| true, &request(&[]), |_| ControlFlow::Break(())),
            None
        );
    }
}
