//! Columns that are known for every month of a history and its horizon: the calendar's, and the user's own.

use super::calendar;
use crate::trade::Month;

/// Columns of one series, one number a month from its first to the end of its horizon.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    columns: Vec<Vec<f64>>,
}

impl Known {
    /// The calendar's columns over `months` months from `first`.
    pub fn calendar(first: Month, months: usize) -> Self {
        let mut columns = vec![Vec::new(); calendar::WIDTH];
        for k in 0..months {
            let row = calendar::row(first.plus(i32::try_from(k).unwrap_or(i32::MAX)));
            columns
                .iter_mut()
                .zip(row)
                .for_each(|(column, v)| column.push(v));
        }
        Self { columns }
    }

    /// Adds further columns, each over the same months.
    #[must_use]
    pub fn with(mut self, columns: Vec<Vec<f64>>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// The columns.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }
}
