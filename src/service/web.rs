//! gRPC-Web with CORS, and the page, beside native gRPC on the same listener. HTTP/1.1 serves
//! browsers only: native gRPC needs HTTP/2.

use super::page::{self, Page};
use super::page_server::PageServer;
use axum::body::HttpBody;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, Method, Request, Response, Version};
use axum::routing::get;
use futures_util::future::Either;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic_web::GrpcWebLayer;
use tower::{Layer, Service};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Headers of a response that the scripts of other origins may read.
const EXPOSED: [&str; 5] = [
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "retry-after",
    "x-request-id",
];
/// Further headers of a request that scripts of other origins may set.
const ALLOWED: [&str; 6] = [
    "x-grpc-web",
    "x-user-agent",
    "grpc-timeout",
    "x-api-key",
    "x-request-id",
    "traceparent",
];
/// How long a browser may remember what it is allowed.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// Requests of browsers and others: native gRPC goes the shortest way.
#[derive(Debug, Clone)]
pub(super) struct WebFront<S> {
    rpc: S,
    web: axum::Router,
}

impl<S> WebFront<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    /// Serve `rpc` by gRPC-Web, too, to pages of the same origin, of loopback addresses and of
    /// `origins`. The page of this listener may call `servers`, too.
    pub(super) fn new(rpc: S, origins: &[String], servers: &[PageServer]) -> Self {
        let by_web = GrpcWebLayer::new().layer(rpc.clone());
        let web = axum::Router::new()
            .route("/", get(page::serve))
            .route("/{file}", get(page::serve))
            .with_state(Page::new(servers))
            .fallback_service(by_web)
            .layer(cors(origins));
        Self { rpc, web }
    }
}

/// Return what other origins may do.
fn cors(origins: &[String]) -> CorsLayer {
    let origins = origins.to_vec();
    let allowed = move |origin: &HeaderValue, _: &_| {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        is_loopback(origin) || origins.iter().any(|known| known == "*" || known == origin)
    };
    let headers = ALLOWED.map(HeaderName::from_static);
    let headers = headers.into_iter().chain([CONTENT_TYPE, AUTHORIZATION]);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allowed))
        .allow_methods([Method::POST, Method::GET])
        .allow_headers(headers.collect::<Vec<_>>())
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(REMEMBERED)
}

/// Return whether an origin is a page that this machine serves.
fn is_loopback(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Return whether a request is native gRPC.
fn is_native<B>(request: &Request<B>) -> bool {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .map(HeaderValue::as_bytes);
    request.version() == Version::HTTP_2
        && kind.is_some_and(|kind| {
            kind.starts_with(b"application/grpc") && !kind.starts_with(b"application/grpc-web")
        })
}

impl<S, B> Service<Request<B>> for WebFront<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
    B: HttpBody<Data = axum::body::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, WebFuture>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.rpc.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if is_native(&request) {
            return Either::Left(self.rpc.call(request.map(Body::new)));
        }
        Either::Right(WebFuture(self.web.call(request.map(axum::body::Body::new))))
    }
}

/// A response of the web router, with tonic's body.
pub(super) struct WebFuture(axum::routing::future::RouteFuture<Infallible>);

impl fmt::Debug for WebFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebFuture").finish_non_exhaustive()
    }
}

impl Future for WebFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = Pin::new(&mut self.0).poll(context);
        polled.map_ok(|response| response.map(Body::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_are_known_by_their_origin() {
        for origin in [
            "http://localhost:5173",
            "http://127.0.0.1",
            "https://[::1]:8080",
        ] {
            assert!(is_loopback(origin), "{origin}");
        }
        for origin in [
            "https://localhost.example.org",
            "http://127.0.0.1.evil.org:80",
            "null",
        ] {
            assert!(!is_loopback(origin), "{origin}");
        }
    }
}
