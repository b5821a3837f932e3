//! Outliers, level shifts, and departures that cannot be told apart yet.
//!
//! Levels are taken in logarithms, less their usual growth and less their seasonal factors: the
//! median, by calendar month, of the distance from a running median of 13 months. Let `σ` be the
//! robust scale, 1.4826 times the median absolute distance of what is left from its running median
//! of seven months. A month departs where it lies more than `6 σ`, and at least 10 %, from the
//! median of the six months before it. A departure from which the next months return is an outlier;
//! one that lasts three months or more is a level shift. In the last three months the two cannot be
//! told apart, and the departure is undecidable.
//!
//! Reported are departures of the last three years, and large ones of any time.
//!
//! Windows count the months that are there. One or two missing months are skipped, as where January
//! and February are published jointly; a longer gap ends a run of months.

use super::finding::{QualityFinding, QualityIssue};
use super::median::{median, running_medians};
use super::months::SeriesMonth;
use super::unit_jumps;
use crate::trade::{Month, Span};

/// Number of months that a departure must last to be a level shift.
const LASTING: usize = 3;
/// Number of months before and after that a departure is measured against.
const AROUND: usize = 6;
/// Number of months that a run needs for its departures to be looked for.
const ENOUGH: usize = 36;
/// Number of missing months in a row that do not end a run.
const BRIDGED: i32 = 2;
/// Multiple of the noise that a departure must exceed.
const TIMES_NOISE: f64 = 6.0;
/// Number of months before the last one of a run within which a departure is reported: an earlier
/// one is history, unless it is large.
const RECENT: i32 = 36;
/// A departure that is reported whenever it was, in logarithms: half or double the level.
const LARGE: f64 = 0.69;
/// Smallest departure, in logarithms.
const LEAST: f64 = 0.095;

/// Find the unit jumps, outliers and level shifts that the new months bring or decide.
pub(super) fn find(series: &str, months: &[SeriesMonth]) -> Vec<QualityFinding> {
    let mut new = months.iter().filter(|m| m.is_new).map(|m| m.month);
    let Some(first) = new.next() else {
        return Vec::new();
    };
    // The known month after the new ones may depart because of them.
    let end = new.next_back().unwrap_or(first);
    let after = months.iter().find(|m| m.month > end);
    let end = after.map_or(end, |m| m.month);
    let positive = months.iter().filter(|m| m.value > 0.0);
    let mut logs: Vec<(Month, f64)> = positive.map(|m| (m.month, m.value.ln())).collect();
    let finding = |issue, month: Month, size: f64, detail: String| QualityFinding {
        issue,
        series: series.to_owned(),
        period: Span::month(month),
        size,
        detail,
    };
    let mut found = Vec::new();
    let values: Vec<f64> = logs.iter().map(|(_, log)| *log).collect();
    for (at, power) in unit_jumps::find(&values) {
        let month = logs[at].0;
        if (first..=end).contains(&month) {
            let factor = 10_f64.powi(power);
            let detail = format!("{factor} times the level before: another unit?");
            found.push(finding(QualityIssue::UnitJump, month, factor, detail));
        }
        // Departures are looked for as if the unit had not changed.
        for (_, log) in &mut logs[at..] {
            *log -= f64::from(power) * std::f64::consts::LN_10;
        }
    }
    let last = logs.last().map(|(month, _)| *month);
    let runs = logs.chunk_by(|a, b| b.0.since(a.0) <= BRIDGED + 1);
    for run in runs.filter(|run| run.len() >= ENOUGH) {
        let run_end = run.last().map_or(end, |(month, _)| *month);
        let is_last = run.last().map(|(month, _)| *month) == last;
        for departure in departures(run, is_last) {
            let (month, decided) = (run[departure.at].0, run[departure.decided].0);
            let is_news = month.plus(RECENT) > run_end || departure.size.ln_1p().abs() >= LARGE;
            if is_news && decided >= first && month <= end {
                let Departure { issue, size, .. } = departure;
                found.push(finding(issue, month, size, departure.detail));
            }
        }
    }
    found
}

