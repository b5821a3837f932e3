//! What a file would bring: its first figures as they are read, and the total of each year.

use super::figures::{FigureKind, FigureRow};
use super::parsed_file::ParsedFile;
use crate::trade::{FigureMeasure, SeriesKey};
use std::collections::BTreeMap;

/// The sum of a series' observations in one year.
#[derive(Debug, Clone, PartialEq)]
pub struct YearTotal<'a> {
    /// Series.
    pub key: &'a SeriesKey,
    /// Year.
    pub year: i32,
    /// Number of months with a value.
    pub months: usize,
    /// Sum in base units.
    pub value: f64,
}

impl ParsedFile {
    /// Return the sums of observations by series and year, sorted by both. Gaps add nothing.
    pub fn year_totals(&self) -> Vec<YearTotal<'_>> {
        let mut totals: BTreeMap<(&SeriesKey, i32), (usize, f64)> = BTreeMap::new();
        for row in self.figures.rows() {
            if is_month(row) {
                let of_year = (self.figures.key(row.key), row.span.first().year());
                let (months, value) = totals.entry(of_year).or_default();
                *months += 1;
                *value += row.value;
            }
        }
        let total = |((key, year), (months, value))| YearTotal {
            key,
            year,
            months,
            value,
        };
        totals.into_iter().map(total).collect()
    }
}

fn is_month(row: &FigureRow) -> bool {
    row.kind == FigureKind::Observation
        && row.measure == FigureMeasure::Level
        && !row.value.is_nan()
}
