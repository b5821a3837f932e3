//! The client side: calls to a server, and its messages turned into results for people and programs.
//!
//! Commands that run in this process make the same messages, so that the same figures give the same output wherever they were computed.

use crate::report::forecast::{Accuracy, Coverage, Growth, Interval, Point, Weight};
use crate::report::outlook;
use crate::report::series::{Observation, Release};
use crate::report::{Failure, Forecast, Outcome, Outlook, SeriesDetail, SeriesRow};
use crate::service::pb;
use crate::service::pb::backtest_service_client::BacktestServiceClient;
use crate::service::pb::catalog_service_client::CatalogServiceClient;
use crate::service::pb::forecast_service_client::ForecastServiceClient;
use crate::service::pb::growth_service_client::GrowthServiceClient;
use crate::service::pb::outlook_service_client::OutlookServiceClient;
use crate::service::pb::stream_backtest_response::Update as Backtested;
use crate::service::pb::stream_forecasts_response::Update;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use tonic::codec::CompressionEncoding::Gzip;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

/// The largest message that is taken from a server.
const MAX_RESPONSE: usize = 16 << 20;

/// Runs a call to its end on a thread of this process.
pub(super) fn block_on<T>(call: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start a runtime")?
        .block_on(call)
}

/// A connection to a server.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    channel: Channel,
}

impl Remote {
    /// Connects to `url`, for example `http://127.0.0.1:50051`; without a scheme it is plain HTTP.
    pub(super) async fn connect(url: &str) -> anyhow::Result<Self> {
        let url = if url.contains("://") {
            url.to_owned()
        } else {
            format!("http://{url}")
        };
        let endpoint = Channel::from_shared(url.clone())
            .with_context(|| format!("`{url}` is no address of a server"))?;
        let channel = endpoint.connect().await;
        Ok(Self {
            channel: channel.with_context(|| format!("cannot reach {url}"))?,
        })
    }

    fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip)
    }

    /// Every series that `request` asks for, page by page.
    pub(super) async fn list(
        &self,
        mut request: pb::ListSeriesRequest,
    ) -> anyhow::Result<Vec<SeriesRow>> {
        let mut rows = Vec::new();
        request.page_size = 1000;
        loop {
            let page = self.catalog().list_series(request.clone()).await;
            let page = page.map_err(refusal)?.into_inner();
            rows.extend(page.series.into_iter().map(SeriesRow::from));
            if page.next_page_token.is_empty() {
                return Ok(rows);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// One series with its figures.
    pub(super) async fn get(&self, request: pb::GetSeriesRequest) -> anyhow::Result<SeriesDetail> {
        let found = self.catalog().get_series(request).await;
        Ok(found.map_err(refusal)?.into_inner().into())
    }

    /// The outlook of a pair.
    pub(super) async fn outlook(
        &self,
        request: pb::GetOutlookRequest,
    ) -> anyhow::Result<pb::GetOutlookResponse> {
        let mut client = OutlookServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip);
        Ok(client
            .get_outlook(request)
            .await
            .map_err(refusal)?
            .into_inner())
    }

    /// A client for forecasts.
    pub(super) fn forecasts(&self) -> ForecastServiceClient<Channel> {
        ForecastServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip)
    }

    /// An account of growth that has happened.
    pub(super) async fn growth(
        &self,
        request: pb::GetGrowthRequest,
    ) -> anyhow::Result<pb::GetGrowthResponse> {
        let mut client = GrowthServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip);
        let found = client.get_growth(request).await;
        Ok(found.map_err(refusal)?.into_inner())
    }

    /// Forecasts of many series, handed to `take` as they come.
    pub(super) async fn forecast(
        &self,
        request: pb::StreamForecastsRequest,
        mut take: impl AsyncFnMut(Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let answer = self.forecasts().stream_forecasts(request).await;
        let answer = answer.map_err(refusal)?;
        let mut messages: Streaming<_> = answer.into_inner();
        let mut assembly = Assembly::default();
        while let Some(message) = messages.message().await.map_err(refusal)? {
            if let Some(outcome) = assembly.add(message) {
                take(outcome).await?;
            }
        }
        Ok(())
    }
}

impl Remote {
    /// A backtest, its updates handed to `take` as they come.
    pub(super) async fn backtest(
        &self,
        request: pb::StreamBacktestRequest,
        mut take: impl FnMut(Backtested),
    ) -> anyhow::Result<()> {
        let mut client = BacktestServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip);
        let answer = client.stream_backtest(request).await.map_err(refusal)?;
        let mut messages: Streaming<_> = answer.into_inner();
        while let Some(message) = messages.message().await.map_err(refusal)? {
            if let Some(update) = message.update {
                take(update);
            }
        }
        Ok(())
    }
}

