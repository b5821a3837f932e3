//! The listener of operators: live, ready, metrics, log level, drain, and gRPC health checks. Who
//! may read from it may read all of that; what changes something is taken from this machine only.

use super::access::{AccessControl, Role, admit_admin};
use super::caller::Caller;
use super::listen::Peer;
use super::readiness::Readiness;
use super::telemetry::metrics::Metrics;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::fmt;
use std::sync::Arc;
use tokio::sync::Notify;

/// Sets the filter of the log, in the notation of `RUST_LOG`; the error says what was expected.
pub type SetLogFilter = Arc<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// What a process lets its operators see and change.
#[derive(Clone, Default)]
pub struct Operations {
    /// The metrics of the process.
    pub metrics: Option<Metrics>,
    /// Sets the filter of the log.
    pub set_log_filter: Option<SetLogFilter>,
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operations").finish_non_exhaustive()
    }
}

/// What the handlers of the admin listener need.
#[derive(Debug, Clone)]
pub(super) struct AdminState {
    pub(super) operations: Operations,
    pub(super) readiness: Arc<Readiness>,
    pub(super) access: Arc<AccessControl>,
    /// Notified when the server is to drain.
    pub(super) drain: Arc<Notify>,
}

/// The longest filter of the log.
const LONGEST_FILTER: usize = 4096;

/// Return the routes of the admin listener.
pub(super) fn router(state: AdminState) -> axum::Router {
    axum::Router::new()
        .route("/live", get(|| async { "live\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/log-level", post(log_level).put(log_level))
        .route("/drain", post(drain))
        .with_state(state)
}

async fn ready(State(state): State<AdminState>) -> Response {
    let report = state.readiness.report();
    let status = match report.is_ready() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report)).into_response()
}

async fn metrics(State(state): State<AdminState>) -> Response {
    let Some(metrics) = &state.operations.metrics else {
        return (StatusCode::NOT_FOUND, "this process records no metrics\n").into_response();
    };
    state.readiness.measure();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, kind)], metrics.text()).into_response()
}

async fn log_level(State(state): State<AdminState>, request: Request) -> Response {
    let caller = match may_change(&state, &request) {
        Ok(caller) => caller,
        Err(refused) => return refused.into_response(),
    };
    let Some(set) = &state.operations.set_log_filter else {
        return (StatusCode::NOT_FOUND, "this process has no log to set\n").into_response();
    };
    let body = axum::body::to_bytes(request.into_body(), LONGEST_FILTER).await;
    let filter = body
        .ok()
        .and_then(|body| String::from_utf8(body.to_vec()).ok());
    let set = match filter.as_deref().map(str::trim) {
        None | Some("") => Err("expected a filter such as `info` or `tradecast=debug`".to_owned()),
        Some(filter) => set(filter).map(|()| filter),
    };
    match set {
        Ok(filter) => {
            tracing::warn!(target: "tradecast::audit", %caller, filter, "the log level was set");
            (StatusCode::OK, format!("{filter}\n")).into_response()
        }
        Err(reason) => (StatusCode::BAD_REQUEST, format!("{reason}\n")).into_response(),
    }
}

async fn drain(State(state): State<AdminState>, request: Request) -> Response {
    match may_change(&state, &request) {
        Ok(caller) => {
            tracing::warn!(target: "tradecast::audit", %caller, "a drain was requested");
            state.drain.notify_one();
            (StatusCode::ACCEPTED, "draining\n").into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

/// Return who changes something: someone on this machine, with the role admin if there are roles.
fn may_change(state: &AdminState, request: &Request) -> Result<Caller, (StatusCode, String)> {
    let refused = |status: StatusCode, reason: &str| (status, format!("{reason}\n"));
    let peer = request.extensions().get::<Peer>();
    let address = peer
        .and_then(|peer| peer.address)
        .map(|address| address.ip());
    if !Caller::at(address).is_local() {
        let reason = "changes are taken from this machine only";
        return Err(refused(StatusCode::FORBIDDEN, reason));
    }
    match admit_admin(&state.access, request) {
        Ok(grant) if grant.role >= Role::Admin => Ok(grant.caller),
        Ok(_) => Err(refused(StatusCode::FORBIDDEN, "the role admin is needed")),
        Err(error) => Err(refused(StatusCode::UNAUTHORIZED, &error.to_string())),
    }
}
