//! Figures that are the sums of rows, such as those by state or mode of transport.

use crate::ingest::figure_check::FigureColumn;
use crate::ingest::formats::draft::{DraftFigure, add_figure};
use crate::ingest::formats::record::TableHeader;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{SeriesKey, Span};
use std::collections::HashMap;

/// The sums of the parts of each figure, in the order of their first rows.
#[derive(Default)]
pub(super) struct PartSums {
    at: HashMap<(SeriesKey, Span), usize>,
    sums: Vec<(SeriesKey, Span, u64, usize, f64)>,
}

impl PartSums {
    /// Add a part of the value of `column` that stands in `row`.
    pub(super) fn add(
        &mut self,
        (key, span): (SeriesKey, Span),
        row: u64,
        column: usize,
        value: f64,
    ) {
        let next = self.sums.len();
        let at = *self.at.entry((key.clone(), span)).or_insert(next);
        match self.sums.get_mut(at) {
            Some((.., sum)) => *sum += value,
            None => self.sums.push((key, span, row, column, value)),
        }
    }

    /// Add the figures to the file; `has_months` where they are of months, which are over.
    ///
    /// # Errors
    /// The first refusal, where one invalid row refuses the file.
    pub(super) fn finish(
        self,
        has_months: bool,
        header: &TableHeader,
        parsed: &mut ParsedFile,
    ) -> Result<(), IngestError> {
        let newest = self
            .sums
            .iter()
            .map(|(_, span, ..)| span.last().year())
            .max();
        for (key, span, row, column, sum) in self.sums {
            if !has_months && Some(span.last().year()) == newest {
                parsed.exclude(row, "the newest year, which may not be over");
                continue;
            }
            let text = sum.to_string();
            let draft = DraftFigure {
                source: "Brazil, Comex Stat; f.o.b.".to_owned(),
                ..DraftFigure::level(key, span, sum, &text, 1.0)
            };
            if let Err((_, expected)) =
                add_figure(parsed, draft, row) as Result<_, (FigureColumn, _)>
            {
                parsed.refuse(row, CellError::new(&header.names[column], &text, expected))?;
            }
        }
        Ok(())
    }
}
