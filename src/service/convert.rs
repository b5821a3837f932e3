//! Between the wire and the trade desk's words: inward a `TryFrom` that is the validation and names the field it refuses, outward
//! conversions that cannot fail.

use super::{ServiceError, pb};
use crate::backtest::{BacktestProgress, BacktestRequest, Score};
use crate::catalog::{Snapshot, Vintage};
use crate::growth::{self, Band, GrowthEstimate, GrowthMeasure};
use crate::pipeline::{ForecastPoint, ForecastRequest, SeriesForecast, hash, percent};
use crate::projection::{Member, Method};
use crate::trade::key::KeyFilter;
use crate::trade::month::parse_date;
use crate::trade::{self, Currency, Flow, Release, Series, SeriesKey, Span, Subject};
use std::collections::HashSet;

/// Series on a page where nothing is said.
const PAGE: usize = 100;
/// Series on a page at most; a larger wish is granted as far as this.
const MAX_PAGE: usize = 1000;
/// Series of a request at most.
const MAX_SERIES: usize = 10_000;

/// A page of series, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Which series.
    pub filter: KeyFilter,
    /// Whose day's knowledge.
    pub vintage: Vintage,
    /// How many at most.
    pub page_size: usize,
    /// The key after which the page begins; empty for the first page.
    pub after: String,
    /// Tells tokens of this filter and day from those of others.
    fingerprint: u64,
}

/// One series, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its key, as written.
    pub key: String,
    /// Whose day's knowledge.
    pub vintage: Vintage,
    /// The currency that values are turned into.
    pub currency: Option<Currency>,
}

/// An account of growth, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedGrowth {
    /// What it is about.
    pub subject: Subject,
    /// Whose day's knowledge.
    pub vintage: Vintage,
    /// The currency that growth is read in.
    pub currency: Option<Currency>,
}

/// Forecasts of many series, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecasts {
    /// The keys, as written.
    pub series: Vec<String>,
    /// How each is forecast.
    pub request: ForecastRequest,
}

/// A backtest, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// The keys of the series that are scored, as written; none for all.
    pub series: Vec<String>,
    /// Whose day's knowledge.
    pub vintage: Vintage,
    /// Whether each origin learns from what was known then.
    pub real_time: bool,
    /// How it is run.
    pub request: BacktestRequest,
}

pub(super) fn refuse(field: &'static str, reason: impl Into<String>) -> ServiceError {
    ServiceError::Field {
        field,
        reason: reason.into(),
    }
}

impl TryFrom<pb::ListSeriesRequest> for Listing {
    type Error = ServiceError;

    fn try_from(wire: pb::ListSeriesRequest) -> Result<Self, ServiceError> {
        short("filter", &wire.filter)?;
        let filter = KeyFilter::parse(&wire.filter).map_err(|e| refuse("filter", e.to_string()))?;
        let page_size = match usize::try_from(wire.page_size) {
            Ok(0) => PAGE,
            Ok(size) => size.min(MAX_PAGE),
            Err(_) => {
                let reason = format!("expected 0 to {MAX_PAGE} series, not {}", wire.page_size);
                return Err(refuse("page_size", reason));
            }
        };
        let vintage = vintage("as_of", &wire.as_of)?;
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
            filter,
            vintage,
            page_size,
            after,
            fingerprint,
        })
    }
}

impl Listing {
    /// The token of the page that begins after `key`.
    pub fn token_after(&self, key: &str) -> String {
        format!("{:016x}-{key}", self.fingerprint)
    }
}

/// A hash of the texts of a filter and a day: the same on every machine, so that a token outlives a restart.
fn fingerprint(filter: &str, as_of: &str) -> u64 {
    hash(hash(0, filter.trim()), as_of)
}

impl TryFrom<pb::GetSeriesRequest> for Asked {
    type Error = ServiceError;

    fn try_from(wire: pb::GetSeriesRequest) -> Result<Self, ServiceError> {
        if wire.key.trim().is_empty() {
            return Err(refuse(
                "key",
                "expected a key, for example USA.CHN.M.TOTAL.USD",
            ));
        }
        short("key", &wire.key)?;
        Ok(Self {
            key: wire.key,
            vintage: vintage("as_of", &wire.as_of)?,
            currency: currency(&wire.currency)?,
        })
    }
}

impl TryFrom<pb::GetGrowthRequest> for AskedGrowth {
    type Error = ServiceError;

    fn try_from(wire: pb::GetGrowthRequest) -> Result<Self, ServiceError> {
        short("subject", &wire.subject)?;
        let subject = Subject::parse(&wire.subject);
        Ok(Self {
            subject: subject.map_err(|e| refuse("subject", e.to_string()))?,
            vintage: vintage("as_of", &wire.as_of)?,
            currency: currency(&wire.currency)?,
        })
    }
}

