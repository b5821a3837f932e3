//! Tables of observations with a column a period, read as observations by the roles of concepts.

use super::layout::SdmxLayout;
use crate::ingest::formats::draft::add_outcome;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::Span;

/// The concepts behind the dimensions of a row.
const BEHIND: [&str; 4] = ["TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "CONF_STATUS"];

/// The columns of periods of a table.
pub(super) struct PeriodColumns {
    layout: SdmxLayout,
    /// Each column, and the names of the concepts of its observations. Value and period are called
    /// as the column is, for refusals.
    columns: Vec<(usize, TableHeader)>,
}

/// The value of a cell of a column of periods, and what stands beside it.
pub(super) struct PeriodCell<'a> {
    /// The value, without its flags; empty where nothing is stated.
    pub(super) value: &'a str,
    /// The flags of the observation.
    pub(super) status: &'a str,
    /// The mark of a confidential observation.
    pub(super) confidential: &'a str,
}

impl PeriodColumns {
    /// Find the columns of `header` whose names are periods, of rows with these dimensions.
    ///
    /// # Errors
    /// The first role that no dimension plays; a table without a column of a period.
    pub(super) fn new(dimensions: &[String], header: &TableHeader) -> Result<Self, CellError> {
        let names = |behind: [&str; 4]| {
            let behind = behind.into_iter().map(str::to_owned);
            TableHeader::new(dimensions.iter().cloned().chain(behind))
        };
        let layout = SdmxLayout::new(&names(BEHIND), |_| false)?;
        let columns: Vec<_> = (0..header.names.len())
            .filter(|at| Span::parse(&header.names[*at]).is_ok())
            .map(|at| {
                let name = header.names[at].as_str();
                (at, names([name, name, BEHIND[2], BEHIND[3]]))
            })
            .collect();
        if columns.is_empty() {
            let expected = "expected columns of periods, for example 2025-01 or 2025";
            return Err(CellError::of_row(expected));
        }
        Ok(Self { layout, columns })
    }

    /// Add the observations of a row. `dimensions` are the codes of the row, and `read` splits a
    /// cell; cells without a value are passed over.
    ///
    /// # Errors
    /// The refusal, where one invalid row refuses the file.
    pub(super) fn read(
        &self,
        record: &TableRecord<'_>,
        dimensions: &[String],
        source: &str,
        read: impl Fn(&str) -> PeriodCell<'_>,
        parsed: &mut ParsedFile,
    ) -> Result<(), IngestError> {
        let mut cells = dimensions.to_vec();
        for (column, header) in &self.columns {
            let cell = read(record.at(*column));
            if cell.value.is_empty() {
                continue;
            }
            let period = record.header.names[*column].as_str();
            cells.truncate(dimensions.len());
            let behind = [period, cell.value, cell.status, cell.confidential];
            cells.extend(behind.map(str::to_owned));
            let one = TableRecord {
                row: record.row,
                header,
                cells: &cells,
            };
            let found = self.layout.read(&one, source);
            add_outcome(parsed, &one, found, self.layout.period, self.layout.value)?;
        }
        Ok(())
    }
}
