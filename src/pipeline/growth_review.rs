//! An account of growth that has happened: readings of monthly series, published spans, contributions, records, contradictions.

use crate::catalog::{CatalogError, Snapshot, Vintage};
use crate::growth::base::ValueRange;
use crate::growth::consistency::Contradiction;
use crate::growth::contribution::{base_effect, exchange_rate_contribution, rate_growth};
use crate::growth::published::{
    ContributionSplit, PublishedFigures, RevisedBase, with_flow, with_partner,
};
use crate::growth::record::{PastLevels, RecordStanding};
use crate::growth::{self, GrowthMeasure};
use crate::ingest::ExchangeRates;
use crate::projection::SeasonalFactors;
use crate::trade::release;
use crate::trade::{Currency, Flow, Month, Release, Series, SeriesKey, Span, Subject, area};
use std::collections::BTreeSet;

/// The growth of a subject, as far as it has happened and is known.
#[derive(Debug)]
pub struct GrowthReview<'a> {
    /// The monthly series of the subject, by key.
    pub monthly: Vec<MonthlyReview<'a>>,
    /// The spans that figures were published about, by key and span.
    pub published: Vec<PublishedSpan<'a>>,
    /// Contributions to growth.
    pub contributions: Vec<GrowthDecomposition>,
    /// Published figures that contradict each other.
    pub contradictions: Vec<Contradiction<'a>>,
}

/// What a monthly series says at its last month.
#[derive(Debug)]
pub struct MonthlyReview<'a> {
    /// The series.
    pub key: &'a SeriesKey,
    /// The currency of the values that were read.
    pub unit: Currency,
    /// Its last month with a figure.
    pub last: Month,
    /// The latest growth of each measure that can be read.
    pub readings: Vec<ObservedGrowth>,
    /// The base effect on the last month's growth, percentage points.
    pub base_effect: Option<f64>,
    /// What the exchange rate adds to the growth of the year to date.
    pub exchange: Option<ExchangeEffect>,
    /// Records of the last month and of the year to date.
    pub records: Vec<RecordReview>,
}

/// A growth rate that has happened, a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObservedGrowth {
    /// What is compared.
    pub measure: GrowthMeasure,
    /// The span.
    pub span: Span,
    /// The growth.
    pub growth: f64,
}

/// How growth in one currency became growth in another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExchangeEffect {
    /// The currency of the figures.
    pub from: Currency,
    /// The other currency.
    pub to: Currency,
    /// The span that grew.
    pub span: Span,
    /// Growth in the figures' own currency, a fraction.
    pub growth_from: f64,
    /// Growth in the other, a fraction.
    pub growth_to: f64,
    /// Whence that is known.
    pub basis: ExchangeBasis,
}

impl ExchangeEffect {
    /// What the exchange rate adds, percentage points.
    pub fn points(&self) -> f64 {
        100.0 * (self.growth_to - self.growth_from)
    }
}

/// Whence growth in the other currency is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExchangeBasis {
    /// Every month at its mean rate.
    Months,
    /// Published in both currencies.
    Published,
    /// The mean of the span's monthly mean rates, for want of months.
    MeanRates,
}

/// Where a span stands among the same spans of earlier years.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordReview {
    /// The earlier years.
    pub past: PastLevels,
    /// Where the span stands.
    pub standing: RecordStanding,
}

/// What was published about a span of a series.
#[derive(Debug)]
pub struct PublishedSpan<'a> {
    /// The series.
    pub key: &'a SeriesKey,
    /// The span.
    pub span: Span,
    /// Its level.
    pub level: Option<&'a Release>,
    /// Its growth as published.
    pub growth: Option<&'a Release>,
    /// Its growth by the levels published of both years, less one.
    pub ratio: Option<ValueRange>,
    /// The base that level and growth imply.
    pub base: Option<RevisedBase>,
    /// What the exchange rate adds to the growth published.
    pub exchange: Option<ExchangeEffect>,
    /// Where the level stands.
    pub record: Option<RecordReview>,
}