/// The currency of a wish; empty for none.
pub(super) fn currency(code: &str) -> Result<Option<Currency>, ServiceError> {
    short("currency", code)?;
    match code.trim() {
        "" => Ok(None),
        code => Currency::parse(code)
            .map(Some)
            .map_err(|e| refuse("currency", e.to_string())),
    }
}

impl TryFrom<pb::StreamForecastsRequest> for Forecasts {
    type Error = ServiceError;

    fn try_from(wire: pb::StreamForecastsRequest) -> Result<Self, ServiceError> {
        if wire.series.is_empty() {
            return Err(refuse("series", "expected at least one key"));
        }
        check_series(&wire.series)?;
        let method = wire.method.parse::<Method>();
        let method = method.map_err(|e| refuse("method", e.to_string()))?;
        let paths = i64::try_from(ForecastRequest::PATHS).unwrap_or(i64::MAX);
        let request = ForecastRequest::new(
            or(wire.horizon, 12),
            &wire.levels,
            vintage("as_of", &wire.as_of)?,
            wire.seed,
            method,
            or(wire.paths, paths),
        )?
        .with_measures(&measures(&wire.measures)?)?;
        Ok(Self {
            series: wire.series,
            request,
        })
    }
}

impl TryFrom<pb::StreamBacktestRequest> for Backtest {
    type Error = ServiceError;

    fn try_from(wire: pb::StreamBacktestRequest) -> Result<Self, ServiceError> {
        check_series(&wire.series)?;
        let methods = wire.methods.iter().map(|name| name.parse::<Method>());
        let methods: Vec<Method> = methods
            .collect::<Result<_, _>>()
            .map_err(|e| refuse("methods", e.to_string()))?;
        let request = BacktestRequest::new(
            or(wire.horizon, 12),
            or(wire.origins, 6),
            or(wire.step, 3),
            &methods,
            baseline(&wire.baseline)?,
            &wire.levels,
            wire.seed,
        )?;
        Ok(Self {
            series: wire.series,
            vintage: vintage("as_of", &wire.as_of)?,
            real_time: wire.real_time,
            request,
        })
    }
}

/// The baseline of a backtest; the seasonal naive where none is named.
fn baseline(name: &str) -> Result<Method, ServiceError> {
    match name.trim() {
        "" => Ok(BacktestRequest::NAIVE),
        name => name
            .parse()
            .map_err(|e: crate::projection::UnknownMethod| refuse("baseline", e.to_string())),
    }
}

/// The growth readings asked for, in the order asked.
fn measures(wire: &[i32]) -> Result<Vec<GrowthMeasure>, ServiceError> {
    let named = |number: &i32| {
        GrowthMeasure::ALL
            .into_iter()
            .find(|measure| i32::from(pb::GrowthMeasure::from(*measure)) == *number)
            .ok_or_else(|| {
                let reason = format!("expected numbers of GrowthMeasure, 1 to 8, not {number}");
                refuse("measures", reason)
            })
    };
    wire.iter().map(named).collect()
}

/// A number of the wire, where zero means the usual one.
pub(super) fn or(value: i32, usual: i64) -> i64 {
    if value == 0 { usual } else { i64::from(value) }
}

/// The longest key or filter that is looked at: five codes of sixteen letters, and room for alternatives. Longer ones cost time and fill error messages.
const MAX_KEY: usize = 1000;

/// Refuses a text that is too long.
pub(super) fn short(field: &'static str, text: &str) -> Result<(), ServiceError> {
    let reason = || format!("expected at most {MAX_KEY} bytes, not {}", text.len());
    if text.len() > MAX_KEY {
        Err(refuse(field, reason()))
    } else {
        Ok(())
    }
}

/// Refuses too many keys, empty ones and repeats.
pub(super) fn check_series(keys: &[String]) -> Result<(), ServiceError> {
    if keys.len() > MAX_SERIES {
        let reason = format!("expected at most {MAX_SERIES} keys, not {}", keys.len());
        return Err(refuse("series", reason));
    }
    let mut seen = HashSet::with_capacity(keys.len());
    for (k, key) in keys.iter().enumerate() {
        let canonical = key.trim().to_ascii_uppercase();
        if canonical.is_empty() {
            return Err(refuse(
                "series",
                format!("expected a key at position {k}, it is empty"),
            ));
        }
        if key.len() > MAX_KEY {
            let reason = format!(
                "expected keys of at most {MAX_KEY} bytes, that at position {k} has {}",
                key.len()
            );
            return Err(refuse("series", reason));
        }
        if !seen.insert(canonical) {
            return Err(refuse(
                "series",
                format!("expected every key once, `{key}` is repeated"),
            ));
        }
    }
    Ok(())
}

