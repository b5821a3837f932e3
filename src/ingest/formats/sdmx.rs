//! What SDMX observations mean, whichever of the three messages brought them: which concept is the reporter, which the partner, and
//! in which unit the value stands.
//!
//! Concepts have other names in each data structure; the table of roles lists those of the trade statistics that are read:
//! IMF IMTS (and the older DOT), Eurostat Comext, OECD bilateral trade, World Bank WITS, and the global structure for merchandise
//! trade (`COMMODITY_1`, `COUNTERPART_AREA_1`). `UNIT_MULT` multiplies a value. The IMF's `SCALE` does not: it is how the portal shows a value
//! that already stands in units.
//!
//! A concept that is neither a role nor a known attribute may break a total down (`SITC`, `TRANSPORT_MODE`, `COUNTERPART_AREA_2`): its
//! observations are taken only where it says total.
//!
//! The code of a product means another thing in each classification, and only the data flow, or the name of the column, tells which it is: it
//! stands before the code (`CN-27`, `SITC-27`).

use super::super::figures::{scaled, unit_text};
use super::super::parsed_file::{CellError, NO_CURRENCY};
use super::areas;
use super::record::{Draft, Found, Header, Record, product, rounding};
use crate::trade::{Code, Currency, Flow, SeriesKey, Span};

