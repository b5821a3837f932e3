//! What SDMX observations mean, whichever of the three messages brought them: which concept is the reporter, which the partner, and
//! in which unit the value stands.
//!
//! Concepts have other names in each data structure; the table of roles lists those of the trade statistics that are read:
//! IMF IMTS (and the older DOT), Eurostat Comext, OECD bilateral trade, World Bank WITS, and the UN's global structure for
//! merchandise trade. `UNIT_MULT` multiplies a value. The IMF's `SCALE` does not: it is how the portal shows a value that already stands in
//! units.

use super::super::figures::unit_text;
use super::super::reading::Wrong;
use super::areas;
use super::record::{Draft, Found, Header, Record, product, rounding};
use crate::trade::{Code, Currency, Flow, SeriesKey, Span};

const REPORTER: &[&str] = &[
    "REPORTER",
    "REF_AREA",
    "COUNTRY",
    "REPORTING_COUNTRY",
    "REPORTER_AREA",
    "DECLARANT",
];
const PARTNER: &[&str] = &[
    "PARTNER",
    "COUNTERPART_AREA",
    "COUNTERPART_COUNTRY",
    "PARTNER_AREA",
    "VIS_AREA",
];
const FLOW: &[&str] = &["TRADE_FLOW", "FLOW", "STK_FLOW", "FLOW_CODE"];
const INDICATOR: &[&str] = &["INDICATOR", "INDICATORS", "INDIC_ET", "MEASURE"];
const PRODUCT: &[&str] = &[
    "PRODUCT",
    "PRODUCTCODE",
    "COMMODITY",
    "COMMODITY_1",
    "CPA",
    "SITC06",
];
const FREQUENCY: &[&str] = &["FREQ", "FREQUENCY"];
const UNIT: &[&str] = &["UNIT_MEASURE", "CURRENCY", "UNIT"];
const STATUS: &[&str] = &["OBS_STATUS", "OBS_FLAG", "STATUS"];
const ADJUSTMENT: &[&str] = &[
    "ADJUSTMENT",
    "SEASONAL_ADJUST",
    "SEASONAL_ADJUSTMENT",
    "S_ADJ",
];

/// Where the roles stand among the concepts of a data structure.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) period: usize,
    pub(super) value: usize,
    reporter: usize,
    partner: usize,
    flow: Option<usize>,
    indicator: Option<usize>,
    product: Option<usize>,
    frequency: Option<usize>,
    unit: Option<usize>,
    multiplier: Option<usize>,
    status: Option<usize>,
    adjustment: Option<usize>,
    confidential: Option<usize>,
    /// Whether cells hold a code and its label, `DE: Germany`.
    labelled: bool,
}

impl Layout {
    /// Finds the roles.
    ///
    /// # Errors
    /// The first role that no concept plays.
    pub(super) fn new(header: &Header) -> Result<Self, Wrong> {
        let labelled = header.names.iter().any(|name| name.contains(": "));
        let ids;
        let header = if labelled {
            let id = |name: &String| name.split(':').next().unwrap_or("").trim().to_owned();
            ids = Header::new(header.names.iter().map(id));
            &ids
        } else {
            header
        };
        let (flow, indicator) = (header.any(FLOW), header.any(INDICATOR));
        if flow.is_none() && indicator.is_none() {
            header.require(&[FLOW, INDICATOR].concat())?;
        }
        Ok(Self {
            period: header.require(&["TIME_PERIOD"])?,
            value: header.require(&["OBS_VALUE"])?,
            reporter: header.require(REPORTER)?,
            partner: header.require(PARTNER)?,
            flow,
            indicator,
            product: header.any(PRODUCT),
            frequency: header.any(FREQUENCY),
            unit: header.any(UNIT),
            multiplier: header.find("UNIT_MULT"),
            status: header.any(STATUS),
            adjustment: header.any(ADJUSTMENT),
            confidential: header.find("CONF_STATUS"),
            labelled,
        })
    }

