//! The forecast of a total over series: sums of the draws of their own forecasts.

use super::failure::ForecastError;
use super::forecast::{SeriesForecast, read_months};
use super::plan::PreparedPlan;
use super::request::{ForecastRequest, JOINT};
use crate::growth::{DistributionSummary, HistoryAndDraws};
use crate::projection::{
    Evaluation, FittedForecast, JointDraws, JointMember, Paths, SeasonalFactors, joint_forecast,
};
use crate::trade::{Code, Completeness, Flow, Hierarchy, Month, Series, SeriesKey, seeded_hash};
use crate::work::Work;
use rayon::prelude::*;

/// The part of a total's key in which its series differ.
const ALL: &str = "ALL";
/// The most values that are drawn for a total: months of all series, times paths.
const MAX_NUMBERS: usize = 1 << 25;

/// The reason why series have no total.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TotalError {
    /// There are fewer than two series, or none of them has a forecast.
    #[error(
        "expected at least two series with a forecast, not {found}{}",
        after(left_out)
    )]
    TooFew {
        /// How many there are.
        found: usize,
        /// What was left out, and why.
        left_out: Vec<String>,
    },
    /// The series cannot be added up.
    #[error("{first} and {other} cannot be added up: {reason}")]
    Unlike {
        /// One series.
        first: Box<SeriesKey>,
        /// Another one.
        other: Box<SeriesKey>,
        /// What differs.
        reason: &'static str,
    },
    /// More values than one total may draw.
    #[error(
        "expected at most {MAX_NUMBERS} drawn values (series × months × paths), not {numbers}: ask \
         for fewer series or paths"
    )]
    TooLarge {
        /// The number of values.
        numbers: usize,
    },
    /// The series have no months in common.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
}

