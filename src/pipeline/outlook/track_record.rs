//! The record of past outlooks: what was said of a year as of each day on which figures came, and
//! what the year became.

use super::inputs::OutlookInputs;
use super::request::OutlookRequest;
use super::result::OutlookError;
use super::{from_releases, summary};
use crate::catalog::{Snapshot, Vintage};
use crate::growth::{GrowthEstimate, GrowthMeasure, PublishedFigures};
use crate::trade::release::FigureMeasure;
use crate::trade::{SeriesKey, Span};
use std::collections::BTreeSet;
use std::sync::Arc;
use time::Date;

/// What an outlook said as of one day.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackRecordRow {
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
    /// The growth of the year as it was published later, a fraction; `None` if it is not known yet.
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
        let request = request.clone().plain();
        let now = OutlookInputs::new(Arc::clone(snapshot), request.clone())?;
        if !now.monthly().is_empty() {
            return Err(OutlookError::NoChange {
                reason: "the pair has long monthly series; `tradecast backtest` scores their \
                         forecasts"
                    .to_owned(),
            });
        }
        let published = PublishedFigures::new(now.releases());
        let days: BTreeSet<Date> = now
            .all()
            .iter()
            .filter_map(|release| release.released_on)
            .filter(|day| *day >= from)
            .collect();
        let mut key = None;
        let mut rows = Vec::new();
        for as_of in days {
            let request = request.clone().with_vintage(Vintage::AsOf(as_of));
            let Ok(inputs) = OutlookInputs::new(Arc::clone(snapshot), request) else {
                continue;
            };
            let Ok(drawn) = from_releases::draw(&inputs) else {
                continue;
            };
            let outlook = summary::summarize(&inputs, &drawn)?;
            let (head, year) = (&outlook.key, outlook.year);
            let growth = outlook.readings.iter().find_map(|(unit, growth)| {
                let wanted = *unit == head.unit && growth.measure == GrowthMeasure::Year;
                wanted.then_some(growth)
            });
            let Some(growth) = growth.cloned() else {
                continue;
            };
            let figure = |measure, span| {
                let figure = published.figure(head, measure, span)?;
                (!figure.is_bound()).then_some(figure.value)
            };
            let levels = || {
                let now = figure(FigureMeasure::Level, year)?;
                Some(now / figure(FigureMeasure::Level, year.year_before())? - 1.0)
            };
            let under_way = outlook.known.len() < 12;
            rows.push(TrackRecordRow {
                as_of,
                known: outlook.known,
                growth,
                flat_rest: outlook.flat_rest_growth,
                growth_so_far: outlook.growth.filter(|_| under_way),
                outcome: figure(FigureMeasure::Growth, year).or_else(levels),
            });
            key = Some(outlook.key);
        }
        let key = key.ok_or_else(|| OutlookError::Unknown {
            reporter: request.reporter.clone(),
            partner: request.partner.clone(),
            product: request.product.clone(),
        })?;
        Ok(Self { key, rows })
    }
}
