//! Figures that were read of a record, on their way into a [`ParsedFile`].

use super::record::TableRecord;
use crate::ingest::figure_check::{FigureColumn, check};
use crate::ingest::figures::{Figure, FigureKind, half_of_last_digit};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, FigureMeasure, SeriesKey, Span};

/// The result of reading a record.
#[derive(Debug)]
pub(super) enum RecordOutcome {
    /// A figure.
    Figure(Box<DraftFigure>),
    /// Nothing, for the reason given: other rows hold it already, or it is no value of trade.
    Excluded(&'static str),
}

/// A figure that was read but not yet checked and added to a file.
#[derive(Debug)]
pub(super) struct DraftFigure {
    pub(super) kind: FigureKind,
    pub(super) key: SeriesKey,
    pub(super) measure: FigureMeasure,
    pub(super) span: Span,
    pub(super) value: f64,
    pub(super) rounding: f64,
    pub(super) unit: String,
    pub(super) status: &'static str,
    pub(super) source: String,
}

impl DraftFigure {
    /// Return a level: of a month an observation, of a longer span a release. `text` is the number
    /// as delivered, in units of `scale`; empty for a gap.
    pub(super) fn level(key: SeriesKey, span: Span, value: f64, text: &str, scale: f64) -> Self {
        let kind = if span.len() == 1 {
            FigureKind::Observation
        } else {
            FigureKind::Release
        };
        Self {
            kind,
            unit: key.unit.to_string(),
            key,
            measure: FigureMeasure::Level,
            span,
            value: value * scale,
            rounding: rounding(text) * scale,
            status: "published",
            source: String::new(),
        }
    }

    fn figure(&self) -> Figure<'_> {
        Figure {
            kind: self.kind,
            measure: self.measure,
            span: self.span,
            value: self.value,
            rounding: self.rounding,
            unit: &self.unit,
            status: self.status,
            released_on: None,
            source: &self.source,
        }
    }

    /// Check the figure by itself.
    ///
    /// # Errors
    /// The column that is wrong, and what was expected.
    pub(super) fn check(&self) -> Result<(), (FigureColumn, String)> {
        check(&self.key, &self.figure())
    }
}

/// Return half of the last digit of a number, its rounding. Programs write whole numbers with `.0`
/// behind them, which states no digit.
pub(super) fn rounding(text: &str) -> f64 {
    half_of_last_digit(text.strip_suffix(".0").unwrap_or(text))
}

/// Parse the code of a product; `TOTAL` for all goods.
pub(super) fn product(text: &str) -> Option<Code> {
    match text.to_ascii_uppercase().as_str() {
        "" | "TOTAL" | "ALL" | "_T" | "-" | "TOT" => Code::parse("TOTAL").ok(),
        other => Code::parse(other).ok(),
    }
}

/// Add the figure of a record to the file, count an excluded record, or refuse a wrong one.
/// `period` and `value` are the columns that a refusal of the figure names.
///
/// # Errors
/// The refusal, where one invalid row refuses the file.
pub(super) fn add_outcome(
    parsed: &mut ParsedFile,
    record: &TableRecord<'_>,
    outcome: Result<RecordOutcome, CellError>,
    period: usize,
    value: usize,
) -> Result<(), IngestError> {
    match outcome {
        Ok(RecordOutcome::Excluded(reason)) => {
            parsed.exclude(record.row, reason);
            Ok(())
        }
        Ok(RecordOutcome::Figure(draft)) => {
            let names = &record.header.names;
            parsed.set_period_column(names.get(period).map_or("period", String::as_str));
            let taken = add_figure(parsed, *draft, record.row);
            taken.or_else(|(part, expected)| {
                let column = if part == FigureColumn::Period {
                    period
                } else {
                    value
                };
                parsed.refuse(record.row, record.error(column, expected))
            })
        }
        Err(wrong) => parsed.refuse(record.row, wrong),
    }
}

/// Add a figure to the file.
///
/// # Errors
/// The column that is wrong, and what was expected.
pub(super) fn add_figure(
    parsed: &mut ParsedFile,
    draft: DraftFigure,
    row: u64,
) -> Result<(), (FigureColumn, String)> {
    parsed.add(&draft.key, &draft.figure(), row)
}
