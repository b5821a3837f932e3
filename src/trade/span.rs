//! The months that one figure covers: a month, a quarter, a half, a year, a year to date.

use super::{Month, TradeError};
use std::fmt;
use std::str::FromStr;

/// One or more whole months in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    first: Month,
    months: i32,
}

impl Span {
    /// Return the span of `months` months (at least one) from `first`; `None` for fewer.
    pub fn new(first: Month, months: i32) -> Option<Self> {
        (1..=12 * 200)
            .contains(&months)
            .then_some(Self { first, months })
    }

    /// Return the span from `first` to `last`, both included; `None` where `last` is earlier or the
    /// span would be longer than a span may be.
    pub fn between(first: Month, last: Month) -> Option<Self> {
        Self::new(first, last.since(first).checked_add(1)?)
    }

    /// Return the span of one month.
    pub fn month(month: Month) -> Self {
        Self {
            first: month,
            months: 1,
        }
    }

    /// Return the calendar year.
    pub fn year(year: i32) -> Self {
        Self {
            first: Month::january(year),
            months: 12,
        }
    }

    /// Return January to `last` of the same year.
    pub fn year_to_date(last: Month) -> Self {
        Self {
            first: Month::january(last.year()),
            months: i32::from(last.of_year()),
        }
    }

    /// Return the twelve months that end with `last`.
    pub fn trailing_year(last: Month) -> Self {
        Self {
            first: last.plus(-11),
            months: 12,
        }
    }

    /// Parse a month in any notation of [`Month::parse`], `2025-Q2`, `2025Q2`, `2025-S1`,
    /// `2025-H1`, `2025`, `2025-A1`, and SDMX time ranges of months or years such as
    /// `2025-01-01/P5M` and `2025-01/P1Y`.
    ///
    /// # Errors
    /// [`TradeError::Span`] with the text.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        Self::read(text.trim()).ok_or_else(|| TradeError::Span {
            text: text.to_owned(),
        })
    }

    fn read(text: &str) -> Option<Self> {
        if let Some((start, length)) = text.split_once('/')
            && let Some(length) = length.strip_prefix('P')
        {
            // A range starts on the first of a month, or it would cover parts of months.
            let first = Month::parse(start).ok()?;
            let day = start.get(8..10).unwrap_or("01");
            let (number, unit) = length.split_at_checked(length.len().checked_sub(1)?)?;
            let number: i32 = number.parse().ok()?;
            return match (day, unit) {
                ("01", "M") => Self::new(first, number),
                ("01", "Y") => Self::new(first, number.checked_mul(12)?),
                _ => None,
            };
        }
        if let Ok(month) = Month::parse(text) {
            return Some(Self::month(month));
        }
        let year: i32 = text
            .get(..4)
            .filter(|y| y.bytes().all(|b| b.is_ascii_digit()))?
            .parse()
            .ok()?;
        let rest = text.get(4..)?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let from = |month: u8, months: i32| Self::new(Month::new(year, month)?, months);
        match rest {
            "" if text.len() == 4 => from(1, 12),
            "A1" => from(1, 12),
            "Q1" => from(1, 3),
            "Q2" => from(4, 3),
            "Q3" => from(7, 3),
            "Q4" => from(10, 3),
            "S1" | "H1" => from(1, 6),
            "S2" | "H2" => from(7, 6),
            _ => None,
        }
    }

    /// Return the first month.
    pub fn first(self) -> Month {
        self.first
    }

    /// Return the last month.
    pub fn last(self) -> Month {
        self.first.plus(self.months - 1)
    }

    /// Return how many months.
    pub fn len(self) -> i32 {
        self.months
    }

    /// Return how many months, to size lists with.
    pub fn count(self) -> usize {
        usize::try_from(self.months).expect("a span has one month or more")
    }

    /// Return `false`: a span holds at least one month.
    pub fn is_empty(self) -> bool {
        false
    }

    /// Return the months in order.
    pub fn iter(self) -> impl Iterator<Item = Month> {
        (0..self.months).map(move |k| self.first.plus(k))
    }

    /// Whether `month` lies within.
    pub fn contains(self, month: Month) -> bool {
        self.first <= month && month <= self.last()
    }

    /// Return the span of as many months that begins `months` later (earlier if negative).
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self {
            first: self.first.plus(months),
            months: self.months,
        }
    }

    /// Return the same span one year before: the base of its year-on-year growth.
    #[must_use]
    pub fn year_before(self) -> Self {
        Self {
            first: self.first.plus(-12),
            months: self.months,
        }
    }
}

