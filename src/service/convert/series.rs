//! The calls of `CatalogService`: lists of series, and one series with its figures.

use super::decode::{self, DecodeError};
use super::fields::{
    check_key, check_length, count, currency, currency_text, refuse, vintage, vintage_text,
};
use crate::catalog::{MonthVintage, Vintage};
use crate::pipeline::{ObservedMonth, SeriesDetail, SeriesPage, SeriesSummary};
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::key::KeyFilter;
use crate::trade::{Currency, FigureMeasure, Flow, Month, Release, SeriesKey, seeded_hash};

/// Series on a page where the request does not say.
const PAGE: usize = 100;
/// The most series on a page; a larger page size is cut to it.
const MAX_PAGE: usize = 1000;

/// A checked request for a list of series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesListRequest {
    /// The filter of keys.
    pub filter: KeyFilter,
    /// The filter as written.
    filter_text: String,
    /// The data vintage (as-of date).
    pub vintage: Vintage,
    /// The version of the store; the latest where there is none.
    pub version: Option<u64>,
}

/// A checked request for a page of series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesPageRequest {
    /// The list that the page belongs to.
    pub list: SeriesListRequest,
    /// The most series on the page.
    pub page_size: usize,
    /// The key behind which the page begins; empty for the first page.
    pub after: String,
    /// Distinguishes the tokens of this filter and day from those of others.
    fingerprint: u64,
}

/// A checked request for one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRequest {
    /// The key, as written.
    pub key: String,
    /// The data vintage (as-of date).
    pub vintage: Vintage,
    /// The currency that values are turned into; the key's where there is none.
    pub currency: Option<Currency>,
    /// The version of the store; the latest where there is none.
    pub version: Option<u64>,
    /// Whether every figure that the months have had is requested, too.
    pub vintages: bool,
}

impl SeriesListRequest {
    /// Check a request.
    ///
    /// # Errors
    /// The filter or the day cannot be used.
    pub fn new(filter: &str, as_of: &str, version: Option<u64>) -> Result<Self, ServiceError> {
        check_length("filter", filter)?;
        Ok(Self {
            filter: KeyFilter::parse(filter).map_err(|e| refuse("filter", e.to_string()))?,
            filter_text: filter.to_owned(),
            vintage: vintage("as_of", as_of)?,
            version,
        })
    }
}

impl From<&SeriesListRequest> for pb::ListSeriesRequest {
    fn from(request: &SeriesListRequest) -> Self {
        Self {
            filter: request.filter_text.clone(),
            as_of: vintage_text(request.vintage),
            version: request.version,
            ..Self::default()
        }
    }
}

impl TryFrom<pb::ListSeriesRequest> for SeriesPageRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::ListSeriesRequest) -> Result<Self, ServiceError> {
        let list = SeriesListRequest::new(&wire.filter, &wire.as_of, wire.version)?;
        let page_size = match usize::try_from(wire.page_size) {
            Ok(0) => PAGE,
            Ok(size) => size.min(MAX_PAGE),
            Err(_) => {
                let reason = format!("expected 0 to {MAX_PAGE} series, not {}", wire.page_size);
                return Err(refuse("page_size", reason));
            }
        };
        let fingerprint = fingerprint(&wire.filter, wire.as_of.trim());
        let after = if wire.page_token.is_empty() {
            String::new()
        } else {
            let token = wire.page_token.split_once('-');
            let (_, after) = token
                .filter(|(of, _)| *of == format!("{fingerprint:016x}"))
                .ok_or_else(|| {
                    let reason =
                        "expected the next_page_token of a page with the same filter and as_of";
                    refuse("page_token", reason)
                })?;
            after.to_owned()
        };
        Ok(Self {
            list,
            page_size,
            after,
            fingerprint,
        })
    }
}

impl SeriesPageRequest {
    /// Return the token of the page that begins behind `key`.
    fn token_after(&self, key: &str) -> String {
        format!("{:016x}-{key}", self.fingerprint)
    }

    /// Write the page that was requested.
    pub fn response(&self, page: SeriesPage, version: Option<u64>) -> pb::ListSeriesResponse {
        let last = page.series.last().filter(|_| page.more);
        pb::ListSeriesResponse {
            next_page_token: last
                .map_or_else(String::new, |last| self.token_after(&last.key.to_string())),
            series: page.series.into_iter().map(Into::into).collect(),
            version: version.unwrap_or(0),
        }
    }
}

