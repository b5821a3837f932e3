//! `ForecastService.WatchForecasts`: forecasts, and again whenever the store changes them.
//!
//! Panel members learn from every series, so the series that a version is about do not show whose
//! forecasts it moves. Each version that brought figures is therefore forecast whole, and what
//! differs by a bit from what the client has is sent. Of that, only a fingerprint is kept.

use super::blocking::blocking;
use super::convert::fields::refuse;
use super::convert::forecast::ForecastsRequest;
use super::lanes::JobKind;
use super::pb::stream_forecasts_response::Update;
use super::pb::watch_forecasts_response::Update as WatchUpdate;
use super::run::{prepare, run_series, with_series_of};
use super::shared::Shared;
use super::updates::{Disconnected, UpdateSender};
use super::versions::PinnedEngine;
use super::{ServiceError, pb};
use crate::pipeline::ForecastRequest;
use crate::store::Store;
use crate::trade::Regressors;
use prost::Message;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A checked request for WatchForecasts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WatchRequest {
    /// The keys, as written.
    pub(super) series: Vec<String>,
    request: ForecastRequest,
    regressors: Arc<Regressors>,
    /// The version whose forecasts the client has.
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
        let ForecastsRequest {
            series,
            request,
            regressors,
            total,
            ..
        } = ForecastsRequest::try_from(forecast)?;
        if total {
            let reason = "expected none: totals are not watched";
            return Err(refuse("forecast.total", reason));
        }
        Ok(Self {
            series,
            request,
            regressors,
            after: wire.after_version,
        })
    }
}

/// The reason why a watch ends.
enum WatchEnd {
    Disconnected,
    Failed(ServiceError),
}

impl From<Disconnected> for WatchEnd {
    fn from(Disconnected: Disconnected) -> Self {
        Self::Disconnected
    }
}

impl From<ServiceError> for WatchEnd {
    fn from(error: ServiceError) -> Self {
        Self::Failed(error)
    }
}

/// Send forecasts until the client leaves.
pub(super) async fn watch(
    shared: &Shared,
    store: &Arc<Store>,
    request: &WatchRequest,
    sender: &UpdateSender<pb::WatchForecastsResponse>,
) -> Result<(), Disconnected> {
    match send_changes(shared, store, request, sender).await {
        Ok(()) => Ok(()),
        Err(WatchEnd::Disconnected) => Err(Disconnected),
        Err(WatchEnd::Failed(error)) => {
            sender.fail(error).await;
            Ok(())
        }
    }
}

async fn send_changes(
    shared: &Shared,
    store: &Arc<Store>,
    request: &WatchRequest,
    sender: &UpdateSender<pb::WatchForecastsResponse>,
) -> Result<(), WatchEnd> {
    let mut versions = shared.current_version.subscribe();
    let mut client = SentForecasts {
        fingerprints: vec![None; request.series.len()],
        reached: None,
    };
    // The version up to which nothing is left to be sent.
    let mut done = None;
    if let Some(after) = request.after {
        let pinned = engine_after(shared, store, after).await?;
        client.update(shared, &pinned, request, None).await?;
        client.reached = Some(after);
        done = Some(after);
    }
    loop {
        versions.borrow_and_update();
        let pinned = shared.engine_at(None).await?;
        let version = pinned.version();
        if done.is_none_or(|done| done < version) {
            if may_differ(store, done, version).await? {
                client
                    .update(shared, &pinned, request, Some(sender))
                    .await?;
            }
            done = Some(version);
        }
        // Release the figures before the wait, which may be long.
        drop(pinned);
        // Versions that come before the client has taken this one are sent as one.
        sender.taken().await?;
        // The other end lives as long as the server.
        tokio::select! {
            changed = versions.changed() => if changed.is_err() {
                return Ok(());
            },
            // A watch would not end by itself; its client resumes elsewhere.
            () = shared.draining.cancelled() => {
                sender.fail(ServiceError::Stopping).await;
                return Ok(());
            }
        }
    }
}

