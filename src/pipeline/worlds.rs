//! A scenario run: the series' joint draws, their twins under the shocks, and what every reading changes by.

use super::engine::Planned;
use super::forecast::hash;
use super::scenario::{ScenarioError, Shock, Sums, Target, shocked};
use super::{ForecastError, ForecastRequest};
use crate::catalog::Snapshot;
use crate::growth::comparison::{Comparison, compare};
use crate::growth::{Measure, View};
use crate::projection::{Assumption, Fitted, Joint, Node, Pool};
use crate::trade::{Currency, Flow, Month, Series, SeriesKey, Span};
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
pub enum WorldsError {
    /// A shock that cannot be.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
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
}

/// A baseline and a scenario that share their draws.
#[derive(Debug)]
pub struct Worlds {
    baseline: Joint,
    scenario: Joint,
    /// What each series is, in the order of the joints.
    told: Vec<Told>,
    failures: Vec<(String, ForecastError)>,
    horizon: usize,
    levels: Vec<f64>,
}

/// What is said of a series beside its draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The key, as asked for; of a derived series its own.
    pub asked: String,
    /// The last month that is known.
    pub last: Month,
    /// Whether it was asked for, or is a sum of what was.
    pub derived: bool,
}

/// The history of a series and its forecasts, in the baseline and on the shocks' condition.
struct Run<'a> {
    asked: &'a str,
    key: SeriesKey,
    series: Series<'a>,
    baseline: Future,
    conditional: Option<Future>,
}

struct Future {
    point: Vec<f64>,
    naive: Vec<f64>,
    /// Draw after draw.
    paths: Vec<f64>,
}

impl Future {
    fn of(fitted: &Fitted<'_>, request: &ForecastRequest, id: &str) -> Self {
        let paths = fitted.paths(request.paths, hash(request.seed, id));
        Self {
            point: fitted.point().to_vec(),
            naive: fitted.naive().to_vec(),
            paths: paths.iter().flatten().copied().collect(),
        }
    }
}