/// The vintage of a day in `field`; empty for everything.
pub(super) fn vintage(field: &'static str, day: &str) -> Result<Vintage, ServiceError> {
    match day.trim() {
        "" => Ok(Vintage::Latest),
        day => parse_date(day)
            .map(Vintage::AsOf)
            .map_err(|e| refuse(field, e.to_string())),
    }
}

/// A count on the wire; larger ones than the wire can say do not occur.
pub(super) fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
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

impl From<GrowthMeasure> for pb::GrowthMeasure {
    fn from(measure: GrowthMeasure) -> Self {
        match measure {
            GrowthMeasure::Month => Self::Month,
            GrowthMeasure::YearToDate => Self::YearToDate,
            GrowthMeasure::Year => Self::Year,
            GrowthMeasure::TrailingYear => Self::TrailingTwelveMonths,
            GrowthMeasure::Quarter => Self::Quarter,
            GrowthMeasure::CarryOver => Self::CarryOver,
            GrowthMeasure::Momentum => Self::Momentum,
            GrowthMeasure::MomentumThreeMonths => Self::MomentumThreeMonths,
        }
    }
}

impl From<trade::FigureMeasure> for pb::ReleaseMeasure {
    fn from(measure: trade::FigureMeasure) -> Self {
        match measure {
            trade::FigureMeasure::Level => Self::Level,
            trade::FigureMeasure::Growth => Self::Growth,
            trade::FigureMeasure::Change => Self::Change,
            trade::FigureMeasure::ShareOfProduct => Self::ShareOfProduct,
            trade::FigureMeasure::ShareOfPartner => Self::ShareOfPartner,
            trade::FigureMeasure::ShareOfReporter => Self::ShareOfReporter,
        }
    }
}

/// A series without its values. `unit` is the currency of the values, which may differ from the key's.
pub(super) fn series(
    snapshot: &Snapshot,
    key: &SeriesKey,
    series: &Series<'_>,
    unit: Currency,
) -> pb::Series {
    let month = |month: trade::Month| {
        if series.is_empty() {
            String::new()
        } else {
            month.to_string()
        }
    };
    let text = key.to_string();
    pb::Series {
        source: snapshot.source(&text).to_owned(),
        key: text,
        reporter: key.reporter.to_string(),
        partner: key.partner.to_string(),
        flow: pb::Flow::from(key.flow).into(),
        product: key.product.to_string(),
        unit: unit.to_string(),
        first_month: month(series.first()),
        last_month: month(series.last()),
        observations: count(series.len() - series.gaps()),
        gaps: count(series.gaps()),
    }
}

