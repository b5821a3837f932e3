//! A series prepared for its forecast origins.

use crate::features::KnownRegressors;
use crate::models::SeasonLength;
use crate::projection::history::effects::ExpectedEffects;
use crate::projection::history::gaps::bridge;
use crate::projection::history::origin::Origin;
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
        })
    }

    /// Set the value of one of the user's columns in month `ahead` (from 0) after the last; nothing
    /// happens beyond the horizon.
    pub(in crate::projection) fn assume(&mut self, column: usize, ahead: usize, value: f64) {
        self.known.assume(column, self.y.len() + ahead, value);
    }

    /// Whether value `t` was observed, not bridged over a gap.
    pub(in crate::projection) fn is_seen(&self, t: usize) -> bool {
        self.seen[t]
    }

    /// Return the series up to the origin `back` months before its end, with all effects.
    pub(in crate::projection) fn plain(&self, back: usize) -> Origin<'_> {
        Origin::new(
            self.first,
            &self.y[..self.y.len() - back],
            &self.seen,
            &self.known,
            self.season,
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