/// Runs a scenario. A series that cannot be forecast fails alone; exports and imports that were both asked for bring their total and balance with them.
///
/// The draws of different series are independent of each other, as their errors are taken to be.
///
/// # Errors
/// A shock that cannot be, no rate to the currency asked for, or more draws than fit.
pub fn worlds(plan: &Planned, scenario: &Scenario) -> Result<Worlds, WorldsError> {
    let (snapshot, request) = (plan.snapshot(), plan.request());
    let pool = plan.prepare();
    let assumed: Vec<Assumption> = scenario
        .shocks
        .iter()
        .flat_map(Shock::assumptions)
        .collect();
    let months_each = request.horizon + 24;
    let numbers = scenario.series.len() * months_each * request.paths;
    if numbers > MOST_NUMBERS {
        return Err(WorldsError::TooLarge { numbers });
    }
    let found: Vec<Result<Run<'_>, ForecastError>> = scenario
        .series
        .par_iter()
        .map(|asked| run(snapshot, pool, request, asked, &assumed))
        .collect();
    let (mut runs, mut failures) = (Vec::new(), Vec::new());
    for (asked, found) in scenario.series.iter().zip(found) {
        match found {
            Ok(run) => runs.push(run),
            Err(error) => failures.push((asked.clone(), error)),
        }
    }
    let fixed_in: Vec<Currency> = runs.iter().map(|run| run.key.unit).collect();
    for shock in &scenario.shocks {
        assumable(shock, pool, &runs, request.horizon)?;
    }
    let Some((first, months)) = window(&runs, request.horizon) else {
        let none = || Joint::new(Month::january(2000), 0, Vec::new(), Vec::new());
        return Ok(Worlds {
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
        rates.push(Rates::of(snapshot, run, scenario.currency)?);
    }
    let mut told: Vec<Told> = runs
        .iter()
        .map(|run| Told {
            asked: run.asked.to_owned(),
            last: run.series.last(),
            derived: false,
        })
        .collect();
    let mut fixed_in = fixed_in;
    let keys: Vec<SeriesKey> = runs
        .iter()
        .zip(&rates)
        .map(|(run, rates)| SeriesKey {
            unit: rates.to,
            ..run.key.clone()
        })
        .collect();
    let derived = derived(&keys);
    for (key, [exports, imports], _) in &derived {
        told.push(Told {
            asked: key.to_string(),
            last: told[*exports].last.min(told[*imports].last),
            derived: true,
        });
        fixed_in.push(fixed_in[*exports]);
    }
    let shape = Shape {
        first,
        months,
        paths: request.paths,
        runs: &runs,
        rates: &rates,
        keys: &keys,
        derived: &derived,
    };
    let baseline = shape.joint(|run| &run.baseline);
    let conditional = (!assumed.is_empty())
        .then(|| shape.joint(|run| run.conditional.as_ref().unwrap_or(&run.baseline)));
    let sums = Sums::of(baseline.nodes(), fixed_in);
    Ok(Worlds {
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

impl Worlds {
    /// The series that were not forecast, and why.
    pub fn failures(&self) -> &[(String, ForecastError)] {
        &self.failures
    }

    /// The series, those asked for first.
    pub fn series(&self) -> impl ExactSizeIterator<Item = (&SeriesKey, &Told)> {
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
        let months = (1..=self.horizon).map(|k| last.plus(i32::try_from(k).unwrap_or(i32::MAX)));
        let measures = |month: Month| {
            let all = Measure::USUAL.into_iter();
            all.filter(move |measure| *measure != Measure::Year || month.of_year() == 12)
                .map(move |measure| (measure, month))
        };
        let (was, is) = (
            View::new(&self.baseline, series),
            View::new(&self.scenario, series),
        );
        months
            .flat_map(measures)
            .filter_map(|(measure, month)| compare(was, is, measure, month, &self.levels))
            .collect()
    }
}

fn run<'a>(
    snapshot: &'a Snapshot,
    pool: &Pool,
    request: &ForecastRequest,
    asked: &'a str,
    assumed: &[Assumption],
) -> Result<Run<'a>, ForecastError> {
    let (key, series) = snapshot.series(asked, request.vintage)?;
    let fitted = Fitted::new(&series, pool)?;
    let conditional = if assumed.is_empty() {
        None
    } else {
        let fitted = Fitted::assuming(&series, pool, assumed)?;
        Some(Future::of(&fitted, request, series.id()))
    };
    Ok(Run {
        asked,
        key: key.clone(),
        baseline: Future::of(&fitted, request, series.id()),
        conditional,
        series,
    })
}

/// Refuses a shock of a regressor that there is not, or of months of which none lies ahead.
fn assumable(
    shock: &Shock,
    pool: &Pool,
    runs: &[Run<'_>],
    horizon: usize,
) -> Result<(), ScenarioError> {
    let Target::Regressor(name) = shock.target() else {
        return Ok(());
    };
    let target = || shock.target().to_string();
    if !pool.regressor_names().contains(name) {
        return Err(ScenarioError::NothingHit { target: target() });
    }
    let ahead = |run: &Run<'_>, month: Month| {
        let step = month.since(run.series.last());
        (1..=i32::try_from(horizon).unwrap_or(i32::MAX)).contains(&step)
    };
    let any = shock
        .months()
        .iter()
        .any(|m| runs.iter().any(|run| ahead(run, m)));
    if any || runs.is_empty() {
        Ok(())
    } else {
        Err(ScenarioError::NothingAhead {
            target: target(),
            months: shock.months(),
        })
    }
}

/// The months that readings of all series need: two calendar years or 23 months before the first month ahead, to the last horizon.
fn window(runs: &[Run<'_>], horizon: usize) -> Option<(Month, usize)> {
    let start = |run: &Run<'_>| {
        let next = run.series.last().plus(1);
        Month::january(next.year() - 1).min(next.plus(-23))
    };
    let first = runs.iter().map(start).min()?;
    let last = runs.iter().map(|run| run.series.last()).max()?;
    let months = usize::try_from(last.since(first) + 1).ok()? + horizon;
    Some((first, months))
}

/// What one unit of the currency asked for is worth of the series' own.
struct Rates {
    to: Currency,
    /// The rate of each month up to the last known, from the first of the window on; none where nothing is turned.
    known: Vec<f64>,
    first: Month,
}

impl Rates {
    fn of(snapshot: &Snapshot, run: &Run<'_>, to: Option<Currency>) -> Result<Self, WorldsError> {
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
        if !snapshot.rates().connects(from, to) {
            return Err(WorldsError::NoRate { from, to });
        }
        let at = |month: Month| {
            let mut back = (0..OLDEST).map(|k| snapshot.rates().rate(from, to, month.plus(-k)));
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
        let place = usize::try_from(month.since(self.first)).unwrap_or(0);
        let known = self.known.get(place).or(self.known.last());
        known.copied().unwrap_or(1.0)
    }
}

/// Totals and balances of exports and imports that are both there, where neither was asked for: their key, where exports and imports stand, the sign of
/// imports.
type Derived = (SeriesKey, [usize; 2], f64);

fn derived(keys: &[SeriesKey]) -> Vec<Derived> {
    let place = |key: &SeriesKey, flow: Flow| {
        let wanted = SeriesKey {
            flow,
            ..key.clone()
        };
        keys.iter().position(|key| *key == wanted)
    };
    let mut found = Vec::new();
    for (exports, key) in keys.iter().enumerate() {
        let imports = place(key, Flow::Imports).filter(|_| key.flow == Flow::Exports);
        let Some(imports) = imports else {
            continue;
        };
        for (flow, sign) in [(Flow::Total, 1.0), (Flow::Balance, -1.0)] {
            if place(key, flow).is_none() {
                let key = SeriesKey {
                    flow,
                    ..key.clone()
                };
                found.push((key, [exports, imports], sign));
            }
        }
    }
    found
}

/// The frame that all series are put into.
struct Shape<'a> {
    first: Month,
    months: usize,
    paths: usize,
    runs: &'a [Run<'a>],
    rates: &'a [Rates],
    keys: &'a [SeriesKey],
    derived: &'a [Derived],
}

impl<'a> Shape<'a> {
    fn joint(&self, future: impl Fn(&'a Run<'a>) -> &'a Future) -> Joint {
        let months = self.months;
        let whole = |k: usize, ahead: &[f64]| -> Vec<f64> {
            let (series, rates) = (&self.runs[k].series, &self.rates[k]);
            let value = |place: usize| {
                let month = self.first.plus(i32::try_from(place).unwrap_or(i32::MAX));
                let value = match usize::try_from(month.since(series.last()) - 1) {
                    Ok(step) => ahead.get(step).copied(),
                    Err(_) => series.at(month),
                };
                value.map_or(f64::NAN, |value| value / rates.at(month))
            };
            (0..months).map(value).collect()
        };
        let add = |rows: &mut Vec<Vec<f64>>| {
            for (_, [exports, imports], sign) in self.derived {
                let pairs = rows[*exports].iter().zip(&rows[*imports]);
                let sum = pairs.map(|(x, m)| x + sign * m).collect();
                rows.push(sum);
            }
        };
        let rows = |of: &dyn Fn(&'a Future) -> &'a [f64]| -> Vec<Vec<f64>> {
            let mut rows: Vec<Vec<f64>> = (0..self.runs.len())
                .map(|k| whole(k, of(future(&self.runs[k]))))
                .collect();
            add(&mut rows);
            rows
        };
        let (points, naives) = (rows(&|f| &f.point[..]), rows(&|f| &f.naive[..]));
        let lasts = self.runs.iter().map(|run| run.series.last());
        let of_derived = |(_, [x, m], _): &Derived| {
            let last = |k: usize| self.runs[k].series.last();
            last(*x).min(last(*m))
        };
        let lasts: Vec<Month> = lasts.chain(self.derived.iter().map(of_derived)).collect();
        let keys = self
            .keys
            .iter()
            .chain(self.derived.iter().map(|(key, ..)| key));
        let nodes = keys.zip(points).zip(naives).zip(lasts);
        let nodes = nodes.map(|(((key, point), naive), last)| {
            let months = (0..months).map(|k| self.first.plus(i32::try_from(k).unwrap_or(i32::MAX)));
            let known = months
                .zip(&point)
                .filter(|(month, value)| *month <= last && !value.is_nan())
                .map(|(month, value)| (Span::month(month), *value))
                .collect();
            Node {
                key: key.clone(),
                point,
                naive,
                known,
            }
        });
        let nodes: Vec<Node> = nodes.collect();
        let mut draws = Vec::with_capacity(self.paths * months * nodes.len());
        for draw in 0..self.paths {
            let of = |f: &'a Future| {
                let horizon = f.point.len();
                &f.paths[draw * horizon..(draw + 1) * horizon]
            };
            rows(&of)
                .iter()
                .for_each(|row| draws.extend_from_slice(row));
        }
        Joint::new(self.first, months, nodes, draws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Vintage};
    use crate::pipeline::Engine;
    use crate::pipeline::scenario::Size;
    use crate::projection::Method;
    use crate::trade::Regressors;
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

    fn percent(target: Target, percent: f64, months: &str) -> Shock {
        let months = Span::parse(months).unwrap();
        Shock::new(target, Size::Percent(vec![percent]), months).unwrap()
    }

    #[test]
    fn the_baseline_is_the_forecast() {
        let plan = engine().plan(request());
        let found = worlds(
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
        let shock = percent(Target::Flow(Flow::Imports), -10.0, "2024");
        let found = worlds(&plan, &scenario(&[X, M], vec![shock], None)).unwrap();
        assert_eq!(
            [0, 1, 2, 3].map(|k| found.moved(k)),
            [false, true, true, true]
        );
        let year = |k: usize| {
            let all = found.comparisons(k);
            let year = |c: &Comparison| c.measure == Measure::Year && c.span == Span::year(2024);
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
        let rate = Target::Rate(Currency::parse("CNY").unwrap());
        let shock = percent(rate, 5.0, "2024-07-01/P6M");
        let found = worlds(&plan, &scenario(&[M], vec![shock.clone()], Some("CNY"))).unwrap();
        let month = &found.comparisons(0)[0];
        let (was, is) = (month.value.baseline.median, month.value.scenario.median);
        assert!((is / was - 1.0 / 1.05).abs() < 1e-9);
        // Not converted, there is nothing that a rate could change.
        let error = worlds(&plan, &scenario(&[M], vec![shock], None)).unwrap_err();
        let nothing = matches!(
            error,
            WorldsError::Scenario(ScenarioError::NothingHit { .. })
        );
        assert!(nothing, "{error}");
    }

    #[test]
    fn a_regressor_moves_what_it_drives_and_an_assumption_that_holds_moves_nothing() {
        // A panel of one file with one series, driven by a regressor: 3 % a unit.
        let first = Month::january(2010);
        let rate = |t: i32| f64::from((t * 7919) % 13);
        let mut rows = String::from(
            "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n",
        );
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
                Target::Regressor("rate".into()),
                Size::Value(values),
                months,
            )
            .unwrap()
        };
        let same = vec![rate(152), rate(153), rate(154)];
        let found = worlds(&plan, &scenario(&[M], vec![shock(same.clone())], None)).unwrap();
        assert!(!found.moved(0));
        let higher: Vec<f64> = same.iter().map(|v| v + 4.0).collect();
        let found = worlds(&plan, &scenario(&[M], vec![shock(higher)], None)).unwrap();
        for (k, month) in (0..12).zip(
            found
                .comparisons(0)
                .iter()
                .filter(|c| c.measure == Measure::Month),
        ) {
            let ratio = month.value.scenario.median / month.value.baseline.median;
            let expected = if (2..5).contains(&k) {
                (0.03_f64 * 4.0).exp()
            } else {
                1.0
            };
            assert!((ratio - expected).abs() < 0.03, "{k}: {ratio} {expected}");
        }
        let unknown = Shock::new(
            Target::Regressor("oil".into()),
            Size::Value(vec![1.0]),
            months,
        );
        let error = worlds(&plan, &scenario(&[M], vec![unknown.unwrap()], None)).unwrap_err();
        assert!(matches!(
            error,
            WorldsError::Scenario(ScenarioError::NothingHit { .. })
        ));
    }
}
