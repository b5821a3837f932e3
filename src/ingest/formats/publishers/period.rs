//! Periods as publishers write them in words.

use crate::ingest::notation::month_of_name;
use crate::trade::{Month, Span};

/// Return the number of a month by its English name or at least three letters of it.
pub(super) fn month_number(name: &str) -> Option<u8> {
    let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
    u8::try_from(month_of_name(&name)?).ok()
}

/// Return the year of four digits, or of two: 70 to 99 are of the last century.
fn year(text: &str) -> Option<i32> {
    let number: i32 = text.parse().ok()?;
    match text.len() {
        4 => Some(number),
        2 if number >= 70 => Some(1900 + number),
        2 => Some(2000 + number),
        _ => None,
    }
}

/// Return the period of a text: in any notation of [`Span::parse`], `January 2010`, `2025 Feb`,
/// `Jul-16`, `2024 1Q`, `2020 through March`.
pub(super) fn period(text: &str) -> Option<Span> {
    let text = text.trim();
    if let Ok(span) = Span::parse(text) {
        return Some(span);
    }
    if let Some((of, last)) = text.split_once(" through ") {
        let last = Month::new(year(of.trim())?, month_number(last)?)?;
        return Some(Span::year_to_date(last));
    }
    let mut parts = text.split([' ', '-', '/']).filter(|part| !part.is_empty());
    let (first, second) = (parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    for (name, of) in [(first, second), (second, first)] {
        if let (Some(month), Some(year)) = (month_number(name), year(of)) {
            return Month::new(year, month).map(Span::month);
        }
        let quarter = name
            .strip_suffix(['Q', 'q'])
            .or_else(|| name.strip_prefix(['Q', 'q']));
        if let (Some(quarter), Some(year)) = (quarter, year(of)) {
            return Span::parse(&format!("{year:04}-Q{quarter}")).ok();
        }
    }
    None
}

/// Return the months of `Jan.-Dec. 1995`.
pub(super) fn months_of_year(text: &str) -> Option<Span> {
    let (first, last) = text.split_once('-')?;
    let last = period(last)?;
    let first = Month::new(last.first().year(), month_number(first)?)?;
    Span::between(first, last.last())
}

/// Return the fiscal year of `2023 - 2024`: April to March.
pub(super) fn fiscal_year(text: &str) -> Option<Span> {
    let (first, last) = text.split_once('-')?;
    let first = year(first.trim()).filter(|_| first.trim().len() == 4)?;
    let last = year(last.trim())?;
    (last == first + 1)
        .then(|| Span::new(Month::new(first, 4)?, 12))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_in_words_are_read() {
        for (text, expected) in [
            ("January 2010", "2010-01"),
            ("2025 Feb", "2025-02"),
            ("Jul-16", "2016-07"),
            ("Sept 2016", "2016-09"),
            ("2009/m01", "2009-01"),
            ("2024 1Q", "2024-Q1"),
            ("2020 through March", "2020-Q1"),
            ("2020 through May", "2020-01-01/P5M"),
            ("2024", "2024"),
        ] {
            let found = period(text).map(|span| span.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "Ma 2010",
            "January",
            "13 2010",
            "2010 2011",
            "January 5 2010",
        ] {
            assert_eq!(period(text), None, "{text}");
        }
        let text = |span: Option<Span>| span.map(|span| span.to_string());
        assert_eq!(
            text(months_of_year("Jan.-Aug. 2023 ")).as_deref(),
            Some("2023-01-01/P8M")
        );
        assert_eq!(
            text(fiscal_year("2024 - 2025")).as_deref(),
            Some("2024-04-01/P12M")
        );
        assert_eq!(fiscal_year("2024 - 2026"), None);
    }
}
