//! How a source writes its months.

use super::Month;
use time::Date;

/// How a source writes its months, so that results can be written the same way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Notation {
    /// `2025-05`
    #[default]
    Iso,
    /// `2025/05` or `2025.05`, with this separator
    Separated(char),
    /// `202505`
    Compact,
    /// `2025-M05`
    Sdmx,
    /// `2025M05`
    SdmxCompact,
    /// A date in the month, such as `2025-05-31`
    Date(DateNotation),
}

/// How a source writes dates that stand for months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateNotation {
    day: MonthDay,
    /// What separates year, month and day; nothing in `20250531`.
    separator: Option<char>,
    /// What follows the date, such as ` 00:00:00`.
    time: String,
}

/// The day that stands for a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MonthDay {
    Last,
    /// The day of this number; the last day of a shorter month.
    Number(u8),
}

impl Notation {
    /// Return the notation of texts that [`Month::parse`] accepts; others are passed over. The
    /// first text decides its form. All of them decide the day: 2019-02-28 alone may be the last
    /// day of a month or its 28th.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let parsed = |text: &'a str| Some((text.trim(), Month::parse(text).ok()?));
        let mut texts = texts.into_iter().filter_map(parsed);
        let Some((first, month)) = texts.next() else {
            return Self::Iso;
        };
        if let Some((separator, day, time)) = date_parts(first) {
            let others = texts.filter_map(|(text, month)| Some((month, date_parts(text)?.1)));
            return Self::Date(DateNotation {
                day: MonthDay::of(std::iter::once((month, day)).chain(others)),
                separator,
                time: time.to_owned(),
            });
        }
        let is_m = |at: std::ops::Range<usize>, m: &str| {
            first.get(at).is_some_and(|t| t.eq_ignore_ascii_case(m))
        };
        match first.as_bytes().get(4) {
            Some(b'0'..=b'9') => Self::Compact,
            _ if is_m(4..6, "-m") || is_m(4..6, "/m") => Self::Sdmx,
            _ if is_m(4..5, "m") => Self::SdmxCompact,
            Some(separator @ (b'/' | b'.')) => Self::Separated(char::from(*separator)),
            _ => Self::Iso,
        }
    }

    /// Return the day that stands for `month`; its first where this notation writes no day.
    pub fn day(&self, month: Month) -> Date {
        match self {
            Self::Date(date) => date.day.in_month(month),
            _ => month.first_day(),
        }
    }

    /// Return the date that a text states; `None` for one that states only a month.
    pub fn date(text: &str) -> Option<Date> {
        let text = text.trim();
        let month = Month::parse(text).ok()?;
        let (_, day, _) = date_parts(text)?;
        month.first_day().replace_day(day).ok()
    }

    /// Return `month` in this notation.
    pub fn write(&self, month: Month) -> String {
        let (year, of_year) = (month.year(), month.of_year());
        match self {
            Self::Iso => month.to_string(),
            Self::Separated(separator) => format!("{year:04}{separator}{of_year:02}"),
            Self::Compact => format!("{year:04}{of_year:02}"),
            Self::Sdmx => format!("{year:04}-M{of_year:02}"),
            Self::SdmxCompact => format!("{year:04}M{of_year:02}"),
            Self::Date(date) => {
                let day = date.day.in_month(month).day();
                let between = date.separator.map(String::from).unwrap_or_default();
                format!(
                    "{year:04}{between}{of_year:02}{between}{day:02}{}",
                    date.time
                )
            }
        }
    }
}

impl MonthDay {
    /// Return the day that the given days of months have in common. Days that vary near the end of
    /// the month, as working days do, are written as its last day, and others as its first.
    fn of(days: impl Iterator<Item = (Month, u8)>) -> Self {
        let days: Vec<(Month, u8)> = days.collect();
        let last_day = |month: &Month| month.last_day().day();
        let largest = days.iter().map(|(_, day)| *day).max().unwrap_or(1);
        if days.iter().all(|(month, day)| *day == last_day(month)) {
            return Self::Last;
        }
        let common = |(month, day): &(Month, u8)| *day == largest.min(last_day(month));
        if days.iter().all(common) {
            return Self::Number(largest);
        }
        match days.iter().all(|(_, day)| *day >= 25) {
            true => Self::Last,
            false => Self::Number(1),
        }
    }

    fn in_month(self, month: Month) -> Date {
        let last = month.last_day();
        match self {
            Self::Number(day) if day < last.day() => {
                last.replace_day(day).expect("an earlier day of the month")
            }
            _ => last,
        }
    }
}

/// Return the separator, the day and what follows it, of a text that [`Month::parse`] accepts and
/// that states a day.
fn date_parts(text: &str) -> Option<(Option<char>, u8, &str)> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some((None, text[6..].parse().ok()?, ""));
    }
    let separator = char::from(*text.as_bytes().get(4)?);
    if !matches!(separator, '-' | '/' | '.') {
        return None;
    }
    let (_, rest) = text.get(5..)?.split_once(separator)?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let (day, time) = rest.split_at(end.unwrap_or(rest.len()));
    Some((Some(separator), day.parse().ok()?, time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notation_is_kept() {
        for text in [
            "2025-05",
            "2025/05",
            "2025-05-01",
            "2025-05-15",
            "2025-05-31",
            "2025/05/31",
            "2024-02-29",
            "20240229",
            "20240201",
            "202505",
            "2025-M05",
            "2025M05",
            "2025-05-01 00:00:00",
            "2025-05-31T23:59:00Z",
            "2025-05-01 00:00:00+00:00",
        ] {
            let month = Month::parse(text).unwrap();
            assert_eq!(Notation::of([text]).write(month), text);
        }
        assert_eq!(Notation::of(["no month"]), Notation::Iso);
        let date = Notation::date("2024/2/29 12:00");
        assert_eq!(date, Some(time::macros::date!(2024 - 02 - 29)));
        assert_eq!(Notation::date("2024-02"), None);
    }

    #[test]
    fn the_days_of_all_months_decide_which_day_is_written() {
        for (texts, may, february) in [
            (["2019-02-28", "2019-03-31"], "2024-05-31", "2024-02-29"),
            (["2019-02-28", "2019-03-28"], "2024-05-28", "2024-02-28"),
            (["2019-02-28", "2019-03-30"], "2024-05-30", "2024-02-29"),
            (["2019-03-29", "2019-04-30"], "2024-05-31", "2024-02-29"),
            (["2019-03-04", "2019-04-11"], "2024-05-01", "2024-02-01"),
            (["2019-03-15", "2019-04-15"], "2024-05-15", "2024-02-15"),
        ] {
            let notation = Notation::of(texts);
            for expected in [may, february] {
                let month = Month::parse(expected).unwrap();
                assert_eq!(notation.write(month), expected, "{texts:?}");
                assert_eq!(notation.day(month).to_string(), expected, "{texts:?}");
            }
        }
    }
}
