//! The groups of an SDMX-ML data set, which state attributes of many observations at once.

use super::concepts::ConceptValues;
use std::collections::HashMap;
use std::rc::Rc;

/// The expectation that groups are refused with.
pub(super) const TOO_MANY_GROUPS: &str =
    "expected groups that use at most 64 names, and share few sets of them with observations";

/// The most names that the groups of a data set use, one bit each, and the most sets of them that
/// groups share with an observation.
const NAMES: usize = 64;
/// The most sets of names that observations share with the groups: all groups are matched once for
/// each.
const MATCHES: usize = 16;

/// The groups of a data set. A group holds for every observation that agrees with it on the names
/// that both state; no message states which attributes of a group are dimensions.
#[derive(Default)]
pub(super) struct AttributeGroups {
    /// The names that groups use, each at the position of its bit.
    names: Vec<String>,
    bits: HashMap<String, usize>,
    /// The texts of their values, each once.
    texts: Vec<Rc<str>>,
    numbers: HashMap<Rc<str>, usize>,
    /// The values of each group, in the order of the bits.
    groups: Vec<Vec<GroupValue>>,
    /// The groups, matched with observations that state a set of names.
    matches: HashMap<u64, GroupMatches>,
}

/// The bit of a name and the number of a text.
type GroupValue = (usize, usize);

/// The groups, matched with observations that state one set of names.
#[derive(Default)]
struct GroupMatches {
    /// The sets of names that groups share with the observations, in the order of the groups.
    shared: Vec<u64>,
    /// The other values of the groups, by the shared names and the groups' values of them.
    at: HashMap<(u64, Vec<usize>), Vec<GroupValue>>,
}

impl AttributeGroups {
    /// Add a group; return false where there are too many names.
    pub(super) fn add(&mut self, group: ConceptValues) -> bool {
        let mut all: Vec<GroupValue> = Vec::with_capacity(group.len());
        for (name, text) in group {
            if name == "type" {
                continue;
            }
            let next = self.names.len();
            let bit = *self.bits.entry(name).or_insert_with_key(|name| {
                self.names.push(name.clone());
                next
            });
            if bit == NAMES {
                return false;
            }
            let number = self.numbers.get(text.as_str()).copied();
            let number = number.unwrap_or_else(|| {
                let text: Rc<str> = text.into();
                self.texts.push(Rc::clone(&text));
                self.numbers.insert(text, self.texts.len() - 1);
                self.texts.len() - 1
            });
            all.push((bit, number));
        }
        all.sort_by_key(|(bit, _)| *bit);
        all.dedup_by_key(|(bit, _)| *bit);
        for (names, matched) in &mut self.matches {
            matched.add(*names, &all);
        }
        self.groups.push(all);
        true
    }

    /// Add the values of the groups of an observation. Where two groups contradict each other both
    /// values are added, and the layout refuses the observation if it matters. Return false where
    /// there are too many sets to match.
    pub(super) fn extend(&mut self, pairs: &mut ConceptValues) -> bool {
        if self.groups.is_empty() {
            return true;
        }
        let (mut names, mut stated) = (0_u64, [usize::MAX; NAMES]);
        for (name, text) in pairs.iter() {
            let bit = self.bits.get(name).copied();
            let Some(bit) = bit.filter(|bit| names >> bit & 1 == 0) else {
                continue;
            };
            names |= 1 << bit;
            stated[bit] = self
                .numbers
                .get(text.as_str())
                .copied()
                .unwrap_or(usize::MAX);
        }
        if !self.matches.contains_key(&names) {
            if self.matches.len() == MATCHES {
                return false;
            }
            let mut matched = GroupMatches::default();
            for group in &self.groups {
                matched.add(names, group);
            }
            self.matches.insert(names, matched);
        }
        let matched = &self.matches[&names];
        if matched.shared.len() > NAMES {
            return false;
        }
        let mut values = Vec::new();
        for shared in &matched.shared {
            let bits = (0..NAMES).filter(|bit| shared >> bit & 1 == 1);
            let place = (*shared, bits.map(|bit| stated[bit]).collect());
            for (bit, number) in matched.at.get(&place).into_iter().flatten() {
                note(&mut values, (*bit, *number));
            }
        }
        let text =
            |(bit, number): GroupValue| (self.names[bit].clone(), self.texts[number].to_string());
        pairs.extend(values.into_iter().map(text));
        true
    }
}

impl GroupMatches {
    /// Add a group for observations with `names`; nothing once too many sets are shared.
    fn add(&mut self, names: u64, group: &[GroupValue]) {
        let (shared, rest): (Vec<GroupValue>, Vec<GroupValue>) =
            group.iter().partition(|(bit, _)| names >> bit & 1 == 1);
        let set = shared.iter().fold(0, |set, (bit, _)| set | 1 << bit);
        if self.shared.len() > NAMES {
            return;
        }
        if !self.shared.contains(&set) {
            self.shared.push(set);
        }
        let place = (set, shared.into_iter().map(|(_, number)| number).collect());
        let values = self.at.entry(place).or_default();
        for one in rest {
            note(values, one);
        }
    }
}

/// Note a value of a name, but never a third: two are a contradiction already.
fn note(values: &mut Vec<GroupValue>, (bit, number): GroupValue) {
    let of_name = values.iter().filter(|(known, _)| *known == bit);
    if of_name.clone().count() < 2 && of_name.clone().all(|(_, known)| *known != number) {
        values.push((bit, number));
    }
}
