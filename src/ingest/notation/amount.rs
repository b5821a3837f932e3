//! Numbers with a currency or a scale beside them: `$1,234.5`, `USD 5`, `1.2 mn`.

use super::numbers::stripped;
use crate::trade::{Currency, Unit};

/// Codes of currencies that are words of titles and labels.
const WORDS: [&str; 3] = ["ALL", "TOP", "CUP"];
/// Signs of several currencies.
const SIGNS: [char; 3] = ['$', '¥', '£'];

/// What is written beside a number: a currency or the sign of several, and a scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ingest) struct UnitBeside {
    currency: Option<Currency>,
    sign: Option<char>,
    /// 1 where no scale is written.
    pub(in crate::ingest) scale: f64,
}

impl UnitBeside {
    /// Read the text beside a number; `None` where it is no unit.
    pub(in crate::ingest) fn of(text: &str) -> Option<Self> {
        let text = text.trim().replace('￥', "¥");
        // The bracket of `1234.51)` is no unit.
        let is_mark = |c: char| c.is_whitespace() || c.is_ascii_punctuation() && c != '$';
        if text.chars().all(is_mark) || WORDS.contains(&text.as_str()) || text.contains('%') {
            return None;
        }
        if let Ok(Unit { currency, scale }) = Unit::parse(&text) {
            return currency.is_iso().then_some(Self {
                currency: Some(currency),
                sign: None,
                scale,
            });
        }
        let sign = SIGNS.into_iter().find(|sign| text.contains(*sign));
        let bare = sign.map_or_else(|| text.clone(), |sign| text.replacen(sign, " ", 1));
        let unit = Unit::parse(&format!("{bare} USD")).ok()?;
        Some(Self {
            currency: None,
            sign,
            scale: unit.scale,
        })
    }

    /// Whether the text may stand beside figures in a currency.
    pub(in crate::ingest) fn fits(self, currency: Currency) -> bool {
        match (self.currency, self.sign) {
            (Some(own), _) => own == currency,
            (None, Some(sign)) => currency.has_sign(sign),
            (None, None) => true,
        }
    }
}

/// A number with a unit beside it in the same cell.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ingest) struct WrittenAmount {
    /// The number as it is written, with its sign.
    pub(in crate::ingest) number: String,
    beside: UnitBeside,
}

impl WrittenAmount {
    /// Read a cell; `None` where nothing, or no unit, stands beside its number.
    pub(in crate::ingest) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > 60 || text.contains('%') || stripped(text).is_some() {
            return None;
        }
        let bracketed = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'));
        let text = bracketed.unwrap_or(text);
        let first = text.find(|c: char| c.is_ascii_digit())?;
        let last = text.rfind(|c: char| c.is_ascii_digit())? + 1;
        let (before, behind) = (&text[..first], &text[last..]);
        // `Value (USD 1000)` is a name.
        if before.contains(['(', '[', '（']) {
            return None;
        }
        let minus = |c: char| matches!(c, '-' | '−' | '–' | '－');
        let is_negative = bracketed.is_some() || before.contains(minus);
        let beside = before.replace(minus, " ");
        // A scale stands behind its number: `M1` is a month.
        let is_bare = beside.trim().is_empty();
        let found = UnitBeside::of(&format!("{} {}", beside.trim(), behind.trim()))?;
        if !is_bare && found.currency.is_none() && found.sign.is_none() {
            return None;
        }
        let number = stripped(&text[first..last])?;
        Some(Self {
            number: format!("{}{number}", if is_negative { "-" } else { "" }),
            beside: found,
        })
    }

    /// Return the unit of the number where the figures of its column are in `unit`.
    ///
    /// # Errors
    /// What was expected, where the cell says another currency or scale.
    pub(in crate::ingest) fn unit(&self, unit: Unit) -> Result<Unit, String> {
        if !self.beside.fits(unit.currency) {
            return Err(format!(
                "expected a number in {}, as stated; the cell states another currency",
                unit.currency
            ));
        }
        let scale = self.beside.scale;
        match unit.scale {
            _ if scale == 1.0 || scale == unit.scale => Ok(unit),
            1.0 => Ok(Unit { scale, ..unit }),
            stated => Err(format!(
                "expected a number in units of {stated}, as stated; the cell states {scale}: state \
                 another --unit"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_may_stand_beside_a_number_if_it_is_the_stated_one() {
        for (text, unit, number, scale) in [
            ("$1,234.5", "USD", "1,234.5", 1.0),
            ("US$ 5", "USD mn", "5", 1e6),
            ("USD 1,234", "USD 1000", "1,234", 1e3),
            ("1 234 EUR", "EUR", "1234", 1.0),
            ("-€5", "EUR", "-5", 1.0),
            ("($1,234)", "USD", "-1,234", 1.0),
            ("$1.2M", "USD", "1.2", 1e6),
            ("1.2 mn", "USD mn", "1.2", 1e6),
            ("¥5", "CNY", "5", 1.0),
            ("$5", "CAD", "5", 1.0),
        ] {
            let found = WrittenAmount::of(text).unwrap();
            let unit = found.unit(Unit::parse(unit).unwrap()).unwrap();
            assert_eq!(
                (found.number.as_str(), unit.scale),
                (number, scale),
                "{text}"
            );
        }
        for (text, unit) in [
            ("$5", "EUR"),
            ("EUR 5", "USD"),
            ("5 bn", "USD mn"),
            ("$1.2M", "USD 1000"),
        ] {
            let found = WrittenAmount::of(text).unwrap();
            assert!(found.unit(Unit::parse(unit).unwrap()).is_err(), "{text}");
        }
    }

    #[test]
    fn other_texts_with_digits_are_no_amounts() {
        for text in [
            "5",
            "1,234.5",
            "12%",
            "M1",
            "2024M01",
            "May 24",
            "TOP 10",
            "Q1",
            "5 kg",
            "HS 01",
            "2024 p",
            "5*",
            "1234.51)",
            "",
            "Jan 2024",
            "1-5",
            "Value (USD 1000)",
            "Exports (1000 USD)",
        ] {
            assert_eq!(WrittenAmount::of(text), None, "{text}");
        }
    }
}
