//! Records: whether a span is larger than the same span of every earlier known year, and since when
//! years are known.

use super::published::PublishedFigures;
use super::value_range::ValueRange;
use crate::trade::release::FigureMeasure;
use crate::trade::{Series, SeriesKey, Span};

/// The levels of the same span in earlier years, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct PastLevels {
    span: Span,
    seen: Vec<(Span, ValueRange)>,
}

/// Whether a span is a record among the known years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordStanding {
    /// It is larger than each of them.
    Record,
    /// One of them was as large or larger.
    NoRecord,
    /// Rounding or a bound leaves it open.
    Open,
}

impl PastLevels {
    /// Return the levels in the earlier years of a series in which every month of the span has a
    /// figure.
    pub fn of_series(series: &Series<'_>, span: Span) -> Self {
        let years = years_before(span, series.first().year());
        let value = |span: Span| Some((span, ValueRange::exactly(series.sum(span)?)));
        Self {
            span,
            seen: years.filter_map(value).collect(),
        }
    }

    /// Return the levels in earlier years as published. If a level is missing or a lower bound, the
    /// base that the growth of the year after implies is used.
    pub fn of_published(published: &PublishedFigures<'_>, key: &SeriesKey, span: Span) -> Self {
        let first = published
            .spans(FigureMeasure::Level)
            .chain(published.spans(FigureMeasure::Growth))
            .filter(|(of, _)| *of == key)
            .map(|(_, span)| span.first().year() - 1)
            .min();
        let years = years_before(span, first.unwrap_or(span.first().year()));
        let value = |before: Span| {
            let stated = published.stated(key, FigureMeasure::Level, before);
            let base = || published.base(key, before.plus(12))?.combined;
            let value = match stated {
                // The growth of the year after may narrow a lower bound.
                Some(bound) if bound.upper.is_infinite() => base()
                    .and_then(|base| bound.intersection(base))
                    .unwrap_or(bound),
                Some(stated) => stated,
                None => base()?,
            };
            Some((before, value))
        };
        Self {
            span,
            seen: years.filter_map(value).collect(),
        }
    }

    /// Add the levels of earlier years from `first` on that are missing and that `level` knows.
    pub fn or_known(mut self, first: i32, level: impl Fn(Span) -> Option<f64>) -> Self {
        for year in years_before(self.span, first) {
            if self.seen.iter().all(|(seen, _)| *seen != year) {
                let known = level(year).map(ValueRange::exactly);
                self.seen.extend(known.map(|known| (year, known)));
            }
        }
        self.seen.sort_by_key(|(span, _)| span.first());
        self
    }

    /// Return the span.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Return the known earlier years, oldest first.
    pub fn seen(&self) -> &[(Span, ValueRange)] {
        &self.seen
    }

    /// Return the oldest known span.
    pub fn since(&self) -> Option<Span> {
        Some(self.seen.first()?.0)
    }

    /// Return the oldest span since which no year is missing. It is later than
    /// [`PastLevels::since`] if there are gaps; `None` if the year before is not known.
    pub fn unbroken_since(&self) -> Option<Span> {
        let mut since = None;
        for ((span, _), years) in self.seen.iter().rev().zip(1..) {
            if *span != self.span.plus(-12 * years) {
                break;
            }
            since = Some(*span);
        }
        since
    }

    /// Return the largest earlier year and its level: the upper end of a rounded figure, the figure
    /// itself of a lower bound.
    pub fn largest(&self) -> Option<(Span, f64)> {
        let end = |(span, value): &(Span, ValueRange)| {
            let end = if value.upper.is_finite() {
                value.upper
            } else {
                value.lower
            };
            (*span, end)
        };
        self.seen.iter().map(end).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Return whether `value` of the span is a record; `None` if no earlier year is known.
    pub fn standing(&self, value: ValueRange) -> Option<RecordStanding> {
        let most =
            |end: fn(&ValueRange) -> f64| self.seen.iter().map(|(_, v)| end(v)).reduce(f64::max);
        let (certain, possible) = (most(|v| v.lower)?, most(|v| v.upper)?);
        Some(if value.lower > possible {
            RecordStanding::Record
        } else if value.upper <= certain {
            RecordStanding::NoRecord
        } else {
            RecordStanding::Open
        })
    }

    /// Return the share of draws of the span's sum above [`PastLevels::largest`]; `None` if no
    /// earlier year is known or there are no draws.
    pub fn probability(&self, sums: &[f64]) -> Option<f64> {
        let (_, largest) = self.largest().filter(|_| !sums.is_empty())?;
        let above = sums.iter().filter(|sum| **sum > largest).count();
        Some(above as f64 / sums.len() as f64)
    }
}

/// Return the same span in every year from `first` to the year before, oldest first.
fn years_before(span: Span, first: i32) -> impl Iterator<Item = Span> {
    let years = span.first().year() - first;
    (1..=years.max(0)).rev().map(move |k| span.plus(-12 * k))
}

#[cfg(test)]
mod tests {
    use super::super::published::tests::{bundled, figure, key, span};
    use super::*;
    use crate::trade::Month;

