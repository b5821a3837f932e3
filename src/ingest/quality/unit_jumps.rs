//! Levels that change by a power of ten, as after a change of unit.

use super::median::median;
use std::f64::consts::LN_10;

/// Number of months on either side whose levels are compared.
const AROUND: usize = 6;
/// Multiple of the usual change from month to month that a jump must exceed.
const TIMES_USUAL: f64 = 5.0;

/// Find the unit jumps of a series of logarithms: the index of the first value after each, and the
/// power of ten. The median of the six months after differs from that of the six months before by
/// this power, and so does the month from the one before it. A series whose months usually
/// differ by a large part of it has none.
pub(super) fn find(logs: &[f64]) -> Vec<(usize, i32)> {
    let mut found = Vec::new();
    let steps = logs.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let usual = if logs.len() > 2 * AROUND {
        1.4826 * median(steps.collect())
    } else {
        0.0
    };
    for at in 1..logs.len() {
        // A jump is at least of one power, and this runs for every month.
        if (logs[at] - logs[at - 1]).abs() < 0.75 * LN_10 {
            continue;
        }
        let before = median(logs[at.saturating_sub(AROUND)..at].to_vec());
        let after = median(logs[at..(at + AROUND).min(logs.len())].to_vec());
        let power = ((after - before) / LN_10).round();
        let near = |difference: f64| (difference / LN_10 - power).abs() < 0.25;
        let is_unusual = power.abs() * LN_10 > TIMES_USUAL * usual;
        if is_unusual && power != 0.0 && near(after - before) && near(logs[at] - logs[at - 1]) {
            found.push((at, power as i32));
        }
    }
    found
}