/// A server's refusal, in its own words.
pub(super) fn refusal(status: Status) -> anyhow::Error {
    match status.message() {
        "" => anyhow::anyhow!("the server answers {}", status.code()),
        message => anyhow::anyhow!("{message}"),
    }
}

/// Puts the messages of one series together, which come one after another.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    header: Option<pb::ForecastHeader>,
    points: Vec<Point>,
}

impl Assembly {
    /// Adds a message; gives the outcome where this was the last of its series.
    pub(super) fn add(&mut self, message: pb::StreamForecastsResponse) -> Option<Outcome> {
        match message.update? {
            Update::Header(header) => {
                *self = Self::default();
                self.header = Some(header);
                None
            }
            Update::Point(point) => {
                self.points.push(point.into());
                None
            }
            Update::Summary(summary) => {
                let Self { header, points } = std::mem::take(self);
                let header = header?;
                let series = header.series.unwrap_or_default();
                Some(Outcome::Forecast(Box::new(Forecast {
                    series: series.key,
                    unit: series.unit,
                    method: header.method,
                    last_month: series.last_month,
                    notes: header.notes,
                    weights: header.weights.into_iter().map(Into::into).collect(),
                    points,
                    years: summary.years.into_iter().map(Into::into).collect(),
                    accuracy: summary.accuracy.map(Into::into),
                })))
            }
            Update::Failure(failure) => Some(Outcome::Failure {
                series: message.series,
                failure: Failure {
                    code: failure.code,
                    reason: failure.reason,
                    message: failure.message,
                },
            }),
        }
    }
}

/// Puts outcomes, which come as they are ready, back into the order in which the series were asked for.
#[derive(Debug)]
pub(super) struct InOrder {
    /// The keys that are still to come, the next one last.
    wanted: Vec<String>,
    early: HashMap<String, Outcome>,
}

/// A key however it is written.
fn canonical(key: &str) -> String {
    key.trim().to_ascii_uppercase()
}

impl InOrder {
    /// Series in the order of `keys`.
    pub(super) fn new(keys: &[String]) -> Self {
        Self {
            wanted: keys.iter().rev().map(|key| canonical(key)).collect(),
            early: HashMap::new(),
        }
    }

    /// Takes an outcome and gives those whose turn has come.
    pub(super) fn add(&mut self, outcome: Outcome) -> Vec<Outcome> {
        let key = match &outcome {
            Outcome::Forecast(forecast) => canonical(&forecast.series),
            Outcome::Failure { series, .. } => canonical(series),
        };
        self.early.insert(key, outcome);
        let mut due = Vec::new();
        while let Some(outcome) = self.wanted.last().and_then(|key| self.early.remove(key)) {
            self.wanted.pop();
            due.push(outcome);
        }
        due
    }

    /// Fails where series are still to come.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        if !self.wanted.is_empty() {
            bail!("the stream ended with {} series missing", self.wanted.len());
        }
        Ok(())
    }
}

impl From<pb::Series> for SeriesRow {
    fn from(series: pb::Series) -> Self {
        Self {
            series: series.key,
            unit: series.unit,
            first_month: series.first_month,
            last_month: series.last_month,
            months: series.observations,
            gaps: series.gaps,
            source: series.source,
        }
    }
}

