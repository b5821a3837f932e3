//! Which series are sums of which others: the one place where the rules of aggregation stand.
//!
//! - The total of a pair is its exports plus its imports, the balance its exports minus its
//!   imports (same reporter, partner, product and unit): [`flow_parts`].
//! - A group of countries is the sum of its members ([`area::members`]); the world is the sum of
//!   all partners and groups, a partner within a listed group counted once (same reporter, flow,
//!   product and unit).
//!
//! [`Hierarchy`] applies these rules to a list of series. What a sum may lack is said once, by its
//! [`Completeness`].

use super::{Flow, SeriesKey, area};
use std::collections::{BTreeMap, HashMap};

/// Return the flows that `flow` is made of, each with its sign; none for exports and imports.
pub fn flow_parts(flow: Flow) -> &'static [(Flow, f64)] {
    match flow {
        Flow::Exports | Flow::Imports => &[],
        Flow::Total => &[(Flow::Exports, 1.0), (Flow::Imports, 1.0)],
        Flow::Balance => &[(Flow::Exports, 1.0), (Flow::Imports, -1.0)],
    }
}

/// One part of a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// The place of the part in the list of series.
    pub part: usize,
    /// `1.0`, or `-1.0` where the part is subtracted, as imports are in a balance.
    pub sign: f64,
}

/// When a series counts as a sum, depending on which of its parts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Only where every part is listed. The world is never a sum then, for no list says that it
    /// holds all partners.
    AllParts,
    /// Where at least one part is listed, as the sum of those that are.
    PartsPresent,
}

/// The sums within a list of series.
///
/// A series may be a sum in two ways: over flows (the total of a group is its exports plus its
/// imports) and over partners (the same total is the sum of its members' totals).
///
/// ```
/// use tradecast::trade::{Completeness, Hierarchy, SeriesKey};
///
/// let keys = ["CHN.KAZ.X.TOTAL.USD", "CHN.KAZ.M.TOTAL.USD", "CHN.KAZ.B.TOTAL.USD"]
///     .map(|text| SeriesKey::parse(text).unwrap());
/// let hierarchy = Hierarchy::new(&keys, Completeness::AllParts);
/// let value = [10.0, 4.0];
/// let balance: f64 = hierarchy.parts(2).iter().map(|c| c.sign * value[c.part]).sum();
/// assert_eq!(balance, 6.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Hierarchy {
    sums: Vec<SeriesParts>,
    /// Series in an order in which parts come before their sums.
    order: Vec<usize>,
}

/// The parts of one series.
#[derive(Debug, Clone, PartialEq, Default)]
struct SeriesParts {
    over_flows: Vec<Component>,
    over_partners: Vec<Component>,
}

impl Hierarchy {
    /// Find the sums among `keys`. Of a key that is listed twice the first place is a part.
    pub fn new<'a>(
        keys: impl IntoIterator<Item = &'a SeriesKey>,
        completeness: Completeness,
    ) -> Self {
        let keys: Vec<&SeriesKey> = keys.into_iter().collect();
        let may_be_sum = |key: &&&SeriesKey| {
            !flow_parts(key.flow).is_empty() || area::is_aggregate(&key.partner)
        };
        // Long lists of single flows with single partners are common: nothing is looked up there.
        if !keys.iter().any(|key| may_be_sum(&key)) {
            return Self {
                sums: vec![SeriesParts::default(); keys.len()],
                order: (0..keys.len()).collect(),
            };
        }
        let places = SeriesPlaces::new(&keys);
        let sum = |key: &&SeriesKey| SeriesParts {
            over_flows: places.flows(key, completeness),
            over_partners: places.partners(key, completeness),
        };
        let sums: Vec<SeriesParts> = keys.iter().map(sum).collect();
        let mut order = Vec::with_capacity(sums.len());
        let mut placed = vec![false; sums.len()];
        (0..sums.len())
            .for_each(|series| place_after_parts(series, &sums, &mut placed, &mut order));
        Self { sums, order }
    }

    /// Return how many series are listed.
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// Whether no series is listed.
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// Return exports and imports of a total or balance, in this order; none of another series.
    pub fn over_flows(&self, series: usize) -> &[Component] {
        &self.sums[series].over_flows
    }

    /// Return the members of a group, or the partners and groups of the world, in the order of
    /// their codes; none of another series.
    pub fn over_partners(&self, series: usize) -> &[Component] {
        &self.sums[series].over_partners
    }

    /// Return the parts of a series: over flows where it has any, else over partners. Empty for a
    /// series that is no sum here.
    pub fn parts(&self, series: usize) -> &[Component] {
        match self.over_flows(series) {
            [] => self.over_partners(series),
            flows => flows,
        }
    }

    /// Return the leaves of a series in the order of the list: its parts, their parts, and so on
    /// down to series that are no sums. The sign of a leaf is the product of the signs on the way.
    /// A series that is no sum is its own leaf.
    pub fn leaves(&self, series: usize) -> Vec<Component> {
        let mut leaves = Vec::new();
        self.add_leaves(
            Component {
                part: series,
                sign: 1.0,
            },
            &mut leaves,
        );
        leaves.sort_by_key(|leaf| leaf.part);
        leaves
    }

    fn add_leaves(&self, of: Component, leaves: &mut Vec<Component>) {
        match self.parts(of.part) {
            [] => leaves.push(of),
            parts => {
                for Component { part, sign } in parts {
                    let sign = of.sign * sign;
                    self.add_leaves(Component { part: *part, sign }, leaves);
                }
            }
        }
    }

    /// Return the places of all series in an order in which parts come before their sums.
    pub fn parts_first(&self) -> &[usize] {
        &self.order
    }
}

