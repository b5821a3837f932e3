//! Calendar regressors of a month: Chinese New Year and working days.

use crate::trade::Month;
use crate::trade::calendar::{HolidayWindow, leap_year, trading_days};
use std::sync::LazyLock;

/// Number of columns: the days before, during and after Chinese New Year, and working days.
pub const WIDTH: usize = 4;

/// The rows of 1900 to 2100, computed once.
static TABLE: LazyLock<Vec<[f64; WIDTH]>> = LazyLock::new(|| {
    // The mean shares of the New Year windows are the same for every year and costly to compute.
    let windows = [
        HolidayWindow::BEFORE,
        HolidayWindow::DURING,
        HolidayWindow::AFTER,
    ];
    let means =
        windows.map(|window| std::array::from_fn::<f64, 12, _>(|m| window.mean_share(m as u8 + 1)));
    let first = Month::january(FIRST_YEAR);
    (0..12 * (LAST_YEAR - FIRST_YEAR + 1))
        .map(|k| {
            let month = first.plus(k);
            let of_year = usize::from(month.of_year()) - 1;
            let share = |w: usize| {
                windows[w]
                    .share(month)
                    .map_or(0.0, |share| share - means[w][of_year])
            };
            [share(0), share(1), share(2), working_days(month)]
        })
        .collect()
});

const FIRST_YEAR: i32 = 1900;
const LAST_YEAR: i32 = 2100;

/// Return the trading-day contrast plus the leap-year regressor.
fn working_days(month: Month) -> f64 {
    trading_days(month) + leap_year(month)
}

/// Return the row of a month: centred shares of the New Year windows before, during and after, then
/// the trading-day contrast with the leap-year regressor. Outside 1900 to 2100 the shares are zero.
pub fn row(month: Month) -> [f64; WIDTH] {
    let at = month.index_from(Month::january(FIRST_YEAR));
    at.and_then(|at| TABLE.get(at).copied())
        .unwrap_or_else(|| [0.0, 0.0, 0.0, working_days(month)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_calendar_says() {
        for (year, of_year) in [(2023, 1), (2024, 2), (2025, 1), (2100, 2), (1930, 1)] {
            let month = Month::new(year, of_year).unwrap();
            assert_eq!(
                row(month)[1],
                HolidayWindow::DURING.centred(month),
                "{month}"
            );
        }
        assert_eq!(row(Month::new(2150, 2).unwrap())[1], 0.0);
    }
}