impl From<pb::GetSeriesResponse> for SeriesDetail {
    fn from(found: pb::GetSeriesResponse) -> Self {
        let observation = |seen: pb::Observation| Observation {
            month: seen.month,
            value: seen.value,
            growth: seen.growth,
            growth_year_to_date: seen.growth_year_to_date,
        };
        Self {
            row: found.series.unwrap_or_default().into(),
            observations: found.observations.into_iter().map(observation).collect(),
            releases: found.releases.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<pb::Release> for Release {
    fn from(release: pb::Release) -> Self {
        let measure = release.measure().as_str_name();
        let measure = measure.trim_start_matches("RELEASE_MEASURE_");
        Self {
            measure: measure.to_ascii_lowercase(),
            span: release.span,
            value: release.value,
            rounding: release.rounding,
            released_on: release.released_on,
            status: release.status,
            source: release.source,
        }
    }
}

impl From<pb::MemberWeight> for Weight {
    fn from(weight: pb::MemberWeight) -> Self {
        Self {
            member: weight.member,
            weight: weight.weight,
        }
    }
}

impl From<pb::ForecastPoint> for Point {
    fn from(point: pb::ForecastPoint) -> Self {
        Self {
            month: point.month,
            value: point.value,
            naive: point.naive,
            intervals: point.intervals.into_iter().map(Into::into).collect(),
            growth: point.readings.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<pb::Interval> for Interval {
    fn from(interval: pb::Interval) -> Self {
        Self {
            level: interval.level,
            lower: interval.lower,
            upper: interval.upper,
        }
    }
}

/// The name of a measure in results.
pub(super) fn measure(measure: pb::GrowthMeasure) -> String {
    let name = measure.as_str_name();
    name.trim_start_matches("GROWTH_MEASURE_")
        .to_ascii_lowercase()
}

impl From<pb::GrowthEstimate> for Growth {
    fn from(reading: pb::GrowthEstimate) -> Self {
        Self {
            measure: measure(reading.measure()),
            span: reading.span,
            median: reading.median,
            intervals: reading.intervals.into_iter().map(Into::into).collect(),
            share_observed: reading.share_observed,
            naive: reading.naive,
        }
    }
}

impl From<pb::Accuracy> for Accuracy {
    fn from(accuracy: pb::Accuracy) -> Self {
        let coverage = |seen: pb::Coverage| Coverage {
            level: seen.level,
            share: seen.share,
        };
        Self {
            months: accuracy.months,
            smape: accuracy.smape,
            mase: accuracy.mase,
            naive_smape: accuracy.naive_smape,
            naive_mase: accuracy.naive_mase,
            coverage: accuracy.coverage.into_iter().map(coverage).collect(),
        }
    }
}

impl From<pb::OutlookContribution> for outlook::Contribution {
    fn from(part: pb::OutlookContribution) -> Self {
        let by = super::growth::word(part.by().as_str_name(), "SPLIT_BY_");
        let (lower, upper) = bounds(part.intervals);
        Self {
            by,
            name: part.name,
            points: part.points,
            lower,
            upper,
        }
    }
}

/// Intervals as bounds by level.
fn bounds(intervals: Vec<pb::Interval>) -> (BTreeMap<String, f64>, BTreeMap<String, f64>) {
    let intervals: Vec<Interval> = intervals.into_iter().map(Into::into).collect();
    outlook::by_level(&intervals)
}

impl From<pb::GetOutlookResponse> for Outlook {
    fn from(of: pb::GetOutlookResponse) -> Self {
        let basis = of.basis.unwrap_or_default();
        let level = |level: pb::YearLevel| {
            let (lower, upper) = bounds(level.intervals);
            outlook::Level {
                currency: level.currency,
                span: level.span,
                median: level.median,
                lower,
                upper,
            }
        };
        let base = |base: pb::FlowBase| outlook::FlowBase {
            series: base.series,
            own: base.own.map(Into::into),
            met: base.combined.map(Into::into),
        };
        Self {
            series: of.series,
            as_of: String::new(),
            known: outlook::Known {
                span: of.known_span,
                level: of.known_level,
                growth: of.known_growth,
            },
            base: of.base.map(Into::into),
            bases: of.bases.into_iter().map(base).collect(),
            contributions: of.contributions.into_iter().map(Into::into).collect(),
            projected_contributions: of
                .projected_contributions
                .into_iter()
                .map(Into::into)
                .collect(),
            share_of_base_year: of.share_of_base_year,
            flat_rest_growth: of.flat_rest_growth,
            target: of.target.map(|target| outlook::Target {
                year: target.year,
                growth: target.growth,
                needed_growth: target.needed_growth,
                probability: target.probability,
            }),
            record: of.record.map(|record| outlook::Record {
                span: record.span,
                currency: record.currency,
                probability: record.probability,
                since: record.since,
                unbroken_since: Some(record.unbroken_since).filter(|since| !since.is_empty()),
                largest_span: record.largest_span,
                largest: record.largest,
            }),
            exchange_rate: of.exchange_rate.map(|rate| outlook::RateEffect {
                currency: rate.currency,
                growth_home: rate.growth_home,
                growth_other: rate.growth_other,
                points: rate.points,
                last_month: rate.last_month,
                last_rate: rate.last_rate,
            }),
            levels: of.levels.into_iter().map(level).collect(),
            readings: of
                .readings
                .into_iter()
                .filter_map(|of| Some(outlook::Reading::new(of.currency, of.reading?.into())))
                .collect(),
            basis: outlook::Basis {
                series: basis.series,
                figures: basis.figures,
                unused: basis.unused,
                misfits: basis.conflicting_figures,
                roughness: basis.roughness,
                lenders: basis.donor_series,
            },
            contradictions: of.contradictions.into_iter().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_come_back_in_the_order_asked_for() {
        let outcome = |key: &str| Outcome::Failure {
            series: key.to_owned(),
            failure: Failure {
                code: 5,
                reason: "UNKNOWN_SERIES".to_owned(),
                message: String::new(),
            },
        };
        let mut order = InOrder::new(&["a".to_owned(), "B".to_owned(), "c".to_owned()]);
        assert_eq!(order.add(outcome("C")), []);
        assert_eq!(order.add(outcome("a")), [outcome("a")]);
        assert!(InOrder::new(&["a".to_owned()]).finish().is_err());
        assert_eq!(order.add(outcome("b")), [outcome("b"), outcome("C")]);
        order.finish().unwrap();
    }
}
