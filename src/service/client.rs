//! The client of a remote server: domain requests in, domain results out.

use super::client_error::ClientError;
use super::connect::{ClientChannel, RemoteServer};
use super::convert::backtest::ScoringRequest;
use super::convert::explain::ExplanationRequest;
use super::convert::fields::vintage_text;
use super::convert::forecast::{ForecastReader, ForecastsRequest};
use super::convert::growth::GrowthRequest;
use super::convert::outlook::{read_outlook, wire_request};
use super::convert::outlook_history::{wire_change_request, wire_record_request};
use super::convert::scenario::{ScenarioRequest, ScenarioUpdate, read_message};
use super::convert::series::{SeriesListRequest, SeriesRequest};
use super::pb;
use super::pb::backtest_service_client::BacktestServiceClient;
use super::pb::catalog_service_client::CatalogServiceClient;
use super::pb::forecast_service_client::ForecastServiceClient;
use super::pb::growth_service_client::GrowthServiceClient;
use super::pb::outlook_service_client::OutlookServiceClient;
use super::pb::stream_backtest_response::Update;
use crate::backtest::{BacktestForecast, BacktestProgress, Score};
use crate::catalog::Vintage;
use crate::pipeline::outlook::{OutlookChange, TrackRecord};
use crate::pipeline::{
    Explained, GrowthReview, Outlook, OutlookRequest, SeriesDetail, SeriesFailure, SeriesForecast,
    SeriesSummary,
};
use crate::report::Provenance;
use std::collections::HashMap;
use time::Date;
use tonic::codec::CompressionEncoding::Gzip;

/// The largest message that is taken from a server, in bytes.
const MAX_RESPONSE: usize = 16 << 20;
/// Series of a list that are fetched at a time.
const PAGE: i32 = 1000;

/// The outcome of one series of a request.
pub type ForecastOutcome = Result<SeriesForecast, SeriesFailure>;

/// A part of a backtest's result, as it is streamed.
#[derive(Debug, Clone, PartialEq)]
pub enum BacktestUpdate {
    /// The progress of the backtest.
    Progress(BacktestProgress),
    /// A forecast from one origin, where they are requested.
    Forecast(BacktestForecast),
    /// A score.
    Score(Score),
    /// The reason why a series could not be scored.
    Failure(SeriesFailure),
}

/// A connection to a server.
#[derive(Debug, Clone)]
pub struct RemoteClient {
    channel: ClientChannel,
}

impl RemoteClient {
    /// Connect to a server.
    ///
    /// # Errors
    /// The address or a file cannot be used, or nothing answers there.
    pub async fn connect(server: impl Into<RemoteServer>) -> Result<Self, ClientError> {
        let channel = server.into().connect().await?;
        Ok(Self { channel })
    }

