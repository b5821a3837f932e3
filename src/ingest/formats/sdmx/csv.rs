//! Reads SDMX-CSV 1.0 (`DATAFLOW,…`) and 2.x (`STRUCTURE,STRUCTURE_ID,ACTION,…`), such as the IMF's
//! IMTS and the API of Eurostat Comext.

use super::concepts::is_missing;
use super::layout::SdmxLayout;
use crate::ingest::figures::FigureKind;
use crate::ingest::formats::draft::{RecordOutcome, add_outcome};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;

/// Read a file.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let columns = table.columns(parsed, SdmxCsvColumns::new)?;
    let (period, value) = (columns.layout.period, columns.layout.value);
    table.for_each(parsed, &mut |parsed, record| {
        let outcome = columns.read(record);
        add_outcome(parsed, record, outcome, period, value)
    })
}

/// The roles of the concepts, and the columns of the message itself.
struct SdmxCsvColumns {
    layout: SdmxLayout,
    /// The column of the data flow, whose name is the source of the figures.
    flow: Option<usize>,
    action: Option<usize>,
}

impl SdmxCsvColumns {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        Ok(Self {
            layout: SdmxLayout::new(header, |_| false)?,
            flow: header.any(&["STRUCTURE_ID", "DATAFLOW"]).or_else(|| {
                let named = |name: &String| name.to_ascii_uppercase().starts_with("DATAFLOW");
                header.names.iter().position(named)
            }),
            action: header.find("ACTION"),
        })
    }

    fn read(&self, record: &TableRecord<'_>) -> Result<RecordOutcome, CellError> {
        let source = self.layout.code(record, self.flow);
        let action = record.opt(self.action).to_ascii_uppercase();
        let empty = record.at(self.layout.value).is_empty();
        match (action.as_str(), self.action) {
            // Information and append bring a figure, replace another value of it: the store keeps
            // both.
            ("" | "I" | "A" | "R", _) => self.layout.read(record, source),
            // In a merge an empty cell leaves the figure as it is.
            ("M", _) if empty => Ok(RecordOutcome::Excluded(
                "a merge that leaves the figure as it is",
            )),
            ("M", _) => self.layout.read(record, source),
            ("D", Some(action)) => self.withdrawal(record, source, action),
            (_, action) => Err(record.error(
                action.unwrap_or(0),
                "expected one of the actions I (or A), M, R and D",
            )),
        }
    }

    /// Turn a deletion into a gap with the status `withdrawn`; what was known before stays known.
    ///
    /// # Errors
    /// A deletion of anything but the figure of a month.
    fn withdrawal(
        &self,
        record: &TableRecord<'_>,
        source: &str,
        action: usize,
    ) -> Result<RecordOutcome, CellError> {
        let value = self.layout.value;
        let mut cells: Vec<String> = record.cells.to_vec();
        if !is_missing(record.at(value)) {
            cells[value].clear();
        }
        let record = TableRecord {
            cells: &cells,
            ..*record
        };
        match self.layout.read(&record, source)? {
            RecordOutcome::Figure(mut draft) if draft.kind == FigureKind::Observation => {
                draft.status = "withdrawn";
                Ok(RecordOutcome::Figure(draft))
            }
            _ => Err(record.error(
                action,
                "expected a deletion of a single month: figures over longer spans are kept as they \
                 were published",
            )),
        }
    }
}
