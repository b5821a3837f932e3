//! The frequency of figures that are not monthly, by their dates.

use super::Series;
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

    /// Return the frequency of a series with gaps, where its figures lie so many months apart that
    /// chance is no likely reason: multiples of two with six figures, of more months with four, of
    /// whole years with three. `None` for a series that looks monthly.
    pub fn of_series(series: &Series<'_>) -> Option<Self> {
        let values = series.values().iter().enumerate();
        let figures = values.filter(|(_, value)| !value.is_nan());
        let (mut step, mut count) = (0, 0);
        for (place, _) in figures {
            step = greatest_common_divisor(step, place);
            count += 1;
            if step == 1 {
                return None;
            }
        }
        let enough = match step {
            0 | 1 => return None,
            2 => 6,
            3..=11 => 4,
            _ => 3,
        };
        (count >= enough).then_some(Self::Months(step))
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

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::Month;

    fn every(months: usize, figures: usize) -> Option<Frequency> {
        let mut values = vec![f64::NAN; months * (figures - 1) + 1];
        values.iter_mut().step_by(months).for_each(|v| *v = 1.0);
        Frequency::of_series(&Series::new("a", Month::january(2020), &values, true))
    }

    #[test]
    fn figures_some_months_apart_are_not_monthly() {
        assert_eq!(every(1, 30), None);
        assert_eq!(every(3, 4), Some(Frequency::Months(3)));
        assert_eq!(every(12, 3), Some(Frequency::Months(12)));
        assert_eq!(every(2, 6), Some(Frequency::Months(2)));
        assert_eq!((every(2, 5), every(3, 3), every(7, 1)), (None, None, None));
        // One month between two quarters is enough to be no quarterly series.
        let mut values = [f64::NAN; 13];
        [0, 3, 6, 7, 9, 12].iter().for_each(|at| values[*at] = 1.0);
        let series = Series::new("a", Month::january(2020), &values, true);
        assert_eq!(Frequency::of_series(&series), None);
    }

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
