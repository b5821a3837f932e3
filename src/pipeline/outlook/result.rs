//! The outlook itself, and why there is none.

use crate::catalog::Vintage;
use crate::growth::Contradiction;
use crate::growth::RevisedBase;
use crate::growth::ValueRange;
use crate::growth::target::{YearUnderWay, probability};
use crate::growth::{Band, DistributionSummary, GrowthEstimate};
use crate::pipeline::scenario::ShockError;
use crate::pipeline::split_by::SplitBy;
use crate::projection::{DisaggregationError, ProjectionError};
use crate::reconcile::ReconcileError;
use crate::trade::{Code, Currency, Month, SeriesKey, Span};

/// Where the year under way ends, how certain that is, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The headline series: the total where both flows are known.
    pub key: SeriesKey,
    /// The currency of the draws; levels and growth in another one are converted draws.
    pub drawn_in: Currency,
    /// The data vintage (as-of date).
    pub vintage: Vintage,
    /// The span from January whose level is known and that ends last.
    pub known: Span,
    /// The level of the known span, base units.
    pub level: f64,
    /// The growth of the known span, a fraction: as published, else from levels.
    pub growth: Option<f64>,
    /// The growth of the known span against the level printed for the span one year before, a
    /// fraction; `None` where none was printed.
    pub growth_on_printed_base: Option<f64>,
    /// The base that published levels and growth imply, over all flows.
    pub base: Option<ValueRange>,
    /// The base of each flow.
    pub bases: Vec<RevisedBase>,
    /// Contributions of flows, and of partners where known, to the growth of the known span.
    pub contributions: Vec<ObservedContribution>,
    /// Contributions of flows and partners to the growth of the year, from the draws.
    pub projected: Vec<ProjectedContribution>,
    /// Share of the year before that fell into the known span; `None` where that is a whole year.
    pub share_of_base_year: Option<f64>,
    /// The growth of the year if its rest only repeats the year before, a fraction.
    pub flat_rest_growth: Option<f64>,
    /// The target, where the request names one.
    pub target: Option<TargetOutlook>,
    /// What any target of the year is held against; `None` in the answer of a server.
    pub year_draws: Option<YearDraws>,
    /// Whether the year becomes a record; `None` where no earlier year is known.
    pub record: Option<RecordOutlook>,
    /// The effect of the exchange rate; `None` where no rate connects.
    pub rate: Option<RateEffect>,
    /// The year that is drawn.
    pub year: Span,
    /// Levels in each currency: of the year, and after those of the year to date and of the last
    /// month known.
    pub levels: Vec<SpanLevel>,
    /// Growth of the headline series in each currency.
    pub readings: Vec<(Currency, GrowthEstimate)>,
    /// Growth of the year without the shocks of the request, in each currency; empty without
    /// shocks.
    pub without_shocks: Vec<(Currency, GrowthEstimate)>,
    /// The data that the draws are based on.
    pub basis: OutlookBasis,
    /// Published figures of this pair that contradict each other, within the window of the draws.
    pub contradictions: Vec<Contradiction>,
}

/// The level of a span in one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanLevel {
    /// The currency.
    pub currency: Currency,
    /// The span.
    pub span: Span,
    /// The level over the draws, base units.
    pub summary: DistributionSummary,
}

/// The contribution of a part of the pair's trade to growth.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedContribution {
    /// How the whole is split.
    pub by: SplitBy,
    /// The part: a flow or a partner code.
    pub name: String,
    /// Percentage points.
    pub points: f64,
}

/// The contribution of a part of the pair's trade to the growth of the year, over the draws.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectedContribution {
    /// How the whole is split.
    pub by: SplitBy,
    /// The part: a flow or a partner code.
    pub name: String,
    /// Percentage points that go with the median growth of the year: parts of one split add up
    /// to it.
    pub points: f64,
    /// Central intervals, percentage points.
    pub bands: Vec<Band>,
}

/// The data that the draws are based on.
#[derive(Debug, Clone, PartialEq)]
pub enum OutlookBasis {
    /// Figures over spans.
    Releases {
        /// Number of figures of the reporter that were used.
        used: usize,
        /// Number of growth rates of newer months that the statistics of the other partner state.
        mirrored: usize,
        /// Figures that were not used and why, in words.
        unused: Vec<String>,
        /// Figures that others contradict, in words.
        conflicting: Vec<String>,
        /// Volatility of the series relative to the donor series.
        scale: f64,
        /// The monthly series that gave seasonal pattern and fluctuation, by key.
        donors: Vec<String>,
    },
    /// Monthly series, by key.
    Months(Vec<String>),
}

