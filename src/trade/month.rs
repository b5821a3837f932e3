//! A calendar month, the unit of time of all series.

use super::TradeError;
use std::fmt;
use std::str::FromStr;
use time::Date;

/// A month of the Gregorian calendar, 0000-01 to 9999-12.
///
/// Months add and subtract as integers: twelve months before is `month.plus(-12)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// Return the month `month` (1 to 12) of `year` (0 to 9999); `None` outside these ranges.
    pub fn new(year: i32, month: u8) -> Option<Self> {
        ((0..=9999).contains(&year) && (1..=12).contains(&month))
            .then(|| Self(year * 12 + i32::from(month) - 1))
    }

    /// Return January of `year`.
    ///
    /// # Panics
    /// If `year` is outside 0 to 9999, which no parsed month is.
    pub fn january(year: i32) -> Self {
        Self::new(year, 1).expect("a year taken from a month is within 0..=9999")
    }

    /// Parse a month in any notation of trade statistics: `2025-05`, `2025-5`, `2025/05`,
    /// `2025-M05`, `2025M05`, `202505`, a date within the month (`2025-05-31`, `20250531`), and a
    /// date followed by a time.
    ///
    /// # Errors
    /// [`TradeError::Month`] with the text.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        Self::read(text.trim()).ok_or_else(|| TradeError::Month {
            text: text.to_owned(),
        })
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let year = digits(bytes.get(..4)?)?;
        let rest = &bytes[4..];
        match rest {
            // 202505 and 20250531
            [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => {
                Self::new(year, u8::try_from(digits(rest)?).ok()?)
            }
            [_, _, d1, d2] if rest.iter().all(u8::is_ascii_digit) => {
                Self::on_day(year, digits(&rest[..2])?, digits(&[*d1, *d2])?)
            }
            // 2025M05, 2025M5
            [b'M' | b'm', month @ ..] if (1..=2).contains(&month.len()) => {
                Self::new(year, u8::try_from(digits(month)?).ok()?)
            }
            [b'-' | b'/', b'M' | b'm', month @ ..] if (1..=2).contains(&month.len()) => {
                Self::new(year, u8::try_from(digits(month)?).ok()?)
            }
            [separator @ (b'-' | b'/' | b'.'), tail @ ..] => {
                let end = tail
                    .iter()
                    .position(|b| !b.is_ascii_digit())
                    .unwrap_or(tail.len());
                let month = (1..=2)
                    .contains(&end)
                    .then(|| digits(&tail[..end]))
                    .flatten()?;
                match &tail[end..] {
                    [] => Self::new(year, u8::try_from(month).ok()?),
                    [next, day @ ..] if next == separator => {
                        let end = day
                            .iter()
                            .position(|b| !b.is_ascii_digit())
                            .unwrap_or(day.len());
                        let number = (1..=2)
                            .contains(&end)
                            .then(|| digits(&day[..end]))
                            .flatten()?;
                        matches!(day.get(end), None | Some(b' ' | b'T'))
                            .then(|| Self::on_day(year, month, number))?
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn on_day(year: i32, month: i32, day: i32) -> Option<Self> {
        let month = u8::try_from(month).ok()?;
        let calendar = time::Month::try_from(month).ok()?;
        Date::from_calendar_date(year, calendar, u8::try_from(day).ok()?).ok()?;
        Self::new(year, month)
    }

    /// Return the month that holds `date`.
    pub fn of(date: Date) -> Self {
        Self(date.year() * 12 + i32::from(u8::from(date.month())) - 1)
    }

    /// Return the year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Return the month of the year, 1 to 12.
    pub fn of_year(self) -> u8 {
        u8::try_from(self.0.rem_euclid(12) + 1).expect("a remainder of twelve fits")
    }

    /// Return the number of months since January of year 0, the integer that data frames store.
    pub fn index(self) -> i32 {
        self.0
    }

    /// Return the month of an index that [`Month::index`] gave.
    pub fn from_index(index: i32) -> Option<Self> {
        (0..12 * 10_000).contains(&index).then_some(Self(index))
    }

    /// Return the month `months` later (earlier if negative), kept within 0000-01 and 9999-12.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0.saturating_add(months).clamp(0, 12 * 10_000 - 1))
    }

    /// Parse a month of the year, `5` or `05`, as a month of the same year as `self`.
    pub fn same_year(self, of_year: &str) -> Option<Self> {
        if of_year.len() > 2 {
            return None;
        }
        let number = digits(of_year.as_bytes())?;
        Self::new(self.year(), u8::try_from(number).ok()?)
    }

    /// Return the month `months` later, at most 9999-12.
    #[must_use]
    pub fn forward(self, months: usize) -> Self {
        self.plus(i32::try_from(months).unwrap_or(i32::MAX))
    }

    /// Return the month `months` earlier, at least 0000-01.
    #[must_use]
    pub fn back(self, months: usize) -> Self {
        self.plus(-i32::try_from(months).unwrap_or(i32::MAX))
    }

    /// Return how many months `self` is after `first`: its place in a list of months that begins
    /// with `first`. `None` where it is earlier.
    pub fn index_from(self, first: Self) -> Option<usize> {
        usize::try_from(self.since(first)).ok()
    }

    /// Return how many months lie from `first` to `self`, both counted; zero where it is earlier.
    pub fn count_from(self, first: Self) -> usize {
        usize::try_from(self.since(first) + 1).unwrap_or(0)
    }

    /// Return how many months `self` is after `earlier`.
    pub fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// Return the last day of the month.
    pub fn last_day(self) -> Date {
        let month = time::Month::try_from(self.of_year()).expect("1..=12");
        Date::from_calendar_date(self.year(), month, month.length(self.year()))
            .expect("a month's last day is a date")
    }

    /// Return the first day of the month.
    pub fn first_day(self) -> Date {
        let month = time::Month::try_from(self.of_year()).expect("1..=12");
        Date::from_calendar_date(self.year(), month, 1).expect("a month's first day is a date")
    }
}

/// Return the number that ASCII digits spell; `None` if a byte is no digit.
fn digits(bytes: &[u8]) -> Option<i32> {
    (!bytes.is_empty()).then_some(())?;
    bytes.iter().try_fold(0_i32, |number, b| {
        b.is_ascii_digit()
            .then(|| number * 10 + i32::from(b - b'0'))
    })
}

/// Parse an ISO date, `2025-06-14`.
///
/// # Errors
/// [`TradeError::Date`] with the text.
pub fn parse_date(text: &str) -> Result<Date, TradeError> {
    Date::parse(
        text.trim(),
        time::macros::format_description!("[year]-[month]-[day]"),
    )
    .map_err(|_| TradeError::Date {
        text: text.to_owned(),
    })
}

/// The months, as texts name them.
const NAMES: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Month {
    /// Return the short name of the month within its year: `May`.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.of_year()) - 1]
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.of_year())
    }
}

impl FromStr for Month {
    type Err = TradeError;
    fn from_str(text: &str) -> Result<Self, TradeError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_notation_of_may_2025_is_the_same_month() {
        let may = Month::new(2025, 5).unwrap();
        for text in [
            "2025-05",
            "2025-5",
            "2025/05",
            "2025-M05",
            "2025M05",
            "2025M5",
            "202505",
            "2025-05-01",
            "2025-05-31",
            "2025/5/1",
            "20250531",
            "2025-05-01 00:00:00",
            "2025-05-01T00:00:00",
            " 2025-05 ",
        ] {
            assert_eq!(Month::parse(text), Ok(may), "{text}");
        }
    }

    #[test]
    fn what_is_no_month_is_refused_with_its_text() {
        for text in [
            "",
            "2025",
            "2025-13",
            "2025-00",
            "202513",
            "2025-Q2",
            "2025-05-32",
            "2025-02-30",
            "May 2025",
            "2025-005",
            "20250230",
            "2025-",
            "2025-05-",
            "-2025-05",
            "2025-05x",
            "２０２５-05",
            "2025-05/01",
        ] {
            assert_eq!(
                Month::parse(text),
                Err(TradeError::Month {
                    text: text.to_owned()
                }),
                "{text}"
            );
        }
    }

    #[test]
    fn a_month_of_the_same_year_is_one_or_two_digits() {
        let may = Month::new(2025, 5).unwrap();
        assert_eq!(may.same_year("11"), Month::new(2025, 11));
        assert_eq!(may.same_year("03"), Month::new(2025, 3));
        for text in ["", "0", "13", "003", "3-1", "+3"] {
            assert_eq!(may.same_year(text), None, "{text}");
        }
    }

    #[test]
    fn stepping_forward_and_back_are_inverse() {
        let may = Month::new(2025, 5).unwrap();
        for months in [0, 1, 11, 12, 300] {
            assert_eq!(may.forward(months), may.plus(months as i32));
            assert_eq!(may.forward(months).back(months), may);
            assert_eq!(may.forward(months).index_from(may), Some(months));
            assert_eq!(may.forward(months).count_from(may), months + 1);
        }
        assert_eq!(may.index_from(may.forward(1)), None);
        assert_eq!(may.count_from(may.forward(1)), 0);
        // Steps stop at the ends of the calendar.
        assert_eq!(may.forward(usize::MAX), Month::new(9999, 12).unwrap());
        assert_eq!(may.back(usize::MAX), Month::new(0, 1).unwrap());
    }

    proptest! {
        #[test]
        fn a_month_survives_its_text(index in 0..120_000_i32) {
            let month = Month::from_index(index).unwrap();
            prop_assert_eq!(Month::parse(&month.to_string()), Ok(month));
            prop_assert_eq!(Month::of(month.last_day()), month);
            prop_assert_eq!(Month::new(month.year(), month.of_year()), Some(month));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Month::parse(&text);
        }
    }
}
