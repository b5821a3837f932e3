//! Labels of a part that name no known area, as the suggestion for a table leaves them out.

use super::area_label::area_of;
use super::heading::TableHead;
use super::layout::{TableLayout, column};
use super::look::ColumnLook;
use super::total_word::is_total_word;
use crate::ingest::mapping::{MappedPart, Mapping, PartSource};
use crate::trade::area::WORLD;
use std::collections::BTreeSet;

/// The most labels that a suggestion leaves out.
const MOST: usize = 40;
/// The code of the partners that a table does not list.
const OTHERS: &str = "WLD_OTHER";

/// A label of an area: what the mapping calls it, and its text.
struct AreaLabel {
    name: String,
    text: String,
}

/// Complete a mapping by what the areas of `part` lack: rows or columns whose label names no known
/// area are left out, and the others behind all partners are the rest of the world. Return how many
/// are left out.
pub(super) fn leave_out_unknown(
    head: &TableHead<'_>,
    looks: &[ColumnLook],
    found: &TableLayout,
    part: MappedPart,
    mapping: &mut Mapping,
) -> usize {
    let labels = match mapping.columns.get(&part) {
        Some(PartSource::Columns(names)) => match names.first().and_then(|n| column(looks, n)) {
            Some(at) => of_column(head, at),
            None => return 0,
        },
        Some(PartSource::Header) => of_headings(looks, found),
        None if mapping.stated.partner.is_none() && found.header.contains(&part) => {
            of_headings(looks, found)
        }
        _ => return 0,
    };
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut unknown: Vec<&AreaLabel> = Vec::new();
    let (mut last_known, mut last_others) = (0, None);
    for (at, label) in labels.iter().enumerate() {
        let text = label.text.as_str();
        if is_total_word(text) || mapping.codes.contains_key(text) {
            continue;
        }
        if let Some(area) = area_of(text) {
            known.insert(text);
            if area.as_str() != WORLD {
                last_known = at;
            }
            continue;
        }
        if names_others(text) {
            last_others = Some(at);
        }
        if !unknown.iter().any(|other| other.name == label.name) {
            unknown.push(label);
        }
    }
    if unknown.len() > MOST || known.len() < unknown.len() {
        return 0;
    }
    // Below the partners of a continent they would be those of the continent.
    let mut others = unknown.iter().filter(|label| names_others(&label.text));
    let rest = match (others.next(), others.next()) {
        (Some(only), None) if last_others > Some(last_known) => Some(only.name.clone()),
        _ => None,
    };
    let left_out: Vec<String> = unknown
        .iter()
        .map(|label| label.name.clone())
        .filter(|name| Some(name) != rest.as_ref())
        .collect();
    if let Some(name) = rest {
        mapping.codes.insert(name, OTHERS.to_owned());
    }
    if !left_out.is_empty() {
        // What is left out is missing in the sum.
        let totals = labels.iter().filter(|label| is_total_word(&label.text));
        let totals: BTreeSet<&String> = totals.map(|label| &label.name).collect();
        mapping.skip.extend(totals.into_iter().cloned());
    }
    let count = left_out.len();
    mapping.skip.extend(left_out);
    count
}

/// Return the labels of the records of a column.
fn of_column(head: &TableHead<'_>, at: usize) -> Vec<AreaLabel> {
    let rows = head.sheet.rows.iter().skip(head.first_record());
    let has_number = |row: &&Vec<String>| {
        let mut others = row.iter().enumerate().filter(|(other, _)| *other != at);
        others.any(|(_, cell)| cell.bytes().any(|b| b.is_ascii_digit()))
    };
    let cells = rows.filter(has_number).filter_map(|row| row.get(at));
    let texts = cells
        .map(|cell| cell.trim())
        .filter(|text| !text.is_empty());
    let label = |text: &str| AreaLabel {
        name: text.to_owned(),
        text: text.to_owned(),
    };
    texts.map(label).collect()
}

/// Return the labels of the columns of values.
fn of_headings(looks: &[ColumnLook], found: &TableLayout) -> Vec<AreaLabel> {
    let looks = found.values.iter().map(|at| &looks[*at]);
    let label = |look: &ColumnLook| AreaLabel {
        name: look.called(),
        text: look.heading.area.clone().unwrap_or(look.name.clone()),
    };
    looks.map(label).collect()
}

/// Whether a label stands for those that a table does not list.
fn names_others(text: &str) -> bool {
    const WORDS: [&str; 26] = [
        "other",
        "others",
        "all other",
        "all others",
        "the rest",
        "rest",
        "autres",
        "otros",
        "outros",
        "demais",
        "sonstige",
        "übrige",
        "andere",
        "altri",
        "overige",
        "övriga",
        "pozostałe",
        "inne",
        "diğer",
        "diğerleri",
        "lainnya",
        "boshqalar",
        "прочие",
        "другие",
        "остальные",
        "басқа",
    ];
    const SIGNS: [&str; 6] = ["其他", "其它", "其餘", "其余", "その他", "기타"];
    let lower = text.trim().trim_end_matches([':', '*', '.']).to_lowercase();
    WORDS.contains(&lower.as_str()) || SIGNS.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::layout::layout;
    use super::super::look::looks;
    use super::*;
    use crate::ingest::sheet::SheetCells;

    #[test]
    fn labels_that_name_no_area_are_left_out_and_the_others_at_the_end_are_the_rest_of_the_world() {
        for (labels, skip, code) in [
            ("China|Japan|Others", "", Some("Others")),
            ("China|Japan|Прочие|Total", "", Some("Прочие")),
            (
                "China|Japan|Utopia|Others|Total",
                "Total|Utopia",
                Some("Others"),
            ),
            ("Asia|China|Others|Germany", "Others", None),
            ("China|Japan|Other countries", "", None),
            ("Utopia|Arcadia|China", "", None),
        ] {
            let mut rows = vec![vec![
                "Partner".to_owned(),
                "2023".to_owned(),
                "2024".to_owned(),
            ]];
            let row = |label: &str| vec![label.to_owned(), "1".to_owned(), "2".to_owned()];
            rows.extend(labels.split('|').map(row));
            let sheet = SheetCells {
                rows,
                ..SheetCells::default()
            };
            let head = TableHead::of(&sheet, 0);
            let looks = looks(&head);
            let mut mapping = Mapping::default();
            let found = layout(&looks, &mapping, None).unwrap();
            let columns = PartSource::Columns(vec!["Partner".to_owned()]);
            mapping.columns.insert(MappedPart::Partner, columns);
            leave_out_unknown(&head, &looks, &found, MappedPart::Partner, &mut mapping);
            assert_eq!(mapping.skip.join("|"), skip, "{labels}");
            let given = mapping.codes.keys().next().map(String::as_str);
            assert_eq!(given, code, "{labels}");
        }
    }
}
