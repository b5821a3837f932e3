//! A series prepared for its forecast origins.

use crate::features::KnownRegressors;
use crate::models::SeasonLength;
use crate::models::seasonal::median;
use crate::projection::history::effects::ExpectedEffects;
use crate::projection::history::gaps::{bridge, rebridge};
use crate::projection::history::origin::Origin;
use crate::projection::history::stated_events::StatedEvents;
use crate::trade::regressors::{MissingRegressor, Regressors};
use crate::trade::{Month, Series};

/// The months before an origin that a series needs for the origin to count.
const MIN_BEFORE: usize = 30;

/// A series with gaps bridged and the known columns of its months.
#[derive(Debug)]
pub(in crate::projection) struct PreparedSeries {
    pub(in crate::projection) first: Month,
    pub(in crate::projection) y: Vec<f64>,
    seen: Vec<bool>,
    known: KnownRegressors,
    season: SeasonLength,
    /// The places of stated level shifts, rising.
    level_shifts: Vec<usize>,
    /// The places of stated outliers with their figures, which `y` does not have.
    outliers: Vec<(usize, f64)>,
}

impl PreparedSeries {
    /// Prepare a series with the known columns of its months and of `horizon` months after them.
    pub(in crate::projection) fn new(
        series: &Series<'_>,
        horizon: usize,
        regressors: &Regressors,
        season: SeasonLength,
    ) -> Result<Self, MissingRegressor> {
        let (y, seen) = bridge(series.values());
        let months = y.len() + horizon;
        let own = regressors.columns(series.id(), series.first(), months)?;
        Ok(Self {
            first: series.first(),
            y,
            seen,
            known: KnownRegressors::calendar(series.first(), months).with(own),
            season,
            level_shifts: Vec::new(),
            outliers: Vec::new(),
        })
    }

    /// Take events into account that are stated: outliers become gaps, and level shifts are kept
    /// for the origins after them. Events outside the series are ignored.
    pub(in crate::projection) fn state(&mut self, events: &StatedEvents) {
        let place = |month: &Month| month.index_from(self.first).filter(|t| *t < self.y.len());
        let shifts = events.level_shifts.iter().filter_map(place);
        self.level_shifts = shifts.filter(|t| *t > 0).collect();
        let outliers = events.outliers.iter().filter_map(place);
        let outliers: Vec<usize> = outliers.filter(|t| self.seen[*t]).collect();
        for t in outliers {
            self.outliers.push((t, self.y[t]));
            self.seen[t] = false;
        }
        if self.outliers.is_empty() {
            return;
        }
        rebridge(&mut self.y, &self.seen);
        let seen = |t: &usize| self.seen[*t];
        let ends = (0..self.y.len())
            .find(seen)
            .zip((0..self.y.len()).rfind(seen));
        let Some((first, last)) = ends else {
            return;
        };
        let start = self.y[first];
        self.y[..first].fill(start);
        // After the last figure left, the year before goes on at the level of the last months.
        let season = self.season.get();
        let changes = (last.saturating_sub(season - 1)..=last).filter_map(|t| {
            let before = t.checked_sub(season)?;
            (self.seen[t] && self.y[t] > 0.0 && self.y[before] > 0.0)
                .then(|| self.y[t] / self.y[before])
        });
        let mut changes: Vec<f64> = changes.collect();
        let change = (!changes.is_empty()).then(|| median(&mut changes));
        for t in last + 1..self.y.len() {
            self.y[t] = match (t.checked_sub(season), change) {
                (Some(before), Some(change)) => change * self.y[before],
                _ => self.y[last],
            };
        }
    }

    /// Whether the user gave regressors.
    pub(in crate::projection) fn has_regressors(&self) -> bool {
        self.known.has_added()
    }

    /// Whether events are stated of the series.
    pub(in crate::projection) fn has_events(&self) -> bool {
        !self.level_shifts.is_empty() || !self.outliers.is_empty()
    }

    /// Whether month `t` is stated to be an outlier.
    pub(in crate::projection) fn is_outlier(&self, t: usize) -> bool {
        self.outliers.iter().any(|(place, _)| *place == t)
    }

    /// Return the number of stated outliers.
    pub(in crate::projection) fn outlier_count(&self) -> usize {
        self.outliers.len()
    }

    /// Return the figure of month `t` as it was given, stated outliers too; `None` at a gap.
    pub(in crate::projection) fn figure(&self, t: usize) -> Option<f64> {
        let outlier = self.outliers.iter().find(|(place, _)| *place == t);
        let own = self.seen[t].then(|| self.y[t]);
        outlier.map(|(_, figure)| *figure).or(own)
    }

    /// Set the value of one of the user's columns in month `ahead` (from 0) after the last; nothing
    /// happens beyond the horizon.
    pub(in crate::projection) fn assume(&mut self, column: usize, ahead: usize, value: f64) {
        self.known.assume(column, self.y.len() + ahead, value);
    }

    /// Return the last month.
    pub(in crate::projection) fn last(&self) -> Month {
        self.first.forward(self.y.len().saturating_sub(1))
    }

    /// Whether value `t` was observed, not bridged over a gap.
    pub(in crate::projection) fn is_seen(&self, t: usize) -> bool {
        self.seen[t]
    }

    /// Return the series up to the origin `back` months before its end, with all effects.
    pub(in crate::projection) fn plain(&self, back: usize) -> Origin<'_> {
        let n = self.y.len() - back;
        let known_by_then = self.level_shifts.partition_point(|t| *t < n);
        Origin::new(
            self.first,
            &self.y[..n],
            &self.seen,
            &self.known,
            self.season,
            &self.level_shifts[..known_by_then],
        )
    }

    /// Return the series up to the origin `back` months before its end, without the effects of
    /// known columns; `expected` is what the panel says of them.
    pub(in crate::projection) fn origin(
        &self,
        back: usize,
        expected: Option<&ExpectedEffects>,
    ) -> Origin<'_> {
        let plain = self.plain(back);
        let evidence = plain.evidence();
        plain.without_effects(evidence.as_ref(), expected)
    }

    /// Whether an origin so far back counts: enough months lie before it, and its own month was
    /// observed. Within a gap it would know a line that leads to a value after it.
    pub(in crate::projection) fn reaches(&self, back: usize) -> bool {
        self.y.len() >= back + MIN_BEFORE && self.seen[self.y.len() - back - 1]
    }

    /// Return at most `horizon` values after the origin `back` months before the end, gaps as NaN.
    pub(in crate::projection) fn actual(&self, back: usize, horizon: usize) -> Vec<f64> {
        let start = self.y.len() - back;
        (start..start + back.min(horizon))
            .map(|t| if self.seen[t] { self.y[t] } else { f64::NAN })
            .collect()
    }
}
