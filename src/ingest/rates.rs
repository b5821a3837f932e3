//! Monthly exchange rates: units of a currency per one unit of another.

use super::scan::{ColumnScan, text_columns};
use super::source::NamedFile;
use super::{IngestError, Refusal};
use crate::trade::{Currency, Month};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Monthly mean rates, `currency` per `per`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExchangeRates {
    table: BTreeMap<(Currency, Currency), BTreeMap<Month, f64>>,
}

impl ExchangeRates {
    /// Adds a rate: `value` units of `currency` are worth one `per`. The last one stands.
    pub fn insert(&mut self, currency: Currency, per: Currency, month: Month, value: f64) {
        self.table
            .entry((currency, per))
            .or_default()
            .insert(month, value);
    }

    /// Takes a rate away.
    pub fn remove(&mut self, currency: Currency, per: Currency, month: Month) {
        if let Some(months) = self.table.get_mut(&(currency, per)) {
            months.remove(&month);
            if months.is_empty() {
                self.table.remove(&(currency, per));
            }
        }
    }

    /// How many units of `from` one unit of `to` was worth on average in `month`: divide a value in `from` by it.
    pub fn rate(&self, from: Currency, to: Currency, month: Month) -> Option<f64> {
        let direct = |a: Currency, b: Currency| {
            self.table
                .get(&(a, b))
                .and_then(|months| months.get(&month))
                .copied()
        };
        if from == to {
            return Some(1.0);
        }
        direct(from, to)
            .or_else(|| direct(to, from).map(|r| 1.0 / r))
            .or_else(|| {
                // Two currencies that are both quoted in dollars cross over the dollar.
                Some(direct(from, Currency::USD)? / direct(to, Currency::USD)?)
            })
    }

    /// The rate of `currency` per `per` that was told of `month`, none made from others.
    pub fn told(&self, currency: Currency, per: Currency, month: Month) -> Option<f64> {
        self.table.get(&(currency, per))?.get(&month).copied()
    }

    /// Whether values in `from` can be turned into `to` in any month.
    pub fn connects(&self, from: Currency, to: Currency) -> bool {
        let has = |a, b| self.table.contains_key(&(a, b)) || self.table.contains_key(&(b, a));
        from == to || has(from, to) || (has(from, Currency::USD) && has(to, Currency::USD))
    }

    /// Every rate: the currency, per which, the month, the value.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, Currency, Month, f64)> {
        self.table.iter().flat_map(|((currency, per), months)| {
            months
                .iter()
                .map(|(month, value)| (*currency, *per, *month, *value))
        })
    }

    /// Whether there is no rate at all.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

/// Reads a file of rates with the columns `currency, per, period, value` into `rates`.
///
/// # Errors
/// A refusal with row and column for a bad currency or month, and a rate that is not above zero.
pub fn read(file: &Path, rates: &mut ExchangeRates) -> Result<(), IngestError> {
    let scan = ColumnScan::open(NamedFile::at(file))?;
    let names = scan.require(&["currency", "per", "period", "value"])?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let found: Arc<Mutex<ExchangeRates>> = Arc::default();
    let (sink, path, columns) = (Arc::clone(&found), file.to_owned(), names.clone());
    scan.stream(&wanted, move |batch, first_row| {
        let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = text_columns(batch, &path, &columns)?;
        for k in 0..batch.height() {
            let cell = |c: usize| cells[c].get(k).unwrap_or("").trim();
            let refuse = |c: usize, expected: String| {
                IngestError::from(Refusal {
                    file: path.clone(),
                    row: Some(first_row + k as u64),
                    column: Some(columns[c].clone()),
                    value: Some(cell(c).to_owned()),
                    expected,
                })
            };
            let currency = Currency::parse(cell(0)).map_err(|e| refuse(0, e.to_string()))?;
            let per = Currency::parse(cell(1)).map_err(|e| refuse(1, e.to_string()))?;
            let month = Month::parse(cell(2)).map_err(|e| refuse(2, e.to_string()))?;
            let value = cell(3)
                .parse::<f64>()
                .ok()
                .filter(|v| v.is_finite() && *v > 0.0);
            let value = value.ok_or_else(|| refuse(3, "expected a rate above zero".to_owned()))?;
            if sink
                .table
                .get(&(currency, per))
                .is_some_and(|m| m.contains_key(&month))
            {
                return Err(refuse(
                    2,
                    format!("a month that {currency} per {per} does not have yet"),
                ));
            }
            sink.insert(currency, per, month, value);
        }
        Ok(())
    })?;
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    for (pair, months) in found.table {
        rates.table.entry(pair).or_default().extend(months);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_turn_and_cross() {
        let (cny, jpy, usd) = (
            Currency::CNY,
            Currency::parse("JPY").unwrap(),
            Currency::USD,
        );
        let may = Month::new(2025, 5).unwrap();
        let mut rates = ExchangeRates::default();
        rates.insert(cny, usd, may, 7.2);
        rates.insert(jpy, usd, may, 144.0);
        assert_eq!(rates.rate(cny, usd, may), Some(7.2));
        assert_eq!(rates.rate(usd, cny, may), Some(1.0 / 7.2));
        assert!((rates.rate(jpy, cny, may).unwrap() - 20.0).abs() < 1e-12);
        assert_eq!(rates.rate(cny, usd, may.plus(1)), None);
        assert!(rates.connects(jpy, cny) && !rates.connects(jpy, Currency::parse("EUR").unwrap()));
    }
}
