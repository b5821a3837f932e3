//! The outlook of a pair of partners: where does the year end, how sure, and why, from whatever has been published.
//!
//! Where the flows have monthly series these are projected and made coherent; where there are only figures over spans, months are drawn that agree with
//! them. Either way every answer is read from one set of joint draws.

use super::hash;
use crate::catalog::{Snapshot, Vintage};
use crate::growth::base::ValueRange;
use crate::growth::consistency::Contradiction;
use crate::growth::contribution::{self, DrawnContribution};
use crate::growth::published::{PublishedFigures, RevisedBase};
use crate::growth::record::PastLevels;
use crate::growth::target::{self, YearUnderWay};
use crate::growth::{GrowthEstimate, GrowthMeasure, SeriesDraws};
use crate::ingest::ExchangeRates;
use crate::projection::{
    ConflictingFigure, DisaggregatedDraws, Disaggregation, DisaggregationError, DonorPrior,
    DonorSeries, FittedForecast, JointDraws, JointMember, LeafSystem, PanelModel, ProjectionError,
    SeasonalFactors, UnusedFigure, joint_forecast, rate_paths,
};
use crate::reconcile::{Constraints, ReconcileError, reconcile};
use crate::trade::hierarchy::{AbsentSum, absent_sums};
use crate::trade::release::{self, DERIVED};
use crate::trade::{
    Code, Component, Currency, Flow, Month, Release, Series, SeriesKey, Span, area,
};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How many years before the one under way are drawn.
const YEARS: i32 = 4;
/// How near a lender is: the same reporter's or the mirrored flow, the same flow of others, the other flow of others.
const NEAR: [f64; 3] = [4.0, 1.0, 0.5];
/// The year that is drawn lies so many years before the day of knowledge at most.
const STALE: i32 = 1;
/// So many of the nearest series lend.
const MOST_LENDERS: usize = 100;
/// A monthly series shorter than this is no better than figures over spans.
const MIN_MONTHS: usize = 36;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct OutlookRequest {
    /// Who reports.
    pub reporter: Code,
    /// With whom.
    pub partner: Code,
    /// Which goods.
    pub product: Code,
    /// The currency of levels; `None` for that of the latest figure.
    pub currency: Option<Currency>,
    /// Whose day's knowledge.
    pub vintage: Vintage,
    /// A year and the growth that it is to reach, a fraction; `None` asks for none.
    pub target: Option<(i32, f64)>,
    /// Levels of intervals, 0 to 1.
    pub levels: Vec<f64>,
    /// How many joint draws.
    pub paths: usize,
    /// The one source of randomness.
    pub seed: u64,
}

/// What the draws rest on.
#[derive(Debug, Clone, PartialEq)]
pub enum OutlookBasis {
    /// Figures over spans.
    Releases {
        /// How many figures counted.
        used: usize,
        /// Those that did not, and why.
        unused: Vec<UnusedFigure>,
        /// Those that others contradict.
        misfits: Vec<ConflictingFigure>,
        /// How rough the series is beyond what was borrowed.
        scale: f64,
        /// The monthly series that lent season and roughness.
        lenders: Vec<String>,
    },
    /// Monthly series, by name.
    Months(Vec<String>),
}

/// What an exchange rate did to the growth of the known span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateEffect {
    /// The other currency.
    pub currency: Currency,
    /// Growth of the known span in the home currency.
    pub growth_home: f64,
    /// Growth in the other currency, months turned at their mean rates.
    pub growth_other: f64,
    /// What the rate added to growth in the other currency, percentage points.
    pub points: f64,
    /// The last month with a rate, and how many units of the home currency the other one cost then.
    pub last: (Month, f64),
}

/// The growth that is wanted, and what it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetOutlook {
    /// The year.
    pub year: i32,
    /// The growth wanted, a fraction.
    pub growth: f64,
    /// The growth that the rest of the year needs; `None` where nothing of the year before is left.
    pub needed_growth: Option<f64>,
    /// The share of draws that reach it.
    pub probability: f64,
}

