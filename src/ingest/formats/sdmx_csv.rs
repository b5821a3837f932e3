//! SDMX-CSV 1.0 (`DATAFLOW,…`) and 2.x (`STRUCTURE,STRUCTURE_ID,ACTION,…`); the IMF's IMTS and Eurostat's Comext API among them.

use super::super::IngestError;
use super::super::figures::FigureKind;
use super::super::parsed_file::{CellError, ParsedFile};
use super::record::{Found, Header, Record, settle, table};
use super::sdmx::{Layout, is_missing};
use std::io::BufRead;
use std::path::Path;

pub(super) fn read(
    text: &mut dyn BufRead,
    file: &Path,
    reading: &mut ParsedFile,
) -> Result<(), IngestError> {
    // Found at the header, before the first record.
    let layout = std::cell::RefCell::new(None::<Columns>);
    table(
        text,
        file,
        reading,
        &mut |reading, record| {
            let columns = layout.borrow();
            let Some(columns) = columns.as_ref() else {
                return Ok(());
            };
            let found = columns.read(record);
            settle(
                reading,
                record,
                found,
                columns.layout.period,
                columns.layout.value,
            )
        },
        &mut |reading, header| match Columns::new(header) {
            Ok(columns) => {
                layout.replace(Some(columns));
                Ok(())
            }
            Err(wrong) => Err(reading.refusal(1, wrong).into()),
        },
    )
}

struct Columns {
    layout: Layout,
    /// The data flow, whose name is the source.
    flow: Option<usize>,
    action: Option<usize>,
}

impl Columns {
    fn new(header: &Header) -> Result<Self, CellError> {
        Ok(Self {
            layout: Layout::new(header, |_| false)?,
            flow: header.any(&["STRUCTURE_ID", "DATAFLOW"]).or_else(|| {
                let named = |name: &String| name.to_ascii_uppercase().starts_with("DATAFLOW");
                header.names.iter().position(named)
            }),
            action: header.find("ACTION"),
        })
    }

    fn read(&self, record: &Record<'_>) -> Result<Found, CellError> {
        let source = self.layout.code(record, self.flow);
        let action = record.opt(self.action).to_ascii_uppercase();
        let empty = record.at(self.layout.value).is_empty();
        match (action.as_str(), self.action) {
            // Information and append bring a figure, replace puts another in its place: the store keeps both.
            ("" | "I" | "A" | "R", _) => self.layout.read(record, source),
            // In a merge an empty cell leaves the figure as it is.
            ("M", _) if empty => Ok(Found::LeftOut("a merge that leaves the figure as it is")),
            ("M", _) => self.layout.read(record, source),
            ("D", Some(action)) => self.withdrawal(record, source, action),
            (_, action) => Err(record.wrong(
                action.unwrap_or(0),
                "expected one of the actions I (or A), M, R and D",
            )),
        }
    }

    /// A deletion becomes a gap with the status `withdrawn`; what was known before stays known.
    fn withdrawal(
        &self,
        record: &Record<'_>,
        source: &str,
        action: usize,
    ) -> Result<Found, CellError> {
        let value = self.layout.value;
        let mut cells: Vec<String> = record.cells.to_vec();
        if !is_missing(record.at(value)) {
            cells[value].clear();
        }
        let record = Record {
            cells: &cells,
            ..*record
        };
        match self.layout.read(&record, source)? {
            Found::Figure(mut draft) if draft.kind == FigureKind::Observation => {
                draft.status = "withdrawn";
                Ok(Found::Figure(draft))
            }
            _ => Err(record.wrong(
                action,
                "expected a deletion of a single month: figures over longer spans are kept as they were published",
            )),
        }
    }
}
