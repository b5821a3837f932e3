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
        ISO_4217.binary_search(&self.0).is_ok()
    }

    /// Return the three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds three ASCII letters")
    }
}

/// The alphabetic codes of ISO 4217, sorted: list one (active currencies, the special drawing
/// rights `XDR`, and `XXX` for none) and list three (withdrawn ones, such as `DEM`, `FRF`, `ITL`
/// and `XEU`), with `ECU`, an older code of the latter. Metals, bonds, funds and test codes are
/// left out.
const ISO_4217: [[u8; 3]; 241] = [
    *b"ADP", *b"AED", *b"AFA", *b"AFN", *b"ALL", *b"AMD", *b"ANG", *b"AOA", *b"AOK", *b"AON",
    *b"AOR", *b"ARA", *b"ARP", *b"ARS", *b"ATS", *b"AUD", *b"AWG", *b"AZM", *b"AZN", *b"BAM",
    *b"BBD", *b"BDT", *b"BEF", *b"BGL", *b"BGN", *b"BHD", *b"BIF", *b"BMD", *b"BND", *b"BOB",
    *b"BRC", *b"BRE", *b"BRL", *b"BRN", *b"BRR", *b"BSD", *b"BTN", *b"BWP", *b"BYB", *b"BYN",
    *b"BYR", *b"BZD", *b"CAD", *b"CDF", *b"CHF", *b"CLP", *b"CNY", *b"COP", *b"CRC", *b"CSD",
    *b"CSK", *b"CUC", *b"CUP", *b"CVE", *b"CYP", *b"CZK", *b"DDM", *b"DEM", *b"DJF", *b"DKK",
    *b"DOP", *b"DZD", *b"ECS", *b"ECU", *b"EEK", *b"EGP", *b"ERN", *b"ESP", *b"ETB", *b"EUR",
    *b"FIM", *b"FJD", *b"FKP", *b"FRF", *b"GBP", *b"GEL", *b"GHC", *b"GHS", *b"GIP", *b"GMD",
    *b"GNF", *b"GRD", *b"GTQ", *b"GWP", *b"GYD", *b"HKD", *b"HNL", *b"HRD", *b"HRK", *b"HTG",
    *b"HUF", *b"IDR", *b"IEP", *b"ILP", *b"ILS", *b"INR", *b"IQD", *b"IRR", *b"ISK", *b"ITL",
    *b"JMD", *b"JOD", *b"JPY", *b"KES", *b"KGS", *b"KHR", *b"KMF", *b"KPW", *b"KRW", *b"KWD",
    *b"KYD", *b"KZT", *b"LAK", *b"LBP", *b"LKR", *b"LRD", *b"LSL", *b"LTL", *b"LUF", *b"LVL",
    *b"LYD", *b"MAD", *b"MDL", *b"MGA", *b"MGF", *b"MKD", *b"MLF", *b"MMK", *b"MNT", *b"MOP",
    *b"MRO", *b"MRU", *b"MTL", *b"MUR", *b"MVR", *b"MWK", *b"MXN", *b"MXP", *b"MYR", *b"MZM",
    *b"MZN", *b"NAD", *b"NGN", *b"NIO", *b"NLG", *b"NOK", *b"NPR", *b"NZD", *b"OMR", *b"PAB",
    *b"PEI", *b"PEN", *b"PGK", *b"PHP", *b"PKR", *b"PLN", *b"PLZ", *b"PTE", *b"PYG", *b"QAR",
    *b"ROL", *b"RON", *b"RSD", *b"RUB", *b"RUR", *b"RWF", *b"SAR", *b"SBD", *b"SCR", *b"SDD",
    *b"SDG", *b"SDP", *b"SEK", *b"SGD", *b"SHP", *b"SIT", *b"SKK", *b"SLE", *b"SLL", *b"SOS",
    *b"SRD", *b"SRG", *b"SSP", *b"STD", *b"STN", *b"SUR", *b"SVC", *b"SYP", *b"SZL", *b"THB",
    *b"TJR", *b"TJS", *b"TMM", *b"TMT", *b"TND", *b"TOP", *b"TPE", *b"TRL", *b"TRY", *b"TTD",
    *b"TWD", *b"TZS", *b"UAH", *b"UAK", *b"UGS", *b"UGX", *b"USD", *b"UYP", *b"UYU", *b"UZS",
    *b"VEB", *b"VED", *b"VEF", *b"VES", *b"VND", *b"VUV", *b"WST", *b"XAF", *b"XCD", *b"XCG",
    *b"XDR", *b"XEU", *b"XOF", *b"XPF", *b"XSU", *b"XUA", *b"XXX", *b"YDD", *b"YER", *b"YUD",
    *b"YUM", *b"YUN", *b"ZAR", *b"ZMK", *b"ZMW", *b"ZRN", *b"ZRZ", *b"ZWD", *b"ZWG", *b"ZWL",
    *b"ZWR",
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
        assert!(ISO_4217.is_sorted(), "it is searched");
        for code in [
            "USD", "CNY", "EUR", "DEM", "FRF", "ITL", "XEU", "ECU", "XDR", "XXX",
        ] {
            assert!(Currency::parse(code).unwrap().is_iso(), "{code}");
        }
        for code in ["KGM", "TNE", "LTR", "PCE", "XAU", "ABC"] {
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
