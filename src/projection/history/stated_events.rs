//! Events of a series that its forecaster states: they override what the figures alone would say.

use crate::trade::{Month, Span};

/// An event of a series that is known, not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedEvent {
    /// From this month on the series lies on another level, which lasts.
    LevelShift(Month),
    /// These months were exceptional: they say nothing of the months ahead.
    Outlier(Span),
}

/// The events that are stated of one series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatedEvents {
    /// The first months at a new level, rising.
    pub(in crate::projection) level_shifts: Vec<Month>,
    /// The exceptional months, rising.
    pub(in crate::projection) outliers: Vec<Month>,
}

impl StatedEvents {
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.level_shifts.is_empty() && self.outliers.is_empty()
    }

    /// Return the events up to the month `last`.
    #[must_use]
    pub fn until(mut self, last: Month) -> Self {
        self.level_shifts.retain(|month| *month <= last);
        self.outliers.retain(|month| *month <= last);
        self
    }

    /// Return the months of events that lie outside the months from `first` to `last`, where they
    /// say nothing of a series. A shift needs a month before it.
    pub(in crate::projection) fn outside(&self, first: Month, last: Month) -> Vec<Month> {
        let shifts = self.level_shifts.iter();
        let shifts = shifts.filter(|month| **month <= first || **month > last);
        let outliers = self.outliers.iter();
        let outliers = outliers.filter(|month| **month < first || **month > last);
        let mut all: Vec<Month> = shifts.chain(outliers).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl FromIterator<StatedEvent> for StatedEvents {
    fn from_iter<I: IntoIterator<Item = StatedEvent>>(events: I) -> Self {
        let mut all = Self::default();
        for event in events {
            match event {
                StatedEvent::LevelShift(month) => all.level_shifts.push(month),
                StatedEvent::Outlier(span) => all.outliers.extend(span.iter()),
            }
        }
        for months in [&mut all.level_shifts, &mut all.outliers] {
            months.sort_unstable();
            months.dedup();
        }
        all
    }
}