const REPORTER: &[&str] = &[
    "REPORTER",
    "REF_AREA",
    "COUNTRY",
    "REPORTING_COUNTRY",
    "REPORTER_AREA",
    "REFERENCE_AREA",
    "DECLARANT",
    "GEO",
];
const PARTNER: &[&str] = &[
    "PARTNER",
    "COUNTERPART_AREA",
    "COUNTERPART_AREA_1",
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
/// Classifications that columns of products are named after.
const CLASSIFICATIONS: [&str; 2] = ["SITC", "CPA"];
/// Data flows whose classification is known. DS-045409 has chapters, headings and subheadings of the Harmonized System too, which the Combined
/// Nomenclature begins with; WITS has groups of its own.
const CLASSIFIED: [(&str, &str, &str); 3] = [
    ("ESTAT", "DS-045409", "CN"),
    ("ESTAT", "DS-018995", "SITC"),
    ("WBG_WITS", "DF_WITS_TradeStats_Trade", "WB"),
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

/// Concepts that say something about a figure, never which figure it is: of the message itself, of SDMX's cross-domain concepts, and of
/// the providers that are read.
const ATTRIBUTES: &[&str] = &[
    "STRUCTURE",
    "STRUCTURE_ID",
    "STRUCTURE_NAME",
    "ACTION",
    "DATAFLOW",
    "BASE_PER",
    "DECIMALS",
    "PRECISION",
    "REF_PERIOD",
    "KEY",
    "SERIES_KEY",
    "STATUS",
    "TIME_FORMAT",
    "TIME_PER_COLLECT",
    "VALUATION",
    // IMF.
    "SCALE",
    "DECIMALS_DISPLAYED",
    "DERIVATION_TYPE",
    "OVERLAP",
    "ACCESS_SHARING_LEVEL",
    "AUTHOR",
    "CONTACT_POINT",
    "DATASET",
    "DEPARTMENT",
    "DOI",
    "IFS_FLAG",
    "KEYWORDS",
    "KEYWORDS_DATASET",
    "KEY_INDICATOR",
    "LANGUAGE",
    "LICENSE",
    "METHODOLOGY",
    "PUBLICATION_DATE",
    "PUBLISHER",
    "REFERENCE_PERIOD",
    "SECURITY_CLASSIFICATION",
    "SERIES_CODE",
    "SOURCE",
    "TOPIC",
    "TOPIC_DATASET",
    "UPDATE_DATE",
    // Eurostat and the World Bank.
    "LAST_UPDATE",
    "DATASOURCE",
];

/// How the names of further attributes begin and end.
const ATTRIBUTE_STARTS: &[&str] = &[
    "OBS_",
    "COMMENT",
    "CONF_",
    "COLLECTION",
    "EMBARGO",
    "PRE_BREAK",
    "TITLE",
];
const ATTRIBUTE_ENDS: &[&str] = &["_NOTE", "_NOTES", "_NAME", "_DESCRIPTION", "_CITATION"];

fn is_attribute(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // `STRUCTURE[;]` names the separator within cells.
    let name = name.split('[').next().unwrap_or_default();
    ATTRIBUTES.contains(&name)
        || ATTRIBUTE_STARTS.iter().any(|s| name.starts_with(s))
        || ATTRIBUTE_ENDS.iter().any(|s| name.ends_with(s))
}

/// Whether `text` is the total of the concept `name`.
pub(super) fn is_total(name: &str, text: &str) -> bool {
    let (name, text) = (name.to_ascii_uppercase(), text.to_ascii_uppercase());
    match text.as_str() {
        "" | "_T" | "_Z" | "TOTAL" | "TOT" | "ALL" => true,
        // Of a second partner, a mode of transport and a customs procedure.
        "0" if ["PARTNER", "COUNTERPART", "TRANSPORT", "CUSTOMS"]
            .iter()
            .any(|part| name.contains(part)) =>
        {
            true
        }
        "C00" => name.contains("CUSTOMS"),
        _ if name.contains("PARTNER") || name.contains("COUNTERPART") => {
            areas::of_sdmx(&text).is_some_and(|area| area.as_str() == "WLD")
        }
        _ => false,
    }
}

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
    /// The classification that the name of the product's column tells.
    classification: Option<&'static str>,
    frequency: Option<usize>,
    unit: Option<usize>,
    multiplier: Option<usize>,
    status: Option<usize>,
    adjustment: Option<usize>,
    confidential: Option<usize>,
    /// Concepts that may break a total down.
    breakdowns: Vec<usize>,
    /// Columns that play a role which another column plays already.
    twins: Vec<(usize, usize)>,
    /// Whether cells hold a code and its label, `DE: Germany`.
    labelled: bool,
}

impl Layout {
    /// Finds the roles; `is_told` tells which concepts the message itself calls attributes.
    ///
    /// # Errors
    /// The first role that no concept plays.
    pub(super) fn new(header: &Header, is_told: impl Fn(&str) -> bool) -> Result<Self, CellError> {
        let labelled = header.names.iter().any(|name| name.contains(": "));
        let named = header.find("STRUCTURE_NAME").is_some();
        // Labels stand in columns of their own too, behind those of the codes: `REF_AREA,Reference area`. No identifier has a blank.
        let id = |name: &String| {
            let id = name.split(':').next().unwrap_or("").trim();
            let id = if labelled { id } else { name.as_str() };
            let any = |of: fn(&u8) -> bool| id.as_bytes().iter().any(of);
            let mixed = any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase);
            let label = id.contains(' ') || named && mixed;
            if label { String::new() } else { id.to_owned() }
        };
        let header = Header::new(header.names.iter().map(id));
        let (flow, indicator) = (header.any(FLOW), header.any(INDICATOR));
        if flow.is_none() && indicator.is_none() {
            header.require(&[FLOW, INDICATOR].concat())?;
        }
        let product = header.any(PRODUCT);
        let mut layout = Self {
            period: header.require(&["TIME_PERIOD"])?,
            value: header.require(&["OBS_VALUE"])?,
            reporter: header.require(REPORTER)?,
            partner: header.require(PARTNER)?,
            flow,
            indicator,
            product,
            classification: product.and_then(|at| {
                let name = header.names[at].to_ascii_uppercase();
                CLASSIFICATIONS
                    .into_iter()
                    .find(|known| name.starts_with(known))
            }),
            frequency: header.any(FREQUENCY),
            unit: header.any(UNIT),
            multiplier: header.find("UNIT_MULT"),
            status: header.any(STATUS),
            adjustment: header.any(ADJUSTMENT),
            confidential: header.find("CONF_STATUS"),
            breakdowns: Vec::new(),
            twins: Vec::new(),
            labelled,
        };
        let roles = layout.roles();
        for (at, name) in header.names.iter().enumerate() {
            if name.is_empty() || roles.iter().any(|(column, _)| *column == at) {
                continue;
            }
            let plays = |(column, names): &&(usize, &[&str])| {
                let known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
                known || header.names[*column].eq_ignore_ascii_case(name)
            };
            match roles.iter().find(plays) {
                Some((column, _)) => layout.twins.push((at, *column)),
                None if is_attribute(name) || is_told(name) => {}
                None => layout.breakdowns.push(at),
            }
        }
        Ok(layout)
    }

    /// The columns that are read, each with the names of its role.
    fn roles(&self) -> Vec<(usize, &'static [&'static str])> {
        let one: [(Option<usize>, &'static [&'static str]); 13] = [
            (Some(self.period), &[]),
            (Some(self.value), &[]),
            (Some(self.reporter), REPORTER),
            (Some(self.partner), PARTNER),
            (self.flow, FLOW),
            (self.indicator, INDICATOR),
            (self.product, PRODUCT),
            (self.frequency, FREQUENCY),
            (self.unit, UNIT),
            (self.multiplier, &[]),
            (self.status, &[]),
            (self.adjustment, ADJUSTMENT),
            (self.confidential, &[]),
        ];
        one.into_iter()
            .filter_map(|(column, names)| Some((column?, names)))
            .collect()
    }

    /// Refuses a part of a total, and two columns of one role that say two things.
    fn is_whole(&self, record: &Record<'_>) -> Result<(), CellError> {
        let name = |column: usize| record.header.names.get(column).map_or("", String::as_str);
        for column in &self.breakdowns {
            if !is_total(name(*column), self.code(record, Some(*column))) {
                let expected = "expected a total (`_T`, `_Z`, `TOTAL` or nothing): this column is not known and may break totals down";
                return Err(record.wrong(*column, expected));
            }
        }
        for (twin, column) in &self.twins {
            let (said, read) = (
                self.code(record, Some(*twin)),
                self.code(record, Some(*column)),
            );
            if said != read && !is_total(name(*twin), said) {
                let expected = format!("expected `{read}`, as column `{}` says", name(*column));
                return Err(record.wrong(*twin, expected));
            }
        }
        Ok(())
    }

    /// The code in a cell, without its label.
    pub(super) fn code<'a>(&self, record: &Record<'a>, column: Option<usize>) -> &'a str {
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
    pub(super) fn read(&self, record: &Record<'_>, source: &str) -> Result<Found, CellError> {
        let adjustment = self.code(record, self.adjustment).to_ascii_uppercase();
        if !matches!(
            adjustment.as_str(),
            "" | "N" | "NSA" | "NS" | "_Z" | "0" | "NAY"
        ) {
            return Ok(Found::LeftOut(
                "seasonally adjusted or otherwise made from other rows",
            ));
        }
        let Some(status) = status(self.code(record, self.status)) else {
            return Ok(Found::LeftOut("forecasts, no figures of what was traded"));
        };
        let indicator = self.code(record, self.indicator).to_ascii_uppercase();
        let meaning = Meaning::of(&indicator);
        let meaning = match meaning {
            Meaning::NoValue => {
                return Ok(Found::LeftOut(
                    "quantities, shares or indices, no values of trade",
                ));
            }
            Meaning::Unknown => {
                return Ok(Found::LeftOut(
                    "an indicator that is not known, so that it may be no value of trade",
                ));
            }
            Meaning::UnknownTrade => {
                let expected = format!(
                    "expected a known indicator of exports or imports, for example XG_FOB_USD, MG_CIF_USD or VALUE_IN_EUROS; \
                                        an indicator that is not known: {indicator}"
                );
                return Err(record.wrong(self.indicator.unwrap_or(self.value), expected));
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
        self.is_whole(record)?;
        let product = self.product(record, source)?;
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
            let number = scaled(text, exponent).filter(|v| v.is_finite());
            let number = number.ok_or_else(|| record.wrong(self.value, "expected a number"))?;
            (number, status)
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
            ..Draft::level(key, span, value, text, 1.0)
        })))
    }

    fn flow(
        &self,
        record: &Record<'_>,
        meaning: &Meaning,
        source: &str,
    ) -> Result<Option<Flow>, CellError> {
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
    ) -> Result<Option<(Currency, i32)>, CellError> {
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
            word => {
                let currency = Currency::parse(word).ok().filter(Currency::is_iso);
                let column = self.unit.unwrap_or(self.value);
                Some(currency.ok_or_else(|| record.wrong(column, NO_CURRENCY))?)
            }
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

    /// All goods, or a product with its classification before it, so that two of them are never one series.
    fn product(&self, record: &Record<'_>, source: &str) -> Result<Code, CellError> {
        let refuse = |expected: &str| record.wrong(self.product.unwrap_or(self.value), expected);
        let text = self.code(record, self.product);
        let code = product(text).ok_or_else(|| {
            refuse("expected the code of a product, at most 16 letters, digits, `-` or `_`")
        })?;
        if code.as_str() == "TOTAL" {
            return Ok(code);
        }
        let known = self.classification.or_else(|| classified(source));
        let classification = known.map(str::to_owned).or_else(|| of_flow(source));
        let classification = classification.ok_or_else(|| {
            refuse(
                "expected all goods, or a message that names its data flow: which classification the product is of cannot be known",
            )
        })?;
        // `SITC0_1` says its classification already.
        let bare = known.and_then(|known| code.as_str().strip_prefix(known));
        let bare = bare.map(|bare| bare.trim_start_matches(['-', '_']));
        let bare = bare
            .filter(|bare| !bare.is_empty())
            .unwrap_or(code.as_str());
        let prefixed = |code: &str| Code::parse(&format!("{classification}-{code}"));
        // `28-38_CHEMICALS` has no room for what stands between its letters and digits.
        prefixed(bare)
            .or_else(|_| prefixed(&bare.replace(['-', '_'], "")))
            .map_err(|_| {
                refuse(&format!(
                    "expected the code of a product that fits into 16 characters with `{classification}-` before it"
                ))
            })
    }

    fn span(&self, record: &Record<'_>) -> Result<Span, CellError> {
        let text = record.at(self.period);
        let span =
            Span::parse(text).map_err(|error| record.wrong(self.period, error.to_string()))?;
        let expected = match self.code(record, self.frequency) {
            "A" => 12,
            "S" | "H" => 6,
            "Q" => 3,
            "M" => 1,
            "" | "_T" | "_Z" => span.len(),
            _ => {
                let column = self.frequency.unwrap_or(self.period);
                let expected = "expected a frequency of months or longer: M, Q, S (or H) or A";
                return Err(record.wrong(column, expected));
            }
        };
        if day(text).is_some_and(|day| day.parse() != Ok(1_u8)) {
            let expected = "expected a month or a longer period, or the first day of one";
            return Err(record.wrong(self.period, expected));
        }
        if span.len() != expected {
            let reason = format!("expected a period of {expected} months, as the frequency says");
            return Err(record.wrong(self.period, reason));
        }
        Ok(span)
    }
}