/// The contributions of parts to the growth of a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthDecomposition {
    /// The whole.
    pub key: SeriesKey,
    /// What the parts are.
    pub by: SplitBy,
    /// Whether the parts are sums of months, or published spans.
    pub monthly: bool,
    /// The parts.
    pub split: ContributionSplit,
}

/// What a whole is split into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SplitBy {
    /// Exports and imports.
    Flow,
    /// The members of a group of countries.
    Partner,
}

/// Why there is no account.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GrowthReviewError {
    /// Nothing is known of the subject.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// No exchange rate leads from the one currency to the other.
    #[error("there are no exchange rates between {from} and {to}")]
    NoRate {
        /// The currency of the series.
        from: Currency,
        /// The currency asked for.
        to: Currency,
    },
}

/// The account of `subject` as `vintage` knows it. `currency` is what monthly values are turned into, month by month, and what published growth is
/// compared with; where none is given, months keep their own, and the comparison is with dollars (of dollars with yuan).
///
/// # Errors
/// There is no figure of the subject, or no exchange rate to `currency`.
pub fn growth_review<'a>(
    snapshot: &'a Snapshot,
    subject: &Subject,
    vintage: Vintage,
    currency: Option<Currency>,
) -> Result<GrowthReview<'a>, GrowthReviewError> {
    let keys: Vec<_> = snapshot.keys().filter(|key| subject.matches(key)).collect();
    let mut monthly = Vec::with_capacity(keys.len());
    for key in keys {
        monthly.extend(of_series(snapshot, key, vintage, currency)?);
    }
    let near = |release: &&Release| {
        release.key.reporter == subject.reporter && release.key.product == subject.product
    };
    let published = PublishedFigures::new(snapshot.published(vintage).filter(near));
    let rates = snapshot.rates(vintage);
    let spans = of_spans(&rates, &published, subject, currency);
    if monthly.is_empty() && spans.is_empty() {
        // Asked for by its name, the catalog tells what comes near.
        let missing = snapshot.series(&subject.to_string(), vintage).err();
        return Err(missing
            .unwrap_or_else(|| CatalogError::Unknown {
                key: subject.to_string(),
                nearest: Vec::new(),
            })
            .into());
    }
    let mut contributions = of_months(snapshot, subject, vintage, currency);
    contributions.extend(of_published(&published, subject));
    let mut contradictions = published.contradictions(&rates);
    contradictions.retain(|contradiction| subject.matches(contradiction.key));
    Ok(GrowthReview {
        monthly,
        published: spans,
        contributions,
        contradictions,
    })
}

/// The currency that growth in `unit` is compared with.
fn counterpart(unit: Currency, asked: Option<Currency>) -> Currency {
    asked.unwrap_or(if unit == Currency::USD {
        Currency::CNY
    } else {
        Currency::USD
    })
}

