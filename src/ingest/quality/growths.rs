//! Published growth that contradicts the levels beside it.

use super::finding::{QualityFinding, QualityIssue};
use super::known::KnownFigures;
use super::levels::{DeliveredLevel, at};
use crate::ingest::figures::{FigureKind, FigureRow};
use crate::ingest::parsed_file::ParsedFile;
use crate::trade::{FigureMeasure, SeriesKey, Span};

/// Differences that revised bases explain, in growth and as a share of it.
const USUAL: (f64, f64) = (0.03, 0.25);

/// The delivered growth rates: series and row.
pub(super) fn delivered(files: &[ParsedFile]) -> Vec<(&SeriesKey, FigureRow)> {
    let of_file = |file: &'_ ParsedFile| {
        let rows = file.figures.rows().iter().copied();
        let growth =
            rows.filter(|r| r.kind == FigureKind::Release && r.measure == FigureMeasure::Growth);
        growth.collect::<Vec<_>>()
    };
    let files = files.iter().flat_map(|file| {
        let rows = of_file(file).into_iter();
        rows.map(|row| (file.figures.key(row.key), row))
    });
    files.collect()
}

/// Compare the delivered growth of a series with its levels, delivered or known: the growth of a
/// span that differs by more than its revised base would explain belongs to another column, or to
/// another span.
pub(super) fn find(
    key: &SeriesKey,
    growth: &[(&SeriesKey, FigureRow)],
    delivered: &[DeliveredLevel<'_>],
    known: Option<&dyn KnownFigures>,
) -> Option<QualityFinding> {
    let level = |span: Span| -> Option<f64> {
        let given = at(delivered, span).map(|level| level.value);
        given.or_else(|| level_known(key, span, known?))
    };
    let mut found: Option<(Span, f64, f64)> = None;
    let mut count = 0;
    for (_, row) in growth.iter().filter(|(of, _)| *of == key) {
        let before = Span::new(row.span.first().plus(-12), row.span.len());
        let Some((now, before)) = level(row.span).zip(before.and_then(level)) else {
            continue;
        };
        let implied = now / before - 1.0;
        let usual = USUAL.0 + USUAL.1 * implied.abs() + row.rounding;
        let gap = (row.value - implied).abs();
        if !implied.is_finite() || gap <= usual {
            continue;
        }
        count += 1;
        if found.is_none_or(|(_, stated, implied)| (stated - implied).abs() < gap) {
            found = Some((row.span, row.value, implied));
        }
    }
    let (period, stated, implied) = found?;
    Some(QualityFinding {
        issue: QualityIssue::GrowthMismatch,
        series: key.to_string(),
        period,
        size: stated - implied,
        detail: format!(
            "published growth of {} is {:+.1} %, the levels say {:+.1} %{}: another column \
             or span?",
            period.words(),
            100.0 * stated,
            100.0 * implied,
            match count {
                1 => String::new(),
                more => format!(" ({} more spans)", more - 1),
            }
        ),
    })
}

/// Return the known level of a span: as published, or the sum of its months.
fn level_known(key: &SeriesKey, span: Span, known: &dyn KnownFigures) -> Option<f64> {
    let releases = known.releases(key);
    let mut published = releases.iter();
    let published = published.find(|r| r.span == span && r.measure == FigureMeasure::Level);
    if let Some(release) = published.filter(|release| !release.is_bound()) {
        return Some(release.value);
    }
    let (first, values) = known.months(key)?;
    let months = span.iter().map(|month| {
        let value = values.get(month.index_from(first)?)?;
        (!value.is_nan()).then_some(*value)
    });
    months.sum()
}
