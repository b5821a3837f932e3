//! Levels that change by a power of ten, as after a change of unit.

use super::median::median;
use std::f64::consts::LN_10;

/// Number of months on either side whose levels are compared.
const AROUND: usize = 6;

/// Find the unit jumps of a series of logarithms: the index of the first value after each, and the
/// power of ten. The median of the six months after differs from that of the six months before by
/// this power, and so does the month from the one before it.
pub(super) fn find(logs: &[f64]) -> Vec<(usize, i32)> {
    let mut found = Vec::new();
    for at in 1..logs.len() {
        let before = median(logs[at.saturating_sub(AROUND)..at].to_vec());
        let after = median(logs[at..(at + AROUND).min(logs.len())].to_vec());
        let power = ((after - before) / LN_10).round();
        let near = |difference: f64| (difference / LN_10 - power).abs() < 0.25;
        if power != 0.0 && near(after - before) && near(logs[at] - logs[at - 1]) {
            found.push((at, power as i32));
        }
    }
    found
}
