//! Currencies, and the scales in which figures are delivered.

use super::TradeError;
use std::fmt;

/// An ISO 4217 code (three letters): the unit of a series, in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Chinese yuan.
    pub const CNY: Self = Self(*b"CNY");
    /// ISO 4217's code for "no currency": of growth rates that do not say in which currency they were computed.
    pub const UNSTATED: Self = Self(*b"XXX");

    /// Parses three letters, in any case.
    ///
    /// # Errors
    /// [`TradeError::Unit`] with the text.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        let letters = <[u8; 3]>::try_from(text.trim().as_bytes())
            .ok()
            .filter(|l| l.iter().all(u8::is_ascii_alphabetic));
        letters
            .map(|l| Self(l.map(|b| b.to_ascii_uppercase())))
            .ok_or_else(|| TradeError::Unit {
                text: text.to_owned(),
            })
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds three ASCII letters")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A currency with the scale of the delivered figures: `USD mn` is dollars in millions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// The currency.
    pub currency: Currency,
    /// What one delivered unit is in base units: 1e6 for `mn`.
    pub scale: f64,
}

impl Unit {
    /// Parses `USD`, `USD mn`, `USD 1000`, `CNY 10000`, `USD 100mn`, `CNY bn`, `CNY trn`.
    ///
    /// # Errors
    /// [`TradeError::Unit`] with the text.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        let refuse = || TradeError::Unit {
            text: text.to_owned(),
        };
        let trimmed = text.trim();
        let (currency, scale) = trimmed
            .split_once(char::is_whitespace)
            .unwrap_or((trimmed, ""));
        let currency = Currency::parse(currency).map_err(|_| refuse())?;
        let scale = scale.trim();
        let end = scale
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(scale.len());
        let (count, word) = scale.split_at(end);
        let count: f64 = if count.is_empty() {
            1.0
        } else {
            count.parse().map_err(|_| refuse())?
        };
        let word = match word.trim().to_ascii_lowercase().as_str() {
            "" => 1.0,
            "th" | "thousand" | "thousands" => 1e3,
            "mn" | "m" | "mln" | "million" | "millions" => 1e6,
            "bn" | "billion" | "billions" => 1e9,
            "trn" | "tn" | "trillion" | "trillions" => 1e12,
            _ => return Err(refuse()),
        };
        (count > 0.0)
            .then_some(Self {
                currency,
                scale: count * word,
            })
            .ok_or_else(refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_a_currency_and_a_scale() {
        for (text, currency, scale) in [
            ("USD", "USD", 1.0),
            ("USD mn", "USD", 1e6),
            ("JPY 1000", "JPY", 1e3),
            ("CNY 10000", "CNY", 1e4),
            ("USD 100mn", "USD", 1e8),
            ("usd bn", "USD", 1e9),
            ("CNY trn", "CNY", 1e12),
        ] {
            let unit = Unit::parse(text).unwrap();
            assert_eq!(
                (unit.currency.as_str(), unit.scale),
                (currency, scale),
                "{text}"
            );
        }
        for text in ["", "US$", "USD dozen", "USD 0", "bn USD", "USD -5"] {
            assert!(Unit::parse(text).is_err(), "{text}");
        }
    }
}
