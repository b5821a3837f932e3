//! Reads SDMX observations by the roles that their concepts play.

use super::classification::{classified, of_flow};
use super::concepts::{is_missing, is_total};
use super::indicator::IndicatorMeaning;
use super::layout::SdmxLayout;
use crate::ingest::figure_check::NO_CURRENCY;
use crate::ingest::figures::{ValueStatus, scaled, unit_text};
use crate::ingest::formats::draft::{DraftFigure, RecordOutcome, product, rounding};
use crate::ingest::formats::record::TableRecord;
use crate::ingest::parsed_file::CellError;
use crate::trade::{Code, Currency, Flow, SeriesKey, Span, areas};

/// The reason for which adjusted figures are excluded.
const ADJUSTED: &str = "seasonally adjusted or otherwise made from other rows";

impl SdmxLayout {
    /// Read an observation. `source` names the data flow.
    ///
    /// # Errors
    /// The cell that is wrong.
    pub(super) fn read(
        &self,
        record: &TableRecord<'_>,
        source: &str,
    ) -> Result<RecordOutcome, CellError> {
        let adjustment = self.code(record, self.adjustment).to_ascii_uppercase();
        if !matches!(
            adjustment.as_str(),
            "" | "N" | "NSA" | "NS" | "_Z" | "0" | "NAY"
        ) {
            return Ok(RecordOutcome::Excluded(ADJUSTED));
        }
        let Some(status) = status(self.code(record, self.status)) else {
            return Ok(RecordOutcome::Excluded(
                "forecasts, no figures of what was traded",
            ));
        };
        let indicator = self.code(record, self.indicator).to_ascii_uppercase();
        let meaning = IndicatorMeaning::of(&indicator);
        let meaning = match meaning {
            IndicatorMeaning::NoValue => {
                return Ok(RecordOutcome::Excluded(
                    "quantities, shares or indices, no values of trade",
                ));
            }
            IndicatorMeaning::Unknown => {
                return Ok(RecordOutcome::Excluded(
                    "an indicator that is not known, so that it may be no value of trade",
                ));
            }
            IndicatorMeaning::Adjusted => return Ok(RecordOutcome::Excluded(ADJUSTED)),
            IndicatorMeaning::UnknownTrade => {
                let expected = format!(
                    "expected a known indicator of exports or imports, for example XG_FOB_USD, \
                     MG_CIF_USD or VALUE_IN_EUROS; an indicator that is not known: {indicator}"
                );
                return Err(record.error(self.indicator.unwrap_or(self.value), expected));
            }
            IndicatorMeaning::Derived => {
                return Ok(RecordOutcome::Excluded(
                    "imports valued FOB that were estimated from CIF: both would be one series",
                ));
            }
            IndicatorMeaning::Value { .. } => meaning,
        };
        let Some(flow) = self.flow(record, &meaning, source)? else {
            return Ok(RecordOutcome::Excluded(
                "re-exports, re-imports or domestic exports, parts of others",
            ));
        };
        let Some((currency, exponent)) = self.unit(record, &meaning)? else {
            return Ok(RecordOutcome::Excluded(
                "quantities, shares or indices, no values of trade",
            ));
        };
        let area = |column: usize| {
            let text = self.code(record, Some(column));
            let expected =
                "expected the code of a country or area: ISO 3166-1, M49 or a group's code";
            areas::of_sdmx(text).ok_or_else(|| record.error(column, expected))
        };
        self.check_is_total(record)?;
        let product = self.product(record, source)?;
        let key = SeriesKey {
            reporter: area(self.reporter)?,
            partner: area(self.partner)?,
            flow,
            product,
            unit: currency,
        };
        let span = self.span(record)?;
        let text = self.code(record, Some(self.value));
        let scale = 10_f64.powi(exponent);
        // Services write a zero where a figure is suppressed or missing.
        let stated = self.value_status(record);
        let confidential = stated == ValueStatus::Confidential;
        let hidden = text.parse().is_ok_and(|number| stated.hides(number));
        let (value, status) = if is_missing(text) || hidden {
            (f64::NAN, "published")
        } else {
            let number = scaled(text, exponent).filter(|v| v.is_finite());
            let number = number.ok_or_else(|| record.error(self.value, "expected a number"))?;
            (number, status)
        };
        if value.is_nan() && span.len() > 1 {
            return Ok(RecordOutcome::Excluded("no figure given"));
        }
        if value.is_nan() && confidential && !hidden {
            return Ok(RecordOutcome::Excluded("confidential"));
        }
        Ok(RecordOutcome::Figure(Box::new(DraftFigure {
            unit: unit_text(currency.as_str(), exponent),
            rounding: rounding(text) * scale,
            status,
            source: source.to_owned(),
            ..DraftFigure::level(key, span, value, text, 1.0)
        })))
    }

