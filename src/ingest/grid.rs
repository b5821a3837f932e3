//! A grid of monthly values: each series contiguous, sorted, unique by month, its gaps explicit.
//! Rows may come in any order.

use super::refusal::{IngestError, Refusal};
use crate::trade::Month;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Largest number of months without a figure between two figures of a series: beyond it, a date is
/// wrong, or the figures belong to two series. A [`MonthGrid`] has room for every month, so that a
/// row of the year 1000 would cost as much as a thousand years of figures.
pub const LONGEST_GAP: i32 = 600;

/// Values of every series of a panel in one column.
#[derive(Debug, Clone, Default)]
pub struct MonthGrid {
    /// Values, series after series, gaps as NaN.
    pub values: Vec<f64>,
    /// Series, sorted by name.
    pub entries: Vec<GridSeries>,
}

/// Position of a series in a [`MonthGrid`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridSeries {
    /// Name of the series.
    pub id: Box<str>,
    /// First month.
    pub first: Month,
    /// Index of the first value in the grid's column.
    pub start: usize,
    /// Number of months, gaps included.
    pub len: usize,
}

/// Builder of a grid from rows in any order.
///
/// The usual file, sorted by series and month, costs eight bytes a value and one run a series; a
/// file in any other order costs more runs, and is sorted at the end.
#[derive(Debug, Default)]
pub struct GridBuilder {
    ids: Vec<Box<str>>,
    index: HashMap<Box<str>, u32>,
    values: Vec<f64>,
    runs: Vec<MonthRun>,
    files: Vec<PathBuf>,
}

/// Consecutive rows of one series whose months follow each other without a gap.
#[derive(Debug, Clone, Copy)]
struct MonthRun {
    series: u32,
    first: Month,
    start: usize,
    len: u32,
    file: u32,
    row: u64,
}

impl MonthRun {
    /// Return the month after the last one.
    fn end(&self) -> Month {
        self.first.forward(self.len as usize)
    }
}

impl GridBuilder {
    /// Start the rows of another file.
    pub fn start_file(&mut self, file: &Path) {
        self.files.push(file.to_owned());
    }

    /// Return the number of the series `id`, which is added where it is new.
    pub fn series(&mut self, id: &str) -> u32 {
        if let Some(series) = self.index.get(id) {
            return *series;
        }
        let series =
            u32::try_from(self.ids.len()).expect("fewer than four thousand million series");
        self.ids.push(id.into());
        self.index.insert(id.into(), series);
        series
    }

