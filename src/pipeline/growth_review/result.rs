//! The review itself, and why there is none.

use crate::catalog::CatalogError;
use crate::growth::Contradiction;
use crate::growth::GrowthMeasure;
use crate::growth::ValueRange;
use crate::growth::{ContributionSplit, RevisedBase};
use crate::growth::{PastLevels, RecordStanding};
use crate::pipeline::split_by::SplitBy;
use crate::trade::{Currency, Month, Release, SeriesKey, Span, Subject};

/// The growth of a subject, as far as it has happened and is known.
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthReview {
    /// The subject of the review.
    pub subject: Subject,
    /// The monthly series of the subject, by key.
    pub monthly: Vec<MonthlyReview>,
    /// The spans that figures were published about, by key and span.
    pub published: Vec<PublishedSpan>,
    /// Contributions to growth.
    pub contributions: Vec<GrowthDecomposition>,
    /// Published figures that contradict each other.
    pub contradictions: Vec<Contradiction>,
}

/// Growth of a monthly series at its last month.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthlyReview {
    /// The series.
    pub key: SeriesKey,
    /// The currency of the values that were read.
    pub unit: Currency,
    /// Its last month with a figure.
    pub last: Month,
    /// The latest growth of each measure that can be read.
    pub readings: Vec<ObservedGrowth>,
    /// The base effect on the last month's growth, percentage points.
    pub base_effect: Option<f64>,
    /// The effect of the exchange rate on the growth of the year to date.
    pub exchange: Option<ExchangeEffect>,
    /// Records of the last month and of the year to date.
    pub records: Vec<RecordReview>,
}

/// Growth that has happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObservedGrowth {
    /// The growth measure.
    pub measure: GrowthMeasure,
    /// The span.
    pub span: Span,
    /// The growth, a fraction.
    pub growth: f64,
}

/// Growth in two currencies, and the effect of the exchange rate.
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
    /// Growth in the other currency, a fraction.
    pub growth_to: f64,
    /// The basis of the growth in the other currency.
    pub basis: ExchangeBasis,
}

impl ExchangeEffect {
    /// Return what the exchange rate adds to growth, percentage points.
    pub fn points(&self) -> f64 {
        100.0 * (self.growth_to - self.growth_from)
    }
}

/// The basis of growth in another currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExchangeBasis {
    /// Every month at its mean rate.
    Months,
    /// Figures published in both currencies.
    Published,
    /// The mean of the span's monthly mean rates, for want of months.
    MeanRates,
}

/// The rank of a span among the same spans of earlier years.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordReview {
    /// The span.
    pub span: Span,
    /// Whether it is a record.
    pub standing: RecordStanding,
    /// The oldest span known.
    pub since: Option<Span>,
    /// Number of earlier years that are known.
    pub years: usize,
    /// The oldest span from which on no year is missing.
    pub unbroken_since: Option<Span>,
    /// The largest earlier span and its level, base units.
    pub largest: Option<(Span, f64)>,
}

impl RecordReview {
    /// Return where the span of `past` stands with the level `value`; `None` where no earlier year
    /// is known.
    pub(super) fn new(past: &PastLevels, value: ValueRange) -> Option<Self> {
        Some(Self {
            span: past.span(),
            standing: past.standing(value)?,
            since: past.since(),
            years: past.seen().len(),
            unbroken_since: past.unbroken_since(),
            largest: past.largest(),
        })
    }
}

/// The figures published for a span of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedSpan {
    /// The series.
    pub key: SeriesKey,
    /// The span.
    pub span: Span,
    /// Its level.
    pub level: Option<Release>,
    /// Its growth as published.
    pub growth: Option<Release>,
    /// Its growth by the levels published of both years, less one.
    pub ratio: Option<ValueRange>,
    /// The base that level and growth imply.
    pub base: Option<RevisedBase>,
    /// The effect of the exchange rate on the growth published.
    pub exchange: Option<ExchangeEffect>,
    /// The rank of the level.
    pub record: Option<RecordReview>,
}

/// The growth of a whole, decomposed into contributions of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthDecomposition {
    /// The whole.
    pub key: SeriesKey,
    /// The kind of the parts.
    pub by: SplitBy,
    /// Whether the levels are sums of monthly figures, not published spans.
    pub monthly: bool,
    /// The parts.
    pub split: ContributionSplit,
}

/// The reason why there is no review.
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
        /// The currency requested.
        to: Currency,
    },
}