/// The effect of an exchange rate on the growth of the known span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateEffect {
    /// The other currency.
    pub currency: Currency,
    /// Growth of the known span in the currency of levels, a fraction.
    pub growth_home: f64,
    /// Growth in the other currency, months converted at their mean rates, a fraction.
    pub growth_other: f64,
    /// Effect of the rate on growth in the other currency, percentage points.
    pub points: f64,
    /// The last month with a rate, and how many units of the home currency one unit of the other
    /// cost then.
    pub last: (Month, f64),
}

/// The headline series of the year and of the year before in every draw: what a target is held
/// against.
#[derive(Debug, Clone, PartialEq)]
pub struct YearDraws {
    /// The year.
    pub(super) year: i32,
    /// The level of the year, by draw.
    pub(super) values: Vec<f64>,
    /// The level of the year before, by draw.
    pub(super) bases: Vec<f64>,
    /// The known part of the year; `None` where that is the whole year.
    pub(super) under_way: Option<YearUnderWay>,
}

impl YearDraws {
    /// Return the probability of growth `growth` in `year`; `None` for another year.
    pub fn target(&self, (year, growth): (i32, f64)) -> Option<TargetOutlook> {
        let needed_growth = match self.under_way {
            Some(under_way) => under_way.needed_growth(growth),
            None => Some(growth),
        };
        let probability = probability(&self.values, &self.bases, growth);
        (year == self.year).then_some(TargetOutlook {
            year,
            growth,
            needed_growth,
            probability: probability?,
        })
    }
}

impl Outlook {
    /// Return the same outlook with another target or none, read from the same draws; `None` where
    /// these are not known or the target is for another year.
    pub fn with_target(&self, target: Option<(i32, f64)>) -> Option<Self> {
        let draws = self.year_draws.as_ref();
        let target = match target {
            Some(target) => Some(draws?.target(target)?),
            None => None,
        };
        Some(Self {
            target,
            ..self.clone()
        })
    }
}

/// The probability of a target, and the growth that it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetOutlook {
    /// The year.
    pub year: i32,
    /// The target growth, a fraction.
    pub growth: f64,
    /// The growth that the rest of the year needs; `None` where nothing of the year before is left.
    pub needed_growth: Option<f64>,
    /// The share of draws that reach the target.
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

/// Say that there is nothing at all, or of which day that holds.
fn found_when(vintage: Vintage) -> String {
    match vintage {
        Vintage::Latest => "are known".to_owned(),
        Vintage::AsOf(day) => format!("were public on {day}"),
    }
}

/// The reason why there is no outlook.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OutlookError {
    /// Nothing is known of the pair.
    #[error("no figures of {reporter}.{partner}, {product}, {}", found_when(*vintage))]
    Unknown {
        /// Reporter code.
        reporter: Code,
        /// Partner code.
        partner: Code,
        /// Product code.
        product: Code,
        /// The vintage requested.
        vintage: Vintage,
    },
    /// The figures over spans do not suffice.
    #[error(transparent)]
    Disaggregation(#[from] DisaggregationError),
    /// A monthly series cannot be projected.
    #[error("{series}: {reason}")]
    Series {
        /// Key of the series.
        series: SeriesKey,
        /// The cause.
        reason: ProjectionError,
    },
    /// The monthly series cannot be drawn jointly.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The known months violate the aggregation constraints.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    /// The target is for a year that is not drawn.
    #[error("target: expected the year {expected}, not {found}")]
    Target {
        /// The year that is drawn.
        expected: i32,
        /// The year requested.
        found: i32,
    },
    /// Outlooks of two days cannot be compared.
    #[error("no comparison of outlooks: {reason}")]
    NoChange {
        /// Why.
        reason: String,
    },
    /// A shock hits nothing that is ahead.
    #[error("shock: {0}")]
    Shock(#[from] ShockError),
    /// No level is known in the requested currency, and none can be converted.
    #[error(
        "currency: no level in {found} is known, and no exchange rate leads to it; ask for another \
         currency, or add its monthly rates"
    )]
    Currency {
        /// The currency requested.
        found: Currency,
    },
}
