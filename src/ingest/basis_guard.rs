//! Figures of one series that were counted by two bases, kept apart as files come in: another
//! valuation or another classification is no further month and no revision of a series.

use super::figures::{FigureKind, FigureRow};
use super::parsed_file::{CellError, ParsedFile};
use super::quality::KnownFigures;
use super::refusal::IngestError;
use crate::trade::basis::basis_at;
use crate::trade::{Basis, Month, SeriesKey};
use std::collections::{HashMap, HashSet};

/// The reason why rows of an express table are left out.
const FINAL_KNOWN: &str = "preliminary figures of months whose final figures are known";

/// The bases of the files of one import, in their order.
#[derive(Debug, Default)]
pub struct BasisGuard {
    /// Accept several bases in a series.
    mixed: bool,
    /// The first basis of each series that earlier files brought.
    brought: HashMap<SeriesKey, Basis>,
    /// Months whose final figures earlier files brought, of series that have preliminary ones.
    settled: HashSet<(SeriesKey, Month)>,
}

impl BasisGuard {
    /// Return a guard that accepts several bases in one series where `mixed` says so.
    pub fn new(mixed: bool) -> Self {
        Self {
            mixed,
            ..Self::default()
        }
    }

    /// Check the next file: refuse figures whose valuation or classification differs from that of
    /// their series in `known`, in an earlier file, or above in this file; leave out preliminary
    /// figures of months whose final figures are there.
    ///
    /// # Errors
    /// The first such figure, where one invalid row refuses the file.
    pub fn check(
        &mut self,
        mut parsed: ParsedFile,
        known: Option<&dyn KnownFigures>,
    ) -> Result<ParsedFile, IngestError> {
        let mut figures = std::mem::take(&mut parsed.figures);
        let mut seen: HashMap<(u32, u32), Basis> = HashMap::new();
        let mut out: HashSet<u64> = HashSet::new();
        for row in figures.rows().iter().filter(|row| is_observed(row)) {
            let key = figures.key(row.key);
            let basis = seen
                .entry((row.key, row.source))
                .or_insert_with(|| Basis::of(key.flow, figures.text(row.source)));
            let month = row.span.first();
            if basis.preliminary {
                let at = known.and_then(|known| basis_at(known.bases(key), month));
                let published = at.is_some_and(|at| !at.preliminary)
                    && known.is_some_and(|known| has_figure(known, key, month));
                if published || self.settled.contains(&(key.clone(), month)) {
                    out.insert(row.row);
                    parsed.exclude(row.row, FINAL_KNOWN);
                    continue;
                }
            } else {
                self.settled.insert((key.clone(), month));
            }
            let before = known.and_then(|known| {
                let bases = known.bases(key).iter();
                let mut conflicting = bases.map(|(_, known)| known);
                let of_month = basis_at(known.bases(key), month)
                    .filter(|at| has_figure(known, key, month) && other_edition(at, basis));
                of_month.or_else(|| conflicting.find(|known| known.conflict(basis).is_some()))
            });
            let before = before.or_else(|| self.brought.get(key)).cloned();
            if let Some(before) = before.filter(|_| !self.mixed)
                && let Some(expected) = refusal(key, &before, basis, month)
            {
                out.insert(row.row);
                let source = figures.text(row.source);
                parsed.refuse(row.row, CellError::new("source", source, expected))?;
                continue;
            }
            if !self.brought.contains_key(key) && *basis != Basis::default() {
                self.brought.insert(key.clone(), basis.clone());
            }
        }
        if !out.is_empty() {
            figures.retain(|row| !(is_observed(row) && out.contains(&row.row)));
        }
        parsed.figures = figures;
        Ok(parsed)
    }
}

fn is_observed(row: &FigureRow) -> bool {
    row.kind == FigureKind::Observation
}

/// Whether a month of a series has a figure.
fn has_figure(known: &dyn KnownFigures, key: &SeriesKey, month: Month) -> bool {
    let found = known.months(key).and_then(|(first, values)| {
        let at = month.index_from(first)?;
        values.get(at).copied()
    });
    found.is_some_and(|value| !value.is_nan())
}

fn other_edition(one: &Basis, other: &Basis) -> bool {
    let editions = one.edition.as_ref().zip(other.edition.as_ref());
    editions.is_some_and(|(one, other)| one != other)
}

/// Return what is expected of a figure of another basis; `None` where it fits the series.
fn refusal(key: &SeriesKey, before: &Basis, basis: &Basis, month: Month) -> Option<String> {
    let advice = "leave the file out, keep it in a store of its own, or join both on purpose with \
                  --mixed-basis";
    if let Some((known, this)) = before.conflict(basis) {
        return Some(format!(
            "expected {known}, as the other figures of {key}; this one is {this}, which is no \
             further month and no revision of them: {advice}"
        ));
    }
    let same_month = other_edition(before, basis) && before.edition.is_some();
    let edition = |basis: &Basis| basis.edition.clone().unwrap_or_default();
    same_month.then(|| {
        format!(
            "expected edition {} of the classification, in which {month} of {key} is known; this \
             figure is of edition {}, no revision of it: {advice}",
            edition(before),
            edition(basis)
        )
    })
}
