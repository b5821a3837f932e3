//! With what the series of a scenario are reconciled, in words.

use crate::trade::{Completeness, Hierarchy, SeriesKey};

/// Say of each series with what its draws are reconciled, since its baseline is then not that of
/// its own forecast; `None` where it is neither a sum of others among `keys` nor a part of one.
pub fn reconciled_with(keys: &[SeriesKey]) -> Vec<Option<String>> {
    let hierarchy = Hierarchy::new(keys, Completeness::AllParts);
    let parts = |whole: usize| {
        let over_partners = hierarchy.over_partners(whole).iter();
        hierarchy.over_flows(whole).iter().chain(over_partners)
    };
    // The sums that each series is a part of.
    let mut sums: Vec<Vec<String>> = vec![Vec::new(); keys.len()];
    for (whole, key) in keys.iter().enumerate() {
        for component in parts(whole) {
            sums[component.part].push(key.to_string());
        }
    }
    let of_series = |(k, sums): (usize, Vec<String>)| {
        let with = match (sums.as_slice(), parts(k).next()) {
            ([], None) => return None,
            ([], Some(_)) => "the series that add up to it".to_owned(),
            (sums, _) => sums.join(" and "),
        };
        Some(format!(
            "reconciled with {with}: the baseline is not that of `forecast`, where each series \
             stands alone"
        ))
    };
    sums.into_iter().enumerate().map(of_series).collect()
}
