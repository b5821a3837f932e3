//! The outlook read from the joint draws.

use super::contributions::{observed_contributions, projected_contributions};
use super::draws::{OutlookDraws, applied};
use super::inputs::OutlookInputs;
use super::result::{Outlook, OutlookError, RateEffect, RecordOutlook, SpanLevel, YearDraws};
use crate::growth::PastLevels;
use crate::growth::ValueRange;
use crate::growth::contribution::exchange_rate_contribution;
use crate::growth::target::YearUnderWay;
use crate::growth::{DistributionSummary, GrowthEstimate, GrowthMeasure, SeriesDraws};
use crate::growth::{PublishedFigures, RevisedBase, ratio};
use crate::pipeline::scenario::ShockError;
use crate::projection::{DisaggregationError, JointDraws, rate_paths};
use crate::trade::{Code, Currency, Flow, Month, Series, SeriesKey, Span, release, seeded_hash};

/// The place of the headline series in the draws.
const HEADLINE: usize = 0;

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
        published: PublishedFigures::new(inputs.releases()),
    };
    summary.outlook()
}

/// Draws in another currency, and the last month and rate known.
type ConvertedDraws = (JointDraws, (Month, f64));

/// The inputs and draws that an outlook is computed from.
struct Summary<'a> {
    inputs: &'a OutlookInputs,
    draws: &'a OutlookDraws,
    published: PublishedFigures<'a>,
}

