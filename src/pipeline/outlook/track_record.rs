//! The record of past outlooks: what was said of a year as of each day on which figures came, and
//! what the year became.

use super::inputs::OutlookInputs;
use super::request::OutlookRequest;
use super::result::OutlookError;
use super::{from_releases, summary};
use crate::catalog::{Snapshot, Vintage};
use crate::growth::{GrowthEstimate, GrowthMeasure, PublishedFigures, SeriesDraws};
use crate::projection::JointDraws;
use crate::trade::release::FigureMeasure;
use crate::trade::{SeriesKey, Span};
use crate::work::Work;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use time::Date;

/// What an outlook said as of one day.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackRecordRow {
    /// The headline series.
    pub key: SeriesKey,
    /// The day.
    pub as_of: Date,
    /// The span that was known then.
    pub known: Span,
    /// The growth of the year under way then.
    pub growth: GrowthEstimate,
    /// The growth of the year if its rest had repeated the year before, a fraction.
    pub flat_rest: Option<f64>,
    /// The growth of the year if that of the known span had gone on, a fraction.
    pub growth_so_far: Option<f64>,
    /// The growth of the year as it was published later, a fraction; where none was published, that
    /// of flows and months, at monthly mean rates in another currency. `None` if the year or the
    /// year before is not known whole.
    pub outcome: Option<f64>,
}

/// The outlooks of a pair as of each day between two days on which figures of it came.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackRecord {
    /// The headline series.
    pub key: SeriesKey,
    /// The outlooks, oldest first.
    pub rows: Vec<TrackRecordRow>,
}

impl TrackRecord {
    /// Repeat the outlook of `request` as of each day from `from` on; the last day is that of its
    /// vintage. Days of which no outlook exists are left out.
    ///
    /// # Errors
    /// [`OutlookError`] where nothing is known, or the pair's outlook is one from long monthly
    /// series.
    pub fn new(
        snapshot: &Arc<Snapshot>,
        request: &OutlookRequest,
        from: Date,
    ) -> Result<Self, OutlookError> {
        let plan = TrackRecordPlan::new(snapshot, request, from)?;
        plan.record(plan.rows(plan.days())?)
    }
}

/// A track record whose days are known. Nothing is computed yet.
#[derive(Debug, Clone)]
pub struct TrackRecordPlan {
    /// What is known in the vintage of the request.
    now: OutlookInputs,
    days: Vec<Date>,
    /// The draws of what is known, where an outcome was not published.
    drawn: OnceLock<JointDraws>,
}

impl TrackRecordPlan {
    /// Find the days from `from` on, to that of the request's vintage, on which figures came.
    ///
    /// # Errors
    /// [`OutlookError`] where nothing is known, or the pair's outlook is one from long monthly
    /// series.
    pub fn new(
        snapshot: &Arc<Snapshot>,
        request: &OutlookRequest,
        from: Date,
    ) -> Result<Self, OutlookError> {
        let now = OutlookInputs::new(Arc::clone(snapshot), request.clone().plain())?;
        if !now.monthly().is_empty() {
            return Err(OutlookError::NoChange {
                reason: "the pair has long monthly series; `tradecast backtest` scores their \
                         forecasts"
                    .to_owned(),
            });
        }
        let all = now.all().iter();
        let all: BTreeSet<Date> = all.filter_map(|release| release.released_on).collect();
        let days: BTreeSet<Date> = all.range(from..).copied().collect();
        if days.is_empty() {
            let last = match all.last() {
                Some(last) => format!("; the last came on {last}"),
                None => ", since no figure states the day on which it came".to_owned(),
            };
            let reason = format!("no figures came from {from} on{last}");
            return Err(OutlookError::NoChange { reason });
        }
        Ok(Self {
            days: days.into_iter().collect(),
            drawn: OnceLock::new(),
            now,
        })
    }

    /// Return the days on which figures came, oldest first.
    pub fn days(&self) -> &[Date] {
        &self.days
    }