/// Return a hash of the texts of a filter and a day: the same on every machine, so that a token
/// outlives a restart.
fn fingerprint(filter: &str, as_of: &str) -> u64 {
    seeded_hash(seeded_hash(0, filter.trim()), as_of)
}

impl SeriesRequest {
    /// Check a request.
    ///
    /// # Errors
    /// The key is empty or too long.
    pub fn new(
        key: String,
        vintage: Vintage,
        currency: Option<Currency>,
        version: Option<u64>,
    ) -> Result<Self, ServiceError> {
        check_key(&key)?;
        Ok(Self {
            key,
            vintage,
            currency,
            version,
            vintages: false,
        })
    }
}

impl TryFrom<pb::GetSeriesRequest> for SeriesRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::GetSeriesRequest) -> Result<Self, ServiceError> {
        check_key(&wire.key)?;
        let vintage = vintage("as_of", &wire.as_of)?;
        let currency = currency(&wire.currency)?;
        Ok(Self {
            vintages: wire.vintages,
            ..Self::new(wire.key, vintage, currency, wire.version)?
        })
    }
}

impl From<&SeriesRequest> for pb::GetSeriesRequest {
    fn from(request: &SeriesRequest) -> Self {
        Self {
            key: request.key.clone(),
            as_of: vintage_text(request.vintage),
            currency: currency_text(request.currency),
            version: request.version,
            vintages: request.vintages,
        }
    }
}

impl From<SeriesSummary> for pb::Series {
    fn from(summary: SeriesSummary) -> Self {
        let key = &summary.key;
        let (first, last) = summary.months.unzip();
        let month =
            |month: Option<Month>| month.map_or_else(String::new, |month| month.to_string());
        Self {
            key: key.to_string(),
            reporter: key.reporter.to_string(),
            partner: key.partner.to_string(),
            flow: pb::Flow::from(key.flow).into(),
            product: key.product.to_string(),
            unit: summary.unit.to_string(),
            first_month: month(first),
            last_month: month(last),
            observations: count(summary.observed),
            gaps: count(summary.gaps),
            source: summary.source,
        }
    }
}

impl TryFrom<pb::Series> for SeriesSummary {
    type Error = DecodeError;

    fn try_from(wire: pb::Series) -> Result<Self, DecodeError> {
        let months = if wire.first_month.is_empty() {
            None
        } else {
            let first = decode::month("first_month", &wire.first_month)?;
            Some((first, decode::month("last_month", &wire.last_month)?))
        };
        Ok(Self {
            key: decode::key("key", &wire.key)?,
            unit: decode::currency("unit", &wire.unit)?,
            months,
            observed: decode::count("observations", wire.observations)?,
            gaps: decode::count("gaps", wire.gaps)?,
            source: wire.source,
        })
    }
}

impl From<ObservedMonth> for pb::Observation {
    fn from(observed: ObservedMonth) -> Self {
        Self {
            month: observed.month.to_string(),
            value: observed.value,
            growth: observed.growth,
            growth_year_to_date: observed.growth_year_to_date,
        }
    }
}

impl TryFrom<pb::Observation> for ObservedMonth {
    type Error = DecodeError;

    fn try_from(wire: pb::Observation) -> Result<Self, DecodeError> {
        Ok(Self {
            month: decode::month("month", &wire.month)?,
            value: wire.value,
            growth: wire.growth,
            growth_year_to_date: wire.growth_year_to_date,
        })
    }
}

impl From<MonthVintage> for pb::MonthVintage {
    fn from(vintage: MonthVintage) -> Self {
        Self {
            month: vintage.month.to_string(),
            public_on: vintage.public_on.to_string(),
            presumed: !vintage.is_stated,
            value: vintage.value,
        }
    }
}

impl TryFrom<pb::MonthVintage> for MonthVintage {
    type Error = DecodeError;

    fn try_from(wire: pb::MonthVintage) -> Result<Self, DecodeError> {
        Ok(Self {
            month: decode::month("month", &wire.month)?,
            public_on: decode::date("public_on", &wire.public_on)?,
            is_stated: !wire.presumed,
            value: wire.value,
        })
    }
}

impl From<&Release> for pb::Release {
    fn from(release: &Release) -> Self {
        Self {
            span: release.span.to_string(),
            measure: pb::ReleaseMeasure::from(release.measure).into(),
            value: release.value,
            rounding: release.rounding,
            released_on: release
                .released_on
                .map_or_else(String::new, |day| day.to_string()),
            status: release.status.clone(),
            source: release.source.clone(),
        }
    }
}

