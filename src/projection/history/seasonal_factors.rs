//! Seasonal factors by calendar month, for seasonally adjusted levels.

use crate::features::calendar;
use crate::models::SeasonLength;
use crate::models::seasonal::indices;
use crate::projection::history::gaps::{bridge, monthly_stretch};
use crate::trade::{FrequencyStretch, Month, Series};

/// The months of a calendar year.
const MONTHS: usize = 12;

/// Seasonal indices by calendar month, in logarithms. A level divided by
/// [`SeasonalFactors::factor`] is seasonally adjusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeasonalFactors {
    logs: [f64; MONTHS],
    /// The effects of New Year's days before, during and after (columns of [`calendar::row`]).
    new_year: [f64; 3],
}

impl SeasonalFactors {
    /// Take the indices from January to December; levels are divided by their exponentials.
    pub fn new(logs: [f64; MONTHS]) -> Self {
        Self {
            logs,
            new_year: [0.0; 3],
        }
    }

    /// Add the effects of Chinese New Year's days before, during and after, in logarithms: a month
    /// that has more of them than usual has another factor than in other years.
    #[must_use]
    pub fn with_new_year(self, new_year: [f64; 3]) -> Self {
        Self { new_year, ..self }
    }

    /// Estimate the robust indices ([`indices`]) of a series' logarithms with gaps bridged; `None`
    /// for fewer than 30 months, where a value is not above zero, or at another frequency.
    ///
    /// They follow the calendar month and do not see where New Year lies within it.
    pub fn of(series: &Series<'_>) -> Option<Self> {
        let (series, _) = monthly_stretch(series);
        if FrequencyStretch::latest(&series).is_some() {
            return None;
        }
        let (mut y, _) = bridge(series.values());
        if y.len() < SeasonLength::MONTHLY.shortest_history() || !y.iter().all(|v| *v > 0.0) {
            return None;
        }
        y.iter_mut().for_each(|v| *v = v.ln());
        let mut logs = [0.0; MONTHS];
        // Phase 0 is the month after the last.
        let next = series.last().plus(1);
        for (index, month) in indices(&y, SeasonLength::MONTHLY).into_iter().zip(0..) {
            logs[place(next.plus(month))] = index;
        }
        Some(Self::new(logs))
    }

    /// Return the factor of the season in `month`.
    pub fn factor(&self, month: Month) -> f64 {
        let row = calendar::row(month);
        let effects = self.new_year.iter().zip(row);
        let new_year: f64 = effects.map(|(effect, share)| effect * share).sum();
        (self.logs[place(month)] + new_year).exp()
    }
}

/// Return the place of a month in its year; January is 0.
fn place(month: Month) -> usize {
    usize::from(month.of_year()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_pattern_leaves_a_smooth_path() {
        // Factors whose logarithms add up to zero, on 2 % growth a month, from an April.
        let first = Month::new(2015, 4).unwrap();
        let factor = |month: Month| {
            if month.of_year().is_multiple_of(2) {
                1.25
            } else {
                0.8
            }
        };
        let values: Vec<f64> = (0..72)
            .map(|t| 100.0 * 1.02_f64.powi(t) * factor(first.plus(t)))
            .collect();
        let series = Series::new("a", first, &values, false);
        let season = SeasonalFactors::of(&series).unwrap();
        for month in (0..12).map(|k| first.plus(k)) {
            let found = season.factor(month);
            assert!((found - factor(month)).abs() < 1e-9, "{month}: {found}");
        }
    }

    #[test]
    fn a_month_with_more_of_new_year_than_usual_has_another_factor() {
        // In 2026 New Year's Day is 17 February, in 2025 it was 29 January: days during New Year
        // take a fifth of what falls on them away.
        let season = SeasonalFactors::new([0.0; MONTHS]).with_new_year([0.0, -0.2, 0.0]);
        let february = |year| season.factor(Month::new(year, 2).unwrap());
        let january = |year| season.factor(Month::new(year, 1).unwrap());
        assert!(february(2026) < february(2025) && january(2026) > january(2025));
        assert_eq!(season.factor(Month::new(2026, 7).unwrap()), 1.0);
    }

    #[test]
    fn too_short_or_not_above_zero_has_no_season() {
        let first = Month::january(2015);
        let mut values = vec![1.0; 36];
        assert!(SeasonalFactors::of(&Series::new("a", first, &values, false)).is_some());
        assert_eq!(
            SeasonalFactors::of(&Series::new("a", first, &values[..29], false)),
            None
        );
        values[7] = 0.0;
        assert_eq!(
            SeasonalFactors::of(&Series::new("a", first, &values, false)),
            None
        );
    }
}
