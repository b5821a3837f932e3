//! Notes beside a table.

/// The words that begin a note, in lower case.
const WORDS: [&str; 29] = [
    "source",
    "sources",
    "data source",
    "note",
    "notes",
    "footnote",
    "footnotes",
    "remark",
    "remarks",
    "disclaimer",
    "last update",
    "last updated",
    "downloaded",
    "generated",
    "copyright",
    "quelle",
    "hinweis",
    "anmerkung",
    "fuente",
    "nota",
    "notas",
    "fonte",
    "remarque",
    "источник",
    "примечание",
    "注",
    "说明",
    "资料来源",
    "数据来源",
];

/// Whether a text begins as notes below a table do: `Source: …`, `* preliminary`, `注：…`.
pub(in crate::ingest) fn begins_note(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    if lower.starts_with(['*', '†', '©', '※']) {
        return lower.chars().any(char::is_alphabetic);
    }
    WORDS.iter().any(|word| {
        let rest = lower.strip_prefix(word);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

/// Return a text without the number of a footnote in brackets behind it: `100(1)`, `May 2024 (12)`.
/// `None` where none stands there.
pub(super) fn without_note_number(text: &str) -> Option<&str> {
    let inside = text.trim().strip_suffix([')', '）'])?;
    let (rest, number) = inside.rsplit_once(['(', '（'])?;
    let is_number = matches!(number.len(), 1 | 2) && number.bytes().all(|b| b.is_ascii_digit());
    Some(rest.trim_end()).filter(|rest| is_number && !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_told_from_rows_by_their_first_word() {
        for text in [
            "Source: an office",
            "* preliminary",
            "注：数据",
            "Notes",
            "Quelle: Amt",
        ] {
            assert!(begins_note(text), "{text}");
        }
        for text in ["Notebooks", "KAZ", "*", "source_code", "2024-01", ""] {
            assert!(!begins_note(text), "{text}");
        }
    }
}
