//! The ways in which published spans cover a longer one.

use crate::trade::{Month, Span};
use std::collections::BTreeSet;

/// Return the ways in which shorter spans of the set cover `whole` without overlap: all of two
/// parts, or one of the fewest parts if there are none.
pub(super) fn tilings(whole: Span, spans: &BTreeSet<Span>) -> Vec<Vec<Span>> {
    let within = |span: &Span| {
        span.len() < whole.len() && whole.contains(span.first()) && whole.contains(span.last())
    };
    let parts: Vec<Span> = spans.iter().copied().filter(within).collect();
    let place = |month: Month| month.index_from(whole.first()).unwrap_or(0);
    let (end, long) = (place(whole.last()) + 1, |span: &Span| {
        place(span.last()) + 1
    });
    let pairs: Vec<Vec<Span>> = parts
        .iter()
        .filter(|a| a.first() == whole.first())
        .flat_map(|a| {
            let rest = |b: &&Span| b.first() == a.last().plus(1) && b.last() == whole.last();
            parts.iter().filter(rest).map(|b| vec![*a, *b])
        })
        .collect();
    if !pairs.is_empty() {
        return pairs;
    }
    // For each month the fewest parts that end with it, and the last of them.
    let mut fewest: Vec<Option<(usize, Option<Span>)>> = vec![None; end + 1];
    fewest[0] = Some((0, None));
    for at in 0..end {
        let Some((count, _)) = fewest[at] else {
            continue;
        };
        for part in parts.iter().filter(|part| place(part.first()) == at) {
            let to = &mut fewest[long(part)];
            if to.is_none_or(|(best, _)| count + 1 < best) {
                *to = Some((count + 1, Some(*part)));
            }
        }
    }
    let mut found = Vec::new();
    let mut at = end;
    while let Some((_, Some(part))) = fewest[at] {
        found.push(part);
        at = place(part.first());
    }
    found.reverse();
    if at == 0 && !found.is_empty() {
        vec![found]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::published::tests::span;
    use super::*;

    #[test]
    fn a_year_is_covered_by_its_parts() {
        let spans = |texts: &[&str]| texts.iter().map(|t| span(t)).collect::<BTreeSet<_>>();
        let shown = |found: Vec<Vec<Span>>| -> Vec<Vec<String>> {
            found
                .iter()
                .map(|parts| parts.iter().map(ToString::to_string).collect())
                .collect()
        };
        let year = span("2024");
        // Both ways of two parts.
        let set = spans(&[
            "2024",
            "2024-S1",
            "2024-S2",
            "2024-01-01/P11M",
            "2024-12",
            "2024-Q1",
        ]);
        assert_eq!(
            shown(tilings(year, &set)),
            [
                vec!["2024-S1", "2024-S2"],
                vec!["2024-01-01/P11M", "2024-12"]
            ]
        );
        // The fewest parts if two do not suffice.
        let set = spans(&[
            "2024", "2024-Q1", "2024-01", "2024-02", "2024-03", "2024-Q2", "2024-S2",
        ]);
        assert_eq!(
            shown(tilings(year, &set)),
            [vec!["2024-Q1", "2024-Q2", "2024-S2"]]
        );
        assert_eq!(
            tilings(year, &spans(&["2024", "2024-Q1", "2024-Q3"])),
            Vec::<Vec<Span>>::new()
        );
    }
}
