//! Gaps of a series: short ones are bridged by straight lines; a history begins after a long one,
//! after figures at another frequency, and where trade begins.

use crate::projection::error::{MIN_MONTHS, ProjectionError};
use crate::trade::{FrequencyStretch, Series};

/// A gap of so many months is no part of a history: the series begins after it.
const LONG_GAP: usize = 36;

/// Zeros of so many months before the first trade are no part of a history: the flow had not begun.
const NOT_BEGUN: usize = 12;

/// Return the values of a series with gaps bridged by straight lines, and whether each was
/// observed.
pub(in crate::projection) fn bridge(values: &[f64]) -> (Vec<f64>, Vec<bool>) {
    let seen: Vec<bool> = values.iter().map(|v| !v.is_nan()).collect();
    let mut bridged = values.to_vec();
    rebridge(&mut bridged, &seen);
    (bridged, seen)
}

/// Put straight lines between the observed values. The first and the last value are observed.
pub(in crate::projection) fn rebridge(values: &mut [f64], seen: &[bool]) {
    let mut last: Option<usize> = None;
    for t in (0..values.len()).filter(|t| seen[*t]) {
        if let Some(from) = last {
            let step = (values[t] - values[from]) / (t - from) as f64;
            for k in 1..t - from {
                values[from + k] = values[from] + step * k as f64;
            }
        }
        last = Some(t);
    }
}

/// Return the series after its latest gap of three years or more, after figures at another
/// frequency, and from the month in which trade begins, if enough months follow.
///
/// A straight line over years would be taken for figures, and zeros before a flow began for months
/// in which it could have traded. Where too few months follow a gap, what was before it is all that
/// is known. Flows that often have no trade for as long keep their first zeros.
pub(in crate::projection) fn latest_stretch<'a>(series: &Series<'a>) -> Series<'a> {
    let values = series.values();
    let (mut start, mut gap) = (0, 0);
    for (t, v) in values.iter().enumerate() {
        if !v.is_nan() {
            let follow = || values[t..].iter().filter(|v| !v.is_nan()).count();
            if gap >= LONG_GAP && follow() >= MIN_MONTHS {
                start = t;
            }
            gap = 0;
        } else {
            gap += 1;
        }
    }
    let recent = match start {
        0 => *series,
        _ => series.from(series.first().forward(start)),
    };
    let monthly = monthly_stretch(&recent).0;
    match months_before_trade(monthly.values()) {
        0 => monthly,
        months => monthly.from(monthly.first().forward(months)),
    }
}

/// Return the months after figures at another frequency, and that stretch; the whole series where
/// there is none, or where too few months follow.
///
/// Figures of quarters are no figures of months, and months between figures are not made up.
pub(in crate::projection) fn monthly_stretch<'a>(
    series: &Series<'a>,
) -> (Series<'a>, Option<FrequencyStretch>) {
    let Some(stretch) = FrequencyStretch::latest(series) else {
        return (*series, None);
    };
    let after = series.from(stretch.end());
    if after.len() - after.gaps() < MIN_MONTHS {
        return (*series, None);
    }
    (after, Some(stretch))
}

/// Check that a forecast has monthly figures to begin with.
///
/// # Errors
/// [`ProjectionError::NotMonthly`] for a series at another frequency, to its end or nearly so.
pub fn check_monthly(series: &Series<'_>) -> Result<(), ProjectionError> {
    let left = FrequencyStretch::latest(&latest_stretch(series));
    left.map_or(Ok(()), |stretch| Err(ProjectionError::NotMonthly(stretch)))
}

/// Return the number of months before a flow begins: of the zeros at the start of `values`, where
/// they are a year or more and more than twice any other months without trade.
fn months_before_trade(values: &[f64]) -> usize {
    let is_trade = |v: &f64| !v.is_nan() && *v != 0.0;
    let Some(first) = values.iter().position(is_trade) else {
        return 0;
    };
    let after = &values[first..];
    let without = |run: &[f64]| run.iter().filter(|v| **v == 0.0).count();
    let longest = after.split(is_trade).map(without).max().unwrap_or(0);
    let enough = after.iter().filter(|v| is_trade(v)).count() >= MIN_MONTHS;
    let long = without(&values[..first]) >= NOT_BEGUN && first > 2 * longest;
    if enough && long { first } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::Month;

    #[test]
    fn a_history_begins_with_trade_unless_the_flow_often_has_none() {
        let begun = |zeros: usize, after: &[f64]| {
            let values = [vec![0.0; zeros], after.to_vec()].concat();
            months_before_trade(&values)
        };
        assert_eq!(begun(40, &[9.0; 30]), 40);
        assert_eq!(begun(NOT_BEGUN, &[9.0; MIN_MONTHS]), NOT_BEGUN);
        assert_eq!(begun(NOT_BEGUN - 1, &[9.0; 30]), 0);
        assert_eq!(begun(40, &[9.0; MIN_MONTHS - 1]), 0);
        // A season of eight months without trade does not hide a beginning, but a year does.
        let season = [[9.0; 4].as_slice(), &[0.0; 8], &[9.0; 4]].concat();
        assert_eq!((begun(40, &season), begun(16, &season)), (40, 0));
        assert_eq!(begun(60, &[]), 0);
    }

    #[test]
    fn a_history_begins_after_its_latest_long_gap() {
        let start = |before: usize, gap: usize, after: usize| {
            let mut values = vec![1.0; before];
            values.extend(vec![f64::NAN; gap]);
            values.extend(vec![2.0; after]);
            let first = Month::january(2000);
            let series = Series::new("a", first, &values, false);
            latest_stretch(&series).first().since(first)
        };
        assert_eq!(start(60, 120, 48), 180);
        assert_eq!(start(60, LONG_GAP, MIN_MONTHS), 60 + LONG_GAP as i32);
        assert_eq!(start(60, LONG_GAP - 1, 48), 0);
        assert_eq!(start(60, 120, MIN_MONTHS - 1), 0);
    }

    #[test]
    fn gaps_are_bridged_by_lines_and_marked() {
        let (bridged, seen) = bridge(&[1.0, f64::NAN, f64::NAN, 4.0, 0.0]);
        assert_eq!(bridged, [1.0, 2.0, 3.0, 4.0, 0.0]);
        assert_eq!(seen, [true, false, false, true, true]);
    }
}
