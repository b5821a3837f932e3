//! Order of a batch, and figures that it states twice.

use super::batch::{FigureBatch, FigureRow};
use super::identity::FigureIdentity;
use crate::ingest::refusal::{IngestError, Refusal};

impl FigureBatch {
    /// Sort the figures by series, kind, measure, span and day of release.
    ///
    /// # Errors
    /// A refusal of the first row that states a figure again that an earlier row has stated.
    pub fn sort(&mut self) -> Result<(), IngestError> {
        let mut order: Vec<u32> = (0..u32::try_from(self.keys.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by_cached_key(|k| self.keys[*k as usize].to_string());
        let mut rank = vec![0_u32; order.len()];
        for (at, key) in (0_u32..).zip(&order) {
            rank[*key as usize] = at;
        }
        let whole = |row: &FigureRow| (rank[row.key as usize], by_number(row), row.row);
        if !self.rows.is_sorted_by_key(whole) {
            self.rows.sort_by_key(whole);
        }
        let pairs = self.rows.windows(2);
        let repeats = pairs.filter(|pair| is_same(&pair[0], &pair[1]));
        match repeats.min_by_key(|pair| pair[1].row) {
            Some([earlier, later]) => Err(self.repeated(later, earlier).into()),
            _ => Ok(()),
        }
    }

    /// Remove the rows that state a figure again that an earlier row has stated. `refuse` gets the
    /// refusal of each, one at a time and in the order of rows, so that of millions only those need
    /// be kept that are listed.
    ///
    /// # Errors
    /// The error that `refuse` returns; then no further row is refused, and all rows stay.
    pub(in crate::ingest) fn remove_repeated(
        &mut self,
        mut refuse: impl FnMut(Refusal) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let whole = |row: &FigureRow| (row.key, by_number(row), row.row);
        // Most files come in order, and then no figure is there twice.
        let rising = |pair: &[FigureRow]| {
            (pair[0].key, by_number(&pair[0])) < (pair[1].key, by_number(&pair[1]))
        };
        if self.rows.windows(2).all(rising) {
            return Ok(());
        }
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|at| whole(&self.rows[*at]));
        // The later row and the first one of the same figure.
        let mut repeats: Vec<(usize, usize)> = Vec::new();
        for same in order.chunk_by(|a, b| is_same(&self.rows[*a], &self.rows[*b])) {
            let later = same[1..].iter();
            repeats.extend(later.map(|at| (*at, same[0])));
        }
        repeats.sort_unstable();
        for (later, first) in &repeats {
            refuse(self.repeated(&self.rows[*later], &self.rows[*first]))?;
        }
        let mut removed = repeats.iter().map(|(at, _)| *at).peekable();
        let mut at = 0;
        self.rows.retain(|_| {
            let is_removed = removed.next_if_eq(&at).is_some();
            at += 1;
            !is_removed
        });
        Ok(())
    }

    fn repeated(&self, later: &FigureRow, earlier: &FigureRow) -> Refusal {
        let (source, other) = (self.text(later.source), self.text(earlier.source));
        let from = match source == other {
            true => String::new(),
            // Two valuations or classifications of one flow stand in one file.
            false => format!(", from `{other}`; this one is from `{source}`"),
        };
        Refusal {
            file: self.file.clone(),
            sheet: None,
            row: Some(later.row),
            column: Some(self.period.as_deref().unwrap_or("period").to_owned()),
            value: Some(later.span.to_string()),
            expected: format!(
                "expected a figure for {} that series `{}` does not have yet; \
                 row {} gives it already{from}",
                later.span,
                self.key(later.key),
                earlier.row
            ),
        }
    }
}

/// Return the identity of a figure within its batch.
fn by_number(row: &FigureRow) -> FigureIdentity<u32> {
    row.identity(|number| number)
}

/// Whether two rows of a batch state the same figure of the same series.
fn is_same(a: &FigureRow, b: &FigureRow) -> bool {
    a.key == b.key && by_number(a) == by_number(b)
}

#[cfg(test)]
mod tests {
    use super::super::{Figure, FigureKind};
    use super::*;
    use crate::trade::{FigureMeasure, SeriesKey, Span};
    use std::path::Path;

    /// Make a batch of the values 0, 1, … of January 2025 and, behind them, one of February 2025;
    /// rows are counted from 2.
    fn repeated(times: u32) -> FigureBatch {
        let mut figures = FigureBatch::new(Path::new("f"));
        let key = figures.series(&SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap());
        for at in 0..=times {
            let month = if at < times { "2025-01" } else { "2025-02" };
            let figure = Figure {
                kind: FigureKind::Observation,
                measure: FigureMeasure::Level,
                span: Span::parse(month).unwrap(),
                value: f64::from(at),
                rounding: 0.5,
                unit: "USD",
                status: "",
                released_on: None,
                source: "",
            };
            figures.push(key, &figure, u64::from(at) + 2);
        }
        figures
    }

    #[test]
    fn rows_that_repeat_a_figure_are_refused_one_by_one_and_removed() {
        let mut figures = repeated(4);
        let mut refused = Vec::new();
        let removed = figures.remove_repeated(|refusal| {
            refused.push(refusal.to_string());
            Ok(())
        });
        removed.unwrap();
        assert_eq!(refused.len(), 3);
        assert_eq!(
            refused[2],
            "f, row 5, column `period`, value `2025-01`: expected a figure for 2025-01 that series \
             `USA.MEX.M.TOTAL.USD` does not have yet; row 2 gives it already"
        );
        let values: Vec<f64> = figures.rows().iter().map(|row| row.value).collect();
        assert_eq!(values, [0.0, 4.0]);
        let none = figures.remove_repeated(|refusal| Err(refusal.into()));
        assert!(none.is_ok(), "no figure is there twice now");
    }

    #[test]
    fn no_further_repeat_is_refused_once_the_file_is() {
        let mut figures = repeated(100_000);
        let mut refused = 0;
        let error = figures.remove_repeated(|refusal| {
            refused += 1;
            Err(refusal.into())
        });
        assert!(error.unwrap_err().to_string().starts_with("f, row 3, "));
        assert_eq!((refused, figures.len()), (1, 100_001));
    }
}
