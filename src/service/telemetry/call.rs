//! A call from its request to the end of its response: what is counted and logged of it.

use super::audit::AuditEntry;
use super::methods::{MeasuredMethod, code_name};
use crate::service::caller::Caller;
use axum::body::Bytes;
use axum::body::HttpBody;
use axum::http::{HeaderMap, HeaderValue};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http_body::{Frame, SizeHint};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Span;

/// Lines about refused calls in a second; the next one says how many had none.
const REFUSALS: NonZeroU32 = NonZeroU32::new(20).unwrap();

/// A call that has begun. Dropping it ends it: as cancelled, unless its status is known.
#[derive(Debug)]
pub(super) struct RunningCall {
    pub(super) method: &'static MeasuredMethod,
    pub(super) begun: Instant,
    pub(super) request_id: HeaderValue,
    pub(super) caller: Option<Caller>,
    pub(super) received: Arc<AtomicU64>,
    pub(super) sent: u64,
    pub(super) code: Option<Code>,
    /// Whether a call that went well has a line.
    pub(super) is_logged: bool,
    pub(super) span: Span,
    /// Where the call is noted, if it could write.
    pub(super) audit: Option<AuditEntry>,
}

impl RunningCall {
    /// Take the status from headers or trailers, if they have it.
    pub(super) fn see(&mut self, headers: &HeaderMap) {
        if let Some(code) = headers.get("grpc-status") {
            self.code = Some(Code::from_bytes(code.as_bytes()));
        }
    }

    fn log(&self, code: Code, seconds: f64) {
        let status = code_name(code);
        let caller = self.caller.as_ref().map(tracing::field::display);
        let request_id = self.request_id.to_str().unwrap_or("");
        let milliseconds = (seconds * 1e6).round() / 1e3;
        macro_rules! line {
            ($level:ident, $message:literal $(, $name:ident = $value:expr)?) => {
                tracing::$level!(
                    target: "tradecast::access",
                    method = %self.method.name,
                    status,
                    caller,
                    milliseconds,
                    sent = self.sent,
                    received = self.received.load(Ordering::Relaxed),
                    request_id,
                    $($name = $value,)?
                    $message
                )
            };
        }
        match code {
            Code::ResourceExhausted | Code::Unauthenticated | Code::PermissionDenied => {
                if let Some(left_out) = may_log_refusal() {
                    line!(info, "a call was refused", left_out = left_out);
                }
            }
            Code::Internal | Code::Unknown | Code::DataLoss => line!(warn, "a call failed"),
            _ if self.is_logged => line!(info, "a call ended"),
            _ => line!(debug, "a call ended"),
        }
    }
}

impl Drop for RunningCall {
    fn drop(&mut self) {
        let code = self.code.unwrap_or(Code::Cancelled);
        let seconds = self.begun.elapsed().as_secs_f64();
        let received = self.received.load(Ordering::Relaxed);
        self.method.end(code, seconds, self.sent, received);
        self.span.record("rpc.grpc.status_code", i32::from(code));
        let _entered = self.span.enter();
        self.log(code, seconds);
        if let Some(audit) = &self.audit {
            let request_id = self.request_id.to_str().unwrap_or("");
            audit.end(&self.method.name, code, request_id);
        }
    }
}

/// Return whether a refusal may have a line now, and how many had none since the last.
fn may_log_refusal() -> Option<u64> {
    static LIMIT: OnceLock<DefaultDirectRateLimiter> = OnceLock::new();
    static LEFT_OUT: AtomicU64 = AtomicU64::new(0);
    let limit = LIMIT.get_or_init(|| RateLimiter::direct(Quota::per_second(REFUSALS)));
    if limit.check().is_ok() {
        return Some(LEFT_OUT.swap(0, Ordering::Relaxed));
    }
    LEFT_OUT.fetch_add(1, Ordering::Relaxed);
    None
}

/// The body of a response, which ends its call.
#[derive(Debug)]
pub(super) struct CallBody {
    inner: Body,
    call: Option<RunningCall>,
}

impl CallBody {
    /// Return the body of the response to `call`.
    pub(super) fn new(inner: Body, call: RunningCall) -> Self {
        Self {
            inner,
            call: Some(call),
        }
    }
}

impl HttpBody for CallBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let span = this
            .call
            .as_ref()
            .map_or_else(Span::none, |call| call.span.clone());
        let entered = span.enter();
        // A panic in a stream ends this call alone; the hook has logged and counted it.
        let inner = AssertUnwindSafe(|| Pin::new(&mut this.inner).poll_frame(context));
        let polled = catch_unwind(inner).unwrap_or_else(|_| {
            this.inner = Body::empty();
            let mut trailers = HeaderMap::new();
            // A status without a message fits into headers.
            let _ = Status::internal("").add_header(&mut trailers);
            Poll::Ready(Some(Ok(Frame::trailers(trailers))))
        });
        drop(entered);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(call) = &mut this.call {
                    if let Some(data) = frame.data_ref() {
                        call.sent += data.len() as u64;
                    } else if let Some(trailers) = frame.trailers_ref() {
                        call.see(trailers);
                        this.call = None;
                    }
                }
            }
            Poll::Ready(_) => this.call = None,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The body of a request, whose bytes are counted.
#[derive(Debug)]
pub(super) struct CountedBody {
    inner: Body,
    received: Arc<AtomicU64>,
}

impl CountedBody {
    /// Count the bytes of `inner`.
    pub(super) fn new(inner: Body, received: Arc<AtomicU64>) -> Self {
        Self { inner, received }
    }
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.received
                .fetch_add(data.len() as u64, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
