//! The median of some values, and those of a moving window.

/// Return the median of `values`; NaN where there is none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

/// Return the median of each value, of up to `before` values before it and up to `after` behind it.
pub(super) fn running_medians(values: &[f64], before: usize, after: usize) -> Vec<f64> {
    // The values of the window in order.
    let mut window: Vec<f64> = Vec::with_capacity(before + after + 1);
    let place =
        |window: &[f64], value: f64| window.partition_point(|x| x.total_cmp(&value).is_lt());
    let mut entered = 0;
    let of_window = |at: usize| {
        while entered < values.len().min(at + after + 1) {
            let to = place(&window, values[entered]);
            window.insert(to, values[entered]);
            entered += 1;
        }
        if at > before {
            window.remove(place(&window, values[at - before - 1]));
        }
        let middle = window.len() / 2;
        match window.len() % 2 {
            1 => window[middle],
            _ => (window[middle - 1] + window[middle]) / 2.0,
        }
    };
    (0..values.len()).map(of_window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_running_median_is_the_median_of_its_window(
            values in prop::collection::vec(-3_i32..3, 0..40),
            before in 0_usize..8,
            after in 0_usize..8,
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let found = running_medians(&values, before, after);
            for (at, found) in found.iter().enumerate() {
                let end = (at + after + 1).min(values.len());
                let window = values[at.saturating_sub(before)..end].to_vec();
                prop_assert_eq!(*found, median(window));
            }
        }
    }
}
