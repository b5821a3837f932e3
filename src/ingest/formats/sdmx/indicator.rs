//! The meaning of indicator codes: flow, currency and scale of a value of trade.

use crate::trade::{Currency, Flow};

/// The meaning of an indicator's code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum IndicatorMeaning {
    Value {
        flow: Option<Flow>,
        currency: Option<Currency>,
        exponent: i32,
    },
    Derived,
    /// Seasonally or calendar adjusted.
    Adjusted,
    NoValue,
    /// Its name states exports or imports, but not all that must be known of a value.
    UnknownTrade,
    Unknown,
}

impl IndicatorMeaning {
    pub(super) fn of(indicator: &str) -> Self {
        let value = |flow, currency, exponent| Self::Value {
            flow,
            currency,
            exponent,
        };
        let euro = Currency::parse("EUR").ok();
        let dollar = Some(Currency::USD);
        match indicator {
            "" | "_T" | "_Z" | "VALUE" => return value(None, None, 0),
            // Eurostat Comext.
            "VALUE_IN_EUROS" | "VALUE_EUR" => return value(None, euro, 0),
            // Eurostat's short-term and long-term indicators (`ext_st_*`, `ext_lt_*`): millions of
            // euro, of ECU before 1999.
            "TRD_VAL" | "TRD_VAL_NSA" => return value(None, euro, 6),
            "MIO_EXP_VAL" => return value(Some(Flow::Exports), euro, 6),
            "MIO_IMP_VAL" => return value(Some(Flow::Imports), euro, 6),
            "MIO_BAL_VAL" => return value(Some(Flow::Balance), euro, 6),
            "TRD_VAL_SCA" | "TRD_VAL_SA" | "TRD_VAL_CA" => return Self::Adjusted,
            // World Bank WITS: thousands of dollars.
            "XPRT-TRD-VL" => return value(Some(Flow::Exports), dollar, 3),
            "MPRT-TRD-VL" => return value(Some(Flow::Imports), dollar, 3),
            _ => {}
        }
        // IMF: XG_FOB_USD, MG_CIF_USD, MG_FOB_USD, TBG_USD; DOT with a T before.
        let dotted = indicator.strip_suffix("_USD");
        match dotted {
            Some("XG_FOB" | "TXG_FOB" | "XG") => value(Some(Flow::Exports), dollar, 0),
            Some("MG_CIF" | "TMG_CIF" | "MG") => value(Some(Flow::Imports), dollar, 0),
            Some("MG_FOB" | "TMG_FOB") => Self::Derived,
            Some("TBG" | "TBG_FOB") => value(Some(Flow::Balance), dollar, 0),
            _ if NO_VALUES.iter().any(|part| indicator.contains(part)) => Self::NoValue,
            _ if TRADE.iter().any(|start| indicator.starts_with(start)) => Self::UnknownTrade,
            _ => Self::Unknown,
        }
    }
}

/// Parts of the names of quantities, shares, indices and tariffs.
const NO_VALUES: &[&str] = &[
    "QUANTITY", "QTY", "WEIGHT", "-SHR", "SHARE", "INDEX", "-NDX", "IVOL", "IVU", "AVRG", "NMBR",
    "GRWTH", "PC_", "CONT_", "RT_",
];

/// The beginnings of the names of values of trade.
const TRADE: &[&str] = &[
    "XG", "MG", "TXG", "TMG", "TBG", "TRD_VAL", "VALUE", "XPRT", "MPRT",
];
