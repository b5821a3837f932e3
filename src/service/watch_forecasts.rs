//! `ForecastService.WatchForecasts`: forecasts, and again whenever the store brings others.
//!
//! Pooled members learn from every series, so that what a version's figures are about does not tell whose forecast they move. Each version that
//! brought figures is therefore forecast whole, and what differs by a bit from what the reader has is sent. Of what it has, a fingerprint is kept.

use super::blocking::blocking;
use super::convert::{Forecasts, refuse};
use super::pb::stream_forecasts_response::Update;
use super::pb::watch_forecasts_response::Update as Told;
use super::run::{prepare, run_series};
use super::updates::{Disconnected, UpdateSender};
use super::versions::PinnedEngine;
use super::{ServiceError, Shared, pb};
use crate::pipeline::ForecastRequest;
use crate::store::Store;
use prost::Message;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A watch, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WatchRequest {
    /// The keys, as written.
    pub(super) series: Vec<String>,
    request: ForecastRequest,
    after: Option<u64>,
}

impl TryFrom<pb::WatchForecastsRequest> for WatchRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::WatchForecastsRequest) -> Result<Self, ServiceError> {
        let Some(forecast) = wire.forecast else {
            let reason = "expected what is forecast, as in StreamForecasts";
            return Err(refuse("forecast", reason));
        };
        if forecast.version.is_some() {
            let reason = "expected no version: what is watched is the latest";
            return Err(refuse("forecast.version", reason));
        }
        let Forecasts { series, request } = Forecasts::try_from(forecast)?;
        Ok(Self {
            series,
            request,
            after: wire.after_version,
        })
    }
}

/// Why no more is sent.
enum End {
    Disconnected,
    Failed(ServiceError),
}

impl From<Disconnected> for End {
    fn from(Disconnected: Disconnected) -> Self {
        Self::Disconnected
    }
}

impl From<ServiceError> for End {
    fn from(error: ServiceError) -> Self {
        Self::Failed(error)
    }
}

/// Sends forecasts until the reader leaves.
pub(super) async fn watch(
    shared: &Shared,
    store: &Arc<Store>,
    watched: &WatchRequest,
    sender: &UpdateSender<pb::WatchForecastsResponse>,
) -> Result<(), Disconnected> {
    match keep_telling(shared, store, watched, sender).await {
        Ok(()) => Ok(()),
        Err(End::Disconnected) => Err(Disconnected),
        Err(End::Failed(error)) => {
            sender.fail(error).await;
            Ok(())
        }
    }
}