    /// Return what the flags of an observation say about its value; a column of its own may mark it
    /// confidential.
    fn value_status(&self, record: &TableRecord<'_>) -> ValueStatus {
        let marked = self.code(record, self.confidential);
        match ValueStatus::of(self.code(record, self.status)) {
            ValueStatus::Stated if !matches!(marked, "" | "F") => ValueStatus::Confidential,
            stated => stated,
        }
    }

    fn flow(
        &self,
        record: &TableRecord<'_>,
        meaning: &IndicatorMeaning,
        source: &str,
    ) -> Result<Option<Flow>, CellError> {
        let text = self.code(record, self.flow).to_ascii_uppercase();
        let stated = match text.as_str() {
            "" => None,
            "X" | "XG" | "TXG" | "EXP" | "EXPORT" | "EXPORTS" | "E" => Some(Flow::Exports),
            "M" | "MG" | "TMG" | "IMP" | "IMPORT" | "IMPORTS" | "I" => Some(Flow::Imports),
            "T" | "TOTAL" => Some(Flow::Total),
            "B" | "BAL" | "BAL_RT" | "TBG" | "BALANCE" => Some(Flow::Balance),
            "RX" | "RM" | "DX" | "XR" | "MR" | "RE" => return Ok(None),
            // Eurostat numbers its flows.
            "1" if source.starts_with("ESTAT:") => Some(Flow::Imports),
            "2" if source.starts_with("ESTAT:") => Some(Flow::Exports),
            _ => {
                let column = self.flow.unwrap_or(self.value);
                let expected =
                    "expected a flow: X or M, XG or MG, EXP or IMP, BAL; 1 or 2 of Eurostat";
                return Err(record.error(column, expected));
            }
        };
        let IndicatorMeaning::Value { flow, .. } = meaning else {
            return Ok(stated);
        };
        match (stated, *flow) {
            (Some(stated), Some(named)) if stated != named => {
                let column = self.flow.unwrap_or(self.value);
                Err(record.error(column, format!("expected {named}, as the indicator says")))
            }
            (stated, named) => stated.or(named).map(Some).ok_or_else(|| {
                let column = self.indicator.unwrap_or(self.value);
                record.error(
                    column,
                    "expected an indicator that names exports or imports",
                )
            }),
        }
    }

    /// Return the currency and the power of ten of a value; `None` of a quantity, share or index.
    fn unit(
        &self,
        record: &TableRecord<'_>,
        meaning: &IndicatorMeaning,
    ) -> Result<Option<(Currency, i32)>, CellError> {
        let IndicatorMeaning::Value {
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
        // Dollars by rates of exchange, of the OECD.
        let word = word.strip_suffix("_EXC").unwrap_or(word);
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
                .ok_or_else(|| record.error(column, "expected a power of ten from 0 to 12"))?,
        };
        let stated = match word {
            "" | "_Z" | "_T" => None,
            "US_DOLLAR" | "USD" => Some(Currency::USD),
            word => {
                let currency = Currency::parse(word).ok().filter(Currency::is_iso);
                let column = self.unit.unwrap_or(self.value);
                Some(currency.ok_or_else(|| record.error(column, NO_CURRENCY))?)
            }
        };
        let Some(currency) = stated.or(*currency) else {
            let column = self.unit.or(self.indicator).unwrap_or(self.value);
            return Err(record.error(
                column,
                "expected a currency: neither unit nor indicator names one",
            ));
        };
        Ok(Some((currency, exponent + named + multiplier)))
    }