impl Span {
    /// Return the span as people write it: `May 2025`, `Jan–May 2025`, `Jun 2024–May 2025`,
    /// `2025-Q2`, `2025`.
    pub fn words(self) -> String {
        let (first, last) = (self.first(), self.last());
        let quarter = self.len() == 3 && last.of_year().is_multiple_of(3);
        if self == Self::year(first.year()) || (quarter && first.of_year() != 1) {
            return self.to_string();
        }
        let (year, end) = (first.year(), last.year());
        match (first.name(), last.name()) {
            (month, _) if self.len() == 1 => format!("{month} {year}"),
            (from, to) if year == end => format!("{from}–{to} {end}"),
            (from, to) => format!("{from} {year}–{to} {end}"),
        }
    }
}

/// The SDMX notation: `2025-05`, `2025-Q2`, `2025-S1`, `2025`, else a time range such as
/// `2025-01-01/P5M`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.first.year(), self.first.of_year());
        match (month, self.months) {
            (_, 1) => write!(f, "{}", self.first),
            (1, 12) => write!(f, "{year:04}"),
            (1 | 4 | 7 | 10, 3) => write!(f, "{year:04}-Q{}", month / 3 + 1),
            (1 | 7, 6) => write!(f, "{year:04}-S{}", month / 6 + 1),
            (_, months) => write!(f, "{}-01/P{months}M", self.first),
        }
    }
}

impl FromStr for Span {
    type Err = TradeError;
    fn from_str(text: &str) -> Result<Self, TradeError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(year: i32, month: u8, months: i32) -> Span {
        Span::new(Month::new(year, month).unwrap(), months).unwrap()
    }

    #[test]
    fn a_span_is_written_as_people_do() {
        for (text, expected) in [
            ("2025-05", "May 2025"),
            ("2025-01-01/P5M", "Jan–May 2025"),
            ("2025-S2", "Jul–Dec 2025"),
            ("2025-Q1", "Jan–Mar 2025"),
            ("2025-Q2", "2025-Q2"),
            ("2025", "2025"),
            ("2024-06-01/P12M", "Jun 2024–May 2025"),
        ] {
            assert_eq!(Span::parse(text).unwrap().words(), expected);
        }
    }

    #[test]
    fn each_notation_is_its_span() {
        for (text, expected) in [
            ("2025-05", span(2025, 5, 1)),
            ("2025M05", span(2025, 5, 1)),
            ("2025-Q2", span(2025, 4, 3)),
            ("2025Q4", span(2025, 10, 3)),
            ("2025-S1", span(2025, 1, 6)),
            ("2025-H2", span(2025, 7, 6)),
            ("2025", span(2025, 1, 12)),
            ("2025-01-01/P5M", span(2025, 1, 5)),
            ("2025-01-01/P2M", span(2025, 1, 2)),
            ("2025-01/P1Y", span(2025, 1, 12)),
        ] {
            assert_eq!(Span::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_range_of_parts_of_months_is_refused() {
        for text in [
            "2025-01-15/P5M",
            "2025-01-01/P0M",
            "2025-01-01/P5D",
            "2025-Q5",
            "2025-01-01/",
            "25",
            "2025-01-01/PM",
        ] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_between_two_months_holds_both() {
        let (may, july) = (Month::new(2025, 5).unwrap(), Month::new(2025, 7).unwrap());
        assert_eq!(Span::between(may, july), Some(span(2025, 5, 3)));
        assert_eq!(Span::between(may, july).map(Span::count), Some(3));
        assert_eq!(Span::between(may, may), Some(Span::month(may)));
        assert_eq!(Span::between(july, may), None);
    }

    proptest! {
        #[test]
        fn a_span_survives_its_text(index in 0..119_000_i32, months in 1..240_i32) {
            let span = Span::new(Month::from_index(index).unwrap(), months).unwrap();
            prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
            prop_assert_eq!(span.iter().count() as i32, span.len());
            prop_assert_eq!(span.iter().last(), Some(span.last()));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Span::parse(&text);
        }
    }
}
