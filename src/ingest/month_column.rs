//! Columns of months: texts, numbers, dates and timestamps.

use crate::trade::day::day_of;
use crate::trade::{Month, Notation, YEARS};
use polars::prelude::*;
use time::Date;

/// Return the month of each row, `None` for a cell that is no month; `None` for a column of a type
/// that holds no months.
///
/// A timestamp with a time zone is a month if it is midnight or lies within the month: at another
/// hour of its first or last day it is another month in some time zones.
pub(super) fn months(column: &Column) -> Option<Vec<Option<Month>>> {
    match column.dtype() {
        DataType::Date => {
            let dates = column.date().ok()?;
            let month = |day: Option<i32>| month_of_day(day?);
            Some(dates.physical().iter().map(month).collect())
        }
        DataType::Datetime(_, zone) => {
            let (moments, a_day) = moments_of(column)?;
            let month = |moment: Option<i64>| {
                let moment = moment?;
                let day = i32::try_from(moment.div_euclid(a_day)).ok()?;
                let month = month_of_day(day)?;
                let near = [day - 1, day + 1].map(month_of_day) != [Some(month); 2];
                let doubtful = zone.is_some() && near && moment.rem_euclid(a_day) != 0;
                (!doubtful).then_some(month)
            };
            Some(moments.into_iter().map(month).collect())
        }
        DataType::Float32 | DataType::Float64 => {
            let month = |k| month_of_text(&shown_cell(column, k));
            Some((0..column.len()).map(month).collect())
        }
        _ => {
            let texts = column.cast(&DataType::String).ok()?;
            let texts = texts.str().ok()?;
            Some(texts.iter().map(|text| month_of_text(text?)).collect())
        }
    }
}

fn month_of_day(day: i32) -> Option<Month> {
    let date = day_of(day)?;
    YEARS.contains(&date.year()).then(|| Month::of(date))
}

fn month_of_text(text: &str) -> Option<Month> {
    let month = Month::parse(without_fraction(text)).ok()?;
    let known = YEARS.contains(&month.year()) && !is_doubtful(text);
    known.then_some(month)
}

/// Return a whole number of six or eight digits without the `.0` that it has where a column of
/// integers was read as one of floating-point numbers.
pub(super) fn without_fraction(text: &str) -> &str {
    let is_whole = |whole: &&str| {
        matches!(whole.len(), 6 | 8) && whole.bytes().all(|byte| byte.is_ascii_digit())
    };
    let whole = text.trim().strip_suffix(".0").filter(is_whole);
    whole.unwrap_or(text)
}

/// Refusal of a timestamp that is another month in some time zones.
pub(super) const EXPECTED_MIDNIGHT: &str = "expected midnight UTC, since at another hour this is \
    another month in some time zones: write dates instead";

/// Whether a text states a time zone and an hour other than midnight of the first or last day of a
/// month.
pub(super) fn is_doubtful(text: &str) -> bool {
    const LONGEST_DATE: usize = 10;
    let text = text.trim();
    // Most months are shorter than any timestamp.
    text.len() > LONGEST_DATE
        && states_zone(text)
        && !clock(text).is_some_and(is_midnight)
        && Notation::date(text).is_some_and(is_first_or_last)
}

/// Return what follows the date of a timestamp.
fn clock(text: &str) -> Option<&str> {
    text.split_once(['T', ' ']).map(|(_, clock)| clock)
}

fn states_zone(text: &str) -> bool {
    clock(text).is_some_and(|clock| clock.contains(['Z', 'z', '+', '-']) || clock.ends_with("UTC"))
}

fn is_midnight(clock: &str) -> bool {
    let time = clock.split(['Z', 'z', '+', '-', 'U']).next().unwrap_or("");
    time.chars().all(|c| matches!(c, '0' | ':' | '.' | ' '))
}

fn is_first_or_last(date: Date) -> bool {
    let day = |date: Option<Date>| date.map(|date| date.month());
    [date.previous_day(), date.next_day()].map(day) != [Some(date.month()); 2]
}

/// Return a cell as a refusal shows it.
pub(super) fn shown_cell(column: &Column, k: usize) -> String {
    match column.get(k) {
        Ok(AnyValue::Null) | Err(_) => String::new(),
        // Polars writes no moment of a time zone without its tables of zones.
        Ok(AnyValue::Datetime(moment, unit, zone)) => {
            let a_day = in_a_day(unit);
            let day = i32::try_from(moment.div_euclid(a_day))
                .ok()
                .and_then(day_of);
            let minutes = moment.rem_euclid(a_day) / (a_day / 1440);
            let date = day.map_or_else(|| moment.to_string(), |day| day.to_string());
            let zone = zone.map_or("", |_| " UTC");
            format!("{date} {:02}:{:02}{zone}", minutes / 60, minutes % 60)
        }
        // Polars writes large numbers with an exponent.
        Ok(AnyValue::Float64(number)) => number.to_string(),
        Ok(AnyValue::Float32(number)) => number.to_string(),
        Ok(value) => value.str_value().into_owned(),
    }
}

