//! Cumulatives typed as months: levels that rise through each year and fall back in January.

use super::finding::{QualityFinding, QualityIssue};
use super::months::SeriesMonth;
use crate::trade::Span;

/// Fewest months of a year that tell cumulatives from months.
const ENOUGH: usize = 4;
/// Fewest months of a series with a single such year.
const ENOUGH_ALONE: usize = 6;
/// Share of the months of a year, times January, that its last month must reach: a cumulative of
/// twelve even months reaches twelve times January.
const REACHED: f64 = 0.5;

/// Find a series whose months look like cumulatives since January.
pub(super) fn find(series: &str, months: &[SeriesMonth]) -> Option<QualityFinding> {
    if !months.iter().any(|m| m.is_new) {
        return None;
    }
    let years = months.chunk_by(|a, b| a.month.year() == b.month.year());
    let years: Vec<&[SeriesMonth]> = years
        .filter(|year| year.len() >= ENOUGH && year[0].month.of_year() == 1)
        .collect();
    let rising: Vec<&&[SeriesMonth]> = years.iter().filter(|year| rises(year)).collect();
    let first = rising.first()?;
    let most = 5 * rising.len() >= 4 * years.len();
    if !most || rising.len() == 1 && first.len() < ENOUGH_ALONE {
        return None;
    }
    let last = first[first.len() - 1];
    Some(QualityFinding {
        issue: QualityIssue::Cumulative,
        series: series.to_owned(),
        period: Span::month(first[0].month),
        size: last.value / first[0].value,
        detail: format!(
            "looks cumulative: rises through {} of {} years, in {} to {:.1} times January; if it \
             is, import spans ({}-01-01/P{}M) as releases",
            rising.len(),
            years.len(),
            last.month,
            last.value / first[0].value,
            last.month.year(),
            last.month.of_year()
        ),
    })
}

/// Whether the months of a year rise from January on, by about January each.
fn rises(year: &[SeriesMonth]) -> bool {
    let never_falls = year.windows(2).all(|pair| pair[1].value >= pair[0].value);
    let (first, last) = (year[0], year[year.len() - 1]);
    let count = f64::from(last.month.of_year());
    never_falls && first.value > 0.0 && last.value >= REACHED * count * first.value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::Month;

    fn months(count: usize, value: impl Fn(usize) -> f64) -> Vec<SeriesMonth> {
        let month = |k: usize| SeriesMonth {
            month: Month::january(2022).forward(k),
            value: value(k),
            is_new: true,
        };
        (0..count).map(month).collect()
    }

    #[test]
    fn levels_that_begin_anew_each_january_look_cumulative() {
        let cumulative = months(29, |k| {
            100.0 * (k % 12 + 1) as f64 * 1.1_f64.powi(k as i32 / 12)
        });
        let found = find("A", &cumulative).unwrap();
        assert!(
            found.detail.contains("rises through 3 of 3 years"),
            "{}",
            found.detail
        );
        assert!((found.size - 12.0).abs() < 1e-9);
        assert!(find("A", &cumulative[..8]).is_some(), "one year is enough");
        // Growth of 3 % a month is none, nor are flat months, nor a year without the others.
        assert_eq!(find("A", &months(36, |k| 1.03_f64.powi(k as i32))), None);
        assert_eq!(find("A", &months(36, |_| 5.0)), None);
        let once = |k: usize| if k < 12 { (k + 1) as f64 } else { 10.0 };
        assert_eq!(find("A", &months(36, once)), None);
    }
}
