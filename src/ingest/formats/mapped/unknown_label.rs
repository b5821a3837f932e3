//! Labels of a part that name no known area, as the suggestion for a table leaves them out.

use super::area_label::area_of;
use super::heading::TableHead;
use super::layout::{TableLayout, column};
use super::look::ColumnLook;
use super::mention::{MentionRole, mentions};
use super::total_word::is_total_word;
use crate::ingest::mapping::{MappedPart, Mapping, PartSource};
use crate::trade::area::WORLD;
use std::collections::BTreeSet;

/// The most labels that a suggestion leaves out.
const MOST: usize = 40;
/// The most rows below headings that are added up.
const ROWS: usize = 400;
/// The code of the partners that a table does not list.
const OTHERS: &str = "WLD_OTHER";

/// A label of an area: what the mapping calls it, and its text.
struct AreaLabel {
    name: String,
    text: String,
    /// The numbers beside or below it.
    numbers: Vec<Option<f64>>,
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
            Some(at) => of_column(head, at, found),
            None => return 0,
        },
        Some(PartSource::Header) => of_headings(head, looks, found),
        None if mapping.stated.partner.is_none() && found.header.contains(&part) => {
            of_headings(head, looks, found)
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
    let times = |name: &str| labels.iter().filter(|label| label.name == name).count();
    let most = known.iter().map(|name| times(name)).max().unwrap_or(0);
    let rest = match (others.next(), others.next()) {
        (Some(only), None) if last_others > Some(last_known) && times(&only.name) <= most => {
            Some(only.name.clone())
        }
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
    let totals = labels.iter().filter(|label| is_total_word(&label.text));
    let totals: BTreeSet<&String> = totals.map(|label| &label.name).collect();
    // `Exports to CIS countries` has their total.
    let is_of_group = head.titles().any(|(_, text)| {
        let found = mentions(text);
        let mut partners = found.iter().filter(|m| m.role == MentionRole::Partner);
        partners.any(|mention| mention.area.as_str() != WORLD)
    });
    let is_world = exceeds_partners(&labels) && !is_of_group;
    for total in totals {
        if is_world {
            mapping.codes.insert(total.clone(), WORLD.to_owned());
        } else if !left_out.is_empty() {
            // What is left out is missing in the sum.
            mapping.skip.push(total.clone());
        }
    }
    let count = left_out.len();
    mapping.skip.extend(left_out);
    count
}

/// Return the labels of the records of a column.
fn of_column(head: &TableHead<'_>, at: usize, found: &TableLayout) -> Vec<AreaLabel> {
    let rows = head.sheet.rows.iter().skip(head.first_record());
    let has_number = |row: &&Vec<String>| {
        let mut others = row.iter().enumerate().filter(|(other, _)| *other != at);
        others.any(|(_, cell)| cell.bytes().any(|b| b.is_ascii_digit()))
    };
    let label = |row: &Vec<String>| {
        let text = row.get(at).map(|cell| cell.trim()).unwrap_or_default();
        let values = found.values.iter().map(|value| row.get(*value));
        (!text.is_empty()).then(|| AreaLabel {
            name: text.to_owned(),
            text: text.to_owned(),
            numbers: values.map(|cell| number(cell?)).collect(),
        })
    };
    rows.filter(has_number).filter_map(label).collect()
}

/// Return the labels of the columns of values.
fn of_headings(head: &TableHead<'_>, looks: &[ColumnLook], found: &TableLayout) -> Vec<AreaLabel> {
    let looks = found.values.iter().map(|at| &looks[*at]);
    let rows = || head.sheet.rows.iter().skip(head.first_record()).take(ROWS);
    let label = |look: &ColumnLook| AreaLabel {
        name: look.called(),
        text: look.heading.area.clone().unwrap_or(look.name.clone()),
        numbers: rows().map(|row| number(row.get(look.at)?)).collect(),
    };
    looks.map(label).collect()
}

/// Return the number of a cell that is written with points or commas between thousands.
fn number(cell: &str) -> Option<f64> {
    let is_mark = |c: char| c == ',' || c.is_whitespace();
    let number: f64 = cell.replace(is_mark, "").parse().ok()?;
    number.is_finite().then_some(number)
}

/// Whether the only total is larger than the sum of all other labels, of which each stands once,
/// in all its numbers: it is then the total of more partners than are listed.
fn exceeds_partners(labels: &[AreaLabel]) -> bool {
    let (totals, others): (Vec<&AreaLabel>, Vec<&AreaLabel>) =
        labels.iter().partition(|label| is_total_word(&label.text));
    let [total] = totals[..] else {
        return false;
    };
    let names: BTreeSet<&String> = others.iter().map(|label| &label.name).collect();
    let mut compared = total.numbers.iter().enumerate().filter_map(|(at, whole)| {
        let parts = others
            .iter()
            .map(|label| label.numbers.get(at).copied().flatten());
        let sum: f64 = parts.flatten().sum();
        whole.map(|whole| whole > sum + 1e-3 * whole.abs())
    });
    let first = compared.next().unwrap_or(false);
    first && compared.all(|exceeds| exceeds) && names.len() == others.len()
}

/// Whether a label stands for those that a table does not list.
fn names_others(text: &str) -> bool {
    const WORDS: [&str; 28] = [
        "remaining",
        "negara lainnya",
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
    /// Words for countries behind them.
    const COUNTRIES: [&str; 16] = [
        " countries",
        " partners",
        " pays",
        " länder",
        " países",
        " paesi",
        " landen",
        " kraje",
        " ülkeler",
        " davlatlar",
        " елдер",
        " страны",
        "国家",
        "国家和地区",
        "國家",
        " 국가",
    ];
    let lower = text.trim().trim_end_matches([':', '*', '.']).to_lowercase();
    let bare = COUNTRIES.iter().find_map(|word| lower.strip_suffix(word));
    let bare = bare.unwrap_or(&lower).trim();
    WORDS.contains(&bare) || SIGNS.contains(&bare)
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
            ("Asia|China|Others|Europe|Germany|Others", "Others", None),
            ("China|Japan|Other countries", "", Some("Other countries")),
            ("China|Japan|Остальные страны", "", Some("Остальные страны")),
            ("Asia|China|Прочие страны|Europe", "Прочие страны", None),
            ("Utopia|Arcadia|China", "", None),
        ] {
            let mut rows = vec![vec![
                "Partner".to_owned(),
                "2023".to_owned(),
                "2024".to_owned(),
            ]];
            let row = |label: &str| {
                let (label, value) = label.split_once(": ").unwrap_or((label, "1"));
                vec![label.to_owned(), value.to_owned(), value.to_owned()]
            };
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
