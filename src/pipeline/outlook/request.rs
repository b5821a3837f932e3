//! The request for an outlook, checked once.

use crate::catalog::Vintage;
use crate::pipeline::request::{ForecastRequest, levels, paths};
use crate::pipeline::request_error::RequestError;
use crate::pipeline::scenario::Shock;
use crate::trade::{Code, Currency, SeriesKey, YEARS, area};

/// The largest growth that a target may name: a hundredfold.
const MAX_TARGET_GROWTH: f64 = 100.0;
/// The most joint draws. Each holds the whole history of every partner.
const MAX_PATHS: i64 = 10_000;

/// A request for the outlook of a pair of partners: every field is within its range.
#[derive(Debug, Clone, PartialEq)]
pub struct OutlookRequest {
    pub(super) reporter: Code,
    pub(super) partner: Code,
    pub(super) product: Code,
    pub(super) currency: Option<Currency>,
    pub(super) vintage: Vintage,
    pub(super) target: Option<(i32, f64)>,
    pub(super) levels: Vec<f64>,
    pub(super) paths: usize,
    pub(super) seed: u64,
    pub(super) shocks: Vec<Shock>,
}

impl OutlookRequest {
    /// Return a request for trade of `product` between two codes, from what was public in
    /// `vintage`, with intervals of 80 and 95 percent, 1,000 draws, seed 0 and no target.
    pub fn new(reporter: Code, partner: Code, product: Code, vintage: Vintage) -> Self {
        Self {
            reporter,
            partner,
            product,
            currency: None,
            vintage,
            target: None,
            levels: vec![0.8, 0.95],
            paths: ForecastRequest::PATHS,
            seed: 0,
            shocks: Vec::new(),
        }
    }

    /// Set the currency of levels; `None` for that of the latest figure.
    pub fn with_currency(mut self, currency: Option<Currency>) -> Self {
        self.currency = currency;
        self
    }

    /// Set the data vintage.
    pub fn with_vintage(mut self, vintage: Vintage) -> Self {
        self.vintage = vintage;
        self
    }

    /// Leave out the target and the shocks.
    pub(super) fn plain(mut self) -> Self {
        self.shocks.clear();
        self.without_target()
    }

    /// Return what draws of trade in `currency` depend on.
    pub(super) fn of_draws(mut self, currency: Currency) -> Self {
        self.levels.clear();
        self.plain().with_currency(Some(currency))
    }

    /// Leave out the target.
    pub fn without_target(mut self) -> Self {
        self.target = None;
        self
    }

    /// Set the seed of all draws.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Set shocks of months ahead: of a partner, a flow, a series or an exchange rate.
    pub fn with_shocks(mut self, shocks: Vec<Shock>) -> Self {
        self.shocks = shocks;
        self
    }

    /// Set a target: the growth of `year`, a fraction, whose probability the outlook states.
    ///
    /// # Errors
    /// A year without four digits, growth of -1 or less or of more than a hundredfold.
    pub fn with_target(mut self, year: i32, growth: f64) -> Result<Self, RequestError> {
        let refuse = |field, expected: &str, found: String| {
            Err(RequestError {
                field,
                expected: expected.to_owned(),
                found,
            })
        };
        if !YEARS.contains(&year) {
            let expected = "expected a year of four digits";
            return refuse("target.year", expected, year.to_string());
        }
        if !(growth > -1.0 && growth <= MAX_TARGET_GROWTH) {
            let expected = "expected growth as a fraction above -1";
            return refuse("target.growth", expected, growth.to_string());
        }
        self.target = Some((year, growth));
        Ok(self)
    }

    /// Set the levels of intervals, in percent; none mean 80 and 95.
    ///
    /// # Errors
    /// A level below 1 or not below 100, and more than twenty of them.
    pub fn with_levels(mut self, percent: &[f64]) -> Result<Self, RequestError> {
        self.levels = levels(percent)?;
        Ok(self)
    }

    /// Set the number of joint draws.
    ///
    /// # Errors
    /// Fewer than 100 or more than 10000.
    pub fn with_paths(mut self, count: i64) -> Result<Self, RequestError> {
        if count > MAX_PATHS {
            return Err(RequestError {
                field: "paths",
                expected: format!("expected at most {MAX_PATHS} paths"),
                found: count.to_string(),
            });
        }
        self.paths = paths(count)?;
        Ok(self)
    }

    /// Whether a series is one of the pair, or of a member where the partner is a group.
    pub(super) fn concerns(&self, key: &SeriesKey) -> bool {
        let members = area::members(&self.partner).unwrap_or_default();
        key.reporter == self.reporter
            && key.product == self.product
            && (key.partner == self.partner || members.contains(&key.partner.as_str()))
    }

    /// Reporter code.
    pub fn reporter(&self) -> &Code {
        &self.reporter
    }

    /// Partner code.
    pub fn partner(&self) -> &Code {
        &self.partner
    }

    /// Product code.
    pub fn product(&self) -> &Code {
        &self.product
    }

    /// Return the currency of levels; `None` for that of the latest figure.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// Return the data vintage (as-of date).
    pub fn vintage(&self) -> Vintage {
        self.vintage
    }

    /// Return a year and the growth that it is to reach, a fraction; `None` without a target.
    pub fn target(&self) -> Option<(i32, f64)> {
        self.target
    }

    /// Return levels of intervals as fractions, rising.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Return how many joint draws are made.
    pub fn paths(&self) -> usize {
        self.paths
    }

    /// Return the seed of all draws.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Return the shocks of months ahead.
    pub fn shocks(&self) -> &[Shock] {
        &self.shocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_outside_its_range_is_named() {
        let code = |text| Code::parse(text).unwrap();
        let request =
            || OutlookRequest::new(code("CHN"), code("CA5"), code("TOTAL"), Vintage::Latest);
        for (year, growth, field) in [
            (99, 0.1, "target.year"),
            (2025, -1.0, "target.growth"),
            (2025, 101.0, "target.growth"),
            (2025, f64::NAN, "target.growth"),
        ] {
            let refused = request().with_target(year, growth).unwrap_err();
            assert_eq!(refused.field, field);
        }
        for count in [99, 10_001] {
            assert_eq!(request().with_paths(count).unwrap_err().field, "paths");
        }
        assert_eq!(request().with_levels(&[0.8]).unwrap_err().field, "levels");
        assert!(request().with_paths(100).is_ok());
    }
}
