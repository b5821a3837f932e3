//! Marks and remarks that say that a figure is preliminary, estimated or revised.

use super::note::without_note_number;

/// The statuses by their letters, whole words and beginnings of words, in lower case. The first
/// that fits counts: an estimate is preliminary as well.
const STATUSES: [(&str, &[&str], &[&str]); 3] = [
    (
        "estimated",
        &["e", "est"],
        &["estim", "imput", "geschätzt", "оценк", "估"],
    ),
    (
        "preliminary",
        &["p", "prov", "prel"],
        &["prelim", "provis", "vorläufig", "предварит", "初步", "暂"],
    ),
    (
        "revised",
        &["r", "rev"],
        &["revis", "revid", "пересм", "уточн", "修订"],
    ),
];

/// Marks of notes behind a period or number.
pub(in crate::ingest) const NOTE_MARKS: [char; 5] = ['*', '†', '¹', '²', '³'];

/// Return the status that a flag or a remark states: `p`, `prov.`, `preliminary figure`. A letter
/// counts alone.
pub(in crate::ingest) fn status_in(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let words = || {
        lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
    };
    let is_alone = words().count() == 1;
    // What is subject to revision is not revised yet.
    if lower.contains("subject to revision") {
        return Some("preliminary");
    }
    if ["not ", "no longer", "unrevised"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return None;
    }
    let fits = |word: &str, whole: &[&str], starts: &[&str]| {
        is_alone && whole.contains(&word) || starts.iter().any(|start| word.starts_with(start))
    };
    let found = STATUSES
        .iter()
        .find(|(_, whole, starts)| words().any(|word| fits(word, whole, starts)));
    found.map(|(status, _, _)| *status)
}

/// Return a period or number without the mark behind it, and the status that it states: `2025-06
/// (p)`, `Mar 2024p`, `2023e`, `110 r`. `None` where no such mark stands there.
pub(in crate::ingest) fn split_status(text: &str) -> Option<(&str, &'static str)> {
    let text = text.trim().trim_end_matches(NOTE_MARKS);
    let at = text.rfind(|c: char| c.is_ascii_digit() || matches!(c, '年' | '月'))?;
    let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
    let (rest, behind) = text.split_at(end);
    let mark = behind.trim();
    // `2023 r.` is a year in Polish.
    if mark.is_empty() || mark.len() == 2 && mark.ends_with('.') {
        return None;
    }
    Some((rest, status_in(mark)?))
}

/// Return a text without the mark of a preliminary or revised figure or of a footnote behind it:
/// `2025-06 (p)`, `June 2025*`, `June 2025 (1)`. `2025 (1)` may be a month.
pub(super) fn without_mark(text: &str) -> &str {
    let text = text.trim();
    let noted = without_note_number(text).filter(|rest| rest.chars().any(char::is_alphabetic));
    let text = noted.unwrap_or(text);
    let bare = text.trim_end_matches(NOTE_MARKS);
    let found = split_status(bare).map(|(rest, _)| rest);
    found.unwrap_or(bare).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_remarks_state_a_status() {
        for (text, status) in [
            ("p", Some("preliminary")),
            ("P", Some("preliminary")),
            ("E", Some("estimated")),
            ("r", Some("revised")),
            ("prov.", Some("preliminary")),
            ("Provisional figure", Some("preliminary")),
            ("estimate", Some("estimated")),
            ("preliminary estimate", Some("estimated")),
            ("revised in June", Some("revised")),
            ("subject to revision", Some("preliminary")),
            ("предварительные данные", Some("preliminary")),
            ("not revised", None),
            ("see p. 5", None),
            ("Province of Fergana", None),
            ("A", None),
            ("", None),
        ] {
            assert_eq!(status_in(text), status, "{text}");
        }
    }

    #[test]
    fn a_mark_stands_behind_a_digit() {
        for (text, found) in [
            ("Mar 2024p", Some(("Mar 2024", "preliminary"))),
            ("2023e", Some(("2023", "estimated"))),
            ("2025-06 (p)", Some(("2025-06", "preliminary"))),
            ("Mar 2022 (prov.)", Some(("Mar 2022", "preliminary"))),
            ("June 2025 r*", Some(("June 2025", "revised"))),
            ("2024年1月（修订）", Some(("2024年1月", "revised"))),
            ("110 (r)", Some(("110", "revised"))),
            ("2024 March", None),
            ("Apr 2022*", None),
            ("2023 r.", None),
            ("2024-01", None),
            ("p", None),
        ] {
            assert_eq!(split_status(text), found, "{text}");
        }
    }
}