    #[test]
    fn years_that_were_not_published_are_added_where_they_are_known() {
        let past = PastLevels {
            span: span("2024"),
            seen: vec![(span("2020"), ValueRange::exactly(5.0))],
        };
        let known = |year: Span| (year != span("2021")).then_some(7.0);
        let past = past.or_known(2020, known);
        assert_eq!(past.since(), Some(span("2020")));
        assert_eq!(past.unbroken_since(), Some(span("2022")));
        assert_eq!(past.largest(), Some((span("2023"), 7.0)));
        assert_eq!(past.seen()[0].1, ValueRange::exactly(5.0));
    }

    #[test]
    fn a_series_knows_its_records() {
        // Januaries of 2020 to 2023: 5, 9, none, 7.
        let mut values = vec![1.0; 37];
        (values[0], values[12], values[24], values[36]) = (5.0, 9.0, f64::NAN, 7.0);
        let series = Series::new("a", Month::january(2020), &values, false);
        let past = PastLevels::of_series(&series, span("2024-01"));
        assert_eq!(past.since(), Some(span("2020-01")));
        assert_eq!(past.unbroken_since(), Some(span("2023-01")));
        assert_eq!(past.largest(), Some((span("2021-01"), 9.0)));
        assert_eq!(
            past.standing(ValueRange::exactly(9.5)),
            Some(RecordStanding::Record)
        );
        assert_eq!(
            past.standing(ValueRange::exactly(9.0)),
            Some(RecordStanding::NoRecord)
        );
        assert_eq!(past.probability(&[8.0, 9.0, 10.0, 11.0]), Some(0.5));
        let first = PastLevels::of_series(&series, span("2020-01"));
        assert_eq!(
            (first.since(), first.standing(ValueRange::exactly(1.0))),
            (None, None)
        );
    }

    #[test]
    fn january_to_may_2025_is_a_record_over_what_is_known() {
        // Of the same five months only 2024 is known, by the base that +10.4 % implies: at most
        // 259.518 bn CNY, less than 286.415.
        let tidy = bundled();
        let published = PublishedFigures::new(&tidy.releases);
        let (key, five) = (key("CHN.CA5.T.TOTAL.CNY"), span("2025-01-01/P5M"));
        let past = PastLevels::of_published(&published, &key, five);
        assert_eq!(past.since(), Some(span("2024-01-01/P5M")));
        let value = published.stated(&key, FigureMeasure::Level, five).unwrap();
        assert_eq!(past.standing(value), Some(RecordStanding::Record));
        assert_eq!(past.probability(&[259.0e9, 260.0e9]), Some(0.5));
    }

    #[test]
    fn years_in_dollars_are_known_since_1992_with_gaps() {
        // 0.46 bn USD in 1992, over 49.5 in 2021, 70.2 in 2022, 89.4 in 2023, 94.82 in 2024. The
        // 40.0 % published for 2022 narrow the bound of 2021 to at most 70.25 / 1.3995 = 50.1965.
        let tidy = bundled();
        let published = PublishedFigures::new(&tidy.releases);
        let key = key("CHN.CA5.T.TOTAL.USD");
        let past = PastLevels::of_published(&published, &key, span("2024"));
        assert_eq!(past.since(), Some(span("1992")));
        assert_eq!(past.unbroken_since(), Some(span("2021")));
        assert_eq!(past.seen().len(), 4);
        assert!((past.seen()[1].1.upper / 1e9 - 50.1965).abs() < 1e-4);
        assert!((past.largest().unwrap().1 - 89.45e9).abs() < 1.0);
        let value = published
            .stated(&key, FigureMeasure::Level, span("2024"))
            .unwrap();
        assert_eq!(past.standing(value), Some(RecordStanding::Record));
    }

    #[test]
    fn a_bound_alone_leaves_a_record_open() {
        let name = "A.B.X.TOTAL.USD";
        let mut over = figure(name, "2023", FigureMeasure::Level, 10.0, 0.5);
        over.status = crate::trade::release::LOWER_BOUND.to_owned();
        let past =
            PastLevels::of_published(&PublishedFigures::new(&[over]), &key(name), span("2024"));
        assert_eq!(
            past.standing(ValueRange::exactly(12.0)),
            Some(RecordStanding::Open)
        );
        assert_eq!(past.largest(), Some((span("2023"), 10.0)));
    }

    #[test]
    fn rounding_leaves_a_record_open() {
        let name = "A.B.X.TOTAL.USD";
        let releases = [figure(name, "2023", FigureMeasure::Level, 10.0, 0.5)];
        let past =
            PastLevels::of_published(&PublishedFigures::new(&releases), &key(name), span("2024"));
        let value = |lower, upper| past.standing(ValueRange { lower, upper });
        assert_eq!(value(10.2, 10.8), Some(RecordStanding::Open));
        assert_eq!(value(10.6, 10.8), Some(RecordStanding::Record));
        assert_eq!(value(9.0, 9.5), Some(RecordStanding::NoRecord));
    }
}