    /// Repeat the outlook as of some days, on all threads; `None` of a day without an outlook.
    ///
    /// # Errors
    /// [`OutlookError`] where an outlook cannot be read from its draws.
    pub fn rows(&self, days: &[Date]) -> Result<Vec<Option<TrackRecordRow>>, OutlookError> {
        let published = PublishedFigures::new(self.now.releases());
        // Before the threads begin: none of them may wait for another.
        if self.drawn.get().is_none() && self.lacks_outcome(&published) {
            let drawn = from_releases::draw(&self.now)?;
            let drawn = drawn.in_currencies(&self.now)?.home.into_owned();
            // Another caller may have been first, with the same draws.
            let _ = self.drawn.set(drawn);
        }
        let work = Work::current();
        let row = |day: &Date| work.part(|| self.row(*day, &published));
        days.par_iter().map(row).collect()
    }

    /// Whether nothing was published that states the growth of some past year of the days: it then
    /// follows from exchange rates, or from flows and months.
    fn lacks_outcome(&self, published: &PublishedFigures<'_>) -> bool {
        let head = from_releases::headline(&self.now);
        // A day early in a year may still be one of the year before.
        let first = self
            .days
            .first()
            .map_or(self.now.year(), |day| day.year() - 1);
        let mut past = (first..self.now.year()).map(Span::year);
        past.any(|year| outcome(published, &head, year).is_none())
    }

    /// Return the record of rows that were computed.
    ///
    /// # Errors
    /// None of the days has an outlook.
    pub fn record(&self, rows: Vec<Option<TrackRecordRow>>) -> Result<TrackRecord, OutlookError> {
        let rows: Vec<TrackRecordRow> = rows.into_iter().flatten().collect();
        let request = self.now.request();
        let unknown = || OutlookError::Unknown {
            reporter: request.reporter.clone(),
            partner: request.partner.clone(),
            product: request.product.clone(),
            vintage: request.vintage,
        };
        let key = rows.last().map(|row| row.key.clone()).ok_or_else(unknown)?;
        Ok(TrackRecord { key, rows })
    }

    /// Repeat the outlook as of a day; `None` where there is none. `published` are the figures of
    /// the request's vintage.
    fn row(
        &self,
        as_of: Date,
        published: &PublishedFigures<'_>,
    ) -> Result<Option<TrackRecordRow>, OutlookError> {
        let request = self.now.request().clone();
        let request = request.with_vintage(Vintage::AsOf(as_of));
        let Ok(inputs) = OutlookInputs::new(Arc::clone(self.now.snapshot()), request) else {
            return Ok(None);
        };
        let Ok(drawn) = from_releases::draw(&inputs) else {
            return Ok(None);
        };
        let outlook = summary::summarize(&inputs, &drawn)?;
        let (head, year) = (&outlook.key, outlook.year);
        let growth = outlook.readings.iter().find_map(|(unit, growth)| {
            let wanted = *unit == head.unit && growth.measure == GrowthMeasure::Year;
            wanted.then_some(growth)
        });
        let Some(growth) = growth.cloned() else {
            return Ok(None);
        };
        let drawn = || {
            let past = year.first().year() < self.now.year();
            let draws = self.drawn.get().filter(|_| past)?;
            // What is drawn of unknown months is an estimate, not what came.
            draws
                .whole(0, year)
                .and(draws.whole(0, year.year_before()))?;
            let view = SeriesDraws::new(draws, 0);
            let found = view.read(GrowthMeasure::Year, year.last(), &[]);
            found.map(|growth| growth.median)
        };
        let under_way = outlook.known.len() < 12;
        Ok(Some(TrackRecordRow {
            as_of,
            known: outlook.known,
            growth,
            flat_rest: outlook.flat_rest_growth,
            growth_so_far: outlook.growth.filter(|_| under_way),
            outcome: outcome(published, head, year).or_else(drawn),
            key: outlook.key,
        }))
    }
}

/// Return the growth of a year of `key` as published, else as two published levels state it.
fn outcome(published: &PublishedFigures<'_>, key: &SeriesKey, year: Span) -> Option<f64> {
    let figure = |measure, span| {
        let figure = published.figure(key, measure, span)?;
        (!figure.is_bound()).then_some(figure.value)
    };
    let levels = || {
        let now = figure(FigureMeasure::Level, year)?;
        Some(now / figure(FigureMeasure::Level, year.year_before())? - 1.0)
    };
    figure(FigureMeasure::Growth, year).or_else(levels)
}
