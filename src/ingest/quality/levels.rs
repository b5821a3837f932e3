//! Delivered levels by series and span.

use crate::ingest::figures::FigureKind;
use crate::ingest::parsed_file::ParsedFile;
use crate::trade::{FigureMeasure, SeriesKey, Span};
use std::collections::HashMap;
use time::Date;

/// A level that a file gives for a span.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeliveredLevel<'a> {
    /// Number of the series.
    pub(super) series: u32,
    pub(super) kind: FigureKind,
    pub(super) source: &'a str,
    pub(super) span: Span,
    released_on: Option<Date>,
    pub(super) value: f64,
    pub(super) rounding: f64,
}

impl DeliveredLevel<'_> {
    /// Whether it is the value of a month, not a figure published for a span.
    pub(super) fn is_observation(&self) -> bool {
        self.kind != FigureKind::Release
    }
}

/// Levels of all files by series and span: of two vintages the later one, of two observations with
/// one day of release that of the later file.
pub(super) struct LevelTable<'a> {
    keys: Vec<&'a SeriesKey>,
    numbers: HashMap<&'a SeriesKey, u32>,
    levels: Vec<DeliveredLevel<'a>>,
    /// Index of the first level of each series, and the number of all levels.
    starts: Vec<usize>,
    /// Levels that replaced one with the same day of release, and the value of that.
    duplicates: Vec<(DeliveredLevel<'a>, f64)>,
}

impl<'a> LevelTable<'a> {
    /// Collect the levels of `files`.
    pub(super) fn new(files: &'a [ParsedFile]) -> Self {
        let mut keys = Vec::new();
        let mut numbers: HashMap<&SeriesKey, u32> = HashMap::new();
        let mut levels = Vec::new();
        for file in files {
            let of_file: Vec<u32> = file
                .figures
                .keys()
                .iter()
                .map(|key| {
                    *numbers.entry(key).or_insert_with(|| {
                        keys.push(key);
                        u32::try_from(keys.len() - 1).unwrap_or(u32::MAX)
                    })
                })
                .collect();
            let rows = file.figures.rows().iter();
            let with_level =
                rows.filter(|r| r.measure == FigureMeasure::Level && !r.value.is_nan());
            levels.extend(with_level.map(|row| DeliveredLevel {
                series: of_file[row.key as usize],
                kind: row.kind,
                source: file.figures.text(row.source),
                span: row.span,
                released_on: row.released_on,
                value: row.value,
                rounding: row.rounding,
            }));
        }
        // The sort is stable, so that of two files the later one comes last.
        let order = |level: &DeliveredLevel<'_>| {
            (
                level.series,
                level.span,
                level.kind == FigureKind::Release,
                level.released_on,
            )
        };
        if !levels.is_sorted_by_key(order) {
            levels.sort_by_key(order);
        }
        let mut duplicates = Vec::new();
        levels.dedup_by(|later, earlier| {
            let same = later.series == earlier.series && later.span == earlier.span;
            if same && later.is_observation() && earlier.is_observation() {
                // With another day of release it is a revision, not the same figure again.
                if later.released_on == earlier.released_on {
                    duplicates.push((*later, earlier.value));
                }
                *earlier = *later;
            }
            // A release of a month beside its observation adds nothing here.
            same
        });
        let starts = (0..=keys.len())
            .map(|k| levels.partition_point(|level| (level.series as usize) < k))
            .collect();
        Self {
            keys,
            numbers,
            levels,
            starts,
            duplicates,
        }
    }

    /// Return the series by their numbers.
    pub(super) fn keys(&self) -> &[&'a SeriesKey] {
        &self.keys
    }

    /// Return the levels of a series by span.
    pub(super) fn of(&self, series: usize) -> &[DeliveredLevel<'a>] {
        &self.levels[self.starts[series]..self.starts[series + 1]]
    }

    /// Return the levels of the series `key` by span; none where no file has the series.
    pub(super) fn of_key(&self, key: &SeriesKey) -> &[DeliveredLevel<'a>] {
        let number = self.numbers.get(key);
        number.map_or(&[], |number| self.of(*number as usize))
    }

    /// Return the levels that replaced one with the same day of release, each with its series and
    /// the replaced value.
    pub(super) fn duplicates(
        &self,
    ) -> impl Iterator<Item = (&'a SeriesKey, &DeliveredLevel<'a>, f64)> {
        let duplicates = self.duplicates.iter();
        duplicates.map(|(level, value)| (self.keys[level.series as usize], level, *value))
    }
}

/// Return the level over `span`.
pub(super) fn at<'l, 'a>(
    levels: &'l [DeliveredLevel<'a>],
    span: Span,
) -> Option<&'l DeliveredLevel<'a>> {
    let at = levels.binary_search_by_key(&span, |level| level.span);
    at.ok().map(|at| &levels[at])
}
