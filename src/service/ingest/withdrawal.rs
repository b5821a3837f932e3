//! Observations that are withdrawn: their months become gaps.

use super::figure;
use crate::catalog::{Snapshot, Vintage};
use crate::ingest::IngestError;
use crate::ingest::invalid_rows::InvalidRows;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::service::pb;
use crate::trade::{Month, SeriesKey};
use std::path::Path;

/// The most months of one call.
const MOST_MONTHS: usize = 100_000;

/// Read a request as gaps in place of figures that are known; of one that `is_repeated` the figures
/// were withdrawn before.
///
/// # Errors
/// There are too many months. A month that cannot be withdrawn is a refusal of its row.
pub(super) fn read(
    wire: &pb::WithdrawObservationsRequest,
    known: &Snapshot,
    is_repeated: bool,
) -> Result<ParsedFile, IngestError> {
    let mut parsed = ParsedFile::new(Path::new("observations"), InvalidRows::ReportFirst);
    for (withdrawn, row) in wire.observations.iter().zip(1_u64..) {
        if row > MOST_MONTHS as u64 {
            let expected = format!("expected at most {MOST_MONTHS} months");
            // In this mode refusals are listed, not returned.
            let _ = parsed.refuse(row, CellError::new("observations", "", expected));
            break;
        }
        let found = match is_repeated {
            true => Ok(()),
            false => has_figure(withdrawn, known),
        };
        let added = found.and_then(|()| {
            let gap = pb::DeliveredFigure {
                kind: pb::FigureKind::Observation.into(),
                key: withdrawn.key.clone(),
                period: withdrawn.period.clone(),
                released_on: wire.released_on.clone(),
                source: wire.source.clone(),
                ..pb::DeliveredFigure::default()
            };
            figure::add(&gap, row, &mut parsed)
        });
        if let Err(error) = added {
            let _ = parsed.refuse(row, error);
        }
    }
    if wire.observations.is_empty() {
        return Ok(parsed);
    }
    parsed.finish()?.without_future()
}

/// Check that a series has a figure for the month.
fn has_figure(of: &pb::WithdrawnObservation, known: &Snapshot) -> Result<(), CellError> {
    let wrong = |field: &str, value: &str, expected: String| CellError::new(field, value, expected);
    let key = SeriesKey::parse(&of.key).map_err(|e| wrong("key", &of.key, e.to_string()))?;
    let month = Month::parse(&of.period);
    let month = month.map_err(|e| wrong("period", &of.period, e.to_string()))?;
    let (_, series) = known
        .series(&key.to_string(), Vintage::Latest)
        .map_err(|e| wrong("key", &of.key, e.to_string()))?;
    if series.at(month).is_some() {
        return Ok(());
    }
    let expected = "expected a month that has a figure: there is none to withdraw";
    Err(wrong("period", &of.period, expected.to_owned()))
}