async fn keep_telling(
    shared: &Shared,
    store: &Arc<Store>,
    watched: &WatchRequest,
    sender: &UpdateSender<pb::WatchForecastsResponse>,
) -> Result<(), End> {
    let mut versions = shared.current_version.subscribe();
    let mut reader = Reader {
        has: vec![None; watched.series.len()],
        reached: None,
    };
    // The version up to which nothing is left to be sent.
    let mut seen = None;
    if let Some(after) = watched.after {
        let pinned = at(shared, store, after).await?;
        reader.catch_up(shared, &pinned, watched, None).await?;
        reader.reached = Some(after);
        seen = Some(after);
    }
    loop {
        versions.borrow_and_update();
        let pinned = shared.engine_at(None).await?;
        let version = pinned.version();
        if seen.is_none_or(|seen| seen < version) {
            if may_differ(store, seen, version).await? {
                let sender = Some(sender);
                reader.catch_up(shared, &pinned, watched, sender).await?;
            }
            seen = Some(version);
        }
        // Figures are let go of before the wait, which may be long.
        drop(pinned);
        // What comes while the reader has not taken this becomes one.
        sender.taken().await?;
        // The sender lives as long as the server.
        if versions.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// The figures that a reader has who resumes behind `after`: those that are shown, where nothing came since.
async fn at(shared: &Shared, store: &Arc<Store>, after: u64) -> Result<PinnedEngine, ServiceError> {
    let shown = shared.engine_at(None).await?;
    if after < shown.version() && !may_differ(store, Some(after), shown.version()).await? {
        return Ok(shown);
    }
    let pinned = shared.engine_at(Some(after)).await;
    pinned.map_err(|error| error.of_version("after_version"))
}

/// Whether a version after `seen` up to `version` brought figures, or may have.
async fn may_differ(
    store: &Arc<Store>,
    seen: Option<u64>,
    version: u64,
) -> Result<bool, ServiceError> {
    let Some(seen) = seen else {
        return Ok(true);
    };
    let store = Arc::clone(store);
    blocking(move || {
        let brings_nothing = |version| {
            let change = store.change(version).ok().flatten();
            change.is_some_and(|change| change.changes_nothing)
        };
        Ok(!(seen + 1..=version).all(brings_nothing))
    })
    .await
}

/// What a reader has.
struct Reader {
    /// A fingerprint of the forecast of each series asked for; nothing before the first.
    has: Vec<Option<u64>>,
    /// The last version that was named as reached.
    reached: Option<u64>,
}

impl Reader {
    /// Forecasts every series and sends through `sender` those that the reader has not; without one the reader has them already. One series at a time:
    /// watches leave room for those who ask.
    async fn catch_up(
        &mut self,
        shared: &Shared,
        pinned: &PinnedEngine,
        watched: &WatchRequest,
        sender: Option<&UpdateSender<pb::WatchForecastsResponse>>,
    ) -> Result<(), End> {
        let version = pinned.version();
        let plan = Arc::new(pinned.plan(watched.request.clone()));
        prepare(shared, &plan).await?;
        let mut sent = 0;
        for (key, has) in watched.series.iter().zip(&mut self.has) {
            let parts = run_series(shared, Arc::clone(&plan), key.clone()).await;
            let now = Some(fingerprint(&parts));
            let changed = std::mem::replace(has, now) != now;
            if let Some(sender) = sender.filter(|_| changed) {
                sent += 1;
                for part in parts {
                    send(sender, version, Told::Forecast(part)).await?;
                }
            }
        }
        if let Some(sender) = sender.filter(|_| sent > 0) {
            let reached = pb::ForecastsReached {
                after_version: self.reached,
                series: sent,
            };
            send(sender, version, Told::Reached(reached)).await?;
            self.reached = Some(version);
        }
        Ok(())
    }
}

async fn send(
    sender: &UpdateSender<pb::WatchForecastsResponse>,
    version: u64,
    update: Told,
) -> Result<(), Disconnected> {
    let message = pb::WatchForecastsResponse {
        version,
        update: Some(update),
    };
    sender.send(message).await
}

/// Tells forecasts apart by every bit but the version that they are from; failures by what kind they are.
fn fingerprint(parts: &[pb::StreamForecastsResponse]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        match &part.update {
            Some(Update::Header(header)) => {
                let mut header = header.clone();
                header.version = 0;
                header.encode_to_vec().hash(&mut hasher);
            }
            // Its words name the nearest keys, which come and go.
            Some(Update::Failure(failure)) => {
                (failure.code, &failure.reason).hash(&mut hasher);
            }
            _ => part.encode_to_vec().hash(&mut hasher),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_that_cannot_be_names_its_field() {
        let forecast = pb::StreamForecastsRequest {
            series: vec!["USA.CHN.M.TOTAL.USD".to_owned()],
            ..Default::default()
        };
        let request = |forecast| pb::WatchForecastsRequest {
            forecast,
            after_version: Some(3),
        };
        let good = WatchRequest::try_from(request(Some(forecast.clone()))).unwrap();
        assert_eq!((good.series.len(), good.after), (1, Some(3)));
        let of_a_version = pb::StreamForecastsRequest {
            version: Some(1),
            ..forecast.clone()
        };
        let of_nothing = pb::StreamForecastsRequest::default();
        for (forecast, expected) in [
            (None, "forecast"),
            (Some(of_a_version), "forecast.version"),
            (Some(of_nothing), "series"),
        ] {
            match WatchRequest::try_from(request(forecast)).unwrap_err() {
                ServiceError::Field { field, .. } => assert_eq!(field, expected),
                other => panic!("{other} names no field"),
            }
        }
    }

    #[test]
    fn forecasts_are_told_apart_by_their_numbers_not_by_their_version() {
        let part = |update| {
            [pb::StreamForecastsResponse {
                series: "s".to_owned(),
                update: Some(update),
            }]
        };
        let header = |version, horizon| {
            fingerprint(&part(Update::Header(pb::ForecastHeader {
                version,
                horizon,
                ..Default::default()
            })))
        };
        assert_eq!(header(1, 12), header(2, 12));
        assert_ne!(header(1, 12), header(1, 13));
        let point = |value| {
            fingerprint(&part(Update::Point(pb::ForecastPoint {
                value,
                ..Default::default()
            })))
        };
        assert_eq!(point(1.0), point(1.0));
        assert_ne!(point(1.0), point(1.0 + f64::EPSILON));
        let failure = |reason: &str, message: &str| {
            fingerprint(&part(Update::Failure(pb::ForecastFailure {
                code: 5,
                reason: reason.to_owned(),
                message: message.to_owned(),
            })))
        };
        assert_eq!(failure("A", "near b"), failure("A", "near c"));
        assert_ne!(failure("A", "near b"), failure("B", "near b"));
    }
}