/// A total or balance that is not listed, though all its parts are.
#[derive(Debug, Clone, PartialEq)]
pub struct AbsentSum {
    /// The key of the sum.
    pub key: SeriesKey,
    /// Exports and imports, in this order.
    pub parts: Vec<Component>,
}

/// Return the totals and balances that could be computed from `keys` and are not among them, in
/// the order of their exports. A key that is listed twice has its sums twice.
pub fn absent_sums(keys: &[SeriesKey]) -> Vec<AbsentSum> {
    let listed: Vec<&SeriesKey> = keys.iter().collect();
    let places = SeriesPlaces::new(&listed);
    let mut absent = Vec::new();
    for (exports, key) in keys.iter().enumerate() {
        if key.flow != Flow::Exports {
            continue;
        }
        for flow in [Flow::Total, Flow::Balance] {
            let key = key.with_flow(flow);
            let mut parts = places.flows(&key, Completeness::AllParts);
            if places.at(&key, flow, key.partner.as_str()).is_none() && !parts.is_empty() {
                parts[0].part = exports;
                absent.push(AbsentSum { key, parts });
            }
        }
    }
    absent
}

/// The place of each series in a list, by everything but the partner, then by partner.
struct SeriesPlaces<'a>(HashMap<TradeFamily<'a>, BTreeMap<&'a str, usize>>);

/// Reporter, flow, product and unit.
type TradeFamily<'a> = (&'a str, Flow, &'a str, super::Currency);

impl<'a> SeriesPlaces<'a> {
    fn new(keys: &[&'a SeriesKey]) -> Self {
        let mut places: HashMap<TradeFamily<'_>, BTreeMap<&str, usize>> = HashMap::new();
        for (place, key) in keys.iter().enumerate() {
            let partners = places.entry(family(key, key.flow)).or_default();
            partners.entry(key.partner.as_str()).or_insert(place);
        }
        Self(places)
    }

    /// Return the place of the series of the same trade as `key` in another flow with `partner`.
    fn at(&self, key: &SeriesKey, flow: Flow, partner: &str) -> Option<usize> {
        self.0.get(&family(key, flow))?.get(partner).copied()
    }

    fn flows(&self, key: &SeriesKey, completeness: Completeness) -> Vec<Component> {
        let parts = flow_parts(key.flow).iter().map(|(flow, sign)| {
            let part = self.at(key, *flow, key.partner.as_str())?;
            Some(Component { part, sign: *sign })
        });
        complete(parts, completeness)
    }

    fn partners(&self, key: &SeriesKey, completeness: Completeness) -> Vec<Component> {
        let part = |part: usize| Component { part, sign: 1.0 };
        if let Some(members) = area::members_of(key.partner.as_str()) {
            let members = members.iter();
            let parts = members.map(|member| self.at(key, key.flow, member).map(part));
            return complete(parts, completeness);
        }
        if key.partner.as_str() != area::WORLD || completeness == Completeness::AllParts {
            return Vec::new();
        }
        let Some(partners) = self.0.get(&family(key, key.flow)) else {
            return Vec::new();
        };
        // A partner whose group is listed is in the group already.
        let groups = partners.keys().filter_map(|code| area::members_of(code));
        let grouped: Vec<&str> = groups.flatten().copied().collect();
        let apart = |code: &str| code != area::WORLD && !grouped.contains(&code);
        let partners = partners.iter().filter(|(code, _)| apart(code));
        partners.map(|(_, place)| part(*place)).collect()
    }
}

/// Return what all partners' series of one kind share with `key`, in another flow.
fn family<'a>(key: &'a SeriesKey, flow: Flow) -> TradeFamily<'a> {
    (key.reporter.as_str(), flow, key.product.as_str(), key.unit)
}