/// What the flags of an observation say, those of the code list CL_OBS_STATUS or of Eurostat, which sets several side by side (`bep`); `None`
/// of a forecast. A longer text is a word, no flags.
fn status(text: &str) -> Option<&'static str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let flags = |wanted: &[char]| {
        let mut words = words.clone().filter(|word| word.len() <= 4);
        words.any(|word| word.contains(wanted))
    };
    if flags(&['F', 'f']) {
        None
    } else if flags(&['E', 'e', 'I', 'i', 's']) {
        // A small `s` is Eurostat's own estimate, a capital one a strike.
        Some("estimated")
    } else if flags(&['P', 'p']) {
        Some("preliminary")
    } else {
        Some("published")
    }
}

/// The agency that maintains a data flow and the data flow's id: `ESTAT:DS-045409(1.0)` without its version.
fn named(source: &str) -> (&str, &str) {
    let version = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let bare = source
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('));
    let bare = bare
        .filter(|(_, text)| version(text))
        .map_or(source, |(bare, _)| bare);
    bare.split_once(':').unwrap_or(("", bare))
}

fn classified(source: &str) -> Option<&'static str> {
    let (agency, id) = named(source);
    let known = CLASSIFIED
        .into_iter()
        .find(|(by, flow, _)| *flow == id && (*by == agency || agency.is_empty()));
    known.map(|(.., classification)| classification)
}