/// Return the moments of a column of timestamps and how many of its units make a day.
pub(super) fn moments_of(column: &Column) -> Option<(Vec<Option<i64>>, i64)> {
    let DataType::Datetime(unit, _) = column.dtype() else {
        return None;
    };
    let moments = column.datetime().ok()?;
    Some((moments.physical().iter().collect(), in_a_day(*unit)))
}

/// Return how many of a unit make a day.
pub fn in_a_day(unit: TimeUnit) -> i64 {
    const SECONDS: i64 = 86_400;
    match unit {
        TimeUnit::Milliseconds => SECONDS * 1_000,
        TimeUnit::Microseconds => SECONDS * 1_000_000,
        TimeUnit::Nanoseconds => SECONDS * 1_000_000_000,
    }
}

/// Return what was expected instead of `shown`, a cell of `column` that is no month.
pub(super) fn expected_month(column: &Column, shown: &str) -> String {
    let zoned = matches!(column.dtype(), DataType::Datetime(_, Some(_)));
    if zoned && !shown.is_empty() || is_doubtful(shown) {
        return EXPECTED_MIDNIGHT.to_owned();
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let upper = shown.trim().to_ascii_uppercase();
    let parts: Vec<&str> = upper.split(['/', '-', '.']).collect();
    let after = |letter: char| {
        upper
            .split_once(letter)
            .is_some_and(|(_, rest)| digits(rest))
    };
    let looks = match parts.as_slice() {
        [year] if year.len() == 4 && digits(year) => "; the data look annual",
        _ if after('Q') => "; the data look quarterly",
        _ if after('W') => "; the data look weekly",
        [day, month, year]
            if [day, month, year].iter().all(|part| digits(part)) && day.len() < 3 =>
        {
            "; write the year first, since day and month are not told apart here"
        }
        _ => "",
    };
    format!("{EXPECTED_MONTH}{looks}")
}

/// Refusal of a cell that is no month.
const EXPECTED_MONTH: &str = "expected a month of the years 1000 to 2999, \
    for example 2025-05, 2025-M05, 2025M05, 202505 or 2025-05-01";

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<Option<String>> {
        let column = Column::new("ds".into(), texts);
        let found = months(&column).unwrap();
        found
            .iter()
            .map(|month| month.map(|m| m.to_string()))
            .collect()
    }

    #[test]
    fn a_timestamp_of_another_hour_is_no_month_at_its_edges() {
        // Midnight of Tashkent (UTC+5), Tokyo (UTC+9) and New York (UTC-5) written in UTC.
        for refused in [
            "2019-12-31T19:00:00Z",
            "2019-12-31 19:00:00+00:00",
            "2019-12-31T15:00:00.000Z",
            "2024-02-29T19:00:00Z",
            "2025-01-01T05:00:00Z",
            "2025-01-01 05:00:00 UTC",
            "2025-01-01T05:00:00-00:00",
            "2025-05-31T23:59:59Z",
        ] {
            assert_eq!(texts(&[refused]), [None], "{refused}");
            let column = Column::new("ds".into(), [refused]);
            let expected = expected_month(&column, refused);
            assert!(expected.starts_with("expected midnight UTC"), "{expected}");
        }
        for (read, month) in [
            ("2025-01-01T00:00:00Z", "2025-01"),
            ("2025-01-01 00:00:00+00:00", "2025-01"),
            ("2025-01-01T00:00:00.000Z", "2025-01"),
            // Midnight where it is written.
            ("2025-01-01T00:00:00+09:00", "2025-01"),
            ("2025-01-15T12:00:00Z", "2025-01"),
            ("2025-01-30T12:00:00Z", "2025-01"),
            // No time zone: the hour is that of the place.
            ("2025-01-01 05:00:00", "2025-01"),
            ("2025-01-31", "2025-01"),
        ] {
            assert_eq!(texts(&[read]), [Some(month.to_owned())], "{read}");
        }
    }

    #[test]
    fn whole_numbers_are_months_however_they_are_stored() {
        let expected = vec![Month::new(2019, 2), None, Month::new(2019, 3)];
        let days = [Some(20_190_201.0), None, Some(20_190_315.0)];
        let compact = [Some(201_902.0), None, Some(201_903.0)];
        for numbers in [days, compact] {
            let floats = Column::new("ds".into(), numbers);
            assert_eq!(months(&floats), Some(expected.clone()));
            let text = |number: &Option<f64>| number.map_or(String::new(), |n| format!("{n:.1}"));
            let texts = Column::new("ds".into(), numbers.iter().map(text).collect::<Vec<_>>());
            assert_eq!(months(&texts), Some(expected.clone()));
        }
        let broken = Column::new("ds".into(), [20_190_201.5, 2019.0, 1e300, f64::INFINITY]);
        assert_eq!(months(&broken), Some(vec![None; 4]));
        let annual = expected_month(&broken, &shown_cell(&broken, 1));
        assert!(annual.ends_with("the data look annual"), "{annual}");
    }
}
