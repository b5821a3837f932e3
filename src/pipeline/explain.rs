//! A forecast explained by member and by driver, in percentage points of growth: every month ahead,
//! and every calendar year that the horizon completes.

use super::change::ForecastChange;
use super::failure::ForecastError;
use super::plan::PreparedPlan;
use crate::growth::contribution::points;
use crate::growth::{GrowthMeasure, HistoryAndDraws};
use crate::projection::{Driver, ExplainedMonth, FittedForecast, ForecastExplanation, Member};
use crate::trade::{Month, Span, seeded_hash};

/// The explanation of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The series' name.
    pub id: String,
    /// The last month of the history.
    pub last: Month,
    /// The method, and the member where one was chosen.
    pub method: String,
    /// The weight of each member.
    pub weights: Vec<(Member, f64)>,
    /// Special treatment of the series (gaps, outliers, level shifts), in words.
    pub notes: Vec<String>,
    /// Parts of the point forecast of each month, in the unit of the series.
    pub steps: Vec<ExplainedMonth>,
    /// The growth of the forecast, decomposed: that of each month ahead and each year to date
    /// on the same span of the year before, and that of each calendar year that the horizon
    /// completes.
    pub growth: Vec<Drivers>,
    /// Changes since an earlier forecast; empty where none was compared.
    pub changes: Vec<ForecastChange>,
}

/// The growth of a forecast over one span, decomposed in percentage points by driver and by member.
/// The parts of each decomposition add up to the growth, which is that of the forecast
/// ([`SeriesForecast`](super::SeriesForecast)).
#[derive(Debug, Clone, PartialEq)]
pub struct Drivers {
    /// The growth measure.
    pub measure: GrowthMeasure,
    /// The span.
    pub span: Span,
    /// The growth, percentage points.
    pub growth: f64,
    /// By driver.
    pub by_driver: Vec<(Driver, f64)>,
    /// By member; observed months and post-processing of the combined path belong to no member.
    pub by_member: Vec<(Option<Member>, f64)>,
}

/// Explain the forecast of `key`.
///
/// # Errors
/// Why this series has no forecast.
pub fn explain(plan: &PreparedPlan, key: &str) -> Result<Explained, ForecastError> {
    let (_, series) = plan.snapshot().series(key, plan.request().vintage)?;
    let request = plan.request();
    let events = request.events.of(series.id());
    let fitted = FittedForecast::with_events(&series, plan.model(), &events)?;
    let explanation = fitted.explain();
    let paths = fitted.paths(request.paths, seeded_hash(request.seed, series.id()));
    let future = HistoryAndDraws {
        history: &series,
        point: fitted.point(),
        naive: fitted.naive(),
        paths: &paths,
    };
    let months: Vec<Month> = explanation.steps.iter().map(|step| step.month).collect();
    let measures = |month: Month| {
        let whole = (month.of_year() == 12).then_some(GrowthMeasure::Year);
        [
            Some(GrowthMeasure::Month),
            Some(GrowthMeasure::YearToDate),
            whole,
        ]
        .into_iter()
        .flatten()
        .map(move |measure| (measure, month))
    };
    let growth = months
        .iter()
        .flat_map(|month| measures(*month))
        .filter_map(|(measure, month)| drivers(&explanation, &future, measure, month))
        .collect();
    Ok(Explained {
        id: series.id().to_owned(),
        last: series.last(),
        method: fitted.method_name(),
        weights: fitted.weights().to_vec(),
        notes: fitted.notes().iter().map(ToString::to_string).collect(),
        growth,
        steps: explanation.steps,
        changes: Vec::new(),
    })
}

