//! Monthly exchange rates: units of a currency per unit of another.

use super::figures::{Figure, FigureBatch, FigureKind};
use super::refusal::{IngestError, Refusal};
use super::scan::{ColumnScan, text_columns};
use super::source::NamedFile;
use crate::trade::{Code, Currency, FigureMeasure, Flow, Month, SeriesKey, Span, TradeError};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Monthly mean exchange rates by pair of currencies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExchangeRates {
    /// Units of the first currency per unit of the second, by month.
    table: BTreeMap<(Currency, Currency), BTreeMap<Month, f64>>,
}

impl ExchangeRates {
    /// Set the rate of a month: `value` units of `currency` per unit of `per`. An earlier rate is
    /// replaced.
    pub fn insert(&mut self, currency: Currency, per: Currency, month: Month, value: f64) {
        self.table
            .entry((currency, per))
            .or_default()
            .insert(month, value);
    }

    /// Remove the rate of a month.
    pub fn remove(&mut self, currency: Currency, per: Currency, month: Month) {
        if let Some(months) = self.table.get_mut(&(currency, per)) {
            months.remove(&month);
            if months.is_empty() {
                self.table.remove(&(currency, per));
            }
        }
    }

    /// Return how many units of `from` one unit of `to` was worth on average in `month`: a value in
    /// `from` divided by it is the value in `to`. A rate that was not delivered is the inverse of
    /// the opposite rate, or else the cross rate over the dollar.
    pub fn rate(&self, from: Currency, to: Currency, month: Month) -> Option<f64> {
        if from == to {
            return Some(1.0);
        }
        let direct = |a: Currency, b: Currency| self.delivered(a, b, month);
        direct(from, to)
            .or_else(|| direct(to, from).map(|r| 1.0 / r))
            .or_else(|| Some(direct(from, Currency::USD)? / direct(to, Currency::USD)?))
    }

    /// Return the delivered rate of `currency` per `per`, none that is computed from others.
    pub fn delivered(&self, currency: Currency, per: Currency, month: Month) -> Option<f64> {
        self.table.get(&(currency, per))?.get(&month).copied()
    }

    /// Whether values in `from` can be converted into `to` in at least one month.
    pub fn connects(&self, from: Currency, to: Currency) -> bool {
        let has = |a, b| self.table.contains_key(&(a, b)) || self.table.contains_key(&(b, a));
        from == to || has(from, to) || (has(from, Currency::USD) && has(to, Currency::USD))
    }

    /// Iterate over all delivered rates: the currency, per which currency, the month, the value.
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

impl FigureBatch {
    /// Make a batch of exchange rates; refusals name `file`. The key of yuan per dollar is
    /// `RATE.USD.T.MEAN.CNY`.
    ///
    /// # Errors
    /// None in practice: every currency is a valid code.
    pub fn of_rates(file: &Path, rates: &ExchangeRates) -> Result<Self, TradeError> {
        let mut figures = Self::new(file);
        for (currency, per, month, value) in rates.iter() {
            let key = SeriesKey {
                reporter: Code::parse("RATE")?,
                partner: Code::parse(per.as_str())?,
                flow: Flow::Total,
                product: Code::parse("MEAN")?,
                unit: currency,
            };
            let number = figures.series(&key);
            let unit = format!("{currency} per {per}");
            let figure = Figure {
                kind: FigureKind::Rate,
                measure: FigureMeasure::Level,
                span: Span::month(month),
                value,
                rounding: 0.0,
                unit: &unit,
                status: "",
                released_on: None,
                source: "",
            };
            let row = figures.len() as u64 + 1;
            figures.push(number, &figure, row);
        }
        Ok(figures)
    }
}

/// Read a file of rates with the columns `currency, per, period, value` into `rates`.
///
/// # Errors
/// A refusal with row and column of an invalid currency or month, of a rate that is not above zero,
/// and of a month that a pair of currencies has twice.
pub fn read(file: &Path, rates: &mut ExchangeRates) -> Result<(), IngestError> {
    let scan = ColumnScan::open(NamedFile::at(file))?;
    let names = scan.require(&["currency", "per", "period", "value"])?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let found: Arc<Mutex<ExchangeRates>> = Arc::default();
    let (sink, path, columns) = (Arc::clone(&found), file.to_owned(), names.clone());
    scan.stream(&wanted, move |batch, first_row| {
        let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = text_columns(batch.columns(), &path, &columns)?;
        for k in 0..batch.height() {
            let cell = |c: usize| cells[c].get(k).unwrap_or("").trim();
            let refuse = |c: usize, expected: String| {
                IngestError::from(Refusal {
                    file: path.clone(),
                    sheet: None,
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
                    format!("expected a month that {currency} per {per} does not have yet"),
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
    fn rates_are_inverted_and_crossed_over_the_dollar() {
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