/// One entry a month, gaps included.
pub(super) fn observations(series: &Series<'_>) -> Vec<pb::Observation> {
    let span = Span::new(series.first(), count(series.len()));
    let months = span.into_iter().flat_map(Span::iter);
    months
        .map(|month| pb::Observation {
            month: month.to_string(),
            value: series.at(month),
            growth: growth::observed(series, GrowthMeasure::Month, month),
            growth_year_to_date: growth::observed(series, GrowthMeasure::YearToDate, month),
        })
        .collect()
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

impl From<&Band> for pb::Interval {
    fn from(band: &Band) -> Self {
        Self {
            level: percent(band.level),
            lower: band.lower,
            upper: band.upper,
        }
    }
}

impl From<&GrowthEstimate> for pb::GrowthEstimate {
    fn from(reading: &GrowthEstimate) -> Self {
        Self {
            measure: pb::GrowthMeasure::from(reading.measure).into(),
            span: reading.span.to_string(),
            median: reading.median,
            intervals: reading.bands.iter().map(Into::into).collect(),
            share_observed: reading.share_observed,
            naive: reading.naive,
        }
    }
}

/// The header of a forecast from the figures of `version`.
pub(super) fn header(
    series: pb::Series,
    forecast: &SeriesForecast,
    version: u64,
) -> pb::ForecastHeader {
    pb::ForecastHeader {
        series: Some(series),
        method: forecast.method.clone(),
        weights: weights(&forecast.weights),
        notes: forecast.notes.clone(),
        horizon: count(forecast.points.len()),
        version,
    }
}

/// How much each member weighs.
pub(super) fn weights(weights: &[(Member, f64)]) -> Vec<pb::MemberWeight> {
    let weight = |(member, weight): &(Member, f64)| pb::MemberWeight {
        member: member.name().to_owned(),
        weight: *weight,
    };
    weights.iter().map(weight).collect()
}

/// The point that lies `step` months ahead.
pub(super) fn point(step: usize, point: &ForecastPoint) -> pb::ForecastPoint {
    pb::ForecastPoint {
        step: count(step),
        month: point.month.to_string(),
        value: point.value,
        intervals: point.bands.iter().map(Into::into).collect(),
        naive: point.naive,
        readings: point.readings.iter().map(Into::into).collect(),
    }
}

impl From<&SeriesForecast> for pb::ForecastSummary {
    fn from(forecast: &SeriesForecast) -> Self {
        let evaluation = &forecast.evaluation;
        let coverage = forecast.coverage.iter();
        let accuracy = (evaluation.months > 0).then(|| pb::Accuracy {
            months: count(evaluation.months),
            smape: evaluation.smape,
            mase: evaluation.mase,
            naive_smape: evaluation.naive_smape,
            naive_mase: evaluation.naive_mase,
            coverage: coverage
                .map(|(level, share)| pb::Coverage {
                    level: percent(*level),
                    share: *share,
                })
                .collect(),
        });
        Self {
            years: forecast.years.iter().map(Into::into).collect(),
            accuracy,
        }
    }
}

impl From<BacktestProgress> for pb::BacktestProgress {
    fn from(progress: BacktestProgress) -> Self {
        Self {
            done: count(progress.done),
            total: count(progress.total),
            origin: progress.origin.to_string(),
        }
    }
}

impl From<Score> for pb::BacktestScore {
    fn from(score: Score) -> Self {
        let values = score.values.into_iter();
        Self {
            series: score.series.unwrap_or_default(),
            method: score.method.name().to_owned(),
            origins: count(score.origins),
            months: count(score.months),
            scores: values
                .map(|(name, value)| pb::Score { name, value })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(error: ServiceError) -> &'static str {
        match error {
            ServiceError::Field { field, .. } => field,
            ServiceError::Request(error) => error.field,
            other => panic!("{other} names no field"),
        }
    }

    #[test]
    fn a_forecast_request_that_cannot_be_used_names_its_field() {
        let good = pb::StreamForecastsRequest {
            series: vec!["USA.CHN.M.TOTAL.USD".to_owned()],
            ..Default::default()
        };
        let checked = Forecasts::try_from(good.clone()).unwrap();
        assert_eq!((checked.request.horizon, checked.request.paths), (12, 1000));
        type Spoil = fn(&mut pb::StreamForecastsRequest);
        let cases: [(Spoil, &str); 12] = [
            (|r| r.series.clear(), "series"),
            (
                |r| r.series.push(" usa.chn.m.total.usd".to_owned()),
                "series",
            ),
            (|r| r.series.push(String::new()), "series"),
            (
                |r| r.series = (0..10_001).map(|k| k.to_string()).collect(),
                "series",
            ),
            (|r| r.horizon = -1, "horizon"),
            (|r| r.levels = vec![100.0], "levels"),
            (|r| r.as_of = "2024-02-30".to_owned(), "as_of"),
            (|r| r.method = "arima".to_owned(), "method"),
            (|r| r.paths = 99, "paths"),
            (|r| r.measures = vec![0], "measures"),
            (|r| r.measures = vec![9], "measures"),
            (|r| r.measures = vec![6, 6], "measures"),
        ];
        for (spoil, expected) in cases {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert_eq!(field(Forecasts::try_from(bad).unwrap_err()), expected);
        }
    }

    #[test]
    fn an_account_that_cannot_be_asked_for_names_its_field() {
        let request = |subject: &str, as_of: &str, currency: &str| pb::GetGrowthRequest {
            subject: subject.to_owned(),
            as_of: as_of.to_owned(),
            currency: currency.to_owned(),
            version: None,
        };
        let good = AskedGrowth::try_from(request("chn.ca5", "", "cny")).unwrap();
        assert_eq!(
            (good.subject.to_string().as_str(), good.currency),
            ("CHN.CA5..TOTAL", Some(Currency::CNY))
        );
        for (request, expected) in [
            (request("", "", ""), "subject"),
            (request("CHN.CA5.Q", "", ""), "subject"),
            (request(&"A".repeat(1001), "", ""), "subject"),
            (request("CHN.CA5", "yesterday", ""), "as_of"),
            (request("CHN.CA5", "", "yuan"), "currency"),
        ] {
            assert_eq!(field(AskedGrowth::try_from(request).unwrap_err()), expected);
        }
    }

    #[test]
    fn a_token_serves_its_own_filter_alone() {
        let request = |filter: &str, page_size: i32, page_token: &str| pb::ListSeriesRequest {
            filter: filter.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        let first = Listing::try_from(request("USA", 5000, "")).unwrap();
        assert_eq!((first.page_size, first.after.as_str()), (MAX_PAGE, ""));
        let token = first.token_after("CN-XJ.KAZ.X.TOTAL.USD");
        let second = Listing::try_from(request("USA", 0, &token)).unwrap();
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
            let error = Listing::try_from(request(filter, size, token)).unwrap_err();
            assert_eq!(field(error), expected);
        }
    }
}
