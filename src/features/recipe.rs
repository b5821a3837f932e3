//! A recipe of features: lags, trend, month of the year, and regressors known ahead.

use super::KnownRegressors;
use crate::trade::Month;
use ndarray::{Array1, Array2};

/// The features of a row, in this order: lags, trend, month of the year, known regressors.
#[derive(Debug, Clone)]
pub struct Recipe<'a> {
    /// Lags in months, each at least 1.
    pub lags: &'a [usize],
    /// Whether there is a linear trend, in years since the first month.
    pub trend: bool,
    /// Whether there are eleven indicators, February to December.
    pub months: bool,
    /// Regressors that are known for every month, those ahead included.
    pub known: &'a KnownRegressors,
}

/// What one column of a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// The value this many months before.
    Lag(usize),
    /// The linear trend.
    Trend,
    /// One in this month of the year (2 to 12), else zero.
    Month(u8),
    /// A known regressor, by its place.
    Known(usize),
}

impl Recipe<'_> {
    /// Return what each column of a row holds.
    pub fn features(&self) -> impl Iterator<Item = Feature> {
        let lags = self.lags.iter().map(|lag| Feature::Lag(*lag));
        let trend = self.trend.then_some(Feature::Trend);
        let months = (2..=12).filter(|_| self.months).map(Feature::Month);
        let known = (0..self.known.columns().len()).map(Feature::Known);
        lags.chain(trend).chain(months).chain(known)
    }

    /// Return how many columns a row has.
    pub fn width(&self) -> usize {
        let months = if self.months { 11 } else { 0 };
        self.lags.len() + usize::from(self.trend) + months + self.known.columns().len()
    }

    /// Return how many values must precede a row's month.
    pub fn reach(&self) -> usize {
        self.lags.iter().copied().max().unwrap_or(0)
    }

    /// Write the features of value `t` of a series that starts with `first` into `row`. `history`
    /// holds the series' values, at least [`Recipe::reach`] before `t`; those at or after `t` are
    /// not read.
    pub fn fill(&self, row: &mut Vec<f64>, first: Month, t: usize, history: &[f64]) {
        row.clear();
        let before = &history[..t];
        row.extend(self.lags.iter().map(|lag| before[t - lag]));
        if self.trend {
            row.push(t as f64 / 12.0);
        }
        let month = first.forward(t);
        if self.months {
            row.extend((2..=12).map(|m| f64::from(u8::from(month.of_year() == m))));
        }
        row.extend(self.known.columns().iter().map(|column| column[t]));
    }

    /// Return the training rows, `(rows, width)`, and their targets of a series without gaps:
    /// the latest `limit` of them.
    pub fn training(
        &self,
        first: Month,
        values: &[f64],
        limit: usize,
    ) -> (Array2<f64>, Array1<f64>) {
        let latest = values.len().saturating_sub(limit);
        let start = self.reach().max(latest).min(values.len());
        let mut records = Array2::zeros((values.len() - start, self.width()));
        let mut row = Vec::with_capacity(self.width());
        for (mut record, t) in records.rows_mut().into_iter().zip(start..) {
            self.fill(&mut row, first, t, values);
            record
                .iter_mut()
                .zip(&row)
                .for_each(|(to, from)| *to = *from);
        }
        (records, Array1::from(values[start..].to_vec()))
    }

    /// Forecast a series recursively over `horizon` months: each step's row is made from the values
    /// before it, its value is `value` of the row.
    pub fn iterate(
        &self,
        first: Month,
        values: &[f64],
        horizon: usize,
        value: impl Fn(&[f64]) -> f64,
    ) -> Vec<f64> {
        let mut history = values.to_vec();
        let mut row = Vec::with_capacity(self.width());
        for t in values.len()..values.len() + horizon {
            self.fill(&mut row, first, t, &history);
            history.push(value(&row));
        }
        history.split_off(values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_rows_and_future_rows_are_the_same_rows() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let first = Month::new(2022, 5).unwrap();
        let known = KnownRegressors::calendar(first, 52);
        let recipe = Recipe {
            lags: &[1, 12],
            trend: true,
            months: true,
            known: &known,
        };
        let (records, targets) = recipe.training(first, &values, 1000);
        assert_eq!((records.dim(), targets[0]), ((28, recipe.width()), 12.0));
        let mut row = Vec::new();
        recipe.fill(&mut row, first, 39, &values[..39]);
        assert_eq!(records.row(27).to_vec(), row);
    }

    #[test]
    fn a_row_never_sees_its_own_month_or_later() {
        let mut values: Vec<f64> = (0..40).map(f64::from).collect();
        let first = Month::new(2022, 5).unwrap();
        let known = KnownRegressors::calendar(first, 52);
        let recipe = Recipe {
            lags: &[1, 12],
            trend: true,
            months: true,
            known: &known,
        };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        recipe.fill(&mut before, first, 30, &values);
        values[30..].fill(f64::NAN);
        recipe.fill(&mut after, first, 30, &values);
        assert_eq!(before, after);
    }

    #[test]
    fn a_straight_line_continues() {
        let line: Vec<f64> = (0..24).map(f64::from).collect();
        let first = Month::january(2020);
        let known = KnownRegressors::calendar(first, 27);
        let recipe = Recipe {
            lags: &[1],
            trend: false,
            months: false,
            known: &known,
        };
        let ahead = recipe.iterate(first, &line, 3, |row| row[0] + 1.0);
        assert_eq!(ahead, [24.0, 25.0, 26.0]);
    }
}
