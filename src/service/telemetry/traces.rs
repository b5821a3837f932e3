//! Traces: a span for each call, in the trace of its caller, exported over OTLP.

use axum::http::{HeaderMap, HeaderValue};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::field::Empty;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::registry::LookupSpan;

/// The exporter of spans. What it holds is sent when it is shut down.
#[derive(Debug)]
pub struct TraceExport(SdkTracerProvider);

impl TraceExport {
    /// Export spans to the collector at `endpoint`, for example `http://127.0.0.1:4317`. Must be
    /// called on a thread of a tokio runtime.
    ///
    /// # Errors
    /// The endpoint is no address.
    pub fn start(endpoint: &str) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name("tradecast").build());
        Ok(Self(provider.build()))
    }

    /// Return the layer of a subscriber that hands spans to the exporter.
    pub fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("tradecast"))
    }

    /// Send what is left. Blocks for a few seconds at most.
    pub fn stop(&self) {
        if let Err(error) = self.0.shutdown() {
            tracing::debug!(%error, "the last spans were not exported");
        }
    }
}

/// The headers of a request, for the propagator.
struct TraceHeaders<'a>(&'a HeaderMap);

impl Extractor for TraceHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

/// Return the span of a call, a child of the span that its `traceparent` names.
pub(super) fn span(method: &str, request_id: &HeaderValue, headers: &HeaderMap) -> Span {
    let (service, name) = method.split_once('/').unwrap_or(("", method));
    let span = tracing::info_span!(
        target: "tradecast::trace",
        "call",
        otel.name = method,
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = name,
        rpc.grpc.status_code = Empty,
        request_id = request_id.to_str().unwrap_or(""),
    );
    let parent = TraceContextPropagator::new().extract(&TraceHeaders(headers));
    // Without a subscriber for spans there is nothing to set.
    let _ = span.set_parent(parent);
    span
}