/// Return the engine whose forecasts a client has who resumes after the version `after`: the
/// running one, where nothing changed since.
async fn engine_after(
    shared: &Shared,
    store: &Arc<Store>,
    after: u64,
) -> Result<PinnedEngine, ServiceError> {
    let current = shared.engine_at(None).await?;
    if after < current.version() && !may_differ(store, Some(after), current.version()).await? {
        return Ok(current);
    }
    let pinned = shared.engine_at(Some(after)).await;
    pinned.map_err(|error| error.of_version("after_version"))
}

/// Return whether a version after `done` up to `version` brought figures, or may have.
async fn may_differ(
    store: &Arc<Store>,
    done: Option<u64>,
    version: u64,
) -> Result<bool, ServiceError> {
    let Some(done) = done else {
        return Ok(true);
    };
    let store = Arc::clone(store);
    blocking(move || {
        let changes_nothing = |version| {
            let change = store.change(version).ok().flatten();
            change.is_some_and(|change| change.changes_nothing)
        };
        Ok(!(done + 1..=version).all(changes_nothing))
    })
    .await
}

/// The forecasts that a client has.
struct SentForecasts {
    /// A fingerprint of the forecast of each requested series; `None` before the first.
    fingerprints: Vec<Option<u64>>,
    /// The last version that was reported to the client as reached.
    reached: Option<u64>,
}

impl SentForecasts {
    /// Forecast every series and send through `sender` what the client does not have; without a
    /// sender the client has it already. One series at a time: watches leave room for requests.
    async fn update(
        &mut self,
        shared: &Shared,
        pinned: &PinnedEngine,
        request: &WatchRequest,
        sender: Option<&UpdateSender<pb::WatchForecastsResponse>>,
    ) -> Result<(), WatchEnd> {
        let version = pinned.version();
        let size = request.request.paths() * request.request.horizon() * request.series.len();
        let lane = &shared.lanes.cold;
        // A watch has begun: it waits as long as it takes. It counts while it computes, not while
        // its client reads.
        let job = lane.enter(JobKind::WatchedForecasts, size, 1);
        let busy = job.busy();
        let regressors = Arc::clone(&request.regressors);
        let plan = pinned.plan_with(request.request.clone(), regressors);
        let job = with_series_of(shared, job, &plan)?;
        let plan = prepare(shared, &job, plan).await?;
        drop(busy);
        let mut sent = 0;
        for (key, known) in request.series.iter().zip(&mut self.fingerprints) {
            let busy = job.busy();
            let messages = run_series(&job, Arc::clone(&plan), key.clone()).await;
            drop(busy);
            let now = Some(fingerprint(&messages));
            let changed = std::mem::replace(known, now) != now;
            if let Some(sender) = sender.filter(|_| changed) {
                sent += 1;
                for message in messages {
                    send(sender, version, WatchUpdate::Forecast(message)).await?;
                }
            }
        }
        job.finish();
        if let Some(sender) = sender.filter(|_| sent > 0) {
            let reached = pb::ForecastsReached {
                after_version: self.reached,
                series: sent,
            };
            send(sender, version, WatchUpdate::Reached(reached)).await?;
            self.reached = Some(version);
        }
        Ok(())
    }
}

async fn send(
    sender: &UpdateSender<pb::WatchForecastsResponse>,
    version: u64,
    update: WatchUpdate,
) -> Result<(), Disconnected> {
    let message = pb::WatchForecastsResponse {
        version,
        update: Some(update),
    };
    sender.send(message).await
}

/// Return a fingerprint of a forecast: of every bit but its version, and of a failure its kind.
fn fingerprint(messages: &[pb::StreamForecastsResponse]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for message in messages {
        match &message.update {
            Some(Update::Header(header)) => {
                let mut header = header.clone();
                header.version = 0;
                header.encode_to_vec().hash(&mut hasher);
            }
            // Its text names the nearest keys, which come and go.
            Some(Update::Failure(failure)) => {
                (failure.code, &failure.reason).hash(&mut hasher);
            }
            _ => message.encode_to_vec().hash(&mut hasher),
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
    fn forecasts_differ_by_their_numbers_not_by_their_version() {
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