/// Return the parts that are listed, or none where `completeness` needs one that is not.
fn complete(
    parts: impl Iterator<Item = Option<Component>>,
    completeness: Completeness,
) -> Vec<Component> {
    match completeness {
        Completeness::AllParts => parts.collect::<Option<_>>().unwrap_or_default(),
        Completeness::PartsPresent => parts.flatten().collect(),
    }
}

/// Put a series into `order` behind all its parts.
fn place_after_parts(
    series: usize,
    sums: &[SeriesParts],
    placed: &mut [bool],
    order: &mut Vec<usize>,
) {
    if std::mem::replace(&mut placed[series], true) {
        return;
    }
    let SeriesParts {
        over_flows,
        over_partners,
    } = &sums[series];
    for Component { part, .. } in over_flows.iter().chain(over_partners) {
        place_after_parts(*part, sums, placed, order);
    }
    order.push(series);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::Currency;
    use proptest::prelude::*;

    fn keys(names: &[&str]) -> Vec<SeriesKey> {
        let key = |name: &&str| SeriesKey::parse(&format!("CHN.{name}.TOTAL.USD")).unwrap();
        names.iter().map(key).collect()
    }

    fn signed(components: &[Component]) -> Vec<(usize, f64)> {
        components.iter().map(|c| (c.part, c.sign)).collect()
    }

    #[test]
    fn a_total_adds_flows_and_a_balance_subtracts_imports() {
        let keys = keys(&["KAZ.M", "KAZ.B", "KAZ.X", "KAZ.T", "KGZ.X"]);
        for completeness in [Completeness::AllParts, Completeness::PartsPresent] {
            let hierarchy = Hierarchy::new(&keys, completeness);
            assert_eq!(signed(hierarchy.parts(3)), [(2, 1.0), (0, 1.0)]);
            assert_eq!(signed(hierarchy.parts(1)), [(2, 1.0), (0, -1.0)]);
            assert!([0, 2, 4].iter().all(|k| hierarchy.parts(*k).is_empty()));
        }
    }

    #[test]
    fn another_unit_or_product_is_no_part() {
        let mut keys = keys(&["KAZ.X", "KAZ.M", "KAZ.T"]);
        keys[1].unit = Currency::CNY;
        let hierarchy = Hierarchy::new(&keys, Completeness::PartsPresent);
        assert_eq!(signed(hierarchy.parts(2)), [(0, 1.0)]);
        let hierarchy = Hierarchy::new(&keys, Completeness::AllParts);
        assert!(hierarchy.parts(2).is_empty());
    }

    #[test]
    fn a_group_lacks_no_member_where_all_parts_are_needed() {
        let mut names = vec!["CA5.X", "UZB.X", "KAZ.X", "KGZ.X", "TJK.X"];
        let hierarchy = Hierarchy::new(&keys(&names), Completeness::AllParts);
        assert!(hierarchy.parts(0).is_empty());
        let hierarchy = Hierarchy::new(&keys(&names), Completeness::PartsPresent);
        let four = [(2, 1.0), (3, 1.0), (4, 1.0), (1, 1.0)];
        assert_eq!(signed(hierarchy.parts(0)), four);
        names.push("TKM.X");
        let hierarchy = Hierarchy::new(&keys(&names), Completeness::AllParts);
        let five = [(2, 1.0), (3, 1.0), (4, 1.0), (5, 1.0), (1, 1.0)];
        assert_eq!(signed(hierarchy.parts(0)), five);
    }

    #[test]
    fn the_world_counts_a_member_of_a_listed_group_once() {
        let keys = keys(&[
            "WLD.X", "KAZ.X", "USA.X", "CA5.X", "USA.M", "WLD.M", "KAZ.M",
        ]);
        let hierarchy = Hierarchy::new(&keys, Completeness::PartsPresent);
        assert_eq!(signed(hierarchy.parts(0)), [(3, 1.0), (2, 1.0)]);
        // No group is listed with imports, so that its member stands for itself.
        assert_eq!(signed(hierarchy.parts(5)), [(6, 1.0), (4, 1.0)]);
        let hierarchy = Hierarchy::new(&keys, Completeness::AllParts);
        assert!(hierarchy.parts(0).is_empty());
    }

    #[test]
    fn a_sum_of_flows_and_partners_has_both() {
        let names = ["CA5.T", "CA5.X", "CA5.M", "KAZ.T"];
        let hierarchy = Hierarchy::new(&keys(&names), Completeness::PartsPresent);
        assert_eq!(signed(hierarchy.over_flows(0)), [(1, 1.0), (2, 1.0)]);
        assert_eq!(signed(hierarchy.over_partners(0)), [(3, 1.0)]);
        assert_eq!(hierarchy.parts(0), hierarchy.over_flows(0));
        assert_eq!(hierarchy.parts_first(), [1, 2, 3, 0]);
    }

    #[test]
    fn leaves_carry_the_signs_of_all_sums_above_them() {
        let keys = keys(&[
            "CA5.B", "CA5.X", "CA5.M", "KAZ.X", "KAZ.M", "KGZ.M", "KGZ.X",
        ]);
        let hierarchy = Hierarchy::new(&keys, Completeness::PartsPresent);
        let balance = [(3, 1.0), (4, -1.0), (5, -1.0), (6, 1.0)];
        assert_eq!(signed(&hierarchy.leaves(0)), balance);
        assert_eq!(signed(&hierarchy.leaves(4)), [(4, 1.0)]);
    }

    #[test]
    fn absent_sums_are_those_whose_flows_are_listed() {
        let keys = keys(&["KAZ.M", "KGZ.X", "KAZ.X", "UZB.X", "KGZ.M", "KGZ.B"]);
        let found = absent_sums(&keys);
        let names: Vec<String> = found.iter().map(|sum| sum.key.to_string()).collect();
        let expected = ["CHN.KGZ.T", "CHN.KAZ.T", "CHN.KAZ.B"].map(|n| format!("{n}.TOTAL.USD"));
        assert_eq!(names, expected);
        assert_eq!(signed(&found[0].parts), [(1, 1.0), (4, 1.0)]);
        assert_eq!(signed(&found[2].parts), [(2, 1.0), (0, -1.0)]);
    }

    const PARTNERS: [&str; 8] = ["KAZ", "KGZ", "TJK", "TKM", "UZB", "CA5", "WLD", "USA"];

    fn any_keys() -> impl Strategy<Value = Vec<SeriesKey>> {
        let name = (0..PARTNERS.len(), 0..4_usize).prop_map(|(partner, flow)| {
            let name = format!("{}.{}", PARTNERS[partner], ["X", "M", "T", "B"][flow]);
            keys(&[&name]).remove(0)
        });
        proptest::collection::hash_set(name, 0..32).prop_map(|keys| keys.into_iter().collect())
    }

    proptest! {
        #[test]
        fn every_series_comes_once_and_after_its_parts(keys in any_keys()) {
            let hierarchy = Hierarchy::new(&keys, Completeness::PartsPresent);
            let order = hierarchy.parts_first();
            let mut sorted = order.to_vec();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..keys.len()).collect::<Vec<_>>());
            let place = |series: usize| order.iter().position(|s| *s == series);
            for series in 0..keys.len() {
                let flows = hierarchy.over_flows(series).iter();
                for component in flows.chain(hierarchy.over_partners(series)) {
                    prop_assert!(place(component.part) < place(series));
                }
            }
        }

        #[test]
        fn a_complete_sum_is_the_sum_of_all_parts_present(keys in any_keys()) {
            let all = Hierarchy::new(&keys, Completeness::AllParts);
            let present = Hierarchy::new(&keys, Completeness::PartsPresent);
            for series in 0..keys.len() {
                for of in [Hierarchy::over_flows, Hierarchy::over_partners] {
                    let (complete, some) = (of(&all, series), of(&present, series));
                    prop_assert!(complete.is_empty() || complete == some);
                }
            }
        }

        #[test]
        fn leaves_add_up_to_their_series(keys in any_keys()) {
            // Whole numbers, so that no order of summation matters.
            let hierarchy = Hierarchy::new(&keys, Completeness::PartsPresent);
            let mut value: Vec<f64> = (0..keys.len()).map(|k| (k * k + 1) as f64).collect();
            for series in hierarchy.parts_first() {
                let parts = hierarchy.parts(*series);
                if !parts.is_empty() {
                    value[*series] = parts.iter().map(|c| c.sign * value[c.part]).sum();
                }
            }
            for series in 0..keys.len() {
                let leaves = hierarchy.leaves(series);
                let sum: f64 = leaves.iter().map(|c| c.sign * value[c.part]).sum();
                prop_assert_eq!(sum, value[series]);
            }
        }
    }
}
