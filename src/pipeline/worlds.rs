//! A scenario run: the series' joint draws, their twins under the shocks, and what every reading changes by.

use super::engine::Plan;
use super::forecast::hash;
use super::scenario::{Shock, ShockError, ShockTarget, ShockedSums, shocked};
use super::{ForecastError, ForecastRequest};
use crate::catalog::{Snapshot, Vintage};
use crate::growth::comparison::{Comparison, compare};
use crate::growth::{GrowthMeasure, SeriesDraws};
use crate::projection::{
    Assumption, FittedForecast, JointDraws, JointForecast, JointMember, JointSeries, PanelModel,
    ProjectionError, joint_forecast,
};
use crate::reconcile::{Constraints, ReconcileError, reconcile};
use crate::trade::hierarchy::{AbsentSum, absent_sums};
use crate::trade::{Component, Currency, Month, Series, SeriesKey, Span};
use rayon::prelude::*;

/// The most numbers that one side of a scenario may hold: months of all series, times paths. An eighth of a gigabyte.
const MOST_NUMBERS: usize = 1 << 24;

/// What a scenario asks, beside how its series are forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// The keys of the series, as written.
    pub series: Vec<String>,
    /// The shocks, put in one after another.
    pub shocks: Vec<Shock>,
    /// The currency that figures are turned into, month by month; months ahead at the rate of the last month known.
    pub currency: Option<Currency>,
}

/// Why a whole scenario could not be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioRunError {
    /// A shock that cannot be.
    #[error(transparent)]
    Shock(#[from] ShockError),
    /// More series, months and paths than one scenario may hold.
    #[error(
        "{numbers} numbers are to be drawn (series × months × paths), at most {MOST_NUMBERS} may be: ask for fewer series or paths"
    )]
    TooLarge {
        /// How many.
        numbers: usize,
    },
    /// No exchange rate leads from the one currency to the other.
    #[error("there are no exchange rates between {from} and {to}")]
    NoRate {
        /// The currency of a series.
        from: Currency,
        /// The currency asked for.
        to: Currency,
    },
    /// The series cannot be projected together.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// What is known of the series does not go together.
    #[error(
        "{series}: what is known contradicts what must hold in {span} (flows add up to totals and balances, members to their group), {missing} are left over: ask for fewer of these series at once"
    )]
    Contradiction {
        /// The series that is to be a sum.
        series: String,
        /// The months.
        span: Span,
        /// How much is left over, base units.
        missing: f64,
    },
}

/// A baseline and a scenario that share their draws.
#[derive(Debug)]
pub struct ScenarioResult {
    baseline: JointDraws,
    scenario: JointDraws,
    /// What each series is, in the order of the joints.
    told: Vec<SeriesInfo>,
    failures: Vec<(String, ForecastError)>,
    horizon: usize,
    levels: Vec<f64>,
}

/// What is said of a series beside its draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesInfo {
    /// The key, as asked for; of a derived series its own.
    pub asked: String,
    /// The last month that is known.
    pub last: Month,
    /// Whether it was asked for, or is a sum of what was.
    pub derived: bool,
}

/// The history of a series and its forecasts, in the baseline and on the shocks' condition.
struct FittedSeries<'a> {
    asked: &'a str,
    key: SeriesKey,
    series: Series<'a>,
    baseline: FittedForecast<'a>,
    conditional: Option<FittedForecast<'a>>,
}