    fn catalog(&self) -> CatalogServiceClient<ClientChannel> {
        CatalogServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip)
    }

    /// Return what results of this server are computed by and from: its program, and the figures of
    /// a vintage and version.
    ///
    /// # Errors
    /// The server refuses, or there is no such version.
    pub async fn provenance(
        &self,
        vintage: Vintage,
        version: Option<u64>,
        seed: u64,
    ) -> Result<Provenance, ClientError> {
        let request = pb::GetServerInfoRequest {
            with_fingerprint: true,
            as_of: vintage_text(vintage),
            version,
        };
        let info = self.catalog().get_server_info(request).await?.into_inner();
        let store = info.origin() == pb::DataOrigin::Store;
        Ok(Provenance {
            tool_version: info.version,
            data_fingerprint: info.data_fingerprint,
            store_version: version.or(store.then_some(info.store_version)),
            seed,
        })
    }

    fn forecasts(&self) -> ForecastServiceClient<ClientChannel> {
        ForecastServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip)
    }

    /// List every series that passes the request's filter.
    ///
    /// # Errors
    /// The server refuses, or its answer cannot be read.
    pub async fn list_series(
        &self,
        request: &SeriesListRequest,
    ) -> Result<Vec<SeriesSummary>, ClientError> {
        let mut series = Vec::new();
        let mut wire = pb::ListSeriesRequest {
            page_size: PAGE,
            ..request.into()
        };
        loop {
            let page = self.catalog().list_series(wire.clone()).await?.into_inner();
            for summary in page.series {
                series.push(summary.try_into()?);
            }
            if page.next_page_token.is_empty() {
                return Ok(series);
            }
            wire.page_token = page.next_page_token;
        }
    }

    /// Return one series with its figures.
    ///
    /// # Errors
    /// The server refuses, or its answer cannot be read.
    pub async fn series(&self, request: &SeriesRequest) -> Result<SeriesDetail, ClientError> {
        let wire = pb::GetSeriesRequest::from(request);
        let found = self.catalog().get_series(wire).await?;
        Ok(found.into_inner().try_into()?)
    }

    /// Forecast many series; outcomes are handed to `take` as they come.
    ///
    /// # Errors
    /// The server refuses, its answer cannot be read, or `take` fails.
    pub async fn forecast<E: From<ClientError>>(
        &self,
        request: &ForecastsRequest,
        mut take: impl AsyncFnMut(ForecastOutcome) -> Result<(), E>,
    ) -> Result<(), E> {
        let wire = pb::StreamForecastsRequest::from(request);
        let answer = self.forecasts().stream_forecasts(wire).await;
        let mut messages = answer.map_err(ClientError::from)?.into_inner();
        let mut reader = ForecastReader::default();
        while let Some(message) = messages.message().await.map_err(ClientError::from)? {
            if let Some(outcome) = reader.add(message).map_err(ClientError::from)? {
                take(outcome).await?;
            }
        }
        Ok(())
    }

    /// Run a scenario; parts of its result are handed to `take` as they come.
    ///
    /// # Errors
    /// The server refuses, its answer cannot be read, or `take` fails.
    pub async fn scenario<E: From<ClientError>>(
        &self,
        request: &ScenarioRequest,
        mut take: impl FnMut(ScenarioUpdate) -> Result<(), E>,
    ) -> Result<(), E> {
        let wire = pb::StreamScenarioRequest::from(request);
        let answer = self.forecasts().stream_scenario(wire).await;
        let mut messages = answer.map_err(ClientError::from)?.into_inner();
        while let Some(message) = messages.message().await.map_err(ClientError::from)? {
            if let Some(update) = read_message(message).map_err(ClientError::from)? {
                take(update)?;
            }
        }
        Ok(())
    }

    /// Explain the forecast of one series.
    ///
    /// # Errors
    /// The server refuses, or its answer cannot be read.
    pub async fn explain(&self, request: &ExplanationRequest) -> Result<Explained, ClientError> {
        let wire = pb::ExplainForecastRequest::from(request);
        let answer = self.forecasts().explain_forecast(wire).await?;
        Ok(answer.into_inner().try_into()?)
    }

    /// Return the outlook of a pair of partners.
    ///
    /// # Errors
    /// The server refuses, or its answer cannot be read.
    pub async fn outlook(
        &self,
        request: &OutlookRequest,
        version: Option<u64>,
    ) -> Result<Outlook, ClientError> {
        let mut client = OutlookServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip);
        let answer = client.get_outlook(wire_request(request, version)).await?;
        Ok(read_outlook(answer.into_inner(), request.vintage())?)
    }

    /// Return why the outlook of a pair differs from that of the day `since`.
    ///
    /// # Errors
    /// The server refuses, or its answer cannot be read.
    pub async fn outlook_change(
        &self,
        request: &OutlookRequest,
        version: Option<u64>,
        since: Date,
    ) -> Result<OutlookChange, ClientError> {
        let mut client = OutlookServiceClient::new(self.channel.clone()).accept_compressed(Gzip);
        let request = wire_change_request(request, version, since);
        Ok(client
            .get_outlook_change(request)
            .await?
            .into_inner()
            .try_into()?)
    }

    /// Return what the outlook of a pair said as of each day from `from` on.
    ///
    /// # Errors
    /// The server refuses, or its answer cannot be read.
    pub async fn outlook_record(
        &self,
        request: &OutlookRequest,
        version: Option<u64>,
        from: Date,
    ) -> Result<TrackRecord, ClientError> {
        let mut client = OutlookServiceClient::new(self.channel.clone()).accept_compressed(Gzip);
        let request = wire_record_request(request, version, from);
        Ok(client
            .get_outlook_record(request)
            .await?
            .into_inner()
            .try_into()?)
    }

    /// Return growth that has happened.
    ///
    /// # Errors
    /// The server refuses, or its answer cannot be read.
    pub async fn growth(&self, request: &GrowthRequest) -> Result<GrowthReview, ClientError> {
        let mut client = GrowthServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip);
        let answer = client
            .get_growth(pb::GetGrowthRequest::from(request))
            .await?;
        Ok(answer.into_inner().try_into()?)
    }

    /// Run a backtest; parts of its result are handed to `take` as they come. Return what it was
    /// computed from.
    ///
    /// # Errors
    /// The server refuses, or its answer cannot be read.
    pub async fn backtest(
        &self,
        request: &ScoringRequest,
        mut take: impl FnMut(BacktestUpdate),
    ) -> Result<Provenance, ClientError> {
        let mut client = BacktestServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip);
        let wire = pb::StreamBacktestRequest::from(request);
        let mut messages = client.stream_backtest(wire).await?.into_inner();
        let mut provenance = Provenance {
            seed: request.request.seed(),
            ..Provenance::default()
        };
        while let Some(message) = messages.message().await? {
            provenance.tool_version = message.tool_version;
            provenance.data_fingerprint = message.data_fingerprint;
            provenance.store_version = Some(message.version).filter(|version| *version > 0);
            match message.update {
                Some(Update::Progress(progress)) => {
                    take(BacktestUpdate::Progress(progress.try_into()?));
                }
                Some(Update::Forecast(forecast)) => {
                    take(BacktestUpdate::Forecast(forecast.try_into()?));
                }
                Some(Update::Score(score)) => take(BacktestUpdate::Score(score.try_into()?)),
                Some(Update::Failure(failure)) => take(BacktestUpdate::Failure(failure.into())),
                None => {}
            }
        }
        Ok(provenance)
    }
}

