//! The run over origins.

use super::outcome::{OriginOutcome, outcome};
use super::report::{BacktestReport, report};
use super::request::{BacktestRequest, MIN_KNOWN};
use crate::projection::{FittedForecast, PanelModel, ProjectionError, StageCache, check_monthly};
use crate::trade::{Month, Series, seeded_hash};
use crate::work::Work;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Progress of a backtest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BacktestProgress {
    /// Number of finished origins.
    pub done: usize,
    /// Number of all origins.
    pub total: usize,
    /// The finished origin: the last known month.
    pub origin: Month,
}

/// Run `request` on the rayon threads of the caller: the panel model is fitted to every series of
/// `panel`, and those that `scored` accepts are scored.
///
/// `progress` is called after every origin and may end the run, which then returns `None`.
pub fn backtest(
    panel: &[Series<'_>],
    scored: impl Fn(&str) -> bool,
    request: &BacktestRequest,
    progress: impl FnMut(BacktestProgress) -> ControlFlow<()>,
) -> Option<BacktestReport> {
    run(panel, None, scored, request, progress)
}

/// Run `request` in pseudo-real time: at each origin the panel model is fitted to the panel that
/// `known` returns, as it was known then, and forecasts are compared with `panel`. A series whose
/// value at the origin was not known then is not scored there.
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
    // Origins come in the order of time, so that each reuses the stages of those before it.
    let mut caches: Vec<StageCache> = request
        .methods
        .iter()
        .map(|_| StageCache::default())
        .collect();
    // Series with an origin whose month was not known yet in pseudo-real time.
    let mut unknown: BTreeSet<usize> = BTreeSet::new();
    let total = at_origin.len();
    for (done, (origin, scored_here)) in at_origin.into_iter().enumerate() {
        let then = as_known.map(|known| known(origin));
        // Series that had published more than the month of the origin are ahead of those that had
        // not. Their own forecasts come from the panel cut at the origin.
        let ahead = |series: &Series<'_>| series.last() > origin;
        let uncut = then.as_deref().filter(|panel| {
            panel
                .iter()
                .any(|series| !series.is_empty() && ahead(series))
        });
        let known: Vec<Series<'_>> = then
            .as_deref()
            .unwrap_or(panel)
            .iter()
            .map(|series| series.until(origin))
            .filter(|s| !s.is_empty())
            .collect();
        // In pseudo-real time each scored series ends as it was known then.
        let of_id: HashMap<&str, &Series<'_>> = if then.is_some() {
            known.iter().map(|series| (series.id(), series)).collect()
        } else {
            HashMap::new()
        };
        for (m, method) in request.methods.iter().enumerate() {
            let model = if then.is_some() {
                // Stages of earlier origins rest on values that may have been revised since.
                let regressors = Arc::clone(&request.regressors);
                PanelModel::fit_with(&known, *method, request.horizon, regressors)
            } else {
                let regressors = Arc::clone(&request.regressors);
                let (horizon, cache) = (request.horizon, &mut caches[m]);
                PanelModel::fit_cached(&known, *method, horizon, regressors, cache)
            };
            let ragged = uncut.map(|panel| {
                let filled: Vec<Series<'_>> =
                    panel.iter().copied().filter(|s| !s.is_empty()).collect();
                let ids: HashSet<&str> =
                    filled.iter().filter(|s| ahead(s)).map(Series::id).collect();
                let regressors = Arc::clone(&request.regressors);
                let (horizon, news) = (request.horizon, request.news);
                let model = PanelModel::fit_with_news(&filled, *method, horizon, regressors, news);
                (model, ids)
            });
            let model_of = |id: &str| match &ragged {
                Some((model, ahead)) if !ahead.contains(id) => model,
                _ => &model,
            };
            let history = |k: usize| {
                if then.is_none() {
                    return Some(subjects[k].until(origin));
                }
                let known = of_id.get(subjects[k].id()).copied().copied();
                known.filter(|series| series.last() == origin)
            };
            unknown.extend(scored_here.iter().filter(|k| history(**k).is_none()));
            let work = Work::current();
            let outcomes: Vec<(usize, Result<Option<OriginOutcome>, ProjectionError>)> =
                scored_here
                    .par_iter()
                    .map(|k| {
                        let outcome = history(*k).map(|known| {
                            work.part(|| {
                                outcome_at(&known, subjects[*k], model_of(known.id()), request)
                            })
                        });
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
    Some(report(&subjects, &found, &errors, &unknown, request))
}

/// Keep of each series the origins from which all its methods have a forecast, so that methods are
/// compared on the same months. A method without any forecast of a series is ignored there.
fn keep_common(
    found: &mut BTreeMap<(usize, usize), Vec<OriginOutcome>>,
    series: usize,
    methods: usize,
) {
    for k in 0..series {
        let origins: Vec<BTreeSet<Month>> = (0..methods)
            .filter_map(|m| found.get(&(k, m)))
            .map(|outcomes| outcomes.iter().map(|outcome| outcome.origin).collect())
            .filter(|origins: &BTreeSet<Month>| !origins.is_empty())
            .collect();
        let Some(common) = origins.into_iter().reduce(|a, b| &a & &b) else {
            continue;
        };
        for m in 0..methods {
            if let Some(outcomes) = found.get_mut(&(k, m)) {
                outcomes.retain(|outcome| common.contains(&outcome.origin));
            }
        }
    }
}

/// Return the origins of a series: the latest ones with a whole horizon after them and enough
/// months before them, each `step` months before the next; none of a series that is not monthly.
fn origins(series: &Series<'_>, request: &BacktestRequest) -> BTreeSet<Month> {
    if check_monthly(series).is_err() {
        return BTreeSet::new();
    }
    let back = |j: usize| request.horizon + j * request.step;
    (0..request.origins)
        .map(back)
        .filter(|back| series.len() >= back + MIN_KNOWN)
        .map(|back| series.last().back(back))
        // An origin within a gap would repeat the one before it.
        .filter(|origin| series.at(*origin).is_some())
        .collect()
}

/// Forecast a series from one origin and compare it with `series`.
fn outcome_at(
    known: &Series<'_>,
    series: &Series<'_>,
    model: &PanelModel,
    request: &BacktestRequest,
) -> Result<Option<OriginOutcome>, ProjectionError> {
    let events = request.events.of(series.id()).until(known.last());
    let fitted = FittedForecast::with_events(known, model, &events)?;
    let paths = fitted.paths(request.paths, seeded_hash(request.seed, series.id()));
    Ok(outcome(known, series, &fitted, &paths, request))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{Member, Method, NewsOfOthers};

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
    fn the_seasonal_naive_is_its_own_benchmark() {
        let values: Vec<Vec<f64>> = (0..3).map(|k| series(k, 120)).collect();
        let report = run(&values, &request(&[Method::Only(Member::SeasonalNaive)]));
        assert_eq!(report.scores.len(), 4);
        let all = report.scores.last().unwrap();
        assert_eq!(
            (all.series.as_deref(), all.origins, all.months),
            (None, 9, 108)
        );
        assert!((all.value("theil_u").unwrap() - 1.0).abs() < 1e-12);
        // The seasonal naive forecasts no growth, so that its growth error is the growth itself. It
        // is estimated by a median over paths, which leaves half a point of sampling error.
        let (mae, zero) = (
            all.value("growth_mae_month").unwrap(),
            all.value("growth_mae_month_zero").unwrap(),
        );
        assert!((mae - zero).abs() < 0.5, "{mae} {zero}");
    }

    #[test]
    fn nothing_after_an_origin_moves_its_forecast_by_a_bit() {
        // Every value after the origin is multiplied by 1.5, in every series, so that only the
        // actual values change. The forecast follows from the scores: `bias` is (f − y) / scale, so
        // that f = y + bias · scale, month by month with a horizon of one.
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
        let forecasts = |values: &[Vec<f64>]| -> Vec<f64> {
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
        let (before, after) = (forecasts(&values), forecasts(&changed));
        assert_eq!(before.len(), 18);
        for (a, b) in before.iter().zip(&after) {
            assert!((a / b - 1.0).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn the_future_of_other_series_moves_no_score() {
        // There is one origin, 12 months before the end. The values of the other series after it
        // are changed, and with them what the pooled members, the weights and the widths of
        // intervals would be fitted to if any of them looked ahead.
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
    fn a_series_that_is_too_short_is_reported() {
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

    /// Backtest the first series of a panel in pseudo-real time, published `late` months after the
    /// others.
    fn in_real_time(values: &[Vec<f64>], request: &BacktestRequest, late: usize) -> BacktestReport {
        let ids: Vec<String> = (0..values.len()).map(|k| format!("s{k}")).collect();
        let all = ids.iter().zip(values);
        let panel: Vec<Series<'_>> = all
            .map(|(id, values)| Series::new(id, Month::january(2005), values, false))
            .collect();
        let known = |origin: Month| {
            let mut known = panel.clone();
            for (k, series) in known.iter_mut().enumerate() {
                *series = series.until(match k {
                    0 => origin.back(late),
                    _ => origin.plus(1),
                });
            }
            known
        };
        let go_on = |_| ControlFlow::Continue(());
        backtest_as_known(&panel, &known, |id| id == "s0", request, go_on).unwrap()
    }

    #[test]
    fn in_real_time_a_forecast_is_that_of_the_day_with_and_without_newer_months_of_others() {
        let values: Vec<Vec<f64>> = (0..6).map(|k| series(k, 120)).collect();
        for news in [NewsOfOthers::Used, NewsOfOthers::Ignored] {
            let request = request(&[Method::Auto])
                .with_news(news)
                .keeping_forecasts(true);
            let report = in_real_time(&values, &request, 0);
            let found = report.forecasts.iter();
            let found: Vec<_> = found.filter(|f| f.method == Method::Auto).collect();
            assert_eq!(found.len(), 3, "{:?}", report.failures);
            for forecast in found {
                let january = Month::january(2005);
                let months = forecast.cutoff.count_from(january);
                let ids = ["s0", "s1", "s2", "s3", "s4", "s5"];
                let of_day = |(k, id): (usize, &&'static str)| {
                    let known = months + usize::from(k > 0);
                    Series::new(id, january, &values[k][..known], false)
                };
                let panel: Vec<Series<'_>> = ids.iter().enumerate().map(of_day).collect();
                let model =
                    PanelModel::fit_with_news(&panel, Method::Auto, 12, Arc::default(), news);
                let fitted = FittedForecast::new(&panel[0], &model).unwrap();
                let points: Vec<f64> = forecast.months.iter().map(|month| month.value).collect();
                assert_eq!(points, fitted.point(), "{news:?} {}", forecast.cutoff);
            }
        }
    }

    #[test]
    fn a_series_that_is_published_too_late_for_real_time_is_said_to_be() {
        let values: Vec<Vec<f64>> = (0..3).map(|k| series(k, 120)).collect();
        let report = in_real_time(&values, &request(&[Method::Auto]), 1);
        let [(id, error)] = report.failures.as_slice() else {
            panic!("{:?}", report.failures);
        };
        assert_eq!(id, "s0");
        assert!(
            error.to_string().contains("published later than"),
            "{error}"
        );
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
