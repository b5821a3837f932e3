//! Gaps of a series: short ones are bridged by straight lines, long ones end its history.

use crate::projection::error::MIN_MONTHS;
use crate::trade::Series;

/// A gap of so many months is no part of a history: the series begins after it.
const LONG_GAP: usize = 36;

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

/// Return the series after its latest gap of three years or more, if enough months follow it.
///
/// A straight line over years would be taken for figures. Where too few months follow, what was
/// before the gap is all that is known.
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
    if start == 0 {
        return *series;
    }
    series.from(series.first().forward(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::Month;

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
