//! Days as integers, as data frames and the store keep them.

use time::Date;

/// 1970-01-01 as a Julian day.
const EPOCH: i32 = 2_440_588;

/// Return the number of days from 1970-01-01 to `date`.
pub fn day_number(date: Date) -> i32 {
    date.to_julian_day() - EPOCH
}

/// Return the date that lies `number` days after 1970-01-01; `None` if it is out of range.
pub fn day_of(number: i32) -> Option<Date> {
    Date::from_julian_day(number.checked_add(EPOCH)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day_number(date!(1970 - 01 - 01)), 0);
        assert_eq!(day_number(date!(1969 - 12 - 31)), -1);
        // 30 years with 7 leap days among them.
        assert_eq!(day_number(date!(2000 - 01 - 01)), 30 * 365 + 7);
        assert_eq!(day_of(30 * 365 + 7), Some(date!(2000 - 01 - 01)));
        assert_eq!(day_of(20_000), Some(date!(2024 - 10 - 04)));
        assert_eq!(day_of(i32::MAX), None);
    }
}
