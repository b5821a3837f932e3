//! A monthly series: sorted, unique by month, its gaps explicit.

use super::{Month, Span};

/// Borrowed monthly values from `first` on, in base units. A month without a figure is a gap and
/// holds NaN; a zero is a figure. The first and the last value are figures, never gaps.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    id: &'a str,
    first: Month,
    values: &'a [f64],
    may_be_negative: bool,
}

impl<'a> Series<'a> {
    /// Return the series named `id`, without the gaps at either end. `may_be_negative` is for
    /// balances.
    pub fn new(id: &'a str, first: Month, values: &'a [f64], may_be_negative: bool) -> Self {
        let lead = values.iter().take_while(|v| v.is_nan()).count();
        let tail = values[lead..]
            .iter()
            .rev()
            .take_while(|v| v.is_nan())
            .count();
        let first = first.forward(lead);
        Self {
            id,
            first,
            values: &values[lead..values.len() - tail],
            may_be_negative,
        }
    }

    /// Return the name.
    pub fn id(&self) -> &'a str {
        self.id
    }

    /// Return the first month.
    pub fn first(&self) -> Month {
        self.first
    }

    /// Return the last month with a figure; the month before the first if the series is empty.
    pub fn last(&self) -> Month {
        self.first.forward(self.values.len()).back(1)
    }

    /// Return the values, one a month, gaps as NaN.
    pub fn values(&self) -> &'a [f64] {
        self.values
    }

    /// Return how many months from the first to the last, gaps included.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no figure.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Return how many months are gaps.
    pub fn gaps(&self) -> usize {
        self.values.iter().filter(|v| v.is_nan()).count()
    }

    /// Whether values may be below zero.
    pub fn may_be_negative(&self) -> bool {
        self.may_be_negative
    }

    /// Return the value of `month`; `None` for a gap and outside the series.
    pub fn at(&self, month: Month) -> Option<f64> {
        let index = month.index_from(self.first)?;
        self.values.get(index).copied().filter(|v| !v.is_nan())
    }

    /// Return the sum over `span`; `None` if a month of it is missing.
    pub fn sum(&self, span: Span) -> Option<f64> {
        span.iter().map(|month| self.at(month)).sum()
    }

    /// Return the series without the months before `first`.
    #[must_use]
    pub fn from(&self, first: Month) -> Self {
        let dropped = first.index_from(self.first).unwrap_or(0).min(self.len());
        Self::new(
            self.id,
            self.first.forward(dropped),
            &self.values[dropped..],
            self.may_be_negative,
        )
    }

    /// Return the series without the months after `last`.
    #[must_use]
    pub fn until(&self, last: Month) -> Self {
        let keep = last.count_from(self.first).min(self.values.len());
        Self::new(
            self.id,
            self.first,
            &self.values[..keep],
            self.may_be_negative,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_not_a_zero() {
        let january = Month::january(2020);
        let values = [f64::NAN, 1.0, f64::NAN, 0.0, 4.0, f64::NAN];
        let series = Series::new("a", january, &values, false);
        assert_eq!(
            (series.first(), series.last(), series.len()),
            (january.plus(1), january.plus(4), 4)
        );
        assert_eq!(series.gaps(), 1);
        assert_eq!(
            (series.at(january.plus(2)), series.at(january.plus(3))),
            (None, Some(0.0))
        );
        assert_eq!(
            series.sum(Span::new(january.plus(3), 2).unwrap()),
            Some(4.0)
        );
        assert_eq!(series.sum(Span::new(january.plus(1), 3).unwrap()), None);
        assert_eq!(series.until(january.plus(2)).last(), january.plus(1));
    }
}
