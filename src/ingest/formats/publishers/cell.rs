//! Figures of single cells.

use crate::ingest::figures::{scaled, unit_text};
use crate::ingest::formats::draft::{DraftFigure, RecordOutcome, add_outcome, rounding};
use crate::ingest::formats::record::TableRecord;
use crate::ingest::parsed_file::ParsedFile;
use crate::ingest::refusal::IngestError;
use crate::trade::{SeriesKey, Span};
use std::borrow::Cow;

/// What a publisher writes in place of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    /// Nothing was traded.
    pub(super) nil: &'static [&'static str],
    /// The figure is not known.
    pub(super) gap: &'static [&'static str],
}

/// A figure as its row and its column describe it.
pub(super) struct CellFigure<'a> {
    /// The column of the value, which a refusal of the figure names.
    pub(super) column: usize,
    pub(super) key: SeriesKey,
    pub(super) span: Span,
    /// The power of ten of the values.
    pub(super) exponent: i32,
    pub(super) status: &'static str,
    pub(super) source: &'a str,
}

/// Add the figure of a cell. An empty cell states none; a mark of a gap states a gap of a month and
/// nothing of a longer span.
///
/// # Errors
/// The refusal, where one invalid row refuses the file.
pub(super) fn add_cell(
    parsed: &mut ParsedFile,
    record: &TableRecord<'_>,
    marks: Marks,
    figure: CellFigure<'_>,
) -> Result<(), IngestError> {
    let column = figure.column;
    let text = record.at(column);
    let is_gap = marks.gap.contains(&text);
    if text.is_empty() || is_gap && figure.span.len() > 1 {
        return Ok(());
    }
    let outcome = match read(text, is_gap, marks, figure) {
        Some(draft) => Ok(RecordOutcome::Figure(Box::new(draft))),
        None => Err(record.error(column, "expected a number")),
    };
    add_outcome(parsed, record, outcome, column, column)
}

fn read(text: &str, is_gap: bool, marks: Marks, figure: CellFigure<'_>) -> Option<DraftFigure> {
    let CellFigure {
        key,
        span,
        exponent,
        status,
        source,
        ..
    } = figure;
    let (value, text) = if is_gap {
        (f64::NAN, Cow::Borrowed(""))
    } else if marks.nil.contains(&text) {
        (0.0, Cow::Borrowed("0"))
    } else {
        let text = without_separators(text)?;
        (scaled(&text, exponent).filter(|v| v.is_finite())?, text)
    };
    Some(DraftFigure {
        unit: unit_text(key.unit.as_str(), exponent),
        rounding: rounding(&text) * 10_f64.powi(exponent),
        status,
        source: source.to_owned(),
        ..DraftFigure::level(key, span, value, &text, 1.0)
    })
}

/// Return a number without the commas between its thousands: `1,234,567.8`, and `12,34,567` as in
/// India. `None` where a comma stands elsewhere.
fn without_separators(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(',') {
        return Some(Cow::Borrowed(text));
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let groups: Vec<&str> = whole.trim_start_matches('-').split(',').collect();
    let (last, others) = groups.split_last()?;
    let digits = |group: &&str, most: usize| {
        (1..=most).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit())
    };
    let inner = others.get(1..).unwrap_or_default();
    let equal = |length: usize| inner.iter().all(|group| group.len() == length);
    let fits = last.len() == 3
        && digits(last, 3)
        && others.iter().all(|group| digits(group, 3))
        && (equal(3) || equal(2) && others.first().is_some_and(|first| first.len() <= 2))
        && !decimals.contains(',');
    fits.then(|| Cow::Owned(text.replace(',', "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_between_thousands_are_taken_out_and_others_are_not() {
        for (text, number) in [
            ("262,013,646", Some("262013646")),
            ("-1,234.50", Some("-1234.50")),
            ("4,37,072.03", Some("437072.03")),
            ("12,34,567", Some("1234567")),
            ("1234", Some("1234")),
            ("1,23", None),
            ("1234,567", None),
            ("1,2345", None),
            ("1,234,56", None),
            (",234", None),
        ] {
            assert_eq!(without_separators(text).as_deref(), number, "{text}");
        }
    }
}