    /// Add a row of the file; a NaN value is a gap that the file states.
    pub fn push(&mut self, series: u32, month: Month, value: f64, row: u64) {
        let file = u32::try_from(self.files.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let start = self.values.len();
        self.values.push(value);
        if let Some(run) = self.runs.last_mut()
            && run.series == series
            && run.file == file
            && row == run.row + u64::from(run.len)
            && month == run.end()
        {
            run.len += 1;
            return;
        }
        self.runs.push(MonthRun {
            series,
            first: month,
            start,
            len: 1,
            file,
            row,
        });
    }

    /// Return the grid of all rows.
    ///
    /// # Errors
    /// A refusal of the first row, in the order of files and rows, that gives a month of a series a
    /// second time; a refusal of a row more than [`LONGEST_GAP`] months after the one before.
    /// Refusals call the column of months `time_column`.
    pub fn finish(mut self, time_column: &str) -> Result<MonthGrid, IngestError> {
        let mut order: Vec<u32> = (0..u32::try_from(self.ids.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by(|a, b| self.ids[*a as usize].cmp(&self.ids[*b as usize]));
        self.runs
            .sort_by_key(|run| (run.series, run.first, run.file, run.row));
        if let Some((earlier, later)) = self.overlap() {
            return Err(self.duplicate(earlier, later, time_column));
        }
        if let Some((earlier, later)) = self.long_gap() {
            return Err(self.too_far(earlier, later, time_column));
        }
        let whole = self.runs.len() == self.ids.len();
        let mut of_series: Vec<std::ops::Range<usize>> = vec![0..0; self.ids.len()];
        for (at, run) in self.runs.iter().enumerate() {
            let range = &mut of_series[run.series as usize];
            *range = if range.start == range.end {
                at..at + 1
            } else {
                range.start..at + 1
            };
        }
        let entry = |series: u32, start: usize, len: usize| GridSeries {
            id: self.ids[series as usize].clone(),
            first: self.runs[of_series[series as usize].start].first,
            start,
            len,
        };
        if whole {
            // One run a series: the values are in their final order already.
            let entries = order
                .iter()
                .map(|series| {
                    let run = self.runs[of_series[*series as usize].start];
                    entry(*series, run.start, run.len as usize)
                })
                .collect();
            return Ok(MonthGrid {
                values: self.values,
                entries,
            });
        }
        let mut values = Vec::with_capacity(self.values.len());
        let mut entries = Vec::with_capacity(order.len());
        for series in order {
            let start = values.len();
            let runs = &self.runs[of_series[series as usize].clone()];
            let Some(first) = runs.first().map(|run| run.first) else {
                continue;
            };
            for run in runs {
                let at = start + run.first.index_from(first).unwrap_or(0);
                values.resize(at, f64::NAN);
                values.extend_from_slice(&self.values[run.start..run.start + run.len as usize]);
            }
            entries.push(entry(series, start, values.len() - start));
        }
        Ok(MonthGrid { values, entries })
    }

    /// Return two neighbouring runs of one series that share a month: of all such pairs, the one
    /// whose later row comes first.
    fn overlap(&self) -> Option<(MonthRun, MonthRun)> {
        let mut furthest: Option<MonthRun> = None;
        let mut found: Option<(MonthRun, MonthRun)> = None;
        for run in &self.runs {
            match furthest.filter(|f| f.series == run.series) {
                Some(before) if run.first < before.end() => {
                    let pair = (before, *run);
                    let key = |(a, b): &(MonthRun, MonthRun)| (a.file, a.row).max((b.file, b.row));
                    if found.as_ref().is_none_or(|f| key(&pair) < key(f)) {
                        found = Some(pair);
                    }
                    if run.end() > before.end() {
                        furthest = Some(*run);
                    }
                }
                _ => furthest = Some(*run),
            }
        }
        found
    }

    /// Return two neighbouring runs of one series that are too far from each other.
    fn long_gap(&self) -> Option<(MonthRun, MonthRun)> {
        let pair = self.runs.windows(2).find(|pair| {
            pair[0].series == pair[1].series && pair[1].first.since(pair[0].end()) > LONGEST_GAP
        })?;
        Some((pair[0], pair[1]))
    }

    fn too_far(&self, earlier: MonthRun, later: MonthRun, time_column: &str) -> IngestError {
        let last = earlier.end().plus(-1);
        Refusal {
            file: self
                .files
                .get(later.file as usize)
                .cloned()
                .unwrap_or_default(),
            sheet: None,
            row: Some(later.row),
            column: Some(time_column.to_owned()),
            value: Some(later.first.to_string()),
            expected: format!(
                "expected at most {LONGEST_GAP} months of `{}` without a figure; \
                 the one before is of {last}, in row {}",
                self.ids[later.series as usize],
                earlier.row + u64::from(earlier.len) - 1
            ),
        }
        .into()
    }

    fn duplicate(&self, a: MonthRun, b: MonthRun, time_column: &str) -> IngestError {
        let month = a.first.max(b.first);
        let place = |run: &MonthRun| {
            let at = month.index_from(run.first).unwrap_or(0);
            let value = self.values.get(run.start + at).copied();
            ((run.file, run.row + at as u64), value.unwrap_or(f64::NAN))
        };
        let (a_place, b_place) = (place(&a), place(&b));
        let (((file, row), value), ((old_file, old_row), old_value)) = if a_place.0 > b_place.0 {
            (a_place, b_place)
        } else {
            (b_place, a_place)
        };
        let shown = |value: f64| match value.is_nan() {
            true => "no figure".to_owned(),
            false => value.to_string(),
        };
        let compared = match shown(value) == shown(old_value) {
            true => format!("with the same value, {}", shown(value)),
            false => format!("as {}, here it is {}", shown(old_value), shown(value)),
        };
        let name = |file: u32| self.files.get(file as usize).cloned().unwrap_or_default();
        let elsewhere = if file == old_file {
            String::new()
        } else {
            format!("{}, ", name(old_file).display())
        };
        Refusal {
            file: name(file),
            sheet: None,
            row: Some(row),
            column: Some(time_column.to_owned()),
            value: Some(month.to_string()),
            expected: format!(
                "expected a month that series `{}` does not have yet; \
                 {elsewhere}row {old_row} gives it already, {compared}",
                self.ids[a.series as usize]
            ),
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn collect(rows: &[(&str, i32, f64)]) -> Result<MonthGrid, IngestError> {
        let mut runs = GridBuilder::default();
        runs.start_file(Path::new("panel.csv"));
        for (k, (id, month, value)) in rows.iter().enumerate() {
            let series = runs.series(id);
            runs.push(
                series,
                Month::january(2000).plus(*month),
                *value,
                k as u64 + 2,
            );
        }
        runs.finish("ds")
    }

    #[test]
    fn a_missing_month_becomes_an_explicit_gap() {
        let grid = collect(&[("b", 0, 1.0), ("b", 2, 3.0), ("a", 1, 9.0)]).unwrap();
        assert_eq!(
            grid.entries.iter().map(|e| &*e.id).collect::<Vec<_>>(),
            ["a", "b"]
        );
        let b = &grid.entries[1];
        assert_eq!(b.len, 3);
        assert!(grid.values[b.start + 1].is_nan());
    }

    #[test]
    fn a_month_far_from_the_others_is_refused() {
        let mut runs = GridBuilder::default();
        runs.start_file(Path::new("a.csv"));
        let series = runs.series("A");
        for (row, month) in (2..).zip(["2024-01", "2024-02", "1204-03"]) {
            runs.push(series, Month::parse(month).unwrap(), 1.0, row);
        }
        assert_eq!(
            runs.finish("ds").unwrap_err().to_string(),
            "a.csv, row 2, column `ds`, value `2024-01`: expected at most 600 months of `A` \
             without a figure; the one before is of 1204-03, in row 4"
        );
    }

    #[test]
    fn a_second_figure_of_a_month_is_refused_with_both_rows() {
        let error = collect(&[("a", 0, 1.0), ("a", 1, 2.0), ("b", 0, 1.0), ("a", 1, 5.0)])
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "panel.csv, row 5, column `ds`, value `2000-02`: expected a month that series `a` \
             does not have yet; row 3 gives it already, as 2, here it is 5"
        );
        let error = collect(&[("a", 0, 1.0), ("a", 0, 1.0)]).unwrap_err();
        let expected = "row 2 gives it already, with the same value, 1";
        assert!(error.to_string().ends_with(expected), "{error}");
    }

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_matter(
            rows in proptest::collection::btree_set((0..4_usize, 0..30_i32), 1..60),
            seed in any::<u64>(),
        ) {
            let ids = ["a", "b", "c", "d"];
            let mut rows: Vec<_> = rows
                .into_iter()
                .map(|(s, m)| (ids[s], m, f64::from(m) + s as f64 * 100.0))
                .collect();
            let sorted = collect(&rows).unwrap();
            let n = rows.len();
            for k in 0..n {
                rows.swap(k, (seed.wrapping_mul(k as u64 + 7) % n as u64) as usize);
            }
            let shuffled = collect(&rows).unwrap();
            prop_assert_eq!(sorted.entries.len(), shuffled.entries.len());
            for (a, b) in sorted.entries.iter().zip(&shuffled.entries) {
                prop_assert_eq!((&a.id, a.first, a.len), (&b.id, b.first, b.len));
                let bits = |g: &MonthGrid, e: &GridSeries| {
                    let values = g.values[e.start..e.start + e.len].iter();
                    values.map(|v| v.to_bits()).collect::<Vec<_>>()
                };
                prop_assert_eq!(bits(&sorted, a), bits(&shuffled, b));
            }
        }
    }
}
