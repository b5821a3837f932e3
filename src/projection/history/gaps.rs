//! Gaps of a series, bridged by straight lines.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_bridged_by_lines_and_marked() {
        let (bridged, seen) = bridge(&[1.0, f64::NAN, f64::NAN, 4.0, 0.0]);
        assert_eq!(bridged, [1.0, 2.0, 3.0, 4.0, 0.0]);
        assert_eq!(seen, [true, false, false, true, true]);
    }
}
