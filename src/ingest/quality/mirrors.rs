//! One side's exports against the other side's imports.

use super::finding::{QualityFinding, QualityIssue};
use super::known::KnownFigures;
use super::levels::{DeliveredLevel, LevelTable, at};
use super::median::median;
use crate::trade::{Flow, SeriesKey, Span};

/// Compare the exports of A to B with the imports of B from A: the finding's size is the median of
/// `2 (M − X) / (M + X)`. Part of it is freight, since imports are valued CIF and exports FOB.
/// The other side may have been known before. A country's trade with itself has no other side.
pub(super) fn find(
    levels: &LevelTable<'_>,
    key: &SeriesKey,
    delivered: &[DeliveredLevel<'_>],
    known: Option<&dyn KnownFigures>,
) -> Option<QualityFinding> {
    let is_import = match key.flow {
        _ if key.reporter == key.partner => return None,
        Flow::Imports => true,
        Flow::Exports => false,
        _ => return None,
    };
    let mirror = mirror_of(key, is_import);
    let mirrored = levels.of_key(&mirror);
    // Where both sides are delivered, the finding belongs to the importer's series.
    if !is_import && !mirrored.is_empty() {
        return None;
    }
    let known = known.and_then(|known| known.months(&mirror));
    let value_of_mirror = |span: Span| {
        let before = || {
            let (first, values) = known.filter(|_| span.len() == 1)?;
            values
                .get(span.first().index_from(first)?)
                .copied()
                .filter(|value| !value.is_nan())
        };
        at(mirrored, span).map(|level| level.value).or_else(before)
    };
    let asymmetry = |level: &DeliveredLevel<'_>| {
        let other = value_of_mirror(level.span)?;
        let (imports, exports) = if is_import {
            (level.value, other)
        } else {
            (other, level.value)
        };
        let sum = imports + exports;
        (sum > 0.0).then(|| (level.span, 2.0 * (imports - exports) / sum))
    };
    let found: Vec<(Span, f64)> = delivered.iter().filter_map(asymmetry).collect();
    let (first, last) = (found.first()?.0, found.last()?.0);
    let size = median(found.iter().map(|(_, a)| *a).collect());
    let (importer, exporter) = if is_import {
        (key, &key.partner)
    } else {
        (&mirror, &key.reporter)
    };
    Some(QualityFinding {
        issue: QualityIssue::Mirror,
        series: importer.to_string(),
        period: first,
        size,
        detail: format!(
            "against exports of {exporter}: median {:+.1} % over {} periods, {} to {}",
            100.0 * size,
            found.len(),
            first.words(),
            last.words()
        ),
    })
}

/// Return the key under which the other side reports the same trade.
fn mirror_of(key: &SeriesKey, is_import: bool) -> SeriesKey {
    SeriesKey {
        reporter: key.partner.clone(),
        partner: key.reporter.clone(),
        flow: if is_import {
            Flow::Exports
        } else {
            Flow::Imports
        },
        ..key.clone()
    }
}
