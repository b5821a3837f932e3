//! The outlook read from the joint draws.

use super::contributions::{observed_contributions, projected_contributions};
use super::draws::{DrawsInCurrencies, OutlookDraws};
use super::inputs::OutlookInputs;
use super::result::{Outlook, OutlookError, RateEffect, RecordOutlook, SpanLevel, YearDraws};
use crate::growth::PastLevels;
use crate::growth::ValueRange;
use crate::growth::contribution::exchange_rate_contribution;
use crate::growth::target::YearUnderWay;
use crate::growth::{Band, DistributionSummary, GrowthEstimate, GrowthMeasure, SeriesDraws};
use crate::growth::{PublishedFigures, RevisedBase, ratio};
use crate::projection::{DisaggregationError, JointDraws};
use crate::trade::{Currency, Flow, Month, Series, SeriesKey, Span, release};

/// The place of the headline series in the draws.
const HEADLINE: usize = 0;
/// The largest difference, in logarithms, between a published figure and the draws. A figure that
/// lies farther off contradicts all others: it is not repeated as known.
const MOST_OFF: f64 = 0.05;

/// Read the outlook from the draws.
///
/// # Errors
/// No span of the pair is known.
pub(super) fn summarize(
    inputs: &OutlookInputs,
    draws: &OutlookDraws,
) -> Result<Outlook, OutlookError> {
    let summary = Summary {
        inputs,
        draws,
        joint: draws.in_currencies(inputs)?,
        published: PublishedFigures::new(inputs.releases()),
    };
    summary.outlook()
}

/// The inputs and draws that an outlook is computed from.
struct Summary<'a> {
    inputs: &'a OutlookInputs,
    draws: &'a OutlookDraws,
    joint: DrawsInCurrencies<'a>,
    published: PublishedFigures<'a>,
}