/// A monthly series at its last month; `None` where nothing was public.
fn of_series<'a>(
    snapshot: &'a Snapshot,
    key: &'a SeriesKey,
    vintage: Vintage,
    currency: Option<Currency>,
) -> Result<Option<MonthlyReview<'a>>, GrowthReviewError> {
    let (_, own) = snapshot.series(&key.to_string(), vintage)?;
    if own.is_empty() {
        return Ok(None);
    }
    let other = counterpart(key.unit, currency);
    let values = snapshot.converted(key, &own, other, vintage);
    if currency.is_some() && values.is_none() {
        return Err(GrowthReviewError::NoRate {
            from: key.unit,
            to: other,
        });
    }
    let converted = values
        .as_deref()
        .map(|values| Series::new(own.id(), own.first(), values, own.may_be_negative()));
    // A currency whose rates do not reach the series leaves nothing to read.
    let converted = converted.filter(|series| !series.is_empty());
    let series = match (currency, converted) {
        (Some(_), None) => return Ok(None),
        (Some(_), Some(converted)) => converted,
        (None, _) => own,
    };
    let season = SeasonalFactors::of(&series);
    let readings = GrowthMeasure::ALL.iter().filter_map(|measure| {
        let (span, growth) = growth::latest(&series, season.as_ref(), *measure)?;
        Some(ObservedGrowth {
            measure: *measure,
            span,
            growth,
        })
    });
    let to_date = Span::year_to_date(series.last());
    let growth_of =
        |series: &Series<'_>| growth::observed(series, GrowthMeasure::YearToDate, to_date.last());
    let exchange = converted.and_then(|converted| {
        Some(ExchangeEffect {
            from: key.unit,
            to: other,
            span: to_date,
            growth_from: growth_of(&own)?,
            growth_to: growth_of(&converted)?,
            basis: ExchangeBasis::Months,
        })
    });
    let record = |span: Span| {
        let past = PastLevels::of_series(&series, span);
        let standing = past.standing(ValueRange::exactly(series.sum(span)?))?;
        Some(RecordReview { past, standing })
    };
    // In January both are the same span.
    let spans: BTreeSet<Span> = [Span::month(series.last()), to_date].into();
    Ok(Some(MonthlyReview {
        key,
        unit: currency.unwrap_or(key.unit),
        last: series.last(),
        readings: readings.collect(),
        base_effect: base_effect(&series, series.last()),
        exchange: exchange.filter(|exchange| exchange.from != exchange.to),
        records: spans.into_iter().filter_map(record).collect(),
    }))
}

/// Every span of the subject with a level or growth.
fn of_spans<'a>(
    rates: &ExchangeRates,
    published: &PublishedFigures<'a>,
    subject: &Subject,
    currency: Option<Currency>,
) -> Vec<PublishedSpan<'a>> {
    use release::FigureMeasure::{Growth, Level};
    let about: BTreeSet<(&'a SeriesKey, Span)> = published
        .spans(Level)
        .chain(published.spans(Growth))
        .filter(|(key, _)| subject.matches(key))
        .collect();
    let of_span = |(key, span): (&'a SeriesKey, Span)| {
        let growth = published.figure(key, Growth, span);
        let record = || {
            let past = PastLevels::of_published(published, key, span);
            let standing = past.standing(published.stated(key, Level, span)?)?;
            Some(RecordReview { past, standing })
        };
        let exchange = || {
            let to = counterpart(key.unit, currency);
            let there = SeriesKey {
                unit: to,
                ..key.clone()
            };
            let growth_from = growth?.value;
            let by_rates = || {
                let of_rate = rate_growth(rates, key.unit, to, span)?;
                Some(growth_from + exchange_rate_contribution(growth_from, of_rate))
            };
            let (growth_to, basis) = match published.figure(&there, Growth, span) {
                Some(there) => (there.value, ExchangeBasis::Published),
                None => (by_rates()?, ExchangeBasis::MeanRates),
            };
            (to != key.unit).then_some(ExchangeEffect {
                from: key.unit,
                to,
                span,
                growth_from,
                growth_to,
                basis,
            })
        };
        PublishedSpan {
            key,
            span,
            level: published.figure(key, Level, span),
            growth,
            ratio: published.ratio(key, span),
            base: published.base(key, span),
            exchange: exchange(),
            record: record(),
        }
    };
    about.into_iter().map(of_span).collect()
}

/// A whole and its parts by name.
struct SplitCandidate {
    by: SplitBy,
    key: SeriesKey,
    parts: Vec<(String, SeriesKey)>,
}

