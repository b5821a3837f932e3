//! Calendar effects on a month's trade: Chinese New Year, trading days, leap years.

use super::Month;
use std::sync::LazyLock;
use time::{Date, Duration, Weekday};

/// Chinese New Year's days in order, one a year, from `data/calendar/chinese_new_year.csv`.
static NEW_YEARS: LazyLock<Vec<Date>> = LazyLock::new(|| {
    let table = include_str!("../../data/calendar/chinese_new_year.csv");
    table
        .lines()
        .skip(1)
        .map(|line| {
            let date = line
                .split(',')
                .nth(1)
                .expect("the bundled table has a date in its second column");
            super::month::parse_date(date).expect("the bundled table holds dates")
        })
        .collect()
});

/// The years whose mean centres the New Year regressors: a century, so that the mean is that of the
/// calendar and not of a sample.
const CENTRE_YEARS: std::ops::RangeInclusive<i32> = 1930..=2030;

/// Return Chinese New Year's day of `year`; `None` outside the table (1930 to 2100).
pub fn chinese_new_year(year: i32) -> Option<Date> {
    let first = NEW_YEARS.first()?.year();
    NEW_YEARS.get(usize::try_from(year - first).ok()?).copied()
}

/// A window of days around Chinese New Year's day, both ends included: 0 to 6 is the holiday week,
/// −6 to −1 the rush before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HolidayWindow {
    /// First day, relative to New Year's day.
    pub from: i64,
    /// Last day, relative to New Year's day.
    pub to: i64,
}

impl HolidayWindow {
    /// The six days before New Year's day.
    pub const BEFORE: Self = Self { from: -6, to: -1 };
    /// New Year's day and the six days after it.
    pub const DURING: Self = Self { from: 0, to: 6 };
    /// The second week after New Year's day.
    pub const AFTER: Self = Self { from: 7, to: 13 };

    /// Return the share of the window that falls into `month`, 0 to 1; `None` outside the table.
    pub fn share(self, month: Month) -> Option<f64> {
        let day = chinese_new_year(month.year())?;
        let days = (self.from..=self.to)
            .filter(|d| Month::of(day + Duration::days(*d)) == month)
            .count();
        Some(days as f64 / (self.to - self.from + 1) as f64)
    }

    /// Return the mean share of the calendar month `of_year` (1 to 12) over 1930 to 2030.
    pub fn mean_share(self, of_year: u8) -> f64 {
        let shares = CENTRE_YEARS.filter_map(|year| self.share(Month::new(year, of_year)?));
        let (sum, n) = shares.fold((0.0, 0.0), |(sum, n), share| (sum + share, n + 1.0));
        sum / f64::max(n, 1.0)
    }

    /// Return the regressor: the share of the window in `month` minus the long-run mean of that
    /// calendar month. It sums to about zero over the years, so that it leaves the seasonal pattern
    /// alone. Zero outside the table.
    pub fn centred(self, month: Month) -> f64 {
        match month.of_year() {
            1..=3 | 12 => self
                .share(month)
                .map_or(0.0, |share| share - self.mean_share(month.of_year())),
            _ => 0.0,
        }
    }
}

/// Return the trading-day contrast of a month: weekdays − 5/2 · weekend days. It is zero in a
/// February of 28 days.
pub fn trading_days(month: Month) -> f64 {
    let mut date = month.first_day();
    let (mut week, mut weekend) = (0.0, 0.0);
    while Month::of(date) == month {
        match date.weekday() {
            Weekday::Saturday | Weekday::Sunday => weekend += 1.0,
            _ => week += 1.0,
        }
        let Some(next) = date.next_day() else { break };
        date = next;
    }
    week - 2.5 * weekend
}

/// Return the leap-year regressor: +0.75 in February of a leap year, −0.25 in another, else zero.
pub fn leap_year(month: Month) -> f64 {
    match (month.of_year(), time::util::is_leap_year(month.year())) {
        (2, true) => 0.75,
        (2, false) => -0.25,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(year: i32, month: u8) -> f64 {
        HolidayWindow::DURING
            .share(Month::new(year, month).unwrap())
            .unwrap()
    }

    #[test]
    fn the_holiday_week_falls_where_the_calendar_says() {
        // New Year's days 2023-01-22, 2024-02-10, 2025-01-29, 2026-02-17; the week is the day and
        // the six after it.
        for (year, january, february) in [
            (2023, 1.0, 0.0),
            (2024, 0.0, 1.0),
            (2025, 3.0 / 7.0, 4.0 / 7.0),
            (2026, 0.0, 1.0),
        ] {
            assert!((share(year, 1) - january).abs() < 1e-12, "{year}");
            assert!((share(year, 2) - february).abs() < 1e-12, "{year}");
        }
    }

    #[test]
    fn long_run_means_are_those_of_a_century() {
        // Means over 1930 to 2030 of the same shares, as published with the definition of the
        // regressor.
        assert!(
            (HolidayWindow::DURING.mean_share(1) - 0.244_696).abs() < 5e-7,
            "{}",
            HolidayWindow::DURING.mean_share(1)
        );
        assert!(
            (HolidayWindow::DURING.mean_share(2) - 0.755_304).abs() < 5e-7,
            "{}",
            HolidayWindow::DURING.mean_share(2)
        );
    }

    #[test]
    fn the_dates_reach_2100() {
        assert_eq!(chinese_new_year(2100).unwrap().year(), 2100);
        assert_eq!(
            chinese_new_year(2027).unwrap(),
            time::macros::date!(2027 - 02 - 06)
        );
        assert_eq!(chinese_new_year(2101), None);
        assert_eq!(
            HolidayWindow::DURING.centred(Month::new(2101, 2).unwrap()),
            0.0
        );
    }

    #[test]
    fn trading_days_count_week_against_weekend() {
        // May 2025 starts on a Thursday: 22 weekdays, 9 weekend days.
        assert_eq!(trading_days(Month::new(2025, 5).unwrap()), 22.0 - 22.5);
        assert_eq!(trading_days(Month::new(2025, 2).unwrap()), 0.0);
        assert_eq!(leap_year(Month::new(2024, 2).unwrap()), 0.75);
        assert_eq!(leap_year(Month::new(2025, 2).unwrap()), -0.25);
    }
}