/// Outcomes put into the order of the request; they arrive as they are ready.
#[derive(Debug)]
pub struct RequestOrder {
    /// The keys that are still to come, the next one last.
    wanted: Vec<String>,
    early: HashMap<String, ForecastOutcome>,
    /// Whether a total comes after all series.
    total: bool,
}

/// Return a key in its canonical form, upper case.
fn canonical(key: &str) -> String {
    key.trim().to_ascii_uppercase()
}

impl RequestOrder {
    /// Put outcomes into the order of `keys`.
    pub fn new(keys: &[String]) -> Self {
        Self {
            wanted: keys.iter().rev().map(|key| canonical(key)).collect(),
            early: HashMap::new(),
            total: false,
        }
    }

    /// Expect a total after all series, or not.
    #[must_use]
    pub fn with_total(self, total: bool) -> Self {
        Self { total, ..self }
    }

    /// Take an outcome and return those whose turn has come.
    pub fn add(&mut self, outcome: ForecastOutcome) -> Vec<ForecastOutcome> {
        let key = match &outcome {
            Ok(forecast) => canonical(&forecast.id),
            Err(failure) => canonical(&failure.series),
        };
        if self.total && self.wanted.is_empty() {
            self.total = false;
            return vec![outcome];
        }
        self.early.insert(key, outcome);
        let mut due = Vec::new();
        while let Some(outcome) = self.wanted.last().and_then(|key| self.early.remove(key)) {
            self.wanted.pop();
            due.push(outcome);
        }
        due
    }

    /// End the stream.
    ///
    /// # Errors
    /// Series are still to come.
    pub fn finish(self) -> Result<(), ClientError> {
        match self.wanted.len() + usize::from(self.total) {
            0 => Ok(()),
            missing => Err(ClientError::Incomplete { missing }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_come_back_in_the_order_of_the_request() {
        let outcome = |key: &str| {
            Err(SeriesFailure {
                series: key.to_owned(),
                code: 5,
                reason: "UNKNOWN_SERIES".to_owned(),
                message: String::new(),
            })
        };
        let mut order = RequestOrder::new(&["a".to_owned(), "B".to_owned(), "c".to_owned()]);
        assert_eq!(order.add(outcome("C")), []);
        assert_eq!(order.add(outcome("a")), [outcome("a")]);
        assert!(RequestOrder::new(&["a".to_owned()]).finish().is_err());
        assert_eq!(order.add(outcome("b")), [outcome("b"), outcome("C")]);
        order.finish().unwrap();
        let mut order = RequestOrder::new(&["a".to_owned()]).with_total(true);
        assert_eq!(order.add(outcome("a")), [outcome("a")]);
        assert_eq!(order.add(outcome("ALL")), [outcome("ALL")]);
        order.finish().unwrap();
    }
}
