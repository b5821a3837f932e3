//! The user's own regressors: columns of numbers that are known to the end of every horizon.

use super::Month;
use std::collections::HashMap;

/// The user's own regressors of a panel, by series or for all series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Regressors {
    names: Vec<String>,
    of_series: HashMap<Box<str>, MonthlyRows>,
    of_all: Option<MonthlyRows>,
    /// The file that they were read from, for errors.
    file: Option<String>,
}

/// One row a month from `first`, each with one number a column; NaN where there is none.
#[derive(Debug, Clone, PartialEq)]
struct MonthlyRows {
    first: Month,
    values: Vec<f64>,
}

/// A month of the history or horizon without a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the regressor `{column}` has no number for {month}: {}",
    way_out(self)
)]
pub struct MissingRegressor {
    /// The column.
    pub column: String,
    /// The month.
    pub month: Month,
    /// The first month that needs one.
    pub first: Month,
    /// The last month that needs one.
    pub last: Month,
    /// Whether there are rows of the series, or of all series.
    pub has_rows: bool,
    /// The file of the regressors, where they came from one.
    pub file: Option<String>,
}

/// Say what is needed, and where.
fn way_out(missing: &MissingRegressor) -> String {
    let MissingRegressor { first, last, .. } = missing;
    let months = format!("for each month of history and horizon ({first} to {last})");
    match (missing.file.as_deref(), missing.has_rows) {
        (Some(file), true) => format!("add rows to {file} {months}"),
        (Some(file), false) => format!("{file} has no rows of this series; add one {months}"),
        (None, true) => format!("send rows {months}"),
        (None, false) => format!("there are no rows of this series; send one {months}"),
    }
}

/// Rows for one series, or for all (`None`): their first month and a column for each regressor.
pub type RegressorColumns<'a> = (Option<&'a str>, Month, Vec<Vec<f64>>);

impl Regressors {
    /// Return regressors of these names, without numbers yet.
    pub fn new(names: Vec<String>) -> Self {
        Self {
            names,
            ..Self::default()
        }
    }

    /// Return them with the name of the file that they were read from, which errors show.
    #[must_use]
    pub fn from_file(self, file: String) -> Self {
        Self {
            file: Some(file),
            ..self
        }
    }

    /// Return the series that have rows of their own, in order.
    pub fn series(&self) -> Vec<&str> {
        let mut series: Vec<&str> = self.of_series.keys().map(|id| &**id).collect();
        series.sort_unstable();
        series
    }

    /// Return the names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Set the rows of the series `id` (of all series if `None`), sorted by month, each with one
    /// number for each name.
    pub fn insert(&mut self, id: Option<&str>, rows: &[(Month, Vec<f64>)]) {
        let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last()) else {
            return;
        };
        let width = self.names.len();
        let months = last.count_from(*first);
        let mut values = vec![f64::NAN; months * width];
        for (month, numbers) in rows {
            let at = month.index_from(*first).unwrap_or(0) * width;
            values[at..at + width].copy_from_slice(&numbers[..width]);
        }
        let rows = MonthlyRows {
            first: *first,
            values,
        };
        match id {
            Some(id) => drop(self.of_series.insert(id.into(), rows)),
            None => self.of_all = Some(rows),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Return the rows for all series (`None`) and those of each series with rows of its own, by
    /// name: their first month and a column for each regressor.
    pub fn rows(&self) -> Vec<RegressorColumns<'_>> {
        let width = self.names.len();
        let columns = |rows: &MonthlyRows| {
            let column = |k: usize| rows.values.iter().skip(k).step_by(width).copied().collect();
            (0..width).map(column).collect()
        };
        let of_series = self.of_series.iter();
        let of_series = of_series.map(|(id, rows)| (Some(&**id), rows));
        let mut all: Vec<_> = self.of_all.iter().map(|rows| (None, rows)).collect();
        all.extend(of_series);
        all.sort_by_key(|(id, _)| *id);
        let row = |(id, rows): (_, &MonthlyRows)| (id, rows.first, columns(rows));
        all.into_iter().map(row).collect()
    }

    /// Return the columns of the series `id` over `months` months from `first`, its own or else
    /// those for all series; no column if there are no regressors.
    ///
    /// # Errors
    /// The first month without a number.
    pub fn columns(
        &self,
        id: &str,
        first: Month,
        months: usize,
    ) -> Result<Vec<Vec<f64>>, MissingRegressor> {
        let rows = self.of_series.get(id).or(self.of_all.as_ref());
        let number = |column: usize, month: Month| {
            let rows = rows?;
            let at = month.index_from(rows.first)? * self.names.len() + column;
            rows.values.get(at).copied().filter(|v| !v.is_nan())
        };
        let of_column = |(column, name): (usize, &String)| {
            (0..months)
                .map(|k| {
                    let month = first.forward(k);
                    number(column, month).ok_or_else(|| MissingRegressor {
                        column: name.clone(),
                        month,
                        first,
                        last: first.forward(months).back(1),
                        has_rows: rows.is_some(),
                        file: self.file.clone(),
                    })
                })
                .collect()
        };
        self.names.iter().enumerate().map(of_column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regressor_must_reach_the_horizon() {
        let january = Month::january(2020);
        let mut regressors = Regressors::new(vec!["rate".into()]);
        regressors.insert(
            Some("a"),
            &[(january, vec![1.0]), (january.plus(2), vec![3.0])],
        );
        let missing = regressors.columns("a", january, 3).unwrap_err();
        assert_eq!(
            missing,
            MissingRegressor {
                column: "rate".into(),
                month: january.plus(1),
                first: january,
                last: january.plus(2),
                has_rows: true,
                file: None,
            }
        );
        let of_file = regressors.clone().from_file("rates.csv".into());
        let text = |id| of_file.columns(id, january, 4).unwrap_err().to_string();
        assert_eq!(
            [text("a"), text("b")],
            [
                "the regressor `rate` has no number for 2020-02: add rows to rates.csv for each \
                 month of history and horizon (2020-01 to 2020-04)",
                "the regressor `rate` has no number for 2020-01: rates.csv has no rows of this \
                 series; add one for each month of history and horizon (2020-01 to 2020-04)",
            ]
        );
        assert_eq!(regressors.columns("a", january, 1), Ok(vec![vec![1.0]]));
        assert!(regressors.columns("b", january, 1).is_err());
        regressors.insert(None, &[(january, vec![7.0])]);
        assert_eq!(regressors.columns("b", january, 1), Ok(vec![vec![7.0]]));
        let rows = regressors.rows();
        assert_eq!(rows[0], (None, january, vec![vec![7.0]]));
        assert_eq!((rows.len(), rows[1].0), (2, Some("a")));
        assert_eq!(Regressors::default().columns("b", january, 5), Ok(vec![]));
    }
}
