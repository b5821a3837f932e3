//! Reads Eurostat's tab-separated tables: the codes of a row in its first cell, then a column a
//! period, newest first in older files. A cell holds a value and its flags, `15010.8 p`; a colon
//! stands for no value.

use super::period_columns::{PeriodCell, PeriodColumns};
use crate::ingest::formats::record::TableHeader;
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;

/// The source of the figures: a file does not name its data set.
const SOURCE: &str = "Eurostat";

/// Whether a header is that of such a table: `freq,partner,geo\\TIME_PERIOD` before the periods.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let first = header.names.first().map_or("", String::as_str);
    let time = first.rsplit_once('\\').map(|(_, time)| time.trim());
    time.is_some_and(|time| {
        ["time", "TIME_PERIOD"]
            .iter()
            .any(|name| time.eq_ignore_ascii_case(name))
    })
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let first = table.header.names.first().cloned().unwrap_or_default();
    let dimensions = first.split('\\').next().unwrap_or_default();
    let dimensions: Vec<String> = dimensions.split(',').map(|d| d.trim().to_owned()).collect();
    let columns = table.columns(parsed, |header| PeriodColumns::new(&dimensions, header))?;
    table.for_each(parsed, &mut |parsed, record| {
        let codes: Vec<String> = record
            .at(0)
            .split(',')
            .map(|code| code.trim().to_owned())
            .collect();
        if codes.len() != dimensions.len() {
            let expected = format!("expected {} codes, as the header has", dimensions.len());
            return parsed.refuse(record.row, CellError::new(&first, record.at(0), expected));
        }
        columns.read(record, &codes, SOURCE, split, parsed)
    })
}

/// Split a cell into its value and its flags; `c` marks a confidential value.
pub(super) fn split(cell: &str) -> PeriodCell<'_> {
    let (value, status) = cell.split_once(' ').unwrap_or((cell, ""));
    let status = status.trim();
    PeriodCell {
        value,
        status,
        confidential: if status.contains('c') { "C" } else { "" },
    }
}