    /// Return the code for all goods, or a product behind its classification, so that two
    /// classifications never make one series.
    fn product(&self, record: &TableRecord<'_>, source: &str) -> Result<Code, CellError> {
        let refuse = |expected: &str| record.error(self.product.unwrap_or(self.value), expected);
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
                "expected all goods, or a message that names its data flow: which classification \
                 the product is of cannot be known",
            )
        })?;
        // `SITC0_1` states its classification already.
        let bare = known.and_then(|known| code.as_str().strip_prefix(known));
        let bare = bare.map(|bare| bare.trim_start_matches(['-', '_']));
        let bare = bare
            .filter(|bare| !bare.is_empty())
            .unwrap_or(code.as_str());
        let prefixed = |code: &str| Code::parse(&format!("{classification}-{code}"));
        // `28-38_CHEMICALS` has no room for the signs between its letters and digits.
        prefixed(bare)
            .or_else(|_| prefixed(&bare.replace(['-', '_'], "")))
            .map_err(|_| {
                refuse(&format!(
                    "expected the code of a product that fits into 16 characters with \
                     `{classification}-` before it"
                ))
            })
    }

    fn span(&self, record: &TableRecord<'_>) -> Result<Span, CellError> {
        let text = self.code(record, Some(self.period));
        let span =
            Span::parse(text).map_err(|error| record.error(self.period, error.to_string()))?;
        let expected = match self.code(record, self.frequency) {
            "A" => 12,
            "S" | "H" => 6,
            "Q" => 3,
            "M" => 1,
            "" | "_T" | "_Z" => span.len(),
            _ => {
                let column = self.frequency.unwrap_or(self.period);
                let expected = "expected a frequency of months or longer: M, Q, S (or H) or A";
                return Err(record.error(column, expected));
            }
        };
        if day(text).is_some_and(|day| day.parse() != Ok(1_u8)) {
            let expected = "expected a month or a longer period, or the first day of one";
            return Err(record.error(self.period, expected));
        }
        if span.len() != expected {
            let reason = format!("expected a period of {expected} months, as the frequency says");
            return Err(record.error(self.period, reason));
        }
        Ok(span)
    }

    /// Check that an observation is no part of a total, and that two columns of one role agree.
    ///
    /// # Errors
    /// The cell that is wrong.
    fn check_is_total(&self, record: &TableRecord<'_>) -> Result<(), CellError> {
        let name = |column: usize| record.header.names.get(column).map_or("", String::as_str);
        for column in &self.breakdowns {
            if !is_total(name(*column), self.code(record, Some(*column))) {
                let expected = "expected a total (`_T`, `_Z`, `TOTAL` or nothing): this column is \
                    not known and may break totals down";
                return Err(record.error(*column, expected));
            }
        }
        for (twin, column) in &self.twins {
            let (found, read) = (
                self.code(record, Some(*twin)),
                self.code(record, Some(*column)),
            );
            if found != read && !is_total(name(*twin), found) {
                let expected = format!("expected `{read}`, as column `{}` says", name(*column));
                return Err(record.error(*twin, expected));
            }
        }
        Ok(())
    }
}

/// Return the status that the flags of an observation state, those of the code list CL_OBS_STATUS
/// or of Eurostat, which sets several side by side (`bep`); `None` of a forecast. A longer text is
/// a word, not flags.
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

/// Return the day of a date, `2024-05-02` or `20240502`, with or without a time or a duration
/// behind it.
fn day(text: &str) -> Option<&str> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.get(6..);
    }
    let rest = text.splitn(3, ['-', '/', '.']).nth(2)?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest.get(..end.unwrap_or(rest.len()))
        .filter(|day| (1..=2).contains(&day.len()))
}