/// Whether the year becomes a record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordOutlook {
    /// The year.
    pub span: Span,
    /// The currency in which most earlier years are known.
    pub currency: Currency,
    /// The share of draws above every earlier year.
    pub probability: f64,
    /// The oldest year known.
    pub since: Span,
    /// The oldest year from which on none is missing.
    pub unbroken_since: Option<Span>,
    /// The largest earlier year, base units.
    pub largest: (Span, f64),
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook<'a> {
    /// The headline series: the total where both flows are known.
    pub key: SeriesKey,
    /// The day of knowledge; `None` for everything.
    pub vintage: Vintage,
    /// The span from January of which a level is known last.
    pub known: Span,
    /// Its level, base units.
    pub level: f64,
    /// Its growth, a fraction: as published, else from levels.
    pub growth: Option<f64>,
    /// The base that published levels and growth imply, over all flows.
    pub base: Option<ValueRange>,
    /// The same flow by flow.
    pub bases: Vec<RevisedBase>,
    /// What flows, and partners where known, added to the growth of the known span: `(by, name, points)`.
    pub contributions: Vec<(&'static str, String, f64)>,
    /// What they add to the growth of the year: `(by, name, points)`.
    pub ahead: Vec<(&'static str, String, DrawnContribution)>,
    /// The year under way; `None` where the known span is a whole year.
    pub under_way: Option<YearUnderWay>,
    /// The target, where one was asked for.
    pub target: Option<TargetOutlook>,
    /// The record; `None` where no earlier year is known.
    pub record: Option<RecordOutlook>,
    /// What the exchange rate did; `None` where no rate connects.
    pub rate: Option<RateEffect>,
    /// The year that is drawn, and its level in each currency.
    pub year: Span,
    /// Level of the year: currency, median and intervals, base units.
    pub levels: Vec<(Currency, crate::growth::DistributionSummary)>,
    /// Growth readings of the headline, in each currency.
    pub readings: Vec<(Currency, GrowthEstimate)>,
    /// What the draws rest on.
    pub basis: OutlookBasis,
    /// Figures of this pair that contradict each other, within the months looked at.
    pub contradictions: Vec<Contradiction<'a>>,
}

/// Why there is no outlook.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OutlookError {
    /// Nothing is known of the pair.
    #[error("nothing was published about {reporter}.{partner}, {product}, by then")]
    Unknown {
        /// Who reports.
        reporter: Code,
        /// With whom.
        partner: Code,
        /// Which goods.
        product: Code,
    },
    /// What is known does not suffice.
    #[error(transparent)]
    Disaggregation(#[from] DisaggregationError),
    /// A monthly series cannot be projected.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// What is known contradicts itself.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    /// The target is for a year that is not drawn.
    #[error("target: expected the year {expected}, not {found}")]
    Target {
        /// The year that is drawn.
        expected: i32,
        /// The year asked for.
        found: i32,
    },
    /// The currency cannot be had.
    #[error("currency: no level in {found} is known")]
    Currency {
        /// The currency asked for.
        found: Currency,
    },
}

/// Joint draws, and what is needed beside them.
struct OutlookDraws {
    joint: JointDraws,
    season: Option<SeasonalFactors>,
    basis: OutlookBasis,
    /// The last month known.
    last: Month,
    /// The monthly history of the headline, where there is one: its name, first month and values.
    history: Option<(String, Month, Vec<f64>)>,
}

impl OutlookRequest {
    /// How many months ahead monthly series must be projected for the answer; `None` where it is made from figures over spans alone.
    ///
    /// # Errors
    /// [`OutlookError`] where nothing is known of the pair.
    pub fn horizon(&self, snapshot: &Snapshot) -> Result<Option<usize>, OutlookError> {
        let asked = OutlookInputs::new(snapshot, self)?;
        let ends = asked.monthly.iter().map(|(_, series)| series.last()).min();
        let december = Month::january(asked.year() + 1);
        Ok(ends.and_then(|end| usize::try_from(december.since(end) - 1).ok()))
    }
}

/// The pair's outlook on `snapshot`; `pool` is what the panel teaches about [`OutlookRequest::horizon`] months ahead, where there are monthly series.
///
/// # Errors
/// [`OutlookError`] where too little is known or the request does not fit it.
pub fn outlook<'a>(
    snapshot: &'a Snapshot,
    request: &'a OutlookRequest,
    pool: Option<&PanelModel>,
) -> Result<Outlook<'a>, OutlookError> {
    let asked = OutlookInputs::new(snapshot, request)?;
    let drawing = match pool.filter(|_| !asked.monthly.is_empty()) {
        Some(pool) => asked.project(pool)?,
        None => asked.draw()?,
    };
    asked.read(&drawing)
}