/// A departure within a run.
struct Departure {
    issue: QualityIssue,
    /// Index of its first month.
    at: usize,
    /// Index of the month that decides its kind.
    decided: usize,
    size: f64,
    detail: String,
}

/// Find the departures of a run of months without a long gap; `is_last` where no month follows it.
fn departures(run: &[(Month, f64)], is_last: bool) -> Vec<Departure> {
    let mut found = Vec::new();
    let level = seasonally_adjusted(&detrended(run));
    let limit = (TIMES_NOISE * noise(&level)).max(LEAST);
    let n = level.len();
    // The median of the six months that end at each month.
    let last_six = running_medians(&level, AROUND - 1, 0);
    let mut at = AROUND;
    while at < n {
        let before = last_six[at - 1];
        let departure = level[at] - before;
        if departure.abs() <= limit {
            at += 1;
            continue;
        }
        let lasts = level[at..]
            .iter()
            .take_while(|x| (**x - before) * departure.signum() > limit / 2.0)
            .count();
        let size = departure.exp_m1();
        let percent = 100.0 * size;
        let mut step = lasts.max(1);
        found.push(if at + lasts == n && lasts <= LASTING {
            let which = if is_last {
                "an outlier or a level shift, which the next months will tell"
            } else {
                "an outlier or a level shift; a gap follows"
            };
            Departure {
                issue: QualityIssue::Undecidable,
                at,
                decided: at,
                size,
                detail: format!("{percent:+.1} % in the last {lasts} months: {which}"),
            }
        } else if lasts >= LASTING {
            // The new level is what later months are measured against.
            step = lasts.min(AROUND);
            let size =
                (median(level[at..(at + AROUND).min(at + lasts)].to_vec()) - before).exp_m1();
            Departure {
                issue: QualityIssue::LevelShift,
                at,
                decided: at + LASTING,
                size,
                detail: format!(
                    "{:+.1} % against the six months before, for {lasts} months",
                    100.0 * size
                ),
            }
        } else {
            Departure {
                issue: QualityIssue::Outlier,
                at,
                decided: at + lasts,
                size,
                detail: format!("{percent:+.1} % against the six months before, and back"),
            }
        });
        at += step;
    }
    found
}

/// Return the logarithms less their usual growth, the median over twelve months: growth alone would
/// make a month depart from the months before it.
fn detrended(run: &[(Month, f64)]) -> Vec<(Month, f64)> {
    let growth_of_year = |(month, before): &(Month, f64)| {
        let at = run.binary_search_by_key(&month.plus(12), |(m, _)| *m);
        Some(run[at.ok()?].1 - before)
    };
    let growth: Vec<f64> = run.iter().filter_map(growth_of_year).collect();
    let trend = if growth.is_empty() {
        0.0
    } else {
        median(growth) / 12.0
    };
    let less_trend = |(month, log): &(Month, f64)| {
        let passed = month.since(run[0].0);
        (*month, log - trend * f64::from(passed))
    };
    run.iter().map(less_trend).collect()
}

/// Return the logarithms less the median of their calendar month's distance from a running median
/// of 13 months.
fn seasonally_adjusted(run: &[(Month, f64)]) -> Vec<f64> {
    let logs: Vec<f64> = run.iter().map(|(_, log)| *log).collect();
    let usual = running_medians(&logs, AROUND, AROUND);
    let mut of_month: [Vec<f64>; 12] = Default::default();
    for ((month, log), usual) in run.iter().zip(usual) {
        of_month[usize::from(month.of_year()) - 1].push(log - usual);
    }
    let factors = of_month.map(|distances| {
        if distances.is_empty() {
            0.0
        } else {
            median(distances)
        }
    });
    run.iter()
        .map(|(month, log)| log - factors[usize::from(month.of_year()) - 1])
        .collect()
}

/// Return the robust scale of the distance of `level` from its running median of seven months.
fn noise(level: &[f64]) -> f64 {
    let usual = running_medians(level, 3, 3);
    let distances = level.iter().zip(usual);
    1.4826 * median(distances.map(|(x, usual)| (x - usual).abs()).collect())
}
