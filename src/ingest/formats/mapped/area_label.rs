//! Areas by the labels of tables: a name, a name with the mark of a footnote, or two names of the
//! same area.

use crate::ingest::formats::china::without_footnote;
use crate::trade::Code;
use crate::trade::area::WORLD;
use crate::trade::areas::{english_name, is_country, of_text};

/// The most characters of a label that may hold two names.
const LONGEST: usize = 80;

/// Return the area of a label: `China`, `China 1)`, `CN China`, `Китай - China`. `None` where it
/// names none, or two.
pub(super) fn area_of(text: &str) -> Option<Code> {
    let marked = || of_text(without_mark(text)?);
    // `ASEAN (6)` are six of its members.
    let counts_members = |area: &Code| !is_country(area) && text.trim_end().ends_with(')');
    of_text(text)
        .or_else(|| {
            let is_name = text.chars().any(char::is_alphabetic);
            marked().filter(|area| is_name && !(counts_members(area) && text.contains('(')))
        })
        .or_else(|| of_two_names(text))
}

/// Return a label without the mark or number of a footnote behind it, the mark of a status, or the
/// number of a list before it: `China 1/`, `China (r)`, `1. China`. `None` for a label with another
/// number, such as a year or that of some members of a group: `China 2023`, `ASEAN-5`.
fn without_mark(text: &str) -> Option<&str> {
    let text = text.trim();
    let listed = text.split_once(". ").filter(|(number, _)| {
        matches!(number.len(), 1 | 2) && number.bytes().all(|b| b.is_ascii_digit())
    });
    let text = listed.map_or(text, |(_, name)| name.trim_start());
    let bare = without_footnote(text.trim_end_matches('/'));
    let behind = &text[bare.len().min(text.len())..];
    let digits = behind.bytes().filter(u8::is_ascii_digit).count();
    if digits > 2 || bare.ends_with(['-', '–']) {
        return None;
    }
    let marked = bare
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('));
    let is_status = |mark: &str| matches!(mark.trim(), "r" | "p" | "e" | "prov." | "rev.");
    let rest = marked.filter(|(_, mark)| is_status(mark));
    Some(rest.map_or(bare, |(rest, _)| rest.trim_end()))
}

/// Return the country that is the whole name of a sheet.
pub(super) fn country_of_sheet(name: &str) -> Option<Code> {
    let is_name = name.trim().chars().count() > 3;
    area_of(name).filter(|area| is_name && is_named_country(area) && area.as_str() != WORLD)
}

/// Whether a code has three letters and a name: that of a country or of the world.
pub(super) fn is_named_country(code: &Code) -> bool {
    let text = code.as_str();
    text.len() == 3 && english_name(text).is_some()
}

/// Return the area that both parts of a label name, wherever it is split.
fn of_two_names(text: &str) -> Option<Code> {
    if text.len() > LONGEST {
        return None;
    }
    let separates = |c: char| c.is_whitespace() || "-–—/|:,([".contains(c);
    let ends = |c: char| c.is_whitespace() || "-–—/|:,()[]".contains(c);
    let marks = text.char_indices().filter(|(_, c)| separates(*c));
    marks.into_iter().find_map(|(at, mark)| {
        let first = text[..at].trim_matches(ends);
        let second = text[at + mark.len_utf8()..].trim_matches(ends);
        let area = of_text(first).filter(|_| !second.is_empty() && first != second)?;
        (of_text(second)? == area).then_some(area)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_may_name_an_area_twice_or_have_a_footnote() {
        for (text, code) in [
            ("China", Some("CHN")),
            ("China 1)", Some("CHN")),
            ("Russia (2)", Some("RUS")),
            ("China*", Some("CHN")),
            ("CN China", Some("CHN")),
            ("CHN - China", Some("CHN")),
            ("156 China", Some("CHN")),
            ("Китай - China", Some("CHN")),
            ("Almanya / Germany", Some("DEU")),
            ("China [CN]", Some("CHN")),
            ("China 1/", Some("CHN")),
            ("China (r)", Some("CHN")),
            ("1. China", Some("CHN")),
            ("China 2023", None),
            ("ASEAN-5", None),
            ("ASEAN (6)", None),
            ("Africa 1)", Some("AFRICA")),
            ("China - Hong Kong", None),
            ("China; Hong Kong", None),
            ("China and Hong Kong", None),
            ("Congo COD", None),
            ("China (excl. Hong Kong)", None),
            ("2024", None),
            ("1)", None),
        ] {
            let found = area_of(text);
            assert_eq!(found.as_ref().map(Code::as_str), code, "{text}");
        }
    }
}