/// The pair's monthly series: both flows in one currency, else the total, else the one flow that goes on.
fn monthly<'a>(
    panel: &[(SeriesKey, Series<'a>)],
    request: &OutlookRequest,
) -> Vec<(SeriesKey, Series<'a>)> {
    /// Flows that end further apart than this do not belong together.
    const APART: i32 = 3;
    let of = |flow: Flow| {
        let found = panel.iter().filter(|(key, series)| {
            let pair = (&key.reporter, &key.partner, &key.product);
            let asked = (&request.reporter, &request.partner, &request.product);
            let unit = request.currency.is_none_or(|unit| unit == key.unit);
            pair == asked && key.flow == flow && unit && series.len() >= MIN_MONTHS
        });
        let found = found.map(|(key, series)| (key.clone(), *series));
        found.max_by_key(|(_, series)| series.last())
    };
    let (x, m, total) = (of(Flow::Exports), of(Flow::Imports), of(Flow::Total));
    match (x, m, total) {
        (Some(x), Some(m), _)
            if x.0.unit == m.0.unit && x.1.last().since(m.1.last()).abs() <= APART =>
        {
            vec![x, m]
        }
        (_, _, Some(total)) => vec![total],
        (x, m, None) => x
            .into_iter()
            .chain(m)
            .max_by_key(|(_, s)| s.last())
            .into_iter()
            .collect(),
    }
}

/// The request and what there is for it.
struct OutlookInputs<'a> {
    request: &'a OutlookRequest,
    /// Figures of the pair, and of its members where it is a group, that were public.
    all: Vec<&'a Release>,
    /// Those of them that stand.
    releases: Vec<&'a Release>,
    home: Currency,
    panel: Vec<(SeriesKey, Series<'a>)>,
    /// The exchange rates that stood.
    rates: Cow<'a, ExchangeRates>,
    /// The pair's flows, or its total, as monthly series that go on; empty where figures over spans reach further.
    monthly: Vec<(SeriesKey, Series<'a>)>,
}

impl<'a> OutlookInputs<'a> {
    fn new(snapshot: &'a Snapshot, request: &'a OutlookRequest) -> Result<Self, OutlookError> {
        let members = area::members(&request.partner).unwrap_or_default();
        let partner = |code: &Code| *code == request.partner || members.contains(&code.as_str());
        let concerns = |release: &&Release| {
            let key = &release.key;
            key.reporter == request.reporter
                && key.product == request.product
                && partner(&key.partner)
        };
        let all: Vec<&Release> = snapshot
            .published(request.vintage)
            .filter(concerns)
            .filter(|release| release.status != DERIVED)
            .collect();
        // Of a figure that was published twice the one that stands counts.
        let published = PublishedFigures::new(all.iter().copied());
        let stands = |release: &&Release| {
            let standing = published.figure(&release.key, release.measure, release.span);
            standing.is_some_and(|standing| std::ptr::eq(standing, *release))
        };
        let releases: Vec<&Release> = all.iter().copied().filter(stands).collect();
        let panel: Vec<(SeriesKey, Series<'_>)> = snapshot
            .panel(request.vintage)
            .into_iter()
            .filter_map(|series| Some((SeriesKey::parse(series.id()).ok()?, series)))
            .collect();
        let levels = || {
            releases.iter().filter(|release| {
                release.key.partner == request.partner
                    && release.measure == release::FigureMeasure::Level
                    && !release.is_bound()
            })
        };
        // Of equal spans the publisher's own currency counts before dollars.
        let latest = levels().max_by_key(|release| {
            let own = release.key.unit != Currency::USD;
            (release.span.last(), release.span.len(), own)
        });
        let monthly = monthly(&panel, request);
        let end = monthly.iter().map(|(_, series)| series.last()).min();
        let reach = latest.map(|release| release.span.last());
        let monthly = if end.is_some_and(|end| reach.is_none_or(|reach| reach.since(end) <= 2)) {
            monthly
        } else {
            Vec::new()
        };
        let unit = monthly.first().map(|(key, _)| key.unit);
        let known = |unit: Currency| match monthly.first() {
            Some((key, _)) => key.unit == unit,
            None => levels().any(|release| release.key.unit == unit),
        };
        let home = match (
            request.currency,
            unit.or(latest.map(|release| release.key.unit)),
        ) {
            (_, None) => {
                return Err(OutlookError::Unknown {
                    reporter: request.reporter.clone(),
                    partner: request.partner.clone(),
                    product: request.product.clone(),
                });
            }
            (None, Some(unit)) => unit,
            (Some(wanted), _) if known(wanted) => wanted,
            (Some(found), _) => return Err(OutlookError::Currency { found }),
        };
        let asked = Self {
            request,
            all,
            releases,
            home,
            panel,
            rates: snapshot.rates(request.vintage),
            monthly,
        };
        // Figures that ended years ago say nothing of the year under way.
        if let Vintage::AsOf(day) = request.vintage
            && asked.year() + STALE < day.year()
        {
            let recent = Span::new(Month::january(day.year() - STALE), 12 * (STALE + 1));
            return Err(OutlookError::Disaggregation(
                DisaggregationError::NoFigure {
                    window: recent.unwrap_or(Span::year(day.year())),
                },
            ));
        }
        match request.target {
            Some((found, _)) if found != asked.year() => Err(OutlookError::Target {
                expected: asked.year(),
                found,
            }),
            _ => Ok(asked),
        }
    }

    fn key(&self, partner: &Code, flow: Flow, unit: Currency) -> SeriesKey {
        SeriesKey {
            reporter: self.request.reporter.clone(),
            partner: partner.clone(),
            flow,
            product: self.request.product.clone(),
            unit,
        }
    }

    /// The last month of which the pair itself is known.
    fn last(&self) -> Month {
        if let Some(end) = self.monthly.iter().map(|(_, series)| series.last()).min() {
            return end;
        }
        let own = self.releases.iter().filter(|release| {
            release.key.partner == self.request.partner
                && release.measure == release::FigureMeasure::Level
                && !release.is_bound()
        });
        own.map(|release| release.span.last())
            .max()
            .unwrap_or(Month::january(2000))
    }

    /// The year that is drawn: the one under way, or the next where the last is whole.
    fn year(&self) -> i32 {
        let last = self.last();
        last.year() + i32::from(last.of_year() == 12)
    }

    fn rate(&self, from: Currency, to: Currency, month: Month) -> Option<f64> {
        // A month's mean is known when the month is over.
        let known = match self.request.vintage {
            Vintage::Latest => true,
            Vintage::AsOf(day) => month.last_day() < day,
        };
        known.then(|| self.rates.rate(from, to, month)).flatten()
    }

    /// Leaves and sums: flows, and partners where the pair is a group of which single members are known.
    fn system(&self, window: Span) -> LeafSystem {
        let known = |partner: &Code, flows: &[Flow]| {
            self.releases.iter().any(|release| {
                release.key.partner == *partner
                    && flows.contains(&release.key.flow)
                    && release.measure == release::FigureMeasure::Level
                    && window.contains(release.span.first())
                    && window.contains(release.span.last())
            })
        };
        let group = &self.request.partner;
        let members: Vec<Code> = area::members(group)
            .unwrap_or_default()
            .iter()
            .filter_map(|code| Code::parse(code).ok())
            .collect();
        let split = members
            .iter()
            .all(|m| known(m, &[Flow::Exports, Flow::Imports, Flow::Total]))
            && !members.is_empty();
        let parts = if split { members } else { vec![group.clone()] };
        let two = [Flow::Exports, Flow::Imports];
        let flows: &[Flow] = if parts.iter().chain([group]).any(|p| known(p, &two)) {
            if known(group, &[Flow::Total]) || two.iter().all(|f| known(group, &[*f])) {
                &two
            } else if known(group, &[Flow::Exports]) {
                &two[..1]
            } else {
                &two[1..]
            }
        } else {
            &[Flow::Total]
        };
        let all = [Flow::Total, Flow::Exports, Flow::Imports, Flow::Balance];
        let (of_group, of_part) = match flows.len() {
            2 => (&all[..], &all[..3]),
            _ => (flows, flows),
        };
        let of_group = of_group.iter().map(|flow| (group, *flow));
        let of_parts = parts.iter().filter(|_| split);
        let of_parts = of_parts.flat_map(|part| of_part.iter().map(move |flow| (part, *flow)));
        let series = of_group.chain(of_parts);
        LeafSystem::of(series.map(|(partner, flow)| self.key(partner, flow, self.home)))
    }

    /// What a leaf borrows from the monthly series that there are.
    fn borrowed(&self, leaf: &SeriesKey) -> DonorPrior {
        let mirrored = |flow: Flow| match flow {
            Flow::Exports => Flow::Imports,
            Flow::Imports => Flow::Exports,
            other => other,
        };
        let nearness = |key: &SeriesKey| {
            let own = key.reporter == leaf.reporter && key.flow == leaf.flow;
            let mirror = key.partner == leaf.reporter && mirrored(key.flow) == leaf.flow;
            match (own || mirror, key.flow == leaf.flow) {
                (true, _) => NEAR[0],
                (false, true) => NEAR[1],
                (false, false) => NEAR[2],
            }
        };
        let candidates = self
            .panel
            .iter()
            .filter(|(key, _)| key.flow != Flow::Balance);
        let mut near: Vec<(f64, &(SeriesKey, Series<'_>))> =
            candidates.map(|one| (nearness(&one.0), one)).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        near.truncate(MOST_LENDERS);
        let lender = |(weight, (key, series)): (f64, &(SeriesKey, Series<'a>))| {
            let year = series.sum(Span::trailing_year(series.last()));
            let rate = self.rate(key.unit, Currency::USD, series.last());
            DonorSeries {
                series: *series,
                weight,
                size: year.zip(rate).map(|(year, rate)| year / rate),
            }
        };
        DonorPrior::of(&near.into_iter().map(lender).collect::<Vec<_>>())
    }

    /// Months that agree with every figure.
    fn draw(&self) -> Result<OutlookDraws, OutlookError> {
        let year = self.year();
        let window =
            Span::new(Month::january(year - YEARS), 12 * (YEARS + 1)).unwrap_or(Span::year(year));
        let system = self.system(window);
        let mut known: BTreeMap<Flow, DonorPrior> = BTreeMap::new();
        let borrowed: Vec<DonorPrior> = system
            .leaves
            .iter()
            .map(|leaf| {
                known
                    .entry(leaf.flow)
                    .or_insert_with(|| self.borrowed(leaf))
                    .clone()
            })
            .collect();
        let rate = |currency: Currency, month: Month| self.rate(self.home, currency, month);
        let spans = Disaggregation {
            system: &system,
            releases: &self.releases,
            donor_priors: &borrowed,
            window,
            rate: &rate,
        };
        let name = system.nodes[0].key.to_string();
        let DisaggregatedDraws {
            draws: joint,
            used,
            unused,
            conflicts: misfits,
            scale,
            donors: lenders,
            ..
        } = spans.draw(self.request.paths, hash(self.request.seed, &name))?;
        let count = borrowed.len() as f64;
        let season =
            std::array::from_fn(|m| borrowed.iter().map(|b| b.season[m]).sum::<f64>() / count);
        Ok(OutlookDraws {
            joint,
            season: Some(SeasonalFactors::new(season)),
            basis: OutlookBasis::Releases {
                used,
                unused,
                misfits,
                scale,
                lenders,
            },
            last: self.last(),
            history: None,
        })
    }

    /// Monthly series projected together and made coherent: each flow, and their sum as a series of its own.
    fn project(&self, pool: &PanelModel) -> Result<OutlookDraws, OutlookError> {
        let flows: Vec<&(SeriesKey, Series<'a>)> = self.monthly.iter().collect();
        let keys: Vec<SeriesKey> = flows.iter().map(|(key, _)| key.clone()).collect();
        let mut sums = absent_sums(&keys).into_iter();
        let total = sums.find(|sum| sum.key.flow == Flow::Total).map(|sum| {
            let part = |c: &Component| &flows[c.part].1;
            let firsts = sum.parts.iter().map(|c| part(c).first());
            let first = firsts.max().expect("a sum has parts");
            let value = |k: usize| -> f64 {
                let of = |c: &Component| Some(c.sign * part(c).at(first.forward(k))?);
                let value = sum.parts.iter().map(of).sum::<Option<f64>>();
                value.unwrap_or(f64::NAN)
            };
            let months = self.last().count_from(first);
            (sum.key, first, (0..months).map(value).collect::<Vec<f64>>())
        });
        let name = total
            .as_ref()
            .map(|(key, ..)| key.to_string())
            .unwrap_or_default();
        let total = total
            .as_ref()
            .map(|(key, first, values)| (key.clone(), Series::new(&name, *first, values, false)));
        let all: Vec<(SeriesKey, Series<'_>)> = total
            .into_iter()
            .chain(flows.iter().map(|(key, series)| (key.clone(), *series)))
            .collect();
        let fitted: Vec<FittedForecast<'_>> = all
            .iter()
            .map(|(_, series)| FittedForecast::new(series, pool))
            .collect::<Result<_, _>>()?;
        let parts: Vec<JointMember<'_>> = all
            .iter()
            .zip(&fitted)
            .map(|((key, series), fitted)| JointMember {
                key: key.clone(),
                series: *series,
                fitted,
                seed: hash(self.request.seed, series.id()),
            })
            .collect();
        let window = usize::try_from(12 * YEARS + 11).unwrap_or(0);
        let mut joint = joint_forecast(
            &parts,
            window,
            self.request.paths,
            hash(self.request.seed, &name),
        )?
        .draws;
        if all.len() > 1 {
            let constraints = Constraints::of(&joint);
            joint = reconcile(&joint, &constraints)?.joint;
            let keys: Vec<SeriesKey> = all.iter().map(|(key, _)| key.clone()).collect();
            // The total is listed, so that only the balance is absent.
            for AbsentSum { key, parts } in absent_sums(&keys) {
                joint = joint.adding(key, &parts);
            }
        }
        let (_, head) = &all[0];
        Ok(OutlookDraws {
            joint,
            season: SeasonalFactors::of(head),
            basis: OutlookBasis::Months(flows.iter().map(|(key, _)| key.to_string()).collect()),
            last: self.last(),
            history: Some((head.id().to_owned(), head.first(), head.values().to_vec())),
        })
    }

    /// The draws in the other currency of interest, and the last rate known.
    fn other(&self, joint: &JointDraws) -> Option<(JointDraws, (Month, f64))> {
        let chinese = |code: &Code| code.as_str() == "CHN";
        let other = if self.home != Currency::USD {
            Currency::USD
        } else if chinese(&self.request.reporter) || chinese(&self.request.partner) {
            Currency::CNY
        } else {
            return None;
        };
        let rate = |month: Month| self.rate(self.home, other, month);
        let months: Vec<Month> = (0..joint.months())
            .map(|t| joint.first().plus(i32::try_from(t).unwrap_or(0)))
            .collect();
        let known: Vec<f64> = months.iter().map_while(|month| rate(*month)).collect();
        let last = months[..known.len()].last().copied()?;
        let back = (0..i32::MAX).map_while(|k| rate(last.plus(-k)));
        let mut history: Vec<f64> = back.collect();
        history.reverse();
        let ahead = months.len() - known.len();
        let seed = hash(self.request.seed, "exchange rate");
        let paths = rate_paths(&history, ahead, joint.count(), seed);
        let value = |draw: usize, t: usize| match t.checked_sub(known.len()) {
            None => known[t],
            Some(step) => paths[draw * ahead + step],
        };
        Some((joint.converted(other, value), (last, *known.last()?)))
    }

    fn read(&self, drawing: &OutlookDraws) -> Result<Outlook<'a>, OutlookError> {
        let OutlookDraws {
            joint,
            season,
            last,
            ..
        } = drawing;
        let request = self.request;
        let levels = &request.levels;
        let head = &joint.nodes()[0].key;
        let view = SeriesDraws::new(joint, 0);
        let published = PublishedFigures::new(self.all.iter().copied());
        let figure = |flow: Flow, measure, span| {
            let key = self.key(&request.partner, flow, self.home);
            let figure = published.figure(&key, measure, span);
            figure
                .filter(|release| !release.is_bound())
                .map(|release| release.value)
        };
        let (flow, year) = (head.flow, Span::year(self.year()));
        let of = |span: Span| {
            let figure = figure(flow, release::FigureMeasure::Level, span);
            figure.or_else(|| joint.whole(0, span))
        };
        let (known, level) = self.known(joint, *last, of).ok_or_else(|| {
            OutlookError::Disaggregation(DisaggregationError::NoFigure {
                window: Span::year_to_date(*last),
            })
        })?;
        let growth = figure(flow, release::FigureMeasure::Growth, known)
            .or_else(|| Some(level / of(known.year_before())? - 1.0));
        let bases: Vec<RevisedBase> = [Flow::Total, Flow::Exports, Flow::Imports]
            .into_iter()
            .filter_map(|flow| published.base(&self.key(&request.partner, flow, self.home), known))
            .collect();
        let base = match (
            bases.iter().find(|base| base.key == *head),
            &drawing.history,
        ) {
            (Some(base), _) => base.met,
            (None, Some(_)) => of(known.year_before()).map(ValueRange::exactly),
            (None, None) => None,
        };
        let under_way = (known.len() < 12 && known.first() == year.first())
            .then(|| {
                Some(YearUnderWay {
                    known: level,
                    known_before: level / (1.0 + growth?),
                    year_before: of(year.year_before())?,
                })
            })
            .flatten();
        let target = request.target.and_then(|(wanted, growth)| {
            Some(TargetOutlook {
                year: wanted,
                growth,
                needed_growth: match under_way {
                    Some(under_way) => under_way.needed_growth(growth),
                    None => Some(growth),
                },
                probability: target::probability(&view, year, growth)?,
            })
        });
        let other = self.other(joint);
        let rate = other.as_ref().and_then(|(turned, last)| {
            let there =
                SeriesDraws::new(turned, 0).read(GrowthMeasure::YearToDate, known.last(), &[])?;
            let here = view.read(GrowthMeasure::YearToDate, known.last(), &[])?;
            let e = (1.0 + here.median) / (1.0 + there.median) - 1.0;
            Some(RateEffect {
                currency: turned.nodes()[0].key.unit,
                growth_home: here.median,
                growth_other: there.median,
                points: 100.0 * contribution::exchange_rate_contribution(here.median, e),
                last: *last,
            })
        });
        let worlds: Vec<&JointDraws> = [joint]
            .into_iter()
            .chain(other.as_ref().map(|(turned, _)| turned))
            .collect();
        let mut readings = Vec::new();
        let mut year_levels = Vec::new();
        for world in &worlds {
            let (view, unit) = (SeriesDraws::new(world, 0), world.nodes()[0].key.unit);
            readings.extend(self.measures(*last, year).filter_map(|(measure, month)| {
                Some((
                    unit,
                    view.read_with(season.as_ref(), measure, month, levels)?,
                ))
            }));
            let spread = view
                .sums(year)
                .and_then(|sums| crate::growth::DistributionSummary::of(sums, levels));
            year_levels.extend(spread.map(|spread| (unit, spread)));
        }
        let record = worlds
            .iter()
            .filter_map(|world| self.record(world, &published, drawing, year))
            .max_by_key(|(seen, record)| (*seen, record.currency == self.home))
            .map(|(_, record)| record);
        let contradictions = published
            .contradictions(&self.rates)
            .into_iter()
            .filter(|found| {
                found.key.partner == request.partner && found.span.first() >= joint.first()
            });
        Ok(Outlook {
            key: head.clone(),
            vintage: request.vintage,
            known,
            level,
            growth,
            base,
            bases,
            contributions: self.contributions(&published, joint, known),
            ahead: self.splits(joint, year),
            under_way,
            target,
            record,
            rate,
            year,
            levels: year_levels,
            readings,
            basis: drawing.basis.clone(),
            contradictions: contradictions.collect(),
        })
    }

    /// The span from January that is known and ends last, else the latest span that is known, and its level.
    fn known(
        &self,
        joint: &JointDraws,
        last: Month,
        of: impl Fn(Span) -> Option<f64>,
    ) -> Option<(Span, f64)> {
        let months = i32::from(last.of_year());
        let to_date = (0..months).map(|k| Span::year_to_date(last.plus(-k)));
        let level = |span: Span| Some((span, of(span)?));
        to_date.filter_map(level).next().or_else(|| {
            let known = joint.nodes()[0].known.iter();
            known
                .max_by_key(|(span, _)| (span.last(), span.len()))
                .copied()
        })
    }

    /// Which readings are taken: those of the last month known, and of every month to the end of the year.
    fn measures(&self, last: Month, year: Span) -> impl Iterator<Item = (GrowthMeasure, Month)> {
        let ahead = year.iter().filter(move |month| *month > last);
        let whole = |month: Month| {
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
        ]
        .into_iter()
        .map(move |measure| (measure, last))
        .chain(ahead.flat_map(whole))
    }

    /// What added to the growth of the known span: from published figures, else from months.
    fn contributions(
        &self,
        published: &PublishedFigures<'_>,
        joint: &JointDraws,
        known: Span,
    ) -> Vec<(&'static str, String, f64)> {
        let total = self.key(&self.request.partner, Flow::Total, self.home);
        let name = |flow: String| Flow::parse(&flow).map_or(flow, |flow| flow.word().to_owned());
        let flows = published.by_flow(&total, known).into_iter();
        let partners = published.by_partner(&total, known).into_iter();
        let mut all: Vec<_> = flows
            .flat_map(|split| split.parts)
            .map(|part| ("flow", name(part.name), part.points))
            .collect();
        if all.is_empty() && !self.monthly.is_empty() {
            let drawn = self.splits(joint, known).into_iter();
            all.extend(drawn.map(|(by, name, drawn)| (by, name, drawn.mean)));
        }
        let partners = partners.flat_map(|split| split.parts);
        all.extend(partners.map(|part| ("partner", part.name, part.points)));
        all
    }

    /// What adds to the growth of a span, from the draws.
    fn splits(
        &self,
        joint: &JointDraws,
        span: Span,
    ) -> Vec<(&'static str, String, DrawnContribution)> {
        let group = &self.request.partner;
        let split = |by: &'static str, of: &dyn Fn(&SeriesKey) -> Option<String>| {
            let parts: Vec<(usize, String)> = joint
                .nodes()
                .iter()
                .enumerate()
                .filter_map(|(k, node)| Some((k, of(&node.key)?)))
                .collect();
            let views: Vec<SeriesDraws<'_>> = parts
                .iter()
                .map(|(k, _)| SeriesDraws::new(joint, *k))
                .collect();
            let drawn = contribution::drawn(&views, span, &self.request.levels);
            let names = parts.into_iter().map(|(_, name)| name);
            names
                .zip(drawn.unwrap_or_default())
                .map(|(name, drawn)| (by, name, drawn))
                .collect::<Vec<_>>()
        };
        let two = [Flow::Exports, Flow::Imports];
        let mut all = split("flow", &|key| {
            (key.partner == *group && two.contains(&key.flow)).then(|| key.flow.word().to_owned())
        });
        let head = joint.nodes()[0].key.flow;
        all.extend(split("partner", &|key| {
            (key.partner != *group && key.flow == head).then(|| key.partner.to_string())
        }));
        all
    }

    /// Whether the year becomes a record in the currency of `world`, with the number of earlier years known.
    fn record(
        &self,
        world: &JointDraws,
        published: &PublishedFigures<'_>,
        drawing: &OutlookDraws,
        year: Span,
    ) -> Option<(usize, RecordOutlook)> {
        let key = &world.nodes()[0].key;
        let past = match &drawing.history {
            Some((name, first, values)) if key.unit == self.home => {
                PastLevels::of_series(&Series::new(name, *first, values, false), year)
            }
            Some(_) => return None,
            None => PastLevels::of_published(published, key, year),
        };
        let probability = past.probability(&SeriesDraws::new(world, 0).sums(year)?)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::read_folder;
    use crate::trade::month::parse_date;
    use std::path::Path;

    fn request(reporter: &str, partner: &str, day: &str) -> OutlookRequest {
        OutlookRequest {
            reporter: Code::parse(reporter).unwrap(),
            partner: Code::parse(partner).unwrap(),
            product: Code::parse("TOTAL").unwrap(),
            currency: None,
            vintage: Vintage::AsOf(parse_date(day).unwrap()),
            target: None,
            levels: vec![0.8, 0.95],
            paths: 200,
            seed: 1,
        }
    }

    fn bundled() -> Snapshot {
        Snapshot::new(read_folder(Path::new("data")).unwrap()).unwrap()
    }

    #[test]
    fn every_draw_adds_up_and_agrees_with_every_figure() {
        let (snapshot, request) = (bundled(), request("CHN", "CA5", "2025-06-14"));
        let asked = OutlookInputs::new(&snapshot, &request).unwrap();
        let joint = asked.draw().unwrap().joint;
        let place = |text: &str| joint.find(&SeriesKey::parse(text).unwrap()).unwrap();
        let (total, exports, imports) = (
            place("CHN.CA5.T.TOTAL.CNY"),
            place("CHN.CA5.X.TOTAL.CNY"),
            place("CHN.CA5.M.TOTAL.CNY"),
        );
        let balance = place("CHN.CA5.B.TOTAL.CNY");
        let members =
            ["KAZ", "KGZ", "TJK", "TKM", "UZB"].map(|m| place(&format!("CHN.{m}.T.TOTAL.CNY")));
        let n = joint.months();
        for draw in joint.draws() {
            let at = |node: usize, t: usize| draw[node * n + t];
            for t in 0..n {
                let (x, m, all) = (at(exports, t), at(imports, t), at(total, t));
                assert!(x >= 0.0 && m >= 0.0);
                assert!((x + m - all).abs() <= 1e-9 * all);
                assert!((x - m - at(balance, t)).abs() <= 1e-9 * all);
                let sum: f64 = members.iter().map(|member| at(*member, t)).sum();
                assert!((sum - all).abs() <= 1e-9 * all);
            }
        }
        // Levels of January to May 2025 to 0.01 bn, the year 2024 likewise; growth 10.4 to a tenth of a point.
        let near = |node: usize, span: &str, level: f64| {
            let sums = SeriesDraws::new(&joint, node)
                .sums(Span::parse(span).unwrap())
                .unwrap();
            let off = sums.iter().fold(0.0, |m: f64, s| m.max((s - level).abs()));
            assert!(off <= 1.2 * 5e6, "{span}: {off} off {level}");
        };
        near(total, "2025-01-01/P5M", 286.42e9);
        near(exports, "2025-01-01/P5M", 188.18e9);
        near(imports, "2025-01-01/P5M", 98.24e9);
        near(total, "2024", 674.15e9);
    }

    #[test]
    fn another_unit_changes_no_growth() {
        // The same figures in thousandths: every growth rate stays, every level moves.
        let request = request("CHN", "CA5", "2025-06-14");
        let read = |scale: f64| {
            let mut tidy = read_folder(Path::new("data")).unwrap();
            let rescaled = tidy.releases.iter_mut().filter(|r| {
                r.key.reporter.as_str() == "CHN"
                    && r.measure == release::FigureMeasure::Level
                    && r.key.unit == Currency::CNY
            });
            rescaled.for_each(|release| {
                release.value *= scale;
                release.rounding *= scale;
            });
            // Only yuan, so that no exchange rate ties the figures to another unit.
            tidy.releases.retain(|r| r.key.unit == Currency::CNY);
            let snapshot = Snapshot::new(tidy).unwrap();
            let found = outlook(&snapshot, &request, None).unwrap();
            (
                found.level,
                found.base.unwrap(),
                found.contributions,
                found.under_way.unwrap(),
            )
        };
        let (one, thousand) = (read(1.0), read(1000.0));
        assert!((thousand.0 / one.0 - 1000.0).abs() < 1e-6);
        assert!((thousand.1.lower / one.1.lower - 1000.0).abs() < 1e-6);
        assert!(!one.2.is_empty() && one.2.len() == thousand.2.len());
        for (a, b) in one.2.iter().zip(&thousand.2) {
            assert!((a.2 - b.2).abs() < 1e-9);
        }
        assert!((one.3.flat_rest_growth() - thousand.3.flat_rest_growth()).abs() < 1e-6);
    }

    #[test]
    fn monthly_flows_are_drawn_together_and_add_up() {
        let (snapshot, request) = (bundled(), request("USA", "CHN", "2025-06-14"));
        let horizon = request.horizon(&snapshot).unwrap().unwrap();
        // Figures to April are public by mid-June: eight months are left.
        assert_eq!(horizon, 8);
        let panel = snapshot.panel(request.vintage);
        let pool = PanelModel::fit(&panel, crate::projection::Method::Auto, horizon);
        let asked = OutlookInputs::new(&snapshot, &request).unwrap();
        let joint = asked.project(&pool).unwrap().joint;
        let n = joint.months();
        let names: Vec<String> = joint
            .nodes()
            .iter()
            .map(|node| node.key.flow.to_string())
            .collect();
        assert_eq!(names, ["T", "X", "M", "B"]);
        let (_, exports) = snapshot
            .series("USA.CHN.X.TOTAL.USD", request.vintage)
            .unwrap();
        for draw in joint.draws() {
            let at = |node: usize, t: usize| draw[node * n + t];
            for t in 0..n {
                let (total, x, m) = (at(0, t), at(1, t), at(2, t));
                assert!(x >= 0.0 && m >= 0.0);
                assert!((x + m - total).abs() <= 1e-9 * total, "{x} + {m} = {total}");
                assert!((x - m - at(3, t)).abs() <= 1e-9 * total);
                let month = joint.first().plus(i32::try_from(t).unwrap());
                if let Some(seen) = exports.at(month) {
                    assert_eq!(x, seen, "{month} is known");
                }
            }
        }
        let found = outlook(&snapshot, &request, Some(&pool)).unwrap();
        assert!(matches!(&found.basis, OutlookBasis::Months(series) if series.len() == 2));
        // bn USD, January to April: 168.05 on 177.51 a year before.
        assert!((found.growth.unwrap() - (168.05 / 177.51 - 1.0)).abs() < 1e-3);
        let record = found.record.unwrap();
        assert_eq!(
            (record.currency, record.since),
            (Currency::USD, Span::year(2001))
        );
        assert!(
            found.rate.is_some()
                && found
                    .readings
                    .iter()
                    .any(|(unit, _)| *unit == Currency::CNY)
        );
    }

    #[test]
    fn a_target_for_another_year_and_old_figures_are_refused_before_anything_is_drawn() {
        let snapshot = bundled();
        let wrong = OutlookRequest {
            target: Some((2031, 0.1)),
            ..request("CHN", "CA5", "2025-06-14")
        };
        let refused = wrong.horizon(&snapshot).unwrap_err();
        assert_eq!(
            refused,
            OutlookError::Target {
                expected: 2025,
                found: 2031
            }
        );
        // In August 2022 the last figure was that of 2013, for that of 2021 is a bound.
        let old = request("CHN", "CA5", "2022-08-20").horizon(&snapshot);
        assert!(
            matches!(
                old,
                Err(OutlookError::Disaggregation(
                    DisaggregationError::NoFigure { .. }
                ))
            ),
            "{old:?}"
        );
    }
}