impl Summary<'_> {
    fn outlook(&self) -> Result<Outlook, OutlookError> {
        let request = self.inputs.request();
        let joint = &self.draws.joint;
        let year = Span::year(self.inputs.year());
        let (known, level) = self.known()?;
        let published = self.figure(self.head().flow, release::FigureMeasure::Growth, known);
        let growth = published.or_else(|| ratio(level, self.level(known.year_before())?));
        let bases = self.bases(known);
        let under_way = self.year_under_way(year, known, level, growth);
        let year_draws = self.year_draws(year, under_way);
        let converted = self.converted()?;
        let rate = converted
            .as_ref()
            .and_then(|(converted, last)| rate_effect(joint, converted, known, *last));
        let both: Vec<&JointDraws> = [joint]
            .into_iter()
            .chain(converted.as_ref().map(|(converted, _)| converted))
            .collect();
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
            vintage: request.vintage,
            known,
            level,
            growth,
            growth_on_printed_base: self
                .level_as_published(known.year_before())
                .map(|before| level / before - 1.0),
            base: self.base(&bases, known),
            bases,
            contributions: observed_contributions(self.inputs, joint, &self.published, known),
            projected: projected_contributions(self.inputs, joint, year),
            share_of_base_year: under_way.map(YearUnderWay::share_of_base_year),
            flat_rest_growth: under_way.map(YearUnderWay::flat_rest_growth),
            target: request
                .target
                .and_then(|target| year_draws.as_ref()?.target(target)),
            year_draws,
            record: record.map(|(_, record)| record),
            rate,
            year,
            levels: self.levels(&both, year, known),
            readings: both
                .iter()
                .flat_map(|joint| self.readings(joint, year))
                .collect(),
            without_shocks: Vec::new(),
            basis: self.draws.basis.clone(),
            contradictions: contradictions.collect(),
        })
    }

    /// Return the headline series.
    fn head(&self) -> &SeriesKey {
        &self.draws.joint.nodes()[HEADLINE].key
    }

    /// Return the published figure of the pair in the home currency, unless that is a bound.
    fn figure(&self, flow: Flow, measure: release::FigureMeasure, span: Span) -> Option<f64> {
        let key = self.key(flow);
        let figure = self.published.figure(&key, measure, span);
        figure
            .filter(|release| !release.is_bound())
            .map(|release| release.value)
    }

    /// Return the level of the headline series: as published, else the sum of known months.
    fn level(&self, span: Span) -> Option<f64> {
        let figure = self.figure(self.head().flow, release::FigureMeasure::Level, span);
        figure.or_else(|| self.draws.joint.whole(HEADLINE, span))
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
            let known = self.draws.joint.nodes()[HEADLINE].known.iter();
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
        let view = SeriesDraws::new(&self.draws.joint, HEADLINE);
        Some(YearDraws {
            year: year.first().year(),
            values: view.sums(year)?,
            bases: view.sums(year.year_before())?,
            under_way,
        })
    }

    /// Return the draws in the other currency of interest, shocked by rates, and the last rate
    /// known.
    fn converted(&self) -> Result<Option<ConvertedDraws>, OutlookError> {
        let shocks = &self.draws.rate_shocks;
        let home = self.inputs.home();
        match self.converted_unshocked() {
            Some((joint, last)) => Ok(Some((applied(&joint, home, shocks)?, last))),
            None => match shocks.first() {
                None => Ok(None),
                Some(shock) => Err(OutlookError::Shock(ShockError::NothingHit {
                    target: shock.target().to_string(),
                })),
            },
        }
    }

    fn converted_unshocked(&self) -> Option<ConvertedDraws> {
        let (joint, request) = (&self.draws.joint, self.inputs.request());
        let home = self.inputs.home();
        let chinese = |code: &Code| code.as_str() == "CHN";
        let other = if home != Currency::USD {
            Currency::USD
        } else if chinese(&request.reporter) || chinese(&request.partner) {
            Currency::CNY
        } else {
            return None;
        };
        let rate = |month: Month| self.inputs.rate(home, other, month);
        let months: Vec<Month> = (0..joint.months())
            .map(|t| joint.first().forward(t))
            .collect();
        let known: Vec<f64> = months.iter().map_while(|month| rate(*month)).collect();
        let last = months[..known.len()].last().copied()?;
        let back = (0..).map_while(|k| rate(last.back(k)));
        let mut history: Vec<f64> = back.collect();
        history.reverse();
        let ahead = months.len() - known.len();
        let seed = seeded_hash(request.seed, "exchange rate");
        let paths = rate_paths(&history, ahead, joint.count(), seed);
        let value = |draw: usize, t: usize| match t.checked_sub(known.len()) {
            None => known[t],
            Some(step) => paths[draw * ahead + step],
        };
        Some((joint.converted(other, value), (last, *known.last()?)))
    }

    /// Return levels of the year, of the year to date and of the last month, in each currency.
    fn levels(&self, both: &[&JointDraws], year: Span, known: Span) -> Vec<SpanLevel> {
        let last = known.last();
        let spans = [year, Span::year_to_date(last), Span::month(last)];
        let level = |span: Span| {
            both.iter().filter_map(move |joint| {
                let sums = SeriesDraws::new(joint, HEADLINE).sums(span)?;
                let summary = DistributionSummary::of(sums, &self.inputs.request().levels)?;
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
    /// known, and at every month to the end of the year.
    fn readings(&self, joint: &JointDraws, year: Span) -> Vec<(Currency, GrowthEstimate)> {
        let (view, unit) = (
            SeriesDraws::new(joint, HEADLINE),
            joint.nodes()[HEADLINE].key.unit,
        );
        let (season, levels) = (self.draws.season.as_ref(), &self.inputs.request().levels);
        measures(self.draws.last, year)
            .filter_map(|(measure, month)| {
                Some((unit, view.read_with(season, measure, month, levels)?))
            })
            .collect()
    }

    /// Return whether the year becomes a record in the currency of `joint`, and how many earlier
    /// years are known.
    fn record(&self, joint: &JointDraws, year: Span) -> Option<(usize, RecordOutlook)> {
        let key = &joint.nodes()[HEADLINE].key;
        let past = match &self.draws.history {
            Some((name, first, values)) if key.unit == self.inputs.home() => {
                PastLevels::of_series(&Series::new(name, *first, values, false), year)
            }
            Some(_) => return None,
            None => PastLevels::of_published(&self.published, key, year),
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

/// Return the effect of the exchange rate on the growth of the year to the end of `known`, from the
/// draws in both currencies.
fn rate_effect(
    home: &JointDraws,
    converted: &JointDraws,
    known: Span,
    last: (Month, f64),
) -> Option<RateEffect> {
    let growth = |joint: &JointDraws| {
        let view = SeriesDraws::new(joint, HEADLINE);
        Some(
            view.read(GrowthMeasure::YearToDate, known.last(), &[])?
                .median,
        )
    };
    let growth_other = growth(converted)?;
    let growth_home = growth(home)?;
    let of_rate = (1.0 + growth_home) / (1.0 + growth_other) - 1.0;
    Some(RateEffect {
        currency: converted.nodes()[HEADLINE].key.unit,
        growth_home,
        growth_other,
        points: 100.0 * exchange_rate_contribution(growth_home, of_rate),
        last,
    })
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