/// Read a published figure of `key`.
pub(super) fn read_release(key: &SeriesKey, wire: pb::Release) -> Result<Release, DecodeError> {
    Ok(Release {
        key: key.clone(),
        span: decode::span("span", &wire.span)?,
        measure: release_measure(wire.measure)?,
        value: wire.value,
        rounding: wire.rounding,
        released_on: decode::optional_date("released_on", &wire.released_on)?,
        known_since: None,
        status: wire.status,
        source: wire.source,
    })
}

/// Write a series with its figures.
pub fn detail_response(detail: SeriesDetail, version: Option<u64>) -> pb::GetSeriesResponse {
    pb::GetSeriesResponse {
        series: Some(detail.summary.into()),
        observations: detail.observations.into_iter().map(Into::into).collect(),
        releases: detail.releases.iter().map(Into::into).collect(),
        version: version.unwrap_or(0),
        vintages: detail.vintages.into_iter().map(Into::into).collect(),
    }
}

impl TryFrom<pb::GetSeriesResponse> for SeriesDetail {
    type Error = DecodeError;

    fn try_from(wire: pb::GetSeriesResponse) -> Result<Self, DecodeError> {
        let summary: SeriesSummary = decode::required("series", wire.series)?;
        let releases = wire.releases.into_iter();
        Ok(Self {
            releases: releases
                .map(|release| read_release(&summary.key, release))
                .collect::<Result<_, _>>()?,
            observations: decode::all(wire.observations)?,
            vintages: decode::all(wire.vintages)?,
            summary,
        })
    }
}

impl From<Flow> for pb::Flow {
    fn from(flow: Flow) -> Self {
        match flow {
            Flow::Exports => Self::Exports,
            Flow::Imports => Self::Imports,
            Flow::Total => Self::Total,
            Flow::Balance => Self::Balance,
        }
    }
}

/// Read a flow; `None` where it is not specified or not known.
pub(super) fn flow(number: i32) -> Option<Flow> {
    match pb::Flow::try_from(number) {
        Ok(pb::Flow::Exports) => Some(Flow::Exports),
        Ok(pb::Flow::Imports) => Some(Flow::Imports),
        Ok(pb::Flow::Total) => Some(Flow::Total),
        Ok(pb::Flow::Balance) => Some(Flow::Balance),
        Ok(pb::Flow::Unspecified) | Err(_) => None,
    }
}

impl From<FigureMeasure> for pb::ReleaseMeasure {
    fn from(measure: FigureMeasure) -> Self {
        match measure {
            FigureMeasure::Level => Self::Level,
            FigureMeasure::Growth => Self::Growth,
            FigureMeasure::Change => Self::Change,
            FigureMeasure::ShareOfProduct => Self::ShareOfProduct,
            FigureMeasure::ShareOfPartner => Self::ShareOfPartner,
            FigureMeasure::ShareOfReporter => Self::ShareOfReporter,
        }
    }
}

/// Read what a published figure states.
pub(super) fn release_measure(number: i32) -> Result<FigureMeasure, DecodeError> {
    FigureMeasure::ALL
        .into_iter()
        .find(|measure| i32::from(pb::ReleaseMeasure::from(*measure)) == number)
        .ok_or_else(|| DecodeError::number("measure", number))
}

#[cfg(test)]
mod tests {
    use super::super::test_fields::field;
    use super::*;

    #[test]
    fn a_token_serves_its_own_filter_alone() {
        let request = |filter: &str, page_size: i32, page_token: &str| pb::ListSeriesRequest {
            filter: filter.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        let first = SeriesPageRequest::try_from(request("USA", 5000, "")).unwrap();
        assert_eq!((first.page_size, first.after.as_str()), (MAX_PAGE, ""));
        let token = first.token_after("CN-XJ.KAZ.X.TOTAL.USD");
        let second = SeriesPageRequest::try_from(request("USA", 0, &token)).unwrap();
        assert_eq!(
            (second.page_size, second.after.as_str()),
            (PAGE, "CN-XJ.KAZ.X.TOTAL.USD")
        );
        for (filter, size, token, expected) in [
            ("KOR", 0, token.as_str(), "page_token"),
            ("USA", 0, "nonsense", "page_token"),
            ("USA", -1, "", "page_size"),
            ("a.b.c.d.e.f", 0, "", "filter"),
        ] {
            let error = SeriesPageRequest::try_from(request(filter, size, token)).unwrap_err();
            assert_eq!(field(error), expected);
        }
    }
}
