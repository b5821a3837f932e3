//! Quality report of an import: what is suspicious about figures that are otherwise valid. It never
//! refuses a figure.
//!
//! The months of a file are checked together with all that is known of their series, but only what
//! the new months bring or decide is reported.
//!
//! | file | what it holds |
//! |---|---|
//! | `finding` | a finding, its kind, and the report |
//! | `known` | the figures that were known before the import |
//! | `levels` | the delivered levels by series and span |
//! | `months` | the months of a series, delivered and known before |
//! | `duplicates` | months that two files give |
//! | `gaps` | missing months within a series |
//! | `unit_jumps` | levels that change by a power of ten |
//! | `cumulative` | cumulatives typed as months |
//! | `growths` | published growth against the levels |
//! | `departures` | outliers, level shifts, and what cannot be told apart yet |
//! | `sums` | exports and imports that do not add up to their total |
//! | `mirrors` | one side's exports against the other side's imports |
//! | `revisions` | figures that differ from those known before |
//! | `sources` | months of a series from another source |
//! | `median` | the median of some values |

mod cumulative;
mod departures;
mod duplicates;
mod finding;
mod gaps;
mod growths;
mod known;
mod levels;
mod median;
mod mirrors;
mod months;
mod revisions;
mod sources;
mod sums;
mod unit_jumps;

#[cfg(test)]
mod test;

pub use finding::{QualityFinding, QualityIssue, QualityReport};
pub use known::KnownFigures;

use super::figures::{FigureKind, FigureRow};
use super::parsed_file::ParsedFile;
use crate::trade::{Completeness, Hierarchy, SeriesKey};
use levels::LevelTable;
use rayon::prelude::*;
use std::collections::HashSet;

/// Check the figures of `files` together, and against the figures that were `known` before.
pub fn report(files: &[ParsedFile], known: Option<&dyn KnownFigures>) -> QualityReport {
    let mut report = QualityReport::default();
    for file in files {
        report.figures += file.figures.len();
        for (reason, left) in &file.excluded {
            *report.left_out.entry(reason).or_default() += left.rows;
        }
        let columns = file.columns_left_out.iter();
        report.columns_left_out.extend(columns.cloned());
        let refusals = file.refusals.iter();
        report.refused.extend(refusals.map(ToString::to_string));
    }
    let series = files.iter().map(|file| file.figures.series_with_figures());
    report.series = series.flatten().collect::<HashSet<_>>().len();
    let levels = LevelTable::new(files);
    let hierarchy = Hierarchy::new(levels.keys().iter().copied(), Completeness::AllParts);
    let growth = growths::delivered(files);
    report.findings = duplicates::find(&levels);
    let found = (0..levels.keys().len())
        .into_par_iter()
        .flat_map_iter(|series| check_series(&levels, &hierarchy, series, &growth, known));
    report.findings.par_extend(found);
    report
        .findings
        .sort_by(|a, b| (a.issue, &a.series, a.period).cmp(&(b.issue, &b.series, b.period)));
    report
}

/// Run every check that concerns one series.
fn check_series(
    levels: &LevelTable<'_>,
    hierarchy: &Hierarchy,
    series: usize,
    growth: &[(&SeriesKey, FigureRow)],
    known: Option<&dyn KnownFigures>,
) -> Vec<QualityFinding> {
    let key = levels.keys()[series];
    let delivered = levels.of(series);
    let id = key.to_string();
    let observed = months::observed(key, delivered, known);
    let with_published = months::with_published(key, delivered, known);
    let mut found = gaps::find(&id, &observed);
    let departures = || departures::find(&id, with_published.as_ref().unwrap_or(&observed));
    match cumulative::find(&id, &observed) {
        // What falls back each January has no level to depart from.
        Some(cumulative) => found.push(cumulative),
        None => found.extend(departures()),
    }
    if delivered.iter().any(|level| level.kind == FigureKind::Rate) {
        // Exchange rates rise and fall without a pattern: only another unit would be suspicious.
        found.retain(|f| matches!(f.issue, QualityIssue::Gap | QualityIssue::UnitJump));
    }
    found.extend(growths::find(key, growth, delivered, known));
    found.extend(sums::find(levels, hierarchy, series));
    found.extend(mirrors::find(levels, key, delivered, known));
    if let Some(known) = known {
        found.extend(revisions::find(key, delivered, known));
    }
    let bases = known.map_or(&[][..], |known| known.bases(key));
    found.extend(sources::edition_break(&id, key.flow, delivered, bases));
    let source = known.map_or("", |known| known.source(key));
    found.extend(sources::find(id, delivered, source));
    found
}
