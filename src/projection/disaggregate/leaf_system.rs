//! Series as sums of leaves.

use crate::trade::{Completeness, Component, Hierarchy, SeriesKey};

/// A series as a sum of leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedSum {
    /// The key of the series.
    pub key: SeriesKey,
    /// The places of its leaves, and their signs: −1 where a leaf is subtracted, as imports are in
    /// a balance.
    pub leaves: Vec<(usize, f64)>,
}

/// Series that add up: the leaves, and all series that are sums of them.
#[derive(Debug, Clone, PartialEq)]
pub struct LeafSystem {
    /// The leaves: flows that are never negative, all in one currency.
    pub leaves: Vec<SeriesKey>,
    /// Every series that has figures or is requested, leaves included.
    pub nodes: Vec<SignedSum>,
}

impl LeafSystem {
    /// Find the leaves among `keys`, the series that are no complete sum of others, and give each
    /// series its leaves, both in the order of `keys`.
    pub fn of(keys: impl IntoIterator<Item = SeriesKey>) -> Self {
        let keys: Vec<SeriesKey> = keys.into_iter().collect();
        let hierarchy = Hierarchy::new(&keys, Completeness::AllParts);
        let is_leaf = |series: &usize| hierarchy.parts(*series).is_empty();
        let leaves: Vec<usize> = (0..keys.len()).filter(is_leaf).collect();
        let weight = |leaf: Component| {
            let place = leaves.binary_search(&leaf.part);
            (place.expect("a leaf is no sum"), leaf.sign)
        };
        let sum = |(series, key): (usize, &SeriesKey)| SignedSum {
            key: key.clone(),
            leaves: hierarchy.leaves(series).into_iter().map(weight).collect(),
        };
        Self {
            nodes: keys.iter().enumerate().map(sum).collect(),
            leaves: leaves.iter().map(|series| keys[*series].clone()).collect(),
        }
    }
}
