//! What moved an outlook between two days: other series, revisions, new figures of each partner.

use super::from_releases;
use super::inputs::OutlookInputs;
use super::request::OutlookRequest;
use super::result::OutlookError;
use crate::catalog::{Snapshot, Vintage};
use crate::growth::{GrowthMeasure, SeriesDraws};
use crate::trade::release::FigureMeasure;
use crate::trade::{Month, Release, SeriesKey, Span, area};
use crate::work::Work;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use time::Date;

/// Why the outlook of one day differs from that of an earlier one.
#[derive(Debug, Clone, PartialEq)]
pub struct OutlookChange {
    /// The headline series.
    pub key: SeriesKey,
    /// The year whose growth moved.
    pub year: Span,
    /// The earlier day.
    pub since: Date,
    /// The median growth as of the earlier day, a fraction.
    pub before: f64,
    /// The median growth of the request's vintage, a fraction.
    pub after: f64,
    /// What moved it, in the order in which it is added. The points add up to the difference.
    pub causes: Vec<ChangeCause>,
}

/// One cause of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeCause {
    /// The cause, in words.
    pub name: String,
    /// Percentage points.
    pub points: f64,
}

impl OutlookChange {
    /// Explain how the outlook of `request` differs from that of the day `since`.
    ///
    /// # Errors
    /// [`OutlookError`] where one of both outlooks does not exist, is one from long monthly series,
    /// or is of another year.
    pub fn new(
        snapshot: &Arc<Snapshot>,
        request: &OutlookRequest,
        since: Date,
    ) -> Result<Self, OutlookError> {
        let plan = OutlookChangePlan::new(snapshot, request, since)?;
        Ok(plan.change(&plan.growth(0..plan.steps())?))
    }
}

/// A comparison whose causes are known. Nothing is computed yet.
///
/// Step 0 is the outlook of the earlier day. Each further step adds a cause to the one before.
#[derive(Debug, Clone)]
pub struct OutlookChangePlan {
    since: Date,
    before: OutlookInputs,
    after: OutlookInputs,
    /// The causes, each with the figures that are known with it and all before.
    causes: Vec<(String, Vec<Release>)>,
}

impl OutlookChangePlan {
    /// Find what may have moved the outlook of `request` since the day `since`.
    ///
    /// # Errors
    /// [`OutlookError`] where one of both outlooks does not exist, is one from long monthly series,
    /// or is of another year.
    pub fn new(
        snapshot: &Arc<Snapshot>,
        request: &OutlookRequest,
        since: Date,
    ) -> Result<Self, OutlookError> {
        if let Vintage::AsOf(day) = request.vintage
            && since >= day
        {
            let reason = format!("expected a day before {day}, the as-of date, not {since}");
            return Err(OutlookError::NoChange { reason });
        }
        let earlier = request.clone().with_vintage(Vintage::AsOf(since)).plain();
        let before = OutlookInputs::new(Arc::clone(snapshot), earlier)?;
        let after = OutlookInputs::new(Arc::clone(snapshot), request.clone().plain())?;
        if !(before.monthly().is_empty() && after.monthly().is_empty()) {
            return Err(OutlookError::NoChange {
                reason: "the pair has long monthly series; `tradecast explain KEY --since DATE` \
                         compares their forecasts"
                    .to_owned(),
            });
        }
        if before.year() != after.year() {
            let reason = format!("the year under way was {} then", before.year());
            return Err(OutlookError::NoChange { reason });
        }
        let mut causes = Vec::new();
        let mut known = before.releases().to_vec();
        causes.push(("other pairs and exchange rates".to_owned(), known.clone()));
        if revise(&mut known, after.releases()) {
            causes.push(("revisions of earlier months".to_owned(), known.clone()));
        }
        let place = |r: &Release| (r.key.clone(), r.measure, r.span);
        let old: BTreeSet<_> = known.iter().map(place).collect();
        // Members come before their sums, which would tell of all of them at once.
        let mut new: BTreeMap<(bool, String), Vec<Release>> = BTreeMap::new();
        for release in after.releases().iter().filter(|r| !old.contains(&place(r))) {
            let partner = &release.key.partner;
            let single = area::members(&request.partner).is_none();
            let name = match single {
                true => release.key.flow.word().to_owned(),
                false => partner.to_string(),
            };
            let place = (*partner == request.partner, name);
            new.entry(place).or_default().push(release.clone());
        }
        let last = new.len();
        for (k, ((_, name), figures)) in new.into_iter().enumerate() {
            known.extend(figures);
            // At the end everything is as it stands, so that no figure is left out.
            let all = if k + 1 == last {
                after.releases()
            } else {
                &known
            };
            causes.push((format!("new figures, {name}"), all.to_vec()));
        }
        Ok(Self {
            since,
            before,
            after,
            causes,
        })
    }