impl Summary<'_> {
    fn outlook(&self) -> Result<Outlook, OutlookError> {
        let request = self.inputs.request();
        let joint = self.joint.home.as_ref();
        let year = Span::year(self.inputs.year());
        let (known, level) = self.known()?;
        let growth = self.known_growth(joint, known);
        let bases = self.bases(known);
        let under_way = self.year_under_way(year, known, level, growth);
        let year_draws = self.year_draws(year, under_way);
        let both = self.joint.all();
        let records = both.iter().filter_map(|joint| self.record(joint, year));
        // A record above years that leave out the last one is none.
        let record = records.max_by_key(|(years, record)| {
            let gap = record.unbroken_since.is_none();
            (!gap, *years, record.currency == self.inputs.home())
        });
        let published = PublishedFigures::new(self.inputs.all());
        let contradictions = published.contradictions(self.inputs.rates());
        let contradictions = contradictions.into_iter().filter(|found| {
            found.key.partner == request.partner && found.span.first() >= joint.first()
        });
        Ok(Outlook {
            key: self.head().clone(),
            drawn_in: self.draws.drawn_in(),
            vintage: request.vintage,
            known,
            level,
            growth,
            growth_on_printed_base: self
                .level_as_published(known.year_before())
                .map(|before| level / before - 1.0),
            base: self.base(&bases, known),
            bases,
            contributions: observed_contributions(
                self.inputs,
                joint,
                &self.published,
                known,
                growth,
            ),
            projected: projected_contributions(self.inputs, joint, year),
            share_of_base_year: under_way.map(YearUnderWay::share_of_base_year),
            flat_rest_growth: under_way.map(YearUnderWay::flat_rest_growth),
            target: request
                .target
                .and_then(|target| year_draws.as_ref()?.target(target)),
            year_draws,
            record: record.map(|(_, record)| record),
            rate: self.rate_effect(known),
            year,
            levels: self.levels(&both, year, known),
            readings: both
                .iter()
                .flat_map(|joint| self.readings(joint, year, known))
                .collect(),
            without_shocks: Vec::new(),
            basis: self.draws.basis.clone(),
            contradictions: contradictions.collect(),
        })
    }

    /// Return the headline series.
    fn head(&self) -> &SeriesKey {
        &self.joint.home.nodes()[HEADLINE].key
    }

    /// Return the published figure of the pair in the home currency, unless that is a bound.
    fn figure(&self, flow: Flow, measure: release::FigureMeasure, span: Span) -> Option<f64> {
        let key = self.key(flow);
        let figure = self.published.figure(&key, measure, span);
        figure
            .filter(|release| !release.is_bound())
            .map(|release| release.value)
    }

    /// Return the level of the headline series: as published, else the sum of known months, unless
    /// the draws contradict that by far.
    fn level(&self, span: Span) -> Option<f64> {
        let figure = self.figure(self.head().flow, release::FigureMeasure::Level, span);
        let level = figure.or_else(|| self.joint.home.whole(HEADLINE, span))?;
        Some(agreed(&self.joint.home, span, level))
    }

    /// Return the growth of the known span in the currency of `joint`: as published, unless the
    /// draws contradict that by far; else from the levels of both years; else that of the draws'
    /// own currency and what the exchange rate adds to it in the draws.
    fn known_growth(&self, joint: &JointDraws, known: Span) -> Option<f64> {
        let key = &joint.nodes()[HEADLINE].key;
        let figure = |measure, span| {
            let figure = self.published.figure(key, measure, span)?;
            (!figure.is_bound()).then_some(figure.value)
        };
        let near = |growth: &f64| {
            let drawn = drawn_growth(joint, known);
            drawn.is_none_or(|drawn| (growth.ln_1p() - drawn.ln_1p()).abs() <= MOST_OFF)
        };
        if let Some(growth) = figure(release::FigureMeasure::Growth, known).filter(near) {
            return Some(growth);
        }
        if key.unit == self.draws.drawn_in() {
            let level = |span| {
                let figure = figure(release::FigureMeasure::Level, span);
                let level = figure.or_else(|| joint.whole(HEADLINE, span))?;
                Some(agreed(joint, span, level))
            };
            return ratio(level(known)?, level(known.year_before())?);
        }
        let drawn = &self.draws.joint;
        let growth = self.known_growth(drawn, known)?;
        let rate = (1.0 + drawn_growth(joint, known)?) / (1.0 + drawn_growth(drawn, known)?);
        Some((1.0 + growth) * rate - 1.0)
    }

    /// Return the level of the headline series as published, if it was.
    fn level_as_published(&self, span: Span) -> Option<f64> {
        self.figure(self.head().flow, release::FigureMeasure::Level, span)
    }

    fn key(&self, flow: Flow) -> SeriesKey {
        let partner = &self.inputs.request().partner;
        self.inputs.key(partner, flow, self.inputs.home())
    }

    /// Return the span from January that is known and ends last, else the latest span that is
    /// known, with its level.
    fn known(&self) -> Result<(Span, f64), OutlookError> {
        let last = self.draws.last;
        let months = i32::from(last.of_year());
        let mut to_date = (0..months).map(|k| Span::year_to_date(last.plus(-k)));
        let found = to_date.find_map(|span| Some((span, self.level(span)?)));
        let known = || {
            let known = self.joint.home.nodes()[HEADLINE].known.iter();
            known
                .max_by_key(|(span, _)| (span.last(), span.len()))
                .copied()
        };
        found.or_else(known).ok_or_else(|| {
            OutlookError::Disaggregation(DisaggregationError::NoFigure {
                window: Span::year_to_date(last),
            })
        })
    }

    /// Return the bases that published levels and growth of the known span imply.
    fn bases(&self, known: Span) -> Vec<RevisedBase> {
        [Flow::Total, Flow::Exports, Flow::Imports]
            .into_iter()
            .filter_map(|flow| self.published.base(&self.key(flow), known))
            .collect()
    }

    /// Return the base of the headline series: as figures imply it, else as months add up to it.
    fn base(&self, bases: &[RevisedBase], known: Span) -> Option<ValueRange> {
        let of_head = bases.iter().find(|base| base.key == *self.head());
        match (of_head, &self.draws.history) {
            (Some(base), _) => base.combined,
            (None, Some(_)) => self.level(known.year_before()).map(ValueRange::exactly),
            (None, None) => None,
        }
    }

    /// Return what the known span says of the whole year; `None` where it is no part of that.
    fn year_under_way(
        &self,
        year: Span,
        known: Span,
        level: f64,
        growth: Option<f64>,
    ) -> Option<YearUnderWay> {
        if known.len() >= 12 || known.first() != year.first() {
            return None;
        }
        Some(YearUnderWay {
            known: level,
            known_before: level / (1.0 + growth?),
            year_before: self.level(year.year_before())?,
        })
    }

    /// Return what targets of the year are held against.
    fn year_draws(&self, year: Span, under_way: Option<YearUnderWay>) -> Option<YearDraws> {
        let view = SeriesDraws::new(&self.joint.home, HEADLINE);
        Some(YearDraws {
            year: year.first().year(),
            values: view.sums(year)?,
            bases: view.sums(year.year_before())?,
            under_way,
        })
    }

    /// Return levels of the year, of the year to date and of the last month, in each currency.
    fn levels(&self, both: &[&JointDraws], year: Span, known: Span) -> Vec<SpanLevel> {
        let last = known.last();
        let spans = [year, Span::year_to_date(last), Span::month(last)];
        let level = |span: Span| {
            both.iter().filter_map(move |joint| {
                let sums = SeriesDraws::new(joint, HEADLINE).sums(span)?;
                let summary = DistributionSummary::of(&sums, &self.inputs.request().levels)?;
                Some(SpanLevel {
                    currency: joint.nodes()[HEADLINE].key.unit,
                    span,
                    summary,
                })
            })
        };
        let mut levels: Vec<SpanLevel> = spans.into_iter().flat_map(level).collect();
        levels.dedup_by(|a, b| (a.currency, a.span) == (b.currency, b.span));
        levels
    }

    /// Return the growth of the headline series in the currency of `joint`: at the last month
    /// known, and at every month to the end of the year. That of the known span is as the figures
    /// state it.
    fn readings(
        &self,
        joint: &JointDraws,
        year: Span,
        known: Span,
    ) -> Vec<(Currency, GrowthEstimate)> {
        let stated = self.known_growth(joint, known);
        let (view, unit) = (
            SeriesDraws::new(joint, HEADLINE),
            joint.nodes()[HEADLINE].key.unit,
        );
        let (season, levels) = (self.draws.season.as_ref(), &self.inputs.request().levels);
        measures(self.draws.last, year)
            .filter_map(|(measure, month)| {
                let found = view.read_with(season, measure, month, levels)?;
                let stated =
                    stated.filter(|_| measure == GrowthMeasure::YearToDate && found.span == known);
                Some((
                    unit,
                    stated.map_or(found.clone(), |growth| moved(found, growth)),
                ))
            })
            .collect()
    }

    /// Return the effect of the exchange rate on the growth of `known`, a span from January.
    fn rate_effect(&self, known: Span) -> Option<RateEffect> {
        let (other, last) = self.joint.other.as_ref()?;
        let growth_home = self.known_growth(&self.joint.home, known)?;
        let growth_other = self.known_growth(other, known)?;
        let of_rate = (1.0 + growth_home) / (1.0 + growth_other) - 1.0;
        Some(RateEffect {
            currency: other.nodes()[HEADLINE].key.unit,
            growth_home,
            growth_other,
            points: 100.0 * exchange_rate_contribution(growth_home, of_rate),
            last: *last,
        })
    }

    /// Return whether the year becomes a record in the currency of `joint`, and how many earlier
    /// years are known.
    fn record(&self, joint: &JointDraws, year: Span) -> Option<(usize, RecordOutlook)> {
        let key = &joint.nodes()[HEADLINE].key;
        let past = match &self.draws.history {
            Some((name, first, values)) if key.unit == self.draws.drawn_in() => {
                PastLevels::of_series(&Series::new(name, *first, values, false), year)
            }
            Some(_) => return None,
            None => {
                let past = PastLevels::of_published(&self.published, key, year);
                // A total follows from both flows, and a year from its months.
                let known = |span| joint.whole(HEADLINE, span);
                match key.unit == self.draws.drawn_in() {
                    true => past.or_known(joint.first().year(), known),
                    false => past,
                }
            }
        };
        let probability = past.probability(&SeriesDraws::new(joint, HEADLINE).sums(year)?)?;
        Some((
            past.seen().len(),
            RecordOutlook {
                span: year,
                currency: key.unit,
                probability,
                since: past.since()?,
                unbroken_since: past.unbroken_since(),
                largest: past.largest()?,
            },
        ))
    }
}