/// Runs a scenario. A series that cannot be forecast fails alone; exports and imports that were both asked for bring their total and balance with them.
///
/// Series are drawn [`together`], so that errors that came together come together, to the last month that the forecasts of all reach. Where totals,
/// balances or groups were asked for beside all that they are made of, draws and point paths are made to add up ([`reconcile`]); where nothing must hold,
/// each series' draws are those of its own forecast.
///
/// # Errors
/// A shock that cannot be, no rate to the currency asked for, more draws than fit, or figures that contradict each other.
pub fn run_scenario(plan: &Plan, scenario: &Scenario) -> Result<ScenarioResult, ScenarioRunError> {
    let (snapshot, request) = (plan.snapshot(), plan.request());
    let pool = plan.prepare();
    let assumed: Vec<Assumption> = scenario
        .shocks
        .iter()
        .flat_map(Shock::assumptions)
        .collect();
    // Before anything is fitted, as far as can be told by then; the rest when months and sums are known.
    fits(scenario.series.len(), request.horizon + 23, request.paths)?;
    let found: Vec<Result<FittedSeries<'_>, ForecastError>> = scenario
        .series
        .par_iter()
        .map(|asked| run(snapshot, pool, request, asked, &assumed))
        .collect();
    let (mut ready, mut failures) = (Vec::new(), Vec::new());
    for (asked, found) in scenario.series.iter().zip(found) {
        match found {
            Ok(run) => ready.push(run),
            Err(error) => failures.push((asked.clone(), error)),
        }
    }
    let (runs, apart) = in_common(ready, request.horizon);
    failures.extend(apart);
    let fixed_in: Vec<Currency> = runs.iter().map(|run| run.key.unit).collect();
    for shock in &scenario.shocks {
        assumable(shock, pool, &runs, request.horizon)?;
    }
    let Some((first, months)) = window(&runs, request.horizon) else {
        let none = || JointDraws::new(Month::january(2000), 0, Vec::new(), Vec::new());
        return Ok(ScenarioResult {
            baseline: none(),
            scenario: none(),
            told: Vec::new(),
            failures,
            horizon: request.horizon,
            levels: request.levels.clone(),
        });
    };
    let mut rates = Vec::with_capacity(runs.len());
    for run in &runs {
        rates.push(ConversionRates::of(
            snapshot,
            run,
            scenario.currency,
            request.vintage,
        )?);
    }
    let mut told: Vec<SeriesInfo> = runs
        .iter()
        .map(|run| SeriesInfo {
            asked: run.asked.to_owned(),
            last: run.series.last(),
            derived: false,
        })
        .collect();
    let mut fixed_in = fixed_in;
    let keys: Vec<SeriesKey> = runs
        .iter()
        .zip(&rates)
        .map(|(run, rates)| run.key.with_unit(rates.to))
        .collect();
    let derived = absent_sums(&keys);
    fits(runs.len() + derived.len(), months, request.paths)?;
    for AbsentSum { key, parts } in &derived {
        told.push(SeriesInfo {
            asked: key.to_string(),
            last: earliest(parts, |part| told[part].last),
            derived: true,
        });
        fixed_in.push(fixed_in[parts[0].part]);
    }
    let shape = ScenarioFrame {
        first,
        months,
        runs: &runs,
        rates: &rates,
        keys: &keys,
        derived: &derived,
    };
    let (drawn, twin) = draw(&runs, request)?;
    let baseline = shape.joint(&drawn);
    let conditional = twin.map(|twin| shape.joint(&twin));
    let sums = ShockedSums::of(baseline.nodes(), fixed_in);
    Ok(ScenarioResult {
        scenario: shocked(
            conditional.as_ref().unwrap_or(&baseline),
            &sums,
            &scenario.shocks,
        )?,
        baseline,
        told,
        failures,
        horizon: request.horizon,
        levels: request.levels.clone(),
    })
}

/// One series in the baseline and in the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioSeries {
    /// The key, as requested; of a derived series its own.
    pub requested: String,
    /// The key, in the currency that figures were turned into.
    pub key: SeriesKey,
    /// The last month that is known.
    pub last: Month,
    /// Whether it is a sum of requested series.
    pub derived: bool,
    /// Whether the scenario moves it.
    pub moved: bool,
    /// Every reading.
    pub comparisons: Vec<Comparison>,
}

/// What a scenario came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioSummary {
    /// The series that the scenario moves.
    pub moved: Vec<SeriesKey>,
    /// The series that it leaves as they are.
    pub unmoved: Vec<SeriesKey>,
    /// How many series have no forecast.
    pub failures: usize,
}

impl ScenarioResult {
    /// Read series `k` in the baseline and in the scenario; `None` where there is none.
    pub fn series_outcome(&self, k: usize) -> Option<ScenarioSeries> {
        let (key, told) = self.series().nth(k)?;
        Some(ScenarioSeries {
            requested: told.asked.clone(),
            key: key.clone(),
            last: told.last,
            derived: told.derived,
            moved: self.moved(k),
            comparisons: self.comparisons(k),
        })
    }

    /// Return which series the scenario moves.
    pub fn summary(&self) -> ScenarioSummary {
        let keys = self.series().map(|(key, _)| key.clone()).enumerate();
        let (moved, unmoved): (Vec<_>, Vec<_>) = keys.partition(|(k, _)| self.moved(*k));
        let keys = |of: Vec<(usize, SeriesKey)>| of.into_iter().map(|(_, key)| key).collect();
        ScenarioSummary {
            moved: keys(moved),
            unmoved: keys(unmoved),
            failures: self.failures.len(),
        }
    }

    /// The series that were not forecast, and why.
    pub fn failures(&self) -> &[(String, ForecastError)] {
        &self.failures
    }