/// The data flow itself in place of its classification: agency and id in letters and digits, where that is at most eight of them, else three
/// and a hash (FNV-1a), so that no other data flow has the same. Numbers of Eurostat need no agency. `None` where no message names one.
fn of_flow(source: &str) -> Option<String> {
    if matches!(source, "" | "SDMX-ML" | "SDMX-JSON") {
        return None;
    }
    let (agency, id) = named(source);
    let agency = if agency == "ESTAT" { "" } else { agency };
    let name = [agency, id].concat();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    let mut short: String = letters
        .map(|b| char::from(b.to_ascii_uppercase()))
        .collect();
    if name.bytes().all(plain) && (1..=8).contains(&short.len()) {
        return Some(short);
    }
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in agency.bytes().chain([b':']).chain(id.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    short.truncate(3);
    for _ in 0..5 {
        let digit = u32::try_from(hash % 36).unwrap_or(0);
        short.extend(char::from_digit(digit, 36).map(|c| c.to_ascii_uppercase()));
        hash /= 36;
    }
    Some(short)
}

/// The day of a date, `2024-05-02` or `20240502`, with or without a time or a duration behind it.
fn day(text: &str) -> Option<&str> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.get(6..);
    }
    let rest = text.splitn(3, ['-', '/', '.']).nth(2)?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest.get(..end.unwrap_or(rest.len()))
        .filter(|day| (1..=2).contains(&day.len()))
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
    /// Its name says exports or imports, but not all that must be known of a value.
    UnknownTrade,
    Unknown,
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
            _ if NO_VALUES.iter().any(|part| indicator.contains(part)) => Self::NoValue,
            _ if TRADE.iter().any(|start| indicator.starts_with(start)) => Self::UnknownTrade,
            _ => Self::Unknown,
        }
    }
}

/// Parts of the names of quantities, shares, indices and tariffs.
const NO_VALUES: &[&str] = &[
    "QUANTITY", "QTY", "WEIGHT", "-SHR", "SHARE", "INDEX", "-NDX", "IVOL", "IVU", "AVRG", "NMBR",
    "GRWTH",
];

/// How the names of values of trade begin.
const TRADE: &[&str] = &[
    "XG", "MG", "TXG", "TMG", "TBG", "TRD_VAL", "VALUE", "XPRT", "MPRT",
];
