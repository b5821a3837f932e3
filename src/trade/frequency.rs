//! The frequency of figures that are not monthly, by their dates.

use std::fmt;
use time::Date;

/// How often figures come that are not monthly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every day or every working day.
    Daily,
    /// Every seven days.
    Weekly,
    /// Every ten days, or every two weeks.
    SomeInAMonth,
    /// Every so many months, more than one.
    Months(usize),
}

impl Frequency {
    /// Return the frequency of dates in any order, of which some months have several; `None` where
    /// neighbours are as far apart as months, or where fewer than three dates differ.
    pub fn of_days(days: &[Date]) -> Option<Self> {
        let mut days: Vec<i32> = days.iter().map(|day| day.to_julian_day()).collect();
        days.sort_unstable();
        days.dedup();
        let mut steps: Vec<i32> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
        if steps.len() < 2 {
            return None;
        }
        steps.sort_unstable();
        match steps[steps.len() / 2] {
            ..=3 => Some(Self::Daily),
            4..=7 => Some(Self::Weekly),
            8..=16 => Some(Self::SomeInAMonth),
            _ => None,
        }
    }
}

impl fmt::Display for Frequency {
    /// Write what data look like: "quarterly".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daily => write!(f, "daily"),
            Self::Weekly => write!(f, "weekly"),
            Self::SomeInAMonth => write!(f, "as if there were two or three figures a month"),
            Self::Months(3) => write!(f, "quarterly"),
            Self::Months(6) => write!(f, "half-yearly"),
            Self::Months(12) => write!(f, "annual"),
            Self::Months(months) => write!(f, "as if there were one figure in {months} months"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_apart_are_daily_or_weekly() {
        let first = time::macros::date!(2021 - 01 - 03);
        let days = |step: i64, count: i64| -> Vec<Date> {
            let day = |k| first + time::Duration::days(step * k);
            (0..count).rev().map(day).collect()
        };
        for (step, expected) in [
            (1, Some(Frequency::Daily)),
            (7, Some(Frequency::Weekly)),
            (10, Some(Frequency::SomeInAMonth)),
            (30, None),
        ] {
            assert_eq!(Frequency::of_days(&days(step, 9)), expected);
        }
        assert_eq!(Frequency::of_days(&days(7, 2)), None);
    }
}