    /// The series, those asked for first.
    pub fn series(&self) -> impl ExactSizeIterator<Item = (&SeriesKey, &SeriesInfo)> {
        let keys = self.baseline.nodes().iter().map(|node| &node.key);
        keys.zip(&self.told)
    }

    /// Whether the scenario moves a series at all.
    pub fn moved(&self, series: usize) -> bool {
        let pairs = self.baseline.paths(series).zip(self.scenario.paths(series));
        let differs = |(a, b): (&f64, &f64)| a != b && !(a.is_nan() && b.is_nan());
        pairs.into_iter().any(|(a, b)| a.iter().zip(b).any(differs))
    }

    /// Every reading of a series: months ahead, years to date and trailing years, and calendar years that the horizon completes.
    pub fn comparisons(&self, series: usize) -> Vec<Comparison> {
        let last = self.told[series].last;
        let months = (1..=self.horizon).map(|k| last.forward(k));
        let measures = |month: Month| {
            let all = GrowthMeasure::USUAL.into_iter();
            all.filter(move |measure| *measure != GrowthMeasure::Year || month.of_year() == 12)
                .map(move |measure| (measure, month))
        };
        let (was, is) = (
            SeriesDraws::new(&self.baseline, series),
            SeriesDraws::new(&self.scenario, series),
        );
        months
            .flat_map(measures)
            .filter_map(|(measure, month)| compare(was, is, measure, month, &self.levels))
            .collect()
    }
}

/// Refuses more numbers than one side of a scenario may hold.
fn fits(series: usize, months: usize, paths: usize) -> Result<(), ScenarioRunError> {
    let numbers = series.saturating_mul(months).saturating_mul(paths);
    if numbers > MOST_NUMBERS {
        return Err(ScenarioRunError::TooLarge { numbers });
    }
    Ok(())
}

fn run<'a>(
    snapshot: &'a Snapshot,
    pool: &'a PanelModel,
    request: &ForecastRequest,
    asked: &'a str,
    assumed: &[Assumption],
) -> Result<FittedSeries<'a>, ForecastError> {
    let (key, series) = snapshot.series(asked, request.vintage)?;
    let conditional = if assumed.is_empty() {
        None
    } else {
        Some(FittedForecast::assuming(&series, pool, assumed)?)
    };
    Ok(FittedSeries {
        asked,
        key: key.clone(),
        baseline: FittedForecast::new(&series, pool)?,
        conditional,
        series,
    })
}

/// The series whose forecasts have months in common, and a failure for each that ended so long before the last one that its forecast reaches no month
/// ahead of that.
fn in_common(
    runs: Vec<FittedSeries<'_>>,
    horizon: usize,
) -> (Vec<FittedSeries<'_>>, Vec<(String, ForecastError)>) {
    let ahead = i32::try_from(horizon).unwrap_or(i32::MAX);
    let latest = runs.iter().map(|run| run.series.last()).max();
    let near = |run: &FittedSeries<'_>| latest.is_none_or(|l| l.since(run.series.last()) < ahead);
    let (near, far): (Vec<FittedSeries<'_>>, Vec<FittedSeries<'_>>) =
        runs.into_iter().partition(near);
    let failure = |run: FittedSeries<'_>| {
        let (last, reach) = (run.series.last(), run.series.last().plus(ahead));
        let beside = latest.unwrap_or(last);
        let error = ProjectionError::Unfit {
            method: "a joint forecast",
            reason: format!(
                "the series have no months in common: this one ends in {last} and is forecast to {reach}, another one ends in {beside}"
            ),
        };
        (run.asked.to_owned(), error.into())
    };
    (near, far.into_iter().map(failure).collect())
}

