//! The scales that texts beside a table state, alone or with a currency: `in millions`,
//! `Unit: US$100 million`, `Multiplier: 1000`.

use super::claim::TextClaims;
use super::heading::TableHead;
use super::look::lone_text;
use super::note::{states_figures, without_note_word};
use crate::trade::Unit;

/// The most characters of a text that states a scale.
const LONGEST: usize = 200;

/// A text beside a table, and the scale that it states.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StatedScale {
    pub(super) text: String,
    pub(super) scale: f64,
}

/// Return the scales that the titles of a table, the rows right below its names and the notes among
/// its rows state, but one.
pub(super) fn scales_beside(head: &TableHead<'_>) -> Vec<StatedScale> {
    let mut found = Vec::new();
    let mut add = |text: &str, scale: Option<f64>| {
        if let Some(scale) = scale.filter(|_| text.chars().count() <= LONGEST) {
            found.push(StatedScale {
                text: text.to_owned(),
                scale,
            });
        }
    };
    let mut titles: Vec<(usize, String)> = Vec::new();
    for (row, text) in head.titles() {
        match titles.last_mut() {
            // `Unit:` and `million` in two cells.
            Some((known, before)) if *known == row && row < head.row => {
                *before += &format!(" {text}")
            }
            _ => titles.push((row, text.to_owned())),
        }
    }
    for (_, text) in &titles {
        sentences(text).for_each(|part| add(text, scale_of(part)));
    }
    for row in head.sheet.rows.iter().skip(head.row + 1) {
        if let Some(text) = lone_text(row) {
            let stated = sentences(text).map(without_note_word);
            let stated = stated.filter(|part| states_figures(part) || is_scale(part));
            stated.for_each(|part| add(text, scale_of(part)));
            continue;
        }
        let mut filled = row.iter().map(|cell| cell.trim()).filter(|c| !c.is_empty());
        let first = filled.next();
        let first = first.filter(|first| filled.all(|cell| cell == *first) && is_scale(first));
        if let Some(first) = first {
            add(first, scale_of(first));
        }
    }
    found
}

/// Split a text into its sentences.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(". ")
        .flat_map(|part| part.split(';'))
        .map(str::trim)
}

/// Whether a text is a scale and nothing else: `(million)`, `Thousands`.
fn is_scale(text: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || "()[].:（）".contains(c);
    let bare = text.trim_matches(ends);
    let has_letters = bare.chars().filter(|c| c.is_alphabetic()).count() > 1;
    has_letters && Unit::parse(&format!("{bare} USD")).is_ok_and(|unit| unit.scale != 1.0)
}

/// Return the scale that a sentence states of values, if it is not one.
fn scale_of(text: &str) -> Option<f64> {
    let claims = TextClaims::of(text);
    if claims.other.is_some() {
        return None;
    }
    let stated = claims.unit.map(|unit| unit.scale).or(claims.scale);
    let scale = stated.filter(|scale| *scale != 1.0);
    scale.or_else(|| written_multiplier(text))
}

/// Return the number that a sentence multiplies values by: `Multiplier: 1000`, `Figures in 1000`.
fn written_multiplier(text: &str) -> Option<f64> {
    const WORDS: [&str; 8] = [
        "multiplier",
        "scale",
        "unit",
        "units",
        "figures",
        "values",
        "data",
        "multiply",
    ];
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphabetic());
    if !words.any(|word| WORDS.contains(&word)) {
        return None;
    }
    let last = lower.rsplit([':', '=']).next().unwrap_or_default();
    let last = last.rsplit(" in ").next().unwrap_or(last);
    let digits: String = last
        .chars()
        .filter(|c| !matches!(c, ' ' | ',' | 'x' | '×'))
        .collect();
    match digits.as_str() {
        "1000" | "10^3" | "'000" | "000" => Some(1e3),
        "1000000" | "10^6" => Some(1e6),
        "1000000000" | "10^9" => Some(1e9),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::sheet::SheetCells;

    #[test]
    fn titles_rows_below_the_names_and_notes_state_scales() {
        for (titles, below, scale) in [
            ("Exports of Uzbekistan (USD)|in millions", "", Some(1e6)),
            ("Exports in US dollars|Unit: million", "", Some(1e6)),
            ("(1) Summary (In USD)|Unit: US$100 million", "", Some(1e8)),
            ("Exports in US dollars", "(million)", Some(1e6)),
            ("Exports", "Note: values in millions.", Some(1e6)),
            (
                "Exports (USD)",
                "Source: SSC. Values in thousands of US dollars.",
                Some(1e3),
            ),
            ("Scale: Millions|Currency: USD", "", Some(1e6)),
            ("Currency: USD|Multiplier: 1000", "", Some(1e3)),
            ("Exports (USD)|Figures in 1000", "", Some(1e3)),
            ("Exports (USD)|Thousands", "", Some(1e3)),
            ("Exports (USD)|单位：百万", "", Some(1e6)),
            ("Exports in US dollars", "", None),
            ("Exports in 2024", "Source: an office", None),
            ("Exports, thousand tonnes", "", None),
        ] {
            let row = |text: &str| vec![text.to_owned()];
            let mut rows: Vec<Vec<String>> = titles.split('|').map(row).collect();
            let header = rows.len();
            let of = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
            rows.push(of(["Month", "China", "Japan"]));
            if below.starts_with('(') {
                rows.push(of(["", below, below]));
            }
            rows.push(of(["2024-01", "1", "2"]));
            rows.push(row(below));
            let sheet = SheetCells {
                rows,
                ..SheetCells::default()
            };
            let found = scales_beside(&TableHead::of(&sheet, header));
            let found = found.first().map(|stated| stated.scale);
            assert_eq!(found, scale, "{titles} {below}");
        }
    }
}
