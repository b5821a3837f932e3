//! What a report is about: results of other rooms, subject by subject.

use crate::catalog::Vintage;
use crate::pipeline::outlook::OutlookChange;
use crate::pipeline::{Explained, GrowthReview, Outlook, SeriesDetail, SeriesForecast};
use crate::report::Provenance;

/// A report about several subjects.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Title.
    pub title: String,
    /// The subjects, in order.
    pub sections: Vec<ReportSection>,
    /// The data vintage (as-of date).
    pub vintage: Vintage,
    /// What changes are counted from, in words; empty where nothing is compared.
    pub since: String,
    /// What the report was computed by and from.
    pub provenance: Provenance,
}

/// One subject of a report.
#[derive(Debug, Clone, PartialEq)]
pub enum ReportSection {
    /// A monthly series.
    Series(Box<SeriesReport>),
    /// A pair of partners.
    Pair(Box<PairReport>),
    /// A subject without a result.
    Failure {
        /// The subject, as written.
        subject: String,
        /// Why there is none.
        reason: String,
    },
}

/// What is reported of a monthly series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesReport {
    /// Its figures.
    pub detail: SeriesDetail,
    /// Its forecast.
    pub forecast: SeriesForecast,
    /// Why the forecast is as it is.
    pub explained: Explained,
    /// Growth that has happened, with contradictions; `None` where nothing is known of it.
    pub review: Option<GrowthReview>,
}

/// What is reported of a pair of partners.
#[derive(Debug, Clone, PartialEq)]
pub struct PairReport {
    /// The outlook for the year.
    pub outlook: Outlook,
    /// Growth that has happened, with contradictions; `None` where nothing is known of it.
    pub review: Option<GrowthReview>,
    /// What moved the outlook, and where that cannot be said, why.
    pub change: Option<Result<OutlookChange, String>>,
    /// Forecasts of the monthly series that the outlook adds up.
    pub forecasts: Vec<SeriesForecast>,
    /// The sources of the figures of its members and of its monthly series.
    pub sources: Vec<String>,
}
