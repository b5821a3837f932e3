//! Figures that differ from those known before.

use super::finding::{QualityFinding, QualityIssue};
use super::known::KnownFigures;
use super::levels::{DeliveredLevel, at};
use super::median::median;
use crate::ingest::figures::{FigureKind, is_same_value};
use crate::trade::basis::basis_at;
use crate::trade::{Basis, Currency, FigureMeasure, SeriesKey, Span};

/// Comparisons of delivered figures with those known before.
#[derive(Default)]
struct Revisions {
    /// Spans whose figures differ, with `new / old − 1`.
    changes: Vec<(Span, f64)>,
    /// Number of compared figures.
    compared: usize,
}

impl Revisions {
    /// Compare two figures; a known gap is not compared.
    fn compare(&mut self, span: Span, old: f64, new: f64, agree: bool) {
        if old.is_nan() {
            return;
        }
        self.compared += 1;
        if !agree {
            let size = if old == 0.0 {
                f64::INFINITY
            } else {
                new / old - 1.0
            };
            self.changes.push((span, size));
        }
    }
}

/// Compare the delivered figures of a series with those known before. Observations agree where they
/// are equal, published figures where their rounding intervals meet.
pub(super) fn find(
    key: &SeriesKey,
    delivered: &[DeliveredLevel<'_>],
    known: &dyn KnownFigures,
) -> Option<QualityFinding> {
    let mut revisions = Revisions::default();
    let months = known.months(key);
    let per = Currency::parse(key.partner.as_str()).ok();
    for level in delivered.iter().filter(|level| level.is_observation()) {
        let month = level.span.first();
        let old = if level.kind == FigureKind::Rate {
            per.and_then(|per| known.rate(key.unit, per, month))
        } else {
            months.and_then(|(first, values)| values.get(month.index_from(first)?).copied())
        };
        if let Some(old) = old.filter(|_| may_revise(key, level, known)) {
            let agree = is_same_value(old, level.value);
            revisions.compare(level.span, old, level.value, agree);
        }
    }
    for release in known.releases(key) {
        if release.measure == FigureMeasure::Level
            && let Some(new) = at(delivered, release.span)
        {
            let agree = (new.value - release.value).abs() <= new.rounding + release.rounding;
            revisions.compare(release.span, release.value, new.value, agree);
        }
    }
    let Revisions { changes, compared } = revisions;
    let sizes: Vec<f64> = changes.iter().map(|(_, size)| size.abs()).collect();
    let (period, largest) = *changes
        .iter()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    let size = median(sizes);
    Some(QualityFinding {
        issue: QualityIssue::Revision,
        series: key.to_string(),
        detail: format!(
            "{} of {compared} figures differ from those known, median {:.2} %, \
             largest {:+.2} % ({}){}",
            changes.len(),
            100.0 * size,
            100.0 * largest,
            period.words(),
            past_revisions(known.revision_sizes(key))
        ),
        period,
        size,
    })
}

/// Whether a figure of a month may be a revision of the known one: not the final figure after a
/// preliminary one, and none of another valuation, classification or edition.
fn may_revise(key: &SeriesKey, level: &DeliveredLevel<'_>, known: &dyn KnownFigures) -> bool {
    let before = basis_at(known.bases(key), level.span.first());
    before.is_none_or(|before| {
        let now = Basis::of(key.flow, level.source);
        let editions = before.edition.is_none() || before.edition == now.edition;
        before.conflict(&now).is_none() && before.preliminary == now.preliminary && editions
    })
}

/// Describe the past revisions of a series; empty where there are none.
fn past_revisions(sizes: Vec<f64>) -> String {
    match sizes.len() {
        0 => String::new(),
        count => {
            let usual = median(sizes.into_iter().map(f64::abs).collect());
            format!("; {count} before, median {:.2} %", 100.0 * usual)
        }
    }
}
