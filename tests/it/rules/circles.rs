//! Circles in a graph of files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Return a shortest circle of every group of files that import each other.
pub(super) fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let mut circles = Vec::new();
    let mut seen = BTreeSet::new();
    for start in imports.keys() {
        if seen.contains(start) {
            continue;
        }
        if let Some(circle) = shortest_way(imports, start, start) {
            // Further circles of the same files are found from files that this one does not hold.
            seen.extend(circle.iter().cloned());
            circles.push(circle);
        }
    }
    circles
}

/// Return the files on a shortest way of at least one step, both ends included.
fn shortest_way(
    imports: &BTreeMap<String, BTreeSet<String>>,
    from: &str,
    to: &str,
) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([from]);
    while let Some(file) = next.pop_front() {
        for target in imports.get(file).into_iter().flatten() {
            if target == to {
                let mut way = vec![to.to_owned(), file.to_owned()];
                while let Some(earlier) = before.get(way[way.len() - 1].as_str()) {
                    way.push((*earlier).to_owned());
                }
                way.reverse();
                return Some(way);
            }
            if target != from && !before.contains_key(target.as_str()) {
                before.insert(target, file);
                next.push_back(target);
            }
        }
    }
    None
}
