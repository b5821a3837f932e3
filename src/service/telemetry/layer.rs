//! The layer around every call: it lets the caller in or not, gives the call an id, counts and logs
//! it, and turns a panic into an answer.

use super::audit::{AuditEntry, AuditLog};
use super::call::{CallBody, CountedBody, RunningCall};
use super::{methods, traces};
use crate::service::access::{self, AccessControl};
use crate::service::caller::Caller;
use crate::service::listen::Peer;
use crate::service::status::NEUTRAL;
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use futures_util::FutureExt;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::Instrument;

/// The header that names a call, in requests and responses.
const REQUEST_ID: &str = "x-request-id";
/// The longest name of a call that is taken from a request.
const LONGEST: usize = 128;

/// Surrounds calls. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::service) struct CallLayer {
    /// Who may call what.
    pub(in crate::service) access: Arc<AccessControl>,
    /// Where writes are noted.
    pub(in crate::service) audit: Arc<AuditLog>,
    /// Whether calls that went well have a line at level info.
    pub(in crate::service) logs: bool,
    /// Whether calls have spans.
    pub(in crate::service) traces: bool,
}

impl<S> Layer<S> for CallLayer {
    type Service = CallService<S>;

    fn layer(&self, inner: S) -> CallService<S> {
        CallService {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service whose calls are let in, counted and logged.
#[derive(Debug, Clone)]
pub(in crate::service) struct CallService<S> {
    inner: S,
    layer: CallLayer,
}

impl<S> Service<Request<Body>> for CallService<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        let method = methods::method(path);
        method.begin();
        let is_write = access::is_write(path);
        let request_id = request_id(request.headers());
        let span = match self.layer.traces {
            true => traces::span(&method.name, &request_id, request.headers()),
            false => tracing::Span::none(),
        };
        let admitted = access::admit(&self.layer.access, &mut request);
        skip_useless_compression(&mut request);
        let mut call = RunningCall {
            method,
            begun: Instant::now(),
            request_id,
            caller: request.extensions().get::<Caller>().cloned(),
            received: Arc::default(),
            sent: 0,
            code: None,
            is_logged: self.layer.logs,
            span: span.clone(),
            audit: is_write.then(|| AuditEntry::new(Arc::clone(&self.layer.audit), &request)),
        };
        let received = Arc::clone(&call.received);
        let request = request.map(|body| Body::new(CountedBody::new(body, received)));
        let response = match admitted {
            // A panic ends this call alone; the hook has logged and counted it.
            Ok(()) => Ok(AssertUnwindSafe(self.inner.call(request)).catch_unwind()),
            Err(error) => Err(Status::from(error)),
        };
        Box::pin(async move {
            let mut response = match response {
                Ok(response) => match response.instrument(span).await {
                    Ok(Ok(response)) => response,
                    Ok(Err(never)) => match never {},
                    Err(_) => Status::internal(NEUTRAL).into_http(),
                },
                Err(status) => status.into_http(),
            };
            response
                .headers_mut()
                .insert(REQUEST_ID, call.request_id.clone());
            // An answer without messages has its status here.
            call.see(response.headers());
            if let Some(audit) = &mut call.audit {
                audit.written = response.extensions_mut().remove();
            }
            if call.code.is_some() {
                drop(call);
                return Ok(response);
            }
            Ok(response.map(|body| Body::new(CallBody::new(body, call))))
        })
    }
}

/// Send plain messages to a client on this machine: what would be saved crosses no network, and
/// compressing the small messages of a forecast costs more than finding it.
fn skip_useless_compression(request: &mut Request<Body>) {
    let peer = request.extensions().get::<Peer>();
    let is_here = peer.is_some_and(|peer| Caller::at(peer.address.map(|a| a.ip())).is_local());
    if is_here {
        request.headers_mut().remove("grpc-accept-encoding");
    }
}

/// Return the name of a call: that of its request, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static CALLS: AtomicU64 = AtomicU64::new(0);
    if let Some(id) = headers.get(REQUEST_ID)
        && !id.is_empty()
        && id.len() <= LONGEST
        && id.as_bytes().iter().all(u8::is_ascii_graphic)
    {
        return id.clone();
    }
    let process = PROCESS.get_or_init(|| RandomState::new().hash_one(std::process::id()));
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    // Hexadecimal digits are a header's value.
    HeaderValue::from_str(&format!("{process:016x}-{call:x}"))
        .unwrap_or_else(|_| HeaderValue::from_static("-"))
}