/// Forecast the total over the series with these keys: each draw is the sum of draws of the series'
/// own forecasts, in which errors go together as they did before. Series that are sums of others
/// among them (a group beside its members, a total beside its flows) are counted once, and so are
/// balances not at all.
///
/// The history is the sum of the figures, to the last month of which all series have one. A month
/// without a figure of a series has no total, be it a gap or before the series begins; a zero is a
/// figure. What is left out is said in the notes, and which series begin late.
///
/// # Errors
/// The series cannot be added up, or no two of them have a forecast.
pub fn total(plan: &PreparedPlan, keys: &[String]) -> Result<SeriesForecast, TotalError> {
    let request = plan.request();
    let mut notes = Vec::new();
    let mut found: Vec<(SeriesKey, Series<'_>)> = Vec::new();
    for key in keys {
        match plan.snapshot().series(key, request.vintage) {
            Ok((key, series)) => found.push((key.clone(), series)),
            Err(error) => notes.push(format!("left out: {key} ({error})")),
        }
    }
    let parts = parts(found);
    let numbers = parts.len() * (request.horizon + 1) * request.paths;
    if numbers > MAX_NUMBERS {
        return Err(TotalError::TooLarge { numbers });
    }
    let key = total_key(&parts)?;
    let work = Work::current();
    let fitted: Vec<Result<FittedForecast<'_>, _>> = parts
        .par_iter()
        .map(|(_, series)| {
            work.part(|| {
                let events = request.events.of(series.id());
                FittedForecast::with_events(series, plan.model(), &events)
            })
        })
        .collect();
    let mut members = Vec::new();
    for ((key, series), fitted) in parts.iter().zip(&fitted) {
        match fitted {
            Ok(fitted) => members.push(JointMember {
                key: key.clone(),
                series: *series,
                fitted,
                seed: seeded_hash(request.seed, series.id()),
            }),
            Err(error) => notes.push(format!("left out: {key} ({error})")),
        }
    }
    let latest = members.iter().map(|member| member.series.last()).max();
    members.retain(|member| {
        let last = member.series.last();
        let ended = latest.is_some_and(|latest| last.forward(request.horizon) <= latest);
        if ended {
            notes.push(format!("left out: {} (it ended in {last})", member.key));
        }
        !ended
    });
    // What has ended says nothing of where the others must begin.
    let earliest = members.iter().map(|member| member.series.last()).min();
    members.retain(|member| {
        let first = member.series.first();
        let begins = earliest.is_some_and(|earliest| first > earliest);
        if begins {
            notes.push(format!("left out: {} (it begins in {first})", member.key));
        }
        !begins
    });
    if members.len() < 2 {
        return Err(TotalError::TooFew {
            found: members.len(),
            left_out: notes,
        });
    }
    notes.insert(0, format!("the sum of {} series", members.len()));
    let histories: Vec<Series<'_>> = members.iter().map(|member| member.series).collect();
    let id = key.to_string();
    let (first, values) = sums(&histories);
    let history = Series::new(&id, first, &values, false);
    notes.extend(late_beginnings(&members, history.last().plus(1)));
    let seed = seeded_hash(request.seed, JOINT);
    // The draws begin with the last month of the history, which a later gap may part from the last
    // month of the series.
    let ends = members.iter().map(|member| member.series.last()).min();
    let window = ends.map_or(1, |end| end.count_from(history.last()));
    let joint = joint_forecast(&members, window, request.paths, seed);
    let joint = joint.map_err(ForecastError::from)?;
    Ok(read(&history, &joint.draws, request, notes))
}

/// Return a note for each series that begins after the earliest month with which growth of the
/// months from `next` on is compared.
fn late_beginnings(members: &[JointMember<'_>], next: Month) -> Vec<String> {
    let earliest = Month::january(next.year() - 1).min(next.back(23));
    let late = members
        .iter()
        .filter(|member| member.series.first() > earliest);
    // Where all begin together, the total just has a short history.
    let first = members.iter().map(|member| member.series.first()).min();
    let late = late.filter(|member| Some(member.series.first()) > first);
    let note = |member: &JointMember<'_>| {
        let first = member.series.first();
        format!(
            "{} begins in {first}: there is no total, and no growth, over months before",
            member.key
        )
    };
    late.map(note).collect()
}

/// Return the first month of the earliest series, and the sums from there to the last month that
/// all reach; NaN where a series has no figure.
fn sums(histories: &[Series<'_>]) -> (Month, Vec<f64>) {
    let first = histories.iter().map(Series::first).min();
    let last = histories.iter().map(Series::last).min();
    let (Some(first), Some(last)) = (first, last) else {
        return (Month::january(2000), Vec::new());
    };
    let sum = |month: Month| -> f64 {
        let figures = histories.iter().map(|series| series.at(month));
        figures.sum::<Option<f64>>().unwrap_or(f64::NAN)
    };
    let months = 0..last.count_from(first);
    (first, months.map(|k| sum(first.forward(k))).collect())
}

/// Return notes as the end of a sentence.
fn after(notes: &[String]) -> String {
    notes.iter().map(|note| format!("; {note}")).collect()
}

/// Return the series that are no sums of others among them, and no balances.
fn parts(found: Vec<(SeriesKey, Series<'_>)>) -> Vec<(SeriesKey, Series<'_>)> {
    let hierarchy = Hierarchy::new(found.iter().map(|(key, _)| key), Completeness::PartsPresent);
    let is_part = |k: usize, key: &SeriesKey| {
        let sums = hierarchy.over_flows(k).len() + hierarchy.over_partners(k).len();
        sums == 0 && key.flow != Flow::Balance
    };
    let found = found.into_iter().enumerate();
    found
        .filter_map(|(k, part)| is_part(k, &part.0).then_some(part))
        .collect()
}

/// Return the key of the total: `ALL` where the series differ, and the flow `T` of exports and
/// imports.
fn total_key(parts: &[(SeriesKey, Series<'_>)]) -> Result<SeriesKey, TotalError> {
    let Some((first, _)) = parts.first() else {
        return Err(TotalError::TooFew {
            found: 0,
            left_out: Vec::new(),
        });
    };
    let mut total = first.clone();
    let all = Code::parse(ALL).unwrap_or_else(|_| first.partner.clone());
    for (key, _) in parts {
        let unlike = |reason| TotalError::Unlike {
            first: Box::new(first.clone()),
            other: Box::new(key.clone()),
            reason,
        };
        if key.unit != first.unit {
            return Err(unlike("they are in different units"));
        }
        if key.flow != first.flow {
            if [key.flow, first.flow].contains(&Flow::Total) {
                return Err(unlike("one is a total, the other one flow"));
            }
            total.flow = Flow::Total;
        }
        for (of_total, of_key) in [
            (&mut total.reporter, &key.reporter),
            (&mut total.partner, &key.partner),
            (&mut total.product, &key.product),
        ] {
            if of_total != of_key {
                *of_total = all.clone();
            }
        }
    }
    Ok(total)
}

/// Read the forecast of the sum over all series of `joint`, whose history is `history`.
fn read(
    history: &Series<'_>,
    joint: &JointDraws,
    request: &ForecastRequest,
    notes: Vec<String>,
) -> SeriesForecast {
    let (first, last) = (history.first(), history.last());
    let ahead = last.plus(1).index_from(joint.first()).unwrap_or(0)..joint.months();
    let ahead = ahead.start.min(ahead.end)..ahead.end.min(ahead.start + request.horizon);
    let months = ahead.len();
    let mut rows = vec![vec![0.0; months]; joint.count()];
    let mut naive = vec![0.0; months];
    for (node, of_node) in joint.nodes().iter().enumerate() {
        let add = |sum: &mut Vec<f64>, path: &[f64]| {
            sum.iter_mut()
                .zip(path)
                .for_each(|(sum, value)| *sum += value);
        };
        add(&mut naive, &of_node.naive[ahead.clone()]);
        for (row, path) in rows.iter_mut().zip(joint.paths(node)) {
            add(row, &path[ahead.clone()]);
        }
    }
    let paths = Paths::from_rows(&rows);
    // The forecast of a month is the median over the sums.
    let point: Vec<f64> = (0..months)
        .map(|k| {
            let sums: Vec<f64> = rows.iter().map(|row| row[k]).collect();
            DistributionSummary::of(&sums, &[]).map_or(0.0, |summary| summary.median)
        })
        .collect();
    let future = HistoryAndDraws {
        history,
        point: &point,
        naive: &naive,
        paths: &paths,
    };
    let adjusted = request.measures.iter().any(|measure| measure.is_adjusted());
    let season = adjusted.then(|| SeasonalFactors::of(history)).flatten();
    let (points, years) = read_months(&future, season.as_ref(), request);
    SeriesForecast {
        first,
        last,
        gaps: history.gaps(),
        method: request.method.to_string(),
        weights: Vec::new(),
        notes,
        points,
        years,
        evaluation: Evaluation::default(),
        coverage: Vec::new(),
        id: history.id().to_owned(),
    }
}
