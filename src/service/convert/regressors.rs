//! The user's own regressors in requests for scenarios.

use super::fields::refuse;
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::{Month, Regressors};

/// The most regressors.
const MAX_REGRESSORS: usize = 20;
/// The most numbers of a regressor: two hundred years of months.
const MAX_NUMBERS: usize = 2400;

/// A regressor of the user's own, the same for all series.
#[derive(Debug, Clone, PartialEq)]
pub struct RegressorColumn {
    /// Its name.
    pub name: String,
    /// The month of the first value.
    pub first: Month,
    /// One value a month.
    pub values: Vec<f64>,
}

impl TryFrom<pb::Regressor> for RegressorColumn {
    type Error = ServiceError;

    fn try_from(wire: pb::Regressor) -> Result<Self, ServiceError> {
        let name = wire.name.trim().to_owned();
        let first = Month::parse(&wire.first_month)
            .map_err(|error| refuse("regressors", format!("{name}: first_month: {error}")))?;
        Ok(Self {
            name,
            first,
            values: wire.values,
        })
    }
}

impl From<RegressorColumn> for pb::Regressor {
    fn from(column: RegressorColumn) -> Self {
        Self {
            name: column.name,
            first_month: column.first.to_string(),
            values: column.values,
        }
    }
}

/// Check regressors and put them side by side, for all series alike.
pub(super) fn side_by_side(columns: &[RegressorColumn]) -> Result<Regressors, ServiceError> {
    let wrong = |reason: String| Err(refuse("regressors", reason));
    if columns.len() > MAX_REGRESSORS {
        return wrong(format!(
            "expected at most {MAX_REGRESSORS}, not {}",
            columns.len()
        ));
    }
    for (k, column) in columns.iter().enumerate() {
        let name = column.name.as_str();
        if name.is_empty() || name.len() > 100 {
            return wrong(format!(
                "at position {k}: expected a name of 1 to 100 bytes"
            ));
        }
        if columns[..k].iter().any(|other| other.name == name) {
            return wrong(format!("expected every name once, `{name}` is repeated"));
        }
        let numbers = column.values.len();
        if numbers == 0 || numbers > MAX_NUMBERS {
            return wrong(format!(
                "{name}: expected 1 to {MAX_NUMBERS} values, not {numbers}"
            ));
        }
        if let Some(value) = column.values.iter().find(|v| !v.is_finite()) {
            return wrong(format!("{name}: expected numbers, not {value}"));
        }
    }
    let names = columns.iter().map(|column| column.name.clone());
    let mut all = Regressors::new(names.collect());
    let firsts = columns.iter().map(|column| column.first);
    let ends = columns
        .iter()
        .map(|column| column.first.forward(column.values.len()));
    if let (Some(first), Some(end)) = (firsts.min(), ends.max()) {
        let number = |month: Month, column: &RegressorColumn| {
            let at = usize::try_from(month.since(column.first)).ok();
            at.and_then(|at| column.values.get(at))
                .copied()
                .unwrap_or(f64::NAN)
        };
        let row = |k: i32| {
            let month = first.plus(k);
            let numbers = columns.iter().map(|column| number(month, column));
            (month, numbers.collect())
        };
        let rows: Vec<(Month, Vec<f64>)> = (0..end.since(first)).map(row).collect();
        all.insert(None, &rows);
    }
    Ok(all)
}

/// Return the regressors that hold for all series, each from its first month with a number to its
/// last.
pub fn columns(regressors: &Regressors) -> Vec<RegressorColumn> {
    let Some((first, columns)) = regressors.of_all() else {
        return Vec::new();
    };
    let column = |(name, values): (&String, Vec<f64>)| {
        let start = values.iter().take_while(|v| v.is_nan()).count();
        let end = values.len() - values.iter().rev().take_while(|v| v.is_nan()).count();
        RegressorColumn {
            name: name.clone(),
            first: first.forward(start),
            values: values[start..end.max(start)].to_vec(),
        }
    };
    regressors.names().iter().zip(columns).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regressors_of_different_months_lie_side_by_side() {
        let column = |name: &str, first: &str, values: &[f64]| RegressorColumn {
            name: name.to_owned(),
            first: Month::parse(first).unwrap(),
            values: values.to_vec(),
        };
        let given = [
            column("a", "2020-02", &[2.0, 3.0]),
            column("b", "2020-01", &[1.0, 2.0]),
        ];
        let all = side_by_side(&given).unwrap();
        assert_eq!(columns(&all), given);
        let february = Month::parse("2020-02").unwrap();
        assert_eq!(
            all.columns("any", february, 1),
            Ok(vec![vec![2.0], vec![2.0]])
        );
        assert_eq!(all.columns("any", february, 2).unwrap_err().column, "b");
    }
}
