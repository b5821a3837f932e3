//! The user's own regressors in requests.

use super::fields::{check_length, refuse};
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::{Month, Regressors};
use std::collections::BTreeMap;

/// The most names of regressors.
const MAX_REGRESSORS: usize = 20;
/// The most numbers of a regressor: two hundred years of months.
const MAX_NUMBERS: usize = 2400;

/// Read the regressors of a request: columns of one series, or of all that have none of their own.
pub(super) fn regressors(wire: Vec<pb::Regressor>) -> Result<Regressors, ServiceError> {
    let wrong = |reason: String| Err(refuse("regressors", reason));
    let mut names: Vec<String> = Vec::new();
    // Columns by series (of all: without) and name.
    let mut columns: BTreeMap<Option<String>, BTreeMap<usize, Column>> = BTreeMap::new();
    for (k, wire) in wire.into_iter().enumerate() {
        check_length("regressors", &wire.series)?;
        let name = wire.name.trim();
        if name.is_empty() || name.len() > 100 {
            return wrong(format!(
                "at position {k}: expected a name of 1 to 100 bytes"
            ));
        }
        let column = Column::new(name, &wire.first_month, wire.values)?;
        let place = names.iter().position(|known| known == name);
        let place = place.unwrap_or(names.len());
        if place == names.len() {
            names.push(name.to_owned());
        }
        let series = wire.series.trim().to_ascii_uppercase();
        let series = Some(series).filter(|series| !series.is_empty());
        let of_series = columns.entry(series).or_default();
        if of_series.insert(place, column).is_some() {
            return wrong(format!("expected every name once, `{name}` is repeated"));
        }
    }
    if names.len() > MAX_REGRESSORS {
        return wrong(format!(
            "expected at most {MAX_REGRESSORS}, not {}",
            names.len()
        ));
    }
    let of_all = columns.get(&None).cloned().unwrap_or_default();
    let width = names.len();
    let mut regressors = Regressors::new(names);
    for (series, mut of_series) in columns {
        for (place, column) in &of_all {
            of_series.entry(*place).or_insert_with(|| column.clone());
        }
        let rows = side_by_side(&of_series, width);
        regressors.insert(series.as_deref(), &rows);
    }
    Ok(regressors)
}

/// The numbers of a regressor, one a month.
#[derive(Debug, Clone)]
struct Column {
    first: Month,
    values: Vec<f64>,
}

impl Column {
    fn new(name: &str, first: &str, values: Vec<f64>) -> Result<Self, ServiceError> {
        let wrong = |reason: String| Err(refuse("regressors", format!("{name}: {reason}")));
        let first = match Month::parse(first) {
            Ok(first) => first,
            Err(error) => return wrong(format!("first_month: {error}")),
        };
        let numbers = values.len();
        if numbers == 0 || numbers > MAX_NUMBERS {
            return wrong(format!("expected 1 to {MAX_NUMBERS} values, not {numbers}"));
        }
        if let Some(value) = values.iter().find(|v| !v.is_finite()) {
            return wrong(format!("expected numbers, not {value}"));
        }
        Ok(Self { first, values })
    }

    fn at(&self, month: Month) -> Option<f64> {
        let at = month.index_from(self.first)?;
        self.values.get(at).copied()
    }
}

/// Return the rows of columns that lie at these places of `width`.
fn side_by_side(columns: &BTreeMap<usize, Column>, width: usize) -> Vec<(Month, Vec<f64>)> {
    let firsts = columns.values().map(|column| column.first);
    let ends = columns.values();
    let ends = ends.map(|column| column.first.forward(column.values.len()));
    let (Some(first), Some(end)) = (firsts.min(), ends.max()) else {
        return Vec::new();
    };
    let row = |k: usize| {
        let month = first.forward(k);
        let number = |place: usize| columns.get(&place)?.at(month);
        let numbers = (0..width).map(|place| number(place).unwrap_or(f64::NAN));
        (month, numbers.collect())
    };
    (0..end.index_from(first).unwrap_or(0)).map(row).collect()
}

/// Write regressors, each from its first month with a number to its last.
pub(super) fn wire_regressors(regressors: &Regressors) -> Vec<pb::Regressor> {
    let names = regressors.names();
    let of_rows = |(series, first, columns): (Option<&str>, Month, Vec<Vec<f64>>)| {
        let column = move |(name, values): (&String, Vec<f64>)| {
            let start = values.iter().take_while(|v| v.is_nan()).count();
            let end = values.len() - values.iter().rev().take_while(|v| v.is_nan()).count();
            pb::Regressor {
                name: name.clone(),
                first_month: first.forward(start).to_string(),
                values: values[start..end.max(start)].to_vec(),
                series: series.unwrap_or_default().to_owned(),
            }
        };
        names.iter().zip(columns).map(column).collect::<Vec<_>>()
    };
    let all = regressors.rows().into_iter().flat_map(of_rows);
    all.filter(|regressor| !regressor.values.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_fields::field;
    use super::*;

    fn wire(series: &str, name: &str, first: &str, values: &[f64]) -> pb::Regressor {
        pb::Regressor {
            name: name.to_owned(),
            first_month: first.to_owned(),
            values: values.to_vec(),
            series: series.to_owned(),
        }
    }

    #[test]
    fn regressors_of_different_months_lie_side_by_side_and_survive_the_wire() {
        let given = vec![
            wire("", "a", "2020-02", &[2.0, 3.0]),
            wire("", "b", "2020-01", &[1.0, 2.0]),
        ];
        let all = regressors(given.clone()).unwrap();
        assert_eq!(wire_regressors(&all), given);
        let february = Month::parse("2020-02").unwrap();
        assert_eq!(
            all.columns("any", february, 1),
            Ok(vec![vec![2.0], vec![2.0]])
        );
        assert_eq!(all.columns("any", february, 2).unwrap_err().column, "b");
    }

    #[test]
    fn a_series_has_its_own_numbers_and_else_those_of_all() {
        let january = Month::january(2020);
        let given = vec![
            wire("", "a", "2020-01", &[1.0]),
            wire("", "b", "2020-01", &[2.0]),
            wire("x.y.m.t.usd", "b", "2020-01", &[3.0]),
        ];
        let all = regressors(given).unwrap();
        let own = all.columns("X.Y.M.T.USD", january, 1);
        assert_eq!(own, Ok(vec![vec![1.0], vec![3.0]]));
        assert_eq!(all.columns("z", january, 1), Ok(vec![vec![1.0], vec![2.0]]));
        let again = regressors(wire_regressors(&all)).unwrap();
        assert_eq!(again.columns("X.Y.M.T.USD", january, 1), own);
    }

    #[test]
    fn what_is_wrong_names_the_field() {
        let good = wire("", "a", "2020-01", &[1.0]);
        let many = (0..21).map(|k| wire("", &k.to_string(), "2020-01", &[1.0]));
        for wrong in [
            vec![wire("", " ", "2020-01", &[1.0])],
            vec![wire("", "a", "2020-13", &[1.0])],
            vec![wire("", "a", "2020-01", &[])],
            vec![wire("", "a", "2020-01", &[f64::NAN])],
            vec![good.clone(), good],
            many.collect(),
        ] {
            assert_eq!(field(regressors(wrong).unwrap_err()), "regressors");
        }
    }
}