    /// Return the number of outlooks that are computed: one more than there are causes.
    pub fn steps(&self) -> usize {
        self.causes.len() + 1
    }

    /// Return the median growth of the year at some steps, on all threads.
    ///
    /// # Errors
    /// [`OutlookError`] where the figures of a step do not suffice.
    pub fn growth(&self, steps: Range<usize>) -> Result<Vec<f64>, OutlookError> {
        let work = Work::current();
        let growth = |step: usize| work.part(|| self.growth_at(step));
        steps.into_par_iter().map(growth).collect()
    }

    fn growth_at(&self, step: usize) -> Result<f64, OutlookError> {
        let inputs = match step.checked_sub(1) {
            None => &self.before,
            Some(cause) => &self.after.with_releases(self.causes[cause].1.clone()),
        };
        let drawn = from_releases::draw(inputs)?;
        let december = Month::january(self.after.year()).plus(11);
        let joint = drawn.in_currencies(inputs)?.home;
        let year = SeriesDraws::new(&joint, 0).read(GrowthMeasure::Year, december, &[]);
        Ok(year.map_or(f64::NAN, |year| year.median))
    }

    /// Return the change as far as `growth`, the medians of the first steps, tells it.
    pub fn change(&self, growth: &[f64]) -> OutlookChange {
        let causes = self.causes.iter().zip(growth.windows(2));
        let cause = |((name, _), growth): (&(String, _), &[f64])| ChangeCause {
            name: name.clone(),
            points: 100.0 * (growth[1] - growth[0]),
        };
        OutlookChange {
            key: from_releases::headline(&self.after),
            year: Span::year(self.after.year()),
            since: self.since,
            before: growth.first().copied().unwrap_or(f64::NAN),
            after: growth.last().copied().unwrap_or(f64::NAN),
            causes: causes.map(cause).collect(),
        }
    }
}

/// Bring `known` to what later figures say of the same spans: figures that were replaced, and years
/// to date less the months that came after. Returns whether anything changed.
fn revise(known: &mut [Release], later: &[Release]) -> bool {
    let levels: BTreeMap<(&SeriesKey, Span), f64> = later
        .iter()
        .filter(|release| release.measure == FigureMeasure::Level)
        .map(|release| ((&release.key, release.span), release.value))
        .collect();
    let replaced: BTreeMap<(&SeriesKey, FigureMeasure, Span), &Release> = later
        .iter()
        .map(|release| ((&release.key, release.measure, release.span), release))
        .collect();
    // The year to date that was known last, of each series and year.
    let mut reach: BTreeMap<(SeriesKey, i32), Span> = BTreeMap::new();
    for release in known.iter().filter(|r| r.measure == FigureMeasure::Level) {
        let span = release.span;
        if span == Span::year_to_date(span.last()) {
            let place = (release.key.clone(), span.first().year());
            let reach = reach.entry(place).or_insert(span);
            *reach = if span.len() > reach.len() {
                span
            } else {
                *reach
            };
        }
    }
    let mut changed = false;
    for release in known.iter_mut() {
        let place = (&release.key, release.measure, release.span);
        let mut value = replaced
            .get(&place)
            .map_or(release.value, |later| later.value);
        let span = release.span;
        let year = (release.key.clone(), span.first().year());
        if release.measure == FigureMeasure::Level && reach.get(&year) == Some(&span) {
            let later = (span.last().of_year() + 1..=12).rev().find_map(|month| {
                let last = Month::new(span.first().year(), month)?;
                let all = levels.get(&(&release.key, Span::year_to_date(last)))?;
                let after = Span::between(span.last().plus(1), last)?;
                let months = after
                    .iter()
                    .map(|m| levels.get(&(&release.key, Span::month(m))));
                Some(all - months.sum::<Option<f64>>()?)
            });
            value = later.unwrap_or(value);
        }
        changed |= (value - release.value).abs() > 1e-9 * release.value.abs();
        release.value = value;
    }
    changed
}
