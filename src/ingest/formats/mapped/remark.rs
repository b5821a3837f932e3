//! Remarks beside the figures of a row.

use super::claim::has_word;
use super::heading::joined;
use crate::ingest::figures::ValueStatus;
use crate::ingest::notation::{PeriodNotation, period, status_in};
use crate::trade::Span;

/// The most characters of a remark about the figure of its row.
const LONGEST: usize = 60;

/// Whether a remark names what a figure contains or where it comes from, and not what it is.
pub(super) fn is_aside(lower: &str) -> bool {
    const WORDS: [&str; 9] = [
        "incl*", "excl*", "except*", "without", "see", "from", "part", "partly", "partial*",
    ];
    lower.chars().count() > LONGEST || WORDS.iter().any(|word| has_word(lower, word))
}

/// Return what was expected where a remark says that the figure of `span` is no value of it: `kt`,
/// `index`, `quarterly figure`, `Jan-Mar`.
pub(super) fn remark_contradiction(text: &str, span: Span) -> Option<String> {
    const OTHERS: [&str; 14] = [
        "kt",
        "mt",
        "kilotonnes",
        "index",
        "quarterly figure*",
        "quarterly total*",
        "quarter total",
        "annual figure*",
        "annual total*",
        "yearly figure*",
        "national currency",
        "local currency",
        "национальной валюте",
        "本币",
    ];
    let lower = text.trim().to_lowercase();
    if lower.is_empty() || is_aside(&lower) {
        return None;
    }
    if OTHERS.iter().any(|word| has_word(&lower, word)) || lower == "quarterly" {
        return Some(format!(
            "expected a value of {span} in the stated unit, as the rows beside have"
        ));
    }
    let notation = PeriodNotation::default();
    // `e` and `1-2` are marks and numbers of notes.
    let is_name = lower.chars().any(char::is_alphabetic) && lower.chars().count() > 2;
    // `preliminary` beside a year is a mark.
    if status_in(text).is_some() {
        return None;
    }
    let year = span.first().year().to_string();
    let dated = || period(text, notation).ok();
    let found = dated().or_else(|| period(&joined(text, &year)?, notation).ok());
    let found = found.filter(|_| is_name);
    let other = found.filter(|found| *found != span && found.len() > 1)?;
    Some(format!(
        "expected the figure of {span}, not of {other}: write the span as the period of the row"
    ))
}

/// Return what a remark says about the value beside it.
pub(super) fn remark_status(text: &str) -> ValueStatus {
    const HIDDEN: [&str; 7] = [
        "confidential*",
        "suppressed",
        "withheld",
        "vertraulich",
        "geheim",
        "конфиденциальн*",
        "保密",
    ];
    const ABSENT: [&str; 7] = [
        "missing",
        "unavailable",
        "not available",
        "not published",
        "no data",
        "нет данных",
        "缺失",
    ];
    let lower = text.trim().to_lowercase();
    let named = |words: &[&str]| words.iter().any(|word| has_word(&lower, word));
    match () {
        () if lower.is_empty() || is_aside(&lower) || lower.contains("not confidential") => {
            ValueStatus::Stated
        }
        () if named(&ABSENT) => ValueStatus::Absent,
        () if named(&HIDDEN) => ValueStatus::Confidential,
        () => ValueStatus::Stated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_may_say_that_a_figure_is_something_else() {
        let month = Span::parse("2024-02").unwrap();
        for text in [
            "kt",
            "index",
            "quarterly figure",
            "Jan-Mar",
            "Jan-Mar 2024",
            "2024-Q1",
            "in national currency",
        ] {
            assert!(remark_contradiction(text, month).is_some(), "{text}");
        }
        for text in [
            "",
            "preliminary",
            "2023",
            "e",
            "1-2",
            "February",
            "includes quarterly figures of ports",
            "see the index",
        ] {
            assert_eq!(remark_contradiction(text, month), None, "{text}");
        }
        let quarter = Span::parse("2024-Q1").unwrap();
        assert_eq!(remark_contradiction("Jan-Mar", quarter), None);
    }

    #[test]
    fn a_remark_may_say_that_there_is_no_figure() {
        use ValueStatus::{Absent, Confidential, Stated};
        for (text, status) in [
            ("confidential", Confidential),
            ("Suppressed.", Confidential),
            ("data missing", Absent),
            ("not available", Absent),
            ("excl. confidential trade", Stated),
            ("partly confidential", Stated),
            ("preliminary", Stated),
            ("", Stated),
        ] {
            assert_eq!(remark_status(text), status, "{text}");
        }
    }
}