    fn code<'a>(&self, record: &Record<'a>, column: Option<usize>) -> &'a str {
        let text = record.opt(column);
        if self.labelled {
            text.split(": ").next().unwrap_or(text).trim()
        } else {
            text
        }
    }

    /// What an observation comes to. `source` names the data flow.
    ///
    /// # Errors
    /// The cell that is wrong.
    pub(super) fn read(&self, record: &Record<'_>, source: &str) -> Result<Found, Wrong> {
        let adjustment = self.code(record, self.adjustment).to_ascii_uppercase();
        if !matches!(
            adjustment.as_str(),
            "" | "N" | "NSA" | "NS" | "_Z" | "0" | "NAY"
        ) {
            return Ok(Found::LeftOut(
                "seasonally adjusted or otherwise made from other rows",
            ));
        }
        let indicator = self.code(record, self.indicator).to_ascii_uppercase();
        let meaning = Meaning::of(&indicator);
        let meaning = match meaning {
            Meaning::NoValue => {
                return Ok(Found::LeftOut(
                    "quantities, shares or indices, no values of trade",
                ));
            }
            Meaning::Derived => {
                return Ok(Found::LeftOut(
                    "imports valued FOB that were estimated from CIF: both would be one series",
                ));
            }
            Meaning::Value { .. } => meaning,
        };
        let Some(flow) = self.flow(record, &meaning, source)? else {
            return Ok(Found::LeftOut(
                "re-exports, re-imports or domestic exports, parts of others",
            ));
        };
        let Some((currency, exponent)) = self.unit(record, &meaning)? else {
            return Ok(Found::LeftOut(
                "quantities, shares or indices, no values of trade",
            ));
        };
        let area = |column: usize| {
            let text = self.code(record, Some(column));
            let expected =
                "expected the code of a country or area: ISO 3166-1, M49 or a group's code";
            areas::of_sdmx(text).ok_or_else(|| record.wrong(column, expected))
        };
        let product = self.product(record)?;
        let key = SeriesKey {
            reporter: area(self.reporter)?,
            partner: area(self.partner)?,
            flow,
            product,
            unit: currency,
        };
        let span = self.span(record)?;
        let text = record.at(self.value);
        let scale = 10_f64.powi(exponent);
        let (value, status) = if is_missing(text) {
            (f64::NAN, "published")
        } else {
            (record.number(self.value)?, self.status(record))
        };
        if value.is_nan() && span.len() > 1 {
            return Ok(Found::LeftOut("no figure given"));
        }
        if value.is_nan()
            && self
                .confidential
                .is_some_and(|c| !matches!(record.at(c), "" | "F"))
        {
            return Ok(Found::LeftOut("confidential"));
        }
        Ok(Found::Figure(Box::new(Draft {
            unit: unit_text(currency.as_str(), exponent),
            rounding: rounding(text) * scale,
            status,
            source: source.to_owned(),
            ..Draft::level(key, span, value, text, scale)
        })))
    }

    fn flow(
        &self,
        record: &Record<'_>,
        meaning: &Meaning,
        source: &str,
    ) -> Result<Option<Flow>, Wrong> {
        let text = self.code(record, self.flow).to_ascii_uppercase();
        let told = match text.as_str() {
            "" => None,
            "X" | "XG" | "TXG" | "EXP" | "EXPORTS" | "E" => Some(Flow::Exports),
            "M" | "MG" | "TMG" | "IMP" | "IMPORTS" | "I" => Some(Flow::Imports),
            "T" | "TOTAL" => Some(Flow::Total),
            "B" | "BAL" | "TBG" | "BALANCE" => Some(Flow::Balance),
            "RX" | "RM" | "DX" | "XR" | "MR" | "RE" => return Ok(None),
            // Eurostat counts its flows.
            "1" if source.starts_with("ESTAT:") => Some(Flow::Imports),
            "2" if source.starts_with("ESTAT:") => Some(Flow::Exports),
            _ => {
                let column = self.flow.unwrap_or(self.value);
                let expected =
                    "expected a flow: X or M, XG or MG, EXP or IMP, BAL; 1 or 2 of Eurostat";
                return Err(record.wrong(column, expected));
            }
        };
        let Meaning::Value { flow, .. } = meaning else {
            return Ok(told);
        };
        match (told, *flow) {
            (Some(told), Some(named)) if told != named => {
                let column = self.flow.unwrap_or(self.value);
                Err(record.wrong(column, format!("expected {named}, as the indicator says")))
            }
            (told, named) => told.or(named).map(Some).ok_or_else(|| {
                let column = self.indicator.unwrap_or(self.value);
                record.wrong(
                    column,
                    "expected an indicator that names exports or imports",
                )
            }),
        }
    }

    /// The currency and the power of ten of a value; `None` for what is no value.
    fn unit(
        &self,
        record: &Record<'_>,
        meaning: &Meaning,
    ) -> Result<Option<(Currency, i32)>, Wrong> {
        let Meaning::Value {
            currency, exponent, ..
        } = meaning
        else {
            return Ok(None);
        };
        let text = self.code(record, self.unit).to_ascii_uppercase();
        let (word, named) = match text.split_once('_') {
            Some(("MIO" | "MLN", rest)) => (rest, 6),
            Some(("THS", rest)) => (rest, 3),
            _ => (text.as_str(), 0),
        };
        let word = word.strip_suffix("_NSA").unwrap_or(word);
        if matches!(
            word,
            "KG" | "T"
                | "TN"
                | "TNE"
                | "L"
                | "NO"
                | "NR"
                | "PC"
                | "PT"
                | "PCT"
                | "IX"
                | "I"
                | "100KG"
        ) {
            return Ok(None);
        }
        let multiplier = self.code(record, self.multiplier);
        let multiplier = match (self.multiplier, multiplier) {
            (None, _) | (_, "") => 0,
            (Some(column), text) => text
                .parse::<i32>()
                .ok()
                .filter(|m| (0..=12).contains(m))
                .ok_or_else(|| record.wrong(column, "expected a power of ten from 0 to 12"))?,
        };
        let told = match word {
            "" | "_Z" | "_T" => None,
            "US_DOLLAR" | "USD" => Some(Currency::USD),
            word => Some(Currency::parse(word).map_err(|_| {
                let column = self.unit.unwrap_or(self.value);
                record.wrong(column, "expected a currency by its three letters")
            })?),
        };
        let Some(currency) = told.or(*currency) else {
            let column = self.unit.or(self.indicator).unwrap_or(self.value);
            return Err(record.wrong(
                column,
                "expected a currency: neither unit nor indicator names one",
            ));
        };
        Ok(Some((currency, exponent + named + multiplier)))
    }

    fn product(&self, record: &Record<'_>) -> Result<Code, Wrong> {
        let text = self.code(record, self.product);
        product(text).ok_or_else(|| {
            let column = self.product.unwrap_or(self.value);
            record.wrong(
                column,
                "expected the code of a product, at most 16 letters, digits, `-` or `_`",
            )
        })
    }

    fn span(&self, record: &Record<'_>) -> Result<Span, Wrong> {
        let text = record.at(self.period);
        let span =
            Span::parse(text).map_err(|error| record.wrong(self.period, error.to_string()))?;
        let expected = match self.code(record, self.frequency) {
            "A" => 12,
            "S" | "H" => 6,
            "Q" => 3,
            "M" => 1,
            _ => return Ok(span),
        };
        if span.len() != expected {
            let reason = format!("expected a period of {expected} months, as the frequency says");
            return Err(record.wrong(self.period, reason));
        }
        Ok(span)
    }

    /// The meaning of the code list CL_OBS_STATUS, and of Eurostat's flags.
    fn status(&self, record: &Record<'_>) -> &'static str {
        let text = self.code(record, self.status).to_ascii_lowercase();
        match text.as_str() {
            "e" | "i" => "estimated",
            "p" => "preliminary",
            _ => "published",
        }
    }
}

/// Texts that stand for "no figure" in the three messages.
pub(super) fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NaN" | "nan" | "NAN" | ":" | "#N/A")
}

/// What the code of an indicator says by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meaning {
    Value {
        flow: Option<Flow>,
        currency: Option<Currency>,
        exponent: i32,
    },
    Derived,
    NoValue,
}

impl Meaning {
    fn of(indicator: &str) -> Self {
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
            _ => Self::NoValue,
        }
    }
}
