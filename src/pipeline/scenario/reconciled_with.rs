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
    let of_series = |k: usize| {
        let is_part_of = |whole: &usize| parts(*whole).any(|component| component.part == k);
        let sums = (0..keys.len()).filter(is_part_of);
        let sums: Vec<String> = sums.map(|whole| keys[whole].to_string()).collect();
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
    (0..keys.len()).map(of_series).collect()
}