/// The series drawn together and made to fit what their keys say, from the earliest end to the last month that all forecasts reach; and their twins on
/// the shocks' condition, where there is one.
fn draw(
    runs: &[FittedSeries<'_>],
    request: &ForecastRequest,
) -> Result<(JointDraws, Option<JointDraws>), ScenarioRunError> {
    let part = |run| {
        let FittedSeries { key, series, .. }: &FittedSeries<'_> = run;
        JointMember {
            key: key.clone(),
            series: *series,
            fitted: &run.baseline,
            seed: hash(request.seed, series.id()),
        }
    };
    let parts: Vec<JointMember<'_>> = runs.iter().map(part).collect();
    let drawn = joint_forecast(&parts, 1, request.paths, hash(request.seed, "scenario"))?;
    let twin = twin(&drawn, &parts, runs);
    let fit = |joint: JointDraws| {
        let constraints = Constraints::of(&joint);
        if constraints.is_empty() {
            return Ok(joint);
        }
        match reconcile(&joint, &constraints) {
            Ok(fitting) => Ok(fitting.joint),
            Err(ReconcileError::Contradiction {
                node,
                span,
                missing,
            }) => Err(ScenarioRunError::Contradiction {
                series: joint.nodes()[node].key.to_string(),
                span,
                missing,
            }),
        }
    };
    Ok((fit(drawn.draws)?, twin.map(fit).transpose()?))
}

/// The point path of a series, and its path in each draw.
type SeriesPaths = (Vec<f64>, Vec<Vec<f64>>);

/// The draws of `joint` again, each from the same chances in the same world, on the shocks' condition; `None` without one.
fn twin(
    forecast: &JointForecast,
    parts: &[JointMember<'_>],
    runs: &[FittedSeries<'_>],
) -> Option<JointDraws> {
    let joint = &forecast.draws;
    let (first, months, count) = (joint.first(), joint.months(), joint.count());
    let of_part = |(k, (part, run)): (usize, (&JointMember<'_>, &FittedSeries<'_>))| {
        let conditional = run.conditional.as_ref()?;
        let next = part.series.last().plus(1);
        // Where the forecast begins in the joint, and with which of its steps.
        let place = usize::try_from(next.since(first)).unwrap_or(0).min(months);
        let step = usize::try_from(first.since(next)).unwrap_or(0);
        let steps = step..step + months - place;
        let conditional_paths = conditional.paths(count, part.seed);
        let conditional_paths: Vec<&[f64]> = conditional_paths.iter().collect();
        let draws = joint.paths(k).zip(&forecast.path_of_draw[k]);
        let rows = draws
            .map(|(path, own)| [&path[..place], &conditional_paths[*own][steps.clone()]].concat())
            .collect();
        let point = [
            &joint.nodes()[k].point[..place],
            &conditional.point()[steps],
        ]
        .concat();
        Some((point, rows))
    };
    let of_parts: Option<Vec<SeriesPaths>> = parts
        .par_iter()
        .zip(runs)
        .enumerate()
        .map(of_part)
        .collect();
    let of_parts = of_parts?;
    let of_draw = |draw: usize| of_parts.iter().flat_map(move |(_, rows)| &rows[draw]);
    let draws = (0..count).flat_map(of_draw).copied().collect();
    let nodes = joint.nodes().iter().zip(&of_parts);
    let nodes = nodes.map(|(node, (point, _))| JointSeries {
        point: point.clone(),
        ..node.clone()
    });
    Some(JointDraws::new(first, months, nodes.collect(), draws))
}

/// Refuses a shock of a regressor that there is not, or of months of which none lies ahead.
fn assumable(
    shock: &Shock,
    pool: &PanelModel,
    runs: &[FittedSeries<'_>],
    horizon: usize,
) -> Result<(), ShockError> {
    let ShockTarget::Regressor(name) = shock.target() else {
        return Ok(());
    };
    let target = || shock.target().to_string();
    if !pool.regressor_names().contains(name) {
        return Err(ShockError::NothingHit { target: target() });
    }
    let last = window(runs, horizon).map(|(first, months)| first.forward(months).back(1));
    let ahead = |run: &FittedSeries<'_>, month: Month| {
        month > run.series.last() && last.is_some_and(|last| month <= last)
    };
    let any = shock
        .months()
        .iter()
        .any(|m| runs.iter().any(|run| ahead(run, m)));
    if any || runs.is_empty() {
        Ok(())
    } else {
        Err(ShockError::NothingAhead {
            target: target(),
            months: shock.months(),
        })
    }
}

/// The months that readings of all series need: two calendar years or 23 months before the first month ahead, to the last month that all forecasts
/// reach.
fn window(runs: &[FittedSeries<'_>], horizon: usize) -> Option<(Month, usize)> {
    let start = |run: &FittedSeries<'_>| {
        let next = run.series.last().plus(1);
        Month::january(next.year() - 1).min(next.plus(-23))
    };
    let first = runs.iter().map(start).min()?;
    let last = runs.iter().map(|run| run.series.last()).min()?;
    let months = usize::try_from(last.since(first) + 1).ok()? + horizon;
    Some((first, months))
}

/// What one unit of the currency asked for is worth of the series' own.
struct ConversionRates {
    to: Currency,
    /// The rate of each month up to the last known, from the first of the window on; none where nothing is turned.
    known: Vec<f64>,
    first: Month,
}

impl ConversionRates {
    fn of(
        snapshot: &Snapshot,
        run: &FittedSeries<'_>,
        to: Option<Currency>,
        vintage: Vintage,
    ) -> Result<Self, ScenarioRunError> {
        /// Months that a rate may lie back.
        const OLDEST: i32 = 24;
        let from = run.key.unit;
        let Some(to) = to.filter(|to| *to != from) else {
            return Ok(Self {
                to: from,
                known: Vec::new(),
                first: run.series.first(),
            });
        };
        let rates = snapshot.rates(vintage);
        if !rates.connects(from, to) {
            return Err(ScenarioRunError::NoRate { from, to });
        }
        let at = |month: Month| {
            let mut back = (0..OLDEST).map(|k| rates.rate(from, to, month.plus(-k)));
            back.find_map(|rate| rate).unwrap_or(f64::NAN)
        };
        let months = Span::new(
            run.series.first(),
            i32::try_from(run.series.len()).unwrap_or(0),
        );
        Ok(Self {
            to,
            known: months.map_or_else(Vec::new, |span| span.iter().map(at).collect()),
            first: run.series.first(),
        })
    }

    /// The rate of a month; the last known one ahead.
    fn at(&self, month: Month) -> f64 {
        let place = month.index_from(self.first).unwrap_or(0);
        let known = self.known.get(place).or(self.known.last());
        known.copied().unwrap_or(1.0)
    }
}

/// Return the earliest last month of the parts of a sum, which is that of the sum.
fn earliest(parts: &[Component], last: impl Fn(usize) -> Month) -> Month {
    let lasts = parts.iter().map(|component| last(component.part));
    lasts.min().expect("a sum has parts")
}

/// The frame that all series are put into.
struct ScenarioFrame<'a> {
    first: Month,
    months: usize,
    runs: &'a [FittedSeries<'a>],
    rates: &'a [ConversionRates],
    keys: &'a [SeriesKey],
    derived: &'a [AbsentSum],
}

impl ScenarioFrame<'_> {
    /// The history of each series, gaps left open, with the months ahead from `drawn`.
    fn joint(&self, drawn: &JointDraws) -> JointDraws {
        let months = self.months;
        // The months ahead of series `k` from a path that begins with the month `begin`.
        let whole = |k: usize, begin: Month, path: &[f64]| -> Vec<f64> {
            let (series, rates) = (&self.runs[k].series, &self.rates[k]);
            let value = |place: usize| {
                let month = self.first.forward(place);
                let value = if month <= series.last() {
                    series.at(month)
                } else {
                    let place = month.index_from(begin);
                    place.and_then(|place| path.get(place)).copied()
                };
                value.map_or(f64::NAN, |value| value / rates.at(month))
            };
            (0..months).map(value).collect()
        };
        let add = |rows: &mut Vec<Vec<f64>>| {
            for AbsentSum { parts, .. } in self.derived {
                let value = |month: usize| parts.iter().map(|c| c.sign * rows[c.part][month]).sum();
                rows.push((0..months).map(value).collect());
            }
        };
        let rows = |row: &dyn Fn(usize) -> Vec<f64>| -> Vec<Vec<f64>> {
            let mut rows: Vec<Vec<f64>> = (0..self.runs.len()).map(row).collect();
            add(&mut rows);
            rows
        };
        let points = rows(&|k| whole(k, drawn.first(), &drawn.nodes()[k].point));
        let naives = rows(&|k| {
            let run = &self.runs[k];
            whole(k, run.series.last().plus(1), run.baseline.naive())
        });
        let lasts = self.runs.iter().map(|run| run.series.last());
        let last = |part: usize| self.runs[part].series.last();
        let of_derived = self.derived.iter().map(|sum| earliest(&sum.parts, last));
        let lasts: Vec<Month> = lasts.chain(of_derived).collect();
        let keys = self
            .keys
            .iter()
            .chain(self.derived.iter().map(|sum| &sum.key));
        let nodes = keys.zip(points).zip(naives).zip(lasts);
        let nodes = nodes.map(|(((key, point), naive), last)| {
            let months = (0..months).map(|k| self.first.forward(k));
            let known = months
                .zip(&point)
                .filter(|(month, value)| *month <= last && !value.is_nan())
                .map(|(month, value)| (Span::month(month), *value))
                .collect();
            JointSeries {
                key: key.clone(),
                point,
                naive,
                known,
            }
        });
        let nodes: Vec<JointSeries> = nodes.collect();
        let mut draws = Vec::with_capacity(drawn.count() * months * nodes.len());
        let width = drawn.months();
        for draw in drawn.draws() {
            let path = |k: usize| &draw[k * width..(k + 1) * width];
            rows(&|k| whole(k, drawn.first(), path(k)))
                .iter()
                .for_each(|row| draws.extend_from_slice(row));
        }
        JointDraws::new(self.first, months, nodes, draws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Vintage};
    use crate::pipeline::Engine;
    use crate::pipeline::scenario::ShockSize;
    use crate::projection::Method;
    use crate::trade::{Flow, Regressors};
    use std::path::Path;
    use std::sync::Arc;

    const X: &str = "USA.CHN.X.TOTAL.USD";
    const M: &str = "USA.CHN.M.TOTAL.USD";

    fn engine() -> Engine {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let tidy = crate::ingest::read_folder(&data).unwrap();
        Engine::new(Catalog::new(Snapshot::new(tidy).unwrap()))
    }

    fn request() -> ForecastRequest {
        let day = crate::trade::month::parse_date("2024-08-15").unwrap();
        ForecastRequest::new(12, &[80.0], Vintage::AsOf(day), 5, Method::Auto, 200).unwrap()
    }

    fn scenario(series: &[&str], shocks: Vec<Shock>, currency: Option<&str>) -> Scenario {
        Scenario {
            series: series.iter().map(|s| (*s).to_owned()).collect(),
            shocks,
            currency: currency.map(|code| Currency::parse(code).unwrap()),
        }
    }

    fn percent(target: ShockTarget, percent: f64, months: &str) -> Shock {
        let months = Span::parse(months).unwrap();
        Shock::new(target, ShockSize::Percent(vec![percent]), months).unwrap()
    }

    #[test]
    fn the_baseline_is_the_forecast() {
        let plan = engine().plan(request());
        let found = run_scenario(
            &plan,
            &scenario(&[X, "USA.CHN.M.NONE.USD", M], vec![], None),
        )
        .unwrap();
        assert_eq!(found.failures().len(), 1);
        let keys: Vec<String> = found.series().map(|(key, _)| key.to_string()).collect();
        let [total, balance] = [X.replace(".X.", ".T."), X.replace(".X.", ".B.")];
        assert_eq!(keys, [X, M, &total, &balance]);
        let forecast = plan.run(X).unwrap();
        for comparison in found.comparisons(0) {
            let growth = comparison.growth.unwrap();
            assert_eq!(growth.baseline, growth.scenario);
            let of_forecast = forecast.points.iter().flat_map(|point| &point.readings);
            let same = of_forecast
                .chain(&forecast.years)
                .find(|r| r.measure == comparison.measure && r.span == comparison.span)
                .unwrap();
            assert!((same.median - growth.baseline.median).abs() < 1e-12);
            let (a, b) = (same.bands[0], growth.baseline.bands[0]);
            assert!((a.lower - b.lower).abs() < 1e-12 && (a.upper - b.upper).abs() < 1e-12);
            assert!((same.share_observed - growth.baseline.share_observed).abs() < 1e-12);
            assert!((same.naive - growth.baseline.naive).abs() < 1e-12);
            assert_eq!(comparison.value.change.median, 0.0);
        }
        assert!(found.comparisons(0).len() >= 36);
        assert!((0..4).all(|k| !found.moved(k)));
    }

    #[test]
    fn imports_a_tenth_lower_move_the_total_and_the_balance() {
        let plan = engine().plan(request());
        let shock = percent(ShockTarget::Flow(Flow::Imports), -10.0, "2024");
        let found = run_scenario(&plan, &scenario(&[X, M], vec![shock], None)).unwrap();
        assert_eq!(
            [0, 1, 2, 3].map(|k| found.moved(k)),
            [false, true, true, true]
        );
        let year = |k: usize| {
            let all = found.comparisons(k);
            let year =
                |c: &Comparison| c.measure == GrowthMeasure::Year && c.span == Span::year(2024);
            all.into_iter().find(year).unwrap()
        };
        let (imports, total, balance) = (year(1), year(2), year(3));
        // July to December fall by a tenth, January to June are known: less than a tenth of the year, more than a twentieth.
        let points = |c: &Comparison| c.growth.as_ref().unwrap().points.median;
        assert!(
            (-6.5..-4.0).contains(&points(&imports)),
            "{}",
            points(&imports)
        );
        assert!(points(&imports) < points(&total) && points(&total) < 0.0);
        let change = |c: &Comparison| c.value.change.median;
        assert!((change(&imports) - change(&total)).abs() < 1e-3 * change(&total).abs());
        assert!((change(&imports) + change(&balance)).abs() < 1e-3 * change(&total).abs());
        assert!(balance.growth.is_none(), "a deficit has no growth rate");
    }

    #[test]
    fn a_dearer_yuan_is_worth_fewer_yuan() {
        let plan = engine().plan(request());
        let rate = ShockTarget::Rate(Currency::parse("CNY").unwrap());
        let shock = percent(rate, 5.0, "2024-07-01/P6M");
        let found = run_scenario(&plan, &scenario(&[M], vec![shock.clone()], Some("CNY"))).unwrap();
        let month = &found.comparisons(0)[0];
        let (was, is) = (month.value.baseline.median, month.value.scenario.median);
        assert!((is / was - 1.0 / 1.05).abs() < 1e-9);
        // Not converted, there is nothing that a rate could change.
        let error = run_scenario(&plan, &scenario(&[M], vec![shock], None)).unwrap_err();
        let nothing = matches!(
            error,
            ScenarioRunError::Shock(ShockError::NothingHit { .. })
        );
        assert!(nothing, "{error}");
    }

    const T: &str = "USA.CHN.T.TOTAL.USD";
    const HEAD: &str =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

    /// Exports and imports whose shocks are shared and their total, 150 months from 2010 on; exports go on for one month more, and the total too where
    /// one is given. Exports to a second partner end in 2019.
    fn flows(total: Option<f64>) -> Engine {
        let mut state = 7_u64;
        let mut noise = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24) - 0.5
        };
        let mut rows = String::from(HEAD);
        let mut level = [21.0, 21.3];
        for t in 0..151 {
            let month = Month::january(2010).plus(t);
            let shared = noise();
            level
                .iter_mut()
                .for_each(|l| *l += 0.1 * (shared + 0.1 * noise()));
            let [x, m] = level.map(f64::exp);
            let mut row = |partner: &str, flow: &str, value: f64| {
                rows.push_str(&format!(
                    "observation,USA,{partner},{flow},TOTAL,level,{month},{value},USD,p,,s\n"
                ));
            };
            row("CHN", "X", x);
            if t < 150 {
                row("CHN", "M", m);
                row("CHN", "T", x + m);
            } else if let Some(share) = total {
                row("CHN", "T", share * x);
            }
            if t < 120 {
                row("MEX", "X", x);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), rows).unwrap();
        let tidy = crate::ingest::read_folder(folder.path()).unwrap();
        Engine::new(Catalog::new(Snapshot::new(tidy).unwrap()))
    }

    fn latest() -> ForecastRequest {
        ForecastRequest::new(12, &[80.0], Vintage::Latest, 5, Method::Auto, 200).unwrap()
    }

    #[test]
    fn flows_asked_with_their_total_add_up_in_every_draw() {
        let plan = flows(None).plan(latest());
        let long_over = "USA.MEX.X.TOTAL.USD";
        let found = run_scenario(&plan, &scenario(&[X, M, long_over, T], vec![], None)).unwrap();
        let (failed, why) = &found.failures()[0];
        assert_eq!((found.failures().len(), failed.as_str()), (1, long_over));
        assert!(why.to_string().contains("no months in common"), "{why}");
        let names: Vec<String> = found.series().map(|(key, _)| key.to_string()).collect();
        assert_eq!(names, [X, M, T, &X.replace(".X.", ".B.")]);
        let joint = &found.baseline;
        // The 150th month is June 2022: imports and total end then, and reach June 2023.
        let end = Month::new(2022, 6).unwrap();
        assert_eq!(joint.last(), end.plus(12));
        let months = joint.months();
        let next = joint.places(Span::month(end.plus(1))).unwrap().start;
        let exports = joint.nodes()[0].point[next];
        for draw in joint.draws() {
            assert_eq!(draw[next], exports, "what is known stays");
            for t in 0..months {
                let [x, m, total, balance] = [0, 1, 2, 3].map(|k| draw[k * months + t]);
                assert!((x + m - total).abs() <= 1e-9 * total);
                assert!((x - m - balance).abs() <= 1e-9 * total);
            }
        }
        assert!((0..4).all(|k| !found.comparisons(k).is_empty() && !found.moved(k)));
    }

    #[test]
    fn sums_that_are_added_count_too() {
        let request = ForecastRequest::new(120, &[80.0], Vintage::Latest, 5, Method::Auto, 9000);
        let plan = flows(None).plan(request.unwrap());
        let asked = [[X; 6], [M; 6]].concat();
        let error = run_scenario(&plan, &scenario(&asked, vec![], None)).unwrap_err();
        // 12 series, a total and a balance for each exports; 23 months before the first month ahead, 120 from it on.
        let numbers = (12 + 2 * 6) * (23 + 120) * 9000;
        assert_eq!(error, ScenarioRunError::TooLarge { numbers });
        assert_eq!(fits(1 << 8, 1 << 8, 1 << 8), Ok(()));
        assert!(fits((1 << 8) + 1, 1 << 8, 1 << 8).is_err() && fits(usize::MAX, 2, 2).is_err());
    }

    #[test]
    fn shocks_that_came_together_are_drawn_together() {
        let plan = flows(None).plan(latest());
        let found = run_scenario(&plan, &scenario(&[X, M], vec![], None)).unwrap();
        let joint = &found.baseline;
        let sums = |k: usize| -> Vec<f64> {
            let ahead = joint.months() - 11;
            joint
                .paths(k)
                .map(|path| path[ahead..].iter().sum())
                .collect()
        };
        let variance = |values: Vec<f64>| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
        };
        let [x, m, balance] = [0, 1, 3].map(|k| variance(sums(k)));
        // Independent flows would have a balance of the two variances' sum; those of one shock have hardly any.
        assert!(balance < 0.6 * (x + m), "{balance} of {}", x + m);
    }

    #[test]
    fn figures_that_contradict_each_other_are_told() {
        // Total trade is half of exports alone, and imports are not known yet.
        let plan = flows(Some(0.5)).plan(latest());
        let error = run_scenario(&plan, &scenario(&[X, M, T], vec![], None)).unwrap_err();
        let ScenarioRunError::Contradiction { series, span, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(
            (series.as_str(), span),
            (T, Span::parse("2022-07").unwrap())
        );
        assert!(run_scenario(&plan, &scenario(&[X, T], vec![], None)).is_ok());
    }

    #[test]
    fn a_regressor_moves_what_it_drives_and_an_assumption_that_holds_moves_nothing() {
        // A panel of one file with one series, driven by a regressor: 3 % a unit.
        let first = Month::january(2010);
        let rate = |t: i32| f64::from((t * 7919) % 13);
        let mut rows = String::from(HEAD);
        for t in 0..150 {
            let noise = f64::from((t * t * 31 + t * 17) % 100) / 100.0 - 0.5;
            let value = 1e9 * (0.003 * f64::from(t) + 0.03 * rate(t) + 0.02 * noise).exp();
            let month = first.plus(t);
            rows.push_str(&format!(
                "observation,USA,CHN,M,TOTAL,level,{month},{value},USD,p,,s\n"
            ));
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), rows).unwrap();
        let tidy = crate::ingest::read_folder(folder.path()).unwrap();
        let engine = Engine::new(Catalog::new(Snapshot::new(tidy).unwrap()));
        let mut regressors = Regressors::new(vec!["rate".to_owned()]);
        let all: Vec<(Month, Vec<f64>)> =
            (0..162).map(|t| (first.plus(t), vec![rate(t)])).collect();
        regressors.insert(None, &all);
        let request = ForecastRequest::new(12, &[80.0], Vintage::Latest, 5, Method::Auto, 200);
        let plan = engine.plan_with(request.unwrap(), Arc::new(regressors));
        let months = Span::new(first.plus(152), 3).unwrap();
        let shock = |values: Vec<f64>| {
            Shock::new(
                ShockTarget::Regressor("rate".into()),
                ShockSize::Value(values),
                months,
            )
            .unwrap()
        };
        let same = vec![rate(152), rate(153), rate(154)];
        let found = run_scenario(&plan, &scenario(&[M], vec![shock(same.clone())], None)).unwrap();
        assert!(!found.moved(0));
        let higher: Vec<f64> = same.iter().map(|v| v + 4.0).collect();
        let found = run_scenario(&plan, &scenario(&[M], vec![shock(higher)], None)).unwrap();
        for (k, month) in (0..12).zip(
            found
                .comparisons(0)
                .iter()
                .filter(|c| c.measure == GrowthMeasure::Month),
        ) {
            let ratio = month.value.scenario.median / month.value.baseline.median;
            let expected = if (2..5).contains(&k) {
                (0.03_f64 * 4.0).exp()
            } else {
                1.0
            };
            assert!((ratio - expected).abs() < 0.03, "{k}: {ratio} {expected}");
        }
        // Each draw meets its own twin: a shock on the log scale moves all draws of a month by one factor.
        let places = found.baseline.places(months).unwrap();
        let points = [&found.baseline, &found.scenario].map(|joint| &joint.nodes()[0].point);
        for (was, is) in found.baseline.paths(0).zip(found.scenario.paths(0)) {
            for t in places.clone() {
                let factor = points[1][t] / points[0][t];
                assert!((is[t] / was[t] / factor - 1.0).abs() < 1e-6);
            }
        }
        let unknown = Shock::new(
            ShockTarget::Regressor("oil".into()),
            ShockSize::Value(vec![1.0]),
            months,
        );
        let error = run_scenario(&plan, &scenario(&[M], vec![unknown.unwrap()], None)).unwrap_err();
        assert!(matches!(
            error,
            ScenarioRunError::Shock(ShockError::NothingHit { .. })
        ));
    }
}