/// What the subject could be split into, in every currency that its reporter has series in.
fn wholes(snapshot: &Snapshot, subject: &Subject) -> Vec<SplitCandidate> {
    let flows = [Flow::Exports, Flow::Imports];
    let units: BTreeSet<Currency> = snapshot
        .keys()
        .filter(|key| key.reporter == subject.reporter && key.product == subject.product)
        .map(|key| key.unit)
        .filter(|unit| subject.unit.is_none_or(|asked| asked == *unit))
        .collect();
    let asked = |flow: &Flow| subject.flow.is_none_or(|asked| asked == *flow);
    let members = area::members(&subject.partner);
    let mut found = Vec::new();
    for unit in units {
        let key = |flow: Flow| SeriesKey {
            reporter: subject.reporter.clone(),
            partner: subject.partner.clone(),
            flow,
            product: subject.product.clone(),
            unit,
        };
        if asked(&Flow::Total) {
            found.push(SplitCandidate {
                by: SplitBy::Flow,
                key: key(Flow::Total),
                parts: flows
                    .map(|flow| (flow.letter().to_owned(), key(flow)))
                    .into(),
            });
        }
        let every = flows.into_iter().chain([Flow::Total]).filter(asked);
        found.extend(every.filter_map(|flow| {
            let part = |member: &&str| ((*member).to_owned(), with_partner(&key(flow), member));
            Some(SplitCandidate {
                by: SplitBy::Partner,
                key: key(flow),
                parts: members?.iter().map(part).collect(),
            })
        }));
    }
    found
}

/// Contributions of monthly series, where every part is known: of the last month that all have, and of the year to it.
fn of_months(
    snapshot: &Snapshot,
    subject: &Subject,
    vintage: Vintage,
    currency: Option<Currency>,
) -> Vec<GrowthDecomposition> {
    let splits = |SplitCandidate { by, key, parts }: SplitCandidate| {
        let unit = currency.unwrap_or(key.unit);
        let values = |(name, key): &(String, SeriesKey)| {
            let (key, own) = snapshot.series(&key.to_string(), vintage).ok()?;
            let values = snapshot.converted(key, &own, unit, vintage)?;
            Some((name.clone(), own.first(), values))
        };
        let parts: Vec<_> = parts.iter().map(values).collect::<Option<_>>()?;
        let series: Vec<(&str, Series<'_>)> = parts
            .iter()
            .map(|(name, first, values)| (&**name, Series::new(name, *first, values, false)))
            .collect();
        let last = series.iter().map(|(_, series)| series.last()).min()?;
        // In January both are the same span.
        let spans: BTreeSet<Span> = [Span::month(last), Span::year_to_date(last)].into();
        let of_span = |span: Span| {
            Some(GrowthDecomposition {
                key: SeriesKey {
                    unit,
                    ..key.clone()
                },
                by,
                monthly: true,
                split: ContributionSplit::of_series(&series, span)?,
            })
        };
        Some(spans.into_iter().filter_map(of_span).collect::<Vec<_>>())
    };
    let wholes = wholes(snapshot, subject).into_iter();
    wholes.filter_map(splits).flatten().collect()
}

/// Contributions of published spans, where the growth of every part is known.
fn of_published(published: &PublishedFigures<'_>, subject: &Subject) -> Vec<GrowthDecomposition> {
    let spans: BTreeSet<(SeriesKey, Span)> = published
        .spans(release::FigureMeasure::Level)
        .flat_map(|(key, span)| [(key.clone(), span), (with_flow(key, Flow::Total), span)])
        .filter(|(key, _)| subject.matches(key))
        .collect();
    let mut found = Vec::new();
    for (key, span) in spans {
        let by_flow = (key.flow == Flow::Total).then(|| published.by_flow(&key, span));
        let splits = [
            (SplitBy::Flow, by_flow.flatten()),
            (SplitBy::Partner, published.by_partner(&key, span)),
        ];
        found.extend(splits.into_iter().filter_map(|(by, split)| {
            Some(GrowthDecomposition {
                key: key.clone(),
                by,
                monthly: false,
                split: split?,
            })
        }));
    }
    found
}
