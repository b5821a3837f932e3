//! Regressors that are known to the end of the horizon: the calendar's and the user's own.

use super::calendar;
use crate::trade::Month;

/// Columns beside one series, one number a month from its first to the end of its horizon.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KnownRegressors {
    columns: Vec<Vec<f64>>,
    /// Mean and standard deviation of each added column, by which it was standardised.
    units: Vec<(f64, f64)>,
}

impl KnownRegressors {
    /// Return the calendar's columns over `months` months from `first`.
    pub fn calendar(first: Month, months: usize) -> Self {
        let mut columns = vec![Vec::new(); calendar::WIDTH];
        for k in 0..months {
            let row = calendar::row(first.forward(k));
            columns
                .iter_mut()
                .zip(row)
                .for_each(|(column, v)| column.push(v));
        }
        Self {
            columns,
            units: Vec::new(),
        }
    }

    /// Add columns over the same months, each standardised by its mean and standard deviation, so
    /// that a rate in percent and as a fraction are the same. A constant column stays as it is.
    #[must_use]
    pub fn with(mut self, mut columns: Vec<Vec<f64>>) -> Self {
        for column in &mut columns {
            let n = column.len().max(1) as f64;
            let mean = column.iter().sum::<f64>() / n;
            let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
            let mut unit = (0.0, 1.0);
            if deviation > 1e-12 * mean.abs() {
                column.iter_mut().for_each(|v| *v = (*v - mean) / deviation);
                unit = (mean, deviation);
            }
            self.units.push(unit);
        }
        self.columns.extend(columns);
        self
    }

    /// Replace the value of month `t` of the added column `column`, in the unit in which it was
    /// given. A month or column that does not exist is ignored. The column keeps its mean and
    /// standard deviation, so that other months do not change.
    pub fn assume(&mut self, column: usize, t: usize, value: f64) {
        let Some((mean, unit)) = self.units.get(column) else {
            return;
        };
        let at = self.columns.len() - self.units.len() + column;
        if let Some(place) = self.columns[at].get_mut(t) {
            *place = (value - mean) / unit;
        }
    }

    /// Whether columns were added to those of the calendar.
    pub fn has_added(&self) -> bool {
        !self.units.is_empty()
    }

    /// Return the columns.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_of_a_column_does_not_matter() {
        let column: Vec<f64> = (0..24).map(|t| f64::from(t * t % 7)).collect();
        let scaled = |scale: f64| {
            let columns = vec![column.iter().map(|v| v * scale + 5.0 * scale).collect()];
            KnownRegressors::calendar(Month::january(2020), 24).with(columns)
        };
        let (plain, millions) = (scaled(1.0), scaled(1e6));
        let pairs = plain.columns()[4].iter().zip(&millions.columns()[4]);
        assert!(pairs.clone().count() == 24 && pairs.clone().all(|(a, b)| (a - b).abs() < 1e-9));
        let still = KnownRegressors::default().with(vec![vec![3.0; 5]]);
        assert_eq!(still.columns()[0], [3.0; 5]);
    }
}
