//! Currencies, and the units in which figures are delivered.

use super::{TradeError, written_unit};
use std::fmt;

/// An ISO 4217 code (three letters): the unit of a series, in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Chinese yuan.
    pub const CNY: Self = Self(*b"CNY");
    /// ISO 4217's code for "no currency", used for growth rates that do not state their currency.
    pub const UNSTATED: Self = Self(*b"XXX");

    /// Parse three letters, in any case.
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

    /// Whether ISO 4217 lists the code: an active currency, a withdrawn one of older trade
    /// statistics, or "no currency" ([`UNSTATED`](Self::UNSTATED)). Three letters alone may as well
    /// stand for kilograms (`KGM`).
    pub fn is_iso(&self) -> bool {
        let active = iso_currency::Currency::from_code(self.as_str());
        let active = active.filter(|currency| !currency.is_fund());
        let is_active = active.is_some_and(|of| !NO_CURRENCIES.contains(&of.code()));
        is_active || WITHDRAWN.binary_search(&self.0).is_ok()
    }

    /// Whether the currency is written with a sign, as several are with `$`, `¥` and `£`.
    pub fn has_sign(&self, sign: char) -> bool {
        let known = iso_currency::Currency::from_code(self.as_str());
        known.is_some_and(|known| known.symbol().symbol.contains(sign))
    }

    /// Return the three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds three ASCII letters")
    }
}

/// Metals, bonds and the test code: codes of list one that are no currencies.
const NO_CURRENCIES: [&str; 10] = [
    "XAD", "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XPD", "XPT", "XTS",
];

/// The withdrawn currencies of list three, such as `DEM`, `FRF`, `ITL` and `XEU`, sorted, with
/// `ECU`, an older code of the latter: older trade statistics have them, and no crate does.
const WITHDRAWN: [[u8; 3]; 77] = [
    *b"ADP", *b"AFA", *b"ANG", *b"AOK", *b"AON", *b"AOR", *b"ARA", *b"ARP", *b"ATS", *b"AZM",
    *b"BEF", *b"BGL", *b"BRC", *b"BRE", *b"BRN", *b"BRR", *b"BYB", *b"BYR", *b"CSD", *b"CSK",
    *b"CYP", *b"DDM", *b"DEM", *b"ECS", *b"ECU", *b"EEK", *b"ESP", *b"FIM", *b"FRF", *b"GHC",
    *b"GRD", *b"GWP", *b"HRD", *b"IEP", *b"ILP", *b"ITL", *b"LTL", *b"LUF", *b"LVL", *b"MGF",
    *b"MLF", *b"MRO", *b"MTL", *b"MXP", *b"MZM", *b"NLG", *b"PEI", *b"PLZ", *b"PTE", *b"ROL",
    *b"RUR", *b"SDD", *b"SDP", *b"SIT", *b"SKK", *b"SRG", *b"STD", *b"SUR", *b"TJR", *b"TMM",
    *b"TPE", *b"TRL", *b"UAK", *b"UGS", *b"UYP", *b"VEB", *b"VEF", *b"XEU", *b"YDD", *b"YUD",
    *b"YUM", *b"YUN", *b"ZMK", *b"ZRN", *b"ZRZ", *b"ZWD", *b"ZWR",
];

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
    /// Base units in one delivered unit: 1e6 for `mn`.
    pub scale: f64,
}

impl Unit {
    /// Parse a currency and a scale as people write them: `USD`, `USD mn`, `USD 1000`, `US$ mn`,
    /// `thousand USD`, `Mio EUR`, `CNY 100mn`, 万元.
    ///
    /// # Errors
    /// [`TradeError::Unit`] with the text; a unit that may be two, such as `USD B` or `$`.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        let refuse = || TradeError::Unit {
            text: text.to_owned(),
        };
        let (currency, scale) = written_unit::read(text).ok_or_else(refuse)?;
        let currency = Currency::parse(&currency).map_err(|_| refuse())?;
        Ok(Self { currency, scale })
    }

    /// Return the codes of the currencies that a text may mean that names one several countries
    /// have: `Rs million`, `millions of dollars`. `None` of any other text.
    pub fn shared_currencies(text: &str) -> Option<&'static [&'static str]> {
        written_unit::shared(text)
    }

    /// Whether a text is a unit of which a word is not known: a scale or currency beside another
    /// word or two.
    pub fn is_unreadable(text: &str) -> bool {
        let is_code = |code: &str| Currency::parse(code).is_ok_and(|found| found.is_iso());
        written_unit::is_unreadable(text, is_code)
    }
}

impl fmt::Display for Unit {
    /// Write the currency and, where it is not 1, the scale: `USD 1000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 1.0 {
            return f.pad(self.currency.as_str());
        }
        write!(f, "{} {}", self.currency, self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_stands_in_iso_4217() {
        assert!(WITHDRAWN.is_sorted(), "it is searched");
        // The last of them have been superseded lately, and are in older files.
        for code in [
            "USD", "CNY", "EUR", "DEM", "FRF", "ITL", "XEU", "ECU", "XDR", "XXX", "XSU", "XUA",
            "XCG", "VES", "HRK", "CUC", "SLL", "ZWL", "ZWG",
        ] {
            assert!(Currency::parse(code).unwrap().is_iso(), "{code}");
        }
        for code in [
            "KGM", "TNE", "LTR", "PCE", "XAU", "XTS", "CHE", "USN", "ABC",
        ] {
            assert!(!Currency::parse(code).unwrap().is_iso(), "{code}");
        }
    }

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
        for text in ["", "$", "USD dozen", "USD 0", "USD B", "USD -5"] {
            assert!(Unit::parse(text).is_err(), "{text}");
        }
    }
}
