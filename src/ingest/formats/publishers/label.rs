//! Areas and products by the names that publishers give them.

use crate::ingest::formats::record::TableRecord;
use crate::ingest::parsed_file::CellError;
use crate::trade::{Code, areas};

/// Return the area of a name or code.
///
/// # Errors
/// The cell that names none, with the nearest areas.
pub(super) fn area(record: &TableRecord<'_>, column: usize) -> Result<Code, CellError> {
    let found = areas::area(record.at(column));
    found.map_err(|unknown| record.error(column, unknown.to_string()))
}

/// Return a code that a reader states by itself.
pub(super) fn known(text: &str) -> Code {
    Code::parse(text).expect("readers state codes of at most 16 letters and digits")
}

/// Return a code; `None` where the text is none.
pub(super) fn code(text: &str) -> Option<Code> {
    Code::parse(text).ok()
}

/// Return the code of a product of the Harmonized System. A number that lost its leading zero, as
/// spreadsheets write it, gets it back: codes have an even number of digits.
pub(super) fn harmonized(text: &str) -> Option<Code> {
    let digits = text.trim().trim_start_matches('\'');
    let fits = (1..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let zero = if digits.len() % 2 == 1 { "0" } else { "" };
    fits.then(|| code(&format!("HS-{zero}{digits}"))).flatten()
}