/// Return `level` of a span, or the median over the draws of the headline series where that
/// contradicts it by far.
fn agreed(joint: &JointDraws, span: Span, level: f64) -> f64 {
    let sums = SeriesDraws::new(joint, HEADLINE).sums(span);
    let drawn = sums.and_then(|sums| DistributionSummary::of(&sums, &[]));
    match drawn.map(|drawn| drawn.median) {
        Some(drawn) if (level / drawn).ln().abs() > MOST_OFF => drawn,
        _ => level,
    }
}

/// Return the median growth of `span` over the draws of the headline series.
fn drawn_growth(joint: &JointDraws, span: Span) -> Option<f64> {
    let view = SeriesDraws::new(joint, HEADLINE);
    let before = view.sums(span.year_before())?.into_iter();
    let growth = view.sums(span)?.into_iter().zip(before);
    let growth: Vec<f64> = growth.map(|(now, before)| now / before - 1.0).collect();
    Some(DistributionSummary::of(&growth, &[])?.median)
}

/// Return an estimate with `growth` as its middle, and intervals as wide around it.
fn moved(estimate: GrowthEstimate, growth: f64) -> GrowthEstimate {
    let by = growth - estimate.median;
    let band = |band: &Band| Band {
        lower: band.lower + by,
        upper: band.upper + by,
        ..*band
    };
    GrowthEstimate {
        median: growth,
        bands: estimate.bands.iter().map(band).collect(),
        ..estimate
    }
}

/// Return which growth is read: at the last month known, and at every month to the end of the year.
fn measures(last: Month, year: Span) -> impl Iterator<Item = (GrowthMeasure, Month)> {
    let ahead = year.iter().filter(move |month| *month > last);
    let of_month = |month: Month| {
        let end = month.of_year() == 12;
        let quarter = month.of_year().is_multiple_of(3);
        [
            Some(GrowthMeasure::Month),
            quarter.then_some(GrowthMeasure::Quarter),
            Some(GrowthMeasure::YearToDate),
            end.then_some(GrowthMeasure::Year),
            end.then_some(GrowthMeasure::TrailingYear),
        ]
        .into_iter()
        .flatten()
        .map(move |measure| (measure, month))
    };
    [
        GrowthMeasure::YearToDate,
        GrowthMeasure::TrailingYear,
        GrowthMeasure::CarryOver,
        GrowthMeasure::Month,
    ]
    .into_iter()
    .map(move |measure| (measure, last))
    .chain(ahead.flat_map(of_month))
}
