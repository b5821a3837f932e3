//! Figures of the long layout, `unique_id, ds, y`.

use super::draft::rounding;
use crate::ingest::figure_check::FigureColumn;
use crate::ingest::figures::{Figure, FigureKind};
use crate::ingest::long::{LongColumns, LongRow};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::{IngestError, Refusal};
use crate::trade::{FigureMeasure, SeriesKey, Span};
use std::borrow::Cow;

/// The figures of a long file, whose series must be named by their keys. A month that no row states
/// is not a gap: a store may know its figure.
#[derive(Default)]
pub(super) struct LongFigures {
    /// The name of the series in the row before, and its key or why it has none.
    last: Option<(String, Result<SeriesKey, String>)>,
}

impl LongFigures {
    /// Add the figure of a row, or refuse the row.
    ///
    /// # Errors
    /// The refusal, where one invalid row refuses the file.
    pub(super) fn add(
        &mut self,
        row: Result<LongRow<'_>, Refusal>,
        parsed: &mut ParsedFile,
    ) -> Result<(), IngestError> {
        let row = match row {
            Ok(row) => row,
            Err(refusal) => return parsed.report(refusal),
        };
        if self.last.as_ref().is_none_or(|(id, _)| id != row.id) {
            let key = SeriesKey::parse(row.id).map_err(|error| error.to_string());
            self.last = Some((row.id.to_owned(), key));
        }
        let columns = LongColumns::default();
        let key = match &self.last {
            Some((_, Ok(key))) => key,
            Some((_, Err(expected))) => {
                let wrong = CellError::new(&columns.id, row.id, expected);
                return parsed.refuse(row.row, wrong);
            }
            None => return Ok(()),
        };
        parsed.set_period_column(&columns.time);
        // The text as written states the rounding: `286.40` is good to 0.005. A column of numbers,
        // as Parquet has, states none but that of the number's shortest text.
        let text = row
            .text
            .map_or_else(|| row.value.to_string().into(), Cow::Borrowed);
        let figure = Figure {
            kind: FigureKind::Observation,
            measure: FigureMeasure::Level,
            span: Span::month(row.month),
            value: row.value,
            rounding: rounding(&text),
            unit: key.unit.as_str(),
            status: "published",
            released_on: None,
            source: "long format",
        };
        match parsed.add(key, &figure, row.row) {
            Ok(()) => Ok(()),
            Err((part, expected)) => {
                let month = row.month.to_string();
                let (column, value) = match part {
                    FigureColumn::Period => (&columns.time, month.as_str()),
                    FigureColumn::Value => (&columns.value, &*text),
                };
                parsed.refuse(row.row, CellError::new(column, value, expected))
            }
        }
    }
}