/// Decompose the growth over a span; `None` where a month of the span or of its base has no figure,
/// or where the base is not above zero.
fn drivers(
    explanation: &ForecastExplanation,
    future: &HistoryAndDraws<'_>,
    measure: GrowthMeasure,
    month: Month,
) -> Option<Drivers> {
    let (span, series) = (measure.span(month), future.history);
    let growth = future.read(measure, month, &[])?.median;
    let mut base = 0.0;
    let mut value = 0.0;
    let mut by_driver: Vec<(Driver, f64)> = Vec::new();
    let mut by_member: Vec<(Option<Member>, f64)> = Vec::new();
    for month in span.iter() {
        let Some(ahead) = month.index_from(series.last().plus(1)) else {
            let (now, before) = (series.at(month)?, series.at(month.plus(-12))?);
            (value, base) = (value + now, base + before);
            put(&mut by_driver, Driver::Observed, now - before);
            put(&mut by_member, None, now - before);
            continue;
        };
        let step = explanation.steps.get(ahead)?;
        (value, base) = (value + step.value, base + step.base?);
        for (driver, amount) in step.by_driver() {
            put(&mut by_driver, driver, amount);
        }
        for share in &step.shares {
            put(&mut by_member, Some(share.member), share.amount());
        }
        // Starts with a positive zero: an empty sum is a negative one, which the wire loses.
        let finish = step
            .post_processing
            .iter()
            .fold(0.0, |sum, (_, amount)| sum + amount);
        put(&mut by_member, None, finish);
    }
    let to_median = growth * base - (value - base);
    // What single months leave is rounding.
    if to_median.abs() > 1e-9 * base {
        put(&mut by_driver, Driver::JointMedian, to_median);
    }
    put(&mut by_member, None, to_median);
    let in_points = |amount: f64| points(amount, base);
    by_driver.sort_by(|a, b| a.0.cmp(&b.0));
    Some(Drivers {
        measure,
        span,
        growth: 100.0 * growth,
        by_driver: by_driver
            .into_iter()
            .map(|(driver, amount)| Some((driver, in_points(amount)?)))
            .collect::<Option<_>>()?,
        by_member: by_member
            .into_iter()
            .map(|(member, amount)| Some((member, in_points(amount)?)))
            .collect::<Option<_>>()?,
    })
}

/// Add `amount` to the sum of `key`.
fn put<K: PartialEq>(sums: &mut Vec<(K, f64)>, key: K, amount: f64) {
    match sums.iter_mut().find(|(k, _)| *k == key) {
        Some((_, sum)) => *sum += amount,
        None => sums.push((key, amount)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Snapshot, Vintage};
    use crate::pipeline::{Engine, ForecastRequest};
    use crate::projection::Method;
    use std::path::Path;

    #[test]
    fn the_years_growth_is_the_sum_of_what_drives_it() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let snapshot = Snapshot::new(crate::ingest::read_folder(&data).unwrap()).unwrap();
        let engine = Engine::new(Catalog::new(snapshot));
        let request = ForecastRequest::new(15, &[], Vintage::Latest, 0, Method::Auto, 100).unwrap();
        let plan = engine.plan(request).prepare();
        for key in ["USA.CHN.M.TOTAL.USD", "JPN.CHN.X.TOTAL.JPY"] {
            let explained = explain(&plan, key).unwrap();
            let (_, series) = plan.snapshot().series(key, Vintage::Latest).unwrap();
            assert!(
                explained
                    .growth
                    .iter()
                    .any(|g| g.measure == GrowthMeasure::Year)
            );
            for growth in &explained.growth {
                let driven: f64 = growth.by_driver.iter().map(|(_, points)| points).sum();
                let by_member: f64 = growth.by_member.iter().map(|(_, points)| points).sum();
                for sum in [driven, by_member] {
                    assert!((sum - growth.growth).abs() < 1e-6, "{growth:?}");
                }
                // What drives the point path is its growth, added up here another way.
                let drawn = growth.by_driver.iter();
                let drawn = drawn.filter(|(driver, _)| *driver == Driver::JointMedian);
                let drawn: f64 = drawn.map(|(_, points)| points).sum();
                let level = |span: Span| -> f64 {
                    let of = |month: Month| {
                        let ahead = usize::try_from(month.since(series.last()) - 1);
                        ahead.map_or_else(
                            |_| series.at(month).unwrap(),
                            |k| explained.steps[k].value,
                        )
                    };
                    span.iter().map(of).sum()
                };
                let plain = 100.0 * (level(growth.span) / level(growth.span.year_before()) - 1.0);
                assert!(
                    (plain - (growth.growth - drawn)).abs() < 1e-6,
                    "{} {plain} {drawn}",
                    growth.growth
                );
            }
        }
    }
}
